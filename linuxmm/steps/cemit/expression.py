# SPDX-License-Identifier: GPL-2.0-or-later
"""Expressions of the core as C, evaluated in Python's order.

Where C may evaluate operands in any order and it would show, all but the last become variables
of their own first: `(t0 = f(m), t1 = m->pte[row], t0 + t1)`.
"""

import ast
import operator
from collections.abc import Callable, Sequence
from inspect import CO_VARARGS
from types import FunctionType
from typing import Final, Protocol

from linuxmm.state.rules import WATCHED
from linuxmm.steps.cemit.source import Source
from linuxmm.steps.cemit.value import (
    WORD_MAX,
    WORD_MIN,
    Value,
    When,
    latest,
    literal,
    must_order,
)

MOST_BITS: Final = 256  # of a constant on the way to its value
PLAIN: Final[dict[type[ast.operator], str]] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*",
    ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
}  # fmt: skip
HELPED: Final[dict[type[ast.operator], str]] = {
    ast.FloorDiv: "floor_div", ast.Mod: "floor_mod", ast.LShift: "shift_left",
    ast.RShift: "shift_right",
}  # fmt: skip
COMPARED: Final[dict[type[ast.cmpop], str]] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
FOLDED: Final[dict[type[ast.operator], Callable[[int, int], int]]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.BitAnd: operator.and_, ast.BitOr: operator.or_, ast.BitXor: operator.xor,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
    ast.LShift: operator.lshift, ast.RShift: operator.rshift,
}  # fmt: skip
TABLES: Final = ("m", "k")


class Around(Protocol):
    """What an expression asks of the function and of the program that it stands in."""

    source: Source
    columns: dict[str, dict[str, str]]  # of m and k: the type of each column
    checked: bool

    def temporary(self) -> str:
        """A variable that nothing else has in this statement."""

    def called(self, function: FunctionType) -> str:
        """The C name of a function, which becomes part of the program."""

    def intrinsic(self, value: object) -> str | None:
        """The C name of what stands for something outside the core; None: it does not."""

    def is_local(self, name: str) -> bool:
        """Is it a variable or parameter of the function?"""

    def may_be_unset(self, node: ast.Name) -> bool:
        """May nothing have been put there yet?"""


class Expressions:
    """The expressions of one function."""

    def __init__(self, around: Around) -> None:
        self.around = around
        self.refuse = around.source.refuse

    def value(self, node: ast.expr) -> Value:
        """An expression.  Raises: ModelBug for what the core does not have."""
        constant = self.constant(node)
        if constant is not None:
            if not WORD_MIN <= constant <= WORD_MAX:
                self.refuse(node, f"{constant} does not fit a signed word of 64 bits")
            return Value(literal(constant))
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.Subscript):
            return self._read(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.BinOp):
            return self._binary(node)
        if isinstance(node, ast.Compare):
            return self._compare(node)
        if isinstance(node, ast.BoolOp):
            return self._either(node)
        if isinstance(node, ast.UnaryOp):
            return self._unary(node)
        if isinstance(node, ast.IfExp):
            return self._choice(node)
        return self.refuse(node, f"{type(node).__name__} is not known: {ast.unparse(node)}")

    def condition(self, node: ast.expr) -> Value:
        """An expression of which only the truth is asked."""
        if isinstance(node, ast.BoolOp):
            values = [self.condition(each) for each in node.values]
            word = " && " if isinstance(node.op, ast.And) else " || "
            return Value("(" + word.join(each.text for each in values) + ")", latest(values), True)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = self.condition(node.operand)
            return Value(f"(!{inner.text})", inner.when, True)
        return self.value(node)

    def constant(self, node: ast.expr) -> int | None:
        """The value of an expression of constants; None for any other."""
        if isinstance(node, ast.Constant) and isinstance(node.value, int):
            return int(node.value)
        if isinstance(node, ast.Name):
            found = None if self.around.is_local(node.id) else self._global(node)
            return int(found) if isinstance(found, int) else None
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Invert):
            inner = self.constant(node.operand)
            if inner is None:
                return None
            return -inner if isinstance(node.op, ast.USub) else ~inner
        if isinstance(node, ast.BinOp) and type(node.op) in FOLDED:
            left, right = self.constant(node.left), self.constant(node.right)
            return None if left is None or right is None else self._folded(node, left, right)
        return None

    def _folded(self, node: ast.BinOp, left: int, right: int) -> int:
        shift = isinstance(node.op, ast.LShift | ast.RShift)
        divides = isinstance(node.op, ast.FloorDiv | ast.Mod)
        if (shift and not 0 <= right < MOST_BITS) or (divides and right == 0):
            self.refuse(node, f"{ast.unparse(node)} has no value")
        return FOLDED[type(node.op)](left, right)

    def _global(self, node: ast.Name) -> object:
        return self.around.source.function.__globals__.get(node.id)

    # --- in Python's order ---
    def ordered(self, values: Sequence[Value]) -> tuple[str, list[str]]:
        """What comes first, if anything (`t0 = ..., `), and the operands as words then."""
        if not must_order(values):
            return "", [value.word for value in values]
        last = max(i for i, value in enumerate(values) if value.when != When.ANY)
        first, words = "", []
        for i, value in enumerate(values):
            if value.when == When.ANY or i == last:
                words.append(value.word)
            else:
                name = self.around.temporary()
                first += f"{name} = {value.word}, "
                words.append(name)
        return first, words

    # --- names and columns ---
    def _name(self, node: ast.Name) -> Value:
        if node.id in TABLES:
            self.refuse(node, f"`{node.id}` is no number")
        if not self.around.is_local(node.id):
            self.refuse(node, f"`{node.id}` is neither a variable nor a whole number")
        if self.around.may_be_unset(node):
            at = self.at(node, node.id)
            return Value(f"(s_{node.id} ? v_{node.id} : fail(FAIL_UNSET, {at}))", When.ACT)
        return Value(f"v_{node.id}")

    def column(self, node: ast.Subscript) -> tuple[str, str, str]:
        """The table, the column and its type of `m.column[...]`."""
        where = node.value
        if isinstance(where, ast.Attribute) and self._is_table(where.value):
            table, name = ast.unparse(where.value), where.attr
            if name in self.around.columns[table]:
                return table, name, self.around.columns[table][name]
        return self.refuse(node, f"{ast.unparse(where)} is no column")

    def _read(self, node: ast.Subscript) -> Value:
        table, name, kind = self.column(node)
        row = self.value(node.slice)
        at = self.row(node, table, name, row.word)
        if self.around.checked and table == "k" and name in WATCHED:
            at = f"noted({WATCHED.index(name)}, {at})"
        text = f"{table}->{name}[{at}]"
        when = When.ACT if self.around.checked else max(When.READ, row.when)
        return Value(text if kind == "q" else f"(word){text}", when)

    def row(self, node: ast.AST, table: str, name: str, row: str) -> str:
        """A row of a column, checked if that is wanted."""
        if not self.around.checked:
            return row
        return f"in_rows({row}, {table}->n_{name}, {self.at(node, f'{table}.{name}')})"

    def at(self, node: ast.AST, what: str) -> str:
        """What a failure says of its place, as a string of C."""
        line = getattr(node, "lineno", 0)
        return f'"{what} in {self.around.source.name}, line {line}"'

    # --- calls ---
    def _is_table(self, node: ast.expr) -> bool:
        """`m` or `k`, as a parameter, or `k` as the scope has it: the rules of this step."""
        if not isinstance(node, ast.Name) or node.id not in TABLES:
            return False
        source = self.around.source
        if node.id in source.parameters or (node.id == "k" and "k" in source.function.__globals__):
            return True
        return self.refuse(node, f"`{node.id}` is not at hand here")

    def _call(self, node: ast.Call) -> Value:
        if not isinstance(node.func, ast.Name) or node.keywords:
            self.refuse(node, f"a call of this kind is not known: {ast.unparse(node)}")
        name = node.func.id
        found = None if self.around.is_local(name) else self._global(node.func)
        intrinsic = self.around.intrinsic(found)
        if intrinsic is not None:
            return self._called(intrinsic, node.args)
        if isinstance(found, FunctionType):
            return self._core_call(node, found)
        if found is None and name in ("min", "max", "abs"):
            return self._builtin(node, name)
        return self.refuse(node, f"{name}() is no function of the core")

    def _core_call(self, node: ast.Call, found: FunctionType) -> Value:
        code = found.__code__
        takes, more = code.co_varnames[: code.co_argcount], bool(code.co_flags & CO_VARARGS)
        if len(node.args) < len(takes) or (len(node.args) > len(takes) and not more):
            self.refuse(node, f"{found.__name__}() takes {len(takes)} arguments")
        for taken, given in zip(takes, node.args, strict=False):
            table = self._is_table(given)
            if (taken in TABLES or table) and not (table and ast.unparse(given) == taken):
                self.refuse(node, f"{found.__name__}() takes {taken}, not {ast.unparse(given)}")
        return self._called(self.around.called(found), node.args, len(takes))

    def _called(self, name: str, arguments: list[ast.expr], nr: int | None = None) -> Value:
        """A call with the first `nr` arguments; the others are evaluated and go nowhere."""
        tables = [ast.unparse(each) for each in arguments if self._is_table(each)]
        values = [self.value(each) for each in arguments[len(tables) :]]
        first, words = self.ordered(values)
        given = [*tables, *words]
        dropped = given[nr:] if nr is not None else []
        first += "".join(f"(void){word}, " for word in dropped)
        text = f"{name}({', '.join(given[:nr])})"
        return Value(f"({first}{text})" if first else text, When.ACT)

    def _builtin(self, node: ast.Call, name: str) -> Value:
        if name == "abs" and len(node.args) == 1:
            value = self.value(node.args[0])
            return Value(f"absolute({value.word})", value.when)
        if name == "abs" or len(node.args) < 2:
            self.refuse(node, f"{name}() of this kind is not known")
        values = [self.value(each) for each in node.args]
        first, words = self.ordered(values)
        text = words[0]
        for word in words[1:]:
            text = f"{'least' if name == 'min' else 'most'}({text}, {word})"
        return Value(f"({first}{text})", latest(values))

    # --- operators ---
    def _binary(self, node: ast.BinOp) -> Value:
        kind = type(node.op)
        values = [self.value(node.left), self.value(node.right)]
        first, (left, right) = self.ordered(values)
        by = self.constant(node.right)
        within = by is not None and 0 <= by < 64
        if kind in PLAIN:
            text = f"{left} {PLAIN[kind]} {right}"
        elif kind is ast.LShift and within:
            text = f"(word)((uword){left} << {by})"
        elif kind is ast.RShift and within:
            text = f"{left} >> {by}"
        elif kind in HELPED:
            at = self.at(node, ast.unparse(node).replace('"', ""))
            return Value(f"({first}{HELPED[kind]}({left}, {right}, {at}))", When.ACT)
        else:
            self.refuse(node, f"the operator {kind.__name__} is not known")
        return Value(f"({first}{text})", latest(values))

    def _unary(self, node: ast.UnaryOp) -> Value:
        if isinstance(node.op, ast.Not):
            return self.condition(node)
        value = self.value(node.operand)
        sign = {ast.USub: "-", ast.Invert: "~", ast.UAdd: "+"}[type(node.op)]
        return Value(f"({sign}{value.word})", value.when)

    def _choice(self, node: ast.IfExp) -> Value:
        parts = [self.condition(node.test), self.value(node.body), self.value(node.orelse)]
        test, body, otherwise = parts
        return Value(f"({test.text} ? {body.word} : {otherwise.word})", latest(parts))

    def _either(self, node: ast.BoolOp) -> Value:
        """`and` and `or` give the operand that decided."""
        values = [self.value(each) for each in node.values]
        if all(value.truth for value in values):
            return self.condition(node)
        text = values[-1].word
        for value in reversed(values[:-1]):
            name, asked = self._once(value)
            found = f"{name} : {text}" if isinstance(node.op, ast.Or) else f"{text} : {name}"
            text = f"({asked} ? {found})"
        return Value(text, latest(values))

    def _once(self, value: Value) -> tuple[str, str]:
        """A name for a value that is used again, and the text that evaluates it."""
        if value.when == When.ANY:
            return value.word, value.word
        name = self.around.temporary()
        return name, f"({name} = {value.word})"

    # --- comparisons ---
    def _compare(self, node: ast.Compare) -> Value:
        if len(node.ops) == 1 and isinstance(node.ops[0], ast.In | ast.NotIn):
            return self._among(node)
        for each in node.ops:
            if type(each) not in COMPARED:
                self.refuse(node, f"the comparison {type(each).__name__} is not known here")
        values = [self.value(each) for each in (node.left, *node.comparators)]
        words = [COMPARED[type(each)] for each in node.ops]
        if len(words) > 1:
            return self._chain(values, words)
        first, (left, right) = self.ordered(values)
        return Value(f"({first}{left} {words[0]} {right})", latest(values), True)

    def _chain(self, values: list[Value], words: list[str]) -> Value:
        """a < b < c: each evaluated once, none behind the first comparison that fails."""
        left, asked = self._once(values[0])
        parts = []
        for value, word in zip(values[1:], words, strict=True):
            right, evaluated = self._once(value)
            before = "" if asked == left else f"{asked}, "
            before += "" if evaluated == right else f"{evaluated}, "
            parts.append(f"({before}{left} {word} {right})")
            left = asked = right
        return Value("(" + " && ".join(parts) + ")", latest(values), True)

    def _among(self, node: ast.Compare) -> Value:
        """`a in (b, c)`: all are evaluated, then compared."""
        values = [self.value(node.left), *self._members(node.comparators[0])]
        named = [self._once(value) for value in values]
        first = "".join(f"{asked}, " for name, asked in named if asked != name)
        names = [name for name, _ in named]
        word, join = ("==", " || ") if isinstance(node.ops[0], ast.In) else ("!=", " && ")
        text = join.join(f"{names[0]} {word} {each}" for each in names[1:])
        return Value(f"({first}{text or ('0' if word == '==' else '1')})", latest(values), True)

    def _members(self, node: ast.expr) -> list[Value]:
        """What stands in a tuple, there or in a constant."""
        if isinstance(node, ast.Tuple):
            return [self.value(each) for each in node.elts]
        if isinstance(node, ast.Name) and not self.around.is_local(node.id):
            found = self._global(node)
            if isinstance(found, tuple) and all(isinstance(each, int) for each in found):
                return [Value(literal(int(each))) for each in found]
        return self.refuse(node, f"{ast.unparse(node)} is no tuple of whole numbers")
