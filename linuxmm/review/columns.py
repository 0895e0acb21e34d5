"""Tables of 80 columns whose cells never run into each other, whatever stands in them."""

import re
from collections.abc import Sequence
from typing import Final
from unicodedata import combining, east_asian_width

from linuxmm.errors import one_line

WIDTH: Final = 80
GAP: Final = "  "
LEAST: Final = 12  # columns that a column keeps while another one can give way
FIRST: Final = 24  # the same for the first one, which names what the row is about
Row = tuple[str, tuple[str, ...]]
"""A site, and what its columns say."""


def by_file(heads: tuple[str, ...], rows: Sequence[Row]) -> list[str]:
    """A table of sites grouped by file, in ``WIDTH`` columns: long cells go on below."""
    files = {site.partition(":")[0]: n for n, (site, _) in reversed(list(enumerate(rows)))}
    rows = sorted(rows, key=lambda row: files[row[0].partition(":")[0]])
    cells = [(f"  {site.partition(':')[2]}", *columns) for site, columns in rows]
    widths = widths_of([heads, *cells])
    lines = aligned(heads, widths)
    file = ""
    for (site, _), row in zip(rows, cells, strict=True):
        if site.partition(":")[0] != file:
            file = site.partition(":")[0]
            lines += broken(_plain(file), WIDTH)
        lines += aligned(row, widths)
    return lines


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows as lines, the first one the heads."""
    widths = widths_of(rows)
    return [line for row in rows for line in aligned(row, widths)]


def widths_of(rows: Sequence[tuple[str, ...]]) -> list[int]:
    """The width of every column; the widest give way, the first one last, until all fit."""
    widths = [max(columns_of(_plain(row[n])) for row in rows) for n in range(len(rows[0]))]
    least = [FIRST, *[LEAST] * (len(widths) - 1)]
    while sum(widths) + len(GAP) * (len(widths) - 1) > WIDTH:
        wide = [n for n in range(len(widths)) if widths[n] > least[n]]
        if not wide:
            break
        widths[max(wide, key=lambda n: (n > 0, widths[n]))] -= 1
    return widths


def aligned(row: tuple[str, ...], widths: Sequence[int]) -> list[str]:
    """One row as lines: every cell broken to its column, a later line of the first one indented."""
    cells = [broken(_plain(text), width) for text, width in zip(row, widths, strict=True)]
    height = max(map(len, cells))
    padded = [cell + [""] * (height - len(cell)) for cell in cells]
    return [
        GAP.join(filled(text, width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in zip(*padded, strict=True)
    ]


def broken(text: str, width: int) -> list[str]:
    """A cell's text over lines: at spaces and after ``|``, ``:`` and ``,``, else where it must."""
    indent = len(text) - len(text.lstrip(" "))
    lines = [""]
    for piece in re.findall(r"[^ |:,]*[ |:,]|[^ |:,]+", text):
        if lines[-1].strip() and columns_of(lines[-1] + piece.rstrip()) > width:
            lines[-1] = lines[-1].rstrip()
            lines.append(" " * indent)
        lines[-1] += piece
        while columns_of(lines[-1].rstrip()) > width:
            kept = fitting(lines[-1], width)
            lines[-1:] = [kept, " " * indent + lines[-1][len(kept) :]]
    return [line.rstrip() for line in lines]


def fitting(text: str, width: int) -> str:
    """As much of a text as fits into so many columns, one character at least."""
    end = min(len(text), width)
    while end > 1 and columns_of(text[:end]) > width:
        end -= 1
    return text[: max(end, 1)]


def fitted(text: str, width: int) -> str:
    """A text in so many columns at most; what is longer ends in three dots."""
    return text if columns_of(text) <= width else fitting(text, width - 3).rstrip() + "..."


def columns_of(text: str) -> int:
    """How many columns a terminal gives a text: East Asian wide characters take two."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(c) else 1 + (east_asian_width(c) in "WF") for c in text)


def filled(text: str, width: int) -> str:
    """A text with blanks behind it up to so many columns."""
    return text + " " * (width - columns_of(text))


def _plain(text: str) -> str:
    """Words of others on one line."""
    return one_line(text)
