# SPDX-License-Identifier: GPL-2.0-or-later
"""A witness on both kernels: what each did in its last step, in the words of `linuxmm run`."""

from dataclasses import dataclass
from typing import Final

from linuxmm.errors import ModelBug, NotModelled
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.replay import StepOfOne, run_one
from linuxmm.explore.witness import Witness
from linuxmm.kernels import Kernel
from linuxmm.play.report import FATAL, event_text
from linuxmm.play.steps_on_model import start
from linuxmm.promises.kinds import kinds_mapped
from linuxmm.review.wording import differing
from linuxmm.scenario.outcome import Event
from linuxmm.state.rules import Rules

ORDINARY: Final = ("anon", "file", "shmem", "zero")


@dataclass(frozen=True)
class Sides:
    """What two kernels did in the last step of a witness: lines of text for each."""

    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def differ(self) -> bool:
        return self.before != self.after


def last_steps(witness: Witness, pair: KernelPair) -> tuple[StepOfOne, StepOfOne] | None:
    """What each kernel did in the last step; None where one of them cannot run it."""
    before = _run(witness, pair.before, pair.before_rules)
    after = _run(witness, pair.after, pair.after_rules)
    return (before[-1], after[-1]) if before and after else None


def _run(witness: Witness, kernel: Kernel, rules: Rules) -> list[StepOfOne]:
    try:
        return run_one(witness.scenario, kernel, rules)
    except (NotModelled, ModelBug):
        return []


def pages_of(witness: Witness, kernel: Kernel) -> str:
    """The kind of page that a witness is about: of those it maps the one that is not ordinary.

    Empty when that leaves several.
    """
    scenario = witness.scenario
    model = start(scenario.machine, kernel)
    met: frozenset[str] = frozenset()
    kinds = met
    for step in scenario.steps[:-1]:
        try:
            model.step(step)
        except (NotModelled, ModelBug):
            break
        kinds = kinds_mapped(model.machine.block.m, model.machine.k)
        met |= kinds
    found = met - {*ORDINARY, "ksm"} or met - {*ORDINARY} or kinds
    return next(iter(found)) if len(found) == 1 else ""


def sides_of(before: StepOfOne, after: StepOfOne, *, common: bool) -> Sides:
    """The lines to show: results (of named fields those that differ), events, broken promises.

    `common`: also the faults that both have.
    """
    old, new = differing(before.result, after.result)
    if before.result == after.result:
        old = new = "the same" if len(before.result.text()) > 20 else before.result.text()
    faults = _faults(before), _faults(after)
    both = set() if common else {*faults[0]} & {*faults[1]}
    return Sides(
        (old, *(line for line in faults[0] if line not in both)),
        (new, *(line for line in faults[1] if line not in both)),
    )


def _faults(step: StepOfOne) -> tuple[str, ...]:
    """What the kernel logged, and which promises are broken after the step, each once."""
    lines = [event_text(event) + _at(event) for event in step.events]
    for violation in step.broken:
        if not violation.site:
            lines.append(f"breaks {violation.invariant}: {violation.text}")
    return tuple(dict.fromkeys(lines))


def _at(event: Event) -> str:
    said = event.name in FATAL and event.text  # where it was, in its own words
    return f" ({event.site.partition(':')[2]})" if event.site and not said else ""
