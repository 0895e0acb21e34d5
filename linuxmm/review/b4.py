"""A review as b4's review checks read it: a JSON array of tool, status, summary, url, details.

One entry for each finding that needs an answer, `[]` when there is nothing to say.  b4 takes a
non-zero exit together with this array as a verdict, without it as a broken check.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from linuxmm.errors import one_line, printable
from linuxmm.review.run import Review

if TYPE_CHECKING:
    from linuxmm.review.findings import Finding

TOOL: Final = "linuxmm"
STATUS: Final[dict[str, str]] = {"introduced": "fail", "changed": "warn"}


def as_b4(reviews: Sequence[Review]) -> list[dict[str, str]]:
    """The checks of all patches of one input."""
    return [check for review in reviews for check in _checks(review)]


def not_reviewed(missing: dict[str, object]) -> dict[str, object]:
    """What b4 is told of a patch that could not be reviewed."""
    what, why = str(missing["what"]), str(missing["why"])
    return {**_entry("warn", f"not reviewed: {what}", one_line(why))}


def _checks(review: Review) -> list[dict[str, str]]:
    checks = [] if review.disagreements else [_finding(f) for f in review.of_side(*STATUS)]
    checks += [
        _entry("warn", f"{one.site} {one.why}", one.text() or "") for one in review.left_behind
    ]
    if review.extent == "nothing" or (review.same and review.decided):
        return checks
    if not review.decided:
        return [*checks, _entry("warn", _why(review), _left_out(review))]
    if checks:
        return checks
    fixed = review.of_side("fixed")
    text = f"no promise broken, {len(fixed)} fixed, {len(review.choices)} sites judged"
    return [_entry("pass", text, "\n".join(f.explanation for f in fixed))]


def _finding(finding: "Finding") -> dict[str, str]:
    """A finding; one that unread hunks could undo is a warning that names them."""
    details = f"{', '.join(finding.sites)}\n\n{finding.text()}"
    if finding.undone_by:
        details = f"conditional: not read: {', '.join(finding.undone_by)}\n\n{details}"
        return _entry("warn", f"perhaps: {finding.explanation}", details)
    return _entry(STATUS[finding.side], finding.explanation, details)


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


def _entry(status: str, summary: str, details: str) -> dict[str, str]:
    return {
        "tool": TOOL,
        "status": status,
        "summary": one_line(summary),
        "url": "",
        "details": printable(details),
    }
