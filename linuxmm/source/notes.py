# SPDX-License-Identifier: GPL-2.0-or-later
"""What marked text calls (`marked.py`): it takes a note of where a run comes by, and how."""

from collections import Counter
from collections.abc import Callable
from typing import Final

from linuxmm.state.layout import COLUMNS, NR_SCRATCH, SPENT, STACK_TOP, State

REACHED: Final = "reached"  # no translated name is like these
DECIDED: Final = "decided"
PASSED: Final = "passed"
APART: Final = "apart"
VALUED: Final = "valued"
SET: Final = "is_set"
BEGUN: Final = "begun"
ENDED: Final = "ended"
NAMES: Final = (REACHED, DECIDED, PASSED, APART, VALUED, SET, BEGUN, ENDED)
_APART_FROM: Final = ("scratch", "stack")
_KEPT: Final = tuple(name for name in COLUMNS if name not in _APART_FROM)


def noting(seen: set[int], went: Counter[tuple[int, bool]]) -> dict[str, Callable[..., object]]:
    """The functions by name.  seen: numbers of places; went: which way conditions of both went."""
    held: list[tuple[object, ...]] = []
    first: dict[int, int] = {}

    def decided(number: int, value: int) -> int:
        seen.add(number if value else number + 1)
        return value

    def passed(number: int, value: int) -> int:
        went[number, bool(value)] += 1
        return value

    def apart(number: int, value: int, other: int) -> int:
        if bool(value) != bool(other):
            seen.add(number)
        return value

    def valued(number: int, value: int) -> int:
        if first.setdefault(number, value) != value:
            seen.add(number)
        return value

    def is_set(number: int, before: Callable[[], int], value: int) -> int:
        if number not in seen:
            try:
                same = before() == value
            except NameError:  # a variable that had no value yet
                same = False
            if not same:
                seen.add(number)
        return value

    def begun(number: int, m: State) -> None:
        held.append(() if number in seen else _contents(m))

    def ended(number: int, m: State) -> None:
        before = held.pop()
        if number not in seen and _contents(m) != before:
            seen.add(number)

    functions = (seen.add, decided, passed, apart, valued, is_set, begun, ended)
    return dict(zip(NAMES, functions, strict=True))


def _contents(m: State) -> tuple[object, ...]:
    """All that a machine has, but for what counts how much was executed and for a free stack."""
    scratch = [m.scratch[n] for n in range(NR_SCRATCH) if n != SPENT]
    stack = [m.stack[n] for n in range(m.scratch[STACK_TOP] + 1)]
    return (scratch, stack, *(bytes(getattr(m, name)) for name in _KEPT))
