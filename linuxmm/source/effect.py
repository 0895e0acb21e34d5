"""Expressions for what they do: assignments, steps, calls."""

from typing import TYPE_CHECKING, Final

from linuxmm.source.ctype import WORDS
from linuxmm.source.expression import Expressions
from linuxmm.source.lines import Lines
from linuxmm.source.parser import child, parts, text_of
from linuxmm.source.place import Place
from linuxmm.source.untranslatable import Untranslatable

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
        while node.type == "parenthesized_expression" and len(parts(node)) == 1:
            node = parts(node)[0]
        if node.type == "comma_expression":
            self.effect(child(node, "left"))
            self.effect(child(node, "right"))
        elif node.type == "assignment_expression":
            self._assign(node)
        elif node.type == "update_expression":
            self._update(node)
        elif node.type == "cast_expression":
            self.effect(child(node, "value"))
        elif node.type == "call_expression":
            self._call(node)
        elif node.type not in ("identifier", "number_literal", "string_literal"):
            text = self.values.value(node).text
            if "(" in text:
                self.lines.write(text)

    def _assign(self, node: "Node") -> None:
        left, right = child(node, "left"), child(node, "right")
        place = self.values.places.place(left)
        if place.ctype.is_struct and place.ctype.base not in WORDS:
            self._copy_struct(place, right)
            return
        if place.ignored:
            text = self.values.value(right).text
            if "(" in text:
                self.lines.write(text)
            return
        if place.read_only and not place.store:
            raise Untranslatable(f"a store to {text_of(left)[:60]}")
        self._store(place, self.values.new_value(node, place).text)

    def _update(self, node: "Node") -> None:
        place, new = self.values.updated(node)
        if place.ignored:
            return
        if place.read_only and not place.store:
            raise Untranslatable(f"a store to {text_of(node)[:60]}")
        self._store(place, new.text)

    def _store(self, place: Place, text: str) -> None:
        self.lines.write(place.stored(text) if place.store else f"{place.text} = {text}")

    def _call(self, node: "Node") -> None:
        function = child(node, "function")
        name = text_of(function)
        arguments = parts(child(node, "arguments"))
        if name == "LIST_HEAD" and arguments:
            variable = self.around.scopes.at[arguments[0].start_byte]
            self.lines.write(f"{variable.python} = list_head(m, {MAX_LIST})")
            return
        if name == "do_div" and len(arguments) == 2:
            place = self.values.places.place(arguments[0])
            by = self.values.value(arguments[1]).text
            self.lines.write(f"{place.text} = quotient_u({place.text}, {by})")
            return
        if name == "memset" and len(arguments) == 3:
            self._clear(arguments)
            return
        text = self.values.calls.call(node).text
        if "(" in text:
            self.lines.write(text)

    def _clear(self, arguments: "list[Node]") -> None:
        pointer = self.values.value(arguments[0])
        if self.values.value(arguments[1]).constant != 0 or pointer.ctype.pointers != 1:
            raise Untranslatable("memset of something but zeroes")
        cells = self.around.layouts.cells(pointer.ctype.element(), self.around.path)
        self.lines.write(f"clear_cells(m, {pointer.text}, {cells})")

    def _copy_struct(self, place: Place, right: "Node") -> None:
        cells = self.around.layouts.cells(place.ctype, self.around.path)
        source = self.values.places.place(right)
        if source.ctype.base != place.ctype.base or not source.ctype.is_struct:
            raise Untranslatable(f"a store of {source.ctype} to {place.ctype}")
        self.lines.write(f"copy_cells(m, {place.text}, {source.text}, {cells})")
