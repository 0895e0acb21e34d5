# SPDX-License-Identifier: GPL-2.0-or-later
"""One process in numbers: its pages by word, what each word is, and what may be done with it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

from linuxmm.inspect import kind as kinds
from linuxmm.inspect import lazyfree
from linuxmm.inspect.area import Area
from linuxmm.inspect.count import Count, Counter, Tick, expected
from linuxmm.inspect.kind import KINDS, MAPPED, NOT_THERE, kind_of
from linuxmm.inspect.picture import CELLS, Cell, in_cells, kinds_of, look
from linuxmm.inspect.quicker import choose
from linuxmm.inspect.source import Machine, Process
from linuxmm.inspect.standin import Facts, as_kind, facts_of
from linuxmm.inspect.verdict import SYSTEMS, Answer, Judge, Verdicts
from linuxmm.inspect.words import (
    KPF_LRU,
    KPF_MLOCKED,
    KPF_TAIL,
    KPF_UNEVICTABLE,
    PRESENT,
    region_of,
)
from linuxmm.state.constants import VM_LOCKED
from linuxmm.uapi import PAGE_SIZE

USER_END = 1 << 56  # what lies above is the kernel's (the gate page [vsyscall])
PROPERTIES = (
    *("present", "normal", "LRU-able", "on LRU", "unevictable", "locked by mlock", "mlocked"),
)


@dataclass(frozen=True)
class Row:
    """Equal pages of one VMA; `verdicts` one per kernel, none where no page is mapped."""

    area: Area
    word: int
    pages: int
    kind: str
    facts: Facts | None
    verdicts: tuple[Verdicts, ...]


@dataclass
class Report:
    """What was found of one process.  `areas` are its VMAs, cut to the asked range."""

    machine: Machine
    process: Process
    kernels: tuple[str, ...]
    areas: list[Area]
    rows: list[Row] = field(default_factory=list)
    ranged: bool = False
    foreign: tuple[str, ...] = ()  # those of `kernels` that are not the kernel of `machine`
    cells: dict[int, list[Cell]] = field(default_factory=dict, repr=False)  # of large VMAs
    _of: dict[int, list[Row]] = field(default_factory=dict, repr=False)

    def of(self, area: Area) -> list[Row]:
        """The rows of one of `areas`."""
        if not self._of:
            for row in self.rows:
                self._of.setdefault(id(row.area), []).append(row)
        return self._of.get(id(area), [])

    def picture(self, area: Area) -> list[Cell]:
        """The kinds in each part of one of `areas`, by address; read again where it is small."""
        kinds = by_kind(self.of(area))
        if len(kinds) <= 1:
            return [kinds] * CELLS
        return self.cells.get(id(area)) or look(self.machine, self.process, area)


def cut(areas: Iterable[Area], ranges: list[tuple[int, int]]) -> Iterator[Area]:
    """The parts of the VMAs inside the ranges (all of them without any)."""
    for area in areas:
        if area.start >= USER_END:
            continue
        if not ranges:
            yield area
        for low, high in ranges:
            start, end = max(area.start, low), min(area.end, high)
            if start < end:
                more = (start - area.start) // PAGE_SIZE
                part = replace(area, start=start, end=end, pgoff=area.pgoff + more)
                yield part if part.nr_pages == area.nr_pages else replace(part, whole=False)


def make_report(
    machine: Machine,
    process: Process,
    judges: list[Judge],
    ranges: list[tuple[int, int]],
    tick: Tick | None = None,
    counter: Counter | None = None,
) -> Report:
    """Count and classify: each distinct combination of facts is asked once per kernel."""
    names = tuple(judge.kernel for judge in judges)
    areas = list(cut(process.areas, ranges))
    report = Report(machine, process, names, areas, ranged=bool(ranges))
    report.foreign = foreign(machine, judges)
    counts = count_cells(machine, process, areas, tick, counter)
    for area, cells in zip(areas, counts, strict=True):
        if len(cells) > 1:
            report.cells[id(area)] = [kinds_of(machine, area, words) for words in cells]
    report.rows = _rows(machine, process, judges, areas, [_together(cells) for cells in counts])
    return report


def count_cells(
    machine: Machine,
    process: Process,
    areas: list[Area],
    tick: Tick | None = None,
    counter: Counter | None = None,
) -> list[list[Count]]:
    """The words of each VMA; of a large one part by part."""
    cut_up = [in_cells(process, area) for area in areas]
    every = [cell for cells in cut_up for cell in cells]
    counter = counter or choose(expected(process, areas))
    counts = iter(counter(machine, process, every, tick))
    return [[next(counts) for _ in cells] for cells in cut_up]


def _together(cells: list[Count]) -> Count:
    if len(cells) == 1:
        return cells[0]
    found: Count = {}
    for cell in cells:
        for word, nr in cell.items():
            found[word] = found.get(word, 0) + nr
    return found


def foreign(machine: Machine, judges: Iterable[Judge]) -> tuple[str, ...]:
    """The kernels whose rules are asked and that the machine does not run."""
    return tuple(judge.kernel for judge in judges if not judge.encodes(machine.uname))


def rows_of(
    machine: Machine, process: Process, judges: list[Judge], areas: list[Area]
) -> list[Row]:
    """The rows of some VMAs, in their order."""
    counts = choose(expected(process, areas))(machine, process, areas, None)
    return _rows(machine, process, judges, areas, counts)


def _rows(
    machine: Machine,
    process: Process,
    judges: list[Judge],
    areas: list[Area],
    counts: list[Count],
) -> list[Row]:
    pinned = bool(judges) and process.pins() > 0
    return [
        _row(machine, judges, area, word, nr, lazy, pinned)
        for area, words in zip(areas, counts, strict=True)
        for word, lazy, nr in _by_fate(machine, area, words)
    ]


def _by_fate(machine: Machine, area: Area, words: Count) -> Iterator[tuple[int, str, int]]:
    """Words with their pages; those that MADV_FREE marked apart, by what became of them."""
    split = lazyfree.split(machine, area, words)
    for word, nr in sorted(words.items()):
        for lazy, part in split.get(word, [("", nr)]):
            yield word, lazy, part


def _row(
    machine: Machine,
    judges: list[Judge],
    area: Area,
    word: int,
    pages: int,
    lazy: str,
    pinned: bool,
) -> Row:
    kind = kind_of(machine, area, word)
    if not judges or (kind not in MAPPED and kind != kinds.PFNMAP):
        return Row(area, word, pages, kind, None, ())
    facts = facts_of(machine, area, word, kind, lazy, pinned)
    return Row(area, word, pages, kind, facts, tuple(judge(facts) for judge in judges))


# --- sums -----------------------------------------------------------------------------------------
def total(rows: Iterable[Row], of: Callable[[Row], bool]) -> int:
    return sum(row.pages for row in rows if of(row))


def _alike(rows: Iterable[Row]) -> list[Row]:
    """One row for those that differ in their VMA alone: 20,000 VMAs have few distinct ones."""
    pages: dict[tuple[int, str, int, bool], int] = {}
    first: dict[tuple[int, str, int, bool], Row] = {}
    for row in rows:
        key = (row.word, row.kind, id(row.verdicts[0]) if row.verdicts else 0, _locked(row))
        pages[key] = pages.get(key, 0) + row.pages
        first.setdefault(key, row)
    return [replace(row, pages=pages[key]) for key, row in first.items()]


def by_kind(rows: Iterable[Row]) -> dict[str, int]:
    """Pages of each kind that occurs, in the order of KINDS."""
    found: dict[str, int] = {}
    for row in rows:
        found[row.kind] = found.get(row.kind, 0) + row.pages
    return {kind: found[kind] for kind in KINDS if kind in found}


def by_place(report: Report, rows: Iterable[Row]) -> dict[str, int]:
    """Present pages by node or device memory."""
    found: dict[str, int] = {}
    for row in _alike(rows):
        if row.word & PRESENT:
            place = str(report.machine.physical.regions[region_of(row.word)])
            found[place] = found.get(place, 0) + row.pages
    return dict(sorted(found.items()))


def properties(rows: list[Row]) -> dict[str, int]:
    """PROPERTIES, in pages; the lookups are those of the first kernel."""
    rows = _alike(rows)
    return {
        "present": total(rows, lambda r: bool(r.word & PRESENT)),
        "normal": total(rows, lambda r: bool(r.verdicts) and r.verdicts[0].normal),
        "LRU-able": total(rows, lambda r: bool(r.verdicts) and r.verdicts[0].lru),
        "on LRU": total(rows, _on_lru),
        "unevictable": total(rows, lambda r: _shown(r, KPF_UNEVICTABLE)),
        "locked by mlock": total(rows, _locked),
        "mlocked": total(rows, lambda r: _shown(r, KPF_MLOCKED)),
    }


def is_there(machine: Machine, kind: str) -> bool:
    """Is a page of this kind there: in memory, in swap, on a device?  Of VM_PFNMAP pagemap shows
    nothing, also where it is mapped."""
    return kind not in NOT_THERE and (kind != kinds.PFNMAP or machine.tables)


def _locked(row: Row) -> bool:
    """In a VMA that mlock(2) or mlockall(2) locked; memfd_secret locks its own."""
    locked = row.area.flags & VM_LOCKED and row.kind != kinds.SECRET
    return bool(row.word & PRESENT and locked)


def _shown(row: Row, flag: int) -> bool:
    return bool(row.word & PRESENT and row.word & flag)


def _on_lru(row: Row) -> bool:
    """A tail page is on the list with its head."""
    tail = row.word & KPF_TAIL and row.kind in (kinds.THP, kinds.FILE_KIND, kinds.SHMEM)
    return _shown(row, KPF_LRU) or bool(row.word & PRESENT and tail)


K = TypeVar("K")
Tally = dict[str, dict[str, int]]  # system -> word -> pages
Reasons = dict[str, dict[Answer, int]]  # system -> answer -> pages


def verdict_table(rows: Iterable[Row], kernel: int) -> tuple[Tally, Reasons]:
    """Pages by verdict and by rule, for one of the report's kernels."""
    tally: Tally = {name: {} for name in SYSTEMS}
    reasons: Reasons = {name: {} for name in SYSTEMS}
    for row in _alike(rows):
        if row.verdicts:
            for name, answer in row.verdicts[kernel].answers.items():
                _add(tally[name], answer.word, row.pages)
                _add(reasons[name], answer, row.pages)
    return tally, reasons


def _add(counts: dict[K, int], key: K, pages: int) -> None:
    counts[key] = counts.get(key, 0) + pages


# --- what if --------------------------------------------------------------------------------------
MOVABLE_TO_DEVICE = (kinds.ANON, kinds.THP, kinds.KSM)  # what migrate_vma takes to a device


@dataclass(frozen=True)
class WhatIf:
    """What would change if the anonymous pages were of another kind: (before, after) -> pages."""

    kind: str
    pages: int
    changes: dict[str, dict[tuple[Answer, Answer], int]]


def what_if(rows: Iterable[Row], judge: Judge, kind: str) -> WhatIf:
    """Ask the same questions of the same pages in memory of another kind."""
    pages = 0
    changes: dict[str, dict[tuple[Answer, Answer], int]] = {name: {} for name in SYSTEMS}
    for row in rows:
        if row.facts is None or row.kind not in MOVABLE_TO_DEVICE:
            continue
        pages += row.pages
        then = judge(as_kind(row.facts, kind)).answers
        for name, now in row.verdicts[0].answers.items():
            if now.word != then[name].word:
                _add(changes[name], (now, then[name]), row.pages)
    return WhatIf(kind, pages, changes)
