# SPDX-License-Identifier: GPL-2.0-or-later
"""Translations that take a note of where a run comes by: of every line, or where two differ.

    marks = mark(before, after, {("mm/mlock.c", "mlock_pte_range")})
    texts, numbers = marked_throughout(program)
    ... run with `Executed(noted=...)`: whoever comes to a place calls `reached(number)` ...

Of two texts, a place is the first line of a changed block (a block that is entered is run to its
end or left by what stands in it), and each of the two ways that a changed condition can go, with
what its parts come by (`decisions.py`); of a call for its effect alone, that it had one.  Of
conditions that both sides have it is counted how often each went which way: where that differs the
two part inside, even if nobody sees it.  The notes change nothing of what is computed.
"""

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Final

from linuxmm.source.decisions import Condition, calls, condition, noted, valued, wanted
from linuxmm.source.notes import BEGUN, DECIDED, ENDED, PASSED, REACHED, SET
from linuxmm.source.program import Program
from linuxmm.source.unfold import Unfolded, one_expression, unfold

_NUMBER: Final = re.compile(r"(?<![\w.])\d{5,}")
_VARIABLE: Final = re.compile(r"\bv_\w+")
_SETS: Final = re.compile(r"(v_\w+) = (.+)")
MAX_RENAMED: Final = 16  # variables of a function that are looked for under another name
EFFECT: Final = "with an effect"
DIFFER: Final = "where the two differ"
VALUES: Final = "of another value"
SETS: Final = "with another value than there was"
LEFT_OUT: Final = "with anything that the model has"
_CONDITION: Final = re.compile(r"(\s+)(if|while) (.+):")
# Conditions of the translator's own: segments, jumps, and the bounds of loops and calls.
_OURS: Final = re.compile(
    r"(?:if|while) (?:pc\d+ <= \d+|jump(?: == \d+)?|fuel > \d+|True|(?:.* and )?spent\(.*\)):"
)
_FOR_EFFECT: Final = re.compile(
    r"\s*(?:\(1 if )?(?!bug_on|clear_cells|missing|null|dry|unset)\w+\(m, .*\)"
)
_IGNORED: Final = re.compile(r"\s*ignored\(")
_NOTHING: Final = re.compile(r"\s*(?:pass|ignored\(.*\))")
_HEAD: Final = ("def ", "    '", "    site = ", "    fuel = 0", "    jump = 0", "    fp = frame(")
Where = tuple[str, str]  # file and function
Line = tuple[str, str, int]  # of a function's Python text, from 1


@dataclass(frozen=True)
class Place:
    """A changed block, one way that a changed condition or a part of it goes ("true", "false").

    Or (EFFECT) that a call changed something, (DIFFER) that a part went otherwise than another did,
    (VALUES) that a call gave two values, (SETS) that a variable got another one than it had.
    (LEFT_OUT) of a store to what the model has not, and of a condition with nothing else under it:
    nobody ever comes by.

    side: "before" or "after"; text: the line of Python, without the numbers of its traps.
    """

    where: Where
    side: str
    text: str
    way: str = ""
    part: str = ""  # of a condition


@dataclass(frozen=True)
class Marks:
    """The places of two programs, and the marked texts of either."""

    places: tuple[Place, ...]
    before: Mapping[Where, str]
    after: Mapping[Where, str]
    common: tuple[Place, ...] = ()  # conditions that both sides have, by the number in `passed`

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
    common: list[Place] = []
    texts: dict[str, dict[Where, str]] = {"before": {}, "after": {}}
    sides = [one_expression(program) for program in (before, after)]
    for where in sorted(wheres):
        old, new = before.texts.get(where, ""), after.texts.get(where, "")
        said = [plain(text, before, after) for text in (old, new)]
        bare = tuple(text.split("\n") for text in (said[0], under_names_of(*said)))
        pairs = matched_lines(*bare) if old and new else []
        first = len(common)
        common += [Place(where, "", bare[0][i].strip()) for i, _ in pairs]
        knowns = [{pair[n]: first + at for at, pair in enumerate(pairs)} for n in (0, 1)]
        asked = [_conditions(*each) for each in zip((old, new), knowns, sides, strict=True)]
        called = [_calls_of(text, known) for text, known in zip((old, new), knowns, strict=True)]
        for n, (side, text) in enumerate((("before", old), ("after", new))):
            if text:
                one = _Marking(where, side, text.split("\n"), bare[n], knowns[n], places, sides[n])
                if old and new:
                    others = frozenset(_VARIABLE.findall((old, new)[1 - n]))
                    one = replace(one, asked=asked[1 - n], called=called[1 - n], others=others)
                texts[side][where] = one.text()
    return Marks(tuple(places), texts["before"], texts["after"], tuple(common))


def _conditions(text: str, known: Mapping[int, int], says: Unfolded) -> list[Condition]:
    """The conditions of a text that the other one has not."""
    lines = (line for n, line in enumerate(text.split("\n")) if n not in known)
    found = (_CONDITION.fullmatch(line) for line in lines if not _OURS.match(line.lstrip()))
    return [condition(unfold(match[3], says)) for match in found if match is not None]


def _calls_of(text: str, known: Mapping[int, int]) -> frozenset[str]:
    """The calls, under no names of variables, in lines of a text that the other one has not."""
    lines = [line.strip() for n, line in enumerate(text.split("\n")) if n not in known]
    return frozenset(
        part.bare
        for line in lines
        for part in calls(f"{line} pass" if line.endswith(":") else line)
    )


def marked_throughout(program: Program) -> tuple[dict[Where, str], dict[Line, int]]:
    """Every function with a note before each statement, and the number of each line with one."""
    numbers: dict[Line, int] = {}
    texts = {}
    for where, text in program.texts.items():
        out = []
        for n, line in enumerate(text.split("\n"), 1):
            if line.strip() and not line.startswith("def ") and line.strip() != "else:":
                number = numbers[*where, n] = len(numbers)
                out.append(_note(line, number))
            out.append(line)
        texts[where] = "\n".join(out)
    return texts, numbers


def _note(line: str, number: int) -> str:
    """What stands before a statement that takes a note."""
    return f"{line[: _indent(line)]}{REACHED}({number})"


def plain(text: str, *programs: Program) -> str:
    """A text without the numbers of its traps, which say where it stands and not what it does."""

    def said(match: re.Match[str]) -> str:
        number = int(match[0])
        return "trap" if any(number in program.traps for program in programs) else match[0]

    return _NUMBER.sub(said, text)


def under_names_of(old: str, new: str) -> str:
    """The new text with variables that are another name for one of the old text called as there."""
    gone, come = ({*_VARIABLE.findall(text)} for text in (old, new))
    gone, come = gone - come, come - gone
    lines = {line.strip() for line in old.split("\n")}
    for name in sorted(come)[:MAX_RENAMED]:
        theirs = [line.strip() for line in new.split("\n") if _said_in(name, line)]
        told = {was: sum(_called(was, name, line) in lines for line in theirs) for was in gone}
        best = max(sorted(told), key=lambda was: told[was], default="")
        if best and 2 * told[best] > len(theirs):
            gone.discard(best)
            new = _called(best, name, new)
    return new


def _said_in(name: str, line: str) -> bool:
    return name in _VARIABLE.findall(line)


def _called(was: str, name: str, text: str) -> str:
    return re.sub(rf"\b{name}\b", was, text)


def matched_lines(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    """The lines that both texts have, by their numbers (from 0) in each.

    A block that only goes deeper as a whole is the same: a new label does that.
    """
    found: list[tuple[int, int]] = []
    matcher = SequenceMatcher(None, _steps(old), _steps(new), autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            found += zip(range(i1, i2), range(j1, j2), strict=True)
            continue
        inner = SequenceMatcher(None, old[i1:i2], new[j1:j2], autojunk=False)
        for i, j, count in inner.get_matching_blocks():  # only what stands above has changed
            found += [(i1 + i + n, j1 + j + n) for n in range(count)]
    return found


def changed_lines(old: list[str], new: list[str]) -> tuple[set[int], set[int]]:
    """The lines of either text that the other has not, by number from 0."""
    pairs = matched_lines(old, new)
    ours, theirs = ({pair[n] for pair in pairs} for n in (0, 1))
    return {*range(len(old))} - ours, {*range(len(new))} - theirs


def met_lines(before: str, after: str) -> set[int]:
    """Lines of a text, from 1: a run that comes by none of them is the same in the other text."""
    old, new = before.split("\n"), after.split("\n")
    found: set[int] = set()
    for tag, i, j, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            found |= set(_met(old, i, j, new[first:last]))
    return found


def _met(old: list[str], i: int, j: int, new: list[str]) -> range:
    """Where lines i to j, from 0, have become others: what a run comes by that would meet these.

    Statements in the place of statements of the same block are met by whoever meets the first of
    those.  Else whoever is in the block before, or goes on behind.
    """
    gone = old[i:j]
    if gone and _is_block(gone) and (not new or _is_block(new, _indent(gone[0]))):
        return range(i + 1, j + 1)
    if not gone and j < len(old) and _is_block(new, _indent(old[j])) and _is_block(old[j : j + 1]):
        return range(j + 1, j + 2)
    depth = min(_indent(line) for line in (*gone, *new))
    while i > 0 and _indent(old[i - 1]) > depth:
        i -= 1
    return range(i, j + 2)


def _is_block(lines: list[str], depth: int | None = None) -> bool:
    """Statements one after the other, at this depth."""
    first = _indent(lines[0])
    whole = not lines[0].lstrip().startswith("else") and all(_indent(s) >= first for s in lines)
    return whole and depth in (None, first)


def _steps(lines: list[str]) -> list[tuple[int, str]]:
    """Each line, and how much deeper it is than the one above."""
    depths = [0, *map(_indent, lines)]
    return [(depths[n + 1] - depths[n], line.strip()) for n, line in enumerate(lines)]


@dataclass(frozen=True)
class _Marking:
    """One text while it is marked; its places are added to those that there are.

    known: lines that the other text has, too, with the number of each; says: what functions that
    are one expression return; asked: the conditions that it has besides (None: it has not this
    function), called: the calls, others: its variables.
    """

    where: Where
    side: str
    lines: list[str]
    bare: list[str]
    known: Mapping[int, int]
    places: list[Place]
    says: Unfolded
    asked: list[Condition] | None = None
    called: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()  # the variables of the other text

    def text(self) -> str:
        """The text with a note before each changed block and in each changed condition."""
        out: list[str] = []
        for n, line in enumerate(self.lines):
            if n not in self.known and self._begins(n):
                out.append(_note(line, self._place(n)))
            if n not in self.known and _IGNORED.match(line):
                self._place(n, LEFT_OUT)
            if n not in self.known and self.asked is not None and _FOR_EFFECT.fullmatch(line):
                number, depth = self._place(n, EFFECT), line[: _indent(line)]
                own = self._valued(n)
                out += [f"{depth}{BEGUN}({number}, m)", own, f"{depth}{ENDED}({number}, m)"]
            else:
                out.append(self._decided(n))
        return "\n".join(out)

    def _place(self, n: int, way: str = "", part: str = "") -> int:
        self.places.append(Place(self.where, self.side, self.bare[n].strip(), way, part))
        return len(self.places) - 1

    def _begins(self, n: int) -> bool:
        """Does a changed block begin on this line, where a statement may stand?"""
        line = self.lines[n]
        if n == len(self.lines) - 1 or line.startswith(_HEAD):
            return False  # the last line is the translator's own
        if line.lstrip().startswith("else:") or _OURS.match(line.lstrip()) or "dry(m, " in line:
            return False
        if line.strip() == "break" and self._is_end(n):
            return False
        above = self.lines[n - 1]
        if above.endswith(":") and "spent(m, " in above:
            return False
        if n - 1 in self.known or above.endswith(":") or above.startswith(_HEAD):
            return True
        return _indent(above) != _indent(line)

    def _is_end(self, n: int) -> bool:
        """Is it the end of a label's segments that no statement falls through to?"""
        depth = _indent(self.lines[n])
        if not self.lines[n - 1].lstrip().startswith(("return", "continue")):
            return False
        opener = next(line for line in reversed(self.lines[:n]) if _indent(line) <= depth)
        return opener.lstrip().startswith("if pc")

    def _decided(self, n: int) -> str:
        """The line; a condition with a note of how it went."""
        line = self.lines[n]
        match = _CONDITION.fullmatch(line)
        if match is None:
            return self._valued(n)
        if _OURS.match(line.lstrip()):
            return line
        if n in self.known:
            return f"{match[1]}{match[2]} {PASSED}({self.known[n]}, {match[3]}):"
        whole = condition(unfold(match[3], self.says))
        notes = []
        for each in wanted(whole, self.asked or []) if self.asked is not None else ():
            ways = ("true", "false") if each.other is None else (DIFFER,)
            numbers = [self._place(n, way, each.part.text) for way in ways]
            notes.append((each, numbers[0]))
        number = self._place(n, "true")
        self._place(n, "false")
        if self._is_empty(n):
            self._place(n, LEFT_OUT)
        return f"{match[1]}{match[2]} {DECIDED}({number}, {noted(whole, notes)}):"

    def _is_empty(self, n: int) -> bool:
        """Does a condition decide nothing but what is left out of the translation?"""
        depth = _indent(self.lines[n])
        end = next(i for i in range(n + 1, len(self.lines)) if _indent(self.lines[i]) <= depth)
        if self.lines[end].lstrip().startswith("else:"):
            return False
        return all(_NOTHING.fullmatch(line) for line in self.lines[n + 1 : end])

    def _valued(self, n: int) -> str:
        """The line; where it is no condition, with a note of what its new calls give."""
        line = self.lines[n]
        if n in self.known or self.asked is None or line.startswith(_HEAD):
            return line
        statement, end, notes = line.strip(), 0, []
        for part in sorted(calls(statement), key=lambda part: (part.begin, -part.end)):
            if part.bare not in self.called and part.begin >= end:
                notes.append((part, self._place(n, VALUES, part.text)))
                end = part.end
        return line[: _indent(line)] + self._sets(n, valued(statement, notes))

    def _sets(self, n: int, statement: str) -> str:
        """The statement; of one that makes a variable of both texts from itself, with a note.

        `pte = pte_wrprotect(pte)` that goes is told from nothing by an entry that was writable.
        """
        match = _SETS.fullmatch(statement)
        if match is None or match[1] not in self.others:
            return statement
        if match[1] not in _VARIABLE.findall(match[2]):
            return statement
        return f"{match[1]} = {SET}({self._place(n, SETS)}, lambda: {match[1]}, {match[2]})"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
