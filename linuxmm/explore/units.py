# SPDX-License-Identifier: GPL-2.0-or-later
"""`check` and `mutate` in units: a set-up of the walk x a kernel, some choices or flips of a site.

What they give is what one process finds: a kernel beside itself has nothing to probe, so that its
walk through one set-up says the same whatever came before, and each choice and each flip is judged
on paths that it is given.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, Final

from linuxmm.explore.catalogue import Setup
from linuxmm.explore.check import Checker, Choice, judged
from linuxmm.explore.difference import Difference, Found
from linuxmm.explore.flips import CellFlip
from linuxmm.explore.judge import Judged, paths_to
from linuxmm.explore.mutate import Fate, Mutator, fate_of
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.plainly import PLAIN
from linuxmm.explore.search import Search, catalogue
from linuxmm.kernels import Kernel
from linuxmm.kernels.unobservable import Reason
from linuxmm.spread.doing import piecewise
from linuxmm.spread.launch import Far, Launcher
from linuxmm.spread.unit import Answer, Failed, Unit

MOST_PIECES: Final = 8  # of one unit: some seconds


# --- the walk -------------------------------------------------------------------------------------
def walk(launcher: Launcher, kernel: Kernel, far: Far, modifiers: int = 2) -> Found:
    """The walk through the catalogue on a kernel beside itself.  Raises: what a unit did."""
    setups = catalogue(kernel)
    units = [
        Unit("walk", f"set-up {setup.name}", PLAIN.text((kernel, setup, modifiers)))
        for setup in setups
    ]
    found = Found()
    for answer in launcher.answers(units, far):
        joined(found, _value(answer))
    return found


def walked(given: str) -> str:
    """One set-up."""
    values: tuple[Kernel, Setup, int] = PLAIN.value(given)
    kernel, setup, modifiers = values
    return PLAIN.text(Search(kernel, kernel, setups=(setup,), modifiers=modifiers).run())


def joined(found: Found, more: Found) -> None:
    """What later set-ups found, added to what earlier ones did."""
    for difference in more.differences.values():
        found.add(difference)
    for one in more.undecided.values():
        found.cannot_decide(one)
    for site, paths in more.reached.items():
        found.reached.setdefault(site, []).extend(paths)
    found.answered |= more.answered
    found.diverged |= more.diverged
    found.parted |= more.parted
    mine, theirs = found.bounds, more.bounds
    mine.setups, mine.steps = mine.setups + theirs.setups, mine.steps + theirs.steps
    mine.states, mine.depth = mine.states + theirs.states, max(mine.depth, theirs.depth)
    for what, times in theirs.not_modelled.items():
        mine.not_modelled[what] = mine.not_modelled.get(what, 0) + times


# --- choices of check -----------------------------------------------------------------------------
Shown = tuple[str, str, Difference | None]


def choices(
    launcher: Launcher, checker: Checker, flips: Sequence[CellFlip]
) -> Iterator[Choice | Failed]:
    """What `Checker.judge` gives for each."""
    bounds = replace(checker.found.bounds, not_modelled={})
    told = _told(launcher, "choices", checker.found, (checker.kernel, bounds), flips)
    for flip, each in told:
        if isinstance(each, Failed):
            yield each
            continue
        verdict, why, by = each
        pair = KernelPair.of(flip.kernel, checker.kernel) if by else None
        yield Choice(flip.site, flip.new, Judged(verdict, why, by, pair))


def choices_judged(given: str) -> str:
    """The choices of one unit."""
    kernel, bounds, paths, flips = PLAIN.value(given)

    def one(flip: CellFlip) -> Shown:
        came = judged(flip.kernel, kernel, paths, bounds)
        return (came.verdict, came.why, came.shown_by)

    return PLAIN.text(piecewise(one, flips))


# --- flips of mutate ------------------------------------------------------------------------------
FateParts = tuple[str, Difference | None, Reason | None, int, int]


def fates(
    launcher: Launcher, mutator: Mutator, flips: Sequence[CellFlip]
) -> Iterator[Fate | Failed]:
    """What `Mutator.fate` gives for each."""
    shared = (mutator.kernel, mutator.modifiers)
    for flip, each in _told(launcher, "flips", mutator.found, shared, flips):
        yield each if isinstance(each, Failed) else Fate(flip, *each)


def flips_judged(given: str) -> str:
    """The flips of one unit."""
    kernel, modifiers, paths, flips = PLAIN.value(given)

    def one(flip: CellFlip) -> FateParts:
        came = fate_of(kernel, flip, paths, modifiers)
        return (came.fate, came.by, came.reason, came.tried, came.searched)

    return PLAIN.text(piecewise(one, flips))


# --- both -----------------------------------------------------------------------------------------
def parts_of(flips: Sequence[CellFlip]) -> list[list[CellFlip]]:
    """The flips that are a unit each: a few of one site."""
    parts: list[list[CellFlip]] = []
    for _, group in groupby(flips, lambda flip: flip.site):
        every = list(group)
        parts += [every[i : i + MOST_PIECES] for i in range(0, len(every), MOST_PIECES)]
    return parts


def _told(
    launcher: Launcher,
    work: str,
    found: Found,
    shared: tuple[object, object],
    flips: Sequence[CellFlip],
) -> Iterator[tuple[CellFlip, Any]]:
    """Each flip with what its piece of a unit gave: a few of one site are a unit."""
    parts = parts_of(flips)
    units = [
        Unit(work, part[0].site, PLAIN.text((*shared, paths_to(found, part[0].site), tuple(part))))
        for part in parts
    ]
    for part, answer in zip(parts, launcher.answers(units), strict=True):
        came = [answer.failed] * len(part) if answer.failed else PLAIN.value(answer.gave)
        yield from zip(part, came, strict=True)


def _value(answer: Answer) -> Found:
    """What a walk gave.  Raises: what it failed with."""
    if answer.failed is not None:
        raise answer.failed.error()
    found: Found = PLAIN.value(answer.gave)
    return found
