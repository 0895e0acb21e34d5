# SPDX-License-Identifier: GPL-2.0-or-later
"""States that differ in nothing a program can tell, made one: what a search does behind an action.

The per-CPU batches are drained and the deltas of tasks folded into their mms, as the kernel may do
at any moment; how far a table of rows was ever used is forgotten; then the pages of each memory
range are put in the order in which entries, caches and holders name them.  Which of several free
pages an allocation takes is thereby no difference: sound where nothing depends on a pfn's value,
and so only pages are moved that no file or driver has at a fixed place: those of nodes, of private
and of coherent memory.  Not between the phases of a migration, whose words name pages too.
"""

from linuxmm.arch.x86.pgtable import (
    PTE_PFN_MASK,
    SWP_OFFSET_BITS,
    SWP_OFFSET_SHIFT,
    pfn_pte,
    pte_none,
    pte_pfn,
    pte_present,
    swp_offset,
)
from linuxmm.core import core
from linuxmm.mm.memory.nonpresent import is_pfn_swap_pte, pfn_swap_entry_pfn
from linuxmm.mm.memory.rss import sync_mm_rss
from linuxmm.mm.page import page_to_pfn, pfn_to_page
from linuxmm.mm.pgtable import deposited_pte, end_of_tables, walk_to_pmd
from linuxmm.mm.stack import pop, push
from linuxmm.mm.swap import lru_add_drain_all
from linuxmm.state.constants import (
    GATE_SLOT,
    GATE_VMA,
    NO_PAGE,
    PG_ALLOCATED,
    RANGE_COHERENT,
    RANGE_PRIVATE,
    RANGE_RAM,
    SET_GATE_PAGE,
    SET_ZERO_PAGE,
)
from linuxmm.state.layout import (
    MIGRATE_PHASE,
    SIZE_A,
    SIZE_C,
    SIZE_H,
    SIZE_I,
    SIZE_M,
    SIZE_P,
    SIZE_Q,
    SIZE_R,
    SIZE_S,
    SIZE_T,
    SIZE_V,
    State,
)
from linuxmm.state.rules import Rules


@core
def settle(m: State, k: Rules) -> int:
    """Drain, fold, forget, and put the pages in order."""
    lru_add_drain_all(m, k)
    for task in range(1, m.used[SIZE_C]):
        if m.task_mm[task]:
            sync_mm_rss(m, task)
    for mm in range(1, m.used[SIZE_M]):
        m.mm_hiwater_rss[mm] = 0
    _forget_rows(m)
    if m.migrate[MIGRATE_PHASE] == 0:
        for page in range(1, m.size[SIZE_P]):
            if m.page_flags[page] & PG_ALLOCATED == 0 and _moves(m, m.page_range[page]):
                m.page_tag[page] = 0
        _order_pages(m, k)
    return 0


@core
def _forget_rows(m: State) -> int:
    """Tables end behind their last row in use: a free row is as one that never was."""
    while m.used[SIZE_C] > 1 and m.task_mm[m.used[SIZE_C] - 1] == 0:
        m.used[SIZE_C] = m.used[SIZE_C] - 1
    while m.used[SIZE_M] > 1 and _is_free_mm(m, m.used[SIZE_M] - 1):
        m.used[SIZE_M] = m.used[SIZE_M] - 1
    while m.used[SIZE_A] > 1 and m.anon_users[m.used[SIZE_A] - 1] == 0:
        m.used[SIZE_A] = m.used[SIZE_A] - 1
    while m.used[SIZE_H] > 1 and m.held_page[m.used[SIZE_H] - 1] == NO_PAGE:
        m.used[SIZE_H] = m.used[SIZE_H] - 1
    gate = m.setting[SET_GATE_PAGE]
    first = GATE_VMA + 1 if gate else 1
    while m.used[SIZE_V] > first and m.vma_mm[m.used[SIZE_V] - 1] == 0:
        m.used[SIZE_V] = m.used[SIZE_V] - 1
    end = GATE_SLOT + 1 if gate else 1
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_mm[vma]:
            end = max(end, end_of_tables(m, vma))
    m.used[SIZE_T] = end
    return 0


@core
def _is_free_mm(m: State, mm: int) -> int:
    """A row that mm_alloc may take, as empty as one that nobody had."""
    return 1 if m.mm_users[mm] == 0 and m.mm_flags[mm] == 0 else 0


@core
def _order_pages(m: State, k: Rules) -> int:
    """Each page that is named first goes to the first place that is left in its range."""
    places = push(m, m.size[SIZE_R])
    for r in range(1, m.used[SIZE_R]):
        m.stack[places + r] = m.range_row[r]
        if _moves(m, r):
            m.range_hint[r] = m.range_row[r]
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_mm[vma]:
            for addr in range(m.vma_start[vma], m.vma_end[vma], 4096):
                _place(m, k, places, _page_of(m, k, m.pte[_slot(m, vma, addr)]))
    for i in range(m.size[SIZE_I]):
        _place(m, k, places, m.cache_page[i])
    for i in range(m.used[SIZE_S]):
        _place(m, k, places, m.swap_page[i])
    for i in range(m.used[SIZE_Q]):
        _place(m, k, places, m.stable_page[i])
    for i in range(m.used[SIZE_H]):
        _place(m, k, places, m.held_page[i])
    return pop(m, places)


@core
def _moves(m: State, r: int) -> int:
    """Are the pages of this range alike, wherever they lie?"""
    kind = m.range_type[r]
    return 1 if kind == RANGE_RAM or kind == RANGE_PRIVATE or kind == RANGE_COHERENT else 0


@core
def _slot(m: State, vma: int, addr: int) -> int:
    return deposited_pte(walk_to_pmd(m, vma, addr), addr)


@core
def _page_of(m: State, k: Rules, pte: int) -> int:
    """The page that an entry names, whatever it is; NO_PAGE where it names none."""
    if pte_none(pte):
        return NO_PAGE
    if pte_present(pte):
        return pfn_to_page(m, pte_pfn(pte))
    return pfn_to_page(m, pfn_swap_entry_pfn(k, pte)) if is_pfn_swap_pte(k, pte) else NO_PAGE


@core
def _place(m: State, k: Rules, places: int, page: int) -> int:
    """Put a page that may move to the next place of its range, unless it has one."""
    if page == NO_PAGE:
        return 0  # in no range: what the stack has there is nobody's
    r = m.page_range[page]
    place = m.stack[places + r]
    if page < place or _is_the_kernels(m, page) or _moves(m, r) == 0:
        return 0
    while _is_the_kernels(m, place):
        place += 1
    m.stack[places + r] = place + 1
    if page != place:
        _swap_pages(m, k, page, place)
    return 0


@core
def _is_the_kernels(m: State, page: int) -> int:
    """A page that the kernel has at a fixed place: the zero page, the gate page."""
    if page == NO_PAGE:
        return 0
    return 1 if page == m.setting[SET_ZERO_PAGE] or page == m.setting[SET_GATE_PAGE] else 0


@core
def _swap_pages(m: State, k: Rules, one: int, two: int) -> int:
    """Two pages of a range change their rows; whatever names one names the other's row then."""
    _swap_rows(m, one, two)
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_mm[vma]:
            for addr in range(m.vma_start[vma], m.vma_end[vma], 4096):
                slot = _slot(m, vma, addr)
                page = _page_of(m, k, m.pte[slot])
                if page == one or page == two:
                    m.pte[slot] = _renamed(m, k, m.pte[slot], one + two - page)
    for i in range(m.size[SIZE_I]):
        m.cache_page[i] = _other(m.cache_page[i], one, two)
    for i in range(m.used[SIZE_S]):
        m.swap_page[i] = _other(m.swap_page[i], one, two)
    for i in range(m.used[SIZE_Q]):
        m.stable_page[i] = _other(m.stable_page[i], one, two)
    for i in range(m.used[SIZE_H]):
        m.held_page[i] = _other(m.held_page[i], one, two)
    return 0


@core
def _other(page: int, one: int, two: int) -> int:
    """What names one of two pages, once they have changed rows."""
    return one + two - page if page == one or page == two else page


@core
def _renamed(m: State, k: Rules, pte: int, page: int) -> int:
    """The entry with another page in it, its bits as they are."""
    if pte_present(pte):
        return pfn_pte(page_to_pfn(m, page), pte & ~PTE_PFN_MASK)
    offset = swp_offset(pte) + page_to_pfn(m, page) - pfn_swap_entry_pfn(k, pte)
    others = pte & ~(SWP_OFFSET_BITS << SWP_OFFSET_SHIFT)
    return others | (~offset & SWP_OFFSET_BITS) << SWP_OFFSET_SHIFT


@core
def _swap_rows(m: State, one: int, two: int) -> int:
    """The columns of struct page, but for the range that both lie in."""
    flags, mapping, index = m.page_flags[one], m.page_mapping[one], m.page_index[one]
    tag, private, refcount = m.page_tag[one], m.page_private[one], m.page_refcount[one]
    mapcount, locked, where = m.page_mapcount[one], m.page_mlock_count[one], m.page_list[one]
    m.page_flags[one] = m.page_flags[two]
    m.page_mapping[one] = m.page_mapping[two]
    m.page_index[one] = m.page_index[two]
    m.page_tag[one] = m.page_tag[two]
    m.page_private[one] = m.page_private[two]
    m.page_refcount[one] = m.page_refcount[two]
    m.page_mapcount[one] = m.page_mapcount[two]
    m.page_mlock_count[one] = m.page_mlock_count[two]
    m.page_list[one] = m.page_list[two]
    m.page_flags[two] = flags
    m.page_mapping[two] = mapping
    m.page_index[two] = index
    m.page_tag[two] = tag
    m.page_private[two] = private
    m.page_refcount[two] = refcount
    m.page_mapcount[two] = mapcount
    m.page_mlock_count[two] = locked
    m.page_list[two] = where
    return 0
