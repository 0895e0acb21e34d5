# SPDX-License-Identifier: GPL-2.0-or-later
"""Would a wrong line of kernel C be noticed?  Small edits of the executed functions, each judged.

Every edit (`source/edits.py`) is translated in place of the function as it stands and held against
it by the search that a review makes, wherever that comes by a line of the translation that differs
(`lines.py`).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from random import Random
from typing import TYPE_CHECKING, Final

from linuxmm.errors import InputError
from linuxmm.explore.catalogue import Setup
from linuxmm.explore.corners import CORNERS
from linuxmm.explore.difference import CHANGED, FIXED, INTRODUCED, Bounds, Difference, Found
from linuxmm.explore.known_edits import reason_of
from linuxmm.explore.lines import Walk, walk
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.reasons.record import Reason
from linuxmm.explore.setups import SETUPS
from linuxmm.kernels import Kernel
from linuxmm.source.config import config_of
from linuxmm.source.edits import Asked, Edit, edits, padded
from linuxmm.source.enter import IN_A_SEARCH
from linuxmm.source.execute import Executed, Version, translated
from linuxmm.source.marked import met_lines
from linuxmm.source.parser import text_of
from linuxmm.source.program import Program
from linuxmm.source.tree import SourceTree, Texts
from linuxmm.source.twins import TWINS, Twin

if TYPE_CHECKING:
    from tree_sitter import Node

SAME: Final = "same"  # the translation is the same: nothing that the model has was touched
FOUND: Final = "found"
UNDECIDED: Final = "undecided"  # the edit leads into what is not modelled: a review says so
EQUAL: Final = "equal"  # it ran, and every state, counter and answer was the same
UNREACHED: Final = "unreached"  # no path of the catalogue comes by
SILENT: Final = "silent"  # states differ, and nothing shows it
FATES: Final = (SAME, FOUND, UNDECIDED, EQUAL, UNREACHED, SILENT)
NOTICED: Final = (INTRODUCED, CHANGED, FIXED)
_CAPITALS: Final = re.compile(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b")
_CALLED: Final = re.compile(r"\b(\w+)\s*\(")
Function = tuple[str, str]


@dataclass(frozen=True)
class EditFate:
    """What became of one edit.

    `before`, `after`: its lines; `by`: the difference that reports it; `why`: what it leads into;
    `reason`: why nothing notices it; `steps`: how many were made.
    """

    edit: Edit
    before: str
    after: str
    fate: str
    by: Difference | None = None
    why: str = ""
    reason: Reason | None = None
    steps: int = 0

    @property
    def is_unexplained(self) -> bool:
        """Has nothing noticed it, and nobody said why?"""
        return self.fate in (EQUAL, UNREACHED, SILENT) and self.reason is None


@dataclass(frozen=True)
class _Judged:
    fate: str
    by: Difference | None = None
    why: str = ""
    steps: int = 0


class SourceMutator:
    """Edits the functions of a tree that run in the core's place.

    Raises: InputError for a tree that has none of them.
    """

    def __init__(
        self,
        kernel: Kernel,
        texts: Texts,
        *,
        twins: Iterable[Twin] = TWINS,
        setups: tuple[Setup, ...] = (*SETUPS, *CORNERS),
        modifiers: int = 2,
        progress: Callable[[int, int, str], None] | None = None,
    ) -> None:
        self.kernel, self.texts = kernel, texts
        self.setups, self.modifiers, self.progress = setups, modifiers, progress
        self.tree = SourceTree(texts, config_of(kernel))
        self.versions = translated(self.tree, twins=twins)
        if not self.versions:
            raise InputError("the tree has none of the functions that are executed")
        self._known: dict[tuple[Function, str], _Judged] = {}

    @cached_property
    def program(self) -> Program:
        return next(iter(self.versions.values())).program

    @property
    def bounds(self) -> Bounds:
        """How far the walk went; of none where it was not made."""
        return self.walk.bounds if "walk" in vars(self) else Bounds()

    @cached_property
    def walk(self) -> Walk:
        """The walk through the catalogue, made when it is first wanted."""
        return walk(
            self.kernel,
            self.versions,
            self.setups,
            modifiers=self.modifiers,
            progress=self._walking,
        )

    def gather(self) -> Walk:
        """Walk through the catalogue: every edit is held against what this did."""
        return self.walk

    def _walking(self, done: int, total: int) -> None:
        if self.progress:
            self.progress(done, total, "walking through the catalogue")

    # --- what there is to edit ---
    def functions(self) -> list[Function]:
        """What runs as text, by file, in the order of each."""
        twins = [version.twin for version in self.versions.values()]
        every = {each for twin in twins for each in self.program.reached(twin.path, twin.name)}
        return sorted(every, key=lambda f: (f[0], self._node(f).start_point.row))

    def edits(self, functions: Iterable[Function] | None = None) -> list[Edit]:
        """Every edit of these functions (of all)."""
        return [edit for f in functions or self.functions() for edit in self._edits(f)]

    def _edits(self, function: Function) -> list[Edit]:
        path, name = function
        text = self.texts.text(path) or ""
        return edits(path, name, self._node(function), text, self._asked(path))

    def _node(self, function: Function) -> "Node":
        file = self.tree.file(function[0])
        assert file is not None
        return file.functions[function[1]]

    def _asked(self, path: str) -> Asked:
        """What the functions of a file that are executed know, together."""
        program = self.program
        texts = [text_of(self._node(f)) for f in self.functions() if f[0] == path]
        names = {name for text in texts for name in _CAPITALS.findall(text)}
        constants = {name for name in names if program.constant(name, path) is not None}
        calls = {name for text in texts for name in _CALLED.findall(text)}
        return Asked(
            frozenset(constants), frozenset(calls), lambda name: program.parameters(name, path)
        )

    # --- what becomes of it ---
    def fate(self, edit: Edit) -> EditFate:
        """Translate the edit, look for a difference where its lines are come by."""
        function = (edit.path, edit.function)
        before, after = edit.lines(self.texts.text(edit.path) or "")
        judged = self._judged(function, self.edited(edit))
        reason = None
        if judged.fate in (EQUAL, UNREACHED, SILENT):
            reason = reason_of(edit, before)
        return EditFate(edit, before, after, judged.fate, judged.by, judged.why, reason,
                        judged.steps)  # fmt: skip

    def edited(self, edit: Edit) -> Program:
        """The program with the edit made."""
        path, name = edit.path, edit.function
        prepared = edit.applied(padded(self._node((path, name))))
        tree = self.tree.with_function(path, name, prepared)
        return self.program.with_function(tree, path, name)

    def _judged(self, function: Function, program: Program) -> _Judged:
        old, new = self.program.texts[function], program.texts[function]
        if old == new:
            return _Judged(SAME)
        if (function, new) not in self._known:
            self._known[function, new] = self._searched(function, program, met_lines(old, new))
        return self._known[function, new]

    def _searched(self, function: Function, program: Program, changed: set[int]) -> _Judged:
        lines = self.walk.numbers((*function, line) for line in changed)
        if not self.walk.comes_by(lines):
            return _Judged(UNREACHED)
        pair = KernelPair.of(self._before(function), self._after(function, program))
        return _said(self.walk.held_against(pair, lines, *NOTICED))

    @cache  # noqa: B019 (a mutator lives as long as its command)
    def _before(self, function: Function) -> Kernel:
        versions = self._only(self.program, function)
        return self.kernel.replace(text=Executed(versions, most=IN_A_SEARCH))

    def _after(self, function: Function, program: Program) -> Kernel:
        versions = self._only(program, function)
        text = Executed(versions, marked=frozenset(versions), most=IN_A_SEARCH)
        return self.kernel.replace(name="edited", text=text)

    def _only(self, program: Program, function: Function) -> dict[str, Version]:
        """The twins that come to a function, in a program of no more than they need."""
        twins = [v.twin for v in self.versions.values()]
        theirs = [t for t in twins if function in self.program.reached(t.path, t.name)]
        small = program.only((twin.path, twin.name) for twin in theirs)
        return {t.place: Version(t, small, small.text_of(t.path, t.name)) for t in theirs}


def _said(found: Found) -> _Judged:
    differences, steps = found.of_side(*NOTICED), found.bounds.steps
    if differences:
        return _Judged(FOUND, differences[0], steps=steps)
    lost = next((found.undecided[key] for key in sorted(found.undecided)), None)
    if lost is not None:
        return _Judged(UNDECIDED, why=lost.why, steps=steps)
    return _Judged(SILENT if found.parted else EQUAL, steps=steps)


def chosen(every: list[Edit], limit: int, seed: int) -> list[Edit]:
    """So many of them by chance, in their order; 0: all."""
    if not limit or limit >= len(every):
        return every
    return [every[i] for i in sorted(Random(seed).sample(range(len(every)), limit))]
