# SPDX-License-Identifier: GPL-2.0-or-later
"""Huge pages that one entry maps: what the text of a walk makes of a leaf, in whole stories."""

from typing import Final

from linuxmm.explore.catalogue import Setup
from linuxmm.explore.setup_lines import COHERENT, FORK, SWAP
from linuxmm.explore.setups import setup

_ROOM: Final = ("a = mmap 512p", "madvise a MADV_HUGEPAGE")
_WRITTEN: Final = (*_ROOM, "write a[0] 0x11")
_LOOK: Final = (
    "smaps a",
    "numa_maps a",
    "pagemap a[0:2]",
    "kpageflags a[0:2]",
    "mincore a[0:2]",
    "meminfo Mlocked AnonHugePages",
    "vmstat pgdeactivate pglazyfree thp_split_page thp_split_pmd",
)


def _leaf(name: str, *lines: str, machine: tuple[str, ...] = ()) -> Setup:
    return setup(f"leaf-{name}", "thp", *lines, machine=("thp madvise", *machine), modifiers=-1)


LEAVES: Final[tuple[Setup, ...]] = (
    _leaf("used", *_WRITTEN, "drain", *_LOOK, "follow_page a[0] FOLL_TOUCH", "clear_refs 1",
          "smaps a Referenced", "pages a[0:2]", "read a[3]", "clear_refs 4", "pagemap a[0:2]",
          "write a[5] 0x22", *_LOOK),
    _leaf("forked", *_WRITTEN, FORK, *_LOOK, "P9: smaps a", "madvise a MADV_COLD",
          "madvise a MADV_FREE", "clear_refs 4", "P9: write a[5] 0x22", *_LOOK),
    _leaf("two", "a = mmap 1024p", "madvise a MADV_HUGEPAGE", "write a[0] 0x11",
          "write a[512] 0x12", "smaps a", "numa_maps a", "pagemap a[510:514]",
          "mincore a[510:514]", "clear_refs 1",
          "smaps a Referenced", "clear_refs 4", "pagemap a[510:514]",
          "smaps a Referenced", "mlock a", "drain",
          "smaps a Locked", "munlock a", "drain", "madvise a MADV_COLD", "madvise a MADV_FREE",
          "drain", "vmstat pgdeactivate pglazyfree"),
    _leaf("zero", *_ROOM, "read a[0]", "smaps a", "numa_maps a", "pagemap a[0:2]", "mlock a",
          "munlock a", "madvise a MADV_COLD", "madvise a MADV_FREE", "clear_refs 1",
          "mbind a MPOL_BIND node1 MPOL_MF_MOVE", "write a[5] 0x22", "smaps a"),
    # smaps leaves such a leaf out, which breaks a promise (scenarios/kernel-bugs/no-access-no-rss)
    _leaf("no-access", *_WRITTEN, "mprotect a none", *_LOOK[1:], "mprotect a rw", "numa: scan P0",
          "numa_maps a", "pagemap a[0:2]", "read a[0]", "smaps a"),
    _leaf("locked", *_WRITTEN, "mlock a", "drain", *_LOOK, "munlock a", "drain", *_LOOK),
    _leaf("cold", *_WRITTEN, "drain", "madvise a MADV_COLD", "drain", *_LOOK, "pages a[0:2]",
          "write a[0] 0x22", "madvise a[5:9] MADV_COLD", *_LOOK),
    _leaf("freed", *_WRITTEN, "drain", "madvise a MADV_FREE", "drain", *_LOOK, "pages a[0:2]",
          "clear_refs 4", "smaps a LazyFree Private_Dirty",
          "write a[0] 0x22", "madvise a[5:9] MADV_FREE", *_LOOK),
    _leaf("out", *_WRITTEN, "drain", "madvise a MADV_PAGEOUT", "smaps a", "pagemap a[0:2]",
          "status VmSwap", "read a[0]", machine=SWAP),
    _leaf("out-in-part", *_WRITTEN, "drain", "madvise a[5:9] MADV_PAGEOUT", *_LOOK,
          "status VmSwap", machine=SWAP),
    # what nobody else maps would move, which is not modelled
    _leaf("placed", *_WRITTEN, "drain", "mbind a MPOL_BIND node1 MPOL_MF_STRICT",
          "mbind a MPOL_BIND node0 MPOL_MF_STRICT", FORK, "mbind a MPOL_BIND node1 MPOL_MF_MOVE",
          "mbind a MPOL_BIND node1 MPOL_MF_STRICT MPOL_MF_MOVE", "numa_maps a"),
    _leaf("parts", *_WRITTEN, "mprotect a[0:2] r", *_LOOK, FORK, "smaps a", "clear_refs 1",
          "read a[0:2]", "smaps a"),
    _leaf("shmem", "a = mmap 512p rw shared anon", "write a[0] 0x11", FORK, "drain", *_LOOK,
          "mlock a", "drain", "smaps a Locked", "madvise a[5:9] MADV_COLD", "clear_refs 4",
          "P9: smaps a", machine=("shmem_enabled always",)),
    _leaf("mirrored", *_WRITTEN, "coherent0: snapshot P0.a[4:6]", "mprotect a r",
          "coherent0: snapshot P0.a[4:6]", "coherent0: write P0.a[4] 0x22",
          "mprotect a none", "coherent0: snapshot P0.a[4:6]", "coherent0: read P0.a[4]",
          machine=COHERENT),
    _leaf("mirrored-in-order", *_WRITTEN, "write a[3:6] 0x12 0x13 0x14",
          "coherent0: read P0.a[2:7]", "coherent0: write P0.a[4] 0x22", "read a[2:7]",
          machine=COHERENT),
    _leaf("mirrored-shared", *_WRITTEN, FORK, "coherent0: snapshot P0.a[4:6]",
          "coherent0: write P0.a[4] 0x22", "pages a[4:6]", "P9: read a[4]", machine=COHERENT),
    _leaf("to-device", *_WRITTEN, "coherent0: migrate P0.a[4:6]", "pages a[3:5]", "read a[4]",
          machine=COHERENT),
    _leaf("zero-to-device", *_ROOM, "read a[0]", "coherent0: migrate P0.a[4:6]", "pages a[3:5]",
          "read a[4]", machine=COHERENT),
    # ksmd looks at each page of a leaf, and splits it for the first two that are alike
    _leaf("merged", *_ROOM, "write a 0x11", "madvise a MADV_MERGEABLE", "ksmd: full_scan 1",
          "ksmd: scan 3", "ksm pages_shared pages_sharing pages_unshared",
          "smaps a Rss AnonHugePages", "vmstat thp_split_page thp_split_pmd"),
    # khugepaged comes back to a huge page of shmem that was split meanwhile
    setup("parts-awaited-split", "pthp", "f = memfd_create 512p", "pwrite f[0:2] 0x11",
          "a = mmap f rw private", "read a[0]", "madvise a MADV_HUGEPAGE", "b = mmap 1p",
          "write b 0x22", "coherent0: setup P0.b MIGRATE_VMA_SELECT_SYSTEM", "khugepaged: scan",
          "coherent0: pages", "coherent0: finalize", "split_huge_pages a", "khugepaged: scan",
          "kpageflags a[0]", "smaps a", "exit",
          machine=("thp madvise", "shmem_enabled advise", *COHERENT), modifiers=-1),
)  # fmt: skip
