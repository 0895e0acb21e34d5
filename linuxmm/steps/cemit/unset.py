# SPDX-License-Identifier: GPL-2.0-or-later
"""Which reads of a function's variables may come before anything was put there.

Python raises UnboundLocalError then; C would read rubbish.  The few reads found here are checked
when they happen.
"""

import ast

Names = frozenset[str]


def unset_reads(tree: ast.FunctionDef) -> set[int]:
    """id() of every Name node that may be read before it is set."""
    walk = _Walk(tree)
    walk.block(tree.body, frozenset(each.arg for each in tree.args.args))
    return walk.found


def assigned(tree: ast.FunctionDef) -> set[str]:
    """Every name that a function puts something into, its parameters apart."""
    names = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return names - {each.arg for each in tree.args.args}


class _Walk:
    """What is set after each statement; None: it is never come past it."""

    def __init__(self, tree: ast.FunctionDef) -> None:
        self.locals = assigned(tree)
        self.found: set[int] = set()
        self._breaks: list[list[Names]] = []

    def block(self, body: list[ast.stmt], have: Names | None) -> Names | None:
        for statement in body:
            if have is None:
                return None
            have = self._statement(statement, have)
        return have

    def _read(self, node: ast.AST | None, have: Names) -> None:
        for each in ast.walk(node) if node is not None else ():
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
                if each.id in self.locals and each.id not in have:
                    self.found.add(id(each))

    def _statement(self, node: ast.stmt, have: Names) -> Names | None:
        if isinstance(node, ast.If):
            self._read(node.test, have)
            return _both(self.block(node.body, have), self.block(node.orelse, have))
        if isinstance(node, ast.While):
            self._read(node.test, have)
            forever = isinstance(node.test, ast.Constant) and bool(node.test.value)
            return self._loop(node.body, have, None if forever else have)
        if isinstance(node, ast.For):
            self._read(node.iter, have)
            return self._loop(node.body, have | _targets(node), have)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            if node.target.id not in have:
                self.found.add(id(node.target))
        self._read(node, have)
        if isinstance(node, ast.Break):
            self._breaks[-1].append(have)
        if isinstance(node, ast.Return | ast.Break | ast.Continue):
            return None
        return have | _targets(node)

    def _loop(self, body: list[ast.stmt], have: Names, after: Names | None) -> Names | None:
        """A loop begins with what is set before it: going round takes nothing away."""
        self._breaks.append([])
        self.block(body, have)
        for each in self._breaks.pop():
            after = _both(after, each)
        return after


def _targets(node: ast.stmt) -> Names:
    if isinstance(node, ast.For):
        targets: list[ast.expr] = [node.target]
    elif isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AugAssign):
        targets = [node.target]
    else:
        return frozenset()
    return frozenset(
        each.id
        for target in targets
        for each in ast.walk(target)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    )


def _both(one: Names | None, two: Names | None) -> Names | None:
    if one is None:
        return two
    return one if two is None else one & two
