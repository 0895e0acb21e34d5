# SPDX-License-Identifier: GPL-2.0-or-later
"""Nowhere outside kernels/ does code ask which kernel it runs: it asks the record.

Walks the syntax tree of every module of ours.  Forbidden outside ``linuxmm/kernels``: a
comparison or a ``match`` with a kernel's name or a version, a lookup in a table by kernel
name, ``hasattr``/``getattr`` of a named field on a kernel, and branching on its ``.name``.
A kernel may be *named* (a default, an example, the text of a scenario), so a name in a
plain string that nothing compares is fine.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import linuxmm
from linuxmm.kernels import names
from linuxmm.kernels.load import ALIASES

ROOT = Path(linuxmm.__file__).parent
MODULES = sorted(
    path for path in ROOT.rglob("*.py") if path.relative_to(ROOT).parts[0] != "kernels"
)
KERNEL_NAMES = {*names(), *ALIASES, "base"}
VERSION = re.compile(r"v?[3-7]\.\d+(\.\d+)?([-.]\S*)?")
KERNEL_WORDS = {"kernel", "kernels", "rules", "k", "before", "after", "rival", "record"}


def is_kernel_text(node: ast.expr) -> bool:
    """A string constant (or a tuple of them) that is a kernel's name or a version."""
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(is_kernel_text(entry) for entry in node.elts)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value in KERNEL_NAMES - {"base"} or bool(VERSION.fullmatch(node.value))
    return False


def is_version_tuple(node: ast.expr) -> bool:
    """``(6, 1)``: a tuple of two or three small integers that begins like a release."""
    if not isinstance(node, ast.Tuple) or len(node.elts) not in (2, 3):
        return False
    values = [entry.value for entry in node.elts if isinstance(entry, ast.Constant)]
    numbers = [value for value in values if isinstance(value, int)]
    return len(numbers) == len(node.elts) and 3 <= numbers[0] <= 7


def is_kernel(node: ast.expr) -> bool:
    """A variable or attribute that, by its name, holds a kernel."""
    word = node.id if isinstance(node, ast.Name) else ""
    word = node.attr if isinstance(node, ast.Attribute) else word
    return word in KERNEL_WORDS or word.endswith("_kernel")


def questions(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every place that asks which kernel this is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(is_kernel_text(side) or is_version_tuple(side) for side in sides):
                yield node.lineno, "compares with a kernel's name or version"
            named = [s for s in sides if isinstance(s, ast.Attribute) and s.attr == "name"]
            if any(is_kernel(side.value) for side in named):
                yield node.lineno, "compares the name of a kernel"
        elif isinstance(node, ast.MatchValue) and is_kernel_text(node.value):
            yield node.lineno, "matches a kernel's name or version"
        elif isinstance(node, ast.Subscript) and is_kernel_text(node.slice):
            yield node.lineno, "looks up by a kernel's name"
        elif isinstance(node, ast.Dict):
            if any(key is not None and is_kernel_text(key) for key in node.keys):
                yield node.lineno, "has a table by kernel names"
        elif isinstance(node, ast.Call):
            yield from _calls(node)


def _calls(node: ast.Call) -> Iterator[tuple[int, str]]:
    """``hasattr(kernel, ...)`` and ``name.startswith("v6")``."""
    function = node.func
    asks = isinstance(function, ast.Name) and function.id in ("hasattr", "getattr")
    constant = len(node.args) > 1 and isinstance(node.args[1], ast.Constant)
    if asks and constant and is_kernel(node.args[0]):
        yield node.lineno, "asks a kernel whether it has something"
    if isinstance(function, ast.Attribute) and function.attr in ("startswith", "endswith"):
        value = function.value
        if isinstance(value, ast.Attribute) and value.attr == "name" and is_kernel(value.value):
            yield node.lineno, "tests the name of a kernel"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_asks_which_kernel_it_is(path: Path) -> None:
    found = [f"{path}:{line}: {what}" for line, what in questions(ast.parse(path.read_text()))]
    assert found == []


ASKING = [
    'if kernel.name == "v6.1": pass',
    'if name in ("split-v1", "x"): pass',
    "if version >= (6, 1): pass",
    'if release == "6.1.192": pass',
    'hasattr(kernel, "anon_exclusive")',
    'getattr(m.rules, "x", 0)',
    'TABLE = {"v5.17-coherent": 1, "debian-6.1": 2}',
    'x = table["split-v1"]',
    'match name:\n    case "v6.1": pass',
    'kernel.name.startswith("v")',
    "if before.name != other: pass",
]
NOT_ASKING = [
    'DEFAULT = "v6.1"',
    'kernel = load("split-v1")',
    'EXAMPLE = "linuxmm run x --kernel v6.1"',
    "if kernel.behaviour(name) == word: pass",
    'x = table["base"]',
    "if (0, 1) == pair: pass",
    "print(kernel.name)",
]


@pytest.mark.parametrize("code", ASKING)
def test_the_walker_sees_a_question(code: str) -> None:
    assert list(questions(ast.parse(code)))


@pytest.mark.parametrize("code", NOT_ASKING)
def test_the_walker_lets_naming_pass(code: str) -> None:
    assert list(questions(ast.parse(code))) == []
