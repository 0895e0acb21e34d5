# SPDX-License-Identifier: GPL-2.0-or-later
"""What comes of the text that ran, once a search is over: functions, hunks, verdicts, agreement."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from linuxmm.explore.difference import Found
from linuxmm.explore.judge import Judged
from linuxmm.kernels import Kernel
from linuxmm.review.agreement import Agreement, agreement
from linuxmm.review.blame import Blame
from linuxmm.review.findings import Finding
from linuxmm.review.reading import Reading
from linuxmm.review.touched import EARNED, Function, became
from linuxmm.review.units import FUNCTION
from linuxmm.review.verdicts import RuleVerdict

_STATE: Final = "it leaves another state, which nothing shows"


def agreement_of(
    reading: Reading | None, found: Found, progress: Callable[[int, int], None] | None
) -> Agreement | None:
    """What was read as rules held against its text, where both are there."""
    if reading is None or reading.execution is None or not reading.execution.read:
        return None
    return agreement(reading.execution, reading.base, reading.kernel, found, progress)


def functions_of(
    reading: Reading | None, seen: set[int], found: Found | None
) -> tuple[Function, ...]:
    """What became of each function that the patch touches."""
    if reading is None or reading.execution is None:
        return ()
    return became(reading.execution, seen, found)


def blamed(findings: list[Finding], reading: Reading | None) -> list[Finding]:
    """The findings, with the hunks that show those of executed text alone."""
    if reading is None or reading.execution is None or not reading.execution.run:
        return findings
    blame = Blame(reading.execution, reading.base)
    return [blame.of(one) if one.side != "remaining" else one for one in findings]


def apart_inside(reading: Reading | None, before: Kernel, after: Kernel) -> str:
    """The first condition common to both texts that went otherwise in the search; or nothing."""
    if reading is None or reading.execution is None or before.text is None or after.text is None:
        return ""
    old, new = before.text.went, after.text.went
    parted = sorted(number for number, way in {*old, *new}
                    if old.get((number, way), 0) != new.get((number, way), 0))  # fmt: skip
    if not parted:
        return ""
    place = reading.execution.marks.common[parted[0]]
    return f"{place.where[0]}:{place.where[1]}"


def earned(
    verdict: RuleVerdict, functions: tuple[Function, ...], found: Found, inside: str
) -> RuleVerdict:
    """The verdict; "same" of a text that ran in all that changes and differs in nothing.

    Neither in what is seen, nor in any state, nor in a decision of what both texts have.
    """
    ran = [one for one in functions if verdict.unit.of in one.runs_in]
    if verdict.unit.kind != FUNCTION or verdict.verdict != "undecided" or found.undecided:
        return verdict
    if found.parted:
        return replace(verdict, judged=Judged(verdict.verdict, f"{verdict.why}, but {_STATE}"))
    if inside:
        why = f"{verdict.why}, but {inside} goes another way inside"
        return replace(verdict, judged=Judged(verdict.verdict, why))
    if not ran or not all(one.is_judged for one in functions):
        return verdict
    places = sum(one.places for one in ran)
    bounds = f"{found.bounds.setups} set-ups and {found.bounds.depth} actions"
    why = f"all {places} changed places ran; no answer, state or decision differs within {bounds}"
    return replace(verdict, judged=Judged(EARNED, why))


def resting(finding: Finding, held: Agreement | None) -> Finding:
    """The finding; it rests on the text, too, where that was executed and said the same."""
    if held is None or held.disagreements or not {*finding.sites} & {*held.sites}:
        return finding
    return replace(finding, rests_on=("executed", *finding.rests_on))
