# SPDX-License-Identifier: GPL-2.0-or-later
"""The changed lines of a patch, run by run: which of them does the translation show?

A run is a piece of a hunk that changes without a break.  It shows when the translation with it
alone, or without it alone, is another one.  What does not show is a comment, or a constant, or
nothing, in the model, and then nobody has judged it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from linuxmm.review.patch import Hunk
from linuxmm.review.placing import Sides
from linuxmm.review.reworded import PROBE, PROBED
from linuxmm.review.standing import PatchedTree
from linuxmm.source.body import TOO_MUCH
from linuxmm.source.execute import Version, translated
from linuxmm.source.marked import changed_lines, plain
from linuxmm.source.text import prepare
from linuxmm.source.tree import SourceTree
from linuxmm.source.twins import TWINS

_ENDS: Final = (";", "{", "}", ":", "*/")
MAX_TRIED: Final = 60  # translations; what is beyond is held for shown where it runs as text
# `int f(struct a *b);`, several; not the call of a function: a type stands before the name, and
# what begins a statement is none (`else f(b);`, `return f(b);`).
_NO_TYPE: Final = r"(?!(?:else|return|goto|do|case|default|sizeof|typeof)\b)"
_PROTOTYPES: Final = re.compile(rf"(?:(?:{_NO_TYPE}\w+[\s*]+)+\w+\s*\([^(){{}};=]*\)\s*;\s*)+")
_TWINS: Final = {twin.place: twin for twin in TWINS}


@dataclass(frozen=True)
class Run:
    """Lines [old, old_end) before become [new, new_end) after (from 1); of the hunk `header`.

    line: where it stands in the input.
    """

    path: str
    header: str
    line: int
    old: int
    old_end: int
    new: int
    new_end: int


def runs_of(side: Sides) -> Iterator[Run]:
    """The runs of one file, in order."""
    for hunk, old, new in zip(side.diff.hunks, side.old_at, side.new_at, strict=True):
        yield from _runs(side.diff.path, hunk, old, new)


def _runs(path: str, hunk: Hunk, old: int, new: int) -> Iterator[Run]:
    start: tuple[int, int, int] | None = None
    for n, line in enumerate((*hunk.lines, None), 1):
        kind = line.kind if line is not None else " "
        if kind != " " and start is None:
            start = (hunk.line + n, old, new)
        elif kind == " " and start is not None:
            yield Run(path, hunk.header, *_spread(start, old, new))
            start = None
        old += kind in " -"
        new += kind in " +"


def _spread(start: tuple[int, int, int], old: int, new: int) -> tuple[int, int, int, int, int]:
    line, first_old, first_new = start
    return line, first_old, old, first_new, new


class Prepared:
    """One file on both sides without comments, directives and what the configuration leaves out."""

    def __init__(self, side: Sides, config: frozenset[str]) -> None:
        self.side = side
        self.raw = tuple((text or "").split("\n") for text in (side.before, side.after))
        self.lines = tuple(_lines(text, config) for text in (side.before, side.after))

    def code(self) -> Iterator[Run]:
        """The runs that change code: not comments, white space, includes or prototypes alone.

        Code that the configuration leaves out is code.
        """
        for run in runs_of(self.side):
            (old, new), raw = _cut(self.lines, run), _cut(self.raw, run)
            if _tokens(old) != _tokens(new):
                if not all(map(_is_prototype, (old, new))):
                    yield run
            elif not _tokens(old) and not all(map(_is_comment, (*raw[0], *raw[1]))):
                yield run

    def changed(self, run: Run) -> tuple[list[str], list[str]]:
        """Its lines before and after."""
        return _cut(self.lines, run)

    def functions(self, run: Run, trees: tuple[SourceTree, SourceTree]) -> set[str | None]:
        """The functions of the changed lines of a run; None: some line is in no function."""
        found: set[str | None] = set()
        for tree, lines, first, end in (
            (trees[0], self.lines[0], run.old, run.old_end),
            (trees[1], self.lines[1], run.new, run.new_end),
        ):
            file = tree.file(run.path)
            nodes = file.functions.items() if file else ()
            for number in range(first, end):
                if lines[number - 1 : number] and lines[number - 1].strip():
                    inside = (name for name, node in nodes
                              if node.start_point[0] < number <= node.end_point[0] + 1)  # fmt: skip
                    found.add(next(inside, None))
        return found or {None}


def _cut(lines: Sequence[list[str]], run: Run) -> tuple[list[str], list[str]]:
    return lines[0][run.old - 1 : run.old_end - 1], lines[1][run.new - 1 : run.new_end - 1]


def _lines(text: str | None, config: frozenset[str]) -> list[str]:
    return prepare(text, config).text.split("\n") if text is not None else []


def _tokens(lines: list[str]) -> list[str]:
    return " ".join(lines).split()


def _is_comment(line: str) -> bool:
    bare = line.strip()
    return not bare or bare in ("*", "*/") or bare.startswith(("/*", "* ", "//", "#include"))


def _is_prototype(lines: list[str]) -> bool:
    text = " ".join(_tokens(lines))
    return len(text) < 4096 and (not text or bool(_PROTOTYPES.fullmatch(text)))


def same(one: Version, other: Version) -> bool:
    """Do two translations do the same?  The numbers of their traps may differ."""
    programs = one.program, other.program
    return one.text == other.text or plain(one.text, *programs) == plain(other.text, *programs)


def _apart(one: Version, other: Version) -> set[str]:
    """The lines of Python that only one of two translations has."""
    programs = one.program, other.program
    lines = [plain(text, *programs).split("\n") for text in (one.text, other.text)]
    ours, theirs = changed_lines(*lines)
    return {lines[0][n].strip() for n in ours} | {lines[1][n].strip() for n in theirs}


def _statements(lines: list[str], first: int, end: int) -> tuple[int, int]:
    """The lines of whole statements, from 1, around lines `first` to `end`."""
    while first > 1 and not _is_end(lines[first - 2]):
        first -= 1
    while end <= len(lines) and not _is_end(lines[end - 2]):
        end += 1
    return first, end


def _is_end(line: str) -> bool:
    """Does a statement end on this line, or is it empty?"""
    return not line.strip() or line.rstrip().endswith(_ENDS)


class Variants:
    """Trees with some runs of a patch alone, and what their translations say."""

    def __init__(
        self,
        trees: tuple[SourceTree, SourceTree],
        versions: tuple[Mapping[str, Version], Mapping[str, Version]],
        sides: Mapping[str, Sides],
        touched: frozenset[str],
    ) -> None:
        self.trees, self.versions, self.sides, self.touched = trees, versions, sides, touched
        both = sorted(versions[0].keys() & versions[1].keys())
        self.places = [p for p in both if not same(versions[0][p], versions[1][p])]
        self.left = MAX_TRIED
        self.said: dict[Run, set[str]] = {}  # lines of Python that come or go with a run alone

    def shown(self, runs: list[Run], functions: Mapping[Run, str | None]) -> dict[Run, bool | None]:
        """Of each run whether it shows in a translation; None: nobody looked."""
        if len(runs) == 1:
            return {runs[0]: bool(self.places)}
        return {run: self._shows(run, functions.get(run)) for run in runs}

    def _shows(self, run: Run, function: str | None) -> bool | None:
        for place in self._likely(run, function):
            for after in (False, True):
                if self.left <= 0:
                    return None
                self.left -= 1
                tree = self._with(run, after=after)
                other = self.versions[after][place]
                text = translated(tree, self.touched, (_TWINS[place],)).get(place)
                if text is None or not same(text, other):
                    self.said[run] = _apart(text, other) if text is not None else set()
                    return True
        return False

    def is_alive(self, run: Run, place: str) -> bool:
        """Would a statement in the place of a run show, on each side that has lines of it?"""
        side = self.sides[run.path]
        sides = ((side.before, run.old, run.old_end), (side.after, run.new, run.new_end))
        for after, (text, first, end) in enumerate(sides):
            if first == end:
                continue
            lines = (text or "").split("\n")
            lines[first - 1] = f"{PROBE} {lines[first - 1]}"
            tree = lying_over(self.trees[after], {run.path: "\n".join(lines)})
            probed = translated(tree, self.touched, (_TWINS[place],)).get(place)
            known = self.versions[after][place].text.count(PROBED)
            if probed is None or probed.text.count(PROBED) <= known:
                return False
        return True

    def is_whole(self, run: Run, place: str) -> bool:
        """Does the translation go on through each statement of a run, on both sides?"""
        side = self.sides[run.path]
        sides = ((side.before, run.old, run.old_end), (side.after, run.new, run.new_end))
        for after, (text, first, end) in enumerate(sides):
            lines = range(*_statements((text or "").split("\n"), first, end))
            traps = self.versions[after][place].program.traps.values()
            here = (t for t in traps if t.path == run.path and t.line in lines)
            if any(t.kind == "missing" and t.why != TOO_MUCH for t in here):
                return False
        return True

    def _likely(self, run: Run, function: str | None) -> list[str]:
        """The places, those first that come to the function of the run."""

        def comes(place: str) -> bool:
            return any(
                (run.path, function) in one[place].program.reached(*_where(place))
                for one in self.versions
            )

        return sorted(self.places, key=lambda place: not comes(place))

    def _with(self, run: Run, *, after: bool) -> SourceTree:
        """The tree before with one run made, or the one after with it taken back."""
        side = self.sides[run.path]
        old, new = ((text or "").split("\n") for text in (side.before, side.after))
        if after:
            lines = new[: run.new - 1] + old[run.old - 1 : run.old_end - 1] + new[run.new_end - 1 :]
        else:
            lines = old[: run.old - 1] + new[run.new - 1 : run.new_end - 1] + old[run.old_end - 1 :]
        return lying_over(self.trees[after], {run.path: "\n".join(lines)})

    def with_hunk(self, path: str, header: str) -> SourceTree:
        """The tree before with one hunk made."""
        side = self.sides[path]
        old, new = ((text or "").split("\n") for text in (side.before, side.after))
        for run in reversed([run for run in runs_of(side) if run.header == header]):
            old[run.old - 1 : run.old_end - 1] = new[run.new - 1 : run.new_end - 1]
        return lying_over(self.trees[0], {path: "\n".join(old)})


def lying_over(below: SourceTree, texts: Mapping[str, str | None]) -> SourceTree:
    """A source tree with some other texts."""
    tree = PatchedTree(_tree_of(below), texts)
    return SourceTree(tree, below.config, below=below, changed=texts)


def _tree_of(source: SourceTree) -> "PatchedTree":
    assert isinstance(source.texts, PatchedTree)
    return source.texts


def _where(place: str) -> tuple[str, str]:
    path, _, name = place.partition(":")
    return path, name
