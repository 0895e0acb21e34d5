# SPDX-License-Identifier: GPL-2.0-or-later
"""Which names a scenario has at a step: processes, mappings, files, held pages, devices."""

import re
from dataclasses import dataclass
from typing import NoReturn

from linuxmm.scenario.lines import Place, shown, suggest
from linuxmm.scenario.story import START, Story
from linuxmm.scenario.tree import Extent, Machine
from linuxmm.scenario.words import DAEMONS, DEVICE_KINDS, MAX_LISTED, MAX_PAGES, MAX_PROCESSES

PROCESS = re.compile(r"P[0-9]{1,4}", re.ASCII)
THREAD = re.compile(r"(P[0-9]{1,4})\.(t[0-9]{1,4})", re.ASCII)
DEVICE = re.compile(rf"({'|'.join(DEVICE_KINDS)})[0-9]{{1,3}}", re.ASCII)
NODE = re.compile(r"node([0-9]{1,4})", re.ASCII)
CPU = re.compile(r"cpu([0-9]{1,4})", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}", re.ASCII)
_THREAD_LIKE = re.compile(r"t[0-9]+", re.ASCII)
_EXTENT = re.compile(
    r"(?:(P[0-9]{1,4})\.)?([a-z][a-z0-9_]*)(?:\[([0-9]{1,6})(?::([0-9]{1,6}))?\])?", re.ASCII
)


@dataclass(eq=False, repr=False)
class Names:
    """What may be named at a step: the story so far, as the parser asks for it."""

    machine: Machine
    story: Story = START
    nr_pages: int = 0
    nr_listed: int = 0

    # --- actors ---------------------------------------------------------------------------

    def actors(self) -> list[str]:
        """Every actor there is, for messages."""
        devices = (device.name for device in self.machine.devices)
        return [*self.story.living(), *devices, *DAEMONS]

    def check_actor(self, actor: str, place: Place) -> None:
        """The actor exists and has not ended."""
        thread = THREAD.fullmatch(actor)
        if thread:
            self.check_process(thread[1], place)
            self._check_there(actor, place)
        elif PROCESS.fullmatch(actor):
            self.check_process(actor, place)
        elif DEVICE.fullmatch(actor):
            self.check_device(actor, place)
        elif actor not in DAEMONS:
            place.fail(f"{shown(actor)} is no actor{suggest(actor, self.actors())}")

    def check_process(self, process: str, place: Place) -> None:
        """The process has been forked and has not exited."""
        if process not in self.story.processes:
            place.fail(f"{process} does not exist yet; a step P0: {process} = fork makes it")
        self._check_there(process, place)

    def _check_there(self, actor: str, place: Place) -> None:
        if actor in self.story.gone:
            place.fail(f"{actor} exited at line {self.story.gone[actor].line}")

    def check_device(self, device: str, place: Place) -> None:
        """The machine block declares the device."""
        if self.machine.device(device) is None:
            place.fail(f"the machine has no {device}; declare it: machine: {device} 256M")

    # --- definitions ------------------------------------------------------------------------

    def check_new(self, name: str, process: str, place: Place) -> None:
        """The name is well formed and free."""
        if not _NAME.fullmatch(name):
            place.fail(f"{shown(name)} is no name; a name is small letters, digits and _")
        reserved = name in DAEMONS or any(p.fullmatch(name) for p in (DEVICE, NODE, CPU))
        if reserved or _THREAD_LIKE.fullmatch(name):
            place.fail(f"{shown(name)} means something else; choose another name")
        if self.story.is_taken(process, name):
            place.fail(f"{shown(name)} is defined already")

    def add_pages(self, nr_pages: int, place: Place) -> None:
        """Counts pages of mappings and files against the limit of a scenario."""
        self.nr_pages += nr_pages
        if self.nr_pages > MAX_PAGES:
            place.fail(
                f"mappings and files together have {self.nr_pages} pages; "
                f"a scenario has at most {MAX_PAGES}"
            )

    def add_listed(self, count: int, place: Place) -> None:
        """Counts values and nodes given one per page."""
        self.nr_listed += count
        if self.nr_listed > MAX_LISTED:
            place.fail(f"a scenario lists at most {MAX_LISTED} values one per page")

    def check_child(self, child: str, place: Place) -> None:
        """The name is one of a process, and free."""
        if not PROCESS.fullmatch(child):
            place.fail(f"{shown(child)} is no name of a process; write P1 = fork")
        if child in self.story.processes:
            place.fail(f"{child} exists already")
        if len(self.story.processes) >= MAX_PROCESSES:
            place.fail(f"a scenario has at most {MAX_PROCESSES} processes")

    # --- uses -------------------------------------------------------------------------------

    def extent(self, word: str, kinds: tuple[str, ...], by: str, place: Place) -> Extent:
        """``a``, ``a[1]``, ``a[0:4]``, ``P1.a`` as pages of something named."""
        match = _EXTENT.fullmatch(word)
        if not match:
            place.fail(f"{shown(word)} is no {_or(kinds)}; written a, a[2], a[0:4] or P1.a[0:4]")
        process, name = match[1] or by, match[2]
        if match[1]:
            self.check_process(match[1], place)
        elif not by and kinds != ("file",):
            place.fail(f"{shown(word)}: say whose mapping, as in P0.{word[:40]}")
        found = self._find(process, name, bool(match[1]), kinds, place)
        start, stop = 0, found.of
        if match[3] is not None:
            start = int(match[3])
            stop = int(match[4]) if match[4] is not None else start + 1
            if start >= stop:
                place.fail(f"{shown(word)}: the pages are empty, the end is not included")
            if stop > found.of:
                place.fail(f"{shown(word)}: {name} has {found.of} pages, counted from 0")
        return Extent(found.kind, found.process, name, start, stop, found.of)

    def _find(
        self, process: str, name: str, qualified: bool, kinds: tuple[str, ...], place: Place
    ) -> Extent:
        """The whole thing that a name means, of one of these kinds."""
        mapping, held = self.story.mapping(process, name), self.story.held(process, name)
        file = None if qualified else self.story.files.get(name)
        if "mapping" in kinds and mapping is not None:
            return Extent("mapping", process, name, 0, 0, mapping.nr_pages)
        if "handle" in kinds and held is not None:
            if held.given_back:
                place.fail(f"{name} was given back at line {held.line}")
            return Extent("handle", process, name, 0, 0, held.nr_pages)
        if "file" in kinds and file is not None:
            return Extent("file", "", name, 0, 0, file.nr_pages)
        return self._not_found(process, name, kinds, place)

    def _not_found(self, process: str, name: str, kinds: tuple[str, ...], place: Place) -> NoReturn:
        """Says what the name is instead, or which name is near."""
        kind = ""
        if self.story.mapping(process, name):
            kind = "mapping"
        elif name in self.story.files:
            kind = "file"
        elif self.story.held(process, name):
            kind = "handle"
        if kind:
            place.fail(f"{shown(name)} is a {_KIND[kind]}, expected a {_or(kinds)}")
        valid = self._valid(process, kinds)
        whose = "there is no" if kinds == ("file",) else f"{process} has no"
        place.fail(f"{whose} {_or(kinds)} {shown(name)}{suggest(name, valid)}")

    def _valid(self, process: str, kinds: tuple[str, ...]) -> list[str]:
        """The names that could stand there."""
        names: list[str] = []
        if "mapping" in kinds:
            names += [name for owner, name in self.story.mappings if owner == process]
        if "handle" in kinds:
            names += [name for owner, name in self.story.handles if owner == process]
        if "file" in kinds:
            names += self.story.files
        return names


_KIND = {"mapping": "mapping", "file": "file", "handle": "name of held pages"}


def _or(kinds: tuple[str, ...]) -> str:
    return " or ".join(_KIND[kind] for kind in kinds)
