# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of operations: every number once, where `step` looks for it, under its own name."""

import ast
import inspect
from itertools import pairwise
from types import ModuleType

import pytest

from linuxmm.machine import Machine, simple_spec
from linuxmm.state.constants import VM_FAULT_RETRY
from linuxmm.steps.operation import PAGES, Operation
from linuxmm.steps.operations import BY_NAME, BY_NUMBER, SYSTEMS


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.__name__)
def test_every_operation_of_a_system_has_a_row_and_a_branch(system: ModuleType) -> None:
    numbers = {name: value for name, value in vars(system).items() if name.startswith("OP_")}
    assert {f"OP_{row.name.upper()}": row.number for row in system.OPERATIONS} == numbers
    tested = [
        node.comparators[0].id
        for node in ast.walk(ast.parse(inspect.getsource(system)))
        if isinstance(node, ast.Compare) and isinstance(node.comparators[0], ast.Name)
    ]
    assert sorted(tested) == sorted(numbers)


def test_the_numbers_of_a_system_lie_below_those_of_the_next() -> None:
    firsts = [system.FIRST for system in SYSTEMS]
    for system, (first, end) in zip(SYSTEMS, pairwise([*firsts, 600]), strict=True):
        assert all(first <= row.number < end for row in system.OPERATIONS)
    assert len(BY_NAME) == len(BY_NUMBER) == sum(len(system.OPERATIONS) for system in SYSTEMS)


def test_what_an_operation_takes_fits_into_a_row() -> None:
    """Six arguments: a to f."""
    for row in BY_NAME.values():
        assert len(row.takes.split()) <= 6
        assert row.out != PAGES or "nr" in row.takes.split()
        assert not row.sleeps or row.number not in (0, VM_FAULT_RETRY)


def nr_out(name: str, ret: int, *arguments: int) -> int:
    return BY_NAME[name].nr_out(arguments, ret)


def test_what_is_left_in_out_by_hand() -> None:
    assert nr_out("read", 3, 0x1000, 3) == 3
    assert nr_out("read", -14, 0x1000, 3) == 0
    assert nr_out("write", 0, 0x1000, 3, 7) == 0
    assert nr_out("move_pages", -2, 1, 0x1000, 5, -1, 2, 0) == 5
    assert nr_out("hmm_migrate", 0, 1, 0x1000, 5, 3) == 2
    assert nr_out("clear_refs", 0, 1, 4) == 0
    assert nr_out("numa_maps", 12, 1, 0x1000) == 12


def test_what_only_looks_leaves_the_state_as_it_was() -> None:
    """With a process that has nothing mapped: the digest is the same, for each of them."""
    machine = Machine("v6.1", simple_spec())
    task = machine.call(BY_NAME["spawn"].number)
    before = machine.block.snapshot()
    looks: list[Operation] = [row for row in BY_NAME.values() if row.report]
    for row in looks:
        machine.call(row.number, task, *([task] if row.takes.startswith("of") else []))
        assert machine.block.same_state(machine.block.snapshot(), before), row.name
    assert len(looks) == 19
