"""How much the steps of a scenario ask for: pages to look at, counted against one limit.

The count is an upper bound that the text alone gives, so that a scenario that would run for
minutes is refused where it stands.  A unit is at most about 20 us of the interpreted core.
"""

from typing import Final

from linuxmm.scenario.lines import Place
from linuxmm.scenario.tree import Step
from linuxmm.scenario.words import MAX_WORK

STEP: Final = 10  # what a step costs that looks at no page
DEAR: Final = 4  # a page that is migrated, pinned or reclaimed, in pages that are read
CHECKED: Final = 2  # the promises look at so many pages for one unit, after every step
NAMED: Final = 10  # and at so many mappings, threads, files, handles
_DEAR_WORDS: Final = frozenset(("MADV_PAGEOUT", "FOLL_LONGTERM"))


class Work:
    """The work of the steps so far."""

    def __init__(self) -> None:
        self.units = 0
        self.mapped: dict[str, int] = {"P0": 0}  # pages of each living process
        self.met = 0  # pages that steps have named: no more than these are there
        self.named: dict[str, set[str]] = {"P0": set()}  # mappings, threads ... of each process

    def add(self, step: Step, place: Place) -> None:
        """One more step; an error where the whole is too much."""
        looked_at = self._pages(step)
        self._take_effect(step, looked_at)
        dear = _is_dear(step)
        self.units += STEP + (DEAR if dear else 1) * looked_at + self._there() // CHECKED
        self.units += sum(map(len, self.named.values())) // NAMED
        if self.units > MAX_WORK:
            place.fail(
                f"the steps so far look at {self.units} pages, every time counted; "
                f"a scenario looks at {MAX_WORK} at most"
            )

    def _there(self) -> int:
        """At most so many pages are mapped."""
        return min(self.met, sum(self.mapped.values()))

    def _pages(self, step: Step) -> int:
        """How many pages the step looks at."""
        verb = step.record
        if verb.work:
            return abs(step.number) * (1 + self._there() if verb.work == "passes" else 1)
        if step.target is not None:
            return step.target.of if verb.whole else step.target.nr_pages
        if not verb.touches:
            return step.nr_pages
        if not step.by and not step.process:
            return self._there()
        return min(self.met, self.mapped.get(step.process or step.by, 0))

    def _take_effect(self, step: Step, looked_at: int) -> None:
        """Which processes live, how much they map, how much of it may be there."""
        verb = step.record
        if verb.makes == "mapping" and not verb.touches:
            self.mapped[step.by] += step.nr_pages
        elif verb.makes == "process":
            self.mapped[step.name] = self.mapped[step.by]
            self.named[step.name] = set(self.named[step.by])
        elif verb.ends == "task" and "." not in step.actor:
            del self.mapped[step.actor], self.named[step.actor]
        if step.by in self.named:
            self.named[step.by].add(step.name or step.actor)
        eager = "populate" in step.words or "locked" in step.words
        if verb.touches or eager:
            self.met += looked_at


def _is_dear(step: Step) -> bool:
    return step.record.dear or bool(_DEAR_WORDS & set(step.words))
