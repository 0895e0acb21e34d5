"""Random scenarios for a real kernel: deterministic from a seed, never harmful to the host."""

import random

from linuxmm.scenario.parse import parse
from linuxmm.scenario.tree import Scenario

MAPPINGS = ("rw private anon", "rw private anon", "r private anon", "rw shared anon")
PROTECTIONS = ("r", "rw", "rw", "none")
ADVICE = (
    "MADV_DONTNEED", "MADV_FREE", "MADV_COLD", "MADV_PAGEOUT", "MADV_POPULATE_READ",
    "MADV_POPULATE_WRITE", "MADV_DONTNEED_LOCKED", "MADV_WILLNEED",
)  # fmt: skip
MERGE = ("MADV_MERGEABLE", "MADV_UNMERGEABLE")
MAX_PROCESSES = 3


class Steps:
    """The lines of one scenario as they come to mind."""

    def __init__(self, seed: int, *, ksm: bool) -> None:
        self.random = random.Random(seed)
        self.ksm = ksm
        self.lines: list[str] = []
        self.sizes: dict[str, dict[str, int]] = {"P0": {}}
        self.nr_mappings = self.nr_processes = 1

    def make(self, count: int) -> list[str]:
        self._mmap("P0")
        while len(self.lines) < count:
            self._step(self.random.choice(sorted(self.sizes)))
        return self.lines

    def _step(self, process: str) -> None:
        kind = self.random.choices(
            ("touch", "advise", "protect", "lock", "mmap", "munmap", "fork", "exit", "refs", "move",
             "ksm"),
            (30, 16, 9, 9, 7, 3, 6, 2, 3, 4, 8 if self.ksm else 0),
        )[0]  # fmt: skip
        if kind == "mmap" or not self.sizes[process]:
            self._mmap(process)
        elif kind == "fork":
            self._fork(process)
        elif kind == "exit":
            if process != "P0":
                self.lines.append(f"{process}: exit")
                del self.sizes[process]
        elif kind == "refs":
            self.lines.append(f"{process}: clear_refs {self.random.choice((1, 2, 3))}")
        elif kind == "ksm":
            self._ksm(process)
        else:
            self._on_pages(process, kind)

    def _mmap(self, process: str) -> None:
        name, size = f"m{self.nr_mappings}", self.random.randint(1, 6)
        self.nr_mappings += 1
        how = self.random.choice((*MAPPINGS, "memfd", "file"))
        if how in ("memfd", "file"):
            verb = "memfd_create" if how == "memfd" else "file"
            self.lines.append(f"{process}: f{name} = {verb} {size}p")
            size_word = f"f{name}"
            how = self.random.choice(("rw private", "rw shared"))
        else:
            size_word = f"{size}p"
        self.lines.append(f"{process}: {name} = mmap {size_word} {how}")
        self.sizes[process][name] = size

    def _fork(self, process: str) -> None:
        if self.nr_processes < MAX_PROCESSES:
            child = f"P{self.nr_processes}"
            self.nr_processes += 1
            self.lines.append(f"{process}: {child} = fork")
            self.sizes[child] = dict(self.sizes[process])

    def _ksm(self, process: str) -> None:
        if self.random.random() < 0.5:
            self.lines.append(f"ksmd: full_scan {self.random.randint(1, 3)}")
        else:
            advice = self.random.choice(MERGE)
            self.lines.append(f"{process}: madvise {self._extent(process)} {advice}")

    def _extent(self, process: str) -> str:
        name = self.random.choice(sorted(self.sizes[process]))
        size = self.sizes[process][name]
        start = self.random.randrange(size)
        stop = self.random.randint(start + 1, size)
        return name if self.random.random() < 0.4 else f"{name}[{start}:{stop}]"

    def _on_pages(self, process: str, kind: str) -> None:
        pages, choose = self._extent(process), self.random.choice
        words = {
            "touch": choose((f"read {pages}", f"write {pages} {self.random.randint(0, 3)}")),
            "advise": f"madvise {pages} {choose(ADVICE)}",
            "protect": f"mprotect {pages} {choose(PROTECTIONS)}",
            "lock": choose((f"mlock {pages}", f"munlock {pages}", f"mlock2 {pages} MLOCK_ONFAULT")),
            "munmap": f"munmap {pages}",
            "move": f"move_pages {pages}" + choose(("", " node0")),
        }
        self.lines.append(f"{process}: {words[kind]}")


def random_scenario(seed: int, *, count: int = 14, ksm: bool = True) -> Scenario:
    """The scenario of a seed."""
    steps = "\n".join("  " + line for line in Steps(seed, ksm=ksm).make(count))
    head = f"linuxmm-scenario 1\nname: random-{seed}\nintent: Random steps.\n\n"
    machine = "machine:\n  node0 512M\n  ksm run = 1\n\n"
    return parse(head + machine + "steps:\n" + steps + "\n", f"random-{seed}")
