# SPDX-License-Identifier: GPL-2.0-or-later
"""The answer that most people ask `inspect` for, in one sentence."""

from typing import Final

from linuxmm.inspect.lazyfree import CLEAN
from linuxmm.inspect.report import Report, Row
from linuxmm.inspect.verdict import NO, NOT_NOW, UNKNOWN, YES
from linuxmm.uapi import PAGE_SIZE

CANNOT: Final = {NO: "cannot", NOT_NOW: "cannot now", UNKNOWN: "may or may not"}
NO_SWAP: Final = "no swap"


def size(nr_pages: float) -> str:
    """Pages as bytes, in four digits at most."""
    number, unit = float(nr_pages * PAGE_SIZE), "B"
    for bigger in ("KiB", "MiB", "GiB", "TiB"):
        if number >= 1024:
            number, unit = number / 1024, bigger
    return f"{number:.0f} {unit}" if number >= 100 or unit == "B" else f"{number:.1f} {unit}"


def sentence(report: Report) -> str:
    """`Of 119 MiB, 6.7 MiB can be reclaimed now, 8.0 MiB are lazyfree, 104 MiB need swap.`

    By the rules of the first kernel; every page that it was asked of is in one of the parts.
    """
    asked = [row for row in report.rows if row.verdicts]
    if not asked:
        return "No rule was asked: the kinds of its pages are all that is said."
    parts: dict[str, int] = {}
    for row in asked:
        name = _fate(row)
        parts[name] = parts.get(name, 0) + row.pages
    first = ("can be reclaimed now", "are lazyfree", "need swap")
    rest = sorted((name for name in parts if name not in first), key=lambda name: -parts[name])
    words = [f"{size(parts[name])} {name}" for name in (*first, *rest) if name in parts]
    return f"Of {size(sum(parts.values()))}, {', '.join(words)}."


def _fate(row: Row) -> str:
    """What reclaim does with a page, in the words of the sentence."""
    answer = row.verdicts[0].answers["reclaim"]
    if row.facts is not None and row.facts.lazy == CLEAN and answer.word == YES:
        return "are lazyfree"
    if answer.word == YES:
        return "can be reclaimed now"
    if answer.rule == NO_SWAP:
        return "need swap"
    return f"{CANNOT[answer.word]} ({answer.rule})"
