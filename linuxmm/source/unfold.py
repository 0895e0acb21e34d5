# SPDX-License-Identifier: GPL-2.0-or-later
"""Executed functions that are one expression, written out where a condition asks them.

`pte_none_mostly(pte)` in the place of `pte_none(pte)` differs by what it asks besides, and that may
be true of no entry that ever comes by: the parts of a condition are those of what it calls, too.
"""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from linuxmm.source.program import Program

MOST_LEVELS: Final = 4
LONGEST: Final = 2000  # characters of a condition
_ONE: Final = re.compile(
    r"def (?P<name>c_\w+)\((?P<params>[\w, ]*)\):\n    '[^'\n]*'\n"
    r"(?:    if spent\(m, 1\):\n        return missing\(m, \d+\)\n)?"
    r"    return (?P<says>[^\n]+)\n    return 0\n?"
)
_VARIABLE: Final = re.compile(r"\bv_\w+")


@dataclass(frozen=True)
class Says:
    """What a function returns, by the names of its parameters."""

    params: tuple[str, ...]
    text: str


Unfolded = Mapping[str, Says]


def one_expression(program: Program) -> dict[str, Says]:
    """The functions of a program that are one expression of what they are given."""
    found: dict[str, Says] = {}
    twice: set[str] = set()
    for text in program.texts.values():
        match = _ONE.fullmatch(text)
        if match is not None:
            name, says = match["name"], _says(match["params"], match["says"])
            if name in found and found[name] != says:
                twice.add(name)  # of two files
            if says is not None:
                found[name] = says
    return {name: says for name, says in found.items() if name not in twice}


def _says(params: str, text: str) -> Says | None:
    names = tuple(filter(None, re.split(r", *", params)))
    return None if ":=" in text or {*_VARIABLE.findall(text)} - {*names} else Says(names, text)


def unfold(text: str, known: Unfolded) -> str:
    """An expression with calls of such functions, of plain names, written out."""
    for _ in range(MOST_LEVELS):
        once = _once(text, known)
        if once == text or len(once) > LONGEST:
            return text
        text = once
    return text


def _once(text: str, known: Unfolded) -> str:
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError):
        return text
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    places = [(call.col_offset, call.end_col_offset or 0, said) for call in calls
              if (said := _written_out(call, known))]  # fmt: skip
    for begin, end, said in sorted(places, reverse=True):  # none is inside another: names alone
        text = f"{text[:begin]}({said}){text[end:]}"
    return text


def _written_out(call: ast.Call, known: Unfolded) -> str:
    says = known.get(call.func.id) if isinstance(call.func, ast.Name) else None
    given = [arg.id for arg in call.args if isinstance(arg, ast.Name)]
    if says is None or call.keywords or not len(given) == len(call.args) == len(says.params):
        return ""
    names = dict(zip(says.params, given, strict=True))
    return _VARIABLE.sub(lambda match: names[match[0]], says.text)
