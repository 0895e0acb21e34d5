# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenarios on the model: every file under scenarios/ holds; verdicts, names, signals, bindings."""

from pathlib import Path

import pytest

from linuxmm.errors import ScenarioError
from linuxmm.play.run import NOT_MODELLED, OK, VIOLATED, KernelRun, Kernels, run_kernels
from linuxmm.play.steps_on_model import start
from linuxmm.scenario.parse import load, parse

ROOT = Path(__file__).parent.parent.parent
FILES = sorted((ROOT / "scenarios").rglob("*.mm"))
KERNELS = Kernels()
HEAD = "linuxmm-scenario 1\nname: t\nintent: Try it.\n"


def made(steps: str, kernel: str = "v6.1", machine: str = "", rest: str = "") -> KernelRun:
    """These steps on one kernel."""
    block = f"machine:\n  {machine}\n" if machine else ""
    lines = "\n  ".join(steps.strip().splitlines())
    text = f"{HEAD}{block}steps:\n  {lines}\n{rest}\n"
    return run_kernels(parse(text), [kernel], kernels=KERNELS)[0]


def results(run: KernelRun) -> list[str]:
    return [outcome.text() for outcome in run.outcomes]


def last(steps: str, kernel: str = "v6.1", machine: str = "") -> str:
    return results(made(steps, kernel, machine))[-1]


# --- every scenario ---
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_scenario_holds_where_it_says_so(path: Path) -> None:
    """On v6.1 and on each kernel that it has expectations for; no promise breaks on v6.1."""
    scenario = load(path)
    named = {block.kernel for block in scenario.expects} - {"*"}
    runs = run_kernels(scenario, sorted({*named, "v6.1"}), kernels=KERNELS)
    for run in runs:
        assert not run.mismatches, [mismatch.text() for mismatch in run.mismatches]
        assert not run.not_modelled
        if run.kernel.name == "debian-6.1" and path.parent.name != "kernel-bugs":
            assert run.verdict == OK, (run.conditions, run.broken)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_scenario_runs_on_every_kernel(path: Path) -> None:
    for run in run_kernels(load(path), ["v5.17-coherent", "split-v1"], kernels=KERNELS):
        assert len(run.steps) == len(run.scenario.steps) or run.not_modelled


def test_the_recorded_programs_are_compared_in_full() -> None:
    files = [path for path in FILES if path.parent.name == "truth"]
    assert len(files) == 8
    for path in files:
        (block,) = load(path).expects
        assert len(block.expectations) >= 3


# --- verdicts ---
def test_an_expectation_that_fails_names_line_and_page() -> None:
    rest = "expect v6.1:\n  r = 0x1*2"
    run = made("P0: a = mmap 2p\nP0: write a 1 2\nr: P0: read a", rest=rest)
    assert run.verdict == VIOLATED
    assert [m.text() for m in run.mismatches] == [
        "line 9: r: expected 0x1*2, got 0x1 0x2: page 1 is 0x2, not 0x1"
    ]


def test_an_alias_and_the_name_are_the_same_kernel() -> None:
    steps = "P0: a = mmap 1p\nr: P0: read a"
    assert made(steps, "debian-6.1", rest="expect v6.1:\n  r = 0x1").verdict == VIOLATED
    assert made(steps, "v6.1", rest="expect debian-6.1:\n  r = 0x1").verdict == VIOLATED
    assert made(steps, "split-v1", rest="expect v6.1:\n  r = 0x1").verdict == OK


def test_the_kernels_of_the_expect_blocks_are_the_default() -> None:
    scenario = load(ROOT / "scenarios" / "coherent-pages-stay.mm")
    assert [run.name for run in run_kernels(scenario)] == ["v6.1", "split-v1"]
    bare = parse(f"{HEAD}steps:\n  P0: a = mmap 1p\n")
    assert [run.name for run in run_kernels(bare)] == ["v6.1"]


def test_an_unknown_kernel_in_an_expect_block_is_the_files_fault() -> None:
    with pytest.raises(ScenarioError, match=r"t\.mm:6: .*v6\.2.*"):
        text = f"{HEAD}steps:\n  P0: a = mmap 1p\nexpect v6.2:\n  mmap = ok\n"
        run_kernels(parse(text, "t.mm"), ["v6.1"])


def test_a_step_that_is_not_modelled_ends_the_run_and_keeps_what_was_before() -> None:
    rest = "expect *:\n  r = 0x0\n  gone = 0"
    unknown = "P0: z = mmap 1p growsdown"
    steps = f"P0: a = mmap 1p\nr: P0: read a\n{unknown}\ngone: P0: munmap a"
    run = made(steps, rest=rest)
    assert run.verdict == NOT_MODELLED
    assert results(run) == ["ok", "0x0"]
    assert run.not_modelled == "not modelled: mmap growsdown"
    assert made(steps, rest=rest.replace("0x0", "0x1")).verdict == VIOLATED


def test_a_machine_that_is_not_modelled_makes_no_step() -> None:
    run = made("P0: a = mmap 1p", machine="node0 512M\n  p2pdma0 16M")
    assert (run.verdict, run.steps) == (NOT_MODELLED, ())


def test_a_promise_that_an_early_part_of_a_step_breaks_is_seen() -> None:
    """follow_page is one operation for each page; the first one meets the DAX entry."""
    steps = "P0: a = mmap 2p shared dax0\nP0: read a[0]\nP0: follow_page a FOLL_GET"
    run = made(steps, "split-v1", machine="node0 512M\n  dax0 64M")
    assert [v.invariant for v in run.steps[-1].violations] == ["bad-page-map"]
    assert run.verdict == VIOLATED


def test_never_and_exists() -> None:
    steps = "P0: a = mmap 1p shared dax0\nP0: read a\nP0: smaps a"
    for kernel, verdict in (("split-v1", VIOLATED), ("v5.17-coherent", OK)):
        run = made(steps, kernel, machine="node0 512M\n  dax0 64M", rest="never: bad-page-map")
        assert run.verdict == verdict
    run = made(steps, "v5.17-coherent", "node0 512M\n  dax0 64M", "exists: bad-page-map")
    assert run.conditions == ("line 11: exists: bad-page-map, and it did not happen",)


# --- what steps give ---
def test_a_signal_names_its_page_and_ends_the_process() -> None:
    run = made(
        """P0: a = mmap 4p
P0: P1 = fork
P0: mprotect a[2] none
P0: read a
P0: write a 1
P1: read a
coherent0: migrate P0.a""",
        machine="node0 512M\n  coherent0 256M",
    )
    assert results(run)[3:] == ["SIGSEGV@2", "gone", "0x0*4", "gone"]


def test_a_signal_in_a_later_piece_of_a_long_access() -> None:
    assert last("P0: a = mmap 1500p\nP0: munmap a[1200]\nP0: read a") == "SIGSEGV@1200"
    assert last("P0: a = mmap 1500p\nP0: write a 1\nP0: read a") == "0x1*1500"


def test_values_of_each_page_and_of_64_bits() -> None:
    steps = "P0: a = mmap 3p\nP0: write a 0xffffffffffffffff 1*2\nP0: read a"
    assert last(steps) == "0xffffffffffffffff 0x1*2"


def test_an_access_to_a_migrating_page_blocks() -> None:
    steps = "P0: a = mmap 1p\nP0: write a 1\ncoherent0: setup P0.a\nP0: read a"
    assert last(steps, machine="node0 512M\n  coherent0 256M") == "blocked"


def test_words_for_sleeping_and_for_nothing_can_be_expected() -> None:
    rest = "expect *:\n  read = blocked\n  write = blocked\n  nodes = none"
    steps = """P0: a = mmap 1p
nodes: P0: numa_maps a
P0: b = mmap 1p
P0: madvise b MADV_POPULATE_WRITE
coherent0: setup P0.b
P0: read b
P0: write b 1"""
    run = made(steps, machine="node0 512M\n  coherent0 256M", rest=rest)
    assert run.verdict == OK, [mismatch.text() for mismatch in run.mismatches]


def test_memory_comes_from_the_node_of_the_cpu() -> None:
    machine = "node0 512M cpuless\n  node1 512M\n  cpus 2"
    steps = "P0: a = mmap 1p\nP0 on cpu1: write a 1\nP0: move_pages a"
    assert last(steps, machine=machine) == "node1"
    assert last(steps, machine="node0 512M\n  node1 512M") == "node1"
    only_node0 = "node0 512M\n  node1 512M cpuless\n  cpus 2"
    assert last(steps, machine=only_node0) == "node0"


def test_move_pages_takes_a_node_for_each_page() -> None:
    steps = "P0: a = mmap 3p\nP0: write a 1\nP0: move_pages a node1 node0 node1\nP0: move_pages a"
    run = made(steps, machine="node0 512M\n  node1 512M")
    assert results(run)[2:] == ["node1 node0 node1"] * 2


def test_held_pages_are_read_and_written_where_they_are() -> None:
    steps = """P0: a = mmap 2p
P0: write a 1 2
P0: h = pin a FOLL_WRITE
P0: write h 7
P0: read a
P0: munmap a
P0: read h[1]
P0: unpin h"""
    assert results(made(steps))[4:] == ["0x7*2", "0", "0x7", "ok"]


def test_files_are_read_and_written_by_system_call() -> None:
    steps = """P0: f = file 3p
P0: pwrite f[1:3] 5 6
P0: a = mmap f shared
P0: read a
P0: write a[0] 4
P0: pread f
P0: fsync f"""
    given = ["ok", "8192", "ok", "0x0 0x5 0x6", "ok", "0x4 0x5 0x6", "0"]
    assert results(made(steps)) == given


def test_a_failing_allocation() -> None:
    assert last("P0: a = mmap 1p\nfail alloc\nP0: write a 1") == "ok"  # retried


def test_threads_and_exit() -> None:
    steps = "P0: a = mmap 1p\nP0.t1: write a 5\nP0.t1: exit\nP0: read a\nP0: exit"
    assert results(made(steps)) == ["ok", "ok", "ok", "0x5", "ok"]


def test_a_flag_that_the_kernel_does_not_have() -> None:
    steps = "P0: a = mmap 1p\nP0: write a 1\nP0: follow_page a FOLL_LRU"
    assert made(steps, "v6.1").not_modelled == "debian-6.1 has no FOLL_LRU"
    assert last(steps, "split-v1") == "page"


def test_follow_page_words() -> None:
    steps = "P0: a = mmap 3p\nP0: read a[0]\nP0: write a[1] 1\nP0: follow_page a FOLL_GET"
    assert last(steps, "v5.17-coherent") == "zero page none"


def test_named_fields_are_chosen_by_key() -> None:
    steps = "P0: a = mmap 2p\nP0: write a[0] 1\nP0: smaps a Rss Size VmFlags"
    assert last(steps) == "Size=8 Rss=4 VmFlags=rd,wr,mr,mw,me,ac,sd"
    assert made(steps.replace("VmFlags", "ProtectionKey")).verdict == NOT_MODELLED


def test_meminfo_is_the_change_since_the_beginning() -> None:
    machine = "node0 512M\n  swap 64M"
    assert last("P0: meminfo SwapTotal SwapFree", machine=machine) == "SwapTotal=0 SwapFree=0"


# --- snapshots ---
def test_a_snapshot_keeps_names_and_state() -> None:
    scenario = parse(f"{HEAD}steps:\n  P0: a = mmap 40p\n  P0: write a 1\n  P0: b = mmap 1p\n")
    model = start(scenario.machine, "v6.1")
    model.step(scenario.steps[0])
    before = model.snapshot()
    digest = model.machine.block.digest()
    for step in scenario.steps[1:]:
        model.step(step)  # 40 pages: the table of pages grows
    assert model.bindings.base("P0", "b")
    model.restore(before)
    assert model.machine.block.digest() == digest
    assert not model.bindings.base("P0", "b")
    assert model.step(scenario.steps[1]).text() == "ok"


# --- what could not be made ---
def test_a_file_that_could_not_be_made_has_no_descriptor() -> None:
    """The device is smaller than the file; mmap(2), pread(2), pwrite(2), fsync(2): EBADF."""
    steps = """
    P0: f = file 2p dax0
    P0: a = mmap f shared
    P0: pread f
    P0: pwrite f[0] 1
    P0: fsync f
    P0: read a
    """
    for kernel in ("v6.1", "v5.17-coherent", "split-v1"):
        made_of = results(made(steps, kernel, "dax0 1p"))
        assert made_of == ["-ENOSPC", "-EBADF", "-EBADF", "-EBADF", "-EBADF", "SIGSEGV@0"]


def test_what_a_process_that_is_gone_would_have_made_is_not_there() -> None:
    steps = """
    P0: a = mmap 1p
    P0: P1 = fork
    P0: mprotect a none
    P0: read a
    P0: f = memfd_create 2p
    P1: b = mmap f shared
    P1: h = get P0.a
    P1: read b
    P0: P2 = fork
    P2: read a
    """
    assert results(made(steps))[3:] == [
        "SIGSEGV@0", "gone", "-EBADF", "gone", "SIGSEGV@0", "gone", "gone",
    ]  # fmt: skip


def test_a_get_of_a_process_that_is_gone_holds_nothing() -> None:
    steps = """
    P0: a = mmap 1p none
    P0: P1 = fork
    P1: read a
    P0: h = get P1.a
    P0: read h
    P0: put h
    """
    assert results(made(steps))[3:] == ["gone", "-EINVAL", "ok"]


def test_the_mapping_that_was_refused_is_an_address_where_nothing_is() -> None:
    machine = "rlimit memlock 0\n  unprivileged"
    steps = """
    P0: a = mmap 2p locked
    P0: P1 = fork
    P1: read a[1]
    P0: mlock a
    P0: madvise a MADV_DONTNEED
    P0: munmap a
    P0: pagemap a
    P0: h = get a
    P0: put h
    """
    assert results(made(steps, machine=machine)) == [
        "-EPERM", "ok", "SIGSEGV@0", "-EPERM", "-ENOMEM", "0", "none*2", "-EFAULT", "ok",
    ]  # fmt: skip


def test_the_frames_of_drivers_never_reach_those_with_struct_page() -> None:
    steps = """
    P0: a = mmap 200p
    P0: write a 1
    P0: b = mmap 65336p pfnmap
    P0: read b[65335]
    P0: kpagecount b
    """
    assert results(made(steps))[3:] == ["0x0", "0*65336"]


@pytest.mark.parametrize("verb", ["get", "get_fast", "pin", "pin_fast"])
def test_more_pages_than_the_model_takes_at_once_are_not_modelled(verb: str) -> None:
    """2048 pages are the room of a result: more were an IndexError."""
    steps = "P0: a = mmap {0}p\nP0: h = {1} a FOLL_WRITE\nP0: write h 7\nP0: read a[{2}]"
    assert results(made(steps.format(2048, verb, 2047)))[1:] == ["2048", "ok", "0x7"]
    run = made(steps.format(2049, verb, 2048))
    assert run.verdict == NOT_MODELLED and "so many pages in one call" in run.not_modelled


# --- flags that came later ---
NEWER = (
    ("P0: madvise a MADV_GUARD_INSTALL", "MADV_GUARD_INSTALL"),
    ("P0: madvise a MADV_GUARD_REMOVE", "MADV_GUARD_REMOVE"),
    ("P0: process_madvise P0.a MADV_GUARD_INSTALL", "MADV_GUARD_INSTALL"),
    ("P0: b = mmap 1p droppable", "droppable"),
    ("P0: mbind a MPOL_WEIGHTED_INTERLEAVE node0", "MPOL_WEIGHTED_INTERLEAVE"),
)


@pytest.mark.parametrize(("step", "flag"), NEWER)
def test_a_flag_of_a_newer_kernel(step: str, flag: str, tmp_path: Path) -> None:
    """-EINVAL on each kernel that we have (mm/madvise.c:madvise_behavior_valid, mm/mmap.c:do_mmap,
    mm/mempolicy.c:sanitize_mpol_flags of 6.1); not modelled on one that has it."""
    steps = f"P0: a = mmap 1p\n{step}"
    for kernel in ("v6.1", "v5.17-coherent", "split-v1"):
        assert results(made(steps, kernel))[1:] == ["-EINVAL"]
    newer = tmp_path / "newer.toml"
    newer.write_text(f'schema = 1\nname = "newer"\nbase = "v6.1"\n[flags]\n{flag} = true\n')
    run = made(steps, str(newer))
    assert run.verdict == NOT_MODELLED and run.not_modelled == f"newer: not modelled: {flag}"


def test_a_name_that_a_refused_flag_would_have_given_stands_for_nothing() -> None:
    """A munmap of it was a KeyError (found by tests/scenario/test_campaign.py)."""
    steps = "P0: a = mmap 1p droppable\nP0: munmap a\nP0: read a"
    assert results(made(steps)) == ["-EINVAL", "0", "SIGSEGV@0"]


def test_a_newer_foll_flag_cannot_be_passed() -> None:
    run = made("P0: a = mmap 1p\nP0: h = get a FOLL_PCI_P2PDMA")
    assert run.not_modelled == "debian-6.1 has no FOLL_PCI_P2PDMA"


def test_a_newer_foll_flag_of_a_kernel_that_has_it_is_not_modelled() -> None:
    """include/linux/mm_types.h of 6.12 has it; it was said not to be there."""
    run = made("P0: a = mmap 1p\nP0: h = get a FOLL_HONOR_NUMA_FAULT", "v6.12")
    assert run.not_modelled == "debian-6.12: not modelled: FOLL_HONOR_NUMA_FAULT"


# --- what is logged ---
@pytest.mark.parametrize(("pages", "events"), [("63p", 63), ("64p", 64), ("65p", 65), ("2M", 512)])
def test_every_event_of_a_step_is_kept(pages: str, events: int) -> None:
    """split-v1 reports each page of a DAX mapping; more of them than the table first had rows."""
    steps = f"P0: a = mmap {pages} shared dax0\nP0: read a\nP0: madvise a MADV_COLD"
    run = made(steps, "split-v1", "dax0 64M", f"expect *:\n  madvise = 0 !bad-page-map*{events}")
    assert [event.name for event in run.outcomes[2].events] == ["bad-page-map"] * events
    assert len({event.address for event in run.outcomes[2].events}) == events
    assert not run.mismatches and [v.invariant for _, v in run.broken] == ["bad-page-map"]
    assert not made(steps, "v6.1", "dax0 64M").outcomes[2].events
