# SPDX-License-Identifier: GPL-2.0-or-later
"""Mapcounts and the way from a page back to its entries.  Source: mm/rmap.c.

An anon page names the anon_vma of the process that first mapped it; the VMAs that may map it
are those whose anon_vma is that one or a descendant (children of fork).  File pages are found
by their file, KSM pages by the rmap items of their stable node.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.compound import (
    COMPOUND_MAPCOUNT,
    DEFERRED_SPLIT,
    HPAGE_PMD_NR,
    PART_MAPPINGS,
    PARTIALLY_MAPPED,
    add_part_mapcount,
    add_to_whole,
    compound_head,
    of_whole,
    page_compound,
    page_mapcount,
    parts_mapped,
)
from linuxmm.mm.mempolicy.policy import vma_policies_equal
from linuxmm.mm.mlock.clear import clear_page_mlock
from linuxmm.mm.mlock.page import (
    mlock_vma_huge_page,
    mlock_vma_page,
    munlock_vma_huge_page,
    munlock_vma_page,
)
from linuxmm.mm.page import (
    clear_page_flag,
    event,
    page_anon,
    page_flag,
    page_ksm,
    page_mapping_row,
    page_to_pfn,
    set_page_flag,
    trap,
)
from linuxmm.mm.swap import count
from linuxmm.state.behaviours import (
    B_ANON_EXCLUSIVE,
    B_LAST_UNMAP_CLEARS_MLOCK,
    B_RMAP_MLOCKS_LEAVES,
    B_SPLIT_QUEUE,
)
from linuxmm.state.constants import (
    EFAULT,
    EVENT_BUG,
    MAPPING_ANON,
    MAPPING_SHIFT,
    MM_ANONPAGES,
    MM_FILEPAGES,
    MM_SHMEMPAGES,
    PG_ANON_EXCLUSIVE,
    PG_SWAPBACKED,
    PG_SWAPCACHE,
    TRAP_NO_ROW,
    VM_EXEC,
    VM_READ,
    VM_SOFTDIRTY,
    VM_WRITE,
)
from linuxmm.state.layout import (
    NR_ANON_MAPPED,
    NR_ANON_THPS,
    NR_FILE_MAPPED,
    NR_SHMEM_PMDMAPPED,
    SIZE_A,
    SIZE_K,
    SIZE_V,
    THP_DEFERRED_SPLIT_PAGE,
    State,
)
from linuxmm.state.rules import Rules

VM_ACCESS_FLAGS: Final = VM_READ | VM_WRITE | VM_EXEC


# --- anon_vmas ---
@core
def alloc_anon_vma(m: State, parent: int) -> int:
    """A new anon_vma below `parent` (0: a root)."""
    for row in range(1, m.size[SIZE_A]):
        if m.anon_users[row] == 0:
            m.anon_parent[row] = parent
            m.anon_users[row] = 1
            if parent:
                m.anon_users[parent] = m.anon_users[parent] + 1
            if row >= m.used[SIZE_A]:
                m.used[SIZE_A] = row + 1
            return row
    trap(m, TRAP_NO_ROW, SIZE_A * 256)
    return 0


@core
def put_anon_vma(m: State, row: int) -> int:
    """One user less; an anon_vma without VMAs and children goes, and with it its claim."""
    while row:
        m.anon_users[row] = m.anon_users[row] - 1
        if m.anon_users[row] > 0:
            return 0
        parent = m.anon_parent[row]
        m.anon_parent[row] = 0
        row = parent
    return 0


@core
def anon_vma_prepare(m: State, vma: int) -> int:
    """A VMA gets its anon_vma before its first anonymous page: a neighbour's if that fits."""
    if m.vma_anon_vma[vma]:
        return 0
    anon_vma = find_mergeable_anon_vma(m, vma)
    if anon_vma:
        m.anon_users[anon_vma] = m.anon_users[anon_vma] + 1
    else:
        anon_vma = alloc_anon_vma(m, 0)
    m.vma_anon_vma[vma] = anon_vma
    return 0


@core
def find_mergeable_anon_vma(m: State, vma: int) -> int:
    """The anon_vma of the VMA behind, else of the one before, so that they may merge later; or 0.

    Source: mm/mmap.c:find_mergeable_anon_vma, reusable_anon_vma.
    """
    before = 0
    for other in range(1, m.used[SIZE_V]):
        if m.vma_mm[other] != m.vma_mm[vma] or is_singular(m, other) == 0:
            continue
        if anon_vma_compatible(m, vma, other):
            return m.vma_anon_vma[other]
        if anon_vma_compatible(m, other, vma):
            before = m.vma_anon_vma[other]
    return before


@core
def is_singular(m: State, vma: int) -> int:
    """Is the VMA linked to one anon_vma: has it one of its own, and none that a parent had?"""
    anon_vma = m.vma_anon_vma[vma]
    return 1 if anon_vma and m.anon_parent[anon_vma] == 0 else 0


@core
def anon_vma_compatible(m: State, low: int, high: int) -> int:
    """Adjacent, of one object and policy, flags the same but for access and soft-dirty."""
    if m.vma_end[low] != m.vma_start[high] or m.vma_file[low] != m.vma_file[high]:
        return 0
    if vma_policies_equal(m, low, high) == 0:
        return 0
    if (m.vma_flags[low] ^ m.vma_flags[high]) & ~(VM_ACCESS_FLAGS | VM_SOFTDIRTY):
        return 0
    nr = (m.vma_end[low] - m.vma_start[low]) >> 12
    return 1 if m.vma_pgoff[high] == m.vma_pgoff[low] + nr else 0


@core
def anon_vma_covers(m: State, anon_vma: int, vma: int) -> int:
    """May the VMA map pages of this anon_vma (is it chained to it)?"""
    row = m.vma_anon_vma[vma]
    while row:
        if row == anon_vma:
            return 1
        row = m.anon_parent[row]
    return 0


# --- from a page to its entries ---
@core
def vma_address(m: State, page: int, vma: int) -> int:
    """The address at which the VMA would map the page by its index; -1 when it cannot."""
    head = compound_head(m, page)
    index = m.page_index[head] + page - head
    addr = m.vma_start[vma] + ((index - m.vma_pgoff[vma]) << 12)
    if addr < m.vma_start[vma] or addr >= m.vma_end[vma]:
        return -1
    return addr


@core
def anon_vma_root(m: State, row: int) -> int:
    """The anon_vma at the top of the tree."""
    while m.anon_parent[row]:
        row = m.anon_parent[row]
    return row


@core
def page_address_in_vma(m: State, page: int, vma: int) -> int:
    """Where the VMA would map this page; -EFAULT for another's and for a KSM page."""
    if page_anon(m, page) == 0:
        if m.vma_file[vma] == 0 or m.vma_file[vma] != page_mapping_row(m, page):
            return -EFAULT
    else:
        anon_vma = m.vma_anon_vma[vma]
        if page_ksm(m, page) or anon_vma == 0:
            return -EFAULT
        if anon_vma_root(m, page_mapping_row(m, page)) != anon_vma_root(m, anon_vma):
            return -EFAULT
    addr = vma_address(m, page, vma)
    return -EFAULT if addr < 0 else addr


@core
def rmap_address(m: State, page: int, vma: int) -> int:
    """Where a reverse-map walk would look for the page in this VMA; -1: nowhere.

    Source: mm/rmap.c:rmap_walk_anon, rmap_walk_file; mm/ksm.c:rmap_walk_ksm.
    """
    if m.vma_mm[vma] == 0:
        return -1
    if page_ksm(m, page):
        return ksm_rmap_address(m, page, vma)
    if page_anon(m, page):
        if anon_vma_covers(m, page_mapping_row(m, page), vma):
            return vma_address(m, page, vma)
        return -1
    if m.page_mapping[compound_head(m, page)] and m.vma_file[vma] == page_mapping_row(m, page):
        return vma_address(m, page, vma)
    return -1


@core
def ksm_rmap_address(m: State, page: int, vma: int) -> int:
    """The address of the first rmap item of the page's stable node that this VMA covers.

    An item's anon_vma is followed like any: children of fork are found through it.
    """
    node = page_mapping_row(m, page)
    for item in range(1, m.used[SIZE_K]):
        if m.item_mm[item] and m.item_tree[item] == 2 and m.item_node[item] == node:
            addr = m.item_addr[item]
            if addr >= m.vma_start[vma] and addr < m.vma_end[vma]:
                if anon_vma_covers(m, m.item_anon_vma[item], vma):
                    return addr
    return -1


# --- mapcounts ---
@core
def mm_counter(m: State, page: int) -> int:
    """The rss counter that a page of this kind belongs to (MM_*)."""
    if page_anon(m, page):
        return MM_ANONPAGES
    return MM_SHMEMPAGES if page_flag(m, page, PG_SWAPBACKED) else MM_FILEPAGES


@core
def linear_page_index(m: State, vma: int, addr: int) -> int:
    """The page offset of an address in its VMA's object."""
    return m.vma_pgoff[vma] + ((addr - m.vma_start[vma]) >> 12)


@core
def page_set_anon_rmap(m: State, page: int, vma: int, addr: int, exclusive: int) -> int:
    """__page_set_anon_rmap: the page belongs to this VMA's anon_vma (or, shared, its root)."""
    anon_vma = m.vma_anon_vma[vma]
    if anon_vma == 0:  # BUG_ON: fork of a pinned page of a private driver mapping (before 5.19)
        event(m, EVENT_BUG, 0, page_to_pfn(m, page), addr)
    if m.page_mapping[compound_head(m, page)] & MAPPING_ANON:
        return 0
    if exclusive == 0:
        while m.anon_parent[anon_vma]:
            anon_vma = m.anon_parent[anon_vma]
    m.page_mapping[page] = (anon_vma << MAPPING_SHIFT) | MAPPING_ANON
    m.page_index[page] = linear_page_index(m, vma, addr)
    return 0


@core
def page_add_new_anon_rmap(m: State, k: Rules, page: int, vma: int, addr: int) -> int:
    """A new anonymous page is mapped for the first time: swap-backed, exclusive."""
    set_page_flag(m, page, PG_SWAPBACKED)
    m.page_mapcount[page] = 1
    count(m, NR_ANON_MAPPED, 1)
    if k.behaviour[B_ANON_EXCLUSIVE]:
        set_page_flag(m, page, PG_ANON_EXCLUSIVE)
    return page_set_anon_rmap(m, page, vma, addr, 1)


@core
def page_add_anon_rmap(m: State, k: Rules, page: int, vma: int, addr: int, exclusive: int) -> int:
    """One more mapping of an anonymous (or KSM) page."""
    add_part_mapcount(m, page, 1)
    if page_mapcount(m, page) == 1:
        count(m, NR_ANON_MAPPED, 1)
        if page_ksm(m, page) == 0:
            if exclusive and k.behaviour[B_ANON_EXCLUSIVE]:
                set_page_flag(m, page, PG_ANON_EXCLUSIVE)
            page_set_anon_rmap(m, page, vma, addr, exclusive)
    return mlock_vma_page(m, k, page, vma)


@core
def folio_add_new_anon_rmap(m: State, k: Rules, page: int, vma: int, addr: int, mine: int) -> int:
    """A new page, exclusive (`mine`) or, fresh from swap, perhaps not; who adds it to the LRU
    mlocks it."""
    page_add_new_anon_rmap(m, k, page, vma, addr)
    if mine == 0:
        clear_page_flag(m, page, PG_ANON_EXCLUSIVE)
        m.page_mapping[page] = 0
        return page_set_anon_rmap(m, page, vma, addr, 0)
    return 0


@core
def page_dup_rmap(m: State, page: int) -> int:
    """fork: one more mapping, nothing else (the child's VMA is not locked)."""
    add_part_mapcount(m, page, 1)
    return 0


@core
def page_add_file_rmap(m: State, k: Rules, page: int, vma: int) -> int:
    """One more mapping of a page of a file, of shmem or of a driver."""
    add_part_mapcount(m, page, 1)
    if page_mapcount(m, page) == 1:
        count(m, NR_FILE_MAPPED, 1)
    return mlock_vma_page(m, k, page, vma)


@core
def page_remove_rmap(m: State, k: Rules, page: int, vma: int) -> int:
    """One mapping less.  What that means for an mlocked page depends on the mlock scheme."""
    return page_remove_rmap_ptes(m, k, page, 1, vma)


@core
def page_remove_rmap_ptes(m: State, k: Rules, page: int, nr: int, vma: int) -> int:
    """The mapping of a page, or of each of `nr` parts of a huge page at once (a batch)."""
    anon = page_anon(m, page)
    gone = 0
    for i in range(nr):
        if add_part_mapcount(m, page + i, -1) < 0:
            event(m, EVENT_BUG, 0, page_to_pfn(m, page + i), 0)
        if page_mapcount(m, page + i) == 0:
            gone += 1
            if k.behaviour[B_LAST_UNMAP_CLEARS_MLOCK]:
                clear_page_mlock(m, k, page + i)
    if gone:
        count(m, NR_ANON_MAPPED if anon else NR_FILE_MAPPED, -gone)
        if anon and page_compound(m, page):
            head = compound_head(m, page)
            if k.behaviour[B_SPLIT_QUEUE] == 0 or of_whole(m, head, PART_MAPPINGS):
                deferred_split_folio(m, k, head, 1)
    return munlock_vma_page(m, k, page, vma)


# --- leaves: the whole of a compound page at once ---
@core
def page_add_new_anon_rmap_compound(m: State, k: Rules, head: int, vma: int, addr: int) -> int:
    """A new anonymous huge page is mapped by its first leaf: swap-backed, its head exclusive."""
    set_page_flag(m, head, PG_SWAPBACKED)
    add_to_whole(m, head, COMPOUND_MAPCOUNT, 1)
    count(m, NR_ANON_THPS, 1)
    count(m, NR_ANON_MAPPED, HPAGE_PMD_NR)
    if k.behaviour[B_ANON_EXCLUSIVE]:
        set_page_flag(m, head, PG_ANON_EXCLUSIVE)
    return page_set_anon_rmap(m, head, vma, addr, 1)


@core
def page_add_anon_rmap_compound(
    m: State, k: Rules, head: int, vma: int, addr: int, exclusive: int
) -> int:
    """One leaf more of an anonymous huge page (that no PTE maps)."""
    if add_to_whole(m, head, COMPOUND_MAPCOUNT, 1) == 1:
        count(m, NR_ANON_THPS, 1)
        count(m, NR_ANON_MAPPED, HPAGE_PMD_NR)
        if exclusive and k.behaviour[B_ANON_EXCLUSIVE]:
            set_page_flag(m, head, PG_ANON_EXCLUSIVE)
        page_set_anon_rmap(m, head, vma, addr, exclusive)
    return 0 if k.behaviour[B_RMAP_MLOCKS_LEAVES] else mlock_vma_huge_page(m, k, head, vma)


@core
def page_dup_rmap_compound(m: State, head: int) -> int:
    """fork: one more leaf maps the whole."""
    add_to_whole(m, head, COMPOUND_MAPCOUNT, 1)
    return 0


@core
def page_remove_anon_compound_rmap(m: State, k: Rules, head: int) -> int:
    """One leaf less; with the last one the parts that no PTE maps are no longer mapped.

    If some of them still are, the page is one to be split when memory is short.
    """
    left = add_to_whole(m, head, COMPOUND_MAPCOUNT, -1)
    if left < 0:
        event(m, EVENT_BUG, 0, page_to_pfn(m, head), 0)
    if left:
        return 0
    count(m, NR_ANON_THPS, -1)
    mapped = parts_mapped(m, head)
    if 0 < mapped < HPAGE_PMD_NR:
        deferred_split_folio(m, k, head, 1)
    return count(m, NR_ANON_MAPPED, mapped - HPAGE_PMD_NR)


@core
def page_add_file_rmap_compound(m: State, k: Rules, head: int, vma: int) -> int:
    """One more leaf maps a huge page of shmem: with the first one all its parts are mapped."""
    if add_to_whole(m, head, COMPOUND_MAPCOUNT, 1) == 1:
        count(m, NR_FILE_MAPPED, HPAGE_PMD_NR - parts_mapped(m, head))
        count(m, NR_SHMEM_PMDMAPPED, 1)
    return 0 if k.behaviour[B_RMAP_MLOCKS_LEAVES] else mlock_vma_huge_page(m, k, head, vma)


@core
def page_remove_file_compound_rmap(m: State, head: int) -> int:
    """One leaf less; with the last one the parts that no PTE maps are no longer mapped."""
    left = add_to_whole(m, head, COMPOUND_MAPCOUNT, -1)
    if left < 0:
        event(m, EVENT_BUG, 0, page_to_pfn(m, head), 0)
    if left:
        return 0
    count(m, NR_SHMEM_PMDMAPPED, -1)
    return count(m, NR_FILE_MAPPED, parts_mapped(m, head) - HPAGE_PMD_NR)


@core
def page_remove_rmap_compound(m: State, k: Rules, head: int, vma: int) -> int:
    """page_remove_rmap of a leaf: one mapping of the whole less, and what that means to mlock."""
    if page_anon(m, head):
        page_remove_anon_compound_rmap(m, k, head)
    else:
        page_remove_file_compound_rmap(m, head)
    if of_whole(m, head, COMPOUND_MAPCOUNT) == 0 and k.behaviour[B_LAST_UNMAP_CLEARS_MLOCK]:
        clear_page_mlock(m, k, head)
    return munlock_vma_huge_page(m, k, head, vma)


@core
def deferred_split_folio(m: State, k: Rules, head: int, partially_mapped: int) -> int:
    """Queue a huge page, to be split when memory is short: one that is only mapped in part, or
    (later kernels, where a flag of the page says which is which) a new one.

    Source: mm/huge_memory.c:deferred_split_huge_page, deferred_split_folio.
    """
    if page_flag(m, head, PG_SWAPCACHE):
        return 0  # reclaim is at it
    queued = of_whole(m, head, DEFERRED_SPLIT)
    if queued == 0:
        add_to_whole(m, head, DEFERRED_SPLIT, 1)
    if k.behaviour[B_SPLIT_QUEUE]:
        queued = 1
        if partially_mapped and of_whole(m, head, PARTIALLY_MAPPED) == 0:
            queued = 0
            add_to_whole(m, head, PARTIALLY_MAPPED, 1)
    return 0 if queued else count(m, THP_DEFERRED_SPLIT_PAGE, 1)


@core
def share_anon_page(m: State, page: int) -> int:
    """The page is no longer exclusive to one process."""
    return clear_page_flag(m, page, PG_ANON_EXCLUSIVE)
