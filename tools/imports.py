#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Imports go one way: prints every circle and every arrow back, from the syntax trees alone.

    tools/imports.py [PACKAGE_DIR]    exit 1 when there is one, 0 when there is none

A package knows the floors below it and itself; two packages of one floor know nothing of each
other.  Imports inside functions and under TYPE_CHECKING count: a late import hides no arrow.
"""

import ast
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

FLOORS: Final = (
    {"version", "errors", "core", "uapi"},
    {"files", "procfs", "cache", "printed", "notebook"},
    {"spread"},  # units of work, which know no model: a table of words names who does them
    {"arch"},
    {"state"},
    {"kernels", "mm"},
    {"fs", "lib"},
    {"steps"},
    {"machine", "scenario"},  # the model, step by step; the language, which knows no model
    {"promises"},
    {"source"},  # C of a tree, executed on the model
    {"play"},  # a scenario on the model
    {"explore", "generate", "inspect"},
    {"review", "validate"},
    {"picture"},  # HTML of what the verbs found
    {"api"},
    {"cli", "pytest_plugin"},
    {"", "__main__"},  # the package itself hands on what users import
)
# The kernel's own way back: mm/memory.c:do_swap_page calls the driver through dev_pagemap_ops.
EXCEPTIONS: Final = {("mm.memory.fault", "lib.test_hmm")}

Imports = dict[str, set[str]]  # module -> modules, names without the root package


def imports_of(root: Path) -> Imports:
    """Who imports whom; the root package itself is "", a subpackage its __init__."""
    modules = {_name(path, root): path for path in sorted(root.rglob("*.py"))}
    found: Imports = {}
    for name, path in modules.items():
        here = name if path.name == "__init__.py" else name.rpartition(".")[0]
        tree = ast.parse(path.read_text(), str(path))
        found[name] = {
            module
            for wanted in _wanted(tree, root.name, here)
            for module in [_module(wanted, modules)]
            if module not in (None, name)
        }
    return found


def _name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _wanted(tree: ast.Module, root: str, here: str) -> Iterator[str]:
    """Dotted names that are imported, without the root: of a module, or of something in one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = node.module or ""
            if node.level:
                up = [root, *here.split(".")] if here else [root]
                start = ".".join(up[: len(up) - node.level + 1] + ([start] if start else []))
            names = [f"{start}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name == root or name.startswith(f"{root}."):
                yield name[len(root) + 1 :]


def _module(wanted: str, modules: dict[str, Path]) -> str | None:
    """The module that is meant: the name itself, or what it is taken out of."""
    if wanted in modules:
        return wanted
    parent = wanted.rpartition(".")[0]
    return parent if parent in modules else None


def circles(found: Imports) -> list[str]:
    """One line for each circle, as long as there is one; each is cut open where it was found."""
    left = {name: set(of) for name, of in found.items()}
    lines = []
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            circle: list[str] = error.args[1]
            lines.append("circle: " + " <- ".join(name or "__init__" for name in circle))
            left[circle[1]].discard(circle[0])
        else:
            return lines


def arrows_back(found: Imports) -> list[str]:
    """One line for each import of a higher floor or of a neighbour."""
    floor = {package: i for i, packages in enumerate(FLOORS) for package in packages}
    lines = []
    for name, of in sorted(found.items()):
        home = name.split(".")[0]
        if home not in floor:
            lines.append(f"no floor: {name}: say in tools/imports.py where it stands")
            continue
        for other in sorted(of):
            there = other.split(".")[0]
            if there == home or (name, other) in EXCEPTIONS:
                continue
            if floor.get(there, len(FLOORS)) >= floor[home]:
                lines.append(f"arrow back: {name or '__init__'} -> {other or '__init__'}")
    return lines


def main(argv: list[str]) -> int:
    default = Path(__file__).parent.parent / "linuxmm"
    root = Path(argv[0]).resolve() if argv else default.resolve()
    found = imports_of(root)
    if not found:
        sys.exit(f"imports: no Python modules in {root}")
    back = circles(found) + arrows_back(found)
    for line in back:
        print(line)
    print(f"{len(found)} modules, {len(back)} circles and arrows back")
    return 1 if back else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
