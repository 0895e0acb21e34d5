# SPDX-License-Identifier: GPL-2.0-or-later
"""The text of a patch, executed: what it touches runs on both sides in the core's place.

What rules cannot express is judged by its text alone.  What was read as rules is judged as rules,
and its text is held against them (`agreement.py`).  A function that cannot run says why.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from linuxmm.core import CORE_FUNCTIONS
from linuxmm.errors import InputError, Skipped
from linuxmm.kernels import Kernel, same_rules
from linuxmm.review.placing import Sides
from linuxmm.review.reading import NOT_MODELLED, Fit, HunkReading, Reading, Stop
from linuxmm.review.renumbered import renumbered
from linuxmm.review.reworded import leaves_out, other_names, passed_over
from linuxmm.review.runs import Prepared, Run, Variants
from linuxmm.review.standing import Standing
from linuxmm.review.touched import ALONE, ELSEWHERE, REWORDED, SAME, STATUSES, Execution, Touched
from linuxmm.source.body import TOO_MUCH
from linuxmm.source.border import border
from linuxmm.source.config import config_of
from linuxmm.source.enter import IN_A_SEARCH
from linuxmm.source.execute import Executed, Version, translated
from linuxmm.source.marked import Marks, Place, mark
from linuxmm.source.parser import text_of
from linuxmm.source.program import Trap
from linuxmm.source.transcribed import still_runs
from linuxmm.source.tree import HEADERS, SourceTree
from linuxmm.source.twins import TWINS

EXECUTED: Final = "executed"
_FILES: Final = frozenset(twin.path for twin in TWINS)
_TWINS: Final = {twin.place: twin for twin in TWINS}
_QUIET: Final = ("comment", "blank", "prototype")
Where = tuple[str, str]


def executed(
    reading: Reading, standing: Standing, carried: frozenset[str] = frozenset()
) -> Reading:
    """The reading with what is executed of the patch; the same where nothing of it can be.

    Where it had to be and could not, a note says why.  carried: functions with a twin that earlier
    parts of the series changed and that ran: their text goes on running, as it stands by now.
    """
    stands = standing.stands(reading.patch)
    reading = replace(reading, stands=stands.word)
    if all(hunk.kind in _QUIET for hunk in reading.hunks):
        return reading
    wrong = [why for path, why in stands.misfits if _is_near(path)]
    if wrong:
        return _noted(reading, wrong[0])
    sides = {one.diff.path: one for one in stands.sides if _is_near(one.diff.path)}
    if not carried and not any(_has_code(side, config_of(reading.base)) for side in sides.values()):
        return reading
    try:
        return _Patch(reading, standing, sides, carried).reading()
    except (Skipped, InputError) as error:
        return _noted(reading, str(error))


def _has_code(side: Sides, config: frozenset[str]) -> bool:
    """Does the patch change code of this file, not comments alone?"""
    return next(Prepared(side, config).code(), None) is not None


def _is_near(path: str) -> bool:
    """May the text of this file come to what runs?"""
    return path in _FILES or (path.endswith(".h") and path.rpartition("/")[0] in HEADERS)


def _noted(reading: Reading, why: str) -> Reading:
    return replace(reading, notes=(*reading.notes, f"not executed: {why}"))


def _missing(version: Version, where: Where) -> Iterator[Trap]:
    """What a function cannot be translated for, in the order of its lines."""
    traps = sorted(version.program.traps.values(), key=lambda trap: trap.line)
    for trap in traps:
        if (trap.path, trap.function) == where and trap.kind == "missing":
            if trap.why != TOO_MUCH:  # no place of the C
                yield trap


@dataclass(frozen=True)
class _Seen:
    """One run of changed code: in which functions, and whether the translation shows it."""

    run: Run
    functions: frozenset[str | None]
    shows: bool | None
    reworded: bool = False  # it does not show, and says the same
    hides: str = ""  # a call in it that the border passes over, which only one side has


class _Patch:
    """One patch while it is translated on both sides."""

    def __init__(
        self,
        reading: Reading,
        standing: Standing,
        sides: Mapping[str, Sides],
        carried: frozenset[str],
    ) -> None:
        self.of, self.sides, self.carried = reading, sides, carried
        self.config = config_of(reading.base)
        self.trees = _trees(reading, standing, self.config)
        self.changed = set(_changed_functions(self.trees, sides))
        self.touched = frozenset(name for _, name in self.changed)
        self.before, self.after = (translated(tree, self.touched) for tree in self.trees)
        self.variants = Variants(self.trees, (self.before, self.after), sides, self.touched)
        self.places = frozenset(self.variants.places)
        self._refuse_other_numbers()
        self.seen = self._runs()

    def _refuse_other_numbers(self) -> None:
        """Raises: InputError where the text and the model would mean two numbers by one name."""
        if self.places:
            both = [next(iter(side.values())).program for side in (self.before, self.after)]
            why = renumbered((both[0], both[1]), self.sides, self._covered(self.places))
            if why:
                raise InputError(why)

    # --- what runs ---
    def _runs(self) -> list[_Seen]:
        found: dict[Run, frozenset[str | None]] = {}
        texts: dict[Run, Prepared] = {}
        for side in self.sides.values():
            prepared = Prepared(side, self.config)
            for run in prepared.code():
                found[run] = frozenset(prepared.functions(run, self.trees))
                texts[run] = prepared
        first = {run: next(iter(sorted(filter(None, names))), None) for run, names in found.items()}
        shown = self.variants.shown([*found], first)
        return [
            _Seen(
                run,
                names,
                shown[run],
                shown[run] is False and self._is_reworded(run, names, texts[run]),
                passed_over(*texts[run].changed(run)),
            )
            for run, names in found.items()
        ]

    def _is_reworded(self, run: Run, names: frozenset[str | None], text: Prepared) -> bool:
        """Is nothing of a run left out of the translation, where others would show?"""
        own = [(run.path, name) for name in names if name]
        sides = (self.before, self.after)
        twins = [p for p in sides[0].keys() & sides[1].keys() if {*own} & self._covered((p,))]
        if not twins or None in names:
            return False
        programs = [side[twins[0]].program for side in sides]
        lines = zip(text.changed(run), programs, strict=True)
        if any(leaves_out(each, run.path, program) for each, program in lines):
            return False
        twin = sorted(twins)[0]
        return self.variants.is_whole(run, twin) and self.variants.is_alive(run, twin)

    def _covered(self, places: Iterable[str]) -> set[Where]:
        """Every function that runs as text for these functions with a twin."""
        return {where for place in places for where in self._reached[place]}

    @cached_property
    def _reached(self) -> dict[str, set[Where]]:
        """Of each function with a twin that both sides have, all that runs as text for it."""
        return {
            place: {
                where
                for side in (self.before, self.after)
                for where in side[place].program.reached(*_where(place))
            }
            for place in self.before.keys() & self.after.keys()
        }

    def _run_in(self, where: Where) -> tuple[str, ...]:
        """The functions with a twin that come to this one."""
        return tuple(place for place in sorted(self._reached) if where in self._reached[place])

    # --- the reading ---
    def reading(self) -> Reading:
        """The kernels with what has to run as text, every hunk, every function."""
        hunks = tuple(self._hunk(hunk) for hunk in self.of.hunks)
        run = self._places_of([hunk for hunk in hunks if hunk.kind == EXECUTED])
        if same_rules(self.of.base, self.of.kernel):  # the text may say more than was read
            run = self.places
        run |= self.places & self.carried
        execution = self._execution(run, hunks)
        base, kernel = self.of.base, self._rules(run)
        every = run | (self.carried & self.before.keys() & self.after.keys())
        if every:
            noted = execution.marks
            base = base.replace(
                text=Executed(
                    {p: self.before[p] for p in every}, noted=noted.before, most=IN_A_SEARCH
                )
            )
            kernel = kernel.replace(
                name="patched",
                text=Executed(
                    {p: self.after[p] for p in every},
                    marked=run,
                    noted=noted.after,
                    most=IN_A_SEARCH,
                ),
            )
        names = {change.site for change in self.of.sites} - self._sites(run)
        sites = tuple(change for change in self.of.sites if change.site in names)
        return replace(
            self.of, base=base, kernel=kernel, hunks=hunks, sites=sites, execution=execution
        )

    def _places_of(self, hunks: list[HunkReading]) -> frozenset[str]:
        """The functions with a twin that a change of these hunks comes to."""
        keys = {(hunk.file, hunk.hunk) for hunk in hunks}
        found: set[str] = set()
        for one in self.seen:
            if (one.run.path, one.run.header) in keys:
                names = {(one.run.path, name) for name in one.functions if name}
                inside = {p for p in self.places if names & self._covered((p,))}
                found |= self.places if None in one.functions or not inside else inside
        return frozenset(found)

    def _sites(self, places: Iterable[str]) -> set[str]:
        """The sites whose rule the text of these functions stands for."""
        return {_TWINS[place].site for place in places} - {""}

    def _rules(self, places: frozenset[str]) -> Kernel:
        """The rules after the patch, those of the base where the text runs instead."""
        kernel = self.of.kernel
        for site in sorted(self._sites(places)):
            kernel = kernel.with_site(self.of.base.site(site))
        return kernel

    def _execution(self, run: frozenset[str], hunks: tuple[HunkReading, ...]) -> Execution:
        marks = Marks((), {}, {})
        if self.places:
            old, new = (next(iter(side.values())).program for side in (self.before, self.after))
            marks = mark(old, new, self._covered(self.places))
        functions = tuple(
            replace(self._touched(where, marks.of(where)), read=self._is_read(where, hunks, run))
            for where in sorted(self.changed)
        )
        code = {(one.run.path, one.run.header) for one in self.seen}
        several = code if len(code) > 1 else set()
        lines = {(h.file, h.hunk): h.line for h in hunks}
        return Execution(
            functions=functions,
            before=self.before,
            after=self.after,
            read=self.places - run,
            run=run,
            marks=marks,
            code=tuple((*key, lines.get(key, 0)) for key in sorted(code)),
            hunks={key: self.variants.with_hunk(*key) for key in sorted(several)},
            lines={n: self._lines(place) for n, place in enumerate(marks.places)},
            touched=self.touched,
        )

    def _lines(self, place: Place) -> tuple[int, ...]:
        """The lines of the patch that a changed place may come from."""
        near = [one.run for one in self.seen if place.where == (one.run.path, *one.functions)]
        said = [run for run in near if place.text in self.variants.said.get(run, ())]
        return tuple(run.line for run in (said or near)[:3])

    def _is_read(self, where: Where, hunks: tuple[HunkReading, ...], run: frozenset[str]) -> bool:
        """Was all that changes in a function read as rules, and does no text stand for it?"""
        headers = {one.run.header for one in self.seen
                   if one.run.path == where[0] and where[1] in one.functions}  # fmt: skip
        kinds = [hunk for hunk in hunks if hunk.file == where[0] and hunk.hunk in headers]
        rules = ("site", "lookup", "flag", "rename")
        known = bool(kinds) and all(h.kind in rules and not h.matters for h in kinds)
        return known and not any(where in self._reached[place] for place in run)

    def _touched(self, where: Where, places: list[int]) -> Touched:
        """What is known of a function before anything runs."""
        runs_in = self._run_in(where)
        if not runs_in:
            return Touched(*where, ALONE, self._why_alone(where))
        if not places:
            said = self._said_otherwise(where)
            why = said or "what changes is a constant, or nothing, here"
            return Touched(*where, REWORDED if said else SAME, why, runs_in)
        hidden = [one.run.line for one in self.seen if where == (one.run.path, *one.functions)
                  and one.shows is False and not one.reworded]  # fmt: skip
        if hidden:
            lines = ", ".join(str(line) for line in hidden[:3])
            why = f"line {lines} of the patch changes a constant, or nothing, here"
            return Touched(*where, SAME, why, runs_in)
        hides = next((one for one in self.seen if where == (one.run.path, *one.functions)
                      and one.hides), None)  # fmt: skip
        if hides is not None:
            line, why = hides.run.line, "which the model passes over"
            return Touched(
                *where, SAME, f"line {line} of the patch: {hides.hides}(), {why}", runs_in
            )
        if self._is_transcribed(where):
            why = "where no text runs the model has a transcription of it, which did not change"
            return Touched(*where, ELSEWHERE, why, runs_in, tuple(places))
        return Touched(*where, "", "", runs_in, tuple(places), self._stops(where))

    def _said_otherwise(self, where: Where) -> str:
        """In what other words a function says the same; nothing where a translation hides some."""
        own = [one for one in self.seen if where[1] in one.functions and where[0] == one.run.path]
        if own and all(one.reworded for one in own):
            return "other words for what it said, of which the model leaves out none"
        files = [tree.file(where[0]) for tree in self.trees]
        nodes = [file.functions.get(where[1]) for file in files if file is not None]
        texts = [text_of(node) for node in nodes if node is not None]
        side = next(iter(self._run_in(where)), "")
        if len(texts) == 2 and side:
            old, new = (each[side].program.texts[where] for each in (self.before, self.after))
            if other_names(texts[0], texts[1], (old, new)):
                return "its variables have other names"
        return ""

    def _is_transcribed(self, where: Where) -> bool:
        """Does what the border has for a function run besides its text?"""
        named = where[1] in border().calls and ":".join(where) not in _TWINS
        return named and self._still_runs(where[1])

    def _still_runs(self, name: str) -> bool:
        return still_runs(
            name, [side[p] for p in self.places for side in (self.before, self.after)]
        )

    def _stops(self, where: Where) -> tuple[str, ...]:
        """What the patch brings into a function that cannot be translated.

        Where it stands does not tell: lines above it may be new.
        """
        found: list[str] = []
        for place in self._run_in(where):
            known = Counter(trap.why for trap in _missing(self.before[place], where))
            for trap in _missing(self.after[place], where):
                known[trap.why] -= 1
                if known[trap.why] < 0:
                    found.append(str(trap))
        return tuple(dict.fromkeys(found))

    def _why_alone(self, where: Where) -> str:
        """Why nothing of a function runs."""
        place = ":".join(where)
        if place in _TWINS:
            side = "before" if place in self.before else "after"
            return f"{where[0]} has it {side} the patch only"
        if any(f.__name__ == where[1] for f in CORE_FUNCTIONS):
            return f"the model has its own {where[1]}, in whose place no text can be put yet"
        return "no function that runs as text comes to it"

    # --- hunks ---
    def _hunk(self, hunk: HunkReading) -> HunkReading:
        """The hunk; executed, when the translation shows all of its code."""
        own = [one for one in self.seen if (one.run.path, one.run.header) == (hunk.file, hunk.hunk)]
        if not own or (hunk.kind not in NOT_MODELLED and not hunk.matters):
            return hunk
        hidden = [one for one in own if not self._is_shown(one)]
        if all(one.reworded for one in own):
            return replace(hunk, kind="blank", why=STATUSES[REWORDED], stopped_by=(), known=(),
                           touches=(), makes=())  # fmt: skip
        if len(hidden) == len(own):
            return hunk
        names = sorted({name for one in own for name in one.functions if name})
        return replace(
            hunk,
            function=hunk.function or ", ".join(names[:3]),
            kind=EXECUTED,
            why="its text is executed",
            stopped_by=tuple(
                Stop("", one.run.line, "changes a constant, or nothing, in the model")
                for one in hidden
            ),
            known=(),
            touches=self._left_over(own, hunk),
            makes=(),
            fit=Fit("fits", ("its text stands in the tree",)),
        )

    def _is_shown(self, one: _Seen) -> bool:
        if one.shows is not None:
            return one.shows or one.reworded
        covered = self._covered(self.places)
        return all((one.run.path, name) in covered for name in one.functions if name)

    def _left_over(self, own: list[_Seen], hunk: HunkReading) -> tuple[str, ...]:
        """The records that a helper may alter where its text does not run."""
        names = {name for one in own for name in one.functions}
        told = {":".join(where) for where in self.changed} & _TWINS.keys()
        others = {n for n in names if n and f"{hunk.file}:{n}" not in told and _is_ours(n)}
        others = {n for n in others if self._still_runs(n)}
        if not others and not (None in names and hunk.file.endswith(".h")):
            return ()
        run = self._sites(self.places)
        return tuple(name for name in hunk.touches if ":" in name and name not in run)


def _is_ours(name: str) -> bool:
    """Has the model a transcription of a function, which its own functions call?"""
    return name in border().calls or any(f.__name__ == name for f in CORE_FUNCTIONS)


def _where(place: str) -> Where:
    path, _, name = place.partition(":")
    return path, name


def _trees(
    reading: Reading, standing: Standing, config: frozenset[str]
) -> tuple[SourceTree, SourceTree]:
    """The sources before and after; what the patch leaves alone is parsed once."""
    before = standing.source(reading.patch, config)
    after = standing.after(reading.patch)
    return before, SourceTree(after, config, below=before, changed=standing.changed(reading.patch))


def _changed_functions(
    trees: tuple[SourceTree, SourceTree], sides: Mapping[str, Sides]
) -> Iterator[Where]:
    """The functions of these files whose code differs, or that only one side has."""
    for path in sides:
        old, new = (tree.file(path) for tree in trees)
        ours = old.functions if old else {}
        theirs = new.functions if new else {}
        for name in {*ours, *theirs}:
            texts = [node.text.split() if node and node.text else None
                     for node in (ours.get(name), theirs.get(name))]  # fmt: skip
            if texts[0] != texts[1]:
                yield path, name
