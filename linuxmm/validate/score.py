# SPDX-License-Identifier: GPL-2.0-or-later
"""What was compared, what agreed, what was left out and why: the scoreboard of a run."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from linuxmm.scenario.tree import Scenario
from linuxmm.validate.masks import Masked

AGREE: Final = "agree"
DISAGREE: Final = "disagree"
SKIPPED: Final = "skipped"
UNDECIDED: Final = "undecided"
FAULT: Final = "fault"  # a bug of ours in this scenario
VERDICTS: Final = (AGREE, DISAGREE, UNDECIDED, SKIPPED, FAULT)


@dataclass(frozen=True)
class Difference:
    """An observable that the model and the kernel give differently."""

    scenario: str
    line: int
    step: str
    observable: str
    model: str
    host: str
    verb: str = ""  # as the score counts it

    def text(self) -> str:
        where = f"{self.scenario}:{self.line}: {self.step}: {self.observable}"
        return f"{where}: model {self.model}, kernel {self.host}"


@dataclass
class Score:
    """How many observables were compared, agreed, were masked; steps and files left out.

    `compared` and `agreed` by what was looked at: a verb's own result by the verb's name, what is
    looked at after every step in parentheses.  By system: the column of ``linuxmm matrix`` that
    the step belongs to.  By kind: of the page, or of an extent whose pages are all of one kind.
    `alone`: of each function of a tree that ran as the only one, the verdicts by scenario.
    """

    seen: Counter[str] = field(default_factory=Counter)
    agreed: Counter[str] = field(default_factory=Counter)
    seen_by_system: Counter[str] = field(default_factory=Counter)
    agreed_by_system: Counter[str] = field(default_factory=Counter)
    seen_by_kind: Counter[str] = field(default_factory=Counter)
    agreed_by_kind: Counter[str] = field(default_factory=Counter)
    masked: Counter[Masked] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)  # steps, by reason
    undecided: Counter[str] = field(default_factory=Counter)  # scenarios, by reason
    alone: dict[str, Counter[str]] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    scenarios: int = 0
    steps: int = 0

    @property
    def compared(self) -> int:
        return self.seen.total()

    def add(self, verb: str, system: str, kind: str, agrees: bool) -> None:
        """One more observable."""
        self.seen[verb] += 1
        self.agreed[verb] += agrees
        self.seen_by_system[system] += 1
        self.agreed_by_system[system] += agrees
        if kind and kind != "none":
            self.seen_by_kind[kind] += 1
            self.agreed_by_kind[kind] += agrees


@dataclass
class Verdict:
    """What came of one scenario."""

    scenario: Scenario
    verdict: str
    reason: str = ""
    compared: int = 0
    differences: list[Difference] = field(default_factory=list)
    dropped: int = 0
    error: Exception | None = None  # of a fault
    small: Scenario | None = None  # the smallest that still differs
    small_differences: list[Difference] = field(default_factory=list)


def verdict_of(
    scenario: Scenario, score: Score, before: int, had: int, undecided: str = ""
) -> Verdict:
    """What a comparison found, from what the score had before it."""
    compared, differences = score.compared - before, score.differences[had:]
    if undecided:
        return Verdict(scenario, UNDECIDED, undecided, compared, differences)
    verdict = DISAGREE if differences else AGREE if compared else UNDECIDED
    why = "" if compared else "nothing was compared"
    return Verdict(scenario, verdict, why, compared, differences)


def fault_of(scenario: Scenario, score: Score, before: int, had: int, error: Exception) -> Verdict:
    """We broke something in this scenario; what it had found before stays."""
    why = f"a bug of linuxmm: {type(error).__name__}: {error}"
    score.undecided[why] += 1
    verdict = verdict_of(scenario, score, before, had, why)
    verdict.verdict, verdict.error = FAULT, error
    return verdict


class Judging(Protocol):
    """Who plays scenarios on the model and on something else, and keeps the score."""

    score: Score
    differs: dict[str, str]  # what it was asked and does otherwise than the rules

    def __enter__(self) -> "Judging": ...

    def __exit__(self, *error: object) -> None: ...

    def judge_all(self, scenarios: Iterable[Scenario]) -> Iterator[Verdict]:
        """The verdicts in the order of the scenarios."""

    def describe(self) -> str:
        """What the model was held against, in words."""
