# SPDX-License-Identifier: GPL-2.0-or-later
"""The mark of the core: functions that run interpreted and compiled from one text."""

from collections.abc import Callable
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., int])

CORE_FUNCTIONS: list[Callable[..., int]] = []


def core(function: F) -> F:
    """Register a function of the core; it stays as it is (`steps/compile.py` makes C of it)."""
    CORE_FUNCTIONS.append(function)
    return function
