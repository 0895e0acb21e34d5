# SPDX-License-Identifier: GPL-2.0-or-later
"""What a search finds: differences by side and signature, and what nobody could decide."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from typing import Final

from linuxmm.explore.paths import Path
from linuxmm.explore.watch import Cell
from linuxmm.promises.record import Key, Violation

INTRODUCED: Final = "introduced"
FIXED: Final = "fixed"
REMAINING: Final = "remaining"
CHANGED: Final = "changed"
Signature = tuple[str, str, str, frozenset[int]]


@dataclass(frozen=True)
class Difference:
    """One thing that one kernel does and the other does not (or, remaining, both do).

    `what`: an invariant's id, or the verb whose outcome differs.  `sites`: rows of the sites
    that had answered differently when it showed.
    """

    side: str
    what: str
    page_kind: str
    sites: frozenset[int]
    path: Path
    text: str

    @property
    def signature(self) -> Signature:
        return (self.side, self.what, self.page_kind, self.sites)


@dataclass(frozen=True)
class Undecided:
    """A step that one of two kernels can make and the other leads out of what is modelled.

    `who`: "before" or "after", the kernel that cannot be followed; `why`: what it needs.
    """

    who: str
    why: str
    sites: frozenset[int]
    path: Path


@dataclass
class Bounds:
    """How far the search went, in counts; `not_modelled`: what it could not follow, how often."""

    setups: int = 0
    steps: int = 0
    states: int = 0
    depth: int = 0
    not_modelled: dict[str, int] = field(default_factory=dict)


@dataclass
class Found:
    """What a search found: differences by signature, paths that reach each site or ask a cell.

    `answered`: lookups, tests or predicates did answer differently; `diverged`: those, or
    something else that differs was read.  `parted`: after some step the states were different.
    """

    differences: dict[Signature, Difference] = field(default_factory=dict)
    undecided: dict[tuple[str, str], Undecided] = field(default_factory=dict)
    reached: dict[int, list[Path]] = field(default_factory=dict)
    asked: dict[Cell, list[Path]] = field(default_factory=dict)
    bounds: Bounds = field(default_factory=Bounds)
    answered: bool = False
    diverged: bool = False
    parted: bool = False

    def add(self, difference: Difference) -> None:
        """Keep the smallest path of each signature (paths come in order of size per set-up)."""
        known = self.differences.get(difference.signature)
        if known is None or _size(difference.path) < _size(known.path):
            self.differences[difference.signature] = difference

    def cannot_decide(self, one: Undecided) -> None:
        """Keep the smallest path of each thing that is needed and not modelled."""
        known = self.undecided.get((one.who, one.why))
        if known is None or _size(one.path) < _size(known.path):
            self.undecided[one.who, one.why] = one

    def of_side(self, *sides: str) -> list[Difference]:
        """The differences of these sides, small ones first."""
        found = [d for d in self.differences.values() if d.side in sides]
        return sorted(found, key=lambda d: (*_size(d.path), d.what))


def _size(path: Path) -> tuple[int, int]:
    return (len(path.lines()), len(path.actions))


@dataclass(frozen=True)
class Did:
    """Promises about steps that each kernel has broken so far on a path."""

    before: frozenset[Key] = frozenset()
    after: frozenset[Key] = frozenset()

    def then(self, before: Iterable[Violation], after: Iterable[Violation]) -> "Did":
        """What they did, these included; what a state breaks is left out: it may heal."""
        old = self.before.union(v.key for v in before if not v.lasting)
        new = self.after.union(v.key for v in after if not v.lasting)
        return self if (old, new) == (self.before, self.after) else Did(old, new)

    def side(self, key: Key, before: Container[Key], after: Container[Key]) -> str:
        """Who broke a promise, now or earlier: a fault that only comes later is the same fault."""
        if key not in after and key not in self.after:
            return FIXED
        return REMAINING if key in before or key in self.before else INTRODUCED

    def digest(self) -> bytes:
        """Both sets as bytes."""
        return repr((sorted(self.before), sorted(self.after))).encode()


NOTHING_DID: Final = Did()
