# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenarios on the model and on a real kernel, side by side.

    with VmJudge(find_image()) as judge:
        for verdict in judge.judge_all(scenarios):
            print(verdict.verdict, verdict.scenario.name)

The real kernel plays one scenario while the model plays the next: the two sides have a CPU each.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, Protocol, Self

from linuxmm.errors import Skipped as CannotPlay
from linuxmm.kernels import DEFAULT_KERNEL, Kernel, load
from linuxmm.scenario.tree import Scenario
from linuxmm.validate import guestpart, part
from linuxmm.validate.abilities import Abilities, booted_with, probe
from linuxmm.validate.answers import ENDS, FATAL, split
from linuxmm.validate.channel import AgentDied
from linuxmm.validate.compare import Comparison
from linuxmm.validate.hello import abilities_of
from linuxmm.validate.host import Host
from linuxmm.validate.model import ModelRun, play
from linuxmm.validate.modules import why_no_devices
from linuxmm.validate.part import Part
from linuxmm.validate.plan import GUEST, Place, Plan
from linuxmm.validate.questions import SMART_SCAN, asked, differing, nearest, scans_all
from linuxmm.validate.said import Tell, silent
from linuxmm.validate.score import SKIPPED, UNDECIDED, Score, Verdict, fault_of, verdict_of
from linuxmm.validate.vm import Guest, Image

DAX_STRIDE: Final = 64
TRIES: Final = 2  # at the questions; one may be too much for an agent
NEAREST: Final = ""  # of the rules: those that answer most questions as the kernel does


@dataclass
class _Ready:
    """A scenario that the model has played, and the plan for the agent; or a verdict already."""

    scenario: Scenario
    dropped: int = 0
    model: ModelRun | None = None
    plan: Plan | None = None
    verdict: Verdict | None = None


class Player(Protocol):
    """An agent, and the kernel that it runs on."""

    def __enter__(self) -> object: ...

    def __exit__(self, kind: None, error: None, at: None) -> None: ...

    def boot(self) -> None: ...

    def close(self) -> None: ...

    def play(self, plan: Plan) -> None:
        """Begins to play; ``receive`` waits for the end.  Raises AgentDied, Skipped."""

    def receive(self) -> bytes:
        """How it ended, and the answers.  Raises AgentDied, Skipped."""


class Judge:
    """Plays scenarios on a real kernel and on the model, and keeps the score."""

    def __init__(self, player: Player, abilities: Abilities, kernel: str | Kernel) -> None:
        self.player, self.abilities = player, abilities
        self.wanted = kernel  # NEAREST: the rules that are the nearest
        self.kernel = kernel if isinstance(kernel, Kernel) else load(kernel or DEFAULT_KERNEL)
        self.score = Score()
        self.comparison = Comparison(abilities, self.score)
        self.theirs: dict[str, str] = {}  # ability: what the kernel answers
        self.differs: dict[str, str] = {}  # ability: what the kernel says otherwise than the rules
        self.plays = 0
        self.seconds = 0.0  # that the whole took, both sides

    # --- what the kernels differ in -----------------------------------------------------------
    def describe(self) -> str:
        """Which kernel it was, in words."""
        raise NotImplementedError

    def _by_which_rules(self) -> str:
        """And that nobody knows whether they are the nearest, where the kernel was not asked."""
        guessed = self.wanted == NEAREST and not self.theirs
        said = " (it could not be asked what it does)" if guessed else ""
        return f"by the rules of {self.kernel.name}{said}"

    def _skipped(self, scenario: Scenario) -> str:
        """Why nothing of a scenario can be played; empty if something can."""
        return ""

    def _part(self, scenario: Scenario) -> Part:
        """What can be played of it."""
        raise NotImplementedError

    def _model(self, scenario: Scenario) -> ModelRun:
        return play(scenario, self.kernel)

    def _plan(self, scenario: Scenario) -> Plan:
        raise NotImplementedError

    # --- the rules and the kernel -------------------------------------------------------------
    def _rights(self) -> Abilities:
        """What can be done and seen, as far as no kernel answers it."""
        return self.abilities

    def _place(self) -> Place:
        raise NotImplementedError

    def _ask(self) -> None:
        """What the kernel does otherwise than the rules, or else by which rules it is judged."""
        self.abilities = rights = self._rights()
        theirs: dict[str, str] = {}
        for _ in range(TRIES):
            try:
                theirs = asked(self.player, self._place(), rights)
                break
            except AgentDied:
                self.player.close()
                self.player.boot()
        if self.wanted == NEAREST:
            self.kernel = load(nearest(theirs))
        self.theirs = theirs
        self.differs = differing(theirs, self.kernel)
        self.abilities = rights.without(self.differs, theirs)
        self.comparison = Comparison(self.abilities, self.score)

    # --- one after the other ------------------------------------------------------------------
    def __enter__(self) -> Self:
        self.player.__enter__()
        try:
            self._ask()
        except BaseException:
            self.player.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.player.__exit__(None, None, None)

    def judge_all(self, scenarios: Iterable[Scenario]) -> Iterator[Verdict]:
        """The verdicts in the order of the scenarios; what the agent plays is one ahead."""
        playing: _Ready | None = None
        began = time.monotonic()
        for scenario in scenarios:
            ready = self._prepare(scenario)
            data = self._receive(playing)
            self._boot_for(ready)
            self._send(ready)
            if playing is not None:
                yield self._decide(playing, data)
            playing = ready
        if playing is not None:
            yield self._decide(playing, self._receive(playing))
        self.seconds += time.monotonic() - began

    # --- before -------------------------------------------------------------------------------
    def _prepare(self, scenario: Scenario) -> _Ready:
        """The model's part, and what the agent is to play."""
        before, had = self.score.compared, len(self.score.differences)
        try:
            return self._ready(scenario)
        except Exception as error:  # as in `_attempt`
            return _Ready(scenario, verdict=fault_of(scenario, self.score, before, had, error))

    def _ready(self, scenario: Scenario) -> _Ready:
        why = self._skipped(scenario)
        if why:
            return self._undecided(_Ready(scenario), why, SKIPPED)
        kept = self._part(scenario)
        self.score.skipped.update(why for _, why in kept.dropped)
        model = self._model(kept.scenario)
        nr = len(model.played)
        if model.stopped:
            self.score.skipped[model.stopped] += len(kept.scenario.steps) - nr
        played = replace(kept.scenario, steps=kept.scenario.steps[:nr])
        ready = _Ready(scenario, len(kept.dropped), model)
        if not played.steps:
            return self._undecided(ready, model.stopped or "no step of it can be played here")
        self.plays += 1
        ready.plan = self._plan(played)
        return ready

    def _undecided(self, ready: _Ready, why: str, verdict: str = UNDECIDED) -> _Ready:
        """There will be no answers to compare."""
        self.score.undecided[why] += 1
        ready.verdict = Verdict(ready.scenario, verdict, why, dropped=ready.dropped)
        return ready

    def _boot_for(self, ready: _Ready) -> None:
        """The kernel as the scenario needs it to be booted, where it is ours."""

    # --- the agent ------------------------------------------------------------------------------
    def _send(self, ready: _Ready) -> None:
        if ready.plan is not None and ready.verdict is None:
            try:
                self.player.play(ready.plan)
            except AgentDied as died:
                self._again(ready, str(died))
            except CannotPlay as why:
                self._undecided(ready, str(why))

    def _receive(self, playing: _Ready | None) -> bytes:
        if playing is None or playing.plan is None or playing.verdict is not None:
            return b""
        try:
            data = self.player.receive()
        except AgentDied as died:
            self._again(playing, str(died))
            return b""
        except CannotPlay as why:
            self._undecided(playing, str(why))
            return b""
        if data[:1] == bytes([FATAL]):
            self._again(playing, data[1:].decode(errors="replace"))
        return data

    def _again(self, lost: _Ready, why: str) -> None:
        """The agent did not survive it: a new one for the others."""
        self._undecided(lost, why)
        self.player.close()
        self.player.boot()

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
            if ready.plan.place.ours and not undecided:
                self.comparison.late(ready.plan.late())
        except CannotPlay as error:
            undecided = str(error)
        if undecided:
            self.score.undecided[undecided] += 1
        verdict = verdict_of(ready.scenario, self.score, before, had, undecided)
        verdict.dropped = ready.dropped
        return verdict


class HostJudge(Judge):
    """The running kernel."""

    def __init__(
        self,
        abilities: Abilities | None = None,
        kernel: str | Kernel = DEFAULT_KERNEL,
        tell: Tell = silent,
    ) -> None:
        able = abilities or probe()
        self.host = Host(able, tell)
        self.booted = booted_with()
        super().__init__(self.host, able, kernel)

    def describe(self) -> str:
        return f"the running kernel {os.uname().release}, {self._by_which_rules()}"

    def _place(self) -> Place:
        return self.host.place

    def _ask(self) -> None:
        super()._ask()
        if not scans_all(self.kernel):
            self.host.place = replace(self.host.place, smart=True)

    def _skipped(self, scenario: Scenario) -> str:
        return part.skipped_whole(scenario, self.booted)

    def _part(self, scenario: Scenario) -> Part:
        return part.playable(scenario, self.abilities, look=True)

    def _plan(self, scenario: Scenario) -> Plan:
        return Plan(scenario, place=self.host.place)


def known_here() -> Abilities:
    """What can be done and seen here, and by asking what the running kernel does otherwise."""
    able = probe()
    if not able.has("agent"):
        return able
    try:
        with HostJudge(able) as judge:
            return judge.abilities
    except CannotPlay:
        return able


class Near(NamedTuple):
    """The built-in record nearest to the running kernel: of `asked` questions `same` are answered
    alike.  `why`: why none could be asked."""

    kernel: str
    same: int = 0
    asked: int = 0
    why: str = ""

    def text(self) -> str:
        """In a sentence."""
        if self.why:
            return f"rules of {self.kernel}: this kernel could not be asked ({self.why})"
        told = f"{self.same} of {self.asked} questions are answered alike"
        return f"rules of {self.kernel}: the record nearest to this kernel ({told})"


def nearest_here() -> Near:
    """By what the running kernel does, never by its number."""
    able = probe()
    if not able.has("agent"):
        return Near(DEFAULT_KERNEL, why=able.missing["agent"])
    try:
        with HostJudge(able, NEAREST) as judge:
            nr = len(judge.theirs)
            return Near(judge.kernel.name, nr - len(judge.differs), nr)
    except CannotPlay as error:
        return Near(DEFAULT_KERNEL, why=str(error))


class VmJudge(Judge):
    """A guest, booted once, and again when a scenario was too much for it."""

    def __init__(
        self, image: Image, kernel: str | Kernel = NEAREST, words: tuple[str, ...] = ()
    ) -> None:
        self.guest = Guest(image)
        self.guest.words = words
        self.boots = [words]
        super().__init__(self.guest, guestpart.DEBIAN, kernel)

    def describe(self) -> str:
        speed = f", {self.plays / self.seconds:.1f} scenarios/s" if self.seconds else ""
        how = "KVM" if self.guest.accelerated else "emulated"
        booted = f"{how}, booted in {self.guest.boot_seconds:.0f} s"
        rules = self._by_which_rules()
        if self.boots != [()]:
            rules += f"; booted {len(self.boots)} times: " + ", ".join(map(_said, self.boots))
        return f"{self.guest.image.release} in a virtual machine ({booted}{speed}), {rules}"

    def _rights(self) -> Abilities:
        return abilities_of(self.guest.has, why_no_devices(self.guest.image.modules))

    def _place(self) -> Place:
        missing = self.abilities.missing
        return replace(GUEST, lacks=frozenset(missing), smart=SMART_SCAN not in missing)

    def _skipped(self, scenario: Scenario) -> str:
        return guestpart.skipped_whole(scenario, self.abilities)

    def _part(self, scenario: Scenario) -> Part:
        return guestpart.playable(scenario, self.abilities)

    def _model(self, scenario: Scenario) -> ModelRun:
        return play(scenario, self.kernel, survive=True)

    def _plan(self, scenario: Scenario) -> Plan:
        return Plan(scenario, self.plays * DAX_STRIDE, self._place())

    def _boot_for(self, ready: _Ready) -> None:
        """Booted again where the scenario before needed other words: who plays many sorts them."""
        words = ready.scenario.machine.boot_words
        if ready.plan is None or words == self.guest.words:
            return
        self.guest.close()
        self.guest.words = words
        self.guest.boot()
        self.boots.append(words)


def _said(words: tuple[str, ...]) -> str:
    """The words of a boot."""
    return " ".join(words) or "as always"


def _attempt(score: Score, scenario: Scenario, judge: Callable[[], Verdict]) -> Verdict:
    """A verdict whatever happens: what we break in one scenario costs no other its result."""
    before, had = score.compared, len(score.differences)
    try:
        return judge()
    except Exception as error:  # known only once it happens; told as a fault of ours
        return fault_of(scenario, score, before, had, error)
