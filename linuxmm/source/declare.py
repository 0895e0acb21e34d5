# SPDX-License-Identifier: GPL-2.0-or-later
"""Declarations of variables, and what they are set to."""

from dataclasses import replace
from typing import TYPE_CHECKING

from linuxmm.source.ctype import WORDS, CType
from linuxmm.source.expression import Expressions
from linuxmm.source.lines import Lines
from linuxmm.source.parser import bare, child, parts, text_of
from linuxmm.source.scope import Variable
from linuxmm.source.untranslatable import Untranslatable
from linuxmm.source.value import converted

if TYPE_CHECKING:
    from tree_sitter import Node


class Declarations:
    """Writes the declarations of one function."""

    def __init__(self, values: Expressions, lines: Lines) -> None:
        self.values, self.lines = values, lines
        self.around = values.around

    def declare(self, node: "Node") -> None:
        """A declaration.  Raises: Untranslatable."""
        for declarator in node.children_by_field_name("declarator"):
            if declarator.type != "init_declarator":
                continue
            variable = self._variable(child(declarator, "declarator"))
            if not variable.stuck:
                self._set(variable, child(declarator, "value"))

    def _variable(self, declarator: "Node") -> Variable:
        node = declarator
        while node.type != "identifier":
            inner = node.child_by_field_name("declarator")
            node = inner if inner is not None else parts(node)[0]
        return self.around.scopes.at[node.start_byte]

    def _set(self, variable: Variable, value: "Node") -> None:
        if variable.ctype.is_list:
            raise Untranslatable("a list that is set up by hand")
        if variable.in_cells:
            self.initialised(variable.ctype, f"fp + {variable.cell}", value)
            return
        if value.type == "initializer_list" and variable.ctype.base in WORDS:
            value = _only(value)
        text = converted(self.values.value(value), variable.ctype).text
        self.lines.write(f"{variable.python} = {text}")

    def initialised(self, ctype: CType, at: str, value: "Node") -> None:
        """Cells from `at` on are set as an initialiser says."""
        if value.type == "initializer_list":
            if not ctype.is_whole:
                inner = parts(value)
                if len(inner) != 1:
                    raise Untranslatable(f"braces around {len(inner)} values of {ctype}")
                self.initialised(ctype, at, inner[0])
                return
            cells = self.around.layouts.cells(ctype, self.around.path)
            self.lines.write(f"clear_cells(m, {at}, {cells})")
            self._fill(ctype, at, value)
            return
        if ctype.is_list:
            raise Untranslatable("a list inside a struct that is set up by hand")
        found = self.values.value(bare(value))
        if ctype.is_whole:
            self._copied(ctype, at, found.text, found.ctype)
            return
        self.lines.write(f"m.stack[{at}] = {converted(found, ctype).text}")

    def _copied(self, ctype: CType, at: str, source: str, given: CType) -> None:
        if ctype.length is not None:
            raise Untranslatable("an array is set to something else than a list")
        if given != ctype:
            raise Untranslatable(f"a {ctype} set to {given}, or braces left out")
        cells = self.around.layouts.cells(ctype, self.around.path)
        self.lines.write(f"copy_cells(m, {at}, {source}, {cells})")

    def _fill(self, ctype: CType, at: str, value: "Node") -> None:
        """The parts of an initialiser in braces."""
        position = 0
        for each in parts(value):
            given = each
            if each.type == "initializer_pair":
                designators = each.children_by_field_name("designator")
                position, cell, inner = self._designated(ctype, designators[0])
                for further in designators[1:]:
                    _, offset, inner = self._designated(inner, further)
                    cell += offset
                given = child(each, "value")
            else:
                cell, inner = self._at_position(ctype, position)
            position += 1
            self.initialised(inner, f"{at} + {cell}" if cell else at, given)

    def _designated(self, ctype: CType, designator: "Node") -> tuple[int, int, CType]:
        """What `.name` or `[number]` means: its position, its cell and its type."""
        said = parts(designator)[0]
        if designator.type == "field_designator" and ctype.is_struct:
            name = text_of(said)
            cell, inner = self.around.layouts.member(ctype.tag, name, self.around.path)
            order = self.around.layouts.of(ctype.tag, self.around.path).order
            return (order.index(name) if name in order else len(order)), cell, inner
        if designator.type == "subscript_designator" and ctype.length is not None:
            index = self.values.value(said).constant
            if index is not None:
                return index, *self._at_position(ctype, index)
        raise Untranslatable(f"the initialiser {text_of(designator)[:40]} of {ctype}")

    def _at_position(self, ctype: CType, position: int) -> tuple[int, CType]:
        if ctype.is_struct:
            order = self.around.layouts.of(ctype.tag, self.around.path).order
            if position >= len(order):
                raise Untranslatable("more initialisers than members")
            return self.around.layouts.member(ctype.tag, order[position], self.around.path)
        inner = ctype.element()
        one = self.around.layouts.cells(inner, self.around.path)
        if not 0 <= position < max(1, self.around.layouts.cells(ctype, self.around.path) // one):
            raise Untranslatable("more initialisers than elements")
        return position * one, inner


def counted(variable: Variable) -> CType:
    """The type of an array whose length is that of its initialiser.  Raises: Untranslatable."""
    initial = variable.initial
    if initial is None or initial.type != "initializer_list":
        raise Untranslatable(f"{variable.name} has no length")
    given = parts(initial)
    if any(each.type == "initializer_pair" for each in given):
        raise Untranslatable(f"{variable.name} has as many elements as its indices say")
    return replace(variable.ctype, length=str(len(given)))


def _only(braces: "Node") -> "Node":
    """The value of `{ .val = x }` for a struct of one word.  Raises: Untranslatable."""
    given = parts(braces)
    if len(given) != 1:
        raise Untranslatable("a struct of one word with several values")
    return child(given[0], "value") if given[0].type == "initializer_pair" else given[0]
