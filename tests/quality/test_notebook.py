# SPDX-License-Identifier: GPL-2.0-or-later
"""The notebook of the docs gives what stands in it, and is one that Jupyter reads."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "docs").rglob("*.ipynb"))


def tool() -> Any:
    spec = importlib.util.spec_from_file_location("notebook", ROOT / "tools" / "notebook.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_its_outputs_are_those_of_this_tree(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else: tools/notebook.py"""
    monkeypatch.chdir(ROOT)
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert tool().executed(notebook) == notebook


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_has_the_form_that_jupyter_reads(path: Path) -> None:
    """nbformat 4.5 (nbformat.readthedocs.io, format_description): what every cell must have."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids) >= 10
    for cell in notebook["cells"]:
        needed = {"cell_type", "id", "metadata", "source"}
        if cell["cell_type"] == "code":
            needed |= {"execution_count", "outputs"}
        assert set(cell) == needed
    shown = [cell for cell in notebook["cells"] if cell.get("outputs")]
    assert any("text/html" in out.get("data", {}) for cell in shown for out in cell["outputs"])


def test_an_error_of_a_cell_is_no_output() -> None:
    cell = {"cell_type": "code", "source": ["1 / 0"]}
    with pytest.raises(ZeroDivisionError):
        tool().executed({"cells": [cell]})
