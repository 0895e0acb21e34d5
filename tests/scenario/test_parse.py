# SPDX-License-Identifier: GPL-2.0-or-later
"""The language, read: every verb, every default, and every fault with its exact sentence."""

# ruff: noqa: E501 - the tables hold one sentence a line

import os
import re
from pathlib import Path

import pytest

from linuxmm.errors import ScenarioError
from linuxmm.scenario.format import format_scenario
from linuxmm.scenario.parse import load, parse
from linuxmm.scenario.tree import Extent, Scenario, Step
from linuxmm.scenario.verbs import VERBS, Verb

ROOT = Path(__file__).parent.parent.parent

MACHINE = """\
  node0 512M
  node1 512M
  coherent0 256M
  private0 256M
  dax0 64M
  devdax0 64M
  p2pdma0 16M
  cpus 2"""

# Names that the examples of the verbs use: a mapping, a driver's mapping, a file, held pages.
SET_UP = """\
P0: a = mmap 8p
P0: c = mmap 4p shared mixedmap empty
P0: f = file 8p
P0: P1 = fork
P0: h = get a
P0: k = pin a"""


def text(*steps: str, machine: str = MACHINE, rest: str = "") -> str:
    """A scenario with these steps, the first of which is on line 16 or, bare, on line 7."""
    body = "\n".join("  " + line for step in steps for line in step.split("\n"))
    block = f"machine:\n{machine}\n" if machine else ""
    return f"linuxmm-scenario 1\nname: t\nintent: Try it.\n\n{block}\nsteps:\n{body}\n{rest}"


def steps(*lines: str) -> tuple[Step, ...]:
    return parse(text(*lines)).steps


def last(*lines: str) -> Step:
    return steps(*lines)[-1]


def fault(source: str | bytes) -> str:
    """The sentence with which this text is refused."""
    with pytest.raises(ScenarioError) as caught:
        parse(source, "t.mm")
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix("t.mm:")


def step_fault(*lines: str) -> str:
    """The sentence for the last of these steps, without the place."""
    return re.sub(r"^\d+: ", "", fault(text(*lines)))


# --- what is accepted ---------------------------------------------------------------------------


@pytest.mark.parametrize("verb", VERBS.values(), ids=lambda verb: f"{verb.who}-{verb.name}")
def test_the_example_of_every_verb_parses(verb: Verb) -> None:
    before = [SET_UP]
    if verb.name in ("pages", "finalize") and verb.who == "device":
        before.append("coherent0: setup P0.a")
    if verb.name == "finalize":
        before.append("coherent0: pages")
    step = last(*before, verb.example)
    assert step.verb == verb.name


def test_the_design_example() -> None:
    scenario = load(ROOT / "scenarios" / "coherent-pages-stay.mm")
    assert scenario.name == "coherent-pages-stay"
    assert [step.label for step in scenario.steps] == ["", "", "", "r1", "r2", "r3"]
    migrate = scenario.steps[2]
    assert (migrate.actor, migrate.verb) == ("coherent0", "migrate")
    assert migrate.target == Extent("mapping", "P0", "a", 0, 4, 8)
    assert scenario.steps[4].nodes == (1,)
    assert scenario.machine.sysctls == (("kernel.numa_balancing", 0),)
    assert scenario.machine.cpu_nodes == (0, 1)
    assert [block.kernel for block in scenario.expects] == ["v6.1", "split-v1"]
    assert [condition.id for condition in scenario.never] == ["bad-page-map"]
    assert scenario.needs() == ("test_hmm", "two_nodes")


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios").rglob("*.mm")), ids=lambda p: p.stem)
def test_every_scenario_file_parses(path: Path) -> None:
    assert load(path).intent


def test_defaults_of_mmap() -> None:
    assert last("P0: a = mmap 1p").words == ("rw", "private", "anon")
    dax = last("P0: a = mmap 1p shared dax0")
    assert (dax.words, dax.device) == (("rw", "shared"), "dax0")
    assert last("P0: a = mmap 1p pfnmap").words == ("rw", "private", "pfnmap", "pfns")
    assert last("P0: a = mmap 1p shared mixedmap").words == ("rw", "shared", "mixedmap", "pages")
    of_file = last("P0: f = file 16p", "P0: a = mmap f[4:12] shared r")
    assert (of_file.words, of_file.nr_pages) == (("r", "shared"), 8)
    assert of_file.target == Extent("file", "", "f", 4, 12, 16)


def test_words_behind_the_first_come_in_any_order() -> None:
    assert steps("P0: a = mmap 4p rw private anon locked") == steps(
        "P0: a = mmap 4p locked anon private rw"
    )


def test_a_child_knows_its_parents_names_of_that_moment() -> None:
    before = ("P0: a = mmap 4p", "P0: P1 = fork", "P0: b = mmap 2p")
    assert last(*before, "P1: read a").target == Extent("mapping", "P1", "a", 0, 4, 4)
    assert step_fault(*before, "P1: read b") == (
        'P1 has no mapping or name of held pages "b"; valid: a'
    )
    assert last(*before, "P1: a2 = mmap 1p", "P0: move_pages P1.a").by == "P0"


def test_threads_and_cpus() -> None:
    step = last("P0: a = mmap 1p", "P0.t1 on cpu1: write a 1")
    assert (step.actor, step.by, step.cpu) == ("P0.t1", "P0", 1)


def test_values_one_for_all_or_one_each() -> None:
    assert last("P0: a = mmap 4p", "P0: write a 0x5a*4").values == (0x5A,)
    assert last("P0: a = mmap 4p", "P0: write a 1 2*3").values == (1, 2, 2, 2)
    assert last("P0: a = mmap 4p", "P0: move_pages a node0 node1*3").nodes == (0, 1, 1, 1)


def test_labels_on_steps_without_an_actor() -> None:
    drain = last("r1: drain cpu1")
    assert (drain.label, drain.actor, drain.number) == ("r1", "", 1)
    assert last("fail alloc 3").number == 3


def test_machine_without_a_block() -> None:
    machine = parse(text("P0: a = mmap 1p", machine="")).machine
    assert (machine.nodes[0].nr_pages, machine.cpu_nodes) == (131072, (0,))


def test_words_of_a_boot_stand_in_either_place() -> None:
    written = parse(text("P0: v = vsyscall", machine="  boot vsyscall=xonly"))
    required = text("P0: v = vsyscall", machine="").replace(
        "steps:", "requires: boot vsyscall=xonly\nsteps:"
    )
    assert parse(required).machine.boot_words == ("vsyscall=xonly",)
    assert written.machine.boot == (("vsyscall", "xonly"),)
    assert parse(format_scenario(written)) == written


def test_machine_block() -> None:
    machine = parse(
        text(
            "P0: a = mmap 1p",
            machine="  node0 1G cpuless movable\n  node1 1G\n  coherent0 4M node1\n"
            "  dax0 64M xfs\n  cpus 3\n  swap 64M zram\n  thp always\n  unprivileged\n"
            "  rlimit memlock 64K\n  ksm run = 1",
        )
    ).machine
    assert machine.cpu_nodes == (1, 1, 1)
    assert machine.nodes[0].movable and machine.nodes[0].cpuless
    assert [device.node for device in machine.devices] == [1, 0]
    assert machine.devices[1].filesystem == "xfs"
    assert (machine.swap_pages, machine.swap_kind, machine.thp) == (16384, "zram", "always")
    assert (machine.memlock, machine.unprivileged, machine.ksm) == (16, True, (("run", 1),))


def test_bytes_of_other_editors() -> None:
    plain = text("P0: a = mmap 1p", "P0: read a  # look")
    windows = b"\xef\xbb\xbf" + plain.replace("\n", "\r\n").encode()
    assert parse(windows) == parse(plain)
    joined = plain.replace("read a", "read \\\n     a")
    assert parse(joined) == parse(plain)


def test_sections_in_any_order_and_a_long_intent() -> None:
    scenario = parse(
        "linuxmm-scenario 1\nnever: rss\nexists: read = 0x0\nrequires: CONFIG_KSM root\n"
        "intent: One\n  and two.\nsteps:\n  P0: a = mmap 1p\n  P0: read a\nname: n\n"
    )
    assert scenario.intent == "One and two."
    assert scenario.requires == ("CONFIG_KSM", "root")
    expectation = scenario.exists[0].expectation
    assert expectation and expectation.step == 1


# --- faults of the file --------------------------------------------------------------------------

GOOD = text("P0: a = mmap 1p", machine="")

FILE_FAULTS: list[tuple[str | bytes, str]] = [
    ("", '1: the file is empty; it begins with "linuxmm-scenario 1"'),
    (b"\n # only\n", '1: the file is empty; it begins with "linuxmm-scenario 1"'),
    ("hello\n", '1: the first line must be "linuxmm-scenario 1", found "hello"'),
    (
        "linuxmm-scenario 2\n",
        '1: version "2" of the language is unknown; this linuxmm reads 1',
    ),
    (
        GOOD.replace("intent: Try it.\n", ""),
        "6: intent: is missing; every scenario says in a sentence what it is for",
    ),
    (
        GOOD.replace("name: t\n", ""),
        "6: name: is missing; every scenario has a name: name: coherent-pages-stay",
    ),
    ("linuxmm-scenario 1\nname: t\nintent: x\n", "3: steps: is missing; a scenario is a list of steps"),
    (GOOD.replace("Try it.", ""), "3: intent: is empty; every scenario says in a sentence what it is for"),
    (GOOD.replace("name: t", "name: a b"), '2: "a b" is no name; letters, digits, - _ and . make one'),
    ("linuxmm-scenario 1\nname: t\nintent: x\nsteps:\n", "4: steps: has no step"),
    (GOOD.replace("steps:", "step:"), '6: "step" is no section; did you mean "steps"?; lines of a block are indented'),
    (GOOD.replace("  P0", "P0"), '7: "P0" is no section; lines of a block are indented'),
    (GOOD.replace("  P0", "\tP0"), "7: a tab; indent and separate with spaces"),
    (GOOD.replace("mmap", "mm\x00ap"), "7: control character 0x00; a scenario is plain text"),
    (GOOD.replace("mmap", "mm\x1b[31m"), "7: control character 0x1b; a scenario is plain text"),
    (GOOD.encode().replace(b"mmap", b"mm\xffap"), "7: byte 0xff is not UTF-8; a scenario is plain text"),
    ("#" * (1 << 20) + "#", "1: a scenario has at most 1048576 bytes, this file is longer"),
    (GOOD.replace("1p", "1p" + " " * 5000 + "r"), "7: a line has at most 4096 characters"),
    (GOOD + "  P0: read \\", "8: the last line ends with a backslash, but nothing follows"),
    ("linuxmm-scenario 1\n  P0: x\n", '2: "P0: x" stands before any section; sections start at the margin'),
    (GOOD + "name: u\n", "8: name: stands already at line 2"),
    (GOOD + "steps:\n", "8: steps: stands already at line 6"),
    (GOOD + "  never: rss\n", '8: "never: rss" must start at the left margin'),
    (GOOD + "never: rss\n  mlock\n", "9: never: has one line; indented lines belong to a block"),
    (GOOD + "never:\n", "8: never: is empty"),
    (GOOD + "never: bad-page-mop\n", '8: "bad-page-mop" is no invariant or event; did you mean "bad-page-map"?'),
    (GOOD + "exists: rss\n", '8: "rss" is no event; valid: bad-page-map, bad-page-state, bad-pmd, bad-rss-counter, bug, endless, locks, oom-kill, oops, warn'),
    (GOOD + "requires: zrom\n", '8: "zrom" is nothing to require; did you mean "zram"?'),
    (GOOD + "requires:\n", "8: requires: is empty"),
    (GOOD + "expect:\n  mmap = ok\n", "8: expect needs a kernel: expect v6.1: or expect *:"),
    (GOOD + "steps two:\n", "8: steps is written steps:"),
    (GOOD + "machine: node0 1G\n", "8: machine: stands alone, its lines follow indented"),
    (GOOD + "expect v6.1:\n", "8: expect v6.1: has no expectation"),
    (GOOD + "expect *:\n  mmap = ok\nexpect *:\n  mmap = ok\n", "10: expect *: stands already at line 8"),
    (GOOD + "expect v:\n  mmap = ok\n  mmap = ok\n", "10: mmap is expected already at line 9"),
    (GOOD + "expect v:\n  mmap ok\n", '9: "mmap ok" is no expectation; written LABEL = OUTCOME'),
    (GOOD + "expect v:\n  nmap = ok\n", '9: no step is called "nmap"; did you mean "mmap"?'),
    (GOOD + "expect v(6):\n  mmap = ok\n", '8: "v(6)" is no kernel; a name, a path or *'),
]  # fmt: skip


@pytest.mark.parametrize(("source", "sentence"), FILE_FAULTS, ids=lambda x: str(x)[:40])
def test_faults_of_the_file(source: str | bytes, sentence: str) -> None:
    assert fault(source) == sentence


def test_a_repeated_verb_needs_labels() -> None:
    source = text(
        "P0: a = mmap 1p", "P0: read a", "P0: read a", machine="", rest="expect *:\n  read = 0"
    )
    assert fault(source) == (
        "11: 2 steps are read (lines 8, 9); give the one you mean a label, as in r1: P0: ..."
    )


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"no\.mm: cannot be read: no such file"):
        load(tmp_path / "no.mm")
    with pytest.raises(ScenarioError, match="cannot be read: is a directory"):
        load(tmp_path)


def test_only_regular_files_of_a_mebibyte_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.mm")  # nobody writes to it: to open it is to wait for ever
    with pytest.raises(ScenarioError, match=r"x\.mm:1: cannot be read: is a FIFO"):
        load(tmp_path / "x.mm")
    with (tmp_path / "sparse.mm").open("wb") as stream:
        stream.truncate(6 << 30)
    with pytest.raises(ScenarioError, match="is larger than 1 MiB"):
        load(tmp_path / "sparse.mm")


# --- faults of the machine block -------------------------------------------------------------------

MACHINE_FAULTS = [
    ("nod0 1G", '"nod0" is no part of a machine; did you mean "node0"?'),
    ("node0", "node0 needs a size, as in node0 512M"),
    ("node0 12", '"12" is no size; did you mean "12p"?'),
    ("node0 8192", '"8192" is no size; did you mean "2p"?'),
    ("node0 64MB", '"64MB" is no size; did you mean "64M"?'),
    ("node0 64MiB", '"64MiB" is no size; did you mean "64M"?'),
    ("node0 0", '"0" is no size; write pages (8p) or bytes (4K, 64M, 1G)'),
    (
        "wombats 1G",
        '"wombats" is no part of a machine; valid: node0, coherent0, private0, dax0, devdax0, '
        "p2pdma0, cpus, swap, thp, shmem_enabled, unprivileged, sysctl, ksm, khugepaged, rlimit, boot, memcg, cgroup",
    ),
    ("node0 12X", '"12X" is no size; write pages (8p) or bytes (4K, 64M, 1G)'),
    ("node0 5K", '"5K" is no whole number of pages of 4096 bytes'),
    ("node0 0M", '"0M": a size is at least one page'),
    ("node0 99999T", '"99999T" is more than the 64T allowed here'),
    ("node0 1G\n  node0 1G", "node0 is given twice"),
    ("node99 1G", "node99: nodes go up to node63"),
    ("node0 1G moveable", '"moveable" is no word of a node; did you mean "movable"?'),
    ("node0 1G cpuless", "every node is cpuless; one needs CPUs"),
    ("coherent0", "coherent0 needs a size, as in coherent0 256M"),
    ("coherent0 4M\n  coherent0 4M", "coherent0 is given twice"),
    ("coherent12 4M", "coherent12: devices go up to coherent9"),
    ("coherent0 4M node3", "coherent0 lies on node3, which the machine does not have"),
    ("dax0 4M ext3", '"ext3" is no word of a dax device; did you mean "ext4"?'),
    ("cpus 0", "cpus is written cpus N, with N from 1 to 64"),
    ("cpus 2\n  cpus 2", "cpus is given twice"),
    ("swap 4M disk", "swap is written swap SIZE or swap SIZE zram"),
    ("thp maybe", "thp is written thp never, thp madvise or thp always"),
    ("rlimit nofile 3", "rlimit is written rlimit memlock SIZE, 0 or unlimited"),
    (
        "memcg v2",
        "memcg is written memcg v1: the groups g1, g2 and g3 of cgroup v1; those of v2 are written "
        "cgroup g1",
    ),
    ("cgroup", "cgroup is written cgroup g1, cgroup g1 64M or cgroup g2 in g1: up to g3"),
    ("cgroup g1\n  cgroup g1", "cgroup g1 is given twice"),
    ("cgroup g2 in g1", '"g1" is no group that is given above this line'),
    (
        "memcg v1\n  cgroup g1",
        "memcg v1 has the groups of cgroup v1; there are none of v2 beside them",
    ),
    ("boot", "boot is written boot KEY=VALUE, as in boot vsyscall=emulate"),
    ("boot vsycall=none", '"vsycall" is no word of a boot; did you mean "vsyscall"?'),
    ("boot vsyscall=full", 'boot vsyscall is one of none, xonly, emulate, not "full"'),
    ("boot vsyscall=none vsyscall=xonly", "boot vsyscall is given twice"),
    ("unprivileged now", "unprivileged stands alone on its line"),
    ("sysctl kernel.numa_balancing=0", "sysctl is written sysctl KEY = NUMBER"),
    ("sysctl kernel.numa = 0", '"kernel.numa" is no sysctl key; did you mean "kernel.numa_balancing"?'),
    ("ksm runs = 1", '"runs" is no ksm key; did you mean "run"?'),
    ("ksm run = 1\n  ksm run = 1", "ksm run is given twice"),
    ("ksm run = 3", "ksm run is a number from 0 to 2, not 3"),
    ("ksm max_page_sharing = 1", "ksm max_page_sharing is a number from 2 to 2147483647, not 1"),
    (
        "sysctl kernel.numa_balancing = 18446744073709551615",
        "sysctl kernel.numa_balancing is a number from 0 to 4, not 18446744073709551615",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("block", "sentence"), MACHINE_FAULTS, ids=lambda x: x[:30])
def test_faults_of_the_machine(block: str, sentence: str) -> None:
    found = fault(text("P0: a = mmap 1p", machine="  " + block))
    assert re.sub(r"^\d+: ", "", found) == sentence


# --- faults of a step -------------------------------------------------------------------------------

A = "P0: a = mmap 8p"
F = "P0: f = file 8p"

STEP_FAULTS = [
    (["P0 read a"], '"P0 read a" is no step; written ACTOR: VERB ..., as in P0: read a'),
    (["Q0: read a"], '"Q0" is no actor; did you mean "P0"?'),
    (["r1: coherant0: release"], '"coherant0" is no actor; did you mean "coherent0"?'),
    (["coherent1: release"], "the machine has no coherent1; declare it: machine: coherent1 256M"),
    (["P1: munlockall"], "P1 does not exist yet; a step P0: P1 = fork makes it"),
    (["P0: P1 = fork", "P1: exit", "P1: munlockall"], "P1 exited at line 17"),
    (["P0.t1: exit", "P0.t1: munlockall"], "P0.t1 exited at line 16"),
    (["P0: exit", "P0.t1: munlockall"], "P0 exited at line 16"),
    ([A, "P0: P1 = fork", "P1: exit", "P0: move_pages P1.a"], "P1 exited at line 18"),
    (["P0:"], "a verb is missing behind P0:"),
    (["P0: a ="], "a verb is missing behind P0:"),
    (["P0: a = map 8p"], '"map" is no verb of P0; did you mean "mmap"?'),
    ([A, "coherent0: move_pages P0.a"], "coherent0 has no verb move_pages, a process has"),
    ([A, "P0: migrate a"], "P0 has no verb migrate, a device has"),
    (["fial alloc"], '"fial alloc" is no step; written ACTOR: VERB ..., as in P0: read a'),
    (["fail aloc"], 'fail takes no "aloc"; did you mean "alloc"?'),
    (["fail"], "fail needs what fails: alloc"),
    (["drain cpu7"], '"cpu7" is no CPU of the machine, it has cpu0 to cpu1'),
    (["P0 on cpu2: munlockall"], '"cpu2" is no CPU of the machine, it has cpu0 to cpu1'),
    (["ksmd on cpu1: scan 1"], "only a process runs on a CPU of its choice, ksmd does not"),
    (["r1: P0: munlockall", "r1: drain"], "the label r1 stands already at line 16"),
    (["mmap: P0: munlockall"], "mmap is a verb and cannot be a label"),
    (["ksmd: P0: munlockall"], "ksmd is an actor and cannot be a label"),
    (["P0: mmap 8p"], "mmap needs a name for what it makes: a = mmap ..."),
    ([A, "P0: b = munmap a"], 'munmap makes nothing that could be named "b"'),
    ([A, "P0: a = mmap 1p"], '"a" is defined already'),
    ([F, "P0: f = mmap 1p"], '"f" is defined already'),
    (["P0: A = mmap 1p"], '"A" is no name; a name is small letters, digits and _'),
    (["P0: node0 = mmap 1p"], '"node0" means something else; choose another name'),
    (["P0: t1 = mmap 1p"], '"t1" means something else; choose another name'),
    (["P0: child = fork"], '"child" is no name of a process; write P1 = fork'),
    (["P0: P1 = fork", "P0: P1 = fork"], "P1 exists already"),
    (["P0: a = mmap"], "mmap needs a size or a file, as in P0: b = mmap 8p rw private anon"),
    (["P0: a = mmap 8"], '"8" is no size; did you mean "8p"?'),
    (["P0: a = mmap 8k"], '"8k" is no size; did you mean "8K"?'),
    (["P0: a = mmap 8q"], '"8q" is no size; write pages (8p) or bytes (4K, 64M, 1G)'),
    (["P0: a = mmap 1G"], '"1G" is more than the 256M allowed here'),
    (
        ["P0: a = mmap 256M", "P0: b = mmap 1p"],
        "mappings and files together have 65537 pages; a scenario has at most 65536",
    ),
    (["P0: a = mmap g"], 'there is no file "g"'),
    (["P0: a = mmap 1p shard"], 'mmap takes no "shard"; did you mean "shared"?'),
    (["P0: a = mmap 1p rw r"], "r contradicts rw (protection)"),
    (["P0: a = mmap 1p rw rw"], "rw is given twice"),
    (["P0: a = mmap 1p anon dax0"], "dax0 contradicts anon, both say what is mapped"),
    ([F, "P0: a = mmap f dax0"], "dax0 contradicts f, both say what is mapped"),
    (["P0: a = mmap 1p dax0 devdax0"], "devdax0 contradicts dax0 (device)"),
    (["P0: a = mmap 1p coherent0"], "mmap takes a dax or devdax device, coherent0 is another kind"),
    (["P0: a = mmap 1p dax1"], "the machine has no dax1; declare it: machine: dax1 256M"),
    (["P0: a = mmap 1p pages"], "pages is for pfnmap and mixedmap"),
    (["P0: read b"], 'P0 has no mapping or name of held pages "b"'),
    ([A, "P0: abc = mmap 1p", "P0: read abd"], 'P0 has no mapping or name of held pages "abd"; did you mean "abc"?'),
    ([F, "P0: read f"], '"f" is a file, expected a mapping or name of held pages'),
    ([A, "P0: fsync a"], '"a" is a mapping, expected a file'),
    ([A, "P0: read a[8]"], '"a[8]": a has 8 pages, counted from 0'),
    ([A, "P0: read a[0:9]"], '"a[0:9]": a has 8 pages, counted from 0'),
    ([A, "P0: read a[3:3]"], '"a[3:3]": the pages are empty, the end is not included'),
    ([A, "P0: read a[1-2]"], '"a[1-2]" is no mapping or name of held pages; written a, a[2], a[0:4] or P1.a[0:4]'),
    ([A, "coherent0: migrate a"], '"a": say whose mapping, as in P0.a'),
    ([A, "coherent0: migrate P0.b"], 'P0 has no mapping "b"; valid: a'),
    ([A, "P0: P1 = fork", "P0: madvise P1.a MADV_COLD"], 'madvise acts on the caller\'s own memory, "P1.a" is another\'s'),
    ([A, "P0: madvise a"], "madvise needs advice: MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_DONTNEED, MADV_FREE ..."),
    ([A, "P0: madvise a MADV_CODL"], 'madvise takes no "MADV_CODL"; did you mean "MADV_COLD"?'),
    ([A, "P0: madvise"], "madvise needs a mapping, as in P0: madvise a MADV_COLD"),
    ([A, "P0: h = pin a FOLL_LONGTREM"], 'pin takes no "FOLL_LONGTREM"; did you mean "FOLL_LONGTERM"?'),
    ([A, "P0: h = pin a", "P0: put h"], "h was made by pin: give it back with unpin"),
    ([A, "P0: h = get a", "P0: unpin h"], "h was made by get: give it back with put"),
    ([A, "P0: h = get a", "P0: put h[0]"], "put gives back all pages of h at once"),
    ([A, "P0: h = get a", "P0: put h", "P0: read h"], "h was given back at line 18"),
    ([A, "P0: write a"], "write needs a value, as in P0: write a 0x5a"),
    ([A, "P0: write a 1 2"], "write: 2 values for 8 pages; give one, or one per page"),
    ([A, "P0: write a 1*0"], '"1*0": after the star stands how many pages, as in 0x5a*4'),
    ([A, "P0: write a 1*99999"], '"1*99999": a scenario has at most 65536 pages'),
    ([A, "P0: write a 99999999999999999999"], '"99999999999999999999" does not fit in 64 bits'),
    ([A, "P0: move_pages a nod1"], 'move_pages takes no "nod1"; did you mean "node0"?'),
    ([A, "P0: move_pages a node2000"], "node2000: nodes go up to node1023"),
    ([A, "P0: mbind a MPOL_BIND node1 node1"], "mbind: a node is given twice"),
    ([A, "P0: mbind a MPOL_BIND node1*2"], "mbind takes nodes without a star"),
    (["P0: migrate_pages node0 to node1"], "migrate_pages is written migrate_pages P1 from node0 to node1"),
    (["P0: migrate_pages from node0"], "migrate_pages needs from and to nodes, as in P0: migrate_pages P1 from node0 to node1"),
    (["P0: clear_refs"], "clear_refs needs a number, as in P0: clear_refs 1"),
    (["P0: clear_refs 9999999"], '"9999999" is too large a number, at most 1000000'),
    (["kswapd: reclaim 32"], "reclaim needs one node, as in kswapd: reclaim node0 32"),
    (["P0: meminfo"], "meminfo needs the keys to report, as in P0: meminfo Mlocked"),
    (["P0: meminfo Mloked"], 'meminfo takes no "Mloked"; did you mean "Mlocked"?'),
    (["P0: vmstat nr_mlock nr_mlock"], "nr_mlock is given twice"),
    (["P0: ksm_set"], "ksm_set needs KEY=NUMBER, as in P0: ksm_set run=2"),
    (["P0: ksm_set rnu=2"], '"rnu" is no setting of ksm_set; did you mean "run"?'),
    (["P0: ksm_set run=on"], '"on" is no number; written run=1'),
    (["P0: ksm_set run=1 run=2"], "run is given twice"),
    (["ksmd: full_scan 1000000"], "the steps so far look at 1000010 pages, every time counted; a scenario looks at 200000 at most"),
    (["fail alloc 1000000"], "the steps so far look at 1000010 pages, every time counted; a scenario looks at 200000 at most"),
    (["P0: ksm_set run=2147483648"], '"2147483648" is too large a number, at most 2147483647'),
    ([A, "P0: b = mremap a"], "mremap needs a size, as in P0: b = mremap a 16p MREMAP_MAYMOVE"),
    ([A, "coherent0: pages"], "coherent0: the phases of a migration are setup, pages, finalize"),
    (["numa: scan P3"], "P3 does not exist yet; a step P0: P3 = fork makes it"),
    (["P0: a = mmap 1p " + "z" * 60], f'mmap takes no "{"z" * 40}..."'),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "sentence"), STEP_FAULTS, ids=lambda x: str(x[-1])[:40])
def test_faults_of_a_step(lines: list[str], sentence: str) -> None:
    assert step_fault(*lines) == sentence


def test_a_fault_names_its_line() -> None:
    assert fault(text("P0: a = mmap 1p", "P0: read b")).startswith("17: ")


def test_counts_are_limited() -> None:
    assert step_fault(*["drain"] * 4097) == "a scenario has at most 4096 steps"
    forks = [f"P0: P{i} = fork" for i in range(1, 65)]
    assert step_fault(*forks) == "a scenario has at most 64 processes"


def test_terminal_escapes_do_not_pass() -> None:
    message = fault("linuxmm-scenario 1\nname: \u202e\u009b\nintent: x\nsteps:\n  drain\n")
    assert message.isprintable()


# --- expectations -----------------------------------------------------------------------------------


def expect_fault(step: str, pattern: str, *before: str) -> str:
    source = text("P0: a = mmap 4p", *before, "r: " + step, rest=f"expect *:\n  r = {pattern}\n")
    return re.sub(r"^\d+: ", "", fault(source))


EXPECT_FAULTS = [
    ("P0: move_pages a", "-ENOENT*3", "the step has 4 pages, the expectation 3"),
    ("P0: move_pages a", "-ENODEV", "the step has 4 pages, the expectation 1; a call that fails as a whole is written ret=-ERRNO"),
    ("P0: move_pages a", "-ENOENTT*4", '"-ENOENTT" is no error; did you mean "ENOENT"?'),
    ("P0: move_pages a", "nod1*4", '"nod1" cannot stand here, expected one of nodeN, -ERRNO, untouched per page; valid: untouched'),
    ("P0: move_pages a", "{node1}*4", '"{node1}": a set has two or more different items'),
    ("P0: move_pages a", "{node1|node0*4", '"{node1|node0": a set is written {a|b}'),
    ("P0: pages a", "rem*4", '"rem" is no page; written KIND:BITS@PAGE as in ram:xf@0; did you mean "ram"?'),
    ("P0: pages a", "ram:y*4", '"ram:y": the bits are x (exclusive), f (file) or xf'),
    ("P0: pages a", "ram@0*4", '"ram@0" at page 0: @ names an earlier page of the extent'),
    ("P0: pages a", "swap@0*4", '"swap@0": only a present page has a frame to share'),
    ("P0: pagemap a", "PZ*4", '"PZ": pagemap bits are letters of PSFXDW (present, swap, file, exclusive, soft-dirty, uffd-wp), or none'),
    ("P0: kpageflags a", "ANNON*4", '"ANNON" is no flag; did you mean "ANON"?'),
    ("P0: read a", "SIGBUZ", '"SIGBUZ" is no signal of memory; did you mean "SIGBUS"?'),
    ("P0: read a", "SIGBUS@4", '"SIGBUS@4": the step has 4 pages, counted from 0'),
    ("P0: madvise a MADV_COLD", "0 0", "madvise gives one result, integer or -ERRNO"),
    ("P0: madvise a MADV_COLD", "-22", '"-22" is no error'),
    ("P0: madvise a MADV_COLD", "", "an expectation is missing; madvise gives integer or -ERRNO"),
    ("P0: madvise a MADV_COLD", "0 or", '"or" stands between two outcomes'),
    ("P0: smaps a", "Rrs=4", '"Rrs" is no field of smaps; did you mean "Rss"?'),
    ("P0: smaps a", "Rss=4 Rss=4", "Rss is given twice"),
    ("P0: smaps a", "Rss=four", '"four" is no number'),
    ("P0: smaps a", "Rss", '"Rss": smaps gives KEY=VALUE words'),
    ("P0: smaps a", "Rss=0 !bad-map", '"bad-map" is no event; did you mean "bad-page-map"?'),
    ("P0: smaps a", "!warn*x", '"!warn*x": after the star stands how often, as in !bad-page-map*4'),
]  # fmt: skip


@pytest.mark.parametrize(("step", "pattern", "sentence"), EXPECT_FAULTS)
def test_faults_of_an_expectation(step: str, pattern: str, sentence: str) -> None:
    assert expect_fault(step, pattern) == sentence


def test_expectations_address_by_verb_when_unique() -> None:
    source = text(
        "P0: a = mmap 2p", "P0: read a", "r: P0: read a", rest="expect *:\n  read = 0 1\n"
    )
    scenario: Scenario = parse(source)
    assert scenario.expects[0].expectations[0].step == 1
