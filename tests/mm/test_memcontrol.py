# SPDX-License-Identifier: GPL-2.0-or-later
"""Control groups.  Expected values: what a real 6.1.0-57 and 6.12.117 said of the same steps
(scenarios/memcg), and counted from mm/memcontrol.c of 6.1.192."""

from pathlib import Path
from typing import Final

import pytest

from linuxmm.play.run import run_scenario
from linuxmm.scenario.parse import load, parse

SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios" / "memcg").rglob("*.mm"))
TEXT = """linuxmm-scenario 1
name: t
intent: What is charged to whom.
machine:
  node0 512M
  node1 512M
  coherent0 256M
  private0 256M
  dax0 64M
{more}
steps:
{steps}
"""
GROUPS = ("P0: cgroup_procs g1", "P0: move_charge_at_immigrate g2 {flags}", "P0: a = mmap 2p")
MOVE = "P0: cgroup_procs g2"
RSS = ("P0: memory_stat g1 rss", "P0: memory_stat g2 rss")


def run(*steps: str, kernel: str = "v6.1", more: str = "  memcg v1") -> list[str]:
    """What each step gives; what is not modelled last."""
    text = TEXT.format(more=more, steps="\n".join("  " + step for step in steps))
    made = run_scenario(parse(text), kernel)
    assert made.verdict != "violated"
    return [outcome.result.text() for outcome in made.outcomes] + [made.not_modelled]


def moved(*steps: str, flags: int = 1, kernel: str = "v6.1") -> list[str]:
    """rss of g1 and g2 after a move."""
    groups = (line.format(flags=flags) for line in GROUPS)
    return run(*groups, *steps, MOVE, *RSS, kernel=kernel)[-3:-1]


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_what_a_real_kernel_said(path: Path) -> None:
    assert run_scenario(load(str(path))).verdict == "ok"


@pytest.mark.parametrize("kernel", ["v5.17-coherent", "split-v1", "v6.1"])
@pytest.mark.parametrize("device", ["coherent0", "private0"])
def test_device_pages_move_without_a_list(kernel: str, device: str) -> None:
    made = ("P0: write a 0x1", f"{device}: migrate P0.a[0]")
    assert moved(*made, kernel=kernel) == ["rss=0", "rss=8192"]


def test_only_what_the_group_takes_comes_along() -> None:
    assert moved("P0: write a 0x1", flags=2) == ["rss=8192", "rss=0"]
    assert moved("P0: write a 0x1", flags=0) == ["rss=8192", "rss=0"]
    assert moved("P0: read a") == ["rss=0", "rss=0"]  # the zero page is nobody's


def test_what_is_freed_is_uncharged_where_it_was_charged() -> None:
    steps = (GROUPS[0], GROUPS[2], "P0: write a 0x1", MOVE, "P0: munmap a", *RSS)
    assert run(*steps)[-3:-1] == ["rss=0", "rss=0"]


def test_a_bit_that_there_is_not_is_refused() -> None:
    assert run("P0: move_charge_at_immigrate g1 4")[0] == "-EINVAL"


def test_what_is_not_modelled_says_so() -> None:
    hole = ("P0: move_charge_at_immigrate g2 2", "P0: f = file 2p", "P0: b = mmap f rw shared")
    steps = ("P0: read b", "P0: madvise b MADV_DONTNEED", MOVE)
    assert "behind holes" in run(*hole, *steps)[-1]
    assert "memcg v1" in run(MOVE, more="")[-1]
    assert "swap" in run(MOVE, more="  memcg v1\n  swap 64M zram")[-1]


def test_a_kernel_without_cgroup_v1_has_no_such_files() -> None:
    assert run(*GROUPS[:1], "P0: memory_stat g1 rss", MOVE, kernel="v6.12")[:3] == ["-ENOENT"] * 3


# --- cgroup v2 ------------------------------------------------------------------------------------
BOTH: Final = pytest.mark.parametrize("kernel", ["v6.1", "v6.12"])
V2: Final = "  cgroup g1\n  cgroup g2"
NESTED: Final = "  cgroup g1\n  cgroup g2 in g1\n  cgroup g3 in g2"
JOIN: Final = "P0: cgroup_procs g1"
ANON: Final = ("P0: a = mmap 4p", "P0: write a 0x1")


@BOTH
def test_no_charge_moves_in_v2(kernel: str) -> None:
    steps = (JOIN, *ANON, MOVE, "P0: memory_current g1", "P0: memory_current g2")
    assert run(*steps, kernel=kernel, more=V2)[-3:-1] == ["16384", "0"]
    assert run("P0: move_charge_at_immigrate g1 1", kernel=kernel, more=V2)[0] == "-ENOENT"


@BOTH
def test_a_group_counts_what_is_below_it_and_holds_no_process_then(kernel: str) -> None:
    steps = (JOIN, "P0: cgroup_procs g3", *ANON)
    looks = tuple(f"P0: memory_current g{i}" for i in (1, 2, 3))
    made = run(*steps, *looks, kernel=kernel, more=NESTED)
    assert made[0] == "-EBUSY"
    assert made[-4:-1] == ["16384"] * 3


@BOTH
def test_a_page_comes_back_from_swap_to_the_group_that_had_it(kernel: str) -> None:
    out = (JOIN, *ANON, "P0: madvise a MADV_PAGEOUT", "P0: memory_current g1", MOVE)
    back = ("P0: read a[0:3]", "P0: memory_stat g1 anon", "P0: memory_stat g2 anon")
    made = run(*out, *back, kernel=kernel, more=V2 + "\n  swap 64M zram")
    assert made[4] == "0"
    assert made[-3:-1] == ["anon=12288", "anon=0"]


def test_a_huge_page_is_charged_whole() -> None:
    more = V2 + "\n  thp always"
    steps = (JOIN, "P0: a = mmap 512p", "P0: write a[0] 0x1", "P0: memory_stat g1 anon anon_thp")
    split = ("P0: munmap a[0:2]", "P0: memory_stat g1 anon anon_thp", "P0: memory_current g1")
    made = run(*steps, *split, more=more)
    assert made[3] == "anon=2097152 anon_thp=2097152"
    assert made[-3:-1] == ["anon=2088960 anon_thp=0", "2097152"]


def test_a_collapsed_huge_page_is_charged_once() -> None:
    more = V2 + "\n  thp madvise"
    steps = (JOIN, "P0: a = mmap 512p", "P0: write a[0:8] 0x1", "P0: madvise a MADV_COLLAPSE")
    looks = ("P0: memory_current g1", "P0: munmap a", "P0: memory_current g1")
    assert run(*steps, *looks, more=more)[-4:-1] == ["2097152", "0", "0"]


def test_lines_of_the_other_version_are_not_there() -> None:
    assert run(JOIN, "P0: memory_stat g1 rss anon", more=V2)[1] == "anon=0"
    assert run(JOIN, "P0: memory_stat g1 rss anon")[1] == "rss=0"


# --- memory.max -----------------------------------------------------------------------------------
LIMIT: Final = "  cgroup g1 1M\n  cgroup g2"
FULL: Final = (JOIN, "P0: a = mmap 300p", "P0: write a[0:256] 0x1")


@BOTH
def test_the_page_behind_the_limit_ends_the_only_process(kernel: str) -> None:
    fork = ("P0: P1 = fork", "P1: cgroup_procs g2")
    steps = (*fork, *FULL, "P0: write a[256] 0x1", "P1: memory_current g1")
    assert run(*steps, kernel=kernel, more=LIMIT)[-4:] == ["ok", "SIGKILL@0", "0", ""]


@pytest.mark.parametrize(
    "steps",
    [
        ("P0: P1 = fork", "P0: write a[256] 0x1"),  # who is taken?
        ("P0: f = file 1p", "P0: pread f"),  # a charge of another kind
        ("P0: madvise a[0] MADV_FREE", "drain", "P0: write a[256] 0x1"),  # reclaim finds it
        ("P0: madvise a[256] MADV_POPULATE_WRITE",),  # within a system call
    ],
    ids=["two", "file", "lazyfree", "populate"],
)
def test_other_charges_at_the_limit_are_not_modelled(steps: tuple[str, ...]) -> None:
    assert "memory.max" in run(*FULL, *steps, more=LIMIT)[-1]


# --- memory.reclaim -------------------------------------------------------------------------------
SWAP: Final = V2 + "\n  swap 64M zram"


@BOTH
def test_all_that_can_go_goes_to_swap_and_comes_back_inactive(kernel: str) -> None:
    back = ("P0: read a[0]", "P0: memory_stat g1 inactive_anon active_anon")
    made = run(JOIN, *ANON, "P0: memory_reclaim g1 64", *back, "drain", back[1],
               kernel=kernel, more=SWAP)  # fmt: skip
    assert made[3] == "-EAGAIN"  # there were 4
    assert made[-2] == "inactive_anon=4096 active_anon=0"


def test_as_much_as_there_is_is_enough() -> None:
    asked = ("P0: memory_reclaim g1 4", "P0: memory_current g1", "P0: memory_reclaim g1 0")
    assert run(JOIN, *ANON, *asked, more=SWAP)[-4:-1] == ["0", "0", "0"]


def test_without_swap_anonymous_memory_stays() -> None:
    made = run(JOIN, *ANON, "P0: memory_reclaim g1 64", "P0: memory_current g1", more=V2)
    assert made[-3:-1] == ["-EAGAIN", "16384"]


@pytest.mark.parametrize(
    "steps",
    [
        ("P0: memory_reclaim g1 3",),  # fewer than there are: in the order of the lists
        ("P0: k = pin a[0] FOLL_WRITE", "P0: memory_reclaim g1 64"),
        ("P0: P1 = fork", "P1: read a", "P0: memory_reclaim g1 64"),  # accessed twice
        ("P0: f = file 1p", "P0: pwrite f[0] 0x1", "P0: memory_reclaim g1 64"),  # dirty
    ],
    ids=["fewer", "pinned", "mapped-twice", "dirty"],
)
def test_what_does_not_go_for_sure_is_not_modelled(steps: tuple[str, ...]) -> None:
    assert "reclaim beyond" in run(JOIN, *ANON, *steps, more=SWAP)[-1]


def test_memory_reclaim_is_a_file_of_v2() -> None:
    assert run("P0: memory_reclaim g1 64")[0] == "-ENOENT"
    assert "reclaim" in run(JOIN, *ANON, "P0: memory_reclaim g1 64", kernel="split-v1", more=V2)[-1]
