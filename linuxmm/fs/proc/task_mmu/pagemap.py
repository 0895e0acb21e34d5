# SPDX-License-Identifier: GPL-2.0-or-later
"""/proc/PID/pagemap: one word per address, bit for bit.

Source: fs/proc/task_mmu.c (pte_to_pagemap_entry, pagemap_pmd_range,
pagemap_pte_hole, pagemap_read).
Words are signed: bit 63 (present) is the sign.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_SOFT_DIRTY,
    PAGE_UFFD_WP,
    is_swap_pte,
    pte_pfn,
    pte_present,
    swp_offset,
    swp_type,
)
from linuxmm.core import core
from linuxmm.fs.proc.task_mmu.walk import (
    pfn_swap_entry_to_page,
)
from linuxmm.mm.compound import page_mapcount
from linuxmm.mm.memory.nonpresent import (
    is_migration_pte,
    is_pfn_swap_pte,
    pfn_swap_entry_pfn,
    pte_marker_uffd_wp,
    pte_swp_soft_dirty,
    pte_swp_uffd_wp,
)
from linuxmm.mm.page import page_anon, pfn_to_page
from linuxmm.mm.pagewalk import WALK_PRIVATE, WALK_VMA, page_walk
from linuxmm.mm.pgtable import pmd_trans_huge, pmd_val, pte_of, pte_offset_map
from linuxmm.mm.sites import behaviour, refused_page, site_page
from linuxmm.mm.stack import pop, push
from linuxmm.state.behaviours import B_PAGEMAP_EXCLUSIVE
from linuxmm.state.constants import E2BIG, EINVAL, ESRCH, NO_PAGE, NO_VMA, SET_CAPABLE, VM_SOFTDIRTY
from linuxmm.state.layout import MAX_OUT, State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_PTE_TO_PAGEMAP_ENTRY
from linuxmm.uapi import (
    PAGE_SHIFT,
    PAGE_SIZE,
    PM_FILE,
    PM_MMAP_EXCLUSIVE,
    PM_PFRAME_MASK,
    PM_PRESENT,
    PM_SOFT_DIRTY,
    PM_SWAP,
    PM_UFFD_WP,
)

MAX_SWAPFILES_SHIFT: Final = 5

# struct pagemapread: m.stack[pm + ...]
PM_POS: Final = 0  # words so far
PM_SHOW_PFN: Final = 1
NR_PM: Final = 2


@core
def _page_bits(m: State, page: int, unsaid: int) -> int:
    """File (not anonymous) and exclusive (mapped exactly once), where the latter is said."""
    if page == NO_PAGE:
        return 0
    flags = 0
    if page_anon(m, page) == 0:
        flags |= PM_FILE
    if unsaid == 0 and page_mapcount(m, page) == 1:
        flags |= PM_MMAP_EXCLUSIVE
    return flags


@core
def _present_entry(m: State, k: Rules, vma: int, addr: int, pte: int, show_pfn: int) -> int:
    word = PM_PRESENT
    if show_pfn:
        word |= pte_pfn(pte)
    if pte & PAGE_SOFT_DIRTY:
        word |= PM_SOFT_DIRTY
    if pte & PAGE_UFFD_WP:
        word |= PM_UFFD_WP
    page = site_page(m, k, SITE_PTE_TO_PAGEMAP_ENTRY, vma, addr, pte)
    refused = refused_page(m, k, SITE_PTE_TO_PAGEMAP_ENTRY, page, vma, 0, 0)
    return word if refused else word | _page_bits(m, page, 0)


@core
def _swap_entry(m: State, k: Rules, pte: int, show_pfn: int) -> int:
    word = PM_SWAP
    page = NO_PAGE
    offset = swp_offset(pte)
    if is_pfn_swap_pte(k, pte):
        offset = pfn_swap_entry_pfn(k, pte)
        page = pfn_swap_entry_to_page(m, k, pte)
    if show_pfn:
        word |= (swp_type(pte) | (offset << MAX_SWAPFILES_SHIFT)) & PM_PFRAME_MASK
    if pte_swp_soft_dirty(pte):
        word |= PM_SOFT_DIRTY
    if pte_swp_uffd_wp(pte) or pte_marker_uffd_wp(k, pte):
        word |= PM_UFFD_WP
    present_only = behaviour(m, k, B_PAGEMAP_EXCLUSIVE)
    return word | _page_bits(m, page, 1 if present_only else is_migration_pte(k, pte))


@core
def pte_to_pagemap_entry(m: State, k: Rules, vma: int, addr: int, pte: int, show_pfn: int) -> int:
    """The word of one entry of a walked VMA."""
    word = 0
    if pte_present(pte):
        word = _present_entry(m, k, vma, addr, pte, show_pfn)
    elif is_swap_pte(pte):
        word = _swap_entry(m, k, pte, show_pfn)
    if m.vma_flags[vma] & VM_SOFTDIRTY:
        word |= PM_SOFT_DIRTY
    return word


@core
def leaf_to_pagemap_entry(m: State, k: Rules, vma: int, pmd: int, addr: int, show_pfn: int) -> int:
    """The word of one page of a leaf, without a lookup: of the huge zero page too (as of a file's).

    How often the page is mapped is asked of the head for all, or of each page.
    """
    pte = pte_of(m, pmd, addr)
    word = PM_PRESENT | (pte_pfn(pte) if show_pfn else 0)
    if pte & PAGE_SOFT_DIRTY or m.vma_flags[vma] & VM_SOFTDIRTY:
        word |= PM_SOFT_DIRTY
    if pte & PAGE_UFFD_WP:
        word |= PM_UFFD_WP
    each = behaviour(m, k, B_PAGEMAP_EXCLUSIVE)
    return word | _page_bits(m, pfn_to_page(m, pte_pfn(pte if each else pmd_val(m, pmd))), 0)


@core
def _pagemap_leaf(m: State, k: Rules, vma: int, pmd: int, addr: int, end: int, pm: int) -> int:
    pos = m.stack[pm + PM_POS]
    while addr < end:
        m.out[pos] = leaf_to_pagemap_entry(m, k, vma, pmd, addr, m.stack[pm + PM_SHOW_PFN])
        pos += 1
        addr += PAGE_SIZE
    m.stack[pm + PM_POS] = pos
    return 0


@core
def pagemap_pmd_range(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
    """The words of a leaf, or of one table."""
    if pmd_trans_huge(m, pmd):
        pm = m.stack[walk + WALK_PRIVATE]
        return _pagemap_leaf(m, k, m.stack[walk + WALK_VMA], pmd, addr, end, pm)
    slot = pte_offset_map(m, pmd, addr)
    vma = m.stack[walk + WALK_VMA]
    pm = m.stack[walk + WALK_PRIVATE]
    show_pfn = m.stack[pm + PM_SHOW_PFN]
    pos = m.stack[pm + PM_POS]
    while addr < end:
        m.out[pos] = pte_to_pagemap_entry(m, k, vma, addr, m.pte[slot], show_pfn)
        pos += 1
        slot += 1
        addr += PAGE_SIZE
    m.stack[pm + PM_POS] = pos
    return 0


@core
def pagemap_pte_hole(m: State, k: Rules, addr: int, end: int, walk: int) -> int:
    """The words where nothing is mapped: 0 outside VMAs, in one its soft-dirty bit."""
    vma = m.stack[walk + WALK_VMA]
    pm = m.stack[walk + WALK_PRIVATE]
    word = PM_SOFT_DIRTY if vma != NO_VMA and m.vma_flags[vma] & VM_SOFTDIRTY else 0
    pos = m.stack[pm + PM_POS]
    last = pos + ((end - addr) >> PAGE_SHIFT)
    for i in range(pos, last):
        m.out[i] = word
    m.stack[pm + PM_POS] = last
    return 0


@core
def hugetlb_to_pagemap_entry(m: State, vma: int, pmd: int, addr: int, show_pfn: int) -> int:
    """The word of one page of a mapping of hugetlb, by the head; entries are never soft-dirty."""
    word = PM_SOFT_DIRTY if m.vma_flags[vma] & VM_SOFTDIRTY else 0
    entry = pmd_val(m, pmd)
    if entry == 0:
        return word
    word |= PM_PRESENT | _page_bits(m, pfn_to_page(m, pte_pfn(entry)), 0)
    return word | pte_pfn(pte_of(m, pmd, addr)) if show_pfn else word


@core
def pagemap_hugetlb_range(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
    """The words of the pages of one entry of hugetlb."""
    pm = m.stack[walk + WALK_PRIVATE]
    pos = m.stack[pm + PM_POS]
    vma, show_pfn = m.stack[walk + WALK_VMA], m.stack[pm + PM_SHOW_PFN]
    while addr < end:
        m.out[pos] = hugetlb_to_pagemap_entry(m, vma, pmd, addr, show_pfn)
        pos += 1
        addr += PAGE_SIZE
    m.stack[pm + PM_POS] = pos
    return 0


pagemap_walk: Final = page_walk(
    "pagemap_walk", pagemap_pmd_range, pagemap_pte_hole, hugetlb_entry=pagemap_hugetlb_range
)


@core
def pagemap_read(m: State, k: Rules, mm: int, addr: int, nr: int, show_pfn: int) -> int:
    """`nr` words from an address on in m.out."""
    pm = push(m, NR_PM)
    m.stack[pm + PM_POS] = 0
    m.stack[pm + PM_SHOW_PFN] = show_pfn
    pagemap_walk(m, k, mm, addr, addr + nr * PAGE_SIZE, pm)
    pop(m, pm)
    return nr


@core
def sys_pagemap(m: State, k: Rules, mm: int, addr: int, nr: int) -> int:
    """Read the file of an mm; frames only for who is capable."""
    if m.mm_users[mm] == 0:
        return -ESRCH
    if addr & (PAGE_SIZE - 1) or nr < 0:
        return -EINVAL
    if nr > MAX_OUT:
        return -E2BIG
    return pagemap_read(m, k, mm, addr, nr, m.setting[SET_CAPABLE])
