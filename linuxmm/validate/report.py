# SPDX-License-Identifier: GPL-2.0-or-later
"""Verdicts as text for people and as JSON (``linuxmm/validate/1``)."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

from linuxmm.errors import one_line, printable
from linuxmm.printed import hanging, named_row, wrapped
from linuxmm.scenario.format import format_scenario, step_text
from linuxmm.scenario.outcome import Json
from linuxmm.scenario.tree import Step
from linuxmm.validate.said import last_line
from linuxmm.validate.score import (
    AGREE,
    DISAGREE,
    UNDECIDED,
    VERDICTS,
    Difference,
    Score,
    Verdict,
)
from linuxmm.validate.scoreboard import scoreboard

SCHEMA: Final = "linuxmm/validate/1"
NAME: Final = 46  # columns of a verdict and its scenario's name
ALONE: Final = 48  # columns of a function's name
SHOWN: Final = 8  # differences of one scenario


# --- text -----------------------------------------------------------------------------------------
def line(verdict: Verdict) -> str:
    """One scenario: verdict, observables, what was left out, where it differs first."""
    told = f"{verdict.compared:6} compared"
    if verdict.dropped:
        told += f", {verdict.dropped} steps left out"
    lines = named_row(f"{verdict.verdict:9} {one_line(verdict.scenario.name)}", f" {told}", NAME)
    if verdict.reason:
        lines += hanging(" " * 10, last_line(verdict.reason))
    for difference in verdict.differences[:SHOWN]:
        step = difference.step if len(difference.step) < 60 else _shortened(difference.step)
        lines.append(f"  line {difference.line}: {step}: {one_line(difference.observable)}")
        lines += _sides(difference, 6)
    more = len(verdict.differences) - SHOWN
    if more > 0:
        lines.append(f"  ... and {more} more")
    return printable("\n".join(lines))


def _sides(difference: Difference, indent: int) -> list[str]:
    pad = " " * indent
    sides = (("model ", difference.model), ("kernel", difference.host))
    return [f"{pad}{who}  {one_line(said)}" for who, said in sides]


def small(verdict: Verdict) -> str:
    """The smallest scenario that still differs, both sides at the first step that does."""
    scenario = verdict.small
    assert scenario is not None
    first = min(verdict.small_differences, key=lambda d: d.line, default=None)
    lines = [f"{verdict.scenario.name}: the smallest that still differs", ""]
    head, _, _ = format_scenario(scenario).partition("\nsteps:")
    lines += ["  " + text for text in head.split("\n")[3:] if text] + ["  steps:"]
    for step in scenario.steps:
        lines.append(f"    {_labelled(step)}")
        if first is not None and step.line == first.line:
            look = "" if first.step == _labelled(step) else f"{_shortened(first.step)}: "
            lines.append(f"      {look}{first.observable}  <-- here")
            lines += _sides(first, 8)
    return printable("\n".join(lines))


def _labelled(step: Step) -> str:
    return f"{step.label}: {step_text(step)}" if step.label else step_text(step)


def _shortened(step: str) -> str:
    """A look of ours names every key; the reader needs to know what was looked at."""
    return " ".join(step.split()[:3])


def summary(
    counts: Counter[str], score: Score, described: str, differs: Collection[str] = ()
) -> str:
    """Which kernel it was, how many scenarios came to what, and the scoreboard.

    `differs`: what it was asked, and does otherwise than the rules.
    """
    lines = [
        "",
        f"judge      {one_line(described)}",
        "scenarios  " + ", ".join(f"{counts[word]} {word}" for word in VERDICTS if counts[word]),
        *scoreboard(score),
        *_alone(score),
        *_otherwise(differs),
    ]
    return printable("\n".join(lines))


def _otherwise(differs: Collection[str]) -> list[str]:
    if not differs:
        return []
    lines = ["", f"asked, this kernel does otherwise than the rules: {len(differs)}"]
    return lines + [line for text in differs for line in wrapped(text, "  ", "    ")]


def _alone(score: Score) -> list[str]:
    """One line for each function that ran alone: in how many scenarios it came to what."""
    if not score.alone:
        return []
    words = (AGREE, DISAGREE, UNDECIDED)
    heads = "".join(f"{word:>10}" for word in words)
    lines = ["", *named_row("one function as text, scenarios", heads, ALONE)]
    for place, came in score.alone.items():
        cells = "".join(f"{came[word] or '-':>10}" for word in words)
        lines += named_row(place, cells, ALONE)
    return lines


# --- JSON -----------------------------------------------------------------------------------------
def as_json(done: Sequence[Verdict], score: Score, described: str, on: str) -> dict[str, Json]:
    """The whole run."""
    return {
        "schema": SCHEMA,
        "on": on,
        "judge": described,
        "scenarios": [_verdict_json(verdict) for verdict in done],
        "compared": score.compared,
        "agreed": score.agreed.total(),
        "by_observable": _shares(score.seen, score.agreed),
        "by_system": _shares(score.seen_by_system, score.agreed_by_system),
        "by_kind": _shares(score.seen_by_kind, score.agreed_by_kind),
        "left_out": dict(score.skipped.most_common()),
        "not_compared": {str(masked): nr for masked, nr in score.masked.most_common()},
        "undecided": dict(score.undecided.most_common()),
        "alone": {place: dict(came) for place, came in score.alone.items()},
    }


def _shares(seen: Counter[str], agreed: Counter[str]) -> Json:
    return {what: {"compared": nr, "agreed": agreed[what]} for what, nr in sorted(seen.items())}


def _verdict_json(verdict: Verdict) -> Json:
    return {
        "scenario": verdict.scenario.name,
        "file": verdict.scenario.file,
        "verdict": verdict.verdict,
        "reason": verdict.reason,
        "compared": verdict.compared,
        "steps_left_out": verdict.dropped,
        "differences": [_difference_json(difference) for difference in verdict.differences],
        "smallest": format_scenario(verdict.small) if verdict.small else None,
        "smallest_differences": [_difference_json(d) for d in verdict.small_differences],
    }


def _difference_json(difference: Difference) -> Json:
    return {
        "line": difference.line,
        "step": difference.step,
        "observable": difference.observable,
        "model": difference.model,
        "kernel": difference.host,
    }
