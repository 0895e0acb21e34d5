"""A machine with a mergeable area, for the tests of KSM."""

import pytest

from linuxmm.arch.x86.pgtable import pte_pfn
from linuxmm.kernels import Kernel
from linuxmm.machine import Machine, simple_spec
from linuxmm.mm.ksm.sysfs import KSM_FILES, KSM_MM_FILES
from linuxmm.mm.page import (
    is_zone_device_page,
    pfn_to_page,
)
from linuxmm.mm.rmap import vma_pte_slot
from linuxmm.mm.vma import find_vma
from linuxmm.state.constants import (
    RANGE_COHERENT,
    SET_KSM_RUN,
    SET_ZERO_PAGE,
)
from linuxmm.state.layout import (
    KSM_DEVICE,
    SIZE_Q,
    SIZE_R,
    SIZE_V,
    Column,
)
from linuxmm.steps.ksm import OP_KSM_READ, OP_KSM_READ_MM, OP_KSM_SET, OP_KSMD
from linuxmm.steps.lru import OP_MADVISE
from linuxmm.steps.memory import (
    OP_MMAP,
    OP_READ,
    OP_SPAWN,
    OP_WRITE,
)
from linuxmm.steps.migrate import OP_HMM_MIGRATE

PROT_NONE, PROT_RW, MAP_SHARED, MAP_PRIVATE = 0, 3, 1, 2
MADV_MERGEABLE, MADV_UNMERGEABLE = 12, 13
KERNELS = ("v5.17-coherent", "split-v1", "v6.1")
EVERY_KERNEL = pytest.mark.parametrize("kernel", KERNELS)


class Box:
    """A machine with one process and a mergeable area of which each page has its own contents."""

    def __init__(self, kernel: str | Kernel, *tags: int, merge: bool = True) -> None:
        self.machine = Machine(kernel, simple_spec(nodes=2, coherent=1, cpus=2))
        self.device_merges = 0  # device pages that ksmd put into a tree or merged
        self.task = self.call(OP_SPAWN)
        self.start = self.map(*tags, merge=merge) if tags else 0
        self.call(OP_KSM_SET, a=SET_KSM_RUN, b=1)

    def call(self, op: int, task: int = 0, a: int = 0, b: int = 0, c: int = 0) -> int:
        return self.machine.call(op, task, a, b, c)

    def map(self, *tags: int, task: int = 0, merge: bool = True, cpu: int = 0) -> int:
        task = task or self.task
        start = self.machine.call(OP_MMAP, task, len(tags), PROT_RW, MAP_PRIVATE, cpu=cpu)
        for i, tag in enumerate(tags):
            assert self.machine.call(OP_WRITE, task, start + i * 4096, 1, tag, cpu=cpu) == 0
        if merge:
            self.mergeable(start, task)
        return start

    def vma(self, addr: int, task: int = 0) -> int:
        m = self.machine.block.m
        return find_vma(m, m.task_mm[task or self.task], addr)

    def mergeable(self, addr: int, task: int = 0) -> None:
        m, vma = self.machine.block.m, self.vma(addr, task)
        npages = (m.vma_end[vma] - addr) >> 12
        assert self.call(OP_MADVISE, task or self.task, addr, npages, MADV_MERGEABLE) == 0

    def unmerge(self, start: int, npages: int) -> int:
        return self.call(OP_MADVISE, self.task, start, npages, MADV_UNMERGEABLE)

    def ksmd(self, passes: int = 2) -> None:
        for _ in range(passes):
            self.call(OP_KSMD)
            self.device_merges += self.machine.block.m.scratch[KSM_DEVICE]

    def counters(self) -> dict[str, int]:
        n = self.call(OP_KSM_READ)
        return dict(zip(KSM_FILES, self.machine.out(n), strict=True))

    def shares(self) -> tuple[int, int, int, int]:
        c = self.counters()
        names = ("pages_shared", "pages_sharing", "pages_unshared", "pages_volatile")
        return (c[names[0]], c[names[1]], c[names[2]], c[names[3]])

    def mm_counters(self, task: int = 0) -> dict[str, int]:
        n = self.call(OP_KSM_READ_MM, task or self.task)
        return dict(zip(KSM_MM_FILES, self.machine.out(n), strict=True))

    def pte(self, i: int, start: int = 0, task: int = 0) -> int:
        m, addr = self.machine.block.m, (start or self.start) + i * 4096
        return m.pte[vma_pte_slot(m, self.vma(addr, task), addr)]

    def page(self, i: int, start: int = 0, task: int = 0) -> int:
        return pfn_to_page(self.machine.block.m, pte_pfn(self.pte(i, start, task)))

    def read(self, n: int, start: int = 0, task: int = 0) -> list[int]:
        assert self.call(OP_READ, task or self.task, start or self.start, n) == n
        return self.machine.out(n)

    def try_to_device(self, i: int) -> int:
        m = self.machine.block.m
        r = next(r for r in range(m.used[SIZE_R]) if m.range_type[r] == RANGE_COHERENT)
        return self.machine.call(OP_HMM_MIGRATE, 0, self.task, self.start + i * 4096, 1, r)

    def to_device(self, i: int) -> None:
        assert self.try_to_device(i) == 0
        assert is_zone_device_page(self.machine.block.m, self.page(i))

    def events(self) -> list[str]:
        return [event.name for event in self.machine.events()]

    def device_nodes(self) -> int:
        m = self.machine.block.m
        return sum(
            is_zone_device_page(m, m.stable_page[q])
            for q in range(1, m.used[SIZE_Q])
            if m.stable_page[q]
        )


def all_zero(column: Column, rows: int) -> bool:
    return not any(column[i] for i in range(rows))


def refcounts_hold(box: Box) -> None:
    """Every page's references are its entries (nothing else holds any here, zero page apart)."""
    m = box.machine.block.m
    mapped: dict[int, int] = {}
    for vma in range(1, m.used[SIZE_V]):
        for i in range((m.vma_end[vma] - m.vma_start[vma]) >> 12 if m.vma_mm[vma] else 0):
            page = pfn_to_page(m, pte_pfn(m.pte[m.vma_ptes[vma] + i]))
            if m.pte[m.vma_ptes[vma] + i] and page != m.setting[SET_ZERO_PAGE]:
                mapped[page] = mapped.get(page, 0) + 1
    for page, entries in mapped.items():
        assert (m.page_refcount[page], m.page_mapcount[page]) == (entries, entries), page


def with_device_page(kernel: str | Kernel, device: int, *tags: int) -> Box:
    box = Box(kernel, *tags)
    box.to_device(device)
    return box
