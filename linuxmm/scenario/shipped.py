# SPDX-License-Identifier: GPL-2.0-or-later
"""The scenarios that come with linuxmm: in the package when installed, else beside it."""

from pathlib import Path
from typing import Final

from linuxmm.errors import ScenarioError, nearest

SUFFIX: Final = ".mm"
PACKAGE: Final = Path(__file__).resolve().parents[1]


def folder() -> Path:
    """Where they lie: a wheel has them inside the package (`setup.py`), a tree at its top."""
    inside = PACKAGE / "scenarios"
    return inside if inside.is_dir() else PACKAGE.parent / "scenarios"


def called(file: str) -> str:
    """What `linuxmm run` takes for it: a shipped file of a package by its name, others by path."""
    path = Path(file)
    if not path.is_absolute() or not path.is_relative_to(folder()):
        return file
    return str(path.relative_to(folder()).with_suffix(""))


def file_of(name: str) -> Path:
    """The file of a shipped scenario by its name, or path below the folder without suffix.

    Raises: ScenarioError, which names the nearest.
    """
    found = {path: path.relative_to(folder()) for path in sorted(folder().rglob(f"*{SUFFIX}"))}
    whole = {str(inner.with_suffix("")): path for path, inner in found.items()}
    if name in whole:
        return whole[name]
    named = [path for path in found if path.stem == name]
    if len(named) == 1:
        return named[0]
    if named:
        several = " or ".join(str(found[path].with_suffix("")) for path in named)
        raise ScenarioError(f"several scenarios have this name: {several}", file=name)
    stems = [path.stem for path in found]
    raise ScenarioError(
        f"no such file, and no scenario of this name{nearest(name, stems)}", file=name
    )
