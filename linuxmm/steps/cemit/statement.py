# SPDX-License-Identifier: GPL-2.0-or-later
"""Statements of the core as C, and a whole function of them."""

import ast
from types import FunctionType
from typing import Final, Protocol

from linuxmm.steps.cemit.expression import TABLES, Expressions
from linuxmm.steps.cemit.source import Source
from linuxmm.steps.cemit.unset import assigned, unset_reads
from linuxmm.steps.cemit.value import Value, When

INDENT: Final = "    "
NARROW: Final = {"i": "int", "B": "unsigned char"}
LARGE: Final = "out"  # the column of which prelude.h notes how far it is written
C_TYPE: Final = {"q": "word", **NARROW}


class Whole(Protocol):
    """What a function asks of the program that it is part of."""

    columns: dict[str, dict[str, str]]
    checked: bool

    def called(self, function: FunctionType) -> str:
        """The C name of a function, which becomes part of the program."""

    def intrinsic(self, value: object) -> str | None:
        """The C name of what stands for something outside the core."""


class FunctionText:
    """One function of the core as C."""

    def __init__(self, source: Source, whole: Whole) -> None:
        self.source, self.whole = source, whole
        self.columns, self.checked = whole.columns, whole.checked
        self.called, self.intrinsic = whole.called, whole.intrinsic
        self._locals = assigned(source.tree)
        self._unset = unset_reads(source.tree)
        self._flagged = {
            node.id
            for node in ast.walk(source.tree)
            if isinstance(node, ast.Name) and id(node) in self._unset
        }
        self._lines: list[str] = []
        self._depth = 1
        self._used = self._most = 0  # temporaries of this statement, of any
        self._loops = 0
        self._kept: list[ast.Name] = []  # nodes of ours: their id() must stay theirs
        self.expressions = Expressions(self)

    # --- what expressions ask (expression.py:Around) ---
    def temporary(self) -> str:
        self._used += 1
        self._most = max(self._most, self._used)
        return f"t{self._used}"

    def is_local(self, name: str) -> bool:
        return name in self._locals or name in self.source.parameters

    def may_be_unset(self, node: ast.Name) -> bool:
        return id(node) in self._unset

    # --- the function ---
    def head(self, name: str) -> str:
        """Its first line."""
        words = [
            f"const struct {'state' if each == 'm' else 'rules'} *{each}"
            if each in TABLES
            else f"word v_{each}"
            for each in self.source.parameters
        ]
        return f"static word {name}({', '.join(words) or 'void'})"

    def text(self, name: str, first: str = "") -> str:
        """The definition; `first`: a statement before all others.

        Raises: ModelBug for what the core does not have.
        """
        tree = self.source.tree
        for each in (*tree.args.defaults, *tree.args.kwonlyargs, tree.args.kwarg):
            if each is not None:
                self.source.refuse(each, "default and keyword arguments are not known")
        if self.source.function.__closure__:
            self.source.refuse(tree, "a closure is not known")
        self._block(tree.body)
        end = self.expressions.at(tree, "the end")
        declared = [f"v_{each} = 0" for each in sorted(self._locals)]
        declared += [f"t{i + 1}" for i in range(self._most)]
        declared += [f"s_{each} = 0" for each in sorted(self._flagged)]
        lines = [f"/* {self.source.name} */", self.head(name), "{"]
        lines += [f"{INDENT}word {each};" for each in declared]
        lines += [f"{INDENT}{first}"] if first else []
        return "\n".join([*lines, *self._lines, f"{INDENT}return fail(FAIL_END, {end});", "}"])

    def _write(self, line: str) -> None:
        self._lines.append(INDENT * self._depth + line)

    def _block(self, body: list[ast.stmt]) -> None:
        for node in body:
            self._used = 0
            self._statement(node)
            if isinstance(node, ast.Return | ast.Break | ast.Continue):
                return  # what stands behind it is never come to

    def _inner(self, body: list[ast.stmt]) -> None:
        self._depth += 1
        self._block(body)
        self._depth -= 1

    # --- statements ---
    def _statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Expr):
            self._effect(node)
        elif isinstance(node, ast.Return):
            if node.value is None:
                self.source.refuse(node, "a bare return")
            self._write(f"return {self.expressions.value(node.value).word};")
        elif isinstance(node, ast.Assign):
            self._assign(node)
        elif isinstance(node, ast.AugAssign):
            self._change(node)
        elif isinstance(node, ast.If):
            self._if(node)
        elif isinstance(node, ast.While) and not node.orelse:
            self._while(node)
        elif isinstance(node, ast.For) and not node.orelse:
            self._for(node)
        elif isinstance(node, ast.Break | ast.Continue):
            self._write("break;" if isinstance(node, ast.Break) else "continue;")
        elif not isinstance(node, ast.Pass):
            self.source.refuse(node, f"{type(node).__name__} is not known")

    def _effect(self, node: ast.Expr) -> None:
        """A call, or words for the reader."""
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return
        self._write(f"(void){self.expressions.value(node.value).text};")

    def _if(self, node: ast.If) -> None:
        self._write(f"if ({self.expressions.condition(node.test).text}) {{")
        self._inner(node.body)
        if node.orelse:
            self._write("} else {")
            self._inner(node.orelse)
        self._write("}")

    def _while(self, node: ast.While) -> None:
        self._write(f"while ({self.expressions.condition(node.test).text}) {{")
        self._inner(node.body)
        self._write("}")

    def _for(self, node: ast.For) -> None:
        """range() is evaluated once; the variable may be changed inside, which counts no round."""
        call = node.iter
        if not (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Name)
            and call.func.id == "range"
            and not self.is_local("range")
            and "range" not in self.source.function.__globals__
            and 1 <= len(call.args) <= 3
            and not call.keywords
            and isinstance(node.target, ast.Name)
        ):
            self.source.refuse(node, f"a loop over {ast.unparse(call)} is not known")
        given = [self.expressions.value(each) for each in call.args]
        bounds = [Value("0LL"), *given] if len(given) == 1 else given
        step = bounds[2] if len(bounds) == 3 else Value("1LL")
        first, (start, stop, by) = self.expressions.ordered([*bounds[:2], step])
        self._loops += 1
        i = self._loops
        self._write("{")
        self._depth += 1
        if first:
            self._write(f"{first.removesuffix(', ')};")
        at = self.expressions.at(node, "range()")
        self._write(f"word next{i} = {start}, by{i} = {by};")
        self._write(f"uword left{i} = rounds(next{i}, {stop}, by{i}, {at});")
        self._write(f"for (; left{i}; left{i}--) {{")
        self._depth += 1
        self._put(node.target.id, f"next{i}")
        self._write(f"next{i} += by{i};")
        self._block(node.body)
        self._depth -= 1
        self._write("}")
        self._depth -= 1
        self._write("}")

    # --- assignments ---
    def _put(self, name: str, text: str) -> None:
        """A variable gets a value."""
        self._write(f"v_{name} = {text};")
        if name in self._flagged:
            self._write(f"s_{name} = 1;")

    def _assign(self, node: ast.Assign) -> None:
        if len(node.targets) != 1:
            self.source.refuse(node, "more than one target is not known")
        target = node.targets[0]
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            self._assign_all(node, target.elts, node.value.elts)
        else:
            self._assign_one(node, target, self.expressions.value(node.value))

    def _assign_all(
        self, node: ast.Assign, targets: list[ast.expr], values: list[ast.expr]
    ) -> None:
        """a, b = b, a: everything is evaluated before anything is put."""
        if len(targets) != len(values):
            self.source.refuse(node, "as many targets as values")
        names = []
        for each in values:
            names.append(self.temporary())
            self._write(f"{names[-1]} = {self.expressions.value(each).word};")
        for target, name in zip(targets, names, strict=True):
            self._assign_one(node, target, Value(name))

    def _assign_one(self, node: ast.stmt, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Name) and target.id not in TABLES:
            self._put(target.id, value.word)
        elif isinstance(target, ast.Subscript):
            row = self.expressions.value(target.slice)
            first, (stored, at) = self.expressions.ordered([value, row])
            if self.checked and not first and value.when == When.ACT:
                name = self.temporary()
                first, stored = f"{name} = {value.word}, ", name
            self._store(target, first, at, stored)
        else:
            self.source.refuse(node, f"nothing can be put into {ast.unparse(target)}")

    def _store(self, target: ast.Subscript, first: str, row: str, value: str) -> None:
        """What fits no column is cut to its width, or refused where that is checked."""
        table, name, kind = self.expressions.column(target)
        row = self.expressions.row(target, table, name, row)
        if name == LARGE:
            row = f"touched({row})"
        if kind in NARROW and self.checked:  # the row before the value, as Python does
            kept, at = self.temporary(), self.expressions.at(target, f"{table}.{name}")
            first, row = f"{first}{kept} = {row}, ", kept
            value = f"fits_{NARROW[kind].replace(' ', '_')}({value}, {at})"
        cut = f"({NARROW[kind]})({value})" if kind in NARROW else value
        self._write(f"{first}{table}->{name}[{row}] = {cut};")

    def _change(self, node: ast.AugAssign) -> None:
        """`a += b` of a variable or of a column."""
        if isinstance(node.target, ast.Name):
            read = ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target)
            if id(node.target) in self._unset:
                self._unset.add(id(read))
            sum_ = ast.copy_location(ast.BinOp(read, node.op, node.value), node)
            self._put(node.target.id, self.expressions.value(sum_).word)
            self._kept.append(read)
            return
        self.source.refuse(node, f"{ast.unparse(node)}: only variables are changed in place")
