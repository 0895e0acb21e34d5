# SPDX-License-Identifier: GPL-2.0-or-later
"""How much a plan may ask for: the numbers of ``agent/limits.h``, where they stand once.

The agent refuses what is above them; the planner leaves it out before, with the limit's name.
"""

import re
from pathlib import Path
from typing import Final, NamedTuple

from linuxmm.scenario.story import Story
from linuxmm.scenario.tree import Step

HEADER: Final = Path(__file__).parent / "agent" / "limits.h"
LIMITS: Final = {
    name: int(number)
    for name, number in re.findall(r"^#define (MAX_\w+) (\d+)", HEADER.read_text(), re.MULTILINE)
}
MAX_PROCESSES: Final = LIMITS["MAX_PROCESSES"]
MAX_MAPPINGS: Final = LIMITS["MAX_MAPPINGS"]
MAX_FILES: Final = LIMITS["MAX_FILES"]
MAX_HELD: Final = LIMITS["MAX_HELD"]
MAX_PINNED: Final = LIMITS["MAX_PINNED"]
MAX_PAGES: Final = LIMITS["MAX_PAGES"]
MAX_LOOKED: Final = LIMITS["MAX_LOOKED"]
MAX_DAX_PAGES: Final = LIMITS["MAX_DAX_PAGES"]
MAX_BARE_PAGES: Final = LIMITS["MAX_BARE_PAGES"]
MAX_DEVICE_PAGES: Final = LIMITS["MAX_DEVICE_PAGES"]
MAX_PASSES: Final = LIMITS["MAX_PASSES"]
MAX_KEPT: Final = LIMITS["MAX_KEPT"]
MAX_PLAN: Final = LIMITS["MAX_PLAN"]
MAX_ANSWERS: Final = LIMITS["MAX_ANSWERS"]

HEAD_WORDS: Final = 3  # of a mapping in a look: process, number, pages
DRIVERS: Final = ("pfnmap", "mixedmap")  # mappings of mmprobe's file
BARE: Final = ("pfnmap", "pfns")  # and those of memory without struct page


class Room:
    """What the steps that are kept use up of the limits."""

    def __init__(self) -> None:
        self.mappings = self.files = self.held = self.kept = self.bare = self.migrated = 0

    def why_not(self, step: Step, after: Story) -> str:
        """The limit that the step, with the story after it, is above; empty: there is room."""
        if max(step.nr_pages, step.target.nr_pages if step.target else 0) > MAX_PAGES:
            return f"more than {MAX_PAGES} pages at once"
        if step.record.holds and step.target and step.target.nr_pages > MAX_PINNED:
            return f"more than {MAX_PINNED} pages pinned at once"
        if step.record.work == "passes" and step.number > MAX_PASSES:
            return f"more than {MAX_PASSES} passes of {step.actor} at once"
        used = self._uses(step)
        if self.mappings + used.mappings > MAX_MAPPINGS:
            return f"more than {MAX_MAPPINGS} mappings"
        if self.files + used.files > MAX_FILES:
            return f"more than {MAX_FILES} files"
        if self.held + used.held > MAX_HELD:
            return f"more than {MAX_HELD} results of get and pin"
        if self.kept + used.kept > MAX_KEPT:
            return f"more than {MAX_KEPT} operations of devices"
        if self.migrated + used.migrated > MAX_DEVICE_PAGES:
            return f"more than {MAX_DEVICE_PAGES} pages migrated to devices"
        if self.bare + used.bare > MAX_BARE_PAGES:
            return f"more than {MAX_BARE_PAGES} pages without struct page"
        if len(after.processes) - len(after.unborn()) > MAX_PROCESSES:
            return f"more than {MAX_PROCESSES} processes"
        if sum(HEAD_WORDS + extent.of for extent in after.extents()) > MAX_LOOKED:
            return f"more than {MAX_LOOKED} pages mapped"
        return ""

    def take(self, step: Step) -> None:
        """The step is kept."""
        used = self._uses(step)
        self.mappings += used.mappings
        self.files += used.files
        self.held += used.held
        self.kept += used.kept
        self.bare += used.bare
        self.migrated += used.migrated

    def _uses(self, step: Step) -> "_Use":
        verb = step.record
        if verb.makes == "mapping":
            nr_pages = step.target.nr_pages if step.target else step.nr_pages
            has_file = bool(step.device) or any(word in DRIVERS for word in step.words)
            bare = nr_pages if any(word in BARE for word in step.words) else 0
            return _Use(mappings=1, files=int(has_file), bare=bare)
        if verb.holds:
            return _Use(held=1, kept=1)
        if verb.makes == "file":
            return _Use(files=1)
        if step.actor == "numa":  # an operation for each mapping
            return _Use(kept=max(1, self.mappings))
        if verb.who == "device":
            migrated = step.target.nr_pages if step.target and verb.fills else 0
            return _Use(kept=1, migrated=migrated)
        return _Use()


class _Use(NamedTuple):
    """Of one step."""

    mappings: int = 0
    files: int = 0
    held: int = 0
    kept: int = 0
    bare: int = 0
    migrated: int = 0
