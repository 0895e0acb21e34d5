# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls with arguments at the edge, and entries and areas that no step makes, one by one.

What random choice meets once in many thousand steps is called here on purpose; the comparison of
both modes wants each branch taken, not a result.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

from linuxmm.arch.x86.pgtable import PAGE_RW, PAGE_UFFD_WP
from linuxmm.errors import NotModelled
from linuxmm.machine import KHUGEPAGED_DEFAULTS, Machine, MachineSpec, simple_spec
from linuxmm.mm.compound import HPAGE_PMD_NR
from linuxmm.mm.gate import VSYSCALL_EMULATE
from linuxmm.mm.pgtable import PMD_SIZE, pte_offset_map, walk_to_pmd
from linuxmm.state import constants as c
from linuxmm.state.flags import (
    FOLL_ANON,
    FOLL_DUMP,
    FOLL_FORCE,
    FOLL_GET,
    FOLL_LONGTERM,
    FOLL_NOFAULT,
    FOLL_PIN,
    FOLL_SPLIT_PMD,
    FOLL_WRITE,
)
from linuxmm.state.layout import SIZE_P, SIZE_R, SIZE_V
from linuxmm.state.sites import SITE_BREAK_KSM
from linuxmm.state.vocabulary import PREDICATE_LONGTERM_PINNABLE
from linuxmm.steps import ksm, lru, memory, migrate, proc
from linuxmm.uapi import (
    MADV_COLD,
    MADV_COLLAPSE,
    MADV_FREE,
    MADV_HUGEPAGE,
    MADV_MERGEABLE,
    MADV_PAGEOUT,
    MADV_POPULATE_READ,
    MADV_UNMERGEABLE,
    MAP_HUGETLB,
    MAP_NORESERVE,
    MAP_PRIVATE,
    MAP_SHARED,
    MPOL_INTERLEAVE,
    MREMAP_FIXED,
    MREMAP_MAYMOVE,
    PROT_READ,
    PROT_WRITE,
)

RW: Final = PROT_READ | PROT_WRITE
LONGTERM_WRITE: Final = FOLL_PIN | FOLL_LONGTERM | FOLL_WRITE
WITH_SETTINGS: Final = (
    (c.SET_THP, c.THP_ALWAYS),
    (c.SET_SHMEM_ENABLED, c.SHMEM_HUGE_ALWAYS),
    (c.SET_VSYSCALL, VSYSCALL_EMULATE),
    *KHUGEPAGED_DEFAULTS,
)


def spec(*settings: tuple[int, int]) -> MachineSpec:
    """Huge pages everywhere, devices, swap."""
    plain = simple_spec(coherent=1, private=1, swap_slots=64)
    return replace(plain, settings=(*WITH_SETTINGS, *settings))


def _box(kernel: str, *settings: tuple[int, int]) -> tuple[Machine, int]:
    box = Machine(kernel, spec(*settings))
    return box, box.call(memory.OP_SPAWN, cpu=0)


def _mapped(box: Machine, task: int, npages: int, flags: int = MAP_PRIVATE, file: int = 0) -> int:
    return box.call(memory.OP_MMAP, task, npages, RW, flags, file)


def _room(box: Machine, task: int, flags: int = MAP_PRIVATE, file: int = 0) -> int:
    """A mapping that two huge pages fit into."""
    box.block.m.mm_next_addr[box.block.m.task_mm[task]] &= -PMD_SIZE
    return _mapped(box, task, 2 * HPAGE_PMD_NR, flags, file)


def _vma(box: Machine, addr: int) -> int:
    m = box.block.m
    return next(vma for vma in range(1, m.used[SIZE_V]) if m.vma_start[vma] == addr)


def ranges_of_nothing(kernel: str) -> None:
    """No page, fewer than none, an address inside a page, an end before the start."""
    box, task = _box(kernel)
    addr = _mapped(box, task, 2)
    for nr in (0, -1):
        box.call(memory.OP_MINCORE, task, addr, nr)
        box.call(migrate.OP_MPROTECT, task, addr, nr, PROT_READ)
        box.call(migrate.OP_MBIND, task, addr, nr, MPOL_INTERLEAVE, 3, 0)
        box.call(lru.OP_MUNLOCK, task, addr, nr)
        box.call(lru.OP_MADVISE, task, addr, nr, MADV_POPULATE_READ)
    box.call(memory.OP_MINCORE, task, addr + 8, 1)


def lock_more_than_one_may(kernel: str) -> None:
    """mlockall by who may lock one page."""
    box, task = _box(kernel, (c.SET_CAPABLE, 0), (c.SET_RLIMIT_MEMLOCK, 4096))
    _mapped(box, task, 4)
    box.call(lru.OP_MLOCKALL, task, 1)


def next_of_interleaving(kernel: str) -> None:
    """get_mempolicy with MPOL_F_NODE where the task interleaves."""
    box, task = _box(kernel)
    box.call(migrate.OP_SET_MEMPOLICY, task, MPOL_INTERLEAVE, 3)
    with suppress(NotModelled):
        box.call(migrate.OP_GET_MEMPOLICY, task, 0, 1)


def references_that_do_not_go_together(kernel: str) -> None:
    """FOLL_GET with FOLL_PIN, by each way to ask; FOLL_ANON of a file."""
    box, task = _box(kernel)
    addr = _mapped(box, task, 1)
    box.call(memory.OP_WRITE, task, addr, 1, 1)
    file = box.call(memory.OP_CREATE_FILE, 0, c.OPS_FILE, 1)
    other = _mapped(box, task, 1, MAP_PRIVATE, file)
    box.call(memory.OP_READ, task, other, 1)
    for flags in (FOLL_GET | FOLL_PIN, FOLL_GET | FOLL_LONGTERM):
        box.call(memory.OP_FOLLOW_PAGE, task, addr, flags)
        box.call(memory.OP_GUP, task, addr, 1, flags, 1)
        box.call(memory.OP_GUP_FAST, task, addr, 1, flags, 1)
    box.call(memory.OP_GUP, task, other, 1, FOLL_GET | FOLL_ANON, 1)
    box.call(migrate.OP_MPROTECT, task, other, 1, PROT_READ)
    box.call(memory.OP_GUP, task, other, 1, FOLL_PIN | FOLL_FORCE | FOLL_WRITE, 1)


def pinned_zero_page(kernel: str) -> None:
    """A pin of the zero page counts in some kernels and not in others."""
    box, task = _box(kernel)
    addr = _mapped(box, task, 1)
    box.call(memory.OP_READ, task, addr, 1)
    box.call(memory.OP_GUP, task, addr, 1, FOLL_PIN, 1)
    box.call(memory.OP_PUT, 0, 1)


def pages_of_drivers_for_long(kernel: str) -> None:
    """Fast GUP with FOLL_LONGTERM meets pages without a mapping, and a file's to be written."""
    for ops in (c.OPS_MIXEDMAP_PAGE, c.OPS_FILE, c.OPS_SHMEM):
        box, task = _box(kernel, (c.SET_SHMEM_ENABLED, c.SHMEM_HUGE_NEVER))
        file = box.call(memory.OP_CREATE_FILE, 0, ops, 1)
        addr = _mapped(box, task, 1, MAP_SHARED, file)
        box.call(memory.OP_WRITE, task, addr, 1, 1)
        for flags in (FOLL_PIN, FOLL_PIN | FOLL_LONGTERM, LONGTERM_WRITE):
            box.call(memory.OP_GUP_FAST, task, addr, 1, flags, 1)


def shared_page_pinned_fast(kernel: str) -> None:
    """Fast GUP refuses a page that must be unshared first, small and huge."""
    for room in (_room, lambda box, task: _mapped(box, task, 1)):
        box, task = _box(kernel)
        addr = room(box, task)
        box.call(memory.OP_WRITE, task, addr, 1, 1)
        box.call(memory.OP_FORK, task)
        for flags in (0, FOLL_PIN, FOLL_PIN | FOLL_LONGTERM, FOLL_GET, FOLL_GET | FOLL_WRITE):
            with suppress(NotModelled):
                box.call(memory.OP_GUP_FAST, task, addr, 1, flags, 1)


def shared_memory_ends(kernel: str) -> None:
    """A huge page, a small one and one in swap of shared memory that a child maps last."""
    for shmem in (c.SHMEM_HUGE_NEVER, c.SHMEM_HUGE_ALWAYS):
        box, task = _box(kernel, (c.SET_SHMEM_ENABLED, shmem))
        file = box.call(memory.OP_CREATE_FILE, 0, c.OPS_SHMEM, 2 * HPAGE_PMD_NR, 0, 1)
        addr = _room(box, task, MAP_SHARED, file)
        with suppress(NotModelled):
            box.call(memory.OP_WRITE, task, addr, 3, 1)
            box.call(lru.OP_MADVISE, task, addr, 1, MADV_PAGEOUT)
            child = box.call(memory.OP_FORK, task)
            box.call(memory.OP_MUNMAP, task, addr, 2 * HPAGE_PMD_NR)
            box.call(memory.OP_EXIT, child)


def huge_pages_split_at_once(kernel: str) -> None:
    """What can be written to split_huge_pages beside a range of a process."""
    box, task = _box(kernel, (c.SET_SHMEM_ENABLED, c.SHMEM_HUGE_ALWAYS))
    file = box.call(memory.OP_CREATE_FILE, 0, c.OPS_SHMEM, 2 * HPAGE_PMD_NR)
    box.call(memory.OP_WRITE, task, _room(box, task), 1, 1)
    with suppress(NotModelled):
        box.call(memory.OP_PWRITE, task, file, 0, 600, 7)
        box.call(proc.OP_SPLIT_HUGE_PAGES_IN_FILE, task, file, 3, 2)
    for number in (2, 1, 1):
        box.call(proc.OP_SPLIT_HUGE_PAGES_ALL, task, number)


def gate_page_written(kernel: str) -> None:
    """Who holds the gate page writes into it."""
    box, task = _box(kernel)
    addr = box.call(memory.OP_VSYSCALL, task)
    box.call(memory.OP_GUP, task, addr, 1, FOLL_GET, 1)
    for op in (memory.OP_READ_HELD, memory.OP_WRITE_HELD):
        with suppress(NotModelled):
            box.call(op, 0, 1, addr, 1, 7, 0)


def registered_mapping_is_touched(kernel: str) -> None:
    """Faults of areas that userfaultfd watches, small and huge, and of an entry it protects."""
    for flag in (c.VM_UFFD_MISSING, c.VM_UFFD_WP):
        for room in (_room, lambda box, task: _mapped(box, task, 1)):
            box, task = _box(kernel)
            addr = room(box, task)
            box.block.m.vma_flags[_vma(box, addr)] |= flag
            for op, args in ((memory.OP_READ, ()), (memory.OP_WRITE, (1,))):
                with suppress(NotModelled):
                    box.call(op, task, addr, 1, *args)
    box, task = _box(kernel)
    addr = _mapped(box, task, 1)
    box.call(memory.OP_WRITE, task, addr, 1, 1)
    m = box.block.m
    slot = pte_offset_map(m, walk_to_pmd(m, _vma(box, addr), addr), addr)
    m.pte[slot] = m.pte[slot] & ~PAGE_RW | PAGE_UFFD_WP
    with suppress(NotModelled):
        box.call(memory.OP_WRITE, task, addr, 1, 2)


def forgotten_by_the_child(kernel: str) -> None:
    """fork of a mapping with VM_WIPEONFORK, of a huge page with VM_UFFD_WP."""
    for flag in (c.VM_WIPEONFORK, c.VM_UFFD_WP):
        box, task = _box(kernel)
        addr = _room(box, task)
        box.call(memory.OP_WRITE, task, addr, 1, 1)
        box.block.m.vma_flags[_vma(box, addr)] |= flag
        with suppress(NotModelled):
            box.call(memory.OP_FORK, task)


def huge_zero_page(kernel: str) -> None:
    """What is done to the huge zero page: advice, fork, mlock, a policy, an end."""
    for advice in (MADV_COLD, MADV_PAGEOUT, MADV_FREE, MADV_COLLAPSE):
        box, task = _box(kernel)
        addr = _room(box, task)
        box.call(memory.OP_READ, task, addr, 1)
        with suppress(NotModelled):
            box.call(lru.OP_MADVISE, task, addr, HPAGE_PMD_NR, advice)
    box, task = _box(kernel, (c.SET_NUMA_BALANCING, 1))
    addr = _room(box, task)
    box.call(memory.OP_READ, task, addr, 1)
    box.call(migrate.OP_NUMA_SCAN, 0, task, 0, 0, cpu=1)
    for step in (
        (migrate.OP_MBIND, task, addr, HPAGE_PMD_NR, 2, 2, 2),
        (lru.OP_MLOCK, task, addr, HPAGE_PMD_NR),
        (memory.OP_FORK, task),
        (memory.OP_MUNMAP, task, addr, 2 * HPAGE_PMD_NR),
    ):
        with suppress(NotModelled):
            box.call(*step)


def _merged(box: Machine, task: int) -> int:
    """Two entries of one KSM page and one of another."""
    addr = _mapped(box, task, 3)
    box.call(memory.OP_WRITE, task, addr, 2, 5)
    box.call(memory.OP_WRITE, task, addr + 2 * 4096, 1, 6)
    box.call(ksm.OP_KSM_SET, 0, c.SET_KSM_RUN, 1)
    box.call(lru.OP_MADVISE, task, addr, 3, MADV_MERGEABLE)
    box.call(ksm.OP_KSMD, 0, 0, 3)
    return addr


def no_page_to_unmerge_to(kernel: str) -> None:
    """The copy of a KSM page cannot be made: by advice, and by run = 2."""
    for step in ((lru.OP_MADVISE, 1, 3, MADV_UNMERGEABLE), (ksm.OP_KSM_SET, 0, c.SET_KSM_RUN, 2)):
        box, task = _box(kernel)
        addr = _merged(box, task)
        box.call(memory.OP_FAIL_ALLOC, 0, 1)
        op, *rest = step
        with suppress(NotModelled):
            if op == ksm.OP_KSM_SET:
                box.call(op, *rest)
            else:
                box.call(op, task, addr, *rest[1:])


def merged_page_in_migration(kernel: str) -> None:
    """What would wait for a device: advice to unmerge, and a policy."""
    for op, args in ((lru.OP_MADVISE, (MADV_UNMERGEABLE,)), (migrate.OP_MBIND, (2, 2, 2))):
        box, task = _box(kernel)
        addr = _merged(box, task)
        coherent = _range(box, c.RANGE_COHERENT)
        box.call(migrate.OP_HMM_SETUP, 0, task, addr, 3, coherent, 1)
        with suppress(NotModelled):
            box.call(op, task, addr, 3, *args)


def _range(box: Machine, kind: int) -> int:
    ranges = box.block.m.range_type
    return next(r for r in range(1, 9) if ranges[r] == kind)


def policy_of_huge_page(kernel: str) -> None:
    """mbind meets a leaf: of one process, and of two with MOVE or MOVE_ALL; then no LRU has it."""
    for forked, flags, on_list in ((0, 2, 1), (1, 2, 1), (1, 4, 1), (0, 2, 0), (0, 3, 0)):
        box, task = _box(kernel)
        addr = _room(box, task)
        box.call(memory.OP_WRITE, task, addr, 1, 1)
        box.call(memory.OP_DRAIN)
        if forked:
            box.call(memory.OP_FORK, task)
        m = box.block.m
        for page in range(1, m.used[SIZE_P]) if on_list == 0 else ():
            m.page_flags[page] &= ~c.PG_LRU
        with suppress(NotModelled):
            box.call(migrate.OP_MBIND, task, addr, HPAGE_PMD_NR, 2, 2, flags)


def _awaited(kernel: str) -> tuple[Machine, int, int]:
    """A huge page of shmem whose table khugepaged is to take away when it comes by again."""
    box, task = _box(kernel, (c.SET_SHMEM_ENABLED, c.SHMEM_HUGE_ADVISE), (c.SET_THP, c.THP_MADVISE))
    file = box.call(memory.OP_CREATE_FILE, 0, c.OPS_SHMEM, HPAGE_PMD_NR)
    box.call(memory.OP_PWRITE, 0, file, 0, 2, 1)
    box.block.m.mm_next_addr[box.block.m.task_mm[task]] &= -PMD_SIZE
    addr = _mapped(box, task, HPAGE_PMD_NR, MAP_PRIVATE, file)
    box.call(memory.OP_READ, task, addr, 1)
    for _ in range(2):  # the first makes it one that khugepaged may enter
        box.call(lru.OP_MADVISE, task, addr, HPAGE_PMD_NR, MADV_HUGEPAGE)
    other = _mapped(box, task, 1)
    box.call(memory.OP_WRITE, task, other, 1, 2)
    box.call(migrate.OP_HMM_SETUP, 0, task, other, 1, _range(box, c.RANGE_COHERENT), 1)
    box.call(lru.OP_KHUGEPAGED, 0, 1)
    box.call(migrate.OP_HMM_PAGES, 0)
    box.call(migrate.OP_HMM_FINALIZE, 0)
    return box, task, addr


def table_that_khugepaged_awaits(kernel: str) -> None:
    """All is as it was then, there is a page of one's own, or what it may not take."""
    for what in range(7):
        with suppress(NotModelled):
            box, task, addr = _awaited(kernel)
            m, vma = box.block.m, _vma(box, addr)
            heads = [p for p in range(1, m.used[SIZE_P]) if m.page_flags[p] & c.PG_HEAD]
            if what == 1:
                box.call(memory.OP_READ, task, addr, 1)
                box.call(memory.OP_WRITE, task, addr + 4096, 1, 3)
            elif what == 2:
                m.vma_flags[vma] |= c.VM_UFFD_WP
            elif what == 3:
                m.vma_flags[vma] |= c.VM_NOHUGEPAGE
            for head in heads:
                if what == 4:
                    m.page_flags[head] |= c.PG_LOCKED
                elif what == 5:
                    m.page_flags[head] &= ~c.PG_HEAD
                elif what == 6:
                    m.cache_page[m.file_first[m.vma_file[vma]]] = 0
            box.call(lru.OP_KHUGEPAGED, 0, 2)
            box.call(lru.OP_MADVISE, task, addr, HPAGE_PMD_NR, MADV_COLLAPSE)


def _each(box: Machine, *steps: tuple[int, ...]) -> None:
    for step in steps:
        with suppress(NotModelled):
            box.call(*step)


def leaves_looked_at(kernel: str) -> None:
    """Every reader on a leaf: written, of zeroes, of shmem; then what splits or refuses it."""
    for write, ops in ((1, 0), (0, 0), (1, c.OPS_SHMEM)):
        box, task = _box(kernel)
        file = box.call(memory.OP_CREATE_FILE, 0, ops, 2 * HPAGE_PMD_NR) if ops else 0
        addr = _room(box, task, MAP_SHARED if ops else MAP_PRIVATE, file)
        op = memory.OP_WRITE if write else memory.OP_READ
        _each(box, (op, task, addr, 1, 1) if write else (op, task, addr, 1), (memory.OP_DRAIN,))
        n, coherent = HPAGE_PMD_NR, _range(box, c.RANGE_COHERENT)
        _each(
            box,
            (proc.OP_OBSERVE, 0, task), (proc.OP_PAGES, 0, task, addr, n),
            (proc.OP_PAGEMAP, 0, task, addr, n), (proc.OP_NUMA_MAPS, 0, task, addr),
            (proc.OP_SMAPS, 0, task, addr), (proc.OP_MEMINFO, 0), (proc.OP_NODE_MEMINFO, 0, 0),
            (proc.OP_CLEAR_REFS, 0, task, 1), (proc.OP_CLEAR_REFS, 0, task, 4),
            (migrate.OP_HMM_SNAPSHOT, 0, task, addr, n, coherent),
            (migrate.OP_HMM_EXCLUSIVE, 0, task, addr, n),
            (lru.OP_MADVISE, task, addr, n, MADV_FREE), (lru.OP_MADVISE, task, addr, n, MADV_FREE),
            (memory.OP_GUP_FAST, task, addr, 1, FOLL_PIN | FOLL_LONGTERM, 1),
            (migrate.OP_MPROTECT, task, addr, n, PROT_READ),
            (migrate.OP_MPROTECT, task, addr, n, RW),
            (migrate.OP_HMM_MIGRATE, 0, task, addr, n, coherent),
            (proc.OP_SPLIT_HUGE_PAGES, 0, task, addr, n), (memory.OP_MUNMAP, task, addr, 2 * n),
        )  # fmt: skip


def leaf_that_is_locked(kernel: str) -> None:
    """A device collects a huge page that somebody has locked; ksmd, exclusive use and a leaf."""
    box, task = _box(kernel)
    addr = _room(box, task)
    box.call(memory.OP_WRITE, task, addr, 1, 1)
    m = box.block.m
    for page in range(1, m.used[SIZE_P]):
        if m.page_flags[page] & c.PG_HEAD:
            m.page_flags[page] |= c.PG_LOCKED
    coherent = _range(box, c.RANGE_COHERENT)
    _each(
        box,
        (migrate.OP_HMM_SETUP, 0, task, addr, HPAGE_PMD_NR, coherent, 1),
        (migrate.OP_HMM_PAGES, 0),
        (migrate.OP_HMM_FINALIZE, 0),
        (lru.OP_MADVISE, task, addr, 4, MADV_FREE),
        (lru.OP_MADVISE, task, addr, 4, MADV_PAGEOUT),
    )


def parts_and_zeroes_that_go(kernel: str) -> None:
    """The huge zero page is unmapped; parts of a huge page are freed; a leaf may not be pinned."""
    box, task = _box(kernel)
    addr = _room(box, task)
    _each(
        box,
        (memory.OP_READ, task, addr, 1),
        (memory.OP_MUNMAP, task, addr, 2 * HPAGE_PMD_NR),
    )
    box, task = _box(kernel)
    addr = _room(box, task)
    _each(
        box,
        (memory.OP_WRITE, task, addr, 1, 1),
        (migrate.OP_MPROTECT, task, addr, 2, PROT_READ),
        (migrate.OP_MPROTECT, task, addr, 2, RW),
        (lru.OP_MADVISE, task, addr, 2, MADV_FREE),
    )
    box, task = _box(kernel)
    addr = _room(box, task)
    box.call(memory.OP_WRITE, task, addr, 1, 1)
    m, k = box.block.m, box.k
    for r in range(1, m.used[SIZE_R]):
        m.range_zone[r] = c.ZONE_MOVABLE
    first = k.predicate_first[PREDICATE_LONGTERM_PINNABLE]
    for row in range(first, first + k.predicate_nr[PREDICATE_LONGTERM_PINNABLE]):
        k.row_result[row] = 0
    _each(box, (memory.OP_GUP_FAST, task, addr, 1, FOLL_PIN | FOLL_LONGTERM, 1))


def walk_that_does_not_end(kernel: str) -> None:
    """A record of folio_walk that keeps the table locked."""
    box, task = _box(kernel)
    addr = _merged(box, task)
    box.k.site_end[SITE_BREAK_KSM] = 0
    _each(box, (lru.OP_MADVISE, task, addr, 3, MADV_UNMERGEABLE))


def pages_of_hugetlb(kernel: str) -> None:
    """Shared and private, promised or not, with a child that writes, and an empty pool."""
    for pool, flags in ((3, MAP_SHARED), (3, MAP_PRIVATE), (1, MAP_PRIVATE | MAP_NORESERVE)):
        box, task = _box(kernel, (c.SET_HUGETLB_PAGES, pool))
        n, flags = HPAGE_PMD_NR, flags | MAP_HUGETLB
        addr = box.call(memory.OP_MMAP, task, n, RW, flags)
        for foll in (FOLL_DUMP, FOLL_NOFAULT, FOLL_SPLIT_PMD):
            _each(box, (memory.OP_GUP, task, addr, 1, FOLL_GET | foll, 1))
        _each(box, (memory.OP_READ, task, addr, 1), (memory.OP_WRITE, task, addr, 1, 1))
        child = box.call(memory.OP_FORK, task)
        _each(
            box,
            (proc.OP_OBSERVE, 0, task), (proc.OP_SMAPS, 0, task, addr),
            (memory.OP_WRITE, child, addr, 1, 2), (memory.OP_WRITE, task, addr, 1, 3),
            (memory.OP_READ, child, addr, 1), (memory.OP_EXIT, child),
            (migrate.OP_SET_MEMPOLICY, task, 2, 2), (memory.OP_MMAP, task, n, RW, flags),
            (memory.OP_MUNMAP, task, addr, n),
        )  # fmt: skip


def moved_hugetlb(kernel: str) -> None:
    """By node, by policy and with the area; busy, promised to others, and without memory."""
    for pool, how in ((4, MAP_SHARED), (4, MAP_PRIVATE), (1, MAP_PRIVATE)):
        box, task = _box(kernel, (c.SET_HUGETLB_PAGES, pool))
        n = HPAGE_PMD_NR
        addr = box.call(memory.OP_MMAP, task, n, RW, how | MAP_HUGETLB)
        _each(
            box, (memory.OP_FOLLOW_PAGE, task, addr, FOLL_GET), (memory.OP_WRITE, task, addr, 1, 1)
        )
        for flags in (FOLL_GET, FOLL_GET | FOLL_DUMP):
            _each(box, (memory.OP_FOLLOW_PAGE, task, addr + 4096, flags))
        _each(
            box,
            (migrate.OP_MOVE_PAGES, task, task, addr, 2, 1, 2, 0),
            (memory.OP_GUP, task, addr, 1, FOLL_GET, 1),
            (migrate.OP_MOVE_PAGES, task, task, addr, 1, 0, 2, 0),
            (memory.OP_PUT, 1),
        )  # fmt: skip
        for mode, nodes, flags in (
            (2, 1, 1),
            (2, 1, 2),
            (3, 3, 2),
            (1, 2, 6),
            (5, 1, 2),
            (0, 0, 2),
        ):
            _each(box, (migrate.OP_MBIND, task, addr, n, mode, nodes, flags))
        _each(
            box,
            (migrate.OP_MBIND, task, addr, n - 9, 1, 1, 0),
            (migrate.OP_MIGRATE_PAGES, task, task, 3, 2),
            (memory.OP_MREMAP, task, addr, n, n, MREMAP_MAYMOVE | MREMAP_FIXED),
        )  # fmt: skip


EDGES: Final[tuple[Callable[[str], None], ...]] = (
    ranges_of_nothing, lock_more_than_one_may, next_of_interleaving,
    references_that_do_not_go_together, pinned_zero_page, pages_of_drivers_for_long,
    shared_page_pinned_fast, gate_page_written, registered_mapping_is_touched,
    forgotten_by_the_child, huge_zero_page, no_page_to_unmerge_to, merged_page_in_migration,
    policy_of_huge_page, table_that_khugepaged_awaits, leaves_looked_at, leaf_that_is_locked,
    parts_and_zeroes_that_go, walk_that_does_not_end, pages_of_hugetlb,
    moved_hugetlb, shared_memory_ends, huge_pages_split_at_once,
)  # fmt: skip
