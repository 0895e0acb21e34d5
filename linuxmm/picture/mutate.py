# SPDX-License-Identifier: GPL-2.0-or-later
"""`linuxmm mutate` as a heat table: sites down, parts of a record across."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from linuxmm.explore.mutate import REPORTED, SILENT, UNOBSERVABLE, WAITING, Fate
from linuxmm.explore.mutation_table import counts, path_text, shows_text
from linuxmm.picture import heat
from linuxmm.picture.page import part, word
from linuxmm.printed import counted

# column -> (how the cell of a flip begins or ends, what it is)
PARTS: Final[dict[str, str]] = {
    "lookup": "which lookup",
    "flags": "a FOLL_ flag left out or given",
    "tests": "a test that is not there",
    "gives": "what a refused page gets",
    "reference": "is the reference dropped",
    "unless": "in which context a test is left out",
    "order": "two tests in the other order",
    "refused": "what no page gets",
}
LEGEND: Final = (
    ("l5", "3/3", "every flip is reported"),
    ("l3", "1/3", "some are; of the others a reason is known, or a later system decides"),
    ("never", "0/2", "none is, and a reason is known or waited for"),
    ("gap", "1/2!", "a flip is silent: nothing reports it, no reason is known"),
)
FATES: Final = (
    (REPORTED, "reported", "good"),
    (UNOBSERVABLE, "unobservable", ""),
    (WAITING, "wait for a later system", "warn"),
    (SILENT, "silent", "bad"),
)


def html(kernel: str, fates: Sequence[Fate]) -> str:
    """The part of a page that shows the fate of every flip."""
    by_site = [(site, list(group)) for site, group in groupby(fates, lambda f: f.flip.site)]
    total = counts(list(fates))
    table = heat.Heat(
        "Reported of all flips of this part of the record. Each flip: pointer or Tab.",
        tuple(PARTS.items()),
        tuple(_row(site, group) for site, group in by_site),
        LEGEND,
        "site",
    )
    return part(
        "mutate",
        title="Would a wrong rule be noticed?",
        sentence=f"{word(kernel)}: {counted(len(fates), 'flip')} at "
        f"{counted(len(by_site), 'site')}, each one cell of a record set to another word that its "
        "code honours, then searched as a review is.",
        tiles=[(str(total[fate]), what, mark) for fate, what, mark in FATES],
        heat=table,
        words=[(site, [_in_words(one) for one in group]) for site, group in by_site],
        left_out=0,
    )


def part_of(cell: str) -> str:
    """The column that a flip's cell belongs to."""
    for last in ("gives", "reference", "unless"):
        if cell.endswith(f" {last}"):
            return last
    first = cell.split(" ")[0]
    return {"flag": "flags", "test": "tests"}.get(first, first)


def _row(site: str, fates: Sequence[Fate]) -> heat.Row:
    file, _, function = site.partition(":")
    cells = tuple(
        _cell(site, name, [f for f in fates if part_of(f.flip.cell) == name]) for name in PARTS
    )
    return heat.Row(function, cells, file)


def _cell(site: str, name: str, fates: Sequence[Fate]) -> heat.Cell:
    if not fates:
        return heat.Cell("", mark="never")
    told = sum(one.fate == REPORTED for one in fates)
    silent = any(one.fate == SILENT for one in fates)
    text = f"{told}/{len(fates)}{'!' * silent}"
    lines = tuple(f"{_flip(one)}: {one.fate}" for one in fates)
    mark = "gap" if silent else "" if told else "never"
    return heat.Cell(text, heat.share(told, len(fates)), f"{site}, {PARTS[name]}", lines, mark)


def _flip(one: Fate) -> str:
    return word(f"{one.flip.cell}: {one.flip.old} -> {one.flip.new}")


def _in_words(one: Fate) -> tuple[str, str, str]:
    """A flip, its fate, and what reports it or why nothing can."""
    if one.by is not None:
        return _flip(one), one.fate, word(f"{path_text(one)}; {shows_text(one)}", 400)
    if one.reason is not None:
        return _flip(one), one.fate, f"{one.reason.why} ({one.reason.source})"
    return _flip(one), one.fate, f"{one.tried} paths, {one.searched} states, no difference"
