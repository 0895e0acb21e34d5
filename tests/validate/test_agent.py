# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent itself, built and run here: plain steps need neither the guest nor its modules."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from linuxmm.scenario.parse import parse
from linuxmm.scenario.tree import Scenario
from linuxmm.validate.agent import agent
from linuxmm.validate.answers import ENDED, WHOLE, split
from linuxmm.validate.model import play
from linuxmm.validate.plan import Place, Plan
from tests.validate.agent_under_asan import HERE, Talk

HEAD = "linuxmm-scenario 1\nname: t\nintent: A test.\n\nsteps:\n  "
PLACE = Place(ours=False, disk=".")
pytestmark = pytest.mark.skipif(not HERE, reason="the agent is built with a C compiler for x86-64")


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    found = Talk(agent(), tmp_path_factory.mktemp("agent"), "host")
    yield found
    assert found.stop() == 0


def scenario_of(*steps: str) -> Scenario:
    return parse((HEAD + "\n  ".join(steps) + "\n").encode(), "t")


def played(talk: Talk, scenario: Scenario) -> tuple[int, list[str]]:
    """How it ended, and what each step gave."""
    plan = Plan(scenario, place=PLACE)
    data = talk.ask("play", plan.text())
    return data[0], [p.outcome.text() for p in plan.outcomes(split(data[1:]))]


def test_in_a_guest_it_says_hello_and_runs_commands(tmp_path: Path) -> None:
    talk = Talk(agent(), tmp_path, "guest")
    assert talk.hello.splitlines()[0] == f"release {os.uname().release}"
    assert "failed no such thing" in talk.hello
    assert talk.ask("sh", "echo one; echo two >&2") == b"one\ntwo\n"
    assert talk.stop() == 0


@pytest.mark.parametrize("where", ["host", "own"])
def test_elsewhere_nobody_gets_a_shell(where: str, tmp_path: Path) -> None:
    talk = Talk(agent(), tmp_path, where)
    talk.send("sh", "touch there")
    assert talk.process.wait(10) == 0
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize(
    ("op", "why"),
    [
        ("set /proc/sys/vm/swappiness 60 1", "is not one that a plan may name"),
        ("set . 60 1", ". cannot be read"),
        ("file 0 disk /tmp 1", "the path /tmp is not one that a plan may name"),
        ("file 0 disk ./ 1", "the path ./ is not one that a plan may name"),
        ("file 0 device /dev/null", "the path /dev/null is not one that a plan may name"),
        ("swap /dev/zram0 1", "is not one that a plan may name"),
        ("reset", "/dev/mmprobe cannot be opened"),
        ("hidden", "/dev/mmprobe cannot be opened"),
        ("follow_page 0 0 0 1 0", "/dev/mmprobe cannot be opened"),
        ("ksm_set ../../../../etc/passwd 1", "is no setting of KSM"),
    ],
)
def test_on_a_host_a_plan_reaches_nothing_but_its_own(talk: Talk, op: str, why: str) -> None:
    ops = ["start 1 -1 0 0", "mmap 0 0 1 3 34 0 -1", op]
    assert why in split(talk.ask("play", "\n".join(ops))[1:])[-1].text()


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
    """What is done with it later is done on a descriptor that is not open."""
    steps = ("P0: P1 = fork", "P1: a = mmap 1p none", "P1: read a", "P1: f = memfd_create 1p",
             "P0: b = mmap f", "P0: c = mmap 1p")  # fmt: skip
    expected = ["ok", "ok", "SIGSEGV@0", "gone", "-EBADF", "ok"]
    assert played(talk, scenario_of(*steps)) == (WHOLE, expected)
    assert [step.outcome.text() for step in play(scenario_of(*steps)).played] == expected


def test_who_cannot_be_limited_does_not_play(talk: Talk) -> None:
    """A limit above the hard one, which takes CAP_SYS_RESOURCE: tried here beside the agent."""
    more = 1 << 40
    code = f"import resource; resource.setrlimit(resource.RLIMIT_MEMLOCK, ({more}, {more}))"
    refused = subprocess.run([sys.executable, "-c", code], capture_output=True).returncode
    (answer,) = split(talk.ask("play", f"start 1 {more} 0 0")[1:])
    says = "a process cannot be limited: Operation not permitted" if refused else ""
    assert answer.text() == says


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_all_end_with_the_agent(tmp_path: Path) -> None:
    """Killed in the middle of a plan: no player and no process of the scenario outlives it."""
    talk = Talk(agent(), tmp_path, "host")
    start = "start 2 -1 0 0\nfork 0 1\nmmap 0 0 1 3 34 0 -1\n"
    talk.send("play", start + "read 0 0 0 1\n" * 300_000)
    deadline = time.monotonic() + 20
    found: list[int] = []
    while len(found) < 3 and time.monotonic() < deadline:
        found = children(talk.process.pid)
        found += [pid for player in found for pid in children(player)]
    assert len(found) == 3  # the player, P0 and P1
    talk.process.kill()
    talk.process.wait()
    while any(Path(f"/proc/{pid}").exists() for pid in found) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not [pid for pid in found if Path(f"/proc/{pid}").exists()]
