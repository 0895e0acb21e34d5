# SPDX-License-Identifier: GPL-2.0-or-later
"""Random steps of migration, protection, fork and pins: contents survive and every count is right.

The counts come from the entries (`check_counts`), the contents from a list kept beside.
"""

from collections.abc import Callable
from random import Random
from typing import Final

import pytest

from linuxmm.errors import NotModelled
from linuxmm.kernels import Kernel, load
from linuxmm.state.constants import (
    LIST_ISOLATED,
    LIST_MIGRATE,
    PG_LOCKED,
    RANGE_RAM,
    SET_FAIL_ALLOC,
    SET_NUMA_BALANCING,
    SET_ZERO_PAGE,
)
from linuxmm.state.flags import FOLL_LONGTERM, FOLL_PIN, FOLL_WRITE
from linuxmm.state.layout import NR_ISOLATED_ANON, SIZE_P
from linuxmm.steps.lru import OP_MLOCK, OP_MUNLOCK
from linuxmm.steps.memory import OP_GUP, OP_PUT
from linuxmm.steps.migrate import (
    OP_HMM_FINALIZE,
    OP_HMM_PAGES,
    OP_HMM_SETUP,
    OP_NUMA_SCAN,
)
from tests.mm.box import COHERENT, PRIVATE, RW, Box, check_counts
from tests.some_kernels import BASE, EVERY_KERNEL, behaving

SEEDS: Final = 60
STEPS: Final = 30


def old_refcounts() -> Kernel:
    """Released 5.17's convention: a free device page has count 1, one mapped once 2."""
    counted = behaving(load(BASE), "device_page_extra_ref", "yes")
    return behaving(counted, "device_page_free_count", "1")


class Walk:
    """One random walk; `content` is what the parent must read."""

    def __init__(self, kernel: str | Kernel, seed: int) -> None:
        self.random = Random(seed)
        self.box = Box(kernel, 3, checked=False)  # mlock of device pages breaks a promise
        self.box.m.setting[SET_NUMA_BALANCING] = 1
        self.content = [0, 0, 0]
        self.children: list[int] = []
        self.log: list[str] = []

    def step(self) -> None:
        action = self.random.choice(ACTIONS)
        self.log.append(action.__name__)
        try:
            action(self)
        except NotModelled:
            self.log[-1] += " (not modelled)"
        assert not self.box.machine.events(), self.log

    def device(self) -> int:
        return self.random.choice((COHERENT, PRIVATE))

    def write(self) -> None:
        i, tag = self.random.randrange(3), self.random.randrange(1, 100)
        if self.box.write(self.box.at(i), tag) == 0:
            self.content[i] = tag

    def read(self) -> None:
        values = self.box.read()
        assert len(values) == 1 or values == self.content, self.log

    def to_dev(self) -> None:
        self.box.to_device(self.box.a, self.random.randint(1, 3), self.device())

    def to_sys(self) -> None:
        self.box.to_system(self.box.a, 3, self.device())

    def move(self) -> None:
        self.box.move_pages(node=self.random.randint(-1, 1), flags=self.random.choice((2, 4)))

    def fork(self) -> None:
        if len(self.children) < 2:
            child = self.box.fork()
            self.children += [child] if child > 0 else []

    def child_writes(self) -> None:
        if self.children:
            child = self.random.choice(self.children)
            self.box.write(
                self.box.at(self.random.randrange(3)), self.random.randrange(100, 200), task=child
            )

    def child_exits(self) -> None:
        if self.children:
            self.box.exit(self.children.pop())

    def protect(self) -> None:
        self.box.mprotect(self.box.at(self.random.randrange(3)), 1, prot=self.random.choice((0, 1)))

    def unprotect(self) -> None:
        self.box.mprotect(prot=RW)

    def numa_scan(self) -> None:
        cpu = self.box.m.task_cpu[self.box.task]
        self.box.call(OP_NUMA_SCAN, 0, self.box.task, 0, 0, cpu=cpu)

    def other_cpu(self) -> None:
        self.box.m.task_cpu[self.box.task] ^= 1

    def setup(self) -> None:
        nr, select = self.random.randint(1, 3), self.random.choice((1, 2, 4))
        self.box.call(OP_HMM_SETUP, 0, self.box.task, self.box.a, nr, self.device(), select)

    def pages(self) -> None:
        self.box.call(OP_HMM_PAGES)

    def finalize(self) -> None:
        self.box.call(OP_HMM_FINALIZE)

    def pin(self) -> None:
        flags = FOLL_PIN | self.random.choice((0, FOLL_WRITE))
        flags |= self.random.choice((0, FOLL_LONGTERM))
        self.box.call(OP_GUP, self.box.task, self.box.at(self.random.randrange(3)), 1, flags, 7)

    def unpin(self) -> None:
        self.box.call(OP_PUT, self.box.task, 7)

    def mlock(self) -> None:
        self.box.call(OP_MLOCK, self.box.task, self.box.at(self.random.randrange(3)), 1)

    def munlock(self) -> None:
        self.box.call(OP_MUNLOCK, self.box.task, self.box.a, 3)

    def drain(self) -> None:
        self.box.drain()

    def fail_alloc(self) -> None:
        self.box.m.setting[SET_FAIL_ALLOC] = 1

    def settle(self) -> None:
        """End what is under way; the counts are compared with nothing held."""
        self.box.m.setting[SET_FAIL_ALLOC] = 0
        self.finalize()
        self.unpin()
        self.unprotect()


ACTIONS: Final[tuple[Callable[[Walk], None], ...]] = (
    Walk.write, Walk.write, Walk.read, Walk.to_dev, Walk.to_sys, Walk.move, Walk.fork,
    Walk.child_writes, Walk.child_exits, Walk.protect, Walk.unprotect, Walk.numa_scan,
    Walk.other_cpu, Walk.setup, Walk.pages, Walk.finalize, Walk.pin, Walk.unpin, Walk.mlock,
    Walk.munlock, Walk.drain, Walk.fail_alloc,
)  # fmt: skip


def check_nothing_left(walk: Walk) -> None:
    """No page locked, isolated or queued."""
    m = walk.box.m
    assert m.vmstat[NR_ISOLATED_ANON] == 0, walk.log
    for page in range(1, m.used[SIZE_P]):
        assert not m.page_flags[page] & PG_LOCKED, walk.log
        assert m.page_list[page] not in (LIST_ISOLATED, LIST_MIGRATE), walk.log


@EVERY_KERNEL
@pytest.mark.parametrize("seed", range(SEEDS))
def test_walk(kernel: str, seed: int) -> None:
    walk = Walk(kernel, seed)
    for _ in range(STEPS):
        walk.step()
    walk.settle()
    assert walk.box.read() == walk.content, walk.log
    check_counts(walk.box)
    check_nothing_left(walk)
    for task in (*walk.children, walk.box.task):
        walk.box.exit(task)
    assert not walk.box.machine.events(), walk.log
    check_counts(walk.box)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_walk_with_the_old_refcounts(seed: int) -> None:
    walk = Walk(old_refcounts(), seed)
    for _ in range(STEPS):
        walk.step()
    walk.settle()
    assert walk.box.read() == walk.content, walk.log
    check_nothing_left(walk)
    for task in (*walk.children, walk.box.task):
        walk.box.exit(task)
    walk.box.drain()
    m = walk.box.m
    for page in range(1, m.used[SIZE_P]):
        if page != m.setting[SET_ZERO_PAGE]:
            free = 0 if m.range_type[m.page_range[page]] == RANGE_RAM else 1
            assert m.page_refcount[page] == free, walk.log
