# SPDX-License-Identifier: GPL-2.0-or-later
"""The promise about writes to what userfaultfd protects."""

from typing import Final

from linuxmm.promises.census import Census, Entries
from linuxmm.promises.marks import is_watched, protected_places
from linuxmm.promises.record import Fault, Promise
from linuxmm.promises.shadow import Shadow
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


def _still_protected(m: State, k: Rules, census: Entries, shadow: Shadow) -> list[Fault]:
    """Every address that must be protected is, where its area is watched for writes."""
    marks = shadow.contents.marks
    gone = dict(marks.lost)
    if marks.there:  # as the last operation left them
        gone |= dict.fromkeys(marks.there - protected_places(m, k), "anon")
    text = "what userfaultfd protects from writes lost its protection, which nobody has lifted"
    return [Fault(kind, text) for place, kind in sorted(gone.items()) if is_watched(m, place)]


def _near_marks(m: State, census: Census) -> bool:
    """An entry that userfaultfd protects is there, in an area that is watched for writes."""
    return bool(protected_places(m, census.k))


UFFD_WP: Final = Promise(
    "uffd-wp",
    says="what userfaultfd protects from writes is not written without a fault, until user space "
    "lifts that, moves it or discards it",
    broken="userfaultfd protects {pages} from writes, and a write goes through all the same",
    contents=_still_protected,
    danger=_near_marks,
    no_rule="no rule says what becomes of the mark of an entry: a text of C does",
)
