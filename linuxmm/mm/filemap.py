"""Files of a scenario: page-cache files, shmem, DAX files, driver memory.

Source: mm/filemap.c, mm/shmem.c, fs/dax.c:dax_associate_entry; recipes in facts/real-kernel.md 4.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.memory.wp import alloc_page_vma
from linuxmm.mm.mm_inline import add_page_to_lru_list
from linuxmm.mm.page import get_page, page_to_pfn, set_page_flag, trap
from linuxmm.mm.swap import count
from linuxmm.state.constants import (
    ENOMEM,
    MAPPING_SHIFT,
    NO_PAGE,
    OPS_DEVDAX,
    OPS_FILE,
    OPS_FSDAX,
    OPS_MIXEDMAP_PFN,
    OPS_PFNMAP,
    PG_ALLOCATED,
    PG_PRIVATE,
    PG_REFERENCED,
    PG_UPTODATE,
    TRAP_NO_ROW,
)
from linuxmm.state.layout import NR_FILE_PAGES, SIZE_F, SIZE_I, SIZE_P, State

# Device memory without struct page (a PCI BAR): below 4 GiB, in no section.
IO_FIRST_PFN: Final = 0xF0000


@core
def sys_create_file(m: State, ops: int, npages: int, r: int) -> int:
    """A file of `npages` pages; `r` is the memory range of a DAX file.  Its row, or -ENOMEM.

    A page-cache file has been written and synced: clean pages in the cache, with buffers.
    """
    file = alloc_file(m, npages)
    if file == 0:
        return -ENOMEM
    m.file_ops[file] = ops
    m.file_nr_pages[file] = npages
    m.file_range[file] = r
    if ops == OPS_FILE:
        return _fill_page_cache(m, file, npages)
    if ops in (OPS_FSDAX, OPS_DEVDAX):
        return _claim_device_pages(m, file, npages, r)
    if ops in (OPS_PFNMAP, OPS_MIXEDMAP_PFN):
        m.file_pfn[file] = IO_FIRST_PFN + file * 256
    return file


@core
def alloc_file(m: State, npages: int) -> int:
    """A free file row with cache slots behind those of every other file."""
    first = 1
    row = 0
    for f in range(1, m.size[SIZE_F]):
        if m.file_nr_pages[f] == 0:
            if row == 0:
                row = f
        elif m.file_first[f] + m.file_nr_pages[f] > first:
            first = m.file_first[f] + m.file_nr_pages[f]
    if row == 0:
        return trap(m, TRAP_NO_ROW, SIZE_F * 256)
    if first + npages > m.size[SIZE_I]:
        return trap(m, TRAP_NO_ROW, SIZE_I * 256)
    m.file_first[row] = first
    if row >= m.used[SIZE_F]:
        m.used[SIZE_F] = row + 1
    return row


@core
def _fill_page_cache(m: State, file: int, npages: int) -> int:
    """write(2) and fsync(2): uptodate, referenced, with buffers (PG_private and a reference)."""
    for index in range(npages):
        page = alloc_page_vma(m)
        if page == NO_PAGE:
            return -ENOMEM
        m.cache_page[m.file_first[file] + index] = page
        m.page_mapping[page] = file << MAPPING_SHIFT
        m.page_index[page] = index
        set_page_flag(m, page, PG_UPTODATE | PG_REFERENCED | PG_PRIVATE)
        get_page(m, page)
        count(m, NR_FILE_PAGES, 1)
        add_page_to_lru_list(m, page)
    return file


@core
def _claim_device_pages(m: State, file: int, npages: int, r: int) -> int:
    """The blocks of a DAX file: the lowest run of unclaimed pages of the device."""
    first = m.range_row[r]
    offset = 0
    while offset < m.range_rows[r] and m.page_flags[first + offset] & PG_ALLOCATED:
        offset += 1
    if offset + npages > m.range_rows[r]:
        if m.range_rows[r] < m.range_nr_pages[r]:
            trap(m, TRAP_NO_ROW, SIZE_P * 256 + r)
        return -ENOMEM
    m.file_pfn[file] = page_to_pfn(m, first + offset)
    for i in range(npages):
        page = first + offset + i
        set_page_flag(m, page, PG_ALLOCATED)
        m.page_mapping[page] = file << MAPPING_SHIFT
        m.page_index[page] = i
    return file
