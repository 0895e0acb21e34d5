# SPDX-License-Identifier: GPL-2.0-or-later
"""VMAs: find, insert, split, flags and protections.  Source: mm/mmap.c, include/linux/mm.h."""

from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_CHG_MASK,
    PAGE_NX,
    PROT_NONE_BITS,
    PROT_READ_BITS,
    PROT_WRITE_BITS,
)
from linuxmm.core import core
from linuxmm.mm.huge_memory.split_pmd import vma_adjust_trans_huge
from linuxmm.mm.mempolicy.policy import clear_vma_policy, copy_vma_policy
from linuxmm.mm.page import not_modelled, trap
from linuxmm.mm.pgtable import PMD_SIZE, free_pgtables, split_tables
from linuxmm.mm.rmap import put_anon_vma
from linuxmm.state.constants import (
    EINVAL,
    GATE_VMA,
    NO_VMA,
    OPS_FILE,
    OPS_FSDAX,
    SET_GATE_PAGE,
    TRAP_NO_ROW,
    VM_EXEC,
    VM_HUGETLB,
    VM_READ,
    VM_SHARED,
    VM_SOFTDIRTY,
    VM_UFFD_WP,
    VM_WRITE,
    WHY_DEVICE,
    WHY_HUGETLB,
)
from linuxmm.state.layout import MIGRATE_PHASE, MIGRATE_VMA, SIZE_V, State
from linuxmm.state.rules import Rules

# The lowest address the model hands out, and the hole it leaves between mappings: adjacent
# mappings would merge in a real kernel (mm/mmap.c:vma_merge).
MMAP_BASE: Final = 0x7F0000000000
MMAP_GAP: Final = 0x10000


@core
def find_vma(m: State, mm: int, addr: int) -> int:
    """The VMA of this mm that contains the address; NO_VMA in a hole (vma_lookup)."""
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_mm[vma] == mm and m.vma_start[vma] <= addr < m.vma_end[vma]:
            return vma
    return NO_VMA


@core
def next_vma(m: State, mm: int, addr: int) -> int:
    """The lowest VMA that ends above the address (the kernel's find_vma); NO_VMA: none."""
    best = NO_VMA
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_mm[vma] == mm and m.vma_end[vma] > addr:
            if best == NO_VMA or m.vma_start[vma] < m.vma_start[best]:
                best = vma
    return best


@core
def vma_is_anonymous(m: State, vma: int) -> int:
    """No vm_ops: private anonymous memory."""
    return 1 if m.vma_ops[vma] == 0 else 0


@core
def vm_get_page_prot(flags: int) -> int:
    """The PTE bits of a VMA's protection: private writable mappings start read-only."""
    if flags & (VM_READ | VM_WRITE | VM_EXEC) == 0:
        return PROT_NONE_BITS  # PAGE_NONE is without NX
    if flags & VM_WRITE and flags & VM_SHARED:
        bits = PROT_WRITE_BITS
    else:
        bits = PROT_READ_BITS
    return bits if flags & VM_EXEC else bits | PAGE_NX


@core
def vma_wants_writenotify(m: State, vma: int, prot: int) -> int:
    """Shared writable mappings whose first write the kernel must see map read-only.

    `prot`: the bits of its entries, as they are: where they are read-only by now, only a file
    system that wants to know of writes is a reason.
    Source: mm/mmap.c:vma_wants_writenotify: page_mkwrite and pfn_mkwrite of file systems (DAX
    included; not shmem, not device-dax), soft-dirty tracking (not of hugetlb), userfaultfd.
    """
    flags = m.vma_flags[vma]
    if flags & (VM_WRITE | VM_SHARED) != VM_WRITE | VM_SHARED:
        return 0
    if m.vma_ops[vma] in (OPS_FILE, OPS_FSDAX):
        return 1
    if (prot ^ vm_get_page_prot(flags)) & ~PAGE_CHG_MASK:
        return 0
    if flags & VM_UFFD_WP:
        return 1
    return 0 if flags & (VM_SOFTDIRTY | VM_HUGETLB) else 1


@core
def vma_set_page_prot(m: State, vma: int) -> int:
    """Recompute the PTE bits that new entries of this VMA get."""
    flags = m.vma_flags[vma]
    m.vma_page_prot[vma] = vm_get_page_prot(flags)
    if vma_wants_writenotify(m, vma, m.vma_page_prot[vma]):
        m.vma_page_prot[vma] = vm_get_page_prot(flags & ~VM_SHARED)
    return 0


@core
def set_vma_flags(m: State, vma: int, flags: int) -> int:
    """Change VM_* bits and with them the protection of entries to come."""
    m.vma_flags[vma] = flags
    return vma_set_page_prot(m, vma)


@core
def alloc_vma(m: State) -> int:
    """A free VMA row."""
    first = GATE_VMA + 1 if m.setting[SET_GATE_PAGE] else 1
    for row in range(first, m.size[SIZE_V]):
        if m.vma_mm[row] == 0:
            if row >= m.used[SIZE_V]:
                m.used[SIZE_V] = row + 1
            return row
    trap(m, TRAP_NO_ROW, SIZE_V * 256)
    return NO_VMA


@core
def copy_vma_row(m: State, to: int, vma: int) -> int:
    """Copy a VMA row but for its tables (its mm last: that makes the row live)."""
    m.vma_start[to] = m.vma_start[vma]
    m.vma_end[to] = m.vma_end[vma]
    m.vma_flags[to] = m.vma_flags[vma]
    m.vma_page_prot[to] = m.vma_page_prot[vma]
    m.vma_pgoff[to] = m.vma_pgoff[vma]
    m.vma_file[to] = m.vma_file[vma]
    m.vma_anon_vma[to] = m.vma_anon_vma[vma]
    m.vma_ops[to] = m.vma_ops[vma]
    copy_vma_policy(m, to, vma)
    m.vma_resv[to] = m.vma_resv[vma]
    m.vma_resv_map[to] = m.vma_resv_map[vma]
    m.vma_tables[to] = m.vma_tables[vma]
    m.vma_mm[to] = m.vma_mm[vma]
    return 0


@core
def must_not_migrate(m: State, vma: int) -> int:
    """A VMA is about to change shape: not between migrate_vma_setup and migrate_vma_pages on it.

    Both want mmap_lock held throughout (mm/migrate_device.c), so whoever splits, joins or unmaps
    the VMA would sleep; finalize needs neither the lock nor the VMA.
    """
    if m.migrate[MIGRATE_PHASE] == 1 and m.migrate[MIGRATE_VMA] == vma:
        return not_modelled(m, WHY_DEVICE)
    return 0


@core
def split_vma(m: State, k: Rules, vma: int, addr: int) -> int:
    """Cut a VMA at an address inside it: `vma` keeps the lower part, the new row the upper."""
    must_not_migrate(m, vma)
    if may_split(m, vma, addr):
        not_modelled(m, WHY_HUGETLB)  # who comes here has asked before
    vma_adjust_trans_huge(m, k, vma, addr)
    upper = alloc_vma(m)
    if upper == NO_VMA:
        return NO_VMA
    nr = (addr - m.vma_start[vma]) >> 12
    copy_vma_row(m, upper, vma)
    m.vma_start[upper] = addr
    m.vma_end[vma] = addr
    split_tables(m, upper, vma)
    m.vma_pgoff[upper] = m.vma_pgoff[vma] + nr
    anon_vma = m.vma_anon_vma[vma]
    if anon_vma:
        m.anon_users[anon_vma] = m.anon_users[anon_vma] + 1
    return upper


@core
def may_split(m: State, vma: int, addr: int) -> int:
    """May the VMA be cut there: 0, or -EINVAL inside a huge page (hugetlb_vm_op_split)?"""
    inside = m.vma_start[vma] < addr < m.vma_end[vma] and addr & (PMD_SIZE - 1)
    return -EINVAL if m.vma_flags[vma] & VM_HUGETLB and inside else 0


@core
def may_isolate(m: State, k: Rules, vma: int, start: int, end: int) -> int:
    """May [start, end) have a VMA of its own: 0 or -EINVAL?  By then it is cut at its start."""
    error = may_split(m, vma, start)
    if error == 0:
        error = may_split(m, vma, end)
        if error and m.vma_start[vma] < start:
            split_vma(m, k, vma, start)
    return error


@core
def isolate_vma_range(m: State, k: Rules, vma: int, start: int, end: int) -> int:
    """Split so that one VMA covers exactly [start, end) of `vma`: that VMA."""
    if m.vma_start[vma] < start:
        vma = split_vma(m, k, vma, start)
        if vma == NO_VMA:
            return NO_VMA
    if end < m.vma_end[vma] and split_vma(m, k, vma, end) == NO_VMA:
        return NO_VMA
    return vma


@core
def remove_vma(m: State, vma: int) -> int:
    """Free a VMA row and its tables."""
    must_not_migrate(m, vma)
    free_pgtables(m, vma)
    put_anon_vma(m, m.vma_anon_vma[vma])
    return clear_vma_row(m, vma)


@core
def clear_vma_row(m: State, vma: int) -> int:
    """The row is free: no column of it holds anything."""
    m.vma_mm[vma] = 0
    m.vma_start[vma] = 0
    m.vma_end[vma] = 0
    m.vma_flags[vma] = 0
    m.vma_page_prot[vma] = 0
    m.vma_pgoff[vma] = 0
    m.vma_file[vma] = 0
    m.vma_anon_vma[vma] = 0
    m.vma_ops[vma] = 0
    clear_vma_policy(m, vma)
    m.vma_resv[vma] = 0
    m.vma_resv_map[vma] = 0
    m.vma_tables[vma] = 0
    return 0
