# SPDX-License-Identifier: GPL-2.0-or-later
"""mprotect(2), and the PROT_NONE entries of NUMA balancing.  Source: mm/mprotect.c."""

from linuxmm.arch.x86.pgtable import (
    PAGE_RW,
    PROT_NONE_BITS,
    SWP_SOFT_DIRTY,
    SWP_UFFD_WP,
    is_swap_pte,
    pte_modify,
    pte_pfn,
    pte_present,
    pte_protnone,
    pte_write,
)
from linuxmm.core import core
from linuxmm.mm.gup.populate import populate_vma_page_range
from linuxmm.mm.huge_memory.range import change_huge_pmd
from linuxmm.mm.huge_memory.split_pmd import is_huge_zero_pmd, split_huge_pmd
from linuxmm.mm.hugetlb.range import hugetlb_change_protection
from linuxmm.mm.memory.nonpresent import (
    PTE_MARKER_UFFD_WP,
    copy_swp_bits,
    is_device_private_pte,
    is_pte_marker,
    is_writable_device_exclusive_pte,
    is_writable_device_private_pte,
    is_writable_migration_pte,
    make_pte_marker,
    pfn_swap_entry_pfn,
    swap_entry_readable,
)
from linuxmm.mm.mempolicy.alloc import numa_node_id
from linuxmm.mm.mprotect_writable import (
    MM_CP_PROT_NUMA,
    MM_CP_TRY_CHANGE_WRITABLE,
    MM_CP_UFFD_WP,
    MM_CP_UFFD_WP_RESOLVE,
    change_leaf_writable,
    change_to_writable,
    change_uffd_wp,
    tries_writable,
)
from linuxmm.mm.page import page_anon, pfn_to_page
from linuxmm.mm.pgtable import (
    PMD_SIZE,
    PTRS_PER_PTE,
    pmd_addr_end,
    pmd_none,
    pmd_trans_huge,
    pmd_val,
    pte_alloc,
    pte_offset_map,
    walk_to_pmd,
)
from linuxmm.mm.sites import behaviour, refused_page, site_page
from linuxmm.mm.swap import count
from linuxmm.mm.vma import (
    isolate_vma_range,
    may_isolate,
    next_vma,
    vma_is_anonymous,
    vma_set_page_prot,
)
from linuxmm.mm.vma_merge import merge_neighbours
from linuxmm.state.behaviours import (
    B_MPROTECT_GIVES_BACK_ACCOUNT,
    B_NUMA_HINT_RESPECTS_TIERS,
    B_NUMA_HINTS_LEAVES,
    B_NUMA_KEEPS_WRITABLE,
)
from linuxmm.state.constants import (
    EACCES,
    EINVAL,
    ENOMEM,
    NO_VMA,
    SET_NUMA_BALANCING,
    VM_ACCOUNT,
    VM_EXEC,
    VM_HUGETLB,
    VM_LOCKED,
    VM_NORESERVE,
    VM_READ,
    VM_SHARED,
    VM_WRITE,
)
from linuxmm.state.layout import NUMA_PTE_UPDATES, State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_CHANGE_PTE_RANGE
from linuxmm.state.vocabulary import CONTEXT_NO_TARGET_NODE, GIVES_STOP

VM_ACCESS_FLAGS = VM_READ | VM_WRITE | VM_EXEC
# areas that are counted as committed memory already, or never will be
COUNTED_OR_NEVER = VM_ACCOUNT | VM_WRITE | VM_HUGETLB | VM_SHARED | VM_NORESERVE
NUMA_BALANCING_NORMAL = 1


# --- mprotect(2) ---
@core
def sys_mprotect(m: State, k: Rules, task: int, start: int, npages: int, prot: int) -> int:
    """Change the protection of [start, start + npages): 0, -EINVAL, -ENOMEM or -EACCES.

    VMAs before the one that fails are changed already.
    """
    if start & 4095:
        return -EINVAL
    if npages == 0:
        return 0
    mm = m.task_mm[task]
    end = start + npages * 4096
    addr = start
    while addr < end:
        vma = next_vma(m, mm, addr)
        if vma == NO_VMA or m.vma_start[vma] > addr:
            return -ENOMEM
        flags = (m.vma_flags[vma] & ~VM_ACCESS_FLAGS) | prot
        if flags & ~(flags >> 4) & VM_ACCESS_FLAGS:
            return -EACCES
        high = min(end, m.vma_end[vma])
        result = mprotect_fixup(m, k, vma, addr, high, flags)
        if result < 0:
            return result
        addr = high
    return 0


@core
def gives_back_account(m: State, k: Rules, vma: int, flags: int) -> int:
    """Is an area that loses its write counted no more?  Never, or while it is untouched."""
    if flags & VM_WRITE or behaviour(m, k, B_MPROTECT_GIVES_BACK_ACCOUNT) == 0:
        return 0
    return 1 if vma_is_anonymous(m, vma) and m.vma_anon_vma[vma] == 0 else 0


@core
def mprotect_fixup(m: State, k: Rules, vma: int, start: int, end: int, flags: int) -> int:
    """Give one part of a VMA new flags, splitting and merging, and change its entries."""
    old = m.vma_flags[vma]
    if flags == old:
        return 0
    if flags & VM_WRITE and old & COUNTED_OR_NEVER == 0:
        flags |= VM_ACCOUNT
    elif gives_back_account(m, k, vma, flags):
        flags &= ~VM_ACCOUNT
    error = may_isolate(m, k, vma, start, end)
    if error:
        return error
    vma = isolate_vma_range(m, k, vma, start, end)
    if vma == NO_VMA:
        return -ENOMEM
    m.vma_flags[vma] = flags
    cp_flags = MM_CP_TRY_CHANGE_WRITABLE if tries_writable(m, k, vma) else 0
    vma_set_page_prot(m, vma)
    change_protection(m, k, vma, start, end, m.vma_page_prot[vma], cp_flags)
    if old & (VM_WRITE | VM_SHARED | VM_LOCKED) == VM_LOCKED and flags & VM_WRITE:
        populate_vma_page_range(m, k, vma, start, end)
    merge_neighbours(m, k, vma)
    return 0


# --- entries ---
@core
def change_protection(
    m: State, k: Rules, vma: int, addr: int, end: int, newprot: int, cp_flags: int
) -> int:
    """Give the entries of a range another protection, table by table: how many changed.

    Source: mm/mprotect.c:change_protection_range, change_pmd_range.
    """
    if m.vma_flags[vma] & VM_HUGETLB:
        return hugetlb_change_protection(m, vma, addr, end, newprot)
    pages = 0
    marks = uffd_wp_protect_file(m, vma, cp_flags)
    while addr < end:
        stop = pmd_addr_end(addr, end)
        pmd = walk_to_pmd(m, vma, addr)
        if pmd_trans_huge(m, pmd):
            if stop - addr == PMD_SIZE and marks == 0:
                if cp_flags & MM_CP_PROT_NUMA and numa_skips_leaf(m, k, vma, pmd):
                    addr = stop
                    continue
                changed = change_huge_pmd(m, k, pmd, newprot, cp_flags)
                change_leaf_writable(m, k, vma, pmd, cp_flags)
                pages += changed if changed == PTRS_PER_PTE else 0
                addr = stop
                continue
            split_huge_pmd(m, k, vma, pmd, addr)
        if marks:
            pte_alloc(m, vma, pmd, addr)  # change_pmd_prepare
        if marks or pmd_none(m, pmd, addr, stop) == 0:
            pages += change_pte_range(m, k, vma, pmd, addr, stop, newprot, cp_flags)
        addr = stop
    return pages


@core
def uffd_wp_protect_file(m: State, vma: int, cp_flags: int) -> int:
    """Does userfaultfd protect what may be in the cache of a file, and not mapped?"""
    return 1 if cp_flags & MM_CP_UFFD_WP and vma_is_anonymous(m, vma) == 0 else 0


@core
def change_pte_range(
    m: State, k: Rules, vma: int, pmd: int, addr: int, end: int, newprot: int, cp_flags: int
) -> int:
    """The entries of one table: how many changed."""
    pages = 0
    prot_numa = cp_flags & MM_CP_PROT_NUMA
    saves_write = prot_numa and behaviour(m, k, B_NUMA_KEEPS_WRITABLE) == 0
    slot = pte_offset_map(m, pmd, addr)
    while addr < end:
        pte = m.pte[slot]
        if pte_present(pte):
            skip = numa_skips(m, k, vma, addr, pte) if prot_numa else 0
            if skip == GIVES_STOP:
                return pages
            if skip == 0:
                keeps_write = saves_write and pte_write(pte)
                new = change_uffd_wp(pte_modify(pte, newprot), cp_flags)
                if keeps_write or (
                    cp_flags & MM_CP_TRY_CHANGE_WRITABLE
                    and change_to_writable(m, k, vma, addr, new)
                ):
                    new |= PAGE_RW
                m.pte[slot] = new
                pages += 1
        elif is_swap_pte(pte):
            pages += change_nonpresent_pte(m, k, slot, cp_flags)
        elif uffd_wp_protect_file(m, vma, cp_flags):  # its page may be there all the same
            m.pte[slot] = make_pte_marker(k, PTE_MARKER_UFFD_WP)
            pages += 1
        addr += 4096
        slot += 1
    return pages


@core
def change_nonpresent_pte(m: State, k: Rules, slot: int, cp_flags: int) -> int:
    """Writable migration, device-private and device-exclusive entries lose the write; the word of
    any may get or lose the mark of userfaultfd: 1 if it changed."""
    pte = m.pte[slot]
    new = pte
    if is_pte_marker(k, pte):
        m.pte[slot] = 0 if cp_flags & MM_CP_UFFD_WP_RESOLVE else pte
        return 1 if cp_flags & MM_CP_UFFD_WP_RESOLVE else 0
    if is_writable_migration_pte(k, pte):
        anon = page_anon(m, pfn_to_page(m, pfn_swap_entry_pfn(k, pte)))
        new = copy_swp_bits(swap_entry_readable(k, pte, anon), pte)
    elif is_writable_device_private_pte(k, pte) or is_writable_device_exclusive_pte(k, pte):
        new = copy_swp_bits(swap_entry_readable(k, pte, 0), pte)
        if is_device_private_pte(k, pte):
            new &= ~SWP_SOFT_DIRTY  # not kept, as in copy_nonpresent_pte
    if cp_flags & MM_CP_UFFD_WP:
        new |= SWP_UFFD_WP
    elif cp_flags & MM_CP_UFFD_WP_RESOLVE:
        new &= ~SWP_UFFD_WP
    m.pte[slot] = new
    return 1 if new != pte else 0


# --- NUMA balancing ---
@core
def change_prot_numa(m: State, k: Rules, vma: int, start: int, end: int) -> int:
    """Make entries PROT_NONE so that the next access tells who uses the page: how many."""
    changed = change_protection(m, k, vma, start, end, PROT_NONE_BITS, MM_CP_PROT_NUMA)
    count(m, NUMA_PTE_UPDATES, changed)
    return changed


@core
def numa_skips(m: State, k: Rules, vma: int, addr: int, pte: int) -> int:
    """Is this entry left alone by NUMA balancing: 0, 1 (GIVES_SKIP), or what its row gives?"""
    if pte_protnone(pte):
        return 1
    page = site_page(m, k, SITE_CHANGE_PTE_RANGE, vma, addr, pte)
    return numa_skips_page(m, k, vma, page)


@core
def numa_skips_leaf(m: State, k: Rules, vma: int, pmd: int) -> int:
    """The same of a leaf, where its page is asked too (folio_can_map_prot_numa)."""
    word = pmd_val(m, pmd)
    if behaviour(m, k, B_NUMA_HINTS_LEAVES) == 0:
        return 0
    if is_huge_zero_pmd(m, word) or pte_protnone(word):
        return 1
    return numa_skips_page(m, k, vma, pfn_to_page(m, pte_pfn(word)))


@core
def numa_skips_page(m: State, k: Rules, vma: int, page: int) -> int:
    """Is a page no candidate, by the tests of the record: 0, or what the one gives that refuses?"""
    context = CONTEXT_NO_TARGET_NODE
    if m.vma_flags[vma] & VM_SHARED == 0 and m.mm_users[m.vma_mm[vma]] == 1:
        context = 0
    here = numa_node_id(m)
    refused = refused_page(m, k, SITE_CHANGE_PTE_RANGE, page, vma, context, here)
    if refused:
        return refused
    if behaviour(m, k, B_NUMA_HINT_RESPECTS_TIERS):
        # every node is a top tier one: skipped unless normal balancing is on
        return 0 if m.setting[SET_NUMA_BALANCING] & NUMA_BALANCING_NORMAL else 1
    return 0
