"""From raw differences to findings: cause, group, smallest witness, one sentence.

A search returns many differences.  Those that vanish when the same part of the change is taken
back belong together; of each group the smallest path is made minimal and kept as the witness.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2b

from linuxmm.explore.replay import KernelPair, Observed, try_observe
from linuxmm.explore.search import CHANGED, FIXED, INTRODUCED, REMAINING, Difference, Found
from linuxmm.explore.shrink import Witness, shrink, witness_of
from linuxmm.kernels import Kernel
from linuxmm.review.units import Unit, units_of
from linuxmm.state.vocabulary import SITES

OBSERVABLE = "observable"

PROMISES = {
    "bad-page-map": "a lookup reports a bad page map for a mapping that the kernel itself made",
    "lru-device": "a device page gets onto an LRU list, or on its way to one",
    "ksm-device": "ksmd takes a device page into a tree, or merges one",
    "ksm-device-migrated": "a device page stands in for a KSM page",
    "foll-lru": "a lookup that asked for LRU pages returns a device page",
    "refcount": "a page reference is lost or leaked",
    "mapcount": "a mapcount no longer counts the entries",
    "rss": "an rss counter no longer counts the entries",
    "mlock": "a page stays marked mlocked although no locked VMA maps it",
    "content": "data is lost, or seen by the wrong process",
    "pin": "a pinned page is moved away, or pinned where it must not be",
    "device-return": "an unused device page does not go back to its driver",
    "rmap": "a mapped page can no longer be found from its page",
    "isolated": "a page is left isolated",
    "report": "a file under /proc contradicts the page tables",
}


@dataclass(frozen=True)
class Finding:
    """One bug, or one visible change, as a maintainer would call it."""

    side: str
    invariant: str  # an id, or "observable"
    verb: str  # of an observable difference: the step that shows it
    page_kind: str
    sites: tuple[str, ...]
    cause: tuple[str, ...]
    explanation: str
    witness: Witness
    rests_on: tuple[str, ...]

    @property
    def id(self) -> str:
        """Stable over runs: what, where, of which pages, by which change."""
        key = "\0".join((self.side, self.invariant, self.page_kind, *self.cause, *self.sites))
        return blake2b(key.encode(), digest_size=6).hexdigest()

    def text(self) -> str:
        """The witness as a scenario file."""
        what = self.invariant if self.invariant != OBSERVABLE else self.verb.replace("_", "-")
        kind = f"-{self.page_kind}" if self.page_kind else ""
        return self.witness.text(f"{what}{kind}", self.explanation)


@dataclass(frozen=True)
class Cause:
    """The parts of the change without which a difference is gone."""

    units: tuple[Unit, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(unit.name for unit in self.units)


class Findings:
    """Turns what a search found between two kernels into findings."""

    def __init__(
        self, before: Kernel, after: Kernel, progress: Callable[[int, int], None] | None = None
    ) -> None:
        self.before, self.after = before, after
        self.pair = KernelPair.of(before, after)
        self.units = units_of(before, after)
        self.partial = {unit.name: KernelPair.of(before, unit.without) for unit in self.units}
        self.progress = progress

    def of(self, found: Found) -> list[Finding]:
        """Findings in a fixed order: introduced, changed, fixed, remaining; small ones first."""
        groups: dict[tuple[str, ...], list[tuple[Difference, Cause]]] = {}
        differences = sorted(found.differences.values(), key=_order)
        for i, difference in enumerate(differences):
            if self.progress:
                self.progress(i, len(differences))
            cause = self.cause(difference)
            groups.setdefault(_group(difference, cause), []).append((difference, cause))
        findings = [self._finding(members) for members in groups.values()]
        return _without_repetition([f for f in findings if f is not None])

    # --- causes ---
    def cause(self, difference: Difference) -> Cause:
        """The parts of the change that, each taken back alone, make the difference vanish."""
        if difference.side == REMAINING:
            return Cause(())
        text = difference.path.text()
        guilty: list[Unit] = []
        for unit in self.units:
            if unit.site and guilty and not guilty[0].site:
                break  # a lookup's body explains it: its callers would all be named as well
            if not self._shows(text, self.partial[unit.name], difference):
                guilty.append(unit)
        return Cause(tuple(guilty))

    def _shows(self, text: str, pair: KernelPair, difference: Difference) -> bool:
        observed = try_observe(text, pair)
        return observed is None or any(_same(o, difference) for o in observed)

    # --- findings ---
    def _finding(self, members: list[tuple[Difference, Cause]]) -> Finding | None:
        difference, cause = min(members, key=lambda member: _order(member[0]))
        shown = self._smallest(difference)
        if shown is None:
            return None
        witness, observed = shown
        sites = _sites(members, cause)
        invariant = difference.what if difference.side != CHANGED else OBSERVABLE
        kinds = sorted({d.page_kind for d, _ in members if d.page_kind})
        return Finding(
            difference.side,
            invariant,
            difference.what if invariant == OBSERVABLE else "",
            difference.page_kind,
            sites,
            cause.names,
            self._explain(difference, observed, cause, kinds),
            witness,
            self._rests_on(sites),
        )

    def _smallest(self, difference: Difference) -> tuple[Witness, Observed] | None:
        start = witness_of(difference.path.text())

        def shown(witness: Witness) -> Observed | None:
            observed = try_observe(witness.text("witness", "x"), self.pair)
            if observed is None:
                return None
            last = len(witness.steps) - 1
            matching = [o for o in observed if _same(o, difference) and o.step == last]
            return matching[0] if matching else None

        if shown(start) is None:
            return None
        smallest = shrink(start, lambda witness: shown(witness) is not None)
        observed = shown(smallest)
        return (smallest, observed) if observed else None

    def _explain(
        self, difference: Difference, observed: Observed, cause: Cause, kinds: list[str]
    ) -> str:
        pages = " and ".join(kinds) or "such"
        because = "; ".join(dict.fromkeys(unit.text for unit in _leading(cause.units)))
        if difference.side == CHANGED:
            text = f"{difference.what} of {pages} pages answers otherwise"
        else:
            promise = PROMISES.get(difference.what, difference.what)
            text = promise[0].upper() + promise[1:] + f" ({pages} pages)"
        text = text[0].upper() + text[1:]
        return f"{text}: {because}." if because else f"{text}."

    def _rests_on(self, sites: tuple[str, ...]) -> tuple[str, ...]:
        words = set()
        for site in sites:
            for kernel in (self.before, self.after):
                rule = kernel.site(site)
                if not rule.absent:
                    words.add(rule.rests_on)
        return tuple(word for word in ("read", "known", "reasoned") if word in words) or ("read",)


def _leading(units: tuple[Unit, ...]) -> tuple[Unit, ...]:
    """Callers that gained a flag speak for the lookup that obeys it."""
    callers = tuple(u for u in units if u.site and "FOLL_" in u.text and "asks" not in u.text)
    return callers or units


def _sites(members: list[tuple[Difference, Cause]], cause: Cause) -> tuple[str, ...]:
    """Where it shows: sites named by events, the guilty sites, else where the kernels parted."""
    named = {unit.site for unit in cause.units if unit.site}
    parted = {SITES[site] for difference, _ in members for site in difference.sites}
    return tuple(sorted(named or parted))


def _same(observed: Observed, difference: Difference) -> bool:
    """Is this the same fault: side, promise or verb, page kind, and where an event said so?"""
    if observed.side != difference.side or observed.what != difference.what:
        return False
    if difference.side == CHANGED:
        return True
    if observed.page_kind != difference.page_kind:
        return False
    return not observed.site or SITES.index(observed.site) in difference.sites


def _group(difference: Difference, cause: Cause) -> tuple[str, ...]:
    if difference.side == REMAINING or not cause.names:
        return (difference.side, difference.what, difference.page_kind)
    return (difference.side, *cause.names)


SIDES = (INTRODUCED, CHANGED, FIXED, REMAINING)


def _order(difference: Difference) -> tuple[int, int, str, str, tuple[int, ...]]:
    path = difference.path
    return (
        SIDES.index(difference.side),
        len(path.lines()),
        difference.what,
        path.text(),
        tuple(sorted(difference.sites)),
    )


def _without_repetition(findings: list[Finding]) -> list[Finding]:
    """One finding for each fault and smallest witness; in a fixed order."""
    kept: dict[tuple[str, str, tuple[str, ...]], Finding] = {}
    for finding in findings:
        key = (finding.side, finding.invariant, finding.witness.steps)
        known = kept.get(key)
        if known is None:
            kept[key] = finding
        else:
            sites = tuple(sorted({*known.sites, *finding.sites}))
            kept[key] = replace(known, sites=sites)
    return sorted(
        kept.values(),
        key=lambda f: (SIDES.index(f.side), len(f.witness.steps), f.invariant, f.sites),
    )
