# SPDX-License-Identifier: GPL-2.0-or-later
"""Page faults by huge pages: the first touch, a write to what is shared, a NUMA hint.

Source: mm/huge_memory.c (do_huge_pmd_anonymous_page, do_huge_pmd_wp_page,
huge_pmd_set_accessed, do_huge_pmd_numa_page), mm/memory.c:__handle_mm_fault.
DAX is mapped by PTEs: of files behind which no whole 2 MiB of the device lies, of devices that are
aligned to 4 KiB.  Not modelled: use_zero_page 0, defrag other than madvise, a charge that fails,
userfaultfd.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_DIRTY,
    PAGE_PSE,
    PAGE_RW,
    PAGE_SOFT_DIRTY,
    pfn_pte,
    pte_mkdirty,
    pte_modify,
    pte_pfn,
    pte_protnone,
    pte_write,
)
from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR, PART_MAPPINGS, of_whole, page_mapcount
from linuxmm.mm.huge_memory.split_pmd import is_huge_zero_pmd, split_huge_pmd
from linuxmm.mm.huge_memory.vma import huge_fault_allowed
from linuxmm.mm.khugepaged.slots import khugepaged_enter_vma
from linuxmm.mm.memcontrol.charge import mem_cgroup_charge
from linuxmm.mm.memory.lookup import vm_normal_page_pmd
from linuxmm.mm.memory.rss import add_mm_counter
from linuxmm.mm.memory.userfault import handle_userfault, userfaultfd_pte_wp
from linuxmm.mm.memory.vm_fault import VMF_ADDRESS, VMF_FLAGS, VMF_PMD, VMF_VMA
from linuxmm.mm.memory.wp import maybe_mkwrite, page_move_anon_rmap
from linuxmm.mm.mempolicy.alloc import alloc_thp_vma, numa_node_id, vma_policy_mof
from linuxmm.mm.migrate.misplaced import migrate_misplaced_page
from linuxmm.mm.mprotect_writable import works_out_writable
from linuxmm.mm.page import (
    ANY_NODE,
    alloc_huge_page_nodes,
    get_page,
    not_modelled,
    page_flag,
    page_to_nid,
    page_to_pfn,
    pfn_to_page,
    put_page,
    set_page_flag,
)
from linuxmm.mm.pgtable import PMD_MASK, pmd_none, pmd_table, pmd_trans_huge, pmd_val, set_pmd
from linuxmm.mm.rmap import (
    anon_vma_prepare,
    deferred_split_folio,
    page_add_new_anon_rmap_compound,
)
from linuxmm.mm.sites import behaviour, visit
from linuxmm.mm.swap import count, lru_cache_add_inactive_or_unevictable
from linuxmm.state.behaviours import (
    B_COW_REUSE,
    B_NUMA_KEEPS_WRITABLE,
    B_SPLIT_QUEUE,
    B_ZERO_LEAF_WRITTEN,
)
from linuxmm.state.constants import (
    FAULT_FLAG_UNSHARE,
    FAULT_FLAG_WRITE,
    MM_ANONPAGES,
    NO_PAGE,
    OPS_NONE,
    PG_ANON_EXCLUSIVE,
    PG_SWAPCACHE,
    PG_UPTODATE,
    SET_HUGE_ZERO_PFN,
    VM_EXEC,
    VM_FAULT_FALLBACK,
    VM_FAULT_WRITE,
    VM_HUGEPAGE,
    VM_READ,
    VM_UFFD_MISSING,
    VM_WRITE,
    WHY_THP,
)
from linuxmm.state.layout import (
    CURRENT_TASK,
    NUMA_HINT_FAULTS,
    NUMA_HINT_FAULTS_LOCAL,
    THP_FAULT_ALLOC,
    THP_FAULT_FALLBACK,
    THP_ZERO_PAGE_ALLOC,
    State,
)
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_DO_HUGE_PMD_NUMA_PAGE

ACCESSIBLE: Final = VM_READ | VM_WRITE | VM_EXEC
NEW_LEAF_QUEUED: Final = 2  # behaviour zero_leaf_written


@core
def handle_huge_pmd(m: State, k: Rules, vmf: int) -> int:
    """What __handle_mm_fault does at the level of PMDs; VM_FAULT_FALLBACK: go on with PTEs."""
    vma = m.stack[vmf + VMF_VMA]
    pmd = m.stack[vmf + VMF_PMD]
    if pmd & 1 == 0:
        return VM_FAULT_FALLBACK
    if pmd_trans_huge(m, pmd):
        return _handle_leaf(m, k, vmf)
    haddr = m.stack[vmf + VMF_ADDRESS] & PMD_MASK
    if pmd_table(m, pmd) or pmd_none(m, pmd, haddr, haddr + HPAGE_PMD_NR * 4096) == 0:
        return VM_FAULT_FALLBACK
    if m.vma_ops[vma] != OPS_NONE or huge_fault_allowed(m, vma) == 0:
        return VM_FAULT_FALLBACK
    return do_huge_pmd_anonymous_page(m, k, vmf)


@core
def _handle_leaf(m: State, k: Rules, vmf: int) -> int:
    """A leaf stands there: a hint, a write to a read-only one, or an access that may be."""
    word = pmd_val(m, m.stack[vmf + VMF_PMD])
    flags = m.stack[vmf + VMF_FLAGS]
    if pte_protnone(word) and m.vma_flags[m.stack[vmf + VMF_VMA]] & ACCESSIBLE:
        return do_huge_pmd_numa_page(m, k, vmf)
    if flags & (FAULT_FLAG_WRITE | FAULT_FLAG_UNSHARE) and word & PAGE_RW == 0:
        return wp_huge_pmd(m, k, vmf)
    word |= PAGE_ACCESSED  # huge_pmd_set_accessed
    if flags & FAULT_FLAG_WRITE:
        word |= PAGE_DIRTY | PAGE_SOFT_DIRTY
    return set_pmd(m, m.stack[vmf + VMF_PMD], word)


# --- the first touch ---
@core
def do_huge_pmd_anonymous_page(m: State, k: Rules, vmf: int) -> int:
    """The huge zero page for a read, a new huge page for a write; without memory small pages."""
    vma = m.stack[vmf + VMF_VMA]
    anon_vma_prepare(m, vma)
    khugepaged_enter_vma(m, vma, m.vma_flags[vma])
    if m.stack[vmf + VMF_FLAGS] & FAULT_FLAG_WRITE == 0:
        return set_huge_zero_page(m, vmf)
    haddr = m.stack[vmf + VMF_ADDRESS] & PMD_MASK
    page = alloc_thp_vma(m, vma, haddr, m.vma_flags[vma] & VM_HUGEPAGE)
    if page == NO_PAGE:
        count(m, THP_FAULT_FALLBACK, 1)
        return VM_FAULT_FALLBACK
    mem_cgroup_charge(m, page, m.vma_mm[vma])
    set_page_flag(m, page, PG_UPTODATE)
    if m.vma_flags[vma] & VM_UFFD_MISSING:
        put_page(m, k, page)
        return handle_userfault(m, vmf)
    return map_anon_folio_pmd(m, k, vmf, page, behaviour(m, k, B_SPLIT_QUEUE))


@core
def map_anon_folio_pmd(m: State, k: Rules, vmf: int, page: int, queued: int) -> int:
    """A leaf of a new huge page, which may wait for a split from now on."""
    vma = m.stack[vmf + VMF_VMA]
    entry = pte_mkdirty(pfn_pte(page_to_pfn(m, page), m.vma_page_prot[vma]) | PAGE_PSE)
    page_add_new_anon_rmap_compound(m, k, page, vma, m.stack[vmf + VMF_ADDRESS] & PMD_MASK)
    lru_cache_add_inactive_or_unevictable(m, k, page, vma)
    set_pmd(m, m.stack[vmf + VMF_PMD], maybe_mkwrite(m, vma, entry))
    add_mm_counter(m, m.vma_mm[vma], MM_ANONPAGES, HPAGE_PMD_NR)
    if queued:
        deferred_split_folio(m, k, page, 0)
    return count(m, THP_FAULT_ALLOC, 1)


@core
def set_huge_zero_page(m: State, vmf: int) -> int:
    """Map the huge zero page, which is made when the first one is asked for (and kept)."""
    vma = m.stack[vmf + VMF_VMA]
    if get_huge_zero_page(m) == 0:
        count(m, THP_FAULT_FALLBACK, 1)
        return VM_FAULT_FALLBACK
    if m.vma_flags[vma] & VM_UFFD_MISSING:
        return handle_userfault(m, vmf)
    entry = pfn_pte(m.setting[SET_HUGE_ZERO_PFN], m.vma_page_prot[vma]) | PAGE_PSE
    return set_pmd(m, m.stack[vmf + VMF_PMD], entry)


@core
def get_huge_zero_page(m: State) -> int:
    """Is there a huge zero page (now)?  Nothing gives it back here: memory is never short."""
    if m.setting[SET_HUGE_ZERO_PFN]:
        return 1
    page = alloc_huge_page_nodes(m, numa_node_id(m), ANY_NODE)
    if page == NO_PAGE:
        return 0
    m.setting[SET_HUGE_ZERO_PFN] = page_to_pfn(m, page)
    count(m, THP_ZERO_PAGE_ALLOC, 1)
    return 1


# --- a write to a leaf that is read-only ---
@core
def wp_huge_pmd(m: State, k: Rules, vmf: int) -> int:
    """Of anonymous memory in its own way; a file's leaf goes, and the fault begins again."""
    vma = m.stack[vmf + VMF_VMA]
    if m.vma_ops[vma] == OPS_NONE:
        flags = m.stack[vmf + VMF_FLAGS]
        word = pmd_val(m, m.stack[vmf + VMF_PMD])
        if flags & FAULT_FLAG_UNSHARE == 0 and userfaultfd_pte_wp(m, vma, word):
            return handle_userfault(m, vmf)
        return do_huge_pmd_wp_page(m, k, vmf)
    split_huge_pmd(m, k, vma, m.stack[vmf + VMF_PMD], m.stack[vmf + VMF_ADDRESS])
    return VM_FAULT_FALLBACK


@core
def do_huge_pmd_wp_page(m: State, k: Rules, vmf: int) -> int:
    """The leaf becomes writable for its only owner; else a table, whose entries are copied."""
    vma = m.stack[vmf + VMF_VMA]
    pmd = m.stack[vmf + VMF_PMD]
    word = pmd_val(m, pmd)
    zero = is_huge_zero_pmd(m, word)
    if zero and do_huge_zero_wp_pmd(m, k, vmf) == 0:
        return 0
    if zero or may_reuse_huge_page(m, k, vma, word) == 0:
        split_huge_pmd(m, k, vma, pmd, m.stack[vmf + VMF_ADDRESS])
        return VM_FAULT_FALLBACK
    if m.stack[vmf + VMF_FLAGS] & FAULT_FLAG_UNSHARE:
        return 0
    set_pmd(m, pmd, maybe_mkwrite(m, vma, pte_mkdirty(word | PAGE_ACCESSED)))
    return VM_FAULT_WRITE


@core
def do_huge_zero_wp_pmd(m: State, k: Rules, vmf: int) -> int:
    """A new huge page in the place of the huge zero page: 0, or VM_FAULT_FALLBACK."""
    how = behaviour(m, k, B_ZERO_LEAF_WRITTEN)
    if how == 0:
        return VM_FAULT_FALLBACK
    vma = m.stack[vmf + VMF_VMA]
    haddr = m.stack[vmf + VMF_ADDRESS] & PMD_MASK
    page = alloc_thp_vma(m, vma, haddr, m.vma_flags[vma] & VM_HUGEPAGE)
    if page == NO_PAGE:
        count(m, THP_FAULT_FALLBACK, 1)
        return VM_FAULT_FALLBACK
    set_page_flag(m, page, PG_UPTODATE)
    return map_anon_folio_pmd(m, k, vmf, page, 1 if how == NEW_LEAF_QUEUED else 0)


@core
def may_reuse_huge_page(m: State, k: Rules, vma: int, word: int) -> int:
    """Is this process the only owner of the whole?  Two rules, as of a small page (`do_wp_page`).

    Before 5.18 mappings alone were counted (mm/swapfile.c:reuse_swap_page), those of each part.
    """
    page = pfn_to_page(m, pte_pfn(word))
    if behaviour(m, k, B_COW_REUSE) == 0:
        shared = of_whole(m, page, PART_MAPPINGS) or page_mapcount(m, page) > 1
        return 0 if shared else 1
    if page_flag(m, page, PG_ANON_EXCLUSIVE):
        return 1
    if page_flag(m, page, PG_SWAPCACHE):
        return not_modelled(m, WHY_THP)
    if m.page_refcount[page] != 1:
        return 0
    page_move_anon_rmap(m, page, vma)
    return 1


# --- NUMA hints ---
@core
def do_huge_pmd_numa_page(m: State, k: Rules, vmf: int) -> int:
    """An access to a PROT_NONE leaf of an accessible VMA: moved or not, it is accessible."""
    vma = m.stack[vmf + VMF_VMA]
    old = pmd_val(m, m.stack[vmf + VMF_PMD])
    haddr = m.stack[vmf + VMF_ADDRESS] & PMD_MASK
    visit(m, SITE_DO_HUGE_PMD_NUMA_PAGE, 0)
    word = pmd_modify(old, m.vma_page_prot[vma])
    page = vm_normal_page_pmd(m, k, vma, haddr, word, is_huge_zero_pmd(m, word))
    if page != NO_PAGE:
        _follow_the_cpu(m, k, vma, page)
        if pmd_val(m, m.stack[vmf + VMF_PMD]) != old:
            return 0  # it went, or came back: the leaf is as a migration leaves it
    writable = pte_write(old)
    if behaviour(m, k, B_NUMA_KEEPS_WRITABLE):
        writable = works_out_writable(m, k, vma, haddr, word)
    word |= PAGE_ACCESSED
    return set_pmd(m, m.stack[vmf + VMF_PMD], word | PAGE_RW if writable else word)


@core
def _follow_the_cpu(m: State, k: Rules, vma: int, page: int) -> int:
    """Count the hint; a huge page on another node moves to this one whole, or not at all."""
    here = numa_node_id(m)
    count(m, NUMA_HINT_FAULTS, 1)
    if page_to_nid(m, page) == here:
        return count(m, NUMA_HINT_FAULTS_LOCAL, 1)
    if vma_policy_mof(m, vma, m.scratch[CURRENT_TASK]) == 0:
        return 0
    get_page(m, page)
    return migrate_misplaced_page(m, k, page, vma, here)


@core
def pmd_modify(pmd: int, prot: int) -> int:
    """The leaf with another protection; what pte_modify keeps, and that it is one."""
    return pte_modify(pmd & ~PAGE_PSE, prot) | PAGE_PSE
