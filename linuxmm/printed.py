# SPDX-License-Identifier: GPL-2.0-or-later
"""Text of 80 columns: lines broken between words, tables whose cells never run into each other.

What is told on a terminal goes through here, whatever words of others stand in it; a command
makes its lines as wide as the terminal (`in_columns`).
"""

import os
import re
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final
from unicodedata import combining, east_asian_width

from linuxmm.errors import one_line

WIDTH: Final = 80  # where nobody says otherwise
PAGE_WIDTH: Final = 98  # of the pages of docs/ that are generated
NARROWEST: Final = 60  # a report is no narrower: the terminal breaks its lines
WIDEST: Final = 200
GAP: Final = "  "
LEAST: Final = 12  # columns that a column keeps while another one can give way
FIRST: Final = 24  # the same for the first one, which names what the row is about
Row = tuple[str, tuple[str, ...]]
"""A site, and what its columns say."""


# --- width ----------------------------------------------------------------------------------------
_COLUMNS: Final = ContextVar("columns", default=WIDTH)


def columns() -> int:
    """How many columns the lines that are made now may have."""
    return _COLUMNS.get()


@contextmanager
def in_columns(width: int) -> Iterator[None]:
    """Lines that are made inside have so many columns."""
    before = _COLUMNS.set(width)
    try:
        yield
    finally:
        _COLUMNS.reset(before)


def terminal_width() -> int:
    """The columns of the terminal we write to, from 60 to 200; 80 where there is none."""
    said = os.environ.get("COLUMNS", "")
    width = int(said) if said.isdecimal() and len(said) < LEAST else 0
    return max(NARROWEST, min(width or columns_of_terminal(1), WIDEST))


def columns_of_terminal(fd: int) -> int:
    """Its columns, however few; 80 where there is no terminal."""
    try:
        return os.get_terminal_size(fd).columns or WIDTH
    except OSError:
        return WIDTH


# --- lines ----------------------------------------------------------------------------------------
def wrapped(
    text: str, first: str = "", further: str | None = None, width: int = 0, *,
    long_words: bool = True, hyphens: bool = True,
) -> list[str]:  # fmt: skip
    """A text over lines, `first` before the first one and `further` (None: it too) before the rest.

    Of so many columns (0: `columns()`).  Broken between words, and if that may be at hyphens and
    where a word is too long.
    """
    return textwrap.wrap(
        text,
        width or columns(),
        initial_indent=first,
        subsequent_indent=first if further is None else further,
        break_long_words=long_words,
        break_on_hyphens=hyphens,
    )


def folded(text: str, width: int, further: str = "") -> list[str]:
    """The same with all its blanks and ends of lines.

    A word that is longer than a line is broken behind a comma or slash, else where the line ends.
    """
    lines: list[str] = []
    for part in text.split("\n"):
        current = ""
        for word in part.split(" "):
            while len(word) > width - len(further):
                if current:
                    lines.append(current)
                    current = ""
                room = width - len(further)
                end = max(word.rfind(mark, 0, room) for mark in ",/") + 1 or room
                lines.append(word[:end])
                word = word[end:]
            joined = f"{current} {word}" if current else word
            if len(joined) > width:
                lines.append(current)
                joined = further + word
            current = joined
        lines.append(current)
    return lines


def hanging(head: str, text: str, width: int = 0) -> list[str]:
    """Text behind a head, its further lines below the first; below a head that is too long."""
    width = width or columns()
    if len(head) > width // 2:
        indent = " " * (len(head) - len(head.lstrip()) + 4)
        return [head.rstrip(), *(indent + line for line in folded(text, width - len(indent)))]
    body = folded(text, width - len(head))
    return [head + body[0], *(" " * len(head) + line for line in body[1:])]


def counted(number: int, word: str) -> str:
    """`1 step`, `2 steps`."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def ending(name: str, width: int) -> str:
    """A name in so many columns; of a long one the end, which tells files apart."""
    return name if len(name) <= width else "..." + name[3 - width :]


# --- tables ---------------------------------------------------------------------------------------
def by_file(heads: tuple[str, ...], rows: Sequence[Row]) -> list[str]:
    """A table of sites grouped by file, in `columns()`: long cells go on below."""
    files = {site.partition(":")[0]: n for n, (site, _) in reversed(list(enumerate(rows)))}
    rows = sorted(rows, key=lambda row: files[row[0].partition(":")[0]])
    cells = [(f"  {site.partition(':')[2]}", *columns) for site, columns in rows]
    widths = widths_of([heads, *cells])
    lines = aligned(heads, widths)
    file = ""
    for (site, _), row in zip(rows, cells, strict=True):
        if site.partition(":")[0] != file:
            file = site.partition(":")[0]
            lines += broken(_plain(file), columns())
        lines += aligned(row, widths)
    return lines


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows as lines, the first one the heads."""
    widths = widths_of(rows)
    return [line for row in rows for line in aligned(row, widths)]


def widths_of(rows: Sequence[tuple[str, ...]], width: int = 0) -> list[int]:
    """The width of every column; the widest give way, the first one last, until all fit."""
    width = width or columns()
    widths = [max(columns_of(_plain(row[n])) for row in rows) for n in range(len(rows[0]))]
    for first, others in ((FIRST, LEAST), (FIRST - 6, LEAST - 2)):
        least = [first, *[others] * (len(widths) - 1)]
        while sum(widths) + len(GAP) * (len(widths) - 1) > width:
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
    """A cell's text over lines: at spaces and after ``|``, ``:`` and ``,``, else inside a word."""
    indent = len(text) - len(text.lstrip(" "))
    lines = [""]
    for piece in re.findall(r"[^ |:,]*[ |:,]|[^ |:,]+", text):
        if lines[-1].strip() and columns_of(lines[-1] + piece.rstrip()) > width:
            lines[-1] = lines[-1].rstrip()
            lines.append(" " * indent)
        lines[-1] += piece
        while columns_of(lines[-1].rstrip()) > width:
            kept = _up_to_a_mark(fitting(lines[-1], width), indent)
            lines[-1:] = [kept, " " * indent + lines[-1][len(kept) :]]
    return [line.rstrip() for line in lines]


def _up_to_a_mark(text: str, indent: int) -> str:
    """The first part of a name, up to where it may be broken; all of it where there is no mark."""
    end = max(text.rfind(mark, indent + 2) for mark in "_/-.") + 1
    return text[:end] if end * 2 > len(text) else text


def fitting(text: str, width: int) -> str:
    """As much of a text as fits into so many columns, one character at least."""
    end = min(len(text), width)
    while end > 1 and columns_of(text[:end]) > width:
        end -= 1
    return text[: max(end, 1)]


def named_row(name: str, cells: str, room: int) -> list[str]:
    """A name in so many columns before cells that are lined up; on a line of its own where it is
    too long, or the line would be."""
    room = max(min(room, columns() - len(cells)), 0)
    if columns_of(name) <= room:
        return [filled(name, room) + cells]
    return [*broken(name, columns()), " " * room + cells]


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
