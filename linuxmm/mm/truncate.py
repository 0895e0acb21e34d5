# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that become shorter, longer, or get holes: ftruncate(2), fallocate(2), MADV_REMOVE.

Source: mm/truncate.c (truncate_pagecache, truncate_pagecache_range, truncate_inode_pages_range),
mm/memory.c:unmap_mapping_range, mm/shmem.c (shmem_setattr, shmem_undo_range, shmem_fallocate,
shmem_evict_inode),
fs/open.c:vfs_fallocate, fs/ext4 (ext4_setattr, ext4_punch_hole, ext4_zero_range).  A size is one of
whole pages.  Not modelled: files on DAX, huge pages in the cache, shmem that is allocated and not
yet touched.
"""

from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR, page_compound
from linuxmm.mm.filemap import set_file_size
from linuxmm.mm.hugetlb.inode import hugetlbfs_fallocate, hugetlbfs_setattr
from linuxmm.mm.memory.file import cache_slot
from linuxmm.mm.memory.rss import update_hiwater_rss
from linuxmm.mm.memory.zap import KEEP_COWS, ZAP_COWS, zap_page_range
from linuxmm.mm.page import clear_page_flag, not_modelled, page_flag, put_page, put_page_refs
from linuxmm.mm.swap import count, lru_add_drain
from linuxmm.mm.swapfile import free_swap_and_cache
from linuxmm.mm.vmscan.reclaim import remove_from_page_cache
from linuxmm.state.constants import (
    EOPNOTSUPP,
    NO_PAGE,
    OPS_FILE,
    OPS_HUGETLB,
    OPS_NONE,
    OPS_SHMEM,
    PG_DIRTY,
    PG_PRIVATE,
    WHY_SHMEM_HUGE,
    WHY_TRUNCATE,
)
from linuxmm.state.layout import NR_FILE_PAGES, NR_SHMEM, NR_SHMEM_THPS, SIZE_V, State
from linuxmm.state.rules import Rules
from linuxmm.uapi import (
    FALLOC_FL_KEEP_SIZE,
    FALLOC_FL_PUNCH_HOLE,
    FALLOC_FL_ZERO_RANGE,
    PAGE_SIZE,
)


@core
def unmap_mapping_range(m: State, k: Rules, file: int, first: int, last: int, cows: int) -> int:
    """Whoever maps pages [first, last) of the file loses the entries, private copies (`cows`,
    ZAP_COWS) too or not (KEEP_COWS)."""
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_mm[vma] == 0 or m.vma_file[vma] != file:
            continue
        offset = m.vma_pgoff[vma]
        low = max(first, offset)
        high = min(last, offset + ((m.vma_end[vma] - m.vma_start[vma]) >> 12))
        if low < high:
            start = m.vma_start[vma] + (low - offset) * PAGE_SIZE
            lru_add_drain(m, k)  # zap_page_range_single
            update_hiwater_rss(m, m.vma_mm[vma])
            zap_page_range(m, k, vma, start, start + (high - low) * PAGE_SIZE, cows)
    return 0


@core
def truncate_inode_folio(m: State, k: Rules, page: int) -> int:
    """A page that nobody maps leaves the cache of its file, and what was to be written is not.

    Not modelled: of a huge page, which would be split where a part of it stays.
    """
    if page_compound(m, page):
        return not_modelled(m, WHY_SHMEM_HUGE)
    if page_flag(m, page, PG_PRIVATE):
        clear_page_flag(m, page, PG_PRIVATE)
        m.page_refcount[page] = m.page_refcount[page] - 1
    clear_page_flag(m, page, PG_DIRTY)
    remove_from_page_cache(m, page)
    return put_page(m, k, page)


@core
def truncate_inode_pages_range(m: State, k: Rules, file: int, first: int, last: int) -> int:
    """Pages [first, last) of a file are gone, from the cache, from swap and from the disk.

    Where there are pages, those that wait in a batch of this CPU come to their list before
    (folio_batch_release).
    """
    last = min(last, m.file_nr_pages[file])
    found = 0
    for index in range(first, last):
        if m.cache_page[cache_slot(m, file, index)] != NO_PAGE:
            found = 1
    if found:
        lru_add_drain(m, k)
    for index in range(first, last):
        slot = cache_slot(m, file, index)
        if m.cache_page[slot] != NO_PAGE:
            truncate_inode_folio(m, k, m.cache_page[slot])
        if m.cache_swap[slot]:  # shmem_free_swap
            swapped = m.cache_swap[slot]
            m.cache_swap[slot] = 0
            free_swap_and_cache(m, k, swapped)
        m.cache_tag[slot] = 0
        m.cache_shadow[slot] = 0
    return 0


# --- the last mapping of a file that nobody has open ---
@core
def put_unopened_file(m: State, k: Rules, file: int) -> int:
    """A mapping of shared anonymous memory went: with the last one goes the file, and its pages."""
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_mm[vma] and m.vma_file[vma] == file:
            return 0
    for index in range(0, m.file_nr_pages[file], HPAGE_PMD_NR):
        page = m.cache_page[cache_slot(m, file, index)]
        if page != NO_PAGE and page_compound(m, page):
            _truncate_huge_page(m, k, file, index, page)
    truncate_inode_pages_range(m, k, file, 0, m.file_nr_pages[file])
    m.file_ops[file] = OPS_NONE
    m.file_unopened[file] = 0
    m.file_nr_pages[file] = 0
    m.file_size[file] = 0
    m.file_first[file] = 0
    return 0


@core
def _truncate_huge_page(m: State, k: Rules, file: int, first: int, head: int) -> int:
    """truncate_inode_folio of a huge page as a whole, perhaps longer than the file."""
    lru_add_drain(m, k)
    for index in range(first, min(first + HPAGE_PMD_NR, m.file_nr_pages[file])):
        m.cache_page[cache_slot(m, file, index)] = NO_PAGE
    clear_page_flag(m, head, PG_DIRTY)
    m.page_mapping[head] = 0
    count(m, NR_SHMEM_THPS, -1)
    count(m, NR_FILE_PAGES, -HPAGE_PMD_NR)
    count(m, NR_SHMEM, -HPAGE_PMD_NR)
    return put_page_refs(m, k, head, HPAGE_PMD_NR)


# --- another size ---
@core
def sys_ftruncate(m: State, k: Rules, file: int, npages: int) -> int:
    """ftruncate(2): the file has so many pages; what it had behind them is gone, also as private
    copies.  0."""
    if m.file_ops[file] == OPS_HUGETLB:
        return hugetlbfs_setattr(m, k, file, npages)
    if m.file_ops[file] not in (OPS_FILE, OPS_SHMEM):
        return not_modelled(m, WHY_TRUNCATE)
    before = m.file_size[file]
    set_file_size(m, file, npages)
    if npages < before:
        unmap_mapping_range(m, k, file, npages, m.file_nr_pages[file], ZAP_COWS)
    return truncate_inode_pages_range(m, k, file, npages, before)


@core
def punch_hole(m: State, k: Rules, file: int, first: int, last: int) -> int:
    """The file reads as zero there; private copies stay.  ext4 does nothing behind the end."""
    if m.file_ops[file] == OPS_FILE and first >= m.file_size[file]:
        return 0
    unmap_mapping_range(m, k, file, first, last, KEEP_COWS)
    return truncate_inode_pages_range(m, k, file, first, last)


@core
def sys_fallocate(m: State, k: Rules, file: int, first: int, npages: int, mode: int) -> int:
    """fallocate(2) of whole pages: a hole, zeroes, or room on the disk.  0 or -EOPNOTSUPP."""
    punch = mode & FALLOC_FL_PUNCH_HOLE
    zero = mode & FALLOC_FL_ZERO_RANGE
    if (punch and zero) or (punch and mode & FALLOC_FL_KEEP_SIZE == 0):
        return -EOPNOTSUPP
    ops = m.file_ops[file]
    if ops == OPS_HUGETLB:
        return hugetlbfs_fallocate(m, k, file, first, first + npages, mode)
    if ops == OPS_SHMEM and zero:
        return -EOPNOTSUPP
    if ops not in (OPS_FILE, OPS_SHMEM) or (ops == OPS_SHMEM and punch == 0):
        return not_modelled(m, WHY_TRUNCATE)
    last = first + npages
    if punch or zero:
        punch_hole(m, k, file, first, last)
    if mode & FALLOC_FL_KEEP_SIZE == 0 and last > m.file_size[file]:
        set_file_size(m, file, last)
    return 0
