# SPDX-License-Identifier: GPL-2.0-or-later
"""`linuxmm mutate --source` as a heat table: functions down, kinds of edits across."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from linuxmm.explore.edit_table import FATES_SAY, counts, path_text
from linuxmm.explore.mutate_source import FOUND, SAME, EditFate
from linuxmm.picture import heat
from linuxmm.picture.page import part, word
from linuxmm.printed import counted

MOST_LISTED: Final = 2000  # edits in words
LEGEND: Final = (
    ("l5", "3/3", "every edit is found"),
    (
        "l3",
        "1/3",
        "some are; of the others a reason is known, or a review says that it cannot tell",
    ),
    ("never", "0/2", "none is, and a reason is known"),
    ("gap", "1/2!", "nothing notices an edit, and nobody said why"),
)


def html(kernel: str, tree: str, fates: Sequence[EditFate]) -> str:
    """The part of a page that shows the fate of every edit of kernel C."""
    by_place = [(place, list(group)) for place, group in groupby(fates, lambda f: f.edit.place)]
    kinds = list(dict.fromkeys(one.edit.kind for one in fates))
    total = counts(fates)
    unexplained = sum(one.is_unexplained for one in fates)
    table = heat.Heat(
        "Found of all edits of this kind that the translation knows. Each edit: pointer or Tab.",
        tuple((kind, kind) for kind in kinds),
        tuple(_row(place, group, kinds) for place, group in by_place),
        LEGEND,
        "function",
    )
    shown = fates[:MOST_LISTED]
    return part(
        "mutate",
        title="Would a wrong line of kernel C be noticed?",
        sentence=f"{word(kernel)}: {counted(len(fates), 'edit')} of "
        f"{counted(len(by_place), 'function')} of {word(tree)}, one place each; both texts run, "
        "and everything that can be seen is compared.",
        tiles=[
            *((str(total[fate]), f"{fate}: {says}", "") for fate, says in FATES_SAY.items()),
            (str(unexplained), "not noticed, and no reason is known", "bad"),
        ],
        heat=table,
        words=[
            (place, [_in_words(one) for one in group])
            for place, group in groupby(shown, lambda f: f.edit.place)
        ],
        left_out=len(fates) - len(shown),
    )


def _row(place: str, fates: Sequence[EditFate], kinds: Sequence[str]) -> heat.Row:
    file, _, function = place.partition(":")
    cells = tuple(_cell(place, kind, [f for f in fates if f.edit.kind == kind]) for kind in kinds)
    return heat.Row(function, cells, file)


def _cell(place: str, kind: str, fates: Sequence[EditFate]) -> heat.Cell:
    """Found of those that make another translation."""
    known = [one for one in fates if one.fate != SAME]
    if not known:
        return heat.Cell("", mark="never")
    found = sum(one.fate == FOUND for one in known)
    open_ = any(one.is_unexplained for one in known)
    mark = "gap" if open_ else "" if found else "never"
    lines = tuple(f"{_edit(one)}: {one.fate}" for one in known)
    text = f"{found}/{len(known)}{'!' * open_}"
    return heat.Cell(text, heat.share(found, len(known)), f"{place}, {kind}", lines, mark)


def _edit(one: EditFate) -> str:
    return word(f"line {one.edit.line}: {one.edit.old} -> {one.edit.new or 'nothing'}")


def _in_words(one: EditFate) -> tuple[str, str, str]:
    """An edit, its fate, and what reports it or why nothing does."""
    if one.by is not None:
        why = f"{path_text(one)}; {one.by.side} {one.by.what}: {one.by.text}"
    elif one.reason is not None:
        why = f"{one.reason.why} ({one.reason.source})"
    else:
        why = one.why
    return _edit(one), one.fate, word(why, 400)
