# SPDX-License-Identifier: GPL-2.0-or-later
"""Hunks made out of a real source: what a line put in or taken out is read as.

Debian's linux-source-6.1 unpacked in /usr/src, or LINUXMM_TREE_6_1.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from linuxmm.kernels import load
from linuxmm.review.ctext import file_statements
from linuxmm.review.read import Reading
from tests.review.patches import read

pytestmark = [pytest.mark.live, pytest.mark.slow]
BASE = load("v6.1")
HARMLESS = ("comments only", "declarations of variables", "a label", "white space")


def root() -> Path:
    """The source tree."""
    found = Path(os.environ.get("LINUXMM_TREE_6_1", "/usr/src/linux-source-6.1"))
    if not (found / "mm" / "memory.c").is_file():
        pytest.skip("linux-source-6.1 is not unpacked in /usr/src")
    return found


def functions() -> Iterator[tuple[str, list[str], str, range]]:
    """Every function with a site: its file, the file's lines, its name, its own lines."""
    sites = (n for r in BASE.sites if not r.absent for n in (r.site, *r.aliases))
    for path, _, name in sorted({s.partition("#")[0].partition(":") for s in sites}):
        text = (root() / path).read_text()
        numbers = [s.number for s in file_statements(text) if s.function == name]
        if numbers:
            yield path, text.split("\n"), name, range(numbers[0] + 3, numbers[-1] + 1)


def hunk_of(
    path: str, function: str, lines: list[str], at: int, gone: int, new: tuple[str, ...]
) -> Reading:
    """The reading of a hunk at line ``at``: so many lines go, others come."""
    above, below = lines[at - 4 : at - 1], lines[at - 1 + gone : at + 2 + gone]
    body = [f" {text}" for text in above]
    body += [f"-{text}" for text in lines[at - 1 : at - 1 + gone]] + [f"+{text}" for text in new]
    body += [f" {text}" for text in below]
    counts = f"@@ -{at - 3},{6 + gone} +{at - 3},{6 + len(new)} @@ static int {function}(int x)"
    return read("\n".join([f"--- a/{path}", f"+++ b/{path}", counts, *body]) + "\n", BASE)


def test_no_context_of_6_1_contradicts_its_record_and_no_new_line_is_read_as_nothing() -> None:
    places = 0
    for path, lines, function, inside in functions():
        for at in inside:
            if lines[at - 2].rstrip().endswith((";", "{", "}")):
                reading = hunk_of(path, function, lines, at, 0, ("\tfoo_bar();",))
                assert reading.fit.word in ("fits", "unknown"), (function, at, reading.fit)
                assert reading.partly or reading.hunks[0].why in HARMLESS, (function, at)
                places += 1
    assert places > 1500


def test_no_line_taken_out_alone_changes_a_rule() -> None:
    """A rule stands on more than one line: its test and its branch, its lookup and its use."""
    taken = 0
    for path, lines, function, inside in functions():
        for at in inside:
            if lines[at - 1].strip():
                taken += 1
                reading = hunk_of(path, function, lines, at, 1, ())
                assert reading.partly or reading.hunks[0].why in HARMLESS, (function, at)
                assert not reading.sites and not reading.lookups, (function, at)
    assert taken > 1500  # as many as above at least
