# SPDX-License-Identifier: GPL-2.0-or-later
"""Huge pages of the pool move to another node.

Source: mm/migrate.c (migrate_hugetlbs, unmap_and_move_huge_page, remove_migration_pte),
mm/rmap.c:try_to_migrate_one, mm/hugetlb.c:move_hugetlb_state, fs/hugetlbfs/inode.c
(hugetlbfs_migrate_folio).  Entries of a migration live inside one step (`rmap_migrate_huge.py`).
"""

from typing import Final

from linuxmm.arch.x86.pgtable import PAGE_DIRTY, PAGE_PSE, pte_pfn, pte_present
from linuxmm.core import core
from linuxmm.mm.compound import (
    COMPOUND_MAPCOUNT,
    HPAGE_PMD_NR,
    HPAGE_PMD_ORDER,
    HUGETLB_TEMPORARY,
    add_to_whole,
    folio_copy,
    of_whole,
)
from linuxmm.mm.hugetlb.entry import hugepage_add_anon_rmap, page_remove_huge_rmap
from linuxmm.mm.hugetlb.isolate import putback_hugetlb
from linuxmm.mm.hugetlb.pool import (
    alloc_huge_page_nodemask,
    alloc_huge_page_vma,
    allowed_nodes,
    policy_nid,
)
from linuxmm.mm.memory.nonpresent import is_readable_migration_pte, pfn_swap_entry_pfn
from linuxmm.mm.migrate.folio import forget_old_page, migrate_hugetlb_folio
from linuxmm.mm.migrate.target import MTC_ILX, MTC_MM, MTC_POL, MTC_START
from linuxmm.mm.page import (
    get_page,
    not_modelled,
    page_anon,
    page_flag,
    page_huge,
    page_to_pfn,
    put_page,
    set_page_flag,
)
from linuxmm.mm.pgtable import pmd_val, set_pmd, walk_to_pmd
from linuxmm.mm.rmap import page_address_in_vma, page_dup_rmap_compound
from linuxmm.mm.rmap_migrate import migration_entry_of, page_try_share_anon_rmap, restored_entry
from linuxmm.mm.rmap_migrate_huge import first_address
from linuxmm.mm.sites import behaviour
from linuxmm.mm.swap import count
from linuxmm.mm.vma import next_vma
from linuxmm.state.behaviours import B_PGMIGRATE_FAIL_COUNTS_BUSY
from linuxmm.state.constants import (
    EAGAIN,
    ENOMEM,
    NO_PAGE,
    NO_VMA,
    PG_ANON_EXCLUSIVE,
    PG_DIRTY,
    WHY_HUGETLB,
)
from linuxmm.state.layout import PGMIGRATE_FAIL, PGMIGRATE_SUCCESS, SIZE_V, State
from linuxmm.state.rules import Rules

NR_PASSES: Final = 10


@core
def migrate_hugetlbs(m: State, k: Rules, pages: int, target: int) -> int:
    """The pages of hugetlb of a list move: how many did not, or -ENOMEM (no page to move to).

    Those that moved are NO_PAGE on the list, and -page those that were busy in all ten passes.
    """
    failed = 0
    last = pages + m.stack[pages]
    for i in range(pages + 1, last + 1):
        if page_huge(m, m.stack[i]) == 0:
            continue
        rc = -EAGAIN
        for _ in range(NR_PASSES):
            if rc == -EAGAIN:
                rc = unmap_and_move_huge_page(m, k, m.stack[i], target)
        if rc == 0:
            m.stack[i] = NO_PAGE
            count(m, PGMIGRATE_SUCCESS, HPAGE_PMD_NR)
            continue
        if rc == -ENOMEM or behaviour(m, k, B_PGMIGRATE_FAIL_COUNTS_BUSY):
            count(m, PGMIGRATE_FAIL, HPAGE_PMD_NR)
        if rc == -ENOMEM:
            return _no_page(m, pages)
        m.stack[i] = -m.stack[i]
        failed += 1
    return failed


@core
def _no_page(m: State, pages: int) -> int:
    """-ENOMEM.  Not modelled: what else there is on the list (before 6.3 it went in its order)."""
    for i in range(pages + 1, pages + m.stack[pages] + 1):
        if m.stack[i] > NO_PAGE and page_huge(m, m.stack[i]) == 0:
            not_modelled(m, WHY_HUGETLB)
    return -ENOMEM


@core
def unmap_and_move_huge_page(m: State, k: Rules, page: int, target: int) -> int:
    """One isolated page: 0, -EAGAIN (somebody else holds it) or -ENOMEM (no page to move to)."""
    if m.page_refcount[page] == 1:  # freed under us
        return putback_hugetlb(m, k, page)
    new = _target_page(m, page, target)
    if new == NO_PAGE:
        return -ENOMEM
    mapped = of_whole(m, page, COMPOUND_MAPCOUNT)
    if mapped:
        try_to_migrate_hugetlb(m, k, page)
    rc = -EAGAIN
    if of_whole(m, page, COMPOUND_MAPCOUNT) == 0:
        rc = migrate_hugetlb_folio(m, k, new, page)
    if rc == 0:
        folio_copy(m, new, page)
        forget_old_page(m, page)
    if mapped:
        remove_migration_hugetlb(m, k, page, new if rc == 0 else page)
    if rc == 0:
        move_hugetlb_state(m, page, new)
        putback_hugetlb(m, k, page)
    put_page(m, k, new)
    return rc


@core
def _target_page(m: State, page: int, target: int) -> int:
    """On the node that was asked for and no other, or by policy (`migrate/target.py`).

    Source: mm/migrate.c:alloc_migration_target, mm/mempolicy.c:alloc_migration_target_by_mpol,
    new_page.
    """
    if target >= 0:
        return alloc_huge_page_nodemask(m, target, 1 << target)
    mtc = -1 - target
    pol = m.stack[mtc + MTC_POL]
    if pol:
        nid = policy_nid(m, pol, m.stack[mtc + MTC_ILX] + (m.page_index[page] >> HPAGE_PMD_ORDER))
        return alloc_huge_page_nodemask(m, nid, allowed_nodes(m, pol))
    vma = next_vma(m, m.stack[mtc + MTC_MM], m.stack[mtc + MTC_START])
    while vma != NO_VMA and page_address_in_vma(m, page, vma) < 0:
        vma = next_vma(m, m.stack[mtc + MTC_MM], m.vma_end[vma])
    return alloc_huge_page_vma(m, vma, page_address_in_vma(m, page, vma))


@core
def move_hugetlb_state(m: State, old: int, new: int) -> int:
    """Where the new page is one more than the pool has, the old one leaves it."""
    temporary = of_whole(m, new, HUGETLB_TEMPORARY)
    add_to_whole(m, new, HUGETLB_TEMPORARY, -temporary)
    return add_to_whole(m, old, HUGETLB_TEMPORARY, temporary)


# --- its entries ---
@core
def try_to_migrate_hugetlb(m: State, k: Rules, head: int) -> int:
    """Every mapping becomes an entry of the migration, unless the page may be pinned."""
    for vma in range(1, m.used[SIZE_V]):
        addr = first_address(m, head, vma)
        pmd = walk_to_pmd(m, vma, addr) if addr else 0
        word = pmd_val(m, pmd) if addr else 0
        if pte_present(word) == 0 or pte_pfn(word) != page_to_pfn(m, head):
            continue
        if word & PAGE_DIRTY:
            set_page_flag(m, head, PG_DIRTY)
        exclusive = page_flag(m, head, PG_ANON_EXCLUSIVE)
        if exclusive and page_try_share_anon_rmap(m, head) == 0:
            return 0
        set_pmd(m, pmd, migration_entry_of(m, k, head, word & ~PAGE_PSE, exclusive))
        page_remove_huge_rmap(m, head)
        put_page(m, k, head)
    return 0


@core
def remove_migration_hugetlb(m: State, k: Rules, old: int, new: int) -> int:
    """Every entry of the migration of `old` becomes a mapping of `new`."""
    for vma in range(1, m.used[SIZE_V]):
        addr = first_address(m, new, vma)
        pmd = walk_to_pmd(m, vma, addr) if addr else 0
        word = pmd_val(m, pmd) if addr else 0
        if word == 0 or pte_present(word) or pfn_swap_entry_pfn(k, word) != page_to_pfn(m, old):
            continue
        get_page(m, new)
        set_pmd(m, pmd, restored_entry(m, k, new, vma, word) | PAGE_PSE)
        if page_anon(m, new):
            exclusive = 0 if is_readable_migration_pte(k, word) else 1
            hugepage_add_anon_rmap(m, k, new, vma, addr, exclusive)
        else:
            page_dup_rmap_compound(m, new)
    return 0
