# SPDX-License-Identifier: GPL-2.0-or-later
"""What was read as rules and can run as text as well: do both say the same?

The paths of the search, those that came to the changed functions and those that showed something,
are walked with the rules and with the text, before the patch and after it.  Where they part nobody
knows which of the two is wrong, and no verdict is given.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from linuxmm.explore.difference import CHANGED, REMAINING, Found
from linuxmm.explore.judge import in_turn, paths_to, smallest, telling
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.paths import Path
from linuxmm.explore.search import replay
from linuxmm.explore.witness import Witness
from linuxmm.kernels import Kernel
from linuxmm.review.touched import Execution
from linuxmm.source.enter import IN_A_SEARCH
from linuxmm.source.execute import Executed
from linuxmm.source.twins import TWINS
from linuxmm.state.sites import SITES

MAX_PATHS: Final = 160
_SITE: Final = {twin.place: twin.site for twin in TWINS if twin.site}


@dataclass(frozen=True)
class Disagreement:
    """A path on which the rules and the text part.  side: "before" or "after" the patch."""

    side: str
    places: tuple[str, ...]  # functions whose text parts from the rules
    said: str  # what the rules and the text say, as a person reads it
    witness: Witness

    def text(self) -> str:
        where = ", ".join(self.places)
        return f"read and executed disagree at {where}, {self.side} the patch: {self.said}"


@dataclass(frozen=True)
class Agreement:
    """What was compared: how many paths, and where the two part."""

    places: tuple[str, ...] = ()
    paths: int = 0
    disagreements: tuple[Disagreement, ...] = ()
    seen: frozenset[int] = frozenset()  # changed places that the text came to

    @property
    def sites(self) -> tuple[str, ...]:
        """The sites whose rules were held against a text."""
        return tuple(_SITE[place] for place in self.places if place in _SITE)


def agreement(
    execution: Execution,
    before: Kernel,
    after: Kernel,
    found: Found,
    progress: Callable[[int, int], None] | None = None,
) -> Agreement:
    """Hold the text of what was read as rules against the rules, on the paths of a search."""
    places = tuple(sorted(execution.read))
    paths = _paths(found, places)
    kept: list[Disagreement] = []
    seen: set[int] = set()
    marks = execution.marks
    for n, (side, kernel, versions, noted) in enumerate((
        ("before", before, execution.before, marks.before),
        ("after", after, execution.after, marks.after),
    )):  # fmt: skip
        if progress:
            progress(n, 2)
        every = {p: versions[p] for p in (*places, *execution.run)}
        text = Executed(every, marked=execution.read, noted=noted, most=IN_A_SEARCH)
        kept += _parted(side, kernel, kernel.replace(text=text), paths)
        seen |= text.seen
    return Agreement(places, len(paths), tuple(kept), frozenset(seen))


def _paths(found: Found, places: tuple[str, ...]) -> list[Path]:
    """Paths with a difference first, then those that came to the functions."""
    sites = dict.fromkeys(_SITE[place] for place in places if place in _SITE)
    reached = [path for site in sites for path in paths_to(found, site)]
    if not reached:
        reached = in_turn(dict.fromkeys(p for ps in found.reached.values() for p in ps))
    return [*dict.fromkeys((*telling(found), *reached))][:MAX_PATHS]


def _parted(side: str, rules: Kernel, text: Kernel, paths: list[Path]) -> list[Disagreement]:
    """The smallest path on which two kernels part, if there is one."""
    pair = KernelPair.of(rules, text)
    differences = [
        difference
        for difference in replay(pair, paths).differences.values()
        if difference.side != REMAINING
    ]
    if not differences:
        return []
    first = min(differences, key=lambda d: (d.side != CHANGED, len(d.path.lines()), d.what))
    word = first.text if first.side == CHANGED else f"{first.what} is {first.side} by the text"
    places = tuple(sorted(SITES[site] for site in first.sites))
    return [Disagreement(side, places, word, smallest(first, pair))]
