# SPDX-License-Identifier: GPL-2.0-or-later
"""What userfaultfd protects from writes, by address, and which operations may lift that.

An entry is protected that carries the mark and is not writable, in an area that is watched for
writes; or a marker in its place.  Nobody else lifts it: not reclaim, not migration, not mprotect,
not NUMA balancing.  Where its area is watched no more the kernel promises nothing.
"""

from typing import Final, NamedTuple

from linuxmm.arch.x86.pgtable import PAGE_UFFD_WP, pte_pfn, pte_present, pte_write
from linuxmm.mm.memory.nonpresent import pte_marker_uffd_wp, pte_swp_uffd_wp
from linuxmm.mm.page import pfn_to_page
from linuxmm.mm.pagewalk import mm_find_pte
from linuxmm.mm.pgtable import all_mapped
from linuxmm.mm.vma import find_vma, vma_is_anonymous
from linuxmm.promises.kinds import page_kind
from linuxmm.state.constants import VM_UFFD_WP
from linuxmm.state.layout import SIZE_V, State
from linuxmm.state.rules import Rules
from linuxmm.steps.lru import OP_MADVISE, OP_PROCESS_MADVISE
from linuxmm.steps.memory import OP_MREMAP, OP_UFFDIO, OP_USERFAULTFD
from linuxmm.uapi import MADV_DONTNEED, MADV_DONTNEED_LOCKED, PAGE_SIZE

Place = tuple[int, int]  # mm, address


class Marks(NamedTuple):
    """What is protected, and with the kind of its page what was and should be still."""

    there: frozenset[Place] = frozenset()
    lost: frozenset[tuple[Place, str]] = frozenset()


NO_MARKS: Final = Marks()


def is_protected(k: Rules, pte: int) -> bool:
    """Does a write through this entry, or to where it stands, wait?"""
    if pte_present(pte):
        return bool(pte & PAGE_UFFD_WP) and not pte_write(pte)
    return bool(pte_swp_uffd_wp(pte) or pte_marker_uffd_wp(k, pte))


def protected_places(m: State, k: Rules) -> frozenset[Place]:
    """Every address that is protected now."""
    return frozenset(
        (m.vma_mm[vma], addr)
        for vma in range(1, m.used[SIZE_V])
        if m.vma_mm[vma] and m.vma_flags[vma] & VM_UFFD_WP
        for addr, pte in all_mapped(m, vma)
        if is_protected(k, pte)
    )


def marked_after(
    marks: Marks, lazy: frozenset[Place], m: State, k: Rules, made: tuple[int, ...]
) -> Marks:
    """What is protected once an operation was made, and what is no more though nobody lifted it."""
    now = protected_places(m, k)
    if not now and not marks.there and not marks.lost:
        return marks
    lifted = _lifted(m, made) | now
    lost = {p: kind for p, kind in marks.lost if p not in lifted}
    lost |= {p: _kind(m, k, p) for p in marks.there - lazy if p not in lifted}
    return Marks(now, frozenset((p, kind) for p, kind in lost.items() if is_watched(m, p)))


def _kind(m: State, k: Rules, place: Place) -> str:
    pte = mm_find_pte(m, *place)
    return page_kind(m, pfn_to_page(m, pte_pfn(pte))) if pte_present(pte) else "anon"


def is_watched(m: State, place: Place) -> bool:
    """Does userfaultfd want to know of writes to this address?"""
    return bool(m.vma_flags[find_vma(m, *place)] & VM_UFFD_WP)


def _lifted(m: State, made: tuple[int, ...]) -> set[Place]:
    """The addresses whose protection this operation may lift: a call on them of userfaultfd's,
    their move, or the end of anonymous memory.  (Of a file MADV_DONTNEED leaves a marker.)"""
    op, task, a, b, c, d, *_ = made
    if op in (OP_USERFAULTFD, OP_MREMAP):
        return _pages(m.task_mm[task], a, b)
    if op == OP_UFFDIO:
        return _pages(m.task_mm[task], b, c)
    if op == OP_PROCESS_MADVISE:
        task, a, b, c = a, b, c, d
    elif op != OP_MADVISE:
        return set()
    if c not in (MADV_DONTNEED, MADV_DONTNEED_LOCKED):
        return set()
    pages = _pages(m.task_mm[task], a, b)
    return {place for place in pages if vma_is_anonymous(m, find_vma(m, *place))}


def _pages(mm: int, start: int, npages: int) -> set[Place]:
    return {(mm, start + i * PAGE_SIZE) for i in range(npages)}
