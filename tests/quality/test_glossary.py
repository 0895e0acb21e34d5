# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/glossary.md has the words that the program uses, and no others."""

import re
from typing import Final

from linuxmm.cli.main import EXIT_CODES
from linuxmm.explore import judge, mutate, mutate_source
from linuxmm.fs.proc.pages import (
    KIND_COHERENT,
    KIND_HUGETLB,
    KIND_PFNMAP,
    KIND_PTHP,
    KIND_THP,
    KINDS,
)
from linuxmm.generate.kinds import NOT_MODELLED
from linuxmm.kernels import names
from linuxmm.review import legend, touched
from linuxmm.state.layout import SHAPES
from linuxmm.state.vocabulary import RESTS_ON
from linuxmm.validate.score import VERDICTS
from tests.quality.cited import DOCS

PAGE: Final = (DOCS / "glossary.md").read_text()


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def first_cells(text: str) -> list[str]:
    return re.findall(r"^\| ([^|-][^|]*?) \|", text, flags=re.M)


def test_the_shape_letters_are_those_of_the_layout() -> None:
    cells = re.findall(r"\| ([A-Z]) (?=[a-zA-Z_-]{3})", section("The model"))
    assert sorted(cells) == sorted(SHAPES)


def test_the_page_kinds_are_those_that_are_told_apart() -> None:
    line = section("The model").partition("**page kind**: ")[2].partition("\n- ")[0]
    modelled, _, rest = " ".join(line.split()).rstrip(".").partition(", and not modelled: ")
    modelled = re.sub(r" \(.*?\)", "", modelled)
    known = {*modelled.split(", "), *rest.split(", ")}
    assert {*KINDS[KIND_COHERENT:KIND_PFNMAP], KINDS[KIND_THP], KINDS[KIND_PTHP]} <= known
    assert KINDS[KIND_HUGETLB] in known
    assert {"p2pdma"} == set(rest.split(", ")) == set(NOT_MODELLED)


def statuses() -> str:
    found = section("Search and review").partition("Of each function")[2].partition("\n\n")[0]
    return " ".join(found.split())


def test_the_verdicts_are_those_of_the_judge() -> None:
    told = first_cells(section("Search and review"))
    assert told == [
        judge.FORCED,
        judge.OBSERVABLE,
        judge.FREE,
        judge.JOINT,
        judge.UNREACHABLE,
        touched.EARNED,
        judge.UNDECIDED,
        judge.UNKNOWN,
    ]
    assert {*re.findall(r"\*([a-z ]+)\*", statuses())} == {*touched.STATUSES}
    fates = (mutate.REPORTED, mutate.UNOBSERVABLE, mutate.WAITING, mutate.SILENT)
    of_flips, _, of_edits = section("Search and review").rpartition("Of each **edit**")
    assert re.findall(r"\*([a-z ]+)\*", of_flips.rpartition("**fate**")[2]) == [*fates]
    assert re.findall(r"\*([a-z]+)\*", of_edits) == list(mutate_source.FATES)
    line = section("Validation").partition("Verdict of a scenario")[2]
    assert re.findall(r"\*([a-z]+)\*", line) == list(VERDICTS)


def test_the_exit_codes_are_those_of_the_command() -> None:
    told = [code for cell in first_cells(section("Exit codes")) for code in cell.split(", ")]
    said = re.findall(r"(?:^|  )(\d+) (?=[a-z])", EXIT_CODES, flags=re.M)
    assert told == sorted([*said, "141"], key=int) and EXIT_CODES.splitlines()[-1] in PAGE


def test_kernels_and_what_rows_rest_on() -> None:
    assert all(f"`{name}`" in section("Rules") for name in names())
    assert all(f"*{word}*" in section("Rules") for word in RESTS_ON)


def test_the_legends_say_what_the_glossary_says() -> None:
    """Where verdicts are printed they are explained, in the same words."""
    rows = dict(re.findall(r"^\| ([a-z]+) \| (.*?)(?: \(.*\))? \|$", PAGE, flags=re.M))
    assert {word: rows.get(word) for word in legend.VERDICTS} == legend.VERDICTS
    assert {*legend.RESTS_ON} == {*RESTS_ON, "executed"}
    assert legend.legend("words", ["free", "forced", "nothing"], legend.VERDICTS) == [
        "words: forced: the other choice breaks a promise; free: the lookups answered",
        "  differently, nothing ever showed it",
    ]
    assert legend.legend("words", ["nothing"], legend.VERDICTS) == []
