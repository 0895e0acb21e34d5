# SPDX-License-Identifier: GPL-2.0-or-later
"""Where values stand: variables, members, what a pointer points to; and addresses."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from linuxmm.source.around import Values
from linuxmm.source.border import Member
from linuxmm.source.ctype import LEVELS, PMD, UNSIGNED_LONG, WORDS, CType
from linuxmm.source.parser import bare, child, text_of
from linuxmm.source.scope import Variable
from linuxmm.source.untranslatable import Untranslatable
from linuxmm.source.value import Value, binary, converted, number

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value can be put: `text` reads it, `text = value` stores unless it is read-only.

    ignored: a store is of no account here; cell: it is memory of C's own, which begins unset;
    store: what a store does where it is no assignment.
    """

    text: str
    ctype: CType
    read_only: bool = False
    ignored: bool = False
    cell: bool = False
    store: str = ""

    def stored(self, value: str) -> str:
        """The statement that stores a value."""
        return self.store.replace("{value}", value) if self.store else f"{self.text} = {value}"


class Places:
    """Finds the places of the expressions of one function."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.around = values.around

    def read(self, place: Place, node: "Node") -> Value:
        """What stands there; that it was never set is found when it is read."""
        text, ctype = place.text, place.ctype
        if ctype in self.around.border.single:
            return Value(f"the_one({text})", ctype)
        if place.cell:
            return Value(f"known(m, {text}, {self._unset(node)})", ctype)
        if text.isidentifier() and self.around.may_be_unset(node):
            where = self._unset(node)
            return Value(f"({text} if {text} != UNSET else unset(m, {where}))", ctype)
        return Value(text, ctype)

    def _unset(self, node: "Node") -> int:
        why = f"reads {text_of(node)[:60]}, which was never set"
        return self.around.trap(node, " ".join(why.split()), "unset")

    def place(self, node: "Node") -> Place:
        """Where an expression stands.  Raises: Untranslatable."""
        node = bare(node)
        if node.type == "identifier":
            return self._named(node)
        if node.type == "field_expression":
            return self._member(node)
        if node.type == "subscript_expression":
            base = self.values.value(child(node, "argument"))
            index = self.values.value(child(node, "index"))
            if not base.ctype.is_pointer:
                base, index = index, base
            return self.pointed(node, self.moved("+", base, self._inside(node, base.ctype, index)))
        if node.type == "pointer_expression" and text_of(node)[0] == "*":
            argument = child(node, "argument")
            return self.pointed(argument, self.values.value(argument))
        value = self.values.value(node)
        return Place(value.text, value.ctype, read_only=True)

    def _named(self, node: "Node") -> Place:
        variable = self.around.scopes.at.get(node.start_byte)
        if variable is not None:
            return _place_of(variable)
        name = text_of(node)
        if name in self.around.border.globals:
            member = self.around.border.globals[name]
            return Place(member.text, member.ctype, not is_stored(member.text))
        constant = self.around.constant_array(name)
        if constant is not None:
            return self._constant(*constant)
        raise Untranslatable(self.around.unknown(name))

    def _constant(self, ctype: CType, values: list[int]) -> Place:
        """`static const int x[] = { 1, 2 }` of a file: cells that are set when they are used."""
        at = self.around.temporary(ctype)
        for n, value in enumerate(values):
            said = number(value, ctype.element()).text
            self.around.lines.write(f"m.stack[{at} + {n}] = {said}")
        return Place(f"({at})", ctype, read_only=True)

    def cell(self, at: str, ctype: CType) -> Place:
        """Memory of C's own that begins at a cell."""
        if ctype.is_whole or ctype.is_list:
            return Place(f"({at})", ctype, read_only=True)
        return Place(f"m.stack[{at}]", ctype, cell=True)

    def pointed(self, node: "Node", pointer: Value) -> Place:
        """What a pointer points to."""
        if not pointer.ctype.is_pointer:
            raise Untranslatable(f"* of {pointer.ctype}")
        element = pointer.ctype.element()
        if element.is_struct or element.length is not None:
            return Place(pointer.text, element, read_only=True)
        if element.base in self.around.border.columns and not element.pointers:
            return Place(f"m.{self.around.border.columns[element.base]}[{pointer.text}]", element)
        if element.base == PMD and not element.pointers:
            return Place(f"pmd_word(m, {pointer.text})", element, read_only=True)
        if element.base in LEVELS and not element.pointers:
            return Place(pointer.text, element, read_only=True)
        if element.base in ("void", "function") and not element.pointers:
            return Place(pointer.text, element, read_only=True)
        own = pointer.ctype.length is not None or pointer.text.lstrip("(").startswith("fp + ")
        at = pointer.text if own else self.not_null(node, pointer)
        return Place(f"m.stack[{at}]", element, cell=True)

    def _inside(self, node: "Node", array: CType, index: Value) -> Value:
        """The index of an array, of which it is found when it is used that it has no such element.

        What a pointer points into is not known, nor is the length of an array that is the last
        member of a struct and has none.
        """
        if not array.length:
            return index
        length = self.around.layouts.cells(array, self.around.path)
        length //= max(1, self.around.layouts.cells(array.element(), self.around.path))
        index = converted(index, CType("long"))
        low, high = index.bounds
        if not length or (low >= 0 and high < length):
            return index
        why = f"{text_of(node)[:60]} is outside of an array of {length}"
        where = self.around.trap(node, " ".join(why.split()), "outside")
        return Value(
            f"inside(m, {index.text}, {length}, {where})", index.ctype, None, 0, length - 1
        )

    def _member(self, node: "Node") -> Place:
        argument = child(node, "argument")
        base = self.values.value(argument)
        name = text_of(child(node, "field"))
        ctype = base.ctype
        if ctype.base in WORDS:
            return self._word_of(argument, base)
        if not ctype.names_struct or ctype.pointers > 1:
            raise Untranslatable(f"{name} of {ctype}")
        if ctype.tag in self.around.border.structs:
            return self._member_of_model(node, base, name)
        cell, inner = self.around.layouts.member(ctype.tag, name, self.around.path)
        start = self.not_null(node, base)
        return self.cell(f"{start} + {cell}" if cell else start, inner)

    def _word_of(self, argument: "Node", base: Value) -> Place:
        """`entry.val`: the only member of a struct that is a word here."""
        if base.ctype.is_pointer:
            return replace(self.pointed(argument, base), ctype=UNSIGNED_LONG)
        where = bare(argument)
        if where.type in ("identifier", "field_expression", "subscript_expression",
                          "pointer_expression"):  # fmt: skip
            return replace(self.place(where), ctype=UNSIGNED_LONG)
        return Place(base.text, UNSIGNED_LONG, read_only=True)

    def _member_of_model(self, node: "Node", base: Value, name: str) -> Place:
        members = self.around.border.structs[base.ctype.tag]
        if name not in members:
            embedded = self.around.border.embedded.get((base.ctype.tag, name))
            if embedded is None:
                raise Untranslatable(f"{name} of struct {base.ctype.tag} is not in the model")
            return Place(embedded.at(base.text), embedded.ctype.element(), read_only=True)
        member = members[name]
        by_value = base.ctype.tag in self.around.border.by_value
        at = base.text if by_value else self.not_null(node, base)
        text, store = member.at(at), member.stored_at(at)
        read_only = not store and not is_stored(text)
        return Place(text, member.ctype, read_only, member.ignored, store=store)

    def not_null(self, node: "Node", base: Value) -> str:
        """A pointer that is followed: row 0 and error pointers are caught when that happens."""
        if not base.ctype.pointers:
            return base.text
        why = " ".join(f"follows the pointer {text_of(node)[:60]}".split())
        where = self.around.trap(node, why, "null")
        if base.atom:
            return f"({base.text} if {base.text} > 0 else null(m, {where}))"
        return f"sound(m, {base.text}, {where})"

    # --- addresses ---
    def address(self, node: "Node") -> Value:
        """`&x`.  Raises: Untranslatable."""
        node = bare(node)
        if node.type == "field_expression":
            base = self.values.value(child(node, "argument"))
            key = (base.ctype.tag, text_of(child(node, "field")))
            if base.ctype.names_struct and key in self.around.border.embedded:
                member: Member = self.around.border.embedded[key]
                first = member.text == "{}"  # where the struct is: &folio->page of no folio is NULL
                return Value(
                    member.at(base.text if first else self.not_null(node, base)), member.ctype
                )
        if node.type == "pointer_expression" and text_of(node)[0] == "*":
            return self.values.value(child(node, "argument"))
        if node.type == "subscript_expression":
            base = self.values.value(child(node, "argument"))
            if base.ctype.is_pointer:
                return self.moved("+", base, self.values.value(child(node, "index")))
        place = self.place(node)
        if place.ctype.base == PMD and not place.ctype.pointers:
            return Value(f"named_table(m, {place.text})", place.ctype.pointer())
        above = place.ctype.base in LEVELS and not place.ctype.pointers
        if place.ctype.is_list or place.ctype.is_whole or above:
            return Value(place.text, place.ctype.pointer())
        if place.ctype.width:
            raise Untranslatable(f"the address of the bitfield {text_of(node)[:60]}")
        column, inside = self._column(place, node)
        home = "" if place.ctype.pointers else self.around.border.columns.get(place.ctype.base, "")
        if column != (home or "stack"):  # a pointer of this type is followed into its column
            raise Untranslatable(f"the address of {text_of(node)[:60]}")
        return Value(f"({inside})", place.ctype.pointer())

    def _column(self, place: Place, node: "Node") -> tuple[str, str]:
        """The column and the row of a place `m.column[row]`."""
        if place.read_only or not place.text.startswith("m."):
            raise Untranslatable(f"{text_of(node)[:60]} has no place of its own")
        column, _, rest = place.text[2:].partition("[")
        return column, rest[:-1]

    # --- pointers that move ---
    def moved(self, op: str, left: Value, right: Value) -> Value:
        """A pointer plus or minus a number, or the difference of two."""
        if left.ctype.is_pointer and right.ctype.is_pointer:
            size = self._step(left.ctype)
            text = f"({left.text} - {right.text})"
            return Value(text if size == 1 else f"({text} // {size})", CType("long"))
        pointer, by = (left, right) if left.ctype.is_pointer else (right, left)
        if by.ctype.is_struct or not pointer.ctype.is_pointer:
            raise Untranslatable(f"{op} of {by.ctype}")
        offset = binary("*", converted(by, CType("long")), number(self._step(pointer.ctype)))
        element = pointer.ctype.element()
        ctype = element.pointer() if pointer.ctype.length is not None else pointer.ctype
        if offset.constant == 0:
            return Value(pointer.text, ctype, pointer.constant)
        return Value(f"({pointer.text} {op} {offset.text})", ctype)

    def _step(self, ctype: CType) -> int:
        """Cells (or rows, or slots) from one element to the next."""
        element = ctype.element()
        if element.is_struct and element.tag not in self.around.border.structs:
            return self.around.layouts.cells(element, self.around.path)
        return 1


def _place_of(variable: Variable) -> Place:
    if variable.stuck:
        raise Untranslatable(variable.stuck)
    if not variable.in_cells:
        return Place(variable.python, variable.ctype)
    at = f"fp + {variable.cell}"
    if variable.ctype.is_whole and variable.ctype.base not in WORDS:
        return Place(f"({at})", variable.ctype, read_only=True)
    if variable.ctype.length is not None:
        return Place(f"({at})", variable.ctype, read_only=True)
    return Place(f"m.stack[{at}]", variable.ctype, cell=True)


def is_stored(text: str) -> bool:
    """Whether a text can stand on the left of an assignment."""
    return text.isidentifier() or (text.startswith("m.") and text.endswith("]"))
