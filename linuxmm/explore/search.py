# SPDX-License-Identifier: GPL-2.0-or-later
"""Search for differences between two kernels, smallest scenarios first.

With the same kernel twice the search finds what that kernel breaks.  The order is fixed, the
bounds are counts; nothing depends on a clock.
"""

from collections.abc import Callable, Iterable
from typing import Final

from linuxmm.explore.beside import Beside, Node
from linuxmm.explore.beside_kept import BesideKept, may_be_kept
from linuxmm.explore.catalogue import Action, Setup
from linuxmm.explore.compiled import build_core, core
from linuxmm.explore.corners import CORNERS
from linuxmm.explore.difference import REMAINING, Found
from linuxmm.explore.engine import explore, follow
from linuxmm.explore.kept_walk import Walk, walk_of
from linuxmm.explore.notes import Notes
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.paths import Path
from linuxmm.explore.setups import SETUPS
from linuxmm.kernels import Kernel

# How many paths more a replay walks once something differs, for what it waits for.
MORE_PATHS: Final = 150


class Search:
    """The search over one pair of kernels.

    `found`: what is known so far, also when the search breaks off.  `until`: it ends with the
    first difference of one of these sides.  `setups`: of None the catalogue, where C is executed
    with its corners.  `rival`: of one kernel on both sides, what it asks that the rival has
    otherwise is noted (`Found.asked`).
    """

    def __init__(
        self,
        before: Kernel,
        after: Kernel,
        *,
        setups: tuple[Setup, ...] | None = None,
        modifiers: int = 2,
        until: tuple[str, ...] = (),
        rival: Kernel | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.pair = KernelPair.walked(after, rival) if rival else KernelPair.of(before, after)
        self._is_long = setups is None
        self.setups = catalogue(before, after) if setups is None else setups
        self.modifiers, self.progress = modifiers, progress
        self._notes = Notes(self.pair, until)
        self.found = self._notes.found

    def run(self) -> Found:
        """Everything there is to find within the bounds."""
        bounds = self.found.bounds
        bounds.depth = self.modifiers + 2
        walk = None
        if self._is_long:  # it is worth some seconds of a compiler, once
            build_core(lambda *_: self.progress(0, len(self.setups)) if self.progress else None)
            walk = walk_of(self.pair) if core() and may_be_kept(self.pair) else None
        try:
            for i, setup in enumerate(self.setups):
                if self.progress:
                    self.progress(i, len(self.setups))
                self._search(setup, walk)
                bounds.setups += 1
                if self._notes.is_over():
                    break
        finally:  # a check that is given some seconds only has more of it the next time
            if walk is not None:
                walk.keep()
        return self.found

    def _search(self, setup: Setup, walk: Walk | None) -> None:
        """One set-up; what is a whole story is made and nothing behind it."""
        world = (
            Beside(setup, self.pair, self._notes)
            if walk is None
            else BesideKept(setup, self.pair, self._notes, walk)
        )
        root, depth = world.root, min(self.modifiers, setup.modifiers)
        if root is not None and setup.modifiers >= 0:
            for _ in explore(world, root, depth):
                self.found.bounds.states += 1


def catalogue(*kernels: Kernel) -> tuple[Setup, ...]:
    """What a search of these kernels begins with."""
    is_text = any(kernel.text is not None for kernel in kernels)
    return (*SETUPS, *CORNERS) if is_text else SETUPS


def replay(pair: KernelPair, paths: Iterable[Path], *until: str, more: int = MORE_PATHS) -> Found:
    """Two kernels on given paths, small ones first, probed wherever they have parted.

    It ends with the first difference of one of the sides `until`; once something differs, `more`
    paths are walked for that.
    """
    notes = Notes(pair, until)
    worlds: dict[Setup, Beside] = {}
    known: dict[Setup, dict[tuple[Action, ...], Node | None]] = {}
    left = more
    for path in sorted(paths, key=lambda p: len(p.lines())):
        if path.setup not in worlds:
            worlds[path.setup] = Beside(path.setup, pair, notes)
        world = worlds[path.setup]
        if world.root is not None and not world.root.settled:
            follow(world, world.root, path.actions, known.setdefault(path.setup, {}))
        left -= any(d.side != REMAINING for d in notes.found.differences.values())
        if notes.is_over() or not left:
            break
    return notes.found
