# SPDX-License-Identifier: GPL-2.0-or-later
"""A review as b4's review checks read it: a JSON array of tool, status, summary, url, details.

One entry for each review: b4 keeps one result for each message and tool, the last one, so that
a second entry would hide the first.  `[]` when there is nothing to say.  b4 takes a non-zero
exit together with this array as a verdict, without it as a broken check.
Source: b4 0.16, b4.review.checks (run_perpatch_checks, store_results).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from linuxmm.errors import one_line, printable
from linuxmm.review.run import Review

if TYPE_CHECKING:
    from linuxmm.review.findings import Finding

TOOL: Final = "linuxmm"
ORDER: Final = ("fail", "warn", "pass")
STATUS: Final[dict[str, str]] = {"introduced": "fail", "changed": "warn"}


class _Said(NamedTuple):
    """One thing that needs an answer: how bad, in one line, and what shows it."""

    status: str
    summary: str
    details: str


def as_b4(reviews: Sequence[Review]) -> list[dict[str, str]]:
    """The results of all patches of one input."""
    return [entry for review in reviews if (entry := _entry_of(review))]


def not_reviewed(missing: dict[str, object], position: int = 0) -> dict[str, object]:
    """What b4 is told of a patch that could not be reviewed."""
    what, why = str(missing["what"]), str(missing["why"])
    return {**_entry(position, "warn", f"not reviewed: {what}", one_line(why))}


def _entry_of(review: Review) -> dict[str, str] | None:
    """The one result of a review, as bad as the worst in it; None: nothing to say."""
    said = list(_all_said(review))
    if not said:
        return None
    status = min((one.status for one in said), key=ORDER.index)
    if len(said) == 1:
        return _entry(review.position, status, said[0].summary, said[0].details)
    summary = f"{_counts(review)}: {said[0].summary}"
    blocks = [f"{one.status.upper()}  {one_line(one.summary)}\n{one.details}" for one in said]
    details = "\n\n".join(block.rstrip("\n") for block in blocks)
    return _entry(review.position, status, summary, details)


def _all_said(review: Review) -> list[_Said]:
    """Everything that is said of a review, the worst first."""
    said = [_finding(finding) for finding in _findings(review)]
    said += [_Said("warn", f"{one.site} {one.why}", one.text() or "") for one in review.left_behind]
    said.sort(key=lambda one: ORDER.index(one.status))
    if review.extent == "nothing" or (review.same and review.decided):
        return said
    if not review.decided:
        return [*said, _Said("warn", _why(review), _left_out(review))]
    if said:
        return said
    fixed = review.of_side("fixed")
    text = f"no promise broken, {len(fixed)} fixed, {len(review.choices)} sites judged"
    if review.functions:
        text += f", {len(review.functions)} functions ran in all that changes"
    return [_Said("pass", text, "\n".join(f.explanation for f in fixed))]


def _findings(review: Review) -> "list[Finding]":
    """What is told; nothing where what was read and what was executed disagree."""
    return [] if review.disagreements else review.of_side(*STATUS)


def _counts(review: Review) -> str:
    """How many of what, without what is none."""
    sides = [finding.side for finding in _findings(review)]
    counts = {side: sides.count(side) for side in STATUS}
    counts["left behind"] = len(review.left_behind)
    words = [f"{count} {what}" for what, count in counts.items() if count]
    return ", ".join(words if review.decided else [*words, "not all of it judged"])


def _finding(finding: "Finding") -> _Said:
    """A finding; one that unread hunks could undo is a warning that names them."""
    details = f"{', '.join(finding.sites)}\n\n{finding.text()}"
    if finding.undone_by:
        details = f"conditional: not read: {', '.join(finding.undone_by)}\n\n{details}"
        return _Said("warn", f"perhaps: {finding.explanation}", details)
    return _Said(STATUS[finding.side], finding.explanation, details)


def _why(review: Review) -> str:
    """What keeps the review from being an all-clear, in a few words."""
    if review.disagreements:
        return "undecided: what was read and what was executed disagree"
    if review.extent == "partly":
        return "partly read: not all of what this patch does could be judged"
    if review.undecided:
        return "undecided: a difference leads into what is not modelled"
    if review.not_run:
        return f"undecided: {len(review.not_run)} changed functions did not run in what changes"
    if review.not_judged:
        return f"undecided: {len(review.not_judged)} changed rules could not be judged"
    return "undecided: the patch does not fit its base"


def _left_out(review: Review) -> str:
    hunks = (
        (*review.reading.unread, *review.reading.of_fit("contradicts")) if review.reading else ()
    )
    lines = [f"{hunk.place}: {hunk.why}" for hunk in hunks]
    lines += [one.why for one in review.undecided]
    lines += [f"{one.verdict}: {one.why}" for one in review.not_judged]
    lines += [f"{one.place}: {one.text()}" for one in review.not_run]
    lines += [one.text() for one in review.disagreements]
    return "\n".join(map(one_line, lines))


def _entry(position: int, status: str, summary: str, details: str) -> dict[str, str]:
    """What b4 reads; a patch of a series has a column of its own."""
    return {
        "tool": f"{TOOL} {position}" if position else TOOL,
        "status": status,
        "summary": one_line(summary),
        "url": "",
        "details": printable(details),
    }
