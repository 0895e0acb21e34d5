# SPDX-License-Identifier: GPL-2.0-or-later
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
from linuxmm.mm.mempolicy.mbind import sys_mbind
from linuxmm.mm.mempolicy.nodes import sys_migrate_pages
from linuxmm.mm.mempolicy.task import sys_get_mempolicy, sys_set_mempolicy
from linuxmm.mm.migrate.move_pages import sys_move_pages
from linuxmm.mm.mprotect import sys_mprotect
from linuxmm.mm.numa import numa_scan
from linuxmm.mm.page import model_bug
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.steps.operation import PAGES, RETURNED, Operation

FIRST: Final = 300
OP_MPROTECT: Final = 300
OP_MOVE_PAGES: Final = 301  # node: -1 ask, -2 packed
OP_NUMA_SCAN: Final = 302  # end 0: everything
OP_HMM_MIGRATE: Final = 303
OP_HMM_MIGRATE_TO_SYS: Final = 304
OP_HMM_SETUP: Final = 305
OP_HMM_PAGES: Final = 306  # gives the pages that still migrate
OP_HMM_FINALIZE: Final = 307
OP_HMM_RELEASE: Final = 308  # gives the pages that stayed
OP_HMM_EXCLUSIVE: Final = 309
OP_HMM_FAULT: Final = 310
OP_MIGRATE_PAGES: Final = 311
OP_HMM_CHECK_EXCLUSIVE: Final = 312  # 0 or -EPERM
OP_HMM_LOAD: Final = 313
OP_HMM_STORE: Final = 314
OP_HMM_SNAPSHOT: Final = 315  # words of PROT_* bits
OP_MBIND: Final = 316  # mode: with its flags; nodes: bits
OP_SET_MEMPOLICY: Final = 317
OP_GET_MEMPOLICY: Final = 318  # words: mode or node, nodes
MOVED: Final = 2  # words: cpages, faults
OPERATIONS: Final = (
    Operation(OP_MPROTECT, "mprotect", "addr nr prot"),
    Operation(OP_MOVE_PAGES, "move_pages", "of addr nr node flags packed", out=PAGES),
    Operation(OP_NUMA_SCAN, "numa_scan", "of addr end", "entries"),
    Operation(OP_HMM_MIGRATE, "hmm_migrate", "of addr nr device", out=MOVED),
    Operation(OP_HMM_MIGRATE_TO_SYS, "hmm_migrate_to_sys", "of addr nr device", out=MOVED),
    Operation(OP_HMM_SETUP, "hmm_setup", "of addr nr device select", "cpages"),
    Operation(OP_HMM_PAGES, "hmm_pages", "", "pages"),
    Operation(OP_HMM_FINALIZE, "hmm_finalize"),
    Operation(OP_HMM_RELEASE, "hmm_release", "device", "pages"),
    Operation(OP_HMM_EXCLUSIVE, "hmm_exclusive", "of addr nr"),
    Operation(OP_HMM_FAULT, "hmm_fault", "of addr nr device write", sleeps=True),
    Operation(OP_MIGRATE_PAGES, "migrate_pages", "of old new"),
    Operation(OP_MBIND, "mbind", "addr nr mode nodes flags"),
    Operation(OP_SET_MEMPOLICY, "set_mempolicy", "mode nodes"),
    Operation(OP_GET_MEMPOLICY, "get_mempolicy", "addr flags", "words", out=RETURNED),
    Operation(OP_HMM_CHECK_EXCLUSIVE, "hmm_check_exclusive", "of addr nr"),
    Operation(OP_HMM_LOAD, "hmm_load", "of addr nr", "pages", out=RETURNED),
    Operation(OP_HMM_STORE, "hmm_store", "of addr nr tag"),
    Operation(OP_HMM_SNAPSHOT, "hmm_snapshot", "of addr nr device", "pages", out=RETURNED),
)


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
    if op == OP_MBIND:
        return sys_mbind(m, k, task, a, b, c, d, e)
    if op == OP_SET_MEMPOLICY:
        return sys_set_mempolicy(m, task, a, b)
    if op == OP_GET_MEMPOLICY:
        return sys_get_mempolicy(m, k, task, a, b)
    if op == OP_MIGRATE_PAGES:
        return sys_migrate_pages(m, k, m.task_mm[a], b, c)
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
