# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines of 80 columns, and tables that keep their columns apart, whatever the names."""

import re

import pytest

from linuxmm.printed import (
    WIDTH,
    broken,
    by_file,
    columns_of,
    ending,
    fitted,
    folded,
    hanging,
    table,
    wrapped,
)
from tests.fuzz.target import ROOT

NAMES = ["f", "x" * 200, "a_b " * 60, "ページ" * 40, "a|" * 90, "\x1b[2J\n\x85" * 9, "é" * 79]
HEADS = ("site", "before", "after", "verdict")


@pytest.mark.parametrize("one", NAMES)
@pytest.mark.parametrize("other", NAMES)
def test_columns_never_run_into_each_other(one: str, other: str) -> None:
    rows = [(f"mm/{one}.c:{one}", (other, one, "free")), (f"mm/{one}.c:g", ("a", "b", "forced"))]
    lines = by_file(HEADS, rows)
    assert all(columns_of(line) <= WIDTH and line.isprintable() for line in lines)
    starts = [lines[0].index(head) for head in HEADS[1:]]
    rest = [line for line in lines[1:] if line.startswith("  ")]
    for line in rest:
        cells = by_columns(line)
        for at in starts:
            assert set(cells[at - 2 : at]) <= {" "}, line
    assert cell(rest, starts[0], starts[1]).startswith(only(other)[:9])


def by_columns(line: str) -> list[str]:
    """The characters of a line, one for each column of a terminal."""
    return [c for char in line for c in (char, "~")[: columns_of(char)]]


def cell(lines: list[str], start: int, end: int) -> str:
    """All that stands in one column of a table of ASCII or wide characters."""
    text = "".join(c for line in lines for c in by_columns(line)[start:end])
    return only(text.replace("~", ""))


def only(text: str) -> str:
    """A text without blanks, escapes instead of what no terminal should get."""
    text = re.sub(r"\s", "", text.replace("\x85", "\\x85").replace("\n", "\\n"))
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def test_a_cell_is_broken_where_a_reader_would() -> None:
    assert broken("follow_page GET|DUMP, perhaps LRU", 14) == [
        "follow_page", "GET|DUMP,", "perhaps LRU",
    ]  # fmt: skip
    assert broken("x" * 10, 4) == ["xxxx", "xxxx", "xx"]
    assert broken("  " + "y" * 5, 5) == ["  yyy", "  yy"]


def test_a_plain_table_and_a_cut_text() -> None:
    assert table([("a", "b"), ("long", "c")]) == ["a     b", "long  c"]
    assert fitted("mm: split", 7) == "mm:..."
    assert fitted("ページ", 6) == "ページ" and columns_of(fitted("ページ" * 9, 9)) <= 9


# --- lines ----------------------------------------------------------------------------------------
def test_text_hangs_below_its_head() -> None:
    lines = hanging("r1  ", "word " * 15 + "x" * 80)
    assert lines == ["r1  " + ("word " * 15).rstrip(), "    " + "x" * 76, "    xxxx"]


def test_folding_keeps_blanks_and_ends_of_lines() -> None:
    assert folded("a  b\nc", 80) == ["a  b", "c"]
    assert folded("aaa bbb", 5, "  ") == ["aaa", "  bbb"]


def test_of_a_long_name_the_end_is_shown() -> None:
    assert ending("kernels/mine.toml", 12) == "...mine.toml"
    assert ending("mine.toml", 12) == "mine.toml"


def test_words_are_broken_only_where_that_is_allowed() -> None:
    text = "a-b " + "c" * 10
    assert wrapped(text, "- ", "  ", 8) == ["- a-b cc", "  cccccc", "  cc"]
    whole = wrapped(text, "- ", "  ", 8, long_words=False)
    assert whole == ["- a-b", "  " + "c" * 10]


def test_nobody_breaks_lines_on_their_own() -> None:
    package = ROOT / "linuxmm"
    others = [path for path in package.rglob("*.py") if path.name != "printed.py"]
    assert len(others) > 300
    breaks = re.compile(r"import textwrap|from textwrap import (?!dedent$)", re.M)
    assert [path for path in others if breaks.search(path.read_text())] == []
    widths = re.compile(r"WIDTH\b.*= 80$", re.M)
    assert [path for path in others if widths.search(path.read_text())] == []
