# SPDX-License-Identifier: GPL-2.0-or-later
"""The core with some of its functions replaced: copies over copied globals, nothing is patched.

A copy calls copies: whoever holds the copied `step` runs with the replacements, everybody else
with the originals.
"""

from collections.abc import Callable, Iterable
from types import FunctionType

from linuxmm.core import CORE_FUNCTIONS
from linuxmm.steps.step import step

Function = Callable[..., int]


class CoreCopy:
    """A copy of the whole core, and of other functions that call it."""

    def __init__(self, others: Iterable[FunctionType] = ()) -> None:
        self._scopes: dict[int, dict[str, object]] = {}
        self._bound: list[dict[str, object]] = []  # scopes of others
        self._copies: dict[Function, Function] = {}
        for function in (*CORE_FUNCTIONS, *others):
            assert isinstance(function, FunctionType)
            scope = self._scopes.setdefault(id(function.__globals__), dict(function.__globals__))
            copy = FunctionType(function.__code__, scope, function.__name__)
            copy.__module__, copy.__qualname__ = function.__module__, function.__qualname__
            self._copies[function] = copy
        self._named = {f"{f.__module__}:{f.__name__}": f for f in CORE_FUNCTIONS}
        for scope in self._scopes.values():
            self._bind(scope)

    @property
    def step(self) -> Function:
        """The copy's way in (`steps/step.py`)."""
        return self._copies[step]

    def knows(self, name: str) -> bool:
        """Is there a function of that name (module:function) in the core?"""
        return name in self._named

    def named(self, name: str) -> Function:
        """The core's own function by its name (module:function)."""
        return self._named[name]

    def copy(self, function: Function) -> Function:
        """The copy of a function of the core, as it is called now."""
        return self._copies[function]

    def bind(self, scope: dict[str, object]) -> None:
        """Let names that mean functions of the core mean the copies, whatever replaces them."""
        self._bind(scope)
        self._bound.append(scope)

    def _bind(self, scope: dict[str, object]) -> None:
        for name, value in scope.items():
            if isinstance(value, FunctionType) and value in self._copies:
                scope[name] = self._copies[value]

    def replace(self, function: Function, by: Function) -> None:
        """Whoever calls `function` calls `by` from now on."""
        old = self._copies[function]
        for scope in (*self._scopes.values(), *self._bound):
            for name, value in scope.items():
                if value is old:
                    scope[name] = by
        self._copies[function] = by
