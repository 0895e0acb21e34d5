# SPDX-License-Identifier: GPL-2.0-or-later
"""From raw differences to findings: cause, group, smallest witness, one sentence.

A search returns many differences.  Those with the same cause belong together; of each group the
smallest path is made minimal and kept as the witness.  A witness shows the very thing it is
printed under: with nothing but the named parts changed it must show it still.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final

from linuxmm.errors import ModelBug, NotModelled
from linuxmm.explore.difference import (
    CHANGED,
    FIXED,
    INTRODUCED,
    REMAINING,
    Difference,
    Found,
)
from linuxmm.explore.flips import refuses_devices
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.replay import Observed, cut, run_one, try_observe
from linuxmm.explore.shrink import shrink
from linuxmm.explore.witness import Witness
from linuxmm.kernels import Kernel
from linuxmm.kernels.compile import compile_rules
from linuxmm.promises.record import Violation
from linuxmm.review.causes import Cause, Causes, same
from linuxmm.review.sides import Sides, last_steps, pages_of, sides_of
from linuxmm.review.units import Unit
from linuxmm.review.wording import broken_promise, sentence_case, visible_change
from linuxmm.scenario.verbs import VERBS
from linuxmm.state.sites import SITES, UNMODELLED_SITES

OBSERVABLE: Final = "observable"
MECHANISM: Final = "mm/gup.c:follow_page_pte"
RESTS_ON: Final = ("executed", "read", "known", "reasoned")
LOOKS: Final = {verb.name: verb.tells for verb in VERBS.values() if verb.tells}
SIDES: Final = (INTRODUCED, CHANGED, FIXED, REMAINING)


@dataclass(frozen=True)
class Finding:
    """One bug, or one visible change, as a maintainer would call it.

    `part`: where the rest of the change hides it, the kernel that has the named parts alone;
    `undone_by`: what was not read and could undo it (places in the patch): it is conditional.
    """

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
    part: Kernel | None = None
    undone_by: tuple[str, ...] = ()
    also: tuple[str, ...] = ()  # other promises that the same parts break (or mend)
    hunks: tuple[str, ...] = ()  # of a text that ran: the hunks that show it alone

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


Member = tuple[Difference, Cause]


class Findings:
    """Turns what a search found between two kernels into findings."""

    def __init__(
        self, before: Kernel, after: Kernel, progress: Callable[[int, int], None] | None = None
    ) -> None:
        self.before, self.after = before, after
        self.causes = Causes(before, after)
        self.pair = self.causes.whole
        self.progress = progress

    def of(self, found: Found) -> list[Finding]:
        """Findings in a fixed order: introduced, changed, fixed, remaining; small ones first."""
        groups: dict[tuple[str, ...], list[Member]] = {}
        differences = sorted(found.differences.values(), key=_order)
        for i, difference in enumerate(differences):
            if self.progress:
                self.progress(i, len(differences))
            for cause in self.causes.of(difference):
                groups.setdefault(_group(difference, cause), []).append((difference, cause))
        findings = [self._finding(members, self.pair) for members in groups.values()]
        return ordered(_without_repetition([f for f in findings if f is not None]))

    def alone(self, unit: Unit, difference: Difference) -> Finding | None:
        """A fault of one part that another fault hid from the search.

        None where the rest of the change keeps it from happening.
        """
        cause = Cause((unit,))
        pair = self.causes.pair(cause.units)
        found = self._finding([(difference, cause)], pair)
        if found is None or not self._breaks(found.witness, difference):
            return None
        is_seen = shows(found.witness, self.pair, difference) is not None
        return replace(found, part=None if is_seen else pair.after)

    def _breaks(self, witness: Witness, difference: Difference) -> bool:
        """Is the promise broken with the whole change as well, at the end of this witness?"""
        steps = last_steps(witness, self.pair)
        key = (difference.what, difference.page_kind)
        return steps is not None and key in {_fault(v) for v in steps[1].broken}

    # --- findings ---
    def _finding(self, members: list[Member], pair: KernelPair) -> Finding | None:
        """The finding of one group; None when no member can be shown by its cause alone."""
        for difference, cause in sorted(members, key=lambda member: _order(member[0])):
            shown = self._shown(difference, cause, pair)
            steps = last_steps(shown[0], pair) if shown else None
            if shown and steps:
                break
        else:
            return None
        witness, observed, cause = shown
        if difference.side == REMAINING:
            sites = self._guilty(witness, difference) or tuple(filter(None, (observed.site,)))
        else:
            sites = _sites(members, cause)
        kind = difference.page_kind
        if difference.side == CHANGED or not kind:
            kind = pages_of(witness, pair.before) or ("" if difference.side == CHANGED else kind)
        is_change = difference.side == CHANGED
        if is_change:
            said = visible_change(difference.what, [kind] if kind else [], *steps)
        else:
            said = broken_promise(difference.what, _kinds(members) or [kind] * bool(kind))
        return Finding(
            difference.side,
            OBSERVABLE if is_change else difference.what,
            difference.what if is_change else "",
            kind,
            sites,
            cause.names,
            _because(said, difference.side, cause),
            witness,
            sides_of(*steps, common=difference.side == REMAINING),
            self._rests_on((*sites, *(unit.site for unit in cause.units if unit.site))),
        )

    def _shown(
        self, difference: Difference, cause: Cause, pair: KernelPair
    ) -> tuple[Witness, Observed, Cause] | None:
        """The minimal witness and the cause of what it shows; that may be less than its path's,
        and then more of the witness can go."""
        start = difference.path.witness()
        while True:
            found = self._smallest(start, difference, cause, pair)
            if found is None:
                return None
            less = self._cause_of(found[0], difference, cause)
            if len(less.units) >= len(cause.units):
                return (*found, cause)
            start, cause = found[0], less

    def _smallest(
        self, whole: Witness, difference: Difference, cause: Cause, pair: KernelPair
    ) -> tuple[Witness, Observed] | None:
        """The minimal witness: it shows the difference, and with the cause alone as well."""
        partial = self.causes.pair(cause.units) if cause.units else pair

        def shown(witness: Witness) -> Observed | None:
            if partial is not pair and shows(witness, partial, difference) is None:
                return None
            return shows(witness, pair, difference)

        start = cut(whole, pair, lambda observed: same(observed, difference))
        if start is None or shown(start) is None:
            return None
        smallest = shrink(start, lambda witness: shown(witness) is not None)
        observed = shown(smallest)
        return (smallest, observed) if observed else None

    def _cause_of(self, witness: Witness, difference: Difference, known: Cause) -> Cause:
        """The cause of what the minimal witness shows: it may need fewer parts than its path."""
        if len(known.units) < 2:
            return known
        found = self.causes.of(difference, witness)
        return min(found, key=lambda cause: (not cause.units, len(cause.units)), default=known)

    def _guilty(self, witness: Witness, difference: Difference) -> tuple[str, ...]:
        """The sites on a common fault's path that, had they refused device pages, avoid it."""
        scenario = witness.scenario
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
            except (NotModelled, ModelBug):
                continue
            broken = {_fault(v) for step in spared for v in step.broken}
            if key not in broken and not broken - {_fault(v) for s in made for v in s.broken}:
                guilty.append(rule.site)
        return _without_mechanism(guilty)

    def _rests_on(self, sites: Sequence[str]) -> tuple[str, ...]:
        """How the rules that are involved came to be known, the surest first."""
        rules = [kernel.site(site) for site in sites for kernel in (self.before, self.after)]
        words = {rule.rests_on for rule in rules if not rule.absent}
        if self.after.text is not None:
            words = {"executed"}
        return tuple(word for word in RESTS_ON if word in words) or ("read",)


def shows(witness: Witness, pair: KernelPair, difference: Difference) -> Observed | None:
    """Does the witness show the difference in its last step, and there for the first time?"""
    last = len(witness.steps) - 1
    for observed in try_observe(witness, pair):
        if observed.step == last and same(observed, difference):
            return observed
    return None


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """The fixed order of findings: by side, small witnesses first."""
    return sorted(
        findings,
        key=lambda f: (SIDES.index(f.side), len(f.witness.steps), f.invariant, f.verb, f.sites),
    )


def _fault(violation: Violation) -> tuple[str, str]:
    return (violation.invariant, violation.page_kind)


def _because(said: str, side: str, cause: Cause) -> str:
    """The sentence with its cause."""
    text = sentence_case(f"no longer so: {said}" if side == FIXED else said)
    because = "; ".join(dict.fromkeys(unit.text for unit in _speaking(cause.leading)))
    if because or side == REMAINING:
        return f"{text}: {because}." if because else f"{text}."
    return f"{text} (no part of the change shows it, alone or with others)."


def _speaking(units: tuple[Unit, ...]) -> tuple[Unit, ...]:
    """Callers that gained a flag speak for the lookup that obeys it."""
    callers = tuple(u for u in units if u.site and "FOLL_" in u.text and "asks" not in u.text)
    return callers or units


def _kinds(members: list[Member]) -> list[str]:
    """The kinds of page that show it; a merged page is named only where nothing else is."""
    kinds = {d.page_kind for d, _ in members if d.page_kind}
    return sorted(kinds - {"ksm"} or kinds)


def _sites(members: list[Member], cause: Cause) -> tuple[str, ...]:
    """Where it shows: the guilty sites, else sites named by events or where kernels parted."""
    if cause.units and all(unit.site for unit in cause.units):
        return _without_mechanism(unit.site for unit in cause.units)
    guilty = {unit.site for _, one in members for unit in one.units if unit.site}
    if guilty:
        return tuple(sorted(guilty))
    parted = {SITES[site] for difference, _ in members for site in difference.sites}
    return tuple(sorted(parted))


def _without_mechanism(sites: Iterable[str]) -> tuple[str, ...]:
    """Sites in order; follow_page only obeys its caller, so where a caller is named it is not."""
    found = sorted({*sites})
    callers = [site for site in found if site != MECHANISM]
    return tuple(callers or found)


def _group(difference: Difference, cause: Cause) -> tuple[str, ...]:
    if difference.side == REMAINING or not cause.units:
        return (difference.side, difference.what, difference.page_kind)
    what = "" if difference.side == CHANGED else difference.what  # joined once they are small
    return (difference.side, what, *(unit.name for unit in cause.leading))


def _telling(what: str) -> int:
    """How much a difference tells: what a call gives, what a file sums up, then single pages."""
    return LOOKS.get(what, 0)


def _order(difference: Difference) -> tuple[int, int, str, Witness, tuple[int, ...]]:
    path = difference.path
    return (
        SIDES.index(difference.side),
        len(path.lines()),
        f"{_telling(difference.what)} {difference.what}",
        path.witness(),
        tuple(sorted(difference.sites)),
    )


def _without_repetition(findings: list[Finding]) -> list[Finding]:
    """One finding for each fault of one cause, one for each smallest witness.

    A witness on which a promise breaks (or is mended) tells that, not that something differs.
    """
    kept: dict[tuple[str, ...], Finding] = {}
    promises = [f for f in findings if f.side in (INTRODUCED, FIXED)]
    shown: set[tuple[str, tuple[str, ...]]] = set()
    for finding in ordered(findings):
        if finding.side == CHANGED and _goes_on(finding, promises):
            continue
        remaining = finding.side == REMAINING
        key = (finding.side, *((finding.what, finding.page_kind) if remaining else finding.cause))
        if (
            key not in kept
            and (finding.side + finding.invariant, finding.witness.steps) not in shown
        ):
            kept[key] = finding
            shown.add((finding.side + finding.invariant, finding.witness.steps))
        elif key in kept:
            kept[key] = _joined(kept[key], finding)
    return list(kept.values())


def _goes_on(finding: Finding, promises: list[Finding]) -> bool:
    """Does its witness show a broken or mended promise, or go on behind one of the same cause?"""
    steps = finding.witness.steps
    return any(
        steps == f.witness.steps
        or (f.cause == finding.cause and steps[: len(f.witness.steps)] == f.witness.steps)
        for f in promises
    )


def _joined(one: Finding, other: Finding) -> Finding:
    """Two findings of one cause: the sites together, and what else breaks."""
    also = dict.fromkeys((*one.also, *(other.invariant, *other.also)))
    return replace(
        one,
        sites=tuple(sorted({*one.sites, *other.sites})),
        also=tuple(what for what in also if what not in (one.invariant, OBSERVABLE)),
    )
