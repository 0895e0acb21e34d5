# SPDX-License-Identifier: GPL-2.0-or-later
"""What a patch was read as: the rules it changes, and the class of every hunk."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from linuxmm.kernels import Kernel, LookupBody, SiteRule
from linuxmm.review.patch import Patch

if TYPE_CHECKING:
    from linuxmm.review.touched import Execution

CLASSES: Final[dict[str, str]] = {
    "site": "changes the rule of a site",
    "lookup": "changes or defines a lookup",
    "flag": "defines a FOLL_ flag",
    "prototype": "declares lookups",
    "rename": "a lookup under another name: the same rules",
    "already": "is in the base already",
    "executed": "in a function whose text is executed, before and after",
    "comment": "comments only",
    "blank": "white space or declarations only",
    "file": "a file that is not modelled",
    "function": "a function without a site",
    "shape": "a modelled function, changed in a way that rules cannot express",
}
NOT_MODELLED: Final = ("file", "function", "shape")
FITS: Final[dict[str, str]] = {
    "fits": "its context is that of the base",
    "already": "what it makes is in the base already",
    "contradicts": "its context is not that of the base",
    "unknown": "nothing of it can be compared with the base",
}
EXTENTS: Final[dict[str, str]] = {
    "read": "all of it was read",
    "partly": "partly read",
    "nothing": "nothing of it is modelled",
}
C_NAMES: Final[dict[str, str]] = {
    "vm_normal_page": "normal",
    "vm_normal_folio": "normal",
    "vm_normal_any_page": "any",
    "vm_normal_lru_page": "lru",
    "vm_normal_page_pmd": "pmd",
    "vm_normal_folio_pmd": "pmd",
}


@dataclass(frozen=True, slots=True)
class SiteChange:
    """One site's rule before and after the patch."""

    site: str
    before: SiteRule
    after: SiteRule


@dataclass(frozen=True, slots=True)
class LookupChange:
    """One lookup's body before and after; None where it does not exist."""

    name: str
    before: LookupBody | None
    after: LookupBody | None


@dataclass(frozen=True, slots=True)
class Stop:
    """What stopped the reader: a word of the patch (or "") and the line of the input it is on."""

    word: str
    line: int
    why: str

    def text(self) -> str:
        """The reason with its place, as one clause."""
        return f"{self.why} (line {self.line})" if self.line else self.why


@dataclass(frozen=True, slots=True)
class Fit:
    """How a hunk fits its base: a word of ``FITS``, and what that rests on, in words."""

    word: str = "unknown"
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HunkReading:
    """What one hunk was read as: a word of ``CLASSES``, and why in words.

    Of a hunk that was not read, or not all of it: ``stopped_by`` says at which words,
    ``known`` what goes or comes all the same, ``touches`` which records it may alter beside
    those that were read (sites by name, ``lookup any``, ``flag FOLL_LRU``, ``predicate ...``,
    ``behaviour ...``), ``makes`` which kinds of pages its function brings about.
    """

    file: str
    function: str
    hunk: str
    line: int
    kind: str
    why: str
    sites: tuple[str, ...] = ()
    stopped_by: tuple[Stop, ...] = ()
    known: tuple[str, ...] = ()
    touches: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    fit: Fit = Fit()

    @property
    def place(self) -> str:
        """Where it is, as a person looks for it: file and function."""
        return f"{self.file}:{self.function}" if self.function else self.file

    @property
    def matters(self) -> bool:
        """Was something of it not read that may alter what is modelled?

        Of one that is executed, what no translation shows.
        """
        hidden = self.kind == "executed" and self.stopped_by
        return bool(self.touches or self.makes or hidden)

    def could_undo(self, names: Iterable[str], kinds: Iterable[str] = ()) -> bool:
        """Could what was not read of it undo something said of these records and page kinds?

        Without kinds, whatever makes pages or entries could.
        """
        wanted = {*names}
        wanted |= {f"lookup {name}" for name in wanted}
        pages = {*kinds}
        made = {*self.makes} & pages if pages else {*self.makes}
        return bool(made or wanted & {*self.touches})


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that was understood of one patch, and everything that was not.

    ``names`` are the C names of the lookups after the patch, ``earlier`` the hunks that were
    not read in earlier parts of the series, ``files`` what all parts up to this one change; a
    series hands them on.
    """

    patch: Patch
    base: Kernel
    kernel: Kernel
    sites: tuple[SiteChange, ...]
    lookups: tuple[LookupChange, ...]
    flags: tuple[str, ...]
    renames: tuple[tuple[str, str], ...]
    hunks: tuple[HunkReading, ...]
    notes: tuple[str, ...]
    names: tuple[tuple[str, str], ...]
    earlier: tuple[HunkReading, ...] = ()
    files: tuple[str, ...] = ()
    stands: str = ""  # is the patch in the tree? in words
    execution: "Execution | None" = None

    @property
    def not_modelled(self) -> tuple[HunkReading, ...]:
        """The hunks that no rule stands for, each with the reason."""
        return tuple(hunk for hunk in self.hunks if hunk.kind in NOT_MODELLED)

    @property
    def unread(self) -> tuple[HunkReading, ...]:
        """The hunks of which something was not read that may alter what is modelled."""
        return tuple(hunk for hunk in self.hunks if hunk.matters)

    @property
    def partly(self) -> bool:
        """Was something modelled not read?"""
        return any(hunk.matters for hunk in self.hunks)

    @property
    def elsewhere(self) -> tuple[HunkReading, ...]:
        """The hunks of C code that was not read, in places where nothing is modelled."""
        return tuple(
            hunk
            for hunk in self.not_modelled
            if not hunk.matters and hunk.file.endswith((".c", ".h", ".S"))
        )

    @property
    def extent(self) -> str:
        """How much was read: a word of ``EXTENTS``.

        "nothing": no rule came out of any hunk, and some hunk is code that was not read.
        """
        if self.partly:
            return "partly"
        rules = any(
            hunk.kind in ("site", "lookup", "flag", "rename", "executed") for hunk in self.hunks
        )
        return "nothing" if self.not_modelled and not rules else "read"

    def could_undo(
        self, names: Iterable[str], kinds: Iterable[str] = ()
    ) -> tuple[HunkReading, ...]:
        """The hunks whose unread part could undo a finding or a denial.

        ``names`` are sites, lookups or the names of ``units.Unit``; ``kinds`` the kinds of
        pages it is about, () when it is about any.  Hunks of earlier parts of the series come
        after those of this patch: they are in ``earlier``.
        """
        given = tuple(names), tuple(kinds)
        return tuple(hunk for hunk in (*self.hunks, *self.earlier) if hunk.could_undo(*given))

    def of_fit(self, word: str) -> tuple[HunkReading, ...]:
        """The hunks that fit the base like this: a word of ``FITS``."""
        return tuple(hunk for hunk in self.hunks if hunk.fit.word == word)

    @property
    def fit(self) -> Fit:
        """How the patch as a whole fits its base: the worst of its hunks that can be told.

        "already" only when no hunk fits: then the base has all of it.
        """
        for word in ("contradicts", "fits", "already"):
            found = self.of_fit(word)
            if found:
                said = [e for hunk in found for e in hunk.fit.evidence]
                return Fit(word, tuple(dict.fromkeys(said)))
        return Fit()

    @property
    def comment_hunks(self) -> tuple[HunkReading, ...]:
        """The hunks that change comments only."""
        return tuple(hunk for hunk in self.hunks if hunk.kind == "comment")

    def counts(self) -> dict[str, int]:
        """How many hunks (and files without one) each class has; they add up to all."""
        found = dict.fromkeys(CLASSES, 0)
        for hunk in self.hunks:
            found[hunk.kind] += 1
        return {kind: count for kind, count in found.items() if count}
