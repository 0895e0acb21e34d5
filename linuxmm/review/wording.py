# SPDX-License-Identifier: GPL-2.0-or-later
"""The words of a review: a broken promise, a visible change and a cause as one sentence.

Verbs, files and functions keep their own spelling, also at the start of a sentence.
"""

from collections.abc import Sequence
from typing import Final

from linuxmm.explore.beside import difference_of
from linuxmm.explore.replay import StepOfOne
from linuxmm.promises import PROMISES
from linuxmm.scenario.outcome import Fields, Result
from linuxmm.scenario.verbs import VERBS

MOST_KINDS: Final = 3  # more are not listed
# First words that are names: never capitalised.
NAMES: Final = ("ksmd", *dict.fromkeys(verb for _, verb in VERBS))


def broken_promise(invariant: str, kinds: Sequence[str]) -> str:
    """What a broken promise means, for these kinds of pages."""
    pages = f"{_kinds(kinds)} pages".strip()
    return PROMISES[invariant].broken.format(pages=pages)


def visible_change(verb: str, kinds: Sequence[str], before: StepOfOne, after: StepOfOne) -> str:
    """What user space sees: the values before and after, of named fields those that differ."""
    pages = f"with {_kinds(kinds)} pages, " if kinds else ""
    if before.result == after.result:
        return f"{pages}{verb} {difference_of(before.outcome, after.outcome)}"
    old, new = differing(before.result, after.result)
    return f"{pages}{verb} gives {new} instead of {old}"


def _kinds(kinds: Sequence[str]) -> str:
    return " and ".join(kinds) if len(kinds) <= MOST_KINDS else "most kinds of"


def sentence_case(text: str) -> str:
    """The first word with a capital letter, unless it is a name."""
    first = text.split(" ", 1)[0]
    if first in NAMES or not first.isalpha():
        return text
    return text[0].upper() + text[1:]


def differing(before: Result, after: Result) -> tuple[str, str]:
    """Two results as text; of named fields only those that differ."""
    if not (isinstance(before, Fields) and isinstance(after, Fields)):
        return before.text(), after.text()
    keys = dict.fromkeys(key for key, _ in (*before.items, *after.items))
    differ = [key for key in keys if before.get(key) != after.get(key)]
    return _fields(before, differ), _fields(after, differ)


def _fields(result: Fields, keys: Sequence[str]) -> str:
    words = [f"{k}={atom.text()}" for k in keys if (atom := result.get(k)) is not None]
    return " ".join(words) or f"no {' '.join(keys)}"
