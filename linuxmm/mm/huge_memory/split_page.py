# SPDX-License-Identifier: GPL-2.0-or-later
"""A huge page becomes 512 pages.  Source: mm/huge_memory.c (split_huge_page_to_list and below).

The caller holds the only reference beside the mappings.  Every mapping becomes migration entries,
a leaf by way of a table, and then entries again; in between the page is taken apart.  One of a
file is just unmapped.
Not modelled: huge pages in the swap cache; the counter thp_underused_split_page.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import PAGE_DIRTY, PAGE_PSE, pte_pfn, pte_present
from linuxmm.core import core
from linuxmm.mm.compound import (
    DEFERRED_SPLIT,
    HPAGE_PMD_NR,
    HPAGE_PMD_SIZE,
    PARTIALLY_MAPPED,
    add_to_whole,
    compound_head,
    of_whole,
    page_compound,
    total_mapcount,
)
from linuxmm.mm.huge_memory.split_pmd import split_huge_pmd
from linuxmm.mm.page import (
    clear_page_flag,
    event,
    get_page,
    not_modelled,
    page_anon,
    page_flag,
    page_mapping_row,
    page_to_pfn,
    pfn_to_page,
    put_page,
    set_page_flag,
)
from linuxmm.mm.pgtable import (
    PMD_MASK,
    PMD_TABLE,
    deposited_pte,
    pmd_addr_end,
    pmd_trans_huge,
    pmd_val,
    set_pmd,
    walk_to_pmd,
)
from linuxmm.mm.rmap import page_remove_rmap, page_remove_rmap_compound
from linuxmm.mm.rmap_migrate import migration_entry_of
from linuxmm.mm.rmap_migrate_huge import first_address, remove_migration_ptes_huge
from linuxmm.mm.sites import behaviour
from linuxmm.mm.swap import count, set_page_dirty
from linuxmm.mm.unmap import unmap_file_entry
from linuxmm.state.behaviours import (
    B_LEAF_UNMAPPED,
    B_SPLIT_QUEUE,
    B_SPLIT_SCAN,
    B_SPLIT_UNMAPS,
    B_UNUSED_PARTS,
)
from linuxmm.state.constants import (
    EAGAIN,
    EBUSY,
    EVENT_BUG,
    LIST_ISOLATED,
    LIST_MIGRATE,
    PG_ACTIVE,
    PG_ALLOCATED,
    PG_ANON_EXCLUSIVE,
    PG_DIRTY,
    PG_HEAD,
    PG_IDLE,
    PG_LOCKED,
    PG_LRU,
    PG_MLOCKED,
    PG_REFERENCED,
    PG_SWAPBACKED,
    PG_SWAPCACHE,
    PG_UNEVICTABLE,
    PG_UPTODATE,
    PG_WORKINGSET,
    PG_YOUNG,
    SET_HUGE_ZERO_PFN,
    SET_MAX_PTES_NONE,
    WHY_THP,
)
from linuxmm.state.layout import (
    NR_FILE_PAGES,
    NR_SHMEM,
    NR_SHMEM_THPS,
    SIZE_P,
    SIZE_V,
    THP_SPLIT_PAGE,
    THP_SPLIT_PAGE_FAILED,
    THP_SPLIT_PMD,
    State,
)
from linuxmm.state.rules import Rules

# what the tails take over of the head (__split_huge_page_tail), and PG_lru by lru_add_page_tail
TAIL_FLAGS: Final = (
    PG_REFERENCED | PG_SWAPBACKED | PG_MLOCKED | PG_UPTODATE | PG_ACTIVE | PG_WORKINGSET
    | PG_LOCKED | PG_UNEVICTABLE | PG_DIRTY | PG_YOUNG | PG_IDLE | PG_LRU
)  # fmt: skip


ALL_BUT_MLOCKED: Final = 2  # behaviour split_queue


@core
def can_split_folio(m: State, head: int) -> int:
    """Are all references those of mappings, and of a file's cache, but the caller's one?"""
    cached = 0 if page_anon(m, head) else HPAGE_PMD_NR
    return 1 if total_mapcount(m, head) == m.page_refcount[head] - cached - 1 else 0


@core
def split_huge_page(m: State, k: Rules, page: int) -> int:
    """Split the huge page that `page` is a part of: 0, -EBUSY or -EAGAIN.

    The caller's reference is to `page` then, and its lock.  Parts that nobody maps are freed; those
    of an isolated page are isolated as well, each with a reference (split_folio_to_list).
    """
    head = compound_head(m, page)
    if page_compound(m, head) == 0:
        event(m, EVENT_BUG, 0, page_to_pfn(m, page), 0)  # VM_BUG_ON_FOLIO
        return -EBUSY
    if page_to_pfn(m, head) == m.setting[SET_HUGE_ZERO_PFN]:
        return -EBUSY
    anon = page_anon(m, head)
    if page_flag(m, head, PG_SWAPCACHE):
        return not_modelled(m, WHY_THP)
    unmapped = anon and total_mapcount(m, head) == 0  # its anon_vma may be gone
    if unmapped or can_split_folio(m, head) == 0:
        count(m, THP_SPLIT_PAGE_FAILED, 1)
        return -EBUSY if unmapped else -EAGAIN
    listed = 1 if m.page_list[head] in (LIST_ISOLATED, LIST_MIGRATE) else 0
    if page_flag(m, head, PG_LRU) == 0 and listed == 0:
        return not_modelled(m, WHY_THP)
    _unmap_folio(m, k, head)
    if anon and total_mapcount(m, head):  # a leaf is left
        remove_migration_ptes_huge(m, k, head, head, 0)
        count(m, THP_SPLIT_PAGE_FAILED, 1)
        return -EAGAIN
    _split_huge_page(m, head)
    if anon:
        remove_migration_ptes_huge(m, k, head, head, behaviour(m, k, B_UNUSED_PARTS))
    else:
        split_huge_cache(m, k, head)
    for part in range(head, head + HPAGE_PMD_NR):
        if part != page:
            clear_page_flag(m, part, PG_LOCKED)
            if listed == 0:
                put_page(m, k, part)
    return count(m, THP_SPLIT_PAGE, 1)


# --- from the huge page to its entries ---
@core
def _unmap_folio(m: State, k: Rules, head: int) -> int:
    """try_to_migrate of an anonymous huge page: every mapping becomes migration entries; or
    try_to_unmap of one of a file, of which no mapping is left."""
    for vma in range(1, m.used[SIZE_V]):
        first = first_address(m, head, vma)
        addr = max(first, m.vma_start[vma])
        end = min(first + HPAGE_PMD_SIZE, m.vma_end[vma]) if first else 0
        while addr < end:
            stop = pmd_addr_end(addr, end)
            pmd = walk_to_pmd(m, vma, addr)
            dirty = 0
            if pmd_trans_huge(m, pmd):
                if pte_pfn(pmd_val(m, pmd)) != page_to_pfn(m, head):
                    addr = stop
                elif page_anon(m, head) and behaviour(m, k, B_LEAF_UNMAPPED):
                    _freeze_leaf(m, k, vma, pmd, addr, head)
                    if behaviour(m, k, B_SPLIT_UNMAPS):
                        return 0
                    addr = stop
                else:
                    dirty = pmd_val(m, pmd) & PAGE_DIRTY
                    split_huge_pmd(m, k, vma, pmd, addr)
            while addr < stop:
                _unmap_part(m, k, head + (addr - first >> 12), vma, deposited_pte(pmd, addr), dirty)
                addr += 4096
    return 0


@core
def _freeze_leaf(m: State, k: Rules, vma: int, pmd: int, addr: int, head: int) -> int:
    """__split_huge_pmd_locked with freeze: of one leaf are 512 migration entries at once."""
    word = pmd_val(m, pmd)
    if word & PAGE_DIRTY:
        set_page_flag(m, head, PG_DIRTY)
    exclusive = page_flag(m, head, PG_ANON_EXCLUSIVE)
    clear_page_flag(m, head, PG_ANON_EXCLUSIVE)
    slot = deposited_pte(pmd, addr & PMD_MASK)
    for i in range(HPAGE_PMD_NR):
        m.pte[slot + i] = migration_entry_of(m, k, head + i, word & ~PAGE_PSE, exclusive)
    set_pmd(m, pmd, PMD_TABLE)
    count(m, THP_SPLIT_PMD, 1)
    page_remove_rmap_compound(m, k, head, vma)
    return put_page(m, k, head)


@core
def _unmap_part(m: State, k: Rules, page: int, vma: int, slot: int, dirty: int) -> int:
    """try_to_migrate_one of one part, or try_to_unmap_one; `dirty` is that of the leaf which mapped
    it, if one did."""
    pte = m.pte[slot]
    if pte_present(pte) == 0 or pfn_to_page(m, pte_pfn(pte)) != page:
        return 0
    if page_anon(m, page) == 0:
        return unmap_file_entry(m, k, page, vma, slot)
    pte |= dirty
    if pte & PAGE_DIRTY:
        set_page_dirty(m, page)
    exclusive = page_flag(m, page, PG_ANON_EXCLUSIVE)
    clear_page_flag(m, page, PG_ANON_EXCLUSIVE)
    m.pte[slot] = migration_entry_of(m, k, page, pte, exclusive)
    page_remove_rmap(m, k, page, vma)
    return put_page(m, k, page)


# --- the page ---
@core
def _split_huge_page(m: State, head: int) -> int:
    """__split_huge_page: no mapping is left and one reference; then there are 512 such pages."""
    flags = m.page_flags[head] & TAIL_FLAGS
    for page in range(head + 1, head + HPAGE_PMD_NR):
        m.page_flags[page] = flags | PG_ALLOCATED
        m.page_mapping[page] = m.page_mapping[head]
        m.page_index[page] = m.page_index[head] + page - head
        m.page_private[page] = 0
        m.page_refcount[page] = 1
        m.page_list[page] = m.page_list[head]
    m.page_flags[head] = m.page_flags[head] & (flags | PG_ALLOCATED | PG_ANON_EXCLUSIVE)
    return 0


@core
def split_huge_cache(m: State, k: Rules, head: int) -> int:
    """The parts of a huge page that was a file's: each has the cache's reference and the split's.

    Those beyond the end of the file are dropped from its cache.
    """
    file = page_mapping_row(m, head)
    count(m, NR_SHMEM_THPS, -1)
    m.page_refcount[head] = 2
    for page in range(head + 1, head + HPAGE_PMD_NR):
        m.page_refcount[page] = 2
        if m.page_index[page] >= m.file_nr_pages[file]:
            m.page_mapping[page] = 0
            count(m, NR_FILE_PAGES, -1)
            count(m, NR_SHMEM, -1)
            put_page(m, k, page)
    return 0


# --- the deferred split queue ---
@core
def deferred_split_scan(m: State, k: Rules) -> int:
    """What the shrinker does with all that are queued: how many could be split.

    drop_caches=2 asks for it (mm/vmscan.c:drop_slab), and a machine that is short of memory.  Where
    every huge page is queued, those that are mapped as a whole and in use leave the queue.
    """
    split = 0
    for head in range(1, m.used[SIZE_P]):
        if m.page_flags[head] & PG_HEAD and of_whole(m, head, DEFERRED_SPLIT):
            get_page(m, head)
            if splits_deferred(m, k, head) and split_huge_page(m, k, head) == 0:
                split += 1
            elif behaviour(m, k, B_SPLIT_QUEUE) and of_whole(m, head, PARTIALLY_MAPPED) == 0:
                add_to_whole(m, head, DEFERRED_SPLIT, -1)
            elif behaviour(m, k, B_SPLIT_SCAN):
                not_modelled(m, WHY_THP)  # how often it is tried depends on the length of the queue
            put_page(m, k, head)
    return split


@core
def splits_deferred(m: State, k: Rules, head: int) -> int:
    """Is this one of the queue worth it: mapped in part, or full of zeros for the most part?"""
    queue = behaviour(m, k, B_SPLIT_QUEUE)
    if queue == 0 or of_whole(m, head, PARTIALLY_MAPPED):
        return 1
    if queue == ALL_BUT_MLOCKED and page_flag(m, head, PG_MLOCKED):
        return 0
    return thp_underused(m, head)


@core
def thp_underused(m: State, head: int) -> int:
    """Are more parts full of zeros than khugepaged would let it have holes?"""
    most = m.setting[SET_MAX_PTES_NONE]
    zero = 0
    for page in range(head, head + HPAGE_PMD_NR):
        if m.page_tag[page] == 0:
            zero += 1
    return 1 if most < HPAGE_PMD_NR - 1 and zero > most else 0
