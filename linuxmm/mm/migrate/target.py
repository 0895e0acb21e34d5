# SPDX-License-Identifier: GPL-2.0-or-later
"""The page that another moves to.  Source: mm/migrate.c:alloc_migration_target, mm/mempolicy.c:
new_page, alloc_migration_target_by_mpol.

The kernel hands `migrate_pages` a function and a word for it.  Here it is the word alone: a node,
or `by_policy` of a struct, m.stack[mtc + MTC_*].
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.mempolicy.alloc import alloc_page_task, alloc_page_vma, alloc_pages_mpol
from linuxmm.mm.page import alloc_page_thisnode
from linuxmm.mm.rmap import page_address_in_vma
from linuxmm.mm.vma import next_vma
from linuxmm.state.constants import NO_VMA
from linuxmm.state.layout import State

MTC_MM: Final = 0
MTC_START: Final = 1  # where the first VMA may be that maps the page
MTC_POL: Final = 2  # a policy for all; 0: that of the VMA
MTC_ILX: Final = 3  # with it: what is added to the index of a page to interleave it
NR_MTC: Final = 4


@core
def by_policy(mtc: int) -> int:
    """As a target for `migrate_pages`."""
    return -1 - mtc


@core
def alloc_migration_target(m: State, page: int, target: int) -> int:
    """A page for this one; NO_PAGE without memory where it may lie."""
    if target >= 0:
        return alloc_page_thisnode(m, target)
    mtc = -1 - target
    pol = m.stack[mtc + MTC_POL]
    if pol:
        return alloc_pages_mpol(m, pol, m.stack[mtc + MTC_ILX] + m.page_index[page])
    return new_page(m, page, m.stack[mtc + MTC_MM], m.stack[mtc + MTC_START])


@core
def new_page(m: State, page: int, mm: int, start: int) -> int:
    """By the policy of the first VMA from `start` on that could map the page.

    There is none for a KSM page: the task's policy then.
    """
    vma = next_vma(m, mm, start)
    while vma != NO_VMA:
        addr = page_address_in_vma(m, page, vma)
        if addr >= 0:
            return alloc_page_vma(m, vma, addr)
        vma = next_vma(m, mm, m.vma_end[vma])
    return alloc_page_task(m)
