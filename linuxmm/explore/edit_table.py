# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of edits of kernel C: the fate of every one, for people (80 columns) and as JSON."""

from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from typing import Final

from linuxmm.explore.difference import Bounds
from linuxmm.explore.mutate_source import (
    EQUAL,
    FATES,
    FOUND,
    SAME,
    SILENT,
    UNDECIDED,
    UNREACHED,
    EditFate,
)
from linuxmm.printed import columns, fitted, named_row, wrapped

_HEADS: Final = ("edits", "same", "found", "undec", "equal", "unr.", "sil.")
_NAME: Final = 36
FATES_SAY: Final = {
    SAME: "the translation is the same: nothing that the model has was touched",
    FOUND: "a promise is broken or mended, or something else is seen",
    UNDECIDED: "it leads into what is not modelled, and a review says so (exit 3)",
    EQUAL: "it ran, and every state, counter and answer was the same",
    UNREACHED: "no path of the catalogue comes by",
    SILENT: "states differ, and nothing shows it",
}
_LISTED: Final = (SILENT, UNREACHED, EQUAL)


def counts(fates: Iterable[EditFate]) -> dict[str, int]:
    """How many edits met each fate."""
    found = Counter(one.fate for one in fates)
    return {fate: found[fate] for fate in FATES}


def as_text(kernel: str, tree: str, fates: list[EditFate], bounds: Bounds, verbose: bool) -> str:
    """The table of functions, then every edit that nothing noticed; `verbose`: the others too."""
    total, functions = counts(fates), {one.edit.place for one in fates}
    lines = wrapped(f"{kernel}: {len(fates)} edits of {len(functions)} functions of {tree}")
    for fate in FATES:
        lines += wrapped(FATES_SAY[fate], f"{fate:<11}{total[fate]:>5}  ", " " * 18)
    explained = [one for one in fates if one.reason]
    if explained:
        lines += wrapped(f"of the last three kinds {len(explained)} have a reason that is known")
    lines += wrapped(_bounds(bounds))
    lines += ["", *named_row("function", "".join(f"{h:>6}" for h in _HEADS), _NAME)]
    lines += _rows(fates)
    lines += ["", *_finders(fates)]
    for fate in _LISTED:
        lines += _listed(fate, [one for one in fates if one.fate == fate and not one.reason])
    lines += _reasons(explained)
    if verbose:
        for fate in (UNDECIDED, FOUND):
            lines += _listed(fate, [one for one in fates if one.fate == fate])
    return "\n".join(lines) + "\n"


def _bounds(bounds: Bounds) -> str:
    return (
        f"bounds: {bounds.setups} set-ups, {bounds.depth} actions deep, "
        f"{bounds.states} states expanded, {bounds.steps} steps"
    )


def _rows(fates: list[EditFate]) -> list[str]:
    lines = []
    for path, of_file in groupby(fates, lambda f: f.edit.path):
        lines.append(fitted(path, columns()))
        for name, group in groupby(of_file, lambda f: f.edit.function):
            theirs = list(group)
            numbers = (len(theirs), *counts(theirs).values())
            cells = "".join(f"{number or '-':>6}" for number in numbers)
            lines += named_row(f"  {name}", cells, _NAME)
    return lines


def _finders(fates: list[EditFate]) -> list[str]:
    """Which promises and observables found them."""
    by = Counter((one.by.what, one.by.side == "changed") for one in fates if one.by is not None)
    lines = []
    for seen, head in ((False, "found by promise: "), (True, "found by what is seen: ")):
        said = [f"{what} {n}" for (what, changed), n in _most(by) if changed == seen]
        lines += wrapped(head + (", ".join(said) or "none"), "", "  ")
    return lines


def _most(by: "Counter[tuple[str, bool]]") -> list[tuple[tuple[str, bool], int]]:
    return sorted(by.items(), key=lambda item: (-item[1], item[0]))


def _listed(fate: str, fates: list[EditFate]) -> list[str]:
    """Edits of one fate, each with its two lines."""
    if not fates:
        return []
    lines = ["", f"{fate}: {FATES_SAY[fate]} ({len(fates)})"]
    for place, group in groupby(fates, lambda f: f.edit.place):
        lines.append(f"  {fitted(place, columns() - 2)}")
        for one in group:
            lines.append(f"    {one.edit.line}  {one.edit.kind}")
            lines += [
                f"      - {fitted(one.before, columns() - 8)}",
                f"      + {fitted(one.after, columns() - 8)}",
            ]
            if one.by is not None:
                said = f"{path_text(one)}; {one.by.side} {one.by.what}: {one.by.text}"
                lines += wrapped(said, " " * 8)
            elif one.why:
                lines += wrapped(one.why, " " * 8)
    return lines


def _reasons(explained: list[EditFate]) -> list[str]:
    """Why nothing notices some, and how many that is said of."""
    if not explained:
        return []
    by = Counter(one.reason for one in explained)
    lines = ["", "known: why nothing here notices them"]
    for reason, number in sorted(by.items(), key=lambda item: -item[1]):
        if reason is not None:
            lines += wrapped(f"{reason.why} ({reason.source})", f"  {number:>4}  ", " " * 8)
    return lines


def path_text(one: EditFate) -> str:
    path = one.by.path if one.by else None
    return ", ".join((path.setup.name, *(a.name for a in path.actions))) if path else ""


def as_json(kernel: str, tree: str, fates: list[EditFate], bounds: Bounds) -> dict[str, object]:
    """The same as plain values."""
    return {
        "kernel": kernel,
        "tree": tree,
        "counts": counts(fates),
        "unexplained": sum(one.is_unexplained for one in fates),
        "bounds": {
            "setups": bounds.setups,
            "depth": bounds.depth,
            "states": bounds.states,
            "steps": bounds.steps,
        },
        "edits": [as_row(one) for one in fates],
    }


def as_row(one: EditFate) -> dict[str, object]:
    edit, by = one.edit, one.by
    return {
        "file": edit.path,
        "line": edit.line,
        "function": edit.function,
        "kind": edit.kind,
        "before": one.before,
        "after": one.after,
        "fate": one.fate,
        "side": by.side if by else "",
        "what": by.what if by else "",
        "shows": by.text if by else "",
        "scenario": path_text(one),
        "leads_into": one.why,
        "reason": one.reason.why if one.reason else "",
        "source": one.reason.source if one.reason else "",
        "steps": one.steps,
    }
