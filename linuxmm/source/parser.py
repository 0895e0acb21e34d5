# SPDX-License-Identifier: GPL-2.0-or-later
"""tree-sitter's C, within bounds."""

from typing import TYPE_CHECKING, Final

from linuxmm.errors import MissingExtra

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, Tree

_CHUNK: Final = 1 << 8  # what is read again for each text of a node
# Steps of tree-sitter for a text: real C takes one for 100 characters, mm/memory.c for 160;
# recovering from errors can take a number that grows with the square of the length.
_STEPS: Final = 1000
_LENGTH_OF_STEP: Final = 32
_MAX_STEPS: Final = 40_000


def c_parser() -> "Parser":
    """A parser of C, or a sentence that says how to get one."""
    try:
        import tree_sitter_c
        from tree_sitter import Language, Parser
    except ImportError:
        needs, packages = "reading a source tree needs tree-sitter", "tree-sitter tree-sitter-c"
        raise MissingExtra(needs, "tree", packages) from None
    return Parser(Language(tree_sitter_c.language()))


def syntax_tree(parser: "Parser", data: bytes) -> "Tree | None":
    """The syntax tree of a text; None when it takes too many steps."""
    left = min(_STEPS + len(data) // _LENGTH_OF_STEP, _MAX_STEPS)

    def stop(at: int, is_error: bool) -> bool:
        nonlocal left
        left -= 1
        return left < 0

    try:
        return parser.parse(lambda at, _: data[at : at + _CHUNK], progress_callback=stop)
    except ValueError:  # stopped
        parser.reset()
        return None


def text_of(node: "Node") -> str:
    """The text of a node."""
    return (node.text or b"").decode("utf-8", "replace")


def child(node: "Node", field: str) -> "Node":
    """A child that the grammar promises.  Raises: ValueError when the text did not parse."""
    found = node.child_by_field_name(field)
    if found is None:
        raise ValueError(f"{node.type} without {field}")
    return found


def parts(node: "Node") -> "list[Node]":
    """The named children but comments."""
    return [each for each in node.named_children if each.type != "comment"]


def bare(node: "Node") -> "Node":
    """An expression without the brackets around it; those of `({ ... })` belong to it."""
    while node.type == "parenthesized_expression" and len(parts(node)) == 1:
        inner = parts(node)[0]
        if inner.type == "compound_statement":
            break
        node = inner
    return node


def operator(node: "Node") -> str:
    """The sign of an operation or assignment."""
    return text_of(child(node, "operator"))


def has(node: "Node", *kinds: str) -> bool:
    """Whether a node of one of the kinds stands in it."""
    stack = [node]
    while stack:
        each = stack.pop()
        if each.type in kinds:
            return True
        stack += each.named_children
    return False
