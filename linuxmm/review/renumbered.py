# SPDX-License-Identifier: GPL-2.0-or-later
"""Constants whose number a patch changes, though what they mean is their name.

An enumerator, or a bit (`1 << 3`, `BIT(3)`), is asked for on either side of a call: who runs as
text has the new number, and the model, which is a driver or a caller there, the old one.  What
such a run shows is no fault of the patch.  (Constants of one side alone, limits above all, are
not meant; of those that the border knows by name the text has the model's number.)
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from linuxmm.review.placing import Sides
from linuxmm.source.parser import text_of
from linuxmm.source.program import Program
from linuxmm.source.tree import SourceTree

_BIT: Final = re.compile(r"<<|\b_?BIT(?:_ULL|UL)?\(")
_WORD: Final = re.compile(r"\b[A-Za-z_]\w*\b")
Where = tuple[str, str]


def renumbered(
    programs: tuple[Program, Program], sides: Mapping[str, Sides], wheres: set[Where]
) -> str:
    """A sentence about one of them that these functions use; empty when there is none."""
    used = _used(programs, wheres)
    for path in sorted(sides):
        for name in sorted(_names(programs, path) & used):
            old, new = (program.constant(name, path) for program in programs)
            if old is not None and new is not None and old.constant != new.constant:
                numbers = f"{new.constant} after the patch and {old.constant} before"
                return f"{name} is {numbers}, and the model knows it by the old number"
    return ""


def _names(programs: tuple[Program, Program], path: str) -> set[str]:
    """Enumerators and bits of a file that both sides have, not in the same words."""
    old, new = (dict(_texts(program.tree, path)) for program in programs)
    return {name for name in old.keys() & new.keys() if old[name] != new[name]}


def _texts(tree: SourceTree, path: str) -> Iterator[tuple[str, str]]:
    file = tree.file(path)
    if file is None:
        return
    yield from file.enumerators.items()
    for name, macro in file.macros.items():
        if macro.params is None and _BIT.search(macro.text):
            yield name, macro.text


def _used(programs: tuple[Program, Program], wheres: set[Where]) -> set[str]:
    """The words of the C of these functions."""
    found: set[str] = set()
    for program in programs:
        for path, name in wheres:
            file = program.tree.file(path)
            node = file.functions.get(name) if file is not None else None
            if node is not None:
                found.update(_WORD.findall(text_of(node)))
    return found
