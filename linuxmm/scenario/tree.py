# SPDX-License-Identifier: GPL-2.0-or-later
"""A parsed scenario: frozen values that the model, a real kernel and the printer read alike.

Every name is resolved and every default filled in: an extent says whose pages it means, a
``mmap`` has its protection, sharing and backing.  Line numbers do not take part in equality, so
that a scenario printed and parsed again equals itself.
"""

from dataclasses import dataclass, field

from linuxmm.scenario.outcome import Result
from linuxmm.scenario.verbs import VERBS, Verb, actor_kind


@dataclass(frozen=True, slots=True)
class Extent:
    """Pages ``start`` to ``stop`` (excluded) of a named mapping, file or set of held pages.

    ``process`` is whose mapping it is; empty for a file.  ``of``: how many pages the name has.
    ``kind``: ``mapping``, ``file`` or ``handle`` (what a get or pin holds).
    """

    kind: str
    process: str
    name: str
    start: int
    stop: int
    of: int

    @property
    def nr_pages(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Step:
    """One step: who does what, and every argument its verb takes (the others stay empty).

    ``actor`` is ``P0``, ``P0.t1``, a device, a daemon, or empty for the machine itself.
    ``name`` is what the step defines.  ``values`` and ``nodes`` hold one entry for all pages or
    one per page.  ``words`` holds flags and choices in the order of the verb's table, defaults
    included.  ``nr_pages`` is a size argument (mmap, mremap, file), 0 without one.
    """

    line: int = field(compare=False)
    label: str
    actor: str
    verb: str
    cpu: int = 0
    name: str = ""
    target: Extent | None = None
    nr_pages: int = 0
    process: str = ""
    device: str = ""
    words: tuple[str, ...] = ()
    values: tuple[int, ...] = ()
    nodes: tuple[int, ...] = ()
    to_nodes: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()
    settings: tuple[tuple[str, int], ...] = ()
    number: int = -1

    @property
    def by(self) -> str:
        """The process that acts (``P0`` also for its thread ``P0.t1``), or empty."""
        return self.actor.partition(".")[0] if self.actor[:1] == "P" else ""

    @property
    def whose(self) -> str:
        """The process that the step is about: whose pages or files it names, else its own."""
        return self.process or (self.target.process if self.target else "") or self.by

    @property
    def needs(self) -> frozenset[str]:
        """The processes without which it cannot be made."""
        target = self.target.process if self.target else ""
        return frozenset((self.by, self.process, target)) - {""}

    @property
    def record(self) -> Verb:
        """What is known of its verb."""
        return VERBS[actor_kind(self.actor), self.verb]


@dataclass(frozen=True, slots=True)
class EventPattern:
    """``!bad-page-map``: the step logs this event, ``count`` times (-1: at least once).

    The name ``none`` means that it logs nothing.
    """

    name: str
    count: int = -1

    def text(self) -> str:
        return f"!{self.name}" + (f"*{self.count}" if self.count >= 0 else "")


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a step may give: one of ``results`` (none: whatever it gives) and these events."""

    results: tuple[Result, ...]
    events: tuple[EventPattern, ...] = ()

    def text(self) -> str:
        words = [" or ".join(result.text() for result in self.results)]
        return " ".join(part for part in words + [e.text() for e in self.events] if part)


@dataclass(frozen=True, slots=True)
class Expectation:
    """``r1 = ...``: the pattern for step number ``step``, called by its label or verb."""

    line: int = field(compare=False)
    address: str
    step: int
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Expect:
    """The block ``expect KERNEL:``; the kernel ``*`` means every one."""

    line: int = field(compare=False)
    kernel: str
    expectations: tuple[Expectation, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """One item of ``never:`` or ``exists:``: an invariant or event id, or an expectation."""

    line: int = field(compare=False)
    id: str = ""
    expectation: Expectation | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A NUMA node with system memory; ``movable``: its zone; ``cpuless``: memory only."""

    number: int
    nr_pages: int
    movable: bool = False
    cpuless: bool = False


@dataclass(frozen=True, slots=True)
class Device:
    """A device with memory: ``kind`` is coherent, private, dax, devdax or p2pdma."""

    kind: str
    number: int
    nr_pages: int
    node: int = 0
    filesystem: str = ""

    @property
    def name(self) -> str:
        return f"{self.kind}{self.number}"


@dataclass(frozen=True, slots=True)
class Cgroup:
    """A group of cgroup v2; its limit in pages (0: none), and the group that it is in."""

    name: str
    max_pages: int = 0
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine block.  CPU number i is on node ``cpu_nodes[i]``.  ``memlock`` -1: no limit.

    ``boot``: words of its kernel's command line.
    """

    nodes: tuple[Node, ...]
    devices: tuple[Device, ...] = ()
    cpu_nodes: tuple[int, ...] = (0,)
    swap_pages: int = 0
    swap_kind: str = ""
    thp: str = "never"
    shmem: str = "never"
    unprivileged: bool = False
    memlock: int = -1
    sysctls: tuple[tuple[str, int], ...] = ()
    ksm: tuple[tuple[str, int], ...] = ()
    khugepaged: tuple[tuple[str, int], ...] = ()
    boot: tuple[tuple[str, str], ...] = ()
    memcg: bool = False  # the three groups of cgroup v1
    cgroups: tuple[Cgroup, ...] = ()

    @property
    def boot_words(self) -> tuple[str, ...]:
        """``vsyscall=emulate``: the words as a boot loader passes them, in one order."""
        return tuple(sorted(f"{key}={value}" for key, value in self.boot))

    def device(self, name: str) -> Device | None:
        return next((device for device in self.devices if device.name == name), None)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole file."""

    name: str
    intent: str
    machine: Machine
    steps: tuple[Step, ...]
    expects: tuple[Expect, ...] = ()
    never: tuple[Condition, ...] = ()
    exists: tuple[Condition, ...] = ()
    requires: tuple[str, ...] = ()
    file: str = field(default="", compare=False)

    def needs(self) -> tuple[str, ...]:
        """What a real kernel must have: ``requires:`` and what the machine block implies."""
        implied = [word for device in self.machine.devices for word in NEEDS[device.kind]]
        if len(self.machine.nodes) > 1:
            implied.append("two_nodes")
        if self.machine.swap_pages:
            implied.append("zram" if self.machine.swap_kind == "zram" else "swap")
        return tuple(dict.fromkeys((*self.requires, *implied)))


NEEDS: dict[str, tuple[str, ...]] = {
    "coherent": ("test_hmm",),
    "private": ("CONFIG_DEVICE_PRIVATE", "test_hmm"),
    "dax": ("pmem",),
    "devdax": ("pmem",),
    "p2pdma": ("CONFIG_PCI_P2PDMA",),
}
