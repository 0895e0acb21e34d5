"""Two translations of a function, with a note taken wherever one says what the other does not.

    marks = mark(before, after)          # of every function whose text differs
    ... run; whoever comes to a changed place calls `reached(number)` ...

A place is the first line of a changed block: a block that is entered is run to its end or left
by what stands in it.  The notes change nothing of what is computed.
"""

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from linuxmm.source.program import Program

_NUMBER: Final = re.compile(r"(?<![\w.])\d{5,}")
REACHED: Final = "reached"  # the name that marked text calls; no translated name is like it
_HEAD: Final = ("def ", "    '", "    site = ", "    fuel = 0", "    jump = 0", "    fp = frame(")
Where = tuple[str, str]  # file and function


@dataclass(frozen=True)
class Place:
    """A changed block: of which function, on which side ("before", "after"), the nth of them."""

    where: Where
    side: str
    line: int  # of the Python text, from 0


@dataclass(frozen=True)
class Marks:
    """The places of two programs, and the marked texts of either."""

    places: tuple[Place, ...]
    before: Mapping[Where, str]
    after: Mapping[Where, str]

    def of(self, where: Where) -> list[int]:
        """The numbers of the places of a function."""
        return [n for n, place in enumerate(self.places) if place.where == where]


def with_marks(program: Program, texts: Mapping[Where, str]) -> Program:
    """The program with these texts for its own."""
    other = copy(program)
    other.texts = {**program.texts, **texts}
    return other


def mark(before: Program, after: Program, wheres: set[Where]) -> Marks:
    """Mark these functions where their two translations differ; one that is new, at its start."""
    places: list[Place] = []
    texts: dict[str, dict[Where, str]] = {"before": {}, "after": {}}
    for where in sorted(wheres):
        old, new = before.texts.get(where, ""), after.texts.get(where, "")
        if old == new:
            continue
        changed = _changed(*(plain(text, before, after).split("\n") for text in (old, new)))
        for side, text, lines in (("before", old, changed[0]), ("after", new, changed[1])):
            if text:
                texts[side][where] = _marked(text.split("\n"), lines, where, side, places)
    return Marks(tuple(places), texts["before"], texts["after"])


def plain(text: str, *programs: Program) -> str:
    """A text without the numbers of its traps, which say where it stands and not what it does."""

    def said(match: re.Match[str]) -> str:
        number = int(match[0])
        return "trap" if any(number in program.traps for program in programs) else match[0]

    return _NUMBER.sub(said, text)


def _changed(old: list[str], new: list[str]) -> tuple[set[int], set[int]]:
    """The lines of either text that the other has not."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    ours: set[int] = set()
    theirs: set[int] = set()
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            ours |= set(range(i1, i2))
            theirs |= set(range(j1, j2))
    return ours, theirs


def _marked(
    lines: list[str], changed: set[int], where: Where, side: str, places: list[Place]
) -> str:
    """The text with a call before each changed block; the places are added."""
    out: list[str] = []
    for n, line in enumerate(lines):
        if n in changed and _begins(lines, changed, n):
            out.append(f"{line[: _indent(line)]}{REACHED}({len(places)})")
            places.append(Place(where, side, n))
        out.append(line)
    return "\n".join(out)


def _begins(lines: list[str], changed: set[int], n: int) -> bool:
    """Does a changed block begin on this line, where a statement may stand?"""
    line = lines[n]
    if n == len(lines) - 1 or line.startswith(_HEAD) or line.lstrip().startswith("else:"):
        return False  # the last line is the translator's own
    above = lines[n - 1]
    if n - 1 not in changed or above.endswith(":") or above.startswith(_HEAD):
        return True
    return _indent(above) != _indent(line)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
