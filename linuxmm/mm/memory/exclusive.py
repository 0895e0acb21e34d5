"""Device-exclusive entries: a device owns access to a system page.  Source: mm/memory.c."""

from linuxmm.arch.x86.pgtable import pfn_pte, pte_mkdirty
from linuxmm.core import core
from linuxmm.mm.memory.nonpresent import (
    is_writable_device_exclusive_pte,
    pfn_swap_entry_pfn,
    present_bits_of_swp,
)
from linuxmm.mm.memory.wp import maybe_mkwrite
from linuxmm.mm.page import pfn_to_page
from linuxmm.mm.rmap import page_add_anon_rmap, vma_pte_slot
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


@core
def restore_exclusive_pte(m: State, k: Rules, vma: int, addr: int) -> int:
    """Give the CPU its entry back: the mapcount returns, reference and rss were kept."""
    slot = vma_pte_slot(m, vma, addr)
    pte = m.pte[slot]
    pfn = pfn_swap_entry_pfn(k, pte)
    entry = pfn_pte(pfn, m.vma_page_prot[vma]) | present_bits_of_swp(pte)
    if is_writable_device_exclusive_pte(k, pte):
        entry = maybe_mkwrite(m, vma, pte_mkdirty(entry))
    page_add_anon_rmap(m, k, pfn_to_page(m, pfn), vma, addr, 0)
    m.pte[slot] = entry
    return 0


@core
def remove_device_exclusive_entry(m: State, k: Rules, vma: int, addr: int) -> int:
    """The CPU touches a page that a device holds: the device is told, the entry restored."""
    return restore_exclusive_pte(m, k, vma, addr)
