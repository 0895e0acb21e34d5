"""What a patch was read as: the rules it changes, and the class of every hunk."""

from dataclasses import dataclass
from typing import Final

from linuxmm.kernels import Kernel, LookupBody, SiteRule
from linuxmm.review.patch import Patch

CLASSES: Final[dict[str, str]] = {
    "site": "changes the rule of a site",
    "lookup": "changes or defines a lookup",
    "flag": "defines a FOLL_ flag",
    "prototype": "declares lookups",
    "rename": "a lookup under another name: the same rules",
    "comment": "comments only",
    "blank": "white space or declarations only",
    "file": "a file that is not modelled",
    "function": "a function without a site",
    "shape": "a modelled function, changed in a way that rules cannot express",
}
NOT_MODELLED: Final = ("file", "function", "shape")
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
class HunkReading:
    """What one hunk was read as: a word of ``CLASSES``, and why in words."""

    file: str
    function: str
    hunk: str
    line: int
    kind: str
    why: str
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that was understood of one patch, and everything that was not.

    ``names`` are the C names of the lookups after the patch; a series hands them on.
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

    @property
    def not_modelled(self) -> tuple[HunkReading, ...]:
        """The hunks that no rule stands for, each with the reason."""
        return tuple(hunk for hunk in self.hunks if hunk.kind in NOT_MODELLED)

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
