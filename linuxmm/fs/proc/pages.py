# SPDX-License-Identifier: GPL-2.0-or-later
"""The picture of pages: what a program makes of pagemap, and for reports what they really are.

Source: fs/proc/task_mmu.c:pte_to_pagemap_entry; the kinds are the glossary's, and decided here for
all that looks at the model (`page_kind`, `pte_kind`).
"""

from typing import Final

from linuxmm.arch.x86.pgtable import PAGE_SPECIAL, pte_none, pte_pfn, pte_present
from linuxmm.core import core
from linuxmm.fs.proc.task_mmu.pagemap import (
    NR_PM,
    PM_POS,
    hugetlb_to_pagemap_entry,
    leaf_to_pagemap_entry,
    pte_to_pagemap_entry,
)
from linuxmm.mm.compound import COMPOUND_MAPCOUNT, compound_head, of_whole, page_compound
from linuxmm.mm.huge_memory.split_pmd import is_huge_zero_pmd
from linuxmm.mm.memory.nonpresent import (
    is_device_exclusive_pte,
    is_device_private_pte,
    is_migration_pte,
    is_real_swap_pte,
)
from linuxmm.mm.page import (
    is_zone_device_page,
    page_anon,
    page_ksm,
    page_mapping_row,
    page_pgmap_type,
    page_to_pfn,
    pfn_to_page,
)
from linuxmm.mm.pagewalk import WALK_PRIVATE, WALK_VMA, page_walk
from linuxmm.mm.pgtable import pmd_trans_huge, pmd_val, pte_of, pte_offset_map, walk_to_pmd
from linuxmm.mm.stack import pop, push
from linuxmm.state.constants import (
    E2BIG,
    EINVAL,
    ESRCH,
    NO_PAGE,
    OPS_SHMEM,
    PG_HUGETLB,
    RANGE_COHERENT,
    RANGE_FSDAX,
    RANGE_GENERIC,
    RANGE_P2PDMA,
    RANGE_PRIVATE,
    SET_HUGE_ZERO_PFN,
    SET_ZERO_PAGE,
    VM_PFNMAP,
)
from linuxmm.state.layout import MAX_OUT, State
from linuxmm.state.rules import Rules
from linuxmm.uapi import PAGE_SHIFT, PAGE_SIZE, PM_FILE, PM_MMAP_EXCLUSIVE, PM_PFRAME_MASK, PM_SWAP

# what pagemap and the frame number tell
VIEW_NONE: Final = 0
VIEW_SWAP: Final = 1  # device-private pages and migration entries too
VIEW_DEV: Final = 2  # present, a frame of a device of the machine
VIEW_RAM: Final = 3  # present, any other frame
VIEWS: Final[tuple[str, ...]] = ("none", "swap", "dev", "ram")

# what stands behind the entry
KIND_NONE: Final = 0
KIND_ANON: Final = 1
KIND_KSM: Final = 2
KIND_FILE: Final = 3
KIND_SHMEM: Final = 4
KIND_ZERO: Final = 5
KIND_COHERENT: Final = 6
KIND_PRIVATE: Final = 7
KIND_FSDAX: Final = 8
KIND_DEVDAX: Final = 9
KIND_P2PDMA: Final = 10
KIND_PFNMAP: Final = 11
KIND_MIXEDMAP: Final = 12
KIND_SWAP: Final = 13
KIND_MIGRATION: Final = 14
KIND_EXCLUSIVE: Final = 15  # lent to a device (make_device_exclusive_range)
KIND_OTHER: Final = 16  # marker, poisoned, swap-in error
KIND_THP: Final = 17  # a huge page, of which (here) the whole is mapped by a leaf
KIND_PTHP: Final = 18  # a part of a huge page that is mapped by a PTE
KIND_HUGETLB: Final = 19  # of the pool, mapped or not
KINDS: Final[tuple[str, ...]] = (
    "none",
    "anon",
    "ksm",
    "file",
    "shmem",
    "zero",
    "coherent",
    "private",
    "fsdax",
    "devdax",
    "p2pdma",
    "pfnmap",
    "mixedmap",
    "swap",
    "migration",
    "exclusive",
    "other",
    "thp",
    "pthp",
    "hugetlb",
)

# m.out[i * NR_PICTURE + ...] of sys_pages
PICTURE_VIEW: Final = 0
PICTURE_EXCLUSIVE: Final = 1
PICTURE_FILE: Final = 2
PICTURE_FRAME: Final = 3  # the pfn; for `swap` type and offset as in pagemap
PICTURE_KIND: Final = 4
NR_PICTURE: Final = 5


@core
def _device_kind(kind: int) -> int:
    """KIND_* of a device page, by its pgmap type."""
    if kind == RANGE_PRIVATE:
        return KIND_PRIVATE
    if kind == RANGE_COHERENT:
        return KIND_COHERENT
    if kind == RANGE_FSDAX:
        return KIND_FSDAX
    if kind == RANGE_GENERIC:
        return KIND_DEVDAX
    if kind == RANGE_P2PDMA:
        return KIND_P2PDMA
    return KIND_OTHER


@core
def page_kind(m: State, page: int) -> int:
    """What a page is by itself (KIND_*), wherever it is mapped."""
    if page == m.setting[SET_ZERO_PAGE]:
        return KIND_ZERO
    if is_zone_device_page(m, page):
        return _device_kind(page_pgmap_type(m, page))
    if page_compound(m, page):
        return _compound_kind(m, compound_head(m, page))
    if page_anon(m, page):
        return KIND_KSM if page_ksm(m, page) else KIND_ANON
    if m.page_mapping[page] == 0:
        return KIND_MIXEDMAP
    return KIND_SHMEM if m.file_ops[page_mapping_row(m, page)] == OPS_SHMEM else KIND_FILE


@core
def _compound_kind(m: State, head: int) -> int:
    """The huge zero page, one of the pool, or a huge page by what maps it."""
    if m.page_flags[head] & PG_HUGETLB:
        return KIND_HUGETLB
    if page_to_pfn(m, head) == m.setting[SET_HUGE_ZERO_PFN]:
        return KIND_ZERO
    return KIND_THP if of_whole(m, head, COMPOUND_MAPCOUNT) else KIND_PTHP


@core
def _present_kind(m: State, vma: int, pte: int) -> int:
    """The page's kind; a special entry shows no page but the zero page and device memory."""
    page = pfn_to_page(m, pte_pfn(pte))
    kind = page_kind(m, page) if page != NO_PAGE else KIND_NONE
    if page == NO_PAGE or (
        pte & PAGE_SPECIAL and kind != KIND_ZERO and is_zone_device_page(m, page) == 0
    ):
        return KIND_PFNMAP if m.vma_flags[vma] & VM_PFNMAP else KIND_MIXEDMAP
    return KIND_PTHP if kind == KIND_THP else kind


@core
def pte_kind(m: State, k: Rules, vma: int, pte: int) -> int:
    """What stands behind an entry (KIND_*): the truth, not what a lookup says."""
    if pte_none(pte):
        return KIND_NONE
    if pte_present(pte):
        return _present_kind(m, vma, pte)
    if is_device_private_pte(k, pte):
        return KIND_PRIVATE
    if is_migration_pte(k, pte):
        return KIND_MIGRATION
    if is_device_exclusive_pte(k, pte):
        return KIND_EXCLUSIVE
    return KIND_SWAP if is_real_swap_pte(k, pte) else KIND_OTHER


@core
def kind_at(m: State, k: Rules, vma: int, addr: int) -> int:
    """What stands at an address of a VMA, behind a leaf or a PTE (KIND_*)."""
    pmd = walk_to_pmd(m, vma, addr)
    if pmd_trans_huge(m, pmd):
        return leaf_kind(m, pmd_val(m, pmd))
    return pte_kind(m, k, vma, pte_of(m, pmd, addr))


@core
def page_view(m: State, word: int) -> int:
    """VIEW_* of a pagemap word."""
    if word >= 0:
        return VIEW_SWAP if word & PM_SWAP else VIEW_NONE
    page = pfn_to_page(m, word & PM_PFRAME_MASK)
    return VIEW_DEV if page != NO_PAGE and is_zone_device_page(m, page) else VIEW_RAM


@core
def _picture(m: State, k: Rules, walk: int, word: int, kind: int) -> int:
    """The words of the next page, from its pagemap word."""
    pm = m.stack[walk + WALK_PRIVATE]
    first = m.stack[pm + PM_POS]
    m.out[first + PICTURE_VIEW] = page_view(m, word)
    m.out[first + PICTURE_EXCLUSIVE] = 1 if word & PM_MMAP_EXCLUSIVE else 0
    m.out[first + PICTURE_FILE] = 1 if word & PM_FILE else 0
    m.out[first + PICTURE_FRAME] = word & PM_PFRAME_MASK
    m.out[first + PICTURE_KIND] = kind
    m.stack[pm + PM_POS] = first + NR_PICTURE
    return 0


@core
def _pictures_of_leaf(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
    vma = m.stack[walk + WALK_VMA]
    kind = leaf_kind(m, pmd_val(m, pmd))
    while addr < end:
        _picture(m, k, walk, leaf_to_pagemap_entry(m, k, vma, pmd, addr, 1), kind)
        addr += PAGE_SIZE
    return 0


@core
def leaf_kind(m: State, word: int) -> int:
    """What stands behind a PMD leaf (KIND_*)."""
    if is_huge_zero_pmd(m, word):
        return KIND_ZERO
    hugetlb = m.page_flags[pfn_to_page(m, pte_pfn(word))] & PG_HUGETLB
    return KIND_HUGETLB if hugetlb else KIND_THP


@core
def _pictures_of_table(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
    vma = m.stack[walk + WALK_VMA]
    if pmd_trans_huge(m, pmd):
        return _pictures_of_leaf(m, k, pmd, addr, end, walk)
    slot = pte_offset_map(m, pmd, addr)
    while addr < end:
        pte = m.pte[slot]
        word = 0  # pagemap does not look into PFN mappings
        if m.vma_flags[vma] & VM_PFNMAP == 0:
            word = pte_to_pagemap_entry(m, k, vma, addr, pte, 1)
        _picture(m, k, walk, word, pte_kind(m, k, vma, pte))
        slot += 1
        addr += PAGE_SIZE
    return 0


@core
def _pictures_of_hugetlb(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
    kind = KIND_HUGETLB if pmd_val(m, pmd) else KIND_NONE
    while addr < end:
        word = hugetlb_to_pagemap_entry(m, m.stack[walk + WALK_VMA], pmd, addr, 1)
        _picture(m, k, walk, word, kind)
        addr += PAGE_SIZE
    return 0


@core
def _pictures_of_hole(m: State, k: Rules, addr: int, end: int, walk: int) -> int:
    for _ in range((end - addr) >> PAGE_SHIFT):
        _picture(m, k, walk, 0, KIND_NONE)
    return 0


@core
def _pictures_of_vma(m: State, k: Rules, start: int, end: int, walk: int) -> int:
    """Every VMA has them, a PFN mapping too."""
    return 0


pictures_walk: Final = page_walk(
    "pictures_walk",
    _pictures_of_table,
    _pictures_of_hole,
    _pictures_of_vma,
    hugetlb_entry=_pictures_of_hugetlb,
)


@core
def sys_pages(m: State, k: Rules, mm: int, addr: int, nr: int) -> int:
    """NR_PICTURE words of each of `nr` pages from an address on, in m.out.

    A reader of pagemap with the right to see frames: it meets the site, and its events.
    """
    if m.mm_users[mm] == 0:
        return -ESRCH
    if addr & (PAGE_SIZE - 1) or nr < 0:
        return -EINVAL
    if nr * NR_PICTURE > MAX_OUT:
        return -E2BIG
    pm = push(m, NR_PM)
    m.stack[pm + PM_POS] = 0
    pictures_walk(m, k, mm, addr, addr + nr * PAGE_SIZE, pm)
    pop(m, pm)
    return nr * NR_PICTURE
