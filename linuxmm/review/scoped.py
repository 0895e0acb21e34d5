# SPDX-License-Identifier: GPL-2.0-or-later
"""What a search of a whole scope found, as text (80 columns) and as JSON (in `linuxmm/check/1`).

What is broken is said as a check says it; beside it stands what "all" means here: how many states,
how deep, what nothing was asked about.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from linuxmm.explore.difference import Bounds
from linuxmm.explore.scope.found import NOT_LOOKED_AT, Searched, looked_at
from linuxmm.explore.scope.matrix import Matrix
from linuxmm.printed import wrapped
from linuxmm.review.checked import SCHEMA, Known, choices_json, finding_text, news
from linuxmm.review.kills import as_choices, matrix_json, matrix_text
from linuxmm.review.report_json import bounds_json, finding_json

if TYPE_CHECKING:
    from linuxmm.review.findings import Finding


def as_text(
    kernel: str,
    searched: Searched,
    broken: "Sequence[Finding]",
    known: Known | None = None,
    matrix: Matrix | None = None,
) -> list[str]:
    """What is broken with its scenarios, what flips of rules change, how far the search went."""
    ids = sorted({finding.invariant for finding in broken})
    said = f"broken promises: {', '.join(ids)}{news(broken, known)}"
    if not broken:
        said = "every promise that is asked for is kept"
    scope = searched.scope
    lines = wrapped(f"{kernel}, scope {scope.name}: {said}", "", "  ")
    lines += wrapped(f"{scope.title}: {len(scope.actions)} actions", "  ", "  ")
    for i, finding in enumerate(broken, 1):
        lines += ["", *finding_text(kernel, finding, f"BROKEN {i} of {len(broken)}", known)]
    if matrix:
        lines += matrix_text(matrix)
    return [*lines, "", *_how_far(searched), "", *_asked(searched)]


def _how_far(searched: Searched) -> list[str]:
    reached, scope = searched.reached, searched.scope
    counts = f"{reached.nr:,} states, {reached.transitions:,} transitions"
    if reached.complete and not (reached.no_row or reached.not_modelled or reached.other_traps):
        said = f"exhaustive: {counts}, {reached.levels} actions deep, complete"
    elif reached.complete:
        said = f"bounded: {counts}, {reached.levels} actions deep: all that could be followed"
    elif reached.levels == scope.depth:
        said = f"bounded: {counts}, all that {scope.depth} actions make"
    else:
        said = f"bounded: {counts}; all that {reached.levels} actions make, and some deeper: "
        said += f"the scope keeps {scope.states:,} states"
    lines = wrapped(said, "", "  ")
    lines += wrapped(f"made again interpreted: {searched.sample.nr:,}, the same", "  ", "    ")
    stopped = (
        (reached.ended, "states break a promise: nothing was tried from them"),
        (reached.no_row, "actions need more rows than the scope's machine has"),
        (reached.not_modelled, "actions are not modelled where they were tried"),
        (reached.other_traps, "actions leave the model"),
    )
    for nr, why in stopped:
        lines += wrapped(f"{nr:,} {why}", "  ", "    ") if nr else []
    never = [line for line, nr in zip(scope.actions, reached.taken, strict=True) if nr == 0]
    lines += wrapped(f"never possible: {'; '.join(never)}", "  ", "    ") if never else []
    return lines


def _asked(searched: Searched) -> list[str]:
    """The promises by whether the scope says anything about them."""
    near = searched.sample.near
    came = [name for name in looked_at() if name in near]
    never = [name for name in looked_at() if name not in near]
    lines = wrapped(f"asked, and met their danger: {', '.join(came) or 'none'}", "", "  ")
    if never:
        text = f"asked, their danger not met in the sample: {', '.join(never)}"
        lines += wrapped(text, "", "  ")
    for name, what in NOT_LOOKED_AT.items():
        lines += wrapped(f"not asked: {name}: {what}", "", "  ")
    text = "one thing for another: which free page is taken, batches drained behind each action"
    return lines + wrapped(f"{text}; races are out of scope", "", "  ")


def as_json(
    kernel: str,
    searched: Searched,
    broken: "Sequence[Finding]",
    known: Known | None = None,
    matrix: Matrix | None = None,
) -> dict[str, object]:
    """The same as plain values."""
    scope, reached = searched.scope, searched.reached
    bounds = Bounds(1, reached.transitions, reached.nr, reached.levels)
    return {
        "schema": SCHEMA,
        "kernel": kernel,
        "broken": [
            {**finding_json(finding), "known": list((known or {}).get(finding.id, ()))}
            for finding in broken
        ],
        "choices": choices_json(as_choices(matrix)) if matrix else [],
        "bounds": bounds_json(bounds),
        "scope": {
            "name": scope.name,
            "title": scope.title,
            "states": reached.nr,
            "transitions": reached.transitions,
            "depth": reached.levels,
            "complete": reached.complete,
            "broken_states": reached.ended,
            "no_row": reached.no_row,
            "not_modelled": reached.not_modelled,
            "left_the_model": reached.other_traps,
            "made_again": searched.sample.nr,
            "asked": list(looked_at()),
            "near": sorted(searched.sample.near),
            "not_asked": NOT_LOOKED_AT,
            "actions": dict(zip(scope.actions, reached.taken, strict=True)),
            **({"matrix": matrix_json(matrix)} if matrix else {}),
        },
    }
