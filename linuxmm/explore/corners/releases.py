# SPDX-License-Identifier: GPL-2.0-or-later
"""Set-ups for what releases changed and neither the catalogue nor a corner asks for.

Each is a whole story; two records are told apart by them (`review/parts.py`).
"""

from typing import Final

from linuxmm.explore.catalogue import Setup
from linuxmm.explore.setup_lines import ANON, FORK, MERGED, SWAP
from linuxmm.explore.setups import setup


def _told(name: str, kind: str, *lines: str, machine: tuple[str, ...] = ()) -> Setup:
    return setup(f"told-{name}", kind, *lines, machine=machine, modifiers=-1)


def _leaf(name: str, *lines: str, machine: tuple[str, ...] = ()) -> Setup:
    return _told(name, "thp", "a = mmap 512p", "madvise a MADV_HUGEPAGE", "write a[0] 0x11",
                 *lines, machine=("thp madvise", *machine))  # fmt: skip


RELEASES: Final[tuple[Setup, ...]] = (
    _told("hole", "anon", "a = mmap 3p", "munmap a[1]", "madvise a MADV_POPULATE_WRITE",
          "smaps a[2] Rss"),
    _told("zeros-out", "anon", "a = mmap 2p", "write a 0x0", "madvise a MADV_PAGEOUT",
          "vmstat pswpout", "read a", "vmstat pswpin", machine=SWAP),
    _told("own-advice", "anon", *ANON, "process_madvise P0.a[0] MADV_COLD",
          "process_madvise P0.a[0] MADV_DONTNEED", "smaps a Rss"),
    _told("account", "anon", "a = mmap 2p", "read a", "mprotect a none", "smaps a VmFlags"),
    _told("merged-later", "anon", *MERGED, "write a[2] 0x11", "ksmd: full_scan 3",
          "write a[2] 0x5a", "ksmd: full_scan 1", "pages a"),
    _told("one-anon-vma", "anon", "a = mmap 2p", "mprotect a[0] rwx", "write a[0] 0x11",
          "mprotect a rw", "smaps a Size"),
    _told("pfn-fork", "pfnmap", "a = mmap 2p rw private pfnmap", "write a[0] 0x11",
          "smaps a VmFlags", FORK),
    _told("pfn-flags", "pfnmap", "a = mmap 1p rw shared pfnmap", "smaps a VmFlags"),
    _leaf("leaf", "kpageflags a[5]", "mprotect a none", "smaps a"),
    _leaf("leaf-split", "madvise a[9] MADV_DONTNEED", "mprotect a[5] r", "mprotect a[5] rw",
          "write a[5] 0x22", "vmstat pgfault"),
    _leaf("leaf-pulled", "split_huge_pages a[0]", "vmstat thp_deferred_split_page"),
    _leaf("locked-moves", "mlock a", "move_pages a[0] node1", "meminfo Mlocked"),
    _leaf("parts-move", "mprotect a[9] r", "move_pages a[3] node1",
          "vmstat thp_deferred_split_page", "move_pages a[3] node0", "vmstat thp_split_page"),
    _leaf("mostly-zeros", "drop_caches 2", "smaps a AnonHugePages",
          machine=("khugepaged max_ptes_none = 100",)),
    _leaf("part-written", FORK, "P9: exit", "madvise a[9] MADV_DONTNEED", "write a[5] 0x22",
          "kpageflags a[5]"),
)  # fmt: skip
