# SPDX-License-Identifier: GPL-2.0-or-later
"""Migration entries: put in place of every mapping of a page, and taken away again.

Source: mm/rmap.c:try_to_migrate, mm/migrate.c:remove_migration_ptes.  A page is found through
its reverse map; an entry is its own by the pfn it carries.
"""

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_DIRTY,
    PAGE_RW,
    PAGE_SOFT_DIRTY,
    PAGE_UFFD_WP,
    pte_mkdirty,
    pte_present,
    pte_write,
)
from linuxmm.core import core
from linuxmm.mm.memory.nonpresent import (
    copy_swp_bits,
    is_device_exclusive_pte,
    is_migration_entry_dirty,
    is_migration_entry_young,
    is_readable_migration_pte,
    is_writable_device_private_pte,
    is_writable_migration_pte,
    make_device_private_entry,
    make_migration_entry,
    present_bits_of_swp,
    swp_bits_of_present,
)
from linuxmm.mm.memory.rss import update_hiwater_rss
from linuxmm.mm.memory.wp import maybe_mkwrite, mk_pte
from linuxmm.mm.mlock.page import mlock_page_drain
from linuxmm.mm.mlock.pagevec import mlock_vma_page_now
from linuxmm.mm.page import (
    clear_page_flag,
    get_page,
    not_modelled,
    page_anon,
    page_flag,
    page_maybe_dma_pinned,
    page_pgmap_type,
    page_to_pfn,
    put_page,
)
from linuxmm.mm.page_vma_mapped import check_pte, mapped_at, rmap_walk_address
from linuxmm.mm.pgtable import pmd_trans_huge, pte_offset_map, walk_to_pmd
from linuxmm.mm.rmap import (
    page_add_anon_rmap,
    page_add_file_rmap,
    page_remove_rmap,
)
from linuxmm.mm.sites import behaviour, predicate, refused_page, visit
from linuxmm.mm.swap import set_page_dirty
from linuxmm.state.behaviours import (
    B_MIGRATION_CLEARS_SOFT_DIRTY,
    B_MLOCK_SCHEME,
    B_RESTORED_WRITE,
)
from linuxmm.state.constants import (
    NO_PAGE,
    PG_ANON_EXCLUSIVE,
    PG_DIRTY,
    RANGE_PRIVATE,
    VM_LOCKED,
    WHY_DEVICE,
)
from linuxmm.state.layout import CURRENT_CPU, SIZE_V, State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_REMOVE_MIGRATION_PTE
from linuxmm.state.vocabulary import PREDICATE_TRY_TO_MIGRATE


# --- mappings become migration entries ---
@core
def try_to_migrate(m: State, k: Rules, page: int) -> int:
    """Replace every mapping of a locked page by a migration entry, as far as it goes.

    The caller looks at the mapcount afterwards: not all pages may be taken (an exclusive page
    that is pinned stays), and some types of device pages not at all.
    """
    if predicate(m, k, PREDICATE_TRY_TO_MIGRATE, page) == 0:
        return 0
    for vma in range(1, m.used[SIZE_V]):
        addr = rmap_walk_address(m, page, vma, -1)
        while addr >= 0:
            if try_to_migrate_one(m, k, page, vma, addr) == 0 or m.page_mapcount[page] == 0:
                return 0
            addr = rmap_walk_address(m, page, vma, addr)
    return 0


@core
def try_to_migrate_one(m: State, k: Rules, page: int, vma: int, addr: int) -> int:
    """One address of the reverse map: 1, or 0 when the walk has to end (the page is pinned)."""
    slot = mapped_at(m, k, page, vma, addr)
    if slot == 0:
        return 1
    pte = m.pte[slot]
    if is_device_exclusive_pte(k, pte):
        return not_modelled(m, WHY_DEVICE)
    if pte_present(pte) and pte & PAGE_DIRTY:
        set_page_dirty(m, page)
    update_hiwater_rss(m, m.vma_mm[vma])
    exclusive = page_flag(m, page, PG_ANON_EXCLUSIVE)
    if exclusive and page_try_share_anon_rmap(m, page) == 0:
        return 0
    m.pte[slot] = migration_entry_of(m, k, page, pte, exclusive)
    drop_rmap(m, k, page, vma)
    put_page(m, k, page)
    return 1


@core
def page_try_share_anon_rmap(m: State, page: int) -> int:
    """Give up exclusiveness: 1, or 0 for a page that may be pinned (private ones cannot be)."""
    private = page_pgmap_type(m, page) == RANGE_PRIVATE
    if not private and page_maybe_dma_pinned(m, page):
        return 0
    clear_page_flag(m, page, PG_ANON_EXCLUSIVE)
    return 1


@core
def migration_entry_of(m: State, k: Rules, page: int, pte: int, exclusive: int) -> int:
    """The migration entry that stands for this mapping, present or device-private."""
    pfn = page_to_pfn(m, page)
    if pte_present(pte) == 0:
        writable = is_writable_device_private_pte(k, pte)
        return copy_swp_bits(make_migration_entry(k, pfn, writable, exclusive, 0, 0), pte)
    young = pte & PAGE_ACCESSED
    entry = make_migration_entry(k, pfn, pte_write(pte), exclusive, young, pte & PAGE_DIRTY)
    return entry | swp_bits_of_present(pte)


@core
def drop_rmap(m: State, k: Rules, page: int, vma: int) -> int:
    """One mapping less; in a locked VMA the mlock batch is emptied at once (batch scheme)."""
    page_remove_rmap(m, k, page, vma)
    return _drain_mlock(m, k, vma)


@core
def _drain_mlock(m: State, k: Rules, vma: int) -> int:
    if m.vma_flags[vma] & VM_LOCKED and behaviour(m, k, B_MLOCK_SCHEME):
        mlock_page_drain(m, k, m.scratch[CURRENT_CPU])
    return 0


# --- migration entries become mappings ---
@core
def remove_migration_ptes(m: State, k: Rules, old: int, new: int) -> int:
    """Turn every migration entry of `old` into a mapping of `new` (the same page: restore)."""
    for vma in range(1, m.used[SIZE_V]):
        addr = rmap_walk_address(m, new, vma, -1)
        while addr >= 0:
            remove_migration_pte(m, k, new, vma, addr, old)
            addr = rmap_walk_address(m, new, vma, addr)
    return 0


@core
def remove_migration_pte(m: State, k: Rules, new: int, vma: int, addr: int, old: int) -> int:
    """One address of the reverse map: 1.  Young, dirty and writable as the entry carried it.

    An entry that was writable is so again if the VMA still is; of one that was not the write bit
    is as before, or (5.17, 6.12) as new entries of the VMA have it.
    """
    pmd = walk_to_pmd(m, vma, addr)
    if pmd_trans_huge(m, pmd):
        return 1
    slot = pte_offset_map(m, pmd, addr)
    if check_pte(m, k, slot, page_to_pfn(m, old), 1) == 0:
        return 1
    visit(m, SITE_REMOVE_MIGRATION_PTE, 0)
    entry = m.pte[slot]
    get_page(m, new)
    m.pte[slot] = restored_entry(m, k, new, vma, entry)
    if page_anon(m, new):
        exclusive = 0 if is_readable_migration_pte(k, entry) else 1
        page_add_anon_rmap(m, k, new, vma, addr, exclusive)
    else:
        page_add_file_rmap(m, k, new, vma)
    _mlock_restored(m, k, new, vma)
    return 1


@core
def _mlock_restored(m: State, k: Rules, new: int, vma: int) -> int:
    """In a locked VMA the page is mlocked; the batch scheme has done so in its rmap."""
    if m.vma_flags[vma] & VM_LOCKED == 0:
        return 0
    if behaviour(m, k, B_MLOCK_SCHEME):
        return _drain_mlock(m, k, vma)
    if refused_page(m, k, SITE_REMOVE_MIGRATION_PTE, new, vma, 0, NO_PAGE):
        return 0
    return mlock_vma_page_now(m, k, new)


@core
def restored_entry(m: State, k: Rules, new: int, vma: int, entry: int) -> int:
    """The word that a migration entry becomes: present, or device-private."""
    pte = mk_pte(m, new, m.vma_page_prot[vma])
    if behaviour(m, k, B_RESTORED_WRITE):
        pte &= ~PAGE_RW
    if is_migration_entry_young(k, entry) == 0:
        pte &= ~PAGE_ACCESSED
    if page_flag(m, new, PG_DIRTY) and is_migration_entry_dirty(k, entry):
        pte = pte_mkdirty(pte)
    if behaviour(m, k, B_MIGRATION_CLEARS_SOFT_DIRTY):
        pte &= ~PAGE_SOFT_DIRTY
    pte |= present_bits_of_swp(entry)
    if pte & PAGE_UFFD_WP:
        pte &= ~PAGE_RW
    if is_writable_migration_pte(k, entry):
        pte = maybe_mkwrite(m, vma, pte & ~PAGE_UFFD_WP)
    if page_pgmap_type(m, new) != RANGE_PRIVATE:
        return pte
    private = make_device_private_entry(k, page_to_pfn(m, new), pte_write(pte))
    return copy_swp_bits(private, entry)
