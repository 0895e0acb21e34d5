# SPDX-License-Identifier: GPL-2.0-or-later
"""/proc/PID/smaps and smaps_rollup: what the entries of a VMA, or of all, add up to.

Source: fs/proc/task_mmu.c (smaps_pte_entry, smaps_pmd_entry, smaps_hugetlb_range, smaps_account,
smaps_page_accumulate,
smap_gather_stats, __show_smap, show_smaps_rollup), mm/shmem.c (shmem_swap_usage).
Pss sums are kept with 12 bits behind the point, so that many small shares lose nothing.
Not modelled: huge pages of file systems (their fields are 0); ProtectionKey.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_DIRTY,
    is_swap_pte,
    pte_present,
    swp_offset,
)
from linuxmm.core import core
from linuxmm.fs.proc.task_mmu.walk import (
    first_vma,
    page_lazyfree,
    pfn_swap_entry_to_page,
    vma_after,
)
from linuxmm.mm.compound import HPAGE_PMD_SIZE, compound_head, compound_nr, page_mapcount
from linuxmm.mm.gate import VSYSCALL_ADDR, gate_vm_flags, in_gate_area
from linuxmm.mm.huge_memory.follow import follow_trans_huge_pmd
from linuxmm.mm.huge_memory.split_pmd import is_huge_zero_pmd
from linuxmm.mm.huge_memory.vma import thp_eligible
from linuxmm.mm.memory.lookup import vm_normal_page_pmd
from linuxmm.mm.memory.nonpresent import is_migration_pte, is_pfn_swap_pte, is_real_swap_pte
from linuxmm.mm.page import page_anon, page_flag
from linuxmm.mm.pagewalk import WALK_PRIVATE, WALK_VMA, page_walk_vma
from linuxmm.mm.pgtable import pmd_trans_huge, pmd_val, pte_offset_map
from linuxmm.mm.rmap import linear_page_index
from linuxmm.mm.sites import behaviour, refused_page, site_page
from linuxmm.mm.stack import pop, push
from linuxmm.mm.vma import find_vma
from linuxmm.state.behaviours import B_SMAPS_LEAF, B_SMAPS_MIGRATION_ENTRIES, B_SMAPS_PSS_DIRTY
from linuxmm.state.constants import (
    EFAULT,
    ESRCH,
    NO_PAGE,
    NO_VMA,
    OPS_SHMEM,
    PG_DIRTY,
    PG_REFERENCED,
    PG_SWAPBACKED,
    PG_YOUNG,
    VM_LOCKED,
    VM_SHARED,
    VM_WRITE,
)
from linuxmm.state.flags import FOLL_DUMP
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_SMAPS_HUGETLB_RANGE, SITE_SMAPS_PTE_ENTRY
from linuxmm.state.vocabulary import GIVES_STOP
from linuxmm.uapi import PAGE_SHIFT, PAGE_SIZE

PSS_SHIFT: Final = 12

# struct mem_size_stats: m.stack[mss + ...], and so in m.out of sys_smaps and sys_smaps_rollup;
# bytes, a Pss_Dirty of -1 means: no such line
SMAPS_RSS: Final = 0
SMAPS_PSS: Final = 1
SMAPS_PSS_DIRTY: Final = 2
SMAPS_PSS_ANON: Final = 3  # this and the next two: smaps_rollup only
SMAPS_PSS_FILE: Final = 4
SMAPS_PSS_SHMEM: Final = 5
SMAPS_SHARED_CLEAN: Final = 6
SMAPS_SHARED_DIRTY: Final = 7
SMAPS_PRIVATE_CLEAN: Final = 8
SMAPS_PRIVATE_DIRTY: Final = 9
SMAPS_REFERENCED: Final = 10
SMAPS_ANONYMOUS: Final = 11
SMAPS_LAZYFREE: Final = 12
SMAPS_SWAP: Final = 13
SMAPS_SWAP_PSS: Final = 14
SMAPS_LOCKED: Final = 15
SMAPS_ANON_THP: Final = 16
SMAPS_SHMEM_THP: Final = 17
SMAPS_SHARED_HUGETLB: Final = 18
SMAPS_PRIVATE_HUGETLB: Final = 19
NR_SMAPS_SUMS: Final = 20
SMAPS_START: Final = 20
SMAPS_END: Final = 21
SMAPS_VM_FLAGS: Final = 22
SMAPS_THP_ELIGIBLE: Final = 23  # -1: not modelled
NR_SMAPS: Final = 24
# behind the sums only in the struct
CHECK_SHMEM_SWAP: Final = 20  # swapped shmem is counted hole by hole in the walk
NR_MSS: Final = 21
SMAPS_FIELDS: Final[tuple[str, ...]] = (
    "Rss",
    "Pss",
    "Pss_Dirty",
    "Pss_Anon",
    "Pss_File",
    "Pss_Shmem",
    "Shared_Clean",
    "Shared_Dirty",
    "Private_Clean",
    "Private_Dirty",
    "Referenced",
    "Anonymous",
    "LazyFree",
    "Swap",
    "SwapPss",
    "Locked",
    "AnonHugePages",
    "ShmemPmdMapped",
    "Shared_Hugetlb",
    "Private_Hugetlb",
    "start",
    "end",
    "VmFlags",
    "THPeligible",
)


@core
def _add(m: State, mss: int, field: int, amount: int) -> int:
    m.stack[mss + field] = m.stack[mss + field] + amount
    return 0


# --- one page -------------------------------------------------------------------------------
@core
def smaps_page_accumulate(
    m: State, mss: int, page: int, size: int, pss: int, dirty: int, locked: int, private: int
) -> int:
    """Add `size` bytes and their share (fixed point) to sums that depend on who maps them too."""
    _add(m, mss, SMAPS_PSS, pss)
    if page_anon(m, page):
        _add(m, mss, SMAPS_PSS_ANON, pss)
    elif page_flag(m, page, PG_SWAPBACKED):
        _add(m, mss, SMAPS_PSS_SHMEM, pss)
    else:
        _add(m, mss, SMAPS_PSS_FILE, pss)
    if locked:
        _add(m, mss, SMAPS_LOCKED, pss)
    if dirty or page_flag(m, page, PG_DIRTY):
        _add(m, mss, SMAPS_PSS_DIRTY, pss)
        return _add(m, mss, SMAPS_PRIVATE_DIRTY if private else SMAPS_SHARED_DIRTY, size)
    return _add(m, mss, SMAPS_PRIVATE_CLEAN if private else SMAPS_SHARED_CLEAN, size)


@core
def smaps_account(
    m: State,
    k: Rules,
    mss: int,
    page: int,
    compound: int,
    young: int,
    dirty: int,
    locked: int,
    migration: int,
) -> int:
    """Add one page, or (compound) the huge page of a leaf.

    A single reference means private without a look, a migration entry private or shared, by the
    kernel; else each part of a huge page is asked by itself.
    """
    nr = compound_nr(m, page) if compound else 1
    size = nr * PAGE_SIZE
    if page_anon(m, page):
        _add(m, mss, SMAPS_ANONYMOUS, size)
        if page_lazyfree(m, page) and dirty == 0 and page_flag(m, page, PG_DIRTY) == 0:
            _add(m, mss, SMAPS_LAZYFREE, size)
    _add(m, mss, SMAPS_RSS, size)
    if young or page_flag(m, page, PG_YOUNG | PG_REFERENCED):
        _add(m, mss, SMAPS_REFERENCED, size)
    if m.page_refcount[compound_head(m, page)] == 1 or migration:
        pss = size << PSS_SHIFT
        shared = migration and behaviour(m, k, B_SMAPS_MIGRATION_ENTRIES)
        private = 0 if shared else 1
        return smaps_page_accumulate(m, mss, page, size, pss, dirty, locked, private)
    for part in range(page, page + nr):
        mapcount = page_mapcount(m, part)
        pss = PAGE_SIZE << PSS_SHIFT
        if mapcount >= 2:
            pss = pss // mapcount
        private = 1 if mapcount < 2 else 0
        smaps_page_accumulate(m, mss, part, PAGE_SIZE, pss, dirty, locked, private)
    return 0


@core
def _account_swap(m: State, mss: int, slot: int) -> int:
    """A swap entry: Swap in full, SwapPss divided by the entries that name the slot."""
    _add(m, mss, SMAPS_SWAP, PAGE_SIZE)
    pss = PAGE_SIZE << PSS_SHIFT
    if m.swap_count[slot] >= 2:
        pss = pss // m.swap_count[slot]
    return _add(m, mss, SMAPS_SWAP_PSS, pss)


@core
def smaps_pte_entry(m: State, k: Rules, slot: int, addr: int, walk: int) -> int:
    """Add one entry; an empty one counts what shmem has in swap there.

    Returns what the site's record gives a page that it refuses: GIVES_STOP ends the table.
    """
    pte = m.pte[slot]
    mss = m.stack[walk + WALK_PRIVATE]
    vma = m.stack[walk + WALK_VMA]
    locked = 1 if m.vma_flags[vma] & VM_LOCKED else 0
    if pte_present(pte):
        page = site_page(m, k, SITE_SMAPS_PTE_ENTRY, vma, addr, pte)
        refused = refused_page(m, k, SITE_SMAPS_PTE_ENTRY, page, vma, 0, 0)
        if refused:
            return refused
        young = 1 if pte & PAGE_ACCESSED else 0
        dirty = 1 if pte & PAGE_DIRTY else 0
        return smaps_account(m, k, mss, page, 0, young, dirty, locked, 0)
    if is_real_swap_pte(k, pte):
        return _account_swap(m, mss, swp_offset(pte))
    if is_pfn_swap_pte(k, pte):
        page = pfn_swap_entry_to_page(m, k, pte)
        if page != NO_PAGE:
            return smaps_account(m, k, mss, page, 0, 0, 0, locked, is_migration_pte(k, pte))
    elif is_swap_pte(pte) == 0:
        return smaps_pte_hole(m, k, addr, addr + PAGE_SIZE, walk)
    return 0


@core
def smaps_pmd_entry(m: State, k: Rules, pmd: int, addr: int, walk: int) -> int:
    """Add a leaf.  The page is looked up by vm_normal_page_pmd, or as GUP would for a dump: the
    huge zero page is not seen, nor, where GUP refuses them, one of a PROT_NONE leaf."""
    vma = m.stack[walk + WALK_VMA]
    mss = m.stack[walk + WALK_PRIVATE]
    word = pmd_val(m, pmd)
    if behaviour(m, k, B_SMAPS_LEAF):
        page = vm_normal_page_pmd(m, k, vma, addr, word, is_huge_zero_pmd(m, word))
    else:
        page = follow_trans_huge_pmd(m, k, vma, addr, pmd, FOLL_DUMP)
    if page <= NO_PAGE:
        return 0
    _add(m, mss, SMAPS_ANON_THP if page_anon(m, page) else SMAPS_SHMEM_THP, HPAGE_PMD_SIZE)
    young = 1 if word & PAGE_ACCESSED else 0
    dirty = 1 if word & PAGE_DIRTY else 0
    locked = 1 if m.vma_flags[vma] & VM_LOCKED else 0
    return smaps_account(m, k, mss, page, 1, young, dirty, locked, 0)


@core
def smaps_pte_range(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
    """Add a leaf, or the entries of one table."""
    if pmd_trans_huge(m, pmd):
        return smaps_pmd_entry(m, k, pmd, addr, walk)
    slot = pte_offset_map(m, pmd, addr)
    while addr < end:
        if smaps_pte_entry(m, k, slot, addr, walk) == GIVES_STOP:
            return 0
        slot += 1
        addr += PAGE_SIZE
    return 0


@core
def smaps_hugetlb_range(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
    """Add one entry of hugetlb, by how often its page is mapped; nothing else counts it."""
    word = pmd_val(m, pmd)
    if word == 0:
        return 0
    page = site_page(m, k, SITE_SMAPS_HUGETLB_RANGE, m.stack[walk + WALK_VMA], addr, word)
    if refused_page(m, k, SITE_SMAPS_HUGETLB_RANGE, page, m.stack[walk + WALK_VMA], 0, 0):
        return 0
    shared = page_mapcount(m, page) >= 2
    field = SMAPS_SHARED_HUGETLB if shared else SMAPS_PRIVATE_HUGETLB
    return _add(m, m.stack[walk + WALK_PRIVATE], field, HPAGE_PMD_SIZE)


# --- shared memory in swap ---------------------------------------------------------------------
@core
def shmem_partial_swap_usage(m: State, file: int, start: int, end: int) -> int:
    """Bytes of a shmem file's pages [start, end) that are out in swap."""
    nr = 0
    first = m.file_first[file]
    for index in range(start, min(end, m.file_nr_pages[file])):
        if m.cache_swap[first + index]:
            nr += 1
    return nr << PAGE_SHIFT


@core
def shmem_swap_usage(m: State, vma: int) -> int:
    """Bytes in swap of what the VMA maps, or of the whole file when it maps all of it."""
    file = m.vma_file[vma]
    nr = (m.vma_end[vma] - m.vma_start[vma]) >> PAGE_SHIFT
    first = m.vma_pgoff[vma]
    return shmem_partial_swap_usage(m, file, first, first + nr)


@core
def smaps_pte_hole(m: State, k: Rules, addr: int, end: int, walk: int) -> int:
    """Where nothing is mapped: what shmem has in swap there, if the walk is to count it."""
    mss = m.stack[walk + WALK_PRIVATE]
    if m.stack[mss + CHECK_SHMEM_SWAP] == 0:
        return 0
    vma = m.stack[walk + WALK_VMA]
    first = linear_page_index(m, vma, addr)
    last = linear_page_index(m, vma, end)
    return _add(m, mss, SMAPS_SWAP, shmem_partial_swap_usage(m, m.vma_file[vma], first, last))


smaps_walk: Final = page_walk_vma(
    "smaps_walk", smaps_pte_range, smaps_pte_hole, hugetlb_entry=smaps_hugetlb_range
)


# --- VMAs -----------------------------------------------------------------------------------------
@core
def push_mss(m: State) -> int:
    """A struct mem_size_stats of nothing."""
    mss = push(m, NR_MSS)
    for field in range(NR_MSS):
        m.stack[mss + field] = 0
    return mss


@core
def smap_gather_stats(m: State, k: Rules, vma: int, mss: int) -> int:
    """Add a VMA to the sums; swapped shmem is counted up front, or hole by hole."""
    file = m.vma_file[vma]
    m.stack[mss + CHECK_SHMEM_SWAP] = 0
    if file and m.file_ops[file] == OPS_SHMEM:
        swapped = shmem_swap_usage(m, vma)
        if swapped and m.vma_flags[vma] & (VM_SHARED | VM_WRITE) == VM_WRITE:
            m.stack[mss + CHECK_SHMEM_SWAP] = 1
        else:
            _add(m, mss, SMAPS_SWAP, swapped)
    return smaps_walk(m, k, vma, mss)


@core
def smaps_shown(m: State, k: Rules, mss: int) -> int:
    """The sums as they are shown, in m.out: shares lose the bits behind the point."""
    for field in range(NR_SMAPS_SUMS):
        m.out[field] = m.stack[mss + field]
    for field in range(SMAPS_PSS, SMAPS_SHARED_CLEAN):
        m.out[field] = m.out[field] >> PSS_SHIFT
    m.out[SMAPS_SWAP_PSS] = m.out[SMAPS_SWAP_PSS] >> PSS_SHIFT
    m.out[SMAPS_LOCKED] = m.out[SMAPS_LOCKED] >> PSS_SHIFT
    if behaviour(m, k, B_SMAPS_PSS_DIRTY) == 0:
        m.out[SMAPS_PSS_DIRTY] = -1
    pop(m, mss)
    return NR_SMAPS


@core
def sys_smaps(m: State, k: Rules, mm: int, addr: int) -> int:
    """The block of the VMA that contains the address; -EFAULT: there is none."""
    if m.mm_users[mm] == 0:
        return -ESRCH
    vma = find_vma(m, mm, addr)
    if vma == NO_VMA and in_gate_area(m, addr):
        return _smaps_gate(m, k)
    if vma == NO_VMA:
        return -EFAULT
    mss = push_mss(m)
    smap_gather_stats(m, k, vma, mss)
    m.out[SMAPS_START] = m.vma_start[vma]
    m.out[SMAPS_END] = m.vma_end[vma]
    m.out[SMAPS_VM_FLAGS] = m.vma_flags[vma]
    m.out[SMAPS_THP_ELIGIBLE] = thp_eligible(m, k, vma)
    return smaps_shown(m, k, mss)


@core
def _smaps_gate(m: State, k: Rules) -> int:
    """The block of [vsyscall], the last of every process: an area of no mm, not walked."""
    mss = push_mss(m)
    m.out[SMAPS_START] = VSYSCALL_ADDR
    m.out[SMAPS_END] = VSYSCALL_ADDR + PAGE_SIZE
    m.out[SMAPS_VM_FLAGS] = gate_vm_flags(m)
    m.out[SMAPS_THP_ELIGIBLE] = 0
    return smaps_shown(m, k, mss)


@core
def sys_smaps_rollup(m: State, k: Rules, mm: int) -> int:
    """The sums over all VMAs of an mm; shares are added before they lose their fraction."""
    if m.mm_users[mm] == 0:
        return -ESRCH
    mss = push_mss(m)
    vma = first_vma(m, mm)
    m.out[SMAPS_START] = m.vma_start[vma]
    m.out[SMAPS_END] = 0
    m.out[SMAPS_VM_FLAGS] = 0
    m.out[SMAPS_THP_ELIGIBLE] = 0
    while vma != NO_VMA:
        smap_gather_stats(m, k, vma, mss)
        m.out[SMAPS_END] = m.vma_end[vma]
        vma = vma_after(m, mm, vma)
    return smaps_shown(m, k, mss)
