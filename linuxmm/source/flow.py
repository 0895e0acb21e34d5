# SPDX-License-Identifier: GPL-2.0-or-later
"""The statements of a function as a small tree, in which every goto has a place to go to.

Python has no goto.  A label that stands in the same block as its gotos, or around them, becomes a
segment of that block (`body.py`).  Where a goto leads *into* a block from outside, that block is
taken apart first: its condition becomes a goto too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from linuxmm.source.parser import child, has, parts, text_of
from linuxmm.source.untranslatable import Untranslatable

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH: Final = 60  # statements in each other
MAX_STATEMENTS: Final = 4000


@dataclass(eq=False)
class Statement:
    """Something that stands at a node of the text."""

    node: "Node"


@dataclass(eq=False)
class Do(Statement):
    """An expression, for what it does."""


@dataclass(eq=False)
class Declare(Statement):
    """A declaration."""


@dataclass(eq=False)
class Return(Statement):
    """With the value in the node, if it has one."""


@dataclass(eq=False)
class Stuck(Statement):
    """What cannot be translated; said when it is reached."""

    why: str = ""


@dataclass(eq=False)
class Goto(Statement):
    label: str = ""


@dataclass(eq=False)
class Label(Statement):
    name: str = ""


@dataclass(eq=False)
class Break(Statement):
    pass


@dataclass(eq=False)
class Continue(Statement):
    pass


@dataclass(eq=False)
class If(Statement):
    """`node` is the condition."""

    then: list[Statement] = field(default_factory=list)
    other: list[Statement] = field(default_factory=list)


@dataclass(eq=False)
class Loop(Statement):
    """`for`, `while` and `do`.  Without a condition it goes on."""

    condition: "Node | None" = None
    body: list[Statement] = field(default_factory=list)
    step: "list[Node]" = field(default_factory=list)
    test_first: bool = True


@dataclass(eq=False)
class Each(Statement):
    """A loop that a macro makes: `list_for_each_entry(...)`; `node` is the call."""

    body: list[Statement] = field(default_factory=list)


@dataclass(eq=False)
class Switch(Statement):
    """`node` is the value; each case has values (empty: default) and statements."""

    cases: "list[tuple[list[Node], list[Statement]]]" = field(default_factory=list)


@dataclass(eq=False)
class Keep(Do):
    """An expression whose value goes to a name: the last of `({ ... })`."""

    name: str = ""


@dataclass(eq=False)
class Pick(Statement):
    """A switch that was taken apart: `node` is the value, each case has values and a label."""

    cases: "list[tuple[list[Node], str]]" = field(default_factory=list)
    other: str = ""


@dataclass(eq=False)
class Block(Statement):
    body: list[Statement] = field(default_factory=list)


Statements = list[Statement]
_LEAVES: Final = ("declaration", "expression_statement", "return_statement")
_CASE: Final = "case_statement"


def flow_of(body: "Node", loops: frozenset[str]) -> Statements:
    """The statements of a function's body; `loops`: macros that make a loop.

    Raises: Untranslatable for a function that is too deep or too long.
    """
    builder = _Builder(loops)
    statements = builder.block(body, 0)
    _take_apart(statements)
    return statements


class _Builder:
    def __init__(self, loops: frozenset[str]) -> None:
        self.loops = loops
        self.count = 0

    def block(self, node: "Node", depth: int) -> Statements:
        return self._sequence(parts(node), depth)

    def _sequence(self, nodes: "list[Node]", depth: int) -> Statements:
        found: Statements = []
        at = 0
        while at < len(nodes):
            call = self._loop_call(nodes[at])
            if call is not None and at + 1 < len(nodes):
                found.append(Each(call, self.body(nodes[at + 1], depth + 1)))
                at += 2
            else:
                found += self.statement(nodes[at], depth)
                at += 1
        return found

    def _loop_call(self, node: "Node") -> "Node | None":
        """The call of a loop macro, which is written as a statement without its semicolon."""
        if node.type != "expression_statement":
            return None
        inner = next(iter(parts(node)), None)
        if inner is None or inner.type != "call_expression":
            return None
        return inner if text_of(child(inner, "function")) in self.loops else None

    def body(self, node: "Node", depth: int) -> Statements:
        if node.type == "compound_statement":
            return self.block(node, depth)
        return self.statement(node, depth)

    def statement(self, node: "Node", depth: int) -> Statements:
        self.count += 1
        if depth > MAX_DEPTH or self.count > MAX_STATEMENTS:
            raise Untranslatable("more statements than are read")
        try:
            return self._statement(node, depth)
        except ValueError as error:
            return [Stuck(node, f"does not parse ({error})")]

    def _statement(self, node: "Node", depth: int) -> Statements:
        kind = node.type
        if _is_broken(node):
            return [Stuck(node, _broken(node))]
        if kind == "compound_statement":
            return [Block(node, self.block(node, depth + 1))]
        if kind == "declaration":
            return [Declare(node)]
        if kind == "expression_statement":
            return [Do(parts(node)[0])] if parts(node) else []
        if kind == "return_statement":
            return [Return(node)]
        if kind == "goto_statement":
            return [Goto(node, text_of(child(node, "label")))]
        if kind == "break_statement":
            return [Break(node)]
        if kind == "continue_statement":
            return [Continue(node)]
        if kind == "labeled_statement":
            label = child(node, "label")
            rest = [each for each in parts(node) if each != label]
            return [Label(node, text_of(label)), *self._sequence(rest, depth + 1)]
        if kind == "if_statement":
            return [self._if(node, depth)]
        if kind in ("for_statement", "while_statement", "do_statement"):
            return self._loop(node, depth)
        if kind == "switch_statement":
            return [self._switch(node, depth)]
        if kind in ("comment", ";", "attributed_statement", "type_definition"):
            return []
        return [Stuck(node, f"{kind.replace('_', ' ').lower()} is not read")]

    def _if(self, node: "Node", depth: int) -> If:
        other: Statements = []
        alternative = node.child_by_field_name("alternative")
        if alternative is not None:
            other = self.body(parts(alternative)[0], depth + 1)
        then = self.body(child(node, "consequence"), depth + 1)
        return If(child(node, "condition"), then, other)

    def _loop(self, node: "Node", depth: int) -> Statements:
        first: Statements = []
        step: list[Node] = []
        if node.type == "for_statement":
            start = node.child_by_field_name("initializer")
            if start is not None:
                first = [Declare(start) if start.type == "declaration" else Do(start)]
            update = node.child_by_field_name("update")
            step = [update] if update is not None else []
        loop = Loop(
            node,
            node.child_by_field_name("condition"),
            self.body(child(node, "body"), depth + 1),
            step,
            node.type != "do_statement",
        )
        return [Block(node, [*first, loop])] if first else [loop]

    def _switch(self, node: "Node", depth: int) -> Statement:
        cases: list[tuple[list[Node], Statements]] = []
        for each in parts(child(node, "body")):
            if each.type != _CASE:
                if has(each, "labeled_statement"):
                    return Stuck(each, "a label of a switch outside its cases")
                continue  # nothing leads there
            value = each.child_by_field_name("value")
            inner = [part for part in parts(each) if part != value]
            if any(_has_case(part) for part in inner):
                return Stuck(each, "a case inside another statement")
            if any(part.type == "ERROR" for part in inner):
                return Stuck(each, f"does not parse: {text_of(each)[:40]}")
            cases.append(([value] if value is not None else [], self._sequence(inner, depth + 1)))
        return Switch(child(node, "condition"), cases)


def _is_broken(node: "Node") -> bool:
    """Whether a statement itself did not parse; those inside another one say it themselves."""
    if node.type in _LEAVES:
        return node.has_error
    heads = (node.child_by_field_name(name) for name in ("condition", "initializer", "update"))
    return any(head is not None and head.has_error for head in heads)


def _broken(node: "Node") -> str:
    call = next(iter(parts(node)), None)
    if node.type == "expression_statement" and call is not None and call.type == "call_expression":
        return f"{text_of(child(call, 'function'))[:60]}() is a statement of its own kind"
    return f"does not parse: {' '.join(text_of(node).split())[:60]}"


def _has_case(node: "Node") -> bool:
    """Whether a case of the switch around stands inside a statement."""
    stack = [node]
    while stack:
        each = stack.pop()
        if each.type == _CASE:
            return True
        if each.type != "switch_statement":
            stack += each.named_children
    return False


# --- gotos into blocks --------------------------------------------------------------------------


def lists_of(statement: Statement) -> list[Statements]:
    """The statement lists right inside a statement."""
    if isinstance(statement, If):
        return [statement.then, statement.other]
    if isinstance(statement, Loop | Each | Block):
        return [statement.body]
    if isinstance(statement, Switch):
        return [body for _, body in statement.cases]
    return []


def walk(
    statements: Statements, around: tuple[Statements, ...] = ()
) -> Iterator[tuple[Statement, tuple[Statements, ...]]]:
    """Every statement with the lists around it, the outermost first."""
    here = (*around, statements)
    for statement in statements:
        yield statement, here
        for inner in lists_of(statement):
            yield from walk(inner, here)


def _take_apart(statements: Statements) -> None:
    """Open blocks until every goto leads to its own list or to one around it."""
    for n in range(MAX_STATEMENTS):
        entered = _entered(statements)
        if entered is None:
            return
        home, statement = entered
        at = home.index(statement)
        home[at : at + 1] = _opened(statement, n)
    raise Untranslatable("gotos into more blocks than are taken apart")


def _entered(statements: Statements) -> tuple[Statements, Statement] | None:
    """A statement into which a goto leads from outside, and the list that it stands in."""
    labels = {each.name: around for each, around in walk(statements) if isinstance(each, Label)}
    for each, around in walk(statements):
        if not isinstance(each, Goto) or each.label not in labels:
            continue
        target = labels[each.label]
        if any(target[-1] is own for own in around):
            continue
        parent = target[-2]
        owner = next(s for s in parent if any(inner is target[-1] for inner in lists_of(s)))
        return parent, owner
    return None


def _opened(statement: Statement, n: int) -> Statements:
    """The same as a list: conditions are gotos."""
    node = statement.node
    end = f"_end{n}"
    if isinstance(statement, Block):
        return statement.body
    if isinstance(statement, If):
        other = f"_else{n}"
        return [
            If(node, [], [Goto(node, other)]),
            *statement.then,
            Goto(node, end),
            Label(node, other),
            *statement.other,
            Label(node, end),
        ]
    if isinstance(statement, Switch):
        return _opened_switch(statement, n)
    if isinstance(statement, Loop):
        again, on = f"_again{n}", f"_continue{n}"
        _redirect(statement.body, end, on)
        test: Statements = []
        if statement.condition is not None:
            test = [If(statement.condition, [], [Goto(node, end)])]
        body = [*statement.body, Label(node, on), *(Do(each) for each in statement.step)]
        first, last = (test, []) if statement.test_first else ([], test)
        return [Label(node, again), *first, *body, *last, Goto(node, again), Label(node, end)]
    raise Untranslatable("a goto leads into a loop that a macro makes")


def _opened_switch(switch: Switch, n: int) -> Statements:
    """Each case is a label."""
    end = f"_end{n}"
    pick = Pick(switch.node, [], end)
    found: Statements = [pick]
    for at, (values, body) in enumerate(switch.cases):
        label = f"_case{n}_{at}"
        if values:
            pick.cases.append((values, label))
        else:
            pick.other = label
        _redirect_break(body, end)
        found += [Label(switch.node, label), *body]
    return [*found, Label(switch.node, end)]


def _redirect_break(statements: Statements, end: str) -> None:
    """`break` of a switch that is opened as gotos."""
    for at, each in enumerate(statements):
        if isinstance(each, Break):
            statements[at] = Goto(each.node, end)
        elif not isinstance(each, Loop | Each | Switch):
            for inner in lists_of(each):
                _redirect_break(inner, end)


def _redirect(statements: Statements, end: str, on: str) -> None:
    """`break` and `continue` of a loop that is opened as gotos."""
    for at, each in enumerate(statements):
        if isinstance(each, Break):
            statements[at] = Goto(each.node, end)
        elif isinstance(each, Continue):
            statements[at] = Goto(each.node, on)
        elif isinstance(each, Switch):
            for _, body in each.cases:
                _redirect_continue(body, on)
        elif not isinstance(each, Loop | Each):
            for inner in lists_of(each):
                _redirect(inner, end, on)


def _redirect_continue(statements: Statements, on: str) -> None:
    for at, each in enumerate(statements):
        if isinstance(each, Continue):
            statements[at] = Goto(each.node, on)
        elif not isinstance(each, Loop | Each):
            for inner in lists_of(each):
                _redirect_continue(inner, on)


# --- questions about statements ------------------------------------------------------------------


def split_at_labels(statements: Statements) -> tuple[list[Statements], dict[str, int]]:
    """The segments between labels, and the segment of each label."""
    segments: list[Statements] = [[]]
    labels: dict[str, int] = {}
    for each in statements:
        if isinstance(each, Label):
            segments.append([])
            labels[each.name] = len(segments) - 1
        else:
            segments[-1].append(each)
    return segments, labels


def leaves(statements: Statements) -> bool:
    """Whether a body has a `break` or `continue` of its own loop."""
    for each in statements:
        if isinstance(each, Break | Continue):
            return True
        if isinstance(each, If) and (leaves(each.then) or leaves(each.other)):
            return True
        if isinstance(each, Block) and leaves(each.body):
            return True
        if isinstance(each, Switch) and any(leaves(body) for _, body in each.cases):
            return True
    return False
