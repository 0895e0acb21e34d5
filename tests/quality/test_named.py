# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages that lead through the source name files and functions that exist."""

import ast
import re
from typing import Final

import pytest

from tests.quality.cited import DOCS, ROOT
from tests.quality.named import Place, calls, defined, exists, places

# page: how many places it names at least (a reader of pages that finds none proves nothing)
PAGES: Final = {
    "architecture.md": 60,
    "how-a-rule-becomes-behaviour.md": 20,
    "where-to-change.md": 60,
    "../CONTRIBUTING.md": 8,
}


@pytest.mark.parametrize("name", PAGES)
def test_every_named_place_exists(name: str) -> None:
    found = places((DOCS / name).read_text())
    assert len(set(found)) >= PAGES[name]
    assert [str(place) for place in found if not exists(place)] == []


def test_each_wish_names_a_file() -> None:
    rows = [
        line for line in (DOCS / "where-to-change.md").read_text().splitlines() if line[:2] == "| "
    ]
    wishes = [row for row in rows if not row.startswith("| I want to ...")]
    assert len(wishes) > 25
    assert [row for row in wishes if not places(row) and "your own" not in row] == []


def test_the_floors_are_those_of_the_imports() -> None:
    page = (DOCS / "architecture.md").read_text()
    shown = page.partition("<!-- floors: begin -->\n```\n")[2].partition("```\n<!-- floors")[0]
    rooms = [set(line.partition("|")[0].split()) for line in shown.splitlines()]
    program = (ROOT / "tools" / "imports.py").read_text()
    (table,) = re.findall(r"^FLOORS: Final = (\(.*?^\))", program, flags=re.M | re.S)
    floors: tuple[set[str], ...] = ast.literal_eval(table)
    assert rooms[::-1] == [floor for floor in floors if "__main__" not in floor]


def test_on_the_way_through_smaps_each_function_calls_the_next() -> None:
    page = (DOCS / "architecture.md").read_text().partition("## One entry through smaps\n")[2]
    above: list[tuple[int, Place]] = []
    steps = 0
    for line in page.partition("```\n")[2].partition("```")[0].splitlines():
        depth = len(line) - len(line.lstrip())
        (place,) = places(line)
        above = [(d, p) for d, p in above if d < depth]
        if above:
            assert calls(above[-1][1], place), f"{above[-1][1]} does not call {place}"
            steps += 1
        above.append((depth, place))
    assert steps > 8


def test_how_a_rule_shows_a_row_of_the_record() -> None:
    page = (DOCS / "how-a-rule-becomes-behaviour.md").read_text()
    row = page.partition("```toml\n")[2].partition("```")[0]
    assert len(row) > 100 and row in (ROOT / "linuxmm/kernels/debian-6.1.toml").read_text()


def test_the_reader_of_places_sees_what_it_should() -> None:
    text = (
        "`mm/sites.py:site_page`, machine.py:Machine.call, kernels/*.toml; docs/facts/ and mm/gup.c"
    )
    text += "; [x](../no/link.py), `mm/ksm.c:break_ksm`, 1/2"
    assert places(text) == [
        Place("mm/sites.py", "site_page"),
        Place("machine.py", "Machine.call"),
        Place("kernels/*.toml", ""),
        Place("docs/facts/", ""),
    ]
    assert all(exists(place) for place in places(text))
    gone = (Place("mm/no.py", ""), Place("machine.py", "Machine.no"), Place("no/*.toml", ""))
    assert not any(exists(place) for place in gone)
    assert {"Machine", "Machine.call", "MAX_ROWS"} <= defined(ROOT / "linuxmm/machine.py")
