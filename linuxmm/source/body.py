# SPDX-License-Identifier: GPL-2.0-or-later
"""The statements of a function: loops, jumps and segments between labels."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from linuxmm.source.border import Border
from linuxmm.source.ctype import VOID, CType
from linuxmm.source.declare import Declarations
from linuxmm.source.effect import Effects
from linuxmm.source.expression import Expressions
from linuxmm.source.flow import (
    Block,
    Break,
    Continue,
    Declare,
    Do,
    Each,
    Goto,
    If,
    Keep,
    Label,
    Loop,
    Pick,
    Return,
    Statement,
    Statements,
    Stuck,
    Switch,
    flow_of,
    leaves,
    split_at_labels,
)
from linuxmm.source.lines import Lines
from linuxmm.source.parser import child, parts, text_of
from linuxmm.source.scope import Scopes
from linuxmm.source.untranslatable import Untranslatable
from linuxmm.source.value import Value, compared, condition_of, converted, promoted

if TYPE_CHECKING:
    from tree_sitter import Node

TOO_MUCH: Final = "more calls and rounds than are followed in one step"
FUEL: Final = 1 << 14  # rounds of all loops of one call
COUNTED: Final = 64  # rounds that are counted at once for the whole step


@dataclass(eq=False)
class _Around:
    """A Python `while` that is open: what `break`, `continue` and goto have to leave."""

    kind: str  # loop, switch or segments
    labels: dict[str, int] = field(default_factory=dict)
    counter: str = ""
    at: int = 0  # the segment that is being written
    again: list[str] = field(default_factory=list)  # what `continue` does before it goes round
    pending: "dict[int, tuple[str, _Around, str]]" = field(default_factory=dict)


class Owner(Protocol):
    """The function whose body is written."""

    border: Border
    scopes: Scopes
    node: "Node"
    result: CType
    cells: int
    unset: set[int]

    def trap(self, node: "Node", why: str, kind: str = "missing") -> int: ...


class Body:
    """Writes the statements of one function."""

    def __init__(self, function: Owner, values: Expressions, lines: Lines) -> None:
        self.function, self.values, self.lines = function, values, lines
        self.effects = Effects(values, lines)
        self.declarations = Declarations(values, lines)
        self.open: list[_Around] = []
        self.kept: dict[str, Value] = {}  # the last values of statements in expressions
        self.has_jumps = self.has_loops = False

    def block(self, statements: Statements) -> None:
        """A list of statements; with labels, segments in a loop."""
        if any(isinstance(each, Label) for each in statements):
            segments, labels = split_at_labels(statements)
            self._segments(_Around("segments", labels), segments, "0")
            return
        for each in statements:
            self.statement(each)

    def _segments(self, around: _Around, segments: list[Statements], start: str) -> None:
        around.counter = self.lines.fresh("pc")
        self.lines.write(f"{around.counter} = {start}")
        self.lines.write("while True:")
        self.open.append(around)
        with self.lines.inside():
            for at, segment in enumerate(segments):
                around.at = at
                if segment:
                    self.lines.write(f"if {around.counter} <= {at}:")
                    with self.lines.inside():
                        self.block(segment)
            self.lines.write("break")
        self.open.pop()
        self._after(around)

    def statement(self, statement: Statement) -> None:
        """One statement; what cannot be said becomes a trap in its place."""
        before, opened = self.lines.mark(), len(self.open)
        try:
            self._statement(statement)
        except (Untranslatable, ValueError) as error:
            self.lines.back(before)
            del self.open[opened:]
            self._stuck(statement.node, str(error))

    def _stuck(self, node: "Node", why: str) -> None:
        value = f"missing(m, {self.function.trap(node, why)})"
        self.lines.write(
            f"return leave(m, fp, {value})" if self.function.cells else f"return {value}"
        )

    def _statement(self, statement: Statement) -> None:
        if isinstance(statement, Keep):
            self._keep(statement)
        elif isinstance(statement, Do):
            self.effects.effect(statement.node)
        elif isinstance(statement, Declare):
            self._declare(statement.node)
        elif isinstance(statement, If):
            self._if(statement)
        elif isinstance(statement, Loop):
            self._loop(statement)
        elif isinstance(statement, Each):
            self._each(statement)
        elif isinstance(statement, Switch):
            self._switch(statement)
        elif isinstance(statement, Pick):
            self._pick(statement)
        elif isinstance(statement, Block):
            self.block(statement.body)
        elif isinstance(statement, Return):
            self._return(statement.node)
        elif isinstance(statement, Goto):
            self._jump("goto", statement.label)
        elif isinstance(statement, Break | Continue):
            self._jump("break" if isinstance(statement, Break) else "continue")
        elif isinstance(statement, Stuck):
            raise Untranslatable(statement.why)

    def _keep(self, statement: Keep) -> None:
        before, opened = self.lines.mark(), len(self.open)
        value = self.values.value(statement.node)
        if value.ctype == VOID:
            self.lines.back(before)
            del self.open[opened:]
            self.effects.effect(statement.node)
            return
        self.lines.write(f"{statement.name} = {value.text}")
        self.kept[statement.name] = Value(statement.name, value.ctype)

    def _declare(self, node: "Node") -> None:
        """A variable that is declared anew holds nothing again."""
        unset = {self.function.scopes.at[at].python for at in self.function.unset}
        for declarator in node.children_by_field_name("declarator"):
            if declarator.type == "identifier":
                variable = self.function.scopes.at.get(declarator.start_byte)
                if variable is not None and variable.python in unset:
                    self.lines.write(f"{variable.python} = UNSET")
        self.declarations.declare(node)

    def _return(self, node: "Node") -> None:
        text = "0"
        if parts(node):
            value = self.values.value(parts(node)[0])
            if self.function.result.is_struct and self.function.result != value.ctype:
                raise Untranslatable(f"{value.ctype} returned as {self.function.result}")
            text = (
                value.text
                if self.function.result.is_struct
                else converted(value, self.function.result).text
            )
        self.lines.write(
            f"return leave(m, fp, {text})" if self.function.cells else f"return {text}"
        )

    def _if(self, statement: If) -> None:
        condition = self.values.truth(statement.node)
        if condition in ("True", "False"):
            self.block(statement.then if condition == "True" else statement.other)
            return
        then, other = statement.then, statement.other
        if not then and other:
            condition, then, other = f"not {condition}", other, []
        self.lines.write(f"if {condition}:")
        with self.lines.inside():
            self.block(then)
        if other:
            self.lines.write("else:")
            with self.lines.inside():
                self.block(other)

    # --- loops ---
    def _burn(self, node: "Node") -> None:
        self.has_loops = True
        where = self.function.trap(node, "does not come to an end", "dry")
        self.lines.write("fuel += 1")
        self.lines.write(f"if fuel > {FUEL}:")
        self._leave_with(f"dry(m, {where})")
        self.lines.write(f"if not fuel & {COUNTED - 1} and spent(m, {COUNTED}):")
        self._leave_with(f"missing(m, {self.too_much()})")

    def _leave_with(self, value: str) -> None:
        text = f"leave(m, fp, {value})" if self.function.cells else value
        self.lines.write(f"    return {text}")

    def too_much(self) -> int:
        return self.function.trap(self.function.node, TOO_MUCH)

    def _loop(self, loop: Loop) -> None:
        condition = "True"
        with self.lines.apart() as before:
            if loop.condition is not None:
                condition = self.values.truth(loop.condition)
        if not loop.test_first and condition == "False" and not leaves(loop.body):
            self.block(loop.body)  # do { } while (0)
            return
        around = _Around("loop")
        step = self._effects_of(loop.step)
        if loop.test_first:
            around.again = step
        else:
            around.again = [*before, *_until(condition)]
        in_head = loop.test_first and not before
        self.lines.write(f"while {condition if in_head else 'True'}:")
        self.open.append(around)
        with self.lines.inside():
            if loop.test_first and before:
                self.lines.put([*before, *_until(condition)])
            self._burn(loop.node)
            self.block(loop.body)
            for line in around.again:
                self.lines.write(line)
        self.open.pop()
        self._after(around)

    def _effects_of(self, nodes: "list[Node]") -> list[str]:
        """The lines of expressions that stand in the head of a loop."""
        with self.lines.apart() as found:
            for node in nodes:
                self.effects.effect(node)
        return found

    def _each(self, each: Each) -> None:
        """A loop that a macro makes, by its row in the border: start, test, step."""
        name = text_of(child(each.node, "function"))
        row = self.function.border.loops[name]
        arguments = parts(child(each.node, "arguments"))
        place = self.values.places.place(arguments[int(row["variable"])])
        if place.read_only:
            raise Untranslatable(f"{name} over {place.text}")
        texts = {f"{{{n}}}": self._loop_argument(node) for n, node in enumerate(arguments)}
        texts["{next}"] = self.lines.fresh("next")
        lines = {part: _filled(row[part], texts) for part in ("start", "test", "step")}
        for line in lines["start"].split("; "):
            self.lines.write(line)
        around = _Around("loop", again=lines["step"].split("; "))
        self.lines.write(f"while {lines['test']}:")
        self.open.append(around)
        with self.lines.inside():
            self._burn(each.node)
            if "body" in row:
                self.lines.write(_filled(row["body"], texts))
            self.block(each.body)
            for line in around.again:
                self.lines.write(line)
        self.open.pop()
        self._after(around)

    def _loop_argument(self, node: "Node") -> str:
        try:
            return self.values.value(node).text
        except Untranslatable:
            return "0"  # a type or a member, which no row uses

    def _switch(self, switch: Switch) -> None:
        held = self._held(switch.node)
        segments = [body for _, body in switch.cases]
        start = str(len(segments))
        for at, (values, _) in enumerate(switch.cases):
            if not values:
                start = str(at)
        for at in range(len(switch.cases) - 1, -1, -1):
            for each in switch.cases[at][0]:
                start = f"{at} if {self._is_case(held, each)} else {start}"
        self._segments(_Around("switch"), segments, start)

    def _held(self, node: "Node") -> Value:
        value = self.values.value(node)
        return self.values.kept(converted(value, promoted(value.ctype)))

    def _is_case(self, held: Value, node: "Node") -> str:
        value = self.values.value(node)
        if value.constant is None:
            raise Untranslatable(f"the case {text_of(node)[:40]} is not known")
        return condition_of(compared("==", held, converted(value, held.ctype)))

    def _pick(self, pick: Pick) -> None:
        """A switch that was taken apart."""
        held = self._held(pick.node)
        for values, label in pick.cases:
            condition = " or ".join(self._is_case(held, each) for each in values)
            self.lines.write(f"if {condition}:")
            with self.lines.inside():
                self._jump("goto", label)
        self._jump("goto", pick.other)

    # --- jumps ---
    def _jump(self, kind: str, label: str = "") -> None:
        target = self._target(kind, label)
        if target is None:
            raise Untranslatable(f"{kind} {label}".strip() + " leads nowhere")
        if self.open[-1] is target:
            self._go(kind, target, label)
            return
        self.has_jumps = True
        code = self.lines.number()
        self.lines.write(f"jump = {code}")
        self.lines.write("break")
        for around in reversed(self.open):
            if around is target:
                break
            around.pending[code] = (kind, target, label)

    def _target(self, kind: str, label: str) -> _Around | None:
        for around in reversed(self.open):
            if kind == "goto" and label in around.labels:
                return around
            if kind == "break" and around.kind in ("loop", "switch"):
                return around
            if kind == "continue" and around.kind == "loop":
                return around
        return None

    def _go(self, kind: str, target: _Around, label: str) -> None:
        """A jump whose target is the innermost Python loop."""
        if kind == "goto":
            if target.labels[label] <= target.at:
                self._burn(self.function.node)
            self.lines.write(f"{target.counter} = {target.labels[label]}")
            self.lines.write("continue")
        elif kind == "break":
            self.lines.write("break")
        else:
            for line in target.again:
                self.lines.write(line)
            self.lines.write("continue")

    def _after(self, closed: _Around) -> None:
        """Behind a Python loop: jumps that crossed it go on from here."""
        outer = False
        for code, (kind, target, label) in closed.pending.items():
            if self.open and self.open[-1] is target:
                self.lines.write(f"if jump == {code}:")
                with self.lines.inside():
                    self.lines.write("jump = 0")
                    self._go(kind, target, label)
            else:
                outer = True
        if outer:
            self.lines.write("if jump:")
            self.lines.write("    break")

    def statements_value(self, node: "Node") -> Value:
        """`({ ... })`: the statements come first, the value of the last has a name."""
        statements = flow_of(node, frozenset(self.function.border.loops))
        last = statements[-1] if statements else None
        if not isinstance(last, Do):
            self.block(statements)
            return Value("0", VOID)
        name = self.lines.fresh("t")
        statements[-1] = Keep(last.node, name)
        self.lines.write(f"{name} = 0")
        self.block(statements)
        return self.kept.pop(name, Value("0", VOID))


def _until(condition: str) -> list[str]:
    """The end of the body of a `do` loop."""
    if condition == "True":
        return []
    if condition == "False":
        return ["break"]
    return [f"if not {condition}:", "    break"]


def _filled(text: str, texts: dict[str, str]) -> str:
    for hole, said in texts.items():
        text = text.replace(hole, said)
    return text
