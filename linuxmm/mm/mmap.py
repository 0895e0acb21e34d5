# SPDX-License-Identifier: GPL-2.0-or-later
"""mmap, munmap, fork and exit of address spaces.

Source: mm/mmap.c, mm/memory.c (remap_pfn_range, vm_insert_page), kernel/fork.c:dup_mmap,
kernel/exit.c.  Mappings never merge here: the model leaves a hole between them.
"""

from linuxmm.arch.x86.pgtable import PAGE_SPECIAL, pfn_pte
from linuxmm.core import core
from linuxmm.mm.gate import is_user_range
from linuxmm.mm.gup.held import release_held
from linuxmm.mm.gup.populate import mm_populate
from linuxmm.mm.hugetlb.file import (
    hugetlb_file_setup,
    hugetlb_vm_op_close,
    hugetlbfs_evict_inode,
    hugetlbfs_file_mmap,
)
from linuxmm.mm.khugepaged.slots import khugepaged_enter_vma, khugepaged_exit, khugepaged_fork
from linuxmm.mm.ksm import ksm_exit, ksm_fork
from linuxmm.mm.memory.fork import copy_page_range
from linuxmm.mm.memory.lookup import is_cow_mapping
from linuxmm.mm.memory.rss import (
    add_mm_counter_fast,
    get_mm_rss,
    sync_mm_rss,
    update_hiwater_rss,
)
from linuxmm.mm.memory.wp import mk_pte
from linuxmm.mm.memory.zap import DROP_MARKERS, check_mm, zap_page_range
from linuxmm.mm.mempolicy.alloc import alloc_page_task
from linuxmm.mm.mempolicy.policy import clear_task_policy, copy_task_policy
from linuxmm.mm.mlock.limit import can_do_mlock, within_mlock_limit
from linuxmm.mm.mlock.munlock import munlock_vma_pages_range
from linuxmm.mm.page import get_page, trap
from linuxmm.mm.pgtable import (
    PMD_MASK,
    PMD_SIZE,
    PTRS_PER_PTE,
    new_tables,
    pmd_addr_end,
    pte_offset_map,
    walk_to_pmd,
)
from linuxmm.mm.rmap import alloc_anon_vma, page_add_file_rmap
from linuxmm.mm.sites import behaviour
from linuxmm.mm.swap import lru_add_drain
from linuxmm.mm.truncate import put_unopened_file
from linuxmm.mm.vma import (
    MMAP_BASE,
    MMAP_GAP,
    alloc_vma,
    copy_vma_row,
    find_vma,
    may_split,
    next_vma,
    remove_vma,
    set_vma_flags,
    split_vma,
)
from linuxmm.state.behaviours import B_MLOCK_SCHEME, B_PFNMAP_TRACKING
from linuxmm.state.constants import (
    EAGAIN,
    EINVAL,
    ENOMEM,
    EPERM,
    MM_FILEPAGES,
    MMF_VM_MERGEABLE,
    NO_PAGE,
    NO_VMA,
    NR_MM_COUNTERS,
    OPS_DEVDAX,
    OPS_FSDAX,
    OPS_HUGETLB,
    OPS_MIXEDMAP_PAGE,
    OPS_MIXEDMAP_PFN,
    OPS_PFNMAP,
    SET_MEMCG,
    TRAP_NO_ROW,
    VM_ACCOUNT,
    VM_DONTCOPY,
    VM_DONTDUMP,
    VM_DONTEXPAND,
    VM_EXEC,
    VM_HUGEPAGE,
    VM_HUGETLB,
    VM_IO,
    VM_LOCKED,
    VM_LOCKONFAULT,
    VM_MAYEXEC,
    VM_MAYREAD,
    VM_MAYSHARE,
    VM_MAYWRITE,
    VM_MIXEDMAP,
    VM_NORESERVE,
    VM_PAT,
    VM_PFNMAP,
    VM_READ,
    VM_SHARED,
    VM_SOFTDIRTY,
    VM_SPECIAL,
    VM_UFFD_FLAGS,
    VM_WIPEONFORK,
    VM_WRITE,
)
from linuxmm.state.layout import SIZE_C, SIZE_M, State
from linuxmm.state.rules import Rules
from linuxmm.uapi import (
    MAP_HUGETLB,
    MAP_LOCKED,
    MAP_NORESERVE,
    MAP_POPULATE,
    MAP_SHARED,
    PROT_EXEC,
    PROT_READ,
    PROT_WRITE,
)


# --- processes ---
@core
def new_mm(m: State) -> int:
    """A free mm row for one task."""
    for row in range(1, m.size[SIZE_M]):
        if m.mm_users[row] == 0 and m.mm_flags[row] & MMF_VM_MERGEABLE == 0:  # ksmd has it
            m.mm_users[row] = 1
            m.mm_next_addr[row] = MMAP_BASE
            if row >= m.used[SIZE_M]:
                m.used[SIZE_M] = row + 1
            return row
    trap(m, TRAP_NO_ROW, SIZE_M * 256)
    return 0


@core
def new_task(m: State, mm: int, cpu: int) -> int:
    """A free task row that runs in `mm`."""
    for row in range(1, m.size[SIZE_C]):
        if m.task_mm[row] == 0:
            m.task_mm[row] = mm
            m.task_cpu[row] = cpu
            if row >= m.used[SIZE_C]:
                m.used[SIZE_C] = row + 1
            return row
    trap(m, TRAP_NO_ROW, SIZE_C * 256)
    return 0


@core
def sys_spawn(m: State, cpu: int) -> int:
    """A fresh process with an empty address space (what the scenario starts with)."""
    mm = new_mm(m)
    m.mm_memcg[mm] = m.setting[SET_MEMCG]
    return new_task(m, mm, cpu)


@core
def sys_clone_thread(m: State, task: int, cpu: int) -> int:
    """One more thread of a process: the same mm, its own rss deltas."""
    mm = m.task_mm[task]
    m.mm_users[mm] = m.mm_users[mm] + 1
    thread = new_task(m, mm, cpu)
    copy_task_policy(m, thread, task)
    return thread


# --- mmap ---
@core
def calc_vm_flags(prot: int, shared: int, may_write: int) -> int:
    """VM_* bits from PROT_* bits, and what mprotect may add later."""
    flags = VM_MAYREAD | VM_MAYEXEC
    if prot & PROT_READ:
        flags |= VM_READ
    if prot & PROT_WRITE:
        flags |= VM_WRITE
    if prot & PROT_EXEC:
        flags |= VM_EXEC
    if shared:
        flags |= VM_SHARED | VM_MAYSHARE
    return flags | VM_MAYWRITE if may_write else flags


@core
def accountable_mapping(flags: int) -> int:
    """Does the mapping count as committed memory: private and writable, with a reserve?"""
    never = VM_NORESERVE | VM_SHARED | VM_HUGETLB
    return 1 if flags & (never | VM_WRITE) == VM_WRITE else 0


@core
def ops_vm_flags(m: State, k: Rules, ops: int) -> int:
    """What the mmap method of a driver or file system adds (fs/ext4/file.c:ext4_file_mmap ...)."""
    if ops in (OPS_FSDAX, OPS_DEVDAX):
        return VM_HUGEPAGE
    if ops == OPS_HUGETLB:
        return VM_HUGETLB | VM_DONTEXPAND
    if ops == OPS_PFNMAP:
        told = 0 if behaviour(m, k, B_PFNMAP_TRACKING) else VM_PAT
        return VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP | told
    if ops == OPS_MIXEDMAP_PAGE:
        return VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTDUMP
    if ops == OPS_MIXEDMAP_PFN:
        return VM_MIXEDMAP
    return 0


@core
def sys_mmap(
    m: State, k: Rules, task: int, npages: int, prot: int, flags: int, file: int, pgoff: int
) -> int:
    """Map `npages` of a file (0: anonymous memory) at the next free address: it, or -errno.

    Of a file of huge pages as many as are needed, and with MAP_HUGETLB of a new one
    (ksys_mmap_pgoff).
    """
    of_pool = file and m.file_ops[file] == OPS_HUGETLB
    if flags & MAP_HUGETLB == 0 and of_pool == 0:
        return do_mmap(m, k, task, npages, prot, flags, file, pgoff)
    if npages <= 0 or (file and of_pool == 0):
        return -EINVAL
    nr = (npages + PTRS_PER_PTE - 1) // PTRS_PER_PTE
    if of_pool:
        return do_mmap(m, k, task, nr * PTRS_PER_PTE, prot, flags, file, pgoff)
    file = hugetlb_file_setup(m, k, nr, 1)
    if file <= 0:
        return file
    addr = do_mmap(m, k, task, nr * PTRS_PER_PTE, prot, flags, file, 0)
    if addr < 0:
        hugetlbfs_evict_inode(m, k, file)
    return addr


@core
def do_mmap(
    m: State, k: Rules, task: int, npages: int, prot: int, flags: int, file: int, pgoff: int
) -> int:
    """mmap once it is known what stands behind the mapping; VMAs never merge here."""
    mm = m.task_mm[task]
    ops = m.file_ops[file] if file else 0
    shared = flags & MAP_SHARED
    if npages <= 0 or (ops == OPS_DEVDAX and shared == 0):
        return -EINVAL
    locked = VM_LOCKED if flags & MAP_LOCKED else 0
    locked |= m.mm_def_flags[mm] & (VM_LOCKED | VM_LOCKONFAULT)
    if flags & MAP_LOCKED and can_do_mlock(m) == 0:
        return -EPERM
    if locked & VM_LOCKED and within_mlock_limit(m, m.mm_locked_vm[mm] + npages) == 0:
        return -EAGAIN  # mlock_future_check
    vma = alloc_vma(m)
    addr = next_addr(m, mm, npages)
    if vma == NO_VMA or new_tables(m, vma, addr, addr + npages * 4096) == 0:
        return -ENOMEM
    m.mm_next_addr[mm] = addr + npages * 4096 + MMAP_GAP
    m.vma_start[vma] = addr
    m.vma_end[vma] = addr + npages * 4096
    m.vma_mm[vma] = mm
    m.vma_file[vma] = file
    m.vma_ops[vma] = ops
    m.vma_pgoff[vma] = pgoff if file else addr >> 12
    vm_flags = calc_vm_flags(prot, shared, 1) | ops_vm_flags(m, k, ops) | VM_SOFTDIRTY
    if flags & MAP_NORESERVE:
        vm_flags |= VM_NORESERVE
    if accountable_mapping(vm_flags):
        vm_flags |= VM_ACCOUNT
    vm_flags |= m.mm_def_flags[mm] | locked
    if locked & VM_LOCKED:
        if vm_flags & VM_SPECIAL or ops in (OPS_FSDAX, OPS_DEVDAX):
            vm_flags &= ~(VM_LOCKED | VM_LOCKONFAULT)
        else:
            m.mm_locked_vm[mm] = m.mm_locked_vm[mm] + npages
    set_vma_flags(m, vma, vm_flags)
    error = hugetlbfs_file_mmap(m, vma) if vm_flags & VM_HUGETLB else 0
    if error:
        m.mm_next_addr[mm] = addr
        remove_vma(m, vma)
        return error
    m.mm_total_vm[mm] = m.mm_total_vm[mm] + npages
    khugepaged_enter_vma(m, vma, vm_flags)
    return _map_now(m, k, vma, flags & MAP_POPULATE or locked & VM_LOCKED)


@core
def next_addr(m: State, mm: int, npages: int) -> int:
    """Where the next mapping begins: behind the last one; 2 MiB or more on a 2 MiB boundary.

    What the kernel's own search gives is nobody's promise; from 6.7 on it aligns large anonymous
    mappings too (mm/mmap.c:thp_get_unmapped_area), so that huge pages fit.
    """
    addr = m.mm_next_addr[mm]
    if npages >= PTRS_PER_PTE:
        addr = addr + PMD_SIZE - 1 & PMD_MASK
    return addr


@core
def _map_now(m: State, k: Rules, vma: int, populate: int) -> int:
    """What happens to the entries at mmap time: driver mappings, MAP_POPULATE, MAP_LOCKED.

    A mapping that was to be locked is populated even where it then cannot be (DAX).
    """
    addr = m.vma_start[vma]
    ops = m.vma_ops[vma]
    if ops == OPS_PFNMAP:
        remap_pfn_range(m, vma)
    elif ops == OPS_MIXEDMAP_PAGE:
        result = vm_insert_pages(m, k, vma)
        if result < 0:
            do_munmap(m, k, m.vma_mm[vma], addr, m.vma_end[vma])
            return result
    if populate:
        mm_populate(m, k, m.vma_mm[vma], addr, m.vma_end[vma], 1)
    return addr


@core
def remap_pfn_range(m: State, vma: int) -> int:
    """A driver maps memory without struct page: special entries, the pfn in a COW VMA's pgoff.

    Source: mm/memory.c:remap_pfn_range_notrack, remap_pmd_range.
    """
    pfn = m.file_pfn[m.vma_file[vma]] + m.vma_pgoff[vma]
    if is_cow_mapping(m.vma_flags[vma]):
        m.vma_pgoff[vma] = pfn
    addr = m.vma_start[vma]
    while addr < m.vma_end[vma]:
        stop = pmd_addr_end(addr, m.vma_end[vma])
        remap_pte_range(m, walk_to_pmd(m, vma, addr), addr, stop, pfn, m.vma_page_prot[vma])
        pfn += (stop - addr) >> 12
        addr = stop
    return 0


@core
def remap_pte_range(m: State, pmd: int, addr: int, end: int, pfn: int, prot: int) -> int:
    """The entries of one table: this pfn and those behind it."""
    slot = pte_offset_map(m, pmd, addr)
    for i in range((end - addr) >> 12):
        m.pte[slot + i] = pfn_pte(pfn + i, prot) | PAGE_SPECIAL
    return 0


@core
def vm_insert_pages(m: State, k: Rules, vma: int) -> int:
    """A driver maps its own pages, one by one (vm_insert_page): ordinary entries, file rss.

    Source: mm/memory.c:insert_page.  Nobody has read them from anywhere: they are not PG_uptodate.
    """
    file = m.vma_file[vma]
    addr = m.vma_start[vma]
    while addr < m.vma_end[vma]:
        index = m.vma_pgoff[vma] + ((addr - m.vma_start[vma]) >> 12)
        place = m.file_first[file] + index
        page = m.cache_page[place]
        if page == NO_PAGE:
            page = alloc_page_task(m)  # the driver's own reference
            if page == NO_PAGE:
                return -ENOMEM
            m.cache_page[place] = page
        get_page(m, page)
        add_mm_counter_fast(m, k, m.vma_mm[vma], MM_FILEPAGES, 1)
        page_add_file_rmap(m, k, page, vma)
        slot = pte_offset_map(m, walk_to_pmd(m, vma, addr), addr)
        m.pte[slot] = mk_pte(m, page, m.vma_page_prot[vma])
        addr += 4096
    return 0


# --- munmap ---
@core
def sys_munmap(m: State, k: Rules, task: int, start: int, npages: int) -> int:
    """Unmap [start, start + npages): VMAs that stick out are split.  0, or -EINVAL."""
    if npages <= 0 or start & 4095 or is_user_range(start, npages) == 0:
        return -EINVAL
    return do_munmap(m, k, m.task_mm[task], start, start + npages * 4096)


@core
def do_munmap(m: State, k: Rules, mm: int, start: int, end: int) -> int:
    """Unmap a range of an mm; holes are fine.

    In the kernel's order: all is split, then munlocked, then zapped, and only then freed.
    """
    error = _split_at(m, k, mm, start)
    if error == 0:
        error = _split_at(m, k, mm, end)
    if error:
        return error
    vma = next_vma(m, mm, start)
    if vma == NO_VMA or m.vma_start[vma] >= end:
        return 0
    unlock_range(m, k, mm, start, end)
    unmap_region(m, k, mm, start, end)
    vma = next_vma(m, mm, start)
    while vma != NO_VMA and m.vma_start[vma] < end:
        nr = (m.vma_end[vma] - m.vma_start[vma]) >> 12
        m.mm_total_vm[mm] = m.mm_total_vm[mm] - nr
        file, of_pool = m.vma_file[vma], m.vma_flags[vma] & VM_HUGETLB
        if of_pool:
            hugetlb_vm_op_close(m, k, vma)
        remove_vma(m, vma)
        if of_pool == 0 and m.file_unopened[file]:
            put_unopened_file(m, k, file)
        vma = next_vma(m, mm, start)
    return 0


@core
def _split_at(m: State, k: Rules, mm: int, addr: int) -> int:
    """No VMA lies across this address: 0, -ENOMEM without a row for the other half, or -EINVAL."""
    vma = find_vma(m, mm, addr)
    if vma == NO_VMA or m.vma_start[vma] == addr:
        return 0
    error = may_split(m, vma, addr)
    if error:
        return error
    return 0 if split_vma(m, k, vma, addr) != NO_VMA else -ENOMEM


@core
def unlock_range(m: State, k: Rules, mm: int, start: int, end: int) -> int:
    """locked_vm without the VMAs of a range; the old scheme munlocks their pages here."""
    vma = next_vma(m, mm, start)
    while vma != NO_VMA and m.vma_start[vma] < end:
        low = m.vma_start[vma]
        high = m.vma_end[vma]
        if m.vma_flags[vma] & VM_LOCKED:
            m.mm_locked_vm[mm] = m.mm_locked_vm[mm] - ((high - low) >> 12)
            if behaviour(m, k, B_MLOCK_SCHEME) == 0:
                munlock_vma_pages_range(m, k, vma, low, high)
        vma = next_vma(m, mm, high)
    return 0


@core
def unmap_region(m: State, k: Rules, mm: int, start: int, end: int) -> int:
    """Drain this CPU's batches once, note the peak of rss, and zap every VMA of the range."""
    lru_add_drain(m, k)
    update_hiwater_rss(m, mm)
    vma = next_vma(m, mm, start)
    while vma != NO_VMA and m.vma_start[vma] < end:
        high = m.vma_end[vma]
        zap_page_range(m, k, vma, m.vma_start[vma], high, DROP_MARKERS)
        vma = next_vma(m, mm, high)
    return 0


# --- fork and exit ---
@core
def sys_fork(m: State, k: Rules, task: int, cpu: int) -> int:
    """fork(2): the child's task row, or -ENOMEM whatever failed (kernel/fork.c:copy_mm)."""
    mm = m.task_mm[task]
    child_mm = new_mm(m)
    child = new_task(m, child_mm, cpu)
    if child == 0:
        return -ENOMEM
    copy_task_policy(m, child, task)
    m.mm_total_vm[child_mm] = m.mm_total_vm[mm]
    m.mm_next_addr[child_mm] = m.mm_next_addr[mm]
    m.mm_memcg[child_mm] = m.mm_memcg[mm]
    ksm_fork(m, k, child_mm, mm)
    khugepaged_fork(m, child_mm, mm)
    addr = 0
    vma = next_vma(m, mm, addr)
    while vma != NO_VMA:
        addr = m.vma_end[vma]
        nr = (m.vma_end[vma] - m.vma_start[vma]) >> 12
        if m.vma_flags[vma] & VM_DONTCOPY:
            m.mm_total_vm[child_mm] = m.mm_total_vm[child_mm] - nr
        elif _dup_vma(m, k, child_mm, vma, nr) != 0:
            return _drop_child(m, k, child, child_mm)
        vma = next_vma(m, mm, addr)
    m.mm_hiwater_rss[child_mm] = get_mm_rss(m, child_mm)
    return child


@core
def _drop_child(m: State, k: Rules, child: int, mm: int) -> int:
    """What a fork that failed has copied goes again; the parent's entries stay as they are now."""
    m.mm_users[mm] = 0
    ksm_exit(m, k, mm)
    khugepaged_exit(m, mm)
    do_munmap(m, k, mm, 0, 1 << 47)
    _clear_mm(m, mm)
    m.task_mm[child] = 0
    clear_task_policy(m, child)
    return -ENOMEM


@core
def _dup_vma(m: State, k: Rules, mm: int, vma: int, nr: int) -> int:
    """One VMA of the child: below the parent's anon_vma, entries copied; not locked, and nobody
    is asked to resolve its faults (dup_userfaultfd: the parent's fd asked for no UFFD_EVENT_FORK).
    """
    dup = alloc_vma(m)
    if dup == NO_VMA or new_tables(m, dup, m.vma_start[vma], m.vma_end[vma]) == 0:
        return -ENOMEM
    copy_vma_row(m, dup, vma)
    m.vma_tables[dup] = 0
    m.vma_mm[dup] = mm
    m.vma_anon_vma[dup] = 0
    m.vma_resv[dup] = 0  # hugetlb_dup_vma_private
    m.vma_resv_map[dup] = 0
    set_vma_flags(m, dup, m.vma_flags[vma] & ~(VM_LOCKED | VM_LOCKONFAULT | VM_UFFD_FLAGS))
    if m.vma_flags[vma] & VM_WIPEONFORK:
        return 0
    if m.vma_anon_vma[vma]:
        m.vma_anon_vma[dup] = alloc_anon_vma(m, m.vma_anon_vma[vma])
    return copy_page_range(m, k, dup, vma)


@core
def sys_exit(m: State, k: Rules, task: int) -> int:
    """A task ends; the last one of an mm takes the address space and what it held along."""
    mm = m.task_mm[task]
    sync_mm_rss(m, task)
    m.task_mm[task] = 0
    m.task_cpu[task] = 0
    m.task_rss_events[task] = 0
    clear_task_policy(m, task)
    m.mm_users[mm] = m.mm_users[mm] - 1
    if m.mm_users[mm] > 0:
        return 0
    ksm_exit(m, k, mm)
    khugepaged_exit(m, mm)
    do_munmap(m, k, mm, 0, 1 << 47)
    check_mm(m, mm)
    release_held(m, k, mm)
    return _clear_mm(m, mm)


@core
def _clear_mm(m: State, mm: int) -> int:
    for which in range(NR_MM_COUNTERS):
        m.mm_rss[mm * NR_MM_COUNTERS + which] = 0
    m.mm_flags[mm] = m.mm_flags[mm] & MMF_VM_MERGEABLE  # while it is on ksmd's list
    m.mm_locked_vm[mm] = 0
    m.mm_total_vm[mm] = 0
    m.mm_def_flags[mm] = 0
    m.mm_next_addr[mm] = 0
    m.mm_hiwater_rss[mm] = 0
    m.mm_hugetlb[mm] = 0
    m.mm_uffd[mm] = 0
    return 0
