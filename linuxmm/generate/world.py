"""What the generator knows of a scenario under way: enough that steps meet what is there.

It is not the model: which pages are mapped with which rights, who lives, what is held.  That the
steps of a seed never change when the model does is the point of it.
"""

import itertools
from dataclasses import dataclass, field, replace
from typing import Final

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
class Held:
    """Pages that a get or pin holds; `writable`: taken to write to them."""

    process: str
    name: str
    verb: str
    size: int
    writable: bool


@dataclass
class World:
    """Who lives and what is mapped, held and under way."""

    areas: dict[str, dict[str, Area]] = field(default_factory=lambda: {"P0": {}})
    files: dict[str, tuple[int, bool]] = field(default_factory=dict)  # pages, on DAX
    held: list[Held] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)  # threads: none comes back
    dead: set[str] = field(default_factory=set)
    mergeable: bool = False
    phase: str = ""  # how far a migration in phases has come
    phase_by: str = ""  # and which device makes it
    names: dict[str, int] = field(default_factory=dict)

    def living(self) -> list[str]:
        return [process for process in self.areas if process not in self.dead]

    def new_name(self, letter: str) -> str:
        """Mappings a, b, c, d, e, a6 ...; files f, f2 ...; what is held h, h2 ..."""
        count = self.names[letter] = self.names.get(letter, 0) + 1
        if letter == "a" and count <= 5:
            return "abcde"[count - 1]
        return f"{letter}{count}" if count > 1 else letter

    def thread(self, process: str) -> str:
        """A thread of the process: the first, or the next one where that has ended."""
        numbers = itertools.count(1)
        name = next(t for n in numbers if (t := f"{process}.t{n}") not in self.ended)
        self.threads.add(name)
        return name

    def end_thread(self) -> str:
        """The thread that ends: the first of those that live."""
        name = min(self.threads)
        self.threads.remove(name)
        self.ended.add(name)
        return name

    def fork(self, parent: str, child: str) -> None:
        copies = {name: replace(a, prots=list(a.prots)) for name, a in self.areas[parent].items()}
        self.areas[child] = copies

    def kill(self, process: str) -> None:
        """The process is gone, and with it what it held."""
        self.dead.add(process)
        self.held = [held for held in self.held if held.process != process]
        self.threads = {thread for thread in self.threads if not thread.startswith(process + ".")}
