# SPDX-License-Identifier: GPL-2.0-or-later
"""The matrix of a scope in units: a few flips of a site x the scope x a kernel.

Each unit searches the scope once without a flip, which takes what one flip does, then with its own.
"""

from collections.abc import Iterator, Sequence

from linuxmm.explore.flips import CellFlip
from linuxmm.explore.judge import Judged
from linuxmm.explore.plainly import PLAIN
from linuxmm.explore.scope.found import search_scope
from linuxmm.explore.scope.matrix import Flipper, Outcome
from linuxmm.explore.scope.record import Scope
from linuxmm.explore.units import parts_of
from linuxmm.kernels import Kernel
from linuxmm.spread.doing import piecewise
from linuxmm.spread.launch import Launcher
from linuxmm.spread.unit import Failed, Unit

Parts = tuple[str, str, tuple[tuple[str, tuple[str, ...]], ...]]


def outcomes(
    launcher: Launcher, kernel: Kernel, scope: Scope, flips: Sequence[CellFlip]
) -> Iterator[Outcome | Failed]:
    """What `Flipper.outcome` gives for each."""
    parts = parts_of(flips)
    units = [
        Unit("scope-flips", part[0].site, PLAIN.text((kernel, scope, tuple(part))))
        for part in parts
    ]
    for part, answer in zip(parts, launcher.answers(units), strict=True):
        came = [answer.failed] * len(part) if answer.failed else PLAIN.value(answer.gave)
        for flip, each in zip(part, came, strict=True):
            if isinstance(each, Failed):
                yield each
            else:
                verdict, why, caught = each
                yield Outcome(flip, Judged(verdict, why), caught)


def flipped(given: str) -> str:
    """The flips of one unit."""
    values: tuple[Kernel, Scope, tuple[CellFlip, ...]] = PLAIN.value(given)
    kernel, scope, flips = values
    flipper = Flipper(kernel, search_scope(scope, kernel, _alone, most_again=0))

    def one(flip: CellFlip) -> Parts:
        came = flipper.outcome(flip)
        return (came.judged.verdict, came.judged.why, came.caught_by)

    return PLAIN.text(piecewise(one, flips))


def _alone(done: int, of: int, what: str) -> None:
    """Nobody wants to know how far a unit is."""
