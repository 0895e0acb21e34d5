# SPDX-License-Identifier: GPL-2.0-or-later
"""migrate_vma: pages to and from device memory, in three phases.  Source: mm/migrate_device.c.

The source and target words stand in m.migrate_src and m.migrate_dst, from row `base` on: page
row << 6 and the kernel's own bits.  A call in phases (m.migrate) keeps its rows; one that runs
meanwhile (a fault, a long-term pin) uses the rows behind them.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_DIRTY,
    PAGE_RW,
    pte_mkdirty,
    pte_none,
    pte_pfn,
    pte_present,
    pte_write,
)
from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_SIZE, compound_head, page_compound
from linuxmm.mm.huge_memory.split_page import split_huge_page
from linuxmm.mm.huge_memory.split_pmd import is_huge_zero_pmd, split_huge_pmd
from linuxmm.mm.memcontrol.charge import mem_cgroup_charge
from linuxmm.mm.memory.nonpresent import (
    is_device_private_pte,
    is_writable_device_private_pte,
    make_device_private_entry,
    pfn_swap_entry_pfn,
)
from linuxmm.mm.memory.rss import add_mm_counter
from linuxmm.mm.memory.wp import mk_pte
from linuxmm.mm.mempolicy.alloc import alloc_page_task
from linuxmm.mm.migrate.folio import MAPPING_NO_CACHE, forget_old_page, migrate_folio, page_cache_of
from linuxmm.mm.page import (
    clear_page_flag,
    get_page,
    is_migratable_device_page,
    is_zero_pfn,
    is_zone_device_page,
    not_modelled,
    page_anon,
    page_flag,
    page_pgmap_type,
    page_to_pfn,
    pfn_to_page,
    put_page,
    set_page_flag,
    trap,
)
from linuxmm.mm.pagewalk import WALK_PRIVATE, WALK_VMA, page_walk
from linuxmm.mm.pgtable import pmd_trans_huge, pmd_val, pte_alloc, pte_offset_map, walk_to_pmd
from linuxmm.mm.rmap import anon_vma_prepare, page_add_new_anon_rmap, page_remove_rmap
from linuxmm.mm.rmap_migrate import migration_entry_of, remove_migration_ptes, try_to_migrate
from linuxmm.mm.sites import behaviour, refused_by, refusing_row, site_page
from linuxmm.mm.stack import NULL
from linuxmm.mm.swap import (
    lru_add_drain,
    lru_add_drain_all,
    lru_cache_add,
    lru_cache_add_inactive_or_unevictable,
    set_page_dirty,
)
from linuxmm.mm.swapfile import try_to_free_swap
from linuxmm.mm.vma import vma_is_anonymous
from linuxmm.mm.vmscan.isolate import isolate_lru_page, putback_lru_page
from linuxmm.state.behaviours import (
    B_COLLECT_DIRTIES,
    B_DEVICE_THP,
    B_MIGRATE_VMA_FINALIZE,
    B_MIGRATE_VMA_FREES_SWAP,
    B_MIGRATION_ENTRY_YOUNG_DIRTY,
)
from linuxmm.state.constants import (
    EBUSY,
    EINVAL,
    ENOROW,
    LIST_NONE,
    MM_ANONPAGES,
    NO_PAGE,
    NO_VMA,
    OPS_DEVDAX,
    OPS_FSDAX,
    PG_ANON_EXCLUSIVE,
    PG_HEAD,
    PG_LOCKED,
    PG_LRU,
    PG_PRIVATE,
    PG_UPTODATE,
    RANGE_PRIVATE,
    TRAP_NO_ROW,
    VM_HUGETLB,
    VM_SPECIAL,
    VM_UFFD_MISSING,
    VM_WRITE,
    WHY_DEVICE_THP,
)
from linuxmm.state.layout import MIGRATE_NPAGES, MIGRATE_PHASE, SIZE_D, State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_MIGRATE_VMA_COLLECT_PMD
from linuxmm.state.vocabulary import (
    CONTEXT_SELECT_DEVICE_COHERENT,
    CONTEXT_SELECT_SYSTEM,
    GIVES_STOP,
    TEST_EXCLUSIVE_PINNED,
    TEST_LOCKED,
)

MIGRATE_PFN_VALID: Final = 1
MIGRATE_PFN_MIGRATE: Final = 2
MIGRATE_PFN_WRITE: Final = 8
MIGRATE_PFN_SHIFT: Final = 6
# struct migrate_vma: m.stack[migrate + ...]
MIG_VMA: Final = 0
MIG_START: Final = 1
MIG_END: Final = 2
MIG_SRC: Final = 3  # the first row of its words in m.migrate_src and m.migrate_dst
MIG_NPAGES: Final = 4
MIG_CPAGES: Final = 5
MIG_FLAGS: Final = 6  # SELECT_*
MIG_PGMAP_OWNER: Final = 7  # the memory range of the calling device
NR_MIG: Final = 8
SELECT_SYSTEM: Final = 1
SELECT_DEVICE_PRIVATE: Final = 2
SELECT_DEVICE_COHERENT: Final = 4


# --- words ---
@core
def migrate_pfn_to_page(word: int) -> int:
    """The page of a source or target word; NO_PAGE when it names none."""
    return word >> MIGRATE_PFN_SHIFT if word & MIGRATE_PFN_VALID else NO_PAGE


@core
def migrate_pfn(page: int) -> int:
    """The word of a page."""
    return (page << MIGRATE_PFN_SHIFT) | MIGRATE_PFN_VALID


@core
def migrate_base(m: State) -> int:
    """The first free row: behind the rows of a call in phases."""
    return 1 + m.migrate[MIGRATE_NPAGES] if m.migrate[MIGRATE_PHASE] else 1


@core
def stop_migrating(m: State, i: int) -> int:
    """Take the MIGRATE bit from a source word."""
    m.migrate_src[i] = m.migrate_src[i] & ~MIGRATE_PFN_MIGRATE
    return 0


@core
def clear_migrate_rows(m: State, base: int, nr: int) -> int:
    """Forget the words of a finished call."""
    for i in range(base, base + nr):
        m.migrate_src[i] = 0
        m.migrate_dst[i] = 0
    return 0


# --- setup: collect ---
@core
def migrate_vma_setup(m: State, k: Rules, migrate: int) -> int:
    """Collect and unmap the pages of a range: 0 and how many migrate (cpages), or -EINVAL."""
    vma = m.stack[migrate + MIG_VMA]
    start, end = m.stack[migrate + MIG_START], m.stack[migrate + MIG_END]
    if vma == NO_VMA or m.vma_flags[vma] & (VM_HUGETLB | VM_SPECIAL):
        return -EINVAL
    if m.vma_ops[vma] in (OPS_FSDAX, OPS_DEVDAX) or start >= end:
        return -EINVAL
    if start < m.vma_start[vma] or end > m.vma_end[vma]:
        return -EINVAL
    nr_pages = (end - start) >> 12
    src = m.stack[migrate + MIG_SRC]
    if src + nr_pages > m.size[SIZE_D]:
        trap(m, TRAP_NO_ROW, SIZE_D * 256)
        return -ENOROW
    clear_migrate_rows(m, src, nr_pages)
    m.stack[migrate + MIG_NPAGES] = 0
    m.stack[migrate + MIG_CPAGES] = 0
    migrate_vma_walk(m, k, m.vma_mm[vma], start, end, migrate)
    if m.stack[migrate + MIG_CPAGES]:
        nr = migrate_device_unmap(m, k, src, m.stack[migrate + MIG_NPAGES])
        m.stack[migrate + MIG_CPAGES] = nr
    return 0


@core
def _collected(m: State, migrate: int, mpfn: int) -> int:
    """The source word of the next address."""
    npages = m.stack[migrate + MIG_NPAGES]
    m.migrate_src[m.stack[migrate + MIG_SRC] + npages] = mpfn
    m.stack[migrate + MIG_NPAGES] = npages + 1
    if mpfn:
        m.stack[migrate + MIG_CPAGES] = m.stack[migrate + MIG_CPAGES] + 1
    return 0


@core
def migrate_vma_collect_hole(m: State, k: Rules, addr: int, end: int, walk: int) -> int:
    """Where nothing is mapped: a page that comes into being on the other side, if anonymous."""
    mpfn = MIGRATE_PFN_MIGRATE if vma_is_anonymous(m, m.stack[walk + WALK_VMA]) else 0
    if mpfn and is_whole_leaf(addr, end) and behaviour(m, k, B_DEVICE_THP):
        return not_modelled(m, WHY_DEVICE_THP)
    while addr < end:
        _collected(m, m.stack[walk + WALK_PRIVATE], mpfn)
        addr += 4096
    return 0


@core
def _collect_skip(m: State, migrate: int, addr: int, end: int) -> int:
    """migrate_vma_collect_skip: none of these pages migrates."""
    while addr < end:
        _collected(m, migrate, 0)
        addr += 4096
    return 0


@core
def is_whole_leaf(addr: int, end: int) -> int:
    """Is [addr, end) what a leaf maps?"""
    return 1 if end - addr == HPAGE_PMD_SIZE and addr & HPAGE_PMD_SIZE - 1 == 0 else 0


@core
def _collect_leaf(m: State, k: Rules, vma: int, pmd: int, addr: int) -> int:
    """A leaf becomes a table, its page 512: 0, or not zero where it cannot be split.

    A page that is locked is left with the reference that was taken to split it.
    """
    word = pmd_val(m, pmd)
    if is_huge_zero_pmd(m, word):
        return split_huge_pmd(m, k, vma, pmd, addr)
    page = pfn_to_page(m, pte_pfn(word))
    get_page(m, page)
    if page_flag(m, page, PG_LOCKED):
        return -EBUSY
    failed = split_huge_page(m, k, page)
    put_page(m, k, page)
    return failed


@core
def migrate_vma_collect_huge_pmd(
    m: State, k: Rules, walk: int, pmd: int, addr: int, end: int
) -> int:
    """A leaf where device memory has huge pages: 0: there is a table now; 1: the range is done.

    Only who selects system memory has it split.  The huge zero page is 512 holes, and stays.
    Not modelled: a leaf that is meant as a whole, which migrates as one (MIGRATE_PFN_COMPOUND).
    """
    migrate = m.stack[walk + WALK_PRIVATE]
    if m.stack[migrate + MIG_FLAGS] & SELECT_SYSTEM == 0:
        _collect_skip(m, migrate, addr, end)
        return 1
    word = pmd_val(m, pmd)
    if is_whole_leaf(addr, end):
        not_modelled(m, WHY_DEVICE_THP)
        return 1
    if is_huge_zero_pmd(m, word):
        migrate_vma_collect_hole(m, k, addr, end, walk)
        return 1
    page = pfn_to_page(m, pte_pfn(word))
    if page_flag(m, page, PG_LOCKED) or split_held(m, k, page):
        _collect_skip(m, migrate, addr, end)
        return 1
    return 0


@core
def split_held(m: State, k: Rules, head: int) -> int:
    """migrate_vma_split_folio: split a huge page with a reference of one's own: 0 or -errno."""
    get_page(m, head)
    failed = split_huge_page(m, k, head)
    put_page(m, k, head)
    return failed


@core
def splits_part(m: State, k: Rules, migrate: int, pte: int) -> int:
    """The huge page of which this entry maps a part that is asked for, to be split; NO_PAGE: none.

    Not modelled: to wait for one that is locked.
    """
    if pte_present(pte) == 0 or m.stack[migrate + MIG_FLAGS] & SELECT_SYSTEM == 0:
        return NO_PAGE
    page = pfn_to_page(m, pte_pfn(pte))
    if page_compound(m, page) == 0 or behaviour(m, k, B_DEVICE_THP) == 0:
        return NO_PAGE
    head = compound_head(m, page)
    if page_flag(m, head, PG_LOCKED):
        not_modelled(m, WHY_DEVICE_THP)
    return head


@core
def migrate_vma_collect_pmd(m: State, k: Rules, pmd: int, start: int, end: int, walk: int) -> int:
    """The entries of one table; pages that migrate get a migration entry.

    The huge page of a leaf is split first, however little of it is asked for.
    """
    migrate = m.stack[walk + WALK_PRIVATE]
    if pmd_trans_huge(m, pmd):
        if behaviour(m, k, B_DEVICE_THP):
            if migrate_vma_collect_huge_pmd(m, k, walk, pmd, start, end):
                return 0
        elif _collect_leaf(m, k, m.stack[walk + WALK_VMA], pmd, start):
            return _collect_skip(m, migrate, start, end)
    slot = pte_offset_map(m, pmd, start)
    addr = start
    while addr < end:
        head = splits_part(m, k, migrate, m.pte[slot])
        if head != NO_PAGE and split_held(m, k, head):
            return _collect_skip(m, migrate, addr, end)
        mpfn = collect_pte(m, k, migrate, slot, addr)
        if mpfn < 0:  # the record ends the walk here
            return 1
        _collected(m, migrate, mpfn)
        slot += 1
        addr += 4096
    return 0


migrate_vma_walk: Final = page_walk(
    "migrate_vma_walk", migrate_vma_collect_pmd, migrate_vma_collect_hole
)


@core
def collect_pte(m: State, k: Rules, migrate: int, slot: int, addr: int) -> int:
    """The source word of one entry (0: does not migrate, negative: nor does anything after it)."""
    vma = m.stack[migrate + MIG_VMA]
    flags = m.stack[migrate + MIG_FLAGS]
    owner = m.stack[migrate + MIG_PGMAP_OWNER]
    pte = m.pte[slot]
    if pte_none(pte):
        return MIGRATE_PFN_MIGRATE if vma_is_anonymous(m, vma) else 0
    if pte_present(pte):
        if is_zero_pfn(m, pte_pfn(pte)) and flags & SELECT_SYSTEM:
            return MIGRATE_PFN_MIGRATE
        page = site_page(m, k, SITE_MIGRATE_VMA_COLLECT_PMD, vma, addr, pte)
        writable = pte_write(pte)
    else:
        page = collectable_private_page(m, k, pte, flags, owner)
        if page == NO_PAGE:
            return 0
        writable = is_writable_device_private_pte(k, pte)
    refused = collect_refuses(m, k, page, vma, flags, owner)
    if refused:
        return -1 if refused == GIVES_STOP else 0
    mpfn = migrate_pfn(page) | MIGRATE_PFN_MIGRATE
    collect_page(m, k, page, vma, slot)
    return mpfn | MIGRATE_PFN_WRITE if writable else mpfn


@core
def collectable_private_page(m: State, k: Rules, pte: int, select: int, owner: int) -> int:
    """The device-private page behind a non-present entry, if it is asked for and the caller's."""
    if is_device_private_pte(k, pte) == 0 or select & SELECT_DEVICE_PRIVATE == 0:
        return NO_PAGE
    page = pfn_to_page(m, pfn_swap_entry_pfn(k, pte))
    return page if m.page_range[page] == owner else NO_PAGE


@core
def collect_refuses(m: State, k: Rules, page: int, vma: int, select: int, owner: int) -> int:
    """What the record gives a refused page; the last tests are made with a reference taken."""
    site = SITE_MIGRATE_VMA_COLLECT_PMD
    context = 0
    if select & SELECT_SYSTEM:
        context |= CONTEXT_SELECT_SYSTEM
    if select & SELECT_DEVICE_COHERENT:
        context |= CONTEXT_SELECT_DEVICE_COHERENT
    if page == NO_PAGE:
        return k.site_refused[site]
    row = refusing_row(m, k, site, page, vma, context, owner)
    if row < 0:
        return 0
    if k.test_refuse[row] in (TEST_LOCKED, TEST_EXCLUSIVE_PINNED):
        get_page(m, page)
    return refused_by(m, k, row, page, context)


@core
def collect_page(m: State, k: Rules, page: int, vma: int, slot: int) -> int:
    """Lock the page, hold it, and put a migration entry in place of this mapping."""
    pte = m.pte[slot]
    get_page(m, page)
    set_page_flag(m, page, PG_LOCKED)
    exclusive = page_flag(m, page, PG_ANON_EXCLUSIVE)
    clear_page_flag(m, page, PG_ANON_EXCLUSIVE)
    dirty = pte & PAGE_DIRTY and behaviour(m, k, B_MIGRATION_ENTRY_YOUNG_DIRTY)
    if dirty if pte_present(pte) else behaviour(m, k, B_COLLECT_DIRTIES):
        set_page_dirty(m, page)
    m.pte[slot] = migration_entry_of(m, k, page, pte, exclusive)
    page_remove_rmap(m, k, page, vma)
    return put_page(m, k, page)


# --- setup: unmap ---
@core
def migrate_device_unmap(m: State, k: Rules, base: int, nr: int) -> int:
    """Isolate the collected pages and remove their other mappings: how many still migrate."""
    lru_add_drain(m, k)
    unmapped = 0
    may_drain = 1
    for i in range(base, base + nr):
        page = migrate_pfn_to_page(m.migrate_src[i])
        if page == NO_PAGE:
            if m.migrate_src[i] & MIGRATE_PFN_MIGRATE:
                unmapped += 1
            continue
        if is_zone_device_page(m, page) == 0:
            if page_flag(m, page, PG_LRU) == 0 and may_drain:
                lru_add_drain_all(m, k)
                may_drain = 0
            if isolate_lru_page(m, k, page) != 0:
                stop_migrating(m, i)
                continue
            put_page(m, k, page)  # the reference of collect; isolation took its own
        if m.page_mapcount[page]:
            try_to_migrate(m, k, page)
        if m.page_mapcount[page] or migrate_vma_check_page(m, page) == 0:
            if is_zone_device_page(m, page) == 0:
                get_page(m, page)
                putback_lru_page(m, k, page)
            stop_migrating(m, i)
            continue
        unmapped += 1
    _restore_refused(m, k, base, nr)
    return unmapped


@core
def migrate_vma_check_page(m: State, page: int) -> int:
    """Is the page held by nobody else?  A device page may have one reference too many here.

    The allowance is left from the old refcount convention; `migrate_folio` counts exactly.
    """
    if page_flag(m, page, PG_HEAD):
        return 0
    extra = 1 + is_zone_device_page(m, page)
    if page_cache_of(m, page) != MAPPING_NO_CACHE:
        extra += 1 + page_flag(m, page, PG_PRIVATE)
    return 0 if m.page_refcount[page] - extra > m.page_mapcount[page] else 1


@core
def _restore_refused(m: State, k: Rules, base: int, nr: int) -> int:
    """Pages that could not be isolated or unmapped get their mappings back."""
    for i in range(base, base + nr):
        page = migrate_pfn_to_page(m.migrate_src[i])
        if page == NO_PAGE or m.migrate_src[i] & MIGRATE_PFN_MIGRATE:
            continue
        remove_migration_ptes(m, k, page, page)
        m.migrate_src[i] = 0
        clear_page_flag(m, page, PG_LOCKED)
        put_page(m, k, page)
    return 0


# --- pages ---
@core
def migrate_vma_pages(m: State, k: Rules, migrate: int) -> int:
    """Give each target the identity of its source; what fails loses its MIGRATE bit."""
    src, npages = m.stack[migrate + MIG_SRC], m.stack[migrate + MIG_NPAGES]
    return migrate_device_pages(m, k, src, npages, migrate)


@core
def migrate_device_pages(m: State, k: Rules, base: int, nr: int, migrate: int) -> int:
    """The same for the words from `base` on; `migrate` null: they have no addresses."""
    for i in range(base, base + nr):
        new = migrate_pfn_to_page(m.migrate_dst[i])
        page = migrate_pfn_to_page(m.migrate_src[i])
        if new == NO_PAGE:
            stop_migrating(m, i)
        elif page == NO_PAGE:
            if m.migrate_src[i] & MIGRATE_PFN_MIGRATE:
                addr = m.stack[migrate + MIG_START] + (i - base) * 4096
                migrate_vma_insert_page(m, k, migrate, addr, new, i)
        elif device_target_refuses(m, k, new, page) or migrate_folio(m, k, new, page) != 0:
            stop_migrating(m, i)
    return 0


@core
def device_target_refuses(m: State, k: Rules, new: int, page: int) -> int:
    """Private and coherent memory take anonymous pages only; other device memory none.

    A page in the swap cache is refused, or only if its slot is still in use.
    """
    if is_zone_device_page(m, new) == 0:
        return 0
    if is_migratable_device_page(m, new) == 0:
        return 1
    if page_cache_of(m, page) == MAPPING_NO_CACHE:
        return 0
    if behaviour(m, k, B_MIGRATE_VMA_FREES_SWAP) == 0 or page_anon(m, page) == 0:
        return 1
    return 0 if try_to_free_swap(m, k, page) else 1


@core
def migrate_vma_insert_page(
    m: State, k: Rules, migrate: int, addr: int, page: int, src: int
) -> int:
    """Map a device page where nothing, or the zero page, was mapped.

    When it did not work the source word at row `src` loses its MIGRATE bit.
    """
    if inserted_page(m, k, migrate, addr, page) == 0:
        stop_migrating(m, src)
    return 0


@core
def inserted_page(m: State, k: Rules, migrate: int, addr: int, page: int) -> int:
    """Map the page: 1, or 0 when the VMA, the page or the entry forbids it."""
    vma = m.stack[migrate + MIG_VMA]
    if vma_is_anonymous(m, vma) == 0:
        return 0
    if is_zone_device_page(m, page) and is_migratable_device_page(m, page) == 0:
        return 0
    pmd = walk_to_pmd(m, vma, addr)
    if pmd_trans_huge(m, pmd):
        if is_huge_zero_pmd(m, pmd_val(m, pmd)) == 0 or behaviour(m, k, B_DEVICE_THP) == 0:
            return 0
        split_huge_pmd(m, k, vma, pmd, addr)
    pte_alloc(m, vma, pmd, addr)
    anon_vma_prepare(m, vma)
    mem_cgroup_charge(m, page, m.vma_mm[vma])
    set_page_flag(m, page, PG_UPTODATE)
    slot = pte_offset_map(m, pmd, addr)
    old = m.pte[slot]
    empty = pte_none(old)
    if empty == 0 and (pte_present(old) == 0 or is_zero_pfn(m, pte_pfn(old)) == 0):
        return 0
    if m.vma_flags[vma] & VM_UFFD_MISSING:  # nobody is asked: the hole stays
        return 0
    writable = m.vma_flags[vma] & VM_WRITE
    if page_pgmap_type(m, page) == RANGE_PRIVATE:
        entry = make_device_private_entry(k, page_to_pfn(m, page), writable)
    else:
        entry = mk_pte(m, page, m.vma_page_prot[vma])
        if writable:
            entry = pte_mkdirty(entry) | PAGE_RW
    add_mm_counter(m, m.vma_mm[vma], MM_ANONPAGES, 1)
    page_add_new_anon_rmap(m, k, page, vma, addr)
    if is_zone_device_page(m, page) == 0:
        lru_cache_add_inactive_or_unevictable(m, k, page, vma)
    get_page(m, page)
    m.pte[slot] = entry
    return 1


# --- finalize ---
@core
def migrate_vma_finalize(m: State, k: Rules, migrate: int) -> int:
    """Turn the migration entries into mappings of the target, or of the source where it failed."""
    src, npages = m.stack[migrate + MIG_SRC], m.stack[migrate + MIG_NPAGES]
    return migrate_device_finalize(m, k, src, npages)


@core
def migrate_device_finalize(m: State, k: Rules, base: int, nr: int) -> int:
    """The same for the words from `base` on."""
    for i in range(base, base + nr):
        new = migrate_pfn_to_page(m.migrate_dst[i])
        page = migrate_pfn_to_page(m.migrate_src[i])
        failed = page != NO_PAGE and m.migrate_src[i] & MIGRATE_PFN_MIGRATE == 0
        if new != NO_PAGE and (page == NO_PAGE or failed):
            clear_page_flag(m, new, PG_LOCKED)
            put_page(m, k, new)
            new = NO_PAGE
        if page != NO_PAGE:
            _finalize_page(m, k, page, page if new == NO_PAGE else new)
    return clear_migrate_rows(m, base, nr)


@core
def _finalize_page(m: State, k: Rules, page: int, new: int) -> int:
    """Two orders: all pages back through the LRU at the end, or the mapped one on it before."""
    before = behaviour(m, k, B_MIGRATE_VMA_FINALIZE)
    if new != page:
        forget_old_page(m, page)
    if before:
        m.page_list[page] = LIST_NONE
        if is_zone_device_page(m, new) == 0:
            lru_cache_add(m, k, new)
    remove_migration_ptes(m, k, page, new)
    _release(m, k, page, before)
    if new != page:
        _release(m, k, new, before)
    return 0


@core
def _release(m: State, k: Rules, page: int, before: int) -> int:
    """Unlock, and drop the reference of the migration (in the older order through the LRU)."""
    clear_page_flag(m, page, PG_LOCKED)
    if before or is_zone_device_page(m, page):
        return put_page(m, k, page)
    return putback_lru_page(m, k, page)


# --- one coherent page, for a long-term pin ---
@core
def migrate_coherent_page_out(m: State, k: Rules, page: int) -> int:
    """migrate_device_coherent_page: a page that the caller holds goes to system memory.

    0 or -EBUSY (also when there is no memory); the caller's reference is dropped either way.
    """
    base = migrate_base(m)
    if base >= m.size[SIZE_D]:
        return trap(m, TRAP_NO_ROW, SIZE_D * 256)
    set_page_flag(m, page, PG_LOCKED)
    m.migrate_src[base] = migrate_pfn(page) | MIGRATE_PFN_MIGRATE
    m.migrate_dst[base] = 0
    migrate_device_unmap(m, k, base, 1)
    if m.migrate_src[base] & MIGRATE_PFN_MIGRATE == 0:
        m.migrate_src[base] = 0
        return -EBUSY
    new = alloc_page_task(m)
    if new != NO_PAGE:
        set_page_flag(m, new, PG_LOCKED)
        m.migrate_dst[base] = migrate_pfn(new)
    migrate_device_pages(m, k, base, 1, NULL)
    moved = m.migrate_src[base] & MIGRATE_PFN_MIGRATE
    if moved:
        m.page_tag[new] = m.page_tag[page]
    migrate_device_finalize(m, k, base, 1)
    return 0 if moved else -EBUSY
