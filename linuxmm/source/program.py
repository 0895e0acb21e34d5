# SPDX-License-Identifier: GPL-2.0-or-later
"""A set of functions of a tree, translated: those that are wanted, and what they call."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from types import CodeType
from typing import TYPE_CHECKING, Final

from linuxmm.errors import one_line
from linuxmm.source.border import Border, Callee, border
from linuxmm.source.ctype import INT, UNSIGNED_LONG, CType
from linuxmm.source.emit import Function
from linuxmm.source.layout import Layouts
from linuxmm.source.macros import Macros
from linuxmm.source.pytext import code_of
from linuxmm.source.signature import parameter_types, result_type
from linuxmm.source.tree import SourceTree
from linuxmm.source.untranslatable import Untranslatable
from linuxmm.source.value import Value, number

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_FUNCTIONS: Final = 800
MOST_WORDS: Final = 200  # characters of what a trap says
MAX_NESTED: Final = 30  # calls in each other; of the 40 twins of 6.1 at most 9
Place = tuple[str, str]  # the path of a file and the name of a function in it


@dataclass(frozen=True)
class Trap:
    """What is said when an execution comes here.

    kind: missing (what cannot be translated or is not modelled), null (a pointer that is
    followed), unset (a variable that is read before it is set), outside (an index that its array
    has not), zero (a division by it), dry (a loop that does not end).
    """

    path: str
    line: int
    function: str
    why: str
    kind: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {one_line(self.function, MOST_WORDS)}: {self.why}"


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=6).digest(), "big") + 1


@dataclass
class Program:
    """Functions as Python text.  `touched`: names that are executed whatever the border says."""

    tree: SourceTree
    touched: frozenset[str] = frozenset()
    border: Border = field(default_factory=border)
    sites: dict[str, int] = field(default_factory=dict)  # path:function -> SITE_*
    core: dict[str, int] = field(default_factory=dict)  # constants of the core by name
    traps: dict[int, Trap] = field(default_factory=dict)  # by number
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    calls: dict[tuple[str, str], set[tuple[str, str]]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)  # functions whose address is taken

    def __post_init__(self) -> None:
        self.layouts = Layouts(self.tree)
        self.constants = self.layouts.constants
        self.macros = Macros(self)
        self._open: list[tuple[str, str]] = []
        self._trapped: dict[Trap, int] = {}
        self._nth: Counter[str] = Counter()  # traps that say the same

    def want(self, path: str, name: str) -> bool:
        """Translate a function of a file; False when the file has none of that name."""
        found = self.tree.file(path)
        if found is None or name not in found.functions:
            return False
        self._translate(path, name, found.functions[name])
        return True

    def with_function(self, tree: SourceTree, path: str, name: str) -> "Program":
        """This program over a tree that has one function otherwise: only that is translated."""
        place = (path, name)
        other = replace(
            self,
            tree=tree,
            traps=dict(self.traps),
            texts={each: text for each, text in self.texts.items() if each != place},
            calls={each: callees for each, callees in self.calls.items() if each != place},
            numbers=dict(self.numbers),
        )
        other.want(path, name)
        return other

    def only(self, places: Iterable[tuple[str, str]]) -> "Program":
        """This program with no more than these functions and what they reach."""
        kept = {each for path, name in places for each in self.reached(path, name)}
        return replace(self, texts={each: self.texts[each] for each in sorted(kept)})

    def compiled(self) -> list[CodeType]:
        """Every function as Python's code; one that Python has no room for traps when called."""
        found = []
        for (path, name), text in self.texts.items():
            try:
                found.append(code_of(text))
            except (SyntaxError, RecursionError, MemoryError):
                file = self.tree.file(path)
                assert file is not None
                stub = self.stuck(path, name, file.functions[name], "too deep for Python")
                found.append(code_of(stub))
        return found

    def source(self) -> str:
        """All functions as one module text."""
        return "\n\n\n".join(text for text in self.texts.values() if text) + "\n"

    def reached(self, path: str, name: str) -> list[tuple[str, str]]:
        """A function and all that it calls as text, sorted."""
        found, todo = set(), [(path, name)]
        while todo:
            each = todo.pop()
            if each not in found:
                found.add(each)
                todo += self.calls.get(each, ())
        return sorted(found)

    def text_of(self, path: str, name: str) -> str:
        """The text of a function and of all that it calls."""
        return "\n".join(self.texts[each] for each in self.reached(path, name))

    # --- what functions ask ---
    def constant(self, name: str, near: str) -> Value | None:
        """A constant: what the border says, the core's where both mean the same, the tree's."""
        value = self.border.constants.get(name)
        if value is None and name.startswith(self.border.core_constants):
            value = self.core.get(name)
        found = self.constants.of_name(name, near)
        if value is None:
            return found or self.constants.variable(name, near)
        if found is not None and found.constant == value:
            return found
        if found is not None and found.ctype.bits == 64:
            return number(value, found.ctype)
        return number(value, INT if -(1 << 31) <= value < 1 << 31 else UNSIGNED_LONG)

    def constant_array(self, name: str, near: str) -> tuple[CType, list[int]] | None:
        """A constant array of numbers of a file: its type and its elements."""
        return self.constants.array(name, near)

    def unknown(self, name: str, near: str) -> str:
        """Why a name has no value here."""
        found = self.tree.file(near)
        if found is not None and name in found.globals:
            return f"{name}, a variable of {near}, is not in the model"
        return f"{name} is not known"

    def executed(self, name: str, near: str) -> tuple[str, CType, list[CType]] | None:
        """How an executed function is called; None for one that is not executed."""
        found = self._definition(name, near)
        if name not in self.touched and self._is_bordered(name, found):
            return None
        if found is None:
            return None
        path, node = found
        if (path, name) in self._open:
            raise Untranslatable(f"{name}() calls itself, directly or not")
        if len(self._open) > MAX_NESTED:
            raise Untranslatable(f"{name}(): more than {MAX_NESTED} calls in each other")
        if (path, name) not in self.texts and len(self.texts) >= MAX_FUNCTIONS:
            raise Untranslatable(f"{name}(): more than {MAX_FUNCTIONS} functions")
        self._translate(path, name, node)
        types = [self.layouts.resolved(each, path) for each in parameter_types(node)]
        return f"c_{name}", self.layouts.resolved(result_type(node), path), types

    def _is_bordered(self, name: str, found: "tuple[str, Node] | None") -> bool:
        """Does the model do it?  A function in another form than the border's runs as text."""
        rows = self.border.calls.get(name, [])
        if found is None:
            return bool(rows)
        takes = len(parameter_types(found[1]))
        rows = [row for row in rows if row.takes_any or len(row.arguments) == takes]
        if any(row.kind != "later" for row in rows):
            return True
        form = (result_type(found[1]), takes)
        return any(row.as_called == form for row in rows)

    def _definition(self, name: str, near: str) -> "tuple[str, Node] | None":
        """The text of a function: in this file, a header, or the file that the border names."""
        found = self.tree.function(name, near)
        if found is None and name in self.border.homes:
            home = self.tree.file(self.border.homes[name])
            if home is not None and name in home.functions:
                return home.path, home.functions[name]
        return found

    def parameters(self, name: str, near: str) -> list[CType] | None:
        """The types of what a function takes; None when neither border nor tree know it."""
        callee = self.callee(name, near)
        if callee is not None and callee.kind != "nothing" and callee.kind != "never":
            return [argument.ctype for argument in callee.arguments]
        found = self._definition(name, near)
        return parameter_types(found[1]) if found is not None else None

    def callee(self, name: str, near: str, given: int | None = None) -> Callee | None:
        """What the border has for a name: of several the one that takes and returns what the
        tree's does."""
        rows = self.border.calls.get(name, [])
        rows = [row for row in rows if given == len(row.arguments)] or rows
        if len(rows) > 1:
            wanted = self._returned(name, near)
            rows = [row for row in rows if row.result == wanted] or rows
        return rows[0] if rows else None

    def _returned(self, name: str, near: str) -> CType | None:
        """What the tree's function returns, by its text or by its prototype."""
        found = self.tree.function(name, near)
        if found is not None:
            return result_type(found[1])
        header = self.tree.file(self.border.declared.get(name, ""))
        node = header.globals.get(name) if header is not None else None
        return result_type(node) if node is not None else None

    def trap(self, path: str, line: int, function: str, why: str, kind: str) -> int:
        """The number of a trap: the same in every tree in which the function says the same."""
        trap = Trap(path, line, function, one_line(why, MOST_WORDS), kind)
        if trap in self._trapped:
            return self._trapped[trap]
        said = f"{path}\0{function}\0{kind}\0{trap.why}"
        while True:
            nth = self._nth[said]
            number = _number(f"{said}\0{nth}")
            self._nth[said] += 1
            if self.traps.setdefault(number, trap) == trap:
                self._trapped[trap] = number
                return number

    def function_number(self, name: str, near: str) -> int | None:
        """A number that stands for a function's address; None for what is no function."""
        if self.tree.function(name, near) is None:
            return None
        return self.numbers.setdefault(name, len(self.numbers) + 1)

    def stuck(self, path: str, name: str, node: "Node", why: str) -> str:
        """The text of a function of which nothing can be translated."""
        number = self.trap(path, node.start_point[0] + 1, name, why, "missing")
        return f"def c_{name}(m, k, site, *_):\n    return missing(m, {number})"

    def _translate(self, path: str, name: str, node: "Node") -> None:
        if self._open:
            self.calls.setdefault(self._open[-1], set()).add((path, name))
        if (path, name) in self.texts:
            return
        self.texts[path, name] = ""
        self._open.append((path, name))
        site = self.sites.get(f"{path}:{name}", 0)
        try:
            self._check(path, node)
            whole, first_line = self.macros.expanded(path, node)
            text = Function(self, path, name, whole, site, first_line).text()
        except (Untranslatable, ValueError) as error:
            text = self.stuck(path, name, node, str(error))
        except RecursionError:
            text = self.stuck(path, name, node, "more things in each other than are read")
        self._open.pop()
        self.texts[path, name] = text

    def _check(self, path: str, node: "Node") -> None:
        """Raises: Untranslatable where nobody knows which text a function has."""
        file = self.tree.file(path)
        doubt = file.doubt_of(node) if file is not None else None
        if doubt is not None:
            raise Untranslatable(str(doubt))
