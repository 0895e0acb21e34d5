# SPDX-License-Identifier: GPL-2.0-or-later
"""Changing the flags of a part of a VMA: split, set, merge back.

Source: mm/mmap.c (vma_merge, split_vma) as mm/madvise.c:madvise_update_vma and
mm/mlock.c:mlock_fixup use them.  New mappings never touch their neighbours in the model
(`mmap.py` leaves holes), so only parts that were once split can merge.
"""

from linuxmm.core import core
from linuxmm.mm.khugepaged.slots import khugepaged_enter_vma
from linuxmm.mm.mempolicy.policy import vma_policies_equal
from linuxmm.mm.pgtable import join_tables, tables_adjoin
from linuxmm.mm.rmap import is_singular, put_anon_vma
from linuxmm.mm.sites import behaviour
from linuxmm.mm.vma import clear_vma_row, find_vma, isolate_vma_range, must_not_migrate
from linuxmm.state.behaviours import B_ANON_VMA_MERGE
from linuxmm.state.constants import NO_VMA, VM_SPECIAL
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


@core
def split_out(m: State, k: Rules, vma: int, start: int, end: int) -> int:
    """A VMA of exactly [start, end), cut out of `vma`; NO_VMA when a row is missing."""
    return isolate_vma_range(m, k, vma, start, end)


@core
def merge_neighbours(m: State, k: Rules, vma: int) -> int:
    """Join the VMA with the one before and the one behind it where they match: what it is now."""
    if m.vma_flags[vma] & VM_SPECIAL:
        return vma
    mm = m.vma_mm[vma]
    before = find_vma(m, mm, m.vma_start[vma] - 1)
    behind = find_vma(m, mm, m.vma_end[vma])
    with_before = before != NO_VMA and _is_mergeable(m, k, before, vma, before)
    with_behind = behind != NO_VMA and _is_mergeable(m, k, vma, behind, behind)
    if with_before and with_behind:
        one, other = m.vma_anon_vma[before], m.vma_anon_vma[behind]
        with_behind = one == 0 or other == 0 or one == other
    if with_before:
        vma = _join(m, before, vma)
    if with_behind:
        vma = _join(m, vma, behind)
    if with_before or with_behind:
        khugepaged_enter_vma(m, vma, m.vma_flags[vma])
    return vma


@core
def _is_mergeable(m: State, k: Rules, low: int, high: int, neighbour: int) -> int:
    """One area but for the cut, and anon_vmas that go together?

    Source: mm/mmap.c:can_vma_merge_before, can_vma_merge_after.
    """
    if is_one_area(m, low, high) == 0:
        return 0
    one, other = m.vma_anon_vma[low], m.vma_anon_vma[high]
    if behaviour(m, k, B_ANON_VMA_MERGE) and one != other:
        neighbour = low if one else high  # the one that has it
    return is_mergeable_anon_vma(m, one, other, neighbour)


@core
def is_one_area(m: State, low: int, high: int) -> int:
    """Adjacent, of one object, flags and policy equal: do only the anon_vmas keep them apart?"""
    return are_alike(m, low, high) if tables_adjoin(m, low, high) else 0


@core
def are_alike(m: State, low: int, high: int) -> int:
    """The same, wherever their tables lie: the kernel asks for no more."""
    nr = (m.vma_end[low] - m.vma_start[low]) >> 12
    if m.vma_end[low] != m.vma_start[high]:
        return 0
    if m.vma_flags[low] != m.vma_flags[high] or m.vma_ops[low] != m.vma_ops[high]:
        return 0
    if vma_policies_equal(m, low, high) == 0:
        return 0
    if m.vma_file[low] != m.vma_file[high] or m.vma_pgoff[high] != m.vma_pgoff[low] + nr:
        return 0
    return 1


@core
def is_mergeable_anon_vma(m: State, one: int, other: int, neighbour: int) -> int:
    """The same, or one is missing and the neighbour is linked to exactly one.

    A neighbour without any is linked to none: it does not merge with a VMA that has one, although
    the reverse does.  Later the one that has it is asked, whichever that is.

    Source: mm/mmap.c, later mm/vma.c:is_mergeable_anon_vma (list_is_singular).
    """
    if one == other:
        return 1
    return is_singular(m, neighbour) if one == 0 or other == 0 else 0


@core
def _join(m: State, low: int, high: int) -> int:
    """`low` takes over the addresses and entries of `high`, whose row is free then."""
    must_not_migrate(m, low)
    must_not_migrate(m, high)
    join_tables(m, low, high)
    m.vma_end[low] = m.vma_end[high]
    if m.vma_anon_vma[low] == 0:
        m.vma_anon_vma[low] = m.vma_anon_vma[high]
    else:
        put_anon_vma(m, m.vma_anon_vma[high])
    clear_vma_row(m, high)
    return low
