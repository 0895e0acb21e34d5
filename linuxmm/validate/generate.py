"""Random scenarios for the virtual machine: page kind x mapping x operation x flag, by seed.

Every page kind that the machine can make, two nodes, up to three processes, coherent devices,
pins, KSM, swap.  The same seed gives the same scenario for ever.
"""

import random
from typing import Final

from linuxmm.scenario.parse import parse
from linuxmm.scenario.tree import Scenario

MAX_PROCESSES: Final = 3
ADVICE: Final = (
    "MADV_DONTNEED", "MADV_FREE", "MADV_COLD", "MADV_PAGEOUT", "MADV_POPULATE_READ",
    "MADV_POPULATE_WRITE", "MADV_DONTNEED_LOCKED", "MADV_MERGEABLE", "MADV_UNMERGEABLE",
)  # fmt: skip
KINDS: Final = (  # how a mapping comes to life, and how often
    ("{n} = mmap {s}p rw private anon", 8),
    ("{n} = mmap {s}p r private anon", 1),
    ("{n} = mmap {s}p rw shared anon", 2),
    ("{n} = mmap {s}p rw shared dax0", 1),
    ("{n} = mmap {s}p rw private dax0", 1),
    ("{n} = mmap {s}p rw shared devdax0", 1),
    ("{n} = mmap {s}p rw shared pfnmap", 1),
    ("{n} = mmap {s}p rw shared mixedmap pages", 1),
    ("{n} = mmap {s}p rw shared mixedmap pfns", 1),
    ("{n} = mmap f{n} rw private", 2),
    ("{n} = mmap f{n} rw shared", 2),
)
ACTS: Final = (
    ("touch", 30), ("advise", 12), ("migrate", 14), ("back", 5), ("protect", 7), ("lock", 7),
    ("move", 8), ("mmap", 5), ("munmap", 2), ("fork", 5), ("exit", 2), ("refs", 2), ("ksm", 4),
    ("hold", 4), ("drop", 3), ("numa", 3), ("report", 8),
)  # fmt: skip
REPORTS: Final = (
    "smaps {p}", "numa_maps {p}", "kpageflags {p}", "kpagecount {p}", "follow_page {p} FOLL_GET",
    "move_pages {p}", "meminfo Mlocked Unevictable", "ksm",
)  # fmt: skip
HEAD: Final = """\
linuxmm-scenario 1
name: vm-{seed}
intent: Random steps.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  coherent1 256M node1
  dax0 64M
  devdax0 64M
  cpus 2
  swap 64M zram
  sysctl kernel.numa_balancing = 1
  ksm run = 1

steps:
"""


class Steps:
    """The lines of one scenario as they come to mind."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.sizes: dict[str, dict[str, int]] = {"P0": {}}
        self.held: list[tuple[str, str, str]] = []  # process, name, verb that gives back
        self.made = 0

    def make(self, count: int) -> list[str]:
        self._mmap("P0")
        while len(self.lines) < count:
            process = self.random.choice(sorted(self.sizes))
            kinds, weights = zip(*ACTS, strict=True)
            getattr(self, "_" + self.random.choices(kinds, weights)[0])(process)
        return self.lines

    def _say(self, line: str) -> None:
        self.lines.append(line)

    def _new(self) -> int:
        self.made += 1
        return self.made

    def _actor(self, process: str) -> str:
        return process + (" on cpu1" if self.random.random() < 0.2 else "")

    def _pages(self, process: str) -> str:
        if not self.sizes[process]:
            self._mmap(process)
        name = self.random.choice(sorted(self.sizes[process]))
        size = self.sizes[process][name]
        start = self.random.randrange(size)
        stop = self.random.randint(start + 1, size)
        return name if self.random.random() < 0.5 else f"{name}[{start}:{stop}]"

    def _mmap(self, process: str) -> None:
        words, weights = zip(*KINDS, strict=True)
        word = self.random.choices(words, weights)[0]
        name, size = f"m{self._new()}", self.random.randint(1, 4)
        if " f{n}" in word:
            verb = self.random.choice(("file", "memfd_create", "file"))
            self._say(f"{process}: f{name} = {verb} {size}p")
        self._say(f"{process}: " + word.format(n=name, s=size))
        self.sizes[process][name] = size

    def _touch(self, process: str) -> None:
        pages = self._pages(process)
        value = hex(self.random.randint(0, 3))
        act = self.random.choice((f"read {pages}", f"write {pages} {value}", f"write {pages} 0x7"))
        self._say(f"{self._actor(process)}: {act}")

    def _advise(self, process: str) -> None:
        self._say(f"{process}: madvise {self._pages(process)} {self.random.choice(ADVICE)}")

    def _migrate(self, process: str) -> None:
        device = self.random.choice(("coherent0", "coherent1"))
        self._say(f"{device}: migrate {process}.{self._pages(process)}")

    def _back(self, process: str) -> None:
        device = self.random.choice(("coherent0", "coherent1"))
        self._say(f"{device}: migrate_to_sys {process}.{self._pages(process)}")

    def _protect(self, process: str) -> None:
        prot = self.random.choice(("r", "rw", "rw", "none"))
        self._say(f"{process}: mprotect {self._pages(process)} {prot}")

    def _lock(self, process: str) -> None:
        pages = self._pages(process)
        word = self.random.choice((f"mlock {pages}", f"munlock {pages}"))
        self._say(f"{process}: " + self.random.choice((word, f"mlock2 {pages} MLOCK_ONFAULT")))

    def _move(self, process: str) -> None:
        node = self.random.choice(("node0", "node1"))
        flag = self.random.choice(("", "", " MPOL_MF_MOVE_ALL"))
        self._say(f"{process}: move_pages {self._pages(process)} {node}{flag}")

    def _munmap(self, process: str) -> None:
        self._say(f"{process}: munmap {self._pages(process)}")

    def _fork(self, process: str) -> None:
        child = f"P{sum(' = fork' in line for line in self.lines) + 1}"
        if child != f"P{MAX_PROCESSES}":
            self._say(f"{process}: {child} = fork")
            self.sizes[child] = dict(self.sizes[process])

    def _exit(self, process: str) -> None:
        if process != "P0":
            self._say(f"{process}: exit")
            del self.sizes[process]
            self.held = [held for held in self.held if held[0] != process]

    def _refs(self, process: str) -> None:
        self._say(f"{process}: clear_refs {self.random.choice((1, 2, 3, 4))}")

    def _ksm(self, process: str) -> None:
        self._say(f"ksmd: full_scan {self.random.randint(1, 3)}")

    def _hold(self, process: str) -> None:
        verb, back = self.random.choice((("get", "put"), ("pin", "unpin"), ("pin_fast", "unpin")))
        flags = self.random.choice(
            ("", " FOLL_WRITE", " FOLL_LONGTERM", " FOLL_WRITE FOLL_LONGTERM")
        )
        if verb == "get":
            flags = flags.replace(" FOLL_LONGTERM", "")
        name = f"h{self._new()}"
        self._say(f"{process}: {name} = {verb} {self._pages(process)}{flags}")
        self.held.append((process, name, back))

    def _drop(self, process: str) -> None:
        if self.held:
            owner, name, back = self.held.pop(self.random.randrange(len(self.held)))
            self._say(f"{owner}: {back} {name}")

    def _numa(self, process: str) -> None:
        self._say(f"numa: scan {process}")

    def _report(self, process: str) -> None:
        self._say(f"{process}: " + self.random.choice(REPORTS).format(p=self._pages(process)))


def random_scenario(seed: int, count: int = 12) -> Scenario:
    """The scenario of a seed."""
    steps = "\n".join("  " + line for line in Steps(seed).make(count))
    return parse((HEAD.format(seed=seed) + steps + "\n").encode(), f"vm-{seed}")
