# SPDX-License-Identifier: GPL-2.0-or-later
"""Expressions for what they do: assignments, steps, calls."""

from typing import TYPE_CHECKING, Final

from linuxmm.source.ctype import WORDS
from linuxmm.source.expression import Expressions
from linuxmm.source.lines import Lines
from linuxmm.source.parser import bare, child, operator, parts, text_of
from linuxmm.source.place import Place
from linuxmm.source.untranslatable import Untranslatable
from linuxmm.source.value import Value, converted, number

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_LIST: Final = 512  # pages on a list of a function's own


class Effects:
    """Writes the effects of the expressions of one function."""

    def __init__(self, values: Expressions, lines: Lines) -> None:
        self.values, self.lines = values, lines
        self.around = values.around

    def effect(self, node: "Node") -> None:
        """An expression for what it does.  Raises: Untranslatable."""
        node = bare(node)
        if node.type == "comma_expression":
            self.effect(child(node, "left"))
            self.effect(child(node, "right"))
        elif node.type in ("assignment_expression", "update_expression"):
            self.assigned(node, False)
        elif node.type == "cast_expression":
            self.effect(child(node, "value"))
        elif node.type == "call_expression":
            self._call(node)
        elif node.type not in ("identifier", "number_literal", "string_literal"):
            self._evaluate(node)

    def _evaluate(self, node: "Node") -> None:
        text = self.values.value(node).text
        if "(" in text:
            self.lines.write(text)

    # --- stores ---
    def assigned(self, node: "Node", wanted: bool) -> Value:
        """`x = y`, `x += y`, `x++`: what it is worth, when that is wanted."""
        if node.type == "update_expression":
            return self._updated(node, wanted)
        left, right, op = child(node, "left"), child(node, "right"), operator(node)
        if op == "=":
            return self.stored(left, self.values.value(right), wanted)
        by = self.values.value(right)
        place = self.values.places.place(left)
        if place.ctype.is_struct and place.ctype.base not in WORDS:
            raise Untranslatable(f"{op} of {place.ctype}")
        have = self.values.places.read(place, left)
        return self._store(left, place, self.values.computed(node, op[:-1], have, by), wanted)

    def _updated(self, node: "Node", wanted: bool) -> Value:
        """`x++` goes up and `--x` down; behind the name it is worth what was there before."""
        argument = child(node, "argument")
        if argument.type == "unary_expression":
            return self._under_unary(node, argument, wanted)
        argument = bare(argument)
        return self._by_one(node, argument, wanted)

    def _under_unary(self, node: "Node", argument: "Node", wanted: bool) -> Value:
        """`!x--`, which the parser took for `(!x)--`."""
        operators = []
        while argument.type == "unary_expression":
            operators.append(operator(argument))
            argument = child(argument, "argument")
        value = self._by_one(node, bare(argument), wanted)
        for op in reversed(operators):
            value = self.values.signed(op, value)
        return value

    def _by_one(self, node: "Node", argument: "Node", wanted: bool) -> Value:
        place = self.values.places.place(argument)
        have = self.values.places.read(place, argument)
        before = node.children[0].type not in ("++", "--")
        if before and wanted:
            have = self.values.kept(have)
        op = "+" if "++" in (node.children[0].type, node.children[-1].type) else "-"
        new = self.values.computed(node, op, have, number(1))
        after = self._store(argument, place, new, wanted and not before)
        return have if before else after

    def stored(self, left: "Node", value: Value, wanted: bool) -> Value:
        """A value is put where an expression stands."""
        left = bare(left)
        place = self.values.places.place(left)
        if place.ctype.is_struct and place.ctype.base not in WORDS:
            return self._copied(place, value)
        return self._store(left, place, value, wanted)

    def _store(self, left: "Node", place: Place, value: Value, wanted: bool) -> Value:
        if place.ctype.length is not None:
            raise Untranslatable(f"a store to the array {text_of(left)[:60]}")
        if value.ctype.is_struct and value.ctype.base not in WORDS:
            raise Untranslatable(f"a store of {value.ctype} to {place.ctype}")
        new = converted(value, place.ctype)
        if place.ignored:
            if "(m, " in new.text and not wanted:
                self.lines.write(f"ignored({new.text})")
            return new
        if place.read_only:
            raise Untranslatable(f"a store to {text_of(left)[:60]}")
        if wanted and not place.text.isidentifier():
            new = self.values.kept(new)
        self.lines.write(place.stored(new.text))
        if wanted and place.text.isidentifier():
            return Value(place.text, place.ctype, None, new.low, new.high)
        return new

    def _copied(self, place: Place, value: Value) -> Value:
        """A struct is assigned."""
        if value.ctype.base != place.ctype.base or not value.ctype.is_struct:
            raise Untranslatable(f"a store of {value.ctype} to {place.ctype}")
        if place.ctype.is_list or place.ctype.tag in self.around.border.structs:
            raise Untranslatable(f"a store of a whole {place.ctype}")
        cells = self.around.layouts.cells(place.ctype, self.around.path)
        self.lines.write(f"copy_cells(m, {place.text}, {value.text}, {cells})")
        return Value(place.text, place.ctype)

    # --- calls ---
    def _call(self, node: "Node") -> None:
        name = text_of(child(node, "function"))
        arguments = parts(child(node, "arguments"))
        if name == "LIST_HEAD" and arguments:
            variable = self.around.scopes.at[arguments[0].start_byte]
            self.lines.write(f"{variable.python} = list_head(m, {MAX_LIST})")
        elif name == "memset" and len(arguments) == 3:
            self._clear(arguments)
        elif name in ("memcpy", "memmove") and len(arguments) == 3:
            self._copy(arguments)
        elif name == "swap" and len(arguments) == 2:
            self._swap(arguments)
        else:
            text = self.values.calls.call(node).text
            if "(" in text:
                self.lines.write(text)

    def _clear(self, arguments: "list[Node]") -> None:
        pointer = self.values.value(arguments[0])
        element = pointer.ctype.element()
        if element.base in self.around.border.columns and element.bits == 8:
            value, nr = (self.values.value(each) for each in arguments[1:])
            byte = converted(value, element)
            self.lines.write(f"fill_out(m, {pointer.text}, {byte.text}, {nr.text})")
            return
        if self.values.value(arguments[1]).constant != 0:
            raise Untranslatable("memset of something but zeroes")
        self.lines.write(f"clear_cells(m, {pointer.text}, {self._whole(arguments, pointer)})")

    def _copy(self, arguments: "list[Node]") -> None:
        to, source = self.values.value(arguments[0]), self.values.value(arguments[1])
        cells = self._whole(arguments, to)
        if cells != self._whole(arguments, source):
            raise Untranslatable("memcpy between two types")
        self.lines.write(f"copy_cells(m, {to.text}, {source.text}, {cells})")

    def _whole(self, arguments: "list[Node]", pointer: Value) -> int:
        """The cells of what a pointer points to, all of which memset or memcpy means."""
        ctype, size = pointer.ctype, bare(arguments[2])
        whole = ctype if ctype.length is not None else ctype.element()
        if not whole.is_whole or whole.is_list or whole.tag in self.around.border.structs:
            raise Untranslatable(f"{text_of(arguments[0])[:40]} set as bytes")
        if size.type != "sizeof_expression":
            raise Untranslatable(f"{text_of(size)[:40]} bytes of {whole}")
        meant = self.values.sized(size)
        if meant != whole:
            raise Untranslatable(f"{text_of(size)[:40]} bytes of {whole}")
        return self.around.layouts.cells(whole, self.around.path)

    def _swap(self, arguments: "list[Node]") -> None:
        first, second = (
            self.values.kept(self.values.value(each)) for each in (arguments[0], arguments[1])
        )
        self.stored(arguments[0], second, False)
        self.stored(arguments[1], first, False)
