# SPDX-License-Identifier: GPL-2.0-or-later
"""A series on one screen: of each patch how much was read, what it introduced, who fixed that."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from linuxmm.errors import NotModelled, one_line
from linuxmm.printed import GAP, LEAST, columns, columns_of, fitted, table, wrapped
from linuxmm.review.run import Review

if TYPE_CHECKING:
    from linuxmm.review.findings import Finding

MOST: Final = 8  # findings that are named at the end, of each kind
HEADS: Final = ("", "patch", "read", "introduced", "changed", "fixed")
READ: Final[dict[str, str]] = {"read": "read", "partly": "partly", "nothing": "not"}


def screen(reviews: Sequence[Review]) -> str:
    """What a series comes to, for the end of its report; counts first."""
    later = _mended_by(reviews)
    fixed = sum(m > 0 for m in later.values())
    words = [READ[review.reading.extent] for review in reviews if review.reading]
    extents = ", ".join(f"{words.count(word)} {word}" for word in READ.values())
    lines = [
        f"SERIES of {len(reviews)} patches: {extents}",
        f"introduced    {len(later)}; {fixed} fixed by a later patch, {len(later) - fixed} left",
        f"changed       {sum(len(review.of_side('changed')) for review in reviews)}",
        "",
    ]
    rows: list[tuple[str, ...]] = [HEADS]
    for n, review in enumerate(reviews, 1):
        fixers = [m for (patch, _), m in later.items() if patch == n]
        rows.append(_row(n, review, fixers))
    lines += table(_with_short_titles(rows))
    told = {(n, f.id): f for n, f in introduced(reviews)}
    left = [(n, told[n, name]) for (n, name), m in later.items() if not m]
    lines += _listed("LEFT at the end", [(n, f, "") for n, f in left], len(reviews))
    mended = [(n, told[n, name], m) for (n, name), m in later.items() if m]
    lines += _listed(
        "MENDED by a later part",
        [(n, f, f"mended by {m}/{len(reviews)}") for n, f, m in mended],
        len(reviews),
    )
    return "\n".join(lines) + "\n"


def _listed(head: str, found: "list[tuple[int, Finding, str]]", parts: int) -> list[str]:
    """Findings with the part that brings them, a sentence each."""
    lines = ["", head] if found else []
    for n, finding, by in found[:MOST]:
        said = f"{n}/{parts} {finding.what}: {finding.explanation}{f' ({by})' if by else ''}"
        lines += wrapped(one_line(said), "  ", "    ")
    if len(found) > MOST:
        lines.append(f"  and {len(found) - MOST} more")
    return lines


def _with_short_titles(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The rows with titles that leave one line for each patch."""
    others = [max(columns_of(row[n]) for row in rows) for n in range(len(HEADS)) if n != 1]
    room = max(columns() - sum(others) - len(GAP) * len(others), LEAST)
    return [(row[0], fitted(row[1], room), *row[2:]) for row in rows]


def introduced(reviews: Sequence[Review]) -> "list[tuple[int, Finding]]":
    """What the patches introduce, with the patch's number from 1."""
    return [(n, f) for n, review in enumerate(reviews, 1) for f in review.of_side("introduced")]


def _row(n: int, review: Review, fixers: list[int]) -> tuple[str, ...]:
    """One patch: number, title, how much was read, counts, by whom it is fixed."""
    title = review.reading.patch.title if review.reading else review.title
    read = READ[review.reading.extent] if review.reading else "read"
    fixed = ", ".join(f"{fixers.count(m)} by {m}" for m in sorted({m for m in fixers if m}))
    counts = [str(len(review.of_side(side)) or "-") for side in ("introduced", "changed")]
    return (str(n), one_line(title) or "without a subject", read, *counts, fixed)


def _mended_by(reviews: Sequence[Review]) -> dict[tuple[int, str], int]:
    """Of every introduced finding, by patch and id, the number of the part that mends it; or 0."""
    found = {(n, f.id): 0 for n, f in introduced(reviews)}
    left = Left()
    for review in reviews:
        found |= {(n, f.id): review.position for n, f in left.mended_by(review)}
    return found


class Left:
    """What the parts of a series so far introduced, and none of them mended."""

    def __init__(self) -> None:
        self.findings: list[tuple[int, Finding]] = []  # with the number of their part

    def mended_by(self, review: Review) -> "list[tuple[int, Finding]]":
        """What the next part mends: findings whose witness does not show them any more.

        The witness is replayed, so that it does not matter under which site or page kind the later
        review speaks of the repair.
        """
        mended = (
            []
            if review.same
            else [(n, finding) for n, finding in self.findings if not _is_shown(finding, review)]
        )
        gone = {(n, finding.id) for n, finding in mended}
        left = [(n, f) for n, f in self.findings if (n, f.id) not in gone]
        self.findings = left + [(review.position, f) for f in review.of_side("introduced")]
        return mended


def _is_shown(finding: "Finding", review: Review) -> bool:
    """Does the kernel after a patch break the promise where this witness ends?"""
    from linuxmm.explore.replay import run_one
    from linuxmm.kernels.compile import compile_rules

    try:
        steps = run_one(finding.witness.scenario, review.after, compile_rules(review.after))
    except NotModelled:
        return True
    broken = {(v.invariant, v.page_kind) for v in steps[-1].broken}
    return (finding.invariant, finding.page_kind) in broken
