# SPDX-License-Identifier: GPL-2.0-or-later
"""What the generator knows of a scenario under way: enough that steps meet what is there.

Who lives and what is held is the story of the lines so far; beside it stand the rights to each
page and what the dice need.  It is not the model: that the steps of a seed never change when the
model does is the point of it.
"""

import itertools
from dataclasses import dataclass, field, replace
from typing import Final

from linuxmm.generate.machine import EVERYTHING
from linuxmm.scenario.lines import Line, Place
from linuxmm.scenario.names import Names
from linuxmm.scenario.steps import parse_step
from linuxmm.scenario.story import Story

MAX_PROCESSES: Final = 3
UNMAPPED: Final = "-"


@dataclass
class Area:
    """One mapping in one process: the protection of each page, and what stands behind it."""

    name: str
    prots: list[str]
    kind: str
    shared: bool = False
    file: str = ""
    source: str = ""

    def allows(self, page: int, access: str) -> bool:
        """May the process make this access (`r`, `w`; empty: is the page mapped)?"""
        prot = self.prots[page]
        if prot == UNMAPPED or not access:
            return prot != UNMAPPED
        return prot != "none" and (access == "r" or "w" in prot)


@dataclass
class World:
    """The story so far, the rights to each page, and what else the next step depends on."""

    names: Names = field(default_factory=lambda: Names(EVERYTHING))
    areas: dict[str, dict[str, Area]] = field(default_factory=lambda: {"P0": {}})
    dax: set[str] = field(default_factory=set)  # files on a DAX device
    writable: set[str] = field(default_factory=set)  # what is held was taken to write to it
    mergeable: bool = False
    counts: dict[str, int] = field(default_factory=dict)  # names with this letter

    @property
    def story(self) -> Story:
        return self.names.story

    def hear(self, line: str, number: int) -> None:
        """The story goes on with a line."""
        parse_step(Line(number, True, line), self.names, Place("<generated>", number))

    def living(self) -> list[str]:
        return self.story.living()

    @property
    def phase(self) -> tuple[str, str]:
        """How far a migration in phases has come, and the device that makes it."""
        under_way = ((phase, device) for device, phase in self.story.phases.items() if phase)
        return next(under_way, ("", ""))

    def new_name(self, letter: str) -> str:
        """Mappings a, b, c, d, e, a6 ...; files f, f2 ...; what is held h, h2 ..."""
        count = self.counts[letter] = self.counts.get(letter, 0) + 1
        if letter == "a" and count <= 5:
            return "abcde"[count - 1]
        return f"{letter}{count}" if count > 1 else letter

    def thread(self, process: str) -> str:
        """A thread of the process: the first, or the next one where that has ended."""
        names = (f"{process}.t{n}" for n in itertools.count(1))
        return next(name for name in names if name not in self.story.gone)

    def inherit(self, parent: str, child: str) -> None:
        """A child begins with the rights of its parent."""
        copies = {name: replace(a, prots=list(a.prots)) for name, a in self.areas[parent].items()}
        self.areas[child] = copies

    def kill(self, process: str) -> None:
        """A signal ends the process."""
        self.names.story = self.story.ended(process, "signal")
