"""The driver of private and coherent device memory.  Source: lib/test_hmm.c.

A device is its memory range.  Not modelled: the mirror page table of earlier calls (so that
migrate-to-device over pages that are on the device already gives -ENOENT, as seen on
Debian 6.1.192), the system page that backs each private page.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.memory.nonpresent import pfn_swap_entry_pfn
from linuxmm.mm.memory.vm_fault import VMF_ADDRESS, VMF_ORIG_PTE, VMF_VMA
from linuxmm.mm.memory.wp import alloc_page_vma
from linuxmm.mm.migrate_device import (
    MIGRATE_PFN_MIGRATE,
    MIGRATE_PFN_VALID,
    MIGRATE_PFN_WRITE,
    SELECT_DEVICE_COHERENT,
    SELECT_DEVICE_PRIVATE,
    SELECT_SYSTEM,
    clear_migrate_rows,
    migrate_base,
    migrate_coherent_page_out,
    migrate_pfn,
    migrate_pfn_to_page,
    migrate_vma_finalize,
    migrate_vma_pages,
    migrate_vma_setup,
)
from linuxmm.mm.page import alloc_device_page, get_page, page_flag, pfn_to_page, set_page_flag
from linuxmm.mm.vma import find_vma
from linuxmm.state.constants import (
    EBUSY,
    EINVAL,
    ENOENT,
    NO_PAGE,
    NO_VMA,
    PG_ALLOCATED,
    PG_LOCKED,
    RANGE_PRIVATE,
    TRAP_NONE,
    VM_FAULT_SIGBUS,
    VM_READ,
    VM_WRITE,
)
from linuxmm.state.layout import (
    MIGRATE_CPAGES,
    MIGRATE_FLAGS,
    MIGRATE_NPAGES,
    MIGRATE_PHASE,
    MIGRATE_RANGE,
    MIGRATE_START,
    MIGRATE_TO_DEVICE,
    MIGRATE_VMA,
    NR_MIGRATE,
    NR_OUT,
    TRAP_CODE,
    State,
)
from linuxmm.state.rules import Rules

BATCH: Final = 64  # pages that one migrate_vma call of the driver takes
PHASE_SETUP: Final = 1
PHASE_PAGES: Final = 2


@core
def select_device(m: State, r: int) -> int:
    """dmirror_select_device: the SELECT flag of the device's own kind."""
    return SELECT_DEVICE_PRIVATE if m.range_type[r] == RANGE_PRIVATE else SELECT_DEVICE_COHERENT


# --- allocate and copy ---
@core
def alloc_and_copy_to_device(m: State, k: Rules, vma: int, r: int, base: int, nr: int) -> int:
    """A device page for each source that migrates, holes included, with its contents."""
    for i in range(base, base + nr):
        word = m.migrate_src[i]
        if word & MIGRATE_PFN_MIGRATE == 0:
            continue
        new = alloc_device_page(m, k, r)
        if new == NO_PAGE:
            continue
        set_page_flag(m, new, PG_LOCKED)
        page = migrate_pfn_to_page(word)
        m.page_tag[new] = m.page_tag[page] if page else 0
        m.migrate_dst[i] = migrate_pfn(new)
        if word & MIGRATE_PFN_WRITE or (page == NO_PAGE and m.vma_flags[vma] & VM_WRITE):
            m.migrate_dst[i] = m.migrate_dst[i] | MIGRATE_PFN_WRITE
    return 0


@core
def alloc_and_copy_to_system(m: State, base: int, nr: int) -> int:
    """A page of system memory for each device page that migrates, with its contents."""
    for i in range(base, base + nr):
        word = m.migrate_src[i]
        page = migrate_pfn_to_page(word)
        if page == NO_PAGE or word & MIGRATE_PFN_MIGRATE == 0:
            continue
        new = alloc_page_vma(m)
        if new == NO_PAGE:
            continue
        set_page_flag(m, new, PG_LOCKED)
        m.page_tag[new] = m.page_tag[page]
        m.migrate_dst[i] = migrate_pfn(new) | word & MIGRATE_PFN_WRITE
    return 0


@core
def migrated(m: State, base: int, nr: int, needs: int) -> int:
    """How many source words have all these bits, counted from the first."""
    found = 0
    for i in range(base, base + nr):
        if m.migrate_src[i] & needs == needs:
            found += 1
    return found


# --- the calls that do everything at once ---
@core
def migrate_batch(m: State, k: Rules, vma: int, start: int, nr: int, r: int, to_device: int) -> int:
    """All phases over at most 64 pages of one VMA: pages that moved, or -errno.

    Towards the device holes count as pages; towards system memory they do not.
    """
    base = migrate_base(m)
    select = SELECT_SYSTEM if to_device else select_device(m, r)
    result = migrate_vma_setup(m, k, vma, start, nr, select, r, base)
    if result < 0:
        return result
    if to_device:
        alloc_and_copy_to_device(m, k, vma, r, base, nr)
    else:
        alloc_and_copy_to_system(m, base, nr)
    migrate_vma_pages(m, k, vma, start, base, nr)
    needs = MIGRATE_PFN_MIGRATE if to_device else MIGRATE_PFN_MIGRATE | MIGRATE_PFN_VALID
    moved = migrated(m, base, nr, needs)
    migrate_vma_finalize(m, k, base, nr)
    return moved


@core
def _ioctl_migrate(
    m: State, k: Rules, mm: int, start: int, npages: int, r: int, to_device: int
) -> int:
    if npages <= 0 or start & 4095:
        return -EINVAL
    addr = start
    end = start + npages * 4096
    total = 0
    while addr < end and m.scratch[TRAP_CODE] == TRAP_NONE:
        vma = find_vma(m, mm, addr)
        if vma == NO_VMA or m.vma_flags[vma] & VM_READ == 0:
            return -EINVAL
        stop = min(end, addr + BATCH * 4096, m.vma_end[vma])
        moved = migrate_batch(m, k, vma, addr, (stop - addr) >> 12, r, to_device)
        if moved < 0:
            return moved
        total += moved
        addr = stop
    return total


@core
def hmm_migrate_to_dev(m: State, k: Rules, mm: int, start: int, npages: int, r: int) -> int:
    """HMM_DMIRROR_MIGRATE_TO_DEV: m.out = [cpages, faults], 0; or -errno.

    The driver reads everything back through its mirror: one page of the range that did not
    come is -ENOENT for the call, although the others moved.
    """
    moved = _ioctl_migrate(m, k, mm, start, npages, r, 1)
    if moved < 0:
        return moved
    if moved < npages:
        return -ENOENT
    return _ioctl_result(m, moved)


@core
def hmm_migrate_to_sys(m: State, k: Rules, mm: int, start: int, npages: int, r: int) -> int:
    """HMM_DMIRROR_MIGRATE_TO_SYS: m.out = [cpages, faults], 0; or -errno."""
    moved = _ioctl_migrate(m, k, mm, start, npages, r, 0)
    if moved < 0:
        return moved
    return _ioctl_result(m, moved)


@core
def _ioctl_result(m: State, cpages: int) -> int:
    m.out[0] = cpages
    m.out[1] = 0
    m.scratch[NR_OUT] = 2
    return 0


# --- the same in phases ---
@core
def hmm_setup(m: State, k: Rules, mm: int, start: int, npages: int, r: int, select: int) -> int:
    """migrate_vma_setup alone: cpages, or -errno.  A second call before finalize is refused."""
    if m.migrate[MIGRATE_PHASE] != 0:
        return -EBUSY
    vma = find_vma(m, mm, start)
    cpages = migrate_vma_setup(m, k, vma, start, npages, select, r, 1)
    if cpages < 0:
        return cpages
    m.migrate[MIGRATE_VMA] = vma
    m.migrate[MIGRATE_START] = start
    m.migrate[MIGRATE_NPAGES] = npages
    m.migrate[MIGRATE_FLAGS] = select
    m.migrate[MIGRATE_RANGE] = r
    m.migrate[MIGRATE_CPAGES] = cpages
    m.migrate[MIGRATE_PHASE] = PHASE_SETUP
    m.migrate[MIGRATE_TO_DEVICE] = 1 if select & SELECT_SYSTEM else 0
    return cpages


@core
def hmm_pages(m: State, k: Rules) -> int:
    """Allocate, copy and migrate_vma_pages: pages that still migrate, or -EINVAL without setup."""
    if m.migrate[MIGRATE_PHASE] != PHASE_SETUP:
        return -EINVAL
    nr = m.migrate[MIGRATE_NPAGES]
    vma = m.migrate[MIGRATE_VMA]
    if m.migrate[MIGRATE_TO_DEVICE]:
        alloc_and_copy_to_device(m, k, vma, m.migrate[MIGRATE_RANGE], 1, nr)
    else:
        alloc_and_copy_to_system(m, 1, nr)
    migrate_vma_pages(m, k, vma, m.migrate[MIGRATE_START], 1, nr)
    m.migrate[MIGRATE_PHASE] = PHASE_PAGES
    return migrated(m, 1, nr, MIGRATE_PFN_MIGRATE)


@core
def hmm_finalize(m: State, k: Rules) -> int:
    """migrate_vma_finalize; without `pages` before it every page stays where it was."""
    if m.migrate[MIGRATE_PHASE] == 0:
        return -EINVAL
    nr = m.migrate[MIGRATE_NPAGES]
    if m.migrate[MIGRATE_PHASE] == PHASE_SETUP:
        migrate_vma_pages(m, k, m.migrate[MIGRATE_VMA], m.migrate[MIGRATE_START], 1, nr)
    migrate_vma_finalize(m, k, 1, nr)
    clear_migrate_rows(m, 1, nr)
    for i in range(NR_MIGRATE):
        m.migrate[i] = 0
    return 0


# --- fault and release ---
@core
def devmem_fault(m: State, k: Rules, vmf: int) -> int:
    """The CPU touches a private page: it comes back to system memory.  0 or VM_FAULT_SIGBUS.

    The device's migrate_to_ram (lib/test_hmm.c:dmirror_devmem_fault).  A page that cannot come
    (no memory, pinned elsewhere) stays, and the access faults again.
    """
    page = pfn_to_page(m, pfn_swap_entry_pfn(k, m.stack[vmf + VMF_ORIG_PTE]))
    vma = m.stack[vmf + VMF_VMA]
    moved = migrate_batch(m, k, vma, m.stack[vmf + VMF_ADDRESS], 1, m.page_range[page], 0)
    return VM_FAULT_SIGBUS if moved < 0 else 0


@core
def hmm_release(m: State, k: Rules, r: int) -> int:
    """HMM_DMIRROR_RELEASE: every page of the device goes back to system memory.

    Source: lib/test_hmm.c:dmirror_device_evict_chunk.  Returns the pages that stayed.
    """
    stayed = 0
    first = m.range_row[r]
    for page in range(first, first + m.range_rows[r]):
        if page_flag(m, page, PG_ALLOCATED) == 0:
            continue
        if page_flag(m, page, PG_LOCKED):
            stayed += 1
            continue
        get_page(m, page)
        if migrate_coherent_page_out(m, k, page) != 0:
            stayed += 1
    return stayed
