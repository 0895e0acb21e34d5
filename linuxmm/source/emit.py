# SPDX-License-Identifier: GPL-2.0-or-later
"""A C function as a Python function over integers: `def c_name(m, k, site, arguments)`.

m and k are the machine and the rules, site the call site on whose behalf it runs.  Locals are
Python locals, or cells of a frame when their address is taken; both hold UNSET until something is
put there, which is found when it is read.  Labels make segments of a loop that each goto enters
anew at `if pc <= n`.  Every loop has fuel.
"""

from typing import TYPE_CHECKING

from linuxmm.source.around import Host
from linuxmm.source.assigned import may_be_unset
from linuxmm.source.body import Body
from linuxmm.source.border import Callee
from linuxmm.source.ctype import CType
from linuxmm.source.declare import counted
from linuxmm.source.expression import Expressions
from linuxmm.source.flow import (
    flow_of,
)
from linuxmm.source.lines import Lines
from linuxmm.source.parser import child
from linuxmm.source.scope import resolve
from linuxmm.source.signature import result_type
from linuxmm.source.untranslatable import Untranslatable
from linuxmm.source.value import Value

if TYPE_CHECKING:
    from tree_sitter import Node


class Function:
    """The translation of one function definition."""

    def __init__(
        self, program: Host, path: str, name: str, node: "Node", site: int, first_line: int = 0
    ) -> None:
        """first_line: how many lines of the file come before the text of the node."""
        self.program = program
        self.path, self.name, self.node, self.site = path, name, node, site
        self.first_line = first_line
        self.border, self.layouts = program.border, program.layouts
        self.scopes = resolve(node, self.resolved)
        for variable in self.scopes.all():
            variable.ctype = self.border.variables.get(f"{name} {variable.name}", variable.ctype)
        self.result = self.resolved(result_type(node))
        self.unset: set[int] = set()
        self.lines = Lines()
        self.values = Expressions(self)
        self.body = Body(self, self.values, self.lines)
        self.cells = 0
        self.calls_others = False

    # --- what expressions ask (around.py:Around) ---
    def constant(self, name: str) -> Value | None:
        return self.program.constant(name, self.path)

    def executed(self, name: str) -> tuple[str, CType, list[CType]] | None:
        found = self.program.executed(name, self.path)
        self.calls_others |= found is not None
        return found

    def callee(self, name: str, given: int) -> Callee | None:
        return self.program.callee(name, self.path, given)

    def trap(self, node: "Node", why: str, kind: str = "missing") -> int:
        line = self.first_line + node.start_point[0] + 1
        return self.program.trap(self.path, line, self.name, why, kind)

    def config_has(self, name: str) -> bool:
        return name in self.program.tree.config

    def function_number(self, name: str) -> int | None:
        return self.program.function_number(name, self.path)

    def constant_array(self, name: str) -> tuple[CType, list[int]] | None:
        return self.program.constant_array(name, self.path)

    def unknown(self, name: str) -> str:
        return self.program.unknown(name, self.path)

    def resolved(self, ctype: CType) -> CType:
        return self.layouts.resolved(ctype, self.path)

    def may_be_unset(self, node: "Node") -> bool:
        return node.start_byte in self.unset

    def temporary(self, ctype: CType) -> str:
        """Cells of the frame that nothing else has, as a text."""
        cell = self.cells
        self.cells += max(1, self.layouts.cells(ctype, self.path))
        return f"fp + {cell}"

    def effect(self, node: "Node") -> None:
        self.body.effects.effect(node)

    def assigned(self, node: "Node", wanted: bool) -> Value:
        return self.body.effects.assigned(node, wanted)

    def stored(self, left: "Node", value: Value, wanted: bool) -> Value:
        return self.body.effects.stored(left, value, wanted)

    def initialised(self, ctype: CType, at: str, node: "Node") -> None:
        self.body.declarations.initialised(ctype, at, node)

    def statements_value(self, node: "Node") -> Value:
        return self.body.statements_value(node)

    # --- the function ---
    def text(self) -> str:
        """The Python text.  What cannot be translated traps when it is reached."""
        arguments = ["m", "k", "site", *(v.python for v in self.scopes.parameters)]
        try:
            loops = frozenset(self.border.loops)
            statements = flow_of(child(self.node, "body"), loops)
            self.unset = may_be_unset(statements, self.scopes, loops)
            self._give_cells()
            self._take_parameters()
            self._begin_unset()
            self.body.block(statements)
        except (Untranslatable, ValueError) as error:
            self.lines.back((0, 1))
            self.lines.write(f"return missing(m, {self.trap(self.node, str(error))})")
        head = [f"def c_{self.name}({', '.join(arguments)}):"]
        head.append(f"    {self.path!a}")
        if self.site:
            head.append(f"    site = {self.site}")
        if self.body.has_loops or self.calls_others:
            head += ["    if spent(m, 1):", f"        return missing(m, {self.body.too_much()})"]
        if self.body.has_loops:
            head.append("    fuel = 0")
        if self.body.has_jumps:
            head.append("    jump = 0")
        if self.cells:
            head.append(f"    fp = frame(m, {self.cells})")
        return "\n".join([*head, *self.lines.all, *self._leave("0")])

    def _give_cells(self) -> None:
        for variable in self.scopes.all():
            if variable.stuck:
                continue
            if variable.in_cells:
                if variable.ctype.length == "":
                    variable.ctype = counted(variable)
                variable.cell = self.cells
                self.cells += max(1, self.layouts.cells(variable.ctype, self.path))
            elif variable.ctype.is_list:
                self.cells += 1  # a frame, with which the list goes

    def _take_parameters(self) -> None:
        for variable in self.scopes.parameters:
            if variable.in_cells:
                at = f"fp + {variable.cell}"
                if variable.ctype.is_whole:
                    cells = self.layouts.cells(variable.ctype, self.path)
                    self.lines.write(f"copy_cells(m, {at}, {variable.python}, {cells})")
                else:
                    self.lines.write(f"m.stack[{at}] = {variable.python}")

    def _begin_unset(self) -> None:
        """Variables that may be read before they are set begin as such."""
        names = {self.scopes.at[at].python for at in self.unset}
        for name in sorted(names):
            self.lines.write(f"{name} = UNSET")

    def _leave(self, value: str) -> list[str]:
        if not self.cells:
            return [f"    return {value}"]
        return [f"    return leave(m, fp, {value})"]
