# SPDX-License-Identifier: GPL-2.0-or-later
"""System calls on files of huge pages, and their holes.

Source: fs/hugetlbfs/inode.c (hugetlbfs_fallocate, hugetlbfs_punch_hole, hugetlbfs_setattr,
hugetlb_vmtruncate, hugetlb_vmdelete_list, hugetlbfs_zero_partial_page, remove_inode_hugepages,
hugetlbfs_read_iter).  Pages are small ones here, as in the calls.  Not modelled: seals.
"""

from linuxmm.core import core
from linuxmm.mm.file_rows import grow_cache
from linuxmm.mm.hugetlb.fault import hugetlb_add_to_page_cache
from linuxmm.mm.hugetlb.file import hugetlb_delete_from_page_cache, remove_inode_pages
from linuxmm.mm.hugetlb.pool import alloc_huge_page_of_file
from linuxmm.mm.hugetlb.range import unmap_hugepage_range
from linuxmm.mm.page import not_modelled, set_page_flag
from linuxmm.mm.pgtable import PTRS_PER_PTE
from linuxmm.mm.sites import behaviour
from linuxmm.state.behaviours import B_HUGETLB_HOLES
from linuxmm.state.constants import (
    EINVAL,
    ENOMEM,
    ENOSPC,
    EOPNOTSUPP,
    NO_PAGE,
    PG_UPTODATE,
    WHY_HUGETLB,
)
from linuxmm.state.layout import SIZE_V, State
from linuxmm.state.rules import Rules
from linuxmm.uapi import (
    FALLOC_FL_KEEP_SIZE,
    FALLOC_FL_PUNCH_HOLE,
    FALLOC_FL_ZERO_RANGE,
    PAGE_SIZE,
)


@core
def hugetlb_vmdelete_list(m: State, k: Rules, file: int, first: int, last: int) -> int:
    """Whoever maps pages [first, last) of the file loses the entries, private copies too."""
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_mm[vma] == 0 or m.vma_file[vma] != file:
            continue
        offset = m.vma_pgoff[vma]
        low = max(first, offset)
        high = min(last, offset + ((m.vma_end[vma] - m.vma_start[vma]) >> 12))
        if low < high:
            start = m.vma_start[vma] + (low - offset) * PAGE_SIZE
            unmap_hugepage_range(m, k, vma, start, start + (high - low) * PAGE_SIZE, NO_PAGE)
    return 0


@core
def hugetlbfs_setattr(m: State, k: Rules, file: int, npages: int) -> int:
    """ftruncate(2): 0, or -EINVAL for a size that is none of whole huge pages."""
    if npages % PTRS_PER_PTE:
        return -EINVAL
    nr = npages // PTRS_PER_PTE
    if grow_cache(m, file, nr) == 0:
        return -ENOMEM
    m.file_size[file] = npages
    hugetlb_vmdelete_list(m, k, file, npages, m.file_nr_pages[file] * PTRS_PER_PTE)
    remove_inode_pages(m, k, file, nr)
    return 0


# --- holes ---
@core
def hugetlbfs_punch_hole(m: State, k: Rules, file: int, first: int, last: int) -> int:
    """The huge pages in it are gone, private copies of them too; parts of others are zeroes."""
    whole = (first + PTRS_PER_PTE - 1) // PTRS_PER_PTE
    end = last // PTRS_PER_PTE
    if first < whole * PTRS_PER_PTE:
        zero_partial_page(m, file, first, min(last, whole * PTRS_PER_PTE))
    if end > whole:
        hugetlb_vmdelete_list(m, k, file, whole * PTRS_PER_PTE, end * PTRS_PER_PTE)
    if last > max(end, whole) * PTRS_PER_PTE:
        zero_partial_page(m, file, end * PTRS_PER_PTE, last)
    for index in range(whole, min(end, m.file_nr_pages[file])):
        place = m.file_first[file] + index
        if m.cache_page[place] != NO_PAGE:
            hugetlb_delete_from_page_cache(m, k, place)
            m.cache_resv[place] = 0  # hugetlb_unreserve_pages: of what was there, no other
    return 0


@core
def zero_partial_page(m: State, file: int, first: int, last: int) -> int:
    """Pages [first, last), all of one huge page, are zeroes, if it is there."""
    index = first // PTRS_PER_PTE
    if index >= m.file_nr_pages[file]:
        return 0
    head = m.cache_page[m.file_first[file] + index]
    if head != NO_PAGE:
        for page in range(first % PTRS_PER_PTE, last - index * PTRS_PER_PTE):
            m.page_tag[head + page] = 0
    return 0


# --- fallocate(2) ---
@core
def hugetlbfs_fallocate(m: State, k: Rules, file: int, first: int, last: int, mode: int) -> int:
    """A hole, or huge pages for all of a range: 0, -EOPNOTSUPP, or -ENOSPC when the pool has none
    (what was allocated by then stays)."""
    if behaviour(m, k, B_HUGETLB_HOLES) == 0:
        return not_modelled(m, WHY_HUGETLB)
    if mode & FALLOC_FL_ZERO_RANGE:
        return -EOPNOTSUPP
    if mode & FALLOC_FL_PUNCH_HOLE:
        return hugetlbfs_punch_hole(m, k, file, first, last)
    end = (last + PTRS_PER_PTE - 1) // PTRS_PER_PTE
    if grow_cache(m, file, end) == 0:
        return -ENOMEM
    for index in range(first // PTRS_PER_PTE, end):
        place = m.file_first[file] + index
        if m.cache_page[place] == NO_PAGE:
            page = alloc_huge_page_of_file(m, place, index)
            if page == NO_PAGE:
                return -ENOSPC
            set_page_flag(m, page, PG_UPTODATE)
            hugetlb_add_to_page_cache(m, k, file, place, page)
            m.page_refcount[page] = m.page_refcount[page] - 1
    if mode & FALLOC_FL_KEEP_SIZE == 0:
        m.file_size[file] = max(m.file_size[file], last)
    return 0


# --- read(2) ---
@core
def hugetlbfs_read(m: State, file: int, index: int, npages: int) -> int:
    """The contents of each page in m.out, zeroes in holes; how many (short at the end)."""
    for i in range(npages):
        at = index + i
        if at >= m.file_size[file]:
            return i
        head = m.cache_page[m.file_first[file] + at // PTRS_PER_PTE]
        m.out[i] = m.page_tag[head + at % PTRS_PER_PTE] if head != NO_PAGE else 0
    return npages
