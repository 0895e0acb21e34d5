# SPDX-License-Identifier: GPL-2.0-or-later
"""Every small mistake that could be made in a function's C, one place each.

An edit is one of the text of the file: applied it gives a file that a patch could have made.
They are found on the syntax tree of the prepared text, in which each character of code stands
where it stands in the file (`text.py`), and keep the number of lines.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from linuxmm.source.ctype import CType
from linuxmm.source.parser import parts, text_of
from linuxmm.source.slips import (
    ERRNO,
    OPERATORS,
    other_call,
    other_constant,
    other_errno,
)

if TYPE_CHECKING:
    from tree_sitter import Node

REMOVED: Final = "statement removed"
NEGATED: Final = "condition negated"
DROPPED: Final = "operand dropped"
OPERATOR: Final = "operator changed"
CONSTANT: Final = "constant changed"
FLAG: Final = "flag changed"
ERRNO_CHANGED: Final = "errno changed"
RETURNED: Final = "return value changed"
EXIT: Final = "exit moved"
FELL: Final = "exit removed"
SWAPPED: Final = "arguments swapped"
CALLED: Final = "call changed"
KINDS: Final = (REMOVED, NEGATED, DROPPED, OPERATOR, CONSTANT, FLAG, ERRNO_CHANGED, RETURNED,
                EXIT, FELL, SWAPPED, CALLED)  # fmt: skip

ELSE: Final = "else of "
BEHIND: Final = "behind "  # a condition whose branch goes elsewhere stands before

_LOOPS: Final = ("for_statement", "while_statement", "do_statement")
_JUMPS: Final = ("goto_statement", "continue_statement", "break_statement", "return_statement")
_CALL_LOOP: Final = re.compile(r"^(?:for_each|list_for_each)_?\w*$")
_SPACE: Final = re.compile(r"\s+")
Place = tuple[int, int]


@dataclass(frozen=True)
class Edit:
    """One place of a function, written otherwise.

    `start`, `end`: line and column, from 0, in characters; `old`, `new`: what stands there, in one
    line; `within`: the conditions around it, the outermost first, and what it stands behind: a
    label (`out:`), conditions that go elsewhere (`BEHIND`).
    """

    path: str
    function: str
    kind: str
    start: Place
    end: Place
    old: str
    new: str
    within: tuple[str, ...] = ()

    @property
    def line(self) -> int:
        """Its line in the file, from 1."""
        return self.start[0] + 1

    @property
    def place(self) -> str:
        return f"{self.path}:{self.function}"

    def applied(self, text: str) -> str:
        """The text with the edit made; it has as many lines as before."""
        lines = text.split("\n")
        (first, column), (last, end) = self.start, self.end
        blank = "\n" * (last - first)
        said = f"{lines[first][:column]}{self.new}{blank}{lines[last][end:]}"
        return "\n".join((*lines[:first], said, *lines[last + 1 :]))

    def lines(self, text: str) -> tuple[str, str]:
        """The lines of the text that it is in, before and after, each as one line."""
        first, last = self.start[0], self.end[0]
        both = (text.split("\n"), self.applied(text).split("\n"))
        before, after = (_one_line("\n".join(lines[first : last + 1])) for lines in both)
        return before, after


@dataclass(frozen=True)
class Asked:
    """What is asked of the file and of the tree around a function.

    constants: names in capitals that mean something there; calls: names that its file calls;
    parameters: the types of what a function takes, None where nobody knows.
    """

    constants: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    parameters: Callable[[str], list[CType] | None] = lambda name: None


def edits(path: str, name: str, function: "Node", text: str, asked: Asked) -> list[Edit]:
    """Every edit of one function, in the order of the text; `text`: the file as it is."""
    found = _Edits(function, asked)
    raw, prepared = text.split("\n"), padded(function).split("\n")
    made: dict[tuple[Place, Place, str], Edit] = {}
    for kind, node, new in found.every():
        start, end = _places(node, prepared)
        if any(line.lstrip().startswith("#") for line in raw[start[0] : end[0] + 1]):
            continue  # a condition of the preprocessor would go with it
        within = tuple(_conditions(node, function))
        edit = Edit(path, name, kind, start, end, _one_line(text_of(node)), new, within)
        made.setdefault((start, end, new), edit)
    return sorted(made.values(), key=lambda e: (e.start, e.end, KINDS.index(e.kind), e.new))


def padded(function: "Node") -> str:
    """The prepared text of a function, with its lines and columns as in the file."""
    row, column = function.start_point
    return "\n" * row + " " * column + text_of(function)


class _Edits:
    """Goes over the nodes of one function."""

    def __init__(self, function: "Node", asked: Asked) -> None:
        self.function, self.asked = function, asked
        body = function.child_by_field_name("body")
        self.nodes = list(_nodes(body)) if body is not None else []
        self.errnos = sorted({n for node in self.nodes if (n := _errno(node))})
        self.labels = [_label(node) for node in self.nodes if node.type == "labeled_statement"]

    def every(self) -> "Iterator[tuple[str, Node, str]]":
        """Kind, the node that goes, the text that comes."""
        for node in self.nodes:
            yield from self._statement(node)
            yield from self._condition(node)
            yield from self._expression(node)
            yield from self._name(node)
            yield from self._call(node)
            yield from self._jump(node)

    def _statement(self, node: "Node") -> "Iterator[tuple[str, Node, str]]":
        if node.type == "expression_statement" and parts(node):
            loop = parts(node)[0].type == "call_expression" and _CALL_LOOP.match(
                _called(parts(node)[0])
            )
            if not loop:
                yield REMOVED, node, ";"

    def _condition(self, node: "Node") -> "Iterator[tuple[str, Node, str]]":
        if node.type not in ("if_statement", "conditional_expression", *_LOOPS):
            return
        condition = node.child_by_field_name("condition")
        inner = _bare(condition) if condition is not None else None
        if inner is not None:
            yield NEGATED, inner, _negated(inner)

    def _expression(self, node: "Node") -> "Iterator[tuple[str, Node, str]]":
        if node.type not in ("binary_expression", "assignment_expression", "update_expression"):
            return
        operator = node.child_by_field_name("operator")
        said = text_of(operator) if operator is not None else ""
        if node.type == "binary_expression" and said in ("&&", "||", "|"):
            for side, other in (("left", "right"), ("right", "left")):
                gone, kept = node.child_by_field_name(side), node.child_by_field_name(other)
                if gone is not None and kept is not None:
                    yield DROPPED, node, _one_line(text_of(kept))
        is_condition = node.parent is not None and _is_condition(node)
        if operator is not None and said in OPERATORS:
            if not (is_condition and said in ("==", "!=")):  # that is its negation
                yield OPERATOR, operator, OPERATORS[said]

    def _name(self, node: "Node") -> "Iterator[tuple[str, Node, str]]":
        said = text_of(node)
        if node.type == "number_literal":
            value = _value(said)
            if value is not None:
                yield CONSTANT, node, str(value + 1)
                if value > 0:
                    yield CONSTANT, node, str(value - 1)
        elif node.type in ("true", "false"):
            yield CONSTANT, node, "false" if node.type == "true" else "true"
        elif node.type == "identifier" and said in self.asked.constants:
            other = other_constant(said, self.asked.constants)
            if other:
                yield FLAG, node, other
        errno = _errno(node)
        if errno:
            yield ERRNO_CHANGED, node, f"-{other_errno(errno, self.errnos)}"

    def _call(self, node: "Node") -> "Iterator[tuple[str, Node, str]]":
        if node.type != "call_expression":
            return
        name, function = _called(node), node.child_by_field_name("function")
        other = other_call(name, self.asked.calls)
        if other and function is not None:
            yield CALLED, function, other
        yield from self._swapped(node, name)

    def _swapped(self, node: "Node", name: str) -> "Iterator[tuple[str, Node, str]]":
        """Neighbours that a compiler would take for each other: numbers, or of one type."""
        inside = node.child_by_field_name("arguments")
        types = self.asked.parameters(name)
        given = parts(inside) if inside is not None else []
        if inside is None or types is None or len(types) != len(given):
            return
        texts = [_one_line(text_of(each)) for each in given]
        for i in range(len(given) - 1):
            numbers = not (types[i].is_pointer or types[i + 1].is_pointer)
            scalar = not (types[i].is_struct or types[i + 1].is_struct)
            if texts[i] != texts[i + 1] and ((numbers and scalar) or types[i] == types[i + 1]):
                swapped = (*texts[:i], texts[i + 1], texts[i], *texts[i + 2 :])
                yield SWAPPED, inside, f"({', '.join(swapped)})"

    def _jump(self, node: "Node") -> "Iterator[tuple[str, Node, str]]":
        if node.type not in _JUMPS:
            return
        if node.type == "goto_statement":
            at = _one_line(text_of(node)).removeprefix("goto").rstrip("; ")
            for label in self.labels:
                if label != at.strip():
                    yield EXIT, node, f"goto {label};"
        elif node.type in ("continue_statement", "break_statement") and self._in_loop(node):
            yield EXIT, node, "break;" if node.type == "continue_statement" else "continue;"
        if self._is_guarded(node):
            yield FELL, node, ";"
        value = parts(node)[:1] if node.type == "return_statement" else []
        if value and _bare(value[0]).type not in ("number_literal", "true", "false", "null"):
            yield RETURNED, value[0], "0"

    def _in_loop(self, node: "Node") -> bool:
        """Is there a loop around it in this function (one of a macro is none that C knows)?"""
        return any(outer.type in _LOOPS for outer in _around(node, self.function))

    def _is_guarded(self, node: "Node") -> bool:
        """Does something come behind it, as when it were not there?"""
        outer = [each.type for each in _around(node, self.function)]
        return "if_statement" in outer or "case_statement" in outer


# --- nodes ----------------------------------------------------------------------------------------
def _nodes(node: "Node") -> "Iterator[Node]":
    yield node
    for each in node.children:
        if each.type != "comment":
            yield from _nodes(each)


def _around(node: "Node", function: "Node") -> "Iterator[Node]":
    """What is around a node in its function, the innermost first."""
    outer = node.parent
    while outer is not None and outer != function:
        yield outer
        outer = outer.parent


def _conditions(node: "Node", function: "Node") -> list[str]:
    """The conditions that decide whether a node is come by, the outermost first.

    Of one whose other branch it is in, behind the word `ELSE`.  In every block the last label
    before it, which is where who jumps comes from, and behind the word `BEHIND` the conditions
    before it whose branch goes elsewhere.
    """
    found, inner = [], node
    for outer in _around(node, function):
        if outer.type == "compound_statement":
            found += _before(outer, inner)
        condition = outer.child_by_field_name("condition")
        if condition is not None and outer.type == "if_statement" and condition != inner:
            said = _one_line(text_of(_bare(condition)))
            is_else = inner == outer.child_by_field_name("alternative")
            found.append(f"{ELSE}{said}" if is_else else said)
        inner = outer
    return found[::-1]


def _before(block: "Node", statement: "Node") -> list[str]:
    """Of a block before one of its statements: the last label, conditions that go elsewhere."""
    found: list[str] = []
    for each in block.children:
        if each.start_byte > statement.start_byte:
            break
        condition = each.child_by_field_name("condition")
        if each.type == "labeled_statement":
            found = [f"{_label(each)}:"]  # who jumps comes from elsewhere
        elif each != statement and condition is not None and _goes_elsewhere(each):
            found.append(f"{BEHIND}{_one_line(text_of(_bare(condition)))}")
    return found[::-1]


def _goes_elsewhere(statement: "Node") -> bool:
    """Does an if without else end in a jump?"""
    branch = statement.child_by_field_name("consequence")
    if statement.type != "if_statement" or branch is None:
        return False
    last = (parts(branch) or [branch])[-1] if branch.type == "compound_statement" else branch
    return last.type in _JUMPS and statement.child_by_field_name("alternative") is None


def _is_condition(node: "Node") -> bool:
    outer = node.parent
    while outer is not None and outer.type == "parenthesized_expression":
        node, outer = outer, outer.parent
    return outer is not None and outer.child_by_field_name("condition") == node


def _bare(node: "Node") -> "Node":
    while node.type == "parenthesized_expression" and parts(node):
        node = parts(node)[0]
    return node


def _negated(node: "Node") -> str:
    said = _one_line(text_of(node))
    if node.type == "unary_expression" and said.startswith("!"):
        return said[1:].lstrip()
    simple = node.type in ("identifier", "call_expression", "field_expression")
    return f"!{said}" if simple else f"!({said})"


def _called(node: "Node") -> str:
    function = node.child_by_field_name("function")
    return text_of(function) if function is not None and function.type == "identifier" else ""


def _label(node: "Node") -> str:
    label = node.child_by_field_name("label")
    return text_of(label) if label is not None else ""


def _errno(node: "Node") -> str:
    """The name of an errno that is negated here."""
    if node.type != "unary_expression":
        return ""
    said = _one_line(text_of(node)).replace(" ", "")
    return said[1:] if ERRNO.match(said[1:]) and said.startswith("-") else ""


def _value(literal: str) -> int | None:
    try:
        return int(literal.rstrip("uUlL"), 0)
    except ValueError:
        return None


# --- text -----------------------------------------------------------------------------------------
def _one_line(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


def _places(node: "Node", lines: list[str]) -> tuple[Place, Place]:
    """Where a node stands, in characters: the parser counts bytes."""
    start, end = (
        (row, len(lines[row].encode()[:column].decode("utf-8", "replace")))
        for row, column in (node.start_point, node.end_point)
    )
    return start, end
