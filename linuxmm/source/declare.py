"""Declarations of variables, and what they are set to."""

from typing import TYPE_CHECKING

from linuxmm.source.ctype import WORDS, CType
from linuxmm.source.expression import Expressions
from linuxmm.source.lines import Lines
from linuxmm.source.parser import child, parts, text_of
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
        if any(text_of(each) == "static" for each in node.children):
            raise Untranslatable("a static variable of a function")
        for declarator in node.children_by_field_name("declarator"):
            if declarator.type == "init_declarator":
                inner = child(declarator, "declarator")
                self._initialise(node, inner, child(declarator, "value"))

    def _initialise(self, node: "Node", declarator: "Node", value: "Node") -> None:
        variable = self._variable(declarator)
        if variable.in_cells and (variable.ctype.is_struct or variable.ctype.length is not None):
            self._initialise_cells(variable, value)
            return
        if value.type == "initializer_list" and variable.ctype.base in WORDS:
            value = _only(value)
        text = converted(self.values.value(value), variable.ctype).text
        target = f"m.stack[fp + {variable.cell}]" if variable.in_cells else variable.python
        self.lines.write(f"{target} = {text}")

    def _variable(self, declarator: "Node") -> Variable:
        node = declarator
        while node.type != "identifier":
            inner = node.child_by_field_name("declarator")
            node = inner if inner is not None else parts(node)[0]
        return self.around.scopes.at[node.start_byte]

    def _initialise_cells(self, variable: Variable, value: "Node") -> None:
        at = f"fp + {variable.cell}"
        if (
            value.type == "call_expression"
            and text_of(child(value, "function")) == "LIST_HEAD_INIT"
        ):
            self.lines.write(f"list_init(m, -({at}))")
            return
        cells = self.around.layouts.cells(variable.ctype, self.around.path)
        if value.type != "initializer_list":
            if not variable.ctype.is_struct:
                raise Untranslatable(f"{variable.name} is set to something else than a list")
            source = self.values.places.place(value)
            self.lines.write(f"copy_cells(m, {at}, {source.text}, {cells})")
            return
        self.lines.write(f"clear_cells(m, {at}, {cells})")
        self._fill(variable.ctype, variable.cell, value)

    def _fill(self, ctype: CType, cell: int, value: "Node") -> None:
        """The parts of an initialiser in braces."""
        members = (
            list(self.around.layouts.of(ctype.tag, self.around.path).members.items())
            if ctype.is_struct
            else []
        )
        for n, each in enumerate(parts(value)):
            if each.type == "initializer_pair":
                designator = child(each, "designator")
                name = text_of(parts(designator)[0])
                if not ctype.is_struct or designator.type != "field_designator":
                    raise Untranslatable("an initialiser by index")
                offset, inner = self.around.layouts.of(ctype.tag, self.around.path).members[name]
                given = child(each, "value")
            elif ctype.is_struct:
                if n >= len(members):
                    raise Untranslatable("more initialisers than members")
                offset, inner, given = *members[n][1], each
            else:
                inner = ctype.element()
                offset, given = n * self.around.layouts.cells(inner, self.around.path), each
            self._fill_one(inner, cell + offset, given)

    def _fill_one(self, ctype: CType, cell: int, given: "Node") -> None:
        if given.type == "initializer_list":
            self._fill(ctype, cell, given)
            return
        if ctype.is_list:
            raise Untranslatable("a list inside a struct")
        text = converted(self.values.value(given), ctype).text
        self.lines.write(f"m.stack[fp + {cell}] = {text}")


def _only(braces: "Node") -> "Node":
    """The value of `{ .val = x }` for a struct of one word.  Raises: Untranslatable."""
    given = parts(braces)
    if len(given) != 1:
        raise Untranslatable("a struct of one word with several values")
    return child(given[0], "value") if given[0].type == "initializer_pair" else given[0]
