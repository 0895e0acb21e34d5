# SPDX-License-Identifier: GPL-2.0-or-later
"""The test of the tests: flip every cell of every site's record; does a review notice?

Each flip is a pair of kernels for the same search that a review makes: first on the paths that
reach the flip's site, then, where they show nothing and no reason says that nothing ever can,
through every set-up in which the site is reached.  A flip is reported by the first difference: a
broken promise, one that is mended, another result.  One that nothing reports is silent, unless
`unobservable.py` says why nothing could notice it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from linuxmm.explore.difference import CHANGED, FIXED, INTRODUCED, Difference, Found
from linuxmm.explore.flips import CellFlip, cell_flips
from linuxmm.explore.judge import paths_to
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.paths import Path
from linuxmm.explore.search import Search, replay
from linuxmm.kernels import Kernel
from linuxmm.kernels.unobservable import LATER, Reason, reason_of
from linuxmm.state.sites import SITES, UNMODELLED_SITES

REPORTED: Final = "reported"
UNOBSERVABLE: Final = "unobservable"
WAITING: Final = "not modelled"
SILENT: Final = "silent"
NOTICED: Final = (INTRODUCED, CHANGED, FIXED)


@dataclass(frozen=True)
class Fate:
    """What became of one flip: which difference reported it, or why nothing can notice it.

    `tried`: how many paths were replayed; `searched`: how many states a search expanded then.
    """

    flip: CellFlip
    fate: str
    by: Difference | None = None
    reason: Reason | None = None
    tried: int = 0
    searched: int = 0


def modelled_sites(kernel: Kernel) -> list[str]:
    """The sites of this kernel whose system is modelled, in the order of the records."""
    return [
        rule.site
        for rule in kernel.sites
        if not rule.absent and rule.site not in UNMODELLED_SITES and rule.site in SITES
    ]


class Mutator:
    """Flips the cells of one kernel's records, one at a time."""

    def __init__(
        self,
        kernel: Kernel,
        *,
        modifiers: int = 2,
        progress: Callable[[int, int, str], None] | None = None,
    ) -> None:
        self.kernel, self.modifiers, self.progress = kernel, modifiers, progress
        self._found: Found | None = None

    @property
    def found(self) -> Found:
        """The walk through the catalogue on the kernel itself, made when it is first wanted."""
        return self._found or self.gather()

    def gather(self) -> Found:
        """Walk through the catalogue: every flip is replayed on the paths that this finds."""
        search = Search(self.kernel, self.kernel, modifiers=self.modifiers, progress=self._walking)
        self._found = search.run()
        return self._found

    def _walking(self, done: int, total: int) -> None:
        if self.progress:
            self.progress(done, total, "walking through the catalogue")

    def fates(self, sites: Iterable[str] | None = None) -> list[Fate]:
        """The fate of every cell of these sites (all that are modelled)."""
        return [self.fate(flip) for flip in self.flips(sites)]

    def flips(self, sites: Iterable[str] | None = None) -> list[CellFlip]:
        """Every flip of these sites (all that are modelled)."""
        wanted = list(sites) if sites is not None else modelled_sites(self.kernel)
        return [f for site in wanted for f in cell_flips(self.kernel, self.kernel.site(site))]

    def fate(self, flip: CellFlip) -> Fate:
        """Look for a difference where the flip's site is reached."""
        return fate_of(self.kernel, flip, paths_to(self.found, flip.site), self.modifiers)

    def took(self, found: Found) -> Found:
        """The walk was made elsewhere: this is what it found."""
        self._found = found
        return found


def fate_of(kernel: Kernel, flip: CellFlip, paths: list[Path], modifiers: int) -> Fate:
    """Look for a difference on paths that reach the flip's site, then behind their set-ups."""
    found = replay(KernelPair.of(kernel, flip.kernel), paths, *NOTICED)
    reason = reason_of(kernel, flip)
    searched = 0
    if not found.of_side(*NOTICED) and (reason is None or reason in LATER):
        setups = tuple(dict.fromkeys(path.setup for path in paths))
        search = Search(kernel, flip.kernel, setups=setups, modifiers=modifiers, until=NOTICED)
        found = search.run()
        searched = found.bounds.states
    for difference in found.of_side(*NOTICED)[:1]:
        return Fate(flip, REPORTED, by=difference, tried=len(paths), searched=searched)
    fate = SILENT if reason is None else WAITING if reason in LATER else UNOBSERVABLE
    return Fate(flip, fate, reason=reason, tried=len(paths), searched=searched)
