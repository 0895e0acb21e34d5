"""The page kinds of the scenario language, told from the state."""

from linuxmm.arch.x86.pgtable import PAGE_SPECIAL, pte_none, pte_pfn, pte_present
from linuxmm.mm.memory.nonpresent import is_pfn_swap_pte, pfn_swap_entry_pfn
from linuxmm.mm.page import page_anon, page_ksm, pfn_to_page
from linuxmm.state.constants import (
    MAPPING_SHIFT,
    NO_PAGE,
    OPS_MIXEDMAP_PAGE,
    OPS_SHMEM,
    PG_SWAPBACKED,
    RANGE_COHERENT,
    RANGE_FSDAX,
    RANGE_GENERIC,
    RANGE_P2PDMA,
    RANGE_PRIVATE,
    SET_ZERO_PAGE,
    VM_MIXEDMAP,
    VM_PFNMAP,
)
from linuxmm.state.layout import SIZE_V, State
from linuxmm.state.rules import Rules
from linuxmm.uapi import PAGE_SHIFT

DEVICE_KINDS = {
    RANGE_PRIVATE: "private",
    RANGE_COHERENT: "coherent",
    RANGE_FSDAX: "fsdax",
    RANGE_GENERIC: "devdax",
    RANGE_P2PDMA: "p2pdma",
}


def page_kind(m: State, page: int) -> str:
    """The kind of a page by itself, wherever it is mapped."""
    if page == m.setting[SET_ZERO_PAGE]:
        return "zero"
    device = DEVICE_KINDS.get(m.range_type[m.page_range[page]])
    if device:
        return device
    if page_ksm(m, page):
        return "ksm"
    if page_anon(m, page):
        return "anon"
    if m.page_mapping[page] == 0:
        return "mixedmap" if m.page_refcount[page] else "anon"
    if m.file_ops[m.page_mapping[page] >> MAPPING_SHIFT] == OPS_SHMEM:
        return "shmem"
    return "shmem" if m.page_flags[page] & PG_SWAPBACKED else "file"


def event_page_kind(m: State, event: int) -> str:
    """The kind of the page that an event of the step names; empty when it names none."""
    pfn = m.event_pfn[event]
    page = pfn_to_page(m, pfn) if pfn else NO_PAGE
    return page_kind(m, page) if page else ""


def entry_kind(m: State, k: Rules, vma: int, pte: int) -> str:
    """The kind of what an entry of a VMA stands for; empty for an empty or swap entry."""
    if pte_none(pte):
        return ""
    if not pte_present(pte):
        if not is_pfn_swap_pte(k, pte):
            return ""
        return page_kind(m, pfn_to_page(m, pfn_swap_entry_pfn(k, pte)))
    page = pfn_to_page(m, pte_pfn(pte))
    if pte & PAGE_SPECIAL:
        if page == m.setting[SET_ZERO_PAGE]:
            return "zero"
        if m.vma_flags[vma] & VM_PFNMAP:
            return "pfnmap"
        if page:
            return page_kind(m, page)
        return "mixedmap" if m.vma_flags[vma] & VM_MIXEDMAP else "pfnmap"
    if m.vma_ops[vma] == OPS_MIXEDMAP_PAGE:
        return "mixedmap"
    return page_kind(m, page) if page else "pfnmap"


def kinds_mapped(m: State, k: Rules) -> frozenset[str]:
    """The kinds of everything that page tables of this state hold."""
    kinds = set()
    for vma in range(1, m.used[SIZE_V]):
        first, nr = m.vma_ptes[vma], (m.vma_end[vma] - m.vma_start[vma]) >> PAGE_SHIFT
        if m.vma_mm[vma]:
            kinds |= {entry_kind(m, k, vma, m.pte[slot]) for slot in range(first, first + nr)}
    return frozenset(kinds - {""})
