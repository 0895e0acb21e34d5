# SPDX-License-Identifier: GPL-2.0-or-later
"""Constant expressions of a tree with the types that C gives them: `PAGE_SIZE` is unsigned long.

Nothing is run: numbers, names, operators, casts, and macros whose text is such an expression.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from linuxmm.source.ctype import (
    INT,
    LONG,
    UNSIGNED_INT,
    UNSIGNED_LONG,
    CType,
    base_type,
    declared,
    is_type_name,
)
from linuxmm.source.expand import substituted
from linuxmm.source.parser import bare, c_parser, child, operator, parts, syntax_tree, text_of
from linuxmm.source.readable import readable
from linuxmm.source.text import Macro
from linuxmm.source.tree import SourceTree
from linuxmm.source.types import Types
from linuxmm.source.untranslatable import Untranslatable
from linuxmm.source.value import (
    Value,
    binary,
    character,
    compared,
    converted,
    inverted,
    literal,
    negated,
    number,
    promoted,
)

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH: Final = 20  # names in each other
MAX_ELEMENTS: Final = 64  # of a constant array
MAX_TEXT: Final = 2000
MAX_ASKED: Final = 1000  # names and texts for one constant
_COMPARED: Final = ("==", "!=", "<", ">", "<=", ">=")
_BITS: Final = ("BIT", "BIT_ULL", "_BITUL", "_BITULL")
_SUFFIX: Final = {"U": UNSIGNED_INT, "L": LONG, "LL": LONG}
_SAME: Final = ("_AC", "UL", "ULL", "_UL", "_ULL")


class Constants:
    """The constants of one tree, by name and by where they are used."""

    def __init__(self, tree: SourceTree, types: Types) -> None:
        self.tree, self.types = tree, types
        self._known: dict[tuple[str, str], Value | None] = {}
        self._parser = c_parser()
        self._asked = 0

    def of_name(self, name: str, near: str, depth: int = 0) -> Value | None:
        """The value of an enumerator or a macro; None for what has none that is known here."""
        key = (name, near)
        if key not in self._known:
            if depth == 0:
                self._asked = 0
            found = self.tree.constant_text(name, near)
            self._known[key] = None  # what means itself means nothing
            if found is not None:
                path, text, enumerator = found
                value = self.of_text(text, path, depth + 1)
                if value is not None and enumerator and _fits_int(value):
                    value = converted(value, INT)
                self._known[key] = value
        return self._known[key]

    def of_text(self, text: str, near: str, depth: int = 0) -> Value | None:
        """The value of an expression's text."""
        if depth == 0:
            self._asked = 0
        self._asked += 1
        if depth > MAX_DEPTH or len(text) > MAX_TEXT or self._asked > MAX_ASKED:
            return None
        simple = literal(text.strip())
        if simple is not None:
            return simple
        said = f"long x = ({readable(text)});"
        tree = syntax_tree(self._parser, said.encode("utf-8", "replace"))
        if tree is None or tree.root_node.has_error:
            return None
        try:
            declarator = child(tree.root_node.named_children[0], "declarator")
            return _Reader(self, near, depth).value(child(declarator, "value"))
        except (Untranslatable, ValueError, IndexError):
            return None

    def number(self, text: str, near: str) -> int | None:
        """The value of a constant expression; None when it has none that is known here."""
        value = self.of_text(text, near)
        return value.constant if value is not None else None

    def variable(self, name: str, near: str) -> Value | None:
        """The value of a number that a file declares as const."""
        found = self._const(name, near)
        if found is None or found[0].length is not None or not found[0].is_number:
            return None
        value = self.of_text(text_of(found[1]), near)
        return converted(value, found[0]) if value is not None else None

    def array(self, name: str, near: str) -> tuple[CType, list[int]] | None:
        """The type and the elements of an array of numbers that a file declares as const."""
        found = self._const(name, near)
        if found is None or found[0].length is None or found[1].type != "initializer_list":
            return None
        ctype, given = found[0], parts(found[1])
        values = [self.number(text_of(each), near) for each in given]
        if not ctype.element().is_number or len(values) > MAX_ELEMENTS:
            return None
        length = self.number(ctype.length, near) if ctype.length else len(values)
        if length is None or not len(values) <= length <= MAX_ELEMENTS:
            return None
        known = [value for value in values if value is not None]
        if len(known) != len(values):
            return None
        return replace(ctype, length=str(length)), known + [0] * (length - len(known))

    def _const(self, name: str, near: str) -> "tuple[CType, Node] | None":
        """The type and the initialiser of a const variable of a file."""
        own = self.tree.file(near)
        node = own.globals.get(name) if own is not None else None
        if node is None or not any(text_of(each) == "const" for each in node.children):
            return None
        for declarator in node.children_by_field_name("declarator"):
            value = declarator.child_by_field_name("value")
            if value is not None:
                said, ctype = declared(base_type(node), child(declarator, "declarator"))
                if said == name and not ctype.pointers:
                    return self.types.resolved(ctype, near), value
        return None


def _fits_int(value: Value) -> bool:
    return value.constant is not None and -(1 << 31) <= value.constant < 1 << 31


class _Reader:
    """Evaluates the nodes of one text.  Raises: Untranslatable for what is no constant."""

    def __init__(self, constants: Constants, near: str, depth: int) -> None:
        self.constants, self.near, self.depth = constants, near, depth
        self.left = 200  # nodes in each other

    def value(self, node: "Node") -> Value:
        self.left -= 1
        if self.left < 0:
            raise Untranslatable("more in each other than is read")
        found = self._value(bare(node))
        self.left += 1
        return found

    def _value(self, node: "Node") -> Value:
        kind = node.type
        if kind == "number_literal":
            return _found(literal(text_of(node)))
        if kind == "char_literal":
            return _found(character(text_of(node)[1:-1]))
        if kind in ("true", "false"):
            return number(int(kind == "true"))
        if kind == "identifier":
            return _found(self.constants.of_name(text_of(node), self.near, self.depth + 1))
        if kind == "unary_expression":
            return self._unary(node)
        if kind == "binary_expression":
            return self._binary(node)
        if kind == "conditional_expression":
            chosen = "consequence" if self._truth(child(node, "condition")) else "alternative"
            return self.value(child(node, chosen))
        if kind == "cast_expression":
            return converted(self.value(child(node, "value")), self._type(child(node, "type")))
        if kind == "sizeof_expression":
            described = node.child_by_field_name("type")
            if described is not None:
                ctype = self._type(described)
                if ctype.is_number or ctype.is_pointer:
                    return number(max(1, ctype.bits // 8), UNSIGNED_LONG)
        if kind == "call_expression":
            return self._call(node)
        raise Untranslatable(f"{kind} in a constant")

    def _truth(self, node: "Node") -> bool:
        return self.value(node).constant != 0

    def _type(self, described: "Node") -> CType:
        _, ctype = declared(base_type(described), described.child_by_field_name("declarator"))
        ctype = self.constants.types.resolved(ctype, self.near)
        if ctype.is_pointer or not ctype.is_number:
            raise Untranslatable("a pointer in a constant")
        return ctype

    def _unary(self, node: "Node") -> Value:
        op, value = operator(node), self.value(child(node, "argument"))
        if op == "!":
            return number(int(value.constant == 0))
        if op == "+":
            return converted(value, promoted(value.ctype))
        return negated(value) if op == "-" else inverted(value)

    def _binary(self, node: "Node") -> Value:
        op, left = operator(node), child(node, "left")
        if left.type == "parenthesized_expression" and op in "+-":
            inner = bare(left)
            if inner.type == "identifier" and is_type_name(text_of(inner)):  # (u32)-1
                value = self.value(child(node, "right"))
                return converted(negated(value) if op == "-" else value, CType(text_of(inner)))
        a = self.value(left)
        if op in ("&&", "||"):
            if (a.constant != 0) == (op == "||"):
                return number(int(op == "||"))
            return number(int(self._truth(child(node, "right"))))
        b = self.value(child(node, "right"))
        if op in _COMPARED:
            return compared(op, a, b)
        if op in "/%" and b.constant == 0:
            raise Untranslatable("a division by zero")
        if op in ("<<", ">>") and not 0 <= (b.constant or 0) < promoted(a.ctype).bits:
            raise Untranslatable("a shift out of the word")
        found = binary(op, a, b)
        if found.constant is None:
            raise Untranslatable("no constant")
        return found

    def _call(self, node: "Node") -> Value:
        name = text_of(child(node, "function"))
        arguments = parts(child(node, "arguments"))
        if name in _SAME and arguments:
            suffix = text_of(arguments[1]).upper() if len(arguments) > 1 else "UL"
            return converted(self.value(arguments[0]), _SUFFIX.get(suffix, UNSIGNED_LONG))
        if name in _BITS and len(arguments) == 1:
            return binary("<<", number(1, UNSIGNED_LONG), self.value(arguments[0]))
        if name in ("GENMASK", "GENMASK_ULL") and len(arguments) == 2:
            high, low = (self.value(each).constant or 0 for each in arguments)
            if 0 <= low <= high < 64:
                return number((2 << high) - (1 << low), UNSIGNED_LONG)
        found = self.constants.tree.macro(name, self.near)
        if found is None:
            raise Untranslatable(f"{name}() in a constant")
        params, text = found
        said = substituted(Macro(params, text), [text_of(each) for each in arguments], name)
        value = self.constants.of_text(said, self.near, self.depth + 1)
        return _found(value)


def _found(value: Value | None) -> Value:
    if value is None or value.constant is None:
        raise Untranslatable("no constant")
    return value
