# SPDX-License-Identifier: GPL-2.0-or-later
"""The steps of one scenario as they come to mind: set-ups, extents, what a verb needs."""

from collections.abc import Sequence
from typing import Final

from linuxmm.generate.dice import Dice, chance, choice, weighted
from linuxmm.generate.kinds import KINDS, Kind, Recipe
from linuxmm.generate.targets import Target
from linuxmm.generate.world import MAX_PROCESSES, UNMAPPED, Area, World
from linuxmm.scenario.words import PROT, Group

MAX_VALUES: Final = 16  # given one for each page
VALUES: Final = ("0x5", "0x7", "0x0", "0x5a", "0x1")
BOLD: Final = 8  # steps in a hundred that ask for what cannot be
SUBJECT: Final = 70  # extents in a hundred that are of the mapping it is all about


class Steps:
    """Lines so far, the world after them, and the choices that make the next one.

    `bold`: this step may go where there is nothing, or where it has no right to.
    `room`: how many lines may still be written.
    """

    def __init__(self, dice: Dice, target: Target, fewest: int, most: int) -> None:
        self.dice, self.target, self.fewest, self.most = dice, target, fewest, most
        self.world = World()
        self.lines: list[str] = []
        self.bold = False
        self.pinned = False  # this step is about the subject
        self.subject = ""

    @property
    def room(self) -> int:
        return self.most - len(self.lines)

    def say(self, line: str) -> None:
        self.lines.append(line)
        self.world.hear(line, len(self.lines))

    def chance(self, percent: int) -> bool:
        return chance(self.dice, percent)

    def choice(self, items: Sequence[str]) -> str:
        return choice(self.dice, items)

    def weighted(self, items: Sequence[tuple[str, int]]) -> str:
        """One word of a table, of those that the target knows."""
        return weighted(self.dice, [item for item in items if not self.target.why_no_word(item[0])])

    def number(self, most: int) -> int:
        """From 1 to `most`."""
        return 1 + self.dice.below(most)

    # --- actors ---------------------------------------------------------------------------------
    def process(self) -> str:
        """A living process, mostly the first."""
        living = self.world.living()
        return living[0] if not self.chance(45) else self.choice(living)

    def actor(self, process: str) -> str:
        """The process as the actor of an access: its thread now and then, another CPU."""
        name = process
        if self.target.threads and self.chance(6):
            name = self.world.thread(process)
        return name + (" on cpu1" if self.target.cpus > 1 and self.chance(8) else "")

    def other(self, process: str, percent: int) -> str:
        """Another living process that many times in a hundred, else the same."""
        others = [name for name in self.world.living() if name != process]
        return self.choice(others) if others and self.chance(percent) else process

    # --- mappings -------------------------------------------------------------------------------
    def area(self, process: str, access: str = "") -> Area | None:
        """A mapping of the process with a page that allows the access; mostly the subject."""
        areas = [
            area
            for area in self.world.areas[process].values()
            if any(area.allows(i, access) for i in range(len(area.prots)))
        ]
        if self.bold and not areas:
            areas = list(self.world.areas[process].values())
        named = [area for area in areas if area.name == self.subject]
        if named and (self.pinned or self.chance(SUBJECT)):
            return named[0]
        return areas[self.dice.below(len(areas))] if areas else None

    def extent(self, area: Area, access: str = "") -> tuple[int, int]:
        """Pages of the mapping that allow the access; when bold, any pages."""
        size = len(area.prots)
        fits = [self.bold or area.allows(i, access) for i in range(size)]
        if all(fits) and not self.chance(40):
            return 0, size
        start = choice(self.dice, [i for i in range(size) if fits[i]] or [0])
        stop = start + 1
        length = self.number(size)
        while stop < size and stop - start < length and fits[stop]:
            stop += 1
        return start, stop

    def pages(self, process: str, access: str = "") -> tuple[Area, int, int, str] | None:
        """An extent of the process, and how it is written."""
        area = self.area(process, access)
        if area is None:
            return None
        start, stop = self.extent(area, access)
        return area, start, stop, extent_text(area, start, stop)

    def set_up(self, kind: Kind, process: str, most: int) -> None:
        """A new mapping with pages of this kind, in at most so many lines."""
        shortest = min(len(fill) for fill, _ in kind.fills)
        maps = weighted(self.dice, [m for m in kind.maps if len(m[0]) + shortest <= most and
                                    not self._left_out(m[0])])  # fmt: skip
        fill = weighted(self.dice, _fills(kind, maps, most - len(maps)))
        size = weighted(self.dice, kind.sizes)
        if kind.name == "ksm" and size == 1:
            size = 2
        words = {
            "a": self.world.new_name("a"), "n": size, "p": process, "v": self.value(),
            "f": self.world.new_name("f") if "{f}" in maps[0] else "",
            "d": self.device(kind.source),
        }  # fmt: skip
        for line in (*maps, *fill):
            text = self._with_flags(line).format(**words)
            self.say(text if text.partition(" ")[0].endswith(":") else f"{process}: {text}")
        self._know(kind, process, maps, str(words["a"]), str(words["f"]), size)
        if "MADV_MERGEABLE" in " ".join(fill):
            self.world.mergeable = True

    def _left_out(self, maps: Recipe) -> bool:
        """Is there a word in it that the target does not know?"""
        return any(self.target.why_no_word(word) for word in maps[-1].split())

    def _with_flags(self, line: str) -> str:
        """The line, with a flag of mmap now and then."""
        if "= mmap" not in line:
            return line
        flags = self.weighted((("", 85), (" populate", 8), (" locked", 4), (" noreserve", 3)))
        return line + flags

    def _know(
        self, kind: Kind, process: str, maps: Recipe, name: str, file: str, size: int
    ) -> None:
        """The mapping is known from now on, and its file."""
        words = maps[-1].split()
        shared = "shared" in words
        prot = next(word for word in words if word in PROT.words)
        if kind.name == "fsdax" and file:
            self.world.dax.add(file)
        source = kind.source or ("anon" if not file and not shared else "file")
        area = Area(name, [prot] * size, kind.name, shared, file, source)
        self.world.areas[process][name] = area

    def map_file(self, process: str) -> None:
        """A file that is there already, mapped once more: all of it or some pages."""
        files = self.world.story.files
        file = self.choice(sorted(files))
        size = files[file].nr_pages
        start, stop = 0, size
        if self.chance(30):
            start = self.dice.below(size)
            stop = start + self.number(size - start)
        part = "" if (start, stop) == (0, size) else f"[{start}:{stop}]"
        how = self.weighted((("rw shared", 4), ("rw private", 3), ("r shared", 1)))
        name = self.world.new_name("a")
        self.say(f"{process}: {name} = mmap {file}{part} {how}")
        kind = "fsdax" if file in self.world.dax else "file"
        area = Area(name, [how.split()[0]] * (stop - start), kind, "shared" in how, file, "file")
        self.world.areas[process][name] = area

    # --- words ----------------------------------------------------------------------------------
    def value(self) -> str:
        return self.choice(VALUES)

    def values(self, size: int) -> str:
        """One value for all pages, now and then one for each."""
        if size == 1 or not self.chance(15) or size > MAX_VALUES:
            return self.value()
        return " ".join(self.value() for _ in range(size))

    def device(self, kind: str = "") -> str:
        """A device that migrates: number 0 mostly."""
        kinds = [k for k in self.target.devices if kind in ("", k)]
        name = self.choice(kinds) if kinds else "coherent"
        return name + ("1" if self.chance(12) else "0")

    def some(self, group: Group, most: int = 2) -> list[str]:
        """Words of a group that the target knows, in the order of the table."""
        words = [word for word in group.words if not self.target.why_no_word(word)]
        wanted = {self.choice(words) for _ in range(self.number(most))}
        return [word for word in words if word in wanted]

    def keys(self, keys: Sequence[str], percent: int = 25) -> str:
        """Some keys of a report that many times in a hundred, else all."""
        if not self.chance(percent):
            return ""
        wanted = {self.choice(keys) for _ in range(self.number(3))}
        return "".join(f" {key}" for key in keys if key in wanted)

    # --- what steps do to the world -------------------------------------------------------------
    def may_end(self, process: str) -> bool:
        """May the process be gone after the next step: is there another, or enough steps?"""
        return len(self.world.living()) > 1 or len(self.lines) + 1 >= self.fewest

    def protect(self, area: Area, start: int, stop: int, prot: str) -> None:
        for i in range(start, stop):
            if area.prots[i] == UNMAPPED:
                return  # mprotect stops at the first hole
            area.prots[i] = prot

    def fork(self, process: str) -> str:
        """A new child, or nothing if there are enough."""
        number = len(self.world.story.processes)
        if number >= MAX_PROCESSES:
            return ""
        child = f"P{number}"
        self.say(f"{process}: {child} = fork")
        self.world.inherit(process, child)
        return child

    def hold(self, flags: str) -> str:
        """A name for what is held from now on."""
        name = self.world.new_name("h")
        if "FOLL_WRITE" in flags:
            self.world.writable.add(name)
        return name


def _fills(kind: Kind, maps: Recipe, most: int) -> list[tuple[Recipe, int]]:
    """What may follow these lines: not too long, and no write to what may only be read."""
    read_only = " r " in maps[-1] + " "
    return [
        (fill, weight)
        for fill, weight in kind.fills
        if len(fill) <= most and not (read_only and any(line[:5] == "write" for line in fill))
    ]


def extent_text(area: Area, start: int, stop: int) -> str:
    """`a`, `a[1]`, `a[0:2]`."""
    if (start, stop) == (0, len(area.prots)):
        return area.name
    return f"{area.name}[{start}]" if stop == start + 1 else f"{area.name}[{start}:{stop}]"


def kinds_of(target: Target, room: int) -> list[tuple[Kind, int]]:
    """The kinds that the target has and that fit into so many lines, by weight."""
    return [
        (KINDS[name], KINDS[name].weight)
        for name in target.kinds
        if KINDS[name].weight and KINDS[name].shortest <= room
    ]
