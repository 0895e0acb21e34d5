"""Device-exclusive entries: a device owns access to a system page.  Source: mm/memory.c."""

from linuxmm.arch.x86.pgtable import PAGE_ACCESSED, pfn_pte, pte_mkdirty
from linuxmm.core import core
from linuxmm.mm.memory.nonpresent import (
    is_writable_device_exclusive_pte,
    pfn_swap_entry_pfn,
    present_bits_of_swp,
    pte_swp_uffd_wp,
)
from linuxmm.mm.memory.vm_fault import VMF_ADDRESS, VMF_VMA
from linuxmm.mm.memory.wp import maybe_mkwrite
from linuxmm.mm.mlock.pagevec import mlock_vma_page_now
from linuxmm.mm.page import pfn_to_page
from linuxmm.mm.rmap import page_add_anon_rmap, vma_pte_slot
from linuxmm.mm.sites import behaviour
from linuxmm.state.constants import VM_LOCKED
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.state.vocabulary import B_MLOCK_SCHEME


@core
def restore_exclusive_pte(m: State, k: Rules, vma: int, addr: int) -> int:
    """Give the CPU its entry back, old: the mapcount returns, reference and rss were kept."""
    slot = vma_pte_slot(m, vma, addr)
    pte = m.pte[slot]
    pfn = pfn_swap_entry_pfn(k, pte)
    page = pfn_to_page(m, pfn)
    entry = pfn_pte(pfn, m.vma_page_prot[vma]) & ~PAGE_ACCESSED | present_bits_of_swp(pte)
    if pte_swp_uffd_wp(pte) == 0 and is_writable_device_exclusive_pte(k, pte):
        entry = maybe_mkwrite(m, vma, pte_mkdirty(entry))
    page_add_anon_rmap(m, k, page, vma, addr, 0)
    m.pte[slot] = entry
    if m.vma_flags[vma] & VM_LOCKED and behaviour(m, k, B_MLOCK_SCHEME) == 0:
        mlock_vma_page_now(m, k, page)
    return 0


@core
def remove_device_exclusive_entry(m: State, k: Rules, vmf: int) -> int:
    """The CPU touches a page that a device holds: the device is told, the entry restored."""
    return restore_exclusive_pte(m, k, m.stack[vmf + VMF_VMA], m.stack[vmf + VMF_ADDRESS])
