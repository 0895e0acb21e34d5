# SPDX-License-Identifier: GPL-2.0-or-later
"""What only a vmcore or a guest shows: references, mappings and pgmap types of every page, and
whether our counts are those that the kernel keeps (mm->rss_stat)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from linuxmm.inspect import kind as kinds
from linuxmm.inspect.area import Area
from linuxmm.inspect.entry import PAGE, Entry, pagemap_entry
from linuxmm.inspect.kind import kind_of
from linuxmm.inspect.reconcile import Difference, Total
from linuxmm.inspect.report import Report
from linuxmm.inspect.source import Machine
from linuxmm.inspect.structpage import StructPage, kpageflags
from linuxmm.inspect.verdict import Judge
from linuxmm.inspect.vmcore import Core, CoreProcess
from linuxmm.inspect.words import pack

SIZES: Final = {1 << 12: "pte", 1 << 21: "pmd", 1 << 30: "pud"}
PGMAPS: Final = ("-", "PRIVATE", "COHERENT", "FS_DAX", "GENERIC", "PCI_P2PDMA")
SHOWN: Final = 24
NOT_COUNTED: Final = (  # mapped without a count: mm/memory.c:insert_pfn, mm/hugetlb.c
    *(kinds.FSDAX, kinds.DEVDAX, kinds.HUGETLB, kinds.ZERO, kinds.PFNMAP, kinds.POISONED),
)


@dataclass(frozen=True)
class Exact:
    """Equal pages; counts are -1 where there is no struct page."""

    kind: str
    entry: str  # pte, pmd, pud
    no_access: bool
    writable: bool
    pgmap: str
    node: int
    refcount: int
    mapcount: int


@dataclass
class Found:
    """Sums over a process."""

    pages: dict[Exact, int]
    rss: dict[str, int]


def look_exactly(process: CoreProcess, areas: list[Area]) -> Found:
    """Every page of some VMAs once more, with its counts."""
    pages: dict[Exact, int] = {}
    rss = dict.fromkeys(process.rss, 0)
    for area in areas:
        for found, counter in _of(process, area):
            pages[found] = pages.get(found, 0) + 1
            if counter:
                rss[counter] += 1
    ordered = sorted(pages.items(), key=lambda pair: (-pair[1], str(pair[0])))
    return Found(dict(ordered), rss)


def _of(process: CoreProcess, area: Area) -> Iterator[tuple[Exact, str]]:
    for _, entry, page in process.look(area.start, area.end):
        kind = _kind(process.core, area, entry, page)
        exact = Exact(
            kind,
            SIZES[entry.size],
            entry.no_access,
            entry.writable,
            PGMAPS[page.pgmap] if page and page.pgmap < len(PGMAPS) else "-",
            page.node if page else -1,
            page.refcount if page else -1,
            page.mapcount if page else -1,
        )
        yield exact, rss_counter(kind, page)


def _kind(core: Core, area: Area, entry: Entry, page: StructPage | None) -> str:
    """By the same words as everywhere."""
    word = pagemap_entry(entry, page is not None and page.anon, page.mapcount if page else -1)
    zero = entry.what == PAGE and core.is_zero(entry.pfn)
    flags = kpageflags(page, zero) if entry.what == PAGE else 0
    return kind_of(core.machine, area, pack(word, flags, 0))


def rss_counter(kind: str, page: StructPage | None) -> str:
    """Which counter of mm->rss_stat a page is in; empty: none.

    Source: mm/memory.c:zap_pte_range (it takes each page off again), linux/mm.h:mm_counter.
    """
    if kind == kinds.SWAPPED:
        return "MM_SWAPENTS"
    if page is None or kind in NOT_COUNTED:
        return ""
    if page.anon:
        return "MM_ANONPAGES"
    return "MM_SHMEMPAGES" if "swapbacked" in page.flags else "MM_FILEPAGES"


class CoreSource:
    """What the command line asks of a source, for a core."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.machine: Machine = core.machine
        self._found: tuple[Report, Found] | None = None

    def process_ids(self) -> list[int]:
        return self.core.process_ids()

    def open(self, pid: int) -> CoreProcess:
        return self.core.open_process(pid)

    def found(self, report: Report) -> Found:
        """Looked at once for each report."""
        if self._found is None or self._found[0] is not report:
            assert isinstance(report.process, CoreProcess)
            self._found = report, look_exactly(report.process, report.areas)
        return self._found[1]

    def totals(self, report: Report, judges: list[Judge]) -> tuple[list[Total], list[Difference]]:
        """Our sums beside mm->rss_stat, in pages; none when a part was asked for."""
        process, rss = report.process, self.found(report).rss
        if report.ranged or not isinstance(process, CoreProcess):
            return [], []
        sums = [Total(name, nr, process.rss[name]) for name, nr in rss.items()]
        if self.core.live and any(total.ours != total.kernels for total in sums):
            process.missed.append("the guest runs on while it is read: sums may differ")
        return sums, []

    def text(self, report: Report) -> str:
        """A section that only a core has."""
        return exact_text(self.found(report))

    def document(self, report: Report) -> dict[str, object]:
        """The same for JSON."""
        return {"struct_pages": exact_document(self.found(report))}


# --- shown ----------------------------------------------------------------------------------------
def exact_text(found: Found) -> str:
    """The section of a report that only a core has."""
    if not found.pages:
        return ""
    lines = [
        "STRUCT PAGES",
        f"  {'kind':<10}{'entry':<15}{'pgmap':<11}{'node':>5}{'refcount':>10}{'mapcount':>10}"
        f"{'pages':>12}",
    ]
    shown = list(found.pages.items())
    for exact, nr in shown[:SHOWN]:
        lines.append(
            f"  {exact.kind:<10}{_entry(exact):<15}{exact.pgmap:<11}{_nr(exact.node):>5}"
            f"{_nr(exact.refcount):>10}{_nr(exact.mapcount):>10}{nr:>12}"
        )
    if len(shown) > SHOWN:
        rest = sum(nr for _, nr in shown[SHOWN:])
        lines.append(f"  {f'{len(shown) - SHOWN} more (--format json)':<61}{rest:>12}")
    return "\n".join(lines) + "\n"


def _nr(number: int) -> str:
    return "-" if number < 0 else str(number)


def _entry(exact: Exact) -> str:
    if exact.no_access:
        return f"{exact.entry} no access"
    return (
        f"{exact.entry} {'rw' if exact.writable else 'ro'}" if exact.refcount >= 0 else exact.entry
    )


def exact_document(found: Found) -> list[dict[str, object]]:
    """The same for JSON."""
    return [{**vars(exact), "pages": nr} for exact, nr in found.pages.items()]
