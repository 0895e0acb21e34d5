# SPDX-License-Identifier: GPL-2.0-or-later
"""What a leaf costs beside the 512 PTEs that map the same 2 MiB: microseconds, the best of several.

`python3 benchmarks/huge_pages.py`

An operation on a mapped huge page costs what one on a PTE costs, a split costs 512.
"""

import time
from collections.abc import Callable
from typing import Final

from linuxmm.machine import Machine, simple_spec
from linuxmm.state.constants import SET_THP, THP_ALWAYS, THP_NEVER
from linuxmm.steps.memory import OP_EXIT, OP_FORK, OP_MMAP, OP_SPAWN, OP_WRITE
from linuxmm.steps.migrate import OP_MPROTECT
from linuxmm.steps.proc import OP_SMAPS
from linuxmm.uapi import MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE

PAGES: Final = 512
RW: Final = PROT_READ | PROT_WRITE


def mapped(thp: int) -> tuple[Machine, int, int]:
    """A machine, its process, and 2 MiB that it has written."""
    machine = Machine("v6.1", simple_spec(nodes=1, coherent=0))
    machine.block.m.setting[SET_THP] = thp
    task = machine.call(OP_SPAWN)
    addr = machine.call(OP_MMAP, task, PAGES, RW, MAP_PRIVATE | MAP_ANONYMOUS)
    machine.call(OP_WRITE, task, addr, PAGES, 0x11)
    return machine, task, addr


def microseconds(act: Callable[[], object], times: int = 20) -> float:
    """The best of some runs."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        act()
        best = min(best, time.perf_counter() - start)
    return best * 1e6


def measured(thp: int) -> dict[str, float]:
    """Each operation on the whole 2 MiB."""
    machine, task, addr = mapped(thp)

    def protect() -> None:
        machine.call(OP_MPROTECT, task, addr, PAGES, PROT_READ)
        machine.call(OP_MPROTECT, task, addr, PAGES, RW)

    return {
        "mprotect, and back": microseconds(protect),
        "smaps": microseconds(lambda: machine.call(OP_SMAPS, task, task, addr)),
        "fork and exit": microseconds(lambda: machine.call(OP_EXIT, machine.call(OP_FORK, task))),
    }


def main() -> None:
    """Print the table."""
    leaf, ptes = measured(THP_ALWAYS), measured(THP_NEVER)
    print(f"{'us':<20}{'leaf':>8}{'512 PTEs':>10}")
    for name, value in leaf.items():
        print(f"{name:<20}{value:>8.0f}{ptes[name]:>10.0f}")
    machine, task, addr = mapped(THP_ALWAYS)
    split = microseconds(lambda: machine.call(OP_MPROTECT, task, addr, 1, PROT_READ), 1)
    print(f"{'the leaf is split':<20}{split:>8.0f}")


if __name__ == "__main__":
    main()
