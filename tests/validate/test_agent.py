"""The agent itself, built and run here: plain steps need neither the guest nor its modules."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from linuxmm.scenario.parse import parse
from linuxmm.scenario.tree import Scenario
from linuxmm.validate.agent import agent
from linuxmm.validate.answers import ENDED, WHOLE, split
from linuxmm.validate.model import play
from linuxmm.validate.plan import Plan
from tests.validate.agent_under_asan import HERE, Talk

HEAD = "linuxmm-scenario 1\nname: t\nintent: A test.\n\nsteps:\n  "
NOT_HERE = ("reset", "set", "swap", "drain", "hidden", "log")  # settings, the probe, root's log
pytestmark = pytest.mark.skipif(not HERE, reason="the agent is built with gcc for x86-64")


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    found = Talk(agent(), tmp_path_factory.mktemp("agent"))
    yield found
    assert found.stop() == 0


def scenario_of(*steps: str) -> Scenario:
    return parse((HEAD + "\n  ".join(steps) + "\n").encode(), "t")


def played(talk: Talk, scenario: Scenario) -> tuple[int, list[str]]:
    """How it ended, and what each step gave."""
    plan = Plan(scenario)
    kept = [op for op in plan.ops if op.split()[0] not in NOT_HERE]
    data = talk.ask("play", "\n".join(kept))
    rest = iter(split(data[1:]))
    nothing = next(iter(split(bytes(13))))
    answers = [next(rest, None) if op in kept else nothing for op in plan.ops]
    reached = answers[: answers.index(None)] if None in answers else answers
    known = [answer for answer in reached if answer is not None]
    return data[0], [p.outcome.text() for p in plan.outcomes(known)]


def test_it_says_hello_and_runs_commands(talk: Talk) -> None:
    assert talk.hello.splitlines()[0] == f"release {os.uname().release}"
    assert "failed no such thing" in talk.hello
    assert talk.ask("sh", "echo one; echo two >&2") == b"one\ntwo\n"


@pytest.mark.parametrize(
    "steps",
    [
        ("P0: a = mmap 4p", "P0: write a 0x5 0x6 0x7 0x8", "P0: P1 = fork", "P1: write a[1] 0x9",
         "P0: read a", "P1: read a", "P1: exit", "P0: munmap a[0:2]", "P0: read a[2:4]"),
        ("P0: a = mmap 3p", "P0: mprotect a[1] none", "P0: P1 = fork", "P0: read a",
         "P0: read a[0]", "P1: read a[0]", "P0: P2 = fork", "P2: read a"),
        ("P0: f = memfd_create 3p", "P0: a = mmap f rw shared", "P0: b = mmap f[1:3] rw private",
         "P0: write a 0x1 0x2 0x3", "P0: write b[0] 0x4", "P0: read a", "P0: read b"),
        ("P0: a = mmap 2p", "P0: madvise a MADV_DONTNEED", "P0: mlock2 a MLOCK_ONFAULT",
         "P0: munlock a", "P0: munlockall", "P0: madvise a MADV_DODUMP"),
    ],
)  # fmt: skip
def test_plain_steps_give_what_the_model_gives(talk: Talk, steps: tuple[str, ...]) -> None:
    scenario = scenario_of(*steps)
    how, theirs = played(talk, scenario)
    assert how == WHOLE
    assert theirs == [step.outcome.text() for step in play(scenario).played]


def test_a_scenario_does_not_see_the_one_before(talk: Talk) -> None:
    for _ in range(2):
        how, theirs = played(talk, scenario_of("P0: a = mmap 1p", "P0: read a", "P0: write a 0x7"))
        assert (how, theirs) == (WHOLE, ["ok", "0x0", "ok"])


def test_a_player_that_dies_leaves_what_it_had_answered(talk: Talk) -> None:
    """Killed in the middle of a plan that takes its seconds."""
    nr = 300_000
    talk.send("play", "start 1 -1 0 0\nmmap 0 0 1 3 34 0 -1\n" + "read 0 0 0 1\n" * nr)
    children = Path(f"/proc/{talk.process.pid}/task/{talk.process.pid}/children")
    deadline = time.monotonic() + 20
    while not (found := children.read_text().split()):
        assert time.monotonic() < deadline, "there was no player"
    os.kill(int(found[0]), signal.SIGKILL)
    data = talk.get()
    assert data[0] == ENDED
    assert len(split(data[1:])) < 2 + nr
    assert played(talk, scenario_of("P0: a = mmap 1p", "P0: read a"))[0] == WHOLE


def test_an_unknown_operation_is_told(talk: Talk) -> None:
    (answer,) = split(talk.ask("play", "dance 1 2")[1:])
    assert answer.text() == "unknown operation dance"


def test_who_is_gone_makes_no_file_either(talk: Talk) -> None:
    steps = ("P0: P1 = fork", "P1: a = mmap 1p none", "P1: read a", "P1: f = memfd_create 1p")
    assert played(talk, scenario_of(*steps)) == (WHOLE, ["ok", "ok", "SIGSEGV@0", "gone"])
