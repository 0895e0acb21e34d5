# SPDX-License-Identifier: GPL-2.0-or-later
"""Every state that some operations reach, compiled: breadth first, each once, compared whole.

    found = search(compiled(), machine.block, machine.k, operations, depth=4, most=100_000)
    found.nr, found.transitions, found.complete

Operations are rows of integers, as `step` takes them: op, task, cpu, six arguments.  One whose task
is gone is not made.  The tables of the block do not grow: a step that needs more rows is counted
(`no_row`), as is one that is not modelled; neither leads on.  What events a step logs is looked at
in the loop (`promised`); promises about states are not yet.
"""

import ctypes
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from mmap import mmap
from typing import Any, Final

from linuxmm.state.block import Block
from linuxmm.state.rules import Rules
from linuxmm.steps.compile import OP_WIDTH, Engine

Operation = Sequence[int]
NR_EVENT_CODES: Final = 64  # bits of a word
_POINTERS: Final = ("ops", "parent", "made", "table", "broken")


class _Search(ctypes.Structure):
    """struct search of cemit/search.h."""

    _fields_ = [
        (name, ctypes.c_void_p if name in ("block", "states", *_POINTERS) else ctypes.c_longlong)
        for name in (
            "block", "hashed", "kept", "bytes", "ops", "nr_ops", "depth", "promised", "states",
            "parent", "made", "most", "nr", "table", "places", "broken", "transitions", "levels",
            "complete", "no_row", "not_modelled", "other_traps", "expanded",
        )
    ]  # fmt: skip


@dataclass(frozen=True)
class Broken:
    """An event that breaks a promise: how often it was logged, and the shortest way to it."""

    times: int
    path: tuple[int, ...]  # operations by their place in the table


@dataclass(frozen=True)
class Reached:
    """What was found, and the bounds of it.

    nr: states; levels: how many operations deep all were expanded; complete: no state is left to
    be expanded.  no_row, not_modelled, other_traps: steps that did not lead on.
    """

    nr: int
    transitions: int
    levels: int
    complete: bool
    no_row: int
    not_modelled: int
    other_traps: int
    broken: dict[int, Broken]  # by EVENT_*
    _states: mmap = field(repr=False)
    _kept: int = field(repr=False)
    _parent: "array[int]" = field(repr=False)
    _made: "array[int]" = field(repr=False)

    def state(self, number: int) -> bytes:
        """A state and its counters, as `Block.restore` takes them."""
        return self._states[number * self._kept : (number + 1) * self._kept]

    def path(self, number: int) -> tuple[int, ...]:
        """The operations that lead to a state first, by their place in the table."""
        made: list[int] = []
        while self._parent[number] >= 0:
            made.append(self._made[number])
            number = self._parent[number]
        return tuple(reversed(made))


def search(
    engine: Engine,
    block: Block,
    k: Rules,
    operations: Sequence[Operation],
    depth: int,
    most: int,
    promised: Iterable[int] = (),
) -> Reached:
    """All states from the one in `block`, at most `most`, at most `depth` operations deep.

    The block is as before afterwards, its scratch cleared.  promised: events (EVENT_*) that break
    a promise.
    """
    start, kept = block.snapshot(), block.part_end["counters"]
    ops = array("q", (word for op in operations for word in (*op, *[0] * (OP_WIDTH - len(op)))))
    states = mmap(-1, max(most * kept, 1))  # only what is written takes memory
    parent, made = array("q", [0]) * most, array("q", [0]) * most
    table = array("I", [0]) * _places(most)
    broken = array("q", [0]) * (3 * NR_EVENT_CODES)
    view, rules = engine.view(block), engine.rules(k)
    where = {name: _address(column) for name, column in (("block", block.data), ("states", states))}
    s = _Search(
        hashed=block.part_end["state"], kept=kept,
        bytes=len(block.data), nr_ops=len(operations), depth=depth, most=most,
        promised=sum(1 << code for code in set(promised)), places=_places(most),
    )  # fmt: skip
    for name, column in zip(_POINTERS, (ops, parent, made, table, broken), strict=True):
        where[name] = column.buffer_info()[0]
    for name, address in where.items():
        setattr(s, name, address)
    try:
        engine.search(s, view, rules)
    finally:
        block.restore(start)
    found = Reached(
        s.nr, s.transitions, s.levels, bool(s.complete), s.no_row, s.not_modelled, s.other_traps,
        {}, states, kept, parent, made,
    )  # fmt: skip
    for code in range(NR_EVENT_CODES):
        times, state, op = broken[3 * code : 3 * code + 3]
        if times:
            found.broken[code] = Broken(times, (*found.path(state), op))
    return found


def _address(buffer: bytearray | mmap) -> int:
    """Where its bytes are; they stay there as long as it has this size."""
    whole: Any = (ctypes.c_char * len(buffer)).from_buffer(buffer)
    return ctypes.addressof(whole)


def _places(most: int) -> int:
    """A power of two, at least twice as many as there may be states."""
    return 1 << max(2 * most, 16).bit_length()
