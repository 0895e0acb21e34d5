# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything user space can see of an mm, as one 64-bit number: for comparing two machines.

Folds VMAs, pagemap words, smaps and numa_maps of each VMA, and status.  Frames and swap slots
count by the order in which they first appear, so that two machines that chose other rows look
alike; the types of special entries count by what they mean, not by the kernel's numbers.
What reading would log is not part of it.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import pte_none, pte_pfn, pte_present, swp_offset, swp_type
from linuxmm.core import core
from linuxmm.fs.proc.pages import page_view
from linuxmm.fs.proc.task_mmu.numa_maps import NR_NUMA_SHOWN, NUMA_NODE, numa_maps_vma
from linuxmm.fs.proc.task_mmu.pagemap import (
    hugetlb_to_pagemap_entry,
    leaf_to_pagemap_entry,
    pte_to_pagemap_entry,
)
from linuxmm.fs.proc.task_mmu.smaps import (
    NR_SMAPS_SUMS,
    SMAPS_PSS_DIRTY,
    push_mss,
    smap_gather_stats,
)
from linuxmm.fs.proc.task_mmu.status import NR_STATUS, sys_status
from linuxmm.fs.proc.task_mmu.walk import first_vma, vma_after
from linuxmm.mm.memory.nonpresent import (
    is_pfn_swap_pte,
    is_real_swap_pte,
    pfn_swap_entry_pfn,
)
from linuxmm.mm.page import page_to_nid, pfn_to_page
from linuxmm.mm.pagewalk import WALK_PRIVATE, WALK_VMA, page_walk_vma
from linuxmm.mm.pgtable import pmd_trans_huge, pte_of
from linuxmm.mm.stack import pop, push
from linuxmm.state.constants import NO_VMA, VM_HUGETLB, VM_PFNMAP
from linuxmm.state.layout import (
    DIVERGED,
    MAX_OUT,
    NR_EVENTS,
    SIZE_C,
    SIZE_E,
    TRAP_ARG,
    TRAP_CODE,
    State,
)
from linuxmm.state.mix import mix64
from linuxmm.state.rules import NR_SWT, Rules
from linuxmm.state.sites import (
    SITE_CAN_GATHER_NUMA_STATS,
    SITE_PTE_TO_PAGEMAP_ENTRY,
    SITE_SMAPS_HUGETLB_RANGE,
    SITE_SMAPS_PTE_ENTRY,
)
from linuxmm.uapi import PAGE_SIZE, PM_PFRAME_MASK

# what a fold has so far: m.stack[fold + ...]
FOLDED: Final = 0
FRAMES_SEEN: Final = 1
NR_FOLD: Final = 2


@core
def _first_appearance(m: State, seen: int, frame: int) -> int:
    """The place of a frame among the `seen` ones in m.out; `seen` when it is new (and kept)."""
    for i in range(seen):
        if m.out[i] == frame:
            return i
    if seen < MAX_OUT:
        m.out[seen] = frame
    return seen


@core
def _frame_key(k: Rules, pte: int) -> int:
    """What the entry names, so that equal frames are equal: a pfn, or a slot below zero."""
    if pte_present(pte):
        return pte_pfn(pte)
    if is_pfn_swap_pte(k, pte):
        return pfn_swap_entry_pfn(k, pte)
    return -1 - swp_offset(pte)


@core
def _type_meaning(k: Rules, pte: int) -> int:
    """SWT_* of a non-present word; 0 for a swap slot."""
    if is_real_swap_pte(k, pte):
        return 0
    for which in range(1, NR_SWT):
        if swp_type(pte) == k.swap_type[which]:
            return which
    return NR_SWT


@core
def _fold_entry(m: State, k: Rules, h: int, word: int, pte: int, name: int) -> int:
    """Fold one pagemap word, its frame by name, and where the frame lies."""
    h = mix64(h, word & ~PM_PFRAME_MASK)
    if pte_none(pte):
        return h
    h = mix64(h, name)
    if pte_present(pte):
        page = pfn_to_page(m, pte_pfn(pte))
        return mix64(h, page_view(m, word) * 256 + page_to_nid(m, page))
    return mix64(h, _type_meaning(k, pte))


@core
def _fold_table(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
    vma = m.stack[walk + WALK_VMA]
    leaf = pmd_trans_huge(m, pmd)
    fold = m.stack[walk + WALK_PRIVATE]
    h = m.stack[fold + FOLDED]
    seen = m.stack[fold + FRAMES_SEEN]
    while addr < end:
        pte = pte_of(m, pmd, addr)
        if m.vma_flags[vma] & VM_HUGETLB:
            word = hugetlb_to_pagemap_entry(m, vma, pmd, addr, 1)
        elif leaf:
            word = leaf_to_pagemap_entry(m, k, vma, pmd, addr, 1)
        else:
            word = pte_to_pagemap_entry(m, k, vma, addr, pte, 1)
        name = 0
        if pte_none(pte) == 0:
            name = _first_appearance(m, seen, _frame_key(k, pte))
            if name == seen and seen < MAX_OUT:
                seen += 1
        h = _fold_entry(m, k, h, word, pte, name)
        addr += PAGE_SIZE
    m.stack[fold + FOLDED] = h
    m.stack[fold + FRAMES_SEEN] = seen
    return 0


@core
def _fold_hole(m: State, k: Rules, addr: int, end: int, walk: int) -> int:
    """The same words as those of empty entries."""
    vma = m.stack[walk + WALK_VMA]
    fold = m.stack[walk + WALK_PRIVATE]
    word = pte_to_pagemap_entry(m, k, vma, addr, 0, 1)
    h = m.stack[fold + FOLDED]
    while addr < end:
        h = _fold_entry(m, k, h, word, 0, 0)
        addr += PAGE_SIZE
    m.stack[fold + FOLDED] = h
    return 0


@core
def _fold_vma(m: State, k: Rules, start: int, end: int, walk: int) -> int:
    """The VMA itself; pagemap does not look into PFN mappings (1)."""
    vma = m.stack[walk + WALK_VMA]
    fold = m.stack[walk + WALK_PRIVATE]
    h = m.stack[fold + FOLDED]
    m.stack[fold + FOLDED] = mix64(mix64(mix64(h, start), end), m.vma_flags[vma])
    return 1 if m.vma_flags[vma] & VM_PFNMAP else 0


fold_walk: Final = page_walk_vma("fold_walk", _fold_table, _fold_hole, _fold_vma, _fold_table)


@core
def _fold_pagemap(m: State, k: Rules, h: int, mm: int) -> int:
    """Fold the VMAs of an mm and their pagemap words; m.out[0:seen] are the frames so far."""
    fold = push(m, NR_FOLD)
    m.stack[fold + FOLDED] = h
    m.stack[fold + FRAMES_SEEN] = 0
    vma = first_vma(m, mm)
    while vma != NO_VMA:
        fold_walk(m, k, vma, fold)
        vma = vma_after(m, mm, vma)
    h = m.stack[fold + FOLDED]
    pop(m, fold)
    return h


@core
def first_task(m: State, mm: int) -> int:
    """The first task of an mm; 0: there is none."""
    for task in range(1, m.used[SIZE_C]):
        if m.task_mm[task] == mm:
            return task
    return 0


@core
def _fold_sums(m: State, k: Rules, h: int, mm: int) -> int:
    """Fold smaps and numa_maps of each VMA, and status."""
    vma = first_vma(m, mm)
    while vma != NO_VMA:
        mss = push_mss(m)
        smap_gather_stats(m, k, vma, mss)
        for field in range(NR_SMAPS_SUMS):
            if field != SMAPS_PSS_DIRTY:
                h = mix64(h, m.stack[mss + field])
        pop(m, mss)
        numa_maps_vma(m, k, vma, first_task(m, mm))
        for field in range(NR_NUMA_SHOWN):
            if field < NUMA_NODE or m.out[field]:
                h = mix64(h, field * 65536 + m.out[field])
        vma = vma_after(m, mm, vma)
    sys_status(m, k, mm)
    for field in range(NR_STATUS):
        h = mix64(h, m.out[field])
    return h


@core
def _fold_mm(m: State, k: Rules, mm: int) -> int:
    h = _fold_pagemap(m, k, mix64(0, mm), mm)
    return _fold_sums(m, k, h, mm)


@core
def _restore_site(m: State, site: int, visited: int, diverged: int) -> int:
    m.visited_site[site] = visited
    m.diverged_site[site] = diverged
    return 0


@core
def observe_mm(m: State, k: Rules, mm: int) -> int:
    """Fold all of an mm; nothing but m.out changes, no event is made, no divergence marked."""
    events = m.scratch[NR_EVENTS]
    diverged = m.scratch[DIVERGED]
    code = m.scratch[TRAP_CODE]
    arg = m.scratch[TRAP_ARG]
    smaps_visited = m.visited_site[SITE_SMAPS_PTE_ENTRY]
    smaps_diverged = m.diverged_site[SITE_SMAPS_PTE_ENTRY]
    pagemap_visited = m.visited_site[SITE_PTE_TO_PAGEMAP_ENTRY]
    pagemap_diverged = m.diverged_site[SITE_PTE_TO_PAGEMAP_ENTRY]
    hugetlb_visited = m.visited_site[SITE_SMAPS_HUGETLB_RANGE]
    hugetlb_diverged = m.diverged_site[SITE_SMAPS_HUGETLB_RANGE]
    numa_visited = m.visited_site[SITE_CAN_GATHER_NUMA_STATS]
    numa_diverged = m.diverged_site[SITE_CAN_GATHER_NUMA_STATS]
    m.scratch[NR_EVENTS] = m.size[SIZE_E]  # a full table: events only trap, and the trap is undone
    h = _fold_mm(m, k, mm)
    m.scratch[NR_EVENTS] = events
    m.scratch[DIVERGED] = diverged
    m.scratch[TRAP_CODE] = code
    m.scratch[TRAP_ARG] = arg
    _restore_site(m, SITE_SMAPS_PTE_ENTRY, smaps_visited, smaps_diverged)
    _restore_site(m, SITE_SMAPS_HUGETLB_RANGE, hugetlb_visited, hugetlb_diverged)
    _restore_site(m, SITE_PTE_TO_PAGEMAP_ENTRY, pagemap_visited, pagemap_diverged)
    _restore_site(m, SITE_CAN_GATHER_NUMA_STATS, numa_visited, numa_diverged)
    return h
