# SPDX-License-Identifier: GPL-2.0-or-later
"""Every core function keeps the conventions that let one text run interpreted and compiled.

Style: no `**`, `/`, closures, default arguments, recursion, exceptions; one int per return; calls
go to other core functions or to a few builtins.
"""

import ast
import builtins
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Callable
from functools import cache
from graphlib import CycleError, TopologicalSorter

import pytest

import linuxmm
from linuxmm.core import CORE_FUNCTIONS

CORE_PACKAGES = ("arch", "state", "mm", "fs", "lib", "steps")
BUILTINS = {"range", "min", "max", "abs"}
FORBIDDEN = (
    ast.Pow,
    ast.Div,
    ast.Try,
    ast.Raise,
    ast.With,
    ast.Lambda,
    ast.ListComp,
    ast.DictComp,
    ast.SetComp,
    ast.GeneratorExp,
    ast.Dict,
    ast.List,
    ast.Set,
    ast.JoinedStr,
    ast.Global,
    ast.Nonlocal,
    ast.Yield,
    ast.Await,
    ast.Starred,
    ast.Assert,
)


def load_core() -> None:
    """Import every module of the core, so that every `@core` function is registered."""
    for package in CORE_PACKAGES:
        module = importlib.import_module(f"linuxmm.{package}")
        for found in pkgutil.walk_packages(module.__path__, module.__name__ + "."):
            importlib.import_module(found.name)


@cache
def tree_of(function: Callable[..., int]) -> ast.FunctionDef:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    return tree


def name_of(function: Callable[..., int]) -> str:
    return f"{function.__module__.removeprefix('linuxmm.')}.{function.__name__}"


def calls(function: Callable[..., int]) -> list[object]:
    """What a function calls, as objects; a builtin as itself."""
    found: list[object] = []
    for node in ast.walk(tree_of(function)):
        if isinstance(node, ast.Call):
            assert isinstance(node.func, ast.Name), f"{name_of(function)}: {ast.unparse(node)}"
            name = node.func.id
            found.append(function.__globals__.get(name, getattr(builtins, name, None)))
    return found


load_core()
for each in CORE_FUNCTIONS:  # now: a file that is edited while the tests run has other lines
    tree_of(each)


@pytest.mark.parametrize("function", CORE_FUNCTIONS, ids=name_of)
def test_a_core_function_is_scalar_code(function: Callable[..., int]) -> None:
    tree = tree_of(function)
    assert not tree.args.defaults and not tree.args.kw_defaults, "no default arguments"
    assert not tree.args.vararg and not tree.args.kwarg
    assert function.__closure__ is None
    for node in ast.walk(tree):
        assert not isinstance(node, FORBIDDEN), f"line {getattr(node, 'lineno', 0)}: {node}"
        assert node is tree or not isinstance(node, ast.FunctionDef), "no inner functions"
        if isinstance(node, ast.Return):
            assert node.value is not None, f"line {node.lineno}: a bare return"
        if isinstance(node, ast.Constant) and node is not getattr(tree.body[0], "value", None):
            assert type(node.value) is int, f"line {node.lineno}: {node.value!r}"
    assert ast.get_docstring(tree) or tree.name.startswith("_"), "a docstring says what it answers"


@pytest.mark.parametrize("function", CORE_FUNCTIONS, ids=name_of)
def test_a_core_function_ends_with_a_value(function: Callable[..., int]) -> None:
    assert _leaves(tree_of(function).body), "the end of the function is reached without a value"


def _leaves(body: list[ast.stmt]) -> bool:
    """Is the end of `body` never reached?"""
    last = body[-1]
    if isinstance(last, ast.If):
        return bool(last.orelse) and _leaves(last.body) and _leaves(last.orelse)
    if isinstance(last, ast.While):
        forever = isinstance(last.test, ast.Constant) and bool(last.test.value)
        return forever and not any(isinstance(node, ast.Break) for node in ast.walk(last))
    return isinstance(last, ast.Return)


@pytest.mark.parametrize("function", CORE_FUNCTIONS, ids=name_of)
def test_a_core_function_calls_only_the_core(function: Callable[..., int]) -> None:
    for called in calls(function):
        known = called in CORE_FUNCTIONS or getattr(called, "__name__", "") in BUILTINS
        assert known, f"{name_of(function)} calls {called}"


def test_no_core_function_calls_itself_however_indirectly() -> None:
    graph = {
        function: [called for called in calls(function) if called in CORE_FUNCTIONS]
        for function in CORE_FUNCTIONS
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("recursion: " + " -> ".join(name_of(f) for f in error.args[1]))


def test_no_function_is_registered_twice_and_all_are_of_the_package() -> None:
    assert len(set(CORE_FUNCTIONS)) == len(CORE_FUNCTIONS)
    assert all(function.__module__.startswith(linuxmm.__name__) for function in CORE_FUNCTIONS)
