"""The words of a review: a broken promise, a visible change and a cause as one sentence.

Verbs, files and functions keep their own spelling, also at the start of a sentence.
"""

from collections.abc import Sequence
from typing import Final

from linuxmm.explore.replay import StepOfOne
from linuxmm.explore.search import difference_of
from linuxmm.scenario.outcome import Fields, Result
from linuxmm.scenario.verbs import VERBS

PROMISES: Final[dict[str, str]] = {
    "bad-page-map": "a mapping of {pages} that the kernel made is reported as a bad page map",
    "lru-device": "{pages} get onto an LRU list, or on their way to one",
    "ksm-device": "ksmd takes {pages} into a tree, or merges one",
    "ksm-device-migrated": "KSM keeps {pages} in its stable tree",
    "foll-lru": "a lookup that asked for LRU pages returns {pages}",
    "refcount": "references of {pages} are lost or leaked",
    "mapcount": "the mapcount of {pages} no longer counts the entries",
    "rss": "an rss counter no longer counts the entries of {pages}",
    "mlock": "{pages} stay marked mlocked although no locked VMA maps them",
    "content": "data in {pages} is lost, or seen by the wrong process",
    "pin": "pinned {pages} are moved away, or pinned where they must not be",
    "device-return": "unused {pages} do not go back to their driver",
    "rmap": "mapped {pages} can no longer be found from their struct page",
    "isolated": "{pages} are left isolated",
    "ends": "a call that meets {pages} goes round for ever",
    "report": "a file under /proc contradicts the page tables of {pages}",
}
MOST_KINDS: Final = 3  # more are not listed
# First words that are names: never capitalised.
NAMES: Final = ("ksmd", *dict.fromkeys(verb for _, verb in VERBS))


def broken_promise(invariant: str, kinds: Sequence[str]) -> str:
    """What a broken promise means, for these kinds of pages."""
    pages = f"{_kinds(kinds)} pages".strip()
    return PROMISES.get(invariant, invariant + " ({pages})").format(pages=pages)


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
