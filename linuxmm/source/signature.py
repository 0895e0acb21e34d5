# SPDX-License-Identifier: GPL-2.0-or-later
"""What a function definition returns and takes."""

from typing import TYPE_CHECKING

from linuxmm.source.ctype import VOID, CType, base_type, declared
from linuxmm.source.parser import child, parts

if TYPE_CHECKING:
    from tree_sitter import Node


def function_declarator(function: "Node") -> "Node":
    """Where the parameters of a definition stand.  Raises: ValueError for what has none."""
    declarator = child(function, "declarator")
    while declarator.type != "function_declarator":
        inner = declarator.child_by_field_name("declarator")
        if inner is None:
            raise ValueError("a function without parameters")
        declarator = inner
    return declarator


def result_type(function: "Node") -> CType:
    """What a function definition returns."""
    _, ctype = declared(base_type(function), None)
    declarator, pointers = child(function, "declarator"), 0
    while declarator.type == "pointer_declarator":
        pointers += 1
        declarator = child(declarator, "declarator")
    return CType(ctype.base, pointers) if pointers or ctype.base != "void" else VOID


def parameter_types(function: "Node") -> list[CType]:
    """The types of a function definition's parameters."""
    found = []
    for each in parts(child(function_declarator(function), "parameters")):
        if each.type == "parameter_declaration":
            name, ctype = declared(base_type(each), each.child_by_field_name("declarator"))
            if name is None:
                continue
            if ctype.length is not None:
                ctype = ctype.element().pointer()
            found.append(ctype)
    return found
