# SPDX-License-Identifier: GPL-2.0-or-later
"""The gate area.  Expected values: what Debian's 6.1.0-57 said of the same steps, booted in each of
the three ways (scenarios/gate), and counted from vsyscall_64.c and mm/gup.c of 6.1.192."""

from pathlib import Path

import pytest

from linuxmm.explore.setups import GATE
from linuxmm.play.run import run_scenario
from linuxmm.scenario.parse import load, parse

SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios" / "gate").glob("*.mm"))
TEXT = """linuxmm-scenario 1
name: t
intent: What is there.
machine:
  node0 512M
  boot vsyscall={mode}
steps:
  P0: v = vsyscall
{steps}
"""


def last(mode: str, *steps: str) -> str:
    """What the last step gives."""
    text = TEXT.format(mode=mode, steps="\n".join("  " + step for step in steps))
    run = run_scenario(parse(text))
    return run.not_modelled or run.outcomes[-1].result.text()


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_what_a_real_kernel_said(path: Path) -> None:
    assert run_scenario(load(str(path))).verdict == "ok"


def test_its_page_is_kept_by_who_holds_it_and_never_freed() -> None:
    steps = ("P0: g = get v", "P0: p = pin v FOLL_LONGTERM", "P0: put g", "P0: unpin p")
    text = TEXT.format(mode="emulate", steps="\n".join("  " + step for step in steps))
    run = run_scenario(parse(text))
    assert [outcome.result.text() for outcome in run.outcomes[1:3]] == ["1", "1"]
    assert run.verdict == "ok"  # the promise refcount, after each step


def test_nobody_writes_the_text_of_the_kernel() -> None:
    assert "gate page" in last("emulate", "P0: g = get v", "P0: write g 0x1")
    assert last("emulate", "P0: write v 0x1") == "SIGSEGV@0"


def test_a_child_finds_it_where_its_parent_did() -> None:
    assert last("emulate", "P0: P1 = fork", "P1: read v") == "0xf00000060c0c748"


def test_an_mmap_is_never_put_there() -> None:
    assert last("emulate", "P0: a = mmap 1p", "P0: read a") == "0x0"


def test_the_search_has_a_set_up_with_it() -> None:
    assert [setup.machine for setup in GATE] == [("boot vsyscall=emulate",)]
