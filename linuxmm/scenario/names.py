"""Which names a scenario has at a step: processes, mappings, files, held pages, devices."""

import re
from dataclasses import dataclass, field
from typing import NoReturn

from linuxmm.scenario.lines import Place, shown, suggest
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
class Held:
    """The pages a get or pin holds, and where they were given back (0: still held)."""

    nr_pages: int
    verb: str
    released_at: int = 0


@dataclass(eq=False, repr=False)
class Names:
    """Everything named so far."""

    machine: Machine
    mappings: dict[str, dict[str, int]] = field(default_factory=lambda: {"P0": {}})
    files: dict[str, int] = field(default_factory=dict)
    held: dict[tuple[str, str], Held] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    phases: dict[str, str] = field(default_factory=dict)
    nr_pages: int = 0
    nr_listed: int = 0

    # --- actors ---------------------------------------------------------------------------

    def actors(self) -> list[str]:
        """Every actor there is, for messages."""
        living = [process for process in self.mappings if process not in self.ended]
        return [*living, *(device.name for device in self.machine.devices), *DAEMONS]

    def check_actor(self, actor: str, place: Place) -> None:
        """The actor exists and has not ended."""
        thread = THREAD.fullmatch(actor)
        if thread:
            self.check_process(thread[1], place)
            if actor in self.ended:
                place.fail(f"{actor} exited at line {self.ended[actor]}")
        elif PROCESS.fullmatch(actor):
            self.check_process(actor, place)
        elif DEVICE.fullmatch(actor):
            self.check_device(actor, place)
        elif actor not in DAEMONS:
            place.fail(f"{shown(actor)} is no actor{suggest(actor, self.actors())}")

    def check_process(self, process: str, place: Place) -> None:
        """The process has been forked and has not exited."""
        if process not in self.mappings:
            place.fail(f"{process} does not exist yet; a step P0: {process} = fork makes it")
        if process in self.ended:
            place.fail(f"{process} exited at line {self.ended[process]}")

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
        taken = name in self.mappings[process] or name in self.files
        if taken or (process, name) in self.held:
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

    def fork(self, parent: str, child: str, place: Place) -> None:
        """The child knows the mappings that its parent has now."""
        if not PROCESS.fullmatch(child):
            place.fail(f"{shown(child)} is no name of a process; write P1 = fork")
        if child in self.mappings:
            place.fail(f"{child} exists already")
        if len(self.mappings) >= MAX_PROCESSES:
            place.fail(f"a scenario has at most {MAX_PROCESSES} processes")
        self.mappings[child] = dict(self.mappings[parent])

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
        mappings = self.mappings.get(process, {})
        held = self.held.get((process, name))
        if "mapping" in kinds and name in mappings:
            return Extent("mapping", process, name, 0, 0, mappings[name])
        if "handle" in kinds and held is not None:
            if held.released_at:
                place.fail(f"{name} was given back at line {held.released_at}")
            return Extent("handle", process, name, 0, 0, held.nr_pages)
        if "file" in kinds and not qualified and name in self.files:
            return Extent("file", "", name, 0, 0, self.files[name])
        return self._not_found(process, name, kinds, place)

    def _not_found(self, process: str, name: str, kinds: tuple[str, ...], place: Place) -> NoReturn:
        """Says what the name is instead, or which name is near."""
        kind = ""
        if name in self.mappings.get(process, {}):
            kind = "mapping"
        elif name in self.files:
            kind = "file"
        elif (process, name) in self.held:
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
            names += self.mappings.get(process, {})
        if "handle" in kinds:
            names += [name for owner, name in self.held if owner == process]
        if "file" in kinds:
            names += self.files
        return names


_KIND = {"mapping": "mapping", "file": "file", "handle": "name of held pages"}


def _or(kinds: tuple[str, ...]) -> str:
    return " or ".join(_KIND[kind] for kind in kinds)
