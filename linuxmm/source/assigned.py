# SPDX-License-Identifier: GPL-2.0-or-later
"""Which reads of a variable may come before anything was put in it.

The paths of a function are gone over with the set of variables that are surely set; jumps
backwards until nothing changes.  Only such reads are checked when the text runs.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from linuxmm.source.flow import (
    Block,
    Break,
    Continue,
    Declare,
    Do,
    Each,
    Goto,
    If,
    Label,
    Loop,
    Pick,
    Return,
    Statement,
    Statements,
    Stuck,
    Switch,
    flow_of,
)
from linuxmm.source.parser import bare, child, operator, parts, text_of
from linuxmm.source.scope import Scopes

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_ROUNDS: Final = 30
Set = frozenset[str] | None  # the variables that are set, by their Python names; None: not reached


def may_be_unset(statements: Statements, scopes: Scopes, loops: frozenset[str]) -> set[int]:
    """Where (start byte) a variable that is no memory may be read before it is set."""
    tracked = {
        variable.python
        for variable in scopes.locals
        if not (variable.in_cells or variable.ctype.is_list or variable.stuck)
    }
    if not tracked:
        return set()
    analysis = _Analysis(scopes, tracked, loops)
    for _ in range(MAX_ROUNDS):
        before = dict(analysis.labels)
        analysis.unset = set()
        analysis.sequence(statements, frozenset())
        if analysis.labels == before:
            return analysis.unset
    return {at for at, variable in scopes.at.items() if variable.python in tracked}


def meet(one: Set, other: Set) -> Set:
    """What is set on both paths."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


@dataclass
class _Exits:
    """What is set where a loop or a switch is left, and where its next round begins."""

    loop: bool
    leave: Set = None
    again: Set = None


@dataclass
class _Analysis:
    scopes: Scopes
    tracked: set[str]
    loops: frozenset[str]
    labels: dict[str, Set] = field(default_factory=dict)
    unset: set[int] = field(default_factory=set)
    open: list[_Exits] = field(default_factory=list)

    # --- statements ---
    def sequence(self, statements: Statements, state: Set) -> Set:
        for each in statements:
            state = self._statement(each, state)
        return state

    def _statement(self, statement: Statement, state: Set) -> Set:
        if isinstance(statement, Label):
            return meet(state, self.labels.get(statement.name))
        if isinstance(statement, Goto):
            return self._to_label(statement.label, state)
        if isinstance(statement, Break | Continue):
            return self._leave(isinstance(statement, Break), state)
        if isinstance(statement, Return):
            for each in parts(statement.node):
                self.expression(each, state)
            return None
        if isinstance(statement, Stuck):
            return None
        if isinstance(statement, Do):
            return self.expression(statement.node, state)
        if isinstance(statement, Declare):
            return self._declare(statement.node, state)
        if isinstance(statement, If):
            then, other = self.condition(statement.node, state)
            return meet(self.sequence(statement.then, then), self.sequence(statement.other, other))
        if isinstance(statement, Loop):
            return self._loop(statement, state)
        if isinstance(statement, Each):
            return self._each(statement, state)
        if isinstance(statement, Switch):
            return self._switch(statement, state)
        if isinstance(statement, Pick):
            state = self.expression(statement.node, state)
            for _, label in statement.cases:
                self._to_label(label, state)
            return self._to_label(statement.other, state)
        assert isinstance(statement, Block)
        return self.sequence(statement.body, state)

    def _to_label(self, label: str, state: Set) -> Set:
        if state is not None:
            self.labels[label] = meet(self.labels.get(label), state)
        return None

    def _leave(self, is_break: bool, state: Set) -> Set:
        for around in reversed(self.open):
            if is_break:
                around.leave = meet(around.leave, state)
                break
            if around.loop:
                around.again = meet(around.again, state)
                break
        return None

    def _loop(self, loop: Loop, state: Set) -> Set:
        exits = _Exits(True)
        enter, done = state, None
        if loop.test_first and loop.condition is not None:
            enter, done = self.condition(loop.condition, state)
        self.open.append(exits)
        state = meet(self.sequence(loop.body, enter), exits.again)
        self.open.pop()
        for each in loop.step:
            state = self.expression(each, state)
        if not loop.test_first and loop.condition is not None:
            _, done = self.condition(loop.condition, state)
        return meet(done, exits.leave)

    def _each(self, each: Each, state: Set) -> Set:
        exits = _Exits(True)
        inside = state
        for node in parts(child(each.node, "arguments")):
            inside = self._set(node, inside)
        self.open.append(exits)
        end = meet(self.sequence(each.body, inside), exits.again)
        self.open.pop()
        return meet(meet(inside, end), exits.leave)

    def _switch(self, switch: Switch, state: Set) -> Set:
        state = self.expression(switch.node, state)
        exits = _Exits(False)
        self.open.append(exits)
        end: Set = None
        for _, body in switch.cases:
            end = self.sequence(body, meet(end, state))
        self.open.pop()
        if all(values for values, _ in switch.cases):
            end = meet(end, state)
        return meet(end, exits.leave)

    def _declare(self, node: "Node", state: Set) -> Set:
        for declarator in node.children_by_field_name("declarator"):
            if declarator.type == "init_declarator":
                state = self.expression(child(declarator, "value"), state)
                name = child(declarator, "declarator")
                while name.type != "identifier":
                    inner = name.child_by_field_name("declarator")
                    name = inner if inner is not None else parts(name)[0]
                state = self._set(name, state)
        return state

    # --- expressions ---
    def condition(self, node: "Node", state: Set) -> tuple[Set, Set]:
        """What is set when a condition holds, and when it does not."""
        node = bare(node)
        if node.type == "binary_expression" and operator(node) in ("&&", "||"):
            yes, no = self.condition(child(node, "left"), state)
            if operator(node) == "&&":
                both, not_right = self.condition(child(node, "right"), yes)
                return both, meet(no, not_right)
            right, neither = self.condition(child(node, "right"), no)
            return meet(yes, right), neither
        if node.type == "unary_expression" and operator(node) == "!":
            yes, no = self.condition(child(node, "argument"), state)
            return no, yes
        if node.type == "call_expression" and text_of(child(node, "function")) in (
            "likely",
            "unlikely",
        ):
            return self.condition(parts(child(node, "arguments"))[0], state)
        state = self.expression(node, state)
        if node.type in ("number_literal", "true", "false"):
            holds = text_of(node) not in ("0", "false")
            return (state, None) if holds else (None, state)
        return state, state

    def expression(self, node: "Node", state: Set) -> Set:
        """What is set behind an expression."""
        kind = node.type
        if kind == "identifier":
            variable = self.scopes.at.get(node.start_byte)
            if variable is not None and variable.python in self.tracked:
                if state is not None and variable.python not in state:
                    self.unset.add(node.start_byte)
            return state
        if kind in ("sizeof_expression", "field_identifier", "type_descriptor"):
            return state
        if kind == "compound_statement":  # ({ ... })
            return self.sequence(flow_of(node, self.loops), state)
        if kind == "assignment_expression":
            return self._assignment(node, state)
        if kind == "conditional_expression":
            return self._choice(node, state)
        if kind == "binary_expression" and operator(node) in ("&&", "||"):
            return meet(*self.condition(node, state))
        for each in parts(node):
            state = self.expression(each, state)
        return state

    def _choice(self, node: "Node", state: Set) -> Set:
        yes, no = self.condition(child(node, "condition"), state)
        chosen = node.child_by_field_name("consequence")
        if chosen is not None:
            yes = self.expression(chosen, yes)
        return meet(yes, self.expression(child(node, "alternative"), no))

    def _assignment(self, node: "Node", state: Set) -> Set:
        left = bare(child(node, "left"))
        if left.type != "identifier" or operator(node) != "=":
            state = self.expression(left, state)
        state = self.expression(child(node, "right"), state)
        return self._set(left, state)

    def _set(self, node: "Node", state: Set) -> Set:
        variable = self.scopes.at.get(bare(node).start_byte)
        if state is None or variable is None or bare(node).type != "identifier":
            return state
        return state | {variable.python}
