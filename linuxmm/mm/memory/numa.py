# SPDX-License-Identifier: GPL-2.0-or-later
"""NUMA hint faults.  Source: mm/memory.c:do_numa_page, mm/mempolicy.c:mpol_misplaced.

Not modelled: the task statistics (task_numa_fault, last_cpupid): the first hint fault of a page
always moves it to the node of the CPU that touches it, as in the first scans of a process
(should_numa_migrate_memory).
"""

from linuxmm.arch.x86.pgtable import PAGE_ACCESSED, PAGE_RW, pte_modify, pte_write
from linuxmm.core import core
from linuxmm.mm.memory.vm_fault import VMF_ADDRESS, VMF_ORIG_PTE, VMF_PTE, VMF_VMA
from linuxmm.mm.mempolicy.alloc import numa_node_id, vma_policy_mof
from linuxmm.mm.migrate.misplaced import may_isolate_misplaced, migrate_misplaced_page
from linuxmm.mm.mprotect_writable import works_out_writable
from linuxmm.mm.page import get_page, page_to_nid, put_page
from linuxmm.mm.sites import behaviour, refused_page, site_page
from linuxmm.mm.swap import count
from linuxmm.state.behaviours import B_NUMA_KEEPS_WRITABLE
from linuxmm.state.layout import CURRENT_TASK, NUMA_HINT_FAULTS, NUMA_HINT_FAULTS_LOCAL, State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_DO_NUMA_PAGE


@core
def do_numa_page(m: State, k: Rules, vmf: int) -> int:
    """An access to a PROT_NONE entry of an accessible VMA: moved or not, it is accessible after."""
    vma = m.stack[vmf + VMF_VMA]
    slot = m.stack[vmf + VMF_PTE]
    old = m.stack[vmf + VMF_ORIG_PTE]
    pte = pte_modify(old, m.vma_page_prot[vma])
    addr = m.stack[vmf + VMF_ADDRESS]
    writable = pte_write(old)
    if behaviour(m, k, B_NUMA_KEEPS_WRITABLE):
        writable = works_out_writable(m, k, vma, addr, pte)
    page = site_page(m, k, SITE_DO_NUMA_PAGE, vma, addr, pte)
    if refused_page(m, k, SITE_DO_NUMA_PAGE, page, vma, 0, 0):
        return make_accessible(m, vma, slot, writable)
    get_page(m, page)
    here = numa_node_id(m)
    count(m, NUMA_HINT_FAULTS, 1)
    if page_to_nid(m, page) == here:
        count(m, NUMA_HINT_FAULTS_LOCAL, 1)
    if page_to_nid(m, page) == here or vma_policy_mof(m, vma, m.scratch[CURRENT_TASK]) == 0:
        put_page(m, k, page)
        return make_accessible(m, vma, slot, writable)
    if behaviour(m, k, B_NUMA_KEEPS_WRITABLE) and may_isolate_misplaced(m, k, page, vma):
        writable = 0  # forgotten once the page is isolated, migrate_misplaced_folio_prepare
    migrate_misplaced_page(m, k, page, vma, here)
    if m.pte[slot] != old:  # moved, or unmapped and restored: the entry is accessible already
        return 0
    return make_accessible(m, vma, slot, writable)


@core
def make_accessible(m: State, vma: int, slot: int, writable: int) -> int:
    """The VMA's protection again, young, and writable if it was, or may be."""
    pte = pte_modify(m.pte[slot], m.vma_page_prot[vma]) | PAGE_ACCESSED
    m.pte[slot] = pte | PAGE_RW if writable else pte
    return 0
