# SPDX-License-Identifier: GPL-2.0-or-later
"""Per-CPU batches in front of the LRU lists.  Source: mm/swap.c.

A page in a batch holds one reference of the batch; PG_lru is set only when the batch drains.
A batch drains when it has 15 pages (31 since 6.9), on lru_add_drain (this CPU) and
lru_add_drain_all.
"""

from linuxmm.core import core
from linuxmm.mm.compound import compound_head, compound_nr, page_compound
from linuxmm.mm.list import batch_size
from linuxmm.mm.mlock.page import mlock_new_page, mlock_page_drain
from linuxmm.mm.mm_inline import add_page_to_lru_list, move_page_on_lru
from linuxmm.mm.page import (
    clear_page_flag,
    get_page,
    page_anon,
    page_flag,
    page_pgmap_type,
    put_page,
    set_page_flag,
)
from linuxmm.state.behaviours import B_MLOCK_SCHEME
from linuxmm.state.constants import (
    NR_PVECS,
    PG_ACTIVE,
    PG_DIRTY,
    PG_IDLE,
    PG_LRU,
    PG_MLOCKED,
    PG_REFERENCED,
    PG_SWAPBACKED,
    PG_SWAPCACHE,
    PG_UNEVICTABLE,
    PVEC_ACTIVATE,
    PVEC_DEACTIVATE,
    PVEC_LAZYFREE,
    PVEC_LRU_ADD,
    PVEC_MLOCK,
    PVEC_SIZE,
    RANGE_FSDAX,
    RANGE_GENERIC,
    VM_LOCKED,
    VM_SPECIAL,
)
from linuxmm.state.layout import (
    CURRENT_CPU,
    NR_MLOCK,
    PGACTIVATE,
    PGDEACTIVATE,
    PGLAZYFREE,
    SIZE_U,
    UNEVICTABLE_PGCULLED,
    UNEVICTABLE_PGMLOCKED,
    UNEVICTABLE_PGRESCUED,
    State,
)
from linuxmm.state.rules import Rules


@core
def count(m: State, which: int, delta: int) -> int:
    """Add to a vmstat counter."""
    m.vmstat[which] = m.vmstat[which] + delta
    return 0


@core
def pagevec_add(m: State, k: Rules, which: int, page: int) -> int:
    """Put a page into this CPU's batch `which`, with a reference.

    A full batch drains, and one with a huge page at once.
    """
    cpu = m.scratch[CURRENT_CPU]
    batch = cpu * NR_PVECS + which
    n = m.pvec_nr[batch]
    get_page(m, page)
    m.pvec_page[batch * PVEC_SIZE + n] = page
    m.pvec_nr[batch] = n + 1
    if n + 1 >= batch_size(k) or page_compound(m, page):
        drain_batch(m, k, cpu, which)
    return 0


@core
def drain_batch(m: State, k: Rules, cpu: int, which: int) -> int:
    """Do what the batch stands for to each of its pages and drop the batch's references."""
    batch = cpu * NR_PVECS + which
    n = m.pvec_nr[batch]
    m.pvec_nr[batch] = 0
    first = batch * PVEC_SIZE
    for i in range(first, first + n):
        page = m.pvec_page[i]
        m.pvec_page[i] = 0
        if which == PVEC_LRU_ADD:
            lru_add_fn(m, page)
        elif which == PVEC_DEACTIVATE:
            lru_deactivate_fn(m, page)
        elif which == PVEC_LAZYFREE:
            lru_lazyfree_fn(m, page)
        elif which == PVEC_ACTIVATE:
            activate_fn(m, page)
        put_page(m, k, page)
    return 0


@core
def lru_add_drain_cpu(m: State, k: Rules, cpu: int) -> int:
    """Drain every batch of one CPU."""
    for which in range(PVEC_MLOCK):
        if m.pvec_nr[cpu * NR_PVECS + which]:
            drain_batch(m, k, cpu, which)
    if k.behaviour[B_MLOCK_SCHEME]:
        mlock_page_drain(m, k, cpu)
    return 0


@core
def lru_add_drain(m: State, k: Rules) -> int:
    """Drain every batch of the current CPU."""
    return lru_add_drain_cpu(m, k, m.scratch[CURRENT_CPU])


@core
def lru_add_drain_all(m: State, k: Rules) -> int:
    """Drain every batch of every CPU."""
    for cpu in range(m.size[SIZE_U]):
        lru_add_drain_cpu(m, k, cpu)
    return 0


@core
def lru_add_fn(m: State, page: int) -> int:
    """__pagevec_lru_add_fn: on the list of its flags; mlocked pages on the unevictable one."""
    was_unevictable = page_flag(m, page, PG_UNEVICTABLE)
    if page_flag(m, page, PG_MLOCKED) == 0:
        clear_page_flag(m, page, PG_UNEVICTABLE)
        if was_unevictable:
            count(m, UNEVICTABLE_PGRESCUED, compound_nr(m, page))
    else:
        clear_page_flag(m, page, PG_ACTIVE)
        set_page_flag(m, page, PG_UNEVICTABLE)
        m.page_mlock_count[page] = 0
        if was_unevictable == 0:
            count(m, UNEVICTABLE_PGCULLED, compound_nr(m, page))
    return add_page_to_lru_list(m, page)


@core
def lru_deactivate_fn(m: State, page: int) -> int:
    """Active and evictable: to the inactive list, referenced cleared."""
    flags = m.page_flags[page]
    if flags & PG_LRU and flags & PG_ACTIVE and flags & PG_UNEVICTABLE == 0:
        clear_page_flag(m, page, PG_ACTIVE | PG_REFERENCED)
        move_page_on_lru(m, page)
        count(m, PGDEACTIVATE, compound_nr(m, page))
    return 0


@core
def lru_lazyfree_fn(m: State, page: int) -> int:
    """Anonymous, swap-backed, not in the swap cache: lazily freed, on the inactive file list."""
    flags = m.page_flags[page]
    if flags & PG_LRU == 0 or page_anon(m, page) == 0 or flags & PG_SWAPBACKED == 0:
        return 0
    if flags & (PG_SWAPCACHE | PG_UNEVICTABLE):
        return 0
    clear_page_flag(m, page, PG_ACTIVE | PG_REFERENCED | PG_SWAPBACKED)
    move_page_on_lru(m, page)
    return count(m, PGLAZYFREE, compound_nr(m, page))


@core
def activate_fn(m: State, page: int) -> int:
    """Inactive and evictable: to the active list."""
    flags = m.page_flags[page]
    if flags & PG_LRU and flags & (PG_ACTIVE | PG_UNEVICTABLE) == 0:
        set_page_flag(m, page, PG_ACTIVE)
        move_page_on_lru(m, page)
        count(m, PGACTIVATE, compound_nr(m, page))
    return 0


@core
def lru_cache_add(m: State, k: Rules, page: int) -> int:
    """A page enters the LRU: into this CPU's lru_add batch."""
    return pagevec_add(m, k, PVEC_LRU_ADD, page)


@core
def lru_cache_add_inactive_or_unevictable(m: State, k: Rules, page: int, vma: int) -> int:
    """A new anonymous page enters the LRU; in a locked VMA it is mlocked at once."""
    if m.vma_flags[vma] & (VM_LOCKED | VM_SPECIAL) == VM_LOCKED:
        if k.behaviour[B_MLOCK_SCHEME]:
            return mlock_new_page(m, k, page)
        if page_flag(m, page, PG_MLOCKED) == 0:
            set_page_flag(m, page, PG_MLOCKED)
            count(m, NR_MLOCK, compound_nr(m, page))
            count(m, UNEVICTABLE_PGMLOCKED, compound_nr(m, page))
    return lru_cache_add(m, k, page)


@core
def deactivate_page(m: State, k: Rules, page: int) -> int:
    """MADV_COLD: an active page on the LRU is on its way to the inactive list."""
    flags = m.page_flags[page]
    if flags & PG_LRU and flags & PG_ACTIVE and flags & PG_UNEVICTABLE == 0:
        pagevec_add(m, k, PVEC_DEACTIVATE, page)
    return 0


@core
def mark_page_lazyfree(m: State, k: Rules, page: int) -> int:
    """MADV_FREE: an anonymous page on the LRU is on its way to be lazily freed."""
    flags = m.page_flags[page]
    if flags & PG_LRU == 0 or page_anon(m, page) == 0 or flags & PG_SWAPBACKED == 0:
        return 0
    if flags & (PG_SWAPCACHE | PG_UNEVICTABLE):
        return 0
    return pagevec_add(m, k, PVEC_LAZYFREE, page)


@core
def mark_page_accessed(m: State, k: Rules, page: int) -> int:
    """One more use: unreferenced -> referenced -> active; an unevictable page only referenced."""
    page = compound_head(m, page)
    flags = m.page_flags[page]
    if flags & PG_REFERENCED == 0:
        set_page_flag(m, page, PG_REFERENCED)
    elif flags & PG_UNEVICTABLE:
        pass
    elif flags & PG_ACTIVE == 0:
        if flags & PG_LRU:
            pagevec_add(m, k, PVEC_ACTIVATE, page)
        else:
            activate_in_batch(m, page)
        clear_page_flag(m, page, PG_REFERENCED)
    return clear_page_flag(m, page, PG_IDLE)


@core
def activate_in_batch(m: State, page: int) -> int:
    """__lru_cache_activate_page: a page still in this CPU's lru_add batch becomes active."""
    batch = m.scratch[CURRENT_CPU] * NR_PVECS + PVEC_LRU_ADD
    first = batch * PVEC_SIZE
    for i in range(first, first + m.pvec_nr[batch]):
        if m.pvec_page[i] == page:
            set_page_flag(m, page, PG_ACTIVE)
    return 0


@core
def set_page_dirty(m: State, page: int) -> int:
    """Mark a page dirty (no write-back is modelled); the mapping of a DAX page marks none.

    Source: mm/page-writeback.c:folio_mark_dirty; fs/ext4, drivers/dax/device.c: noop_dirty_folio.
    """
    if page_pgmap_type(m, page) in (RANGE_FSDAX, RANGE_GENERIC):
        return 0
    return set_page_flag(m, page, PG_DIRTY)
