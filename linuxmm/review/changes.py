# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run of changed statements can mean for the rules: one class for each kind."""

from dataclasses import dataclass
from typing import Final

from linuxmm.review.pagetest import TestsChange


@dataclass(frozen=True, slots=True)
class Choice:
    """A lookup, possibly by condition: (FOLL_ names, C name of the lookup), last without."""

    by: tuple[tuple[tuple[str, ...], str], ...]


@dataclass(frozen=True, slots=True)
class LookupChange:
    """A call of a lookup became another one, at a place of a function."""

    function: str | None
    old_line: int
    before: Choice
    after: Choice


@dataclass(frozen=True, slots=True)
class FlagsChange:
    """The FOLL_ flags given to follow_page changed, or those in a variable (``assigned``)."""

    function: str | None
    old_line: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    assigned: bool = False


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row of a lookup's body that is gone or new; ``after_row`` is the atom above it."""

    function: str
    atom: str
    added: bool
    after_row: str


@dataclass(frozen=True, slots=True)
class Definition:
    """A new lookup (or one that is gone): another one, then perhaps a zone-device test."""

    name: str
    of: str
    zone_device: bool
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Renamed:
    """The definition of a lookup has another name."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A ``#define FOLL_...``: its value, None when it is gone; ``moved`` when it was there."""

    name: str
    value: int | None
    moved: bool = False


@dataclass(frozen=True, slots=True)
class FlagRefusal:
    """``follow_page_pte`` takes a zone-device page for none when one of these flags is given.

    Not ``certain`` when other statements stand between the lookup and this.
    """

    function: str | None
    old_line: int
    flags: tuple[str, ...]
    certain: bool


@dataclass(frozen=True, slots=True)
class ErrnoChange:
    """The error that is put into the result before some tests is another one."""

    function: str | None
    old_line: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RefusedChange:
    """What no page gets is something else; ``tests`` are refused by the same ``if``."""

    function: str | None
    old_line: int
    before: str
    after: str
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prototype:
    """Declarations of lookups."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Nothing:
    """A change without meaning for the rules: a declaration, the folio form of the same."""

    why: str


SAME: Final = Nothing("the folio form of the same")
FOLIO_OF: Final = Nothing("the folio of a page")
Meaning = (
    LookupChange
    | FlagsChange
    | FlagRefusal
    | ErrnoChange
    | RefusedChange
    | TestsChange
    | RowChange
    | Definition
    | Renamed
    | Flag
    | Prototype
    | Nothing
)
