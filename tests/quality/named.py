# SPDX-License-Identifier: GPL-2.0-or-later
"""Places of the source that a page names: files, and what they define.

A place is written `mm/gup/follow.py`, `mm/gup/follow.py:follow_page_pte`,
`machine.py:Machine.call`, `kernels/*.toml`, `docs/facts/`, `cli/NAME.py` (any): seen from the top
of the repository or from `linuxmm/`.
"""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from tests.quality.cited import ROOT

_SEEN_FROM: Final = (ROOT, ROOT / "linuxmm")
_PLACE: Final = re.compile(
    r"(?<![\w./<:-])((?:[\w*.-]+/)*[\w*-]+\.(?:py|toml|mm|md|c|h|json)|(?:[\w.-]+/)+)"
    r"(?::([A-Za-z_][\w.]*\w))?(?![\w/(])"
)
_LINK: Final = re.compile(r"\]\([^)]*\)")
# the kernel's own files: not ours to find
_OF_THE_KERNEL: Final = re.compile(r"^(mm|fs/proc|lib|arch|include|kernel|drivers)/[\w/.-]*\.[ch]$")


class Place(NamedTuple):
    """A file or a folder (perhaps with `*`), and a name that it defines, or ""."""

    path: str
    name: str

    def __str__(self) -> str:
        return f"{self.path}:{self.name}" if self.name else self.path


def places(text: str) -> list[Place]:
    """Every place that a page names, in code spans, tables and pictures."""
    found = [Place(path, name) for path, name in _PLACE.findall(_LINK.sub("]", text))]
    return [place for place in found if not _OF_THE_KERNEL.match(place.path)]


def exists(place: Place) -> bool:
    """Is there such a file, and does it define that name?"""
    pattern = re.sub(r"\b(?:NAME|FOLDER)\b", "*", place.path)
    files = [f for top in _SEEN_FROM for f in top.glob(pattern)]
    return any(not place.name or place.name in defined(file) for file in files)


def calls(caller: Place, callee: Place) -> bool:
    """Does the text that makes one name (a function, or an assignment) name another one?"""
    (file,) = (ROOT / "linuxmm").glob(caller.path)
    text = file.read_text()
    makes = [node for node in ast.parse(text).body if caller.name in _names([node], "")]
    source = "\n".join(ast.get_source_segment(text, node) or "" for node in makes)
    return re.search(rf"\b{callee.name}\b", source) is not None


@cache
def defined(path: Path) -> frozenset[str]:
    """What a module defines at its top and in its classes: `step`, `Machine.call`, `SITES`."""
    if path.suffix != ".py":
        return frozenset()
    return frozenset(_names(ast.parse(path.read_text()).body, ""))


def _names(body: list[ast.stmt], prefix: str) -> set[str]:
    found: set[str] = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(prefix + node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {prefix + node.name} | _names(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.Assign):
            found |= {prefix + t.id for t in node.targets if isinstance(t, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(prefix + node.target.id)
    return found
