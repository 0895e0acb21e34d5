# SPDX-License-Identifier: GPL-2.0-or-later
"""Expressions of C as expressions of Python over integers.

What an expression does (a store, `x++`, a statement in it) and what must not always be evaluated
(the right side of `&&` when it does something) becomes lines before it; its text has no effects
but calls.
"""

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from linuxmm.source.around import Around
from linuxmm.source.call import SAME, Calls
from linuxmm.source.ctype import (
    POINTER,
    UNSIGNED_LONG,
    VOID,
    WORDS,
    CType,
    base_type,
    common,
    declared,
    is_type_name,
)
from linuxmm.source.parser import bare, child, operator, parts, text_of
from linuxmm.source.place import Places
from linuxmm.source.scope import TYPEOF
from linuxmm.source.untranslatable import Untranslatable
from linuxmm.source.value import (
    Value,
    binary,
    character,
    compared,
    condition_of,
    converted,
    inverted,
    literal,
    negated,
    number,
    promoted,
    truth_value,
)

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH: Final = 40  # expressions in each other
_TYPEOF_OF: Final = re.compile(r"(?:__)?typeof(?:__)?\s*\(\s*(\**)\s*\w+\s*\)\s*(\**)")
COMPARISONS: Final = ("==", "!=", "<", ">", "<=", ">=")


class Expressions:
    """Translates the expressions of one function."""

    def __init__(self, around: Around) -> None:
        self.around = around
        self.border = around.border
        self.lines = around.lines
        self.places = Places(self)
        self.calls = Calls(self, self.places)
        self._depth = 0

    # --- values ---
    def value(self, node: "Node") -> Value:
        """The value of an expression.  Raises: Untranslatable."""
        kind = node.type
        method = _VALUES.get(kind)
        if method is None:
            raise Untranslatable(f"{kind.replace('_', ' ').lower()} is not read")
        self._deeper()
        try:
            found: Value = method(self, node)
        finally:
            self._depth -= 1
        return found

    def kept(self, value: Value) -> Value:
        """The same value under a name: it is taken now and can be said twice."""
        if value.constant is not None:
            return value
        name = self.lines.fresh("t")
        self.lines.write(f"{name} = {value.text}")
        return Value(name, value.ctype, None, value.low, value.high)

    def type_of(self, node: "Node") -> CType:
        """The type of an expression that is not evaluated."""
        with self.lines.apart():
            return self.value(node).ctype

    def _deeper(self) -> None:
        if self._depth == MAX_DEPTH:
            raise Untranslatable("more expressions in each other than are read")
        self._depth += 1

    # --- truth ---
    def truth(self, node: "Node") -> str:
        """A condition, as Python's `if` takes it."""
        self._deeper()
        try:
            return self._truth(bare(node))
        finally:
            self._depth -= 1

    def _truth(self, node: "Node") -> str:
        if node.type == "binary_expression" and operator(node) in ("&&", "||"):
            return self._both(node, operator(node) == "||")
        if node.type == "unary_expression" and operator(node) == "!":
            inner = self.truth(child(node, "argument"))
            opposite = {"True": "False", "False": "True"}.get(inner)
            return opposite or f"(not {inner})"
        if node.type == "call_expression" and text_of(child(node, "function")) in SAME:
            return self.truth(parts(child(node, "arguments"))[0])
        return condition_of(self.value(node))

    def _both(self, node: "Node", either: bool) -> str:
        """`a && b`, `a || b`: b is evaluated only if it has to be."""
        left = self.truth(child(node, "left"))
        if left in ("False", "True"):
            return left if (left == "True") == either else self.truth(child(node, "right"))
        with self.lines.apart() as before:
            right = self._side_truth(child(node, "right"))
        if not before:
            return f"({left} {'or' if either else 'and'} {right})"
        name = self.lines.fresh("t")
        self.lines.write(f"{name} = {truth_value(left).text}")
        self.lines.write(f"if {'not ' if either else ''}{name}:")
        with self.lines.inside():
            self.lines.put(before)
            self.lines.write(f"{name} = {truth_value(right).text}")
        return name

    def _truth_value(self, node: "Node") -> Value:
        return truth_value(self.truth(node))

    # --- atoms ---
    def _literal(self, node: "Node") -> Value:
        found = literal(text_of(node))
        if found is None:
            raise Untranslatable(f"the number {text_of(node)[:40]}")
        return found

    def _character(self, node: "Node") -> Value:
        found = character(text_of(node)[1:-1])
        if found is None:
            raise Untranslatable(f"the character {text_of(node)[:40]}")
        return found

    def _string(self, node: "Node") -> Value:
        return Value("0", CType("char", 1))

    def _zero(self, node: "Node") -> Value:
        return number(0) if node.type == "false" else Value("0", POINTER, 0)

    def _one(self, node: "Node") -> Value:
        return number(1)

    def _parenthesized(self, node: "Node") -> Value:
        inner = parts(node)
        if len(inner) != 1:
            raise Untranslatable("brackets around more than one thing")
        if inner[0].type == "compound_statement":
            return self.around.statements_value(inner[0])
        return self.value(inner[0])

    def _identifier(self, node: "Node") -> Value:
        name = text_of(node)
        if node.start_byte in self.around.scopes.at or name in self.border.globals:
            return self._read(node)
        if name == "NULL":
            return Value("0", POINTER, 0)
        if name in ("true", "false"):
            return number(int(name == "true"))
        constant = self.around.constant(name)
        if constant is not None:
            return constant
        if self.around.constant_array(name) is not None:
            return self._read(node)
        function = self.around.function_number(name)
        if function is not None:
            return Value(str(function), CType("function", 1), function)
        raise Untranslatable(self.around.unknown(name))

    def _read(self, node: "Node") -> Value:
        """What stands at a place; of memory and variables of C's own only what was set."""
        node = bare(node)
        return self.places.read(self.places.place(node), node)

    def _pointer(self, node: "Node") -> Value:
        if text_of(node)[0] == "*":
            return self._read(node)
        return self.places.address(child(node, "argument"))

    def _cast(self, node: "Node") -> Value:
        ctype = self._described(child(node, "type"))
        value = self.value(child(node, "value"))
        if ctype == VOID:
            return value
        if ctype.is_struct and ctype.base not in WORDS:
            if ctype.is_list or ctype != value.ctype:
                raise Untranslatable(f"a cast to {ctype}")
            return value
        return converted(value, ctype)

    def _described(self, described: "Node") -> CType:
        """The type that a cast, a literal or sizeof says."""
        declarator = described.child_by_field_name("declarator")
        said = _TYPEOF_OF.fullmatch(text_of(described))
        if said is not None:
            return self._typeof(described, len(said[1]), len(said[2]))
        if text_of(described).startswith(TYPEOF):
            raise Untranslatable(f"a cast to {text_of(described)[:40]}")
        return self.around.resolved(declared(base_type(described), declarator)[1])

    def _typeof(self, described: "Node", stars: int, pointers: int) -> CType:
        """`typeof(*x) *`, which the parser takes for a type named typeof; x is a variable."""
        stack = [described]
        while stack:
            each = stack.pop()
            variable = self.around.scopes.at.get(each.start_byte)
            if variable is not None and each.type.endswith("identifier"):
                meant = variable.ctype
                for _ in range(stars):
                    meant = meant.element()
                return replace(meant, pointers=meant.pointers + pointers)
            stack += each.named_children
        raise Untranslatable(f"a cast to {text_of(described)[:40]}")

    # --- choices ---
    def _conditional(self, node: "Node") -> Value:
        chosen, alternative = node.child_by_field_name("consequence"), child(node, "alternative")
        if chosen is None:  # a ?: b
            kept = self.kept(self.value(child(node, "condition")))
            condition = condition_of(kept)
        else:
            condition = self.truth(child(node, "condition"))
        if condition in ("True", "False"):
            return self._decided(
                condition == "True", kept if chosen is None else chosen, alternative
            )
        with self.lines.apart() as first:
            then = kept if chosen is None else self._side(chosen)
        with self.lines.apart() as second:
            other = self._side(alternative)
        then, other = _alike(then, other)
        low, high = _both_bounds(then, other)
        if not first and not second:
            text = f"({then.text} if {condition} else {other.text})"
            return Value(text, then.ctype, None, low, high)
        name = self.lines.fresh("t")
        self.lines.write(f"if {condition}:")
        for lines, value in ((first, then), (second, other)):
            with self.lines.inside():
                self.lines.put(lines)
                self.lines.write(f"{name} = {value.text}")
            if lines is first:
                self.lines.write("else:")
        return Value(name, then.ctype, None, low, high)

    def _side(self, node: "Node") -> Value:
        """What is evaluated on one path only: what cannot be said traps there, and only there."""
        mark = self.lines.mark()
        try:
            return self.value(node)
        except (Untranslatable, ValueError) as error:
            self.lines.back(mark)
            return Value(f"missing(m, {self.around.trap(node, str(error))})", VOID)

    def _side_truth(self, node: "Node") -> str:
        mark = self.lines.mark()
        try:
            return self.truth(node)
        except (Untranslatable, ValueError) as error:
            self.lines.back(mark)
            return f"missing(m, {self.around.trap(node, str(error))})"

    def _decided(self, first: bool, chosen: "Node | Value", alternative: "Node") -> Value:
        """A `?:` whose condition is known; its type is still that of both sides."""
        sides = [chosen, alternative]
        taken, left = (sides[0], sides[1]) if first else (sides[1], sides[0])
        value = taken if isinstance(taken, Value) else self.value(taken)
        try:
            other = left if isinstance(left, Value) else Value("0", self.type_of(left))
        except Untranslatable:
            return value
        return _alike(value, other)[0]

    # --- arithmetic ---
    def _unary(self, node: "Node") -> Value:
        op = operator(node)
        if op == "!":
            return self._truth_value(node)
        return self.signed(op, self.value(child(node, "argument")))

    def signed(self, op: str, value: Value) -> Value:
        """`-x`, `~x`, `+x`, and `!x` of a value that was taken already."""
        if op == "!":
            opposite = condition_of(value)
            said = {"True": "False", "False": "True"}.get(opposite, f"(not {opposite})")
            return truth_value(said)
        if value.ctype.is_pointer or value.ctype.is_struct:
            raise Untranslatable(f"{op} of {value.ctype}")
        if op == "+":
            return converted(value, promoted(value.ctype))
        return negated(value) if op == "-" else inverted(value)

    def _binary(self, node: "Node") -> Value:
        op = operator(node)
        if op in ("&&", "||"):
            return self._truth_value(node)
        cast = self.bracketed_type(child(node, "left"))
        if cast is not None:
            return self._cast_of_unary(op, cast, child(node, "right"))
        left, right = self.value(child(node, "left")), self.value(child(node, "right"))
        return self.computed(node, op, left, right)

    def computed(self, node: "Node", op: str, left: Value, right: Value) -> Value:
        """`left op right` of values."""
        for side in (left, right):
            if side.ctype.is_struct and side.ctype.base not in WORDS:
                raise Untranslatable(f"{op} of {side.ctype}")
        if op in COMPARISONS:
            return compared(op, left, right)
        if op in "+-" and (left.ctype.is_pointer or right.ctype.is_pointer):
            return self.places.moved(op, left, right)
        if left.ctype.is_pointer or right.ctype.is_pointer:
            raise Untranslatable(f"{op} of a pointer")
        if op in "/%":
            right = self.divisor(node, converted(right, common(left.ctype, right.ctype)))
        return binary(op, left, right)

    def divisor(self, node: "Node", value: Value) -> Value:
        """What is divided by: zero is found when that happens."""
        low, high = value.bounds
        if low > 0 or high < 0:
            return value
        where = self.around.trap(node, f"divides by zero: {text_of(node)[:60]}", "zero")
        return Value(f"divisor(m, {value.text}, {where})", value.ctype)

    def _cast_of_unary(self, op: str, ctype: CType, node: "Node") -> Value:
        """`(u32)-x`, which the parser took for a difference."""
        if op == "-":
            return converted(negated(self.value(node)), ctype)
        if op == "+":
            return converted(self.value(node), ctype)
        if op == "*":
            pointer = self.value(node)
            return converted(self.places.read(self.places.pointed(node, pointer), node), ctype)
        if op == "&":
            return converted(self.places.address(node), ctype)
        raise Untranslatable(f"a cast in front of {op}")

    def bracketed_type(self, node: "Node") -> CType | None:
        """`(u32)` that the parser took for a value: the type, when it is one."""
        if node.type != "parenthesized_expression" or len(parts(node)) != 1:
            return None
        inner = parts(node)[0]
        if inner.type == "call_expression" and text_of(child(inner, "function")) in TYPEOF:
            return self.type_of(parts(child(inner, "arguments"))[0])
        if inner.type != "identifier" or inner.start_byte in self.around.scopes.at:
            return None
        ctype = self.around.resolved(CType(text_of(inner)))
        return ctype if ctype.is_pointer or is_type_name(ctype.base) else None

    # --- effects with a value ---
    def _assigned(self, node: "Node") -> Value:
        return self.around.assigned(node, True)

    def _comma(self, node: "Node") -> Value:
        self.around.effect(child(node, "left"))
        return self.value(child(node, "right"))

    def _compound(self, node: "Node") -> Value:
        """`(swp_entry_t) { x }`, `(struct s) { .a = 1 }`."""
        ctype, given = self._described(child(node, "type")), child(node, "value")
        if ctype.base not in WORDS:
            at = self.around.temporary(ctype)
            self.around.initialised(ctype, at, given)
            if not ctype.is_whole:
                return self.places.read(self.places.cell(at, ctype), node)
            return Value(at, ctype)
        inner = parts(given)
        if len(inner) != 1:
            raise Untranslatable(f"a literal of {ctype}")
        value = inner[0]
        return converted(
            self.value(child(value, "value") if value.type == "initializer_pair" else value), ctype
        )

    def _sizeof(self, node: "Node") -> Value:
        ctype = self.sized(node)
        return number(self.around.layouts.size(ctype, self.around.path), UNSIGNED_LONG)

    def sized(self, node: "Node") -> CType:
        """The type whose size `sizeof` asks for."""
        described = node.child_by_field_name("type")
        if described is not None:
            return self._described(described)
        inner = child(node, "value")
        return self.bracketed_type(inner) or self._place_type(bare(inner))

    def _place_type(self, node: "Node") -> CType:
        """The type of what is not evaluated: of a place as it was declared."""
        with self.lines.apart():
            return self.places.place(node).ctype

    def _call(self, node: "Node") -> Value:
        return self.calls.call(node)


def _alike(then: Value, other: Value) -> tuple[Value, Value]:
    """Both sides of a `?:` in one type: numbers in a common one, else that of the pointer."""
    if VOID in (then.ctype, other.ctype):
        ctype = other.ctype if then.ctype == VOID else then.ctype
        return Value(then.text, ctype), Value(other.text, ctype)
    if _is_whole(then.ctype) or _is_whole(other.ctype):
        first = then.ctype if then.ctype.is_pointer and then.constant != 0 else other.ctype
        if not _is_whole(first):
            first = then.ctype
        return (
            Value(then.text, first, then.constant, then.low, then.high),
            Value(other.text, first, other.constant, other.low, other.high),
        )
    ctype = common(then.ctype, other.ctype)
    return converted(then, ctype), converted(other, ctype)


def _both_bounds(then: Value, other: Value) -> tuple[int, int]:
    pairs = then.bounds, other.bounds
    return min(low for low, _ in pairs), max(high for _, high in pairs)


def _is_whole(ctype: CType) -> bool:
    """Pointers and structs keep their type in a `?:`, numbers get a common one."""
    return ctype.is_pointer or ctype.is_struct or ctype.base in WORDS or ctype == VOID


_VALUES: Final = {
    "parenthesized_expression": Expressions._parenthesized,
    "number_literal": Expressions._literal,
    "char_literal": Expressions._character,
    "string_literal": Expressions._string,
    "concatenated_string": Expressions._string,
    "null": Expressions._zero,
    "false": Expressions._zero,
    "true": Expressions._one,
    "identifier": Expressions._identifier,
    "field_expression": Expressions._read,
    "subscript_expression": Expressions._read,
    "pointer_expression": Expressions._pointer,
    "call_expression": Expressions._call,
    "cast_expression": Expressions._cast,
    "conditional_expression": Expressions._conditional,
    "unary_expression": Expressions._unary,
    "binary_expression": Expressions._binary,
    "assignment_expression": Expressions._assigned,
    "update_expression": Expressions._assigned,
    "comma_expression": Expressions._comma,
    "compound_literal_expression": Expressions._compound,
    "sizeof_expression": Expressions._sizeof,
}
