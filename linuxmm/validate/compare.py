# SPDX-License-Identifier: GPL-2.0-or-later
"""Model and real kernel side by side: every observable of every step, masked ones counted.

What is left out, and why, ``masks.py`` says.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from linuxmm.play.matrix import system_of
from linuxmm.scenario.expect import atom_possible
from linuxmm.scenario.format import step_text
from linuxmm.scenario.outcome import (
    AnyOf,
    Atom,
    Fields,
    Flags,
    PageState,
    PageView,
    PerPage,
    Result,
    Single,
    Word,
)
from linuxmm.scenario.tree import Step
from linuxmm.scenario.words import MEMCGS
from linuxmm.validate.abilities import Abilities
from linuxmm.validate.hidden import PTE_BITS, hidden_pairs
from linuxmm.validate.masks import ABSENT, Active, Spot
from linuxmm.validate.played import PageRow, Played
from linuxmm.validate.score import Difference, Score
from linuxmm.validate.states import ANYWHERE, Mark, Marks, Page

Compared = tuple[str, int, str, str, str]  # verb, page, observable, model, kernel


# --- side by side ---------------------------------------------------------------------------------
class Comparison:
    """Compares step by step and keeps the score."""

    def __init__(self, abilities: Abilities, score: Score) -> None:
        self.score = score
        self.masks = Active(abilities)
        self.kinds: dict[Page, str] = {}  # of the pages that were mapped last
        self.marks: dict[Page, set[Mark]] = {}  # states of pages after the step
        self.here: set[Mark] = set()  # states of what is being compared
        self.file, self.system = "", "other"
        self.now = Step(0, "", "", "")

    def scenario(self, file: str, ours: Sequence[Played], theirs: Sequence[Played]) -> None:
        """The steps of one scenario, as far as both sides have made them."""
        self.score.scenarios += 1
        self.kinds = {}
        for model, kernel in zip(ours, theirs, strict=False):
            self.score.steps += 1
            self.step(file, model, kernel)

    def step(self, file: str, model: Played, kernel: Played) -> None:
        """One step: its result, what was logged, then all mapped pages."""
        step = model.step
        self.marks = _by_page(model.marks)
        before, self.kinds = self.kinds, self._kinds(model)
        self.file, self.now = file, step
        self.system = system_of(step) or "other"
        met = {**before, **self.kinds}
        for verb, page, observable, *pair in self._result(
            step.verb, model.outcome.result, kernel.outcome.result
        ):
            self._add(verb, observable, *pair, kind=_kind_of(met, step, page))
        self.here = set()
        ours = ",".join(sorted({event.name for event in model.outcome.events}))
        theirs = ",".join(sorted({event.name for event in kernel.outcome.events}))
        self._add("(events)", "events", ours or "none", theirs or "none")
        for verb, key, observable, *pair in self._pages(model.pages, kernel.pages):
            self._add(verb, observable, *pair, kind=met.get(key, ""))
        if kernel.hidden is not None and model.hidden is not None:
            for key, what, *pair in self._hidden(model.hidden, kernel.hidden):
                name = f"{key[0]}.{key[1]}[{key[2]}] {what}"
                self._add(f"({what})", name, *pair, kind=met.get(key, ""))

    def late(self, names: Sequence[str]) -> None:
        """What was logged when everything ended: nothing on a correct kernel."""
        self.here = set()
        self._add("(events)", "events at the end", "none", ",".join(sorted(set(names))) or "none")

    def _kinds(self, model: Played) -> dict[Page, str]:
        return {(p.process, p.name, p.index): p.kind for p in model.hidden or ()}

    def _add(self, verb: str, observable: str, ours: str, theirs: str, *, kind: str = "") -> None:
        """One observable more, unless it is masked."""
        agrees = ours == theirs
        if self._is_masked(verb, Spot("", not agrees, self.here, model=ours, kernel=theirs)):
            return
        self.score.add(verb, self.system, kind, agrees)
        if not agrees:
            step = self.now
            text = f"{step.label}: {step_text(step)}" if step.label else step_text(step)
            self.score.differences.append(
                Difference(self.file, step.line, text, observable, ours, theirs, verb)
            )

    # --- results ------------------------------------------------------------------------------
    def _result(self, verb: str, ours: Result, theirs: Result) -> Iterator[Compared]:
        """One for each atom that is compared; page -1: it is about the whole extent."""
        self.here = self._states(-1)
        if isinstance(ours, Single) and isinstance(theirs, Single):
            yield verb, -1, "result", *self._pair(verb, ours.atom, theirs.atom)
        elif isinstance(ours, Fields) and isinstance(theirs, Fields):
            yield from self._fields(verb, ours, theirs)
        elif (
            isinstance(ours, PerPage)
            and isinstance(theirs, PerPage)
            and ours.nr_pages() == theirs.nr_pages()
        ):
            if self.now.record.form == "status":
                yield verb, -1, "return value", *self._pair(verb, ours.ret, theirs.ret)
            for i, (a, b) in enumerate(zip(ours.atoms(), theirs.atoms(), strict=True)):
                self.here = self._states(i)
                yield verb, i, f"page {i}", *self._pair(verb, a, b)
        else:
            yield verb, -1, "result", ours.text(), theirs.text()

    def _fields(self, verb: str, ours: Fields, theirs: Fields) -> Iterator[Compared]:
        masked = self.masks.of_report(verb, ours, theirs)
        if masked is not None:
            self.score.masked[masked] += len(ours.items)
            return
        for key in dict.fromkeys([key for key, _ in (*ours.items, *theirs.items)]):
            a, b = ours.get(key), theirs.get(key)
            model, kernel = a.text() if a else ABSENT, b.text() if b else ABSENT
            if self._is_masked(verb, Spot(key, a != b, self.here, model=model, kernel=kernel)):
                continue
            if a is not None and b is not None:
                model, kernel = self._pair(verb, a, b)
            yield verb, -1, key, model, kernel

    def _states(self, page: int) -> set[Mark]:
        """States of one page of the step's extent, or (-1) of all pages of its mapping."""
        extent, found = self.now.target, set(self.marks.get(ANYWHERE, ()))
        if MEMCGS in self.now.record.groups:  # of every page
            return found.union(*self.marks.values())
        if extent is None or extent.kind != "mapping":
            return found
        if page >= 0:
            return found | self.marks.get((extent.process, extent.name, extent.start + page), set())
        mapping = (extent.process, extent.name)
        return found.union(*(m for spot, m in self.marks.items() if spot[:2] == mapping))

    def _is_masked(self, look: str, spot: Spot) -> bool:
        """Is it masked; counts it then."""
        masked = self.masks.at(look, spot)
        if masked is not None:
            self.score.masked[masked] += 1
        return masked is not None

    def _pair(self, verb: str, ours: Atom, theirs: Atom) -> tuple[str, str]:
        """Both as text, without what is masked; equal where the kernel's is a possible one."""
        if isinstance(ours, AnyOf):
            theirs = self._unmasked(verb, theirs, theirs)
            ours = AnyOf(tuple(self._unmasked(verb, option, theirs) for option in ours.options))
            text = theirs.text() if atom_possible(ours, theirs) else ours.text()
            return text, theirs.text()
        a, b = self._unmasked(verb, ours, theirs), self._unmasked(verb, theirs, ours)
        return a.text(), b.text()

    def _unmasked(self, verb: str, atom: Atom, other: Atom) -> Atom:
        """The atom without its masked parts, which are counted; `other`: of the other side."""
        if isinstance(atom, Flags):
            names, others = atom.names, other.names if isinstance(other, Flags) else ()
            spots = {name: Spot(name, name not in others, self.here, names) for name in names}
            return Flags(tuple(n for n, spot in spots.items() if not self._is_masked(verb, spot)))
        if isinstance(atom, PageView) and atom.same_as >= 0:
            if self._is_masked(verb, Spot("same_as", atom != other, self.here)):
                return replace(atom, same_as=-1)
        if isinstance(atom, Word) and self.now.record.form == "pagemap":
            return Word(self._letters(atom.word))
        return atom

    def _letters(self, word: str) -> str:
        if word == "none":
            return word
        kept = (c for c in word if not self._is_masked("pagemap", Spot(c, False, self.here)))
        return "".join(kept) or "none"

    # --- all pages ------------------------------------------------------------------------------
    def _pages(
        self, ours: Sequence[PageRow], theirs: Sequence[PageRow]
    ) -> Iterator[tuple[str, Page, str, str, str]]:
        """Letters of every page, and which pages anywhere have one frame."""
        if not theirs:
            return
        host = {(row.process, row.name): row for row in theirs}
        model = {(row.process, row.name): row for row in ours}
        for key in dict.fromkeys([*model, *host]):
            a, b = model.get(key), host.get(key)
            self.here = set(self.marks.get(ANYWHERE, ()))
            if a is None or b is None:
                there = ["there" if row else "gone" for row in (a, b)]
                yield "(pagemap)", (*key, 0), ".".join(key), there[0], there[1]
                continue
            for i, (x, y) in enumerate(zip(a.letters, b.letters, strict=True)):
                name = f"{'.'.join(key)}[{i}]"
                yield "(pagemap)", (*key, i), name, self._letters(x), self._letters(y)
        if any(number for row in theirs for number in row.frames):
            yield from _same_frames(model, host)

    def _hidden(
        self, ours: Sequence[PageState], theirs: Sequence[PageState]
    ) -> Iterator[tuple[Page, str, str, str]]:
        """What only the kernel sees of every page that is mapped on either side."""
        model = {(p.process, p.name, p.index): p for p in ours}
        real = {(p.process, p.name, p.index): p for p in theirs}
        for key in dict.fromkeys([*model, *real]):
            a, b = model.get(key), real.get(key)
            if a is None or b is None:
                yield key, "mapped", str(a is not None), str(b is not None)
                continue
            self.here = self.marks.get(key, set()) | self.marks.get(ANYWHERE, set())
            ages = bool((a.pte ^ b.pte) & PTE_BITS["accessed"])
            if self._is_masked("(pte)", Spot("accessed", ages, self.here)):
                a, b = (replace(p, pte=p.pte & ~PTE_BITS["accessed"]) for p in (a, b))
            moved = ("active" in a.flags) != ("active" in b.flags)
            if self._is_masked("(flags)", Spot("active", moved, self.here)):
                a, b = (replace(p, flags=_without(p.flags, "active")) for p in (a, b))
            for what, x, y in hidden_pairs(a, b):
                yield key, what, x or "none", y or "none"


def _without(flags: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(flag for flag in flags if flag != name)


def _kind_of(kinds: dict[Page, str], step: Step, page: int) -> str:
    """The kind of one page of the step's extent, or of all of them where they are of one kind."""
    extent = step.target
    if extent is None or extent.kind != "mapping":
        return ""
    if page >= 0:
        return kinds.get((extent.process, extent.name, extent.start + page), "")
    pages = range(extent.start, extent.stop)
    met = {kinds.get((extent.process, extent.name, i), "") for i in pages} - {""}
    return met.pop() if len(met) == 1 else ""


def _by_page(marks: Marks) -> dict[Page, set[Mark]]:
    found: dict[Page, set[Mark]] = {}
    for page, mark in marks:
        found.setdefault(page, set()).add(mark)
    return found


Rows = dict[tuple[str, str], PageRow]


def _same_frames(model: Rows, host: Rows) -> Iterator[tuple[str, Page, str, str, str]]:
    """Per present page the first page anywhere with its frame: identities, never numbers."""
    spots = [
        ((*key, i), model[key].frames[i], host[key].frames[i])
        for key in model
        if key in host
        for i in range(len(model[key].frames))
    ]
    ours = _first_with((_spot(page), number) for page, number, _ in spots)
    theirs = _first_with((_spot(page), number) for page, _, number in spots)
    for (page, a, b), x, y in zip(spots, ours, theirs, strict=True):
        if a and b:
            yield "(frame)", page, _spot(page), x, y


def _spot(page: Page) -> str:
    return f"{page[0]}.{page[1]}[{page[2]}]"


def _first_with(spots: Iterable[tuple[str, int]]) -> list[str]:
    """For each place the first one with the same number."""
    first: dict[int, str] = {}
    return [first.setdefault(number, name) if number else "" for name, number in spots]
