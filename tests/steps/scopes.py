# SPDX-License-Identifier: GPL-2.0-or-later
"""A small machine and what is done on it, as integers: what searches are tried on."""

from linuxmm.kernels import Kernel
from linuxmm.machine import DEFAULT_ROWS, Machine, MachineSpec, RangeSpec
from linuxmm.state.flags import FOLL_GET
from linuxmm.steps.lru import OP_MADVISE
from linuxmm.steps.memory import (
    OP_EXIT,
    OP_FORK,
    OP_GUP,
    OP_MMAP,
    OP_PUT,
    OP_READ,
    OP_SPAWN,
    OP_WRITE,
)
from linuxmm.steps.migrate import OP_HMM_MIGRATE, OP_HMM_MIGRATE_TO_SYS, OP_MOVE_PAGES
from linuxmm.steps.search import Action
from linuxmm.uapi import MADV_DONTNEED, MAP_PRIVATE, PROT_READ, PROT_WRITE

Operation = tuple[int, ...]
PAGES = 8  # of each memory range
ROWS = {**DEFAULT_ROWS, "T": 32, "V": 8, "A": 8, "I": 12, "K": 8, "Q": 4, "H": 8, "D": 8}


def actions(operations: list[Operation]) -> list[Action]:
    """Each operation alone, where its task lives."""
    return [Action.of(*operation) for operation in operations]


def two_tasks(kernel: "str | Kernel") -> tuple[Machine, list[Operation]]:
    """A process of one private page beside a coherent device; fork, touch, pin, move, give back."""
    ranges = (
        RangeSpec("node0", 1 << 17, rows=PAGES),
        RangeSpec("coherent0", 1 << 16, rows=PAGES),
    )
    machine = Machine(kernel, MachineSpec(ranges, rows=tuple(ROWS.items())))
    task = machine.call(OP_SPAWN)
    addr = machine.call(OP_MMAP, task, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE)
    node, device = 0, 2
    ops: list[Operation] = [(OP_FORK, task, 0), (OP_EXIT, task, 0), (OP_EXIT, task + 1, 0)]
    for who in (task, task + 1):
        ops += [
            (OP_WRITE, who, 0, addr, 1, 0x11),
            (OP_READ, who, 0, addr, 1),
            (OP_GUP, who, 0, addr, 1, FOLL_GET, 1),
            (OP_PUT, who, 0, 1),
            (OP_MADVISE, who, 0, addr, 1, MADV_DONTNEED),
            (OP_HMM_MIGRATE, 0, 0, who, addr, 1, device),
            (OP_HMM_MIGRATE_TO_SYS, 0, 0, who, addr, 1, device),
            (OP_MOVE_PAGES, who, 0, who, addr, 1, node, 0),
        ]
    return machine, ops
