# SPDX-License-Identifier: GPL-2.0-or-later
"""What 6.12 does otherwise than 6.1, kind by kind, each by its smallest scenario.

Expected values: what Debian's 6.1.192 and 6.12.117 said when they were asked; where a comment says
so, what the two texts say.
"""

import re
from typing import Final, NamedTuple

import pytest

from linuxmm.api import run
from linuxmm.kernels import load
from linuxmm.kernels.compile import compile_rules
from linuxmm.state import rules

PLAIN: Final = "node0 512M"
TWO_NODES: Final = "node0 512M\n  node1 512M\n  cpus 2"
NUMA: Final = f"{TWO_NODES}\n  sysctl kernel.numa_balancing = 1"
SWAP: Final = f"{PLAIN}\n  swap 64M zram"
KSM: Final = f"{PLAIN}\n  ksm run = 1"


class Kind(NamedTuple):
    """A kind of difference: what the step `r` shows on 6.1 and on 6.12 (or a part of it)."""

    machine: str
    steps: tuple[str, ...]
    before: str
    after: str


KINDS: Final = {
    "kpageflags says KSM of every anonymous page": Kind(
        PLAIN,
        ("P0: a = mmap 1p rw private anon", "P0: write a 0x1", "drain", "r: P0: kpageflags a"),
        "UPTODATE,LRU,MMAP,ANON,SWAPBACKED,MAPPEDTODISK",
        "UPTODATE,LRU,MMAP,ANON,SWAPBACKED,KSM,MAPPEDTODISK",
    ),
    "move_pages of an empty entry": Kind(
        PLAIN, ("P0: a = mmap 1p rw private anon", "r: P0: move_pages a"), "-EFAULT", "-ENOENT"
    ),
    "move_pages of a page without access": Kind(
        PLAIN,
        (
            "P0: a = mmap 1p rw private anon",
            "P0: write a 0x1",
            "P0: mprotect a none",
            "r: P0: move_pages a",
        ),
        "-ENOENT",
        "node0",
    ),
    "move_pages of the zero page without access": Kind(
        PLAIN,
        (
            "P0: a = mmap 1p rw private anon",
            "P0: read a",
            "P0: mprotect a none",
            "r: P0: move_pages a",
        ),
        "-ENOENT",
        "-EFAULT",
    ),
    "move_pages of a page with a NUMA hint": Kind(
        NUMA,
        (
            "P0: a = mmap 1p rw private anon",
            "P0 on cpu1: write a 0x1",
            "drain",
            "numa: scan P0",
            "r: P0: move_pages a",
        ),
        "-ENOENT",
        "node1",
    ),
    "MADV_POPULATE_READ stops at a hole": Kind(
        PLAIN,
        (
            "P0: a = mmap 8p rw private anon",
            "P0: munmap a[1]",
            "P0: madvise a MADV_POPULATE_READ",
            "r: P0: mincore a[2:8]",
        ),
        "1*6",
        "0*6",
    ),
    "MADV_PAGEOUT leaves accessed bits of what stays": Kind(
        PLAIN,
        (
            "P0: a = mmap 1p rw private anon",
            "P0: write a 0x1",
            "drain",
            "P0: madvise a MADV_PAGEOUT",
            "r: P0: smaps a",
        ),
        "Referenced=0",
        "Referenced=4",
    ),
    "smaps of a page copied into a PFN mapping": Kind(
        PLAIN,
        ("P0: a = mmap 1p rw private pfnmap", "P0: write a 0x1", "r: P0: smaps a"),
        "Rss=0",
        "Rss=4",
    ),
    "numa_maps of a page copied into a PFN mapping": Kind(
        PLAIN,
        ("P0: a = mmap 1p rw private pfnmap", "P0: write a 0x1", "r: P0: numa_maps a"),
        "none",
        "anon=1",
    ),
    "an entry that KSM gives back is clean": Kind(
        KSM,
        (
            "P0: a = mmap 2p rw private anon",
            "P0: write a 0x1",
            "P0: madvise a MADV_MERGEABLE",
            "ksmd: full_scan 3",
            "P0: madvise a MADV_UNMERGEABLE",
            "r: P0: smaps a",
        ),
        "Pss_Dirty=8",
        "Pss_Dirty=0",
    ),
    "MADV_UNMERGEABLE of pages without access": Kind(
        KSM,
        (
            "P0: a = mmap 2p rw private anon",
            "P0: write a 0x1",
            "P0: madvise a MADV_MERGEABLE",
            "ksmd: full_scan 3",
            "P0: mprotect a none",
            "P0: madvise a MADV_UNMERGEABLE",
            "r: P0: pages a",
        ),
        "ram ram@0",
        "ram:x*2",
    ),
    "smart scan takes a page out of the unstable tree": Kind(
        KSM,
        (
            "P0: a = mmap 5p rw private anon",
            "P0: write a[0:2] 0x1",
            "P0: write a[2:4] 0x2",
            "P0: write a[4] 0x3",
            "P0: madvise a MADV_MERGEABLE",
            "ksmd: full_scan 3",
            "ksmd: full_scan 2",
            "r: P0: ksm",
        ),
        "pages_unshared=1 pages_volatile=0",
        "pages_unshared=0 pages_volatile=1",
    ),
    "KSM's zero page is known again": Kind(  # mm/ksm.c: is_ksm_zero_pte in break_ksm
        KSM,
        (
            "P0: ksm_set use_zero_pages=1",
            "P0: a = mmap 1p rw private anon",
            "P0: write a 0x0",
            "P0: madvise a MADV_MERGEABLE",
            "ksmd: full_scan 3",
            "P0: madvise a MADV_UNMERGEABLE",
            "r: P0: pages a",
        ),
        "ram",
        "ram:x",
    ),
    "a long-term write pin of a shared file mapping": Kind(
        PLAIN,
        (
            "P0: f = file 1p",
            "P0: a = mmap f rw shared",
            "r: P0: h = pin a FOLL_WRITE FOLL_LONGTERM",
        ),
        "1",
        "-EFAULT",
    ),
    "fast GUP falls back with FOLL_TOUCH": Kind(
        PLAIN,
        (
            "P0: a = mmap 1p rw private anon",
            "P0: h = pin_fast a FOLL_WRITE FOLL_LONGTERM",
            "drain",
            "r: P0: kpageflags a",
        ),
        "UPTODATE,LRU,MMAP,ANON,SWAPBACKED,MAPPEDTODISK",
        "REFERENCED,UPTODATE,LRU,MMAP,ANON,SWAPBACKED,KSM,MAPPEDTODISK",
    ),
    "a long-term read pin copies a file's page": Kind(  # mm/internal.h:gup_must_unshare
        PLAIN,
        (
            "P0: f = file 1p",
            "P0: a = mmap f rw private",
            "P0: read a",
            "P0: h = pin a FOLL_LONGTERM",
            "r: P0: pages a",
        ),
        "ram:xf",
        "ram:x",
    ),
    "pages full of zeros are not written to swap": Kind(
        SWAP,
        (
            "P0: a = mmap 2p rw private anon",
            "P0: write a 0x0",
            "drain",
            "P0: madvise a MADV_PAGEOUT",
            "r: P0: vmstat pswpout",
        ),
        "pswpout=2",
        "pswpout=0",
    ),
    "a dirty page that moves was not written since": Kind(
        TWO_NODES,
        (
            "P0: a = mmap 1p rw shared anon populate",
            "P0: write a 0x2",
            "P0: clear_refs 4",
            "P0: read a",
            "drain",
            "P0: move_pages a node1",
            "r: P0: pagemap a",
        ),
        "PFXD",
        "PFX",
    ),
}


def answers(kind: Kind) -> list[str]:
    """What `r` shows on both kernels, every promise kept on the way."""
    steps = "\n  ".join(kind.steps)
    text = (
        f"linuxmm-scenario 1\nname: t\nintent: t\nmachine:\n  {kind.machine}\nsteps:\n  {steps}\n"
    )
    both = run(text, kernels=["v6.1", "v6.12"])
    assert both.verdict == "ok", str(both)
    return [str(kernel.steps[-1].outcome) for kernel in both]


def shows(outcome: str, words: str) -> bool:
    """Do these words stand in it, whole, in this order?"""
    return re.search(rf"(?<![\w,:-]){re.escape(words)}(?![\w,:])", outcome) is not None


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_of_difference(name: str) -> None:
    kind = KINDS[name]
    before, after = answers(kind)
    assert shows(before, kind.before) and not shows(before, kind.after), before
    assert shows(after, kind.after) and not shows(after, kind.before), after


def test_a_read_after_swap_makes_the_entry_writable() -> None:
    """mm/memory.c:do_swap_page: no second fault for the write (pgfault counts them)."""
    steps = (
        "P0: a = mmap 1p rw private anon",
        "P0: write a 0x1",
        "drain",
        "P0: madvise a MADV_PAGEOUT",
        "P0: read a",
        "P0: write a 0x2",
        "r: P0: vmstat pgfault",
    )
    before, after = answers(Kind(SWAP, steps, "", ""))
    assert "pgfault=3" in before and "pgfault=2" in after


def test_swap_types_are_those_of_a_debian_kernel() -> None:
    """include/linux/swap.h with Debian's config: without device entries, and no type of its own for
    what is lost; 0..26 are files."""
    config = tuple((name, on and name != "device_private") for name, on in load("v6.12").config)
    k = compile_rules(load("v6.12").replace(config=config))
    assert k.swap_type[rules.SWT_MAX_SWAPFILES] == 27
    assert k.swap_type[rules.SWT_HWPOISON] == 27
    assert k.swap_type[rules.SWT_MIGRATION_READ] == 28
    assert k.swap_type[rules.SWT_MIGRATION_WRITE] == 30
    assert k.swap_type[rules.SWT_PTE_MARKER] == 31
    assert k.swap_type[rules.SWT_SWAPIN_ERROR] == -1
