# SPDX-License-Identifier: GPL-2.0-or-later
"""Control groups of cgroup v1.  Expected values: what a real 6.1.0-57 said of the same steps
(scenarios/memcg), and counted from mm/memcontrol.c of 6.1.192."""

from pathlib import Path

import pytest

from linuxmm.play.run import run_scenario
from linuxmm.scenario.parse import load, parse

SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios" / "memcg").glob("*.mm"))
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
    assert "v2" in run(MOVE, kernel="v6.12")[-1]
