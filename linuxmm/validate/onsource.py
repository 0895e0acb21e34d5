# SPDX-License-Identifier: GPL-2.0-or-later
"""The model against the text that it transcribes: C of a source tree in the core's place.

The third judge: a scenario is run twice on one record, with the core alone and with every
function of the tree that has a twin in the core (`source/twins.py:TWINS`).  After each step the
result, the events, what is broken, the state and the counters are compared.  With `each` it is
run once more for every function that the core calls in it, with that one alone as text: an error
of one function cannot hide behind another's.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from linuxmm.errors import InputError, NotModelled
from linuxmm.kernels import Kernel
from linuxmm.play.matrix import system_of
from linuxmm.play.run import Promises
from linuxmm.play.steps_on_model import start
from linuxmm.scenario.format import step_text
from linuxmm.scenario.tree import Scenario, Step
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


class SourceJudge:
    """The text of a tree, executed on the model."""

    def __init__(self, tree: str, kernel: Kernel, each: bool = False) -> None:
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

    def __enter__(self) -> "SourceJudge":
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def describe(self) -> str:
        ran = sum(times > 0 for times in self.text.calls.values())
        have = len(self.text.versions)
        every = {
            place
            for version in self.text.versions.values()
            for place in version.program.reached(version.twin.path, version.twin.name)
        }
        return (
            f"C of {self.tree}: {have} of {len(TWINS)} functions, "
            f"{len(every)} with what they call, {ran} entered"
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
        for step in scenario.steps:
            a = next(ours)
            if isinstance(a, str):
                return a
            b = next(theirs)
            if isinstance(b, str):
                return b
            self._note(scenario, step, a, b)
            if a != b:
                return ""
        return ""

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
                self._note_alone(scenario, step, place, a, b)
                break
        self.score.alone[place][verdict] += 1
        if verdict != UNDECIDED:
            self.score.add("(alone)", "other", "", verdict == AGREE)

    def _note_alone(
        self, scenario: Scenario, step: Step, place: str, ours: _Seen, theirs: _Seen
    ) -> None:
        for name, a, b in zip(_Seen._fields, ours, theirs, strict=True):
            if a != b:
                said = (str(a), str(b)) if name != "counters" else ("its own", "others")
                where = scenario.file or scenario.name
                what = f"{name}, {place} alone"
                self.score.differences.append(
                    Difference(where, step.line, step_text(step), what, *said, "(alone)")
                )

    def _note(self, scenario: Scenario, step: Step, ours: _Seen, theirs: _Seen) -> None:
        system = system_of(step) or "other"
        for name, a, b in zip(_Seen._fields, ours, theirs, strict=True):
            verb = step.verb if name == "result" else f"({name})"
            self.score.add(verb, system, "", a == b)
            if a != b:
                said = (str(a), str(b)) if name != "counters" else ("its own", "others")
                where = scenario.file or scenario.name
                self.score.differences.append(
                    Difference(where, step.line, step_text(step), name, *said, verb)
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
