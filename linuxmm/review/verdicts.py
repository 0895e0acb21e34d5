"""What each choice of a patch is worth: forced, observable, free, joint, unreachable, unknown.

A site's choice is judged by taking it back alone and replaying the paths on which the site
looked a page up.  Sites that the patch left alone are asked the opposite question: what if they,
too, refused the pages that the changed ones refuse now?
"""

from collections.abc import Callable
from dataclasses import dataclass

from linuxmm.explore.catalogue import SETUPS
from linuxmm.explore.flips import other_choice, refuses_devices
from linuxmm.explore.paths import Path
from linuxmm.explore.replay import KernelPair, Observed, try_observe
from linuxmm.explore.search import CHANGED, FIXED, INTRODUCED, Difference, Found, Search
from linuxmm.explore.shrink import Witness, shrink, witness_of
from linuxmm.kernels import Kernel, SiteRule
from linuxmm.state.vocabulary import FOLL_LRU, SITES, UNMODELLED_SITES

FORCED, OBSERVABLE, FREE = "forced", "observable", "free"
JOINT, UNREACHABLE, UNKNOWN = "joint", "unreachable", "unknown"
PATHS_PER_SITE = 900
PATHS_PER_PAIR = 24
PATHS_PER_BLIND = 300


@dataclass(frozen=True)
class Verdict:
    """What is known of one site's choice; `why` is one clause, the witness shows it."""

    site: str
    before: SiteRule
    after: SiteRule
    verdict: str
    why: str
    witness: Witness | None = None

    def text(self) -> str | None:
        """The witness as a scenario file."""
        if self.witness is None:
            return None
        name = self.site.rpartition(":")[2].strip("_").replace("_", "-").replace("#", "-")
        return self.witness.text(f"{self.verdict}-{name}", f"{self.site}: {self.why}.")


class Verdicts:
    """Judges sites of the after kernel by replaying paths that the search reached."""

    def __init__(
        self,
        before: Kernel,
        after: Kernel,
        found: Found,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.before, self.after, self.found = before, after, found
        self.progress = progress
        self.changed = [
            rule.site for rule in after.sites if before.site(rule.site).rules() != rule.rules()
        ]

    def of_changed(self) -> list[Verdict]:
        """One verdict for every site whose record the change altered."""
        verdicts = []
        for i, site in enumerate(self.changed):
            if self.progress:
                self.progress(i, len(self.changed))
            verdicts.append(self._judge(site))
        return verdicts

    def of_untouched(self) -> list[Verdict]:
        """Sites that the change left alone but that meet pages its sites refuse now."""
        if not any(self._refuses_now(site) for site in self.changed):
            return []
        verdicts = []
        for rule in self.after.sites:
            skip = rule.absent or rule.site in self.changed or rule.site in UNMODELLED_SITES
            if skip or SITES.index(rule.site) not in self.found.reached:
                continue
            refusing = refuses_devices(self.after, rule)
            verdict = self._blind(rule, refusing)
            if verdict is not None:
                verdicts.append(verdict)
        return verdicts

    def _refuses_now(self, site: str) -> bool:
        """Does this site refuse device pages now that it took before?"""
        return _refuses(self.after.site(site)) and not _refuses(self.before.site(site))

    # --- one site ---
    def _judge(self, site: str) -> Verdict:
        before, after = self.before.site(site), self.after.site(site)
        if site in UNMODELLED_SITES:
            why = f"{UNMODELLED_SITES[site]} is not modelled"
            return Verdict(site, before, after, UNKNOWN, why)
        other = other_choice(self.after, before, after)
        if after.absent or other is None:
            return Verdict(site, before, after, UNKNOWN, "there is no other choice to compare")
        paths = self._paths(site)
        if not paths:
            return Verdict(site, before, after, UNREACHABLE, "no path of the search looks here")
        flipped = self.after.with_site(other)
        search = replay(flipped, self.after, paths, stop_at=FIXED)
        return self._verdict(site, before, after, flipped, search, paths)

    def _verdict(
        self,
        site: str,
        before: SiteRule,
        after: SiteRule,
        flipped: Kernel,
        search: Search,
        paths: list[Path],
    ) -> Verdict:
        pair = KernelPair.of(flipped, self.after)
        for side, verdict in ((FIXED, FORCED), (INTRODUCED, OBSERVABLE), (CHANGED, OBSERVABLE)):
            difference = first_of(search.found, side)
            if difference is not None:
                why = _why(side, difference)
                witness = smallest(difference, pair)
                return Verdict(site, before, after, verdict, why, witness)
        if not search.has_diverged:
            why = "the lookups never answer differently within the bounds"
            return Verdict(site, before, after, UNREACHABLE, why)
        joint = self._joint(site, flipped, paths)
        return joint or Verdict(
            site, before, after, FREE, "the lookups answer differently, nothing ever shows it"
        )

    def _joint(self, site: str, flipped: Kernel, paths: list[Path]) -> Verdict | None:
        """Does the choice matter once another changed site chooses otherwise, too?"""
        before, after = self.before.site(site), self.after.site(site)
        for partner in self.changed:
            if partner == site or partner in UNMODELLED_SITES:
                continue
            other = other_choice(self.after, self.before.site(partner), self.after.site(partner))
            if other is None or other.absent or self.after.site(partner).absent:
                continue
            one, both = self.after.with_site(other), flipped.with_site(other)
            search = replay(both, one, paths[:PATHS_PER_PAIR], stop_at=FIXED)
            difference = first_of(search.found, FIXED) or first_of(search.found, CHANGED)
            if difference is not None:
                why = f"shows only together with {partner}"
                witness = smallest(difference, KernelPair.of(both, one))
                return Verdict(site, before, after, JOINT, why, witness)
        return None

    def _blind(self, rule: SiteRule, refusing: SiteRule) -> Verdict | None:
        """An untouched site: does refusing these pages here, too, make a difference?"""
        refuser = self.after.with_site(refusing)
        paths = self._paths(rule.site)[:PATHS_PER_BLIND]
        search = replay(refuser, self.after, paths, stop_at=FIXED)
        if not search.has_diverged or first_of(search.found, FIXED) is not None:
            return None  # it never meets them, or rightly takes them
        pair = KernelPair.of(refuser, self.after)
        for side in (INTRODUCED, CHANGED):
            difference = first_of(search.found, side)
            if difference is not None:
                what = difference.what
                broken = f"still takes them, which breaks {what}"
                why = broken if side == INTRODUCED else f"still takes them: {what} shows it"
                verdict = "breaks" if side == INTRODUCED else OBSERVABLE
                return Verdict(rule.site, rule, rule, verdict, why, smallest(difference, pair))
        return Verdict(rule.site, rule, rule, FREE, "still takes them, nothing shows it")

    def _paths(self, site: str) -> list[Path]:
        """Paths that looked a page up here, small ones first, every set-up in its turn.

        Those on which the search found a difference go with them: they reach further.
        """
        paths = [*self.found.reached.get(SITES.index(site), ())]
        if paths:
            telling = sorted({(len(d.path.lines()), d.path.text()): d.path
                              for d in self.found.differences.values()}.items())  # fmt: skip
            paths += [path for _, path in telling if path not in paths]
        turn: dict[str, int] = {}
        ranked: list[tuple[int, int, int, Path]] = []
        for path in paths:
            n = turn[path.setup.name] = turn.get(path.setup.name, 0) + 1
            ranked.append((len(path.actions), n, len(ranked), path))
        return [path for *_, path in sorted(ranked, key=lambda r: r[:3])][:PATHS_PER_SITE]


def _refuses(rule: SiteRule) -> bool:
    names = {name for _, name in rule.lookup}
    return (
        "lru" in names
        or bool(rule.flags & FOLL_LRU)
        or any(test.refuse == "zone_device" for test in rule.tests)
    )


def _why(side: str, difference: Difference) -> str:
    if side == FIXED:
        return f"the other choice breaks {difference.what}"
    if side == INTRODUCED:
        return f"this choice breaks {difference.what}, the other does not"
    return f"{difference.what} shows it"


def replay(before: Kernel, after: Kernel, paths: list[Path], *, stop_at: str) -> Search:
    """Two kernels on given paths with probes at their ends; stops once `stop_at` is found."""
    search = Search(before, after, setups=SETUPS)
    for path in sorted(paths, key=lambda p: len(p.lines())):
        search.replay(path)
        if first_of(search.found, stop_at) is not None:
            break
    return search


def first_of(found: Found, side: str) -> Difference | None:
    """The smallest difference of one side."""
    of_side = [d for d in found.differences.values() if d.side == side]
    return min(of_side, key=lambda d: (len(d.path.lines()), d.what), default=None)


def smallest(difference: Difference, pair: KernelPair) -> Witness | None:
    """The minimal scenario that shows a difference in its last step."""

    def shown(witness: Witness) -> bool:
        observed: list[Observed] = try_observe(witness.text("witness", "x"), pair) or []
        last = len(witness.steps) - 1
        return any(
            o.step == last
            and (o.side, o.what) == (difference.side, difference.what)
            and (o.side == CHANGED or o.page_kind == difference.page_kind)
            for o in observed
        )

    start = witness_of(difference.path.text())
    return shrink(start, shown) if shown(start) else start
