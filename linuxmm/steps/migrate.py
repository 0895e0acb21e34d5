"""Operations 300..399: mprotect, NUMA balancing, move_pages, device memory.

A device is its memory range (a row of the range columns).
"""

from typing import Final

from linuxmm.core import core
from linuxmm.lib.test_hmm import (
    hmm_finalize,
    hmm_migrate_to_dev,
    hmm_migrate_to_sys,
    hmm_pages,
    hmm_release,
    hmm_setup,
)
from linuxmm.lib.test_hmm_access import hmm_fault, hmm_load, hmm_snapshot, hmm_store
from linuxmm.lib.test_hmm_exclusive import hmm_check_exclusive, hmm_exclusive
from linuxmm.mm.migrate.move_pages import sys_move_pages
from linuxmm.mm.mprotect import sys_mprotect
from linuxmm.mm.numa import numa_scan
from linuxmm.mm.page import model_bug, not_modelled
from linuxmm.state.constants import WHY_MEMPOLICY
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules

OP_MPROTECT: Final = 300  # addr, npages, PROT_*
OP_MOVE_PAGES: Final = 301  # of, addr, npages, node (-1 ask, -2 packed), MPOL_MF_*, packed
OP_NUMA_SCAN: Final = 302  # of, addr, end (0: everything) -> entries made PROT_NONE
OP_HMM_MIGRATE: Final = 303  # of, addr, npages, device -> out: cpages, faults
OP_HMM_MIGRATE_TO_SYS: Final = 304  # of, addr, npages, device -> out: cpages, faults
OP_HMM_SETUP: Final = 305  # of, addr, npages, device, MIGRATE_VMA_SELECT_* -> cpages
OP_HMM_PAGES: Final = 306  # -> pages that still migrate
OP_HMM_FINALIZE: Final = 307
OP_HMM_RELEASE: Final = 308  # device -> pages that stayed
OP_HMM_EXCLUSIVE: Final = 309  # of, addr, npages -> out: cpages, faults
OP_HMM_FAULT: Final = 310  # of, addr, npages, device, write -> 0
OP_MIGRATE_PAGES: Final = 311  # not modelled
OP_HMM_CHECK_EXCLUSIVE: Final = 312  # of, addr, npages -> 0 or -EPERM
OP_HMM_LOAD: Final = 313  # of, addr, npages -> n contents
OP_HMM_STORE: Final = 314  # of, addr, npages, tag
OP_HMM_SNAPSHOT: Final = 315  # of, addr, npages, device -> n words of PROT_* bits


@core
def step_migrate(
    m: State, k: Rules, op: int, task: int, a: int, b: int, c: int, d: int, e: int, f: int
) -> int:
    """One operation of this system."""
    if op == OP_MPROTECT:
        return sys_mprotect(m, k, task, a, b, c)
    if op == OP_MOVE_PAGES:
        return sys_move_pages(m, k, m.task_mm[a], b, c, d, e, f)
    if op == OP_NUMA_SCAN:
        return numa_scan(m, k, a, b, c)
    if op == OP_MIGRATE_PAGES:
        return not_modelled(m, WHY_MEMPOLICY)
    return step_device(m, k, op, a, b, c, d, e)


@core
def step_device(m: State, k: Rules, op: int, a: int, b: int, c: int, d: int, e: int) -> int:
    """One operation of a device."""
    if op == OP_HMM_MIGRATE:
        return hmm_migrate_to_dev(m, k, m.task_mm[a], b, c, d)
    if op == OP_HMM_MIGRATE_TO_SYS:
        return hmm_migrate_to_sys(m, k, m.task_mm[a], b, c, d)
    if op == OP_HMM_SETUP:
        return hmm_setup(m, k, m.task_mm[a], b, c, d, e)
    if op == OP_HMM_PAGES:
        return hmm_pages(m, k)
    if op == OP_HMM_FINALIZE:
        return hmm_finalize(m, k)
    if op == OP_HMM_RELEASE:
        return hmm_release(m, k, a)
    if op == OP_HMM_EXCLUSIVE:
        return hmm_exclusive(m, k, m.task_mm[a], b, c)
    if op == OP_HMM_CHECK_EXCLUSIVE:
        return hmm_check_exclusive(m, k, m.task_mm[a], b, c)
    return step_device_access(m, k, op, a, b, c, d, e)


@core
def step_device_access(m: State, k: Rules, op: int, a: int, b: int, c: int, d: int, e: int) -> int:
    """One operation of a device on memory in place."""
    if op == OP_HMM_FAULT:
        return hmm_fault(m, k, m.task_mm[a], b, c, d, e)
    if op == OP_HMM_LOAD:
        return hmm_load(m, k, m.task_mm[a], b, c)
    if op == OP_HMM_STORE:
        return hmm_store(m, k, m.task_mm[a], b, c, d)
    if op == OP_HMM_SNAPSHOT:
        return hmm_snapshot(m, k, m.task_mm[a], b, c, d)
    return model_bug(m, op)
