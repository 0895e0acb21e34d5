# SPDX-License-Identifier: GPL-2.0-or-later
"""`linuxmm matrix` as a heat table: page kinds down, systems across, how many scenarios."""

from collections.abc import Sequence
from typing import Final

from linuxmm.picture import heat
from linuxmm.picture.page import part, word
from linuxmm.play.matrix import KINDS_NOT_MODELLED, NOT_MODELLED, SYSTEMS, gaps
from linuxmm.play.matrix import Cell as Met

NAMED: Final = 12  # scenarios of a cell
LEGEND: Final = (
    ("l1", "1", "one scenario"),
    ("l5", "n", "the most; shades go with the logarithm"),
    ("never", "-", "cannot be"),
    ("never", ".", "not modelled"),
    ("gap", "?", "a gap: nothing tries it"),
)


def html(cells: Sequence[Met]) -> str:
    """The part of a page that shows the matrix."""
    kinds = list(dict.fromkeys(cell.kind for cell in cells))
    most = max((len(cell.scenarios) for cell in cells), default=0)
    rows = tuple(
        heat.Row(
            kind,
            tuple(_cell(cell, most) for cell in cells if cell.kind == kind),
            "not modelled" if kind in KINDS_NOT_MODELLED else "",
        )
        for kind in kinds
    )
    table = heat.Heat(
        "A number: so many scenarios run through this cell. Their names: pointer or Tab.",
        tuple((system, what) for system, (_, what) in SYSTEMS.items()),
        rows,
        LEGEND,
        "page kind",
    )
    words = [(kind, [_in_words(cell) for cell in cells if cell.kind == kind]) for kind in kinds]
    return part("matrix", heat=table, sentence=_sentence(cells), words=words)


def _sentence(cells: Sequence[Met]) -> str:
    """The whole in one sentence: what is tried, what is not, what is missing."""
    modelled = [cell for cell in cells if cell.reason != NOT_MODELLED]
    tried = sum(bool(cell.scenarios) for cell in modelled)
    missing = len(gaps(cells))
    return (
        f"{tried} of {len(modelled)} modelled cells have a scenario, {missing} are gaps; "
        f"{len(cells) - len(modelled)} cells are not modelled."
    )


def _cell(cell: Met, most: int) -> heat.Cell:
    count = len(cell.scenarios)
    title = f"{cell.kind} x {cell.system}: {SYSTEMS[cell.system][1]}"
    if count:
        return heat.Cell(str(count), heat.level(count, most), title, tuple(_names(cell)))
    text, mark = (".", "never") if cell.reason == NOT_MODELLED else ("-", "never")
    if not cell.reason:
        text, mark = "?", "gap"
    return heat.Cell(text, 0, title, (cell.reason or "no scenario, and no reason",), mark)


def _names(cell: Met) -> list[str]:
    """The first scenarios of a cell, and how many more there are."""
    names = [word(name, 80) for name in cell.scenarios[:NAMED]]
    left = len(cell.scenarios) - NAMED
    return [*names, f"and {left} more (linuxmm matrix --verbose names all)"] if left > 0 else names


def _in_words(cell: Met) -> tuple[str, str]:
    """A cell as a line of text."""
    return cell.system, ", ".join(_names(cell)) or cell.reason or "a gap: no scenario, no reason"
