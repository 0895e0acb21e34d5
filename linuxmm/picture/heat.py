# SPDX-License-Identifier: GPL-2.0-or-later
"""A heat table: rows, columns and cells whose shade is a number that they also say in words."""

from dataclasses import dataclass
from math import log
from typing import Final

LEVELS: Final = 5  # shades, from 1; 0 is none


@dataclass(frozen=True)
class Cell:
    """One cell: its text, its shade (0 to LEVELS), what it says when asked, a mark of its own.

    `mark` is a class of the style sheet: a cell is told by its text and border, never by colour
    alone.
    """

    text: str
    level: int = 0
    title: str = ""
    lines: tuple[str, ...] = ()
    mark: str = ""


@dataclass(frozen=True)
class Row:
    """One row; `group` is a heading that stands above the first row that has it."""

    head: str
    cells: tuple[Cell, ...]
    group: str = ""


@dataclass(frozen=True)
class Heat:
    """A table: `columns` are (short head, what it is)."""

    caption: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]
    legend: tuple[tuple[str, str, str], ...] = ()  # (mark, text, what it means)
    corner: str = ""

    @property
    def groups(self) -> "list[tuple[str, list[Row]]]":
        """Neighbours with the same heading together."""
        found: list[tuple[str, list[Row]]] = []
        for row in self.rows:
            if not found or found[-1][0] != row.group:
                found.append((row.group, []))
            found[-1][1].append(row)
        return found


def level(number: int, most: int) -> int:
    """The shade of a number: 0 of none, LEVELS of the largest; by its logarithm between."""
    if number <= 0:
        return 0
    if number >= most:
        return LEVELS
    return 1 + round((LEVELS - 1) * log(number) / log(most))


def share(number: int, of: int) -> int:
    """The shade of a part of a whole: 0 of none, LEVELS of all."""
    return 0 if number <= 0 or of <= 0 else max(1, LEVELS * number // of)
