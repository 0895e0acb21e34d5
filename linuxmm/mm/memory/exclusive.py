# SPDX-License-Identifier: GPL-2.0-or-later
"""Device-exclusive entries: a device owns access to a system page.  Source: mm/memory.c."""

from linuxmm.arch.x86.pgtable import PAGE_ACCESSED, pte_mkdirty
from linuxmm.core import core
from linuxmm.mm.memory.nonpresent import (
    is_writable_device_exclusive_pte,
    present_bits_of_swp,
    pte_swp_uffd_wp,
)
from linuxmm.mm.memory.vm_fault import VMF_ADDRESS, VMF_PAGE, VMF_PTE, VMF_VMA
from linuxmm.mm.memory.wp import maybe_mkwrite, mk_pte
from linuxmm.mm.mlock.pagevec import mlock_vma_page_now
from linuxmm.mm.rmap import page_add_anon_rmap
from linuxmm.mm.sites import behaviour
from linuxmm.state.behaviours import B_MLOCK_SCHEME
from linuxmm.state.constants import VM_LOCKED
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


@core
def restore_exclusive_pte(m: State, k: Rules, vma: int, page: int, addr: int, slot: int) -> int:
    """Give the CPU its entry back, old: the mapcount returns, reference and rss were kept."""
    pte = m.pte[slot]
    entry = mk_pte(m, page, m.vma_page_prot[vma]) & ~PAGE_ACCESSED | present_bits_of_swp(pte)
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
    vma = m.stack[vmf + VMF_VMA]
    page = m.stack[vmf + VMF_PAGE]
    addr = m.stack[vmf + VMF_ADDRESS]
    return restore_exclusive_pte(m, k, vma, page, addr, m.stack[vmf + VMF_PTE])
