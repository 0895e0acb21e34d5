# SPDX-License-Identifier: GPL-2.0-or-later
"""What the names of types in a tree stand for."""

from dataclasses import replace
from typing import Final

from linuxmm.source.ctype import OPAQUE, WORDS, CType, base_type, declared
from linuxmm.source.tree import SourceTree

MAX_DEPTH: Final = 16  # typedefs in each other


class Types:
    """The typedefs and enums of one tree."""

    def __init__(self, tree: SourceTree) -> None:
        self.tree = tree
        self._resolved: dict[tuple[CType, str], CType] = {}

    def resolved(self, ctype: CType, near: str, depth: int = 0) -> CType:
        """What a typedef of the tree stands for; an enum with negative values is an int."""
        key = (ctype, near)
        if key not in self._resolved:
            self._resolved[key] = self._resolve(ctype, near, depth)
        return self._resolved[key]

    def _resolve(self, ctype: CType, near: str, depth: int) -> CType:
        base = ctype.base
        if base.startswith("enum "):
            negative = self.tree.enum_is_signed(base.partition(" ")[2], near)
            return replace(ctype, base="int") if negative else ctype
        plain = CType(base)
        if plain.is_number or plain.names_struct or base in WORDS or base in OPAQUE:
            return ctype
        if depth > MAX_DEPTH:
            return ctype
        found = self.tree.typedef(base, near)
        if found is None:
            return ctype
        path, node = found
        inner = node.child_by_field_name("type")
        if inner is not None and inner.child_by_field_name("body") is not None:
            if inner.type == "enum_specifier":
                return replace(ctype, base="unsigned int")
            if inner.child_by_field_name("name") is None:
                kind = inner.type.partition("_")[0]
                return replace(ctype, base=f"{kind} {base}")
        _, meant = declared(base_type(node), node.child_by_field_name("declarator"))
        if meant.length is not None:
            return ctype
        meant = self.resolved(meant, path, depth + 1)
        return replace(ctype, base=meant.base, pointers=ctype.pointers + meant.pointers)
