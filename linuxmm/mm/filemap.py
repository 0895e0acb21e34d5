# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of a scenario: page-cache files, shmem, DAX files, driver memory.

Source: mm/filemap.c, mm/shmem.c, fs/dax.c:dax_associate_entry.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import PAGE_DIRTY, PAGE_RW, pte_present
from linuxmm.core import core
from linuxmm.mm.compound import compound_head
from linuxmm.mm.file_rows import alloc_file, grow_cache
from linuxmm.mm.hugetlb.file import create_hugetlb_file
from linuxmm.mm.hugetlb.inode import hugetlbfs_read
from linuxmm.mm.memory.file import (
    READAHEAD_PAGES,
    cache_slot,
    do_page_cache_ra,
    find_or_create_page,
)
from linuxmm.mm.memory.wp import make_page_dirty
from linuxmm.mm.page import (
    clear_page_flag,
    is_zone_device_page,
    not_modelled,
    page_flag,
    page_to_pfn,
    pfn_to_page,
    set_page_flag,
    trap,
)
from linuxmm.mm.pgtable import pte_offset_map, walk_to_pmd
from linuxmm.mm.rmap import rmap_address
from linuxmm.mm.sites import behaviour
from linuxmm.mm.swap import mark_page_accessed
from linuxmm.state.behaviours import B_WRITE_STEPS
from linuxmm.state.constants import (
    EINVAL,
    ENOMEM,
    ENOSPC,
    MAPPING_SHIFT,
    NO_PAGE,
    NO_VMA,
    OPS_DEVDAX,
    OPS_FILE,
    OPS_FSDAX,
    OPS_HUGETLB,
    OPS_MIXEDMAP_PFN,
    OPS_PFNMAP,
    OPS_SHMEM,
    PG_ALLOCATED,
    PG_DIRTY,
    TRAP_NO_ROW,
    VM_SHARED,
    WHY_DEVICE,
    WHY_FILE_GROWS,
)
from linuxmm.state.layout import SIZE_P, SIZE_V, State
from linuxmm.state.rules import Rules

# Device memory without struct page (a PCI BAR): below 4 GiB, in no section.
IO_FIRST_PFN: Final = 0xF0000
IO_END_PFN: Final = 0x100000


@core
def sys_create_file(m: State, k: Rules, ops: int, npages: int, r: int, unopened: int) -> int:
    """A file of `npages` pages; `r` is the memory range of a DAX file.  Its row, or -ENOSPC.

    `unopened`: nobody has a descriptor of it, as of shared anonymous memory (shmem_zero_setup).
    A page-cache file is one of zeroes that reached its disk: nothing of it is cached.
    Not modelled: a mapping of a device-DAX character device beyond its end.
    """
    if ops == OPS_HUGETLB:
        return create_hugetlb_file(m, k, npages)
    file = alloc_file(m, npages)
    if file == 0:
        return -ENOMEM
    if ops in (OPS_FSDAX, OPS_DEVDAX):
        if _claim_device_pages(m, file, npages, r) == 0:
            m.file_first[file] = 0
            return not_modelled(m, WHY_DEVICE) if ops == OPS_DEVDAX else -ENOSPC
    m.file_ops[file] = ops
    m.file_nr_pages[file] = npages
    m.file_size[file] = npages
    m.file_range[file] = r
    m.file_unopened[file] = unopened
    if ops in (OPS_PFNMAP, OPS_MIXEDMAP_PFN):
        m.file_pfn[file] = IO_FIRST_PFN + m.file_first[file] - 1  # slots start at 1
        if m.file_pfn[file] + npages > IO_END_PFN:
            not_modelled(m, WHY_DEVICE)
    return file


@core
def set_file_size(m: State, file: int, npages: int) -> int:
    """i_size_write: the file ends there."""
    if grow_cache(m, file, npages):
        m.file_size[file] = npages
    return 0


@core
def _claim_device_pages(m: State, file: int, npages: int, r: int) -> int:
    """The blocks of a DAX file: the lowest run of unclaimed pages of the device; 0: none."""
    first = m.range_row[r]
    offset = 0
    while offset < m.range_rows[r] and m.page_flags[first + offset] & PG_ALLOCATED:
        offset += 1
    if offset + npages > m.range_rows[r]:
        if m.range_rows[r] < m.range_nr_pages[r]:
            trap(m, TRAP_NO_ROW, SIZE_P * 256 + r)
        return 0
    m.file_pfn[file] = page_to_pfn(m, first + offset)
    for i in range(npages):
        page = first + offset + i
        set_page_flag(m, page, PG_ALLOCATED)
        m.page_mapping[page] = file << MAPPING_SHIFT
        m.page_index[page] = i
    return file


# --- read(2), write(2), fsync(2) ---
@core
def sync_readahead(m: State, k: Rules, file: int, index: int, nr: int) -> int:
    """page_cache_sync_ra for a read(2) of `nr` pages: more than asked for only at the start.

    Source: mm/readahead.c:ondemand_readahead, get_init_ra_size.  Not modelled: what the file
    descriptor remembers of earlier reads.
    """
    if index == 0:
        size = 1
        while size < nr:
            size = size * 2
        nr = READAHEAD_PAGES
        if size <= READAHEAD_PAGES // 32:
            nr = size * 4
        elif size <= READAHEAD_PAGES // 4:
            nr = size * 2
    return do_page_cache_ra(m, k, file, index, nr)


@core
def page_to_read(m: State, k: Rules, file: int, index: int, nr: int) -> int:
    """The page that read(2) copies from, `nr` pages still to come; NO_PAGE without memory."""
    if m.file_ops[file] in (OPS_FSDAX, OPS_DEVDAX):
        return pfn_to_page(m, m.file_pfn[file] + index)
    if m.file_ops[file] == OPS_FILE and m.cache_page[cache_slot(m, file, index)] == NO_PAGE:
        sync_readahead(m, k, file, index, nr)
    return find_or_create_page(m, k, NO_VMA, file, index)


@core
def is_shmem_hole(m: State, file: int, index: int) -> int:
    """Nothing was ever written there: read(2) sees the zero page and leaves the hole (SGP_READ)."""
    slot = cache_slot(m, file, index)
    if m.file_ops[file] != OPS_SHMEM or m.cache_swap[slot]:
        return 0
    return 1 if m.cache_page[slot] == NO_PAGE else 0


@core
def sys_pread(m: State, k: Rules, file: int, index: int, npages: int) -> int:
    """pread(2): the contents of each page in m.out; how many (short at the end), or -ENOMEM."""
    if m.file_ops[file] == OPS_HUGETLB:
        return hugetlbfs_read(m, file, index, npages)
    for i in range(npages):
        if index + i >= m.file_size[file]:
            return i
        if is_shmem_hole(m, file, index + i):
            m.out[i] = 0
            continue
        page = page_to_read(m, k, file, index + i, npages - i)
        if page == NO_PAGE:
            return i if i else -ENOMEM
        if is_zone_device_page(m, page) == 0:
            mark_page_accessed(m, k, page)
        m.out[i] = m.page_tag[page]
    return npages


@core
def sys_pwrite(m: State, k: Rules, file: int, index: int, npages: int, tag: int) -> int:
    """pwrite(2): fill whole pages with a value; 0, -ENOMEM, or of hugetlb -EINVAL.

    Only shmem counts it as a use of the page (shmem_write_begin: SGP_WRITE), of a huge one for each
    part, or once.  Not modelled: files that grow.
    """
    if m.file_ops[file] == OPS_HUGETLB:
        return -EINVAL  # vfs_write: hugetlbfs has no way to write
    if index + npages > m.file_size[file]:
        return not_modelled(m, WHY_FILE_GROWS)
    used = NO_PAGE
    for i in range(npages):
        if m.file_ops[file] in (OPS_FSDAX, OPS_DEVDAX):
            m.page_tag[pfn_to_page(m, m.file_pfn[file] + index + i)] = tag
            continue
        # __GFP_WRITE: what is overwritten as a whole was not missed (filemap_add_folio)
        m.cache_shadow[cache_slot(m, file, index + i)] = 0
        page = find_or_create_page(m, k, NO_VMA, file, index + i)
        if page == NO_PAGE:
            return -ENOMEM
        m.page_tag[page] = tag
        make_page_dirty(m, page)
        head = compound_head(m, page)
        if m.file_ops[file] == OPS_SHMEM and (head != used or behaviour(m, k, B_WRITE_STEPS) == 0):
            mark_page_accessed(m, k, page)
        used = head
    return 0


@core
def sys_fsync(m: State, file: int, index: int, npages: int) -> int:
    """fsync(2): dirty pages reach the disk; their shared entries are clean and read-only again.

    Source: mm/page-writeback.c:clear_page_dirty_for_io, mm/rmap.c:page_mkclean.
    """
    if m.file_ops[file] == OPS_FSDAX:
        return dax_writeback_mapping_range(m, file, index, npages)
    if m.file_ops[file] != OPS_FILE:
        return 0
    for i in range(npages):
        slot = cache_slot(m, file, index + i)
        page = m.cache_page[slot]
        if page == NO_PAGE:
            continue
        if page_flag(m, page, PG_DIRTY):  # only tagged pages are looked at
            page_mkclean(m, page)
            clear_page_flag(m, page, PG_DIRTY)
            m.cache_tag[slot] = m.page_tag[page]
    return 0


@core
def dax_writeback_mapping_range(m: State, file: int, index: int, npages: int) -> int:
    """The same of a DAX file: an entry that may be written is tagged, the others are clean.

    Source: fs/dax.c:dax_writeback_one, mm/rmap.c:pfn_mkclean_range; tagged by dax_insert_entry.
    """
    for i in range(npages):
        page_mkclean(m, pfn_to_page(m, m.file_pfn[file] + index + i))
    return 0


@core
def page_mkclean(m: State, page: int) -> int:
    """Clean and write-protect every shared entry of a file page: how many were changed."""
    cleaned = 0
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_mm[vma] == 0 or m.vma_flags[vma] & VM_SHARED == 0:
            continue
        addr = rmap_address(m, page, vma)
        if addr >= 0:
            slot = pte_offset_map(m, walk_to_pmd(m, vma, addr), addr)
            pte = m.pte[slot]
            if pte_present(pte) and pte & (PAGE_DIRTY | PAGE_RW):
                m.pte[slot] = pte & ~(PAGE_DIRTY | PAGE_RW)
                cleaned += 1
    return cleaned
