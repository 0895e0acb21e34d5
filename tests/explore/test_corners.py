# SPDX-License-Identifier: GPL-2.0-or-later
"""Set-ups for executed C: modelled to their end, breaking nothing, and for rules left aside."""

from dataclasses import replace

import pytest

from linuxmm.explore.corners import CORNERS
from linuxmm.explore.corners.states import STATES
from linuxmm.explore.corners.stories import STORIES
from linuxmm.explore.difference import Found
from linuxmm.explore.search import Search, catalogue
from linuxmm.explore.setups import SETUPS
from linuxmm.kernels import load
from linuxmm.source.execute import Executed

V61 = load("v6.1")


@pytest.fixture(scope="module")
def found() -> Found:
    return Search(V61, V61, setups=CORNERS).run()


def test_they_are_there_for_executed_text_alone() -> None:
    text = replace(V61, text=Executed({}))
    assert catalogue(V61, load("split-v1")) == SETUPS
    assert catalogue(V61, text) == catalogue(text, V61) == (*SETUPS, *CORNERS)
    names = [setup.name for setup in (*SETUPS, *CORNERS)]
    assert len(names) == len(set(names))


def test_nothing_is_broken_on_the_way(found: Found) -> None:
    """6.1 keeps its promises in every one of them, but for what a real 6.1 breaks as well.

    scenarios/kernel-bugs/protection-lost-by-merging.mm.
    """
    assert {key[1:3] for key in found.differences} == {("uffd-wp", "ksm")} and not found.undecided
    assert set(found.bounds.not_modelled) == {"this use of device memory"}


@pytest.mark.parametrize("setup", CORNERS, ids=lambda setup: setup.name)
def test_each_is_made_to_its_end(setup: object) -> None:
    assert setup in CORNERS
    one = next(each for each in CORNERS if each is setup)
    found = Search(V61, V61, setups=(one,), modifiers=0).run()
    behind = found.bounds.steps - len(one.lines)
    assert behind > 20 if one in STATES else behind == 0


def test_they_are_few_steps(found: Found) -> None:
    """Every review of executed C makes them: a tenth of what the catalogue takes."""
    assert found.bounds.steps < 6000 and len(STORIES) > 15
