# SPDX-License-Identifier: GPL-2.0-or-later
"""One C file: its functions, structs, enums, constants and macros by name."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from linuxmm.errors import InputError
from linuxmm.source.parser import child, parts, syntax_tree, text_of
from linuxmm.source.text import Doubt, Elsewhere, Macro, nowhere, prepare

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_NOTHING_WITHIN = frozenset(
    ("function_definition", "identifier", "type_identifier", "field_identifier", "primitive_type",
     "sized_type_specifier", "storage_class_specifier", "type_qualifier", "number_literal",
     "string_literal", "comment")
)  # fmt: skip
_INSIDE = ("declaration_list", "translation_unit", "linkage_specification")


@dataclass
class CFile:
    """A file of a tree under a configuration.  Nodes belong to the prepared text.

    doubtful: macros that it may define or not; asked: of macros of other files, what was answered.
    """

    path: str
    macros: dict[str, Macro] = field(default_factory=dict)
    functions: "dict[str, Node]" = field(default_factory=dict)
    structs: "dict[str, Node]" = field(default_factory=dict)  # struct and union bodies
    enums: "dict[str, Node]" = field(default_factory=dict)  # bodies by tag
    typedefs: "dict[str, Node]" = field(default_factory=dict)
    enumerators: dict[str, str] = field(default_factory=dict)  # name -> expression
    globals: "dict[str, Node]" = field(default_factory=dict)  # declarations outside functions
    doubts: list[Doubt] = field(default_factory=list)
    doubtful: dict[str, Doubt] = field(default_factory=dict)
    asked: dict[str, bool | None] = field(default_factory=dict)

    def doubt_of(self, node: "Node") -> Doubt | None:
        """A condition that decides about the text of a node, and of which nobody knows."""
        first, last = node.start_point[0] + 1, node.end_point[0] + 1
        return next((doubt for doubt in self.doubts if doubt.covers(first, last)), None)

    def with_function(self, name: str, prepared: str, parser: "Parser") -> "CFile":
        """The file with another text of one of its functions.  Raises: InputError."""
        tree = syntax_tree(parser, prepared.encode("utf-8", "replace"))
        for kind, node in _outer(tree.root_node) if tree is not None else ():
            if kind == "function_definition":
                if declared_name(node.child_by_field_name("declarator")) == name:
                    return replace(self, functions={**self.functions, name: node})
        raise InputError(f"{name}: the text is no function", file=self.path)


def read_c(
    path: str,
    text: str,
    config: frozenset[str],
    parser: "Parser",
    elsewhere: Elsewhere = nowhere,
) -> CFile:
    """Raises: InputError for a text that does not come to an end in the parser."""
    asked: dict[str, bool | None] = {}

    def noted(name: str) -> bool | None:
        if name not in asked:
            asked[name] = elsewhere(name)
        return asked[name]

    prepared = prepare(text, config, noted)
    tree = syntax_tree(parser, prepared.text.encode("utf-8", "replace"))
    if tree is None:
        raise InputError("cannot be parsed as C within bounds", file=path)
    found = CFile(path, prepared.macros, doubts=prepared.doubts, doubtful=prepared.doubtful)
    found.asked = asked
    for kind, node in _outer(tree.root_node):
        _note(found, kind, node)
    return found


def _outer(root: "Node") -> "Iterator[tuple[str, Node]]":
    """Every node outside functions that may say something, with its type; bodies of types too."""
    stack = [root]
    while stack:
        node = stack.pop()
        kind = node.type
        yield kind, node
        if kind not in _NOTHING_WITHIN:
            stack.extend(reversed(node.named_children))


def _note(found: CFile, kind: str, node: "Node") -> None:
    if kind == "function_definition":
        name = declared_name(node.child_by_field_name("declarator"))
        if name:
            found.functions.setdefault(name, node)
    elif kind in ("struct_specifier", "union_specifier"):
        name_node = node.child_by_field_name("name")
        if node.child_by_field_name("body") is not None and name_node is not None:
            found.structs.setdefault(text_of(name_node), node)
    elif kind == "enum_specifier":
        name_node, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if body is not None and name_node is not None:
            found.enums.setdefault(text_of(name_node), body)
    elif kind == "enumerator_list":
        _note_enumerators(found, node)
    elif kind == "type_definition":
        name = declared_name(node.child_by_field_name("declarator"))
        if name:
            found.typedefs.setdefault(name, node)
    elif kind == "declaration" and node.parent is not None:
        if node.parent.type in _INSIDE:
            for declarator in node.children_by_field_name("declarator"):
                name = declared_name(declarator)
                if name:
                    found.globals.setdefault(name, node)


def _note_enumerators(found: CFile, node: "Node") -> None:
    """Their values as texts; behind what does not parse nobody knows them."""
    start, n = "0", 0
    for each in node.named_children:
        if each.type == "ERROR" or each.has_error or found.doubt_of(each):
            start = ""
        if each.type != "enumerator":
            continue
        name = text_of(child(each, "name"))
        value = each.child_by_field_name("value")
        if value is not None:
            start, n = f"({text_of(value)})", 0
        if start:
            found.enumerators.setdefault(name, f"{start} + {n}" if n else start)
        n += 1


def declared_name(declarator: "Node | None") -> str | None:
    """The name inside a declarator: of `*const (*name[3])(int)` it is `name`."""
    while declarator is not None:
        if declarator.type in ("identifier", "field_identifier", "type_identifier"):
            return text_of(declarator)
        inner = declarator.child_by_field_name("declarator")
        if inner is None and declarator.type == "parenthesized_declarator":
            inner = next(iter(parts(declarator)), None)
        declarator = inner
    return None
