# SPDX-License-Identifier: GPL-2.0-or-later
"""Which variable a name in a function means: C's scopes, resolved once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from linuxmm.source.ctype import INT, LIST_HEAD, CType, base_type, declared
from linuxmm.source.parser import child, parts, text_of
from linuxmm.source.signature import function_declarator
from linuxmm.source.untranslatable import Untranslatable

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH: Final = 200  # nodes of the syntax tree in each other
TYPEOF: Final = ("typeof", "__typeof__", "__typeof")
_OPENS: Final = ("compound_statement", "for_statement", "function_definition")


@dataclass(eq=False)
class Variable:
    """A parameter or local.

    in_cells: its address is taken, or it is a struct or an array; initial: what it is set to when
    it is declared; stuck: why it cannot be used.
    """

    name: str
    ctype: CType
    python: str
    parameter: bool = False
    in_cells: bool = False
    cell: int = 0  # its first cell in the function's frame
    initial: "Node | None" = None
    stuck: str = ""


@dataclass
class Scopes:
    """The variables of one function; `at` finds them by where the name stands (start byte)."""

    parameters: list[Variable] = field(default_factory=list)
    locals: list[Variable] = field(default_factory=list)
    at: dict[int, Variable] = field(default_factory=dict)

    def all(self) -> Iterator[Variable]:
        yield from self.parameters
        yield from self.locals


def resolve(function: "Node", resolved: Callable[[CType], CType]) -> Scopes:
    """The variables of a function definition, and what each name in it stands for.

    resolved: what a name of a type stands for.  Raises: Untranslatable.
    """
    resolver = _Resolver(resolved)
    for parameter in parts(child(function_declarator(function), "parameters")):
        if parameter.type == "parameter_declaration":
            resolver.declare(parameter, parameter.child_by_field_name("declarator"), True)
    resolver.walk(child(function, "body"))
    return resolver.found


class _Resolver:
    def __init__(self, resolved: Callable[[CType], CType]) -> None:
        self.resolved = resolved
        self.found = Scopes()
        self.scopes: list[dict[str, Variable]] = [{}]
        self.taken: set[str] = set()
        self.depth = 0

    def declare(
        self,
        node: "Node",
        declarator: "Node | None",
        parameter: bool = False,
        initial: "Node | None" = None,
    ) -> None:
        name, ctype = declared(base_type(node), declarator)
        if name is None:
            return
        kind, stuck = node.child_by_field_name("type"), ""
        if kind is not None and kind.type == "macro_type_specifier":
            meant = self._meant(kind, ctype)
            ctype, stuck = meant or INT, "" if meant else f"{name} is a {text_of(kind)[:40]}"
        ctype = self.resolved(ctype)
        if parameter and ctype.length is not None:
            ctype = ctype.element().pointer()
        self._add(name, ctype, _identifier(declarator), parameter, initial)
        if not parameter:
            self.found.locals[-1].stuck = stuck or _kept_elsewhere(node, name)

    def _meant(self, kind: "Node", ctype: CType) -> CType | None:
        """The type that `typeof(x)` of a variable means; None when x is something else."""
        said = text_of(child(kind, "type")).strip()
        variable = self._seen(said.lstrip("*"))
        if variable is None or text_of(child(kind, "name")) not in TYPEOF:
            return None
        meant = variable.ctype
        for _ in range(len(said) - len(said.lstrip("*"))):
            meant = meant.element()
        return replace(meant, pointers=meant.pointers + ctype.pointers)

    def _seen(self, name: str) -> Variable | None:
        return next((scope[name] for scope in reversed(self.scopes) if name in scope), None)

    def _add(
        self,
        name: str,
        ctype: CType,
        place: "Node | None",
        parameter: bool,
        initial: "Node | None" = None,
    ) -> None:
        if not (name.isascii() and name.isidentifier()):
            raise Untranslatable("a name that Python has not")
        python, n = f"v_{name}", 1
        while python in self.taken:
            n += 1
            python = f"v_{name}_{n}"
        self.taken.add(python)
        variable = Variable(name, ctype, python, parameter, ctype.is_whole)
        variable.initial = initial
        (self.found.parameters if parameter else self.found.locals).append(variable)
        self.scopes[-1][name] = variable
        if place is not None:
            self.found.at[place.start_byte] = variable

    def walk(self, node: "Node") -> None:
        """Names in the order of the text: a declaration is known behind its declarator."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Untranslatable("more things in each other than are read")
        self._walk(node)
        self.depth -= 1

    def _walk(self, node: "Node") -> None:
        kind = node.type
        opens = kind in _OPENS
        if opens:
            self.scopes.append({})
        if kind == "declaration":
            for declarator in node.children_by_field_name("declarator"):
                self._declared(node, declarator)
        elif kind in ("identifier", "type_identifier"):  # typeof(x) has the second
            self._use(node)
        else:
            if kind == "pointer_expression" and text_of(node)[0] == "&":
                self._note_address(child(node, "argument"))
            if kind == "call_expression" and _declares_a_list(node):
                self._declare_list(node)
            else:
                for each in parts(node):
                    self.walk(each)
        if opens:
            self.scopes.pop()

    def _declared(self, node: "Node", declarator: "Node") -> None:
        value = None
        if declarator.type == "init_declarator":
            value = child(declarator, "value")
            declarator = child(declarator, "declarator")
        self.declare(node, declarator, initial=value)
        if value is not None:
            self.walk(value)

    def _declare_list(self, node: "Node") -> None:
        """LIST_HEAD(name): a macro that declares."""
        place = parts(child(node, "arguments"))[0]
        self._add(text_of(place), LIST_HEAD, place, False)

    def _use(self, node: "Node") -> None:
        variable = self._seen(text_of(node))
        if variable is not None:
            self.found.at[node.start_byte] = variable

    def _note_address(self, node: "Node") -> None:
        while node.type == "parenthesized_expression":
            node = parts(node)[0]
        if node.type == "identifier":
            self._use(node)
            variable = self.found.at.get(node.start_byte)
            if variable is not None and not variable.ctype.is_list:
                variable.in_cells = True


def _kept_elsewhere(node: "Node", name: str) -> str:
    """Why a variable that is declared in a function is none of its own, if so."""
    words = {
        text_of(each) for each in node.children if each.type.endswith(("specifier", "qualifier"))
    }
    if "extern" in words:
        return f"{name} is a variable of another file"
    if "static" in words and "const" not in words:
        return f"{name} is a static variable of a function"
    return ""


def _declares_a_list(node: "Node") -> bool:
    return text_of(child(node, "function")) == "LIST_HEAD" and bool(parts(child(node, "arguments")))


def _identifier(node: "Node | None") -> "Node | None":
    while node is not None and node.type != "identifier":
        inner = node.child_by_field_name("declarator")
        if inner is None:
            inner = next((each for each in parts(node) if each.type.endswith("declarator")), None)
        node = inner
    return node
