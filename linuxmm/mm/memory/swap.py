# SPDX-License-Identifier: GPL-2.0-or-later
"""A fault on a swap entry.  Source: mm/memory.c:do_swap_page, from lookup_swap_cache on.

Two variants, each complete: whether the page may become writable at once is decided by
counting entries and mappings (reuse_swap_page), or by the exclusive bit and the reference
count.  Not modelled: a page of the swap cache that somebody keeps locked.
"""

from linuxmm.arch.x86.pgtable import PAGE_RW, pte_mkdirty, swp_offset
from linuxmm.core import core
from linuxmm.mm.memory.nonpresent import (
    present_bits_of_swp,
    pte_swp_exclusive,
    pte_swp_soft_dirty,
    pte_swp_uffd_wp,
)
from linuxmm.mm.memory.rss import add_mm_counter_fast
from linuxmm.mm.memory.vm_fault import (
    VMF_ADDRESS,
    VMF_FLAGS,
    VMF_ORIG_PTE,
    VMF_PTE,
    VMF_VMA,
)
from linuxmm.mm.memory.wp import do_wp_page, maybe_mkwrite, mk_pte
from linuxmm.mm.page import get_page, page_anon, page_flag, page_ksm, put_page
from linuxmm.mm.rmap import (
    folio_add_new_anon_rmap,
    page_add_anon_rmap,
    page_add_new_anon_rmap,
)
from linuxmm.mm.sites import behaviour
from linuxmm.mm.swap import (
    count,
    lru_add_drain,
    lru_cache_add,
    lru_cache_add_inactive_or_unevictable,
    set_page_dirty,
)
from linuxmm.mm.swap_state import (
    alloc_swapin_page,
    ksm_might_need_to_copy,
    read_swap_cache_async,
)
from linuxmm.mm.swapfile import (
    delete_from_swap_cache,
    swap_free,
    try_to_free_swap,
    vm_swap_full,
)
from linuxmm.state.behaviours import (
    B_ANON_EXCLUSIVE,
    B_SWAPIN_CACHE,
    B_SWAPIN_MAKES_WRITABLE,
    B_SWAPIN_RMAP,
)
from linuxmm.state.constants import (
    FAULT_FLAG_WRITE,
    MM_ANONPAGES,
    MM_SWAPENTS,
    NO_PAGE,
    PG_LRU,
    PG_MLOCKED,
    PG_SWAPCACHE,
    VM_FAULT_ERROR,
    VM_FAULT_MAJOR,
    VM_FAULT_OOM,
    VM_FAULT_WRITE,
    VM_LOCKED,
    VM_SOFTDIRTY,
    VM_UFFD_WP,
    VM_WRITE,
)
from linuxmm.state.layout import PGMAJFAULT, State
from linuxmm.state.rules import Rules


@core
def do_swap_page_real(m: State, k: Rules, vmf: int) -> int:
    """Bring the page of a swap slot back and map it: VM_FAULT_* bits."""
    vma = m.stack[vmf + VMF_VMA]
    addr = m.stack[vmf + VMF_ADDRESS]
    slot = swp_offset(m.stack[vmf + VMF_ORIG_PTE])
    cached = m.swap_page[slot]
    result = 0
    if cached != NO_PAGE:
        get_page(m, cached)
        page = cached
    else:
        # synchronous device, one user: the swap cache may be skipped
        if m.swap_count[slot] == 1 and behaviour(m, k, B_SWAPIN_CACHE) == 0:
            page = alloc_swapin_page(m, k, slot, vma, addr)
            if page != NO_PAGE:
                lru_cache_add(m, k, page)
        else:
            page = read_swap_cache_async(m, k, slot, vma, addr)
            cached = page
        if page == NO_PAGE:
            return VM_FAULT_OOM
        result = VM_FAULT_MAJOR
        count(m, PGMAJFAULT, 1)
    if cached != NO_PAGE:
        page = ksm_might_need_to_copy(m, k, cached, vma, addr)
        if page == NO_PAGE:
            put_page(m, k, cached)
            return VM_FAULT_OOM
    if behaviour(m, k, B_ANON_EXCLUSIVE):
        written = _map_by_exclusive_bit(m, k, vmf, page, cached)
    else:
        written = _map_by_counts(m, k, vmf, page, cached)
    if written:
        return result | VM_FAULT_WRITE
    if m.stack[vmf + VMF_FLAGS] & FAULT_FLAG_WRITE:
        result |= do_wp_page(m, k, vmf)
        if result & VM_FAULT_ERROR:
            result &= VM_FAULT_ERROR
    return result


@core
def _map_by_counts(m: State, k: Rules, vmf: int, page: int, cached: int) -> int:
    """Before PageAnonExclusive: map the page, then drop the entry; 1 when it became writable."""
    vma = m.stack[vmf + VMF_VMA]
    slot = swp_offset(m.stack[vmf + VMF_ORIG_PTE])
    write = m.stack[vmf + VMF_FLAGS] & FAULT_FLAG_WRITE
    _count_swapin(m, k, vma)
    written = 1 if write and reuse_swap_page(m, k, page) else 0
    _set_swapin_pte(m, k, vmf, page, cached, written, written)
    swap_free(m, slot)
    if vm_swap_full(m) or m.vma_flags[vma] & VM_LOCKED or page_flag(m, page, PG_MLOCKED):
        try_to_free_swap(m, k, page)
    if cached != NO_PAGE and page != cached:
        put_page(m, k, cached)
    return written


@core
def reuse_swap_page(m: State, k: Rules, page: int) -> int:
    """Are this entry and this page the only ones?  Then the page leaves the swap cache.

    Source: mm/swapfile.c:reuse_swap_page.
    """
    if page_ksm(m, page):
        return 0
    users = m.page_mapcount[page]
    if page_flag(m, page, PG_SWAPCACHE):
        users += m.swap_count[m.page_private[page]]
        if users == 1:
            delete_from_swap_cache(m, k, page)
            set_page_dirty(m, page)
    return 1 if users <= 1 else 0


@core
def _map_by_exclusive_bit(m: State, k: Rules, vmf: int, page: int, cached: int) -> int:
    """With PageAnonExclusive: drop the entry and map the page; 1 when it became writable.

    The entry goes before the page is mapped, or after (folio_put_swap): by then a page whose last
    reference was the entry's is still in the swap cache, and not seen to be the only one.
    """
    vma = m.stack[vmf + VMF_VMA]
    pte = m.stack[vmf + VMF_ORIG_PTE]
    write = m.stack[vmf + VMF_FLAGS] & FAULT_FLAG_WRITE
    ksm = page_ksm(m, page)
    late = behaviour(m, k, B_SWAPIN_CACHE)
    if cached != NO_PAGE and write and (late or page == cached):
        if ksm == 0 and page_flag(m, page, PG_LRU) == 0:
            lru_add_drain(m, k)
    exclusive = pte_swp_exclusive(k, pte)
    if page != cached:  # fresh, and not in the swap cache
        exclusive = 1
    if late == 0:
        _give_back_slot(m, k, page, vma, swp_offset(pte), write)
    _count_swapin(m, k, vma)
    owned = 1 if ksm == 0 and (exclusive or m.page_refcount[page] == 1) else 0
    written = 1 if owned and write else 0
    if behaviour(m, k, B_SWAPIN_MAKES_WRITABLE):
        writable = 1 if owned and may_be_writable(m, vma, pte) else 0
        written = 1 if writable and write else 0
        _set_swapin_pte(m, k, vmf, page, cached, written, owned)
        if writable:
            slot = m.stack[vmf + VMF_PTE]
            m.pte[slot] = m.pte[slot] | PAGE_RW
            m.stack[vmf + VMF_ORIG_PTE] = m.pte[slot]
    else:
        _set_swapin_pte(m, k, vmf, page, cached, written, owned)
    if late:
        _give_back_slot(m, k, page, vma, swp_offset(pte), write)
    if cached != NO_PAGE and page != cached:
        put_page(m, k, cached)
    return written


@core
def _give_back_slot(m: State, k: Rules, page: int, vma: int, slot: int, write: int) -> int:
    """The entry no longer names the slot, and the page may leave the swap cache."""
    swap_free(m, slot)
    if _should_try_to_free_swap(m, k, page, vma, write):
        try_to_free_swap(m, k, page)
    return 0


@core
def may_be_writable(m: State, vma: int, entry: int) -> int:
    """Does the area allow writing, and nobody wait for a write (soft-dirty, userfaultfd)?"""
    if m.vma_flags[vma] & VM_WRITE == 0:
        return 0
    if m.vma_flags[vma] & VM_UFFD_WP and pte_swp_uffd_wp(entry):
        return 0
    return 1 if m.vma_flags[vma] & VM_SOFTDIRTY or pte_swp_soft_dirty(entry) else 0


@core
def _should_try_to_free_swap(m: State, k: Rules, page: int, vma: int, write: int) -> int:
    """Is the slot better given back now (swap short, page locked, or a write by the only user)?

    Of a synchronous device, as there is here, it always is where every page comes this way.
    """
    if page_flag(m, page, PG_SWAPCACHE) == 0:
        return 0
    if behaviour(m, k, B_SWAPIN_CACHE):
        return 1
    if vm_swap_full(m) or m.vma_flags[vma] & VM_LOCKED or page_flag(m, page, PG_MLOCKED):
        return 1
    if write == 0 or page_ksm(m, page):
        return 0
    return 1 if m.page_refcount[page] == 2 else 0


@core
def _count_swapin(m: State, k: Rules, vma: int) -> int:
    add_mm_counter_fast(m, k, m.vma_mm[vma], MM_ANONPAGES, 1)
    return add_mm_counter_fast(m, k, m.vma_mm[vma], MM_SWAPENTS, -1)


@core
def _set_swapin_pte(
    m: State, k: Rules, vmf: int, page: int, cached: int, written: int, exclusive: int
) -> int:
    """The present entry: soft-dirty and uffd-wp as in the swap entry, and the page's rmap."""
    vma = m.stack[vmf + VMF_VMA]
    addr = m.stack[vmf + VMF_ADDRESS]
    old = m.stack[vmf + VMF_ORIG_PTE]
    pte = mk_pte(m, page, m.vma_page_prot[vma])
    if written:
        pte = maybe_mkwrite(m, vma, pte_mkdirty(pte))
    pte = pte | present_bits_of_swp(old)
    if pte_swp_uffd_wp(old):
        pte = pte & ~PAGE_RW
    if cached != NO_PAGE and page != cached:
        page_add_new_anon_rmap(m, k, page, vma, addr)
        lru_cache_add_inactive_or_unevictable(m, k, page, vma)
    elif page_anon(m, page) == 0 and behaviour(m, k, B_SWAPIN_RMAP):
        folio_add_new_anon_rmap(m, k, page, vma, addr, exclusive)
    else:
        page_add_anon_rmap(m, k, page, vma, addr, exclusive)
    m.pte[m.stack[vmf + VMF_PTE]] = pte
    m.stack[vmf + VMF_ORIG_PTE] = pte
    return 0
