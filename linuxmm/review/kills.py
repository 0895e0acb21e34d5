# SPDX-License-Identifier: GPL-2.0-or-later
"""Which promise catches which flip of a rule in all states of a scope, as text and as JSON."""

from collections import Counter
from itertools import groupby
from typing import Final

from linuxmm.explore.check import Choice
from linuxmm.explore.judge import FORCED, OBSERVABLE, UNDECIDED
from linuxmm.explore.scope.found import looked_at
from linuxmm.explore.scope.matrix import Matrix, Outcome
from linuxmm.printed import named_row, wrapped
from linuxmm.review.checked import choices_text

_NAME: Final = 30  # columns of a promise's name
_COUNTED: Final = {
    FORCED: "caught by a promise",
    OBSERVABLE: "seen in states or answers, caught by none",
    UNDECIDED: "not seen",
}


def as_choices(matrix: Matrix) -> list[Choice]:
    """The other lookups, as a check has them."""
    return [Choice(each.flip.site, each.flip.new, each.judged) for each in matrix.choices]


def matrix_text(matrix: Matrix) -> list[str]:
    """The choices of sites, the flips that something noticed, what each promise caught."""
    lines = ["", *choices_text(as_choices(matrix))] if matrix.choices else []
    verdicts = Counter(each.judged.verdict for each in matrix.flips)
    counted = ", ".join(f"{verdicts[word]} {said}" for word, said in _COUNTED.items())
    lines += ["", *wrapped(f"FLIPS: {len(matrix.flips)} of the rules asked: {counted}", "", "  ")]
    for site, group in groupby(matrix.flips, lambda each: each.flip.site):
        seen = [each for each in group if each.judged.verdict != UNDECIDED]
        lines += wrapped(site, "  ", "    ") if seen else []
        for each in seen:
            lines += wrapped(_flip(each), "    ", "      ")
            caught = ", ".join(name for name, _ in each.caught_by)
            said = f"caught by {caught}" if caught else each.judged.why
            lines += wrapped(said, "        ", "          ")
    lines += ["", *_caught(matrix)]
    if matrix.never_asked:
        text = f"not tried: {matrix.not_tried} flips at {len(matrix.never_asked)} sites that no"
        lines += wrapped(f"{text} action of the scope asks", "", "  ")
    return lines


def _flip(each: Outcome) -> str:
    return f"{each.flip.cell}: {each.flip.old} -> {each.flip.new}"


def _caught(matrix: Matrix) -> list[str]:
    """How many flips each promise catches, and those that catch none."""
    caught = Counter(name for each in matrix.flips for name, _ in each.caught_by)
    alone = Counter(each.caught_by[0][0] for each in matrix.flips if len(each.caught_by) == 1)
    lines = named_row("promise", "    catches  alone", _NAME) if caught else []
    for name in sorted(caught, key=lambda name: (-caught[name], name)):
        lines += named_row(name, f"{caught[name]:>11}  {alone[name] or '-':>5}", _NAME)
    none = ", ".join(name for name in looked_at() if name not in caught)
    return lines + wrapped(f"catching none: {none}", "", "  ")


def matrix_json(matrix: Matrix) -> dict[str, object]:
    """The same as plain values."""
    return {
        "flips": [
            {
                "site": each.flip.site,
                "cell": each.flip.cell,
                "old": each.flip.old,
                "new": each.flip.new,
                "verdict": each.judged.verdict,
                "why": each.judged.why,
                "caught_by": {name: list(lines) for name, lines in each.caught_by},
            }
            for each in matrix.flips
        ],
        "never_asked": list(matrix.never_asked),
        "not_tried": matrix.not_tried,
    }
