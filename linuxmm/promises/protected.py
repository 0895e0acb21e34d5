# SPDX-License-Identifier: GPL-2.0-or-later
"""The promise about writes to what userfaultfd protects."""

from typing import Final

from linuxmm.mm.pagewalk import mm_find_pte
from linuxmm.promises.census import Census, Entries
from linuxmm.promises.kinds import page_kind
from linuxmm.promises.marks import Place, is_watched, protected_places
from linuxmm.promises.record import Fault, Promise
from linuxmm.promises.shadow import Shadow, page_of_entry
from linuxmm.state.constants import NO_PAGE
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


def _still_protected(m: State, k: Rules, census: Entries, shadow: Shadow) -> list[Fault]:
    """Every address that must be protected is, where its area is watched for writes."""
    marked = shadow.contents.marked
    if not marked:
        return []
    text = (
        "userfaultfd protected an entry from writes, and nobody lifted that: a write goes through"
    )
    gone = sorted(marked - protected_places(m, k))
    return [Fault(_kind(m, k, place), text) for place in gone if is_watched(m, place)]


def _kind(m: State, k: Rules, place: Place) -> str:
    page = page_of_entry(m, k, mm_find_pte(m, *place))
    return page_kind(m, page) if page != NO_PAGE else "anon"


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
