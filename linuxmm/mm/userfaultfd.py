# SPDX-License-Identifier: GPL-2.0-or-later
"""User space fills holes and protects pages from writes.  Source: mm/userfaultfd.c.

Of areas of anonymous memory and of shmem; who registers none of another kind need not ask for it
here.  Not modelled: control groups' limits, a copy that is interrupted.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_RW,
    PAGE_SPECIAL,
    PAGE_UFFD_WP,
    pfn_pte,
    pte_mkdirty,
    pte_none,
)
from linuxmm.core import core
from linuxmm.mm.compound import compound_head
from linuxmm.mm.memcontrol.charge import mem_cgroup_charge
from linuxmm.mm.memory.file import add_to_page_cache, cache_slot, find_or_create_page
from linuxmm.mm.memory.nonpresent import is_pte_marker
from linuxmm.mm.memory.rss import add_mm_counter
from linuxmm.mm.memory.wp import mk_pte
from linuxmm.mm.mempolicy.alloc import alloc_page_task, alloc_page_vma
from linuxmm.mm.mprotect import change_protection
from linuxmm.mm.mprotect_writable import (
    MM_CP_TRY_CHANGE_WRITABLE,
    MM_CP_UFFD_WP,
    MM_CP_UFFD_WP_RESOLVE,
    tries_writable,
)
from linuxmm.mm.page import get_page, page_to_pfn, put_page, set_page_flag
from linuxmm.mm.pgtable import PMD_TABLE, pmd_val, pte_alloc, pte_offset_map, walk_to_pmd
from linuxmm.mm.rmap import (
    anon_vma_prepare,
    linear_page_index,
    mm_counter,
    page_add_file_rmap,
    page_add_new_anon_rmap,
)
from linuxmm.mm.sites import behaviour
from linuxmm.mm.swap import lru_cache_add_inactive_or_unevictable
from linuxmm.mm.vma import find_vma, next_vma, vm_get_page_prot
from linuxmm.state.behaviours import (
    B_UFFD_BEYOND_FILE,
    B_UFFD_LOOKUP,
    B_UFFD_RESOLVE_MAKES_WRITABLE,
    B_UFFD_WRITEPROTECT,
)
from linuxmm.state.constants import (
    EAGAIN,
    EEXIST,
    EFAULT,
    EINVAL,
    ENOENT,
    ENOMEM,
    MM_ANONPAGES,
    NO_PAGE,
    NO_VMA,
    OPS_SHMEM,
    PG_UPTODATE,
    SET_ZERO_PAGE,
    VM_SHARED,
    VM_UFFD_FLAGS,
    VM_UFFD_WP,
    VM_WRITE,
)
from linuxmm.state.layout import NR_OUT, State
from linuxmm.state.rules import Rules
from linuxmm.uapi import PAGE_SHIFT, PAGE_SIZE

# what fills a hole (enum mcopy_atomic_mode)
MCOPY_ATOMIC_NORMAL: Final = 0
MCOPY_ATOMIC_ZEROPAGE: Final = 1
MCOPY_ATOMIC_CONTINUE: Final = 2
ONE_AREA: Final = 1  # of `uffd_writeprotect`


@core
def find_dst_vma(m: State, mm: int, start: int, length: int) -> int:
    """The one registered area that has the whole range; NO_VMA: there is none."""
    vma = find_vma(m, mm, start)
    if vma == NO_VMA or start + length > m.vma_end[vma] or m.vma_flags[vma] & VM_UFFD_FLAGS == 0:
        return NO_VMA
    return vma


@core
def find_vma_and_prepare_anon(m: State, mm: int, addr: int) -> int:
    """Later kernels give the area at an address its anon_vma before anything else is asked."""
    vma = find_vma(m, mm, addr)
    if vma != NO_VMA and m.vma_flags[vma] & VM_SHARED == 0:
        anon_vma_prepare(m, vma)
    return vma


# --- UFFDIO_COPY, UFFDIO_ZEROPAGE, UFFDIO_CONTINUE ---
@core
def mfill_atomic(
    m: State, k: Rules, mm: int, start: int, npages: int, how: int, wp: int, tag: int
) -> int:
    """Fill the holes of a range one after the other: 0; -EAGAIN: some (NR_OUT); -errno: none.

    Source: __mcopy_atomic, since 6.3 mfill_atomic.  Anonymous memory has no page cache that
    UFFDIO_CONTINUE could map pages of; a shared area of shmem needs no anon_vma.
    """
    if behaviour(m, k, B_UFFD_LOOKUP):
        find_vma_and_prepare_anon(m, mm, start)
    vma = find_dst_vma(m, mm, start, npages * PAGE_SIZE)
    if vma == NO_VMA:
        return -ENOENT
    if wp and m.vma_flags[vma] & VM_UFFD_WP == 0:
        return -EINVAL
    if how == MCOPY_ATOMIC_CONTINUE and m.vma_ops[vma] != OPS_SHMEM:
        return -EINVAL
    if m.vma_flags[vma] & VM_SHARED == 0:
        anon_vma_prepare(m, vma)
    for i in range(npages):
        err = mfill_atomic_pte(m, k, vma, start + (i << PAGE_SHIFT), how, wp, tag)
        if err:
            m.scratch[NR_OUT] = i
            return -EAGAIN if i else err
    return 0


@core
def mfill_atomic_pte(m: State, k: Rules, vma: int, addr: int, how: int, wp: int, tag: int) -> int:
    """One page: 0, -EEXIST where there is something, -ENOMEM; -errno that a file has.

    A private area of shmem gets anonymous memory, and what its file has is not looked at.
    """
    pmd = walk_to_pmd(m, vma, addr)
    pte_alloc(m, vma, pmd, addr)
    if pmd_val(m, pmd) not in (0, PMD_TABLE):
        return -EEXIST
    slot = pte_offset_map(m, pmd, addr)
    if how == MCOPY_ATOMIC_CONTINUE:
        return mcontinue_atomic_pte(m, k, vma, addr, slot, wp)
    if m.vma_flags[vma] & VM_SHARED:
        return shmem_mfill_atomic_pte(m, k, vma, addr, slot, wp, tag)
    if how == MCOPY_ATOMIC_ZEROPAGE:
        return mfill_zeropage_pte(m, vma, addr, slot)
    page = alloc_page_vma(m, vma, addr)
    if page == NO_PAGE:
        return -ENOMEM
    m.page_tag[page] = tag
    set_page_flag(m, page, PG_UPTODATE)
    mem_cgroup_charge(m, page, m.vma_mm[vma])
    err = mfill_atomic_install_pte(m, k, vma, addr, slot, page, wp)
    if err:
        put_page(m, k, page)
    return err


@core
def mfill_file_over_size(m: State, vma: int, addr: int) -> int:
    """Does the file end before this address of its area?"""
    file = m.vma_file[vma]
    return 1 if file and linear_page_index(m, vma, addr) >= m.file_size[file] else 0


@core
def mcontinue_atomic_pte(m: State, k: Rules, vma: int, addr: int, slot: int, wp: int) -> int:
    """A page that the file has, in its cache or out in swap, is mapped; also a copy-on-write one.

    Since 6.3 mfill_atomic_pte_continue.
    """
    if mfill_file_over_size(m, vma, addr):
        # shmem_get_folio says so, or mfill_atomic_pte_continue of whatever that says
        return -EFAULT if behaviour(m, k, B_UFFD_BEYOND_FILE) else -EINVAL
    file, index = m.vma_file[vma], linear_page_index(m, vma, addr)
    cached = cache_slot(m, file, index)
    if m.cache_page[cached] == NO_PAGE and m.cache_swap[cached] == 0:
        return -EFAULT
    page = find_or_create_page(m, k, NO_VMA, file, index)
    if page == NO_PAGE:
        return -ENOMEM
    get_page(m, page)
    err = mfill_atomic_install_pte(m, k, vma, addr, slot, page, wp)
    if err:
        put_page(m, k, page)
    return err


@core
def shmem_mfill_atomic_pte(
    m: State, k: Rules, vma: int, addr: int, slot: int, wp: int, tag: int
) -> int:
    """A hole of the file itself gets a page, with this in it, and that is mapped.

    Source: mm/shmem.c.  It is small, wherever huge pages might be.
    """
    page = alloc_page_task(m)
    if page == NO_PAGE:
        return -ENOMEM
    if mfill_file_over_size(m, vma, addr):
        put_page(m, k, page)
        return -ENOMEM if behaviour(m, k, B_UFFD_BEYOND_FILE) else -EFAULT
    file, index = m.vma_file[vma], linear_page_index(m, vma, addr)
    cached = cache_slot(m, file, index)
    if m.cache_page[cached] or m.cache_swap[cached]:
        put_page(m, k, page)
        return -EEXIST
    add_to_page_cache(m, k, file, index, page)
    m.page_tag[page] = tag
    get_page(m, page)
    return mfill_atomic_install_pte(m, k, vma, addr, slot, page, wp)


@core
def mfill_zeropage_pte(m: State, vma: int, addr: int, slot: int) -> int:
    """The zero page, where nothing is at all."""
    if mfill_file_over_size(m, vma, addr):
        return -EFAULT
    if pte_none(m.pte[slot]) == 0:
        return -EEXIST
    pfn = page_to_pfn(m, m.setting[SET_ZERO_PAGE])
    m.pte[slot] = pfn_pte(pfn, m.vma_page_prot[vma]) | PAGE_SPECIAL
    return 0


@core
def mfill_atomic_install_pte(
    m: State, k: Rules, vma: int, addr: int, slot: int, page: int, wp: int
) -> int:
    """A page, dirty, writable where the area is and nobody wants to know of the first write.

    A page of the file is so in a shared area alone.
    """
    if mfill_file_over_size(m, vma, addr):
        return -EFAULT
    if pte_none(m.pte[slot]) == 0 and is_pte_marker(k, m.pte[slot]) == 0:
        return -EEXIST
    entry = pte_mkdirty(mk_pte(m, page, m.vma_page_prot[vma]))
    in_cache = m.page_mapping[compound_head(m, page)]
    private = 0 if m.vma_flags[vma] & VM_SHARED else 1
    if wp:
        entry = entry & ~PAGE_RW | PAGE_UFFD_WP
    elif m.vma_flags[vma] & VM_WRITE and (in_cache == 0 or private == 0):
        entry |= PAGE_RW
    else:
        entry &= ~PAGE_RW
    if in_cache:
        page_add_file_rmap(m, k, page, vma)
        add_mm_counter(m, m.vma_mm[vma], mm_counter(m, page), 1)
        m.pte[slot] = entry
        return 0
    page_add_new_anon_rmap(m, k, page, vma, addr)
    lru_cache_add_inactive_or_unevictable(m, k, page, vma)
    add_mm_counter(m, m.vma_mm[vma], MM_ANONPAGES, 1)
    m.pte[slot] = entry
    return 0


# --- UFFDIO_WRITEPROTECT ---
@core
def uffd_wp_range(m: State, k: Rules, vma: int, start: int, end: int, enable: int) -> int:
    """Protect the entries of a part of an area from writes, or protect them no more.

    Earlier texts work the protection out here; later ones leave that of the area, and ask for the
    write bit of the entries that may have it.
    """
    if enable:
        prot = vm_get_page_prot(m.vma_flags[vma] & ~VM_WRITE)
        return change_protection(m, k, vma, start, end, prot, MM_CP_UFFD_WP)
    flags = MM_CP_UFFD_WP_RESOLVE
    prot = vm_get_page_prot(m.vma_flags[vma])
    if behaviour(m, k, B_UFFD_RESOLVE_MAKES_WRITABLE):
        prot = m.vma_page_prot[vma]
        if tries_writable(m, k, vma):
            flags |= MM_CP_TRY_CHANGE_WRITABLE
    return change_protection(m, k, vma, start, end, prot, flags)


@core
def mwriteprotect_range(m: State, k: Rules, mm: int, start: int, npages: int, enable: int) -> int:
    """Of a range in one area that is registered for it, or of all such areas: 0 or -ENOENT."""
    end = start + npages * PAGE_SIZE
    if behaviour(m, k, B_UFFD_WRITEPROTECT) == ONE_AREA:
        vma = find_dst_vma(m, mm, start, end - start)
        if vma == NO_VMA or m.vma_flags[vma] & VM_UFFD_WP == 0:
            return -ENOENT
        uffd_wp_range(m, k, vma, start, end, enable)
        return 0
    vma = next_vma(m, mm, start)
    if vma == NO_VMA or m.vma_start[vma] >= end:
        return -ENOENT
    while start < end and vma != NO_VMA and m.vma_start[vma] < end:
        if m.vma_flags[vma] & VM_UFFD_WP == 0:
            return -ENOENT
        stop = min(end, m.vma_end[vma])
        uffd_wp_range(m, k, vma, max(start, m.vma_start[vma]), stop, enable)
        start = stop
        vma = next_vma(m, mm, start)
    return 0
