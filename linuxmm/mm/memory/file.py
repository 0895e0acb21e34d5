# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults of file mappings: page cache, shmem, DAX, driver memory.

Source: mm/memory.c:do_fault and below, mm/filemap.c:filemap_fault, filemap_map_pages,
mm/shmem.c:shmem_fault, fs/dax.c:dax_iomap_pte_fault, drivers/dax/device.c.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_RW,
    PAGE_SPECIAL,
    PAGE_UFFD_WP,
    pfn_pte,
    pte_mkdevmap,
    pte_mkdirty,
    pte_none,
    pte_write,
)
from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR, compound_head, page_compound
from linuxmm.mm.memcontrol.charge import mem_cgroup_charge, mem_cgroup_charge_current
from linuxmm.mm.memory.leaf import do_set_pmd, no_table
from linuxmm.mm.memory.nonpresent import pte_marker_uffd_wp
from linuxmm.mm.memory.rss import add_mm_counter_fast
from linuxmm.mm.memory.userfault import handle_userfault
from linuxmm.mm.memory.vm_fault import VMF_ADDRESS, VMF_FLAGS, VMF_PMD, VMF_PTE, VMF_VMA
from linuxmm.mm.memory.wp import (
    make_page_dirty,
    maybe_mkwrite,
    mk_pte,
    pfn_tag,
)
from linuxmm.mm.mempolicy.alloc import alloc_page_task, alloc_page_vma
from linuxmm.mm.page import (
    clear_page_flag,
    get_page,
    page_flag,
    pfn_to_page,
    put_page,
    set_page_flag,
)
from linuxmm.mm.pgtable import PMD_MASK, pmd_addr_end, pte_alloc, pte_offset_map, walk_to_pmd
from linuxmm.mm.rmap import (
    anon_vma_prepare,
    linear_page_index,
    mm_counter,
    page_add_file_rmap,
    page_add_new_anon_rmap,
)
from linuxmm.mm.shmem import area_holds, shmem_huge_page
from linuxmm.mm.sites import behaviour
from linuxmm.mm.swap import count, lru_cache_add, lru_cache_add_inactive_or_unevictable
from linuxmm.mm.swap_state import shmem_swapin
from linuxmm.mm.workingset import SHADOW_OF_WORKINGSET, workingset_refault
from linuxmm.state.behaviours import B_DAX_PAGES, B_FAULT_MAPS_WHOLE, B_FILE_FAULT_DIRTIES
from linuxmm.state.constants import (
    FAULT_FLAG_WRITE,
    MAPPING_SHIFT,
    MM_ANONPAGES,
    NO_PAGE,
    OPS_DEVDAX,
    OPS_FILE,
    OPS_FSDAX,
    OPS_MIXEDMAP_PFN,
    OPS_SHMEM,
    PG_ACTIVE,
    PG_DIRTY,
    PG_RECLAIM,
    PG_SWAPBACKED,
    PG_UPTODATE,
    PG_WORKINGSET,
    PG_WRITEBACK,
    VM_FAULT_OOM,
    VM_FAULT_SIGBUS,
    VM_RAND_READ,
    VM_SEQ_READ,
    VM_SHARED,
    VM_UFFD_FLAGS,
    VM_UFFD_MINOR,
    VM_UFFD_MISSING,
    VM_UFFD_WP,
)
from linuxmm.state.layout import NR_FILE_PAGES, NR_SHMEM, PGMAJFAULT, State
from linuxmm.state.rules import Rules

FAULT_AROUND_PAGES: Final = 16
READAHEAD_PAGES: Final = 32  # ra_pages: 128 KiB
NO_PFN: Final = -1
OF_SHARED_ANONYMOUS: Final = 1  # of fault_maps_whole


@core
def cache_slot(m: State, file: int, index: int) -> int:
    """The page-cache slot of a page of a file."""
    return m.file_first[file] + index


@core
def do_fault(m: State, k: Rules, vmf: int) -> int:
    """An empty entry of a mapping with vm_ops is touched: VM_FAULT_* bits."""
    vma = m.stack[vmf + VMF_VMA]
    addr = m.stack[vmf + VMF_ADDRESS]
    flags = m.stack[vmf + VMF_FLAGS]
    file = m.vma_file[vma]
    index = linear_page_index(m, vma, addr)
    if index >= m.file_size[file]:
        return VM_FAULT_SIGBUS
    ops = m.vma_ops[vma]
    if ops in (OPS_FSDAX, OPS_DEVDAX, OPS_MIXEDMAP_PFN):
        pte_alloc(m, vma, m.stack[vmf + VMF_PMD], addr)
        return _pfn_fault(m, k, vmf, file_pfn(m, file, index))
    if ops not in (OPS_FILE, OPS_SHMEM):
        return VM_FAULT_SIGBUS  # drivers that map everything at mmap time have no fault handler
    if flags & FAULT_FLAG_WRITE and m.vma_flags[vma] & VM_SHARED == 0:
        return cow_fault(m, k, vmf, NO_PFN)
    if flags & FAULT_FLAG_WRITE == 0 and do_fault_around(m, k, vmf, file):
        return 0  # before the page itself: what is cached by now
    cached = m.cache_page[cache_slot(m, file, index)]
    asked = shmem_userfault(m, vmf, file, index)
    if asked:
        return asked
    page = fault_page(m, k, vma, file, index)
    if page == NO_PAGE:
        return VM_FAULT_OOM
    if ops == OPS_FILE and cached == NO_PAGE and flags & FAULT_FLAG_WRITE == 0:
        # filemap_fault dropped mmap_lock to read: the fault is made again, all are mapped in turn
        if do_fault_around(m, k, vmf, file):
            return 0
    if flags & FAULT_FLAG_WRITE:  # do_shared_fault: page_mkwrite always succeeds
        make_page_dirty(m, page)
    return finish_fault(m, k, vmf, page)


@core
def shmem_userfault(m: State, vmf: int, file: int, index: int) -> int:
    """Is user space asked for this page of shmem: VM_FAULT_* bits; 0: the kernel goes on alone.

    It wants to know of pages that are missing, or of those that are there (in the cache or out in
    swap) and were not mapped.  Source: mm/shmem.c:shmem_get_folio_gfp.
    """
    if m.file_ops[file] != OPS_SHMEM:
        return 0
    slot = cache_slot(m, file, index)
    there = m.cache_page[slot] or m.cache_swap[slot]
    if m.vma_flags[m.stack[vmf + VMF_VMA]] & (VM_UFFD_MINOR if there else VM_UFFD_MISSING):
        return handle_userfault(m, vmf)
    return 0


@core
def finish_fault(m: State, k: Rules, vmf: int, page: int) -> int:
    """A page of the file itself is mapped: by a leaf where there is no table yet, or by a PTE."""
    vma = m.stack[vmf + VMF_VMA]
    pmd = m.stack[vmf + VMF_PMD]
    flags = m.stack[vmf + VMF_FLAGS]
    addr = m.stack[vmf + VMF_ADDRESS]
    if no_table(m, pmd, addr) and do_set_pmd(m, k, vma, pmd, page, flags & FAULT_FLAG_WRITE):
        return 0
    pte_alloc(m, vma, pmd, addr)
    if behaviour(m, k, B_FAULT_MAPS_WHOLE) == OF_SHARED_ANONYMOUS:
        first = pte_offset_map(m, pmd, addr & PMD_MASK)
        if may_map_whole(m, vma, first, page):
            for i in range(HPAGE_PMD_NR):
                set_file_pte(m, k, vma, first + i, compound_head(m, page) + i, flags)
            return 0
    return set_file_pte(m, k, vma, m.stack[vmf + VMF_PTE], page, flags)


@core
def may_map_whole(m: State, vma: int, first: int, page: int) -> int:
    """Are all parts of the huge page mapped at once, from the entry `first` on?

    Of shared anonymous memory that nobody watches, where the area has them all in one table, of
    which no entry is used.
    """
    if page_compound(m, page) == 0 or m.vma_flags[vma] & VM_UFFD_FLAGS:
        return 0
    index = m.page_index[compound_head(m, page)]
    if m.file_unopened[m.vma_file[vma]] == 0 or area_holds(m, vma, index) == 0:
        return 0
    for i in range(HPAGE_PMD_NR):
        if pte_none(m.pte[first + i]) == 0:
            return 0
    return 1


@core
def fault_page(m: State, k: Rules, vma: int, file: int, index: int) -> int:
    """filemap_fault, shmem_fault: the page of a file; a hole of shmem gets a zeroed page."""
    slot = cache_slot(m, file, index)
    page = m.cache_page[slot]
    if page != NO_PAGE:
        if m.file_ops[file] == OPS_FILE and m.vma_flags[vma] & VM_RAND_READ == 0:
            _async_readahead(m, page)
        return page
    swapped = m.cache_swap[slot]
    if swapped and m.swap_page[swapped] == NO_PAGE:
        count(m, PGMAJFAULT, 1)
    if m.file_ops[file] == OPS_FILE:
        count(m, PGMAJFAULT, 1)
        _mmap_readahead(m, k, vma, file, index)
    return find_or_create_page(m, k, vma, file, index)


@core
def find_or_create_page(m: State, k: Rules, vma: int, file: int, index: int) -> int:
    """The page of a file at an index, in its cache from now on; NO_PAGE without memory.

    `vma`: whose fault it is, or NO_VMA; in a hole of shmem its huge page if there may be one.
    """
    slot = cache_slot(m, file, index)
    if m.cache_page[slot] != NO_PAGE:
        return m.cache_page[slot]
    if m.cache_swap[slot]:
        return shmem_swapin(m, k, file, index)
    if m.file_ops[file] == OPS_SHMEM:
        part = shmem_huge_page(m, k, vma, file, index)
        if part != NO_PAGE:
            return part
    page = alloc_page_task(m)
    return add_to_page_cache(m, k, file, index, page) if page != NO_PAGE else NO_PAGE


@core
def _mmap_readahead(m: State, k: Rules, vma: int, file: int, index: int) -> int:
    """do_sync_mmap_readahead: 32 pages around the one that missed, or as madvise says.

    Not modelled: a file that missed often (mmap_miss), PG_readahead.
    """
    if m.vma_flags[vma] & VM_RAND_READ:
        return 0
    first = index
    if m.vma_flags[vma] & VM_SEQ_READ == 0:
        first = index - READAHEAD_PAGES // 2 if index > READAHEAD_PAGES // 2 else 0
    return do_page_cache_ra(m, k, file, first, READAHEAD_PAGES)


@core
def do_page_cache_ra(m: State, k: Rules, file: int, first: int, nr: int) -> int:
    """Read what is missing of `nr` pages into the cache; without memory it just ends."""
    stop = min(first + nr, m.file_size[file])
    for i in range(first, stop):
        if m.cache_page[cache_slot(m, file, i)] == NO_PAGE:
            page = alloc_page_task(m)
            if page == NO_PAGE:
                return 0
            add_to_page_cache(m, k, file, i, page)
    return 0


@core
def _async_readahead(m: State, page: int) -> int:
    """do_async_mmap_readahead: PG_reclaim and PG_readahead are one bit, which a fault clears.

    Source: mm/readahead.c:page_cache_async_ra.  Not modelled: the window it would read then.
    """
    if page_flag(m, page, PG_WRITEBACK) == 0:
        clear_page_flag(m, page, PG_RECLAIM)
    return 0


@core
def add_to_page_cache(m: State, k: Rules, file: int, index: int, page: int) -> int:
    """A new page enters the cache of a file (its one reference is the cache's) and the LRU.

    One that reclaim took away comes back active: its shadow entry says that it was evicted a
    moment ago (mm/workingset.c:workingset_refault, the distance is within the lists).
    """
    mem_cgroup_charge_current(m, page)
    slot = cache_slot(m, file, index)
    m.cache_page[slot] = page
    m.page_mapping[page] = file << MAPPING_SHIFT
    m.page_index[page] = index
    m.page_tag[page] = m.cache_tag[slot]
    set_page_flag(m, page, PG_UPTODATE)
    count(m, NR_FILE_PAGES, 1)
    if m.file_ops[file] == OPS_SHMEM:
        set_page_flag(m, page, PG_SWAPBACKED)
        count(m, NR_SHMEM, 1)
    if m.cache_shadow[slot]:
        evictor = (m.cache_shadow[slot] & ~SHADOW_OF_WORKINGSET) - 1
        if workingset_refault(m, evictor, 1):
            worked = PG_WORKINGSET if m.cache_shadow[slot] & SHADOW_OF_WORKINGSET else 0
            set_page_flag(m, page, PG_ACTIVE | worked)
        m.cache_shadow[slot] = 0
    lru_cache_add(m, k, page)
    return page


@core
def set_file_pte(m: State, k: Rules, vma: int, slot: int, page: int, flags: int) -> int:
    """do_set_pte for a page of the file itself: a reference, a mapping, rss."""
    entry = mk_pte(m, page, m.vma_page_prot[vma]) | PAGE_ACCESSED
    if flags & FAULT_FLAG_WRITE:
        entry = maybe_mkwrite(m, vma, pte_mkdirty(entry))
    elif pte_write(entry) and page_flag(m, page, PG_DIRTY):
        if behaviour(m, k, B_FILE_FAULT_DIRTIES):
            entry = pte_mkdirty(entry)
    get_page(m, page)
    add_mm_counter_fast(m, k, m.vma_mm[vma], mm_counter(m, page), 1)
    page_add_file_rmap(m, k, page, vma)
    m.pte[slot] = keep_uffd_wp(k, m.pte[slot], entry)
    return 0


@core
def do_fault_around(m: State, k: Rules, vmf: int, file: int) -> int:
    """A read fault also maps cached neighbours: 16 pages from the aligned address (or from the
    start of the VMA) on, within the page table.  1: the page itself is mapped, in its turn or by a
    leaf that maps them all.

    Where there is no table, the first of them says whether one is needed (filemap_map_pmd).
    Not where userfaultfd wants to know of writes, or of pages that were not mapped.
    """
    vma = m.stack[vmf + VMF_VMA]
    if m.vma_flags[vma] & (VM_UFFD_WP | VM_UFFD_MINOR):
        return 0
    addr = m.stack[vmf + VMF_ADDRESS]
    pmd = m.stack[vmf + VMF_PMD]
    bare = no_table(m, pmd, addr)
    done = 0
    first = addr & ~(FAULT_AROUND_PAGES * 4096 - 1)
    if first < m.vma_start[vma]:
        first = m.vma_start[vma]
    stop = min(first + FAULT_AROUND_PAGES * 4096, pmd_addr_end(first, m.vma_end[vma]))
    for near in range(first, stop, 4096):
        page = _page_to_map(m, file, linear_page_index(m, vma, near))
        if page == NO_PAGE:
            continue
        if bare and do_set_pmd(m, k, vma, pmd, page, 0):
            return 1
        bare = 0
        pte_alloc(m, vma, pmd, addr)
        slot = pte_offset_map(m, pmd, near)
        if pte_none(m.pte[slot]):
            set_file_pte(m, k, vma, slot, page, 0)
            if near == addr:
                done = 1
    return done


@core
def _page_to_map(m: State, file: int, index: int) -> int:
    """The cached page that may be mapped in passing (next_uptodate_page); or NO_PAGE."""
    if index >= m.file_size[file]:
        return NO_PAGE
    page = m.cache_page[cache_slot(m, file, index)]
    if page == NO_PAGE or page_flag(m, page, PG_UPTODATE) == 0:
        return NO_PAGE
    return NO_PAGE if page_flag(m, page, PG_RECLAIM) else page  # the same bit as PG_readahead


@core
def cow_fault(m: State, k: Rules, vmf: int, pfn: int) -> int:
    """do_cow_fault: a first write to a private file mapping gets its own anonymous page.

    It is there before the file is read.  `pfn`: the file's memory (DAX), NO_PFN: page cache.
    """
    vma, addr, slot = m.stack[vmf + VMF_VMA], m.stack[vmf + VMF_ADDRESS], m.stack[vmf + VMF_PTE]
    anon_vma_prepare(m, vma)
    page = alloc_page_vma(m, vma, addr)
    if page == NO_PAGE:
        return VM_FAULT_OOM
    mem_cgroup_charge(m, page, m.vma_mm[vma])
    if pfn != NO_PFN:
        m.page_tag[page] = pfn_tag(m, pfn)
    else:
        index = linear_page_index(m, vma, addr)
        asked = shmem_userfault(m, vmf, m.vma_file[vma], index)
        if asked:
            put_page(m, k, page)
            return asked
        source = fault_page(m, k, vma, m.vma_file[vma], index)
        if source == NO_PAGE:
            put_page(m, k, page)
            return VM_FAULT_OOM
        m.page_tag[page] = m.page_tag[source]
    set_page_flag(m, page, PG_UPTODATE)
    pte_alloc(m, vma, walk_to_pmd(m, vma, addr), addr)
    entry = mk_pte(m, page, m.vma_page_prot[vma]) | PAGE_ACCESSED
    add_mm_counter_fast(m, k, m.vma_mm[vma], MM_ANONPAGES, 1)
    page_add_new_anon_rmap(m, k, page, vma, addr)
    lru_cache_add_inactive_or_unevictable(m, k, page, vma)
    m.pte[slot] = keep_uffd_wp(k, m.pte[slot], maybe_mkwrite(m, vma, pte_mkdirty(entry)))
    return 0


@core
def keep_uffd_wp(k: Rules, old: int, entry: int) -> int:
    """do_set_pte: what comes where userfaultfd left its marker is protected from writes."""
    return entry & ~PAGE_RW | PAGE_UFFD_WP if pte_marker_uffd_wp(k, old) else entry


@core
def file_pfn(m: State, file: int, index: int) -> int:
    """The pfn behind a page of a DAX file or of a PFNMAP device."""
    return m.file_pfn[file] + index


@core
def _pfn_fault(m: State, k: Rules, vmf: int, pfn: int) -> int:
    """DAX and raw-pfn mappings: insert_pfn; a private write to DAX copies (dax_fault_cow_page).

    A driver's handler inserts its pfn whatever the access: the retried write then copies it.
    """
    vma, slot = m.stack[vmf + VMF_VMA], m.stack[vmf + VMF_PTE]
    write = m.stack[vmf + VMF_FLAGS] & FAULT_FLAG_WRITE
    if write and m.vma_flags[vma] & VM_SHARED == 0:
        if m.vma_ops[vma] == OPS_FSDAX:
            return cow_fault(m, k, vmf, pfn)
        anon_vma_prepare(m, vma)
    devmap = 0 if m.vma_ops[vma] == OPS_MIXEDMAP_PFN else 1
    if devmap and behaviour(m, k, B_DAX_PAGES):
        return insert_dax_page(m, k, vma, slot, pfn_to_page(m, pfn), write)
    mkwrite = 1 if write and m.vma_ops[vma] == OPS_FSDAX else 0
    return insert_pfn(m, vma, slot, pfn, devmap, mkwrite)


@core
def insert_dax_page(m: State, k: Rules, vma: int, slot: int, page: int, mkwrite: int) -> int:
    """A DAX page is mapped as any page of a file: a reference, a mapping, rss.

    Source: mm/memory.c:insert_page_into_pte_locked, by vmf_insert_page_mkwrite.
    """
    entry = mk_pte(m, page, m.vma_page_prot[vma])
    if mkwrite:
        entry = maybe_mkwrite(m, vma, pte_mkdirty(entry | PAGE_ACCESSED))
    get_page(m, page)
    add_mm_counter_fast(m, k, m.vma_mm[vma], mm_counter(m, page), 1)
    page_add_file_rmap(m, k, page, vma)
    m.pte[slot] = entry
    return 0


@core
def insert_pfn(m: State, vma: int, slot: int, pfn: int, devmap: int, mkwrite: int) -> int:
    """A special entry (and devmap) for a pfn: no reference, no mapcount, no rss.

    Source: mm/memory.c:insert_pfn.
    """
    entry = pfn_pte(pfn, m.vma_page_prot[vma])
    entry = pte_mkdevmap(entry) if devmap else entry | PAGE_SPECIAL
    if mkwrite:
        entry = maybe_mkwrite(m, vma, pte_mkdirty(entry | PAGE_ACCESSED))
    m.pte[slot] = entry
    return 0
