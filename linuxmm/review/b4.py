"""A review as b4's review checks read it: a JSON array of tool, status, summary, url, details.

One entry for each finding that needs an answer, `[]` when there is nothing to say.  b4 takes a
non-zero exit together with this array as a verdict, without it as a broken check.
"""

from collections.abc import Sequence
from typing import Final

from linuxmm.errors import printable
from linuxmm.review.run import Review

TOOL: Final = "linuxmm"
STATUS: Final[dict[str, str]] = {"introduced": "fail", "changed": "warn"}


def as_b4(reviews: Sequence[Review]) -> list[dict[str, str]]:
    """The checks of all patches of one input."""
    return [check for review in reviews for check in _checks(review)]


def _checks(review: Review) -> list[dict[str, str]]:
    checks = [
        _entry(STATUS[f.side], f.explanation, f"{', '.join(f.sites)}\n\n{f.text()}")
        for f in review.of_side(*STATUS)
    ]
    if checks or review.reading is None:
        return checks
    if not review.decided:
        return [_entry("warn", "nothing of this patch is modelled", _left_out(review))]
    if review.same:
        return []
    fixed = review.of_side("fixed")
    text = f"no promise broken, {len(fixed)} fixed, {len(review.choices)} sites judged"
    return [_entry("pass", text, "\n".join(f.explanation for f in fixed))]


def _left_out(review: Review) -> str:
    hunks = review.reading.not_modelled if review.reading else ()
    return "\n".join(f"{hunk.file}: {hunk.why}" for hunk in hunks)


def _entry(status: str, summary: str, details: str) -> dict[str, str]:
    return {
        "tool": TOOL,
        "status": status,
        "summary": printable(summary),
        "url": "",
        "details": printable(details),
    }
