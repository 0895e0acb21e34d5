# SPDX-License-Identifier: GPL-2.0-or-later
"""Does fork copy a page at once because it may be pinned?  Source: mm/memory.c, linux/mm.h."""

from linuxmm.core import core
from linuxmm.mm.memory.lookup import is_cow_mapping
from linuxmm.mm.page import page_anon, page_flag, page_maybe_dma_pinned, page_pgmap_type
from linuxmm.mm.sites import behaviour
from linuxmm.state.behaviours import B_FORK_COPIES_PINNED
from linuxmm.state.constants import MMF_HAS_PINNED, PG_ANON_EXCLUSIVE, RANGE_PRIVATE
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


@core
def page_needs_cow_for_dma(m: State, vma: int, page: int) -> int:
    """Private mapping, the mm has pinned pages, and this page may be one."""
    if is_cow_mapping(m.vma_flags[vma]) == 0:
        return 0
    if m.mm_flags[m.vma_mm[vma]] & MMF_HAS_PINNED == 0:
        return 0
    return page_maybe_dma_pinned(m, page)


@core
def needs_copy_for_pin(m: State, k: Rules, vma: int, page: int) -> int:
    """Must the child get its own copy, so that a pinned page stays with the parent?"""
    if behaviour(m, k, B_FORK_COPIES_PINNED) == 0:
        return page_needs_cow_for_dma(m, vma, page)
    if page_anon(m, page) == 0 or page_flag(m, page, PG_ANON_EXCLUSIVE) == 0:
        return 0
    if page_pgmap_type(m, page) == RANGE_PRIVATE:
        return 0
    return page_needs_cow_for_dma(m, vma, page)
