# SPDX-License-Identifier: GPL-2.0-or-later
"""Which parts of a change a difference is due to: the smallest sets that show it by themselves.

First each part is tried alone: two parts that each show a fault are two faults.  Where none does,
parts are taken back one by one for as long as the fault stays: what is left shows it together.
"""

from dataclasses import dataclass

from linuxmm.errors import ModelBug, NotModelled
from linuxmm.explore.difference import CHANGED, REMAINING, Difference
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.replay import Observed, StepOfOne, compared, run_one
from linuxmm.explore.witness import Witness
from linuxmm.kernels import Kernel
from linuxmm.review.units import Unit, units_of, with_units
from linuxmm.state.sites import SITES


@dataclass(frozen=True)
class Cause:
    """The parts of a change that show a difference by themselves (none: no part is to blame)."""

    units: tuple[Unit, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(unit.name for unit in self.units)

    @property
    def leading(self) -> tuple[Unit, ...]:
        """What a group of findings has in common: a lookup's body speaks for all its callers."""
        return tuple(unit for unit in self.units if not unit.site) or self.units


class Causes:
    """Asks kernels that have only some parts of a change."""

    def __init__(self, before: Kernel, after: Kernel) -> None:
        self.before, self.after = before, after
        self.units = units_of(before, after)
        self.whole = KernelPair.of(before, after)
        self._pairs: dict[tuple[str, ...], KernelPair] = {}
        self._baselines: dict[Witness, list[StepOfOne]] = {}
        self._seen: dict[tuple[Witness, tuple[str, ...]], list[Observed]] = {}

    def pair(self, units: tuple[Unit, ...]) -> KernelPair:
        """The before kernel, and it with these parts of the change."""
        names = tuple(unit.name for unit in units)
        if names not in self._pairs:
            whole = len(units) == len(self.units)
            partial = with_units(self.before, self.after, units)
            pair = self.whole if whole else KernelPair.of(self.before, partial)
            self._pairs[names] = pair
        return self._pairs[names]

    def of(self, difference: Difference, witness: Witness | None = None) -> list[Cause]:
        """Every smallest set of parts that shows this difference on its path (or a witness)."""
        if difference.side == REMAINING:
            return [Cause()]
        witness = witness or difference.path.witness()
        asked = self._asked(witness)
        alone = [unit for unit in asked if self._shows(witness, (unit,), difference)]
        if alone:
            return [Cause((unit,)) for unit in alone]
        return [Cause(self._together(witness, asked, difference))]

    def _asked(self, witness: Witness) -> tuple[Unit, ...]:
        """The parts that the path can have come by: sites it visited, all that is no site."""
        after = run_one(witness.scenario, self.after, self.whole.after_rules)
        visited = {SITES[row] for step in (*self._baseline(witness), *after)
                   for row in step.visited}  # fmt: skip
        return tuple(unit for unit in self.units if not unit.site or unit.site in visited)

    def _together(
        self, witness: Witness, asked: tuple[Unit, ...], difference: Difference
    ) -> tuple[Unit, ...]:
        """The parts that are left once none can be taken back without losing the difference."""
        left = asked
        if not self._shows(witness, left, difference):
            return ()
        for half in _halves(left):
            if self._shows(witness, half, difference):
                left = half
        for unit in left:
            fewer = tuple(other for other in left if other is not unit)
            if self._shows(witness, fewer, difference):
                left = fewer
        return left

    def _shows(self, witness: Witness, units: tuple[Unit, ...], difference: Difference) -> bool:
        """Do these parts alone show the difference?"""
        key = (witness, tuple(unit.name for unit in units))
        if key not in self._seen:
            self._seen[key] = self._observed(witness, units)
        return any(same(one, difference) for one in self._seen[key])

    def _observed(self, witness: Witness, units: tuple[Unit, ...]) -> list[Observed]:
        pair = self.pair(units)
        try:
            after = run_one(witness.scenario, pair.after, pair.after_rules)
        except (NotModelled, ModelBug):
            return []
        return compared(witness.scenario, self._baseline(witness), after)

    def _baseline(self, witness: Witness) -> list[StepOfOne]:
        if witness not in self._baselines:
            made = run_one(witness.scenario, self.before, self.whole.before_rules)
            self._baselines[witness] = made
        return self._baselines[witness]


def _halves(units: tuple[Unit, ...]) -> list[tuple[Unit, ...]]:
    """What may be enough when there are many: rules of sites and lookups, or everything else."""
    sites = tuple(unit for unit in units if unit.kind in ("site", "lookup"))
    others = tuple(unit for unit in units if unit not in sites)
    return [half for half in (sites, others) if half and len(half) < len(units)]


def same(observed: Observed, difference: Difference) -> bool:
    """Is this the same fault: side, promise or verb, page kind, and where an event said so?"""
    if observed.side != difference.side or observed.what != difference.what:
        return False
    if difference.side == CHANGED:
        return True
    if observed.page_kind != difference.page_kind:
        return False
    return not observed.site or SITES.index(observed.site) in difference.sites
