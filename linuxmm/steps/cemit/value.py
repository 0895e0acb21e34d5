# SPDX-License-Identifier: GPL-2.0-or-later
"""A C expression and what matters about when it is evaluated."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

WORD_MIN: Final = -(1 << 63)
WORD_MAX: Final = (1 << 63) - 1


class When(IntEnum):
    """Does it matter when an expression is evaluated, beside others?"""

    ANY = 0  # a constant, a variable: no
    READ = 1  # it reads a column: after what changes one
    ACT = 2  # it calls, or may fail: in its place


@dataclass(frozen=True)
class Value:
    """Text of C; `truth`: it is an int that is 0 or 1, to be widened before arithmetic."""

    text: str
    when: When = When.ANY
    truth: bool = False

    @property
    def word(self) -> str:
        """As a word."""
        return f"(word){self.text}" if self.truth else self.text


def literal(value: int) -> str:
    """A word as C says it."""
    if value == WORD_MIN:
        return f"({WORD_MIN + 1}LL - 1)"
    return f"{value}LL" if value >= 0 else f"({value}LL)"


def latest(values: Sequence[Value]) -> When:
    """When a thing made of these is to be evaluated."""
    return max((value.when for value in values), default=When.ANY)


def must_order(values: Sequence[Value]) -> bool:
    """Would C's freedom to evaluate operands in any order show?"""
    return latest(values) == When.ACT and sum(value.when != When.ANY for value in values) > 1
