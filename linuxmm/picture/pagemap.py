# SPDX-License-Identifier: GPL-2.0-or-later
"""The page map over time: a row for each step, a cell for each page of each process.

One column group for each kernel; a frame has one colour and one letter in all of them, and a cell
that is not as on the first kernel has a frame around it: a full one where what it shows differs, a
dotted one where only flags and bits do, which it says when it is asked.  The states are those of
the run (`KernelRun.pages_after`); what is bounded says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from linuxmm.picture.page import word
from linuxmm.play.report import EVENT_TEXTS, result_text, telling_fields
from linuxmm.play.run import KernelRun
from linuxmm.scenario.format import step_text
from linuxmm.scenario.outcome import PageState

MOST_PAGES: Final = 48  # columns of one kernel
MOST_COLUMNS: Final = 16  # of one table, those of all kernels together
LEAST_COLUMNS: Final = 4  # of one kernel
MOST_STEPS: Final = 400  # rows
MOST_OF_A_RESULT: Final = 300  # characters
GOLDEN_ANGLE: Final = 137  # degrees between the hues of two frames
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Cell:
    """One page after one step.

    `letter` and `hue` are those of its frame, "" and -1 without one; `counts` are references and
    mappings; `mark`: the classes of the style sheet.
    """

    letter: str
    hue: int
    counts: str
    kind: str
    memory: str
    access: str  # "PROT_NONE" where the entry gives none, as a NUMA hint does
    writable: str
    title: str
    lines: tuple[str, ...]
    mark: str


@dataclass(frozen=True)
class Did:
    """What one kernel did in one step; `kernel` is "" where it is what all did."""

    kernel: str
    result: str
    events: tuple[str, ...]
    broken: tuple[str, ...]
    differs: bool


@dataclass(frozen=True)
class Step:
    """One row."""

    line: int
    text: str
    did: tuple[Did, ...]
    cells: tuple[tuple[Cell, ...], ...]  # one tuple a kernel
    mark: str


@dataclass(frozen=True)
class Group:
    """Neighbouring columns of one mapping: `P0.a`, pages `first` to `last`."""

    head: str
    pages: tuple[int, ...]


@dataclass(frozen=True)
class Band:
    """Some neighbouring columns of every step, as one table."""

    groups: tuple[Group, ...]
    steps: tuple[Step, ...]
    columns: int  # of one kernel


@dataclass(frozen=True)
class PageMap:
    """Everything that is drawn of one scenario; `notes` say what is not."""

    kernels: tuple[str, ...]
    groups: tuple[Group, ...]
    steps: tuple[Step, ...]
    notes: tuple[str, ...]
    entries: tuple[tuple[str, str], ...]  # a kind of entry, its bits: what is seen, once each

    @property
    def bands(self) -> tuple[Band, ...]:
        """The columns cut up, so that no table is wider than a screen or a sheet of paper."""
        wide = max(LEAST_COLUMNS, MOST_COLUMNS // len(self.kernels))
        pages = [(group.head, page) for group in self.groups for page in group.pages]
        firsts = range(0, max(len(pages), 1), wide)
        return tuple(self._band(pages[first : first + wide], first, wide) for first in firsts)

    def _band(self, pages: Sequence[tuple[str, int]], first: int, wide: int) -> Band:
        """Some neighbouring columns; what each step gave stands in the first band."""
        groups = tuple(
            Group(head, tuple(page for _, page in some))
            for head, some in groupby(pages, key=lambda page: page[0])
        )
        steps = tuple(
            replace(
                step,
                did=() if first else step.did,
                cells=tuple(cells[first : first + wide] for cells in step.cells),
            )
            for step in self.steps
        )
        return Band(groups, steps, len(pages))


Key = tuple[str, str, int]  # process, name, index


def page_map(runs: Sequence[KernelRun]) -> PageMap:
    """The map of the runs of one scenario, made `with_pages`."""
    states = [states_of(run) for run in runs]
    every = _keys(states)
    keys = every[:MOST_PAGES]
    letters = _letters(states, keys)
    steps = runs[0].scenario.steps
    rows = [_step(runs, states, i, keys, letters) for i in range(min(len(steps), MOST_STEPS))]
    return PageMap(
        tuple(word(run.name) for run in runs),
        tuple(
            Group(word(f"{process}.{name}", 60), tuple(key[2] for key in pages))
            for (process, name), pages in groupby(keys, key=lambda key: key[:2])
        ),
        tuple(rows),
        tuple(_notes(runs, len(every))),
        _entries(states),
    )


def states_of(run: KernelRun) -> list[dict[Key, PageState]]:
    """Every mapped page after each step; MOST_STEPS steps at most."""
    found: list[dict[Key, PageState]] = []
    now: dict[Key, PageState] = {}
    for outcome in run.outcomes[:MOST_STEPS]:
        now = {**now, **{(p.process, p.name, p.index): p for p in outcome.pages}}
        now = {key: page for key, page in now.items() if page.kind != "none"}
        found.append(now)
    return found


def _keys(states: Sequence[Sequence[dict[Key, PageState]]]) -> list[Key]:
    """Every page that is ever mapped, in the order of the columns."""
    return sorted({key for steps in states for pages in steps for key in pages}, key=_order)


def frames_of(runs: Sequence[KernelRun]) -> dict[int, int]:
    """The frames of the map with their numbers (`letter`)."""
    states = [states_of(run) for run in runs]
    return _letters(states, _keys(states)[:MOST_PAGES])


def _order(key: Key) -> tuple[int, str, str, int]:
    """Processes by age (P2 before P10), then names, then pages."""
    process, name, index = key
    number = process.lstrip("P")
    return (int(number) if number.isdecimal() else 0, process, name, index)


def _letters(
    states: Sequence[Sequence[dict[Key, PageState]]], keys: Sequence[Key]
) -> dict[int, int]:
    """The frames in the order in which they are first seen: pfn -> number."""
    found: dict[int, int] = {}
    for i in range(max(map(len, states), default=0)):
        for steps in states:
            for key in keys:
                page = steps[i].get(key) if i < len(steps) else None
                if page is not None and page.pfn:
                    found.setdefault(page.pfn, len(found))
    return found


def letter(number: int) -> str:
    """A, B ... Z, AA, AB ..."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, len(LETTERS))
        text = LETTERS[rest] + text
    return text


# --- rows -----------------------------------------------------------------------------------------
def _step(
    runs: Sequence[KernelRun],
    states: Sequence[Sequence[dict[Key, PageState]]],
    i: int,
    keys: Sequence[Key],
    letters: dict[int, int],
) -> Step:
    """One step on each kernel."""
    step = runs[0].scenario.steps[i]
    text = (f"{step.label}: " if step.label else "") + step_text(step)
    did = did_in_step(runs, i)
    cells = []
    for steps in states:
        now = steps[i] if i < len(steps) else None
        before = steps[i - 1] if 0 < i <= len(steps) else {}
        first = states[0][i] if i < len(states[0]) else {}
        there = "" if steps is states[0] else word(runs[0].name, 40)
        cells.append(tuple(_cell(key, now, before, first, letters, there) for key in keys))
    is_bad = any(one.broken or one.events for one in did)
    mark = "bad" if is_bad else "differs" if any(one.differs for one in did) else ""
    return Step(step.line, word(text, MOST_OF_A_RESULT), did, tuple(cells), mark)


def did_in_step(runs: Sequence[KernelRun], i: int) -> tuple[Did, ...]:
    """What each kernel did; once where all did the same."""
    only = telling_fields(runs, i)
    results = [word(_result(run, i, only), MOST_OF_A_RESULT) for run in runs]
    found = tuple(
        Did(word(run.name), result, _events(run, i), _broken(run, i), result != results[0])
        for run, result in zip(runs, results, strict=True)
    )
    alike = len({(one.result, one.events, one.broken) for one in found}) == 1
    return (replace(found[0], kernel=""),) if alike else found


def _result(run: KernelRun, i: int, only: set[str] | None) -> str:
    """What a step gave (of many fields only these), or that it was not made."""
    if i < len(run.steps):
        return result_text(run.outcomes[i].result, only)
    here = run.not_modelled_step is run.scenario.steps[i] or (not run.steps and i == 0)
    return f"not modelled: {run.not_modelled}" if here else "not made"


def _events(run: KernelRun, i: int) -> tuple[str, ...]:
    """What the kernel logged, each once, as it logs it."""
    if i >= len(run.steps):
        return ()
    events = dict.fromkeys((event.name, event.site) for event in run.outcomes[i].events)
    return tuple(
        word(EVENT_TEXTS.get(name, name) + (f" ({site})" if site else "")) for name, site in events
    )


def _broken(run: KernelRun, i: int) -> tuple[str, ...]:
    """The promises that break here for the first time."""
    return tuple(
        word(f"breaks {v.invariant}: {v.text}", MOST_OF_A_RESULT) for n, v in run.broken if n == i
    )


# --- cells ----------------------------------------------------------------------------------------
def _cell(
    key: Key,
    now: dict[Key, PageState] | None,
    before: dict[Key, PageState],
    first: dict[Key, PageState],
    letters: dict[int, int],
    there: str,
) -> Cell:
    """One page: what it is, what changed with this step, whether it is as on the first kernel.

    `there`: the name of that one, "" for itself.
    """
    page = now.get(key) if now is not None else None
    if now is None:
        return Cell("", -1, "", "", "", "", "", "", (), "unmade")
    differs = _differing(page, first.get(key))
    fresh = " fresh" if _same(page) != _same(before.get(key)) else ""
    name = word(f"{key[0]}.{key[1]}[{key[2]}]", 80)
    other = _other(page, first.get(key), there) if differs and there else ()
    if page is None:
        title = f"{name}: nothing is mapped" if fresh or differs else ""
        return Cell("", -1, "", "", "", "", "", title, other, f"none{fresh}{differs}")
    number = letters.get(page.pfn, -1) if page.pfn else -1
    is_present = "present" in page.bits or "protnone" in page.bits
    mark = ("frame" if number >= 0 else "entry") + ("" if is_present else " absent")
    return Cell(
        letter(number) if number >= 0 else "",
        number * GOLDEN_ANGLE % 360 if number >= 0 else -1,
        f"{page.refcount}\u00b7{page.mapcount}" if number >= 0 else "",
        page.kind,
        word(page.memory, 20),
        "PROT_NONE" if "protnone" in page.bits else "",
        _writable(page),
        f"{name}: {page.kind}" + (f", frame {letter(number)}" if number >= 0 else ""),
        (*_lines(page), *other),
        f"{mark}{fresh}{differs}",
    )


def _writable(page: PageState) -> str:
    """`w` where the CPU, or a device by its entry, may write."""
    return "w" if {"rw", "write"} & {*page.bits} and "protnone" not in page.bits else ""


def _differing(page: PageState | None, first: PageState | None) -> str:
    """How a cell differs from the one of the first kernel, as a class of the style sheet."""
    if _same(page) == _same(first):
        return ""
    return " differs" if _seen(page) != _seen(first) else " behind"


def _seen(page: PageState | None) -> object:
    """What a cell shows without being asked."""
    if page is None:
        return None
    counts = (page.refcount, page.mapcount) if page.pfn else ()
    access = (_writable(page), "protnone" in page.bits, "present" in page.bits)
    return (page.pfn, counts, page.kind, page.memory, access)


def _same(page: PageState | None) -> object:
    """All that is known of a page, shown or told."""
    if page is None:
        return None
    return (page.pte, page.pfn, page.kind, page.refcount, page.mapcount, page.flags)


def _lines(page: PageState) -> tuple[str, ...]:
    """What a cell says when it is asked."""
    lines = [f"entry {page.pte & 0xFFFFFFFFFFFFFFFF:#x}: {' '.join(page.bits)}"]
    if page.pfn:
        where = f" in {word(page.memory, 40)}" if page.memory else ""
        lines.append(f"pfn {page.pfn:#x}{where}")
        lines.append(f"refcount {page.refcount}, mapcount {page.mapcount}")
        lines.append(f"flags {' '.join(page.flags) or 'none'}")
    return tuple(lines)


def _other(page: PageState | None, first: PageState | None, there: str) -> tuple[str, ...]:
    """What the first kernel has instead, as far as it differs."""
    if first is None:
        return (f"on {there}: nothing is mapped",)
    mine = _lines(page) if page is not None else ()
    return tuple(f"on {there}: {line}" for line in _lines(first) if line not in mine)


# --- what is said beside it -----------------------------------------------------------------------
def _entries(states: Iterable[Iterable[dict[Key, PageState]]]) -> tuple[tuple[str, str], ...]:
    """Each combination of kind and entry bits that is met, for paper, where no cell answers."""
    found = {
        (page.kind, " ".join(bit for bit in page.bits if not bit.startswith("offset=")))
        for steps in states
        for pages in steps
        for page in pages.values()
    }
    return tuple(sorted(found))[:MOST_PAGES]


def _notes(runs: Sequence[KernelRun], pages: int) -> list[str]:
    """What is left out of the map."""
    notes = []
    steps = len(runs[0].scenario.steps)
    if pages > MOST_PAGES:
        notes.append(f"{MOST_PAGES} of {pages} pages are drawn, the first of each process")
    if steps > MOST_STEPS:
        notes.append(f"{MOST_STEPS} of {steps} steps are drawn")
    left = max((o.left_out for run in runs for o in run.outcomes), default=0)
    if left:
        notes.append(f"up to {left} pages more were changed by a step, or lie behind the first "
                     "4096, and are not followed")  # fmt: skip
    return notes
