# SPDX-License-Identifier: GPL-2.0-or-later
"""Walking the page tables of a range.  Source: mm/pagewalk.c, mm/rmap.c:mm_find_pmd.

A walk goes over [start, end) of an mm, or over one VMA, and calls `pmd_entry(m, k, pmd, addr, end,
walk)` for what it has of each 2 MiB, `pte_hole(m, k, addr, end, walk)` where there is no table, and
before either `test_walk(m, k, start, end, walk)` for each VMA.  Of mappings of hugetlb it calls
`hugetlb_entry(m, k, pmd, addr, end, walk)` instead for each 2 MiB, mapped or not; who has none
does not see them.  What they return is honoured: 0
goes on, a negative errno ends the walk with it; a positive value ends it too, but from `test_walk`
says only that this VMA is passed over.

`walk` is the kernel's struct mm_walk *: m.stack[walk + WALK_*] (mm/stack.py).  `private` is what
the caller has for its calls: a word, or where its struct stands in m.stack.

The core has no pointers to functions.  Where the kernel writes down a struct mm_walk_ops, a module
says `cold_walk = page_walk("cold_walk", pmd_entry=...)` and has a function `cold_walk(m, k, mm,
start, end, private)`: the text of `walk_page_range` with these names bound, in the way
steps/rebind.py binds copies of functions.
"""

from collections.abc import Callable
from types import FunctionType
from typing import Final, TypeVar, cast

from linuxmm.core import core
from linuxmm.mm.pgtable import NO_PMD, pmd_addr_end, pmd_none, pte_of, walk_to_pmd
from linuxmm.mm.stack import pop, push
from linuxmm.mm.vma import find_vma, next_vma
from linuxmm.state.behaviours import B_WALK_VMA_ENTERS_PFNMAP
from linuxmm.state.constants import NO_VMA, VM_HUGETLB, VM_PFNMAP
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules

F = TypeVar("F", bound=Callable[..., int])

# struct mm_walk: m.stack[walk + ...]
WALK_MM: Final = 0
WALK_VMA: Final = 1  # NO_VMA: between VMAs
WALK_PRIVATE: Final = 2
NR_WALK: Final = 3

PmdEntry = Callable[[State, Rules, int, int, int, int], int]  # pmd, addr, end, walk
PteHole = Callable[[State, Rules, int, int, int], int]  # addr, end, walk
TestWalk = PteHole
WalkPageRange = Callable[[State, Rules, int, int, int, int], int]  # mm, start, end, private
WalkPageVma = Callable[[State, Rules, int, int], int]  # vma, private


# --- struct mm_walk_ops: what a walk does that is not told otherwise ---
@core
def no_pte_hole(m: State, k: Rules, addr: int, end: int, walk: int) -> int:
    """The walk has no pte_hole: nothing is done where nothing is mapped."""
    return 0


@core
def no_hugetlb_range(m: State, k: Rules, addr: int, end: int, walk: int) -> int:
    """The walk has no hugetlb_entry: it goes through mappings of hugetlb without a look."""
    return 0


# What they mean in the texts below until `page_walk` binds them.
pmd_entry: PmdEntry = cast(PmdEntry, None)
pte_hole: PteHole = no_pte_hole
hugetlb_entry: PmdEntry = cast(PmdEntry, None)


def walk_page_test(m: State, k: Rules, start: int, end: int, walk: int) -> int:
    """Is the VMA walked (0)?  A PFN mapping is not, pages copied into it included: it is a hole."""
    if m.vma_flags[m.stack[walk + WALK_VMA]] & VM_PFNMAP == 0:
        return 0
    err = pte_hole(m, k, start, end, walk)
    return err if err else 1


def walk_page_vma_test(m: State, k: Rules, start: int, end: int, walk: int) -> int:
    """The same of a walk over one VMA, which some kernels make without asking."""
    pfnmap = m.vma_flags[m.stack[walk + WALK_VMA]] & VM_PFNMAP
    if pfnmap == 0 or k.behaviour[B_WALK_VMA_ENTERS_PFNMAP]:
        return 0
    err = pte_hole(m, k, start, end, walk)
    return err if err else 1


test_walk: TestWalk = walk_page_test


# --- the walk ---
def walk_hugetlb_range(m: State, k: Rules, addr: int, end: int, walk: int) -> int:
    """Each huge page of [addr, end) in one VMA of hugetlb."""
    vma = m.stack[walk + WALK_VMA]
    while addr < end:
        stop = pmd_addr_end(addr, end)
        err = hugetlb_entry(m, k, walk_to_pmd(m, vma, addr), addr, stop, walk)
        if err:
            return err
        addr = stop
    return 0


hugetlb_range: PteHole = no_hugetlb_range


def walk_pmd_range(m: State, k: Rules, addr: int, end: int, walk: int) -> int:
    """The tables of [addr, end) in one VMA, one after the other (__walk_page_range)."""
    vma = m.stack[walk + WALK_VMA]
    if m.vma_flags[vma] & VM_HUGETLB:
        return hugetlb_range(m, k, addr, end, walk)
    while addr < end:
        stop = pmd_addr_end(addr, end)
        pmd = walk_to_pmd(m, vma, addr)
        if pmd_none(m, pmd, addr, stop):
            err = pte_hole(m, k, addr, stop, walk)
        else:
            err = pmd_entry(m, k, pmd, addr, stop, walk)
        if err:
            return err
        addr = stop
    return 0


def walk_page_range(m: State, k: Rules, mm: int, start: int, end: int, private: int) -> int:
    """Every VMA of [start, end), and the holes between: 0, or what ended the walk."""
    walk = push(m, NR_WALK)
    m.stack[walk + WALK_MM] = mm
    m.stack[walk + WALK_PRIVATE] = private
    err = 0
    while start < end and err == 0:
        vma = next_vma(m, mm, start)
        if vma == NO_VMA or start < m.vma_start[vma]:
            m.stack[walk + WALK_VMA] = NO_VMA
            stop = end if vma == NO_VMA else min(end, m.vma_start[vma])
            err = pte_hole(m, k, start, stop, walk)
        else:
            m.stack[walk + WALK_VMA] = vma
            stop = min(end, m.vma_end[vma])
            err = test_walk(m, k, start, stop, walk)
            if err > 0:
                err = 0
            elif err == 0:
                err = walk_pmd_range(m, k, start, stop, walk)
        start = stop
    pop(m, walk)
    return err


def walk_page_vma(m: State, k: Rules, vma: int, private: int) -> int:
    """One whole VMA: 0, or what ended the walk."""
    start = m.vma_start[vma]
    end = m.vma_end[vma]
    walk = push(m, NR_WALK)
    m.stack[walk + WALK_MM] = m.vma_mm[vma]
    m.stack[walk + WALK_VMA] = vma
    m.stack[walk + WALK_PRIVATE] = private
    err = test_walk(m, k, start, end, walk)
    if err > 0:
        err = 0
    elif err == 0:
        err = walk_pmd_range(m, k, start, end, walk)
    pop(m, walk)
    return err


@core
def mm_find_pmd(m: State, mm: int, addr: int) -> int:
    """The PMD entry of an address of an mm; NO_PMD where nothing can be mapped."""
    vma = find_vma(m, mm, addr)
    return NO_PMD if vma == NO_VMA else walk_to_pmd(m, vma, addr)


@core
def mm_find_pte(m: State, mm: int, addr: int) -> int:
    """The word of an address of an mm, as the CPU sees it (`pte_of`); an empty one where nothing
    can be mapped."""
    pmd = mm_find_pmd(m, mm, addr)
    return 0 if pmd == NO_PMD else pte_of(m, pmd, addr)


# --- the walks of the core ---
def _bound(template: F, name: str, module: str, names: dict[str, Callable[..., int]]) -> F:
    """A core function of this text, in which these names mean these functions."""
    function = FunctionType(template.__code__, {**globals(), **names}, name)
    function.__doc__, function.__module__ = template.__doc__, module
    core(function)
    return cast(F, function)


def _levels(
    name: str,
    pmd_entry: PmdEntry,
    pte_hole: PteHole,
    test_walk: TestWalk | None,
    hugetlb_entry: PmdEntry | None,
    test: TestWalk,
) -> dict[str, Callable[..., int]]:
    """What the upper levels of a walk call; `test`: where it has no test_walk of its own."""
    module = pmd_entry.__module__
    names: dict[str, Callable[..., int]] = {"pmd_entry": pmd_entry, "pte_hole": pte_hole}
    if hugetlb_entry is not None:
        entry: dict[str, Callable[..., int]] = {"hugetlb_entry": hugetlb_entry}
        names["hugetlb_range"] = _bound(walk_hugetlb_range, f"{name}_hugetlb", module, entry)
    below = _bound(walk_pmd_range, f"{name}_pmd_range", module, names)
    tested = test_walk or _bound(test, f"{name}_test", module, names)
    return {"pte_hole": pte_hole, "walk_pmd_range": below, "test_walk": tested}


def page_walk(
    name: str,
    pmd_entry: PmdEntry,
    pte_hole: PteHole = no_pte_hole,
    test_walk: TestWalk | None = None,
    hugetlb_entry: PmdEntry | None = None,
) -> WalkPageRange:
    """`walk_page_range` with these ops, as a core function called `name`."""
    names = _levels(name, pmd_entry, pte_hole, test_walk, hugetlb_entry, walk_page_test)
    return _bound(walk_page_range, name, pmd_entry.__module__, names)


def page_walk_vma(
    name: str,
    pmd_entry: PmdEntry,
    pte_hole: PteHole = no_pte_hole,
    test_walk: TestWalk | None = None,
    hugetlb_entry: PmdEntry | None = None,
) -> WalkPageVma:
    """`walk_page_vma` with these ops, as a core function called `name`."""
    names = _levels(name, pmd_entry, pte_hole, test_walk, hugetlb_entry, walk_page_vma_test)
    return _bound(walk_page_vma, name, pmd_entry.__module__, names)
