# SPDX-License-Identifier: GPL-2.0-or-later
"""Every rule of the sites that a scope asks, flipped, and the whole scope searched with each.

Which other lookups keep every promise, and which promise catches which flip, said of all states of
a scope: the flips are those of `check` (`explore/check.py`) and of `mutate` (`explore/flips.py`).
A site that no action of the scope asks cannot tell: its flips are counted, not tried.
"""

from collections.abc import Callable
from dataclasses import dataclass

from linuxmm.errors import NotModelled
from linuxmm.explore.check import other_choices
from linuxmm.explore.compiled import FAILS
from linuxmm.explore.difference import REMAINING
from linuxmm.explore.flips import CellFlip, cell_flips
from linuxmm.explore.judge import FORCED, OBSERVABLE, UNDECIDED, Judged
from linuxmm.explore.mutate import modelled_sites
from linuxmm.explore.scope.found import Searched, search_scope
from linuxmm.kernels import Kernel, SiteRule
from linuxmm.state.sites import SITES

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Outcome:
    """What a flip makes of the scope: a verdict on the rule as it is, and why.

    caught_by: the promises that it breaks and the kernel itself does not, each with the actions
    that lead there.
    """

    flip: CellFlip
    judged: Judged
    caught_by: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Matrix:
    """The other lookups of sites, the flips of their rules; what the scope never asks."""

    choices: tuple[Outcome, ...]
    flips: tuple[Outcome, ...]
    never_asked: tuple[str, ...]
    not_tried: int


class Flipper:
    """Searches one scope again with rules flipped; `searched`: what it is without."""

    def __init__(self, kernel: Kernel, searched: Searched) -> None:
        self.kernel, self.searched = kernel, searched
        asked = {SITES[number] for number in searched.reached.noted}
        every = modelled_sites(kernel)
        self.sites = [site for site in every if site in asked]
        self.never_asked = tuple(site for site in every if site not in asked)
        self._broken = {each.what for each in searched.found.differences.values()}

    def choices(self) -> list[CellFlip]:
        """What each site that is asked could look up instead."""
        return [f for site in self.sites for f in other_choices(self.kernel, self._rule(site))]

    def flips(self) -> list[CellFlip]:
        """Every cell of the records of those sites."""
        return [f for site in self.sites for f in cell_flips(self.kernel, self._rule(site))]

    def not_tried(self) -> int:
        """How many flips the sites have that are never asked."""
        return sum(
            1 for site in self.never_asked for _ in cell_flips(self.kernel, self._rule(site))
        )

    def _rule(self, site: str) -> SiteRule:
        return self.kernel.site(site)

    def outcome(self, flip: CellFlip) -> Outcome:
        """All states of the scope with the flip, each broken promise replayed interpreted."""
        try:
            scope = self.searched.scope
            other = search_scope(scope, flip.kernel, _alone, most_again=0, checked=True)
        except NotModelled as error:
            why = f"leads into what is not modelled: {error}"
            return Outcome(flip, Judged(UNDECIDED, why), ())
        except FAILS as error:
            return Outcome(flip, Judged(UNDECIDED, f"leads out of the model: {error}"), ())
        ways: dict[str, tuple[str, ...]] = {}
        for each in other.found.of_side(REMAINING):
            if each.what not in self._broken:
                ways.setdefault(each.what, tuple(each.path.lines()))
        return Outcome(flip, self._judged(other, sorted(ways)), tuple(sorted(ways.items())))

    def _judged(self, other: Searched, broken: list[str]) -> Judged:
        """What the rule as it is is worth against the flipped one."""
        own, its = self.searched.reached, other.reached
        if broken:
            return Judged(FORCED, f"the other choice breaks {', '.join(broken)}")
        if own.same_states(its):
            return self._by_answers(other)
        lost = its.not_modelled - own.not_modelled + its.other_traps - own.other_traps
        if lost > 0:
            return Judged(
                UNDECIDED, f"the difference leads into what is not modelled, {lost} times"
            )
        if not its.complete:
            return Judged(UNDECIDED, "states differ, nothing is broken within the bounds")
        return Judged(OBSERVABLE, f"states differ ({its.nr:,}), every promise is kept")

    def _by_answers(self, other: Searched) -> Judged:
        """What it is worth where every state is the same: calls may answer otherwise."""
        state = self.searched.reached.answers_differ(other.reached)
        if state is None:
            return Judged(UNDECIDED, "states and answers are the same")
        scope = self.searched.scope
        lines = (*scope.setup, *(scope.actions[i] for i in self.searched.reached.path(state)))
        return Judged(OBSERVABLE, f"an action answers otherwise after: {'; '.join(lines)}")


def _alone(done: int, of: int, what: str) -> None:
    """Nobody wants to know how far a single flip is."""
