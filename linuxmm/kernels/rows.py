# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of lookup bodies and predicates: ``"special & !devmap -> none"`` as bit masks."""

from linuxmm.errors import nearest
from linuxmm.kernels.record import LookupRow, PredicateRow
from linuxmm.state.vocabulary import ATOMS, FACTS, RESULTS

OTHERWISE = "otherwise"
_ANSWERS = {"yes": True, "no": False}


class RowError(ValueError):
    """A row that cannot be read: one sentence, without its place."""


def split_row(text: str, atoms: dict[str, int]) -> tuple[int, int, str]:
    """The masks of a row's left side (needed, forbidden) and its right side."""
    left, arrow, result = text.partition("->")
    if not arrow:
        raise RowError(f'row "{text[:80]}" has no "->"')
    need = forbid = 0
    left = left.strip()
    if left == OTHERWISE:
        return 0, 0, result.strip()
    for part in left.split("&"):
        word = part.strip()
        negated = word.startswith("!")
        word = word.removeprefix("!").strip()
        if word not in atoms:
            raise RowError(
                f'unknown condition "{word[:80]}"{nearest(word[:80], [*atoms, OTHERWISE])}'
            )
        if negated:
            forbid |= atoms[word]
        else:
            need |= atoms[word]
    if need & forbid:
        raise RowError(f'row "{text}" can never hold')
    return need, forbid, result.strip()


def lookup_row(text: str) -> LookupRow:
    """A row of a lookup body.  Raises: RowError."""
    need, forbid, word = split_row(text, ATOMS)
    if word not in RESULTS:
        raise RowError(f'unknown result "{word[:80]}"{nearest(word[:80], RESULTS)}')
    return LookupRow(need, forbid, RESULTS.index(word), normal_form(text))


def predicate_row(text: str) -> PredicateRow:
    """A row of a named predicate.  Raises: RowError."""
    need, forbid, word = split_row(text, FACTS)
    if word not in _ANSWERS:
        raise RowError(f'unknown answer "{word[:80]}"{nearest(word[:80], list(_ANSWERS))}')
    return PredicateRow(need, forbid, _ANSWERS[word], normal_form(text))


def normal_form(text: str) -> str:
    """The row with one space around every sign, so that rows compare as text."""
    left, _, result = text.partition("->")
    words = [" ".join(part.replace("!", " ! ").split()) for part in left.split("&")]
    return " & ".join(words).replace("! ", "!") + " -> " + result.strip()


def lookup_rows(texts: list[str]) -> tuple[LookupRow, ...]:
    """All rows of a body; the last must be ``otherwise -> ...``.  Raises: RowError."""
    rows = tuple(lookup_row(text) for text in texts)
    _check_last(texts)
    return rows


def predicate_rows(texts: list[str]) -> tuple[PredicateRow, ...]:
    """All rows of a predicate; the last must be ``otherwise -> ...``.  Raises: RowError."""
    rows = tuple(predicate_row(text) for text in texts)
    _check_last(texts)
    return rows


def _check_last(texts: list[str]) -> None:
    """Only the last row may say otherwise, and it must."""
    for number, text in enumerate(texts, 1):
        is_otherwise = text.split("->")[0].strip() == OTHERWISE
        if is_otherwise != (number == len(texts)):
            raise RowError('exactly the last row must be "otherwise -> ..."')
    if len(set(map(normal_form, texts))) != len(texts):
        raise RowError("the same row is written twice")
