"""Does one kernel keep its promises, and which lookups could each of its sites use?

The catalogue is walked on one kernel; every promise that breaks is kept with the smallest
scenario.  Then each site is given every other lookup the kernel has, and asked to refuse device
pages: does that break a promise, show in a result, or make no difference?
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from linuxmm.explore.catalogue import SETUPS
from linuxmm.explore.extra import EXTRA_SETUPS
from linuxmm.explore.flips import (
    PTE_LOOKUPS,
    CellFlip,
    has_lookup,
    refuses_devices,
    with_all_lookups,
)
from linuxmm.explore.invariants import Violation, check_drained, check_state
from linuxmm.explore.mutate import Mutator, modelled_sites
from linuxmm.explore.trails import Gatherer, Trail, Trails
from linuxmm.explore.walker import Walker
from linuxmm.kernels import Kernel, LookupBody, SiteRule
from linuxmm.state.vocabulary import FOLL_LRU

BREAKS, MENDS, OBSERVABLE, FREE, UNREACHED = "breaks", "mends", "observable", "free", "unreached"
MORE_TRAILS = 400  # looked at for something worse, once a choice has shown


@dataclass(frozen=True)
class BrokenPromise:
    """A promise that the kernel breaks, and the smallest trail on which it does."""

    violation: Violation
    trail: Trail


@dataclass(frozen=True)
class Choice:
    """One thing a site could do instead, and what that would change."""

    site: str
    choice: str
    verdict: str
    shows: str = ""
    trail: str = ""


class Checker:
    """Walks one kernel and judges the choices of its sites."""

    def __init__(
        self, kernel: Kernel, *, progress: Callable[[int, int, str], None] | None = None
    ) -> None:
        self.kernel, self.progress = kernel, progress
        self._broken: dict[tuple[str, str, str], BrokenPromise] = {}
        self._mutator = Mutator(kernel, modifiers=1, progress=progress)

    def broken(self) -> list[BrokenPromise]:
        """Every promise broken in the catalogue, by promise, page kind and site."""
        self.walk()
        return self.found

    def walk(self) -> None:
        """Walk through the catalogue; what is broken is in `found`, also when this breaks off."""
        gatherer = Gatherer(self.kernel, modifiers=1, progress=self._walking, seen=self._look)
        gatherer.gather((*SETUPS, *EXTRA_SETUPS))

    @property
    def found(self) -> list[BrokenPromise]:
        """The promises found broken so far."""
        return [self._broken[key] for key in sorted(self._broken)]

    def _walking(self, done: int, total: int) -> None:
        if self.progress:
            self.progress(done, total, "walking through the catalogue")

    def _look(self, walker: Walker, trail: Trail) -> None:
        m, k = walker.machine.block.m, walker.machine.k
        for violation in (*walker.broken, *check_state(m, k), *check_drained(walker.machine)):
            key = (violation.invariant, violation.page_kind, violation.site)
            known = self._broken.get(key)
            if known is None or len(trail.steps) < len(known.trail.steps):
                self._broken[key] = BrokenPromise(violation, trail)

    # --- choices ---
    def gather(self) -> Trails:
        """The trails on which choices are judged; else the first one waits for them."""
        return self._mutator.gather()

    def choices(self, sites: list[str] | None = None) -> list[Choice]:
        """Every other choice of every modelled site."""
        return [self.judge(flip) for flip in self.flips(sites)]

    def flips(self, sites: list[str] | None = None) -> list[CellFlip]:
        """What each site (all that are modelled) could do instead."""
        wanted = sites if sites is not None else modelled_sites(self.kernel)
        return [f for site in wanted for f in other_choices(self.kernel, self.kernel.site(site))]

    def judge(self, flip: CellFlip) -> Choice:
        """What one of them would change."""
        return judge(self._mutator, flip)


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


def judge(mutator: Mutator, flip: CellFlip) -> Choice:
    """The worst that a choice does: a promise broken, then one mended, then anything shown."""
    worst: dict[str, Choice] = {}
    trails = mutator.trails.of(flip.site)
    until = len(trails)
    for i, (trail, step, by) in mutator.differences(flip, trails):
        if i > until:
            break
        until = min(until, i + MORE_TRAILS)
        verdict = next((v for v in (BREAKS, MENDS) if by.startswith(v)), OBSERVABLE)
        shows = by.partition(" ")[2] if verdict != OBSERVABLE else f"{step}: {by}"
        worst.setdefault(verdict, Choice(flip.site, flip.new, verdict, shows, trail.name))
        if verdict == BREAKS:
            break
    for verdict in (BREAKS, MENDS, OBSERVABLE):
        if verdict in worst:
            return worst[verdict]
    return Choice(flip.site, flip.new, FREE if trails else UNREACHED)
