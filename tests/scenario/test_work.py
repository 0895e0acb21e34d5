# SPDX-License-Identifier: GPL-2.0-or-later
"""The work of a scenario counted from its text: what is too much is refused, with its line."""

import pytest

from linuxmm.errors import ScenarioError
from linuxmm.generate import TARGETS, Wish, scenario
from linuxmm.scenario.lines import Place
from linuxmm.scenario.parse import parse
from linuxmm.scenario.story import START
from linuxmm.scenario.tree import Scenario
from linuxmm.scenario.words import MAX_WORK
from linuxmm.scenario.work import Work

HEAD = "linuxmm-scenario 1\nname: t\nintent: Try it.\nmachine:\n  coherent0 1G\nsteps:\n"


def units(*lines: str) -> int:
    """What these steps come to."""
    return units_of(parse(HEAD + "".join(f"  {line}\n" for line in lines)))


def units_of(made: Scenario) -> int:
    work, story = Work(), START
    for step in made.steps:
        before, story = story, story.after(step)
        work.add(step, before, story, Place("t.mm"))
    return work.units


def test_a_page_counts_each_time_it_is_looked_at() -> None:
    assert units("drain") == 10
    mapped = units("P0: a = mmap 100p")
    assert mapped == 10 + 100
    assert units("P0: a = mmap 100p", "P0: read a") == mapped + 10 + 100 + 100 // 2
    assert units("P0: a = mmap 100p", "P0: read a[3]") == mapped + 10 + 1
    migrated = units("P0: a = mmap 100p", "coherent0: migrate P0.a")
    assert migrated == mapped + 10 + 4 * 100 + 100 // 2


def test_what_is_mapped_and_never_met_costs_nothing() -> None:
    assert units("P0: a = mmap 60000p", *["P0: read a[7]"] * 50) < 60010 + 50 * 25


def test_names_count_too() -> None:
    for line in ("P0: a{} = mmap 1p", "P0.t{}: munlockall", "P0: f{} = file 1p"):
        one = [line.format(1)]
        many = [line.format(i) for i in range(100)]
        assert units(*many, "drain") - units(*many) == units(*one, "drain") - units(*one) + 10


def test_a_process_that_is_gone_is_not_looked_at() -> None:
    before = ["P0: a = mmap 400p", "P0: read a", "P0: P1 = fork", "P0: munmap a"]
    there = units(*before, "drain") - units(*before)
    gone = units(*before, "P1: exit", "drain") - units(*before, "P1: exit")
    assert there == 10 + 800 + 800 // 2 and gone == 10 + 400 + 400 // 2


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (["P0: a = mmap 65536p", *["P0: write a 1"] * 9], 9),
        (["P0: a = mmap 1p", "ksmd: scan 1000000"], 8),
        (["P0: a = mmap 40000p", "P0: write a 1", *["coherent0: migrate P0.a"] * 2], 9),
        ([f"P0: a{i} = mmap 1p populate" for i in range(2000)], 805),
        ([f"P0: a{i} = mmap 1p" for i in range(4000)], 1900),
    ],
)
def test_too_much_is_refused_where_it_stands(lines: list[str], line: int) -> None:
    with pytest.raises(ScenarioError, match=f"a scenario looks at {MAX_WORK} at most") as caught:
        parse(HEAD + "".join(f"  {each}\n" for each in lines))
    assert caught.value.exit_code == 2 and abs(caught.value.line - line) < 5


def test_what_the_generator_writes_is_far_from_it() -> None:
    for seed in range(40):
        assert units_of(scenario(seed, Wish(TARGETS["model"], 200, 200))) < MAX_WORK / 10
