# SPDX-License-Identifier: GPL-2.0-or-later
"""C without a kernel: translated, and for comparison compiled by the machine's compiler."""

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FunctionType

import pytest

from linuxmm.machine import Machine
from linuxmm.mm.list import list_head
from linuxmm.source import runtime, words
from linuxmm.source.border import Border
from linuxmm.source.program import Program, Trap
from linuxmm.source.tree import SourceTree
from linuxmm.state.block import Block
from linuxmm.state.layout import TRAP_ARG, TRAP_CODE

HEAD = """
typedef unsigned char u8; typedef unsigned short u16; typedef unsigned int u32;
typedef unsigned long u64; typedef signed char s8; typedef short s16; typedef int s32;
typedef long s64; typedef _Bool bool;
#define min(a, b) ({ typeof(a) _a = (a); typeof(b) _b = (b); _a < _b ? _a : _b; })
#define max(a, b) ({ typeof(a) _a = (a); typeof(b) _b = (b); _a > _b ? _a : _b; })
#define memset __builtin_memset
#define NULL ((void *)0)
"""


class OneFile:
    """A tree of one file."""

    def __init__(self, text: str) -> None:
        self._text = text

    def text(self, path: str) -> str | None:
        return self._text if path == "a.c" else None

    def headers(self, folder: str) -> list[str]:
        return []


def program(text: str, *names: str) -> Program:
    """The functions of a text, translated with an empty border."""
    found = Program(SourceTree(OneFile(text), frozenset()), border=Border())
    for name in names:
        assert found.want("a.c", name)
    return found


def functions(found: Program) -> dict[str, Callable[..., int]]:
    """Its functions by name; only words and traps beside them."""
    scope: dict[str, object] = {"__builtins__": {}, "list_head": list_head}
    for module in (words, runtime):
        scope.update({n: v for n, v in vars(module).items() if not n.startswith("_")})
    for code in found.compiled():
        exec(code, scope)
    return {n[2:]: v for n, v in scope.items() if n[:2] == "c_" and isinstance(v, FunctionType)}


@cache
def _block() -> Block:
    return Machine("v6.1").block


def run(found: Program, name: str, *arguments: int) -> int:
    """The result of a function.  A trap that was reached is an AssertionError with its text."""
    return run_in(found, functions(found)[name], *arguments)


def run_in(found: Program, function: Callable[..., int], *arguments: int) -> int:
    """The same, of a function that `functions` gave."""
    block = _block()
    block.begin_step()
    m = block.m
    result = function(m, None, 0, *arguments)
    number = m.scratch[TRAP_ARG] if m.scratch[TRAP_CODE] else 0
    assert not number, str(found.traps[number])
    return result


def trapped(found: Program, name: str, *arguments: int) -> Trap | None:
    """The trap that a function runs into; None: it comes to its end."""
    block = _block()
    block.begin_step()
    functions(found)[name](block.m, None, 0, *arguments)
    return found.traps[block.m.scratch[TRAP_ARG]] if block.m.scratch[TRAP_CODE] else None


def compiled(folder: Path, text: str, name: str, nr: int) -> Callable[..., int]:
    """The same function as the compiler has it, of `nr` longs."""
    return compiled_all(folder, text, [name], nr)[name]


def compiled_all(
    folder: Path, text: str, names: list[str], nr: int
) -> dict[str, Callable[..., int]]:
    """Functions of `nr` longs as the compiler has them."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler here")
    (folder / "a.c").write_text(HEAD + text)
    flags = ["-shared", "-fPIC", "-O1", "-fwrapv", "-w", "-o", str(folder / "a.so")]
    subprocess.run([compiler, *flags, str(folder / "a.c")], check=True, capture_output=True)
    library = ctypes.CDLL(str(folder / "a.so"))
    found: dict[str, Callable[..., int]] = {}
    for name in names:
        function = library[name]
        function.argtypes = [ctypes.c_long] * nr
        function.restype = ctypes.c_long
        found[name] = function
    return found
