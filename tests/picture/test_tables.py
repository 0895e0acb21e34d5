# SPDX-License-Identifier: GPL-2.0-or-later
"""`matrix` and `mutate` as heat tables: what each cell says is what the text says."""

import re
from pathlib import Path

import pytest

from linuxmm.cli.main import main
from linuxmm.explore.flips import cell_flips
from linuxmm.explore.mutate import REPORTED, SILENT, Fate, modelled_sites
from linuxmm.explore.mutate_source import FOUND, SAME, UNDECIDED, UNREACHED, EditFate
from linuxmm.kernels import load
from linuxmm.picture import edits, matrix, mutate
from linuxmm.picture.page import Page
from linuxmm.play.matrix import NOT_MODELLED, Cell
from linuxmm.source.edits import NEGATED, REMOVED, Edit
from tests.picture.html import checked


def page(part: str) -> str:
    around = Page("a table")
    return "\n".join([around.head, part, around.foot]) + "\n"


def test_a_number_a_gap_a_reason_and_what_is_not_modelled() -> None:
    cells = [
        Cell("anon", "fault", ("a", "b<script>")),
        Cell("anon", "fork"),
        Cell("anon", "zap", reason="because"),
        Cell("thp", "fault", reason=NOT_MODELLED),
    ]
    text = page(matrix.html(cells))
    read = checked(text)
    assert (
        "1 of 3 modelled cells have a scenario, 1 are gaps; 1 cells are not modelled." in read.text
    )
    assert '<td class="l5 " tabindex="0">2' in text and '<td class="l0 gap" tabindex="0">?' in text
    assert "b<script>" in read.text and "zap because" in read.text


def test_a_cell_names_a_few_scenarios_and_counts_the_rest() -> None:
    cell = Cell("anon", "fault", tuple(f"s{n}" for n in range(40)))
    read = checked(page(matrix.html([cell])))
    assert "s11" in read.text and "s12" not in read.text
    assert "and 28 more" in read.text


def test_every_flip_of_the_records_has_a_column() -> None:
    kernel = load("split-v1")
    flips = [f for site in modelled_sites(kernel) for f in cell_flips(kernel, kernel.site(site))]
    assert len(flips) > 100
    found = {mutate.part_of(flip.cell) for flip in flips}
    assert found <= set(mutate.PARTS) and {"lookup", "flags", "tests", "gives"} <= found


def test_a_silent_flip_is_framed_and_said() -> None:
    kernel = load("split-v1")
    flips = cell_flips(kernel, kernel.site("mm/ksm.c:break_ksm"))
    fates = [Fate(flip, SILENT if n == 0 else REPORTED) for n, flip in enumerate(flips)]
    text = page(mutate.html(kernel.name, fates))
    read = checked(text)
    assert f"split-v1: {len(fates)} flips at 1 site, " in read.text
    assert 'class="bad"><b>1</b>silent' in text and "!<" in text
    assert len(re.findall(r'<td class="l\d gap"', text)) == 1
    assert "0 paths, 0 states, no difference" in read.text


def test_edits_of_c_by_function_and_kind() -> None:
    """Three edits that the translation knows, one found; of one that is not nobody said why."""

    def fate(line: int, kind: str, what: str) -> EditFate:
        edit = Edit("mm/ksm.c", "f", kind, (line, 0), (line, 3), "<b>", "")
        return EditFate(edit, "a", "b", what)

    fates = [
        fate(1, REMOVED, FOUND), fate(2, REMOVED, SAME), fate(3, REMOVED, UNREACHED),
        fate(4, NEGATED, UNDECIDED),
    ]  # fmt: skip
    text = page(edits.html("k", "<tree>", fates))
    read = checked(text)
    assert (
        "k: 4 edits of 1 function of <tree>" in read.text and "line 2: <b> -> nothing" in read.text
    )
    assert '<td class="l2 gap" tabindex="0">1/2!' in text
    assert '<td class="l0 never" tabindex="0">0/1' in text


def test_the_command_prints_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one.mm").write_text(
        "linuxmm-scenario 1\nname: one\nintent: Try it.\nsteps:\n  P0: a = mmap 1p\n"
        "  P0: write a 1\n"
    )
    (tmp_path / "bad.mm").write_text("nonsense\n")
    assert main(["matrix", str(tmp_path), "--format", "html"]) == 2
    read = checked(capsys.readouterr().out)
    assert "1 of 285 modelled cells have a scenario, 284 are gaps" in read.text  # 15 kinds x 19
    assert "Not on this page" in read.text and "bad.mm" in read.text
