# SPDX-License-Identifier: GPL-2.0-or-later
"""mbind(2): a policy for a range of addresses.  Source: mm/mempolicy.c:do_mbind, mbind_range.

Not modelled: shared policies of shmem files, MPOL_MF_LAZY (which user space cannot ask for).
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.list import list_empty, list_head
from linuxmm.mm.mempolicy.policy import (
    POL_MODE,
    load_task_policy,
    mpol_new,
    mpol_set_nodemask,
    new_policy,
    policy_mode,
    sanitize_mpol_flags,
    store_vma_policy,
    vma_has_policy,
)
from linuxmm.mm.mempolicy.queue import (
    MOVES,
    MPOL_MF_DISCONTIG_OK,
    MPOL_MF_INVERT,
    queue_pages_range,
)
from linuxmm.mm.migrate.move_pages import MAX_MOVE_PAGES
from linuxmm.mm.migrate.pages import MIGRATE_SYNC, migrate_pages, putback_movable_pages
from linuxmm.mm.migrate.target import (
    MTC_ILX,
    MTC_MM,
    MTC_POL,
    MTC_START,
    NR_MTC,
    by_policy,
)
from linuxmm.mm.page import not_modelled, page_ksm
from linuxmm.mm.rmap import linear_page_index, page_address_in_vma
from linuxmm.mm.sites import behaviour
from linuxmm.mm.stack import pop, push
from linuxmm.mm.swap import lru_add_drain, lru_add_drain_all
from linuxmm.mm.vma import may_isolate, next_vma
from linuxmm.mm.vma_merge import merge_neighbours, split_out
from linuxmm.state.behaviours import B_MBIND_TARGET
from linuxmm.state.constants import (
    EINVAL,
    EIO,
    ENOMEM,
    EPERM,
    NO_VMA,
    OPS_SHMEM,
    SET_CAPABLE,
    WHY_MEMPOLICY,
)
from linuxmm.state.layout import CURRENT_TASK, State
from linuxmm.state.rules import Rules
from linuxmm.uapi import (
    MPOL_DEFAULT,
    MPOL_INTERLEAVE,
    MPOL_MF_MOVE_ALL,
    MPOL_MF_STRICT,
    MPOL_MF_VALID,
    MPOL_MODE_FLAGS,
    PAGE_SIZE,
)

OF_CALL: Final = 1  # B_MBIND_TARGET


@core
def sys_mbind(
    m: State, k: Rules, task: int, start: int, nr: int, mode: int, nodes: int, flags: int
) -> int:
    """mbind(2) on `nr` pages from `start`: 0 or -errno.  `mode` with its flags."""
    if sanitize_mpol_flags(mode) or flags & ~MPOL_MF_VALID:
        return -EINVAL
    if flags & MPOL_MF_MOVE_ALL and m.setting[SET_CAPABLE] == 0:
        return -EPERM
    if mode & ~MPOL_MODE_FLAGS == MPOL_DEFAULT:
        flags = flags & ~MPOL_MF_STRICT | MPOL_MF_DISCONTIG_OK
    if nr < 0:  # the end wraps round to before the start
        return -EINVAL
    if nr == 0:
        return 0
    pol = new_policy(m)
    err = mpol_new(m, pol, mode, nodes)
    if err == 0:
        if flags & MOVES:
            lru_add_drain_all(m, k)  # lru_cache_disable
        err = mpol_set_nodemask(m, pol, nodes)
    if err == 0:
        err = do_mbind(m, k, m.task_mm[task], start, start + nr * PAGE_SIZE, pol, nodes, flags)
    pop(m, pol)
    return err


@core
def do_mbind(
    m: State, k: Rules, mm: int, start: int, end: int, pol: int, nodes: int, flags: int
) -> int:
    """Queue what is misplaced, set the policy, move the queue: 0 or -errno.

    What is misplaced is asked of the nodes as they were given.
    """
    room = min((end - start) // PAGE_SIZE, MAX_MOVE_PAGES)
    pagelist = list_head(m, room)
    unmovable = queue_pages_range(
        m, k, mm, start, end, nodes, flags | MPOL_MF_INVERT, pagelist, room
    )
    err = unmovable if unmovable < 0 else mbind_ranges(m, k, mm, start, end, pol)
    if err == 0 and list_empty(m, pagelist) == 0:
        mtc = migration_target(m, k, mm, start, end, pol, pagelist)
        if migrate_pages(m, k, pagelist, by_policy(mtc), MIGRATE_SYNC):
            unmovable = 1
    putback_movable_pages(m, k, pagelist)
    if flags & MOVES:
        lru_add_drain(m, k)
    pop(m, pagelist)
    if err == 0 and unmovable and flags & MPOL_MF_STRICT:
        return -EIO
    return err


# --- the policy of the areas ---
@core
def mbind_ranges(m: State, k: Rules, mm: int, start: int, end: int, pol: int) -> int:
    """Every VMA of the range has this policy, split where it must be: 0, or -ENOMEM."""
    vma = next_vma(m, mm, start)
    while vma != NO_VMA and m.vma_start[vma] < end:
        start = max(start, m.vma_start[vma])
        stop = min(end, m.vma_end[vma])
        err = mbind_range(m, k, vma, start, stop, pol)
        if err:
            return err
        start = stop
        vma = next_vma(m, mm, start)
    return 0


@core
def mbind_range(m: State, k: Rules, vma: int, start: int, end: int, pol: int) -> int:
    """One part of a VMA has this policy: 0, -ENOMEM, or -EINVAL inside a huge page of hugetlb."""
    if vma_has_policy(m, vma, pol):
        return 0
    if m.vma_ops[vma] == OPS_SHMEM:
        return not_modelled(m, WHY_MEMPOLICY)
    err = may_isolate(m, k, vma, start, end)
    if err:
        return err
    vma = split_out(m, k, vma, start, end)
    if vma == NO_VMA:
        return -ENOMEM
    store_vma_policy(m, vma, pol)
    merge_neighbours(m, k, vma)
    return 0


# --- where pages go to ---
@core
def migration_target(
    m: State, k: Rules, mm: int, start: int, end: int, pol: int, pagelist: int
) -> int:
    """A struct for `migrate_pages` that says by which policy pages are allocated."""
    mtc = push(m, NR_MTC)
    m.stack[mtc + MTC_MM] = mm
    m.stack[mtc + MTC_START] = start
    m.stack[mtc + MTC_POL] = 0
    m.stack[mtc + MTC_ILX] = 0
    if behaviour(m, k, B_MBIND_TARGET) == OF_CALL:
        if m.stack[pol + POL_MODE] == MPOL_DEFAULT:
            load_task_policy(m, pol, m.scratch[CURRENT_TASK])
        m.stack[mtc + MTC_POL] = pol
        if policy_mode(m, pol) == MPOL_INTERLEAVE:
            m.stack[mtc + MTC_ILX] = first_interleaved(m, mm, start, end, pagelist)
    return mtc


@core
def first_interleaved(m: State, mm: int, start: int, end: int, pagelist: int) -> int:
    """What is added to a page's index, so that the first that moves comes to its own place."""
    first = pagelist + 1
    last = pagelist + m.stack[pagelist]
    while first <= last and page_ksm(m, m.stack[first]):
        first += 1
    if first > last:
        return 0
    page = m.stack[first]
    vma = next_vma(m, mm, start)
    while vma != NO_VMA and m.vma_start[vma] < end:
        addr = page_address_in_vma(m, page, vma)
        if addr >= 0:
            return linear_page_index(m, vma, addr) - m.page_index[page]
        vma = next_vma(m, mm, m.vma_end[vma])
    return 0
