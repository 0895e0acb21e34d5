# SPDX-License-Identifier: GPL-2.0-or-later
"""What of a scenario a real kernel can play: what stands on a step left out goes with it."""

import pytest

from linuxmm.scenario.parse import parse
from linuxmm.scenario.tree import Scenario
from linuxmm.validate import guestpart, part
from linuxmm.validate.abilities import Abilities
from tests.validate.test_plan import scenario_of

MAP, FORK = "P0: a = mmap 2p", "P0: P1 = fork"
NOT_MADE = "it uses what a step before did not make"
STOPS = "MADV_POPULATE stops at a hole (6.1 goes on behind it)"
HERE = Abilities(2, (0, 1), "/")
LATER = Abilities(2, (0, 1), "/", {"populate_passes_holes": STOPS})


def dropped(scenario: Scenario, abilities: Abilities = HERE) -> dict[int, str]:
    """Number of each step that is left out -> why."""
    found = dict(part.playable(scenario, abilities).dropped)
    return {i: found[step] for i, step in enumerate(scenario.steps) if step in found}


def test_a_host_that_was_booted_otherwise_plays_nothing_of_it() -> None:
    scenario = parse(
        b"linuxmm-scenario 1\nname: g\nintent: g\nmachine:\n  node0 1M\n  boot vsyscall=xonly\n"
        b"steps:\n  P0: v = vsyscall\n"
    )
    lacking = "it needs another boot: vsyscall=xonly"
    assert part.skipped_whole(scenario, frozenset(["quiet", "vsyscall=none"])) == lacking
    assert part.skipped_whole(scenario, frozenset(["vsyscall=xonly"])) == ""


@pytest.mark.parametrize(
    "fork",
    ["P0.t1: P1 = fork", "P0 on cpu1: P1 = fork"],
    ids=["a thread", "a CPU that is not here"],
)
def test_a_process_that_is_not_forked_here_does_nothing(fork: str) -> None:
    """The worker of such a process was asked all the same: a KeyError, 70."""
    scenario = scenario_of(
        MAP, fork, "P1: write a 0x1", "P1: P2 = fork", "P2: munlockall", "P0: write a 0x1",
        "P0: process_madvise P1.a MADV_COLD", "P0: status P1", "P0: read a",
        machine="  node0 512M\n  node1 512M\n  cpus 2",
    )  # fmt: skip
    assert list(dropped(scenario, Abilities(1, (0,), "/"))) == [1, 2, 3, 4, 6, 7]


def test_what_a_file_left_out_would_have_backed_is_left_out() -> None:
    scenario = scenario_of(
        "P0: f = file 2p", "P0: a = mmap f rw shared", FORK, "P1: read a", "P1: f2 = mmap 1p",
        "P1: read f2",
    )  # fmt: skip
    no_disk = Abilities(2, (0, 1), "", {"disk": "no disk"})
    assert dropped(scenario, no_disk) == {0: "no disk", 1: NOT_MADE, 3: NOT_MADE}


def test_a_name_that_is_free_in_a_child_is_its_own() -> None:
    """h of P0 was not made; P1 never knew it."""
    scenario = scenario_of(MAP, "P0: h = get a", FORK, "P1: h = mmap 1p", "P1: write h 0x1")
    assert list(dropped(scenario)) == [1]


@pytest.mark.parametrize(
    ("lines", "left_out"),
    [
        (["P0: munmap a[0]", "P0: madvise a MADV_POPULATE_READ"], [2]),
        (["P0: munmap a[0]", "P0: madvise a[1] MADV_POPULATE_READ"], []),
        (["P0: munmap a[0]", FORK, "P1: madvise a MADV_POPULATE_WRITE"], [3]),
        ([FORK, "P0: munmap a[0]", "P1: madvise a MADV_POPULATE_WRITE"], []),
        # 6.18 stops there, 6.1 and the model go on: it was said that the kernel differs
        (["P0: madvise a[0] MADV_DONTFORK", FORK, "P1: madvise a MADV_POPULATE_WRITE"], [3]),
        (["P0: madvise a[0] MADV_DONTFORK", FORK, "P0: madvise a MADV_POPULATE_WRITE"], []),
        (["P0: madvise a MADV_DONTFORK", "P0: madvise a MADV_DOFORK", FORK,
          "P1: madvise a MADV_POPULATE_WRITE"], []),
    ],
)  # fmt: skip
def test_holes_are_where_nothing_is_mapped(lines: list[str], left_out: list[int]) -> None:
    scenario = scenario_of(MAP, *lines)
    assert list(dropped(scenario, LATER)) == left_out and dropped(scenario) == {}


def test_contents_without_struct_page_belong_to_a_mapping_not_to_a_name() -> None:
    scenario = scenario_of(
        FORK, "P0: b = mmap 1p shared pfnmap", "P0: write b 0x1", "P1: b = mmap 1p",
        "P1: write b 0x2", "P1: read b", "P0: P2 = fork", "P2: read b",
    )  # fmt: skip
    assert [step.by for step, _ in guestpart.playable(scenario).dropped] == ["P2"]
