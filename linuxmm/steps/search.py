# SPDX-License-Identifier: GPL-2.0-or-later
"""Every state that some actions reach, compiled: breadth first, each once, compared whole.

    found = search(compiled(), machine.block, machine.k, actions, depth=4, most=100_000)
    found.nr, found.transitions, found.complete, found.broken

An action is one or a few operations that follow on each other, as rows of integers for `step`: op,
task, cpu, six arguments.  The tables of the block do not grow: an action that needs more rows is
counted (`no_row`), as is one that is not modelled; neither leads on.  What operations log and note,
and what states break (`audit/`), is looked at in the loop; a state that breaks a promise is kept
and nothing is tried from it.
"""

import ctypes
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from mmap import mmap
from typing import Any, Final, NamedTuple

from linuxmm.state.block import Block
from linuxmm.state.rules import Rules
from linuxmm.steps.audit.broken import LOOKED_AT
from linuxmm.steps.compile import OP_WIDTH, Engine
from linuxmm.steps.operations import BY_NUMBER

Operation = Sequence[int]
OF_EVENTS: Final = 64  # rows of what is broken, as many of each kind (cemit/search.h)
MAY_FIND_NONE: Final = 1
MAY_SLEEP: Final = 2
MOST_NUMBERS: Final = 64  # tasks and handles that actions may name: bits of a word
SLICE: Final = 2_000  # states that are expanded in one go: some tenths of a second
WORDS_EACH: Final = 160  # of a state, on average at most: what a search has room for
MOST_WORDS: Final = 1 << 16  # of a whole state: a place takes two bytes
_BUFFERS: Final = (
    "ops", "actions", "begins", "parent", "made", "ends", "table", "broken", "taken",
)  # fmt: skip
_ADDRESSES: Final = ("block", "states", "root", *_BUFFERS)


class Action(NamedTuple):
    """What is done as one: operations up to one that fails as a whole; who is killed exits.

    Made only where the tasks `lives` live and those of `unborn` do not, and where the handles of
    `held` hold something and those of `free` do not.
    """

    operations: tuple[Operation, ...]
    lives: frozenset[int] = frozenset()
    unborn: frozenset[int] = frozenset()
    held: frozenset[int] = frozenset()
    free: frozenset[int] = frozenset()

    @staticmethod
    def of(*operation: int) -> "Action":
        """One operation, whose task must live."""
        return Action((operation,), frozenset({operation[1]} - {0}))


class _Search(ctypes.Structure):
    """struct search of cemit/search.h."""

    _fields_ = [
        (name, ctypes.c_void_p if name in _ADDRESSES else ctypes.c_longlong)
        for name in (
            "block", "hashed", "kept", "bytes", "ops", "actions", "nr_actions", "depth",
            "promised", "marks", "audited", "settled", "states", "begins", "room", "root", "parent",
            "made", "ends", "most", "nr", "table", "places", "broken", "transitions", "levels",
            "complete", "no_row", "not_modelled", "other_traps", "expanded", "ended", "taken",
            "level_end", "slice",
        )
    ]  # fmt: skip


@dataclass(frozen=True)
class Broken:
    """How often a promise was broken, and the shortest way to it: actions by their place."""

    times: int
    path: tuple[int, ...]


@dataclass(frozen=True)
class Reached:
    """What was found, and the bounds of it.

    nr: states; levels: how many actions deep all were expanded; complete: no state is left to be
    expanded.  no_row, not_modelled, other_traps: actions that did not lead on; taken: how often
    each action did.  ended: states that break a promise.
    """

    nr: int
    transitions: int
    levels: int
    complete: bool
    no_row: int
    not_modelled: int
    other_traps: int
    ended: int
    taken: tuple[int, ...]
    events: dict[int, Broken]  # by EVENT_*
    states: dict[str, Broken]  # by the promise that states break
    marks: dict[int, Broken]  # by the cell of scratch
    _root: bytes = field(repr=False)
    _states: memoryview = field(repr=False)  # as cemit/search.h keeps them
    _begins: "array[int]" = field(repr=False)
    _parent: "array[int]" = field(repr=False)
    _made: "array[int]" = field(repr=False)

    def state(self, number: int) -> bytes:
        """A state and its counters, as `Block.restore` takes them."""
        whole = array("q", self._root)
        at = self._begins[number]
        in_state, in_counters = self._states[at : at + 2]
        at += 2
        for nr in (in_state, in_counters):
            places = self._states[at : at + (nr + 3) // 4].cast("B").cast("H")
            at += (nr + 3) // 4
            for place, value in zip(places[:nr], self._states[at : at + nr], strict=True):
                whole[place] = value
            at += nr
        return whole.tobytes()

    @property
    def nr_bytes(self) -> int:
        """How much memory the states take."""
        return 8 * self._begins[self.nr]

    def step_to(self, number: int) -> tuple[int, int]:
        """From which state a state (not the first) was reached first, and by which action."""
        return self._parent[number], self._made[number]

    def path(self, number: int) -> tuple[int, ...]:
        """The actions that lead to a state first, by their place; of none (-1) the empty way."""
        made: list[int] = []
        while number >= 0 and self._parent[number] >= 0:
            made.append(self._made[number])
            number = self._parent[number]
        return tuple(reversed(made))


def _alone(done: int, of: int) -> None:
    """Nobody wants to know how far it is."""


def search(
    engine: Engine,
    block: Block,
    k: Rules,
    actions: Sequence[Action],
    depth: int,
    most: int,
    promised: Iterable[int] = (),
    marks: Iterable[int] = (),
    audited: bool = False,
    settled: bool = False,
    progress: Callable[[int, int], None] = _alone,
) -> Reached:
    """All states from the one in `block`, at most `most`, at most `depth` actions deep.

    The block is as before afterwards, its scratch cleared.  promised: events (EVENT_*) that break
    a promise; marks: cells of scratch that do; audited: ask each state for what it breaks;
    settled: states that differ in nothing a program can tell are one (`audit/settle.py`);
    progress(states expanded, states): called now and then.
    """
    start, kept = block.snapshot(), block.part_end["counters"]
    assert kept <= 8 * MOST_WORDS
    ops, acts = _tables(actions)
    room = most * WORDS_EACH + 4 * kept // 8
    states = mmap(-1, 8 * room)  # only what is written takes memory
    begins = array("q", [0]) * (most + 1)
    parent, made = array("q", [0]) * most, array("q", [0]) * most
    ends, table = array("B", [0]) * most, array("I", [0]) * _places(most)
    broken, taken = array("q", [0]) * (9 * OF_EVENTS), array("q", [0]) * max(len(actions), 1)
    root = bytearray(start)
    view, rules = engine.view(block), engine.rules(k)
    s = _Search(
        block=_address(block.data), states=_address(states), root=_address(root),
        hashed=block.part_end["state"], kept=kept, bytes=len(block.data), room=room,
        nr_actions=len(actions), depth=depth, most=most, audited=int(audited),
        settled=int(settled), promised=_bits(promised), marks=_bits(marks),
        places=_places(most), slice=SLICE,
    )  # fmt: skip
    buffers = (ops, acts, begins, parent, made, ends, table, broken, taken)
    for name, column in zip(_BUFFERS, buffers, strict=True):
        setattr(s, name, column.buffer_info()[0])
    try:
        while engine.search(s, view, rules):
            progress(s.expanded, s.nr)
    finally:
        block.restore(start)
    found = Reached(
        s.nr, s.transitions, s.levels, bool(s.complete), s.no_row, s.not_modelled, s.other_traps,
        s.ended, tuple(taken[: len(actions)]), {}, {}, {}, start,
        memoryview(states).cast("q"), begins, parent, made,
    )  # fmt: skip
    for row in range(3 * OF_EVENTS):
        times, state, last = broken[3 * row : 3 * row + 3]
        if times:
            one = Broken(times, (*found.path(state), *([last] if last >= 0 else [])))
            kind, code = divmod(row, OF_EVENTS)
            if kind == 1:
                found.states[LOOKED_AT[code]] = one
            else:
                (found.events if kind == 0 else found.marks)[code] = one
    return found


def _tables(actions: Sequence[Action]) -> tuple["array[int]", "array[int]"]:
    """Operations and actions as cemit/search.h reads them."""
    ops, acts, first = array("q"), array("q"), 0
    for action in actions:
        guards = (action.lives, action.unborn, action.held, action.free)
        acts.extend((first, len(action.operations), *map(_bits, guards)))
        first += len(action.operations)
        for operation in action.operations:
            known = BY_NUMBER[operation[0]]
            ends = MAY_FIND_NONE * known.finds | MAY_SLEEP * known.sleeps
            ops.extend((*operation, *[0] * (OP_WIDTH - len(operation)), ends))
    return ops, acts


def _bits(numbers: Iterable[int]) -> int:
    """A word with these bits, as a signed one."""
    bits = 0
    for number in numbers:
        assert 0 <= number < MOST_NUMBERS
        bits |= 1 << number
    return bits - (1 << 64) if bits >> 63 else bits


def _address(buffer: bytearray | mmap) -> int:
    """Where its bytes are; they stay there as long as it has this size."""
    whole: Any = (ctypes.c_char * len(buffer)).from_buffer(buffer)
    return ctypes.addressof(whole)


def _places(most: int) -> int:
    """A power of two, at least twice as many as there may be states."""
    return 1 << max(2 * most, 16).bit_length()
