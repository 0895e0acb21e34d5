# SPDX-License-Identifier: GPL-2.0-or-later
"""What a changed condition decides by, and whether a run tells it from the one that it was.

A condition of several parts went both ways long before each part did, and `x > 1` and `x > 2` are
told apart by 2 alone.  A part that the other text has not is to go both ways itself; of two parts
that ask the same thing and compare it with something else a run has to come where they differ.
A call that the other text has not has to give two values: else it is told from no constant.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from linuxmm.source.notes import APART, DECIDED, VALUED

ASKED: Final = "asked_"  # what a part asks for, while it is compared twice
MAX_PARTS: Final = 8  # of one condition, in a table of truth
# What the translator writes around values, and frames: it asks nothing.
_OWN: Final = frozenset(
    ("leave", "frame", "known", "sound", "null", "missing", "dry", "unset", "divisor", "spent",
     "ignored", "lock", "unlock", "map_locked")
)  # fmt: skip
_VARIABLE: Final = re.compile(r"\b(?:v_)?v_\w+")
_FOLLOWED: Final = re.compile(r"\((v_\w+) if \1 > 0 else null\(m, \w+\)\)")
_TRAP: Final = re.compile(r", \d{9,}\)")
_TURNED: Final = {"!=": "==", ">=": "<", ">": "<="}
_SIGNS: Final[dict[type[ast.cmpop], str]] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One part of a condition that is true or not.

    begin, end: its place in the text; bare: its text under no names of variables, which is turned
    round or not; asked, sign, other: `asked sign other` where it is a comparison or a mask.
    """

    begin: int
    end: int
    text: str
    bare: str
    turned: bool = False
    asked: str = ""
    sign: str = ""
    other: str = ""

    def is_like(self, part: "Part") -> bool:
        """Does another part ask the same thing and compare it with something that is known?"""
        same = bare(self.asked) == bare(part.asked) and (self.sign == "&") == (part.sign == "&")
        return bool(self.asked) and same and self.bare != part.bare and "v_" not in part.other


@dataclass(frozen=True)
class Condition:
    """A condition of translated text."""

    text: str
    parts: tuple[Part, ...]
    table: tuple[object, ...]  # the same for the same decision by the same parts


@dataclass(frozen=True)
class Wanted:
    """What a run has to come by in a part: both ways, or where it differs from another one."""

    part: Part
    other: Part | None = None


def condition(text: str) -> Condition:
    """A condition taken apart; of one that cannot be read, the whole is its part."""
    try:
        tree: ast.expr = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return Condition(text, (), (bare(text),))
    parts = _told_apart(tuple(_parts(tree, text)))
    return Condition(text, parts, _table(tree, text, parts))


def wanted(one: Condition, others: Sequence[Condition]) -> list[Wanted]:
    """What is to be seen of a condition, given those of the other text that are not in this one."""
    known = {part.bare for other in others for part in other.parts}
    new = [part for part in one.parts if part.bare not in known]
    if not new and not any(one.table in (other.table, _turned(other.table)) for other in others):
        new = list(one.parts)
    found = [Wanted(part) for part in new if len(one.parts) > 1]
    theirs = {part.bare for part in one.parts}
    gone = [part for other in others for part in other.parts if part.bare not in theirs]
    for part in new:
        like = next((each for each in gone if part.is_like(each)), None)
        if like is not None:
            found.append(Wanted(part, like))
    return found


def calls(statement: str) -> list[Part]:
    """The calls in a statement for what they give, the outer ones first."""
    try:
        [tree] = ast.parse(statement).body
    except (SyntaxError, ValueError, RecursionError):
        return []
    own = tree.value if isinstance(tree, ast.Expr) else None
    own = own.test if isinstance(own, ast.IfExp) else own  # (1 if f(m) else 0)
    found = [node for node in ast.walk(tree) if node is not own and _asks(node)]
    return [_part(node, statement) for node in found if isinstance(node, ast.expr)]


def _asks(node: ast.AST) -> bool:
    """Is it a call that asks something of the machine?"""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
        return False
    first = node.args[0]
    return isinstance(first, ast.Name) and first.id == "m" and node.func.id not in _OWN


def valued(statement: str, parts: Iterable[tuple[Part, int]]) -> str:
    """The statement with a note of the values of some of its calls, none inside another."""
    for part, number in sorted(parts, key=lambda each: -each[0].begin):
        said = f"{VALUED}({number}, {part.text})"
        statement = statement[: part.begin] + said + statement[part.end :]
    return statement


def bare(text: str) -> str:
    """A text without the names of variables, what follows a pointer for NULL, numbers of traps."""
    text = _unfollowed(text)
    return text if _VARIABLE.fullmatch(text) else _VARIABLE.sub("v", text)


def _unfollowed(text: str) -> str:
    return _TRAP.sub(", 0)", _FOLLOWED.sub(r"\1", text))


def noted(one: Condition, numbers: Iterable[tuple[Wanted, int]]) -> str:
    """The condition with a note of what is wanted of its parts; numbers: of the note for each."""
    text = one.text
    said: dict[Part, str] = {}
    for each, number in numbers:
        part = each.part
        now = said.get(part, part.text)
        if each.other is None:
            said[part] = f"{DECIDED}({number}, {now})"
        else:
            this = f"({ASKED} := {part.asked}) {part.sign} {part.other}"
            that = f"{ASKED} {each.other.sign} {each.other.other}"
            said[part] = now.replace(part.text, f"{APART}({number}, {this}, {that})")
    for part in sorted(said, key=lambda part: -part.begin):
        text = text[: part.begin] + said[part] + text[part.end :]
    return text


def _told_apart(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Parts that are alike but for the names of variables, with these."""
    texts: dict[str, set[str]] = {}
    for part in parts:
        texts.setdefault(part.bare, set()).add(_unfollowed(part.asked or part.text))
    return tuple(
        replace(part, bare=f"{part.bare} of {_unfollowed(part.asked or part.text)}")
        if len(texts[part.bare]) > 1
        else part
        for part in parts
    )


def _parts(node: ast.expr, text: str) -> Iterator[Part]:
    if isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from _parts(value, text)
    elif _inside(node) is not None:
        yield from _parts(_inside(node) or node, text)
    elif not isinstance(node, ast.Constant) and not _is_nothing(node):
        yield _part(node, text)


def _is_nothing(node: ast.expr) -> bool:
    """Is it a mask of no bits, as flags are that a configuration has not?"""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.BitAnd):
        return False
    ends = (node.left, node.right)
    return any(isinstance(end, ast.Constant) and end.value == 0 for end in ends)


def _inside(node: ast.expr) -> ast.expr | None:
    """What `not x` and `(1 if x else 0)` are about."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return node.operand
    if isinstance(node, ast.IfExp):
        ends = (node.body, node.orelse)
        if all(isinstance(end, ast.Constant) for end in ends):
            return node.test
    return None


def _part(node: ast.expr, text: str) -> Part:
    def said(inner: ast.expr) -> str:
        return text[inner.col_offset : inner.end_col_offset]

    own = said(node)
    place = (node.col_offset, node.end_col_offset or node.col_offset)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _SIGNS:
        left, right = said(node.left), said(node.comparators[0])
        sign = _SIGNS[type(node.ops[0])]
        plain = f"{bare(left)} {_compared(_TURNED.get(sign, sign), node.comparators[0], right)}"
        return Part(*place, own, plain, sign in _TURNED, f"({left})", sign, f"({right})")
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd):
        left, right = said(node.left), said(node.right)
        return Part(*place, own, bare(own), False, f"({left})", "&", f"({right})")
    return Part(*place, own, bare(own))


def _compared(sign: str, node: ast.expr, text: str) -> str:
    """What a value is compared with; `<= 1` of whole numbers is `< 2`."""
    value = node.value if isinstance(node, ast.Constant) else None
    if sign == "<=" and isinstance(value, int):
        return f"< {value + 1}"
    return f"{sign} {bare(text)}"


def _table(tree: ast.expr, text: str, parts: tuple[Part, ...]) -> tuple[object, ...]:
    names = sorted({part.bare for part in parts})
    if not names or len(names) > MAX_PARTS:
        return (bare(text),)
    ways = (dict(zip(names, way, strict=True)) for way in product((False, True), repeat=len(names)))
    return (*names, tuple(_holds(tree, parts, way) for way in ways))


def _holds(node: ast.expr, parts: tuple[Part, ...], way: dict[str, bool]) -> bool:
    """Does a condition hold where its parts are so?"""
    if isinstance(node, ast.BoolOp):
        each = [_holds(value, parts, way) for value in node.values]
        return all(each) if isinstance(node.op, ast.And) else any(each)
    inner = _inside(node)
    if isinstance(node, ast.IfExp) and inner is not None:
        assert isinstance(node.body, ast.Constant)
        return _holds(inner, parts, way) == bool(node.body.value)
    if inner is not None:
        return not _holds(inner, parts, way)
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if _is_nothing(node):
        return False
    place = (node.col_offset, node.end_col_offset)
    part = next(part for part in parts if (part.begin, part.end) == place)
    return way[part.bare] != part.turned


def _turned(table: tuple[object, ...]) -> tuple[object, ...]:
    """The table of the opposite."""
    *names, last = table
    return (*names, tuple(not way for way in last)) if isinstance(last, tuple) else table
