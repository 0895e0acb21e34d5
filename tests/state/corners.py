# SPDX-License-Identifier: GPL-2.0-or-later
"""Short runs into corners of the core that random sequences seldom find."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from linuxmm.arch.x86.pgtable import PAGE_ACCESSED, swp_pte
from linuxmm.errors import NotModelled
from linuxmm.machine import Machine, simple_spec
from linuxmm.mm.filemap import IO_END_PFN, IO_FIRST_PFN
from linuxmm.mm.pgtable import pte_offset_map, walk_to_pmd
from linuxmm.state import constants as c
from linuxmm.state.behaviours import B_KEEPS_SWAP_SOFT_DIRTY_ON_DEVICE_FORK
from linuxmm.state.flags import FOLL_COW, FOLL_FORCE, FOLL_LONGTERM, FOLL_PIN, FOLL_WRITE
from linuxmm.state.layout import SIZE_P, SIZE_Q, SIZE_R
from linuxmm.state.rules import SWT_HWPOISON
from linuxmm.state.vocabulary import PREDICATE_LONGTERM_PINNABLE
from linuxmm.steps import ksm, lru, memory, migrate, proc
from linuxmm.uapi import (
    MADV_COLLAPSE,
    MADV_MERGEABLE,
    MADV_PAGEOUT,
    MADV_WILLNEED,
    MAP_PRIVATE,
    MAP_SHARED,
    PROT_READ,
    PROT_WRITE,
)

RW: Final = PROT_READ | PROT_WRITE
FORCE_WRITE_PIN: Final = FOLL_FORCE | FOLL_WRITE | FOLL_PIN
LONGTERM_WRITE_PIN: Final = FOLL_LONGTERM | FOLL_WRITE | FOLL_PIN


def _box(kernel: str) -> tuple[Machine, int]:
    box = Machine(kernel, simple_spec(coherent=1, private=1, swap_slots=64))
    return box, box.call(memory.OP_SPAWN, cpu=0)


def _written(box: Machine, task: int, npages: int, flags: int = MAP_PRIVATE, file: int = 0) -> int:
    addr = box.call(memory.OP_MMAP, task, npages, RW, flags, file)
    box.call(memory.OP_WRITE, task, addr, npages, 1)
    return addr


def forced_write_of_clean_page(kernel: str) -> None:
    """FOLL_FORCE on a read-only mapping whose soft-dirty bits were cleared."""
    box, task = _box(kernel)
    addr = _written(box, task, 1)
    box.call(migrate.OP_MPROTECT, task, addr, 1, 1)
    box.call(proc.OP_CLEAR_REFS, 0, task, 4)
    box.call(memory.OP_GUP, task, addr, 1, FORCE_WRITE_PIN, 1)


def poisoned_page(kernel: str) -> None:
    """get_user_pages meets a hwpoison entry."""
    box, task = _box(kernel)
    addr = _written(box, task, 1)
    m = box.block.m
    vma = next(v for v in range(1, 5) if m.vma_start[v] == addr)
    slot = pte_offset_map(m, walk_to_pmd(m, vma, addr), addr)
    m.pte[slot] = swp_pte(box.k.swap_type[SWT_HWPOISON], 1)
    for flags in (1, 0x101):
        box.call(memory.OP_GUP, task, addr, 1, flags, 1)


def shmem_out_in_swap(kernel: str) -> None:
    """MADV_WILLNEED, smaps of a private mapping and a fault, each of shmem pages in swap."""
    for fails in (0, 4):
        box, task = _box(kernel)
        file = box.call(memory.OP_CREATE_FILE, 0, c.OPS_SHMEM, 4)
        addr = _written(box, task, 4, 1, file)
        box.call(memory.OP_DRAIN)
        for _ in range(2):
            box.call(lru.OP_MADVISE, task, addr, 4, MADV_PAGEOUT)
        private = box.call(memory.OP_MMAP, task, 4, RW, MAP_PRIVATE, file)
        box.call(proc.OP_SMAPS, 0, task, private)
        box.call(memory.OP_FAIL_ALLOC, 0, fails)
        box.call(lru.OP_MADVISE, task, addr, 4, MADV_WILLNEED)
        box.call(memory.OP_READ, task, addr, 4)


def pages_without_struct_page(kernel: str) -> None:
    """A device asks for exclusive use of raw pfns; a long-term pin of pages and such."""
    box, task = _box(kernel)
    file = box.call(memory.OP_CREATE_FILE, 0, c.OPS_MIXEDMAP_PFN, 2)
    addr = box.call(memory.OP_MMAP, task, 2, RW, MAP_SHARED, file)
    box.call(memory.OP_WRITE, task, addr, 2, 1)
    box.call(migrate.OP_HMM_EXCLUSIVE, task, task, addr, 2)
    box.call(memory.OP_GUP, task, addr, 2, 0x50001, 1)


def many_locked_pages(kernel: str) -> None:
    """More new pages of a locked mapping than one batch holds, with a batch left full."""
    box, task = _box(kernel)
    box.call(lru.OP_MLOCKALL, task, 2)
    for nr in (15, 16, 1):
        addr = box.call(memory.OP_MMAP, task, nr, RW, MAP_PRIVATE)
        box.call(memory.OP_WRITE, task, addr, nr, 1)


def private_page_shared_by_fork(kernel: str) -> None:
    """A child gets a writable device-private entry, whatever becomes of its soft-dirty bit."""
    for keeps in (0, 1):
        box, task = _box(kernel)
        addr = _written(box, task, 1)
        private = next(r for r in range(1, 9) if box.block.m.range_type[r] == c.RANGE_PRIVATE)
        box.call(migrate.OP_HMM_MIGRATE, task, task, addr, 1, private)
        box.k.behaviour[B_KEEPS_SWAP_SOFT_DIRTY_ON_DEVICE_FORK] = keeps
        box.call(memory.OP_FORK, task)


def locked_page_under_mlock(kernel: str) -> None:
    """follow_page with FOLL_MLOCK does not wait for a page that somebody has locked."""
    box, task = _box(kernel)
    addr = _written(box, task, 1)
    box.call(lru.OP_MLOCK, task, addr, 1)
    for page in range(2, box.block.m.used[SIZE_P]):
        box.block.m.page_flags[page] |= c.PG_LOCKED
    box.call(memory.OP_FOLLOW_PAGE, task, addr, 0x1000)


def fault_around_read_ahead(kernel: str) -> None:
    """Pages of a file that wait for readahead are not mapped around a fault."""
    box, task = _box(kernel)
    file = box.call(memory.OP_CREATE_FILE, 0, c.OPS_FILE, 8)
    box.call(memory.OP_PREAD, 0, file, 0, 8)
    for page in range(2, box.block.m.used[SIZE_P]):
        box.block.m.page_flags[page] |= c.PG_RECLAIM
    addr = box.call(memory.OP_MMAP, task, 8, RW, MAP_SHARED, file)
    box.call(memory.OP_READ, task, addr + 4096, 1)


def swapped_pages_shared(kernel: str) -> None:
    """A child unmaps pages in swap that its parent has read in again."""
    box, task = _box(kernel)
    addr = _written(box, task, 4)
    child = box.call(memory.OP_FORK, task)
    box.call(memory.OP_DRAIN)
    for who in (task, child):
        m = box.block.m
        for slot in range(1, 9):
            m.pte[slot] &= ~PAGE_ACCESSED
        box.call(lru.OP_MADVISE, who, addr, 4, MADV_PAGEOUT)
    box.call(memory.OP_READ, task, addr, 2)
    box.call(memory.OP_MUNMAP, child, addr, 4)


def pages_in_swap_read_by_both(kernel: str) -> None:
    """An entry of swap goes while the page in the swap cache is mapped by another."""
    box, task = _box(kernel)
    addr = _written(box, task, 1)
    box.call(memory.OP_DRAIN)
    box.call(lru.OP_MADVISE, task, addr, 1, MADV_PAGEOUT)
    child = box.call(memory.OP_FORK, task)
    box.call(memory.OP_READ, task, addr, 1)
    box.call(memory.OP_MUNMAP, child, addr, 1)
    box.call(memory.OP_WRITE, task, addr, 1, 3)


def huge_file_mapping(kernel: str) -> None:
    """MADV_COLLAPSE of mappings that have room for it, of a file and of none."""
    for ops in (0, c.OPS_FILE, c.OPS_SHMEM, c.OPS_MIXEDMAP_PFN):
        box, task = _box(kernel)
        file = box.call(memory.OP_CREATE_FILE, 0, ops, 1100) if ops else 0
        box.block.m.mm_next_addr[1] &= -1 << 21
        addr = box.call(memory.OP_MMAP, task, 1030, RW, MAP_SHARED if ops else MAP_PRIVATE, file)
        with suppress(NotModelled):
            box.call(lru.OP_MADVISE, task, addr, 1030, MADV_COLLAPSE)


def registered_mapping_is_forked(kernel: str) -> None:
    """fork of a mapping with VM_UFFD_WP."""
    box, task = _box(kernel)
    addr = _written(box, task, 1)
    m = box.block.m
    vma = next(v for v in range(1, 5) if m.vma_start[v] == addr)
    m.vma_flags[vma] |= c.VM_UFFD_WP
    box.call(memory.OP_FORK, task)


def locked_page_for_exclusive_use(kernel: str) -> None:
    """make_device_exclusive_range passes a page by that it cannot lock."""
    box, task = _box(kernel)
    addr = _written(box, task, 1)
    for page in range(2, box.block.m.used[SIZE_P]):
        box.block.m.page_flags[page] |= c.PG_LOCKED
    box.call(migrate.OP_HMM_EXCLUSIVE, task, task, addr, 1)


def sequential_read_then_reclaim(kernel: str) -> None:
    """References of a mapping that is read in sequence do not count."""
    for advice in (0, 2):
        box, task = _box(kernel)
        file = box.call(memory.OP_CREATE_FILE, 0, c.OPS_FILE, 4)
        addr = box.call(memory.OP_MMAP, task, 4, 1, 1, file)
        box.call(lru.OP_MADVISE, task, addr, 4, advice)
        box.call(memory.OP_READ, task, addr, 4)
        box.call(memory.OP_DRAIN)
        box.call(lru.OP_MADVISE, task, addr, 4, MADV_PAGEOUT)
        other = box.call(memory.OP_MMAP, task, 4, 1, 1, file)
        box.call(lru.OP_MADVISE, task, other, 4, advice)
        box.call(memory.OP_READ, task, other, 4)
        box.call(memory.OP_READ, task, addr, 4)
        box.call(memory.OP_DRAIN)
        box.call(lru.OP_MADVISE, task, addr, 4, MADV_PAGEOUT)


def trees_by_node(kernel: str) -> None:
    """ksmd with a tree per node, over passes that begin with stale nodes and live ones."""
    box, task = _box(kernel)
    box.call(ksm.OP_KSM_SET, 0, c.SET_KSM_MERGE_ACROSS_NODES, 0)
    box.call(ksm.OP_KSM_SET, 0, c.SET_KSM_RUN, 1)
    addrs = [_written(box, task, 2) for _ in range(3)]
    for addr in addrs:
        box.call(lru.OP_MADVISE, task, addr, 2, MADV_MERGEABLE)
    box.call(ksm.OP_KSMD, 0, 0, 3)
    box.call(migrate.OP_MOVE_PAGES, task, task, addrs[0], 2, 1, 4)
    box.call(ksm.OP_KSMD, 0, 0, 2)
    box.call(memory.OP_MUNMAP, task, addrs[0], 2)
    box.call(ksm.OP_KSMD, 0, 0, 2)
    m = box.block.m
    for node in range(1, m.used[SIZE_Q]):
        m.stable_misplaced[node] = 1 if m.stable_page[node] else 0
    box.call(ksm.OP_KSMD, 0, 0, 1)


def device_meets_every_entry(kernel: str) -> None:
    """hmm_range_fault on each kind of entry and area, asked for nothing, to read and to write."""
    box, task = _box(kernel)
    ranges = box.block.m.range_type
    coherent = next(r for r in range(1, 9) if ranges[r] == c.RANGE_COHERENT)
    private = next(r for r in range(1, 9) if ranges[r] == c.RANGE_PRIVATE)
    addr = _written(box, task, 6)
    m = box.block.m
    box.call(migrate.OP_HMM_MIGRATE, 0, task, addr, 1, coherent)
    box.call(migrate.OP_HMM_MIGRATE, 0, task, addr + 4096, 1, private)
    box.call(migrate.OP_MPROTECT, task, addr + 2 * 4096, 1, 1)
    box.call(memory.OP_MUNMAP, task, addr + 3 * 4096, 1)
    file = box.call(memory.OP_CREATE_FILE, 0, c.OPS_MIXEDMAP_PFN, 1)
    raw = box.call(memory.OP_MMAP, task, 1, RW, MAP_SHARED, file)
    box.call(memory.OP_READ, task, raw, 1)
    none = box.call(memory.OP_MMAP, task, 1, 0, 2)
    waits = _written(box, task, 1)
    box.call(migrate.OP_HMM_SETUP, 0, task, waits, 1, coherent, 1)
    poison = box.call(memory.OP_MMAP, task, 1, RW, MAP_PRIVATE)
    at = next(v for v in range(1, 12) if m.vma_start[v] == poison)
    slot = pte_offset_map(m, walk_to_pmd(m, at, poison), poison)
    m.pte[slot] = swp_pte(box.k.swap_type[SWT_HWPOISON], 1)
    places = [addr + i * 4096 for i in range(6)] + [raw, none, waits, poison]
    fresh = box.call(memory.OP_MMAP, task, 4, RW, MAP_PRIVATE)
    box.call(memory.OP_READ, task, fresh, 1)
    places += [fresh, fresh + 4096]
    hinted = _written(box, task, 1)
    box.call(memory.OP_DRAIN)
    m.setting[c.SET_NUMA_BALANCING], m.task_cpu[task] = 1, 1
    box.call(migrate.OP_NUMA_SCAN, 0, task, 0, 0, cpu=1)
    places.append(hinted)
    for device in (private, coherent):
        for place in places:
            box.call(migrate.OP_HMM_SNAPSHOT, 0, task, place, 1, device)
            for write in (0, 1):
                done = box.call(migrate.OP_HMM_FAULT, 0, task, place, 1, device, write)
                with suppress(NotModelled):
                    box.call(migrate.OP_HMM_LOAD, 0, task, place, 1 if done == 0 else 3000)
                with suppress(NotModelled):
                    box.call(migrate.OP_HMM_STORE, 0, task, place, 1, 7)
    box.call(memory.OP_FAIL_ALLOC, 0, 1)
    box.call(migrate.OP_HMM_FAULT, 0, task, fresh + 2 * 4096, 1, coherent, 1)
    for nr in (0, 65):
        with suppress(NotModelled):
            box.call(migrate.OP_HMM_SNAPSHOT, 0, task, addr, nr, coherent)
        box.call(migrate.OP_HMM_FAULT, 0, task, addr, nr, coherent, 0)


def nothing_may_be_pinned(kernel: str) -> None:
    """Rules that refuse a long-term pin of every page, in ordinary memory and ZONE_MOVABLE."""
    for zone in (c.ZONE_NORMAL, c.ZONE_MOVABLE):
        box, task = _box(kernel)
        addr = _written(box, task, 1)
        m, k = box.block.m, box.k
        first = k.predicate_first[PREDICATE_LONGTERM_PINNABLE]
        for row in range(first, first + k.predicate_nr[PREDICATE_LONGTERM_PINNABLE]):
            k.row_result[row] = 0
        for r in range(1, m.used[SIZE_R]):
            if m.range_type[r] == c.RANGE_RAM:
                m.range_zone[r] = zone
        with suppress(NotModelled):
            box.call(memory.OP_GUP, task, addr, 1, LONGTERM_WRITE_PIN, 1)


def forced_write_without_foll_cow(kernel: str) -> None:
    """FOLL_FORCE on a read-only mapping, where nothing says that the copy was made."""
    box, task = _box(kernel)
    addr = _written(box, task, 1)
    box.call(migrate.OP_MPROTECT, task, addr, 1, 1)
    box.k.foll_known[0] &= ~FOLL_COW
    box.call(memory.OP_FORK, task)
    box.call(memory.OP_GUP, task, addr, 1, FORCE_WRITE_PIN, 1)


def more_device_memory_than_a_bar_has(kernel: str) -> None:
    """Raw pfns up to the end of the hole below 4 GiB, and beyond."""
    for npages in (IO_END_PFN - IO_FIRST_PFN, IO_END_PFN - IO_FIRST_PFN + 1):
        box, _ = _box(kernel)
        with suppress(NotModelled):
            box.call(memory.OP_CREATE_FILE, 0, c.OPS_PFNMAP, npages)


CORNERS: Final[tuple[Callable[[str], None], ...]] = (
    forced_write_of_clean_page, poisoned_page, shmem_out_in_swap, pages_without_struct_page,
    many_locked_pages, private_page_shared_by_fork, locked_page_under_mlock,
    fault_around_read_ahead, swapped_pages_shared, pages_in_swap_read_by_both, huge_file_mapping,
    registered_mapping_is_forked, locked_page_for_exclusive_use, sequential_read_then_reclaim,
    trees_by_node, device_meets_every_entry, nothing_may_be_pinned, forced_write_without_foll_cow,
    more_device_memory_than_a_bar_has,
)  # fmt: skip
