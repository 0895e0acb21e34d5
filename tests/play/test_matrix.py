# SPDX-License-Identifier: GPL-2.0-or-later
"""The matrix page kind x system: no cell is empty, and cells count what steps really meet."""

from pathlib import Path

import pytest

from linuxmm.play.matrix import (
    CELLS_NOT_MODELLED,
    IMPOSSIBLE,
    KINDS,
    NOT_MODELLED,
    SYSTEMS,
    Cell,
    as_text,
    cells_of,
    gaps,
    matrix,
    system_of,
)
from linuxmm.play.steps_on_model import start
from linuxmm.scenario.parse import load, parse
from linuxmm.scenario.tree import Scenario
from linuxmm.scenario.verbs import VERBS

ROOT = Path(__file__).parent.parent.parent
HEAD = "linuxmm-scenario 1\nname: t\nintent: Try it.\n"
MACHINE = "machine:\n  node0 512M\n  coherent0 256M\n  private0 256M\n  dax0 64M\n  ksm run = 1\n"


def scenario(*steps: str) -> Scenario:
    return parse(HEAD + MACHINE + "steps:\n" + "".join(f"  {step}\n" for step in steps))


@pytest.fixture(scope="module")
def cells() -> list[Cell]:
    scenarios = map(load, sorted((ROOT / "scenarios").rglob("*.mm")))
    return matrix((scenario.name, cells_of(scenario)) for scenario in scenarios)


def test_no_cell_is_empty(cells: list[Cell]) -> None:
    assert gaps(cells) == []
    assert len(cells) == (len(KINDS) + 1) * len(SYSTEMS)  # p2pdma is not modelled


def test_no_excuse_is_out_of_date(cells: list[Cell]) -> None:
    """A cell with a reason has no scenario, and every reason belongs to a cell."""
    filled = {(cell.kind, cell.system) for cell in cells if cell.scenarios}
    assert not filled & {*IMPOSSIBLE, *CELLS_NOT_MODELLED}


def test_a_cell_that_was_not_modelled_is_one_no_more() -> None:
    """KSM pages on their way to a device: a real 6.1 moves them."""
    assert CELLS_NOT_MODELLED == ()
    merged = scenario(
        "P0: a = mmap 2p",
        "P0: write a 1",
        "P0: madvise a MADV_MERGEABLE",
        "ksmd: full_scan 3",
        "coherent0: migrate P0.a",
        "P0: pages a",
    )
    model = start(merged.machine, "v6.1")
    outcomes = [model.step(step).result.text() for step in merged.steps]
    assert outcomes[-2:] == ["-ENOENT", "dev dev@0"]


def test_a_cell_is_what_the_pages_are_when_the_step_is_made() -> None:
    steps = ("P0: a = mmap 1p", "P0: read a", "P0: write a 1", "P0: mlock a", "P0: smaps a")
    assert cells_of(scenario(*steps)) == {
        ("zero", "fault"),
        ("anon", "fault"),
        ("anon", "mlock"),
        ("anon", "smaps"),
    }
    moved = ("P0: a = mmap 1p", "P0: write a 1", "private0: migrate P0.a", "P0: h = pin a")
    assert {("anon", "device"), ("private", "pin"), ("anon", "pin")} <= cells_of(scenario(*moved))


def test_a_driver_s_pages_with_and_without_struct_page() -> None:
    steps = ("P0: a = mmap 1p shared mixedmap pages", "P0: b = mmap 1p shared mixedmap pfns")
    rest = ("P0: read b", "P0: pagemap a", "P0: pagemap b")
    assert cells_of(scenario(*steps, *rest)) == {
        ("mixedmap-pfn", "fault"),
        ("mixedmap-page", "pagemap"),
        ("mixedmap-pfn", "pagemap"),
    }


def test_ksmd_meets_mergeable_mappings_only() -> None:
    steps = ("P0: a = mmap 1p", "P0: write a 1", "P0: b = mmap 1p shared dax0", "P0: read b")
    merge = ("P0: madvise a MADV_MERGEABLE", "ksmd: scan 10")
    found = {kind for kind, system in cells_of(scenario(*steps, *merge)) if system == "ksm"}
    assert found == {"anon"}


def test_every_column_is_reached_by_a_verb() -> None:
    words = (
        "read a",
        "exit",
        "get a",
        "pin a",
        "pin a FOLL_LONGTERM",
        "madvise a MADV_COLD",
        "mlock a",
        "mprotect a r",
        "move_pages a",
        "madvise a MADV_MERGEABLE",
        "smaps a",
        "numa_maps a",
        "pagemap a",
        "clear_refs 1",
        "kpageflags a",
    )
    found = set()
    for word in words:
        name = "h = " if word.startswith(("get", "pin")) else ""
        found.add(system_of(scenario("P0: a = mmap 1p", f"P0: {name}{word}").steps[-1]))
    others = ("P0: P1 = fork", "coherent0: migrate P0.a", "coherent0: read P0.a", "numa: scan P0")
    for step in others:
        found.add(system_of(scenario("P0: a = mmap 1p", step).steps[-1]))
    assert found == set(SYSTEMS)


def test_the_text_is_at_most_80_columns(cells: list[Cell]) -> None:
    text = as_text(cells)
    assert max(len(line) for line in text.splitlines()) <= 80
    sentence, table = text.split("\n\n", 1)
    assert sentence.endswith("(column, see below):")
    assert table.splitlines()[0].split() == [head for head, _ in SYSTEMS.values()]
    assert "?" not in "".join(table.splitlines()[1:17])
    anon = table.splitlines()[1].split()
    assert anon[1] == str(len(next(c for c in cells if c.kind == "anon").scenarios))  # above 99
    assert len({len(line) for line in table.splitlines()[:17]}) == 1
    empty = as_text([Cell(c.kind, c.system, (), NOT_MODELLED) for c in cells])
    assert "anon           .  ." in empty


def test_the_records_name_every_column_and_no_other() -> None:
    named = {verb.system for verb in VERBS.values()} - {""}
    named |= {system for verb in VERBS.values() for _, system in verb.systems}
    assert named == set(SYSTEMS)
