# SPDX-License-Identifier: GPL-2.0-or-later
"""A scenario printed and read again is the same scenario."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from linuxmm.scenario.format import extent_text, format_scenario
from linuxmm.scenario.parse import load, parse
from linuxmm.scenario.tree import Extent
from tests.scenario.strategies import scenario_texts
from tests.scenario.test_parse import text

ROOT = Path(__file__).parent.parent.parent


@given(scenario_texts())
@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_random_scenarios_round_trip(source: str) -> None:
    scenario = parse(source)
    printed = format_scenario(scenario)
    assert parse(printed) == scenario
    assert format_scenario(parse(printed)) == printed


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios").rglob("*.mm")), ids=lambda p: p.stem)
def test_scenario_files_round_trip(path: Path) -> None:
    scenario = load(path)
    assert parse(format_scenario(scenario)) == scenario


def test_the_canonical_form() -> None:
    source = text(
        "P0:   a = mmap   8p",
        "label:  P0 on cpu1: write a 1*8",
        "P0: move_pages a[0:8] node1*8 MPOL_MF_MOVE",
        machine="  node1 512M\n  node0 512M",
        rest="expect *:\n  label = ok   !none",
    )
    assert format_scenario(parse(source)) == (
        "linuxmm-scenario 1\n"
        "name:    t\n"
        "intent:  Try it.\n"
        "\n"
        "machine:\n"
        "  node0 512M\n"
        "  node1 512M\n"
        "  cpus 2\n"
        "\n"
        "steps:\n"
        "         P0: a = mmap 8p rw private anon\n"
        "  label: P0 on cpu1: write a 0x1\n"
        "         P0: move_pages a node1\n"
        "\n"
        "expect *:\n"
        "  label = ok !none\n"
    )


def test_long_lines_are_broken() -> None:
    values = " ".join(str(i) for i in range(200))
    source = text("P0: a = mmap 200p", f"r: P0: write a {values}", "x: P0: read a")
    source = source.replace("Try it.", "Try it. " * 40) + f"expect *:\n  x = {values}\n"
    printed = format_scenario(parse(source))
    assert max(map(len, printed.splitlines())) <= 100
    assert parse(printed) == parse(source)


def test_extents() -> None:
    assert extent_text(Extent("mapping", "P0", "a", 0, 1, 1), "P0") == "a"
    assert extent_text(Extent("mapping", "P0", "a", 3, 4, 8), "P0") == "a[3]"
    assert extent_text(Extent("mapping", "P1", "a", 3, 8, 8), "P0") == "P1.a[3:8]"
    assert extent_text(Extent("file", "", "f", 0, 8, 8), "P0") == "f"
