"""What a search tries: set-ups, actions and probes, as lines of the scenario language.

Every path of a search is therefore a scenario as it stands: a set-up that makes a page of some
kind in some mapping, then actions on it.  All set-ups map their pages as `a` in process P0.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final


@dataclass(frozen=True)
class Setup:
    """One page kind in one mapping; `machine` are the devices it needs beside two nodes."""

    name: str
    kind: str
    lines: tuple[str, ...]
    machine: tuple[str, ...] = ()

    @cached_property
    def devices(self) -> frozenset[str]:
        """The names of the devices."""
        return frozenset(line.split()[0] for line in self.machine)


@dataclass(frozen=True)
class Action:
    """One or a few lines that belong together.

    `needs` and `gives` are facts about the path (a child exists, a reference is held);
    `once`: not twice on a path.  `ends`: facts that are no longer true afterwards.
    """

    name: str
    lines: tuple[str, ...]
    needs: frozenset[str] = frozenset()
    gives: frozenset[str] = frozenset()
    ends: frozenset[str] = frozenset()
    modifier: bool = False
    devices: frozenset[str] = field(default=frozenset())
    kinds: frozenset[str] = frozenset()  # only for set-ups of these kinds; empty: for all

    @cached_property
    def wanted(self) -> frozenset[str]:
        """The facts that must be true before it."""
        return frozenset(need for need in self.needs if not need.startswith("!"))

    @cached_property
    def unwanted(self) -> frozenset[str]:
        """The facts that must not be true before it."""
        return frozenset(need[1:] for need in self.needs if need.startswith("!"))


def _setup(name: str, kind: str, *lines: str, machine: tuple[str, ...] = ()) -> Setup:
    return Setup(name, kind, tuple("P0: " + s if ":" not in s else s for s in lines), machine)


_COHERENT: Final = ("coherent0 256M",)
_PRIVATE: Final = ("private0 256M",)
_DAX: Final = ("dax0 64M",)
_DEVDAX: Final = ("devdax0 64M",)

SETUPS: Final[tuple[Setup, ...]] = (
    _setup("untouched", "", "a = mmap 1p"),
    _setup("anon", "anon", "a = mmap 1p", "write a 0x11"),
    _setup("zero", "zero", "a = mmap 1p", "read a"),
    _setup("anon-2", "anon", "a = mmap 2p", "write a 0x11"),
    _setup("coherent", "coherent", "a = mmap 1p", "write a 0x11", "coherent0: migrate P0.a",
           machine=_COHERENT),
    _setup("coherent-2", "coherent", "a = mmap 2p", "write a 0x11", "coherent0: migrate P0.a",
           machine=_COHERENT),
    _setup("coherent-anon", "coherent", "a = mmap 2p", "write a 0x11",
           "coherent0: migrate P0.a[0]", machine=_COHERENT),
    _setup("anon-coherent", "coherent", "a = mmap 2p", "write a 0x11",
           "coherent0: migrate P0.a[1]", machine=_COHERENT),
    _setup("private", "private", "a = mmap 1p", "write a 0x11", "private0: migrate P0.a",
           machine=_PRIVATE),
    _setup("shmem", "shmem", "a = mmap 1p rw shared anon", "write a 0x11"),
    _setup("file-read", "file", "f = file 1p", "a = mmap f rw shared", "read a"),
    _setup("file-write", "file", "f = file 1p", "a = mmap f rw shared", "write a 0x11"),
    _setup("file-private", "file", "f = file 1p", "a = mmap f rw private", "read a"),
    _setup("fsdax-read", "fsdax", "a = mmap 1p rw shared dax0", "read a", machine=_DAX),
    _setup("fsdax-write", "fsdax", "a = mmap 1p rw shared dax0", "write a 0x11", machine=_DAX),
    _setup("fsdax-private", "fsdax", "a = mmap 1p rw private dax0", "read a", machine=_DAX),
    _setup("fsdax-mixed", "fsdax", "a = mmap 2p rw private dax0", "read a", "write a[0] 0x11",
           machine=_DAX),
    _setup("fsdax-by-device", "fsdax", "a = mmap 1p rw shared dax0", "read a",
           machine=(*_DAX, *_COHERENT)),
    _setup("devdax", "devdax", "a = mmap 1p rw shared devdax0", "write a 0x11", machine=_DEVDAX),
    _setup("pfnmap", "pfnmap", "a = mmap 1p rw shared pfnmap"),
    _setup("pfnmap-private", "pfnmap", "a = mmap 1p rw private pfnmap"),
    _setup("mixedmap-page", "mixedmap", "a = mmap 1p rw shared mixedmap pages"),
    _setup("mixedmap-pfn", "mixedmap", "a = mmap 1p rw shared mixedmap pfns", "read a"),
    _setup("mixedmap-by-device", "mixedmap", "a = mmap 1p rw shared mixedmap pfns", "read a",
           machine=_COHERENT),
)  # fmt: skip


def _action(
    name: str,
    *lines: str,
    needs: str = "",
    gives: str = "",
    ends: str = "",
    modifier: bool = False,
    devices: str = "",
    kinds: str = "",
) -> Action:
    return Action(
        name,
        lines,
        frozenset(needs.split()),
        frozenset(gives.split()),
        frozenset(ends.split()),
        modifier,
        frozenset(devices.split()),
        frozenset(kinds.split()),
    )


# What may come between set-up and trigger.  Every modifier is a trigger as well.
MODIFIERS: Final[tuple[Action, ...]] = (
    _action("fork", "P0: P1 = fork", gives="P1", needs="P0 !P1", modifier=True),
    _action("write", "P0: write a 0x33", needs="P0", modifier=True),
    _action("mlock", "P0: mlock a", needs="P0", modifier=True),
    _action("munlock", "P0: munlock a", needs="P0", modifier=True),
    _action("mprotect-none", "P0: mprotect a none", needs="P0", modifier=True),
    _action("mprotect-r", "P0: mprotect a r", needs="P0", modifier=True),
    _action("ksm", "P0: madvise a MADV_MERGEABLE", "ksmd: full_scan 3", needs="P0 !ksm",
            gives="ksm", modifier=True, kinds="anon coherent private zero"),
    _action("thread", "P0.t1: read a", needs="P0 !thread", gives="thread", modifier=True),
    _action("numa-scan", "numa: scan P0", needs="P0", modifier=True),
    _action("drain", "drain", modifier=True),
    _action("pin", "P0: h = pin a FOLL_WRITE", needs="P0 !h", gives="h", modifier=True),
    _action("get", "P0: g = get a", needs="P0 !g", gives="g", modifier=True),
    _action("child-write", "P1: write a 0x22", needs="P1", modifier=True),
    _action("to-coherent", "coherent0: migrate P0.a", needs="P0", devices="coherent0",
            modifier=True),
    _action("to-sys", "coherent0: migrate_to_sys P0.a", needs="P0", devices="coherent0",
            modifier=True),
    _action("madv-free", "P0: madvise a MADV_FREE", needs="P0", modifier=True),
    _action("clear-refs", "P0: clear_refs 1", needs="P0", modifier=True),
    _action("clear-refs-4", "P0: clear_refs 4", needs="P0", modifier=True),
)  # fmt: skip

TRIGGERS: Final[tuple[Action, ...]] = (
    *MODIFIERS,
    _action("read", "P0: read a", needs="P0"),
    _action("mprotect-rw", "P0: mprotect a rw", needs="P0"),
    _action("mlock-onfault", "P0: mlock2 a MLOCK_ONFAULT", needs="P0"),
    _action("munmap", "P0: munmap a", needs="P0"),
    _action("exit", "P0: exit", needs="P0", ends="P0"),
    _action("child-exit", "P1: exit", needs="P1", ends="P1"),
    _action("madv-cold", "P0: madvise a MADV_COLD", needs="P0"),
    _action("madv-pageout", "P0: madvise a MADV_PAGEOUT", needs="P0"),
    _action("madv-dontneed", "P0: madvise a MADV_DONTNEED", needs="P0"),
    _action("madv-mergeable", "P0: madvise a MADV_MERGEABLE", needs="P0"),
    _action("madv-unmergeable", "P0: madvise a MADV_UNMERGEABLE", needs="P0"),
    _action("populate-read", "P0: madvise a MADV_POPULATE_READ", needs="P0"),
    _action("populate-write", "P0: madvise a MADV_POPULATE_WRITE", needs="P0"),
    _action("ksm-again", "ksmd: full_scan 2", needs="ksm"),
    _action("move-query", "P0: move_pages a", needs="P0"),
    _action("move", "P0: move_pages a node1", needs="P0"),
    _action("move-all", "P0: move_pages a node1 MPOL_MF_MOVE_ALL", needs="P0"),
    _action("pin-read", "P0: p = pin a", needs="P0"),
    _action("pin-longterm", "P0: l = pin a FOLL_LONGTERM FOLL_WRITE", needs="P0"),
    _action("pin-fast", "P0: q = pin_fast a FOLL_WRITE", needs="P0"),
    _action("unpin", "P0: unpin h", needs="P0 h", ends="h"),
    _action("put", "P0: put g", needs="P0 g", ends="g"),
    _action("follow", "P0: follow_page a FOLL_GET", needs="P0"),
    _action("follow-dump", "P0: follow_page a FOLL_GET FOLL_DUMP", needs="P0"),
    _action("smaps", "P0: smaps a", needs="P0"),
    _action("pagemap", "P0: pagemap a", needs="P0"),
    _action("numa-maps", "P0: numa_maps a", needs="P0"),
    _action("device-read", "coherent0: read P0.a", needs="P0", devices="coherent0"),
    _action("device-snapshot", "coherent0: snapshot P0.a", needs="P0", devices="coherent0"),
)  # fmt: skip

# What is looked at where two kernels have parted; in this order, two at most.
PROBES: Final[tuple[Action, ...]] = (
    _action("pages", "P0: pages a", needs="P0"),
    _action("read", "P0: read a", needs="P0"),
    _action("smaps", "P0: smaps a", needs="P0"),
    _action("pagemap", "P0: pagemap a", needs="P0"),
    _action("numa-maps", "P0: numa_maps a", needs="P0"),
    _action("meminfo", "P0: meminfo Mlocked Unevictable AnonPages Mapped", needs="P0"),
    _action("status", "P0: status VmRSS RssAnon RssFile RssShmem VmLck", needs="P0"),
    _action("ksm", "P0: ksm pages_shared pages_sharing pages_unshared", needs="P0 ksm"),
    _action("vmstat", "P0: vmstat numa_pte_updates numa_hint_faults numa_pages_migrated "
            "nr_mlock nr_isolated_anon", needs="P0"),
    _action("child-pages", "P1: pages a", needs="P1"),
    _action("child-read", "P1: read a", needs="P1"),
    _action("munlock", "P0: munlock a", needs="P0"),
    _action("write", "P0: write a 0x44", needs="P0"),
    _action("unmergeable", "P0: madvise a MADV_UNMERGEABLE", needs="P0 ksm"),
    _action("ksm-again", "ksmd: full_scan 2", needs="ksm"),
    _action("exit", "P0: exit", needs="P0", ends="P0"),
)  # fmt: skip


def applies(action: Action, facts: frozenset[str], setup: Setup) -> bool:
    """May this action come next on a path with these facts?"""
    if action.kinds and setup.kind not in action.kinds:
        return False
    if not action.devices <= setup.devices:
        return False
    return action.wanted <= facts and action.unwanted.isdisjoint(facts)


def facts_after(action: Action, facts: frozenset[str]) -> frozenset[str]:
    """What is true of a path once the action is made."""
    return (facts | action.gives) - action.ends


START: Final = frozenset({"P0"})


def scenario_text(
    setup: Setup,
    lines: tuple[str, ...],
    *,
    name: str = "witness",
    intent: str = "",
    swap: bool = False,
) -> str:
    """A whole scenario file: the machine of the set-up and these steps."""
    body = [
        "linuxmm-scenario 1",
        f"name:    {name}",
        f"intent:  {intent or 'Found by search.'}",
        "",
        "machine:",
        "  node0 512M",
        "  node1 512M",
        *(f"  {line}" for line in setup.machine),
    ]
    if swap:
        body.append("  swap 16M zram")
    if any(line.startswith("numa:") for line in lines):
        body.append("  sysctl kernel.numa_balancing = 1")
    if any(line.startswith("ksmd:") for line in lines):
        body.append("  ksm run = 1")
    body += ["", "steps:", *(f"  {line}" for line in lines)]
    return "\n".join(body) + "\n"
