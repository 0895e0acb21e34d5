# SPDX-License-Identifier: GPL-2.0-or-later
"""One page takes the place of another.  Source: mm/migrate.c:migrate_folio and what it calls.

The source has no mappings left (migration entries stand for them) and is locked.  Contents
(`page_tag`) are copied by the caller: a device driver copies them itself.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_ORDER
from linuxmm.mm.hugetlb.entry import cache_references
from linuxmm.mm.memcontrol.charge import mem_cgroup_migrate
from linuxmm.mm.page import (
    clear_page_flag,
    get_page,
    is_migratable_device_page,
    page_anon,
    page_flag,
    page_ksm,
    page_mapping_row,
    set_page_flag,
)
from linuxmm.state.behaviours import B_DEVICE_PAGE_EXTRA_REF
from linuxmm.state.constants import (
    EAGAIN,
    MAPPING_KSM,
    PG_ACTIVE,
    PG_DIRTY,
    PG_IDLE,
    PG_PRIVATE,
    PG_REFERENCED,
    PG_SWAPBACKED,
    PG_SWAPCACHE,
    PG_UNEVICTABLE,
    PG_UPTODATE,
    PG_WORKINGSET,
    PG_YOUNG,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules

MAPPING_NO_CACHE: Final = 0
MAPPING_PAGE_CACHE: Final = 1
MAPPING_SWAP_CACHE: Final = 2


@core
def page_cache_of(m: State, page: int) -> int:
    """Which cache holds the page (page_mapping): none, the page cache, the swap cache."""
    if page_flag(m, page, PG_SWAPCACHE):
        return MAPPING_SWAP_CACHE
    if page_anon(m, page) or m.page_mapping[page] == 0:
        return MAPPING_NO_CACHE
    return MAPPING_PAGE_CACHE


@core
def folio_expected_refs(m: State, k: Rules, page: int) -> int:
    """References of an unmapped page that nobody but its migration and its cache uses.

    Device pages carried one more in the old convention (expected_page_refs of 5.17).
    """
    refs = 1
    if is_migratable_device_page(m, page):
        refs += k.behaviour[B_DEVICE_PAGE_EXTRA_REF]
    if page_cache_of(m, page) != MAPPING_NO_CACHE:
        refs += 1 + page_flag(m, page, PG_PRIVATE)
    return refs


@core
def migrate_folio(m: State, k: Rules, new: int, old: int) -> int:
    """Move identity, cache entry and flags: 0, or -EAGAIN when somebody else holds the page."""
    if m.page_refcount[old] != folio_expected_refs(m, k, old):
        return -EAGAIN
    folio_migrate_mapping(m, new, old)
    return folio_migrate_flags(m, new, old)


@core
def folio_migrate_mapping(m: State, new: int, old: int) -> int:
    """mapping, index and the cache's reference go over; what is left is the migration's own."""
    cache = page_cache_of(m, old)
    m.page_index[new] = m.page_index[old]
    m.page_mapping[new] = m.page_mapping[old]
    if page_flag(m, old, PG_SWAPBACKED):
        set_page_flag(m, new, PG_SWAPBACKED)
    if cache == MAPPING_NO_CACHE:
        return 0
    if cache == MAPPING_SWAP_CACHE:
        set_page_flag(m, new, PG_SWAPCACHE)
        m.page_private[new] = m.page_private[old]
        m.swap_page[m.page_private[old]] = new
    else:
        m.cache_page[m.file_first[page_mapping_row(m, old)] + m.page_index[old]] = new
    _move_reference(m, new, old)
    if page_flag(m, old, PG_DIRTY):
        clear_page_flag(m, old, PG_DIRTY)
        set_page_flag(m, new, PG_DIRTY)
    if page_flag(m, old, PG_PRIVATE):  # buffer_migrate_folio, filemap_migrate_folio
        set_page_flag(m, new, PG_PRIVATE)
        _move_reference(m, new, old)
    return 0


@core
def migrate_hugetlb_folio(m: State, k: Rules, new: int, old: int) -> int:
    """The same for a huge page of the pool, which stays marked dirty where it was.

    Source: fs/hugetlbfs/inode.c:hugetlbfs_migrate_folio; migrate_folio of a private one.
    """
    cached = 0 if page_anon(m, old) else cache_references(k)
    if m.page_refcount[old] != 1 + cached:
        return -EAGAIN
    m.page_index[new] = m.page_index[old]
    m.page_mapping[new] = m.page_mapping[old]
    if cached:
        place = m.page_index[old] >> HPAGE_PMD_ORDER
        m.cache_page[m.file_first[page_mapping_row(m, old)] + place] = new
        m.page_refcount[new] = m.page_refcount[new] + cached
        m.page_refcount[old] = m.page_refcount[old] - cached
    return folio_migrate_flags(m, new, old)


@core
def _move_reference(m: State, new: int, old: int) -> int:
    get_page(m, new)
    m.page_refcount[old] = m.page_refcount[old] - 1
    return 0


@core
def folio_migrate_flags(m: State, new: int, old: int) -> int:
    """Flags and the KSM stable node go over; PG_mlocked and anon-exclusive do not."""
    flags = m.page_flags[old]
    copied = PG_REFERENCED | PG_UPTODATE | PG_WORKINGSET | PG_DIRTY | PG_YOUNG | PG_IDLE
    set_page_flag(m, new, flags & copied)
    if flags & PG_ACTIVE:
        set_page_flag(m, new, PG_ACTIVE)
        clear_page_flag(m, old, PG_ACTIVE)
    elif flags & PG_UNEVICTABLE:
        set_page_flag(m, new, PG_UNEVICTABLE)
        clear_page_flag(m, old, PG_UNEVICTABLE)
    if page_ksm(m, old):
        _migrate_ksm(m, new, old)
    clear_page_flag(m, old, PG_SWAPCACHE | PG_PRIVATE)
    m.page_private[old] = 0
    return mem_cgroup_migrate(m, old, new)


@core
def _migrate_ksm(m: State, new: int, old: int) -> int:
    """mm/ksm.c:ksm_migrate_page: the stable node stands for the new page."""
    node = page_mapping_row(m, new)
    if node:
        m.stable_page[node] = new
    m.page_mapping[old] = MAPPING_KSM
    return 0


@core
def forget_old_page(m: State, old: int) -> int:
    """After success a page of the page cache loses its mapping; anonymous ones keep the type."""
    if page_anon(m, old) == 0:
        m.page_mapping[old] = 0
    return 0
