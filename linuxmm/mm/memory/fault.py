# SPDX-License-Identifier: GPL-2.0-or-later
"""Page faults and memory accesses.  Source: mm/memory.c:handle_mm_fault, arch/x86/mm/fault.c."""

from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_DIRTY,
    PAGE_RW,
    PAGE_SPECIAL,
    pfn_pte,
    pte_mkdirty,
    pte_none,
    pte_pfn,
    pte_present,
    pte_protnone,
)
from linuxmm.core import core
from linuxmm.lib.test_hmm import devmem_fault
from linuxmm.mm.gate import in_gate_area, reads_gate
from linuxmm.mm.huge_memory.fault import handle_huge_pmd
from linuxmm.mm.hugetlb.fault import hugetlb_fault
from linuxmm.mm.memcontrol.charge import charge_ends_process, mem_cgroup_charge
from linuxmm.mm.memory.exclusive import remove_device_exclusive_entry
from linuxmm.mm.memory.file import do_fault
from linuxmm.mm.memory.nonpresent import (
    is_device_exclusive_pte,
    is_device_private_pte,
    is_migration_pte,
    is_pte_marker,
    is_real_swap_pte,
    pfn_swap_entry_pfn,
)
from linuxmm.mm.memory.numa import do_numa_page
from linuxmm.mm.memory.rss import add_mm_counter_fast, check_sync_rss_stat
from linuxmm.mm.memory.swap import do_swap_page_real
from linuxmm.mm.memory.userfault import handle_userfault
from linuxmm.mm.memory.vm_fault import (
    NR_VMF,
    VMF_ADDRESS,
    VMF_FLAGS,
    VMF_ORIG_PTE,
    VMF_PAGE,
    VMF_PMD,
    VMF_PTE,
    VMF_VMA,
)
from linuxmm.mm.memory.wp import do_wp_page, mk_pte
from linuxmm.mm.mempolicy.alloc import alloc_page_vma
from linuxmm.mm.page import page_to_pfn, pfn_to_page, put_page, set_page_flag
from linuxmm.mm.pagewalk import mm_find_pte
from linuxmm.mm.pgtable import entry_place, pte_alloc, pte_offset_map, walk_to_pmd
from linuxmm.mm.rmap import anon_vma_prepare, page_add_new_anon_rmap
from linuxmm.mm.stack import pop, push
from linuxmm.mm.swap import count, lru_cache_add_inactive_or_unevictable
from linuxmm.mm.vma import find_vma, vma_is_anonymous
from linuxmm.state.constants import (
    FAULT_FLAG_ALLOW_RETRY,
    FAULT_FLAG_UNSHARE,
    FAULT_FLAG_USER,
    FAULT_FLAG_WRITE,
    MM_ANONPAGES,
    NO_PAGE,
    NO_VMA,
    PG_UPTODATE,
    SET_FAIL_ALLOC,
    SET_GATE_PAGE,
    SET_ZERO_PAGE,
    VM_EXEC,
    VM_FAULT_ERROR,
    VM_FAULT_FALLBACK,
    VM_FAULT_OOM,
    VM_FAULT_RETRY,
    VM_FAULT_SIGBUS,
    VM_FAULT_SIGSEGV,
    VM_HUGETLB,
    VM_READ,
    VM_SHARED,
    VM_UFFD_MISSING,
    VM_UFFD_WP,
    VM_WRITE,
)
from linuxmm.state.layout import NR_OUT, PGFAULT, State
from linuxmm.state.rules import Rules

# What `access` returns when the process is killed (negative, beyond every errno).
KILLED_SIGSEGV: Final = -2011
KILLED_SIGBUS: Final = -2007
KILLED_OOM: Final = -2009
MAX_RETRIES: Final = 8


@core
def handle_mm_fault(m: State, k: Rules, vma: int, addr: int, flags: int) -> int:
    """One fault at an address inside a VMA: VM_FAULT_* bits, 0 for success."""
    count(m, PGFAULT, 1)
    check_sync_rss_stat(m)
    if m.vma_flags[vma] & VM_HUGETLB:
        return hugetlb_fault(m, k, vma, addr, flags)
    vmf = push(m, NR_VMF)
    m.stack[vmf + VMF_VMA] = vma
    m.stack[vmf + VMF_ADDRESS] = addr
    m.stack[vmf + VMF_FLAGS] = flags
    m.stack[vmf + VMF_PMD] = walk_to_pmd(m, vma, addr)
    result = handle_huge_pmd(m, k, vmf)
    if result & VM_FAULT_FALLBACK:
        result = handle_pte_fault(m, k, vmf)
    pop(m, vmf)
    return result


@core
def handle_pte_fault(m: State, k: Rules, vmf: int) -> int:
    """By what the entry is: empty, not present, PROT_NONE, read-only, or fine by now."""
    vma = m.stack[vmf + VMF_VMA]
    flags = m.stack[vmf + VMF_FLAGS]
    slot = pte_offset_map(m, m.stack[vmf + VMF_PMD], m.stack[vmf + VMF_ADDRESS])
    pte = m.pte[slot]
    m.stack[vmf + VMF_PTE] = slot
    m.stack[vmf + VMF_ORIG_PTE] = pte
    if pte_none(pte):
        if vma_is_anonymous(m, vma) == 0:
            return do_fault(m, k, vmf)
        pte_alloc(m, vma, m.stack[vmf + VMF_PMD], m.stack[vmf + VMF_ADDRESS])
        return do_anonymous_page(m, k, vmf)
    if pte_present(pte) == 0:
        return do_swap_page(m, k, vmf)
    if pte_protnone(pte) and m.vma_flags[vma] & (VM_READ | VM_WRITE | VM_EXEC):
        return do_numa_page(m, k, vmf)
    entry = pte
    if flags & (FAULT_FLAG_WRITE | FAULT_FLAG_UNSHARE):
        if pte & PAGE_RW == 0:
            return do_wp_page(m, k, vmf)
        if flags & FAULT_FLAG_WRITE:
            entry = pte_mkdirty(entry)
    m.pte[slot] = entry | PAGE_ACCESSED
    return 0


@core
def do_anonymous_page(m: State, k: Rules, vmf: int) -> int:
    """An empty entry of anonymous memory: the zero page for a read, a new page for a write.

    Where userfaultfd fills it, the kernel has the page for a write already, and gives it back.
    """
    vma = m.stack[vmf + VMF_VMA]
    if m.vma_flags[vma] & VM_SHARED:
        return VM_FAULT_SIGBUS
    slot = m.stack[vmf + VMF_PTE]
    prot = m.vma_page_prot[vma]
    flags = m.stack[vmf + VMF_FLAGS]
    missing = m.vma_flags[vma] & VM_UFFD_MISSING
    if flags & FAULT_FLAG_WRITE == 0:
        if missing:
            return handle_userfault(m, vmf)
        m.pte[slot] = pfn_pte(page_to_pfn(m, m.setting[SET_ZERO_PAGE]), prot) | PAGE_SPECIAL
        return 0
    anon_vma_prepare(m, vma)
    page = alloc_page_vma(m, vma, m.stack[vmf + VMF_ADDRESS])
    if page == NO_PAGE:
        return VM_FAULT_OOM
    if charge_ends_process(m, m.vma_mm[vma], flags):
        put_page(m, k, page)
        return VM_FAULT_OOM
    mem_cgroup_charge(m, page, m.vma_mm[vma])
    set_page_flag(m, page, PG_UPTODATE)
    if missing:
        put_page(m, k, page)
        return handle_userfault(m, vmf)
    entry = mk_pte(m, page, prot) | PAGE_ACCESSED
    if m.vma_flags[vma] & VM_WRITE:
        entry = pte_mkdirty(entry) | PAGE_RW
    add_mm_counter_fast(m, k, m.vma_mm[vma], MM_ANONPAGES, 1)
    page_add_new_anon_rmap(m, k, page, vma, m.stack[vmf + VMF_ADDRESS])
    lru_cache_add_inactive_or_unevictable(m, k, page, vma)
    m.pte[slot] = entry
    return 0


@core
def do_swap_page(m: State, k: Rules, vmf: int) -> int:
    """A non-present entry is touched; each kind in its own way."""
    pte = m.stack[vmf + VMF_ORIG_PTE]
    if is_real_swap_pte(k, pte):
        return do_swap_page_real(m, k, vmf)
    if is_migration_pte(k, pte):
        return VM_FAULT_RETRY  # migration_entry_wait
    if is_device_exclusive_pte(k, pte):
        m.stack[vmf + VMF_PAGE] = pfn_to_page(m, pfn_swap_entry_pfn(k, pte))
        return remove_device_exclusive_entry(m, k, vmf)
    if is_device_private_pte(k, pte):
        m.stack[vmf + VMF_PAGE] = pfn_to_page(m, pfn_swap_entry_pfn(k, pte))
        return devmem_fault(m, k, vmf)
    if is_pte_marker(k, pte):
        return handle_pte_marker(m, k, vmf)
    return VM_FAULT_SIGBUS


@core
def handle_pte_marker(m: State, k: Rules, vmf: int) -> int:
    """A mark that userfaultfd left where a page was, or could be: the page is missing.

    Nobody watches the area any more: the mark goes, and the access tries again.  Anonymous memory
    has no markers.
    """
    vma = m.stack[vmf + VMF_VMA]
    if m.vma_flags[vma] & VM_UFFD_WP:
        return do_fault(m, k, vmf)
    m.pte[m.stack[vmf + VMF_PTE]] = 0  # pte_marker_clear
    return 0


@core
def access_ok(vm_flags: int, write: int) -> int:
    """May user code read or write here (access_error)?  Any of R, W, X allows a read."""
    if write:
        return 1 if vm_flags & VM_WRITE else 0
    return 1 if vm_flags & (VM_READ | VM_WRITE | VM_EXEC) else 0


@core
def pte_allows(pte: int, write: int) -> int:
    """Does the CPU get through this entry without a fault?"""
    if pte & 1 == 0:
        return 0
    return 1 if write == 0 or pte & PAGE_RW else 0


@core
def access(m: State, k: Rules, mm: int, addr: int, write: int) -> int:
    """User code touches one address: 0, or KILLED_* when the process dies of it.

    A fault that sleeps (on a migration entry, or until userfaultfd has resolved it) is reported
    as VM_FAULT_RETRY (a positive result), and the step as blocked.  A fault without
    memory is retried too (mm/oom_kill.c:pagefault_out_of_memory kills nobody); if no memory is
    left at all, it was the allocator that called the OOM killer.
    """
    tries = 0
    while tries < MAX_RETRIES:
        vma = find_vma(m, mm, addr)
        if vma == NO_VMA:
            return 0 if reads_gate(m, addr, write) else KILLED_SIGSEGV
        place = entry_place(m, walk_to_pmd(m, vma, addr), addr)
        if pte_allows(m.pte[place], write):
            m.pte[place] = m.pte[place] | PAGE_ACCESSED
            if write:  # the CPU knows no soft-dirty bit
                m.pte[place] = m.pte[place] | PAGE_DIRTY
            return 0  # the CPU knows entries only: the kernel is asked when it faults
        if access_ok(m.vma_flags[vma], write) == 0:
            return KILLED_SIGSEGV
        flags = FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_USER | (FAULT_FLAG_WRITE if write else 0)
        failing = m.setting[SET_FAIL_ALLOC]
        result = handle_mm_fault(m, k, vma, addr, flags)
        if result & VM_FAULT_ERROR:
            if result & VM_FAULT_OOM == 0 or m.setting[SET_FAIL_ALLOC] == failing:
                return killed_by(result)
        elif result & VM_FAULT_RETRY:
            return VM_FAULT_RETRY
        else:
            tries += 1
    return VM_FAULT_RETRY


@core
def killed_by(fault: int) -> int:
    """What a failed fault does to the process."""
    if fault & VM_FAULT_OOM:
        return KILLED_OOM
    return KILLED_SIGSEGV if fault & VM_FAULT_SIGSEGV else KILLED_SIGBUS


@core
def sys_read(m: State, k: Rules, task: int, addr: int, npages: int) -> int:
    """Read one word of each page: the contents in m.out, or KILLED_* at page NR_OUT."""
    mm = m.task_mm[task]
    for i in range(npages):
        result = access(m, k, mm, addr + i * 4096, 0)
        if result != 0:
            m.scratch[NR_OUT] = i
            return result
        m.out[i] = contents(m, mm, addr + i * 4096)
    return npages


@core
def sys_write(m: State, k: Rules, task: int, addr: int, npages: int, tag: int) -> int:
    """Fill each page with a value: 0, or KILLED_* at page NR_OUT."""
    mm = m.task_mm[task]
    for i in range(npages):
        result = access(m, k, mm, addr + i * 4096, 1)
        if result != 0:
            m.scratch[NR_OUT] = i
            return result
        page = accessed_page(m, mm, addr + i * 4096)
        if page != NO_PAGE:
            m.page_tag[page] = tag
    return 0


@core
def accessed_page(m: State, mm: int, addr: int) -> int:
    """The page behind an entry through which the CPU has just gone; NO_PAGE: only a frame."""
    return pfn_to_page(m, pte_pfn(mm_find_pte(m, mm, addr)))


@core
def contents(m: State, mm: int, addr: int) -> int:
    """The value that user code reads at an address whose entry is present."""
    page = m.setting[SET_GATE_PAGE]
    if in_gate_area(m, addr) == 0:
        page = accessed_page(m, mm, addr)
    return m.page_tag[page] if page != NO_PAGE else 0
