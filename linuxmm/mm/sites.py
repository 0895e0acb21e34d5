"""Call sites: which lookup, which tests in which order, what a refused page gets.

Every place that turns a page-table entry into a page goes through here, so that a kernel is
an argument.  Where the kernel that runs and its rival (`state/rules.py`) may differ, the rival
is asked too and the step is marked as diverged when the answers part.
"""

from linuxmm.arch.x86.pgtable import pte_pfn
from linuxmm.core import core
from linuxmm.mm.memory.lookup import (
    choose_lookup,
    found_page,
    is_cow_mapping,
    lookup_facts,
    match_rows,
    run_lookup,
)
from linuxmm.mm.page import (
    event,
    is_zone_device_page,
    not_modelled,
    page_anon,
    page_flag,
    page_is_file_lru,
    page_ksm,
    page_maybe_dma_pinned,
    page_pgmap_type,
    page_to_nid,
    put_page,
)
from linuxmm.mm.vmscan.isolate import isolate_lru_page
from linuxmm.state.constants import (
    EVENT_BAD_PAGE_MAP,
    PG_ANON_EXCLUSIVE,
    PG_DIRTY,
    PG_HEAD,
    PG_LOCKED,
    PG_LRU,
    PG_RESERVED,
    PG_SWAPCACHE,
    RANGE_COHERENT,
    RANGE_FSDAX,
    RANGE_PRIVATE,
    RANGE_RAM,
    SET_ZERO_PAGE,
    WHY_SITE_ABSENT,
    ZONE_MOVABLE,
)
from linuxmm.state.layout import DIVERGED, SIZE_R, State
from linuxmm.state.rules import NR_LOOKUPS, Rules
from linuxmm.state.vocabulary import (
    ATOM_SPECIAL,
    ATOM_ZONE_DEVICE,
    FACT_COHERENT,
    FACT_FSDAX,
    FACT_PRIVATE,
    FACT_ZERO_PFN,
    FACT_ZONE_DEVICE,
    FACT_ZONE_MOVABLE,
    LOOKUP_NONE,
    NR_SITES,
    PREDICATES,
    RESULT_BAD,
    TEST_ANY_PAGE,
    TEST_COMPOUND,
    TEST_COW_SHARED,
    TEST_DEVICE_COHERENT,
    TEST_DIRTY_AND_SHARED,
    TEST_DIRTY_FILE,
    TEST_EXCLUSIVE_PINNED,
    TEST_FOREIGN_OWNER,
    TEST_ISOLATION_FAILS,
    TEST_KSM,
    TEST_LOCKED,
    TEST_MAPCOUNT_ABOVE_1,
    TEST_MAPCOUNT_NOT_1,
    TEST_NO_MAPPING,
    TEST_NODE_IS_TARGET,
    TEST_NODE_WITHOUT_MEMORY,
    TEST_NOT_ANON,
    TEST_NOT_DMA_PINNED,
    TEST_NOT_EXCLUSIVE,
    TEST_NOT_KSM,
    TEST_NOT_LRU,
    TEST_NOT_MAPPED,
    TEST_NOT_ZONE_DEVICE,
    TEST_OTHER_ZONE,
    TEST_RESERVED,
    TEST_ZONE_DEVICE,
)

NR_PREDICATES = len(PREDICATES)
MET_UNUSUAL = 1 << 20


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


@core
def site_page_foll(
    m: State, k: Rules, site: int, vma: int, addr: int, pte: int, foll: int, rival_foll: int
) -> int:
    """The page that `site` sees behind a present entry when called with these FOLL_ flags.

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
    return found_page(m, result, vma, addr, pte)


@core
def site_page(m: State, k: Rules, site: int, vma: int, addr: int, pte: int) -> int:
    """The page that `site` sees behind a present entry: a page row, or NO_PAGE."""
    return site_page_foll(m, k, site, vma, addr, pte, 0, 0)


# --- tests ---
@core
def test_refuses(m: State, test: int, page: int, vma: int, target: int) -> int:
    """Does the page fail this one test?  `target`: a nid, or a zone's page, by the test."""
    if test == TEST_ZONE_DEVICE:
        return is_zone_device_page(m, page)
    if test == TEST_NOT_LRU or test == TEST_ISOLATION_FAILS:
        return 0 if page_flag(m, page, PG_LRU) else 1
    if test == TEST_RESERVED:
        return page_flag(m, page, PG_RESERVED)
    if test == TEST_COMPOUND:
        return page_flag(m, page, PG_HEAD)
    if test == TEST_MAPCOUNT_ABOVE_1:
        return 1 if m.page_mapcount[page] > 1 else 0
    if test == TEST_MAPCOUNT_NOT_1:
        return 1 if m.page_mapcount[page] != 1 else 0
    if test == TEST_NOT_ANON:
        return 0 if page_anon(m, page) else 1
    if test == TEST_NOT_EXCLUSIVE:
        return 0 if page_flag(m, page, PG_ANON_EXCLUSIVE) else 1
    if test == TEST_KSM:
        return page_ksm(m, page)
    if test == TEST_NOT_KSM:
        return 0 if page_ksm(m, page) else 1
    if test == TEST_NODE_IS_TARGET:
        return 1 if page_to_nid(m, page) == target else 0
    if test == TEST_NODE_WITHOUT_MEMORY:
        return 0 if node_has_memory(m, page_to_nid(m, page)) else 1
    if test == TEST_NO_MAPPING:
        return 1 if m.page_mapping[page] == 0 else 0
    if test == TEST_COW_SHARED:
        cow = is_cow_mapping(m.vma_flags[vma])
        return 1 if cow and m.page_refcount[page] != 1 else 0
    if test == TEST_DIRTY_FILE:
        return 1 if page_is_file_lru(m, page) and page_flag(m, page, PG_DIRTY) else 0
    if test == TEST_NOT_MAPPED:
        return 1 if m.page_mapcount[page] <= 0 else 0
    if test == TEST_OTHER_ZONE:
        return 1 if m.page_range[page] != m.page_range[target] else 0
    if test == TEST_NOT_DMA_PINNED:
        return 0 if page_maybe_dma_pinned(m, page) else 1
    return _test_refuses_2(m, test, page, target)


@core
def _test_refuses_2(m: State, test: int, page: int, target: int) -> int:
    """The tests of device migration and madvise; words that no modelled site uses trap."""
    if test == TEST_NOT_ZONE_DEVICE:
        return 0 if is_zone_device_page(m, page) else 1
    if test == TEST_DEVICE_COHERENT:
        return 1 if page_pgmap_type(m, page) == RANGE_COHERENT else 0
    if test == TEST_FOREIGN_OWNER:
        foreign = m.page_range[page] != target
        return 1 if page_pgmap_type(m, page) == RANGE_COHERENT and foreign else 0
    if test == TEST_LOCKED:
        return page_flag(m, page, PG_LOCKED)
    if test == TEST_DIRTY_AND_SHARED:
        dirty = page_flag(m, page, PG_DIRTY | PG_SWAPCACHE)
        return 1 if dirty and m.page_mapcount[page] != 1 else 0
    if test == TEST_EXCLUSIVE_PINNED:
        exclusive = page_flag(m, page, PG_ANON_EXCLUSIVE)
        return 1 if exclusive and page_maybe_dma_pinned(m, page) else 0
    if test == TEST_ANY_PAGE:
        return 1
    not_modelled(m, WHY_SITE_ABSENT)
    return 0


@core
def node_has_memory(m: State, nid: int) -> int:
    """Is the node in N_MEMORY: does it have system RAM?"""
    for r in range(1, m.used[SIZE_R]):
        if m.range_type[r] == RANGE_RAM and m.range_node[r] == nid:
            return 1
    return 0


@core
def first_refusal(
    m: State, k: Rules, site: int, page: int, vma: int, context: int, target: int
) -> int:
    """The first test row of `site` that refuses the page, plus 1; 0 when it passes all."""
    first = k.site_test_first[site]
    for row in range(first, first + k.site_test_nr[site]):
        if k.test_unless[row] & context:
            continue
        if test_refuses(m, k.test_refuse[row], page, vma, target):
            return row + 1
    return 0


@core
def site_refuses(
    m: State, k: Rules, site: int, page: int, vma: int, context: int, target: int
) -> int:
    """Run the tests of `site` in their order on the page it got; 0 passes, else row + 1.

    What the row gives is `k.test_gives[row]`, whether the reference that the caller holds is
    dropped `k.test_put[row]`.  A passed `isolation_fails` test has isolated the page.
    """
    row = first_refusal(m, k, site, page, vma, context, target)
    if k.site_differs[site]:
        rival = first_refusal(m, k, NR_SITES + site, page, vma, context, target)
        if _refusals_differ(k, site, context, row, rival):
            diverged_at(m, site)
    if row == 0 and _isolates(k, site, context):
        isolate_lru_page(m, k, page)
    return row


@core
def _isolates(k: Rules, site: int, context: int) -> int:
    first = k.site_test_first[site]
    for row in range(first, first + k.site_test_nr[site]):
        if k.test_refuse[row] == TEST_ISOLATION_FAILS and k.test_unless[row] & context == 0:
            return 1
    return 0


@core
def _refusals_differ(k: Rules, site: int, context: int, row: int, rival: int) -> int:
    """Do two kernels part here?  Which test refuses matters too: some hold a reference by then."""
    if row == 0 and rival == 0:
        return 1 if _isolates(k, site, context) != _isolates(k, NR_SITES + site, context) else 0
    if row == 0 or rival == 0:
        return 1
    gives = k.test_gives[row - 1] != k.test_gives[rival - 1]
    put = k.test_put[row - 1] != k.test_put[rival - 1]
    return 1 if gives or put or k.test_refuse[row - 1] != k.test_refuse[rival - 1] else 0


@core
def put_refused_page(m: State, k: Rules, page: int, row: int) -> int:
    """Drop a reference to a page that test row `row` (plus 1) refused, if the record says so."""
    return put_page(m, k, page) if k.test_put[row - 1] else 0


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
