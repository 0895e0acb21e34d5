# SPDX-License-Identifier: GPL-2.0-or-later
"""Whose transcription still runs where texts run in the core's place: a question about callers.

A function that a patch changes runs as text in the twins that come to it.  Where the model has a
transcription of it, too, some of its own functions may still call that, and it did not change.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from types import FunctionType
from typing import Final

from linuxmm.core import CORE_FUNCTIONS
from linuxmm.source.border import border
from linuxmm.source.execute import BETWEEN, Version
from linuxmm.source.load import namespace
from linuxmm.steps.step import step

_NAME: Final = re.compile(r"(?<![\w.])[a-z_]\w*(?=\()")


def still_runs(name: str, versions: Iterable[Version]) -> bool:
    """Does a step still come to what stands for a C name where these twins are text?

    That is the core's function of the name and what its rows in the border call; what they only
    say in words may stand anywhere.
    """
    own: set[object] = {function for function in CORE_FUNCTIONS if function.__name__ == name}
    for row in border().calls.get(name, ()):
        named = {namespace().get(each) for each in _NAME.findall(row.text)}
        own |= {each for each in named if each in _OURS}
    return not own or bool(own & _reached([*versions]))


def _reached(versions: list[Version]) -> set[object]:
    """Every function of ours that a step may come to, none by way of a twin that is text."""
    replaced = {version.twin.ours for version in versions}
    todo: list[FunctionType] = [step, *_called_by(versions)]  # type: ignore[list-item]
    found: set[object] = set()
    while todo:
        each = todo.pop()
        if each not in found and f"{each.__module__}:{each.__name__}" not in replaced:
            found.add(each)
            todo += _callees(each)
    return found


def _called_by(versions: Iterable[Version]) -> Iterator[FunctionType]:
    """What the texts of these twins call of ours, by way of the border."""
    known = namespace()
    for name in {name for version in versions for name in _NAME.findall(version.text)}:
        value = known.get(name)
        if isinstance(value, FunctionType):
            yield value


@cache
def _callees(function: FunctionType) -> tuple[FunctionType, ...]:
    """The core's functions, and those between it and texts, that a function of ours may call."""
    values = (function.__globals__.get(name) for name in function.__code__.co_names)
    return tuple(v for v in values if isinstance(v, FunctionType) and v in _OURS)


_OURS: Final = frozenset((*CORE_FUNCTIONS, *BETWEEN))
