"""Changing the flags of a part of a VMA: split, set, merge back.

Source: mm/mmap.c (vma_merge, split_vma) as mm/madvise.c:madvise_update_vma and
mm/mlock.c:mlock_fixup use them.  New mappings never touch their neighbours in the model
(`mmap.py` leaves holes), so only parts that were once split can merge.
"""

from linuxmm.core import core
from linuxmm.mm.rmap import put_anon_vma
from linuxmm.mm.vma import find_vma, isolate_vma_range, must_not_migrate
from linuxmm.state.constants import NO_VMA, VM_SPECIAL
from linuxmm.state.layout import State


@core
def split_out(m: State, vma: int, start: int, end: int) -> int:
    """A VMA of exactly [start, end), cut out of `vma`; NO_VMA when a row is missing."""
    return isolate_vma_range(m, vma, start, end)


@core
def merge_neighbours(m: State, vma: int) -> int:
    """Join the VMA with the one before and the one behind it where they match: what it is now."""
    if m.vma_flags[vma] & VM_SPECIAL:
        return vma
    mm = m.vma_mm[vma]
    before = find_vma(m, mm, m.vma_start[vma] - 1)
    if before != NO_VMA and _can_merge(m, before, vma):
        vma = _join(m, before, vma)
    behind = find_vma(m, mm, m.vma_end[vma])
    if behind != NO_VMA and _can_merge(m, vma, behind):
        vma = _join(m, vma, behind)
    return vma


@core
def _can_merge(m: State, low: int, high: int) -> int:
    """Adjacent, of one object, with equal flags, and no two different anon_vmas?"""
    nr = (m.vma_end[low] - m.vma_start[low]) >> 12
    if m.vma_end[low] != m.vma_start[high] or m.vma_ptes[high] != m.vma_ptes[low] + nr:
        return 0
    if m.vma_flags[low] != m.vma_flags[high] or m.vma_ops[low] != m.vma_ops[high]:
        return 0
    if m.vma_file[low] != m.vma_file[high] or m.vma_pgoff[high] != m.vma_pgoff[low] + nr:
        return 0
    one = m.vma_anon_vma[low]
    other = m.vma_anon_vma[high]
    return 1 if one == 0 or other == 0 or one == other else 0


@core
def _join(m: State, low: int, high: int) -> int:
    """`low` takes over the addresses and entries of `high`, whose row is free then."""
    must_not_migrate(m, low)
    must_not_migrate(m, high)
    m.vma_end[low] = m.vma_end[high]
    if m.vma_anon_vma[low] == 0:
        m.vma_anon_vma[low] = m.vma_anon_vma[high]
    else:
        put_anon_vma(m, m.vma_anon_vma[high])
    m.vma_mm[high] = 0
    m.vma_start[high] = 0
    m.vma_end[high] = 0
    m.vma_flags[high] = 0
    m.vma_page_prot[high] = 0
    m.vma_pgoff[high] = 0
    m.vma_file[high] = 0
    m.vma_anon_vma[high] = 0
    m.vma_ptes[high] = 0
    m.vma_ops[high] = 0
    return low
