"""A C function as a Python function over integers: `def c_name(m, k, site, arguments)`.

m and k are the machine and the rules, site the call site on whose behalf it runs.  Locals are
Python locals (a read of one that was never set is a NameError, and so a finding), or cells of a
frame when their address is taken.  Labels make segments of a loop that each goto enters anew at
`if pc <= n`.  Every loop has fuel.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from linuxmm.source.border import Border, Callee
from linuxmm.source.ctype import VOID, WORDS, CType, base_type, declared
from linuxmm.source.expression import Expressions, Place
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
    Return,
    Statement,
    Statements,
    Stuck,
    Switch,
    flow_of,
)
from linuxmm.source.layout import Layouts
from linuxmm.source.parser import child, parts, text_of
from linuxmm.source.scope import Variable, resolve
from linuxmm.source.tree import SourceTree
from linuxmm.source.untranslatable import Untranslatable
from linuxmm.source.value import converted

if TYPE_CHECKING:
    from tree_sitter import Node


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


FUEL: Final = 1 << 14  # rounds of all loops of one call
MAX_LIST: Final = 512  # pages on a list of a function's own


@dataclass(eq=False)
class _Around:
    """A Python `while` that is open: what `break`, `continue` and goto have to leave."""

    kind: str  # loop, switch or segments
    labels: dict[str, int] = field(default_factory=dict)
    counter: str = ""
    at: int = 0  # the segment that is being written
    again: list[str] = field(default_factory=list)  # what `continue` does before it goes round
    pending: "dict[int, tuple[str, _Around, str]]" = field(default_factory=dict)


class Function:
    """The translation of one function definition."""

    def __init__(self, program: Host, path: str, name: str, node: "Node", site: int) -> None:
        self.program = program
        self.path, self.name, self.node, self.site = path, name, node, site
        self.border, self.layouts = program.border, program.layouts
        self.scopes = resolve(node)
        self.expressions = Expressions(self)
        self.lines: list[str] = []
        self.indent = 1
        self.open: list[_Around] = []
        self.names = 0
        self.cells = 0
        self.has_jumps = self.has_loops = False

    # --- what expressions ask (expression.py:Around) ---
    def constant(self, name: str) -> int | None:
        return self.program.constant(name, self.path)

    def executed(self, name: str) -> tuple[str, CType, list[CType]] | None:
        return self.program.executed(name, self.path)

    def callee(self, name: str) -> Callee | None:
        return self.program.callee(name, self.path)

    def trap(self, node: "Node", why: str, kind: str = "missing") -> int:
        line = node.start_point[0] + 1
        return self.program.trap(self.path, line, self.name, why, kind)

    def config_has(self, name: str) -> bool:
        return name in self.program.tree.config

    def function_number(self, name: str) -> int | None:
        return self.program.function_number(name, self.path)

    # --- the function ---
    def text(self) -> str:
        """The Python text.  What cannot be translated traps when it is reached."""
        arguments = ["m", "k", "site", *(v.python for v in self.scopes.parameters)]
        try:
            statements = flow_of(child(self.node, "body"), frozenset(self.border.loops))
            self._give_cells()
            self._take_parameters()
            self.block(statements)
        except (Untranslatable, ValueError) as error:
            self.lines = [f"    return missing(m, {self.trap(self.node, str(error))})"]
        head = [f"def c_{self.name}({', '.join(arguments)}):"]
        head.append(f"    {self.path!a}")
        if self.site:
            head.append(f"    site = {self.site}")
        if self.has_loops:
            head.append("    fuel = 0")
        if self.has_jumps:
            head.append("    jump = 0")
        if self.cells:
            head.append(f"    fp = frame(m, {self.cells})")
        return "\n".join([*head, *self.lines, *self._leave("0")])

    def _give_cells(self) -> None:
        for variable in self.scopes.all():
            if variable.in_cells:
                variable.cell = self.cells
                self.cells += max(1, self.layouts.cells(variable.ctype, self.path))
            elif variable.ctype.is_list:
                self.cells += 1  # a frame, with which the list goes

    def _take_parameters(self) -> None:
        for variable in self.scopes.parameters:
            if variable.in_cells:
                if variable.ctype.is_struct and variable.ctype.base not in WORDS:
                    raise Untranslatable(f"{variable.name} is a struct that is passed whole")
                self.write(f"m.stack[fp + {variable.cell}] = {variable.python}")

    def _leave(self, value: str) -> list[str]:
        if not self.cells:
            return [f"    return {value}"]
        return [f"    return leave(m, fp, {value})"]

    def write(self, line: str) -> None:
        self.lines.append("    " * self.indent + line)

    def fresh(self, what: str) -> str:
        self.names += 1
        return f"{what}{self.names}"

    @contextmanager
    def inside(self) -> Iterator[None]:
        """One level in; what says nothing says `pass`."""
        self.indent += 1
        before = len(self.lines)
        yield
        if len(self.lines) == before:
            self.write("pass")
        self.indent -= 1

    # --- statements ---
    def block(self, statements: Statements) -> None:
        """A list of statements; with labels, segments in a loop."""
        if any(isinstance(each, Label) for each in statements):
            segments, labels = _split(statements)
            self._segments(_Around("segments", labels), segments, "0")
            return
        for each in statements:
            self.statement(each)

    def _segments(self, around: _Around, segments: list[Statements], start: str) -> None:
        around.counter = self.fresh("pc")
        self.write(f"{around.counter} = {start}")
        self.write("while True:")
        self.open.append(around)
        with self.inside():
            for at, segment in enumerate(segments):
                around.at = at
                if segment:
                    self.write(f"if {around.counter} <= {at}:")
                    with self.inside():
                        self.block(segment)
            self.write("break")
        self.open.pop()
        self._after(around)

    def statement(self, statement: Statement) -> None:
        """One statement; what cannot be said becomes a trap in its place."""
        before = (len(self.lines), self.indent, len(self.open))
        try:
            self._statement(statement)
        except (Untranslatable, ValueError) as error:
            del self.lines[before[0] :], self.open[before[2] :]
            self.indent = before[1]
            self._stuck(statement.node, str(error))

    def _stuck(self, node: "Node", why: str) -> None:
        value = f"missing(m, {self.trap(node, why)})"
        self.write(f"return leave(m, fp, {value})" if self.cells else f"return {value}")

    def _statement(self, statement: Statement) -> None:
        if isinstance(statement, Do):
            self.effect(statement.node)
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

    def _return(self, node: "Node") -> None:
        value = "0"
        if parts(node):
            value = converted(self.expressions.value(parts(node)[0]), result_type(self.node)).text
        self.write(f"return leave(m, fp, {value})" if self.cells else f"return {value}")

    def _if(self, statement: If) -> None:
        condition = self.expressions.truth(statement.node)
        if condition in ("True", "False"):
            self.block(statement.then if condition == "True" else statement.other)
            return
        then, other = statement.then, statement.other
        if not then and other:
            condition, then, other = f"not {condition}", other, []
        self.write(f"if {condition}:")
        with self.inside():
            self.block(then)
        if other:
            self.write("else:")
            with self.inside():
                self.block(other)

    # --- loops ---
    def _burn(self, node: "Node") -> None:
        self.has_loops = True
        where = self.trap(node, "does not come to an end", "dry")
        self.write("fuel += 1")
        self.write(f"if fuel > {FUEL}:")
        value = f"dry(m, {where})"
        self.write(f"    return leave(m, fp, {value})" if self.cells else f"    return {value}")

    def _loop(self, loop: Loop) -> None:
        condition = "True"
        if loop.condition is not None:
            condition = self.expressions.truth(loop.condition)
        if not loop.test_first and condition == "False" and not _leaves(loop.body):
            self.block(loop.body)  # do { } while (0)
            return
        around = _Around("loop")
        step = self._effects_of(loop.step)
        if loop.test_first:
            around.again = step
        else:
            around.again = _again(condition)
        self.write(f"while {condition if loop.test_first else 'True'}:")
        self.open.append(around)
        with self.inside():
            self._burn(loop.node)
            self.block(loop.body)
            for line in around.again:
                self.write(line)
        self.open.pop()
        self._after(around)

    def _effects_of(self, nodes: "list[Node]") -> list[str]:
        """The lines of expressions that stand in the head of a loop."""
        kept, self.lines, indent = self.lines, [], self.indent
        self.indent = 0
        for node in nodes:
            self.effect(node)
        found, self.lines, self.indent = self.lines, kept, indent
        return found

    def _each(self, each: Each) -> None:
        """A loop that a macro makes, by its row in the border: start, test, step."""
        name = text_of(child(each.node, "function"))
        row = self.border.loops[name]
        arguments = parts(child(each.node, "arguments"))
        place = self.expressions.place(arguments[int(row["variable"])])
        if place.read_only:
            raise Untranslatable(f"{name} over {place.text}")
        texts = {f"{{{n}}}": self._loop_argument(node) for n, node in enumerate(arguments)}
        texts["{next}"] = self.fresh("next")
        lines = {part: _filled(row[part], texts) for part in ("start", "test", "step")}
        for line in lines["start"].split("; "):
            self.write(line)
        around = _Around("loop", again=lines["step"].split("; "))
        self.write(f"while {lines['test']}:")
        self.open.append(around)
        with self.inside():
            self._burn(each.node)
            if "body" in row:
                self.write(_filled(row["body"], texts))
            self.block(each.body)
            for line in around.again:
                self.write(line)
        self.open.pop()
        self._after(around)

    def _loop_argument(self, node: "Node") -> str:
        try:
            return self.expressions.value(node).text
        except Untranslatable:
            return "0"  # a type or a member, which no row uses

    def _switch(self, switch: Switch) -> None:
        value = self.expressions.value(switch.node)
        held = self.fresh("value")
        self.write(f"{held} = {value.text}")
        segments = [body for _, body in switch.cases]
        start = str(len(segments))
        for at, (values, _) in enumerate(switch.cases):
            if not values:
                start = str(at)
        for at in range(len(switch.cases) - 1, -1, -1):
            for each in switch.cases[at][0]:
                start = f"{at} if {held} == {self.expressions.value(each).text} else {start}"
        self._segments(_Around("switch"), segments, start)

    # --- jumps ---
    def _jump(self, kind: str, label: str = "") -> None:
        target = self._target(kind, label)
        if target is None:
            raise Untranslatable(f"{kind} {label}".strip() + " leads nowhere")
        if self.open[-1] is target:
            self._go(kind, target, label)
            return
        self.has_jumps = True
        self.names += 1
        code = self.names
        self.write(f"jump = {code}")
        self.write("break")
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
                self._burn(self.node)
            self.write(f"{target.counter} = {target.labels[label]}")
            self.write("continue")
        elif kind == "break":
            self.write("break")
        else:
            for line in target.again:
                self.write(line)
            self.write("continue")

    def _after(self, closed: _Around) -> None:
        """Behind a Python loop: jumps that crossed it go on from here."""
        outer = False
        for code, (kind, target, label) in closed.pending.items():
            if self.open and self.open[-1] is target:
                self.write(f"if jump == {code}:")
                with self.inside():
                    self.write("jump = 0")
                    self._go(kind, target, label)
            else:
                outer = True
        if outer:
            self.write("if jump:")
            self.write("    break")

    # --- effects and declarations ---
    def effect(self, node: "Node") -> None:
        """An expression for what it does.  Raises: Untranslatable."""
        while node.type == "parenthesized_expression" and len(parts(node)) == 1:
            node = parts(node)[0]
        if node.type == "comma_expression":
            self.effect(child(node, "left"))
            self.effect(child(node, "right"))
        elif node.type == "assignment_expression":
            self._assign(node)
        elif node.type == "update_expression":
            self._update(node)
        elif node.type == "cast_expression":
            self.effect(child(node, "value"))
        elif node.type == "call_expression":
            self._call(node)
        elif node.type not in ("identifier", "number_literal", "string_literal"):
            text = self.expressions.value(node).text
            if "(" in text:
                self.write(text)

    def _assign(self, node: "Node") -> None:
        left, right = child(node, "left"), child(node, "right")
        place = self.expressions.place(left)
        if place.ctype.is_struct and place.ctype.base not in WORDS:
            self._copy_struct(place, right)
            return
        if place.ignored:
            text = self.expressions.value(right).text
            if "(" in text:
                self.write(text)
            return
        if place.read_only:
            raise Untranslatable(f"a store to {text_of(left)[:60]}")
        value = self.expressions.new_value(node, place)
        self.write(f"{place.text} = {value.text}")

    def _update(self, node: "Node") -> None:
        place, new = self.expressions.updated(node)
        if place.ignored:
            return
        if place.read_only:
            raise Untranslatable(f"a store to {text_of(node)[:60]}")
        self.write(f"{place.text} = {new.text}")

    def _call(self, node: "Node") -> None:
        function = child(node, "function")
        name = text_of(function)
        arguments = parts(child(node, "arguments"))
        if name == "LIST_HEAD" and arguments:
            variable = self.scopes.at[arguments[0].start_byte]
            self.write(f"{variable.python} = list_head(m, {MAX_LIST})")
            return
        if name == "do_div" and len(arguments) == 2:
            place = self.expressions.place(arguments[0])
            by = self.expressions.value(arguments[1]).text
            self.write(f"{place.text} = quotient_u({place.text}, {by})")
            return
        if name == "memset" and len(arguments) == 3:
            self._clear(arguments)
            return
        text = self.expressions.call(node).text
        if "(" in text:
            self.write(text)

    def _clear(self, arguments: "list[Node]") -> None:
        pointer = self.expressions.value(arguments[0])
        if self.expressions.value(arguments[1]).constant != 0 or pointer.ctype.pointers != 1:
            raise Untranslatable("memset of something but zeroes")
        cells = self.layouts.cells(pointer.ctype.element(), self.path)
        self.write(f"clear_cells(m, {pointer.text}, {cells})")

    def _copy_struct(self, place: Place, right: "Node") -> None:
        cells = self.layouts.cells(place.ctype, self.path)
        source = self.expressions.place(right)
        if source.ctype.base != place.ctype.base or not source.ctype.is_struct:
            raise Untranslatable(f"a store of {source.ctype} to {place.ctype}")
        self.write(f"copy_cells(m, {place.text}, {source.text}, {cells})")

    def _declare(self, node: "Node") -> None:
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
        text = converted(self.expressions.value(value), variable.ctype).text
        target = f"m.stack[fp + {variable.cell}]" if variable.in_cells else variable.python
        self.write(f"{target} = {text}")

    def _variable(self, declarator: "Node") -> Variable:
        node = declarator
        while node.type != "identifier":
            inner = node.child_by_field_name("declarator")
            node = inner if inner is not None else parts(node)[0]
        return self.scopes.at[node.start_byte]

    def _initialise_cells(self, variable: Variable, value: "Node") -> None:
        at = f"fp + {variable.cell}"
        if (
            value.type == "call_expression"
            and text_of(child(value, "function")) == "LIST_HEAD_INIT"
        ):
            self.write(f"list_init(m, -({at}))")
            return
        cells = self.layouts.cells(variable.ctype, self.path)
        if value.type != "initializer_list":
            if not variable.ctype.is_struct:
                raise Untranslatable(f"{variable.name} is set to something else than a list")
            source = self.expressions.place(value)
            self.write(f"copy_cells(m, {at}, {source.text}, {cells})")
            return
        self.write(f"clear_cells(m, {at}, {cells})")
        self._fill(variable.ctype, variable.cell, value)

    def _fill(self, ctype: CType, cell: int, value: "Node") -> None:
        """The parts of an initialiser in braces."""
        members = (
            list(self.layouts.of(ctype.tag, self.path).members.items()) if ctype.is_struct else []
        )
        for n, each in enumerate(parts(value)):
            if each.type == "initializer_pair":
                designator = child(each, "designator")
                name = text_of(parts(designator)[0])
                if not ctype.is_struct or designator.type != "field_designator":
                    raise Untranslatable("an initialiser by index")
                offset, inner = self.layouts.of(ctype.tag, self.path).members[name]
                given = child(each, "value")
            elif ctype.is_struct:
                if n >= len(members):
                    raise Untranslatable("more initialisers than members")
                offset, inner, given = *members[n][1], each
            else:
                inner = ctype.element()
                offset, given = n * self.layouts.cells(inner, self.path), each
            self._fill_one(inner, cell + offset, given)

    def _fill_one(self, ctype: CType, cell: int, given: "Node") -> None:
        if given.type == "initializer_list":
            self._fill(ctype, cell, given)
            return
        if ctype.is_list:
            raise Untranslatable("a list inside a struct")
        text = converted(self.expressions.value(given), ctype).text
        self.write(f"m.stack[fp + {cell}] = {text}")


def _split(statements: Statements) -> tuple[list[Statements], dict[str, int]]:
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


def _again(condition: str) -> list[str]:
    """The end of the body of a `do` loop."""
    if condition == "True":
        return []
    if condition == "False":
        return ["break"]
    return [f"if not {condition}:", "    break"]


def _leaves(statements: Statements) -> bool:
    """Whether a body has a `break` or `continue` of its own loop."""
    for each in statements:
        if isinstance(each, Break | Continue):
            return True
        if isinstance(each, If) and (_leaves(each.then) or _leaves(each.other)):
            return True
        if isinstance(each, Block) and _leaves(each.body):
            return True
        if isinstance(each, Switch) and any(_leaves(body) for _, body in each.cases):
            return True
    return False


def _filled(text: str, texts: dict[str, str]) -> str:
    for hole, said in texts.items():
        text = text.replace(hole, said)
    return text


def result_type(function: "Node") -> CType:
    """What a function definition returns."""
    _, ctype = declared(base_type(function), None)
    declarator, pointers = child(function, "declarator"), 0
    while declarator.type == "pointer_declarator":
        pointers += 1
        declarator = child(declarator, "declarator")
    return CType(ctype.base, pointers) if pointers or ctype.base != "void" else VOID


def parameter_types(function: "Node") -> list[CType]:
    """The types of a function definition's parameters."""
    declarator = child(function, "declarator")
    while declarator.type != "function_declarator":
        declarator = child(declarator, "declarator")
    found = []
    for each in parts(child(declarator, "parameters")):
        if each.type == "parameter_declaration":
            name, ctype = declared(base_type(each), each.child_by_field_name("declarator"))
            if name is None:
                continue
            if ctype.length is not None:
                ctype = CType(ctype.base, ctype.pointers + 1)
            found.append(ctype)
    return found
