# SPDX-License-Identifier: GPL-2.0-or-later
"""What each choice of a patch is worth: forced, observable, free, joint, or not decided.

A part of the change is judged by taking it back alone, and by making it alone, on the paths that
asked it.  Sites that the patch left alone are asked the opposite question: what if they, too,
refused the pages that the changed ones refuse now?
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from linuxmm.explore.difference import CHANGED, FIXED, INTRODUCED, Difference, Found
from linuxmm.explore.flips import other_choice, refuses_devices
from linuxmm.explore.judge import (
    FREE,
    JOINT,
    OBSERVABLE,
    UNKNOWN,
    UNREACHABLE,
    Judged,
    in_turn,
    not_shown,
    paths_to,
    shown,
    telling,
    worst,
)
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.paths import Path
from linuxmm.explore.search import replay
from linuxmm.explore.witness import Witness
from linuxmm.kernels import Kernel, SiteRule
from linuxmm.kernels.unobservable import LATER
from linuxmm.review.causes import Causes
from linuxmm.review.cells import reasons_of
from linuxmm.review.findings import Finding, Findings
from linuxmm.review.instead import refusing_instead
from linuxmm.review.units import FLAG, FUNCTION, LOOKUP, Unit, with_units
from linuxmm.state.flags import FOLL_LRU
from linuxmm.state.sites import SITES, UNMODELLED_SITES

BREAKS: Final = "breaks"  # of a site left alone
PATHS_PER_PAIR = 24
PATHS_PER_BLIND = 300
PATHS_PER_RULE = 300


class _Judgement:
    """What both kinds of verdicts say of their `judged`."""

    judged: Judged

    @property
    def verdict(self) -> str:
        return self.judged.verdict

    @property
    def why(self) -> str:
        return self.judged.why

    @property
    def witness(self) -> Witness | None:
        return self.judged.witness


@dataclass(frozen=True)
class Verdict(_Judgement):
    """What is known of one site's choice."""

    site: str
    before: SiteRule
    after: SiteRule
    judged: Judged

    def text(self) -> str | None:
        """The witness as a scenario file."""
        return _witness_text(self.site.rpartition(":")[2], self.site, self)


@dataclass(frozen=True)
class RuleVerdict(_Judgement):
    """What is known of a change of a lookup, predicate, behaviour, flag or config word."""

    unit: Unit
    judged: Judged

    def text(self) -> str | None:
        """The witness as a scenario file."""
        return _witness_text(self.unit.of.rpartition(":")[2], self.unit.name, self)


def _witness_text(name: str, of: str, judged: "Verdict | RuleVerdict") -> str | None:
    if judged.witness is None:
        return None
    word = name.strip("_").replace("_", "-").replace("#", "-")
    return judged.witness.text(f"{judged.verdict}-{word}", f"{of}: {judged.why}.")


class Verdicts:
    """Judges the parts of a change by replaying paths that the search reached.

    `hidden`: what a part does by itself and the rest of the change hides.
    """

    def __init__(
        self,
        before: Kernel,
        after: Kernel,
        found: Found,
        findings: Iterable[Finding] = (),
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.before, self.after, self.found = before, after, found
        self.findings = list(findings)
        self.progress = progress
        self.causes = Causes(before, after)
        self.units = self.causes.units
        self.hidden: list[Finding] = []
        self.changed = [unit.site for unit in self.units if unit.site]

    def of_changed(self) -> list[Verdict]:
        """One verdict for every site whose record the change altered."""
        verdicts = []
        sites = [unit for unit in self.units if unit.site]
        for i, unit in enumerate(sites):
            if self.progress:
                self.progress(i, len(self.units))
            before, after = self.before.site(unit.site), self.after.site(unit.site)
            judged = self._site(unit, before, after)
            verdicts.append(Verdict(unit.site, before, after, judged))
        return verdicts

    def of_rules(self) -> list[RuleVerdict]:
        """One verdict for every other part: lookups, predicates, behaviours, flags, config."""
        others = [unit for unit in self.units if not unit.site]
        verdicts = []
        for i, unit in enumerate(others):
            if self.progress:
                self.progress(len(self.units) - len(others) + i, len(self.units))
            verdicts.append(RuleVerdict(unit, self._rule(unit)))
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

    # --- one part ---
    def _site(self, unit: Unit, before: SiteRule, after: SiteRule) -> Judged:
        if unit.site in UNMODELLED_SITES:
            return Judged(UNKNOWN, f"{UNMODELLED_SITES[unit.site]} is not modelled")
        paths = paths_to(self.found, unit.site)
        other = other_choice(self.after, before, after)
        flipped = self.after.with_site(other) if other and not after.absent else None
        return self._judge(unit, flipped, paths)

    def _rule(self, unit: Unit) -> Judged:
        if unit.kind == LOOKUP and not self._askers(unit.of):
            systems = sorted({UNMODELLED_SITES[site] for site in self._unmodelled_askers(unit.of)})
            why = f"asked by {', '.join(systems)} alone, not modelled" if systems else ""
            return Judged(UNKNOWN, why or "no site of this kernel asks it")
        if unit.kind == FUNCTION and len(self.units) == 1:  # the search was about it alone
            return self._function(unit)
        rest = [other for other in self.units if other is not unit]
        flipped = with_units(self.before, self.after, rest)
        return self._judge(unit, flipped, self._some_paths())

    def _function(self, unit: Unit) -> Judged:
        """The only change is the text of one function: what the search found is all of it."""
        judged = shown(self.found, self.causes.whole)
        return judged or not_shown(self.found.bounds, self.found, at_site=False, reached=True)

    def _askers(self, lookup: str) -> list[str]:
        return [s for s in self._all_askers(lookup) if s not in UNMODELLED_SITES]

    def _unmodelled_askers(self, lookup: str) -> list[str]:
        return [s for s in self._all_askers(lookup) if s in UNMODELLED_SITES]

    def _all_askers(self, lookup: str) -> list[str]:
        """The sites that use a lookup, or one that is built on it."""
        names = {lookup, *(body.name for body in self.after.lookups if body.of == lookup)}
        return [
            rule.site
            for rule in self.after.sites
            if not rule.absent and names & {name for _, name in rule.lookup}
        ]

    def _judge(self, unit: Unit, flipped: Kernel | None, paths: list[Path]) -> Judged:
        """Taken back alone, made alone, with another part; then why it could not be told."""
        taken_back = None
        if flipped and paths:
            pair = KernelPair.of(flipped, self.after)
            taken_back = replay(pair, paths, FIXED)
            judged = shown(taken_back, pair)
            if judged:
                self._missed(unit, worst(taken_back))
                return judged
        alone = self._alone(unit, paths)
        if alone:
            return alone
        if unit.site and flipped and taken_back and taken_back.answered:
            return self._joint(unit.site, flipped, paths) or self._free(unit.site, flipped, paths)
        if unit.kind == FLAG and not (taken_back and taken_back.diverged):
            return Judged(FREE, "nothing asks whether it exists; who passes it is judged above")
        return self._known(unit) or not_shown(
            self.found.bounds, taken_back, at_site=bool(unit.site), reached=bool(paths)
        )

    def _free(self, site: str, flipped: Kernel, paths: list[Path]) -> Judged:
        """They answered differently and nothing showed it: which other test stands in, if one."""
        instead = refusing_instead(flipped, self.after, site, paths)
        said = "the lookups answer differently, nothing ever shows it"
        return Judged(FREE, f"nothing ever shows it: {instead}" if instead else said)

    def _missed(self, unit: Unit, difference: Difference | None) -> None:
        """A broken promise that the search did not come by is a finding all the same."""
        known = [f for f in self.findings if f.side == INTRODUCED and unit.name in f.cause]
        if difference and difference.side == INTRODUCED and not known:
            finding = Findings(self.before, self.after).alone(unit, difference)
            self.hidden += [finding] if finding else []

    def _alone(self, unit: Unit, paths: list[Path]) -> Judged | None:
        """The part by itself: what the others hide, and what was found of it in the whole."""
        known = [finding for finding in self.findings if unit.name in finding.cause]
        pair = self.causes.pair((unit,))
        if len(self.units) > 1 and paths and not any(f.side == INTRODUCED for f in known):
            found = replay(pair, paths, INTRODUCED)
            for side in (INTRODUCED, CHANGED, FIXED):
                difference = next(iter(found.of_side(side)), None)
                if difference is None or any(f.side == side for f in known):
                    continue
                if side == INTRODUCED:
                    hidden = Findings(self.before, self.after).alone(unit, difference)
                    self.hidden += [hidden] if hidden else []
                return Judged(OBSERVABLE, _why_alone(side, difference), difference, pair)
        if known:
            one = known[0]
            why = f"see {one.side.upper()} {one.what}"
            return Judged(OBSERVABLE, why, given=one.witness)
        return None

    def _joint(self, site: str, flipped: Kernel, paths: list[Path]) -> Judged | None:
        """Does the choice matter once another changed site chooses otherwise, too?"""
        for partner in self.changed:
            if partner == site or partner in UNMODELLED_SITES:
                continue
            other = other_choice(self.after, self.before.site(partner), self.after.site(partner))
            if other is None or other.absent or self.after.site(partner).absent:
                continue
            pair = KernelPair.of(flipped.with_site(other), self.after.with_site(other))
            found = replay(pair, paths[:PATHS_PER_PAIR], FIXED)
            difference = next(iter((*found.of_side(FIXED), *found.of_side(CHANGED))), None)
            if difference is not None:
                why = f"shows only together with {partner}"
                return Judged(JOINT, why, difference, pair)
        return None

    def _known(self, unit: Unit) -> Judged | None:
        """The reasons listed for every cell of the change that nothing can notice."""
        if not unit.site:
            return None
        reasons = reasons_of(self.before, self.before.site(unit.site), self.after.site(unit.site))
        if not reasons:
            return None
        why = "; ".join(dict.fromkeys(f"{one.why} ({one.source})" for one in reasons))
        return Judged(UNKNOWN if any(one in LATER for one in reasons) else UNREACHABLE, why)

    def _blind(self, rule: SiteRule, refusing: SiteRule) -> Verdict | None:
        """An untouched site: does refusing these pages here, too, make a difference?"""
        refuser = self.after.with_site(refusing)
        pair = KernelPair.of(refuser, self.after)
        found = replay(pair, paths_to(self.found, rule.site)[:PATHS_PER_BLIND], FIXED)
        if not found.answered or found.of_side(FIXED):
            return None  # it never meets them, or rightly takes them
        for side in (INTRODUCED, CHANGED):
            for difference in found.of_side(side)[:1]:
                broken = f"still takes them, which breaks {difference.what}"
                seen = f"still takes them: {difference.what} shows it"
                why, verdict = (broken, BREAKS) if side == INTRODUCED else (seen, OBSERVABLE)
                return Verdict(rule.site, rule, rule, Judged(verdict, why, difference, pair))
        return Verdict(rule.site, rule, rule, Judged(FREE, "still takes them, nothing shows it"))

    # --- paths ---
    def _some_paths(self) -> list[Path]:
        """Paths for a rule that is asked anywhere: those with a difference, then some of each."""
        every = dict.fromkeys(path for paths in self.found.reached.values() for path in paths)
        return list(dict.fromkeys((*telling(self.found), *in_turn(every))))[:PATHS_PER_RULE]


def _refuses(rule: SiteRule) -> bool:
    names = {name for _, name in rule.lookup}
    return (
        "lru" in names
        or bool(rule.flags & FOLL_LRU)
        or any(test.refuse == "zone_device" for test in rule.tests)
    )


def _why_alone(side: str, difference: Difference) -> str:
    if side == CHANGED:
        return f"by itself it shows in {difference.what}; other parts hide that"
    word = "breaks" if side == INTRODUCED else "mends"
    return f"by itself it {word} {difference.what}; other parts hide that"
