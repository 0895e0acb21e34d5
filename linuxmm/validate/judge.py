"""Scenarios on the model and on a real kernel, side by side.

    with VmJudge(find_image()) as judge:
        for verdict in judge.judge_all(scenarios):
            print(verdict.verdict, verdict.scenario.name)

In the virtual machine the guest plays one scenario while the model plays the next: the two sides
have a CPU each.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Protocol

from linuxmm.errors import Skipped as CannotPlay
from linuxmm.kernels import Kernel
from linuxmm.play.run import DEFAULT_KERNEL
from linuxmm.scenario.tree import Scenario
from linuxmm.validate import guestpart, part
from linuxmm.validate.abilities import Abilities, probe
from linuxmm.validate.answers import ENDS, FATAL, split
from linuxmm.validate.compare import MASKS, Comparison
from linuxmm.validate.host import Host
from linuxmm.validate.model import ModelRun, play
from linuxmm.validate.plan import Plan
from linuxmm.validate.score import SKIPPED, UNDECIDED, Score, Verdict, fault_of, verdict_of
from linuxmm.validate.settings import Tell, silent
from linuxmm.validate.vm import Guest, GuestDied, Image

LATER: Final = "since "  # masks of what later kernels do: 6.1 is the model's own
DAX_STRIDE: Final = 64


@dataclass
class _Ready:
    """A scenario that the model has played, and the plan for the guest; or a verdict already."""

    scenario: Scenario
    dropped: int = 0
    model: ModelRun | None = None
    plan: Plan | None = None
    verdict: Verdict | None = None


class Judge(Protocol):
    """Plays scenarios on a real kernel and on the model, and keeps the score."""

    score: Score

    def __enter__(self) -> "Judge": ...

    def __exit__(self, *error: object) -> None: ...

    def judge_all(self, scenarios: Iterable[Scenario]) -> Iterator[Verdict]:
        """The verdicts in the order of the scenarios."""

    def describe(self) -> str:
        """Which kernel it was, in words."""


class HostJudge:
    """The running kernel."""

    def __init__(
        self,
        abilities: Abilities | None = None,
        kernel: str | Kernel = DEFAULT_KERNEL,
        tell: Tell = silent,
    ) -> None:
        self.kernel = kernel
        self.abilities = abilities or probe()
        self.score = Score()
        self.comparison = Comparison(self.abilities, self.score)
        self.host = Host(self.abilities, tell)

    def __enter__(self) -> "HostJudge":
        self.host.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.host.__exit__(None, None, None)

    def judge_all(self, scenarios: Iterable[Scenario]) -> Iterator[Verdict]:
        return map(self._decide, scenarios)

    def describe(self) -> str:
        return f"the running kernel {os.uname().release}"

    def _decide(self, scenario: Scenario) -> Verdict:
        return _attempt(self.score, scenario, lambda: self._judge(scenario))

    def _judge(self, scenario: Scenario) -> Verdict:
        kept = part.playable(scenario, self.abilities, look=True)
        self.score.skipped.update(why for _, why in kept.dropped)
        model = play(kept.scenario, self.kernel)
        steps = kept.scenario.steps[: len(model.played)]
        if model.stopped:
            self.score.skipped[model.stopped] += len(kept.scenario.steps) - len(steps)
        before, had = self.score.compared, len(self.score.differences)
        why = "" if steps else model.stopped or "no step of it can be played here"
        if steps:
            try:
                theirs = self.host.play(replace(kept.scenario, steps=steps))
                file = scenario.file or scenario.name
                self.comparison.scenario(file, model.played, theirs)
            except CannotPlay as error:
                why = str(error)
        if why:
            self.score.undecided[why] += 1
        verdict = verdict_of(scenario, self.score, before, had, why)
        verdict.dropped = len(kept.dropped)
        return verdict


class VmJudge:
    """A guest, booted once, and again when a scenario was too much for it."""

    def __init__(self, image: Image, kernel: str | Kernel = DEFAULT_KERNEL) -> None:
        self.guest, self.kernel = Guest(image), kernel
        self.score = Score()
        self.plays = 0
        self.seconds = 0.0  # that the whole took, both sides
        self.comparison = Comparison(Abilities(2, (0, 1), "/"), self.score)
        self.comparison.use(
            mask for mask in MASKS if not (mask.without or mask.reason.startswith(LATER))
        )

    def __enter__(self) -> "VmJudge":
        self.guest.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.guest.close()

    def describe(self) -> str:
        speed = f", {self.plays / self.seconds:.1f} scenarios/s" if self.seconds else ""
        how = "KVM" if self.guest.accelerated else "emulated"
        booted = f"{how}, booted in {self.guest.boot_seconds:.0f} s"
        return f"{self.guest.image.release} in a virtual machine ({booted}{speed})"

    def judge_all(self, scenarios: Iterable[Scenario]) -> Iterator[Verdict]:
        """The verdicts in the order of the scenarios; what the guest plays is one ahead."""
        playing: _Ready | None = None
        began = time.monotonic()
        for scenario in scenarios:
            ready = self._prepare(scenario)
            data = self._receive(playing)
            self._send(ready)
            if playing is not None:
                yield self._decide(playing, data)
            playing = ready
        if playing is not None:
            yield self._decide(playing, self._receive(playing))
        self.seconds += time.monotonic() - began

    # --- before -------------------------------------------------------------------------------
    def _prepare(self, scenario: Scenario) -> _Ready:
        """The model's part, and what the guest is to play."""
        before, had = self.score.compared, len(self.score.differences)
        try:
            return self._ready(scenario)
        except Exception as error:  # as in `_attempt`
            return _Ready(scenario, verdict=fault_of(scenario, self.score, before, had, error))

    def _ready(self, scenario: Scenario) -> _Ready:
        why = guestpart.skipped_whole(scenario)
        if why:
            self.score.undecided[why] += 1
            return _Ready(scenario, verdict=Verdict(scenario, SKIPPED, why))
        kept = guestpart.playable(scenario, self.guest.hmm)
        for _, reason in kept.dropped:
            self.score.skipped[reason] += 1
        model = play(kept.scenario, self.kernel, survive=True)
        nr = len(model.played)
        if model.stopped:
            self.score.skipped[model.stopped] += len(kept.scenario.steps) - nr
        played = replace(kept.scenario, steps=kept.scenario.steps[:nr])
        ready = _Ready(scenario, len(kept.dropped), model)
        if not played.steps:
            why = model.stopped or "no step of it can be played here"
            ready.verdict = Verdict(scenario, UNDECIDED, why, dropped=ready.dropped)
        else:
            self.plays += 1
            ready.plan = Plan(played, self.plays * DAX_STRIDE)
        return ready

    # --- the guest ------------------------------------------------------------------------------
    def _send(self, ready: _Ready) -> None:
        if ready.plan is not None and ready.verdict is None:
            try:
                self.guest.send("play", ready.plan.text())
            except GuestDied as died:
                self._again(ready, str(died))

    def _receive(self, playing: _Ready | None) -> bytes:
        if playing is None or playing.plan is None or playing.verdict is not None:
            return b""
        try:
            data = self.guest.receive()
        except GuestDied as died:
            self._again(playing, str(died))
            return b""
        if data[:1] == bytes([FATAL]):
            self._again(playing, data[1:].decode(errors="replace"))
        return data

    def _again(self, lost: _Ready, why: str) -> None:
        """The guest did not survive it: a new one for the others."""
        self.score.undecided[why] += 1
        lost.verdict = Verdict(lost.scenario, UNDECIDED, why, dropped=lost.dropped)
        self.guest.close()
        self.guest.boot()

    # --- after ----------------------------------------------------------------------------------
    def _decide(self, ready: _Ready, data: bytes) -> Verdict:
        return _attempt(self.score, ready.scenario, lambda: self._verdict(ready, data))

    def _verdict(self, ready: _Ready, data: bytes) -> Verdict:
        if ready.verdict is not None:
            return ready.verdict
        assert ready.plan is not None and ready.model is not None
        before, had = self.score.compared, len(self.score.differences)
        undecided = ENDS.get(data[0], "") if data else "the guest answered nothing"
        try:
            theirs = ready.plan.outcomes(split(data[1:]))
            file = ready.scenario.file or ready.scenario.name
            self.comparison.scenario(file, ready.model.played, theirs)
            if not undecided:
                self.comparison.late(ready.plan.late())
        except CannotPlay as error:
            undecided = str(error)
        if undecided:
            self.score.undecided[undecided] += 1
        verdict = verdict_of(ready.scenario, self.score, before, had, undecided)
        verdict.dropped = ready.dropped
        return verdict


def _attempt(score: Score, scenario: Scenario, judge: Callable[[], Verdict]) -> Verdict:
    """A verdict whatever happens: what we break in one scenario costs no other its result."""
    before, had = score.compared, len(score.differences)
    try:
        return judge()
    except Exception as error:  # known only once it happens; told as a fault of ours
        return fault_of(scenario, score, before, had, error)
