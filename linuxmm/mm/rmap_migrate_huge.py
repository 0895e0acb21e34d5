# SPDX-License-Identifier: GPL-2.0-or-later
"""Migration entries of a huge page: of its leaves one word, of its parts one each.

Source: mm/rmap.c:try_to_migrate_one, mm/migrate.c:remove_migration_pte, mm/huge_memory.c
(set_pmd_migration_entry, remove_migration_pmd).  An entry at the level of PMDs lives from the
one to the other of these two walks, inside one step: nobody else meets it.
"""

from linuxmm.arch.x86.pgtable import (
    PAGE_DIRTY,
    PAGE_PSE,
    PAGE_SOFT_DIRTY,
    PAGE_SPECIAL,
    pfn_pte,
    pte_pfn,
    pte_present,
)
from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_SIZE
from linuxmm.mm.memory.nonpresent import (
    is_migration_pte,
    is_readable_migration_pte,
    pfn_swap_entry_pfn,
    pte_swp_soft_dirty,
)
from linuxmm.mm.memory.rss import add_mm_counter
from linuxmm.mm.page import get_page, page_anon, page_flag, page_mapping_row, page_to_pfn, put_page
from linuxmm.mm.pgtable import (
    PMD_TABLE,
    deposited_pte,
    pmd_addr_end,
    pmd_trans_huge,
    pmd_val,
    set_pmd,
    walk_to_pmd,
)
from linuxmm.mm.rmap import (
    anon_vma_covers,
    page_add_anon_rmap_compound,
    page_remove_rmap_compound,
)
from linuxmm.mm.rmap_migrate import (
    migration_entry_of,
    page_try_share_anon_rmap,
    remove_migration_pte,
    restored_entry,
    try_to_migrate_one,
)
from linuxmm.mm.swap import set_page_dirty
from linuxmm.state.constants import (
    MM_ANONPAGES,
    PG_ANON_EXCLUSIVE,
    PG_MLOCKED,
    SET_ZERO_PAGE,
    VM_LOCKED,
)
from linuxmm.state.layout import SIZE_V, State
from linuxmm.state.rules import Rules


@core
def first_address(m: State, head: int, vma: int) -> int:
    """Where the VMA maps the head by its index (that may lie before the VMA); 0: it maps none."""
    if m.vma_mm[vma] == 0:
        return 0
    row = page_mapping_row(m, head)
    if page_anon(m, head):
        if anon_vma_covers(m, row, vma) == 0:
            return 0
    elif m.vma_file[vma] != row:
        return 0
    addr = m.vma_start[vma] + ((m.page_index[head] - m.vma_pgoff[vma]) << 12)
    return addr if addr < m.vma_end[vma] and addr + HPAGE_PMD_SIZE > m.vma_start[vma] else 0


# --- mappings become migration entries ---
@core
def try_to_migrate_huge(m: State, k: Rules, head: int) -> int:
    """Replace every mapping of a locked huge page, as far as it goes (`rmap_migrate.py`)."""
    for vma in range(1, m.used[SIZE_V]):
        first = first_address(m, head, vma)
        addr = max(first, m.vma_start[vma])
        end = min(first + HPAGE_PMD_SIZE, m.vma_end[vma]) if first else 0
        while addr < end:
            stop = pmd_addr_end(addr, end)
            pmd = walk_to_pmd(m, vma, addr)
            if pmd_trans_huge(m, pmd):
                ours = pte_pfn(pmd_val(m, pmd)) == page_to_pfn(m, head)
                if ours and set_pmd_migration_entry(m, k, vma, pmd, head) == 0:
                    return 0
                addr = stop
            while addr < stop:
                if try_to_migrate_one(m, k, head + (addr - first >> 12), vma, addr) == 0:
                    return 0
                addr += 4096
    return 0


@core
def set_pmd_migration_entry(m: State, k: Rules, vma: int, pmd: int, head: int) -> int:
    """A leaf becomes the entry of its migration: 1, or 0 for a page that may be pinned."""
    word = pmd_val(m, pmd)
    exclusive = page_flag(m, head, PG_ANON_EXCLUSIVE)
    if exclusive and page_try_share_anon_rmap(m, head) == 0:
        return 0
    if word & PAGE_DIRTY:
        set_page_dirty(m, head)
    set_pmd(m, pmd, migration_entry_of(m, k, head, word & ~PAGE_PSE, exclusive))
    page_remove_rmap_compound(m, k, head, vma)
    put_page(m, k, head)
    return 1


# --- migration entries become mappings ---
@core
def remove_migration_ptes_huge(m: State, k: Rules, old: int, new: int, unused: int) -> int:
    """Turn every migration entry of `old` and its parts into a mapping of `new` and its own.

    `unused`: after a split (RMP_USE_SHARED_ZEROPAGE) a part full of zeros gives way to the zero
    page.
    """
    pfn = page_to_pfn(m, old)
    for vma in range(1, m.used[SIZE_V]):
        first = first_address(m, new, vma)
        addr = max(first, m.vma_start[vma])
        end = min(first + HPAGE_PMD_SIZE, m.vma_end[vma]) if first else 0
        while addr < end:
            stop = pmd_addr_end(addr, end)
            pmd = walk_to_pmd(m, vma, addr)
            word = pmd_val(m, pmd)
            if word and word != PMD_TABLE:
                if pte_present(word) == 0 and pfn_swap_entry_pfn(k, word) == pfn:
                    remove_migration_pmd(m, k, vma, pmd, addr, new)
                addr = stop
            while addr < stop:
                i = addr - first >> 12
                pte = m.pte[deposited_pte(pmd, addr)]
                if is_migration_pte(k, pte) and pfn_swap_entry_pfn(k, pte) == pfn + i:
                    slot = deposited_pte(pmd, addr)
                    if unused == 0 or try_to_map_unused_to_zeropage(m, new + i, vma, slot) == 0:
                        remove_migration_pte(m, k, new + i, vma, addr, old + i)
                addr += 4096
    return 0


@core
def try_to_map_unused_to_zeropage(m: State, page: int, vma: int, slot: int) -> int:
    """1: the entry maps the zero page now, with the soft-dirty bit that it had."""
    if m.page_tag[page] or page_flag(m, page, PG_MLOCKED) or m.vma_flags[vma] & VM_LOCKED:
        return 0
    entry = pfn_pte(page_to_pfn(m, m.setting[SET_ZERO_PAGE]), m.vma_page_prot[vma]) | PAGE_SPECIAL
    if pte_swp_soft_dirty(m.pte[slot]):
        entry |= PAGE_SOFT_DIRTY
    m.pte[slot] = entry
    add_mm_counter(m, m.vma_mm[vma], MM_ANONPAGES, -1)
    return 1


@core
def remove_migration_pmd(m: State, k: Rules, vma: int, pmd: int, haddr: int, new: int) -> int:
    """The entry of a migration becomes a leaf that maps `new`, as it says."""
    entry = pmd_val(m, pmd)
    get_page(m, new)
    set_pmd(m, pmd, restored_entry(m, k, new, vma, entry) | PAGE_PSE)
    exclusive = 0 if is_readable_migration_pte(k, entry) else 1
    return page_add_anon_rmap_compound(m, k, new, vma, haddr, exclusive)
