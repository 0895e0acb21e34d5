# SPDX-License-Identifier: GPL-2.0-or-later
"""A state counted from its page tables up, onto the stack of the core.

A census is the index of its first word on m.stack; what it holds is found by the functions below,
by row.  Of a huge page each part is mapped, by a leaf or by entries of its own; references, locks
and what concerns the whole are its head's.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_SPECIAL,
    pte_none,
    pte_pfn,
    pte_present,
    swp_offset,
)
from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR, compound_head
from linuxmm.mm.huge_memory.split_pmd import is_huge_zero_pmd
from linuxmm.mm.hugetlb.entry import cache_references
from linuxmm.mm.memory.nonpresent import (
    is_device_exclusive_pte,
    is_device_private_pte,
    is_migration_pte,
    is_real_swap_pte,
    pfn_swap_entry_pfn,
)
from linuxmm.mm.page import pfn_to_page
from linuxmm.mm.pgtable import (
    deposited_pte,
    pmd_addr_end,
    pmd_trans_huge,
    pmd_val,
    walk_to_pmd,
)
from linuxmm.mm.rmap import mm_counter
from linuxmm.mm.stack import push
from linuxmm.state.constants import (
    GUP_PIN_COUNTING_BIAS,
    LIST_ISOLATED,
    LIST_MIGRATE,
    MM_SWAPENTS,
    NO_PAGE,
    NR_MM_COUNTERS,
    NR_PVECS,
    PG_ALLOCATED,
    PG_HEAD,
    PG_HUGETLB,
    PG_PRIVATE,
    PG_SWAPCACHE,
    PVEC_SIZE,
    SET_HUGE_ZERO_PFN,
    VM_HUGETLB,
    VM_LOCKED,
)
from linuxmm.state.flags import FOLL_PIN
from linuxmm.state.layout import (
    MIGRATE_NPAGES,
    MIGRATE_PHASE,
    SIZE_F,
    SIZE_H,
    SIZE_M,
    SIZE_P,
    SIZE_S,
    SIZE_U,
    SIZE_V,
    State,
)
from linuxmm.state.rules import Rules

# first the totals, then the columns of pages, of swap slots and of mms
STRAY: Final = 0  # entries whose page is free or does not exist
MOVING: Final = 1  # migration entries
ISOLATED: Final = 2  # pages that somebody has taken off their list
NR_TOTALS: Final = 3
MAPPED: Final = 0  # counting entries: what page_mapcount() should be
REFERENCES: Final = 1  # that somebody explains
LOCKED: Final = 2  # counting entries in VM_LOCKED VMAs
BATCHED: Final = 3  # references of per-CPU batches among the explained
MIGRATING: Final = 4  # not zero: part of a migration
LEAVES: Final = 5  # of a head: leaves that map the huge page
PINNED: Final = 6  # of a head: pins of the huge page
NR_OF_PAGE: Final = 7


# --- where its words are ---
@core
def census_words(m: State) -> int:
    """How many words a census takes."""
    pages, mms = m.size[SIZE_P], m.size[SIZE_M]
    return NR_TOTALS + NR_OF_PAGE * pages + m.size[SIZE_S] + NR_MM_COUNTERS * mms


@core
def of_page(m: State, census: int, page: int, which: int) -> int:
    """The word of a page in one of the columns of pages."""
    return census + NR_TOTALS + which * m.size[SIZE_P] + page


@core
def of_slot(m: State, census: int, slot: int) -> int:
    """The word of a swap slot: entries, of page tables and files, that name it."""
    return census + NR_TOTALS + NR_OF_PAGE * m.size[SIZE_P] + slot


@core
def of_mm(m: State, census: int, mm: int, which: int) -> int:
    """The word of an rss counter of an mm: what it should show."""
    return of_slot(m, census, m.size[SIZE_S]) + mm * NR_MM_COUNTERS + which


@core
def _add(m: State, word: int, nr: int) -> int:
    m.stack[word] = m.stack[word] + nr
    return 0


# --- counting ---
@core
def take_census(m: State, k: Rules) -> int:
    """Count the state as it is: a census on the stack, which the caller pops."""
    words = census_words(m)
    census = push(m, words)
    for i in range(census, census + words):
        m.stack[i] = 0
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_mm[vma]:
            _count_vma(m, k, census, vma)
    _count_caches(m, k, census)
    _count_held(m, census)
    _count_huge_zero_page(m, census)
    _count_batches(m, census)
    _count_migration(m, census)
    _count_pages(m, census)
    return census


@core
def _count_vma(m: State, k: Rules, census: int, vma: int) -> int:
    addr, end = m.vma_start[vma], m.vma_end[vma]
    while addr < end:
        pmd = walk_to_pmd(m, vma, addr)
        stop = pmd_addr_end(addr, end)
        if pmd_trans_huge(m, pmd):
            _count_leaf(m, census, vma, pmd_val(m, pmd))
        first = deposited_pte(pmd, addr)
        for slot in range(first, first + ((stop - addr) >> 12)):
            if pte_none(m.pte[slot]) == 0:
                _count_entry(m, k, census, vma, m.pte[slot])
        addr = stop
    return 0


@core
def _count_leaf(m: State, census: int, vma: int, word: int) -> int:
    """One reference to the head, and each part is mapped as by an entry of its own."""
    if is_huge_zero_pmd(m, word):
        return 0
    head = pfn_to_page(m, pte_pfn(word))
    _add(m, of_page(m, census, head, LEAVES), 1)
    for page in range(head, head + HPAGE_PMD_NR):
        if m.vma_flags[vma] & VM_HUGETLB:
            _count_of_pool(m, census, page)
        else:
            _counting(m, census, vma, page, 1)
    return _add(m, of_page(m, census, head, REFERENCES), 1 - HPAGE_PMD_NR)


@core
def _count_of_pool(m: State, census: int, page: int) -> int:
    """A part of a huge page of the pool: mapped, and in no rss counter."""
    head = compound_head(m, page)
    if m.page_refcount[head] == 0:
        _add(m, census + STRAY, 1)
    _add(m, of_page(m, census, page, MAPPED), 1)
    return _add(m, of_page(m, census, head, REFERENCES), 1)


@core
def _count_entry(m: State, k: Rules, census: int, vma: int, pte: int) -> int:
    if pte_present(pte):
        if pte & PAGE_SPECIAL == 0:
            _counting(m, census, vma, pfn_to_page(m, pte_pfn(pte)), 1)
    elif is_real_swap_pte(k, pte):
        _add(m, of_mm(m, census, m.vma_mm[vma], MM_SWAPENTS), 1)
        if swp_offset(pte) < m.size[SIZE_S]:
            _add(m, of_slot(m, census, swp_offset(pte)), 1)
    elif is_device_private_pte(k, pte):
        _counting(m, census, vma, pfn_to_page(m, pfn_swap_entry_pfn(k, pte)), 1)
    elif is_device_exclusive_pte(k, pte):
        _counting(m, census, vma, pfn_to_page(m, pfn_swap_entry_pfn(k, pte)), 0)
    elif is_migration_pte(k, pte):
        _moving(m, census, vma, pfn_to_page(m, pfn_swap_entry_pfn(k, pte)))
    return 0


@core
def _counting(m: State, census: int, vma: int, page: int, mapped: int) -> int:
    """An entry that holds a reference; `mapped`: that also counts as a mapping."""
    if page == NO_PAGE or m.page_flags[page] & PG_ALLOCATED == 0:
        _add(m, census + STRAY, 1)
        if page == NO_PAGE:
            return 0
    _add(m, of_page(m, census, page, MAPPED), mapped)
    head = compound_head(m, page)
    _add(m, of_page(m, census, head, REFERENCES), 1)
    return _in_vma(m, census, vma, head, page)


@core
def _moving(m: State, census: int, vma: int, page: int) -> int:
    _add(m, census + MOVING, 1)
    _add(m, of_page(m, census, page, MIGRATING), 1)
    return _in_vma(m, census, vma, page, page)


@core
def _in_vma(m: State, census: int, vma: int, locked: int, page: int) -> int:
    """What any entry of a page is in its VMA: one of rss, and perhaps of what it keeps locked."""
    if m.vma_flags[vma] & VM_LOCKED:
        _add(m, of_page(m, census, locked, LOCKED), 1)
    return _add(m, of_mm(m, census, m.vma_mm[vma], mm_counter(m, page)), 1)


@core
def _count_caches(m: State, k: Rules, census: int) -> int:
    """The references of the page cache, and the slots that files in memory name."""
    for file in range(1, m.used[SIZE_F]):
        first = m.file_first[file]
        for place in range(first, first + m.file_nr_pages[file]):
            _count_cached(m, k, census, m.cache_page[place])
            _add(m, of_slot(m, census, m.cache_swap[place]), 1)
    return 0


@core
def _count_cached(m: State, k: Rules, census: int, page: int) -> int:
    """One reference for each place; a huge page of shmem has 512, were the file shorter."""
    head = compound_head(m, page)
    if m.page_flags[head] & PG_HEAD == 0:
        _add(m, of_page(m, census, page, REFERENCES), 1)
    elif head == page:
        nr = cache_references(k) if m.page_flags[head] & PG_HUGETLB else HPAGE_PMD_NR
        _add(m, of_page(m, census, head, REFERENCES), nr)
    return 0


@core
def _count_held(m: State, census: int) -> int:
    """The references of gets and pins."""
    for row in range(1, m.used[SIZE_H]):
        if m.held_page[row]:
            pinned = 1 if m.held_flags[row] & FOLL_PIN else 0
            _count_one_held(m, census, compound_head(m, m.held_page[row]), pinned)
    return 0


@core
def _count_one_held(m: State, census: int, head: int, pinned: int) -> int:
    """A pin of a huge page is one reference, and counted for itself."""
    nr = GUP_PIN_COUNTING_BIAS if pinned else 1
    if m.page_flags[head] & PG_HEAD:
        _add(m, of_page(m, census, head, PINNED), pinned)
        nr = 1
    return _add(m, of_page(m, census, head, REFERENCES), nr)


@core
def _count_huge_zero_page(m: State, census: int) -> int:
    """The reference of its shrinker."""
    if m.setting[SET_HUGE_ZERO_PFN]:
        page = pfn_to_page(m, m.setting[SET_HUGE_ZERO_PFN])
        _add(m, of_page(m, census, page, REFERENCES), 1)
    return 0


@core
def _count_batches(m: State, census: int) -> int:
    for batch in range(m.size[SIZE_U] * NR_PVECS):
        for i in range(batch * PVEC_SIZE, batch * PVEC_SIZE + m.pvec_nr[batch]):
            _add(m, of_page(m, census, m.pvec_page[i], REFERENCES), 1)
            _add(m, of_page(m, census, m.pvec_page[i], BATCHED), 1)
    return 0


@core
def _count_migration(m: State, census: int) -> int:
    """The pages of a migrate_vma call that is under way."""
    if m.migrate[MIGRATE_PHASE]:
        for i in range(1, 1 + m.migrate[MIGRATE_NPAGES]):
            _add(m, of_page(m, census, m.migrate_src[i] >> 6, MIGRATING), 1)
            _add(m, of_page(m, census, m.migrate_dst[i] >> 6, MIGRATING), 1)
    return 0


@core
def _count_pages(m: State, census: int) -> int:
    """The references that a page's own flags and lists stand for."""
    for page in range(1, m.size[SIZE_P]):
        flags, where = m.page_flags[page], m.page_list[page]
        if flags & PG_ALLOCATED:
            nr = (1 if flags & PG_PRIVATE else 0) + (1 if flags & PG_SWAPCACHE else 0)
            _add(m, of_page(m, census, page, REFERENCES), nr)
        if where == LIST_ISOLATED or where == LIST_MIGRATE:
            _add(m, of_page(m, census, page, REFERENCES), 1)
            _add(m, census + ISOLATED, 1)
    return 0
