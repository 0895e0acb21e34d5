# SPDX-License-Identifier: GPL-2.0-or-later
"""The model against the text that it transcribes: C of a source tree in the core's place.

The third judge: a scenario is run twice on one record, with the core alone and with every
function of the tree that has a twin in the core (`source/twins.py:TWINS`).  After each step the
result, the events, what is broken, the state and the counters are compared.  With `each` it is
run once more for every function that the core calls in it, with that one alone as text: an error
of one function cannot hide behind another's.  With `compiled` it is run once more with all of them
compiled (`source/compiled.py`), and every step must show what it showed interpreted.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from linuxmm.errors import InputError, NotModelled
from linuxmm.kernels import Kernel
from linuxmm.machine import LEAVES
from linuxmm.play.matrix import system_of
from linuxmm.play.run import Promises
from linuxmm.play.steps_on_model import start
from linuxmm.scenario.format import step_text
from linuxmm.scenario.tree import Scenario, Step
from linuxmm.source.compiled import Compiled
from linuxmm.source.config import config_of
from linuxmm.source.execute import Counted, Executed, translated
from linuxmm.source.folder import Folder
from linuxmm.source.tree import SourceTree
from linuxmm.source.twins import TWINS
from linuxmm.validate.score import (
    AGREE,
    DISAGREE,
    UNDECIDED,
    Difference,
    Score,
    Verdict,
    fault_of,
    verdict_of,
)


class _Seen(NamedTuple):
    """One step as both sides show it."""

    result: str
    events: str
    promises: str
    state: str
    counters: bytes


def _differing(one: _Seen | str, two: _Seen | str) -> Iterator[tuple[str, str, str]]:
    """What two sides show differently of a step: its name, and both as text."""
    if isinstance(one, str) or isinstance(two, str):
        ends = [each if isinstance(each, str) else "it goes on" for each in (one, two)]
        left = all(each.startswith(LEAVES) for each in ends)  # each mode says it in its words
        if one != two and not left:
            yield "end", ends[0], ends[1]
        return
    for name, x, y in zip(_Seen._fields, one, two, strict=True):
        if x != y:
            said = (str(x), str(y)) if name != "counters" else ("its own", "others")
            yield name, said[0], said[1]


class SourceJudge:
    """The text of a tree, executed on the model."""

    def __init__(
        self,
        tree: str,
        kernel: Kernel,
        each: bool = False,
        compiled: Callable[[int, int], None] | None = None,
    ) -> None:
        """compiled: run the text compiled too; told how far the build is."""
        self.tree, self.kernel, self.each = tree, kernel, each
        versions = translated(SourceTree(Folder(tree), config_of(kernel)))
        if not versions:
            raise InputError("has none of the functions that are modelled", file=tree)
        self.text = Executed(versions)
        self.executed = kernel.replace(text=self.text)
        self.score = Score()
        self.differs: dict[str, str] = {}  # a text is asked nothing
        self.counted = Counted(versions)
        if each:
            self.score.alone = {place: Counter() for place in versions}
        self._kernels: dict[str, Kernel] = {}
        self.compiled: Kernel | None = None
        if compiled is not None:
            text = Compiled(versions, checked=True, progress=compiled)
            text.step  # noqa: B018  # built now, not in the middle of a scenario
            self.compiled = kernel.replace(text=text)

    def __enter__(self) -> "SourceJudge":
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def describe(self) -> str:
        return self.describe_with(str(sum(times > 0 for times in self.text.calls.values())))

    def describe_with(self, entered: str) -> str:
        """The same, with so many functions entered."""
        have = len(self.text.versions)
        every = {
            place
            for version in self.text.versions.values()
            for place in version.program.reached(version.twin.path, version.twin.name)
        }
        return (
            f"C of {self.tree}: {have} of {len(TWINS)} functions, "
            f"{len(every)} with what they call, {entered} entered"
            f"{', compiled as well' if self.compiled else ''}"
        )

    def judge_all(self, scenarios: Iterable[Scenario]) -> Iterator[Verdict]:
        """The verdicts in the order of the scenarios."""
        return map(self._judge, scenarios)

    def _judge(self, scenario: Scenario) -> Verdict:
        before, had = self.score.compared, len(self.score.differences)
        try:
            undecided = self._compare(scenario)
        except Exception as error:  # what we break in one scenario costs no other its result
            return fault_of(scenario, self.score, before, had, error)
        if undecided:
            self.score.undecided[undecided] += 1
        elif self.each:
            self._each_alone(scenario)
        return verdict_of(scenario, self.score, before, had, undecided)

    def _compare(self, scenario: Scenario) -> str:
        """Every step on both sides; why it could not be gone through, if so."""
        ours, theirs = self._seen(scenario, self.kernel), self._seen(scenario, self.executed)
        again = self._seen(scenario, self.compiled) if self.compiled else None
        for step in scenario.steps:
            a = next(ours)
            if isinstance(a, str):
                return a
            b = next(theirs)
            if again is not None and not self._same_compiled(scenario, step, b, next(again)):
                return ""
            if isinstance(b, str):
                return b
            self._note(scenario, step, a, b)
            if a != b:
                return ""
        return ""

    def _same_compiled(
        self, scenario: Scenario, step: Step, once: _Seen | str, again: _Seen | str
    ) -> bool:
        """Does a step of the text show compiled what it shows interpreted?  If not, it is noted."""
        differing = list(_differing(once, again))
        self.score.add("(compiled)", "other", "", not differing)
        for name, a, b in differing:
            self._differ(scenario, step, f"{name}, compiled", (a, b), "(compiled)")
        return not differing

    # --- one by one ---
    def _each_alone(self, scenario: Scenario) -> None:
        """Every function that the core calls in this scenario, alone as text."""
        before = Counter(self.counted.calls)
        ours = list(self._seen(scenario, self.kernel.replace(text=self.counted)))
        for place in self.text.versions:
            if self.counted.calls[place] > before[place]:
                self._one_alone(scenario, place, ours)

    def _one_alone(self, scenario: Scenario, place: str, ours: list[_Seen | str]) -> None:
        if place not in self._kernels:
            text = Executed({place: self.text.versions[place]})
            self._kernels[place] = self.kernel.replace(text=text)
        verdict = AGREE
        theirs = self._seen(scenario, self._kernels[place])
        for step, a, b in zip(scenario.steps, ours, theirs, strict=False):
            if isinstance(a, str):
                break
            if isinstance(b, str):
                verdict = UNDECIDED
                self.score.undecided[f"{place} alone: {b}"] += 1
                break
            if a != b:
                verdict = DISAGREE
                for name, x, y in _differing(a, b):
                    self._differ(scenario, step, f"{name}, {place} alone", (x, y), "(alone)")
                break
        self.score.alone[place][verdict] += 1
        if verdict != UNDECIDED:
            self.score.add("(alone)", "other", "", verdict == AGREE)

    def _note(self, scenario: Scenario, step: Step, ours: _Seen, theirs: _Seen) -> None:
        system = system_of(step) or "other"
        differing = {name: (a, b) for name, a, b in _differing(ours, theirs)}
        for name in _Seen._fields:
            verb = step.verb if name == "result" else f"({name})"
            self.score.add(verb, system, "", name not in differing)
            if name in differing:
                self._differ(scenario, step, name, differing[name], verb)

    def _differ(
        self, scenario: Scenario, step: Step, what: str, said: tuple[str, str], verb: str
    ) -> None:
        where = scenario.file or scenario.name
        self.score.differences.append(
            Difference(where, step.line, step_text(step), what, *said, verb)
        )

    def _seen(self, scenario: Scenario, kernel: Kernel) -> Iterator[_Seen | str]:
        """What each step shows, or at the end why there is no more."""
        try:
            model = start(scenario.machine, kernel)
            promises = Promises(model)
            for step in scenario.steps:
                outcome = model.step(step)
                block = model.machine.block
                yield _Seen(
                    outcome.result.text(),
                    " ".join(f"{event.name}@{event.site}" for event in outcome.events),
                    " ".join(sorted(f"{v.invariant}:{v.page_kind}" for v in promises.broken())),
                    block.digest().hex(),
                    block.snapshot(),
                )
        except NotModelled as error:
            yield str(error)
