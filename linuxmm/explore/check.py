# SPDX-License-Identifier: GPL-2.0-or-later
"""Does one kernel keep its promises, and which choices could each of its sites make?

One search with the kernel on both sides finds every promise it breaks, each with the smallest
scenario.  Then each site is given every other lookup the kernel has, and asked to refuse device
pages: the same engine and the same words as in a review.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from linuxmm.explore.difference import FIXED, Bounds, Found
from linuxmm.explore.flips import (
    PTE_LOOKUPS,
    CellFlip,
    has_lookup,
    refuses_devices,
    with_all_lookups,
)
from linuxmm.explore.judge import (
    FORCED,
    FREE,
    OBSERVABLE,
    UNDECIDED,
    UNREACHABLE,
    Judged,
    not_shown,
    paths_to,
    shown,
)
from linuxmm.explore.mutate import modelled_sites
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.paths import Path
from linuxmm.explore.search import Search, replay
from linuxmm.kernels import Kernel, LookupBody, SiteRule
from linuxmm.state.flags import FOLL_LRU

WORST = (FORCED, OBSERVABLE, FREE, UNDECIDED, UNREACHABLE)


@dataclass(frozen=True)
class Choice:
    """One thing a site could do instead, and what its own choice is worth against that."""

    site: str
    choice: str
    judged: Judged


class Checker:
    """Walks one kernel and judges the choices of its sites.

    `found`: what the walk has found so far, also when it breaks off; every difference of it is a
    promise that the kernel breaks.
    """

    def __init__(
        self, kernel: Kernel, *, progress: Callable[[int, int, str], None] | None = None
    ) -> None:
        self.kernel, self.progress = kernel, progress
        self._search = Search(kernel, kernel, progress=self._walking)
        self._walked = False

    @property
    def found(self) -> Found:
        return self._search.found

    def walk(self) -> Found:
        """Walk through the catalogue, once."""
        if not self._walked:
            self._search.run()
            self._walked = True
        return self.found

    def _walking(self, done: int, total: int) -> None:
        if self.progress:
            self.progress(done, total, "walking through the catalogue")

    def choices(self, sites: list[str] | None = None) -> list[Choice]:
        """Every other choice of every modelled site."""
        return [self.judge(flip) for flip in self.flips(sites)]

    def flips(self, sites: list[str] | None = None) -> list[CellFlip]:
        """What each site (all that are modelled) could do instead."""
        wanted = sites if sites is not None else modelled_sites(self.kernel)
        return [f for site in wanted for f in other_choices(self.kernel, self.kernel.site(site))]

    def judge(self, flip: CellFlip) -> Choice:
        """What the site's own choice is worth against another one."""
        return Choice(flip.site, flip.new, self._judged(flip))

    def _judged(self, flip: CellFlip) -> Judged:
        paths = paths_to(self.walk(), flip.site)
        return judged(flip.kernel, self.kernel, paths, self.found.bounds)

    def took(self, found: Found) -> Found:
        """The walk was made elsewhere: this is what it found."""
        self._search.found, self._walked = found, True
        return found


def judged(other: Kernel, kernel: Kernel, paths: list[Path], bounds: Bounds) -> Judged:
    """What the kernel is worth against another one on the paths of a walk with these bounds."""
    pair = KernelPair.of(other, kernel)
    found = replay(pair, paths, FIXED) if paths else None
    told = shown(found, pair) if found else None
    if told is None and found and found.answered:
        return Judged(FREE, "the lookups answer differently, nothing ever shows it")
    return told or not_shown(bounds, found, at_site=True, reached=bool(paths))


def verdict_of(choices: list[Choice]) -> str:
    """The verdict on a site: its choice against the one that tells most."""
    return min((choice.judged.verdict for choice in choices), key=WORST.index)


def other_choices(kernel: Kernel, rule: SiteRule) -> Iterator[CellFlip]:
    """The lookups that this kernel has for the site, beside the one it uses."""
    last = rule.lookup[-1][1]
    if last == "follow_page" and any(name == "FOLL_LRU" for name, _ in kernel.foll):
        word = "without FOLL_LRU" if rule.flags & FOLL_LRU else "with FOLL_LRU"
        yield _choice(kernel, replace(rule, flags=rule.flags ^ FOLL_LRU), word)
    elif last in PTE_LOOKUPS:
        for name in PTE_LOOKUPS:
            if has_lookup(kernel, name) and rule.lookup != ((0, name),):
                yield _choice(kernel, replace(rule, lookup=((0, name),)), name)
    refuses = any(test.refuse == "zone_device" for test in rule.tests)
    if not refuses and not has_lookup(kernel, "lru"):
        if last in PTE_LOOKUPS:
            refusing = replace(rule, lookup=((0, "lru"),))
            yield _choice(with_refusing_lookup(kernel), refusing, "refuse device pages")
        elif last == "follow_page":
            yield _choice(kernel, refuses_devices(kernel, rule), "refuse device pages")
    for i, test in enumerate(rule.tests):
        if test.refuse == "zone_device":
            tests = (*rule.tests[:i], *rule.tests[i + 1 :])
            taking = replace(rule, tests=tests)
            yield _choice(kernel, taking, "take device pages")


def with_refusing_lookup(kernel: Kernel) -> Kernel:
    """The kernel with an `lru` that is its `normal` without device pages."""
    then = next(body.then for body in with_all_lookups(kernel).lookups if body.name == "lru")
    return kernel.replace(lookups=(*kernel.lookups, LookupBody("lru", "normal", (), (), then)))


def _choice(kernel: Kernel, rule: SiteRule, word: str) -> CellFlip:
    return CellFlip(rule.site, "choice", "", word, kernel.with_site(rule))
