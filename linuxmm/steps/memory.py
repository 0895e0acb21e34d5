"""Operations 100..199: processes, mappings, accesses, get_user_pages, files."""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.filemap import sys_create_file, sys_fsync, sys_pread, sys_pwrite
from linuxmm.mm.gup.fast import sys_gup_fast
from linuxmm.mm.gup.follow import sys_follow_page
from linuxmm.mm.gup.held import sys_gup, sys_put
from linuxmm.mm.held import fail_alloc, sys_read_held, sys_write_held
from linuxmm.mm.memory.fault import sys_read, sys_write
from linuxmm.mm.mmap import (
    sys_clone_thread,
    sys_exit,
    sys_fork,
    sys_mmap,
    sys_munmap,
    sys_spawn,
)
from linuxmm.mm.page import model_bug
from linuxmm.mm.swap import lru_add_drain_all
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules

OP_SPAWN: Final = 100  # -> task
OP_CLONE_THREAD: Final = 101  # -> task
OP_FORK: Final = 102  # -> task
OP_EXIT: Final = 103
OP_MMAP: Final = 104  # npages, prot, flags, file, pgoff -> address
OP_MUNMAP: Final = 105  # addr, npages
OP_READ: Final = 106  # addr, npages -> n contents
OP_WRITE: Final = 107  # addr, npages, tag
OP_CREATE_FILE: Final = 108  # ops, npages, range -> file
OP_GUP: Final = 109  # addr, npages, FOLL_ flags, handle -> n pages
OP_GUP_FAST: Final = 110  # addr, npages, FOLL_ flags, handle -> n pages
OP_PUT: Final = 111  # handle -> n
OP_FOLLOW_PAGE: Final = 112  # addr, FOLL_ flags -> page
OP_DRAIN: Final = 113
OP_FAIL_ALLOC: Final = 114  # how many of the next allocations fail
OP_READ_HELD: Final = 115  # handle, addr, npages -> n contents
OP_WRITE_HELD: Final = 116  # handle, addr, npages, tag, pages behind that must be held too
OP_PREAD: Final = 117  # file, index, npages -> n contents
OP_PWRITE: Final = 118  # file, index, npages, tag
OP_FSYNC: Final = 119  # file, index, npages


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
        return sys_create_file(m, a, b, c)
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
    return model_bug(m, op)
