# SPDX-License-Identifier: GPL-2.0-or-later
"""How much the steps of a scenario ask for: pages to look at, counted against one limit.

The count is an upper bound that the text alone gives, so that a scenario that would run for
minutes is refused where it stands.  A unit is at most about 20 us of the interpreted core.
"""

from typing import Final

from linuxmm.scenario.lines import Place
from linuxmm.scenario.story import Story
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
        self.met = 0  # pages that steps have named: no more than these are there

    def add(self, step: Step, before: Story, after: Story, place: Place) -> None:
        """One more step, with the story before and after it; an error where it is too much."""
        looked_at = self._pages(step, before)
        eager = "populate" in step.words or "locked" in step.words
        if step.record.touches or eager:
            self.met += looked_at
        dear = _is_dear(step)
        self.units += STEP + (DEAR if dear else 1) * looked_at + self._there(after) // CHECKED
        self.units += after.nr_names // NAMED
        if self.units > MAX_WORK:
            place.fail(
                f"the steps so far look at {self.units} pages, every time counted; "
                f"a scenario looks at {MAX_WORK} at most"
            )

    def _there(self, story: Story) -> int:
        """At most so many pages are mapped."""
        return min(self.met, sum(story.pages_of.values()))

    def _pages(self, step: Step, story: Story) -> int:
        """How many pages the step looks at."""
        verb = step.record
        if verb.work:
            return abs(step.number) * (1 + self._there(story) if verb.work == "passes" else 1)
        if step.target is not None:
            return step.target.of if verb.whole else step.target.nr_pages
        if not verb.touches:
            return step.nr_pages
        if not step.by and not step.process:
            return self._there(story)
        return min(self.met, story.pages_of.get(step.whose, 0))


def _is_dear(step: Step) -> bool:
    return step.record.dear or bool(_DEAR_WORDS & set(step.words))
