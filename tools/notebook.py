#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Execute the notebooks of docs/ and write what their cells give.

    tools/notebook.py [FILE ...]    every notebook under docs/ if no file is named

The cells of a notebook run in order in one namespace, as a kernel of Jupyter runs them: what is
printed, then the value of the last line as its text and its HTML.  A test compares.
"""

import ast
import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
Cell = dict[str, Any]


def executed(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook with the outputs of this tree.  An error of a cell is raised."""
    names: dict[str, object] = {"__name__": "__main__"}
    cells, count = [], 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            count += 1
            outputs = _outputs("".join(cell["source"]), names, count)
            cell = {**cell, "execution_count": count, "outputs": outputs}
        cells.append(cell)
    return {**notebook, "cells": cells}


def _outputs(source: str, names: dict[str, object], count: int) -> list[Cell]:
    """What one cell prints, and the value of its last line."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    value = None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, f"<cell {count}>", "exec"), names)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), f"<cell {count}>", "eval"), names)
    outputs: list[Cell] = []
    if printed.getvalue():
        text = _lines(printed.getvalue())
        outputs.append({"name": "stdout", "output_type": "stream", "text": text})
    if value is not None:
        outputs.append(
            {
                "data": _data(value),
                "execution_count": count,
                "metadata": {},
                "output_type": "execute_result",
            }
        )
    return outputs


def _data(value: object) -> dict[str, list[str]]:
    """A value as Jupyter asks for it."""
    data = {}
    html = getattr(value, "_repr_html_", None)
    if html is not None:
        data["text/html"] = _lines(html())
    return {**data, "text/plain": _lines(repr(value))}


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def main() -> None:
    """Rewrite the notebooks, and say which changed."""
    named = [Path(name).resolve() for name in sys.argv[1:]]
    os.chdir(ROOT)
    for path in named or sorted((ROOT / "docs").rglob("*.ipynb")):
        before = path.read_text(encoding="utf-8")
        after = json.dumps(executed(json.loads(before)), indent=1, ensure_ascii=False) + "\n"
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(f"{path}: written")


if __name__ == "__main__":
    main()
