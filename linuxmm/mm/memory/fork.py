# SPDX-License-Identifier: GPL-2.0-or-later
"""fork: copying the page tables of a process.  Source: mm/memory.c:copy_page_range and below."""

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_DIRTY,
    PAGE_RW,
    PAGE_UFFD_WP,
    SWP_EXCLUSIVE,
    SWP_SOFT_DIRTY,
    SWP_UFFD_WP,
    pte_mkdirty,
    pte_none,
    pte_present,
    pte_write,
    swp_offset,
)
from linuxmm.core import core
from linuxmm.mm.huge_memory.range import copy_huge_pmd
from linuxmm.mm.hugetlb.range import copy_hugetlb_page_range
from linuxmm.mm.memcontrol.charge import mem_cgroup_charge
from linuxmm.mm.memory.exclusive import restore_exclusive_pte
from linuxmm.mm.memory.lookup import is_cow_mapping
from linuxmm.mm.memory.nonpresent import (
    copy_swp_bits,
    is_device_exclusive_pte,
    is_device_private_pte,
    is_migration_pte,
    is_pte_marker,
    is_readable_migration_pte,
    is_real_swap_pte,
    is_writable_device_private_pte,
    make_device_private_entry,
    pfn_swap_entry_pfn,
    pte_swp_exclusive,
    swap_entry_readable,
)
from linuxmm.mm.memory.pfn import track_pfn_copy
from linuxmm.mm.memory.pin import needs_copy_for_pin
from linuxmm.mm.memory.rss import add_mm_rss_vec, add_rss, init_rss_vec
from linuxmm.mm.memory.wp import maybe_mkwrite, mk_pte
from linuxmm.mm.mempolicy.alloc import alloc_page_vma
from linuxmm.mm.page import (
    get_page,
    page_anon,
    pfn_to_page,
    set_page_flag,
)
from linuxmm.mm.pgtable import (
    has_table,
    pmd_addr_end,
    pmd_none,
    pmd_trans_huge,
    pte_alloc,
    pte_offset_map,
    walk_to_pmd,
)
from linuxmm.mm.rmap import (
    mm_counter,
    page_add_new_anon_rmap,
    page_dup_rmap,
    share_anon_page,
)
from linuxmm.mm.sites import behaviour, site_page
from linuxmm.mm.stack import pop, push
from linuxmm.mm.swap import lru_cache_add_inactive_or_unevictable
from linuxmm.mm.swapfile import swap_duplicate
from linuxmm.state.behaviours import B_FORK_COPIES_TABLES, B_KEEPS_SWAP_SOFT_DIRTY_ON_DEVICE_FORK
from linuxmm.state.constants import (
    EAGAIN,
    ENOENT,
    ENOMEM,
    MM_ANONPAGES,
    MM_SWAPENTS,
    NO_PAGE,
    NR_MM_COUNTERS,
    PG_UPTODATE,
    VM_HUGETLB,
    VM_MIXEDMAP,
    VM_PFNMAP,
    VM_SHARED,
    VM_UFFD_WP,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_COPY_PRESENT_PTE


@core
def vma_needs_copy(m: State, k: Rules, dst_vma: int, vma: int) -> int:
    """Are this VMA's entries copied, or left to faults in the child?"""
    flags = m.vma_flags[vma]
    if m.vma_flags[dst_vma] & VM_UFFD_WP and behaviour(m, k, B_FORK_COPIES_TABLES):
        return 1
    if flags & VM_HUGETLB and behaviour(m, k, B_FORK_COPIES_TABLES) == 0:
        return 1
    return 1 if flags & (VM_PFNMAP | VM_MIXEDMAP) or m.vma_anon_vma[vma] else 0


@core
def copy_page_range(m: State, k: Rules, dst_vma: int, src_vma: int) -> int:
    """Copy the entries of one VMA to the child's: 0 or -errno."""
    if vma_needs_copy(m, k, dst_vma, src_vma) == 0:
        return 0
    if m.vma_flags[src_vma] & VM_HUGETLB:
        return copy_hugetlb_page_range(m, k, dst_vma, src_vma)
    failed = track_pfn_copy(m, k, src_vma)
    if failed:
        return failed
    return copy_pmd_range(m, k, dst_vma, src_vma, m.vma_start[src_vma], m.vma_end[src_vma])


@core
def copy_pmd_range(m: State, k: Rules, dst_vma: int, src_vma: int, addr: int, end: int) -> int:
    """Leaves, and table after table, those with nothing in them left out."""
    while addr < end:
        stop = pmd_addr_end(addr, end)
        src_pmd = walk_to_pmd(m, src_vma, addr)
        dst_pmd = walk_to_pmd(m, dst_vma, addr)
        if pmd_trans_huge(m, src_pmd):
            if copy_huge_pmd(m, k, dst_vma, src_vma, dst_pmd, src_pmd, addr) == 0:
                addr = stop
                continue
        if has_table(m, src_vma, src_pmd, addr):
            pte_alloc(m, dst_vma, dst_pmd, addr)
        if pmd_none(m, src_pmd, addr, stop) == 0:
            failed = copy_pte_range(m, k, dst_vma, src_vma, dst_pmd, src_pmd, addr, stop)
            if failed:
                return failed
        addr = stop
    return 0


@core
def copy_pte_range(
    m: State, k: Rules, dst_vma: int, src_vma: int, dst_pmd: int, src_pmd: int, addr: int, end: int
) -> int:
    """Entry after entry; a page that must be copied at once is allocated between two tries."""
    dst_pte = pte_offset_map(m, dst_pmd, addr)
    src_pte = pte_offset_map(m, src_pmd, addr)
    rss = push(m, NR_MM_COUNTERS)
    init_rss_vec(m, rss)
    prealloc = push(m, 1)
    m.stack[prealloc] = NO_PAGE
    ret = 0
    while addr < end and ret == 0:
        ret = copy_one_pte(m, k, dst_vma, src_vma, dst_pte, src_pte, addr, rss, prealloc)
        if ret == -EAGAIN:
            m.stack[prealloc] = alloc_page_vma(m, src_vma, addr)
            mem_cgroup_charge(m, m.stack[prealloc], m.vma_mm[src_vma])
            ret = 0 if m.stack[prealloc] != NO_PAGE else -ENOMEM
        else:
            dst_pte += 1
            src_pte += 1
            addr += 4096
    add_mm_rss_vec(m, m.vma_mm[dst_vma], rss)
    pop(m, rss)
    return ret


@core
def copy_one_pte(
    m: State,
    k: Rules,
    dst_vma: int,
    src_vma: int,
    dst_pte: int,
    src_pte: int,
    addr: int,
    rss: int,
    prealloc: int,
) -> int:
    """One entry by its kind: 0, or -EAGAIN: a preallocated page is needed."""
    if pte_none(m.pte[src_pte]):
        return 0
    if pte_present(m.pte[src_pte]) == 0:
        dst_mm, src_mm = m.vma_mm[dst_vma], m.vma_mm[src_vma]
        if (
            copy_nonpresent_pte(m, k, dst_mm, src_mm, dst_pte, src_pte, dst_vma, src_vma, addr, rss)
            == 0
        ):
            return 0
        # a device-exclusive entry was restored: it is present now
    return copy_present_pte(m, k, dst_vma, src_vma, dst_pte, src_pte, addr, rss, prealloc)


@core
def copy_present_pte(
    m: State,
    k: Rules,
    dst_vma: int,
    src_vma: int,
    dst_pte: int,
    src_pte: int,
    addr: int,
    rss: int,
    prealloc: int,
) -> int:
    """Share one present entry with the child (or copy a pinned page): 0 or -EAGAIN."""
    pte = m.pte[src_pte]
    page = site_page(m, k, SITE_COPY_PRESENT_PTE, src_vma, addr, pte)
    if page != NO_PAGE:
        if needs_copy_for_pin(m, k, src_vma, page):
            return copy_present_page(
                m, k, dst_vma, src_vma, dst_pte, src_pte, addr, rss, prealloc, page
            )
        get_page(m, page)
        if page_anon(m, page):
            share_anon_page(m, page)
        page_dup_rmap(m, page)
        add_rss(m, rss, mm_counter(m, page), 1)
    flags = m.vma_flags[src_vma]
    if is_cow_mapping(flags) and pte_write(pte):
        pte = pte & ~PAGE_RW
        m.pte[src_pte] = pte
    if flags & VM_SHARED:
        pte = pte & ~PAGE_DIRTY
    pte = pte & ~PAGE_ACCESSED
    if m.vma_flags[dst_vma] & VM_UFFD_WP == 0:
        pte = pte & ~PAGE_UFFD_WP
    m.pte[dst_pte] = pte
    return 0


@core
def copy_present_page(
    m: State,
    k: Rules,
    dst_vma: int,
    src_vma: int,
    dst_pte: int,
    src_pte: int,
    addr: int,
    rss: int,
    prealloc: int,
    page: int,
) -> int:
    """The child gets a copy at once, if there is a page for it (-EAGAIN); the parent's stays."""
    new = m.stack[prealloc]
    if new == NO_PAGE:
        return -EAGAIN
    m.stack[prealloc] = NO_PAGE
    m.page_tag[new] = m.page_tag[page]
    set_page_flag(m, new, PG_UPTODATE)
    page_add_new_anon_rmap(m, k, new, dst_vma, addr)
    lru_cache_add_inactive_or_unevictable(m, k, new, dst_vma)
    add_rss(m, rss, MM_ANONPAGES, 1)
    entry = pte_mkdirty(mk_pte(m, new, m.vma_page_prot[dst_vma]))
    m.pte[dst_pte] = maybe_mkwrite(m, dst_vma, entry)
    return 0


@core
def copy_nonpresent_pte(
    m: State,
    k: Rules,
    dst_mm: int,
    src_mm: int,
    dst_pte: int,
    src_pte: int,
    dst_vma: int,
    src_vma: int,
    addr: int,
    rss: int,
) -> int:
    """Share a swap, migration or device-private entry with the child; -ENOENT: now present."""
    pte = m.pte[src_pte]
    if is_device_exclusive_pte(k, pte):
        page = pfn_to_page(m, pfn_swap_entry_pfn(k, pte))
        restore_exclusive_pte(m, k, src_vma, page, addr, src_pte)
        return -ENOENT
    if is_pte_marker(k, pte):
        if m.vma_flags[dst_vma] & VM_UFFD_WP:
            m.pte[dst_pte] = pte
        return 0
    if is_real_swap_pte(k, pte):
        swap_duplicate(m, swp_offset(pte))
        if pte_swp_exclusive(k, pte):
            pte = clear_swp_exclusive(pte)
            m.pte[src_pte] = pte
        add_rss(m, rss, MM_SWAPENTS, 1)
    elif is_migration_pte(k, pte):
        pte = _share_migration_entry(m, k, src_vma, src_pte, rss, pte)
    elif is_device_private_pte(k, pte):
        pte = _share_device_private_entry(m, k, src_vma, src_pte, rss, pte)
    if m.vma_flags[dst_vma] & VM_UFFD_WP == 0:
        pte = clear_swp_uffd_wp(pte)
    m.pte[dst_pte] = pte
    return 0


@core
def clear_swp_exclusive(pte: int) -> int:
    """SWP_EXCLUSIVE off: the swap entry is shared now."""
    return pte & ~SWP_EXCLUSIVE


@core
def clear_swp_uffd_wp(pte: int) -> int:
    """SWP_UFFD_WP off: the child is not registered."""
    return pte & ~SWP_UFFD_WP


@core
def _share_migration_entry(m: State, k: Rules, src_vma: int, slot: int, rss: int, pte: int) -> int:
    page = pfn_to_page(m, pfn_swap_entry_pfn(k, pte))
    add_rss(m, rss, mm_counter(m, page), 1)
    if is_readable_migration_pte(k, pte) or is_cow_mapping(m.vma_flags[src_vma]) == 0:
        return pte
    shared = copy_swp_bits(swap_entry_readable(k, pte, 0), pte)
    m.pte[slot] = shared
    return shared


@core
def _share_device_private_entry(
    m: State, k: Rules, src_vma: int, slot: int, rss: int, pte: int
) -> int:
    pfn = pfn_swap_entry_pfn(k, pte)
    page = pfn_to_page(m, pfn)
    get_page(m, page)
    add_rss(m, rss, mm_counter(m, page), 1)
    share_anon_page(m, page)
    page_dup_rmap(m, page)
    if is_writable_device_private_pte(k, pte) and is_cow_mapping(m.vma_flags[src_vma]):
        shared = make_device_private_entry(k, pfn, 0) | (pte & SWP_UFFD_WP)
        if behaviour(m, k, B_KEEPS_SWAP_SOFT_DIRTY_ON_DEVICE_FORK):
            shared = shared | (pte & SWP_SOFT_DIRTY)
        m.pte[slot] = shared
        return shared
    return pte
