# SPDX-License-Identifier: GPL-2.0-or-later
"""The text that is interpreted, compiled: both give the same, traps included."""

import os
from array import array
from collections.abc import Callable
from types import FunctionType

from linuxmm.kernels import load
from linuxmm.kernels.compile import compile_rules
from linuxmm.machine import Machine
from linuxmm.source.program import Program
from linuxmm.state.block import Block
from linuxmm.state.layout import TRAP_ARG, TRAP_CODE
from linuxmm.steps import compile
from tests.compiled import NEEDS_COMPILER, defined
from tests.source.plain import functions, program
from tests.source.random_c import HEAD, Writer
from tests.source.test_random_c import EDGES
from tests.source.test_traps import UNSET

pytestmark = NEEDS_COMPILER
RANDOM = int(os.environ.get("LINUXMM_COMPILED", "20"))  # random functions that are compiled


def stepping(found: dict[str, Callable[..., int]]) -> FunctionType:
    """A step whose operation n is the n-th function, of so many words as it takes."""
    lines = ["def step(m, k, op, a0, a1, a2, a3, a4, a5, a6, a7):"]
    for n, (name, function) in enumerate(found.items()):
        assert isinstance(function, FunctionType)
        count = function.__code__.co_argcount - 3
        said = ", ".join(["m", "k", "0", *(f"a{i}" for i in range(count))])
        lines += [f"    if op == {n}:", f"        return c_{name}({said})"]
    scope: dict[str, object] = {f"c_{name}": function for name, function in found.items()}
    return defined("\n".join([*lines, "    return 0"]), scope)("step")


def both(found: Program, *names: str) -> None:
    """Functions of a program on the same words, interpreted and compiled."""
    text = functions(found)
    step = stepping({name: text[name] for name in names})
    engine = compile.build(step, checked=True)
    block = Machine("v6.1").block
    view, rules = engine.view(block), engine.rules(compile_rules(load("v6.1")))
    for n, name in enumerate(names):
        for a in EDGES:
            for b in EDGES[::4]:
                one = shown(block, step, block.m, None, n, a, b, *[0] * 6)
                assert shown(block, engine.step, view, rules, n, a, b) == one, (name, a, b)


def shown(block: Block, run: Callable[..., int], *arguments: object) -> object:
    """A result, or the trap that was reached first, or that it leaves the model."""
    block.begin_step()
    try:
        result = run(*arguments)
    except (IndexError, ValueError, ArithmeticError) as error:
        result = -1
        if not block.m.scratch[TRAP_CODE]:
            return type(error).__name__
    if block.m.scratch[TRAP_CODE]:
        return "trap", block.m.scratch[TRAP_ARG]
    return array("q", [result])[0]


def test_random_functions() -> None:
    names = [f"f{n}" for n in range(RANDOM)]
    text = HEAD + "\n".join(Writer(77_000 + n).function(name) for n, name in enumerate(names))
    both(program(text, *names), *names)


def test_what_was_never_set_traps_in_both() -> None:
    names = ("local", "branch", "loops", "member", "given", "switched")
    both(program(UNSET, *names), *names)
