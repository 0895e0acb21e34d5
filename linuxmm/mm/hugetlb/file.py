# SPDX-License-Identifier: GPL-2.0-or-later
"""The file behind a mapping of huge pages: made with it, gone with the last VMA that maps it.

Source: fs/hugetlbfs/inode.c (hugetlb_file_setup, hugetlbfs_file_mmap, hugetlbfs_evict_inode),
mm/hugetlb.c (hugetlb_vm_op_close, hugetlb_unreserve_pages).
A slot of such a file (m.cache_page ...) is a huge page.  Not modelled: files that have a name.
"""

from linuxmm.core import core
from linuxmm.mm.filemap import alloc_file
from linuxmm.mm.hugetlb.entry import cache_references
from linuxmm.mm.hugetlb.reserve import hugetlb_acct_memory, unreserve_vma
from linuxmm.mm.page import clear_page_flag, put_page
from linuxmm.state.constants import (
    NO_PAGE,
    OPS_HUGETLB,
    OPS_NONE,
    PG_DIRTY,
    PG_UPTODATE,
    VM_MAYSHARE,
)
from linuxmm.state.layout import SIZE_V, State
from linuxmm.state.rules import Rules


@core
def hugetlb_file_setup(m: State, nr: int) -> int:
    """A file of `nr` huge pages, none of them there: its row."""
    file = alloc_file(m, nr)
    if file:
        m.file_ops[file] = OPS_HUGETLB
        m.file_nr_pages[file] = nr
        m.file_size[file] = nr
    return file


@core
def hugetlb_vm_op_close(m: State, k: Rules, vma: int) -> int:
    """A VMA goes, when its entries are gone: promises to it end, and perhaps its file."""
    file = m.vma_file[vma]
    unreserve_vma(m, vma)
    for other in range(1, m.used[SIZE_V]):
        if other != vma and m.vma_mm[other] and m.vma_file[other] == file:
            return 0
    return hugetlbfs_evict_inode(m, k, file, m.vma_flags[vma] & VM_MAYSHARE)


@core
def hugetlbfs_evict_inode(m: State, k: Rules, file: int, shared: int) -> int:
    """The file and its pages are gone; what was promised to a shared one and not used is free."""
    first = m.file_first[file]
    unused = 0
    for place in range(first, first + m.file_nr_pages[file]):
        page = m.cache_page[place]
        if page != NO_PAGE:
            m.cache_page[place] = NO_PAGE
            clear_page_flag(m, page, PG_DIRTY | PG_UPTODATE)
            m.page_mapping[page] = 0
            m.page_refcount[page] = m.page_refcount[page] - cache_references(k) + 1
            put_page(m, k, page)
        elif shared and m.cache_resv[place]:
            unused += 1
        m.cache_resv[place] = 0
    m.file_nr_pages[file] = 0
    m.file_size[file] = 0
    m.file_ops[file] = OPS_NONE
    m.file_first[file] = 0
    return hugetlb_acct_memory(m, -unused)
