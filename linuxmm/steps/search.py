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
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import product
from mmap import MADV_HUGEPAGE, MAP_ANONYMOUS, MAP_PRIVATE, mmap
from typing import Any, Final, NamedTuple, Protocol

from linuxmm.steps.audit.broken import LOOKED_AT
from linuxmm.steps.compile import OP_WIDTH, Engine
from linuxmm.steps.operations import BY_NUMBER

Operation = Sequence[int]
OF_EVENTS: Final = 64  # rows of what is broken, as many of each kind (cemit/search.h)
MAY_FIND_NONE: Final = 1
MAY_SLEEP: Final = 2
SLICE: Final = 2_000  # states that are expanded in one go: some tenths of a second
BASES: Final = 1 << 15  # bytes of states that are expanded, before what they led to is looked for
MOST_BASES: Final = 16
BASE_HEAD: Final = 24  # bytes (struct base)
KEPT_HEAD: Final = 2  # numbers before the places of a kept state
COMING: Final = 1 << 13  # words of states that were come to, before they are looked for
WORDS_EACH: Final = 160  # of a state, on average at most: what a search has room for
MOST_WORDS: Final = 1 << 16  # of a whole state: a place takes two bytes
_BUFFERS: Final = (
    "noted", "ops", "actions", "fours", "barred", "broken", "taken", "cleared", "weights", "bases",
    "changed", "coming",
)  # fmt: skip
_ROOMS: Final = ("begins", "parent", "made", "ends", "table", "states")
_ADDRESSES: Final = (
    "block", "results", "results_end", "watched", "root", "answers", *_ROOMS, *_BUFFERS,
)  # fmt: skip


class Searchable(Protocol):
    """The bytes of a machine (`state/block.py`), or of another core's."""

    data: bytearray
    part_end: dict[str, int]
    offsets: dict[str, int]

    @property
    def m(self) -> object:
        """Its columns."""

    def snapshot(self) -> bytes:
        """State and counters."""

    def restore(self, snapshot: bytes) -> None:
        """Put them back, scratch cleared."""

    def cleared(self) -> "array[int]":
        """The words that an operation finds empty: from, how many, and again."""


class Action(NamedTuple):
    """What is done as one: operations up to one that fails as a whole; who is killed exits.

    Made only where the facts `needs` are true of a state and those of `without` are not: numbers of
    bits (`steps/facts.py`).
    """

    operations: tuple[Operation, ...]
    needs: frozenset[int] = frozenset()
    without: frozenset[int] = frozenset()

    @staticmethod
    def of(*operation: int) -> "Action":
        """One operation, whose task must live."""
        return Action((operation,), frozenset({operation[1]} - {0}))


class _Search(ctypes.Structure):
    """struct search of cemit/search.h."""

    _fields_ = [
        (name, ctypes.c_void_p if name in _ADDRESSES else ctypes.c_longlong)
        for name in (
            "block", "hashed", "kept", "cleared", "nr_cleared", "results", "results_end",
            "watched", "noted", "nr_watched", "ops", "actions", "fours", "barred", "nr_fours",
            "nr_actions", "depth", "promised", "marks", "audited", "settled", "states", "begins",
            "room", "root", "parent", "made",
            "ends", "most", "nr", "table", "places", "broken", "transitions", "levels",
            "complete", "no_row", "not_modelled", "other_traps", "expanded", "ended", "taken",
            "level_end", "slice", "weights", "bases", "base", "nr_bases", "answers", "changed",
            "coming", "coming_end", "coming_room",
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
    noted: frozenset[int]  # words of the column that was watched
    answers: "array[int]" = field(repr=False)  # of each state, where they were asked for
    _root: bytes = field(repr=False)
    _states: memoryview = field(repr=False)  # as cemit/search.h keeps them
    _begins: memoryview = field(repr=False)
    _parent: memoryview = field(repr=False)
    _made: memoryview = field(repr=False)

    def state(self, number: int) -> bytes:
        """A state and its counters, as `Block.restore` takes them."""
        whole = array("q", self._root)
        at = self._begins[number]
        head = self._states[at : at + 1].cast("B").cast("H")
        nr = head[0] + head[1]
        values = at + (KEPT_HEAD + nr + 3) // 4
        places = self._states[at:values].cast("B").cast("H")[KEPT_HEAD : KEPT_HEAD + nr]
        for place, value in zip(places, self._states[values : values + nr], strict=True):
            whole[place] = value
        return whole.tobytes()

    @property
    def nr_bytes(self) -> int:
        """How much memory the states take."""
        return 8 * self._begins[self.nr]

    def same_states(self, other: "Reached") -> bool:
        """Are the states the same ones, found in the same order?"""
        end = self._begins[self.nr]
        return (
            (self.nr, self.transitions, self._root) == (other.nr, other.transitions, other._root)
            and end == other._begins[other.nr]
            and self._states[:end].tobytes() == other._states[:end].tobytes()
        )

    def answers_differ(self, other: "Reached") -> int | None:
        """The first of the same states whose actions were answered otherwise; None: there is none.

        An action that does not lead on has answered nothing.
        """
        pairs = enumerate(zip(self.answers, other.answers, strict=True))
        return next((state for state, (one, two) in pairs if one != two), None)

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
    block: Searchable,
    k: object,
    actions: Sequence[Action],
    depth: int,
    most: int,
    promised: Iterable[int] = (),
    marks: Iterable[int] = (),
    audited: bool = False,
    settled: bool = False,
    looked_at: Sequence[str] = LOOKED_AT,
    watched: str = "",
    answers: bool = False,
    progress: Callable[[int, int], None] = _alone,
) -> Reached:
    """All states from the one in `block`, at most `most`, at most `depth` actions deep.

    The block is as before afterwards, its scratch cleared.  promised: events (EVENT_*) that break
    a promise; marks: cells of scratch that do; audited: ask each state for what it breaks;
    looked_at: what the bits of that answer are called; watched: a column of scratch of which it is
    noted which words an operation has left not zero;
    answers: keep of each state a digest of what its actions answered, in their order;
    settled: states that differ in nothing a program can tell are one (`audit/settle.py`);
    progress(states expanded, states): called now and then.
    """
    start, kept = block.snapshot(), block.part_end["counters"]
    assert kept < 8 * MOST_WORDS
    ops, acts = _tables(actions)
    room = most * WORDS_EACH + 4 * kept // 8
    cleared = block.cleared()
    nr_bases = max(1, min(MOST_BASES, BASES // kept))
    states, table = _room(8 * room), _room(8 * _places(most))
    begins, parent, made = (_room(8 * (most + 1)) for _ in range(3))
    ends = _room(most)
    broken, taken = array("q", [0]) * (9 * OF_EVENTS), array("q", [0]) * max(len(actions), 1)
    root = bytearray(start)
    view, rules = engine.view(block), engine.rules(k)
    s = _Search(
        block=_address(block.data), results=_address(block.data) + block.offsets["out"],
        states=_address(states), root=_address(root), begins=_address(begins),
        parent=_address(parent), made=_address(made), ends=_address(ends), table=_address(table),
        hashed=block.part_end["state"] // 8, kept=kept // 8, nr_cleared=len(cleared) // 2,
        room=room,
        nr_actions=len(actions), depth=depth, most=most, audited=int(audited),
        settled=int(settled), promised=_bits(promised), marks=_bits(marks),
        places=_places(most), slice=SLICE, coming_room=COMING + kept // 4, nr_bases=nr_bases,
    )  # fmt: skip
    bases = array("q", bytes(nr_bases * (BASE_HEAD + kept)))
    changed = array("H", bytes(kept // 4))
    coming = array("q", bytes(8 * s.coming_room))
    said = array("q", bytes(8 * most if answers else 0))
    fours, barred = _guards(actions)
    weights = _weights(kept // 8)
    s.nr_fours = len(fours)
    s.answers = said.buffer_info()[0] if said else None
    column = getattr(block.m, watched) if watched else ()
    noted = array("q", bytes(8 * len(column)))
    s.watched, s.nr_watched = _address(block.data) + block.offsets.get(watched, 0), len(column)
    buffers = (
        noted,
        ops,
        acts,
        fours,
        barred,
        broken,
        taken,
        cleared,
        weights,
        bases,
        changed,
        coming,
    )
    for name, column in zip(_BUFFERS, buffers, strict=True):
        setattr(s, name, column.buffer_info()[0])
    try:
        while engine.search(s, view, rules):
            progress(s.expanded, s.nr)
    finally:
        block.restore(start)
    found = Reached(
        s.nr, s.transitions, s.levels, bool(s.complete), s.no_row, s.not_modelled, s.other_traps,
        s.ended, tuple(taken[: len(actions)]), {}, {}, {},
        frozenset(i for i, word in enumerate(noted) if word), said[: s.nr], bytes(root),
        *(memoryview(each).cast("q") for each in (states, begins, parent, made)),
    )  # fmt: skip
    for row in range(3 * OF_EVENTS):
        times, state, last = broken[3 * row : 3 * row + 3]
        if times:
            one = Broken(times, (*found.path(state), *([last] if last >= 0 else [])))
            kind, code = divmod(row, OF_EVENTS)
            if kind == 1:
                found.states[looked_at[code]] = one
            else:
                (found.events if kind == 0 else found.marks)[code] = one
    return found


def _tables(actions: Sequence[Action]) -> tuple["array[int]", "array[int]"]:
    """Operations and actions as cemit/search.h reads them."""
    ops, acts, first = array("q"), array("q"), 0
    for action in actions:
        acts.extend((first, len(action.operations)))
        first += len(action.operations)
        for operation in action.operations:
            known = BY_NUMBER.get(operation[0])  # of another core there is none
            ends = MAY_FIND_NONE * known.finds | MAY_SLEEP * known.sleeps if known else 0
            ops.extend((*operation, *[0] * (OP_WIDTH - len(operation)), ends))
    return ops, acts


def _guards(actions: Sequence[Action]) -> tuple["array[int]", "array[int]"]:
    """The facts that actions ask for, four by four; for each 64 actions and each four and each of
    the 16 ways that they can be the actions that are barred.
    """
    asked = {fact for action in actions for fact in (*action.needs, *action.without)}
    fours, barred = sorted({fact // 4 for fact in asked}), array("q")
    for first in range(0, len(actions), 64):
        of = list(enumerate(actions[first : first + 64]))
        for four, true in product(fours, range(16)):
            facts = {4 * four + i for i in range(4) if true >> i & 1}
            lacking = {4 * four + i for i in range(4)} - facts
            barred.append(_bits(i for i, a in of if a.needs & lacking or a.without & facts))
    return array("q", fours), barred


def _weights(nr: int) -> "array[int]":
    """Odd numbers without a pattern, always the same ones: those of splitmix64."""
    weights, at = array("Q"), 0
    for _ in range(nr):
        at = (at + 0x9E3779B97F4A7C15) % 2**64
        mixed = (at ^ at >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB % 2**64
        weights.append((mixed ^ mixed >> 31) | 1)
    return weights


def _bits(numbers: Iterable[int]) -> int:
    """A word with these bits, as a signed one."""
    bits = 0
    for number in numbers:
        assert 0 <= number < 64
        bits |= 1 << number
    return bits - (1 << 64) if bits >> 63 else bits


def _room(size: int) -> mmap:
    """Zeroed memory of which only what is written is taken, in huge pages where there are any."""
    room = mmap(-1, size, flags=MAP_PRIVATE | MAP_ANONYMOUS)
    with suppress(OSError):
        room.madvise(MADV_HUGEPAGE)
    return room


def _address(buffer: bytearray | mmap) -> int:
    """Where its bytes are; they stay there as long as it has this size."""
    whole: Any = (ctypes.c_char * len(buffer)).from_buffer(buffer)
    return ctypes.addressof(whole)


def _places(most: int) -> int:
    """A power of two, at least twice as many as there may be states."""
    return 1 << max(2 * most, 16).bit_length()
