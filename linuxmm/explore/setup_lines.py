# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines that several set-ups share, each said once."""

from typing import Final

# --- machines ---
COHERENT: Final = ("coherent0 256M",)
PRIVATE: Final = ("private0 256M",)
DAX: Final = ("dax0 64M",)
DEVDAX: Final = ("devdax0 64M",)
SWAP: Final = ("swap 64M zram",)

# --- how pages come to be ---
FORK: Final = "P0: P9 = fork"  # not P1: an action defines that name
ANON: Final = ("a = mmap 2p", "write a 0x11")
THREE: Final = ("a = mmap 3p", "write a 0x11")
SOFT: Final = ("clear_refs 4", "write a[0] 0x22")  # the first of two is soft-dirty
SWAPPED: Final = (*ANON, "madvise a MADV_PAGEOUT")
SHARED_SLOTS: Final = (*SWAPPED, FORK)
SHARED_FILE: Final = ("f = file 2p", "a = mmap f rw shared")
PRIVATE_FILE: Final = ("f = file 2p", "a = mmap f rw private")
MEMFD: Final = ("s = memfd_create 2p", "a = mmap s rw shared")
PFNS: Final = ("a = mmap 2p rw shared pfnmap",)
MERGED: Final = ("a = mmap 3p", "write a 0x5a", "madvise a MADV_MERGEABLE", "ksmd: full_scan 3")
# ksmd has seen the first two of three pages: the first waits in its unstable tree.
TREE: Final = ("a = mmap 3p rw private anon", "write a 0x5a 0x11 0x5a",
               "madvise a MADV_MERGEABLE", "ksmd: full_scan 1", "ksmd: scan 1")  # fmt: skip

# --- what became of them ---
AGAIN: Final = ("b = mmap f rw shared", "read b", "kpageflags b")
AGAIN_MEMFD: Final = ("b = mmap s rw shared", "read b", "kpageflags b")
LOOK: Final = ("pages a", "pagemap a", "kpageflags a", "mincore a", "smaps a", "smaps_rollup",
               "numa_maps a", "status VmRSS RssAnon RssFile RssShmem VmSwap VmLck",
               "meminfo Mlocked SwapFree SwapCached Mapped",
               "vmstat numa_hint_faults numa_hint_faults_local numa_pages_migrated cow_ksm "
               "ksm_swpin_copy pgactivate pgdeactivate pglazyfree pgmigrate_success "
               "nr_foll_pin_acquired nr_foll_pin_released")  # fmt: skip


def upgraded(who: str = "P0") -> tuple[str, ...]:
    """Were the entries dirty: then mprotect makes them writable at once, and no fault is needed.

    Source: mm/mprotect.c:can_change_pte_writable.
    """
    lines = ("mprotect a r", "mprotect a rw", "vmstat pgfault", "write a 0x22", "vmstat pgfault")
    return tuple(f"{who}: {line}" for line in lines)
