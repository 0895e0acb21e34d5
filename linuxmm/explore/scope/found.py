# SPDX-License-Identifier: GPL-2.0-or-later
"""What a search of a scope found, as differences of a kernel with itself: promises it breaks.

The way to each is a scenario: replayed on the interpreted core, it names page, function and words.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count, islice
from typing import Final

from linuxmm.errors import ModelBug
from linuxmm.explore.catalogue import Action, Setup
from linuxmm.explore.difference import REMAINING, Difference, Found
from linuxmm.explore.paths import Path
from linuxmm.explore.replay import run_one
from linuxmm.explore.scope.lowered import Lowered, lowered
from linuxmm.explore.scope.record import Scope
from linuxmm.explore.scope.sample import SAMPLE, Sample, sampled
from linuxmm.kernels import Kernel
from linuxmm.promises import PROMISES
from linuxmm.scenario.tree import Step
from linuxmm.state.sites import SITES
from linuxmm.steps.audit.broken import LOOKED_AT
from linuxmm.steps.compile import compiled
from linuxmm.steps.search import Broken, Reached, search

Progress = Callable[[int, int, str], None]
DRAIN: Final = Action("drain", ("drain",))
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Promises about what the machine of a scope has not: `lowered.py` refuses it.
OUT_OF_SCOPES: Final = {
    "deferred-split": "huge pages", "pool": "huge pages of a pool", "memcg": "control groups",
}  # fmt: skip
# What a search of a scope asks of no state: it needs what was written, or what a call answered.
NOT_LOOKED_AT: Final[dict[str, str]] = {
    "content": "what was written where (entries of freed pages are looked at)",
    "pin": "where a pinned page was, and how a pin failed",
    "uffd-wp": "what userfaultfd protected, and what lifted that",
    "report": "what files under /proc show",
    **{name: f"no scope has {what}" for name, what in OUT_OF_SCOPES.items()},
}


@dataclass(frozen=True)
class Searched:
    """A scope, what was reached in it, what is broken there."""

    scope: Scope
    reached: Reached
    sample: Sample
    found: Found


def search_scope(
    scope: Scope,
    kernel: Kernel,
    progress: Progress,
    most_again: int = SAMPLE,
    checked: bool = False,
) -> Searched:
    """All states of the scope on the kernel; so many transitions are made again at most.

    checked: rows and values are held against their columns, for rules that may lead anywhere.
    Raises: KernelError for a scope that says nothing, NotModelled for its set-up, Skipped without
    a C compiler; with `checked` also what `Engine.step` does.
    """
    what = lowered(scope, kernel)
    machine = what.walker.machine
    engine = compiled(checked, lambda done, of: progress(done, of, "compiling the core"))
    marks = {mark: p.id for p in PROMISES.values() for mark in p.marks}
    logged = {code: p.id for p in PROMISES.values() for code in p.logged}
    reached = search(
        engine, machine.block, machine.k, what.actions, scope.depth, scope.states,
        promised=logged, marks=marks, audited=True, settled=True, watched="visited_site",
        answers=True,
        progress=lambda done, of: progress(done, of, "states"),
    )  # fmt: skip
    found = Found()
    for ids, broken in ((logged, reached.events), (marks, reached.marks)):
        for code, one in broken.items():
            _add(found, what, kernel, ids[code], one)
    for promise, one in reached.states.items():
        _add(found, what, kernel, promise, one)
    return Searched(scope, reached, sampled(what, reached, most_again), found)


def looked_at() -> tuple[str, ...]:
    """The promises that a search of a scope asks every state or step for."""
    stepwise = {p.id for p in PROMISES.values() if p.logged or p.marks}
    asked = stepwise.union(LOOKED_AT).difference(OUT_OF_SCOPES)
    return tuple(name for name in PROMISES if name in asked)


def _add(found: Found, what: Lowered, kernel: Kernel, promise: str, one: Broken) -> None:
    """The difference that the shortest way to it shows, made again as a scenario."""
    way = path_of(what, one.path)
    drained = Path(way.setup, (*way.actions, DRAIN))  # as the search does behind each action
    for path in (way, drained):
        steps = run_one(path.witness().scenario, kernel, what.walker.machine.k)
        violation = next((v for v in steps[-1].broken if v.invariant == promise), None)
        if violation is not None:
            break
    else:
        said = "; ".join(way.lines())
        raise ModelBug(f"scope {what.scope.name}: {promise} is broken compiled only, after: {said}")
    sites = frozenset({SITES.index(violation.site)}) if violation.site else frozenset()
    found.add(Difference(REMAINING, promise, violation.page_kind, sites, path, violation.text))


def path_of(what: Lowered, numbers: tuple[int, ...]) -> Path:
    """The way as a path: a name that is given again is another one from then on."""
    scope, names = what.scope, _Renamed()
    setup = Setup(scope.name, "", scope.setup, scope.machine, modifiers=-1)
    lines = [names.line(scope.actions[number], what.steps[number]) for number in numbers]
    return Path(setup, tuple(Action(line, (line,)) for line in lines))


class _Renamed:
    """Names of processes and handles along a way, each given once."""

    def __init__(self) -> None:
        self._given: set[str] = set()
        self._now: dict[str, str] = {}

    def line(self, line: str, step: Step) -> str:
        """The line, with the names that those in it have by now."""
        if step.record.makes:
            self._now[step.name] = self._new(step.name)
        return _WORD.sub(lambda found: self._now.get(found[0], found[0]), line)

    def _new(self, name: str) -> str:
        """The name, or one that nobody has had: P1, then P11, P12; h, then h1, h2."""
        numbers = (f"{name}{i}" for i in count(1))
        new = next(each for each in (name, *islice(numbers, 99)) if each not in self._given)
        self._given.add(new)
        return new
