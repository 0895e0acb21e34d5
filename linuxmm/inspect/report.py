"""One process in numbers: its pages by word, what each word is, and what may be done with it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

from linuxmm.inspect import kind as kinds
from linuxmm.inspect import lazyfree
from linuxmm.inspect.area import Area
from linuxmm.inspect.count import Count, Counter, Tick, choose, expected
from linuxmm.inspect.kind import KINDS, MAPPED, kind_of
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
from linuxmm.procfs import PAGE_SIZE

USER_END = 1 << 56  # what lies above is the kernel's (the gate page [vsyscall])
PROPERTIES = ("present", "normal", "LRU-able", "on LRU", "unevictable", "mlocked")


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
    _of: dict[int, list[Row]] = field(default_factory=dict, repr=False)

    def of(self, area: Area) -> list[Row]:
        """The rows of one of `areas`."""
        if not self._of:
            for row in self.rows:
                self._of.setdefault(id(row.area), []).append(row)
        return self._of.get(id(area), [])


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
    report.rows = rows_of(machine, process, judges, areas, tick, counter)
    return report


def rows_of(
    machine: Machine,
    process: Process,
    judges: list[Judge],
    areas: list[Area],
    tick: Tick | None = None,
    counter: Counter | None = None,
) -> list[Row]:
    """The rows of some VMAs, in their order."""
    counts = (counter or choose(expected(process, areas)))(machine, process, areas, tick)
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


def by_kind(rows: Iterable[Row]) -> dict[str, int]:
    """Pages of each kind that occurs, in the order of KINDS."""
    found: dict[str, int] = {}
    for row in rows:
        found[row.kind] = found.get(row.kind, 0) + row.pages
    return {kind: found[kind] for kind in KINDS if kind in found}


def by_place(report: Report, rows: Iterable[Row]) -> dict[str, int]:
    """Present pages by node or device memory."""
    found: dict[str, int] = {}
    for row in rows:
        if row.word & PRESENT:
            place = str(report.machine.physical.regions[region_of(row.word)])
            found[place] = found.get(place, 0) + row.pages
    return dict(sorted(found.items()))


def properties(rows: list[Row]) -> dict[str, int]:
    """PROPERTIES, in pages; the lookups are those of the first kernel."""
    return {
        "present": total(rows, lambda r: bool(r.word & PRESENT)),
        "normal": total(rows, lambda r: bool(r.verdicts) and r.verdicts[0].normal),
        "LRU-able": total(rows, lambda r: bool(r.verdicts) and r.verdicts[0].lru),
        "on LRU": total(rows, _on_lru),
        "unevictable": total(rows, lambda r: _shown(r, KPF_UNEVICTABLE)),
        "mlocked": total(rows, lambda r: _shown(r, KPF_MLOCKED)),
    }


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
    for row in rows:
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
