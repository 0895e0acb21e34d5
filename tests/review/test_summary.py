# SPDX-License-Identifier: GPL-2.0-or-later
"""The counts first, one line a finding, and a series on one screen."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from linuxmm.kernels import Kernel, load
from linuxmm.printed import WIDTH, columns_of
from linuxmm.review.report import report
from linuxmm.review.run import Review
from linuxmm.review.series import Left, screen
from linuxmm.review.summary import read_words, short
from tests.review.patches import diff, hunk, read
from tests.review.test_review_quiet import COMMENT, HALF, UNMODELLED, of_text


def test_counts_stand_in_the_first_three_lines(seed_review: Review) -> None:
    lines = report(seed_review).splitlines()
    new, other, fixed = (len(seed_review.of_side(s)) for s in ("introduced", "changed", "fixed"))
    assert lines[0] == "v5.17-coherent..split-v1"
    assert lines[1].startswith(f"found         {new} introduced, {other} changed, {fixed} fixed, ")
    assert lines[1].endswith(f" remaining, {len(seed_review.left_behind)} left behind")
    assert lines[2] == "read          all rules of two kernels"


@pytest.mark.parametrize("title", ["x" * 200, "ページ" * 60, "a\nb\x1b[2J", ""])
def test_whatever_the_title_there_are_three_lines(seed_review: Review, title: str) -> None:
    review = replace(seed_review, title=title)
    for text in (short(review), report(review)):
        lines = text.splitlines()
        assert lines[1].startswith("found  ") and lines[2].startswith("read  ")
        assert all(columns_of(line) <= WIDTH and line.isprintable() for line in lines[:3])
    if len(title) > WIDTH and title.isascii():
        told = "".join(line.removeprefix("title").strip() for line in lines[3:7])
        assert told.startswith(title)


def test_the_short_form_is_a_line_for_each_finding(seed_review: Review) -> None:
    lines = short(seed_review, remaining=True).splitlines()
    assert len(lines) == 3 + len(seed_review.findings) + len(seed_review.left_behind)
    assert " ".join(lines[3].split()) == (
        "INTRODUCED 1 bad-page-map fsdax can_gather_numa_stats and 11 more"
    )
    assert max(map(len, lines)) <= WIDTH
    hidden = len(seed_review.of_side("remaining"))
    assert len(short(seed_review).splitlines()) == len(lines) - hidden


# --- series ---------------------------------------------------------------------------------------
def with_devmap_row(kernel: Kernel) -> Kernel:
    """split-v1 with the rows of v5.17's lookup in "any" again: one of its bugs repaired."""
    (normal,) = (b for b in load("v5.17-coherent").lookups if b.name == "normal")
    bodies = tuple(replace(normal, name="any") if b.name == "any" else b for b in kernel.lookups)
    return kernel.replace(lookups=bodies)


def series(first: Review, *kernels: Kernel) -> list[Review]:
    """A patch with findings, then patches that lead to these kernels and introduce nothing."""
    title = "mm: a title that is longer than what one line of a screen with six columns has"
    reading = read(HALF)
    patch = replace(reading.patch, subject=f"[PATCH 1/9] {title}")
    found = [replace(first, position=1, reading=replace(reading, patch=patch, hunks=()))]
    for kernel in kernels:
        before = found[-1].after
        found.append(replace(first, before=before, after=kernel, findings=(),
                             reading=reading, position=len(found) + 1))  # fmt: skip
    return found


def mended(reviews: list[Review]) -> dict[str, int]:
    """Each promise with the number of the part that mends it."""
    left = Left()
    return {f.invariant: one.position for one in reviews for _, f in left.mended_by(one)}


def test_a_later_patch_that_repairs_is_named(seed_review: Review) -> None:
    """The second patch gives "any" its devmap row back, the third reverts the rest."""
    repaired = with_devmap_row(seed_review.after)
    reviews = series(seed_review, repaired, seed_review.before)
    fixers = mended(reviews)
    assert set(fixers) == {f.invariant for f in seed_review.of_side("introduced")}
    assert {"bad-page-map", "mlock"} < set(fixers)
    assert fixers == {what: 2 if what == "bad-page-map" else 3 for what in fixers}


def test_sites_and_functions_fit_one_line_without_their_zeros() -> None:
    """Of a site that is read as rules and executed, too, "0 not" was cut to three dots."""
    call = "\tpage = follow_page(vma, a, FOLL_GET"
    flags = f"-{call});\n+{call} | FOLL_DUMP);"
    text = diff("mm/ksm.c", hunk("static struct page *get_mergeable_page(int x)", flags))

    def words(functions: tuple[int, ...], not_run: tuple[int, ...]) -> str:
        made = SimpleNamespace(reading=read(text), functions=functions, not_run=not_run)
        return read_words(cast(Review, made))

    alone = "all of it; sites: 1 read, 0 partly, 0 not"
    assert words((), ()) == alone
    assert words((1,), ()) == "all of it; sites: 1 read; functions: 1 judged"
    assert words((1, 2, 3), (3,)).endswith("; functions: 2 judged, 1 not")


def test_a_series_ends_with_one_screen(seed_review: Review) -> None:
    repaired = with_devmap_row(seed_review.after)
    lines = screen(series(seed_review, repaired)).splitlines()
    changed = len(seed_review.of_side("changed"))
    assert lines[:4] == [
        "SERIES of 2 patches: 1 read, 1 partly, 0 not",
        "introduced    3; 1 fixed by a later patch, 2 left",
        f"changed       {changed}",
        "",
    ]
    assert lines[5].startswith("1  mm: a title that is longer than what...  ")
    assert lines[5].split()[-6:] == ["read", "3", str(changed), "1", "by", "2"]
    assert max(map(columns_of, lines)) <= WIDTH
    left, mended = lines.index("LEFT at the end"), lines.index("MENDED by a later part")
    assert [line.split()[0] for line in lines[left:mended] if line.startswith("  1/2")] == [
        "1/2"
    ] * 2
    assert " ".join(lines[mended:]).endswith("(mended by 2/2)")


def test_nothing_is_called_fixed_by_a_patch_that_repairs_nothing(seed_review: Review) -> None:
    reviews = series(seed_review, seed_review.after)
    assert seed_review.of_side("introduced") and mended(reviews) == {}


def test_undecided_is_said_before_the_counts(tmp_path: Path) -> None:
    """The zeros of a patch that nobody could judge are no calm answer."""
    review, other = of_text(tmp_path, message("2/2", UNMODELLED), message("0/2", "words\n"),
                            message("1/2", COMMENT))  # fmt: skip
    lines = report(other).splitlines()
    assert lines[1:3] == [
        "found         undecided: 0 introduced, 0 changed, 0 fixed, 0 left behind",
        "read          nothing of it is modelled; sites: 0 read, 0 partly, 0 not",
    ]
    assert review.left_out == ("[PATCH 0/2] mm: part (cover letter)",)
    assert "left out      [PATCH 0/2] mm: part (cover letter)" in report(review).splitlines()
    assert other.before_name == other.after_name == "debian-6.1"  # neither changes a rule


def message(number: str, patch: str) -> str:
    head = "From git@z Thu Mar 10 00:00:00 2022\nFrom: A <a@b.c>\n"
    return f"{head}Subject: [PATCH {number}] mm: part\n\n---\n{patch}\n"
