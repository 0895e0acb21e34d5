# SPDX-License-Identifier: GPL-2.0-or-later
"""States that rarer lines of C want, each with every action behind it."""

from typing import Final

from linuxmm.explore.catalogue import Setup
from linuxmm.explore.setup_lines import (
    ANON,
    COHERENT,
    FORK,
    MEMFD,
    PFNS,
    PRIVATE,
    PRIVATE_FILE,
    SHARED_FILE,
    SHARED_SLOTS,
    SWAP,
    SWAPPED,
)
from linuxmm.explore.setups import setup


def _at(name: str, kind: str, *lines: str, machine: tuple[str, ...] = ()) -> Setup:
    """A state; one action comes behind it."""
    return setup(name, kind, *lines, machine=machine, modifiers=0)


STATES: Final[tuple[Setup, ...]] = (
    # --- swap and its cache ---
    _at("swapped", "anon", *SWAPPED, machine=(*SWAP, *COHERENT)),
    _at("swapped-anon", "anon", *SWAPPED, "write a[1] 0x22", machine=(*SWAP, *COHERENT)),
    _at("anon-swapped", "anon", *SWAPPED, "write a[0] 0x22", machine=(*SWAP, *COHERENT)),
    _at("swapped-shared", "anon", *SHARED_SLOTS, machine=SWAP),
    _at("swap-cache", "anon", *SHARED_SLOTS, "read a", machine=(*SWAP, *COHERENT)),
    _at("swap-cache-cold", "anon", *SHARED_SLOTS, "read a", "P9: exit", machine=SWAP),
    _at("swapped-clean", "anon", *SWAPPED, "clear_refs 4", machine=SWAP),
    _at("swapped-locked", "anon", *SWAPPED, "mlock2 a MLOCK_ONFAULT", machine=SWAP),
    # --- entries that are no pages ---
    _at("migrating", "anon", *ANON, "coherent0: setup P0.a[0]", machine=COHERENT),
    _at("migrating-read-only", "anon", *ANON, "mprotect a r", "coherent0: setup P0.a[0]",
        machine=COHERENT),
    _at("migrating-clean", "anon", *ANON, "clear_refs 4", "coherent0: setup P0.a[0]",
        machine=COHERENT),
    _at("exclusive", "anon", *ANON, "coherent0: exclusive P0.a[0]", machine=COHERENT),
    _at("exclusive-read-only", "anon", *ANON, "coherent0: exclusive P0.a[0]", "mprotect a r",
        machine=COHERENT),
    _at("exclusive-clean", "anon", *ANON, "coherent0: exclusive P0.a[0]", "clear_refs 4",
        machine=COHERENT),
    _at("exclusive-shared", "anon", *ANON, "coherent0: exclusive P0.a[0]", FORK, machine=COHERENT),
    _at("private-anon", "private", *ANON, "private0: migrate P0.a[0]", machine=PRIVATE),
    _at("private-read-only", "private", *ANON, "private0: migrate P0.a[0]", "mprotect a r",
        machine=PRIVATE),
    _at("private-shared", "private", *ANON, "private0: migrate P0.a[0]", FORK, machine=PRIVATE),
    _at("private-clean", "private", *ANON, "private0: migrate P0.a[0]", "clear_refs 4",
        machine=PRIVATE),
    _at("private-file", "file", *PRIVATE_FILE, "write a 0x11", "private0: migrate P0.a[0]",
        machine=PRIVATE),
    # --- pages in rarer states ---
    _at("lazy-free", "anon", *ANON, "madvise a MADV_FREE", machine=COHERENT),
    _at("lazy-free-dirty", "anon", *ANON, "madvise a MADV_FREE", "write a[0] 0x22"),
    _at("active", "file", *SHARED_FILE, "read a", "drain", "read a", "munmap a[1]", "drain",
        "pread f", "drain", "pread f", "drain"),
    _at("sequential", "file", *SHARED_FILE, "madvise a MADV_SEQUENTIAL", "read a"),
    _at("old", "anon", *ANON, "drain", "clear_refs 1"),
    _at("old-file", "file", *SHARED_FILE, "write a 0x11", "drain", "clear_refs 1"),
    _at("written-back", "file", *SHARED_FILE, "write a 0x11", "fsync f"),
    _at("written-shmem", "shmem", *MEMFD, "read a", "write a[0] 0x11"),
    _at("clean-shmem", "shmem", *MEMFD, "read a"),
    _at("shared-file", "file", *SHARED_FILE, "write a 0x11", FORK),
    _at("shared-clean", "anon", *ANON, FORK, "clear_refs 4"),
    _at("read-only", "anon", "a = mmap 2p r", "read a"),
    _at("locked-shared", "anon", *ANON, "mlock a", FORK),
    _at("no-memory", "anon", *ANON, FORK, "fail alloc 2"),
    _at("no-memory-pinned", "anon", *ANON, "k = pin a FOLL_WRITE", "fail alloc 2"),
    _at("no-memory-hole", "anon", "a = mmap 2p", "write a[1] 0x11", "fail alloc 2"),
    _at("no-memory-zero", "zero", "a = mmap 2p", "read a", "fail alloc 2"),
    _at("no-memory-swapped", "anon", *SWAPPED, "fail alloc 2", machine=SWAP),
    _at("hole-by-device", "anon", "a = mmap 3p", "write a[1] 0x11", machine=COHERENT),
    _at("untouched-by-device", "", "a = mmap 2p", machine=COHERENT),
    _at("file-hole-by-device", "file", "f = file 3p", "a = mmap f rw private", "write a[1] 0x11",
        machine=COHERENT),
    _at("untouched-file-by-device", "file", *PRIVATE_FILE, machine=COHERENT),
    _at("two-pfns", "pfnmap", *PFNS),
    _at("two-raw-pfns", "mixedmap", "a = mmap 2p rw shared mixedmap pfns", "read a"),
    _at("two-drivers-pages", "mixedmap", "a = mmap 2p rw shared mixedmap pages"),
    _at("hinted", "anon", *ANON, "numa: scan P0"),
    _at("hinted-read-only", "anon", *ANON, "mprotect a r", "numa: scan P0"),
    _at("hinted-far", "anon", *ANON, "move_pages a node1", "numa: scan P0"),
    _at("hinted-file", "file", *SHARED_FILE, "read a", FORK, "numa: scan P0"),
    _at("hinted-held-file", "file", *SHARED_FILE, "read a", "move_pages a node1", "k = pin a",
        "numa: scan P0"),
    _at("hinted-private-file", "file", "f = file 2p", "a = mmap f r private", "read a",
        "move_pages a node1", "numa: scan P0"),
    _at("hinted-far-pinned", "anon", *ANON, "move_pages a node1", "k = pin a FOLL_WRITE",
        "numa: scan P0"),
    _at("hinted-shared", "anon", *ANON, FORK, "numa: scan P0"),
)  # fmt: skip
