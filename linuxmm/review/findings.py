"""From raw differences to findings: cause, group, smallest witness, one sentence.

A search returns many differences.  Those that vanish when the same part of the change is taken
back belong together; of each group the smallest path is made minimal and kept as the witness.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final

from linuxmm.errors import NotModelled
from linuxmm.explore.flips import refuses_devices
from linuxmm.explore.invariants import Violation
from linuxmm.explore.replay import (
    KernelPair,
    Observed,
    StepOfOne,
    compared,
    run_one,
    try_observe,
)
from linuxmm.explore.search import CHANGED, FIXED, INTRODUCED, REMAINING, Difference, Found
from linuxmm.explore.shrink import Witness, shrink, witness_of
from linuxmm.kernels import Kernel
from linuxmm.review.sides import Sides, last_steps, sides_of
from linuxmm.review.units import Unit, units_of
from linuxmm.review.wording import broken_promise, sentence_case, visible_change
from linuxmm.scenario.parse import parse
from linuxmm.scenario.tree import Scenario
from linuxmm.state.rules import compile_rules
from linuxmm.state.vocabulary import SITES, UNMODELLED_SITES

OBSERVABLE: Final = "observable"
MECHANISM: Final = "mm/gup.c:follow_page_pte"
RESTS_ON: Final = ("read", "known", "reasoned")
SIDES: Final = (INTRODUCED, CHANGED, FIXED, REMAINING)


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
    sides: Sides
    rests_on: tuple[str, ...]

    @property
    def id(self) -> str:
        """Stable over runs: what, where, of which pages, by which change."""
        key = (self.side, self.invariant, self.verb, self.page_kind, *self.cause, *self.sites)
        return blake2b("\0".join(key).encode(), digest_size=6).hexdigest()

    @property
    def what(self) -> str:
        """The invariant, or the verb whose outcome differs."""
        return self.verb if self.invariant == OBSERVABLE else self.invariant

    def text(self) -> str:
        """The witness as a scenario file."""
        kind = f"-{self.page_kind}" if self.page_kind else ""
        return self.witness.text(f"{self.what.replace('_', '-')}{kind}", self.explanation)


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
        self.partial = {unit.name: compile_rules(unit.without, before) for unit in self.units}
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
        scenario = parse(difference.path.text(), "witness")
        before = run_one(scenario, self.before, self.pair.before_rules)
        after = run_one(scenario, self.after, self.pair.after_rules)
        visited = {SITES[row] for step in (*before, *after) for row in step.visited}
        guilty: list[Unit] = []
        for unit in self.units:
            if unit.site and guilty and not guilty[0].site:
                break  # a lookup's body explains it: its callers would all be named as well
            if unit.site and unit.site not in visited:
                continue
            if not self._shows(scenario, before, unit, difference):
                guilty.append(unit)
        return Cause(tuple(guilty))

    def _shows(
        self, scenario: Scenario, before: list[StepOfOne], unit: Unit, difference: Difference
    ) -> bool:
        """Is the difference still there without one part of the change?"""
        try:
            without = run_one(scenario, unit.without, self.partial[unit.name])
        except NotModelled:
            return True
        return any(_same(o, difference) for o in compared(scenario, before, without))

    # --- findings ---
    def _finding(self, members: list[tuple[Difference, Cause]]) -> Finding | None:
        difference, cause = min(members, key=lambda member: _order(member[0]))
        shown = self._smallest(difference)
        steps = last_steps(shown[0], self.pair) if shown else None
        if shown is None or steps is None:
            return None
        witness, observed = shown
        if difference.side == REMAINING:
            sites = self._guilty(witness, difference) or tuple(filter(None, (observed.site,)))
        else:
            sites = _sites(members, cause)
        kinds = _kinds(members)
        is_change = difference.side == CHANGED
        if is_change:
            said = visible_change(difference.what, kinds, steps[0].result, steps[1].result)
        else:
            said = broken_promise(difference.what, kinds)
        return Finding(
            difference.side,
            OBSERVABLE if is_change else difference.what,
            difference.what if is_change else "",
            difference.page_kind,
            sites,
            cause.names,
            _because(said, difference.side, cause),
            witness,
            sides_of(*steps, common=difference.side == REMAINING),
            self._rests_on((*sites, *(unit.site for unit in cause.units if unit.site))),
        )

    def _smallest(self, difference: Difference) -> tuple[Witness, Observed] | None:
        def shown(witness: Witness) -> Observed | None:
            return shows(witness, self.pair, difference)

        start = witness_of(difference.path.text())
        if shown(start) is None:
            return None
        smallest = shrink(start, lambda witness: shown(witness) is not None)
        observed = shown(smallest)
        return (smallest, observed) if observed else None

    def _guilty(self, witness: Witness, difference: Difference) -> tuple[str, ...]:
        """The sites on a common fault's path that, had they refused device pages, avoid it."""
        scenario = parse(witness.text("witness", "x"), "witness")
        made = run_one(scenario, self.after, self.pair.after_rules)
        key = (difference.what, difference.page_kind)
        guilty = []
        for row in sorted(set().union(*(step.visited for step in made))):
            rule = self.after.site(SITES[row])
            if rule.absent or rule.site in UNMODELLED_SITES:
                continue
            refuser = self.after.with_site(refuses_devices(self.after, rule))
            try:
                spared = run_one(scenario, refuser, compile_rules(refuser))
            except NotModelled:
                continue
            broken = {_fault(v) for step in spared for v in step.broken}
            if key not in broken and not broken - {_fault(v) for s in made for v in s.broken}:
                guilty.append(rule.site)
        return _without_mechanism(guilty)

    def _rests_on(self, sites: Sequence[str]) -> tuple[str, ...]:
        """How the rules that are involved came to be known, the surest first."""
        rules = [kernel.site(site) for site in sites for kernel in (self.before, self.after)]
        words = {rule.rests_on for rule in rules if not rule.absent}
        return tuple(word for word in RESTS_ON if word in words) or ("read",)


def shows(witness: Witness, pair: KernelPair, difference: Difference) -> Observed | None:
    """Does the witness show the difference in its last step, and there for the first time?"""
    last = len(witness.steps) - 1
    for observed in try_observe(witness.text("witness", "x"), pair) or ():
        if observed.step == last and _same(observed, difference):
            return observed
    return None


def _fault(violation: Violation) -> tuple[str, str]:
    return (violation.invariant, violation.page_kind)


def _because(said: str, side: str, cause: Cause) -> str:
    """The sentence with its cause."""
    text = sentence_case(f"no longer so: {said}" if side == FIXED else said)
    because = "; ".join(dict.fromkeys(unit.text for unit in _leading(cause.units)))
    if because or side == REMAINING:
        return f"{text}: {because}." if because else f"{text}."
    return f"{text} (no part of the change explains it alone)."


def _leading(units: tuple[Unit, ...]) -> tuple[Unit, ...]:
    """Callers that gained a flag speak for the lookup that obeys it."""
    callers = tuple(u for u in units if u.site and "FOLL_" in u.text and "asks" not in u.text)
    return callers or units


def _kinds(members: list[tuple[Difference, Cause]]) -> list[str]:
    """The kinds of page that show it; a merged page is named only where nothing else is."""
    kinds = {d.page_kind for d, _ in members if d.page_kind}
    return sorted(kinds - {"ksm"} or kinds)


def _sites(members: list[tuple[Difference, Cause]], cause: Cause) -> tuple[str, ...]:
    """Where it shows: the guilty sites, else sites named by events or where kernels parted."""
    named = {unit.site for unit in cause.units if unit.site}
    parted = {SITES[site] for difference, _ in members for site in difference.sites}
    return _without_mechanism(named) if named else tuple(sorted(parted))


def _without_mechanism(sites: Iterable[str]) -> tuple[str, ...]:
    """Sites in order; follow_page only obeys its caller, so where a caller is named it is not."""
    callers = sorted(site for site in sites if site != MECHANISM)
    return tuple(callers) if callers else tuple(sorted(sites))


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
        known = kept.setdefault(key, finding)
        if known is not finding and not known.cause:
            kept[key] = replace(known, sites=tuple(sorted({*known.sites, *finding.sites})))
    return sorted(
        kept.values(),
        key=lambda f: (SIDES.index(f.side), len(f.witness.steps), f.invariant, f.verb, f.sites),
    )
