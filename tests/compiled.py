# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests of the compiled core need: a C compiler, and texts that it can find."""

import linecache
from collections.abc import Callable
from itertools import count
from types import FunctionType

import pytest

from linuxmm.errors import Skipped
from linuxmm.steps.compiler import find_compiler

_nth = count(1)


def _missing() -> str:
    """Why nothing can be compiled here; "" when it can."""
    try:
        find_compiler()
    except Skipped as error:
        return str(error)
    return ""


_MISSING = _missing()
NEEDS_COMPILER = pytest.mark.skipif(bool(_MISSING), reason=_MISSING)


def defined(text: str, scope: dict[str, object]) -> Callable[[str], FunctionType]:
    """Functions of a text, which is found as a file's would be: by name."""
    filename = f"<text {next(_nth)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    exec(compile(text, filename, "exec"), scope)

    def named(name: str) -> FunctionType:
        function = scope[name]
        assert isinstance(function, FunctionType)
        return function

    return named
