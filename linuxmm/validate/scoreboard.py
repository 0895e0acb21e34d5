# SPDX-License-Identifier: GPL-2.0-or-later
"""The score as text for people, at most 80 columns."""

from collections import Counter
from typing import Final

from linuxmm.printed import columns, wrapped
from linuxmm.validate.masks import Masked
from linuxmm.validate.score import Score

CELL: Final = 26  # columns of a cell and the gap before it
REASONS: Final = 12  # shown of each list


def scoreboard(score: Score) -> list[str]:
    """What was compared and agreed, by observable, system and page kind; what was left out."""
    agreed = score.agreed.total()
    share = f" ({100 * agreed / score.compared:.3f} %)" if score.compared else ""
    lines = [f"compared   {score.compared} observables, {agreed} agree{share}"]
    for title, seen, agreeing in (
        ("by observable (in parentheses: looked at after every step)", score.seen, score.agreed),
        ("by system", score.seen_by_system, score.agreed_by_system),
        ("by page kind", score.seen_by_kind, score.agreed_by_kind),
    ):
        if seen:
            lines += ["", title, *_columns(seen, agreeing)]
    for title, counted in (
        ("steps left out", score.skipped),
        ("not compared", score.masked),
        ("scenarios without a verdict", score.undecided),
    ):
        if counted:
            lines += ["", f"{title}: {counted.total()}", *_reasons(counted)]
    return lines


def _columns(seen: Counter[str], agreed: Counter[str]) -> list[str]:
    """As many to a line as it takes; where not all agree: how many do, of how many."""
    cells = []
    for what, nr in sorted(seen.items()):
        count = str(nr) if agreed[what] == nr else f"{agreed[what]}/{nr}"
        cells.append(f"{what:15} {count:>8}")
    each = max(1, columns() // CELL)
    return ["  " + "  ".join(cells[i : i + each]) for i in range(0, len(cells), each)]


def _reasons(counted: Counter[str] | Counter[Masked]) -> list[str]:
    lines: list[str] = []
    for why, nr in counted.most_common(REASONS):
        lines += wrapped(f"{nr:7} {why}", "", " " * 8)
    rest = len(counted) - REASONS
    return lines + ([f"        and {rest} other reasons"] if rest > 0 else [])
