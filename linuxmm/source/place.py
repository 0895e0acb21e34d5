"""Where values stand: variables, members, what a pointer points to; and addresses."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from linuxmm.source.around import Values
from linuxmm.source.ctype import UNSIGNED_LONG, WORDS, CType
from linuxmm.source.parser import bare, child, text_of
from linuxmm.source.scope import Variable
from linuxmm.source.untranslatable import Untranslatable
from linuxmm.source.value import Value

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value can be put: `text` reads it, `text = value` stores unless it is read-only.

    ignored: a store is of no account here; store: what it does where it is no assignment.
    """

    text: str
    ctype: CType
    read_only: bool = False
    ignored: bool = False
    store: str = ""

    def stored(self, value: str) -> str:
        """The call that stores a value, of a place that has one."""
        return self.store.replace("{value}", value)


class Places:
    """Finds the places of the expressions of one function."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.around = values.around

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
            return self._pointed(self.moved("+", base, index))
        if node.type == "pointer_expression" and text_of(node)[0] == "*":
            return self._pointed(self.values.value(child(node, "argument")))
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
        raise Untranslatable(f"{name} is not known")

    def _pointed(self, pointer: Value) -> Place:
        """What a pointer points to."""
        element = pointer.ctype.element()
        if element.is_struct:
            return Place(pointer.text, element, read_only=True)
        if element.length is not None:
            return Place(pointer.text, element, read_only=True)
        if element.base in self.around.border.columns and not element.pointers:
            return Place(f"m.{self.around.border.columns[element.base]}[{pointer.text}]", element)
        if element.base in ("pmd_t", "pud_t", "p4d_t", "pgd_t") and not element.pointers:
            return Place(pointer.text, element, read_only=True)
        return Place(f"m.stack[{pointer.text}]", element)

    def _member(self, node: "Node") -> Place:
        base = self.values.value(child(node, "argument"))
        name = text_of(child(node, "field"))
        ctype = base.ctype
        if ctype.base in WORDS:
            return Place(base.text, UNSIGNED_LONG, not is_stored(base.text))
        if not ctype.names_struct:
            raise Untranslatable(f"{name} of {ctype}")
        if ctype.tag in self.around.border.structs:
            return self._member_of_model(node, base, name)
        layout = self.around.layouts.of(ctype.tag, self.around.path)
        if name not in layout.members:
            raise Untranslatable(f"struct {ctype.tag} has no {name}")
        cell, inner = layout.members[name]
        at = f"{self.not_null(node, base)} + {cell}" if cell else self.not_null(node, base)
        if inner.is_struct or inner.length is not None:
            return Place(f"({at})", inner, read_only=True)
        return Place(f"m.stack[{at}]", inner)

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
        return Place(text, member.ctype, not is_stored(text), member.ignored, store)

    def not_null(self, node: "Node", base: Value) -> str:
        """A pointer that is followed: row 0 and error pointers are caught when that happens."""
        if not base.ctype.pointers:
            return base.text
        where = self.around.trap(node, f"follows the pointer {text_of(node)[:60]}", "null")
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
                member = self.around.border.embedded[key]
                return Value(member.at(self.not_null(node, base)), member.ctype)
        if node.type == "pointer_expression" and text_of(node)[0] == "*":
            return self.values.value(child(node, "argument"))
        place = self.place(node)
        if place.ctype.is_list:
            return Value(place.text, place.ctype.pointer())
        if place.ctype.is_struct or place.ctype.length is not None:
            return Value(place.text, place.ctype.pointer())
        column, inside = column_of(place)
        if column != "stack" and self.around.border.columns.get(place.ctype.base) != column:
            raise Untranslatable(f"the address of {text_of(node)[:60]}")
        return Value(f"({inside})", place.ctype.pointer())

    # --- pointers that move ---
    def moved(self, op: str, left: Value, right: Value) -> Value:
        """A pointer plus or minus a number, or the difference of two."""
        if left.ctype.is_pointer and right.ctype.is_pointer:
            size = self._step(left.ctype)
            text = f"({left.text} - {right.text})"
            return Value(text if size == 1 else f"({text} // {size})", CType("long"))
        pointer, by = (left, right) if left.ctype.is_pointer else (right, left)
        size = self._step(pointer.ctype)
        offset = by.text if size == 1 else f"{by.text} * {size}"
        ctype = (
            pointer.ctype.element().pointer() if pointer.ctype.length is not None else pointer.ctype
        )
        return Value(f"({pointer.text} {op} {offset})", ctype)

    def _step(self, ctype: CType) -> int:
        """Cells (or rows, or slots) from one element to the next."""
        element = ctype.element()
        if element.is_struct and element.tag not in self.around.border.structs:
            return self.around.layouts.cells(element, self.around.path)
        return 1


def _place_of(variable: Variable) -> Place:
    if not variable.in_cells:
        return Place(variable.python, variable.ctype)
    at = f"(fp + {variable.cell})"
    if variable.ctype.is_struct or variable.ctype.length is not None:
        return Place(at, variable.ctype, read_only=True)
    return Place(f"m.stack[fp + {variable.cell}]", variable.ctype)


def is_stored(text: str) -> bool:
    """Whether a text can stand on the left of an assignment."""
    return text.isidentifier() or (text.startswith("m.") and text.endswith("]"))


def column_of(place: Place) -> tuple[str, str]:
    """The column and the row of a place `m.column[row]`."""
    if place.read_only or not place.text.startswith("m."):
        raise Untranslatable(f"{place.text} has no place of its own")
    column, _, rest = place.text[2:].partition("[")
    return column, rest[:-1]


def put_inside(place: Place, text: str) -> Value:
    """A store whose value is used on."""
    if place.text.isidentifier():
        return Value(f"({place.text} := {text})", place.ctype)
    if place.store:
        return Value(place.stored(text), place.ctype)
    column, inside = column_of(place)
    return Value(f"put_{column}(m, {inside}, {text})", place.ctype)
