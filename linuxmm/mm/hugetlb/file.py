# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of huge pages: one that has a name stays, one of a mapping goes with its last VMA.

Source: fs/hugetlbfs/inode.c (hugetlb_file_setup, hugetlbfs_file_mmap, hugetlbfs_evict_inode),
mm/hugetlb.c (hugetlb_vm_op_close, hugetlb_unreserve_pages), mm/memfd.c (MFD_HUGETLB).
A slot of such a file (m.cache_page ...) is a huge page; its size counts small ones.
"""

from linuxmm.core import core
from linuxmm.mm.file_rows import alloc_file, grow_cache
from linuxmm.mm.hugetlb.entry import cache_references
from linuxmm.mm.hugetlb.reserve import (
    NOT_READ,
    hugetlb_acct_memory,
    hugetlb_reserve_pages,
    unreserve_vma,
)
from linuxmm.mm.page import clear_page_flag, not_modelled, put_page
from linuxmm.mm.pgtable import PTRS_PER_PTE
from linuxmm.mm.sites import behaviour
from linuxmm.state.behaviours import B_HUGETLB_HOLES, B_HUGETLB_RESTORES
from linuxmm.state.constants import (
    EINVAL,
    ENOMEM,
    NO_PAGE,
    OPS_HUGETLB,
    OPS_NONE,
    PG_DIRTY,
    PG_UPTODATE,
    VM_WRITE,
    WHY_HUGETLB,
)
from linuxmm.state.layout import SIZE_V, State
from linuxmm.state.rules import Rules


@core
def hugetlb_file_setup(m: State, k: Rules, nr: int, unopened: int) -> int:
    """A file of `nr` huge pages, none of them there: its row, or -ENOMEM."""
    if behaviour(m, k, B_HUGETLB_RESTORES) == NOT_READ:
        return not_modelled(m, WHY_HUGETLB)
    file = alloc_file(m, nr)
    if file == 0:
        return -ENOMEM
    m.file_ops[file] = OPS_HUGETLB
    m.file_nr_pages[file] = nr
    m.file_size[file] = nr * PTRS_PER_PTE
    m.file_unopened[file] = unopened
    return file


@core
def create_hugetlb_file(m: State, k: Rules, npages: int) -> int:
    """memfd_create(2) with MFD_HUGETLB, then ftruncate(2): the row of the file, or -EINVAL where
    the size is none of whole huge pages."""
    if behaviour(m, k, B_HUGETLB_HOLES) == 0:
        return not_modelled(m, WHY_HUGETLB)
    if npages % PTRS_PER_PTE:
        return -EINVAL
    return hugetlb_file_setup(m, k, npages // PTRS_PER_PTE, 0)


@core
def hugetlbfs_file_mmap(m: State, vma: int) -> int:
    """The file is mapped, and grows where the mapping may be written: 0, -EINVAL or -ENOMEM."""
    if m.vma_pgoff[vma] % PTRS_PER_PTE:
        return -EINVAL
    file = m.vma_file[vma]
    end = (m.vma_pgoff[vma] + ((m.vma_end[vma] - m.vma_start[vma]) >> 12)) // PTRS_PER_PTE
    if grow_cache(m, file, end) == 0:
        return -ENOMEM
    error = hugetlb_reserve_pages(m, vma)
    if error == 0 and m.vma_flags[vma] & VM_WRITE:
        m.file_size[file] = max(m.file_size[file], end * PTRS_PER_PTE)
    return error


# --- what goes with the last VMA ---
@core
def hugetlb_vm_op_close(m: State, k: Rules, vma: int) -> int:
    """A VMA goes, when its entries are gone: promises to it end, and perhaps its file."""
    file, resv_map = m.vma_file[vma], m.vma_resv_map[vma]
    unreserve_vma(m, vma)
    mapped, reserved = 0, 0
    for other in range(1, m.used[SIZE_V]):
        if other != vma and m.vma_mm[other]:
            mapped = 1 if m.vma_file[other] == file else mapped
            reserved = 1 if m.vma_resv_map[other] == resv_map else reserved
    if resv_map and reserved == 0:
        _free_file(m, resv_map)
    if mapped or m.file_unopened[file] == 0:
        return 0
    return hugetlbfs_evict_inode(m, k, file)


@core
def hugetlbfs_evict_inode(m: State, k: Rules, file: int) -> int:
    """The file and its pages are gone."""
    remove_inode_pages(m, k, file, 0)
    return _free_file(m, file)


@core
def remove_inode_pages(m: State, k: Rules, file: int, start: int) -> int:
    """The pages from `start` on leave the file; what was promised there and not used is free."""
    first = m.file_first[file]
    unused = 0
    for place in range(first + start, first + m.file_nr_pages[file]):
        if m.cache_page[place] != NO_PAGE:
            hugetlb_delete_from_page_cache(m, k, place)
        elif m.cache_resv[place]:
            unused += 1
        m.cache_resv[place] = 0
    return hugetlb_acct_memory(m, -unused)


@core
def hugetlb_delete_from_page_cache(m: State, k: Rules, place: int) -> int:
    """One page leaves its file."""
    page = m.cache_page[place]
    m.cache_page[place] = NO_PAGE
    clear_page_flag(m, page, PG_DIRTY | PG_UPTODATE)
    m.page_mapping[page] = 0
    m.page_refcount[page] = m.page_refcount[page] - cache_references(k) + 1
    return put_page(m, k, page)


@core
def _free_file(m: State, file: int) -> int:
    """The row of a file, or of a reserve map, is free."""
    first = m.file_first[file]
    for place in range(first, first + m.file_nr_pages[file]):
        m.cache_resv[place] = 0
    m.file_nr_pages[file] = 0
    m.file_size[file] = 0
    m.file_ops[file] = OPS_NONE
    m.file_unopened[file] = 0
    m.file_first[file] = 0
    return 0
