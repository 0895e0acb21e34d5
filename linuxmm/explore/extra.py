"""What the test of the tests tries beside the catalogue: a review does not need it.

A review must be fast and its witnesses small; a mutated rule may need more: a second
thread on another node, a page in the other node, a swap device, several pages of a kind.
"""

from typing import Final

from linuxmm.explore.catalogue import Action, Setup, scenario_text
from linuxmm.explore.catalogue import _action as action


def setup(name: str, kind: str, *lines: str, machine: tuple[str, ...] = ()) -> Setup:
    """A set-up; a line without an actor is one of P0's."""
    return Setup(name, kind, tuple(s if ": " in s else f"P0: {s}" for s in lines), machine)


_COHERENT: Final = ("coherent0 256M",)

_TWO_COHERENT: Final = ("coherent0 256M", "coherent1 256M")
_FORK: Final = "P0: P9 = fork"  # not P1: the catalogue's `fork` defines that name

EXTRA_SETUPS: Final[tuple[Setup, ...]] = (
    # a page that a walk refuses, then one that it takes
    setup("zero-anon", "anon", "a = mmap 3p", "read a[0]", "write a[1:3] 0x11"),
    setup("shared-anon", "anon", "a = mmap 2p", "write a 0x11", _FORK, "write a[1] 0x22",
          "move_pages a[1] node1"),
    setup("far-anon", "anon", "a = mmap 2p", "write a 0x11", "move_pages a[1] node1"),
    setup("pinned-anon", "anon", "a = mmap 2p", "write a 0x11", "k = pin a[0] FOLL_WRITE"),
    setup("file-anon", "file", "f = file 3p", "a = mmap f rw private", "read a[0]",
          "write a[1:3] 0x11"),
    setup("late-anon", "anon", "a = mmap 2p", "write a[1] 0x11",
          "P0 on cpu1: write a[0] 0x11"),
    setup("mixedmap-anon", "mixedmap", "a = mmap 3p rw private mixedmap empty",
          "vm_insert_mixed a[0] pfn", "write a[1:3] 0x11"),
    setup("dirty-file", "file", "f = file 2p", "a = mmap f rw shared", "read a", "write a[0] 0x11",
          "move_pages a[1] node1"),
    setup("zero-far-anon", "anon", "a = mmap 3p", "read a[0]", "write a[1:3] 0x11",
          "move_pages a[1:3] node1"),
    setup("zero-coherent", "coherent", "a = mmap 2p", "read a[0]", "write a[1] 0x11",
          "coherent0: migrate P0.a[1]", machine=_COHERENT),
    # kinds that need more than one line
    setup("ksm-once", "anon", "a = mmap 2p", "write a 0x5a", "madvise a MADV_MERGEABLE",
          "ksmd: full_scan 3", "write a[1] 0x22"),
    setup("ksm-thread", "anon", "a = mmap 3p", "write a 0x5a", "madvise a MADV_MERGEABLE",
          "ksmd: full_scan 3", "write a[1] 0x22", "write a[2] 0x33", "P0.t9: read a"),
    setup("ksm-file", "file", "f = file 3p", "a = mmap f rw private", "read a[0]",
          "write a[1:3] 0x11", "madvise a MADV_MERGEABLE"),
    setup("ksm-hole", "anon", "a = mmap 3p", "write a[1:3] 0x11", "madvise a MADV_MERGEABLE"),
    setup("ksm-zero", "anon", "a = mmap 3p", "read a[0]", "write a[1:3] 0x11",
          "madvise a MADV_MERGEABLE"),
    setup("anon-by-device", "anon", "a = mmap 2p", "write a 0x11", machine=_COHERENT),
    setup("pinned-by-device", "anon", "a = mmap 2p", "write a 0x11", "k = pin a[0] FOLL_WRITE",
          machine=_COHERENT),
    setup("locked-anon", "anon", "a = mmap 2p", "write a[0] 0x11", "mlock a",
          machine=_COHERENT),
    setup("two-devices", "coherent", "a = mmap 2p", "write a 0x11", "coherent0: migrate P0.a[0]",
          "coherent1: migrate P0.a[1]", machine=_TWO_COHERENT),
)  # fmt: skip

EXTRA_ACTIONS: Final[tuple[Action, ...]] = (
    action("move-home", "P0: move_pages a node0", needs="P0"),
    action("move-all-home", "P0: move_pages a node0 MPOL_MF_MOVE_ALL", needs="P0"),
    action("lock-later", "P0: mlock2 a MLOCK_ONFAULT", needs="P0", modifier=True),
    action("to-sys-1", "coherent1: migrate_to_sys P0.a", needs="P0", devices="coherent1"),
    action("move-everything", "coherent1: setup P0.a MIGRATE_VMA_SELECT_SYSTEM "
           "MIGRATE_VMA_SELECT_DEVICE_COHERENT", "coherent1: pages", "coherent1: finalize",
           needs="P0", devices="coherent1"),
    action("full-scan", "ksmd: full_scan 3", needs="P0 !ksm", kinds="anon file"),
    action("unmergeable", "P0: madvise a MADV_UNMERGEABLE", needs="P0", kinds="anon file"),
)  # fmt: skip

# Scenarios as a whole: names of what they are for, machine lines beside two nodes, steps.
_TREE: Final = (
    "P0: a = mmap 3p rw private anon",
    "P0: write a 0x5a 0x11 0x5a",
    "P0: madvise a MADV_MERGEABLE",
    "ksmd: full_scan 1",
    "ksmd: scan 1",
)
_TREE_OF_FILE: Final = (
    "P0: f = file 3p",
    "P0: a = mmap f rw private",
    "P0: write a 0x0 0x11 0x0",
    "P0: madvise a MADV_MERGEABLE",
    "ksmd: full_scan 1",
    "ksmd: scan 1",
)
_LOOK: Final = ("P0: pages a", "P0: ksm pages_shared pages_sharing pages_unshared",
                "P0: kpagecount a", "P0: exit")  # fmt: skip
_WHOLE: Final[tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]] = (
    ("tree-item-becomes-device-page", _COHERENT,
     (*_TREE, "coherent0: migrate P0.a[0]", "ksmd: scan 2", *_LOOK)),
    ("tree-item-becomes-file-page", (),
     (*_TREE_OF_FILE, "P0: madvise a[0] MADV_DONTNEED", "P0: read a[0]", "ksmd: scan 2", *_LOOK)),
)  # fmt: skip


def _whole(name: str, machine: tuple[str, ...], lines: tuple[str, ...]) -> str:
    return scenario_text(Setup(name, "", (), machine), lines, name=name)


WHOLE: Final[tuple[str, ...]] = tuple(_whole(*one) for one in _WHOLE)

# What is looked at at the end of a trail, one after the other: everything that can be read, then
# steps that let a hidden difference come out, each with a look behind it.
_READERS: Final[tuple[tuple[str, str], ...]] = (
    ("P0: pages a", "P0"),
    ("P0: smaps a", "P0"),
    ("P0: pagemap a", "P0"),
    ("P0: numa_maps a", "P0"),
    ("P0: kpageflags a", "P0"),
    ("P0: kpagecount a", "P0"),
    ("P0: meminfo Mlocked Unevictable AnonPages Mapped", "P0"),
    ("P0: status VmRSS RssAnon RssFile RssShmem VmLck", "P0"),
    ("P0: ksm pages_shared pages_sharing pages_unshared", "P0 ksm"),
    ("P0: vmstat numa_pte_updates numa_hint_faults numa_pages_migrated nr_mlock nr_isolated_anon "
     "pgmigrate_success pgmigrate_fail pgdeactivate pglazyfree pgfault", "P0"),
    ("P1: pages a", "P1"),
    ("P1: read a", "P1"),
    ("P0: read a", "P0"),
)  # fmt: skip
_STIRRERS: Final[tuple[tuple[str, str], ...]] = (
    ("drain", "P0"),
    ("P0: write a 0x44", "P0"),
    ("P0: munlock a", "P0"),
    ("P0: madvise a MADV_UNMERGEABLE", "P0 ksm"),
    ("ksmd: full_scan 2", "ksm"),
)


def _looks() -> tuple[Action, ...]:
    readers = [action(line, line, needs=needs) for line, needs in _READERS]
    looks = [*readers]
    for line, needs in _STIRRERS:
        looks += [action(line, line, needs=needs), *readers]
    return (*looks, action("exit", "P0: exit", needs="P0", ends="P0"))


OBSERVERS: Final[tuple[Action, ...]] = _looks()
