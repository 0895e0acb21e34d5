# SPDX-License-Identifier: GPL-2.0-or-later
"""Every test looks at something: none is green because what it loops over was empty."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.fuzz.target import ROOT

FILES: Final = sorted((ROOT / "tests").rglob("test_*.py"))
LISTING: Final = {"glob", "rglob", "iterdir"}


def functions_of(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node


def may_be_empty(node: ast.expr) -> bool:
    """Is it what a filter left, or what a folder holds?"""
    for part in ast.walk(node):
        if isinstance(part, ast.comprehension) and part.ifs:
            return True
        if isinstance(part, ast.Attribute) and part.attr in LISTING:
            return True
    return False


def looks(statements: list[ast.stmt]) -> bool:
    """Is something asserted that is not inside a loop over what may be empty?"""
    for statement in statements:
        if isinstance(statement, ast.For) and may_be_empty(statement.iter):
            continue
        if isinstance(statement, (ast.For, ast.With, ast.While)):
            if looks(statement.body):
                return True
        elif not isinstance(statement, ast.Assign) and asserts(statement):
            return True
    return False


def asserts(node: ast.AST) -> bool:
    """An assertion, or a call of something that makes one."""
    return any(isinstance(part, (ast.Assert, ast.Raise, ast.Call)) for part in ast.walk(node))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_test_is_green_because_nothing_was_there(path: Path) -> None:
    hollow = [test.name for test in functions_of(path) if not looks(test.body)]
    assert hollow == []


def test_the_search_finds_a_hollow_test() -> None:
    text = "def test_x():\n    for a in [b for b in c if b]:\n        assert a\n"
    (hollow,) = ast.parse(text).body
    assert isinstance(hollow, ast.FunctionDef) and not looks(hollow.body)
    (full,) = ast.parse(text.replace("    for", "    assert c\n    for", 1)).body
    assert isinstance(full, ast.FunctionDef) and looks(full.body)
