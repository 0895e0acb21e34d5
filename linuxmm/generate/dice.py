# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the generator's choices come from: a seed, or whoever draws for it (hypothesis).

``random.Random`` keeps only ``random()`` equal from one Python to the next; the bytes of a seed
are to stay the same for ever, so the numbers come from ``mix64``.
"""

from collections.abc import Sequence
from typing import Final, Protocol, TypeVar

from linuxmm.state.mix import mix64

T = TypeVar("T")
_SALT: Final = 0x6D6D  # so that seed 0 does not begin with the fixed point of mix64


class Dice(Protocol):
    """Numbers from 0 to n - 1; 0 is the simplest choice, where that means anything."""

    def below(self, n: int) -> int: ...


class Seeded:
    """The dice of a seed."""

    def __init__(self, seed: int) -> None:
        self._state = mix64(_SALT, seed)
        self._count = 0

    def below(self, n: int) -> int:
        self._count += 1
        return (mix64(self._state, self._count) & (1 << 62) - 1) % n


def chance(dice: Dice, percent: int) -> bool:
    """True so many times in a hundred."""
    return dice.below(100) >= 100 - percent


def choice(dice: Dice, items: Sequence[T]) -> T:
    """One of them, all equally likely."""
    return items[dice.below(len(items))]


def weighted(dice: Dice, items: Sequence[tuple[T, int]]) -> T:
    """One of them, as likely as its weight says."""
    at = dice.below(sum(weight for _, weight in items))
    for item, weight in items:
        if at < weight:
            return item
        at -= weight
    raise AssertionError("below(n) gave n or more")
