# SPDX-License-Identifier: GPL-2.0-or-later
"""Random steps of the LRU system: every promise holds after each of them, on every kernel."""

from random import Random

import pytest

from linuxmm.errors import NotModelled
from linuxmm.promises.record import Violation
from linuxmm.state.constants import OPS_FILE, OPS_SHMEM, RANGE_COHERENT
from linuxmm.state.flags import FOLL_GET, FOLL_PIN, FOLL_WRITE
from linuxmm.steps.ksm import OP_KSMD
from linuxmm.steps.lru import (
    OP_MADVISE,
    OP_MLOCK,
    OP_MLOCK2,
    OP_MLOCKALL,
    OP_MUNLOCK,
    OP_MUNLOCKALL,
)
from linuxmm.steps.memory import (
    OP_CREATE_FILE,
    OP_DRAIN,
    OP_EXIT,
    OP_FORK,
    OP_GUP,
    OP_MMAP,
    OP_MUNMAP,
    OP_PUT,
    OP_READ,
    OP_WRITE,
)
from linuxmm.steps.migrate import OP_HMM_MIGRATE, OP_HMM_MIGRATE_TO_SYS
from linuxmm.uapi import ADVICE, MADV_PAGEOUT
from tests.mm.box import ANON, PAGE, RW, Box, spec
from tests.some_kernels import BASE, EVERY_KERNEL

STEPS = 60
MAX_TASKS, MAX_MAPPINGS, PAGES = 3, 4, 4
Step = tuple[int, int, tuple[int, ...]]  # operation, task, arguments


class Walk:
    """One machine and what a random walk knows about it."""

    def __init__(self, kernel: str, seed: int) -> None:
        self.random = Random(seed)
        self.box = Box(kernel, checked=False, spec=spec(self.random.choice((0, 2, 8))))
        self.device = self.box.range_of(RANGE_COHERENT)
        self.tasks = [self.box.task]
        self.mappings: list[int] = []

    def call(self, op: int, task: int, *args: int) -> int:
        cpu = self.random.randrange(2)
        try:
            return self.box.call(op, task, *args, cpu=cpu)
        except NotModelled:
            return -1

    def mmap(self, task: int) -> None:
        ops = self.random.choice((0, 0, OPS_SHMEM, OPS_FILE))
        if ops == 0:
            self.mappings.append(self.call(OP_MMAP, task, PAGES, RW, ANON))
            return
        file = self.call(OP_CREATE_FILE, task, ops, PAGES, 0)
        self.mappings.append(
            self.call(OP_MMAP, task, PAGES, RW, self.random.choice((1, 2)), file, 0)
        )

    def step(self) -> None:
        r, task = self.random, self.random.choice(self.tasks)
        if not self.mappings or (r.random() < 0.1 and len(self.mappings) < MAX_MAPPINGS):
            self.mmap(task)
            return
        op, who, args = r.choice(self.choices(task))
        result = self.call(op, who, *args)
        if op == OP_FORK and result > 0:
            self.tasks.append(result)
        if op == OP_EXIT:
            self.tasks.remove(task)

    def choices(self, task: int) -> list[Step]:
        """Steps that may come next; what is wanted more often stands there more often."""
        r = self.random
        addr = r.choice(self.mappings) + PAGE * r.randrange(PAGES)
        n = r.randrange(1, 3)
        advice = r.choice((MADV_PAGEOUT, MADV_PAGEOUT, *ADVICE.values()))
        steps: list[Step] = [
            (OP_WRITE, task, (addr, 1, r.randrange(1, 5))),
            (OP_WRITE, task, (addr, 1, r.randrange(1, 5))),
            (OP_READ, task, (addr, 1)),
            (OP_MADVISE, task, (addr, n, advice)),
            (OP_MADVISE, task, (addr, n, advice)),
            (OP_MADVISE, task, (addr, n, advice)),
            (OP_MLOCK, task, (addr, n)),
            (OP_MLOCK2, task, (addr, n, 1)),
            (OP_MUNLOCK, task, (addr, n)),
            (OP_MLOCKALL, task, (r.randrange(1, 8),)),
            (OP_MUNLOCKALL, task, ()),
            (OP_MUNMAP, task, (addr, 1)),
            (OP_HMM_MIGRATE, 0, (task, addr, n, self.device)),
            (OP_HMM_MIGRATE_TO_SYS, 0, (task, addr, n, self.device)),
            (OP_GUP, task, (addr, 1, r.choice((FOLL_GET, FOLL_PIN, FOLL_PIN | FOLL_WRITE)), 1)),
            (OP_PUT, task, (1,)),
            (OP_KSMD, 0, (0,)),
            (OP_DRAIN, task, ()),
        ]
        if len(self.tasks) < MAX_TASKS:
            steps.append((OP_FORK, task, ()))
        if len(self.tasks) > 1:
            steps.append((OP_EXIT, task, ()))
        return steps


def is_known(kernel: str, violation: Violation) -> bool:
    """The mark that migration leaves on a device page (test_mlock.py has it step by step)."""
    leak = violation.invariant == "mlock" and violation.page_kind == "coherent"
    return leak and kernel != BASE


@EVERY_KERNEL
@pytest.mark.parametrize("seed", range(25))
def test_walk(kernel: str, seed: int) -> None:
    walk = Walk(kernel, seed)
    for _ in range(STEPS):
        walk.step()
        broken = [v for v in walk.box.violations() if not is_known(kernel, v)]
        assert broken == []
