# SPDX-License-Identifier: GPL-2.0-or-later
"""What a notebook shows of a value (`_repr_html_`): small tables, every word of others escaped.

No style but borders that the notebook has, no script; who wants a page for the browser asks for
``--format html``.
"""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from linuxmm.errors import one_line

MOST_ROWS: Final = 256


def said(text: str) -> str:
    """Words as HTML: on one line, markup in them harmless."""
    return escape(one_line(text))


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; of more than 256 rows the first, and how many are left out."""
    every = list(rows)
    lines = ["<table>", f"<tr>{_cells('th', heads)}</tr>"]
    lines += [f"<tr>{_cells('td', row)}</tr>" for row in every[:MOST_ROWS]]
    left = len(every) - MOST_ROWS
    if left > 0:
        lines.append(f'<tr><td colspan="{len(heads)}">{left} more rows</td></tr>')
    return "\n".join([*lines, "</table>"])


def paragraph(text: str) -> str:
    return f"<p>{said(text)}</p>"


def preformatted(text: str) -> str:
    """A report as it stands on a terminal."""
    return f"<pre>{escape(text)}</pre>"


def _cells(tag: str, words: Sequence[str]) -> str:
    return "".join(f"<{tag}>{said(word)}</{tag}>" for word in words)
