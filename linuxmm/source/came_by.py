# SPDX-License-Identifier: GPL-2.0-or-later
"""Translated text that says which of its lines a run comes by."""

import ast
from collections.abc import Mapping
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Final

from linuxmm.source.execute import Executed, Version
from linuxmm.source.program import Program

CAME_BY: Final = "came_by"
Function = tuple[str, str]  # file and name
Line = tuple[str, str, int]  # of a function's Python text, from 1


class Marked:
    """Some versions of twins, marked.  `seen`: the numbers of the lines since it was cleared."""

    def __init__(self, versions: Mapping[str, Version]) -> None:
        self.seen: set[int] = set()
        self.numbers: dict[Line, int] = {}
        programs: dict[int, Program] = {}
        made = {}
        for place, version in versions.items():
            known = id(version.program)
            if known not in programs:
                programs[known] = self._marked(version.program)
            made[place] = replace(version, program=programs[known])
        self.text = Executed(made, names={CAME_BY: self.seen.add})

    def _marked(self, program: Program) -> Program:
        texts = {each: self._with_marks(each, text) for each, text in program.texts.items()}
        return replace(program, texts=texts)

    def _with_marks(self, function: Function, text: str) -> str:
        module = ast.parse(text)
        for node in list(ast.walk(module)):
            for name in ("body", "orelse"):
                block = getattr(node, name, None)
                if isinstance(block, list) and not isinstance(node, ast.Module):
                    setattr(node, name, [each for s in block for each in self._mark(function, s)])
        return ast.unparse(ast.fix_missing_locations(module))

    def _mark(self, function: Function, statement: ast.stmt) -> list[ast.stmt]:
        number = self.numbers.setdefault((*function, statement.lineno), len(self.numbers))
        said = ast.Expr(ast.Call(ast.Name(CAME_BY, ast.Load()), [ast.Constant(number)], []))
        return [said, statement]


def changed_lines(before: str, after: str) -> set[int]:
    """Lines of a text, from 1: a run that comes by none of them is the same in the other text."""
    old, new = before.split("\n"), after.split("\n")
    found: set[int] = set()
    for tag, i, j, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            found |= set(_entered(old, i, j, new[first:last]))
    return found


def _entered(old: list[str], i: int, j: int, new: list[str]) -> range:
    """Where lines i to j, from 0, have become others: what a run comes by that would meet these.

    Statements in the place of statements of the same block are met by whoever meets the first of
    those.  Else whoever is in the block before, or goes on behind.
    """
    gone = old[i:j]
    if gone and _is_block(gone) and (not new or _is_block(new, _depth(gone[0]))):
        return range(i + 1, j + 1)
    if not gone and j < len(old) and _is_block(new, _depth(old[j])) and _is_block(old[j : j + 1]):
        return range(j + 1, j + 2)
    depth = min(_depth(line) for line in (*gone, *new))
    while i > 0 and _depth(old[i - 1]) > depth:
        i -= 1
    return range(i, j + 2)


def _is_block(lines: list[str], depth: int | None = None) -> bool:
    """Statements one after the other, at this depth."""
    first = _depth(lines[0])
    whole = not lines[0].lstrip().startswith("else") and all(_depth(s) >= first for s in lines)
    return whole and depth in (None, first)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
