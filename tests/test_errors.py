# SPDX-License-Identifier: GPL-2.0-or-later
"""Words of others in our sentences."""

import pytest

from linuxmm.errors import one_line, printable

# LF CR VT FF FS GS RS NEL LS PS: each is a line end for str.splitlines or for a terminal
LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
CONTROLS = "\0\x07\x1b\x7f\x9b\u200b\u200e\u202a\u202e\u2066\u2069\ufeff\udce9"


@pytest.mark.parametrize("character", LINE_ENDS + CONTROLS)
def test_no_word_of_others_ends_a_line_or_reaches_a_terminal(character: str) -> None:
    safe = one_line(f"a{character}b")
    assert safe.isascii() and safe.isprintable()
    assert safe.startswith("a\\") and safe.endswith("b")


def test_escapes_are_those_of_python() -> None:
    assert one_line("a\nb\x1b\x9b\u202e\udce9 é") == r"a\nb\x1b\x9b\u202e\udce9 é"


def test_a_long_word_is_cut_and_its_length_told() -> None:
    assert one_line("x" * 1000) == "x" * 1000
    assert one_line("7" * 5000 + " is no pid", 20) == "777777777777777...o pid (5010 characters)"


def test_lines_of_ours_keep_their_ends() -> None:
    assert printable("a\nb\x1b\n") == "a\nb\\x1b\n"
