# SPDX-License-Identifier: GPL-2.0-or-later
"""The tests that sites make on the page they got: one word of a record, one question here.

By what a test asks: what the page is, who uses it, where it lies.
"""

from linuxmm.arch.x86.pgtable import PAGE_DIRTY
from linuxmm.core import core
from linuxmm.mm.compound import (
    COMPOUND_MAPCOUNT,
    HPAGE_PMD_NR,
    compound_head,
    compound_nr,
    of_whole,
    page_compound,
    page_mapcount,
    total_mapcount,
)
from linuxmm.mm.memory.lookup import is_cow_mapping
from linuxmm.mm.page import (
    is_zone_device_page,
    not_modelled,
    page_anon,
    page_flag,
    page_huge,
    page_is_file_lru,
    page_ksm,
    page_maybe_dma_pinned,
    page_pgmap_type,
    page_to_nid,
)
from linuxmm.mm.page_vma_mapped import folio_maybe_mapped_shared
from linuxmm.state.constants import (
    PG_ANON_EXCLUSIVE,
    PG_DIRTY,
    PG_LOCKED,
    PG_LRU,
    PG_RESERVED,
    PG_SWAPCACHE,
    RANGE_COHERENT,
    RANGE_RAM,
    SET_MAX_PTES_SHARED,
    SET_ZERO_PAGE,
    WHY_SITE_ABSENT,
)
from linuxmm.state.layout import COLLAPSE_SHARED, SIZE_R, State
from linuxmm.state.vocabulary import (
    TEST_ANY_PAGE,
    TEST_COMPOUND,
    TEST_COW_MAYBE_SHARED,
    TEST_COW_PINNED_OR_MAYBE_SHARED,
    TEST_COW_PINNED_OR_SHARED,
    TEST_COW_SHARED,
    TEST_DEVICE_COHERENT,
    TEST_DIRTY_AND_SHARED,
    TEST_DIRTY_FILE,
    TEST_DMA_PINNED,
    TEST_EXCLUSIVE_PINNED,
    TEST_EXTRA_REFERENCES,
    TEST_FAR_NODE,
    TEST_FOREIGN_OWNER,
    TEST_ISOLATION_FAILS,
    TEST_KSM,
    TEST_LIKELY_MAPPED_SHARED,
    TEST_LOCKED,
    TEST_MAPCOUNT_ABOVE_1,
    TEST_MAPCOUNT_NOT_1,
    TEST_MAYBE_MAPPED_SHARED,
    TEST_NO_MAPPING,
    TEST_NODE_IS_TARGET,
    TEST_NODE_WITHOUT_MEMORY,
    TEST_NOT_ANON,
    TEST_NOT_COMPOUND,
    TEST_NOT_DMA_PINNED,
    TEST_NOT_EXCLUSIVE,
    TEST_NOT_KSM,
    TEST_NOT_LRU,
    TEST_NOT_MAPPED,
    TEST_NOT_ZONE_DEVICE,
    TEST_OTHER_SUBPAGE,
    TEST_OTHER_ZONE,
    TEST_RESERVED,
    TEST_SWAPCACHE_SHARED,
    TEST_TOO_MANY_SHARED,
    TEST_ZERO_PAGE,
    TEST_ZONE_DEVICE,
)


@core
def test_refuses(m: State, test: int, page: int, vma: int, target: int) -> int:
    """Does the page fail this one test?  Words that no modelled site uses trap.

    `target`: a nid, a range, or how many references the site itself holds, by the test.
    """
    if test <= TEST_ANY_PAGE:
        return _by_what_it_is(m, test, page)
    if test <= TEST_DIRTY_AND_SHARED:
        return _by_who_uses_it(m, test, page, vma)
    if test <= TEST_FOREIGN_OWNER:
        return _by_where_it_lies(m, test, page, target)
    if test == TEST_NOT_COMPOUND:
        return 0 if page_compound(m, page) else 1
    if test >= TEST_ZERO_PAGE:
        return _by_what_its_folio_is(m, test, page, vma, target)
    return _by_collapsing(m, test, page, target)


@core
def _by_collapsing(m: State, test: int, page: int, target: int) -> int:
    """What khugepaged asks: may the page be copied into a huge one?

    `far_node` refuses none: vm.zone_reclaim_mode is 0 here, as it is after boot.
    """
    head = compound_head(m, page)
    cached = page_flag(m, head, PG_SWAPCACHE)
    if test == TEST_EXTRA_REFERENCES:
        in_cache = cached or (m.page_mapping[head] and page_anon(m, head) == 0)
        expected = total_mapcount(m, head) + (compound_nr(m, head) if in_cache else 0)
        return 1 if m.page_refcount[head] - target != expected else 0
    if test == TEST_TOO_MANY_SHARED:
        shared = m.scratch[COLLAPSE_SHARED] >= m.setting[SET_MAX_PTES_SHARED]
        return 1 if shared and page_mapcount(m, page) > 1 else 0
    if test == TEST_SWAPCACHE_SHARED:  # a page of the swap cache is mapped read-only by then
        if cached == 0:
            return 0
        users = m.page_mapcount[page] + m.swap_count[m.page_private[page]]
        return 1 if users != 1 or page_ksm(m, page) else 0
    if test == TEST_FAR_NODE:
        return 0
    if test == TEST_OTHER_SUBPAGE:
        return 1 if page != target else 0
    return not_modelled(m, WHY_SITE_ABSENT)


@core
def _by_what_it_is(m: State, test: int, page: int) -> int:
    """Device memory, anonymous, KSM, compound: what does not change while the page is mapped."""
    if test == TEST_ZONE_DEVICE:
        return is_zone_device_page(m, page)
    if test == TEST_NOT_ZONE_DEVICE:
        return 0 if is_zone_device_page(m, page) else 1
    if test == TEST_DEVICE_COHERENT:
        return 1 if page_pgmap_type(m, page) == RANGE_COHERENT else 0
    if test == TEST_COMPOUND:
        return page_compound(m, page)
    if test == TEST_RESERVED:
        return page_flag(m, page, PG_RESERVED)
    if test == TEST_NOT_ANON:
        return 0 if page_anon(m, page) else 1
    if test == TEST_KSM:
        return page_ksm(m, page)
    if test == TEST_NOT_KSM:
        return 0 if page_ksm(m, page) else 1
    if test == TEST_NO_MAPPING:
        return 1 if m.page_mapping[compound_head(m, page)] == 0 else 0
    return 1  # any_page


@core
def _by_who_uses_it(m: State, test: int, page: int, vma: int) -> int:
    """Mappings, references, pins, the LRU, the lock, dirty contents."""
    if test == TEST_NOT_LRU or test == TEST_ISOLATION_FAILS:
        isolated_otherwise = test == TEST_ISOLATION_FAILS and page_huge(m, page)
        return 0 if isolated_otherwise or page_flag(m, page, PG_LRU) else 1
    if test == TEST_MAPCOUNT_ABOVE_1:
        return 1 if page_mapcount(m, page) > 1 else 0
    if test == TEST_MAPCOUNT_NOT_1:
        return 1 if page_mapcount(m, page) != 1 else 0
    if test == TEST_NOT_MAPPED:
        return 1 if page_mapcount(m, page) <= 0 else 0
    if test == TEST_NOT_EXCLUSIVE:
        return 0 if page_flag(m, page, PG_ANON_EXCLUSIVE) else 1
    if test == TEST_COW_SHARED:
        cow = is_cow_mapping(m.vma_flags[vma])
        return 1 if cow and m.page_refcount[compound_head(m, page)] != 1 else 0
    if test == TEST_NOT_DMA_PINNED:
        return 0 if page_maybe_dma_pinned(m, page) else 1
    if test == TEST_EXCLUSIVE_PINNED:
        exclusive = page_flag(m, page, PG_ANON_EXCLUSIVE)
        return 1 if exclusive and page_maybe_dma_pinned(m, page) else 0
    if test == TEST_LOCKED:
        return page_flag(m, page, PG_LOCKED)
    if test == TEST_DIRTY_FILE:
        return 1 if page_is_file_lru(m, page) and page_flag(m, page, PG_DIRTY) else 0
    dirty = page_flag(m, page, PG_DIRTY | PG_SWAPCACHE)  # dirty_and_shared
    return 1 if dirty and page_mapcount(m, page) != 1 else 0


@core
def _by_where_it_lies(m: State, test: int, page: int, target: int) -> int:
    """Its node or range.  `target`: a nid or a range, by the test."""
    if test == TEST_NODE_IS_TARGET:
        return 1 if page_to_nid(m, page) == target else 0
    if test == TEST_NODE_WITHOUT_MEMORY:
        return 0 if node_has_memory(m, page_to_nid(m, page)) else 1
    if test == TEST_OTHER_ZONE:
        return 1 if m.page_range[page] != target else 0
    foreign = m.page_range[page] != target  # foreign_owner
    return 1 if page_pgmap_type(m, page) == RANGE_COHERENT and foreign else 0


@core
def _by_what_its_folio_is(m: State, test: int, page: int, vma: int, target: int) -> int:
    """What callers ask since folios.  `target`: the entry that maps the page, for not_merged."""
    zero = 1 if page == m.setting[SET_ZERO_PAGE] else 0
    if test == TEST_ZERO_PAGE:
        return zero
    if test == TEST_LIKELY_MAPPED_SHARED:
        return folio_likely_mapped_shared(m, page)
    if test == TEST_MAYBE_MAPPED_SHARED:
        return folio_maybe_mapped_shared(m, page)
    if test == TEST_DMA_PINNED:
        return page_maybe_dma_pinned(m, page)
    if test == TEST_COW_MAYBE_SHARED:
        cow = is_cow_mapping(m.vma_flags[vma])
        return 1 if cow and folio_maybe_mapped_shared(m, page) else 0
    if test == TEST_COW_PINNED_OR_MAYBE_SHARED:
        if is_cow_mapping(m.vma_flags[vma]) == 0:
            return 0
        return 1 if page_maybe_dma_pinned(m, page) or folio_maybe_mapped_shared(m, page) else 0
    if test == TEST_COW_PINNED_OR_SHARED:
        if is_cow_mapping(m.vma_flags[vma]) == 0:
            return 0
        return 1 if page_maybe_dma_pinned(m, page) or folio_likely_mapped_shared(m, page) else 0
    merged = page_ksm(m, page) or (zero and m.pte[target] & PAGE_DIRTY)  # is_ksm_zero_pte
    return 0 if merged else 1


@core
def folio_likely_mapped_shared(m: State, page: int) -> int:
    """Do several map it?  Of a huge page a guess: by the whole, by the number, by its first part.

    Source: include/linux/mm.h.
    """
    head = compound_head(m, page)
    count = total_mapcount(m, head)
    if count <= 1 or page_compound(m, page) == 0:
        return 1 if count > 1 else 0
    if of_whole(m, head, COMPOUND_MAPCOUNT) or count > HPAGE_PMD_NR:
        return 1
    return 1 if m.page_mapcount[head] > 1 else 0


@core
def node_has_memory(m: State, nid: int) -> int:
    """Is the node in N_MEMORY: does it have system RAM?"""
    for r in range(1, m.used[SIZE_R]):
        if m.range_type[r] == RANGE_RAM and m.range_node[r] == nid:
            return 1
    return 0
