"""Structs that the model does not have, as cells: one cell of 64 bits a scalar member.

Laid out from the tree's own definition; members of a union begin at the same cell.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from linuxmm.source.ctype import CType, base_type, declared
from linuxmm.source.parser import child, parts
from linuxmm.source.untranslatable import Untranslatable

if TYPE_CHECKING:
    from tree_sitter import Node

    from linuxmm.source.tree import SourceTree

MAX_CELLS: Final = 4096


@dataclass
class Layout:
    """Cells from the start of the struct: member -> (cell, type); how many cells it has."""

    members: dict[str, tuple[int, CType]] = field(default_factory=dict)
    cells: int = 1


class Layouts:
    """The layouts of one tree, by tag."""

    def __init__(self, tree: "SourceTree") -> None:
        self.tree = tree
        self._known: dict[str, Layout] = {}
        self._open: set[str] = set()

    def of(self, tag: str, near: str) -> Layout:
        """The layout of `struct tag` as the file `near` sees it.

        Raises: Untranslatable for a struct that the tree does not define, or that holds itself.
        """
        if tag in self._known:
            return self._known[tag]
        if tag in self._open:
            raise Untranslatable(f"struct {tag} holds itself")
        found = self.tree.struct(tag, near)
        if found is None:
            raise Untranslatable(f"struct {tag} is not defined in the tree")
        path, node = found
        self._open.add(tag)
        try:
            layout = Layout()
            layout.cells = max(1, self._lay_out(node, layout, 0, path))
        finally:
            self._open.discard(tag)
        self._known[tag] = layout
        return layout

    def cells(self, ctype: CType, near: str) -> int:
        """How many cells a variable or member of a type takes."""
        if ctype.length is not None:
            number = self.tree.constant(ctype.length, near) if ctype.length else 0
            if number is None or not 0 <= number <= MAX_CELLS:
                raise Untranslatable(f"array of {ctype.length or 'no'} elements")
            return number * self.cells(ctype.element(), near)
        if ctype.is_list:
            return 1
        return self.of(ctype.tag, near).cells if ctype.is_struct else 1

    def _lay_out(self, node: "Node", layout: Layout, start: int, near: str) -> int:
        """Put the members of a struct or union body from a cell on: the cell behind."""
        union = node.type == "union_specifier"
        at = end = start
        for member in parts(child(node, "body")):
            if member.type != "field_declaration":
                continue
            for name, ctype, inner in _members(member):
                size = self._member(layout, name, ctype, inner, at, near)
                end = max(end, at + size)
                at = start if union else at + size
        return end

    def _member(
        self,
        layout: Layout,
        name: str | None,
        ctype: CType,
        inner: "Node | None",
        at: int,
        near: str,
    ) -> int:
        if name is None:
            return self._lay_out(inner, layout, at, near) - at if inner is not None else 0
        if inner is not None and ctype.is_struct:
            nested = Layout()
            nested.cells = max(1, self._lay_out(inner, nested, 0, near))
            self._known[ctype.tag] = nested
        layout.members[name] = (at, ctype)
        try:
            return self.cells(ctype, near)
        except Untranslatable:
            return 1  # nobody can reach into it, which is said when somebody does


def _members(member: "Node") -> "list[tuple[str | None, CType, Node | None]]":
    """Name, type and body of each member of a field declaration."""
    kind = member.child_by_field_name("type")
    body = kind if kind is not None and kind.child_by_field_name("body") is not None else None
    declarators = member.children_by_field_name("declarator")
    if not declarators:
        return [(None, CType(base_type(member)), body)]
    return [(*declared(base_type(member), each), body) for each in declarators]
