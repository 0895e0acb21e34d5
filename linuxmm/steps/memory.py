# SPDX-License-Identifier: GPL-2.0-or-later
"""Operations 100..199: processes, mappings, accesses, get_user_pages, files."""

from typing import Final

from linuxmm.core import core
from linuxmm.fs.userfaultfd import sys_uffdio, sys_userfaultfd
from linuxmm.mm.filemap import sys_create_file, sys_fsync, sys_pread, sys_pwrite
from linuxmm.mm.gate import sys_vsyscall
from linuxmm.mm.gup.fast import sys_gup_fast
from linuxmm.mm.gup.follow import sys_follow_page
from linuxmm.mm.gup.held import sys_gup, sys_put
from linuxmm.mm.held import fail_alloc, sys_read_held, sys_write_held
from linuxmm.mm.memcontrol.move import sys_cgroup_attach, sys_move_charge
from linuxmm.mm.memcontrol.reclaim import sys_memory_reclaim
from linuxmm.mm.memcontrol.stat import sys_memory_current, sys_memory_stat
from linuxmm.mm.memory.fault import sys_read, sys_write
from linuxmm.mm.mincore import sys_mincore
from linuxmm.mm.mmap import (
    sys_clone_thread,
    sys_exit,
    sys_fork,
    sys_mmap,
    sys_munmap,
    sys_spawn,
)
from linuxmm.mm.mremap.syscalls import sys_mremap
from linuxmm.mm.page import model_bug
from linuxmm.mm.swap import lru_add_drain_all
from linuxmm.mm.truncate import sys_fallocate, sys_ftruncate
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.steps.operation import RETURNED, Operation

FIRST: Final = 100
OP_SPAWN: Final = 100
OP_CLONE_THREAD: Final = 101
OP_FORK: Final = 102
OP_EXIT: Final = 103
OP_MMAP: Final = 104
OP_MUNMAP: Final = 105
OP_READ: Final = 106
OP_WRITE: Final = 107
OP_CREATE_FILE: Final = 108
OP_GUP: Final = 109
OP_GUP_FAST: Final = 110
OP_PUT: Final = 111
OP_FOLLOW_PAGE: Final = 112
OP_DRAIN: Final = 113
OP_FAIL_ALLOC: Final = 114  # how many of the next allocations fail
OP_READ_HELD: Final = 115
OP_WRITE_HELD: Final = 116  # behind: pages that must be held too
OP_PREAD: Final = 117
OP_PWRITE: Final = 118
OP_FSYNC: Final = 119
OP_MINCORE: Final = 120
OP_VSYSCALL: Final = 121
OP_CGROUP_ATTACH: Final = 122
OP_MOVE_CHARGE: Final = 123
OP_MEMORY_STAT: Final = 124  # MEMORY_STAT_FIELDS
OP_MREMAP: Final = 125
OP_FTRUNCATE: Final = 126
OP_FALLOCATE: Final = 127
OP_USERFAULTFD: Final = 128
OP_UFFDIO: Final = 129
OP_MEMORY_CURRENT: Final = 130
OP_MEMORY_RECLAIM: Final = 131
OPERATIONS: Final = (
    Operation(OP_SPAWN, "spawn", "", "task"),
    Operation(OP_CLONE_THREAD, "clone_thread", "", "task"),
    Operation(OP_FORK, "fork", "", "task"),
    Operation(OP_EXIT, "exit"),
    Operation(OP_MMAP, "mmap", "nr prot flags file pgoff", "address"),
    Operation(OP_MUNMAP, "munmap", "addr nr"),
    Operation(OP_READ, "read", "addr nr", "pages", out=RETURNED, sleeps=True),
    Operation(OP_WRITE, "write", "addr nr tag", sleeps=True),
    Operation(OP_CREATE_FILE, "create_file", "ops nr range unopened", "file"),
    Operation(OP_GUP, "gup", "addr nr flags handle", "pages"),
    Operation(OP_GUP_FAST, "gup_fast", "addr nr flags handle", "pages"),
    Operation(OP_PUT, "put", "handle", "pages"),
    Operation(OP_FOLLOW_PAGE, "follow_page", "addr flags", "page", finds=True),
    Operation(OP_DRAIN, "drain"),
    Operation(OP_FAIL_ALLOC, "fail_alloc", "times"),
    Operation(OP_READ_HELD, "read_held", "handle addr nr", "pages", out=RETURNED),
    Operation(OP_WRITE_HELD, "write_held", "handle addr nr tag behind"),
    Operation(OP_PREAD, "pread", "file index nr", "pages", out=RETURNED),
    Operation(OP_PWRITE, "pwrite", "file index nr tag"),
    Operation(OP_FSYNC, "fsync", "file index nr"),
    Operation(OP_MINCORE, "mincore", "addr nr", "pages", out=RETURNED, report=True),
    Operation(OP_VSYSCALL, "vsyscall", "", "address"),
    Operation(OP_CGROUP_ATTACH, "cgroup_attach", "memcg"),
    Operation(OP_MOVE_CHARGE, "move_charge", "memcg value"),
    Operation(OP_MEMORY_STAT, "memory_stat", "memcg", "fields", out=RETURNED, report=True),
    Operation(OP_MEMORY_CURRENT, "memory_current", "memcg", "bytes", report=True),
    Operation(OP_MEMORY_RECLAIM, "memory_reclaim", "memcg nr"),
    Operation(OP_MREMAP, "mremap", "addr nr new_nr flags", "address"),
    Operation(OP_FTRUNCATE, "ftruncate", "file nr"),
    Operation(OP_FALLOCATE, "fallocate", "file index nr flags"),
    Operation(OP_USERFAULTFD, "userfaultfd", "addr nr mode"),
    Operation(OP_UFFDIO, "uffdio", "request addr nr mode tag"),
)


@core
def step_memory(
    m: State, k: Rules, op: int, task: int, cpu: int, a: int, b: int, c: int, d: int, e: int
) -> int:
    """One operation of this system."""
    if op == OP_SPAWN:
        return sys_spawn(m, cpu)
    if op == OP_CLONE_THREAD:
        return sys_clone_thread(m, task, cpu)
    if op == OP_FORK:
        return sys_fork(m, k, task, cpu)
    if op == OP_EXIT:
        return sys_exit(m, k, task)
    if op == OP_MMAP:
        return sys_mmap(m, k, task, a, b, c, d, e)
    if op == OP_MUNMAP:
        return sys_munmap(m, k, task, a, b)
    if op == OP_READ:
        return sys_read(m, k, task, a, b)
    if op == OP_WRITE:
        return sys_write(m, k, task, a, b, c)
    if op == OP_CREATE_FILE:
        return sys_create_file(m, k, a, b, c, d)
    if op == OP_GUP:
        return sys_gup(m, k, task, a, b, c, d)
    if op == OP_GUP_FAST:
        return sys_gup_fast(m, k, task, a, b, c, d)
    if op == OP_PUT:
        return sys_put(m, k, a)
    if op == OP_FOLLOW_PAGE:
        return sys_follow_page(m, k, task, a, b)
    if op == OP_DRAIN:
        return lru_add_drain_all(m, k)
    if op == OP_FAIL_ALLOC:
        return fail_alloc(m, a)
    if op == OP_READ_HELD:
        return sys_read_held(m, a, b, c)
    if op == OP_WRITE_HELD:
        return sys_write_held(m, a, b, c, d, e)
    if op == OP_PREAD:
        return sys_pread(m, k, a, b, c)
    if op == OP_PWRITE:
        return sys_pwrite(m, k, a, b, c, d)
    if op == OP_FSYNC:
        return sys_fsync(m, a, b, c)
    if op == OP_MINCORE:
        return sys_mincore(m, k, task, a, b)
    if op == OP_VSYSCALL:
        return sys_vsyscall()
    if op == OP_MREMAP:
        return sys_mremap(m, k, task, a, b, c, d)
    if op == OP_FTRUNCATE:
        return sys_ftruncate(m, k, a, b)
    if op == OP_FALLOCATE:
        return sys_fallocate(m, k, a, b, c, d)
    if op == OP_USERFAULTFD:
        return sys_userfaultfd(m, k, task, a, b, c)
    if op == OP_UFFDIO:
        return sys_uffdio(m, k, task, a, b, c, d, e)
    return step_memcg(m, k, op, task, a, b)


@core
def step_memcg(m: State, k: Rules, op: int, task: int, a: int, b: int) -> int:
    """One operation of memory control groups."""
    if op == OP_CGROUP_ATTACH:
        return sys_cgroup_attach(m, k, task, a)
    if op == OP_MOVE_CHARGE:
        return sys_move_charge(m, k, a, b)
    if op == OP_MEMORY_STAT:
        return sys_memory_stat(m, k, a)
    if op == OP_MEMORY_RECLAIM:
        return sys_memory_reclaim(m, k, a, b)
    if op == OP_MEMORY_CURRENT:
        return sys_memory_current(m, k, a)
    return model_bug(m, op)
