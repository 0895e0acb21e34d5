# SPDX-License-Identifier: GPL-2.0-or-later
"""The text of a patch with what became of each hunk: read, executed or not looked at, judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from linuxmm.picture.page import word
from linuxmm.review.findings import Finding
from linuxmm.review.patch import FileDiff, Hunk, read_diff
from linuxmm.review.reading import CLASSES, NOT_MODELLED, HunkReading, Reading
from linuxmm.review.run import Review

READ: Final = "read"
EXECUTED: Final = "executed"
NOT_LOOKED_AT: Final = "not looked at"
MOST_HUNKS: Final = 300
MOST_LINES: Final = 300  # of one hunk
MOST_OF_A_LINE: Final = 400  # characters
TAB: Final = 8
KINDS: Final = {"+": "add", "-": "del"}


@dataclass(frozen=True)
class Badge:
    """A word in a frame: its class in the style sheet, and what it means here."""

    word: str
    mark: str
    title: str = ""


@dataclass(frozen=True)
class HunkView:
    """One hunk: badges, what was understood of it, the findings it causes, its lines."""

    header: str
    line: int
    badges: tuple[Badge, ...]
    why: str
    stops: tuple[str, ...]
    findings: tuple[tuple[str, str], ...]  # (anchor, words)
    lines: tuple[tuple[str, str], ...]  # (class, text)
    left_out: int


@dataclass(frozen=True)
class FileView:
    """The hunks of one file."""

    path: str
    what: str
    hunks: tuple[HunkView, ...]


@dataclass(frozen=True)
class PatchView:
    """All that is shown of a patch; `left_out`: hunks that are not."""

    files: tuple[FileView, ...]
    left_out: int


def looked(hunk: HunkReading) -> str:
    """One of the three words for what became of a hunk."""
    if hunk.kind == "executed":
        return EXECUTED
    return NOT_LOOKED_AT if hunk.kind in NOT_MODELLED or hunk.matters else READ


def patch_view(review: Review, reading: Reading, anchors: dict[str, tuple[str, str]]) -> PatchView:
    """The patch of a review; `anchors`: where each finding (by id) stands, and its short name."""
    known = {(hunk.file, hunk.line): hunk for hunk in reading.hunks}
    files, shown, every = [], 0, 0
    for diff in read_diff(reading.patch):
        every += max(len(diff.hunks), 1)
        hunks = diff.hunks[: MOST_HUNKS - shown]
        if shown >= MOST_HUNKS:
            continue
        shown += max(len(hunks), 1)
        views = tuple(_hunk(review, known.get((diff.path, h.line)), h, anchors) for h in hunks)
        files.append(FileView(word(diff.path), _what(diff, known), views))
    return PatchView(tuple(files), every - shown)


def _what(diff: FileDiff, known: dict[tuple[str, int], HunkReading]) -> str:
    """What became of a file that has no hunks, or what it is otherwise."""
    whole = known.get((diff.path, diff.line))
    if whole is not None and not diff.hunks:
        return f"{NOT_LOOKED_AT}: {word(whole.why)}"
    return "" if diff.what == "modified" else diff.what


def _hunk(
    review: Review, reading: HunkReading | None, hunk: Hunk, anchors: dict[str, tuple[str, str]]
) -> HunkView:
    lines = tuple(
        (KINDS.get(line.kind, ""), line.kind + word(line.text.expandtabs(TAB), MOST_OF_A_LINE))
        for line in hunk.lines[:MOST_LINES]
    )
    left_out = len(hunk.lines) - len(lines)
    if reading is None:
        badges: tuple[Badge, ...] = (Badge(NOT_LOOKED_AT, "notlooked"),)
        return HunkView(word(hunk.header), hunk.line, badges, "", (), (), lines, left_out)
    found = tuple(anchors[one.id] for one in _caused(review, reading) if one.id in anchors)
    stops = tuple(word(stop.text(), 400) for stop in reading.stopped_by)
    badges = (_looked(reading), *_not_run(review, reading), *_verdicts(review, reading))
    return HunkView(
        word(hunk.header), hunk.line, badges, _why(reading), stops, found, lines, left_out
    )


def _looked(reading: HunkReading) -> Badge:
    which = looked(reading)
    return Badge(which, which.replace(" at", "").replace(" ", ""), CLASSES[reading.kind])


def _not_run(review: Review, reading: HunkReading) -> list[Badge]:
    """The functions of the hunk that were not wholly run, where it is one that was executed."""
    names = {f"{reading.file}:{name}" for name in reading.function.split(", ")}
    return [
        Badge(f"{one.place.rpartition(':')[2]}: {one.status}", "partly", word(one.text(), 400))
        for one in review.not_run
        if reading.kind == "executed" and one.place in names
    ]


def _why(reading: HunkReading) -> str:
    """What the hunk was read as, in words."""
    return word(f"{CLASSES[reading.kind]}: {reading.why}" if reading.why else "", 600)


def _verdicts(review: Review, reading: HunkReading) -> list[Badge]:
    """The verdict of each choice that the hunk makes."""
    badges = [
        Badge(f"{one.site.rpartition(':')[2]} {one.verdict}", one.verdict, word(one.why, 400))
        for one in review.choices
        if one.site in reading.sites
    ]
    badges += [
        Badge(
            f"{one.unit.kind} {word(one.unit.of, 60)} {one.verdict}",
            one.verdict,
            word(one.why, 400),
        )
        for one in review.rules
        if one.unit.kind == reading.kind
    ]
    return badges


def _caused(review: Review, reading: HunkReading) -> Sequence[Finding]:
    """The findings that a part of this hunk causes, or whose sites it changes."""
    names = {*reading.sites}
    if reading.kind in ("lookup", "flag"):
        names |= {one.unit.name for one in review.rules if one.unit.kind == reading.kind}
    return [finding for finding in review.findings if names & {*finding.cause, *finding.sites}]
