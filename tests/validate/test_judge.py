# SPDX-License-Identifier: GPL-2.0-or-later
"""What the judge makes of a guest that answers, answers in part, dies, or does not come back."""

import errno
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from linuxmm.errors import KernelError, Skipped
from linuxmm.kernels import Kernel, load
from linuxmm.scenario.parse import parse
from linuxmm.scenario.tree import Scenario
from linuxmm.validate import judge as module
from linuxmm.validate import questions
from linuxmm.validate.abilities import Abilities
from linuxmm.validate.answers import BROKEN, DIED, DONE, ENDED, FATAL, HEAD, TOO_LONG, WHOLE
from linuxmm.validate.channel import AgentDied
from linuxmm.validate.hello import of_devices
from linuxmm.validate.host import Host
from linuxmm.validate.judge import HostJudge, VmJudge
from linuxmm.validate.masks import Spot
from linuxmm.validate.minimise import make_small
from linuxmm.validate.plan import Plan
from linuxmm.validate.questions import of_rules
from linuxmm.validate.score import AGREE, DISAGREE, FAULT, SKIPPED, UNDECIDED
from linuxmm.validate.states import Mark
from linuxmm.validate.vm import Image
from tests.validate.test_plan import scenario_of

Reply = Callable[[list[str]], bytes]


def packed(status: int = DONE, ret: int = 0, data: bytes = b"") -> bytes:
    return HEAD.pack(status, ret, len(data)) + data


def succeeds(op: str) -> bytes:
    """An operation that succeeds and shows nothing; counters stay at zero."""
    verb, *rest = op.split()[2:] if op.startswith("by ") else op.split()
    return packed(data=bytes(8 * len(rest)) if verb in ("counters", "ksm_get") else b"")


def nothing(ops: list[str]) -> bytes:
    """A kernel on which every call succeeds and nothing is ever mapped."""
    return bytes([WHOLE]) + b"".join(map(succeeds, ops))


class FakeGuest:
    """Answers what the test tells it to, one reply for each message; the last one for all more."""

    replies: list[Reply] = []
    boots = 0
    boots_possible = 9

    def __init__(self, image: Image) -> None:
        self.has = of_devices((2, 3))
        self.accelerated, self.boot_seconds, self.image = False, 1.0, image
        self.words: tuple[str, ...] = ()
        self.ops: list[str] = []

    def __enter__(self) -> "FakeGuest":
        self.boot()
        return self

    def __exit__(self, kind: None, error: None, at: None) -> None:
        self.close()

    def boot(self) -> None:
        if FakeGuest.boots == FakeGuest.boots_possible:
            raise Skipped("the virtual machine does not boot")
        FakeGuest.boots += 1

    def close(self) -> None:
        return

    def play(self, plan: Plan) -> None:
        self.ops = plan.text().splitlines()

    def receive(self) -> bytes:
        replies = FakeGuest.replies
        return (replies.pop(0) if len(replies) > 1 else replies[0])(self.ops)


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> VmJudge:
    monkeypatch.setattr(module, "Guest", FakeGuest)
    monkeypatch.setattr(module, "asked", lambda *words: {})
    FakeGuest.replies, FakeGuest.boots, FakeGuest.boots_possible = [nothing], 0, 9
    made = VmJudge(Image(Path("vmlinuz"), "6.1.0", Path("modules")))
    made.__enter__()
    return made


def plain() -> Scenario:
    return scenario_of("P0: a = mmap 1p", "P0: munlockall")


def dies(ops: list[str]) -> bytes:
    raise AgentDied("it closed the channel")


def test_what_agrees_is_counted_by_observable_system_and_kind(judge: VmJudge) -> None:
    (verdict,) = judge.judge_all([scenario_of("P0: a = mmap 1p", "P0: write a 0x1")])
    assert verdict.verdict == DISAGREE  # the page that the model has is not in the answers
    score = judge.score
    assert score.seen["write"] == score.agreed["write"] == 1
    assert score.seen_by_system["fault"] >= 1 and score.seen_by_kind["anon"] >= 1
    assert score.compared == score.agreed.total() + len(score.differences)
    found = {difference.observable for difference in verdict.differences}
    assert "P0.a" in found or "P0.a[0] mapped" in found


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (lambda ops: bytes([TOO_LONG]), "within 30 s"),
        (lambda ops: bytes([ENDED]), "ended"),
        (lambda ops: bytes([FATAL]) + b"kernel BUG at mm/x.c:1!", "kernel BUG"),
        (lambda ops: bytes([WHOLE]) + packed(BROKEN, 0, b"no such device"), "no such device"),
        (dies, "closed the channel"),
    ],
)
def test_without_a_whole_answer_there_is_no_verdict(
    judge: VmJudge, reply: Reply, reason: str
) -> None:
    FakeGuest.replies = [reply, nothing]
    first, second = judge.judge_all([plain(), plain()])
    assert first.verdict == UNDECIDED and reason in first.reason
    assert second.verdict in (AGREE, DISAGREE)
    assert judge.score.undecided.total() == 1


def test_a_guest_that_died_is_booted_again_for_the_others(judge: VmJudge) -> None:
    FakeGuest.replies = [nothing, dies, nothing]
    verdicts = list(judge.judge_all([plain()] * 4))
    assert [verdict.verdict == UNDECIDED for verdict in verdicts] == [False, True, False, False]
    assert FakeGuest.boots == 2


def test_scenarios_that_need_another_boot_get_it_and_it_is_said(judge: VmJudge) -> None:
    gate = parse(
        b"linuxmm-scenario 1\nname: g\nintent: g\nrequires: boot vsyscall=emulate\n"
        b"steps:\n  P0: v = vsyscall\n"
    )
    list(judge.judge_all([plain(), gate, gate, plain()]))
    assert FakeGuest.boots == 3 and judge.guest.words == ()
    said = judge.describe()
    assert "booted 3 times: as always, vsyscall=emulate, as always" in said


def test_one_that_does_not_boot_again_ends_the_run_after_what_was_found(judge: VmJudge) -> None:
    FakeGuest.replies, FakeGuest.boots_possible = [nothing, dies], 1
    found = []
    with pytest.raises(Skipped, match="does not boot"):
        for verdict in judge.judge_all([plain()] * 3):
            found.append(verdict)
    assert len(found) <= 1


def test_a_machine_that_the_guest_cannot_be_is_skipped_and_said(judge: VmJudge) -> None:
    odd = scenario_of("P0: a = mmap 1p", machine="  node0 512M\n  swap 64M")
    (verdict,) = judge.judge_all([odd])
    assert verdict.verdict == SKIPPED and "zram" in verdict.reason
    assert judge.score.compared == 0


def test_a_disagreement_is_made_small_and_its_plays_do_not_count(judge: VmJudge) -> None:
    scenario = scenario_of(
        "P0: a = mmap 1p", "P0: b = mmap 2p", "P0: munlockall", "P0: madvise a MADV_COLD",
        "P0: mlock b", "P0: munmap a",
    )  # fmt: skip

    def locks_nothing(ops: list[str]) -> bytes:
        found = [packed(ret=-12) if op.startswith("range 0 mlock ") else succeeds(op) for op in ops]
        return bytes([WHOLE]) + b"".join(found)

    FakeGuest.replies = [locks_nothing]
    (verdict,) = judge.judge_all([scenario])
    wrong = [d for d in verdict.differences if d.verb == "mlock"]
    assert [(d.model, d.host) for d in wrong] == [("0", "-ENOMEM")]
    verdict.differences[:] = wrong
    compared = judge.score.compared
    make_small(judge, verdict)
    assert verdict.small is not None
    assert [step.verb for step in verdict.small.steps] == ["mmap", "mlock"]
    assert judge.score.compared == compared


# --- a fault of ours in one scenario --------------------------------------------------------------
def answers_something(ops: list[str]) -> bytes:
    """Whole, and yet no answer to what was asked: shorter words than a counter has."""
    return bytes([WHOLE]) + b"".join(packed(data=b"\1\2\3") for _ in ops)


@pytest.mark.parametrize("reply", [answers_something, lambda ops: b""])
def test_an_answer_that_is_none_is_undecided(judge: VmJudge, reply: Reply) -> None:
    FakeGuest.replies = [reply, nothing]
    looks = scenario_of("P0: a = mmap 1p", "P0: vmstat pswpin")
    first, second = judge.judge_all([looks, plain()])
    assert first.verdict == UNDECIDED and "answer" in first.reason
    assert second.verdict in (AGREE, DISAGREE)


@pytest.mark.parametrize("where", ["play", "Plan", "split"])
def test_what_we_break_in_one_scenario_costs_no_other_its_verdict(
    judge: VmJudge, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    works, calls = getattr(module, where), []

    def breaks_once(*args: object, **more: object) -> object:
        calls.append(args)
        if len(calls) == 2:
            raise KeyError("a")
        return works(*args, **more)

    monkeypatch.setattr(module, where, breaks_once)
    verdicts = list(judge.judge_all([plain()] * 4))
    assert [verdict.verdict == FAULT for verdict in verdicts] == [False, True, False, False]
    assert "KeyError" in verdicts[1].reason and isinstance(verdicts[1].error, KeyError)
    assert FakeGuest.boots == 1


class FakeHost(FakeGuest):
    """One that is no guest: the running kernel, played by hand."""


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> HostJudge:
    judge = HostJudge(Abilities())
    monkeypatch.setattr(judge, "player", FakeHost(Image(Path("none"), "6.1.0", Path("none"))))
    return judge


def alive(ops: list[str]) -> bytes:
    return bytes([WHOLE]) + b"".join(map(succeeds, ops))


def killed(ops: list[str]) -> bytes:
    """The step itself, with 0 of its pages done, and process 0."""
    words = struct.pack("<2q", 0, 0)
    found = [packed(DIED, 9, words) if op.startswith("call") else succeeds(op) for op in ops]
    return bytes([WHOLE]) + b"".join(found)


def found_dead(ops: list[str]) -> bytes:
    words = struct.pack("<2q", 0, 9)
    found = [packed(data=words) if op == "alive" else succeeds(op) for op in ops]
    return bytes([WHOLE]) + b"".join(found)


@pytest.mark.parametrize("reply", [killed, found_dead])
def test_a_process_that_somebody_else_ends_is_no_difference(host: HostJudge, reply: Reply) -> None:
    """The OOM killer, say: what was read of it since is nothing."""
    FakeGuest.replies = [alive, reply, alive]
    verdicts = list(host.judge_all([scenario_of("P0: munlockall")] * 3))
    assert [verdict.verdict for verdict in verdicts] == [AGREE, UNDECIDED, AGREE]
    assert verdicts[1].reason == "somebody else ended the worker of P0: SIGKILL"


def test_what_we_break_on_the_host(host: HostJudge, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(plan: Plan) -> None:
        raise KeyError(("P0", "a"))

    FakeGuest.replies = [alive]
    first = list(host.judge_all([plain()]))
    monkeypatch.setattr(host, "_plan", breaks)
    (second,) = host.judge_all([plain()])
    assert first[0].verdict != FAULT and second.verdict == FAULT
    assert host.score.undecided.total() == 1


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EMFILE, errno.EAGAIN])
def test_what_the_machine_lacks_is_no_bug(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def starts(host: Host) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Host, "_start", starts)
    (verdict,) = HostJudge(Abilities()).judge_all([plain()])
    assert verdict.verdict == UNDECIDED and os.strerror(number) in verdict.reason


# --- the rules and the kernel ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("wanted", "rules", "differs"),
    [
        ("", "v5.17-coherent", set()),
        ("v6.1", "debian-6.1", {"query_passes_prot_none"}),
    ],
)
def test_the_rules_are_the_nearest_or_those_that_are_wanted(
    wanted: str, rules: str, differs: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guest that answers as a 5.17: its move_pages finds pages without access."""
    monkeypatch.setattr(module, "Guest", FakeGuest)
    theirs = of_rules(load("v5.17-coherent"))
    monkeypatch.setattr(module, "asked", lambda *words: theirs)
    FakeGuest.boots, FakeGuest.boots_possible = 0, 9
    with VmJudge(Image(Path("vmlinuz"), "5.17", Path("modules")), wanted) as judge:
        assert judge.kernel.name == rules and f"by the rules of {rules}" in judge.describe()
        assert set(judge.differs) == set(judge.abilities.missing) - {"device_private"} == differs
        masked = judge.comparison.masks.at("move_pages", prot_none())
        assert (masked is not None) is bool(differs)


def prot_none() -> Spot:
    return Spot("", True, {Mark.NO_ACCESS}, model="-ENOENT", kernel="node0")


def test_a_guest_that_dies_when_it_is_asked_is_booted_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "Guest", FakeGuest)
    FakeGuest.replies, FakeGuest.boots, FakeGuest.boots_possible = [dies], 0, 9
    with VmJudge(Image(Path("vmlinuz"), "6.1.0", Path("modules"))) as judge:
        assert FakeGuest.boots == 3 and judge.kernel.name == "debian-6.1"  # asked twice
        assert "by the rules of debian-6.1 (it could not be asked what it does)" in judge.describe()


def test_a_record_that_cannot_be_read_is_no_reason_to_take_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(name: str) -> Kernel:
        raise KernelError("no such rule", file=f"{name}.toml", line=1)

    monkeypatch.setattr(questions, "_of_record", broken)
    with pytest.raises(KernelError, match="no such rule"):
        questions.nearest({"account_stays": "ac"})
