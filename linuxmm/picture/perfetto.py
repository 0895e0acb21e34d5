# SPDX-License-Identifier: GPL-2.0-or-later
"""A run as a trace that ui.perfetto.dev and chrome://tracing open: Chrome's trace event format.

Each kernel is a process of the trace, each actor a thread, a step a slice of one millisecond (steps
have an order and no time); references of frames and counters are counters, what the kernel logged
and the promises that break are instants.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from linuxmm.errors import one_line
from linuxmm.picture.pagemap import frames_of, letter, states_of
from linuxmm.play.report import EVENT_TEXTS
from linuxmm.play.run import KernelRun
from linuxmm.scenario.format import step_text
from linuxmm.state.layout import VMSTAT_NAMES

STEP_US: Final = 1000
Json = dict[str, object]


def trace(runs: Sequence[KernelRun]) -> Json:
    """The runs of one scenario, made `with_pages`, as one trace."""
    frames = frames_of(runs)
    events = [event for n, run in enumerate(runs, 1) for event in _of_kernel(n, run, frames)]
    return {
        "traceEvents": events,
        "displayTimeUnit": "ms",
        "otherData": {"scenario": one_line(runs[0].scenario.name), "a step is": f"{STEP_US} us"},
    }


def _of_kernel(pid: int, run: KernelRun, frames: dict[int, int]) -> Iterator[Json]:
    """Everything of one kernel."""
    yield _named("process_name", pid, 0, run.name)
    actors = list(dict.fromkeys(step.actor for step in run.scenario.steps))
    for tid, actor in enumerate(actors, 1):
        yield _named("thread_name", pid, tid, actor)
    for i, made in enumerate(run.steps):
        step, outcome = made.step, made.outcome
        yield {
            "name": one_line(step_text(step)),
            "cat": step.verb,
            "ph": "X",
            "ts": i * STEP_US,
            "dur": STEP_US,
            "pid": pid,
            "tid": actors.index(step.actor) + 1,
            "args": {"result": one_line(outcome.result.text()), "line": step.line},
        }
    yield from _instants(pid, run)
    yield from _counters(pid, run, frames)


def _named(what: str, pid: int, tid: int, name: str) -> Json:
    return {"name": what, "ph": "M", "pid": pid, "tid": tid, "args": {"name": one_line(name)}}


def _instants(pid: int, run: KernelRun) -> Iterator[Json]:
    """What the kernel logged and which promises broke, at the end of their step."""
    said = [
        (i, EVENT_TEXTS.get(event.name, event.name), {"site": event.site})
        for i, made in enumerate(run.steps)
        for event in made.outcome.events
    ]
    said += [(i, f"breaks {v.invariant}", {"why": one_line(v.text)}) for i, v in run.broken]
    for i, name, args in sorted(said, key=lambda one: one[0]):
        at = (i + 1) * STEP_US - 1
        yield {"name": name, "ph": "i", "s": "p", "ts": at, "pid": pid, "tid": 0, "args": args}


def _counters(pid: int, run: KernelRun, frames: dict[int, int]) -> Iterator[Json]:
    """Numbers at each step at which they change: references of mapped frames, /proc/vmstat."""
    last: dict[str, int] = {}
    for i, now in enumerate(states_of(run)):
        counts = {
            f"frame {letter(frames[page.pfn])}": page.refcount
            for page in now.values()
            if page.pfn in frames
        }
        mapped = {name for name in last if name.startswith("frame ")}
        counts |= dict.fromkeys(mapped - counts.keys(), 0)  # no longer mapped: nobody looks
        counts |= dict(zip(VMSTAT_NAMES, run.steps[i].counters, strict=False))
        for name, number in counts.items():
            if last.get(name, 0) != number:
                kind = "mapped references" if name.startswith("frame ") else "events"
                yield {
                    "name": name,
                    "ph": "C",
                    "ts": i * STEP_US,
                    "pid": pid,
                    "args": {kind: number},
                }
        last |= counts
