# SPDX-License-Identifier: GPL-2.0-or-later
"""The words of verdicts and of what findings rest on, explained where they are printed.

The same sentences as in docs/glossary.md; a test compares.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from linuxmm.explore import judge
from linuxmm.printed import wrapped
from linuxmm.review.touched import EARNED

if TYPE_CHECKING:
    from linuxmm.review.run import Review

VERDICTS: Final[dict[str, str]] = {
    judge.FORCED: "the other choice breaks a promise",
    judge.OBSERVABLE: "the other choice differs, and breaks nothing",
    judge.FREE: "the lookups answered differently, nothing ever showed it",
    judge.JOINT: "differs only together with another part",
    judge.UNREACHABLE: "no path reaches it, or nothing can notice, and it is known why",
    EARNED: "all that changes in the text ran, and nothing differed within the bounds",
    judge.UNDECIDED: "nothing differed within the bounds",
    judge.UNKNOWN: "its system is not modelled",
}
RESTS_ON: Final[dict[str, str]] = {
    "read": "rules read in a source",
    "known": "known rules",
    "reasoned": "rules that were reasoned",
    "executed": "C that ran on the model",
}


def legend(head: str, words: Iterable[str], meanings: Mapping[str, str]) -> list[str]:
    """Of these words those that have a meaning, in the order of the glossary, on few lines."""
    used = set(words)
    told = [f"{word}: {means}" for word, means in meanings.items() if word in used]
    return wrapped(f"{head}: {'; '.join(told)}", "", "  ") if told else []


def of_review(review: "Review", shown: Iterable[str]) -> list[str]:
    """The words of the verdicts of a review, and of the findings of the sides that are shown."""
    verdicts = [each.verdict for each in (*review.choices, *review.rules)]
    rests = [word for finding in review.of_side(*shown) for word in finding.rests_on]
    lines = legend("verdicts", verdicts, VERDICTS) + legend("rests on", rests, RESTS_ON)
    return ["", *lines] if lines else []
