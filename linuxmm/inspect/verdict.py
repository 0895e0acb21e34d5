# SPDX-License-Identifier: GPL-2.0-or-later
"""What each part of the kernel may do with a page: yes, no or not now, and the rule that says so.

Every answer is the model's: its functions on VMA flags, its lookups and the test rows of the
kernel's site records, asked of a stand-in (`standin.py`).  What is written here is the order in
which a system asks them, and words for people.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from linuxmm.arch.x86.pgtable import pte_pfn, pte_present
from linuxmm.inspect import kind as kinds
from linuxmm.inspect.lazyfree import UNSEEN, WRITTEN
from linuxmm.inspect.standin import SLOT, VMA, Facts, StandIn
from linuxmm.kernels.record import LookupBody
from linuxmm.mm.compound import page_compound
from linuxmm.mm.gup.follow import follow_page_mask, site_follow_page
from linuxmm.mm.gup.pages import check_vma_flags
from linuxmm.mm.gup.populate import populate_vma_page_range
from linuxmm.mm.huge_memory.vma import hugepage_vma_check
from linuxmm.mm.ksm.madvise import ksm_madvise_mergeable
from linuxmm.mm.memory.lookup import choose_lookup, lookup_facts, match_rows, run_lookup
from linuxmm.mm.migrate.move_pages import vma_migratable
from linuxmm.mm.mlock.syscalls import mlock_fixup
from linuxmm.mm.numa import vma_scanned
from linuxmm.mm.page import is_zone_device_page, page_anon, page_flag, pfn_to_page
from linuxmm.mm.page_tests import test_refuses
from linuxmm.mm.sites import behaviour, predicate, site_page
from linuxmm.mm.vmscan.fate import FREED
from linuxmm.mm.vmscan.isolate import isolate_lru_page
from linuxmm.mm.vmscan.reclaim import shrink_page
from linuxmm.state.behaviours import B_KSM_SCANNER, B_LONGTERM_MIGRATES_COHERENT, B_MLOCK_SCHEME
from linuxmm.state.constants import (
    ERRNO_NAMES,
    NO_PAGE,
    PG_DIRTY,
    PG_LOCKED,
    PG_MLOCKED,
    PG_UNEVICTABLE,
    PG_WRITEBACK,
    SET_SWAP_SLOTS,
    TRAP_NONE,
    VM_LOCKED,
    VM_MERGEABLE,
)
from linuxmm.state.flags import FOLL_LONGTERM, FOLL_PIN
from linuxmm.state.layout import PSWPOUT, TRAP_CODE
from linuxmm.state.sites import (
    SITE_ADD_PAGE_FOR_MIGRATION,
    SITE_CAN_GATHER_NUMA_STATS,
    SITE_CHANGE_PTE_RANGE,
    SITE_COLLAPSE_HUGE_PAGE_ISOLATE,
    SITE_DO_NUMA_PAGE,
    SITE_FOLLOW_PAGE_PTE,
    SITE_MLOCK_PTE_RANGE,
    SITE_SCAN_GET_NEXT_RMAP_ITEM,
    SITE_SMAPS_PTE_ENTRY,
    SITES,
)
from linuxmm.state.vocabulary import (
    LOOKUP_FOLIO_WALK,
    LOOKUP_FOLLOW_PAGE,
    LOOKUPS,
    PREDICATE_LONGTERM_PINNABLE,
    RESULT_PAGE,
    TEST_COMPOUND,
    TEST_ISOLATION_FAILS,
    TEST_NOT_LRU,
    TESTS,
)
from linuxmm.uapi import PAGE_SIZE

YES: Final = "yes"
NO: Final = "no"
NOT_NOW: Final = "not now"
UNKNOWN: Final = "not known"
WORDS: Final = (YES, NO, NOT_NOW, UNKNOWN)
DROPPED: Final = "dropped when not used lately, without I/O"
SWAPPED_OUT: Final = "written to swap when not used lately"
PINS: Final = "unless it is pinned, as pages of this process are"
OTHER_NODE: Final = 1  # the stand-in's page is on node 0

# a page may pass these another time; the other tests ask what it is
_PASSING: Final = (
    *("not_lru", "isolation_fails", "locked", "extra_references", "cow_shared", "dirty_file"),
    *("mapcount_above_1", "mapcount_not_1", "too_many_shared", "node_is_target", "far_node"),
    *("dirty_and_shared", "exclusive_pinned", "likely_mapped_shared", "maybe_mapped_shared"),
    *("cow_pinned_or_shared", "cow_pinned_or_maybe_shared", "cow_maybe_shared", "dma_pinned"),
)


@dataclass(frozen=True)
class Answer:
    """A verdict, the rule in words, and the kernel function that it stands in.

    `chain`: everything that was asked on the way, in order; answers are equal without it.
    """

    word: str
    rule: str
    where: str
    chain: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return f"{self.word}: {self.rule} ({self.where})"

    def plain(self) -> dict[str, str]:
        """The verdict without its chain, as it is for every page with equal answers."""
        return {"word": self.word, "rule": self.rule, "where": self.where}


@dataclass(frozen=True)
class Verdicts:
    """Everything said about one kind of page: `normal` and `lru` are lookups, then per system."""

    normal: bool
    lru: bool
    in_smaps: bool
    in_numa_maps: bool
    lookup: str  # the row of vm_normal_page that decided
    rows: tuple[str, ...]  # the rows before it, which did not hold
    answers: dict[str, Answer]


# --- lookups and sites ----------------------------------------------------------------------------
def lookup_row(s: StandIn, name: str) -> tuple[str, bool]:
    """Which row of a lookup body decides on the stand-in's entry, and does it give a page?"""
    facts = lookup_facts(s.m, VMA, s.addr, s.m.pte[SLOT])
    which = LOOKUPS.index(name)
    found = run_lookup(s.k, which, facts) == RESULT_PAGE
    body = next((b for b in s.model.kernel.lookups if b.name == name), None)
    return (_deciding_row(s, body, which, facts) if body else name), found


def rows_before(s: StandIn, name: str) -> tuple[str, ...]:
    """The rows of a lookup body that were tried and did not hold, before the one that decides."""
    body = next((b for b in s.model.kernel.lookups if b.name == name), None)
    if not body:
        return ()
    decided, _ = lookup_row(s, name)
    which = LOOKUPS.index(name)
    inner = s.k.body_of[which]
    before = rows_before(s, LOOKUPS[inner]) if inner else ()
    texts = [row.text for row in (*body.rows, *body.then)]
    return (*before, *texts[: texts.index(decided)]) if decided in texts else before


def _deciding_row(s: StandIn, body: LookupBody, which: int, facts: int) -> str:
    """The text of the first row that holds, found row by row with the model's own matcher."""
    if s.k.body_of[which]:
        inner = s.k.body_of[which]
        text, found = lookup_row(s, LOOKUPS[inner])
        if not found:
            return text
    first, rows = s.k.body_first[which], (*body.rows, *body.then)
    for i in range(s.k.body_nr[which]):
        if match_rows(s.k, first + i, 1, facts) >= 0:
            return rows[i].text if i < len(rows) else ""
    return ""


def ask_site(s: StandIn, site: int, context: int = 0, target: int = 0) -> Answer:
    """Does the site take the page: its lookup, then its tests in their order."""
    s.again()
    where = SITES[site]
    lookup = choose_lookup(s.k, site, 0)
    if lookup == LOOKUP_FOLIO_WALK:
        page, name = site_follow_page(s.m, s.k, site, VMA, s.addr), "normal"
    elif lookup == LOOKUP_FOLLOW_PAGE:
        page = site_follow_page(s.m, s.k, site, VMA, s.addr)
        name = LOOKUPS[choose_lookup(s.k, SITE_FOLLOW_PAGE_PTE, s.k.site_flags[site])]
    else:
        page, name = site_page(s.m, s.k, site, VMA, s.addr, s.m.pte[SLOT]), LOOKUPS[lookup]
    row = lookup_row(s, name)[0] if name in ("normal", "any", "lru") else ""
    s.trace.append(f"{where}: lookup {name}: {row or ('a page' if page > 0 else 'no page')}")
    if page <= 0:
        because = f"lookup {name}: {row}" if row else f"lookup {name} gives no page"
        return Answer(NO, because + (f" = -{ERRNO_NAMES[-page]}" if page < 0 else ""), where)
    return _ask_tests(s, site, page, context, target)


def _ask_tests(s: StandIn, site: int, page: int, context: int, target: int) -> Answer:
    """The first test row that refuses the page; rows that the model cannot decide are named."""
    unsure = []
    first = s.k.site_test_first[site]
    for row in range(first, first + s.k.site_test_nr[site]):
        if s.k.test_unless[row] & context:
            continue
        test = s.k.test_refuse[row]
        refuses = test_refuses(s.m, test, page, VMA, target)
        not_known = s.m.scratch[TRAP_CODE] != TRAP_NONE
        said = "not known" if not_known else "refuses it" if refuses else "lets it pass"
        s.trace.append(f"test {TESTS[test]} {said}")
        if not_known:
            s.m.scratch[TRAP_CODE] = TRAP_NONE
            unsure.append(TESTS[test])
        elif refuses:
            return Answer(_word_of(s, test, page), f"test {TESTS[test]}", SITES[site])
    rule = "passes its tests" if s.k.site_test_nr[site] else "takes what its lookup gives"
    return Answer(YES, rule + (f", unless {', '.join(unsure)}" if unsure else ""), SITES[site])


def _word_of(s: StandIn, test: int, page: int) -> str:
    """No for what the page is, not now for what may pass."""
    if test in (TEST_NOT_LRU, TEST_ISOLATION_FAILS) and never_on_lru(s, page):
        return NO
    if test == TEST_COMPOUND:
        return UNKNOWN  # a PMD map goes another way, which pagemap does not tell
    return NOT_NOW if TESTS[test] in _PASSING else NO


def never_on_lru(s: StandIn, page: int) -> bool:
    """A device page, or a page of a driver or the kernel: page->mapping is not set."""
    return bool(is_zone_device_page(s.m, page)) or s.m.page_mapping[page] == 0


# --- one system each ------------------------------------------------------------------------------
def _asked(s: StandIn, what: str, passes: int) -> bool:
    """Note a question about the VMA or the page; its answer."""
    s.trace.append(f"{what} {'lets it pass' if passes else 'refuses it'}")
    return bool(passes)


def _follow_lookup(s: StandIn) -> str:
    """The lookup of follow_page_pte for a long-term pin."""
    return LOOKUPS[choose_lookup(s.k, SITE_FOLLOW_PAGE_PTE, FOLL_PIN | FOLL_LONGTERM)]


def reclaim(s: StandIn, facts: Facts) -> Answer:
    """Could kswapd or MADV_PAGEOUT free it: from its LRU list through shrink_page_list."""
    m, page = s.m, s.page
    if page == NO_PAGE:
        return Answer(NO, "no struct page", "mm/memory.c:vm_normal_page")
    if facts.kind == kinds.HUGETLB:
        return Answer(NO, "hugetlb pages go on no LRU list", "mm/hugetlb.c:alloc_huge_page")
    if facts.kind == kinds.SECRET:
        rule = "memfd_secret: its mapping is unevictable"
        return Answer(NO, rule, "mm/vmscan.c:folio_evictable")
    if facts.lazy == UNSEEN:
        rule = "MADV_FREE marked it; whether it was written since is not seen"
        return Answer(UNKNOWN, rule, "mm/rmap.c:try_to_unmap_one")
    evictable = not (page_flag(m, page, PG_UNEVICTABLE) or page_flag(m, page, PG_MLOCKED))
    if not _asked(s, "folio_evictable", evictable):
        return Answer(NOT_NOW, "mlocked: on the unevictable list", "mm/vmscan.c:folio_evictable")
    references = m.page_refcount[page] - m.page_mapcount[page]
    m.page_mapcount[page], m.page_refcount[page] = 1, 1 + references  # as if this map were all
    if not _asked(s, "isolate_lru_page", isolate_lru_page(m, s.k, page) >= 0):
        word = NO if never_on_lru(s, page) else NOT_NOW
        return Answer(word, "on no LRU list", "mm/vmscan.c:isolate_lru_page")
    if page_compound(m, page) and page_anon(m, page) and not m.setting[SET_SWAP_SLOTS]:
        return Answer(NOT_NOW, "no swap", "mm/swap_state.c:add_to_swap")
    written = m.vmstat[PSWPOUT]
    fate = shrink_page(m, s.k, page)
    s.trace.append(f"shrink_page_list {'frees it' if fate == FREED else 'keeps it'}")
    if m.scratch[TRAP_CODE] != TRAP_NONE:
        return Answer(UNKNOWN, "not modelled", "mm/vmscan.c:shrink_page_list")
    where = "mm/vmscan.c:shrink_page_list"
    if fate != FREED:
        return _kept(s, facts, where)
    return Answer(YES, SWAPPED_OUT if m.vmstat[PSWPOUT] != written else DROPPED, where)


def _kept(s: StandIn, facts: Facts, where: str) -> Answer:
    """Why reclaim kept the page."""
    if facts.flags & PG_LOCKED:
        return Answer(NOT_NOW, "locked at this moment", where)
    if facts.flags & PG_WRITEBACK:
        return Answer(NOT_NOW, "being written", where)
    if facts.lazy == WRITTEN:
        rule = "written since MADV_FREE: the mark is taken off first"
        return Answer(NOT_NOW, rule, "mm/rmap.c:try_to_unmap_one")
    if facts.vm_flags & VM_LOCKED:
        return Answer(NOT_NOW, "a VM_LOCKED VMA maps it", "mm/rmap.c:page_referenced_one")
    if (page_anon(s.m, s.page) or facts.kind == kinds.SHMEM) and not s.m.setting[SET_SWAP_SLOTS]:
        return Answer(NOT_NOW, "no swap", "mm/swap_state.c:add_to_swap")
    if facts.flags & PG_DIRTY:
        return Answer(NOT_NOW, "dirty: has to be written first", "mm/vmscan.c:pageout")
    return Answer(NOT_NOW, "kept: in use, or its lazy free must wait", where)


def numa_balancing(s: StandIn, facts: Facts) -> Answer:
    """Would the scanner of NUMA balancing hint it, and the fault move it?"""
    if not _asked(s, "vma_scanned", vma_scanned(s.m, VMA)):
        return Answer(NO, "the scanner passes this VMA over", "kernel/sched/fair.c:task_numa_work")
    if facts.kind == kinds.HUGETLB:
        return Answer(UNKNOWN, "hugetlb is not modelled", "kernel/sched/fair.c:task_numa_work")
    if facts.kind == kinds.SECRET:
        rule = "memfd_secret: migrating it gives -EBUSY"
        return Answer(NO, rule, "mm/secretmem.c:secretmem_migrate_folio")
    hinted = ask_site(s, SITE_CHANGE_PTE_RANGE, 0, OTHER_NODE)
    return hinted if hinted.word != YES else ask_site(s, SITE_DO_NUMA_PAGE)


def move_pages(s: StandIn, facts: Facts) -> Answer:
    """move_pages(2) of this page to another node, with MPOL_MF_MOVE."""
    if not _asked(s, "vma_migratable", vma_migratable(s.m, VMA)):
        return Answer(NO, "vma_migratable refuses the VMA", "mm/migrate.c:add_page_for_migration")
    if facts.kind == kinds.HUGETLB:
        where = "mm/migrate.c:add_page_for_migration"
        return Answer(UNKNOWN, "hugetlb is not modelled", where)
    if facts.kind == kinds.SECRET:
        rule = "-ENOENT: of memfd_secret it gives no page"
        return Answer(NO, rule, "mm/gup.c:follow_page")
    return ask_site(s, SITE_ADD_PAGE_FOR_MIGRATION, 0, OTHER_NODE)


def ksm(s: StandIn, facts: Facts) -> Answer:
    """Would ksmd look at it, so that an equal page could be merged?"""
    flags = facts.vm_flags
    if flags & VM_MERGEABLE == 0:
        able = ksm_madvise_mergeable(s.m, s.k, VMA) & VM_MERGEABLE
        if not _asked(s, "MADV_MERGEABLE", able):
            return Answer(NO, "the VMA can never be mergeable", "mm/ksm.c:ksm_madvise")
        s.again()
    scanned = ask_site(s, SITE_SCAN_GET_NEXT_RMAP_ITEM)
    if (
        scanned.word == YES
        and behaviour(s.m, s.k, B_KSM_SCANNER) == 0
        and not page_anon(s.m, s.page)
    ):
        return Answer(NO, "test not_anon", scanned.where)
    if scanned.word == YES and flags & VM_MERGEABLE == 0:
        return Answer(NOT_NOW, "MADV_MERGEABLE was not given", "mm/ksm.c:ksm_madvise")
    return scanned


def collapse(s: StandIn, facts: Facts) -> Answer:
    """Could khugepaged or MADV_COLLAPSE copy it into a huge page?"""
    if facts.kind == kinds.THP:
        where = "mm/khugepaged.c:hpage_collapse_scan_pmd"
        return Answer(NOT_NOW, "it is part of a large folio already", where)
    if not _asked(s, "hugepage_vma_check", hugepage_vma_check(s.m, VMA, s.m.vma_flags[VMA], 0)):
        rule = "the VMA cannot hold a huge page"
        return Answer(NO, rule, "mm/huge_memory.c:hugepage_vma_check")
    if facts.kind in (kinds.FILE_KIND, kinds.SHMEM):
        return Answer(UNKNOWN, "collapse_file is not modelled", "mm/khugepaged.c:collapse_file")
    return ask_site(s, SITE_COLLAPSE_HUGE_PAGE_ISOLATE)


def pin_longterm(s: StandIn, facts: Facts) -> Answer:
    """pin_user_pages(FOLL_LONGTERM) for reading: io_uring buffers, RDMA, VFIO."""
    error = check_vma_flags(s.m, s.k, VMA, FOLL_PIN | FOLL_LONGTERM)
    _asked(s, "check_vma_flags", not error)
    if error:
        rule = f"the VMA gives -{ERRNO_NAMES[-error]}"
        return Answer(NO, rule, "mm/gup.c:check_vma_flags")
    if facts.kind == kinds.SECRET:
        return Answer(NO, "memfd_secret: the VMA gives -EFAULT", "mm/gup.c:check_vma_flags")
    where = SITES[SITE_FOLLOW_PAGE_PTE]
    if facts.kind == kinds.HUGETLB:
        return Answer(UNKNOWN, "hugetlb is not modelled", "mm/hugetlb.c:follow_hugetlb_page")
    flags = FOLL_PIN | FOLL_LONGTERM
    page = follow_page_mask(s.m, s.k, VMA, s.addr, flags)
    if page < 0 and ERRNO_NAMES[-page] == "EMLINK":
        return Answer(YES, "after a copy of its own (shared anonymous page)", where)
    if page <= 0:
        rule = f"-{ERRNO_NAMES[-page]}" if page else "a fault comes first"
        return Answer(NO if page else NOT_NOW, f"{rule}: {lookup_row(s, 'normal')[0]}", where)
    s.trace.append(f"{where}: lookup {lookup_row(s, _follow_lookup(s))[0]}")
    if _asked(s, "longterm_pinnable", predicate(s.m, s.k, PREDICATE_LONGTERM_PINNABLE, page)):
        return Answer(YES, "longterm_pinnable", "mm/gup.c:check_and_migrate_movable_pages")
    moves = behaviour(s.m, s.k, B_LONGTERM_MIGRATES_COHERENT)
    rule = "not longterm_pinnable: moves to system RAM first" if moves else "not longterm_pinnable"
    where = "mm/gup.c:check_and_migrate_movable_pages"
    return Answer(NOT_NOW if moves else NO, rule, where)


def mlock(s: StandIn, facts: Facts) -> Answer:
    """Would mlock(2) mark the page, so that reclaim leaves it alone?"""
    if facts.kind == kinds.SECRET:
        return Answer(NO, "mlock passes memfd_secret over", "mm/mlock.c:mlock_fixup")
    s.put(replace(facts, vm_flags=facts.vm_flags & ~VM_LOCKED, nr_pages=1))
    end = s.addr + PAGE_SIZE
    mlock_fixup(s.m, s.k, VMA, s.addr, end, s.m.vma_flags[VMA] | VM_LOCKED)
    if not _asked(s, "mlock_fixup", s.m.vma_flags[VMA] & VM_LOCKED):
        return Answer(NO, "mlock passes this VMA over", "mm/mlock.c:mlock_fixup")
    if s.page == NO_PAGE:
        return Answer(NO, "no struct page", "mm/mlock.c:mlock_pte_range")
    populate_vma_page_range(s.m, s.k, VMA, s.addr, end)
    scheme = behaviour(s.m, s.k, B_MLOCK_SCHEME)
    site = SITE_MLOCK_PTE_RANGE if scheme else SITE_FOLLOW_PAGE_PTE
    if s.m.scratch[TRAP_CODE] != TRAP_NONE:
        return Answer(UNKNOWN, "not modelled", SITES[site])
    s.trace.append("populate_vma_page_range")
    now = pfn_to_page(s.m, pte_pfn(s.m.pte[SLOT])) if pte_present(s.m.pte[SLOT]) else NO_PAGE
    if now != NO_PAGE and page_flag(s.m, now, PG_MLOCKED):
        own = "marked PG_mlocked" if now == s.page else "a copy of its own is marked PG_mlocked"
        return Answer(YES, own, SITES[site])
    if scheme:
        refused = ask_site(s, site)
        return refused if refused.word != YES else Answer(NOT_NOW, "not marked", refused.where)
    return Answer(NO, "mlock finds the page but does not mark it", SITES[site])


SYSTEMS: Final[dict[str, tuple[str, Callable[[StandIn, Facts], Answer]]]] = {
    "reclaim": ("can be reclaimed", reclaim),
    "numa": ("migrated by NUMA balancing", numa_balancing),
    "move_pages": ("moved by move_pages", move_pages),
    "ksm": ("merged by KSM", ksm),
    "collapse": ("collapsed into a huge page", collapse),
    "pin": ("pinned long-term", pin_longterm),
    "mlock": ("would be marked by mlock(2)", mlock),
}
# what a reference too many stops, and where
_STOPPED_BY_PINS: Final = {
    "reclaim": "mm/vmscan.c:shrink_folio_list",
    "numa": "mm/migrate.c:folio_migrate_mapping",
    "move_pages": "mm/migrate.c:folio_migrate_mapping",
    "ksm": "mm/ksm.c:write_protect_page",
    "collapse": "mm/khugepaged.c:is_refcount_suitable",
}


class Judge:
    """The answers of one kernel, each asked once."""

    def __init__(self, kernel: str) -> None:
        self.standin = StandIn(kernel)
        self.kernel = self.standin.model.kernel.name
        self.known: dict[Facts, Verdicts] = {}

    def encodes(self, uname: str) -> bool:
        """Are these the rules of the kernel with this uname?"""
        return self.standin.model.kernel.encodes(uname)

    def __call__(self, facts: Facts) -> Verdicts:
        found = self.known.get(facts)
        if found is None:
            found = self.known[facts] = self._ask(facts)
        return found

    def _ask(self, facts: Facts) -> Verdicts:
        s = self.standin
        s.put(facts)
        name = "normal" if has_body(s, "normal") else "any"
        (row, normal), before = lookup_row(s, name), rows_before(s, name)
        # all that vm_normal_lru_page asks; a hugetlb page goes on no LRU list all the same
        lru = normal and not is_zone_device_page(s.m, s.page) and facts.kind != kinds.HUGETLB
        smaps = ask_site(s, SITE_SMAPS_PTE_ENTRY).word == YES
        numa = ask_site(s, SITE_CAN_GATHER_NUMA_STATS).word == YES
        answers = {}
        for name, (_, ask) in SYSTEMS.items():
            s.put(facts)
            found = ask(s, facts)
            if facts.pinned and found.word == YES and name in _STOPPED_BY_PINS:
                s.trace.append("pages of this process are pinned: which of them is not seen")
                found = Answer(UNKNOWN, f"{found.rule}; {PINS}", _STOPPED_BY_PINS[name])
            answers[name] = replace(found, chain=tuple(s.trace))
        return Verdicts(normal, lru, smaps, numa, row, before, answers)


def has_body(s: StandIn, name: str) -> bool:
    """Does the kernel have this lookup?"""
    return any(body.name == name for body in s.model.kernel.lookups)
