"""Do our sums agree with smaps and numa_maps?  Every difference is shown, with its reason."""

from collections.abc import Callable
from dataclasses import dataclass

from linuxmm.errors import LinuxmmError
from linuxmm.inspect import kind as kinds
from linuxmm.inspect.area import Area
from linuxmm.inspect.count import Counter, choose
from linuxmm.inspect.report import Report, Row, rows_of, total
from linuxmm.inspect.source import numa_maps, open_process
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
    """One VMA where a sum differs, and why."""

    area: Area
    name: str
    ours: int
    kernels: int
    why: str


def _smaps(row: Row) -> bool:
    return bool(row.verdicts) and row.verdicts[0].in_smaps and row.kind != kinds.HUGETLB


SUMS: dict[str, tuple[tuple[str, ...], Callable[[Row], bool]]] = {
    "Rss": (("Rss",), _smaps),
    "Anonymous": (("Anonymous",), lambda row: _smaps(row) and row.kind in ANONYMOUS),
    "Swap": (("Swap",), lambda row: row.kind == kinds.SWAPPED),
    "Hugetlb": (
        ("Shared_Hugetlb", "Private_Hugetlb"),
        lambda row: row.kind == kinds.HUGETLB,
    ),
}


def reconcile(report: Report, judges: list[Judge]) -> tuple[list[Total], list[Difference]]:
    """Sums of the process, and the VMAs that differ; none when a part was asked for."""
    if report.ranged or not any(area.complete for area in report.areas):
        return [], []
    totals, differences = [], []
    rows = {id(area): [] for area in report.areas}  # type: dict[int, list[Row]]
    for row in report.rows:
        rows[id(row.area)].append(row)
    again = _Again(report, judges)
    for name, (lines, counts) in SUMS.items():
        ours = kernels = 0
        for area in report.areas:
            mine = total(rows[id(area)], counts)
            its = sum(area.fields.get(line, 0) for line in lines) // 4
            ours, kernels = ours + mine, kernels + its
            if mine != its:
                why = again.why(area, name, mine, its, rows[id(area)])
                differences.append(Difference(area, name, mine, its, why))
        totals.append(Total(f"smaps {name}", ours, kernels))
    totals += _nodes(report)
    return totals, differences


def _nodes(report: Report) -> list[Total]:
    """numa_maps by node (hugetlb pages are counted there in huge pages: left out)."""
    kernels: dict[int, int] = {}
    huge = {area.start for area in report.areas if "hugetlb" in area.name or _is_huge(area)}
    for start, words in numa_maps(report.process.pid):
        for key, value in words.items():
            if start not in huge and key[0] == "N" and key[1:].isdigit():
                kernels[int(key[1:])] = kernels.get(int(key[1:]), 0) + value
    ours: dict[int, int] = {}
    for row in report.rows:
        if row.verdicts and row.verdicts[0].in_numa_maps and row.kind != kinds.HUGETLB:
            node = report.machine.physical.regions[region_of(row.word)].node
            ours[node] = ours.get(node, 0) + row.pages
    if not kernels:
        report.process.missing.setdefault("numa_maps", "empty, or this kernel has none")
        return []
    nodes = sorted({*ours, *kernels})
    return [Total(f"numa_maps N{n}", ours.get(n, 0), kernels.get(n, 0)) for n in nodes]


def _is_huge(area: Area) -> bool:
    return bool(area.fields.get("Private_Hugetlb") or area.fields.get("Shared_Hugetlb"))


class _Again:
    """A second look at a VMA, to tell a change while we read from a difference that stays."""

    def __init__(self, report: Report, judges: list[Judge]) -> None:
        self.report, self.judges = report, judges
        self.fresh: dict[int, Area] | None = None
        self.count: Counter = choose(0)

    def why(self, area: Area, name: str, mine: int, its: int, rows: list[Row]) -> str:
        """The reason why a sum of a VMA differs."""
        now = self._look().get(area.start)
        if now is None or now.end != area.end:
            return "the VMA went away or changed while it was read"
        lines, counts = SUMS[name]
        process, machine = self.report.process, self.report.machine
        count = choose(now.fields.get("Rss", 0) // 4)
        found = total(rows_of(machine, process, self.judges, now, count), counts)
        kernels = sum(now.fields.get(line, 0) for line in lines) // 4
        if found == kernels:
            return "changed between the two readings; a second look agrees"
        if (found, kernels) != (mine, its):
            return f"the process is running: now {found} and {kernels}"
        return _standing(self.report, name, mine - its, rows)

    def _look(self) -> dict[int, Area]:
        if self.fresh is None:
            try:
                process = open_process(self.report.process.pid)
            except LinuxmmError:
                self.fresh = {}
            else:
                process.close()
                self.fresh = {area.start: area for area in process.areas}
        return self.fresh


def _standing(report: Report, name: str, more: int, rows: list[Row]) -> str:
    """Why a difference stays that no change explains."""
    found = {row.kind for row in rows}
    if report.machine.kpageflags < 0:
        return "without kpageflags the zero page and merged pages look like others"
    if name == "Swap" and rows and rows[0].area.is_shmem:
        return "smaps adds pages of the file that are in swap and in no entry"
    if name == "Swap" and kinds.SPECIAL_ENTRY in found:
        return "entries that pagemap shows as swap and that are in no swap file"
    if found & {kinds.DEVDAX, kinds.FSDAX, kinds.COHERENT}:
        return f"the running kernel counts device pages otherwise than {report.kernels[0]}"
    if found & {kinds.MIXEDMAP, kinds.KERNEL, kinds.PFNMAP}:
        return f"the running kernel maps these pages otherwise than {report.kernels[0]} knows"
    return f"not explained: we count {abs(more)} pages {'more' if more > 0 else 'fewer'}"
