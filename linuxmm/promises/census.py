# SPDX-License-Identifier: GPL-2.0-or-later
"""Counting a state from its page tables up: what every counter should be.

One walk over all entries gives, per page, how many entries map it, how many references are
explained, and per mm what each rss counter should show.  `promises/counts.py` compares.
"""

from linuxmm.arch.x86.pgtable import (
    PAGE_PSE,
    PAGE_SPECIAL,
    leaf_pte,
    pte_none,
    pte_pfn,
    pte_present,
    swp_offset,
)
from linuxmm.mm.compound import HPAGE_PMD_NR, compound_head
from linuxmm.mm.huge_memory.split_pmd import is_huge_zero_pmd
from linuxmm.mm.hugetlb.entry import cache_references
from linuxmm.mm.memory.nonpresent import (
    is_device_exclusive_pte,
    is_device_private_pte,
    is_migration_pte,
    is_pte_marker,
    is_real_swap_pte,
    pfn_swap_entry_pfn,
)
from linuxmm.mm.page import dax_idle_count, pfn_to_page
from linuxmm.mm.pgtable import leaves, mapped
from linuxmm.mm.rmap import mm_counter
from linuxmm.state.behaviours import B_DEVICE_PAGE_EXTRA_REF, B_DEVICE_PAGE_FREE_COUNT
from linuxmm.state.constants import (
    GUP_PIN_COUNTING_BIAS,
    LIST_ISOLATED,
    LIST_MIGRATE,
    MM_SWAPENTS,
    NO_PAGE,
    NR_MM_COUNTERS,
    PG_ALLOCATED,
    PG_HEAD,
    PG_HUGETLB,
    PG_PRIVATE,
    PG_RESERVED,
    PG_SWAPCACHE,
    PVEC_SIZE,
    RANGE_COHERENT,
    RANGE_FSDAX,
    RANGE_PRIVATE,
    RANGE_RAM,
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
    SIZE_R,
    SIZE_V,
    Column,
    State,
)
from linuxmm.state.rules import Rules
from linuxmm.uapi import PAGE_SIZE

Entry = tuple[int, int, int, int]  # vma, address, word, page (or swap slot)


def values(column: Column) -> list[int]:
    """A whole column at once; only of the interpreted view."""
    return column.tolist()  # type: ignore[attr-defined,no-any-return]


def raw(column: Column) -> bytes:
    """A whole column as bytes: to compare, or to look for a value in a column of type B."""
    return column.tobytes()  # type: ignore[attr-defined,no-any-return]


class Entries:
    """What the entries of a state are, and what they add up to."""

    def __init__(self, m: State, k: Rules) -> None:
        self.m, self.k = m, k
        self.flags = values(m.page_flags)
        pages = len(self.flags)
        self.mapped = [0] * pages  # counting entries: what page_mapcount should be
        self.references = [0] * pages  # explained references
        self.locked = [0] * pages  # counting entries in VM_LOCKED VMAs
        self.hugetlb: dict[int, int] = {}  # by mm: pages that entries of hugetlb map
        self.leaves: dict[int, int] = {}  # by head: leaves that map the huge page
        self.present: list[Entry] = []  # counting entries; of a leaf each page, with PAGE_PSE
        self.special: list[Entry] = []  # present entries that count nothing
        self.swapped: list[Entry] = []  # entries that name a swap slot
        self.moving: list[Entry] = []  # migration entries
        self.markers: list[Entry] = []  # of userfaultfd, where no page is
        self.stray: list[Entry] = []  # entries whose page is free or does not exist
        self.rss = [0] * (m.size[SIZE_M] * NR_MM_COUNTERS)
        self.swap_entries: dict[int, int] = {}
        self.in_migration: set[int] = set()
        self._walk_entries()

    # --- entries ---
    def _walk_entries(self) -> None:
        m = self.m
        for vma in range(1, m.used[SIZE_V]):
            if m.vma_mm[vma]:
                for addr, pte in mapped(m, vma):
                    self._entry(vma, addr, pte)
                for addr, pmd in leaves(m, vma):
                    self._leaf(vma, addr, pmd)

    def _entry(self, vma: int, addr: int, pte: int) -> None:
        if pte_present(pte):
            page = pfn_to_page(self.m, pte_pfn(pte))
            if pte & PAGE_SPECIAL == 0:
                self._counting(vma, addr, pte, page, 1)
            else:
                self.special.append((vma, addr, pte, page))
        elif pte_none(pte):
            return
        elif is_real_swap_pte(self.k, pte):
            self.rss[self.m.vma_mm[vma] * NR_MM_COUNTERS + MM_SWAPENTS] += 1
            slot = swp_offset(pte)
            self.swapped.append((vma, addr, pte, slot))
            self.swap_entries[slot] = self.swap_entries.get(slot, 0) + 1
        elif is_device_private_pte(self.k, pte):
            self._counting(vma, addr, pte, self._page_of(pte), 1)
        elif is_device_exclusive_pte(self.k, pte):
            self._counting(vma, addr, pte, self._page_of(pte), 0)
        elif is_migration_pte(self.k, pte):
            self._moving(vma, addr, pte, self._page_of(pte))
        elif is_pte_marker(self.k, pte):
            self.markers.append((vma, addr, pte, NO_PAGE))

    def _leaf(self, vma: int, addr: int, pmd: int) -> None:
        """One reference, and each part is mapped as by an entry of its own (marked PAGE_PSE)."""
        m, zero = self.m, is_huge_zero_pmd(self.m, pmd)
        head = pfn_to_page(m, pte_pfn(pmd))
        self.leaves[head] = self.leaves.get(head, 0) + (0 if zero else 1)
        for i in range(HPAGE_PMD_NR):
            at = addr + i * PAGE_SIZE
            entry = (vma, at, leaf_pte(pmd, at) | PAGE_PSE, head + i)
            if zero:
                self.special.append(entry)
            elif m.vma_flags[vma] & VM_HUGETLB:
                self._of_hugetlb(*entry)
            else:
                self._counting(*entry, 1)
        if not zero:
            self.references[head] -= HPAGE_PMD_NR - 1

    def _page_of(self, pte: int) -> int:
        return pfn_to_page(self.m, pfn_swap_entry_pfn(self.k, pte))

    def _counting(self, vma: int, addr: int, pte: int, page: int, mapped: int) -> None:
        m = self.m
        if page == NO_PAGE or self.flags[page] & PG_ALLOCATED == 0:
            self.stray.append((vma, addr, pte, page))
            if page == NO_PAGE:
                return
        self.present.append((vma, addr, pte, page))
        self.mapped[page] += mapped
        head = compound_head(m, page)
        self.references[head] += 1
        if m.vma_flags[vma] & VM_LOCKED:
            self.locked[head] += 1
        self.rss[m.vma_mm[vma] * NR_MM_COUNTERS + mm_counter(m, page)] += 1

    def _of_hugetlb(self, vma: int, addr: int, pte: int, page: int) -> None:
        """A part of a huge page of the pool: mapped, and in no rss counter."""
        if self.m.page_refcount[compound_head(self.m, page)] == 0:
            self.stray.append((vma, addr, pte, page))
        self.present.append((vma, addr, pte, page))
        self.mapped[page] += 1
        self.references[compound_head(self.m, page)] += 1
        self.hugetlb[self.m.vma_mm[vma]] = self.hugetlb.get(self.m.vma_mm[vma], 0) + 1

    def _moving(self, vma: int, addr: int, pte: int, page: int) -> None:
        m = self.m
        self.moving.append((vma, addr, pte, page))
        self.in_migration.add(page)
        if m.vma_flags[vma] & VM_LOCKED:
            self.locked[page] += 1
        self.rss[m.vma_mm[vma] * NR_MM_COUNTERS + mm_counter(m, page)] += 1


class Census(Entries):
    """The entries of a state, and everybody else who holds its pages."""

    def __init__(self, m: State, k: Rules) -> None:
        super().__init__(m, k)
        self.swapped_out: dict[int, int] = {}  # slot -> files in memory that name it
        self.batched: dict[int, int] = {}  # references of per-CPU batches among the explained
        self.batches: list[int] = []  # those that are not empty
        self.in_use = [page for page, flags in enumerate(self.flags) if flags & ~PG_RESERVED]
        self.heads = [page for page in self.in_use if self.flags[page] & PG_HEAD]
        self.pinned: dict[int, int] = {}  # by head: pins of parts of the huge page
        self._walk_holders()

    def _walk_holders(self) -> None:
        """References of the page and swap cache, batches, isolation, gets, pins, migration."""
        m, references = self.m, self.references
        for file in range(1, m.used[SIZE_F]):
            first = m.file_first[file]
            for place in range(first, first + m.file_nr_pages[file]):
                self._walk_cached(m.cache_page[place])
                if slot := m.cache_swap[place]:
                    self.swapped_out[slot] = self.swapped_out.get(slot, 0) + 1
        for row in range(1, m.used[SIZE_H]):
            if m.held_page[row]:
                self._walk_held(m.held_page[row], m.held_flags[row] & FOLL_PIN)
        if m.setting[SET_HUGE_ZERO_PFN]:
            references[pfn_to_page(m, m.setting[SET_HUGE_ZERO_PFN])] += 1  # its shrinker's
        for batch, nr in enumerate(values(m.pvec_nr)):
            if nr:
                self._walk_batch(batch, nr)
        if m.migrate[MIGRATE_PHASE]:
            self._walk_migration()
        for page in self.in_use:
            flags = self.flags[page]
            if flags & PG_ALLOCATED:
                references[page] += 1 if flags & PG_PRIVATE else 0
                references[page] += 1 if flags & PG_SWAPCACHE else 0
        for page in self.isolated():
            references[page] += 1

    def _walk_cached(self, page: int) -> None:
        """One reference for each place; a huge page of shmem has 512, were the file shorter."""
        head = compound_head(self.m, page)
        if self.flags[head] & PG_HEAD == 0:
            self.references[page] += 1
        elif head == page:
            of_pool = self.flags[head] & PG_HUGETLB
            self.references[head] += cache_references(self.k) if of_pool else HPAGE_PMD_NR

    def _walk_held(self, page: int, pinned: int) -> None:
        """A pin of a huge page is one reference, and counted for itself."""
        head = compound_head(self.m, page)
        if self.flags[head] & PG_HEAD:
            self.references[head] += 1
            self.pinned[head] = self.pinned.get(head, 0) + (1 if pinned else 0)
        else:
            self.references[head] += GUP_PIN_COUNTING_BIAS if pinned else 1

    def _walk_batch(self, batch: int, nr: int) -> None:
        self.batches.append(batch)
        for i in range(batch * PVEC_SIZE, batch * PVEC_SIZE + nr):
            page = self.m.pvec_page[i]
            self.references[page] += 1
            self.batched[page] = self.batched.get(page, 0) + 1

    def isolated(self) -> list[int]:
        """The pages that somebody has taken off their LRU list."""
        lists = raw(self.m.page_list)
        if LIST_ISOLATED not in lists and LIST_MIGRATE not in lists:
            return []
        return [page for page, where in enumerate(lists) if where in (LIST_ISOLATED, LIST_MIGRATE)]

    def _walk_migration(self) -> None:
        for i in range(1, 1 + self.m.migrate[MIGRATE_NPAGES]):
            for word in (self.m.migrate_src[i], self.m.migrate_dst[i]):
                if word >> 6:
                    self.in_migration.add(word >> 6)

    # --- by memory range ---
    def base_references(self, r: int) -> tuple[int, int]:
        """The owner's own references to a page of a range: to one that is free, to one in use."""
        kind = self.m.range_type[r]
        if kind == RANGE_RAM:
            return 0, 0
        if kind in (RANGE_PRIVATE, RANGE_COHERENT):
            extra = self.k.behaviour[B_DEVICE_PAGE_EXTRA_REF]
            return self.k.behaviour[B_DEVICE_PAGE_FREE_COUNT] | extra, extra
        if kind == RANGE_FSDAX:
            return dax_idle_count(self.k), dax_idle_count(self.k)
        return 1, 1

    def device_pages(self) -> list[int]:
        """The rows of every page in ZONE_DEVICE."""
        m = self.m
        pages: list[int] = []
        for r in range(1, m.used[SIZE_R]):
            if m.range_type[r] != RANGE_RAM:
                pages += range(m.range_row[r], m.range_row[r] + m.range_rows[r])
        return pages
