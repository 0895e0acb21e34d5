# SPDX-License-Identifier: GPL-2.0-or-later
"""Two kernels on the paths that reach a rule: what is one choice worth against another?"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from linuxmm.explore.difference import CHANGED, FIXED, INTRODUCED, Bounds, Difference, Found
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.paths import Path
from linuxmm.explore.replay import Observed, cut, try_observe
from linuxmm.explore.shrink import shrink
from linuxmm.explore.witness import Witness
from linuxmm.state.sites import SITES

FORCED, OBSERVABLE, FREE, JOINT = "forced", "observable", "free", "joint"
UNREACHABLE, UNDECIDED, UNKNOWN = "unreachable", "undecided", "unknown"
PATHS_PER_SITE: Final = 900


@dataclass(frozen=True)
class Judged:
    """A verdict, why in one clause, and what shows it between which kernels."""

    verdict: str
    why: str
    shown_by: Difference | None = None
    pair: KernelPair | None = None
    given: Witness | None = None  # a witness that is known already

    @cached_property
    def witness(self) -> Witness | None:
        """The smallest scenario that shows it; made when somebody wants to see it."""
        if self.shown_by is None or self.pair is None:
            return self.given
        return smallest(self.shown_by, self.pair)


def shown(found: Found, pair: KernelPair) -> Judged | None:
    """What a replay of another choice beside the chosen one shows, the worst first.

    Observable: they differ; worst where the chosen one breaks a promise.  Forced: it does not,
    and the other one does.
    """
    difference = worst(found)
    if difference is None:
        return None
    verdict = FORCED if difference.side == FIXED else OBSERVABLE
    return Judged(verdict, why(difference.side, difference), difference, pair)


def worst(found: Found) -> Difference | None:
    """The smallest difference of the side that tells most."""
    every = [found.of_side(side) for side in (INTRODUCED, FIXED, CHANGED)]
    return next((differences[0] for differences in every if differences), None)


def why(side: str, difference: Difference) -> str:
    """What a difference says of the choice, in one clause."""
    if side == FIXED:
        return f"the other choice breaks {difference.what}"
    if side == INTRODUCED:
        return f"this choice breaks {difference.what}, the other does not"
    return f"{difference.what} shows it"


def not_shown(bounds: Bounds, replayed: Found | None, *, at_site: bool, reached: bool) -> Judged:
    """Nothing differed: said with its bounds, never as if there were nothing.

    `bounds`: of the walk whose paths were replayed; `replayed`: what that gave, None: there were
    no paths.
    """
    lost = next(iter(replayed.undecided.values()), None) if replayed else None
    if lost is not None:
        return Judged(UNDECIDED, f"the difference leads into what is not modelled: {lost.why}")
    within = f"within {bounds.setups} set-ups and {bounds.depth} actions"
    if at_site and not reached:
        return Judged(UNREACHABLE, f"no path looks a page up here {within}")
    return Judged(UNDECIDED, f"not shown to differ {within}")


def paths_to(found: Found, site: str) -> list[Path]:
    """Paths of a walk that looked a page up here, small ones first, every set-up in its turn.

    Those on which the walk found a difference go with them: they reach further.
    """
    reached = found.reached.get(SITES.index(site), [])
    paths = dict.fromkeys((*reached, *(telling(found) if reached else ())))
    return in_turn(paths)[:PATHS_PER_SITE]


def telling(found: Found) -> list[Path]:
    """The paths on which a walk found a difference, each once."""
    by_size = {(len(d.path.lines()), d.path.witness()): d.path
               for d in found.differences.values()}  # fmt: skip
    return [path for _, path in sorted(by_size.items(), key=lambda item: item[0])]


def in_turn(paths: Iterable[Path]) -> list[Path]:
    """Small paths first, every set-up in its turn."""
    turn: dict[str, int] = {}
    ranked: list[tuple[int, int, int, Path]] = []
    for path in paths:
        n = turn[path.setup.name] = turn.get(path.setup.name, 0) + 1
        ranked.append((len(path.actions), n, len(ranked), path))
    return [path for *_, path in sorted(ranked, key=lambda r: r[:3])]


def smallest(difference: Difference, pair: KernelPair) -> Witness:
    """The minimal scenario that shows a difference in its last step."""
    return cut_down(difference, pair) or difference.path.witness()


def cut_down(difference: Difference, pair: KernelPair, *also: KernelPair) -> Witness | None:
    """The minimal scenario that shows a difference in its last step, on other pairs too.

    None where its path does not.
    """

    def wanted(o: Observed) -> bool:
        kind = o.side == CHANGED or o.page_kind == difference.page_kind
        return (o.side, o.what) == (difference.side, difference.what) and kind

    def shows(witness: Witness) -> bool:
        last = len(witness.steps) - 1
        return all(
            any(o.step == last and wanted(o) for o in try_observe(witness, one))
            for one in (pair, *also)
        )

    found = cut(difference.path.witness(), pair, wanted)
    return shrink(found, shows) if found and (not also or shows(found)) else None
