# SPDX-License-Identifier: GPL-2.0-or-later
"""Page kind x system: which scenarios exercise which cell, read from the scenarios themselves.

Each scenario is run (on v6.1, or on the first kernel it has expectations for).  The pages that a
step's extent really holds, before the step and for accesses also after it, give the rows; the
verb gives the column.  A cell without a scenario needs a reason, or is a system or kind that is
not modelled.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from linuxmm.arch.x86.pgtable import pte_none, pte_pfn, pte_present
from linuxmm.errors import NotModelled
from linuxmm.fs.proc.pages import KINDS as PTE_KINDS
from linuxmm.fs.proc.pages import kind_at
from linuxmm.kernels import DEFAULT_KERNEL
from linuxmm.mm.page import pfn_to_page
from linuxmm.mm.pagewalk import mm_find_pte
from linuxmm.mm.vma import find_vma
from linuxmm.play.steps_on_model import OnModel, start
from linuxmm.printed import columns, folded, hanging, wrapped
from linuxmm.scenario.tree import Scenario, Step
from linuxmm.state.constants import VM_MERGEABLE
from linuxmm.state.layout import SIZE_V
from linuxmm.uapi import PAGE_SIZE

KINDS: Final = (
    "anon",
    "ksm",
    "file",
    "shmem",
    "zero",
    "coherent",
    "private",
    "fsdax",
    "devdax",
    "pfnmap",
    "mixedmap-page",
    "mixedmap-pfn",
    "thp",
    "pthp",
    "hugetlb",
)
KINDS_NOT_MODELLED: Final = ("p2pdma",)

# column -> (short head, what it is)
SYSTEMS: Final[dict[str, tuple[str, str]]] = {
    "fault": ("ft", "page faults and COW: read, write"),
    "fork": ("fk", "fork"),
    "zap": ("zp", "munmap, exit, MADV_DONTNEED"),
    "get": ("ge", "get_user_pages"),
    "pin": ("pi", "pin_user_pages"),
    "longterm": ("lt", "pin_user_pages with FOLL_LONGTERM"),
    "device": ("dv", "migration to and from device memory"),
    "mirror": ("hm", "a device reads, writes and looks in place (hmm_range_fault)"),
    "lru": ("lr", "MADV_COLD, MADV_PAGEOUT, MADV_FREE"),
    "mlock": ("ml", "mlock, munlock"),
    "mprotect": ("mp", "mprotect"),
    "numa": ("nu", "the scan of NUMA balancing"),
    "move_pages": ("mv", "move_pages"),
    "ksm": ("ks", "MADV_MERGEABLE, MADV_UNMERGEABLE, ksmd"),
    "smaps": ("sm", "/proc/PID/smaps"),
    "numa_maps": ("nm", "/proc/PID/numa_maps"),
    "pagemap": ("pm", "/proc/PID/pagemap"),
    "clear_refs": ("cr", "/proc/PID/clear_refs"),
    "kpageflags": ("kf", "/proc/kpageflags, /proc/kpagecount"),
}
NOT_MODELLED: Final = "not modelled"
_MARKS: Final = "a number: so many scenarios   -: cannot be   .: not modelled   ?: a gap"
# cells that the model refuses
CELLS_NOT_MODELLED: Final[tuple[tuple[str, str], ...]] = ()
# cells that no scenario can fill: why
IMPOSSIBLE: Final[dict[tuple[str, str], str]] = {}

# these also meet what they bring in
_FAULTS_IN: Final = ("fault", "get", "pin", "longterm", "mlock")


@dataclass(frozen=True)
class Cell:
    """One cell: its scenarios, else why there is none (empty: a gap)."""

    kind: str
    system: str
    scenarios: tuple[str, ...] = ()
    reason: str = ""


def system_of(step: Step) -> str:
    """The column a step belongs to; empty for set-up and for what has no column."""
    verb = step.record
    return next((system for word, system in verb.systems if word in step.words), verb.system)


# --- which pages a step meets ---------------------------------------------------------------------
def _kind_at(model: OnModel, mm: int, addr: int) -> str:
    """The kind of page at an address, as a row of the matrix; empty without one."""
    m, k = model.machine.block.m, model.machine.k
    vma = find_vma(m, mm, addr)
    if vma == 0:
        return ""
    pte = mm_find_pte(m, mm, addr)
    if pte_none(pte):
        return ""
    kind = PTE_KINDS[kind_at(m, k, vma, addr)]
    if kind == "mixedmap":
        page = pfn_to_page(m, pte_pfn(pte)) if pte_present(pte) else 0
        kind = "mixedmap-page" if page else "mixedmap-pfn"
    return kind if kind in KINDS else ""


def _met(model: OnModel, step: Step, system: str) -> set[str]:
    """The kinds of the pages that a step is about, as they are now."""
    if step.target is not None and step.target.kind == "mapping":
        pages = step.target
        first, last = pages.start, pages.stop
        if step.record.whole:
            first, last = 0, pages.of
        task = model.bindings.tasks.get(pages.process, 0)
        base = model.bindings.base(pages.process, pages.name)
        if not task or not base:
            return set()
        mm = model.machine.block.m.task_mm[task]
        return {_kind_at(model, mm, base + i * PAGE_SIZE) for i in range(first, last)}
    return _met_in_processes(model, step, system)


def _met_in_processes(model: OnModel, step: Step, system: str) -> set[str]:
    """The kinds in a whole process, or for ksmd in every mergeable mapping."""
    m = model.machine.block.m
    process = step.process or step.by
    mm = m.task_mm[model.bindings.tasks[process]] if process in model.bindings.tasks else 0
    found = set()
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_mm[vma] == 0 or (mm and m.vma_mm[vma] != mm):
            continue
        if system == "ksm" and m.vma_flags[vma] & VM_MERGEABLE == 0:
            continue
        for addr in range(m.vma_start[vma], m.vma_end[vma], PAGE_SIZE):
            found.add(_kind_at(model, m.vma_mm[vma], addr))
    return found


def cells_of(scenario: Scenario) -> set[tuple[str, str]]:
    """The (kind, system) pairs that a scenario exercises."""
    named = [block.kernel for block in scenario.expects if block.kernel != "*"]
    kernel = DEFAULT_KERNEL if DEFAULT_KERNEL in named or not named else named[0]
    found: set[tuple[str, str]] = set()
    try:
        model = start(scenario.machine, kernel)
        for step in scenario.steps:
            system = system_of(step)
            kinds = _met(model, step, system) if system else set()
            model.step(step)
            if system in _FAULTS_IN:
                kinds |= _met(model, step, system)
            found |= {(kind, system) for kind in kinds if kind}
    except NotModelled:
        pass  # what came before counts
    return found


# --- the matrix -----------------------------------------------------------------------------------
def matrix(met: Iterable[tuple[str, set[tuple[str, str]]]]) -> list[Cell]:
    """Every cell, row by row, from the name of each scenario and its `cells_of`."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, reached in met:
        for cell in reached:
            found.setdefault(cell, []).append(name)
    cells = []
    for kind in KINDS:
        for system in SYSTEMS:
            names = tuple(sorted(found.get((kind, system), ())))
            reason = "" if names else IMPOSSIBLE.get((kind, system), "")
            if not names and (kind, system) in CELLS_NOT_MODELLED:
                reason = NOT_MODELLED
            cells.append(Cell(kind, system, names, reason))
    cells += [Cell(k, s, (), NOT_MODELLED) for k in KINDS_NOT_MODELLED for s in SYSTEMS]
    return cells


def gaps(cells: Sequence[Cell]) -> list[Cell]:
    """Cells without a scenario and without a reason."""
    return [cell for cell in cells if not cell.scenarios and not cell.reason]


def as_text(cells: Sequence[Cell], verbose: bool = False) -> str:
    """The matrix: how many scenarios, `-` impossible, `.` not modelled, `?` gap."""
    by_place = {(cell.kind, cell.system): cell for cell in cells}
    width = max(len(kind) for kind in (*KINDS, *KINDS_NOT_MODELLED))
    lines = wrapped(
        "How many scenarios bring pages of a kind (row) to a system (column, see below):"
    )
    wide = {
        system: max(2, *(len(_mark(cell)) for cell in cells if cell.system == system))
        for system in SYSTEMS
    }
    systems, most = list(SYSTEMS), (columns() - width) // (1 + max(wide.values()))
    if width + sum(wide.values()) + len(wide) <= columns():
        most = len(systems)
    for some in (systems[i : i + most] for i in range(0, len(systems), most)):
        heads = " ".join(SYSTEMS[system][0].rjust(wide[system]) for system in some)
        lines += ["", f"{''.ljust(width)} {heads}"]
        for kind in (*KINDS, *KINDS_NOT_MODELLED):
            marks = " ".join(_mark(by_place[kind, system]).rjust(wide[system]) for system in some)
            lines.append(f"{kind.ljust(width)} {marks}")
    lines += ["", *folded(_MARKS, columns()), ""]
    lines += [line for head, what in SYSTEMS.values() for line in hanging(f"{head}  ", what)]
    reasons = [cell for cell in cells if cell.reason not in ("", NOT_MODELLED)]
    if reasons:
        lines += ["", "cannot be:"]
        for cell in reasons:
            lines += wrapped(f"{cell.kind} x {cell.system}: {cell.reason}", "  ", "    ")
    if verbose:
        lines.append("")
        for cell in cells:
            if cell.scenarios:
                lines += hanging(f"{cell.kind} x {cell.system}: ", " ".join(cell.scenarios))
    return "\n".join(lines) + "\n"


def _mark(cell: Cell) -> str:
    if cell.scenarios:
        return str(len(cell.scenarios))
    return "." if cell.reason == NOT_MODELLED else "-" if cell.reason else "?"
