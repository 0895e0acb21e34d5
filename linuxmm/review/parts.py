# SPDX-License-Identifier: GPL-2.0-or-later
"""Each part of how two kernels differ, shown by the smallest program that tells it.

One walk of the kernel before notes which paths ask a rule that the other kernel has otherwise.  On
these paths each part is made alone, and taken back alone: a difference that this shows is cut down
to the smallest scenario on which the two kernels themselves show it too.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from linuxmm.explore.catalogue import Setup
from linuxmm.explore.corners import CORNERS
from linuxmm.explore.corners.releases import RELEASES
from linuxmm.explore.difference import CHANGED, FIXED, INTRODUCED, Difference, Found
from linuxmm.explore.judge import cut_down, in_turn, paths_to
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.paths import Path
from linuxmm.explore.replay import StepOfOne
from linuxmm.explore.search import Search, replay
from linuxmm.explore.setups import SETUPS
from linuxmm.explore.witness import Witness
from linuxmm.kernels import Kernel
from linuxmm.review.causes import Causes
from linuxmm.review.cells import reasons_of
from linuxmm.review.findings import LOOKS
from linuxmm.review.sides import last_steps
from linuxmm.review.units import FLAG, GONE, LOOKUP, Unit, with_units
from linuxmm.state.flags import NEWER_FLAGS

SHOWN: Final = "shown"
HIDDEN: Final = "hidden"  # shown by itself, not beside the rest of the change
NOT_SHOWN: Final = "not-shown"
NOT_MODELLED: Final = "not-modelled"
NO_PROGRAM: Final = "no-program"  # nothing that runs can tell
MODIFIERS: Final = 1  # beside the last action, as `Search` counts
PATHS: Final = 500
MORE: Final = 200  # of these behind the first that shows a difference: one may tell more
TRIED: Final = 6  # differences of one part, those that tell most first


@dataclass(frozen=True)
class Shown:
    """The smallest scenario that shows a part, and what both kernels do in its last step.

    `side`: as of a finding; `what`: the promise, or the verb whose outcome differs.
    """

    side: str
    what: str
    witness: Witness
    before: StepOfOne
    after: StepOfOne


@dataclass(frozen=True)
class Part:
    """One part of a change, and what shows it; `why` of one that nothing shows, in a clause."""

    unit: Unit
    verdict: str
    shown: Shown | None = None
    why: str = ""


class Parts:
    """Shows each part of a change by itself, on paths that ask it.

    `found`: what the walk has met so far.
    """

    def __init__(
        self,
        before: Kernel,
        after: Kernel,
        *,
        setups: tuple[Setup, ...] = (*SETUPS, *CORNERS, *RELEASES),
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.before, self.after = before, after
        self._causes = Causes(before, after)
        self.units = self._causes.units
        self._search = Search(
            before, before, setups=setups, modifiers=MODIFIERS, rival=after, progress=progress
        )
        self.found = self._search.found
        self._told: set[Witness] = set()

    def walk(self) -> Found:
        """Walk through the catalogue, its corners and the stories of releases, once."""
        return self._search.run()

    def part(self, unit: Unit) -> Part:
        """What shows one part."""
        reason = _beyond_programs(self.before, self.after, unit)
        if reason:
            return Part(unit, NO_PROGRAM, why=reason)
        if unit.kind == FLAG and unit.of in NEWER_FLAGS:
            return Part(unit, NOT_MODELLED, why=f"what {unit.of} does")
        known, hidden, lost = None, None, ""
        for pair in self._by_itself(unit):
            found = replay(pair, self._paths(unit, pair), more=MORE)
            for difference in _telling(found):
                shown = _shown(difference, pair, self._causes.whole)
                if shown is not None and shown.witness not in self._told:
                    self._told.add(shown.witness)
                    return Part(unit, SHOWN, shown)
                known = known or shown
                hidden = hidden or known or _shown(difference, pair)
            lost = lost or next((one.why for one in found.undecided.values()), "")
        if known is not None:
            return Part(unit, SHOWN, known)
        if hidden is not None:
            return Part(unit, HIDDEN, hidden)
        return Part(unit, NOT_MODELLED if lost else NOT_SHOWN, why=lost)

    def _by_itself(self, unit: Unit) -> Iterator[KernelPair]:
        """The part made alone, then taken back alone."""
        yield self._causes.pair((unit,))
        if len(self.units) > 1:
            rest = [other for other in self.units if other is not unit]
            yield KernelPair.of(with_units(self.before, self.after, rest), self.after)

    def _paths(self, unit: Unit, pair: KernelPair) -> list[Path]:
        """Paths that ask what differs in this pair, small ones first."""
        asked = (self.found.asked.get(cell, []) for cell in pair.after_rules.cells())
        paths = dict.fromkeys(path for some in asked for path in some)
        sites = [unit.site] if unit.site else self._askers(unit.of) if unit.kind == LOOKUP else []
        paths.update(dict.fromkeys(path for site in sites for path in paths_to(self.found, site)))
        return in_turn(paths)[:PATHS]

    def _askers(self, lookup: str) -> list[str]:
        """The sites that use a lookup."""
        return [
            rule.site
            for rule in self.before.sites
            if not rule.absent and lookup in {name for _, name in rule.lookup}
        ]


def _shown(difference: Difference, pair: KernelPair, *also: KernelPair) -> Shown | None:
    """The smallest scenario of a difference that also the last of these pairs shows."""
    witness = cut_down(difference, pair, *also)
    steps = last_steps(witness, (pair, *also)[-1]) if witness else None
    if witness is None or steps is None:
        return None
    return Shown(difference.side, difference.what, witness, *steps)


def _telling(found: Found) -> list[Difference]:
    """Differences that tell most first: what a call gives, what a file sums up, single pages.

    Those that need no huge page come before all that do.
    """
    every = found.of_side(CHANGED, INTRODUCED, FIXED)
    return sorted(every, key=lambda d: ("huge" in d.path.setup.facts, LOOKS.get(d.what, 0)))[:TRIED]


def _beyond_programs(before: Kernel, after: Kernel, unit: Unit) -> str:
    """Why no program on this architecture can tell a part; empty where one may."""
    if unit.kind == FLAG and GONE not in (unit.before, unit.after):
        return "the number of a flag inside of the kernel"
    if unit.kind == LOOKUP and unit.text.endswith("changed"):
        return "rows of an architecture without a special bit in its entries"
    if unit.site:
        reasons = reasons_of(before, before.site(unit.site), after.site(unit.site))
        return "; ".join(dict.fromkeys(reason.why for reason in reasons))
    return ""
