# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls: of what is executed, of the model, and what only looks like one."""

from typing import TYPE_CHECKING, Final, Protocol

from linuxmm.source.around import Values
from linuxmm.source.border import Argument, Callee
from linuxmm.source.ctype import INT, UNSIGNED_INT, UNSIGNED_LONG, CType, common, parse_type
from linuxmm.source.parser import child, has, parts, text_of
from linuxmm.source.place import Places
from linuxmm.source.untranslatable import Untranslatable
from linuxmm.source.value import Value, binary, compared, converted, number, truth_value

if TYPE_CHECKING:
    from tree_sitter import Node

# Callees whose argument is a name or a type, or that are said in another way than a call.
SAME: Final = (
    "likely",
    "unlikely",
    "READ_ONCE",
    "data_race",
    "smp_load_acquire",
    "lockless_dereference",
)
_EXTREMES: Final = {"min": "<", "max": ">", "min_t": "<", "max_t": ">", "umin": "<", "umax": ">"}
_MEMBER_OF: Final = (
    "container_of",
    "list_entry",
    "rb_entry",
    "hlist_entry",
    "lru_to_page",
    "mm_slot_entry",
)


class Casts(Values, Protocol):
    """A call may be a cast that the parser took for one."""

    def bracketed_type(self, node: "Node") -> CType | None:
        """`(u32)`: the type, when it is one."""

    def truth(self, node: "Node") -> str:
        """A condition."""

    def divisor(self, node: "Node", value: Value) -> Value:
        """What is divided by."""


class Calls:
    """Translates the calls of one function."""

    def __init__(self, values: Casts, places: Places) -> None:
        self.values, self.places = values, places
        self.around = values.around

    def call(self, node: "Node") -> Value:
        """A call as an expression.  Raises: Untranslatable."""
        function = child(node, "function")
        arguments = parts(child(node, "arguments"))
        cast = self.values.bracketed_type(function)
        if cast is not None and len(arguments) == 1:
            return converted(self.values.value(arguments[0]), cast)
        if function.type != "identifier":
            return self._indirect(node, function, arguments)
        name = text_of(function)
        if function.start_byte in self.around.scopes.at:
            raise Untranslatable(f"a call through {name}")
        special = self._special(name, arguments)
        if special is not None:
            return special
        try:
            executed = self.around.executed(name)
        except Untranslatable as error:
            return Value(f"missing(m, {self.around.trap(node, str(error))})", INT)
        if executed is not None:
            return self._executed(name, executed, arguments)
        callee = self.around.callee(name, len(arguments))
        if callee is None:
            where = self.around.trap(node, f"{name}() is not in the border and not in the tree")
            return Value(f"missing(m, {where})", INT)
        return self.bordered(node, callee, arguments)

    def _executed(
        self, name: str, executed: tuple[str, CType, list[CType]], arguments: "list[Node]"
    ) -> Value:
        """A call of another function of the tree."""
        python, result, types = executed
        if len(arguments) != len(types):
            raise Untranslatable(f"{name}() takes {len(types)} arguments")
        values = [self._argument(each, kind) for each, kind in zip(arguments, types, strict=True)]
        text = f"{python}({', '.join(['m', 'k', 'site', *values])})"
        if not result.is_struct or result.is_list:
            return Value(text, result)
        kept = self.around.temporary(result)  # what is returned lies where the next frame begins
        cells = self.around.layouts.cells(result, self.around.path)
        self.around.lines.write(f"copy_cells(m, {kept}, {text}, {cells})")
        return Value(f"({kept})", result)

    def _argument(self, node: "Node", ctype: CType) -> str:
        value = self.values.value(node)
        if ctype.is_struct and value.ctype != ctype:
            raise Untranslatable(f"{value.ctype} passed as {ctype}")
        return value.text if ctype.is_struct else converted(value, ctype).text

    def bordered(self, node: "Node", callee: Callee, arguments: "list[Node]") -> Value:
        """A call of something that the model does."""
        if callee.kind == "never":
            where = self.around.trap(node, f"{callee.name}(): {callee.text} is not modelled")
            return Value(f"missing(m, {where})", callee.result)
        if callee.kind == "nothing":
            for each in arguments:
                if _assigns(each):
                    self.around.effect(each)
            return Value(callee.text, callee.result, 0 if callee.text == "0" else None)
        if len(arguments) != len(callee.arguments):
            raise Untranslatable(f"{callee.name}() with {len(arguments)} arguments")
        text, result = callee.text, callee.result
        for argument, given in zip(callee.arguments, arguments, strict=True):
            if not callee.uses(argument.name):
                if not _is_pure(given):
                    self.around.effect(given)
                if argument.name == callee.like:
                    result = self.values.value(given).ctype
                continue
            value = self._given(given, argument)
            if argument.name == callee.like:
                result = value.ctype
            text = text.replace(f"{{{argument.name}}}", self._said(given, argument, value))
        return _result(text, result)

    def _given(self, given: "Node", argument: Argument) -> Value:
        """An argument; a place where the one lock is written down may be no place of the model."""
        try:
            return self.values.value(given)
        except Untranslatable:
            written = argument.ctype.element() if argument.ctype.pointers == 2 else None
            if written in self.around.border.single:
                return number(0)
            raise

    def _said(self, given: "Node", argument: Argument, value: Value) -> str:
        """An argument as the text of the border takes it."""
        if argument.ctype.pointers and not argument.may_be_null and self._is_row(argument.ctype):
            return self.places.not_null(given, Value(value.text, argument.ctype))
        return converted(value, argument.ctype).text

    def _is_row(self, ctype: CType) -> bool:
        return (
            ctype.pointers == 1 and ctype.names_struct and ctype.tag in self.around.border.structs
        )

    def _indirect(self, node: "Node", function: "Node", arguments: "list[Node]") -> Value:
        if function.type == "field_expression":
            callee = self.around.border.indirect.get(text_of(child(function, "field")))
            if callee is not None:
                return self.bordered(node, callee, arguments)
        raise Untranslatable(f"a call through {text_of(function)[:60]}")

    def _special(self, name: str, arguments: "list[Node]") -> Value | None:
        """What looks like a call and is a word of the language here."""
        if name in ("likely", "unlikely") and len(arguments) == 1:
            return truth_value(self.values.truth(arguments[0]))
        if name in SAME and arguments:
            return self.values.value(arguments[0])
        if name in ("IS_ENABLED", "IS_BUILTIN", "IS_REACHABLE") and arguments:
            return number(int(self.around.config_has(text_of(arguments[0]))))
        if name in _EXTREMES and len(arguments) >= 2:
            return self._extreme(name, arguments)
        if name in _MEMBER_OF and len(arguments) == 3:
            return self._container(arguments)
        if name == "WRITE_ONCE" and len(arguments) == 2:
            return self.around.stored(arguments[0], self.values.value(arguments[1]), True)
        if name in ("BIT", "BIT_ULL", "_BITUL", "_BITULL") and len(arguments) == 1:
            return binary("<<", number(1, UNSIGNED_LONG), self.values.value(arguments[0]))
        if name == "ARRAY_SIZE" and len(arguments) == 1:
            return self._array_size(arguments[0])
        if name == "do_div" and len(arguments) == 2:
            return self._do_div(arguments)
        return None

    def _extreme(self, name: str, arguments: "list[Node]") -> Value:
        left, right = (self.values.value(each) for each in arguments[-2:])
        op = _EXTREMES[name]
        ctype = common(left.ctype, right.ctype)
        if name.endswith("_t"):
            ctype = self.around.resolved(parse_type(text_of(arguments[0])))
        elif name.startswith("u"):
            ctype = common(ctype, UNSIGNED_INT)
        if ctype.is_pointer or ctype.is_struct or len(arguments) != 2 + name.endswith("_t"):
            raise Untranslatable(f"{name}() of {ctype}")
        left, right = converted(left, ctype), converted(right, ctype)
        if left.constant is not None and right.constant is not None:
            return left if compared(op, left, right).constant else right
        word = ("least" if op == "<" else "most") + (
            "" if ctype.signed or ctype.bits < 64 else "_u"
        )
        return Value(f"{word}({left.text}, {right.text})", ctype)

    def _array_size(self, array: "Node") -> Value:
        place = self.places.place(array)
        cells = self.around.layouts.cells(place.ctype, self.around.path)
        if place.ctype.length is None:
            raise Untranslatable(f"ARRAY_SIZE() of {place.ctype}")
        one = self.around.layouts.cells(place.ctype.element(), self.around.path)
        return number(cells // max(1, one), UNSIGNED_LONG)

    def _do_div(self, arguments: "list[Node]") -> Value:
        """do_div(n, base): n becomes the quotient of words without sign; the rest is given back."""
        by = converted(self.values.value(arguments[1]), UNSIGNED_INT)
        by = self.values.kept(self.values.divisor(arguments[1], by))
        place = self.places.place(arguments[0])
        have = self.values.kept(converted(self.places.read(place, arguments[0]), UNSIGNED_LONG))
        quotient = Value(f"quotient_u({have.text}, {by.text})", UNSIGNED_LONG)
        self.around.stored(arguments[0], quotient, False)
        return Value(f"remainder_u({have.text}, {by.text})", UNSIGNED_INT)

    def _container(self, arguments: "list[Node]") -> Value:
        """container_of(pointer, struct x, member) for members that are rows of their struct."""
        tag = text_of(arguments[1]).removeprefix("struct ").strip()
        member = self.around.border.embedded.get((tag, text_of(arguments[2])))
        if member is None or member.text != "{}":
            raise Untranslatable(f"what holds {text_of(arguments[2])} of struct {tag}")
        return Value(self.values.value(arguments[0]).text, CType(f"struct {tag}", 1))


def _result(text: str, result: CType) -> Value:
    """What the border says as a value."""
    if text.lstrip("-").isdigit():
        number_of = int(text)
        return Value(text, result, number_of) if result.is_pointer else number(number_of, result)
    if result.is_bool and not text.startswith("(1 if "):
        return Value(truth_value(text).text, result)
    return Value(text, result)


def _assigns(node: "Node") -> bool:
    return has(node, "assignment_expression", "update_expression")


def _is_pure(node: "Node") -> bool:
    """Whether nothing is lost when an expression is not evaluated."""
    return not has(node, "call_expression", "assignment_expression", "update_expression")
