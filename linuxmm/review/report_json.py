"""A review as JSON, schema ``linuxmm/review/1`` of design.md section 8."""

from typing import TYPE_CHECKING, Final

from linuxmm import __version__
from linuxmm.kernels import site_as_toml
from linuxmm.review.run import Review
from linuxmm.review.sites import not_modelled_json

if TYPE_CHECKING:
    from linuxmm.review.findings import Finding
    from linuxmm.review.verdicts import Verdict

SCHEMA: Final = "linuxmm/review/1"


def as_json(review: Review) -> dict[str, object]:
    """One review: broken promises are introduced, what differs and breaks none is changed."""
    return {
        "schema": SCHEMA,
        "patch": _patch(review),
        "base": review.before_name,
        "kernel": review.after_name,
        "sites": [_choice(verdict) for verdict in review.choices],
        "not_modelled": not_modelled_json(review.reading) if review.reading else [],
        "introduced": [finding_json(f) for f in review.of_side("introduced")],
        "changed": [finding_json(f) for f in review.of_side("changed")],
        "fixed": [finding_json(f) for f in review.of_side("fixed")],
        "remaining": [finding_json(f) for f in review.of_side("remaining")],
        "untouched": [_untouched(verdict) for verdict in review.untouched],
        "tool_version": __version__,
        "kernel_digest": {
            review.before_name: review.before.digest(),
            review.after_name: review.after.digest(),
        },
        "bounds": _bounds(review),
        "exit_code": review.exit_code,
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
        "witness": finding.text(),
        "steps": len(finding.witness.steps),
    }
    if finding.verb:
        entry["verb"] = finding.verb
    return entry


def _bounds(review: Review) -> dict[str, int]:
    if review.bounds is None:
        return {"setups": 0, "steps": 0, "states": 0, "depth": 0}
    b = review.bounds
    return {"setups": b.setups, "steps": b.steps, "states": b.states, "depth": b.depth}
