# SPDX-License-Identifier: GPL-2.0-or-later
"""The model's pass over a scenario: how far it comes, and what it says of all pages."""

from linuxmm.validate.model import FATAL, play
from tests.validate.test_plan import scenario_of


def texts(*steps: str, machine: str = "  node0 512M") -> list[str]:
    return [p.outcome.text() for p in play(scenario_of(*steps, machine=machine)).played]


def test_it_stops_before_what_is_not_modelled() -> None:
    unknown = "P0: z = mmap 1p growsdown"
    run = play(scenario_of("P0: a = mmap 1p", unknown, "P0: read a"))
    assert [played.step.verb for played in run.played] == ["mmap"]
    assert "growsdown" in run.stopped


def test_it_stops_before_what_a_real_kernel_does_not_survive() -> None:
    steps = (
        "P0: a = mmap 2p", "P0: write a 0x7", "P0: madvise a MADV_MERGEABLE", "P0: ksm_set run=1",
        "ksmd: full_scan 3", "coherent0: migrate P0.a", "ksmd: full_scan 3",
        "coherent0: migrate_to_sys P0.a", "P0: pages a",
    )  # fmt: skip
    scenario = scenario_of(*steps, machine="  node0 512M\n  coherent0 256M")
    whole, part = play(scenario), play(scenario, survive=True)
    assert len(whole.played) == len(steps) and not whole.stopped
    assert part.stopped == FATAL and part.played[-1].step.verb == "full_scan"


def test_a_child_that_was_never_forked_is_gone() -> None:
    """A private PFN mapping whose first page was copied cannot be forked in 6.1."""
    found = texts(
        "P0: a = mmap 1p rw private pfnmap pfns", "P0: write a 0x7", "P0: P1 = fork", "P1: read a",
        "P1: P2 = fork", "P2: pages a", "P0: read a",
    )  # fmt: skip
    assert found == ["ok", "ok", "-ENOMEM", "gone", "gone", "gone", "0x7"]


def test_rows_and_hidden_state_are_of_every_living_process() -> None:
    steps = ("P0: a = mmap 2p", "P0: write a[0] 0x1", "P0: P1 = fork", "P1: exit")
    run = play(scenario_of(*steps))
    shown = [[(row.process, row.letters) for row in played.pages] for played in run.played]
    assert shown[2] == [("P0", ("PD", "D")), ("P1", ("PD", "D"))]  # no X: shared
    assert [process for process, _ in shown[3]] == ["P0"]
    assert [page.mapcount for page in run.played[2].hidden or ()] == [2, 2]
