# SPDX-License-Identifier: GPL-2.0-or-later
"""What a check of one kernel found, as text (80 columns) and as JSON (`linuxmm/check/1`).

The words and the witnesses are those of a review: a promise that the kernel breaks is a finding
that remains, and what a site's choice is worth is said by the same verdicts.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final

from linuxmm.explore.check import Choice, verdict_of
from linuxmm.printed import wrapped
from linuxmm.review.legend import VERDICTS, legend
from linuxmm.review.report_json import bounds_json, finding_json
from linuxmm.scenario.shipped import called

if TYPE_CHECKING:
    from linuxmm.explore.difference import Bounds
    from linuxmm.review.findings import Finding

SCHEMA: Final = "linuxmm/check/1"
Known = Mapping[str, Sequence[str]]  # id of a finding -> scenarios that break it so too


def as_text(
    kernel: str,
    broken: "Sequence[Finding]",
    choices: Sequence[Choice],
    bounds: "Bounds",
    whole: bool = True,
    known: Known | None = None,
) -> list[str]:
    """The broken promises with their witnesses, then what each site could choose.

    `known`: by `known.py`; None: there are no scenarios to look at.
    """
    ids = sorted({finding.invariant for finding in broken})
    within = "within the bounds" if whole else "so far: not all was looked at"
    lines = [f"{kernel}: no promise is broken {within}"]
    if broken:
        lines = wrapped(
            f"{kernel}: broken promises: {', '.join(ids)}{news(broken, known)}", "", "  "
        )
    for i, finding in enumerate(broken, 1):
        lines += ["", *finding_text(kernel, finding, f"BROKEN {i} of {len(broken)}", known)]
    if choices:
        lines += ["", *choices_text(choices)]
    return [*lines, "", *_bounds(bounds)]


def choices_text(choices: Sequence[Choice]) -> list[str]:
    """What each site could choose, and what the verdicts mean."""
    lines = ["CHOICES: what each site's own is worth against the others", *_sites(choices)]
    words = (word for c in choices for word in (c.judged.verdict, verdict_of([c])))
    return [*lines, "", *legend("verdicts", words, VERDICTS)]


def news(broken: "Sequence[Finding]", known: Known | None) -> str:
    """How many of them nobody has written down."""
    if known is None:
        return ""
    new = sum(not known[finding.id] for finding in broken)
    if new == 0:
        return f"; known, each with a scenario: {len(broken)} of {len(broken)}"
    return f"; NEW, without a scenario: {new} of {len(broken)}"


def finding_text(kernel: str, finding: "Finding", head: str, known: Known | None) -> list[str]:
    """A broken promise with its scenario, and whether one of ours breaks it in the same way."""
    kind = f"{finding.page_kind}  " if finding.page_kind else ""
    steps = len(finding.witness.steps)
    lines = [f"{head}  {finding.what}  {kind}{steps} step{'' if steps == 1 else 's'}"]
    lines += wrapped(finding.explanation, "  ", "  ")
    if finding.sites:
        lines += wrapped(f"sites: {', '.join(finding.sites)}", "  ", "    ")
    if finding.witness.machine:
        lines.append(f"    machine: {', '.join(finding.witness.machine)}")
    lines += [f"      {step}" for step in finding.witness.steps]
    for said in finding.sides.after:
        lines += wrapped(said, "        ", "          ")
    if known is not None:
        files = ", ".join(map(called, known[finding.id])) or "no: no scenario of ours breaks it so"
        lines += wrapped(f"known: {files}", "  ", "    ")
    return lines


def _sites(choices: Sequence[Choice]) -> list[str]:
    """Each site with its verdict, and what every other choice would do."""
    lines = []
    for site, group in groupby(choices, lambda choice: choice.site):
        others = list(group)
        lines += wrapped(f"{site}  {verdict_of(others)}", "  ", "    ")
        for choice in others:
            text = f"against {choice.choice}: {choice.judged.verdict}: {choice.judged.why}"
            lines += wrapped(text, "    ", "        ")
    return lines


def _bounds(b: "Bounds") -> list[str]:
    text = (
        f"bounds: {b.setups} set-ups, {b.depth} actions deep, {b.states} states expanded, "
        f"{b.steps} steps; races are out of scope"
    )
    lines = wrapped(text, "", "  ")
    for why, count in sorted(b.not_modelled.items()):
        lines += wrapped(f"not followed, {count} times: {why}", "  ", "    ")
    return lines


def as_json(
    kernel: str,
    broken: "Sequence[Finding]",
    choices: Sequence[Choice],
    bounds: "Bounds",
    known: Known | None = None,
) -> dict[str, object]:
    """The same as plain values."""
    return {
        "schema": SCHEMA,
        "kernel": kernel,
        "broken": [
            {**finding_json(finding), "known": list((known or {}).get(finding.id, ()))}
            for finding in broken
        ],
        "choices": choices_json(choices),
        "bounds": bounds_json(bounds),
    }


def choices_json(choices: Sequence[Choice]) -> list[dict[str, object]]:
    """What each site could choose, as plain values."""
    return [
        {
            "site": choice.site,
            "choice": choice.choice,
            "verdict": choice.judged.verdict,
            "why": choice.judged.why,
            "witness": choice.judged.witness and choice.judged.witness.text("witness", "x"),
        }
        for choice in choices
    ]
