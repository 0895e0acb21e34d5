# SPDX-License-Identifier: GPL-2.0-or-later
"""Call sites: which lookup, which tests in which order, what a refused page gets.

Every place that turns a page-table entry into a page goes through here, so that a kernel is
an argument.  A site's steps are the same everywhere: its page (`site_page`, or
`site_follow_page` of mm/gup/follow.py), then what its record says to it (`refused_page`).
Where the kernel that runs and its rival (`state/rules.py`) may differ, the rival is asked too
and the step is marked as diverged when the answers part: nobody else needs to know of it.
"""

from linuxmm.arch.x86.pgtable import pte_pfn
from linuxmm.core import core
from linuxmm.mm.compound import compound_head, page_compound
from linuxmm.mm.memory.lookup import (
    choose_lookup,
    found_page,
    lookup_facts,
    match_rows,
    run_lookup,
)
from linuxmm.mm.page import event, not_modelled, page_huge, page_pgmap_type, page_to_pfn, put_page
from linuxmm.mm.page_tests import test_refuses
from linuxmm.mm.vmscan.isolate import isolate_lru_page
from linuxmm.state.behaviours import B_LARGE_FOLIOS
from linuxmm.state.constants import (
    EVENT_BAD_PAGE_MAP,
    EVENT_LOCKS,
    NO_PAGE,
    RANGE_COHERENT,
    RANGE_FSDAX,
    RANGE_PRIVATE,
    RANGE_RAM,
    SET_ZERO_PAGE,
    WHY_SITE_ABSENT,
    WHY_THP,
    ZONE_MOVABLE,
)
from linuxmm.state.layout import DIVERGED, FOLLOWING_SITE, State
from linuxmm.state.rules import MAX_CHOICES, NR_LOOKUPS, Rules
from linuxmm.state.sites import (
    NR_SITES,
    SITE_ADD_PAGE_FOR_MIGRATION,
    SITE_BREAK_KSM,
    SITE_CAN_CHANGE_PTE_WRITABLE,
    SITE_CAN_GATHER_NUMA_STATS,
    SITE_CHANGE_PTE_RANGE,
    SITE_CLEAR_REFS_PTE_RANGE,
    SITE_COLLAPSE_HUGE_PAGE_ISOLATE,
    SITE_COLLAPSE_PTE_MAPPED_THP,
    SITE_COLLAPSE_PTE_MAPPED_THP_2,
    SITE_COPY_PRESENT_PTE,
    SITE_DO_NUMA_PAGE,
    SITE_DO_PAGES_STAT_ARRAY,
    SITE_DO_WP_PAGE,
    SITE_FOLLOW_PAGE_PTE,
    SITE_GET_MERGEABLE_PAGE,
    SITE_HMM_VMA_HANDLE_PTE,
    SITE_KHUGEPAGED_SCAN_PMD,
    SITE_MADVISE_COLD_OR_PAGEOUT,
    SITE_MADVISE_FREE,
    SITE_MIGRATE_VMA_COLLECT_PMD,
    SITE_MLOCK_PTE_RANGE,
    SITE_PTE_IS_PINNED,
    SITE_PTE_TO_PAGEMAP_ENTRY,
    SITE_SCAN_GET_NEXT_RMAP_ITEM,
    SITE_SMAPS_HUGETLB_RANGE,
    SITE_SMAPS_PTE_ENTRY,
    SITE_SPLIT_HUGE_PAGES_PID,
    SITE_ZAP_PTE_RANGE,
)
from linuxmm.state.vocabulary import (
    ATOM_SPECIAL,
    ATOM_ZONE_DEVICE,
    CONTEXT_HOLDS_NONE,
    FACT_COHERENT,
    FACT_FSDAX,
    FACT_PRIVATE,
    FACT_ZERO_PFN,
    FACT_ZONE_DEVICE,
    FACT_ZONE_MOVABLE,
    LOOKUP_FOLIO_WALK,
    LOOKUP_FOLLOW_PAGE,
    LOOKUP_NONE,
    PREDICATES,
    RESULT_BAD,
    TEST_ANY_PAGE,
    TEST_ISOLATION_FAILS,
)

NR_PREDICATES = len(PREDICATES)
MET_UNUSUAL = 1 << 20
# Sites whose code knows huge pages that are mapped by PTEs, of which they meet parts; and hugetlb.
MEETS_COMPOUND = (
    1 << SITE_SMAPS_PTE_ENTRY
    | 1 << SITE_SMAPS_HUGETLB_RANGE
    | 1 << SITE_CLEAR_REFS_PTE_RANGE
    | 1 << SITE_PTE_IS_PINNED
    | 1 << SITE_PTE_TO_PAGEMAP_ENTRY
    | 1 << SITE_CAN_GATHER_NUMA_STATS
    | 1 << SITE_FOLLOW_PAGE_PTE
    | 1 << SITE_COPY_PRESENT_PTE
    | 1 << SITE_ZAP_PTE_RANGE
    | 1 << SITE_DO_WP_PAGE
    | 1 << SITE_CHANGE_PTE_RANGE
    | 1 << SITE_CAN_CHANGE_PTE_WRITABLE
    | 1 << SITE_MADVISE_COLD_OR_PAGEOUT
    | 1 << SITE_MADVISE_FREE
    | 1 << SITE_MLOCK_PTE_RANGE
    | 1 << SITE_DO_NUMA_PAGE
    | 1 << SITE_DO_PAGES_STAT_ARRAY
    | 1 << SITE_ADD_PAGE_FOR_MIGRATION
    | 1 << SITE_BREAK_KSM
    | 1 << SITE_GET_MERGEABLE_PAGE
    | 1 << SITE_SCAN_GET_NEXT_RMAP_ITEM
    | 1 << SITE_SPLIT_HUGE_PAGES_PID
    | 1 << SITE_MIGRATE_VMA_COLLECT_PMD
    | 1 << SITE_HMM_VMA_HANDLE_PTE
    | 1 << SITE_KHUGEPAGED_SCAN_PMD
    | 1 << SITE_COLLAPSE_HUGE_PAGE_ISOLATE
    | 1 << SITE_COLLAPSE_PTE_MAPPED_THP
    | 1 << SITE_COLLAPSE_PTE_MAPPED_THP_2
)
# ... and those that take such parts in batches in kernels with large folios: not modelled
BATCHES_COMPOUND = 1 << SITE_DO_NUMA_PAGE
NO_ROW = -1
ISOLATES = -2  # no row, and one of them isolates the page


@core
def behaviour(m: State, k: Rules, which: int) -> int:
    """A named behaviour of the kernel (a search notes that it was read: `explore/watch.py`)."""
    return k.behaviour[which]


@core
def visit(m: State, site: int, unusual: int) -> int:
    """Note that `site` looked a page up; MET_UNUSUAL more for a device page or special entry."""
    m.visited_site[site] = m.visited_site[site] + (MET_UNUSUAL if unusual else 1)
    return 0


@core
def diverged_at(m: State, site: int) -> int:
    """The rival answers differently here."""
    m.scratch[DIVERGED] = 1
    m.diverged_site[site] = m.diverged_site[site] + 1
    return 0


# --- lookups ---
@core
def uses_folio_walk(k: Rules, site: int) -> int:
    """Does the site look its page up by folio_walk_start (mm/folio_walk.py)?"""
    return 1 if k.choice_lookup[site * MAX_CHOICES] == LOOKUP_FOLIO_WALK else 0


@core
def walks_table(k: Rules, site: int) -> int:
    """Does a site that may follow a page read the table itself, with a lookup of entries?"""
    lookup = k.choice_lookup[site * MAX_CHOICES]
    return 0 if lookup == LOOKUP_FOLLOW_PAGE or lookup == LOOKUP_FOLIO_WALK else 1


@core
def site_page(m: State, k: Rules, site: int, vma: int, addr: int, pte: int) -> int:
    """The page that `site` sees behind a present entry: a page row, or NO_PAGE."""
    return _look_up(m, k, site, vma, addr, pte, 0, 0)


@core
def followed_page(m: State, k: Rules, vma: int, addr: int, pte: int, foll: int) -> int:
    """The page that follow_page_pte sees behind a present entry with these FOLL_ flags.

    Where a caller of follow_page() runs (`site_follow_page`), it is asked what its rival would
    have passed: with other flags, and by them another page, the caller has parted too.
    """
    caller = m.scratch[FOLLOWING_SITE]
    if caller == 0:
        return _look_up(m, k, SITE_FOLLOW_PAGE_PTE, vma, addr, pte, foll, foll)
    met = m.visited_site[SITE_FOLLOW_PAGE_PTE]
    parted = m.diverged_site[SITE_FOLLOW_PAGE_PTE]
    rival_foll = k.site_flags[NR_SITES + caller]
    page = _look_up(m, k, SITE_FOLLOW_PAGE_PTE, vma, addr, pte, foll, rival_foll)
    if m.visited_site[SITE_FOLLOW_PAGE_PTE] - met >= MET_UNUSUAL:
        visit(m, caller, 1)
    if foll != rival_foll and m.diverged_site[SITE_FOLLOW_PAGE_PTE] != parted:
        diverged_at(m, caller)
    return page


@core
def _look_up(
    m: State, k: Rules, site: int, vma: int, addr: int, pte: int, foll: int, rival_foll: int
) -> int:
    """The lookup of a site's record on one entry, and beside it the rival's.

    A page row, or NO_PAGE; a bad entry is reported as an event.  `rival_foll` are the flags
    that the rival kernel's caller would have passed.
    """
    lookup = choose_lookup(k, site, foll)
    if lookup == LOOKUP_NONE:
        if k.site_differs[site]:
            diverged_at(m, site)
        return not_modelled(m, WHY_SITE_ABSENT)
    facts = lookup_facts(m, vma, addr, pte)
    visit(m, site, facts & (ATOM_SPECIAL | ATOM_ZONE_DEVICE))
    result = run_lookup(k, lookup, facts)
    if k.site_differs[site] or foll != rival_foll:
        rival = choose_lookup(k, NR_SITES + site, rival_foll)
        if run_lookup(k, NR_LOOKUPS + rival, facts) != result:
            diverged_at(m, site)
    if result == RESULT_BAD:
        event(m, EVENT_BAD_PAGE_MAP, site, pte_pfn(pte), addr)
    return known_compound(m, k, site, found_page(m, result, vma, addr, pte))


@core
def known_compound(m: State, k: Rules, site: int, page: int) -> int:
    """The page; a part of a huge page only where the code of the site knows what that means."""
    if page_compound(m, page):
        batches = behaviour(m, k, B_LARGE_FOLIOS)
        if (MEETS_COMPOUND & ~BATCHES_COMPOUND if batches else MEETS_COMPOUND) >> site & 1 == 0:
            not_modelled(m, WHY_THP)
    return page


# --- tests ---
@core
def first_refusal(
    m: State, k: Rules, site: int, page: int, vma: int, context: int, target: int
) -> int:
    """The first test row of `site` that refuses the page; NO_ROW or ISOLATES: it passes all."""
    passed = NO_ROW
    first = k.site_test_first[site]
    for row in range(first, first + k.site_test_nr[site]):
        if k.test_unless[row] & context:
            continue
        test = k.test_refuse[row]
        if test_refuses(m, test, page, vma, target):
            return row
        if test == TEST_ISOLATION_FAILS:
            passed = ISOLATES
    return passed


@core
def refusing_row(
    m: State, k: Rules, site: int, page: int, vma: int, context: int, target: int
) -> int:
    """The test row of a site's record that refuses the page; negative: it passes all.

    A page that passed an isolation test is isolated (one of hugetlb by the caller).  The rival is
    asked beside it.
    """
    if k.site_test_nr[site] == 0 and k.site_differs[site] == 0:
        return NO_ROW
    row = first_refusal(m, k, site, page, vma, context, target)
    if k.site_differs[site]:
        rival = first_refusal(m, k, NR_SITES + site, page, vma, context, target)
        if _refusals_differ(k, row, rival):
            diverged_at(m, site)
    if row == ISOLATES and page_huge(m, page) == 0:
        isolate_lru_page(m, k, compound_head(m, page))
    return row


@core
def _refusals_differ(k: Rules, row: int, rival: int) -> int:
    """Do two kernels part here?  Which test refuses matters too: some hold a reference by then."""
    if row < 0 or rival < 0:
        return 1 if row != rival else 0
    gives = k.test_gives[row] != k.test_gives[rival]
    put = k.test_put[row] != k.test_put[rival] or k.test_end[row] != k.test_end[rival]
    return 1 if gives or put or k.test_refuse[row] != k.test_refuse[rival] else 0


@core
def refusing_test(
    m: State, k: Rules, site: int, page: int, vma: int, context: int, target: int
) -> int:
    """Which test of a site's record refuses the page (TEST_*; no page: any_page); 0: it takes it.

    For callers that tell their own callers why.
    """
    if page <= NO_PAGE:
        return TEST_ANY_PAGE
    row = refusing_row(m, k, site, page, vma, context, target)
    return k.test_refuse[row] if row >= 0 else 0


@core
def refused_by(m: State, k: Rules, row: int, page: int, context: int) -> int:
    """What a test row gives (GIVES_*, -errno), the site's reference dropped if it says so."""
    if k.test_put[row] and context & CONTEXT_HOLDS_NONE == 0:
        put_page(m, k, page)
    return k.test_gives[row]


@core
def refused_page(
    m: State, k: Rules, site: int, page: int, vma: int, context: int, target: int
) -> int:
    """What the record of `site` gives a page that it refuses: GIVES_* or -errno; 0: it takes it.

    No page (NO_PAGE, or an errno of follow_page) gets the record's `refused`.  Else the tests are
    made in their order, and a page that one refuses loses the reference that the site holds, if
    its row says so.  `context`: CONTEXT_* of the caller; `target`: a nid or a range, by the test.
    """
    if page <= NO_PAGE:
        return k.site_refused[site]
    row = refusing_row(m, k, site, page, vma, context, target)
    if row < 0:
        return 0
    if uses_folio_walk(k, site) and k.test_end[row] == 0:
        event(m, EVENT_LOCKS, site, page_to_pfn(m, page), 0)
    return refused_by(m, k, row, page, context)


# --- predicates ---
@core
def page_facts(m: State, page: int) -> int:
    """Everything a predicate row may ask about a page, as FACT_* bits."""
    facts = 0
    kind = page_pgmap_type(m, page)
    if kind != RANGE_RAM:
        facts |= FACT_ZONE_DEVICE
    if kind == RANGE_PRIVATE:
        facts |= FACT_PRIVATE
    if kind == RANGE_COHERENT:
        facts |= FACT_COHERENT
    if kind == RANGE_FSDAX:
        facts |= FACT_FSDAX
    if m.range_zone[m.page_range[page]] == ZONE_MOVABLE:
        facts |= FACT_ZONE_MOVABLE
    if page == m.setting[SET_ZERO_PAGE]:
        facts |= FACT_ZERO_PFN
    return facts


@core
def predicate(m: State, k: Rules, which: int, page: int) -> int:
    """A named predicate of the kernel about a page (PREDICATE_*), yes 1 or no 0."""
    facts = page_facts(m, page)
    answer = match_rows(k, k.predicate_first[which], k.predicate_nr[which], facts)
    rival = NR_PREDICATES + which
    if match_rows(k, k.predicate_first[rival], k.predicate_nr[rival], facts) != answer:
        m.scratch[DIVERGED] = 1
    return answer
