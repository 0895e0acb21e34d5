# SPDX-License-Identifier: GPL-2.0-or-later
"""The plan of a scenario: its text by hand count, the answers to it as outcomes."""

import re
import struct
from collections.abc import Sequence

import pytest

from linuxmm.errors import Skipped
from linuxmm.scenario.outcome import PageState
from linuxmm.scenario.parse import parse
from linuxmm.scenario.tree import Scenario
from linuxmm.scenario.verbs import VERBS
from linuxmm.validate import agent
from linuxmm.validate.answers import BROKEN, DIED, DONE, GONE_ALREADY, HEAD, Answer, split
from linuxmm.validate.plan import ARGUMENTS, BY_FORM, FIELDS, OF_DEVICES, Plan

TEXT = "linuxmm-scenario 1\nname: t\nintent: A test.\n\nmachine:\n{machine}\n\nsteps:\n{steps}\n"


def scenario_of(*steps: str, machine: str = "  node0 512M") -> Scenario:
    lines = "\n".join("  " + step for step in steps)
    return parse(TEXT.format(machine=machine, steps=lines).encode(), "t.mm")


def own_ops(plan: Plan) -> list[str]:
    """The operations of the steps, without the looks between them."""
    return [plan.ops[i] for planned in plan.planned for i in planned.own]


def verb_of(op: str) -> str:
    """The operation's own name, behind who makes it."""
    words = op.split()
    return words[2] if words[0] == "by" else words[0]


def answers_to(plan: Plan, given: dict[str, Answer]) -> list[Answer]:
    """Nothing for every operation but for those that begin with one of these words."""
    nothing = Answer(DONE, 0, b"")
    return [given.get(verb_of(op), nothing) for op in plan.ops]


def words(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}q", *numbers)


# --- what the records name ------------------------------------------------------------------------
PLAYED = [verb for verb in VERBS.values() if verb.agent]


def test_every_argument_method_and_reader_is_named_by_a_record() -> None:
    assert {word for verb in PLAYED for word in verb.agent[1:]} == set(ARGUMENTS)
    methods = {name.removeprefix("_do_") for name in vars(Plan) if name.startswith("_do_")}
    assert methods == {verb.plan for verb in VERBS.values() if verb.plan} | {"plain"}
    own = [verb for verb in PLAYED if verb.who != "device"]
    assert {verb.form for verb in own if verb.form != "fields"} == set(BY_FORM)
    assert {verb.reads for verb in own if verb.form == "fields"} == set(FIELDS)
    assert {verb.form for verb in PLAYED if verb.who == "device"} == set(OF_DEVICES)


def test_the_agent_has_the_operations_that_the_records_name() -> None:
    """And makes those system calls as they are that the records leave to it."""
    sources = "".join(path.read_text() for path in agent.HERE.glob("*.c"))
    operations = re.findall(r'\{ "(\w+)", op_\w+ \}', sources)
    assert len(operations) == len(set(operations))
    assert {verb.agent[0] for verb in PLAYED} <= set(operations)
    calls = set(re.findall(r'\{ "(\w+)", SYS_\w+ \}', sources))
    assert calls == {verb.name for verb in PLAYED if "call" in verb.agent}


# --- from steps to operations ---------------------------------------------------------------------
def test_places_are_numbers_of_mappings_and_pages() -> None:
    plan = Plan(
        scenario_of(
            "P0: a = mmap 4p", "P0: b = mmap 2p r shared", "P0: write a[1:3] 0x7",
            "P0: P1 = fork", "P1: madvise b MADV_COLD", "P1: move_pages a node0",
        )
    )  # fmt: skip
    assert own_ops(plan) == [
        "mmap 0 0 4 3 34 0 -1",  # MAP_PRIVATE | MAP_ANONYMOUS
        "mmap 0 1 2 1 33 0 -1",  # MAP_SHARED | MAP_ANONYMOUS
        "write 0 0 1 2 7",
        "fork 0 1",
        "range 1 madvise 1 0 2 20",  # MADV_COLD
        "move_pages 1 1 0 0 4 2 0",  # MPOL_MF_MOVE, to node 0
    ]


def test_contents_travel_as_signed_numbers() -> None:
    plan = Plan(scenario_of("P0: a = mmap 2p", "P0: write a 0xffffffffffffffff 0x1"))
    assert own_ops(plan)[-1] == "write 0 0 0 2 -1 1"


def test_a_file_is_made_before_it_is_mapped() -> None:
    plan = Plan(scenario_of("P0: f = file 3p", "P0: a = mmap f[1:3] rw shared"))
    assert own_ops(plan) == ["by 0 file 0 disk /run/linuxmm-disk 3", "mmap 0 0 2 3 1 1 0"]


def test_devices_are_told_by_node_and_private_ones_by_number() -> None:
    machine = "  node0 512M\n  node1 512M\n  coherent0 256M node1\n  private0 256M"
    steps = ("P0: a = mmap 1p", "coherent0: migrate P0.a", "private0: migrate P0.a")
    plan = Plan(scenario_of(*steps, machine=machine))
    assert own_ops(plan)[1:] == [
        "hmm 0 2 /dev/hmm_dmirror3 0 0 1",
        "hmm 0 2 /dev/hmm_dmirror0 0 0 1",
    ]


def test_ksmd_runs_in_its_own_steps_only() -> None:
    steps = ("P0: ksm_set run=1", "ksmd: full_scan 2", "P0: ksm_set run=0", "ksmd: full_scan")
    assert own_ops(Plan(scenario_of(*steps))) == ["ksm_pass 2"]
    plain = Plan(scenario_of("P0: a = mmap 1p"))
    assert not any(op.startswith("ksm") for op in plain.ops)


def test_a_step_on_another_cpu_goes_there_and_the_next_comes_back() -> None:
    machine = "  node0 512M\n  cpus 2"
    plan = Plan(scenario_of("P0 on cpu1: a = mmap 1p", "P0: read a", machine=machine))
    assert [op for op in plan.ops if op.startswith("cpu")] == ["cpu 0 0", "cpu 0 1", "cpu 0 0"]


def test_a_device_is_called_on_the_cpu_of_its_step() -> None:
    """By the process whose pages it names, which was on another CPU last (gen --seed 70948)."""
    machine = "  node0 512M\n  node1 512M\n  coherent0 256M"
    steps = ("P0: a = mmap 1p", "P0 on cpu1: write a 0x11", "coherent0: migrate P0.a")
    plan = Plan(scenario_of(*steps, machine=machine))
    assert [op for op in plan.ops if op.startswith("cpu")] == ["cpu 0 0", "cpu 0 1", "cpu 0 0"]


def test_what_only_the_kernel_sees_is_looked_at_behind_a_drain() -> None:
    plan = Plan(scenario_of("P0: a = mmap 1p", "drain"))
    first, second = plan.planned
    assert (first.hidden, second.rows) == (-1, -1)
    assert plan.ops[first.rows] == "rows" and plan.ops[second.hidden] == "hidden"


# --- from answers to outcomes ---------------------------------------------------------------------
def outcome_of(step: str, answer: Answer, *before: str, machine: str = "  node0 512M") -> str:
    """What the last step gives when its operation is answered like this."""
    plan = Plan(scenario_of("P0: a = mmap 2p", *before, step, machine=machine))
    last = verb_of(plan.ops[plan.planned[-1].own[-1]])
    return plan.outcomes(answers_to(plan, {last: answer}))[-1].outcome.text()


@pytest.mark.parametrize(
    ("step", "answer", "text"),
    [
        ("P0: madvise a MADV_COLD", Answer(DONE, 0, b""), "0"),
        ("P0: madvise a MADV_COLD", Answer(DONE, -22, b""), "-EINVAL"),
        ("P0: read a", Answer(DONE, 0, words(-1, 2)), "0xffffffffffffffff 0x2"),
        ("P0: read a", Answer(DIED, 11, words(1)), "SIGSEGV@1"),
        ("P0: read a", Answer(GONE_ALREADY, 0, b""), "gone"),
        ("P0: move_pages a", Answer(DONE, 0, words(-2, 1)), "-ENOENT node1"),
        ("P0: move_pages a node0", Answer(DONE, -14, words(77, 77)), "ret=-EFAULT"),
        ("P0: pagemap a", Answer(DONE, 0, words(-(1 << 63) | 5, 0)), "P none"),
        ("P0: pages a", Answer(DONE, 0, words(-(1 << 63) | 0x140000, 0)), "dev none"),
        ("P0: kpagecount a", Answer(DONE, 0, words(3, -1)), "3 0"),
        ("P0: follow_page a FOLL_GET", Answer(DONE, 0, words(1, -14)), "page -EFAULT"),
        ("P0: smaps a Rss", Answer(DONE, 0, b"Size: 8 kB\nRss:   4 kB\n"), "Rss=4"),
        ("P0: smaps a Rss", Answer(DONE, 0, b""), "-EFAULT"),
        ("P0: numa_maps a", Answer(DONE, 0, b"1000 default anon=2 N0=2"), "anon=2 N0=2"),
        ("P0: ksm full_scans", Answer(DONE, 0, words(5)), "full_scans=0"),
        ("P0: vmstat pswpin", Answer(DONE, 0, words(9)), "pswpin=0"),
    ],
)
def test_an_answer_becomes_an_outcome(step: str, answer: Answer, text: str) -> None:
    assert outcome_of(step, answer) == text


def test_a_snapshot_is_a_byte_a_page() -> None:
    """Values of lib/test_hmm_uapi.h: HMM_DMIRROR_PROT_*."""
    machine = "  node0 512M\n  coherent0 256M"
    data = words(0, 0, 2, 2, 0, 0x42, 0x11, 0, 0xFF)
    text = outcome_of("coherent0: snapshot P0.a", Answer(DONE, 0, data), machine=machine)
    assert text == "write,coherent-local read,zero none error"


def test_counters_are_differences_from_the_start() -> None:
    plan = Plan(scenario_of("P0: vmstat pswpin pswpout", "P0: vmstat pswpout"))
    found = answers_to(plan, {})
    at_start = plan.ops.index("counters pswpin pswpout")
    first, second = (planned.own[-1] for planned in plan.planned)
    found[at_start] = Answer(DONE, 0, words(10, 20))
    found[first] = Answer(DONE, 0, words(10, 25))
    found[second] = Answer(DONE, 0, words(27))
    texts = [played.outcome.text() for played in plan.outcomes(found)]
    assert texts == ["pswpin=0 pswpout=5", "pswpout=7"]


@pytest.mark.parametrize(
    ("compacted", "hinted", "text"),
    [
        (0, 0, "pgmigrate_success=3 pgfault=1"),
        (9, 0, "pgfault=1"),  # kcompactd isolated pages: what it migrated is in the same counter
        (0, 1, "pgfault=1"),  # a fault on an entry that NUMA balancing had marked, of anybody
    ],
)
def test_migrations_are_told_only_where_nobody_else_migrates(
    compacted: int, hinted: int, text: str
) -> None:
    plan = Plan(scenario_of("P0: vmstat pgmigrate_success pgfault"))
    found = answers_to(plan, {})
    words_of = "counters pgmigrate_success pgfault compact_isolated numa_hint_faults"
    at_start = plan.ops.index(words_of)
    (own,) = plan.planned[0].own
    assert plan.ops[own].endswith(words_of)
    found[at_start] = Answer(DONE, 0, words(10, 20, 30, 40))
    found[own] = Answer(DONE, 0, words(13, 21, 30 + compacted, 40 + hinted))
    assert plan.outcomes(found)[0].outcome.text() == text


def test_what_the_probe_says_of_a_page() -> None:
    plan = Plan(scenario_of("P0: a = mmap 1p", "drain"))
    flags = 1 << 2 | 1 << 10  # lru, swapbacked
    seen = (0, 0, 0, 1, 0x8000000000000067, 0x123, flags, 2, 1, 0, 1, 0, 0)
    data = struct.pack("<13Q", *seen)
    played = plan.outcomes(answers_to(plan, {"hidden": Answer(DONE, 0, data)}))[-1]
    state = PageState("P0", "a", 0, 0x8000000000000067, 0x123, "", 2, 1, ("lru", "swapbacked"))
    assert played.hidden == (state,)


def test_what_the_kernel_logs_is_an_event_of_its_step() -> None:
    plan = Plan(scenario_of("P0: a = mmap 1p", "P0: read a"))
    found = answers_to(plan, {})
    found[plan.planned[1].log] = Answer(DONE, 0, b"BUG: Bad page map in process x\n")
    first, second = plan.outcomes(found)
    assert not first.outcome.events
    assert [event.name for event in second.outcome.events] == ["bad-page-map"]
    assert plan.late() == []


def test_an_operation_that_cannot_be_made_skips_the_scenario_with_its_words() -> None:
    plan = Plan(scenario_of("P0: a = mmap 1p"))
    with pytest.raises(Skipped, match="no swap"):
        plan.outcomes(answers_to(plan, {"swap": Answer(BROKEN, 0, b"no swap here")}))


@pytest.mark.parametrize(
    ("op", "answer", "why"),
    [
        ("pagemap", Answer(DONE, 0, bytes(7)), "7 bytes are not 0 words"),
        ("hmm", Answer(DONE, 0, bytes(32)), "32 bytes are not 5 words"),
        ("rows", Answer(DONE, 0, words(0, 0)), "fewer entries than it says"),
        ("rows", Answer(DONE, 0, words(0, 0, 3, 1, 2)), "fewer entries than it says"),
        ("rows", Answer(DONE, 0, words(1, 0, 1, 0)), "process 1, mapping 0: there is none"),
        ("rows", Answer(DONE, 0, words(0, 1, 1, 0)), "process 0, mapping 1: there is none"),
        ("rows", Answer(DONE, 0, words(-1, 0, 1, 0)), "there is none"),
        ("hidden", Answer(DONE, 0, bytes(96)), "12 words are no rows of 13"),
        ("counters", Answer(DONE, 0, words(1, 2)), "2 words for 1 counters"),
        ("ksm_get", Answer(DONE, 0, b""), "0 words for 1 counters"),
        ("range", Answer(DIED, 99, words(0)), "a process ended with signal 99"),
        ("range", Answer(DIED, 11, b""), "0 bytes are not 1 words"),
        ("range", Answer(BROKEN, 0, b""), "the agent says no reason"),
    ],
)
def test_what_is_no_answer_is_a_sentence(op: str, answer: Answer, why: str) -> None:
    steps = (
        *("P0: a = mmap 1p", "coherent0: migrate P0.a", "P0: pagemap a", "P0: vmstat pswpin"),
        *("P0: ksm pages_shared", "P0: mlock a", "drain"),
    )
    plan = Plan(scenario_of(*steps, machine="  node0 512M\n  coherent0 256M"))
    one = Answer(DONE, 0, words(0))
    good = {"hmm": Answer(DONE, 0, bytes(40)), "counters": one, "ksm_get": one}
    assert len(plan.outcomes(answers_to(plan, good))) == len(steps)
    with pytest.raises(Skipped, match=why):
        plan.outcomes(answers_to(plan, {**good, op: answer}))


def test_words_of_a_guest_are_safe_for_a_line() -> None:
    plan = Plan(scenario_of("P0: a = mmap 1p", "P0: numa_maps a policy anon"))
    said = b"1000 pref\x1b[2J anon=1 N\xe2\x80\xae=7\n"
    shown = plan.outcomes(answers_to(plan, {"numa_maps": Answer(DONE, 0, said)}))[-1]
    assert shown.outcome.text() == "policy=pref\\x1b[2J anon=1"


def packed(answers: Sequence[Answer]) -> bytes:
    return b"".join(HEAD.pack(a.status, a.ret, len(a.data)) + a.data for a in answers)


def test_a_player_that_did_not_end_leaves_the_steps_before() -> None:
    plan = Plan(scenario_of("P0: a = mmap 1p", "P0: read a", "P0: read a"))
    data = packed(answers_to(plan, {"read": Answer(DONE, 0, words(0))}))
    whole = split(data)
    assert len(whole) == len(plan.ops) and packed(whole) == data
    cut = split(data[: len(packed(whole[: plan.planned[2].own.start])) + 5])
    assert [played.step.verb for played in plan.outcomes(cut)] == ["mmap", "read"]


def test_a_machine_without_room_for_a_process_decides_nothing() -> None:
    """It was an outcome of the fork, and the kernel was said to differ."""
    plan = Plan(scenario_of("P0: a = mmap 1p", "P0: P1 = fork", "P1: read a"))
    none = {"read": Answer(GONE_ALREADY, 0, b"")}
    with pytest.raises(Skipped, match="could not fork: EAGAIN"):
        plan.outcomes(answers_to(plan, {"fork": Answer(DONE, -11, b""), **none}))
    played = plan.outcomes(answers_to(plan, {"read": Answer(DONE, 0, words(5))}))
    assert [each.outcome.text() for each in played] == ["ok", "ok", "0x5"]


def test_a_memory_that_cannot_be_copied_is_an_outcome_of_its_fork() -> None:
    """copied-pfn-page-stops-fork on Debian 6.1: -ENOMEM by kernel/fork.c:copy_mm."""
    plan = Plan(scenario_of("P0: a = mmap 1p", "P0: P1 = fork"))
    played = plan.outcomes(answers_to(plan, {"fork": Answer(DONE, -12, b"")}))
    assert played[-1].outcome.text() == "-ENOMEM"
