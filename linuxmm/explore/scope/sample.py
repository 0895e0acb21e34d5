# SPDX-License-Identifier: GPL-2.0-or-later
"""Transitions of a compiled search made again, interpreted: the same state must come out.

What could have been broken on the way ("sometimes") is asked here too: a scope that never came
near a danger says nothing about its promise.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from linuxmm.errors import ModelBug
from linuxmm.explore.scope.lowered import Lowered
from linuxmm.machine import Machine
from linuxmm.mm.memory.fault import KILLED_OOM, KILLED_SIGBUS, KILLED_SIGSEGV
from linuxmm.promises.checks import dangerous
from linuxmm.state.constants import VM_FAULT_RETRY
from linuxmm.steps.audit.settle import settle
from linuxmm.steps.memory import OP_EXIT
from linuxmm.steps.operations import BY_NUMBER
from linuxmm.steps.search import Action, Reached
from linuxmm.steps.step import step

KILLED: Final = (KILLED_SIGSEGV, KILLED_SIGBUS, KILLED_OOM)
SAMPLE: Final = 1_000


@dataclass(frozen=True)
class Sample:
    """How many transitions were made again, and the promises that they came near to."""

    nr: int
    near: frozenset[str]


def sampled(what: Lowered, found: Reached, most: int = SAMPLE) -> Sample:
    """Make a spread of transitions again.  Raises: ModelBug where another state comes out."""
    near: set[str] = set()
    machine, nr = what.walker.machine, 0
    for number in _spread(found.nr, most):
        parent, made = found.step_to(number)
        machine.block.restore(found.state(parent))
        make(machine, what.actions[made], lambda: near.update(dangerous(machine)))
        machine.block.begin_step()
        settle(machine.block.m, machine.k)
        if machine.block.snapshot() != found.state(number):
            way = "; ".join(what.scope.actions[i] for i in found.path(number))
            raise ModelBug(f"scope {what.scope.name}: compiled and interpreted differ after: {way}")
        nr += 1
    machine.block.restore(found.state(0))
    return Sample(nr, frozenset(near))


def _spread(states: int, most: int) -> Iterator[int]:
    """Numbers of states other than the first, at most so many, the early ones among them."""
    nr = min(states - 1, most)
    return (1 + i * (states - 1) // nr for i in range(nr))


def make(machine: Machine, action: Action, after_each: Callable[[], object]) -> None:
    """An action as cemit/search.h makes it: up to an operation that fails as a whole."""
    block, k = machine.block, machine.k
    for op, *arguments in action.operations:
        block.begin_step()
        result = step(block.m, k, op, *arguments, *[0] * (8 - len(arguments)))
        after_each()
        task, known = arguments[0], BY_NUMBER[op]
        if task and result in KILLED:
            block.begin_step()
            step(block.m, k, OP_EXIT, task, *[0] * 7)
            after_each()
            return
        if (result < 0 and not known.finds) or (result == VM_FAULT_RETRY and known.sleeps):
            return
