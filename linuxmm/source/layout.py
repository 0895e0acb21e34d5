# SPDX-License-Identifier: GPL-2.0-or-later
"""Structs that the model does not have, as cells: one cell of 64 bits a scalar member.

Laid out from the tree's own definition; members of a union begin at the same cell.
"""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from linuxmm.source.constants import Constants
from linuxmm.source.ctype import CType, base_type, declared
from linuxmm.source.parser import child, parts, text_of
from linuxmm.source.tree import SourceTree
from linuxmm.source.types import Types
from linuxmm.source.untranslatable import Untranslatable

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_CELLS: Final = 4096
MAX_DEPTH: Final = 16  # structs in each other
MAX_WIDTH: Final = 32  # bits of a bitfield


@dataclass
class Layout:
    """Cells from the start of the struct: member -> (cell, type); how many cells it has.

    order: the members that an initialiser without names means; stuck: why one has no place.
    """

    members: dict[str, tuple[int, CType]] = field(default_factory=dict)
    cells: int = 1
    order: list[str] = field(default_factory=list)
    stuck: dict[str, str] = field(default_factory=dict)


class Layouts:
    """The layouts of one tree, by tag."""

    def __init__(self, tree: SourceTree) -> None:
        self.tree = tree
        self.types = Types(tree)
        self.constants = Constants(tree, self.types)
        self._known: dict[str, Layout] = {}
        self._open: set[str] = set()

    def of(self, tag: str, near: str) -> Layout:
        """The layout of `struct tag` as the file `near` sees it.

        Raises: Untranslatable for a struct that the tree does not define, or that holds itself.
        """
        if tag in self._known:
            return self._known[tag]
        if tag in self._open or len(self._open) > MAX_DEPTH:
            raise Untranslatable(f"struct {tag} holds itself")
        found = self.tree.struct(tag, near)
        if found is None:
            raise Untranslatable(f"struct {tag} is not defined in the tree")
        path, node = found
        return self.define(tag, node, path)

    def define(self, tag: str, node: "Node", near: str) -> Layout:
        """The layout of a struct whose body stands at a node of a file."""
        self._open.add(tag)
        try:
            layout = Layout()
            layout.cells = max(1, self._lay_out(node, layout, 0, near))
        finally:
            self._open.discard(tag)
        self._known[tag] = layout
        return layout

    def member(self, tag: str, name: str, near: str) -> tuple[int, CType]:
        """Cell and type of a member.  Raises: Untranslatable."""
        layout = self.of(tag, near)
        if name in layout.stuck:
            raise Untranslatable(f"{name} of struct {tag}: {layout.stuck[name]}")
        if name not in layout.members:
            raise Untranslatable(f"struct {tag} has no {name}")
        return layout.members[name]

    def cells(self, ctype: CType, near: str) -> int:
        """How many cells a variable or member of a type takes.  Raises: Untranslatable."""
        if ctype.length is not None:
            number = self.constants.number(ctype.length, near) if ctype.length else 0
            if number is None or not 0 <= number <= MAX_CELLS:
                raise Untranslatable(f"an array of {ctype.length or 'no'} elements")
            cells = number * self.cells(ctype.element(), near)
            if cells > MAX_CELLS:
                raise Untranslatable(f"an array of {cells} cells")
            return cells
        if ctype.is_list:
            return 1
        return self.of(ctype.tag, near).cells if ctype.is_struct else 1

    def size(self, ctype: CType, near: str) -> int:
        """sizeof: bytes.  Raises: Untranslatable for a struct, of which only cells are known."""
        if ctype.length is not None:
            inner = ctype.element()
            elements = self.cells(ctype, near) // max(1, self.cells(inner, near))
            return elements * self.size(inner, near)
        if ctype.is_struct:
            raise Untranslatable(f"the size of {ctype}")
        return max(1, ctype.bits // 8)

    def resolved(self, ctype: CType, near: str) -> CType:
        """What a type stands for (types.py)."""
        return self.types.resolved(ctype, near)

    def _lay_out(self, node: "Node", layout: Layout, start: int, near: str) -> int:
        """Put the members of a struct or union body from a cell on: the cell behind."""
        union = node.type == "union_specifier"
        at = end = start
        first = len(layout.order)
        for member in parts(child(node, "body")):
            if member.type == "ERROR":
                layout.stuck[text_of(member)[:40]] = "does not parse"
            if member.type != "field_declaration":
                continue
            for name, ctype, inner in _members(member):
                size = self._member(layout, name, ctype, inner, at, near)
                end = max(end, at + size)
                if end > MAX_CELLS:
                    raise Untranslatable(f"a struct of more than {MAX_CELLS} cells")
                at = start if union else at + size
        if union:
            del layout.order[first + 1 :]  # an initialiser means the first of a union
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
        if inner is not None and ctype.base.startswith(("struct ", "union ")):
            nested = Layout()
            nested.cells = max(1, self._lay_out(inner, nested, 0, near))
            self._known[ctype.tag] = nested
        ctype = self.resolved(ctype, near)
        layout.members[name] = (at, ctype)
        layout.order.append(name)
        if ctype.width > MAX_WIDTH:
            layout.stuck[name] = f"a bitfield of {ctype.width} bits"
        try:
            return self.cells(ctype, near)
        except Untranslatable as error:
            layout.stuck[name] = str(error)
            return 1


def _members(member: "Node") -> "list[tuple[str | None, CType, Node | None]]":
    """Name, type and body of each member of a field declaration."""
    kind = member.child_by_field_name("type")
    body = kind if kind is not None and kind.child_by_field_name("body") is not None else None
    declarators = member.children_by_field_name("declarator")
    if not declarators:
        return [(None, CType(base_type(member)), body)]
    found: list[tuple[str | None, CType, Node | None]] = []
    for each in declarators:
        name, ctype = declared(base_type(member), each)
        found.append((name, replace(ctype, width=_width(each)), body))
    return found


def _width(declarator: "Node") -> int:
    """The bits of a bitfield: what stands behind the declarator; 0 for none."""
    clause = declarator.next_named_sibling
    if clause is None or clause.type != "bitfield_clause":
        return 0
    text = text_of(parts(clause)[0]) if parts(clause) else ""
    return int(text) if text.isdigit() and 0 < int(text) <= 64 else 64
