# SPDX-License-Identifier: GPL-2.0-or-later
"""Which kernel is meant where none is named is said once."""

import ast
from pathlib import Path
from typing import Final

from linuxmm.kernels import DEFAULT_BASE, DEFAULT_KERNEL, load
from tests.fuzz.target import ROOT

PACKAGE: Final = ROOT / "linuxmm"


def defaults(path: Path) -> list[str]:
    """Values of parameters, and of what is assigned or passed as `default`, that are text."""
    found: list[ast.expr | None] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.arguments):
            found += [*node.defaults, *node.kw_defaults]
        elif isinstance(node, ast.keyword) and node.arg in ("default", "help"):
            found.append(node.value)
        elif isinstance(node, ast.BoolOp):  # args.kernel or ["v6.1"]
            found += [item for value in node.values for item in ast.walk(value)
                      if isinstance(item, ast.Constant)]  # fmt: skip
    return [str(item.value) for item in found if isinstance(item, ast.Constant)]


def test_no_other_default_kernel() -> None:
    names = (DEFAULT_KERNEL, DEFAULT_BASE, load(DEFAULT_KERNEL).name)
    again = {
        str(path.relative_to(PACKAGE)): text
        for path in PACKAGE.rglob("*.py")
        for text in defaults(path)
        if any(name in text for name in names)
    }
    assert again == {}


def test_the_search_sees_the_three_ways(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text('def f(k="v6.1"): pass\nadd(default="v6.1")\nx = a or ["v6.1"]\n')
    assert defaults(path) == ["v6.1"] * 3
