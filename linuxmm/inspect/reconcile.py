# SPDX-License-Identifier: GPL-2.0-or-later
"""Do our sums agree with smaps and numa_maps?  Every difference is shown, with its reason."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from os import cpu_count
from typing import Final

from linuxmm.inspect import kind as kinds
from linuxmm.inspect.area import Area
from linuxmm.inspect.count import told
from linuxmm.inspect.report import Report, Row, rows_of
from linuxmm.inspect.source import Process
from linuxmm.inspect.verdict import Judge
from linuxmm.inspect.words import region_of

ANONYMOUS = (kinds.ANON, kinds.THP, kinds.KSM, kinds.COHERENT)


@dataclass(frozen=True)
class Total:
    """One sum: ours, the kernel's, in pages."""

    name: str
    ours: int
    kernels: int


@dataclass(frozen=True)
class Difference:
    """One VMA (None: the whole process) where a sum differs, and why."""

    area: Area | None
    name: str
    ours: int
    kernels: int
    why: str


def _smaps(row: Row) -> bool:
    return bool(row.verdicts) and row.verdicts[0].in_smaps and row.kind != kinds.HUGETLB


SUMS: dict[str, tuple[tuple[str, ...], Callable[[Row], bool]]] = {
    "smaps Rss": (("Rss",), _smaps),
    "smaps Anonymous": (("Anonymous",), lambda row: _smaps(row) and row.kind in ANONYMOUS),
    "smaps KSM": (("KSM",), lambda row: row.kind == kinds.KSM),
    "smaps Swap": (("Swap",), lambda row: row.kind == kinds.SWAPPED),
    "smaps Hugetlb": (
        ("Shared_Hugetlb", "Private_Hugetlb"),
        lambda row: row.kind == kinds.HUGETLB,
    ),
}


STATUS: dict[str, Callable[[Row], bool]] = {
    "RssAnon": lambda row: _smaps(row) and row.kind in ANONYMOUS,
    "RssFile": lambda row: _smaps(row) and row.kind not in (*ANONYMOUS, kinds.SHMEM, kinds.ZERO),
    "RssShmem": lambda row: _smaps(row) and row.kind == kinds.SHMEM,
    "VmSwap": lambda row: row.kind == kinds.SWAPPED,
    "HugetlbPages": lambda row: row.kind == kinds.HUGETLB,
}
AWAY: Final = "the VMA went away or changed while it was read"
AGREES: Final = "changed between the two readings; a second look agrees"
RUNNING: Final = "the process is running"
RACES: Final = (AWAY, AGREES)
LAGS: Final = 64  # pages by which a counter may be behind, for each CPU or thread that has a part


Sums = dict[tuple[str, int], int]  # (sum, address of a VMA) -> pages


def reconcile(report: Report, judges: list[Judge]) -> tuple[list[Total], list[Difference]]:
    """Sums of the process, and the VMAs that differ; none when a part was asked for."""
    if report.ranged or not any(area.complete for area in report.areas):
        return [], []
    kernels = kernel_sums(report.process, report.areas, report.machine.pfns)
    if report.machine.pfns and not any(name.startswith("numa_maps") for name, _ in kernels):
        report.process.missing.setdefault("numa_maps", "empty, or this kernel has none")
    ours = our_sums(report, report.rows)
    if not kernels.keys() & {(name, a.start) for name in SUMS for a in report.areas}:
        return [], []
    again = _Again(report, judges)
    areas = {area.start: area for area in report.areas}
    shown = {name for name, _ in kernels}
    names = sorted(shown, key=lambda n: (n not in SUMS, list(SUMS).index(n) if n in SUMS else 0, n))
    totals, differences = [], []
    for name in names:
        pairs = [(ours.get((name, at), 0), kernels.get((name, at), 0)) for at in areas]
        totals.append(Total(name, sum(p[0] for p in pairs), sum(p[1] for p in pairs)))
        for area, (mine, its) in zip(areas.values(), pairs, strict=True):
            if mine != its:
                why = again.why(area, name, mine, its)
                differences.append(Difference(area, name, mine, its, why))
    changed = any(found.why in RACES for found in differences)
    for total, difference in _status(report, changed):
        totals.append(total)
        differences += [difference] if difference else []
    return totals, differences


def _status(report: Report, changed: bool) -> Iterator[tuple[Total, Difference | None]]:
    """The kernel's own counters of the process, as /proc/PID/status shows them."""
    counters = report.process.counters()
    if not report.machine.has_flags:
        return  # shared memory and files are not told apart well enough
    for name, counts in STATUS.items():
        if name not in counters:
            continue
        ours, its = sum(row.pages for row in report.rows if counts(row)), counters[name] // 4
        found = Total(f"status {name}", ours, its)
        if ours == its:
            yield found, None
        else:
            why = RUNNING if changed else _lagging(report, name, ours - its, its)
            yield found, Difference(None, found.name, ours, its, why)


def _lagging(report: Report, name: str, more: int, its: int) -> str:
    """Why a counter of the process differs from the entries."""
    if report.process.counters().get(name, 0) // 4 != its:
        return RUNNING
    if abs(more) <= LAGS * (cpu_count() or 1):
        return "the kernel keeps this counter per CPU or thread: it may be behind"
    if {row.kind for row in report.rows} & {kinds.DEVDAX, kinds.FSDAX, kinds.COHERENT}:
        return f"the running kernel counts device pages otherwise than {report.kernels[0]}"
    if _moved(report):
        return RUNNING
    return f"not explained: we count {abs(more)} pages {'more' if more > 0 else 'fewer'}"


def _moved(report: Report) -> bool:
    """Are the VMAs, or what is there of them, others than when they were read?"""
    process = report.process.again()
    if process is None:
        return True
    process.close()
    now, then = ({(a.start, a.end, told(a)) for a in p.areas} for p in (process, report.process))
    return now != then


def kernel_sums(process: Process, areas: list[Area], nodes: bool) -> Sums:
    """What smaps (as it was read with the VMAs) and numa_maps (read now) say, in pages.

    `nodes`: frame numbers are shown, so that there is something to compare numa_maps with.
    """
    sums: Sums = {}
    huge = set()
    for area in areas:
        for name, (lines, _) in SUMS.items():
            if lines[0] in area.fields:
                sums[name, area.start] = sum(area.fields.get(line, 0) for line in lines) // 4
        if sums.get(("smaps Hugetlb", area.start)):
            huge.add(area.start)
    for start, words in process.numa_maps() if nodes else ():
        for key, value in words.items():
            if start not in huge and key[0] == "N" and key[1:].isdigit():
                sums[f"numa_maps {key}", start] = value  # of hugetlb it counts huge pages
    return sums


def our_sums(report: Report, rows: list[Row]) -> Sums:
    """The same sums over rows."""
    sums: Sums = {}
    for row in rows:
        names = [name for name, (_, counts) in SUMS.items() if counts(row)]
        if row.verdicts and row.verdicts[0].in_numa_maps and row.kind != kinds.HUGETLB:
            node = report.machine.physical.regions[region_of(row.word)].node
            names += [f"numa_maps N{node}"] if node >= 0 else []
        for name in names:
            sums[name, row.area.start] = sums.get((name, row.area.start), 0) + row.pages
    return sums


class _Again:
    """A second look at a VMA, to tell a change while we read from a difference that stays."""

    def __init__(self, report: Report, judges: list[Judge]) -> None:
        self.report, self.judges = report, judges
        self.fresh: dict[int, Area] | None = None
        self.kernels: Sums = {}

    def why(self, area: Area, name: str, mine: int, its: int) -> str:
        """The reason why a sum of a VMA differs."""
        now = self._look().get(area.start)
        if now is None or now.end != area.end:
            return AWAY
        rows = rows_of(self.report.machine, self.report.process, self.judges, [now])
        found = our_sums(self.report, rows).get((name, now.start), 0)
        kernels = self.kernels.get((name, now.start), 0)
        if found == kernels:
            return AGREES
        if (found, kernels) != (mine, its):
            return f"the process is running: now {found} and {kernels}"
        return _standing(self.report, name, mine - its, rows)

    def _look(self) -> dict[int, Area]:
        if self.fresh is None:
            process = self.report.process.again()
            self.fresh = {area.start: area for area in process.areas} if process else {}
            if process:
                pfns = self.report.machine.pfns
                self.kernels = kernel_sums(process, process.areas, pfns)
                process.close()
        return self.fresh


def _standing(report: Report, name: str, more: int, rows: list[Row]) -> str:
    """Why a difference stays that no change explains."""
    found = {row.kind for row in rows}
    if not report.machine.has_flags:
        return "without kpageflags the zero page and merged pages look like others"
    if name == "smaps KSM" and report.machine.ksm_lies:
        return "the page flags of this kernel do not tell merged pages from others"
    if name == "smaps Swap" and rows and rows[0].area.is_shmem:
        return "smaps adds pages of the file that are in swap and in no entry"
    if name == "smaps Swap" and kinds.SPECIAL_ENTRY in found:
        return "entries that pagemap shows as swap and that are in no swap file"
    if found & {kinds.DEVDAX, kinds.FSDAX, kinds.COHERENT}:
        return f"the running kernel counts device pages otherwise than {report.kernels[0]}"
    if found & {kinds.MIXEDMAP, kinds.KERNEL, kinds.PFNMAP}:
        return f"the running kernel maps these pages otherwise than {report.kernels[0]} knows"
    return f"not explained: we count {abs(more)} pages {'more' if more > 0 else 'fewer'}"
