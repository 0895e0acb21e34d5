# SPDX-License-Identifier: GPL-2.0-or-later
"""Which macros of a tree are expanded in a function, and the function with them expanded."""

import re
from typing import TYPE_CHECKING, Final, Protocol

from linuxmm.source.border import Border
from linuxmm.source.constants import Constants
from linuxmm.source.expand import expanded
from linuxmm.source.parser import c_parser, syntax_tree, text_of
from linuxmm.source.readable import readable
from linuxmm.source.text import Macro
from linuxmm.source.tree import SourceTree
from linuxmm.source.untranslatable import Untranslatable

if TYPE_CHECKING:
    from tree_sitter import Node

_NAME: Final = re.compile(r"(?<![\w.>])[A-Za-z_]\w*")
# Said in another way than by their text (call.py, effect.py, scope.py).
_OWN: Final = frozenset(
    ("likely", "unlikely", "READ_ONCE", "WRITE_ONCE", "data_race", "smp_load_acquire", "min",
     "max", "min_t", "max_t", "umin", "umax", "container_of", "list_entry", "rb_entry", "swap",
     "hlist_entry", "lru_to_page", "IS_ENABLED", "IS_BUILTIN", "IS_REACHABLE", "ARRAY_SIZE",
     "do_div", "LIST_HEAD", "NULL", "true", "false", "typeof", "__typeof__", "sizeof", "offsetof",
     "memset", "memcpy", "memmove", "bool", "inline", "fallthrough", "current",
     "lockless_dereference", "BIT", "BIT_ULL", "_BITUL", "_BITULL")
)  # fmt: skip


class Translated(Protocol):
    """The program whose functions are expanded."""

    border: Border
    tree: SourceTree
    touched: frozenset[str]
    constants: Constants
    core: dict[str, int]


class Macros:
    """The macros of one program's tree."""

    def __init__(self, program: Translated) -> None:
        self.program = program
        self._known: dict[tuple[str, str], Macro | None] = {}
        self._parser = c_parser()

    def expanded(self, path: str, node: "Node") -> "tuple[Node, int]":
        """The definition of a function, and how many lines of its file come before its text.

        Raises: Untranslatable when macros cannot be expanded within bounds.
        """
        text = text_of(node)
        own = _declared(node)

        def macro_of(name: str) -> Macro | None:
            return None if name in own else self._macro(name, path)

        if not any(macro_of(name) for name in set(_NAME.findall(text))):
            return node, 0
        said = readable(expanded(text, macro_of))
        tree = syntax_tree(self._parser, said.encode("utf-8", "replace"))
        found = None if tree is None else next(iter(tree.root_node.named_children), None)
        if found is None or found.type != "function_definition":
            raise Untranslatable("it does not parse when its macros are expanded")
        return found, node.start_point[0]

    def _macro(self, name: str, near: str) -> Macro | None:
        key = (name, near)
        if key not in self._known:
            self._known[key] = self._find(name, near)
        return self._known[key]

    def _find(self, name: str, near: str) -> Macro | None:
        """The macro that a name means, unless it is something that is known otherwise."""
        border, tree = self.program.border, self.program.tree
        if name in _OWN or name in border.globals or name in border.constants:
            return None
        if name in border.calls and name not in self.program.touched:
            return None
        if name in border.loops:
            return None
        if name in self.program.core and name.startswith(border.core_constants):
            return None
        found = tree.macro(name, near)
        file = tree.file(near)
        if file is not None and (name in file.globals or name in file.enumerators):
            return None  # a macro of some other header has the same name
        if found is None or tree.function(name, near) is not None:
            return None
        macro = Macro(*found)
        if macro.params is None and (
            macro.text in ("", name) or self.program.constants.of_name(name, near) is not None
        ):
            return None if macro.text else macro
        return macro


def _declared(function: "Node") -> set[str]:
    """The names that a function declares: a macro of that name is another file's."""
    found, stack = set(), [function]
    while stack:
        each = stack.pop()
        if each.type in ("declaration", "parameter_declaration", "init_declarator"):
            name = each.child_by_field_name("declarator")
            while name is not None and name.type != "identifier":
                inner = name.child_by_field_name("declarator")
                name = inner if inner is not None else next(iter(name.named_children), None)
            if name is not None:
                found.add(text_of(name))
        stack += each.named_children
    return found
