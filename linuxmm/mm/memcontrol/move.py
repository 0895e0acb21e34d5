# SPDX-License-Identifier: GPL-2.0-or-later
"""A process goes to another group, in cgroup v1 its charges with it where that group says so.

Source: mm/memcontrol.c (mem_cgroup_can_attach, mem_cgroup_move_task, get_mctgt_type), in 6.12
mm/memcontrol-v1.c, which CONFIG_MEMCG_V1 leaves out.  Two walks: the first counts what could be
moved, the second moves it; without limits the count decides nothing, and both look everything up.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import pte_none, pte_present
from linuxmm.core import core
from linuxmm.mm.compound import page_compound
from linuxmm.mm.memcontrol.charge import (
    charge_memcg,
    has_memcg_v1,
)
from linuxmm.mm.memcontrol.stat import no_such_memcg
from linuxmm.mm.memcontrol.tree import ROOT_MEMCG, is_memcg_v2, memcg_has_children
from linuxmm.mm.memcontrol.uncharge import mem_cgroup_uncharge
from linuxmm.mm.memory.nonpresent import (
    is_device_private_pte,
    pfn_swap_entry_pfn,
)
from linuxmm.mm.mincore import find_get_incore_page
from linuxmm.mm.page import (
    get_page,
    is_migratable_device_page,
    not_modelled,
    page_anon,
    page_flag,
    pfn_to_page,
    put_page,
)
from linuxmm.mm.pagewalk import WALK_PRIVATE, WALK_VMA, page_walk
from linuxmm.mm.pgtable import TASK_SIZE, pmd_trans_huge, pte_offset_map
from linuxmm.mm.rmap import linear_page_index
from linuxmm.mm.sites import refused_page, site_page
from linuxmm.mm.stack import pop, push
from linuxmm.mm.swap import lru_add_drain_all
from linuxmm.mm.vmscan.isolate import isolate_lru_page, putback_lru_page
from linuxmm.state.constants import (
    EBUSY,
    EINVAL,
    ENOENT,
    LIST_NONE,
    NO_PAGE,
    NO_VMA,
    PG_LOCKED,
    WHY_MEMCG,
)
from linuxmm.state.layout import MOVE_CHARGE, State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_MC_HANDLE_PRESENT_PTE

MOVE_ANON: Final = 1
MOVE_FILE: Final = 2
MOVE_MASK: Final = MOVE_ANON | MOVE_FILE
# struct move_charge_struct: m.stack[mc + ...]
MC_FROM: Final = 0
MC_TO: Final = 1
MC_FLAGS: Final = 2
MC_MOVES: Final = 3  # the second walk
NR_MC: Final = 4


@core
def mc_handle_present_pte(m: State, k: Rules, vma: int, addr: int, pte: int) -> int:
    """The mapped page whose charge may move, with a reference; or NO_PAGE."""
    page = site_page(m, k, SITE_MC_HANDLE_PRESENT_PTE, vma, addr, pte)
    if refused_page(m, k, SITE_MC_HANDLE_PRESENT_PTE, page, vma, 0, 0):
        return NO_PAGE
    wanted = MOVE_ANON if page_anon(m, page) else MOVE_FILE
    flags = m.stack[m.scratch[MOVE_CHARGE] + MC_FLAGS]
    if flags & wanted == 0 or m.page_refcount[page] == 0:
        return NO_PAGE
    get_page(m, page)
    return page


@core
def mc_handle_swap_pte(m: State, k: Rules, pte: int, flags: int) -> int:
    """The page of a device-private entry, with a reference; what is in swap is not modelled."""
    if flags & MOVE_ANON == 0 or is_device_private_pte(k, pte) == 0:
        return NO_PAGE
    page = pfn_to_page(m, pfn_swap_entry_pfn(k, pte))
    if m.page_refcount[page] == 0:
        return NO_PAGE
    get_page(m, page)
    return page


@core
def mc_handle_file_pte(m: State, vma: int, addr: int, flags: int) -> int:
    """What the page cache has where nothing is mapped, with a reference; or NO_PAGE."""
    file = m.vma_file[vma]
    if file == 0 or flags & MOVE_FILE == 0:
        return NO_PAGE
    page = find_get_incore_page(m, file, linear_page_index(m, vma, addr))
    if page != NO_PAGE:
        get_page(m, page)
    return page


@core
def get_mctgt_type(m: State, k: Rules, vma: int, addr: int, pte: int, mc: int) -> int:
    """The page of an entry that is charged to the group that is left, with a reference."""
    flags = m.stack[mc + MC_FLAGS]
    if pte_present(pte):
        page = mc_handle_present_pte(m, k, vma, addr, pte)
    elif pte_none(pte):
        page = mc_handle_file_pte(m, vma, addr, flags)
    else:
        page = mc_handle_swap_pte(m, k, pte, flags)
    if page != NO_PAGE and m.page_memcg[page] != m.stack[mc + MC_FROM]:
        put_page(m, k, page)
        return NO_PAGE
    return page


@core
def mem_cgroup_move_account(m: State, page: int, mc: int) -> int:
    """The page is the other group's from now on; one that is locked stays where it is."""
    if page_flag(m, page, PG_LOCKED):
        return 0
    mem_cgroup_uncharge(m, page)
    return charge_memcg(m, page, m.stack[mc + MC_TO])


@core
def _move_page(m: State, k: Rules, page: int, mc: int) -> int:
    """Off its list, so that nobody takes it meanwhile; device pages are on none."""
    if is_migratable_device_page(m, page):
        return mem_cgroup_move_account(m, page, mc)
    if page_compound(m, page):
        return not_modelled(m, WHY_MEMCG)
    if isolate_lru_page(m, k, page) == 0:
        mem_cgroup_move_account(m, page, mc)
        m.page_list[page] = LIST_NONE
        putback_lru_page(m, k, page)
    return 0


@core
def mem_cgroup_move_charge_pte_range(
    m: State, k: Rules, pmd: int, addr: int, end: int, walk: int
) -> int:
    """Each entry of a table, in both walks."""
    mc = m.stack[walk + WALK_PRIVATE]
    vma = m.stack[walk + WALK_VMA]
    if pmd_trans_huge(m, pmd):
        return not_modelled(m, WHY_MEMCG)
    slot = pte_offset_map(m, pmd, addr)
    while addr < end:
        page = get_mctgt_type(m, k, vma, addr, m.pte[slot], mc)
        if page != NO_PAGE:
            if m.stack[mc + MC_MOVES]:
                _move_page(m, k, page, mc)
            put_page(m, k, page)
        slot += 1
        addr += 4096
    return 0


@core
def _charges_behind_hole(m: State, k: Rules, addr: int, end: int, walk: int) -> int:
    """Where nothing is mapped the cached pages of a file move if there is a table all the same.

    That depends on what else lies in the same 2 MiB: not modelled.
    """
    vma = m.stack[walk + WALK_VMA]
    if vma == NO_VMA or m.vma_file[vma] == 0:
        return 0
    if m.stack[m.stack[walk + WALK_PRIVATE] + MC_FLAGS] & MOVE_FILE == 0:
        return 0
    while addr < end:
        index = linear_page_index(m, vma, addr)
        if find_get_incore_page(m, m.vma_file[vma], index) != NO_PAGE:
            return not_modelled(m, WHY_MEMCG)
        addr += 4096
    return 0


charge_walk: Final = page_walk(
    "charge_walk", mem_cgroup_move_charge_pte_range, _charges_behind_hole
)


@core
def sys_cgroup_attach(m: State, k: Rules, task: int, memcg: int) -> int:
    """Writing a process to cgroup.procs of a group: 0, or the error.

    In cgroup v2 no charge moves, and no process is where groups with controllers are below
    (kernel/cgroup/cgroup.c:cgroup_migrate_vet_dst).
    """
    mm = m.task_mm[task]
    if no_such_memcg(m, k, memcg):
        return -ENOENT
    if is_memcg_v2(m):
        if memcg != ROOT_MEMCG and memcg_has_children(m, memcg):
            return -EBUSY
        m.mm_memcg[mm] = memcg
        return 0
    left = m.mm_memcg[mm]
    if left == memcg:
        return 0
    flags = m.memcg_move[memcg]
    m.mm_memcg[mm] = memcg
    if flags == 0:
        return 0
    mc = push(m, NR_MC)
    m.stack[mc + MC_FROM] = left
    m.stack[mc + MC_TO] = memcg
    m.stack[mc + MC_FLAGS] = flags
    m.stack[mc + MC_MOVES] = 0
    m.scratch[MOVE_CHARGE] = mc
    charge_walk(m, k, mm, 0, TASK_SIZE, mc)
    lru_add_drain_all(m, k)
    m.stack[mc + MC_MOVES] = 1
    charge_walk(m, k, mm, 0, TASK_SIZE, mc)
    m.scratch[MOVE_CHARGE] = 0
    pop(m, mc)
    return 0


@core
def sys_move_charge(m: State, k: Rules, memcg: int, value: int) -> int:
    """Writing memory.move_charge_at_immigrate: 0, or -EINVAL for what is no bit of it.

    cgroup v2 has no such file.
    """
    if has_memcg_v1(k) == 0 or is_memcg_v2(m) or no_such_memcg(m, k, memcg):
        return -ENOENT
    if value & ~MOVE_MASK:
        return -EINVAL
    m.memcg_move[memcg] = value
    return 0
