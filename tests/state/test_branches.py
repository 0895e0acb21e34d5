# SPDX-License-Identifier: GPL-2.0-or-later
"""A branch keeps its name when its function is edited elsewhere."""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

from coverage import Coverage

from tests.state.branches import Branches

SHORT = """\
def f(a):
    if a == 1:
        return 1
    for i in range(a):
        a = a - i
    return a
"""
# the same branches: a comment, a condition broken over lines, other statements around them
LONG = """\
# words


def f(a):
    b = 2
    if (
        a
        == 1  # one
    ):
        b = 3
        return 1
    for i in range(a):  # all of them
        b = i
        a = a - i
    b = a
    return b
"""


def module(folder: Path, text: str) -> tuple[Path, Callable[[int], int]]:
    path = folder / f"m{len(text)}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    function: Callable[[int], int] = made.f
    return path, function


def missing(path: Path, function: Callable[[int], int], value: int) -> list[str]:
    """What coverage says was not taken by one call."""
    coverage = Coverage(data_file=None, branch=True, include=[str(path)], config_file=False)
    coverage.start()
    function(value)
    coverage.stop()
    coverage.json_report(outfile=str(path) + ".json")
    (found,) = json.loads(Path(str(path) + ".json").read_text())["files"].values()
    branches = Branches(function)
    return sorted(branches.key(a, b) for a, b in found["missing_branches"])


def test_each_way_is_named_by_its_condition(tmp_path: Path) -> None:
    for text in (SHORT, LONG):
        path, function = module(tmp_path, text)
        assert missing(path, function, 1) == [
            "f: for i in range(a) -> again", "f: for i in range(a) -> ends", "f: if a == 1 -> no",
        ]  # fmt: skip
        assert missing(path, function, 0) == [
            "f: for i in range(a) -> again", "f: if a == 1 -> yes",
        ]  # fmt: skip
        assert sorted(Branches(function).names()) == [
            "f: for i in range(a) -> again", "f: for i in range(a) -> ends",
            "f: if a == 1 -> no", "f: if a == 1 -> yes",
        ]  # fmt: skip
