# SPDX-License-Identifier: GPL-2.0-or-later
"""A review as JSON, schema ``linuxmm/review/1``."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from linuxmm.kernels import site_as_toml
from linuxmm.review.run import Review
from linuxmm.review.sites import not_modelled_json
from linuxmm.version import __version__

if TYPE_CHECKING:
    from linuxmm.explore.difference import Bounds, Undecided
    from linuxmm.review.agreement import Disagreement
    from linuxmm.review.findings import Finding
    from linuxmm.review.touched import Function
    from linuxmm.review.verdicts import RuleVerdict, Verdict

SCHEMA: Final = "linuxmm/review/1"


def as_json(review: Review, mends: "Sequence[tuple[int, Finding]]" = ()) -> dict[str, object]:
    """One review: broken promises are introduced, what differs and breaks none is changed.

    mends: what earlier parts of the series introduced, with their number, and this one mends.
    """
    return {
        "schema": SCHEMA,
        "patch": _patch(review),
        "base_chosen": _base(review),
        "base": review.before_name,
        "kernel": review.after_name,
        "extent": review.extent,
        "sites": [_choice(verdict) for verdict in review.choices],
        "rules": [_rule(verdict) for verdict in review.rules],
        "not_modelled": not_modelled_json(review.reading) if review.reading else [],
        "introduced": [finding_json(f) for f in review.of_side("introduced")],
        "changed": [finding_json(f) for f in review.of_side("changed")],
        "fixed": [finding_json(f) for f in review.of_side("fixed")],
        "remaining": [finding_json(f) for f in review.of_side("remaining")],
        "mends": [
            {"part": part, "id": finding.id, "invariant": finding.invariant}
            for part, finding in mends
        ],
        "untouched": [_untouched(verdict) for verdict in review.untouched],
        "left_behind": [verdict.site for verdict in review.left_behind],
        "undecided": [_undecided(one) for one in review.undecided],
        "tree": _tree(review),
        "functions": [_function(one) for one in review.functions],
        "disagreements": [_disagreement(one) for one in review.disagreements],
        "tool_version": __version__,
        "kernel_digest": {
            review.before_name: review.before.digest(),
            review.after_name: review.after.digest(),
        },
        "bounds": bounds_json(review.bounds),
        "exit_code": review.exit_code,
    }


def _base(review: Review) -> dict[str, object] | None:
    """How the base was found, null where it was given."""
    if review.base is None:
        return None
    chosen = review.base
    return {
        "evidence": list(chosen.evidence),
        "tie": chosen.tie,
        "poor": chosen.poor,
        "also": list(chosen.also),
        "scores": dict(chosen.scores),
    }


def _tree(review: Review) -> dict[str, object] | None:
    """The source tree that was given and whether the patch is in it; null without one."""
    if not review.tree or review.reading is None:
        return None
    return {"tree": review.tree, "stands": review.reading.stands}


def _function(one: "Function") -> dict[str, object]:
    """What became of a function that the patch touches; `status` is a word of `STATUSES`."""
    return {
        "function": one.place,
        "status": one.status,
        "why": one.why,
        "read": one.read,
        "reached": one.reached,
        "places": one.places,
        "missed": list(one.missed),
        "in": list(one.runs_in),
    }


def _disagreement(one: "Disagreement") -> dict[str, object]:
    """A path on which the rules that were read and the text that was executed part."""
    return {
        "side": one.side,
        "functions": list(one.places),
        "what": one.said,
        "scenario": one.witness.text("disagreement", one.text()),
    }


def _patch(review: Review) -> dict[str, object]:
    """What the input says of itself."""
    if review.reading is None:
        return {"subject": review.title}
    patch = review.reading.patch
    return {
        "subject": patch.subject,
        "author": patch.author,
        "date": patch.date,
        "message_id": patch.message_id,
        "hunks": review.reading.counts(),
        "fit": review.reading.fit.word,
        "notes": list(review.reading.notes),
    }


def _choice(verdict: "Verdict") -> dict[str, object]:
    return {
        "site": verdict.site,
        "before": site_as_toml(verdict.before),
        "after": site_as_toml(verdict.after),
        "verdict": verdict.verdict,
        "why": verdict.why,
        "witness": verdict.text(),
    }


def _rule(verdict: "RuleVerdict") -> dict[str, object]:
    """A change of a lookup, predicate, behaviour, flag or config word."""
    return {
        "kind": verdict.unit.kind,
        "name": verdict.unit.of,
        "before": verdict.unit.before,
        "after": verdict.unit.after,
        "verdict": verdict.verdict,
        "why": verdict.why,
        "witness": verdict.text(),
    }


def _undecided(one: "Undecided") -> dict[str, object]:
    """A step that leads one kernel out of what is modelled."""
    return {
        "kernel": one.who,
        "why": one.why,
        "scenario": one.path.witness().text("witness", one.why),
    }


def _untouched(verdict: "Verdict") -> dict[str, object]:
    return {
        "site": verdict.site,
        "rule": site_as_toml(verdict.after),
        "verdict": verdict.verdict,
        "why": verdict.why,
        "witness": verdict.text(),
    }


def finding_json(finding: "Finding") -> dict[str, object]:
    """One finding of the contract; a changed one names the verb that shows it."""
    entry: dict[str, object] = {
        "id": finding.id,
        "rests_on": list(finding.rests_on),
        "invariant": finding.invariant,
        "sites": list(finding.sites),
        "page_kind": finding.page_kind,
        "explanation": finding.explanation,
        "cause": list(finding.cause),
        "also": list(finding.also),
        "witness": finding.text(),
        "steps": len(finding.witness.steps),
    }
    if finding.verb:
        entry["verb"] = finding.verb
    if finding.hunks:
        entry["hunks"] = list(finding.hunks)
    if finding.undone_by:
        entry["conditional"] = list(finding.undone_by)
    if finding.part is not None:
        entry["alone"] = True
    return entry


def bounds_json(bounds: "Bounds | None") -> dict[str, object]:
    """How far a search went; zeros where there was nothing to search."""
    if bounds is None:
        return {"setups": 0, "steps": 0, "states": 0, "depth": 0, "not_modelled": {}}
    return {
        "setups": bounds.setups,
        "steps": bounds.steps,
        "states": bounds.states,
        "depth": bounds.depth,
        "not_modelled": dict(sorted(bounds.not_modelled.items())),
    }
