# SPDX-License-Identifier: GPL-2.0-or-later
"""set_mempolicy(2), get_mempolicy(2).  Source: mm/mempolicy.c:do_set_mempolicy, do_get_mempolicy.

Not modelled: which node a task's interleaving has come to (MPOL_F_NODE without an address): every
allocation of the kernel for the task moves it on.
"""

from linuxmm.core import core
from linuxmm.mm.gup.fast import lockless_pages_from_mm
from linuxmm.mm.gup.pages import get_user_pages
from linuxmm.mm.mempolicy.policy import (
    POL_MODE,
    load_task_policy,
    load_vma_policy,
    memory_nodes,
    mpol_new,
    mpol_set_nodemask,
    new_policy,
    policy_mode,
    policy_shows,
    sanitize_mpol_flags,
    store_task_policy,
)
from linuxmm.mm.page import not_modelled, page_to_nid, put_page
from linuxmm.mm.sites import visit
from linuxmm.mm.stack import pop
from linuxmm.mm.vma import find_vma
from linuxmm.state.constants import EFAULT, EINVAL, NO_VMA, WHY_MEMPOLICY
from linuxmm.state.flags import FOLL_GET, FOLL_TOUCH, FOLL_UNLOCKABLE
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_LOOKUP_NODE
from linuxmm.uapi import (
    MPOL_F_ADDR,
    MPOL_F_MEMS_ALLOWED,
    MPOL_F_NODE,
    MPOL_INTERLEAVE,
    PAGE_SIZE,
)


@core
def sys_set_mempolicy(m: State, task: int, mode: int, nodes: int) -> int:
    """The policy of the calling task: 0, or -EINVAL.  Pages that are there stay where they are."""
    if sanitize_mpol_flags(mode):
        return -EINVAL
    pol = new_policy(m)
    err = mpol_new(m, pol, mode, nodes)
    if err == 0:
        err = mpol_set_nodemask(m, pol, nodes)
    if err == 0:
        store_task_policy(m, task, pol)
    pop(m, pol)
    return err


@core
def sys_get_mempolicy(m: State, k: Rules, task: int, addr: int, flags: int) -> int:
    """A policy, or the node of a page: m.out = [mode with its flags, or the node; nodes]; 2.

    With MPOL_F_ADDR that of the area at `addr`, which is the default where it has none of its own.
    """
    if flags & MPOL_F_MEMS_ALLOWED:
        m.out[0] = 0
        m.out[1] = memory_nodes(m)
        return -EINVAL if flags & (MPOL_F_NODE | MPOL_F_ADDR) else 2
    mm = m.task_mm[task]
    pol = new_policy(m)
    if flags & MPOL_F_ADDR:
        vma = find_vma(m, mm, addr)
        if vma == NO_VMA:
            pop(m, pol)
            return -EFAULT
        load_vma_policy(m, pol, vma)
    else:
        load_task_policy(m, pol, task)
    shown = m.stack[pol + POL_MODE]
    if flags & MPOL_F_ADDR == 0 and addr:
        shown = -EINVAL
    elif flags & MPOL_F_NODE:
        shown = lookup_node(m, k, mm, addr) if flags & MPOL_F_ADDR else next_node(m, pol)
    m.out[0] = shown
    m.out[1] = policy_shows(m, pol)
    pop(m, pol)
    return 2 if shown >= 0 else shown


@core
def next_node(m: State, pol: int) -> int:
    """Where the task interleaves to next; -EINVAL: it does not."""
    if policy_mode(m, pol) == MPOL_INTERLEAVE:
        not_modelled(m, WHY_MEMPOLICY)
    return -EINVAL


@core
def lookup_node(m: State, k: Rules, mm: int, addr: int) -> int:
    """The node of the page at an address, which is faulted in; or -errno."""
    visit(m, SITE_LOOKUP_NODE, 0)
    got = lockless_pages_from_mm(m, k, mm, addr, addr + PAGE_SIZE, FOLL_GET)
    if got == 0:
        got = get_user_pages(m, k, mm, addr, 1, FOLL_GET | FOLL_TOUCH | FOLL_UNLOCKABLE)
    if got <= 0:
        return got
    page = m.out[0]
    nid = page_to_nid(m, page)
    put_page(m, k, page)
    return nid
