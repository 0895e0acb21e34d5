# SPDX-License-Identifier: GPL-2.0-or-later
"""Random sequences of steps, as the outer layer makes them: scratch cleared, a trap undone.

Every sequence has a machine, a kernel with a rival, and a theme: a few operations that are made
again and again, or nothing deep would be reached.  The arguments come from the state at that
point.  Every other sequence is also damaged: a page is locked, an entry gets a bit, a cell of the
kernel's rules changes, so that the guards of the core meet what they guard against.
"""

from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Final

from linuxmm.arch.x86 import pgtable
from linuxmm.errors import ModelBug, NotModelled
from linuxmm.kernels import load
from linuxmm.kernels.compile import compile_rules
from linuxmm.machine import KHUGEPAGED_DEFAULTS, Machine, MachineSpec, RangeSpec
from linuxmm.mm.compound import HPAGE_PMD_NR
from linuxmm.mm.memcontrol.tree import ROOT_MEMCG
from linuxmm.mm.memcontrol.uncharge import NO_MEMCG
from linuxmm.mm.page import page_to_pfn
from linuxmm.mm.pgtable import PMD_SIZE as HPAGE_PMD_SIZE
from linuxmm.mm.pgtable import pte_offset_map, walk_to_pmd
from linuxmm.state import constants as c
from linuxmm.state.flags import FOLL_FLAGS
from linuxmm.state.layout import (
    SIZE_C,
    SIZE_F,
    SIZE_H,
    SIZE_K,
    SIZE_P,
    SIZE_Q,
    SIZE_R,
    SIZE_U,
    SIZE_V,
    State,
)
from linuxmm.state.rules import Rules
from linuxmm.steps import ksm, lru, memory, migrate, proc
from linuxmm.uapi import (
    MADV_HUGEPAGE,
    MADV_MERGEABLE,
    MADV_PAGEOUT,
    MAP_HUGETLB,
    MAP_NORESERVE,
    MAP_PRIVATE,
    MAP_SHARED,
    PROT_READ,
    PROT_WRITE,
)
from tests.state.garbage import PG_BITS, VM_BITS, damage_rules, some

RW: Final = PROT_READ | PROT_WRITE
LENGTH: Final = 60
MAX_MEMORY_ROWS: Final = 4096  # a mapping that is larger would only cost time
PAIRS: Final = (
    ("v5.17-coherent", "split-v1"), ("split-v1", "v6.1"), ("v6.1", "v6.1"), ("v6.1", "split-v1"),
    ("split-v1", "v5.17-coherent"), ("v6.1", "v6.12"), ("v6.12", "v6.18"), ("v6.18", "v6.12"),
    ("v6.18", "v7.1"), ("v7.1", "v6.18"),
)  # fmt: skip
DEVICES: Final = ("coherent0", "private0", "dax0", "devdax0")
FILES: Final = tuple(range(c.OPS_FILE, c.OPS_SPECIAL_PAGE + 1))
ADVICE: Final = (
    *range(5), *range(8, 26), c.VM_NOHUGEPAGE, 100, 101, 4, 8, 8, 12, 12, 20, 20, 21, 21, 22, 23,
)  # fmt: skip
HUGE_ADVICE: Final = (4, 8, 9, 14, 15, 20, 21, 21, 22, 23, 25, 25, 25)
KSM_SETTINGS: Final = (
    c.SET_KSM_RUN, c.SET_KSM_RUN, c.SET_KSM_MERGE_ACROSS_NODES, c.SET_KSM_USE_ZERO_PAGES,
    c.SET_KSM_MAX_PAGE_SHARING, c.SET_NUMA_BALANCING,
)  # fmt: skip
FOLL: Final = [value for value in FOLL_FLAGS.values() if value]
COMMON_FOLL: Final = (
    0, 0x1, 0x4, 0x40000, 0x40001, 0x50000, 0x50001, 0x10, 0x11, 0x40011, 0x5, 0x2, 0x3, 0x8, 0xC,
    0x10001,
)  # fmt: skip
PTE_DAMAGE: Final = (
    pgtable.PAGE_RW, pgtable.PAGE_DIRTY, pgtable.PAGE_ACCESSED, pgtable.PAGE_SOFT_DIRTY,
    pgtable.PAGE_UFFD_WP,
)  # fmt: skip


class Chooser:
    """Values for the arguments of an operation, from the state as it is."""

    def __init__(self, random: Random, m: State) -> None:
        self.random, self.m = random, m
        self.vma = 0

    def task(self) -> int:
        """A task that lives; 0 when there is none."""
        m = self.m
        live = [task for task in range(1, m.used[SIZE_C]) if m.task_mm[task]]
        return self.random.choice(live) if live else 0

    def addr_of(self, task: int) -> int:
        """An address in a mapping of the task's process; seldom beside one, or unaligned."""
        m, random = self.m, self.random
        vmas = [v for v in range(1, m.used[SIZE_V]) if m.vma_mm[v] == m.task_mm[task] != 0]
        if not vmas:
            return 0x7000_0000_0000
        self.vma = vma = random.choice(vmas)
        start, end = m.vma_start[vma], m.vma_end[vma]
        haddr = -(-start // HPAGE_PMD_SIZE) * HPAGE_PMD_SIZE
        if haddr + HPAGE_PMD_SIZE <= end and random.random() < 0.7:
            return haddr
        if random.random() < 0.5:
            return start
        addr = start + 4096 * random.randrange((end - start) // 4096)
        return addr + random.choice((0, 0, 0, 0, 0, 0, 0, 0, 8, -4096, end - start))

    def npages(self) -> int:
        """The whole mapping, or a few pages; seldom none, less than none, or too many."""
        random, m = self.random, self.m
        nr = (m.vma_end[self.vma] - m.vma_start[self.vma]) // 4096 if self.vma else 0
        if nr >= HPAGE_PMD_NR and random.random() < 0.6:
            return HPAGE_PMD_NR
        if nr and random.random() < 0.5:
            return nr
        return random.choice(
            (1, 1, 1, 1, 2, 2, 3, 4, 8, 0, -1, 700) if random.random() < 0.5 else (1,)
        )

    def file(self) -> int:
        """A file, or 0."""
        m = self.m
        files = [file for file in range(1, m.used[SIZE_F]) if m.file_nr_pages[file]]
        return self.random.choice(files) if files else 0

    def range(self) -> int:
        """A memory range."""
        return self.random.randrange(1, self.m.used[SIZE_R])

    def pfn(self) -> int:
        """A pfn in or beside the memory ranges."""
        return self.m.range_start_pfn[self.range()] + self.random.choice((0, 1, 2, 3, -1, 1 << 40))

    def foll(self) -> int:
        """FOLL_* bits that callers use, or any."""
        if self.random.random() < 0.7:
            return self.random.choice(COMMON_FOLL)
        return some(self.random, FOLL)

    def held(self) -> int:
        """A handle that holds something."""
        m = self.m
        rows = [row for row in range(1, m.used[SIZE_H]) if m.held_page[row]]
        return m.held_owner[self.random.choice(rows)] if rows else 1

    def held_page(self) -> tuple[int, int]:
        """A handle that holds something, and the address it was had from."""
        m = self.m
        rows = [row for row in range(1, m.used[SIZE_H]) if m.held_page[row]]
        row = self.random.choice(rows) if rows else 0
        return m.held_owner[row], m.held_addr[row]


Words = list[int]  # task, then six arguments


def _on_range(chooser: Chooser, *rest: int) -> Words:
    task = chooser.task()
    return [task, chooser.addr_of(task), chooser.npages(), *rest]


def _of_range(chooser: Chooser, *rest: int) -> Words:
    """Like `_on_range`, where the step's first argument names whose memory it is."""
    of = chooser.task()
    return [chooser.task(), of, chooser.addr_of(of), chooser.npages(), *rest]


def _mmap(chooser: Chooser) -> Words:
    random = chooser.random
    file = chooser.file() if random.random() < 0.4 else 0
    shared = 1 if random.random() < 0.35 else 2
    if file and chooser.m.file_ops[file] == c.OPS_DEVDAX and random.random() < 0.9:
        shared = 1
    flags = shared | some(random, [0x2000, 0x4000, 0x8000]) * (random.random() < 0.3)
    npages = random.choice((1, 1, 2, 3, 4, 4, 20))
    pgoff = 0
    if file:
        pgoff = random.choice((0, 0, 0, 1))
        npages = max(
            1, min(npages, chooser.m.file_nr_pages[file] - pgoff + (random.random() < 0.1))
        )
        npages = min(npages, max(1, chooser.m.file_nr_pages[file] - pgoff))
        pgoff = min(pgoff, chooser.m.file_nr_pages[file] - npages)
    prot = random.choice((3, 3, 3, 3, 3, 1, 2, 0, 7, 5))
    return [chooser.task(), npages, prot, flags, file, pgoff]


def _file_range(chooser: Chooser, *rest: int) -> Words:
    file = chooser.file()
    nr = chooser.m.file_nr_pages[file]
    if not nr:
        return []
    index = chooser.random.randrange(nr)
    return [chooser.task(), file, index, 1 + chooser.random.randrange(nr - index), *rest]


def _create(chooser: Chooser, ops: int = 0) -> Words:
    random, m = chooser.random, chooser.m
    ops = ops or random.choice(FILES)
    wanted = {c.OPS_FSDAX: c.RANGE_FSDAX, c.OPS_DEVDAX: c.RANGE_GENERIC}.get(ops)
    if wanted is None:
        return [chooser.task(), ops, random.choice((1, 2, 4, 18)), 0]
    ranges = [r for r in range(1, m.used[SIZE_R]) if m.range_type[r] == wanted]
    return [chooser.task(), ops, random.choice((1, 2, 4)), random.choice(ranges)] if ranges else []


def _move(chooser: Chooser) -> Words:
    random = chooser.random
    words = _of_range(chooser)
    node = random.choice((-1, 0, 1, 1, 1, -2, -2, 5))
    flags = random.choice((0, 2, 2, 4, 4, 6, 8) if random.random() < 0.5 else (2, 4))
    packed = sum(random.randrange(3) % 2 << 6 * i for i in range(10))
    return [*words, node, flags, packed]


def _ksm_set(chooser: Chooser) -> Words:
    return [0, chooser.random.choice(KSM_SETTINGS), chooser.random.choice((0, 1, 1, 2, 2, 3, -1))]


def _policy(x: Chooser) -> tuple[int, int]:
    """A mode and nodes; seldom flags, a mode too many, no nodes, or one that is not there."""
    mode = x.random.choice((0, 1, 2, 2, 3, 4, 5, 6))
    flags = x.random.choice((0, 0, 0, 1 << 14, 1 << 15, 3 << 14))
    return mode | flags, x.random.choice((1, 2, 2, 3, 3, 0, 4, 36))


def _madvise(x: Chooser) -> Words:
    """Any advice, on a range that a huge page may map one that has to do with them."""
    task, addr, nr = _on_range(x)
    return [task, addr, nr, x.random.choice(HUGE_ADVICE if nr >= HPAGE_PMD_NR else ADVICE)]


def _content(chooser: Chooser) -> int:
    return chooser.random.choice((0, 1, 1, 2))


def _select(chooser: Chooser) -> int:
    return chooser.random.choice((1, 1, 2, 4, 6, 7, 0))


ARGUMENTS: Final[dict[int, Callable[[Chooser], Words]]] = {
    memory.OP_SPAWN: lambda x: [0],
    memory.OP_CLONE_THREAD: lambda x: [x.task()],
    memory.OP_FORK: lambda x: [x.task()],
    memory.OP_EXIT: lambda x: [x.task()],
    memory.OP_MMAP: _mmap,
    memory.OP_MUNMAP: _on_range,
    memory.OP_READ: _on_range,
    memory.OP_WRITE: lambda x: _on_range(x, _content(x)),
    memory.OP_CREATE_FILE: _create,
    memory.OP_GUP: lambda x: _on_range(x, x.foll(), 1 + x.random.randrange(3)),
    memory.OP_GUP_FAST: lambda x: _on_range(x, x.foll(), 1 + x.random.randrange(3)),
    memory.OP_PUT: lambda x: [0, x.held()],
    memory.OP_FOLLOW_PAGE: lambda x: [*_on_range(x)[:2], x.foll()],
    memory.OP_DRAIN: lambda x: [0],
    memory.OP_FAIL_ALLOC: lambda x: [0, x.random.choice((1, 1, 2, 3))],
    memory.OP_READ_HELD: lambda x: [0, *x.held_page(), x.random.choice((1, 2, 3000))],
    memory.OP_WRITE_HELD: lambda x: [
        0,
        *x.held_page(),
        x.random.choice((1, 2)),
        7,
        x.random.choice((0, 0, 1)),
    ],
    memory.OP_PREAD: _file_range,
    memory.OP_PWRITE: lambda x: _file_range(x, _content(x)),
    memory.OP_FSYNC: _file_range,
    memory.OP_MINCORE: _on_range,
    memory.OP_VSYSCALL: lambda x: [x.task()],
    memory.OP_CGROUP_ATTACH: lambda x: [x.task(), x.random.randrange(5)],
    memory.OP_MOVE_CHARGE: lambda x: [0, x.random.randrange(5), x.random.randrange(5)],
    memory.OP_MEMORY_STAT: lambda x: [0, x.random.randrange(5)],
    memory.OP_MEMORY_CURRENT: lambda x: [0, x.random.randrange(5)],
    memory.OP_MEMORY_RECLAIM: lambda x: [0, x.random.randrange(5), x.random.choice((0, 2, 4096))],
    lru.OP_MADVISE: _madvise,
    lru.OP_PROCESS_MADVISE: lambda x: _of_range(
        x, x.random.choice((20, 21, 3, 25, 4)), x.random.choice((0, 0, 0, 1))
    ),
    lru.OP_MLOCK: _on_range,
    lru.OP_MLOCK2: lambda x: _on_range(x, x.random.choice((0, 1, 1, 2))),
    lru.OP_MUNLOCK: _on_range,
    lru.OP_MLOCKALL: lambda x: [x.task(), x.random.randrange(9)],
    lru.OP_MUNLOCKALL: lambda x: [x.task()],
    lru.OP_DRAIN_CPU: lambda x: [0, x.random.randrange(2)],
    lru.OP_KSWAPD: lambda x: [0],
    lru.OP_KHUGEPAGED: lambda x: [0, x.random.choice((1, 1, 2, 3))],
    migrate.OP_MPROTECT: lambda x: _on_range(x, x.random.choice((0, 1, 2, 3, 3, 7, 5, 16))),
    migrate.OP_MOVE_PAGES: _move,
    migrate.OP_MBIND: lambda x: _on_range(
        x, *_policy(x), x.random.choice((0, 1, 2, 3, 3, 5, 6, 9))
    ),
    migrate.OP_NUMA_SCAN: lambda x: [0, x.task(), 0, 0],
    migrate.OP_HMM_MIGRATE: lambda x: _of_range(x, x.range()),
    migrate.OP_HMM_MIGRATE_TO_SYS: lambda x: _of_range(x, x.range()),
    migrate.OP_HMM_SETUP: lambda x: _of_range(x, x.range(), _select(x)),
    migrate.OP_HMM_PAGES: lambda x: [0],
    migrate.OP_HMM_FINALIZE: lambda x: [0],
    migrate.OP_HMM_RELEASE: lambda x: [0, x.range()],
    migrate.OP_HMM_EXCLUSIVE: _of_range,
    migrate.OP_HMM_FAULT: lambda x: _of_range(x, x.range(), x.random.randrange(2)),
    migrate.OP_HMM_LOAD: lambda x: [*_of_range(x)[:3], x.random.choice((1, 2, 3000))],
    migrate.OP_HMM_STORE: lambda x: _of_range(x, _content(x)),
    migrate.OP_HMM_SNAPSHOT: lambda x: _of_range(x, x.range()),
    migrate.OP_MIGRATE_PAGES: lambda x: [
        x.task(),
        x.task(),
        x.random.choice((1, 2, 3, 5)),
        x.random.choice((1, 2, 2, 3, 4, 6)),
    ],
    migrate.OP_SET_MEMPOLICY: lambda x: [x.task(), *_policy(x)],
    migrate.OP_GET_MEMPOLICY: lambda x: [
        *_on_range(x)[:2],
        x.random.choice((0, 1, 2, 2, 3, 3, 4, 6)),
    ],
    migrate.OP_HMM_CHECK_EXCLUSIVE: _of_range,
    ksm.OP_KSMD: lambda x: [0, *x.random.choice(((0, 1), (0, 2), (0, 3), (1, 0), (5, 0)))],
    ksm.OP_KSM_SET: _ksm_set,
    ksm.OP_KSM_READ: lambda x: [0],
    ksm.OP_KSM_READ_MM: lambda x: [x.task()],
    proc.OP_SMAPS: lambda x: _of_range(x)[:3],
    proc.OP_SMAPS_ROLLUP: lambda x: [0, x.task()],
    proc.OP_PAGEMAP: _of_range,
    proc.OP_NUMA_MAPS: lambda x: _of_range(x)[:3],
    proc.OP_CLEAR_REFS: lambda x: [0, x.task(), x.random.randrange(7)],
    proc.OP_STATUS: lambda x: [0, x.task()],
    proc.OP_SPLIT_HUGE_PAGES: _of_range,
    proc.OP_SPLIT_HUGE_PAGES_IN_FILE: _file_range,
    proc.OP_SPLIT_HUGE_PAGES_ALL: lambda x: [0, x.random.choice((1, 1, 2))],
    proc.OP_DROP_CACHES: lambda x: [0, x.random.randrange(6)],
    proc.OP_PAGES: _of_range,
    proc.OP_KPAGEFLAGS: lambda x: [0, x.pfn(), x.random.choice((1, 3, 0, -1))],
    proc.OP_KPAGECOUNT: lambda x: [0, x.pfn(), x.random.choice((1, 3, 0, -1))],
    proc.OP_KPAGEFLAGS_AT: _of_range,
    proc.OP_KPAGECOUNT_AT: _of_range,
    proc.OP_MEMINFO: lambda x: [0],
    proc.OP_NODE_MEMINFO: lambda x: [0, x.random.choice((0, 1, 5, -1))],
    proc.OP_VMSTAT: lambda x: [0],
    proc.OP_OBSERVE: lambda x: [0, x.task()],
}
ALWAYS: Final = (
    memory.OP_MMAP, memory.OP_MMAP, memory.OP_WRITE, memory.OP_WRITE, memory.OP_READ,
    memory.OP_FORK,
)  # fmt: skip
KSM_THEME: Final = (
    lru.OP_MADVISE, memory.OP_WRITE, memory.OP_WRITE, ksm.OP_KSMD, ksm.OP_KSMD, ksm.OP_KSM_SET,
    migrate.OP_MOVE_PAGES, memory.OP_MUNMAP, migrate.OP_HMM_MIGRATE,
)  # fmt: skip


def theme(random: Random) -> list[int]:
    """The operations of one sequence: what it always needs and a few others, often KSM's."""
    picked = random.sample(sorted(ARGUMENTS), random.choice((3, 5, 8, 20)))
    return [
        *ALWAYS,
        *picked * 2,
    ]


def machine(random: Random, k: Rules, kernel: str, pool: bool = False) -> Machine:
    """A small machine; sometimes one that runs out of memory, of swap, or of capabilities."""
    tight = random.random() < 0.3
    pages = random.choice((6, 12)) if tight else 1 << 16
    ranges = [
        RangeSpec(f"node{i}", pages, i, rows=min(pages, 8), movable=random.random() < 0.1)
        for i in range(random.choice((1, 2, 2)))
    ]
    device_pages = random.choice((3, 8, 1 << 16))
    ranges += [RangeSpec(name, device_pages, 0, rows=min(device_pages, 8)) for name in DEVICES]
    settings = (
        (c.SET_CAPABLE, random.choice((1, 1, 0))),
        (c.SET_RLIMIT_MEMLOCK, random.choice((-1, -1, 0, 4 * 4096))),
        (c.SET_NUMA_BALANCING, random.choice((0, 1))),
        (c.SET_KSM_RUN, random.choice((0, 1, 1, 1))),
        (c.SET_KSM_MERGE_ACROSS_NODES, random.choice((0, 1, 1))),
        (c.SET_KSM_USE_ZERO_PAGES, random.choice((0, 1))),
        (c.SET_KSM_MAX_PAGE_SHARING, random.choice((2, 3, 256))),
        (c.SET_SWAP_ASYNC, random.choice((0, 0, 1))),
        (c.SET_THP, random.randrange(3)),
        (c.SET_SHMEM_ENABLED, random.randrange(6)),
        (c.SET_MEMCG, random.choice((NO_MEMCG, NO_MEMCG, ROOT_MEMCG))),
        (c.SET_MEMCG_TREE, random.choice((0, 0x1100, 0x21100, 0x32100))),  # v1, or groups of v2
        (c.SET_VSYSCALL, random.randrange(3)),
        (c.SET_HUGETLB_PAGES, random.choice((1, 2, 3)) if pool else 0),
        *KHUGEPAGED_DEFAULTS,
    )
    swap = random.choice((0, 2, 64, 64))
    spec = MachineSpec(tuple(ranges), 2, swap, settings)
    return Machine(kernel, spec, rules=k)


def damage(random: Random, m: State, k: Rules) -> None:
    """Something that no step leaves behind: in a page, an entry, a mapping, a table, a rule."""
    kinds = (_damage_page, _damage_page, _damage_entry, _damage_mapping, _damage_table)
    random.choice(kinds)(random, m)
    if random.random() < 0.5:
        damage_rules(random, k)


def _damage_page(random: Random, m: State) -> None:
    used = [page for page in range(1, m.used[SIZE_P]) if m.page_flags[page] & c.PG_ALLOCATED]
    page = random.choice(used or [1])
    which = random.randrange(6)
    if which < 3:
        m.page_flags[page] ^= random.choice((*PG_BITS, c.PG_LOCKED, c.PG_WRITEBACK))
    elif which == 3:
        m.page_refcount[page] += random.choice((1, 1, -1, 1024))
    elif which == 4:
        m.page_mapcount[page] = max(0, m.page_mapcount[page] + random.choice((1, -1)))
    else:
        m.page_tag[page] = random.choice((0, 1, 9))


def _damage_entry(random: Random, m: State) -> None:
    live = [vma for vma in range(1, m.used[SIZE_V]) if m.vma_mm[vma]]
    if not live:
        return
    vma = random.choice(live)
    nr = (m.vma_end[vma] - m.vma_start[vma]) >> 12
    addr = m.vma_start[vma] + 4096 * random.randrange(max(1, min(nr, 4)))
    slot = pte_offset_map(m, walk_to_pmd(m, vma, addr), addr)
    if m.pte[slot] and random.random() < 0.6:
        m.pte[slot] ^= random.choice(PTE_DAMAGE)
    else:
        m.pte[slot] = pte_of_any_kind(random, m)


def pte_of_any_kind(random: Random, m: State) -> int:
    """A word that is not present: every type of special entry, of a page that there is."""
    page = random.randrange(1, m.used[SIZE_P])
    return pgtable.swp_pte(random.randrange(20, 32), page_to_pfn(m, page))


def _damage_mapping(random: Random, m: State) -> None:
    vma = random.randrange(m.used[SIZE_V])
    if vma and m.vma_mm[vma]:
        if random.random() < 0.7:
            m.vma_flags[vma] ^= random.choice((*VM_BITS, c.VM_UFFD_WP, c.VM_UFFD_WP))
        elif random.random() < 0.3:
            m.vma_pgoff[vma] += 1
        else:
            m.mm_flags[m.vma_mm[vma]] ^= c.MMF_HAS_PINNED


def _damage_table(random: Random, m: State) -> None:
    which = random.randrange(9)
    if which == 7:
        cpu = random.randrange(m.size[SIZE_U])
        m.pvec_nr[cpu * c.NR_PVECS + random.randrange(c.NR_PVECS)] = c.PVEC_SIZE - 1
    elif which == 8:
        for i in range(4):
            m.out[i] = random.choice((0, random.randrange(1, m.used[SIZE_P])))
    elif which == 0:
        m.setting[c.SET_FAIL_ALLOC] = random.choice((1, 2))
    elif which == 1:
        r = random.randrange(1, m.used[SIZE_R])
        m.range_node[r] = random.choice((0, 1, 40, 70))
    elif which == 2:
        m.range_zone[random.randrange(1, m.used[SIZE_R])] = c.ZONE_MOVABLE
    elif which == 3:
        node = random.randrange(m.used[SIZE_Q])
        m.stable_misplaced[node] = 1 if node and m.stable_page[node] else 0
    elif which == 4:
        item = random.randrange(m.used[SIZE_K])
        m.item_checksum[item] = 0
    elif which == 5:
        m.setting[c.SET_KSM_MERGE_ACROSS_NODES] ^= 1
    else:
        m.setting[c.SET_KSM_USE_ZERO_PAGES] ^= 1


# --- how a sequence may begin ---
Prelude = Callable[[Random, Machine, int], None]


def _equal_pages(random: Random, box: Machine, task: int) -> None:
    """Two mappings of equal pages that ksmd has merged or is about to."""
    content = random.choice((0, 1, 1, 1))
    for _ in range(random.choice((2, 2, 3))):
        addr = box.call(memory.OP_MMAP, task, 3, RW, MAP_PRIVATE)
        for i in range(3):
            box.call(memory.OP_WRITE, task, addr + 4096 * i, 1, content * (i + 1))
        box.call(lru.OP_MADVISE, task, addr, 3, MADV_MERGEABLE)
        if random.random() < 0.3:
            task = box.call(memory.OP_SPAWN)
    if random.random() < 0.3:
        box.call(memory.OP_FORK, task)
    if random.random() < 0.3:
        box.call(migrate.OP_HMM_MIGRATE, task, task, addr, 3, random.randrange(3, 5))
    box.call(ksm.OP_KSMD, 0, 0, random.choice((1, 2, 3)))


def _on_device(random: Random, box: Machine, task: int) -> None:
    """Pages of a device, some shared with a child."""
    addr = box.call(memory.OP_MMAP, task, 3, RW, MAP_PRIVATE)
    box.call(memory.OP_WRITE, task, addr, random.choice((1, 3)), 1)
    first = next(r for r in range(1, 9) if box.block.m.range_type[r] != c.RANGE_RAM)
    box.call(migrate.OP_HMM_MIGRATE, task, task, addr, 3, first + random.randrange(2))
    if random.random() < 0.4:
        box.call(memory.OP_FORK, task)


def _in_swap(random: Random, box: Machine, task: int) -> None:
    """Anonymous or shmem pages that were paged out, one of them read again."""
    file = box.call(memory.OP_CREATE_FILE, 0, c.OPS_SHMEM, 4) if random.random() < 0.4 else 0
    flags = random.choice((1, 2)) if file else 2
    nr = 4 if file else random.choice((4, 4, 20))
    addr = box.call(memory.OP_MMAP, task, nr, 3, flags, file)
    box.call(memory.OP_WRITE, task, addr, nr, 1)
    if random.random() < 0.4:
        box.call(memory.OP_FORK, task)
    box.call(memory.OP_DRAIN)
    box.call(lru.OP_MADVISE, task, addr, nr, MADV_PAGEOUT)
    if file:
        box.call(memory.OP_MMAP, task, 4, RW, MAP_PRIVATE, file)
    if random.random() < 0.5:
        box.call(memory.OP_READ, task, addr, 1)


def _large(random: Random, box: Machine, task: int) -> None:
    """A mapping that has room for a huge page, of a file or of none."""
    file = box.call(memory.OP_CREATE_FILE, 0, c.OPS_FILE, 20) if random.random() < 0.3 else 0
    addr = box.call(memory.OP_MMAP, task, 1030, RW, MAP_PRIVATE, file)
    box.call(memory.OP_WRITE, task, addr, random.choice((1, 20)), 1)


def _huge(random: Random, box: Machine, task: int) -> None:
    """Room for two huge pages, of which there is one, or a table of small pages to make it of."""
    shared = random.random() < 0.4
    file = box.call(memory.OP_CREATE_FILE, 0, c.OPS_SHMEM, 1024) if shared else 0
    box.block.m.mm_next_addr[box.block.m.task_mm[task]] &= -HPAGE_PMD_SIZE
    flags = random.choice((MAP_SHARED, MAP_PRIVATE)) if shared else MAP_PRIVATE
    addr = box.call(memory.OP_MMAP, task, 1024, RW, flags, file)
    if random.random() < 0.7:
        box.call(lru.OP_MADVISE, task, addr, 1024, MADV_HUGEPAGE)
    op = random.choice((memory.OP_WRITE, memory.OP_WRITE, memory.OP_READ))
    nr = random.choice((1, 1, 3, HPAGE_PMD_NR))
    box.call(op, task, addr, nr, *((1,) if op == memory.OP_WRITE else ()))
    if random.random() < 0.3:
        box.call(memory.OP_FORK, task)
    box.call(memory.OP_DRAIN)


def _hugetlb(random: Random, box: Machine, task: int) -> None:
    """Pages of hugetlb, some shared with a child; the pool may be smaller than the mapping."""
    flags = MAP_HUGETLB | random.choice((MAP_SHARED, MAP_PRIVATE, MAP_PRIVATE | MAP_NORESERVE))
    addr = box.call(memory.OP_MMAP, task, random.choice((512, 1024)), RW, flags)
    if addr > 0:
        box.call(memory.OP_WRITE, task, addr, 1, 1)
        if random.random() < 0.6:
            box.call(memory.OP_FORK, task)


def _in_files(random: Random, box: Machine, task: int) -> None:
    """A mapping of every kind of file."""
    for ops in random.sample(FILES, 3):
        words = _create(Chooser(random, box.block.m), ops)
        file = box.call(memory.OP_CREATE_FILE, *words)
        if file > 0:
            flags = 1 if ops == c.OPS_DEVDAX else random.choice((1, 2))
            addr = box.call(memory.OP_MMAP, task, words[2], 3, flags, file)
            box.call(random.choice((memory.OP_READ, memory.OP_WRITE)), task, addr, words[2], 1)


PRELUDES: Final[tuple[Prelude | None, ...]] = (
    None, _equal_pages, _equal_pages, _on_device, _on_device, _in_swap, _in_swap, _in_files,
    _in_files, None, _equal_pages, _on_device, _in_swap, _in_files, _large, _huge, _huge, _huge,
    _hugetlb,
)  # fmt: skip
COSTLY: Final = (_large, _huge, _hugetlb)  # a step may cost what 512 pages cost
HUGE_THEME: Final = (
    lru.OP_MADVISE, lru.OP_KHUGEPAGED, proc.OP_SPLIT_HUGE_PAGES, migrate.OP_MPROTECT,
    migrate.OP_MOVE_PAGES, migrate.OP_MBIND, migrate.OP_HMM_MIGRATE, memory.OP_GUP,
    memory.OP_GUP_FAST, proc.OP_CLEAR_REFS, migrate.OP_NUMA_SCAN, memory.OP_MUNMAP, memory.OP_FORK,
    lru.OP_MLOCK, memory.OP_DRAIN, memory.OP_PUT, proc.OP_SMAPS, proc.OP_NUMA_MAPS,
)  # fmt: skip


Look = Callable[[Random, Machine], None]


def sequence(seed: str, look: Look | None = None, length: int = LENGTH) -> tuple[int, int]:
    """One sequence: steps that were made, and those that were not modelled or contradicted.

    `look` is called now and then with the machine, and leaves it as it was.
    """
    random = Random(seed)
    kernel, rival = random.choice(PAIRS)
    k = compile_rules(load(kernel), load(rival))
    made = refused = 0
    prelude = random.choice(PRELUDES)
    box = machine(random, k, kernel, pool=prelude is _hugetlb)
    damaged = random.random() < 0.5
    first = box.call(memory.OP_SPAWN, cpu=0)
    ops = theme(random)
    if prelude is not None:
        with suppress(NotModelled, ModelBug):
            prelude(random, box, first)
    if prelude is _equal_pages:
        ops += KSM_THEME
    if prelude in (_huge, _hugetlb):
        ops += HUGE_THEME
    for number in range(21 if prelude in COSTLY else length):
        if damaged and random.random() < 0.15:
            damage(random, box.block.m, k)
        if look is not None and number % 20 == 19:
            look(random, box)
        op = random.choice(ops)
        words = ARGUMENTS[op](Chooser(random, box.block.m))
        if op == memory.OP_MMAP and number > 20 and random.random() < 0.8:
            continue
        if not words or len(box.block.m.pte) > MAX_MEMORY_ROWS:  # type: ignore[arg-type]
            continue
        try:
            box.call(op, *words, cpu=random.randrange(2))
            made += 1
        except (NotModelled, ModelBug):
            refused += 1
    return made, refused
