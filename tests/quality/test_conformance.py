# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/conformance.md: the kernel's own test cases, and the scenarios that stand for them.

A row names a case; each cell behind it is one run of that case: a scenario in backticks (what
follows a colon says what it leaves out), or in words why there is none.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from linuxmm.play.run import OK, run_kernels
from linuxmm.scenario.parse import load
from linuxmm.scenario.tree import Scenario

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "scenarios" / "conformance"
TABLE: Final = ROOT / "docs" / "conformance.md"
# what the selftests have, counted in their sources: TEST_F and variants, functions, options
CASES: Final = {
    "hmm-tests": (29, 58),
    "ksm_tests": (9, 9),
    "madv_populate": (6, 6),
    "mlock2-tests": (6, 6),
    "soft-dirty": (5, 5),
    "migration": (3, 3),
    "map_populate": (1, 1),
    "on-fault-limit": (1, 1),
    "mremap_dontunmap": (5, 5),
    "khugepaged": (46, 46),
    "split_huge_page_test": (3, 3),
    "transhuge-stress": (1, 1),
    "hugetlb-madvise": (7, 7),
    "map_hugetlb": (1, 1),
    "hugepage-mremap": (1, 1),
}


class Run(NamedTuple):
    """One run of a test case: its scenario or none, and what is said about it."""

    program: str
    case: str
    scenario: str
    says: str


def rows(section: str) -> Iterator[list[str]]:
    """The cells of the table of a section, without its head."""
    lines = [line for line in section.splitlines() if line.startswith("|")]
    for line in lines[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


@cache
def sections() -> dict[str, str]:
    parts = re.split(r"^## (.*)$", TABLE.read_text(), flags=re.M)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def _run(program: str, case: str, cell: str) -> Run:
    found = re.fullmatch(r"`([a-z0-9-]+)`(?:: (.*))?", cell)
    return Run(program, case, found[1], found[2] or "") if found else Run(program, case, "", cell)


@cache
def runs() -> tuple[Run, ...]:
    return tuple(
        _run(program, cells[0], cell)
        for program in CASES
        for cells in rows(sections()[program])
        for cell in cells[1:]
    )


def path_of(run: Run) -> Path:
    return FOLDER / run.program / f"{run.scenario}.mm"


COVERED: Final = [run for run in runs() if run.scenario]


def scenario_of(run: Run) -> Scenario:
    return load(str(path_of(run)))


def sums(program: str) -> tuple[int, ...]:
    """Cases, runs, with a scenario, of these in part, without one."""
    mine = [run for run in runs() if program in (run.program, "**all**")]
    covered = [run for run in mine if run.scenario]
    cases = len({(run.program, run.case) for run in mine})
    part = sum(1 for run in covered if run.says)
    return cases, len(mine), len(covered), part, len(mine) - len(covered)


def test_every_case_has_a_row() -> None:
    assert {program: sums(program)[:2] for program in CASES} == CASES


def test_the_sums_at_the_top_are_right() -> None:
    stated = {cells[0]: tuple(map(int, cells[1:])) for cells in rows(sections()[""])}
    assert stated == {program: sums(program) for program in (*CASES, "**all**")}


def test_a_run_without_a_scenario_says_why() -> None:
    assert [run for run in runs() if not run.scenario and len(run.says.split()) < 4] == []


def test_every_scenario_is_in_the_table() -> None:
    named = [path_of(run) for run in COVERED]
    assert sorted(named) == sorted(FOLDER.rglob("*.mm"))
    assert len(set(named)) == len(named)


@pytest.mark.parametrize("run", COVERED, ids=lambda run: f"{run.program}/{run.scenario}")
def test_it_passes_on_the_model(run: Run) -> None:
    scenario = scenario_of(run)
    assert scenario.intent.startswith(f"{run.program} {run.case}: ")
    assert any(block.expectations for block in scenario.expects)
    (made,) = run_kernels(scenario, ["v6.1"])
    assert made.verdict == OK, (made.mismatches, made.conditions, made.broken)
