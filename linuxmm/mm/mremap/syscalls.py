# SPDX-License-Identifier: GPL-2.0-or-later
"""mremap(2): mm/mremap.c (the system call, mremap_to, move_vma, vma_to_resize, vma_expandable).

A new place is the next free one, as for mmap: what the kernel's own search gives is nobody's
promise.  Not modelled: a place beside an area that the new one would merge with, an old length of
0 (the same pages of a shared area a second time).
"""

from linuxmm.core import core
from linuxmm.mm.gup.populate import mm_populate
from linuxmm.mm.khugepaged.slots import khugepaged_enter_vma
from linuxmm.mm.ksm.madvise import ksm_madvise_unmergeable
from linuxmm.mm.mlock.limit import within_mlock_limit
from linuxmm.mm.mmap import do_munmap, next_addr
from linuxmm.mm.mremap.tables import REWRITTEN, move_page_tables
from linuxmm.mm.page import not_modelled
from linuxmm.mm.pgtable import PMD_SIZE, TASK_SIZE, grow_tables, new_tables
from linuxmm.mm.rmap import put_anon_vma
from linuxmm.mm.sites import behaviour
from linuxmm.mm.vma import (
    MMAP_GAP,
    alloc_vma,
    copy_vma_row,
    find_vma,
    may_split,
    must_not_migrate,
    next_vma,
    set_vma_flags,
    split_vma,
    vma_is_anonymous,
)
from linuxmm.mm.vma_merge import are_alike
from linuxmm.state.behaviours import B_MREMAP_EXPANDS, B_MREMAP_TABLES
from linuxmm.state.constants import (
    EAGAIN,
    EFAULT,
    EINVAL,
    ENOMEM,
    NO_VMA,
    OPS_DEVDAX,
    VM_DONTEXPAND,
    VM_HUGETLB,
    VM_LOCKED,
    VM_LOCKONFAULT,
    VM_PAT,
    VM_PFNMAP,
    VM_SPECIAL,
    VM_UFFD_FLAGS,
    WHY_DEVICE,
    WHY_MREMAP,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.uapi import MREMAP_DONTUNMAP, MREMAP_FIXED, MREMAP_MAYMOVE, PAGE_SIZE


@core
def sys_mremap(
    m: State, k: Rules, task: int, addr: int, npages: int, new_npages: int, flags: int
) -> int:
    """Make [addr, addr + npages) so many pages long, elsewhere if need be: its address or -errno.

    MREMAP_FIXED and MREMAP_DONTUNMAP go to the next free place.
    """
    if (flags & MREMAP_FIXED and flags & MREMAP_MAYMOVE == 0) or new_npages <= 0:
        return -EINVAL
    moves = flags & MREMAP_MAYMOVE and npages == new_npages
    if flags & MREMAP_DONTUNMAP and moves == 0:
        return -EINVAL
    mm = m.task_mm[task]
    old_len = npages * PAGE_SIZE
    new_len = new_npages * PAGE_SIZE
    vma = find_vma(m, mm, addr)
    if vma == NO_VMA:
        return -EFAULT
    if m.vma_flags[vma] & VM_HUGETLB:
        old_len = old_len + PMD_SIZE - 1 & ~(PMD_SIZE - 1)
        new_len = new_len + PMD_SIZE - 1 & ~(PMD_SIZE - 1)
        if addr & (PMD_SIZE - 1) or new_len > old_len:
            return -EINVAL
    if flags & (MREMAP_FIXED | MREMAP_DONTUNMAP):
        return mremap_to(m, k, mm, addr, old_len, new_len, flags)
    if old_len >= new_len:
        return _shrink(m, k, mm, addr, old_len, new_len)
    error = vma_to_resize(m, vma, addr, old_len, new_len, flags)
    if error:
        return error
    if old_len == m.vma_end[vma] - addr and vma_expandable(m, vma, new_len - old_len):
        return _expand(m, k, vma, addr, old_len, new_len)
    if flags & MREMAP_MAYMOVE == 0:
        return -ENOMEM
    return _move_to(m, k, vma, addr, old_len, new_len, flags)


@core
def _shrink(m: State, k: Rules, mm: int, addr: int, old_len: int, new_len: int) -> int:
    """What is too much is unmapped, whatever lies there."""
    if old_len == new_len:
        return addr
    error = do_munmap(m, k, mm, addr + new_len, addr + old_len)
    return error if error else addr


@core
def vma_to_resize(m: State, vma: int, addr: int, old_len: int, new_len: int, flags: int) -> int:
    """May this part of an area get this length: 0 or -errno?"""
    vm_flags = m.vma_flags[vma]
    stays = vm_flags & (VM_DONTEXPAND | VM_PFNMAP)
    if flags & MREMAP_DONTUNMAP and stays:
        return -EINVAL
    if old_len > m.vma_end[vma] - addr:
        return -EFAULT
    if new_len == old_len:
        return 0
    if stays:
        return -EFAULT
    if m.vma_ops[vma] == OPS_DEVDAX:
        return not_modelled(m, WHY_DEVICE)  # the device goes on behind what the model has of it
    more = (new_len - old_len) >> 12
    if vm_flags & VM_LOCKED and within_mlock_limit(m, m.mm_locked_vm[m.vma_mm[vma]] + more) == 0:
        return -EAGAIN
    return 0


@core
def vma_expandable(m: State, vma: int, delta: int) -> int:
    """Is nothing behind the area, for so many bytes?"""
    end = m.vma_end[vma] + delta
    if end > TASK_SIZE:
        return 0
    behind = next_vma(m, m.vma_mm[vma], m.vma_end[vma])
    return 1 if behind == NO_VMA or m.vma_start[behind] >= end else 0


@core
def _expand(m: State, k: Rules, vma: int, addr: int, old_len: int, new_len: int) -> int:
    """The area becomes longer where it is; what is new of a locked one is populated."""
    must_not_migrate(m, vma)
    mm = m.vma_mm[vma]
    merges = behaviour(m, k, B_MREMAP_EXPANDS)
    if merges and m.vma_flags[vma] & VM_SPECIAL:
        return -ENOMEM
    if grow_tables(m, vma, addr + new_len) == 0:
        return -ENOMEM
    m.vma_end[vma] = addr + new_len
    if merges:
        if _has_like_neighbour(m, vma):
            not_modelled(m, WHY_MREMAP)
        khugepaged_enter_vma(m, vma, m.vma_flags[vma])
    more = (new_len - old_len) >> 12
    m.mm_total_vm[mm] = m.mm_total_vm[mm] + more
    _keep_away(m, mm, addr + new_len)
    if m.vma_flags[vma] & VM_LOCKED:
        m.mm_locked_vm[mm] = m.mm_locked_vm[mm] + more
        mm_populate(m, k, mm, addr + old_len, addr + new_len, 1)
    return addr


@core
def _has_like_neighbour(m: State, vma: int) -> int:
    """Is an area beside this one that it could merge with, but for where their tables lie?"""
    mm = m.vma_mm[vma]
    before = find_vma(m, mm, m.vma_start[vma] - 1)
    behind = find_vma(m, mm, m.vma_end[vma])
    if before != NO_VMA and are_alike(m, before, vma):
        return 1
    return 1 if behind != NO_VMA and are_alike(m, vma, behind) else 0


@core
def _keep_away(m: State, mm: int, end: int) -> int:
    """The next mapping leaves a hole behind this one too."""
    if end + MMAP_GAP > m.mm_next_addr[mm]:
        m.mm_next_addr[mm] = end + MMAP_GAP
    return 0


@core
def mremap_to(
    m: State, k: Rules, mm: int, addr: int, old_len: int, new_len: int, flags: int
) -> int:
    """MREMAP_FIXED, MREMAP_DONTUNMAP: it moves whether or not it would have to."""
    if old_len > new_len:
        error = do_munmap(m, k, mm, addr + new_len, addr + old_len)
        if error:
            return error
        old_len = new_len
    vma = find_vma(m, mm, addr)
    if old_len > m.vma_end[vma] - addr and behaviour(m, k, B_MREMAP_TABLES) == REWRITTEN:
        return not_modelled(m, WHY_MREMAP)  # several areas move at once since 6.17
    error = vma_to_resize(m, vma, addr, old_len, new_len, flags)
    if error:
        return error
    return _move_to(m, k, vma, addr, old_len, new_len, flags)


@core
def _move_to(
    m: State, k: Rules, vma: int, addr: int, old_len: int, new_len: int, flags: int
) -> int:
    """move_vma to the next free place, and what is more of a locked area is populated."""
    mm = m.vma_mm[vma]
    locked = m.vma_flags[vma] & VM_LOCKED and flags & MREMAP_DONTUNMAP == 0
    new_addr = next_addr(m, mm, new_len >> 12)
    moved = move_vma(m, k, vma, addr, old_len, new_len, new_addr, flags)
    if moved >= 0:
        _keep_away(m, mm, new_addr + new_len)
        if locked and new_len > old_len:
            mm_populate(m, k, mm, new_addr + old_len, new_addr + new_len, 1)
    return moved


@core
def move_vma(
    m: State,
    k: Rules,
    vma: int,
    old_addr: int,
    old_len: int,
    new_len: int,
    new_addr: int,
    flags: int,
) -> int:
    """A new area gets the entries; the old one goes, or (MREMAP_DONTUNMAP) stays empty.

    KSM pages are unmerged before.  A locked area that stays is cut first and is locked no more.
    """
    old_end = old_addr + old_len
    error = _may_cut(m, vma, old_addr, old_end)
    if error == 0:
        error = min(ksm_madvise_unmergeable(m, k, vma, old_addr, old_end), 0)
    if error:
        return error
    if flags & MREMAP_DONTUNMAP and m.vma_flags[vma] & VM_LOCKED:
        vma = _cut_out(m, k, vma, old_addr, old_end)
    new_vma = copy_vma(m, vma, old_addr, new_addr, new_len) if vma != NO_VMA else NO_VMA
    if new_vma == NO_VMA:
        return -ENOMEM
    move_page_tables(m, k, vma, old_addr, new_vma, new_addr, old_len)
    set_vma_flags(m, new_vma, m.vma_flags[new_vma] & ~VM_UFFD_FLAGS)  # mremap_userfaultfd_prep
    mm = m.vma_mm[vma]
    m.mm_total_vm[mm] = m.mm_total_vm[mm] + (new_len >> 12)
    m.vma_flags[vma] = m.vma_flags[vma] & ~VM_PAT  # untrack_pfn_clear
    m.vma_resv[vma] = 0  # clear_vma_resv_huge_pages: of all of it, and not of what moved
    m.vma_resv_map[vma] = 0
    if flags & MREMAP_DONTUNMAP:
        return _leave_empty(m, vma, old_addr, old_end, new_addr)
    if m.vma_flags[vma] & VM_LOCKED:
        m.mm_locked_vm[mm] = m.mm_locked_vm[mm] + (new_len >> 12)
    do_munmap(m, k, mm, old_addr, old_end)
    return new_addr


@core
def _may_cut(m: State, vma: int, start: int, end: int) -> int:
    """May the area be cut at both ends: 0 or -errno (vm_ops->may_split)?"""
    error = may_split(m, vma, start)
    return error if error else may_split(m, vma, end)


@core
def _cut_out(m: State, k: Rules, vma: int, start: int, end: int) -> int:
    """The area of exactly [start, end), or NO_VMA."""
    if m.vma_start[vma] != start:
        vma = split_vma(m, k, vma, start)
    if vma != NO_VMA and m.vma_end[vma] != end and split_vma(m, k, vma, end) == NO_VMA:
        return NO_VMA
    return vma


@core
def copy_vma(m: State, vma: int, old_addr: int, addr: int, length: int) -> int:
    """A new area of the same object, from the offset of old_addr on; its anon_vma is the same.

    An anonymous one without pages counts its offset from its new place.  Source: mm/mmap.c.
    """
    new_vma = alloc_vma(m)
    if new_vma == NO_VMA or new_tables(m, new_vma, addr, addr + length) == 0:
        return NO_VMA
    copy_vma_row(m, new_vma, vma)
    m.vma_tables[new_vma] = 0
    m.vma_pgoff[new_vma] = m.vma_pgoff[vma] + ((old_addr - m.vma_start[vma]) >> 12)
    if vma_is_anonymous(m, vma) and m.vma_anon_vma[vma] == 0:
        m.vma_pgoff[new_vma] = addr >> 12
    m.vma_start[new_vma] = addr
    m.vma_end[new_vma] = addr + length
    anon_vma = m.vma_anon_vma[vma]
    if anon_vma:
        m.anon_users[anon_vma] = m.anon_users[anon_vma] + 1
    if _has_like_neighbour(m, new_vma):
        not_modelled(m, WHY_MREMAP)
    return new_vma


@core
def _leave_empty(m: State, vma: int, start: int, end: int, new_addr: int) -> int:
    """MREMAP_DONTUNMAP: what stays is not locked, and a whole area was never touched."""
    m.vma_flags[vma] = m.vma_flags[vma] & ~(VM_LOCKED | VM_LOCKONFAULT)
    if m.vma_start[vma] == start and m.vma_end[vma] == end:
        put_anon_vma(m, m.vma_anon_vma[vma])  # unlink_anon_vmas
        m.vma_anon_vma[vma] = 0
        if vma_is_anonymous(m, vma):
            m.vma_pgoff[vma] = start >> 12
    return new_addr
