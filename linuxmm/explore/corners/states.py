# SPDX-License-Identifier: GPL-2.0-or-later
"""Set-ups for executed C alone: states that its rarer lines want, few steps each.

Where rules are compared the records say what a site asks, and `setups.py` has the pages that tell
them apart.  A text may ask anything: of an entry in swap, of a migration under way, of a page whose
only dirty bit is in its entry.  Most of these are states with a single action behind them, the
stories end with a look at what came of it: all together are a few hundred steps.
"""

from typing import Final

from linuxmm.explore.catalogue import Setup
from linuxmm.explore.setups import setup

_SWAP: Final = ("swap 64M zram",)
_COHERENT: Final = ("coherent0 256M",)
_PRIVATE: Final = ("private0 256M",)
_LOOK: Final = ("pages a", "pagemap a", "kpageflags a", "smaps a", "smaps_rollup", "numa_maps a",
                "status VmRSS RssAnon RssFile RssShmem VmSwap VmLck",
                "meminfo Mlocked SwapFree SwapCached Mapped",
                "vmstat numa_hint_faults numa_hint_faults_local numa_pages_migrated cow_ksm "
                "ksm_swpin_copy pgactivate pgdeactivate pglazyfree pgmigrate_success "
                "nr_foll_pin_acquired nr_foll_pin_released")  # fmt: skip


def _at(name: str, kind: str, *lines: str, machine: tuple[str, ...] = ()) -> Setup:
    """A state; one action comes behind it."""
    return setup(name, kind, *lines, machine=machine, modifiers=0)


def _story(name: str, kind: str, *lines: str, machine: tuple[str, ...] = ()) -> Setup:
    return setup(name, kind, *lines, machine=machine, modifiers=-1)


def _seen(name: str, kind: str, *lines: str, machine: tuple[str, ...] = ()) -> Setup:
    """A story that looks at all that can be read at its end, with its process and without."""
    return _story(name, kind, *lines, *_LOOK, "exit", machine=machine)


_SWAPPED: Final = ("a = mmap 2p", "write a 0x11", "madvise a MADV_PAGEOUT")
_SHARED_SLOTS: Final = (*_SWAPPED, "P0: P9 = fork")
_SHARED_FILE: Final = ("f = file 2p", "a = mmap f rw shared")
_MEMFD: Final = ("s = memfd_create 2p", "a = mmap s rw shared")
_AGAIN: Final = ("b = mmap f rw shared", "read b", "kpageflags b")
_AGAIN_MEMFD: Final = ("b = mmap s rw shared", "read b", "kpageflags b")

STATES: Final[tuple[Setup, ...]] = (
    # --- swap and its cache ---
    _at("swapped", "anon", *_SWAPPED, machine=(*_SWAP, *_COHERENT)),
    _at("swapped-anon", "anon", *_SWAPPED, "write a[1] 0x22", machine=(*_SWAP, *_COHERENT)),
    _at("anon-swapped", "anon", *_SWAPPED, "write a[0] 0x22", machine=(*_SWAP, *_COHERENT)),
    _at("swapped-shared", "anon", *_SHARED_SLOTS, machine=_SWAP),
    _at("swap-cache", "anon", *_SHARED_SLOTS, "read a", machine=(*_SWAP, *_COHERENT)),
    _at("swap-cache-cold", "anon", *_SHARED_SLOTS, "read a", "P9: exit", machine=_SWAP),
    _at("swapped-clean", "anon", *_SWAPPED, "clear_refs 4", machine=_SWAP),
    _at("swapped-locked", "anon", *_SWAPPED, "mlock2 a MLOCK_ONFAULT", machine=_SWAP),
    # --- entries that are no pages ---
    _at("migrating", "anon", "a = mmap 2p", "write a 0x11", "coherent0: setup P0.a[0]",
        machine=_COHERENT),
    _at("migrating-read-only", "anon", "a = mmap 2p", "write a 0x11", "mprotect a r",
        "coherent0: setup P0.a[0]", machine=_COHERENT),
    _at("migrating-clean", "anon", "a = mmap 2p", "write a 0x11", "clear_refs 4",
        "coherent0: setup P0.a[0]", machine=_COHERENT),
    _at("exclusive", "anon", "a = mmap 2p", "write a 0x11", "coherent0: exclusive P0.a[0]",
        machine=_COHERENT),
    _at("exclusive-read-only", "anon", "a = mmap 2p", "write a 0x11",
        "coherent0: exclusive P0.a[0]", "mprotect a r", machine=_COHERENT),
    _at("exclusive-clean", "anon", "a = mmap 2p", "write a 0x11", "coherent0: exclusive P0.a[0]",
        "clear_refs 4", machine=_COHERENT),
    _at("exclusive-shared", "anon", "a = mmap 2p", "write a 0x11", "coherent0: exclusive P0.a[0]",
        "P0: P9 = fork", machine=_COHERENT),
    _at("private-anon", "private", "a = mmap 2p", "write a 0x11", "private0: migrate P0.a[0]",
        machine=_PRIVATE),
    _at("private-read-only", "private", "a = mmap 2p", "write a 0x11", "private0: migrate P0.a[0]",
        "mprotect a r", machine=_PRIVATE),
    _at("private-shared", "private", "a = mmap 2p", "write a 0x11", "private0: migrate P0.a[0]",
        "P0: P9 = fork", machine=_PRIVATE),
    _at("private-clean", "private", "a = mmap 2p", "write a 0x11", "private0: migrate P0.a[0]",
        "clear_refs 4", machine=_PRIVATE),
    _at("private-file", "file", "f = file 2p", "a = mmap f rw private", "write a 0x11",
        "private0: migrate P0.a[0]", machine=_PRIVATE),
    # --- pages in rarer states ---
    _at("lazy-free", "anon", "a = mmap 2p", "write a 0x11", "madvise a MADV_FREE",
        machine=_COHERENT),
    _at("lazy-free-dirty", "anon", "a = mmap 2p", "write a 0x11", "madvise a MADV_FREE",
        "write a[0] 0x22"),
    _at("active", "file", *_SHARED_FILE, "read a", "drain", "read a", "munmap a[1]", "drain",
        "pread f", "drain", "pread f", "drain"),
    _at("sequential", "file", *_SHARED_FILE, "madvise a MADV_SEQUENTIAL", "read a"),
    _at("old", "anon", "a = mmap 2p", "write a 0x11", "drain", "clear_refs 1"),
    _at("old-file", "file", *_SHARED_FILE, "write a 0x11", "drain", "clear_refs 1"),
    _at("written-back", "file", *_SHARED_FILE, "write a 0x11", "fsync f"),
    _at("written-shmem", "shmem", *_MEMFD, "read a", "write a[0] 0x11"),
    _at("clean-shmem", "shmem", *_MEMFD, "read a"),
    _at("shared-file", "file", *_SHARED_FILE, "write a 0x11", "P0: P9 = fork"),
    _at("shared-clean", "anon", "a = mmap 2p", "write a 0x11", "P0: P9 = fork", "clear_refs 4"),
    _at("read-only", "anon", "a = mmap 2p r", "read a"),
    _at("locked-shared", "anon", "a = mmap 2p", "write a 0x11", "mlock a", "P0: P9 = fork"),
    _at("no-memory", "anon", "a = mmap 2p", "write a 0x11", "P0: P9 = fork", "fail alloc 2"),
    _at("no-memory-pinned", "anon", "a = mmap 2p", "write a 0x11", "k = pin a FOLL_WRITE",
        "fail alloc 2"),
    _at("no-memory-hole", "anon", "a = mmap 2p", "write a[1] 0x11", "fail alloc 2"),
    _at("no-memory-zero", "zero", "a = mmap 2p", "read a", "fail alloc 2"),
    _at("no-memory-swapped", "anon", *_SWAPPED, "fail alloc 2", machine=_SWAP),
    _at("hole-by-device", "anon", "a = mmap 3p", "write a[1] 0x11", machine=_COHERENT),
    _at("untouched-by-device", "", "a = mmap 2p", machine=_COHERENT),
    _at("file-hole-by-device", "file", "f = file 3p", "a = mmap f rw private", "write a[1] 0x11",
        machine=_COHERENT),
    _at("untouched-file-by-device", "file", "f = file 2p", "a = mmap f rw private",
        machine=_COHERENT),
    _at("two-pfns", "pfnmap", "a = mmap 2p rw shared pfnmap"),
    _at("two-raw-pfns", "mixedmap", "a = mmap 2p rw shared mixedmap pfns", "read a"),
    _at("two-drivers-pages", "mixedmap", "a = mmap 2p rw shared mixedmap pages"),
    _at("hinted", "anon", "a = mmap 2p", "write a 0x11", "numa: scan P0"),
    _at("hinted-read-only", "anon", "a = mmap 2p", "write a 0x11", "mprotect a r",
        "numa: scan P0"),
    _at("hinted-far", "anon", "a = mmap 2p", "write a 0x11", "move_pages a node1",
        "numa: scan P0"),
    _at("hinted-file", "file", *_SHARED_FILE, "read a", "P0: P9 = fork", "numa: scan P0"),
    _at("hinted-held-file", "file", *_SHARED_FILE, "read a", "move_pages a node1", "k = pin a",
        "numa: scan P0"),
    _at("hinted-private-file", "file", "f = file 2p", "a = mmap f r private", "read a",
        "move_pages a node1", "numa: scan P0"),
    _at("hinted-far-pinned", "anon", "a = mmap 2p", "write a 0x11", "move_pages a node1",
        "k = pin a FOLL_WRITE", "numa: scan P0"),
    _at("hinted-shared", "anon", "a = mmap 2p", "write a 0x11", "P0: P9 = fork", "numa: scan P0"),
)  # fmt: skip

STORIES: Final[tuple[Setup, ...]] = (
    # --- what an entry alone knew is in the page when the entry has gone ---
    _story("zap-dirty-shmem", "shmem", *_MEMFD, "read a", "write a 0x11", "munmap a",
           *_AGAIN_MEMFD),
    _story("zap-dirty-file", "file", *_SHARED_FILE, "read a", "write a 0x11", "munmap a", *_AGAIN),
    _story("zap-accessed", "file", *_SHARED_FILE, "read a", "drain", "munmap a", "drain", *_AGAIN),
    _story("zap-sequential", "file", *_SHARED_FILE, "madvise a MADV_SEQUENTIAL", "read a", "drain",
           "munmap a", "drain", *_AGAIN),
    _story("zap-dirty-dontneed", "shmem", *_MEMFD, "read a", "write a 0x11",
           "madvise a MADV_DONTNEED", "read a", "kpageflags a"),
    # --- force ---
    _story("force", "anon", "a = mmap 2p", "write a[0] 0x11", "mprotect a r",
           "follow_page a FOLL_WRITE", "follow_page a FOLL_WRITE FOLL_FORCE",
           "w = get a FOLL_WRITE", "x = get a[0] FOLL_WRITE FOLL_FORCE", *_LOOK, "put x",
           "y = get a[1] FOLL_WRITE FOLL_FORCE", *_LOOK, "exit"),
    _story("force-shared", "anon", "a = mmap 2p", "write a 0x11", "P0: P9 = fork", "mprotect a r",
           "follow_page a FOLL_WRITE FOLL_FORCE", "x = pin a FOLL_WRITE FOLL_FORCE", *_LOOK,
           "P9: pages a", "unpin x", "exit"),
    _story("force-soft-dirty", "anon", "a = mmap 2p", "write a 0x11", "clear_refs 4",
           "mprotect a r", "follow_page a FOLL_WRITE FOLL_FORCE",
           "x = get a FOLL_WRITE FOLL_FORCE", *_LOOK, "exit"),
    _story("force-none", "anon", "a = mmap 2p", "write a 0x11", "mprotect a none",
           "v = get a", "w = get a FOLL_FORCE", "x = get a FOLL_WRITE FOLL_FORCE", *_LOOK),
    _story("force-shared-file", "file", *_SHARED_FILE, "read a", "mprotect a r",
           "follow_page a FOLL_WRITE FOLL_FORCE", "x = get a FOLL_WRITE FOLL_FORCE", *_LOOK),
    _story("force-private-file", "file", "f = file 2p", "a = mmap f r private", "read a",
           "follow_page a FOLL_WRITE FOLL_FORCE", "x = get a FOLL_WRITE FOLL_FORCE", *_LOOK),
    _story("touch", "anon", "a = mmap 2p", "write a 0x11", "clear_refs 1",
           "follow_page a FOLL_TOUCH", *_LOOK, "clear_refs 1",
           "follow_page a FOLL_TOUCH FOLL_WRITE",
           *_LOOK),
    _story("touch-file", "file", *_SHARED_FILE, "read a", "drain", "clear_refs 1",
           "follow_page a FOLL_TOUCH", "drain", "follow_page a FOLL_TOUCH", "drain", *_LOOK,
           "follow_page a FOLL_TOUCH FOLL_WRITE", *_LOOK),
    _story("touch-pfn", "pfnmap", "a = mmap 1p rw shared pfnmap", "clear_refs 1",
           "x = get a FOLL_TOUCH", "follow_page a FOLL_TOUCH", "smaps a", "pagemap a",
           "follow_page a FOLL_TOUCH FOLL_WRITE", "pagemap a", "clear_refs 1", "pagemap a"),
    _story("dumped", "zero", "a = mmap 2p", "read a[0]", "follow_page a FOLL_DUMP FOLL_GET",
           "x = get a FOLL_DUMP", "follow_page a FOLL_ANON", "f = file 1p", "b = mmap f rw shared",
           "read b", "y = get b FOLL_ANON", "follow_page b FOLL_ANON"),
    # --- swap ---
    _seen("swap-shares", "anon", *_SHARED_SLOTS, *_LOOK, "P9: smaps a", "read a[0]", *_LOOK,
          "P9: read a", "P9: exit", *_LOOK, "write a 0x33", machine=_SWAP),
    _seen("swap-freed", "anon", *_SHARED_SLOTS, "madvise a MADV_FREE", *_LOOK, "P9: read a",
          "munmap a[0]", "P9: exit", machine=_SWAP),
    _seen("swap-soft-dirty", "anon", *_SWAPPED, "pagemap a", "clear_refs 4", "pagemap a",
          "P0: P9 = fork", "P9: pagemap a", "read a", "pagemap a", "write a 0x22", machine=_SWAP),
    _seen("swap-wanted", "anon", *_SWAPPED, "read a[0]", "madvise a MADV_WILLNEED", *_LOOK,
          "munmap a[0]", machine=_SWAP),
    _seen("swap-written", "anon", *_SWAPPED, "write a 0x22", "madvise a MADV_PAGEOUT", "read a",
          "P0: P9 = fork", "P9: write a 0x44", machine=_SWAP),
    _seen("swap-read-only", "anon", *_SWAPPED, "mprotect a r", "read a", "mprotect a rw",
          "write a 0x22", machine=_SWAP),
    _seen("swap-soft-again", "anon", "a = mmap 2p", "write a 0x11", "clear_refs 4",
          "write a[0] 0x22", "madvise a MADV_PAGEOUT", "pagemap a", "P0: P9 = fork",
          "P9: pagemap a", "read a", "pagemap a", "P9: read a", "P9: pagemap a", machine=_SWAP),
    # --- a fork in the middle of a migration ---
    *(_seen(f"migrating-fork{name}", "anon", "a = mmap 2p", "write a 0x11", *before,
            "coherent0: setup P0.a", "P0: P9 = fork", "P9: pagemap a", "coherent0: pages",
            "coherent0: finalize", "pagemap a", "P9: pagemap a", "P9: write a 0x33", "read a",
            "write a 0x44", "P9: read a", machine=_COHERENT)
      for name, before in (("", ()), ("-clean", ("clear_refs 4", "write a[0] 0x22")))),
    _seen("migrating-protected", "anon", "a = mmap 2p", "write a 0x11", "clear_refs 4",
          "write a[0] 0x22", "coherent0: setup P0.a", "mprotect a r", "pagemap a",
          "coherent0: pages", "coherent0: finalize", "pagemap a", "mprotect a rw", "write a 0x33",
          machine=_COHERENT),
    _seen("private-protected", "private", "a = mmap 2p", "write a 0x11", "clear_refs 4",
          "write a[0] 0x22", "private0: migrate P0.a", "mprotect a r", "pagemap a",
          "private0: migrate_to_sys P0.a", "pagemap a", "mprotect a rw", "write a 0x33",
          machine=_PRIVATE),
    _seen("exclusive-protected", "anon", "a = mmap 2p", "write a 0x11", "clear_refs 4",
          "write a[0] 0x22", "coherent0: exclusive P0.a", "mprotect a r", "pagemap a", "read a",
          "pagemap a", "mprotect a rw", "write a 0x33", machine=_COHERENT),
    _seen("private-fork", "private", "a = mmap 2p", "write a 0x11", "clear_refs 4",
          "write a[0] 0x22", "private0: migrate P0.a", "P0: P9 = fork", "pagemap a",
          "P9: pagemap a", "P9: write a 0x33", "read a", "P9: read a", machine=_PRIVATE),
    # --- a fork, seen by the child ---
    *(_seen(f"fork-{name}", kind, *lines, "P0: P9 = fork", "drain", "P9: pages a", "P9: pagemap a",
            "P9: smaps a", "P9: kpageflags a", "P9: write a 0x44", "read a")
      for name, kind, lines in (
          ("anon", "anon", ("a = mmap 2p", "write a 0x11", "clear_refs 4", "write a[0] 0x22")),
          ("pinned", "anon", ("a = mmap 2p", "write a 0x11", "clear_refs 4", "write a[0] 0x22",
                              "k = pin a[0] FOLL_WRITE")),
          ("old", "anon", ("a = mmap 2p", "write a 0x11", "drain", "clear_refs 1", "read a[0]")),
          ("shmem", "shmem", (*_MEMFD, "read a", "write a 0x11", "clear_refs 1", "read a[0]")),
          ("file", "file", (*_SHARED_FILE, "read a", "write a[0] 0x11", "clear_refs 1",
                            "read a")))),
    _seen("unshare", "anon", "a = mmap 2p", "write a 0x11", "clear_refs 4", "write a[0] 0x22",
          "P0: P9 = fork", "pagemap a", "k = pin a", "pagemap a", "P9: pagemap a", "unpin k"),
    # --- one page of three ---
    *(_seen(f"one-{name}", "anon", "a = mmap 3p", "write a 0x11", "drain", *lines, "drain",
            "kpageflags a", "numa_maps a", machine=(*_SWAP, *_COHERENT))
      for name, lines in (
          ("cold", ("madvise a[1] MADV_COLD",)), ("pageout", ("madvise a[1] MADV_PAGEOUT",)),
          ("free", ("madvise a[1] MADV_FREE",)), ("dontneed", ("madvise a[1] MADV_DONTNEED",)),
          ("locked", ("mlock a[1]",)), ("read-only", ("mprotect a[1] r", "write a[2] 0x22")),
          ("read-only-again", ("mprotect a r", "mprotect a[1] rw", "write a[1] 0x22",
                               "write a[2] 0x33")),
          ("moved", ("move_pages a[1] node1",)), ("hinted", ("numa: scan P0.a[1]", "read a")),
          ("device", ("coherent0: migrate P0.a[1]",)), ("unmapped", ("munmap a[1]", "read a[2]")),
          ("exclusive", ("coherent0: exclusive P0.a[1]", "read a")),
          ("wanted", ("madvise a MADV_PAGEOUT", "madvise a[1] MADV_WILLNEED")))),
    _seen("merged-broken", "anon", "a = mmap 3p", "write a 0x5a", "madvise a MADV_MERGEABLE",
          "ksmd: full_scan 3", *_LOOK, "write a[1] 0x22", *_LOOK, "madvise a[2] MADV_UNMERGEABLE"),
    # --- all sums of a process ---
    _seen("sums", "anon", "a = mmap 2p", "write a 0x11", "f = file 2p", "b = mmap f rw shared",
          "read b[0]", "write b[1] 0x22", "s = memfd_create 2p", "c = mmap s rw shared",
          "write c 0x33", "smaps_rollup", "P0: P9 = fork", "smaps_rollup", "P9: smaps b",
          "P9: smaps c", "mlock b", "smaps b", "clear_refs 1", "smaps_rollup"),
)  # fmt: skip

CORNERS: Final = (*STATES, *STORIES)
