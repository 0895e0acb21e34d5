# SPDX-License-Identifier: GPL-2.0-or-later
"""The driver of private and coherent device memory.  Source: lib/test_hmm.c.

A device is its memory range.  Not modelled: the mirror page table of earlier calls (so that
migrate-to-device over pages that are on the device already gives -ENOENT, as seen on
Debian 6.1.192), the system page that backs each private page; that since 6.19 the driver takes
every page back when a process that has opened its device closes it (dmirror_fops_release).
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.memory.vm_fault import VMF_ADDRESS, VMF_PAGE, VMF_VMA
from linuxmm.mm.mempolicy.alloc import alloc_page_vma
from linuxmm.mm.migrate_device import (
    MIG_CPAGES,
    MIG_END,
    MIG_FLAGS,
    MIG_NPAGES,
    MIG_PGMAP_OWNER,
    MIG_SRC,
    MIG_START,
    MIG_VMA,
    MIGRATE_PFN_MIGRATE,
    MIGRATE_PFN_VALID,
    MIGRATE_PFN_WRITE,
    NR_MIG,
    SELECT_DEVICE_COHERENT,
    SELECT_DEVICE_PRIVATE,
    SELECT_SYSTEM,
    migrate_base,
    migrate_coherent_page_out,
    migrate_pfn,
    migrate_pfn_to_page,
    migrate_vma_finalize,
    migrate_vma_pages,
    migrate_vma_setup,
)
from linuxmm.mm.page import alloc_device_page, get_page, page_flag, set_page_flag
from linuxmm.mm.sites import behaviour
from linuxmm.mm.stack import pop, push
from linuxmm.mm.vma import find_vma
from linuxmm.state.behaviours import B_DEVICE_BATCH
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

BATCH: Final = 64  # pages that one call of the driver takes
PHASE_SETUP: Final = 1
PHASE_PAGES: Final = 2
PHASES_SRC: Final = 1  # where the words of a call in phases stand


@core
def select_device(m: State, r: int) -> int:
    """dmirror_select_device: the SELECT flag of the device's own kind."""
    return SELECT_DEVICE_PRIVATE if m.range_type[r] == RANGE_PRIVATE else SELECT_DEVICE_COHERENT


# --- allocate and copy ---
@core
def alloc_and_copy_to_device(m: State, k: Rules, migrate: int, r: int) -> int:
    """A device page for each source that migrates, holes included, with its contents."""
    vma = m.stack[migrate + MIG_VMA]
    src = m.stack[migrate + MIG_SRC]
    for i in range(src, src + m.stack[migrate + MIG_NPAGES]):
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
def alloc_and_copy_to_system(m: State, migrate: int) -> int:
    """A page of system memory for each device page that migrates, with its contents."""
    vma = m.stack[migrate + MIG_VMA]
    start = m.stack[migrate + MIG_START]
    src = m.stack[migrate + MIG_SRC]
    for i in range(src, src + m.stack[migrate + MIG_NPAGES]):
        word = m.migrate_src[i]
        page = migrate_pfn_to_page(word)
        if page == NO_PAGE or word & MIGRATE_PFN_MIGRATE == 0:
            continue
        new = alloc_page_vma(m, vma, start + (i - src) * 4096)
        if new == NO_PAGE:
            continue
        set_page_flag(m, new, PG_LOCKED)
        m.page_tag[new] = m.page_tag[page]
        m.migrate_dst[i] = migrate_pfn(new) | word & MIGRATE_PFN_WRITE
    return 0


@core
def migrated(m: State, migrate: int, needs: int) -> int:
    """How many source words have all these bits."""
    found = 0
    src = m.stack[migrate + MIG_SRC]
    for i in range(src, src + m.stack[migrate + MIG_NPAGES]):
        if m.migrate_src[i] & needs == needs:
            found += 1
    return found


@core
def migrate_args(m: State, vma: int, start: int, nr: int, select: int, owner: int, src: int) -> int:
    """A struct migrate_vma of the driver; `src`: where its words stand."""
    migrate = push(m, NR_MIG)
    m.stack[migrate + MIG_VMA] = vma
    m.stack[migrate + MIG_START] = start
    m.stack[migrate + MIG_END] = start + nr * 4096
    m.stack[migrate + MIG_SRC] = src
    m.stack[migrate + MIG_NPAGES] = nr
    m.stack[migrate + MIG_CPAGES] = 0
    m.stack[migrate + MIG_FLAGS] = select
    m.stack[migrate + MIG_PGMAP_OWNER] = owner
    return migrate


# --- the calls that do everything at once ---
@core
def migrate_batch(m: State, k: Rules, vma: int, start: int, nr: int, r: int, to_device: int) -> int:
    """All phases over some pages of one VMA: pages that moved, or -errno.

    Towards the device holes count as pages; towards system memory they do not.
    """
    select = SELECT_SYSTEM if to_device else select_device(m, r)
    migrate = migrate_args(m, vma, start, nr, select, r, migrate_base(m))
    moved = migrate_vma_setup(m, k, migrate)
    if moved == 0:
        if to_device:
            alloc_and_copy_to_device(m, k, migrate, r)
        else:
            alloc_and_copy_to_system(m, migrate)
        migrate_vma_pages(m, k, migrate)
        needs = MIGRATE_PFN_MIGRATE if to_device else MIGRATE_PFN_MIGRATE | MIGRATE_PFN_VALID
        moved = migrated(m, migrate, needs)
        migrate_vma_finalize(m, k, migrate)
    pop(m, migrate)
    return moved


@core
def device_batch(m: State, k: Rules) -> int:
    """Pages that one migrate_vma call of the driver takes."""
    which = behaviour(m, k, B_DEVICE_BATCH)
    if which == 0:
        return BATCH
    return 32 if which == 1 else 512


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
        stop = min(end, addr + device_batch(m, k) * 4096, m.vma_end[vma])
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
    migrate = migrate_args(m, vma, start, npages, select, r, PHASES_SRC)
    err = migrate_vma_setup(m, k, migrate)
    if err < 0:
        pop(m, migrate)
        return err
    cpages = m.stack[migrate + MIG_CPAGES]
    m.migrate[MIGRATE_VMA] = vma
    m.migrate[MIGRATE_START] = start
    m.migrate[MIGRATE_NPAGES] = npages
    m.migrate[MIGRATE_FLAGS] = select
    m.migrate[MIGRATE_RANGE] = r
    m.migrate[MIGRATE_CPAGES] = cpages
    m.migrate[MIGRATE_PHASE] = PHASE_SETUP
    m.migrate[MIGRATE_TO_DEVICE] = 1 if select & SELECT_SYSTEM else 0
    pop(m, migrate)
    return cpages


@core
def _args_of_phases(m: State) -> int:
    """The struct migrate_vma that the driver has kept since hmm_setup."""
    vma, start, nr = m.migrate[MIGRATE_VMA], m.migrate[MIGRATE_START], m.migrate[MIGRATE_NPAGES]
    select, owner = m.migrate[MIGRATE_FLAGS], m.migrate[MIGRATE_RANGE]
    return migrate_args(m, vma, start, nr, select, owner, PHASES_SRC)


@core
def hmm_pages(m: State, k: Rules) -> int:
    """Allocate, copy and migrate_vma_pages: pages that still migrate, or -EINVAL without setup."""
    if m.migrate[MIGRATE_PHASE] != PHASE_SETUP:
        return -EINVAL
    migrate = _args_of_phases(m)
    if m.migrate[MIGRATE_TO_DEVICE]:
        alloc_and_copy_to_device(m, k, migrate, m.migrate[MIGRATE_RANGE])
    else:
        alloc_and_copy_to_system(m, migrate)
    migrate_vma_pages(m, k, migrate)
    m.migrate[MIGRATE_PHASE] = PHASE_PAGES
    moved = migrated(m, migrate, MIGRATE_PFN_MIGRATE)
    pop(m, migrate)
    return moved


@core
def hmm_finalize(m: State, k: Rules) -> int:
    """migrate_vma_finalize; without `pages` before it every page stays where it was."""
    if m.migrate[MIGRATE_PHASE] == 0:
        return -EINVAL
    migrate = _args_of_phases(m)
    if m.migrate[MIGRATE_PHASE] == PHASE_SETUP:
        migrate_vma_pages(m, k, migrate)
    migrate_vma_finalize(m, k, migrate)
    pop(m, migrate)
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
    page = m.stack[vmf + VMF_PAGE]
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
