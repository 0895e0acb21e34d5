# SPDX-License-Identifier: GPL-2.0-or-later
"""Branches of a function by name: its condition as the syntax tree has it, and which way it goes.

An edit elsewhere, a line broken otherwise or a comment moves none of them.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Final

Statement = ast.If | ast.For | ast.While
WAYS: Final = {ast.If: ("yes", "no"), ast.While: ("again", "ends"), ast.For: ("again", "ends")}


class Branches:
    """The branches of one function."""

    def __init__(self, function: Callable[..., int]) -> None:
        self.name = function.__name__
        first = function.__code__.co_firstlineno - 1
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        nodes = (node for node in ast.walk(tree) if isinstance(node, Statement))
        self.at: dict[int, Statement] = {first + node.lineno: node for node in nodes}
        self.first = first

    def key(self, line: int, target: int) -> str:
        """The branch that coverage calls by these two lines."""
        statement = self.at[line]
        taken = target == self.first + statement.body[0].lineno
        return self._named(statement, WAYS[type(statement)][not taken])

    def names(self) -> Iterator[str]:
        """All there are."""
        for statement in self.at.values():
            for way in WAYS[type(statement)]:
                yield self._named(statement, way)

    def _named(self, statement: Statement, way: str) -> str:
        if isinstance(statement, ast.For):
            text = f"for {ast.unparse(statement.target)} in {ast.unparse(statement.iter)}"
        else:
            word = "if" if isinstance(statement, ast.If) else "while"
            text = f"{word} {ast.unparse(statement.test)}"
        return f"{self.name}: {text} -> {way}"
