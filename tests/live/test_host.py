# SPDX-License-Identifier: GPL-2.0-or-later
"""The model under the rules of v6.1 and the running kernel, side by side, by plain system calls.

Counted and printed: observables compared, agreed, masked (with reasons), steps that the kernel
or our rights do not allow.  What differs between kernels stands in validate/masks.py.
"""

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from linuxmm.generate import TARGETS, Wish, scenario
from linuxmm.kernels import DEFAULT_KERNEL
from linuxmm.scenario.parse import load, parse
from linuxmm.scenario.tree import Scenario
from linuxmm.validate.abilities import KSM, Abilities, probe
from linuxmm.validate.answers import split
from linuxmm.validate.compare import Comparison
from linuxmm.validate.host import Host
from linuxmm.validate.judge import NEAREST, HostJudge
from linuxmm.validate.model import play
from linuxmm.validate.part import playable
from linuxmm.validate.plan import Plan
from linuxmm.validate.played import Played
from linuxmm.validate.score import AGREE, UNDECIDED, Score
from linuxmm.validate.scoreboard import scoreboard
from linuxmm.validate.settings import read

pytestmark = pytest.mark.live
ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "scenarios").rglob("*.mm"))
SEEDS = range(40)
SETTINGS = ("run", "sleep_millisecs", "pages_to_scan", "merge_across_nodes", "max_page_sharing")


@pytest.fixture(scope="module")
def abilities() -> Abilities:
    found = probe()
    if not found.has("agent"):
        pytest.skip(found.why_not("agent"))
    if not found.has("pagemap") and not found.has("smaps"):
        pytest.skip("neither pagemap nor smaps can be read here")
    return found


def side_by_side(
    scenarios: list[Scenario], abilities: Abilities, rules: str = DEFAULT_KERNEL
) -> Score:
    """Plays what can be played and keeps the score."""
    with HostJudge(abilities, rules) as judge:
        for _ in judge.judge_all(scenarios):
            pass
    return judge.score


def check(score: Score, title: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The score for the reader; a run that compares nothing fails."""
    with capsys.disabled():
        print("\n".join([f"\n{title}:", *scoreboard(score)]))
    assert score.compared > 0, "nothing was compared"
    assert not score.differences, "\n" + "\n".join(d.text() for d in score.differences[:40])


def test_every_scenario_gives_the_same(
    abilities: Abilities, capsys: pytest.CaptureFixture[str]
) -> None:
    scenarios = [replace(load(file), file=str(file.relative_to(ROOT))) for file in FILES]
    check(side_by_side(scenarios, abilities), "live, scenarios", capsys)


def test_by_the_nearest_rules_it_is_the_same(
    abilities: Abilities, capsys: pytest.CaptureFixture[str]
) -> None:
    scenarios = [replace(load(file), file=str(file.relative_to(ROOT))) for file in FILES]
    score = side_by_side(scenarios, abilities, NEAREST)
    check(score, "live, scenarios, by the nearest rules", capsys)


def test_random_steps_give_the_same(
    abilities: Abilities, capsys: pytest.CaptureFixture[str]
) -> None:
    score = side_by_side([scenario(seed, Wish(TARGETS["host"])) for seed in SEEDS], abilities)
    check(score, "live, random steps", capsys)


# --- one scenario's misfortune is its own ---------------------------------------------------------
def test_a_process_and_an_agent_that_somebody_ends(
    abilities: Abilities, monkeypatch: pytest.MonkeyPatch
) -> None:
    plays: list[Plan] = []
    play_plan = Host.play

    def plays_and_ends(host: Host, plan: Plan) -> None:
        play_plan(host, plan)
        if len(plan.planned) < 1000:  # it is a question
            return
        plays.append(plan)
        assert host._process is not None
        if len(plays) == 2:  # the OOM killer, say
            os.kill(child(child(host._process.pid)), signal.SIGKILL)
        if len(plays) == 3:
            child(host._process.pid)
            host._process.kill()

    monkeypatch.setattr(Host, "play", plays_and_ends)
    text = f"{HEAD}P0: a = mmap 1p\n" + "  P0: write a 0x1\n" * 1000
    with HostJudge(abilities) as judge:
        found = list(judge.judge_all([parse(text)] * 4))
    assert [verdict.verdict for verdict in found] == [AGREE, UNDECIDED, UNDECIDED, AGREE]
    assert "somebody else ended the worker of P0: SIGKILL" in found[1].reason
    assert found[2].reason in ("it closed the channel", "it ended with status -9")


def child(pid: int) -> int:
    """The first child of a process, as soon as it is there."""
    while True:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if found:
            return int(found[0])


# --- the comparison itself ------------------------------------------------------------------------
HEAD = "linuxmm-scenario 1\nname: t\nintent: A test.\n\nsteps:\n  "


def scenario_of(*steps: str) -> Scenario:
    return parse(HEAD + "\n  ".join(steps) + "\n", "t")


def on_the_host(host: Host, scenario: Scenario) -> list[Played]:
    plan = Plan(scenario, place=host.place)
    host.play(plan)
    return plan.outcomes(split(host.receive()[1:]))


def test_another_outcome_is_a_difference(abilities: Abilities) -> None:
    """The model plays one step differently: result and pages of it are found to differ."""
    theirs = scenario_of("P0: a = mmap 2p", "P0: write a 1", "P0: smaps a Rss")
    ours = scenario_of("P0: a = mmap 2p", "P0: write a[0] 1", "P0: smaps a Rss")
    with Host(abilities) as host:
        played = on_the_host(host, theirs)
    comparison = Comparison(abilities, Score())
    for model, kernel in zip(play(ours).played, played, strict=True):
        comparison.step("t", model, kernel)
    found = {difference.observable for difference in comparison.score.differences}
    assert "Rss" in found
    assert not abilities.has("pagemap") or "P0.a[1]" in found


def test_a_shared_frame_is_told_from_two(abilities: Abilities) -> None:
    if not abilities.has("pfn"):
        pytest.skip(abilities.why_not("pfn"))
    before = ["P0: a = mmap 1p", "P0: write a 1", "P0: P1 = fork"]
    with Host(abilities) as host:
        played = on_the_host(host, scenario_of(*before, "P1: read a"))
    comparison = Comparison(abilities, Score())
    model = play(scenario_of(*before, "P1: write a 1")).played
    comparison.step("t", model[-1], played[-1])
    assert any(d.model == "P1.a[0]" for d in comparison.score.differences)


def test_a_signal_ends_the_process(abilities: Abilities) -> None:
    steps = ("P0: a = mmap 3p", "P0: mprotect a[1] none", "P0: read a", "P0: P1 = fork",
             "P1: read a")  # fmt: skip
    with Host(abilities) as host:
        outcomes = [step.outcome.text() for step in on_the_host(host, scenario_of(*steps))]
    assert outcomes[2:] == ["SIGSEGV@1", "gone", "gone"]


def test_what_cannot_be_played_is_left_out_with_a_reason(abilities: Abilities) -> None:
    text = HEAD + "P0: a = mmap 1p\n  P0: h = pin a\n  P0: unpin h\n  P0: read a\n"
    part = playable(parse(text, "t"), abilities)
    assert [step.verb for step in part.scenario.steps] == ["mmap", "read"]
    assert [why for _, why in part.dropped] == [
        "user space cannot take pins on pages",
        "it uses what a step before did not make",
    ]


def test_settings_are_put_back_after_an_exception(abilities: Abilities) -> None:
    if not abilities.has("ksm"):
        pytest.skip(abilities.why_not("ksm"))
    before = [read(KSM + name) for name in SETTINGS]
    with pytest.raises(KeyboardInterrupt), Host(abilities) as host:
        on_the_host(host, load(ROOT / "scenarios/live/ksm.mm"))
        raise KeyboardInterrupt
    assert [read(KSM + name) for name in SETTINGS] == before
