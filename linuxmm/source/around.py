"""What the parts of the translator ask of each other."""

from typing import TYPE_CHECKING, Protocol

from linuxmm.source.border import Border, Callee
from linuxmm.source.ctype import CType
from linuxmm.source.layout import Layouts
from linuxmm.source.scope import Scopes
from linuxmm.source.tree import SourceTree
from linuxmm.source.value import Value

if TYPE_CHECKING:
    from tree_sitter import Node


class Around(Protocol):
    """What an expression needs of the function and the program around it."""

    path: str
    border: Border
    layouts: Layouts
    scopes: Scopes

    def constant(self, name: str) -> int | None: ...
    def executed(self, name: str) -> tuple[str, CType, list[CType]] | None: ...
    def callee(self, name: str) -> Callee | None: ...
    def trap(self, node: "Node", why: str, kind: str = "missing") -> int: ...
    def config_has(self, name: str) -> bool: ...
    def function_number(self, name: str) -> int | None: ...


class Values(Protocol):
    """What places and calls need of the expressions in them."""

    around: Around

    def value(self, node: "Node") -> Value:
        """The value of an expression.  Raises: Untranslatable."""


class Host(Protocol):
    """The program that a function is translated for (program.py)."""

    border: Border
    layouts: Layouts
    tree: SourceTree

    def constant(self, name: str, near: str) -> int | None: ...
    def executed(self, name: str, near: str) -> tuple[str, CType, list[CType]] | None: ...
    def trap(self, path: str, line: int, function: str, why: str, kind: str) -> int: ...
    def function_number(self, name: str, near: str) -> int | None: ...
    def callee(self, name: str, near: str) -> Callee | None: ...
