"""What only the kernel sees of the pages that a step names, after it: for JSON reports."""

from typing import Final

from linuxmm.arch.x86.pgtable import pte_none, pte_pfn, pte_present
from linuxmm.fs.proc.pages import KINDS, pte_kind
from linuxmm.machine import Machine
from linuxmm.mm.memory.nonpresent import is_pfn_swap_pte, pfn_swap_entry_pfn
from linuxmm.mm.page import pfn_to_page
from linuxmm.mm.pagewalk import mm_find_pte
from linuxmm.mm.vma import find_vma
from linuxmm.play.bindings import Bindings
from linuxmm.scenario.outcome import PageState
from linuxmm.scenario.tree import Step
from linuxmm.state import constants
from linuxmm.uapi import PAGE_SIZE

MAX_PAGES_SHOWN: Final = 256
PAGE_FLAG_NAMES: Final[tuple[tuple[int, str], ...]] = tuple(
    (value, name.removeprefix("PG_").lower())
    for name, value in vars(constants).items()
    if name.startswith("PG_") and name != "PG_ALLOCATED"
)


def page_states(machine: Machine, bindings: Bindings, step: Step) -> tuple[PageState, ...]:
    """The pages of the step's extent that are mapped; reading them meets no site."""
    extent = step.target
    if extent is None or extent.kind != "mapping" or extent.process not in bindings.tasks:
        return ()
    mm = machine.block.m.task_mm[bindings.tasks[extent.process]]
    base = bindings.address(extent)
    if base == 0:
        return ()
    found = []
    for i in range(min(extent.nr_pages, MAX_PAGES_SHOWN)):
        state = _page_state(machine, mm, base + i * PAGE_SIZE)
        if state is not None:
            pte, pfn, kind, refcount, mapcount, flags = state
            found.append(
                PageState(extent.process, extent.name, extent.start + i, pte, pfn, kind,
                          refcount, mapcount, flags)
            )  # fmt: skip
    return tuple(found)


def _page_state(
    machine: Machine, mm: int, addr: int
) -> tuple[int, int, str, int, int, tuple[str, ...]] | None:
    """PTE word, pfn, kind, refcount, mapcount and flags; None where nothing is mapped."""
    m, k = machine.block.m, machine.k
    vma = find_vma(m, mm, addr)
    if vma == 0:
        return None
    pte = mm_find_pte(m, mm, addr)
    if pte_none(pte):
        return None
    pfn = 0
    if pte_present(pte):
        pfn = pte_pfn(pte)
    elif is_pfn_swap_pte(k, pte):
        pfn = pfn_swap_entry_pfn(k, pte)
    page = pfn_to_page(m, pfn) if pfn else 0
    flags = tuple(name for mask, name in PAGE_FLAG_NAMES if page and m.page_flags[page] & mask)
    kind = KINDS[pte_kind(m, k, vma, pte)]
    if page == 0:
        return pte, pfn, kind, 0, 0, ()
    return pte, pfn, kind, m.page_refcount[page], m.page_mapcount[page], flags
