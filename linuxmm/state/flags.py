# SPDX-License-Identifier: GPL-2.0-or-later
"""Flags that a record passes to a lookup (FOLL_, FW_), and those that came after the records."""

from typing import Final, NamedTuple

# FOLL_ flags (include/linux/mm.h; FOLL_LRU: the patch of March 2022)
FOLL_WRITE: Final = 0x1
FOLL_TOUCH: Final = 0x2
FOLL_GET: Final = 0x4
FOLL_DUMP: Final = 0x8
FOLL_FORCE: Final = 0x10
FOLL_NOWAIT: Final = 0x20
FOLL_POPULATE: Final = 0x40
FOLL_NOFAULT: Final = 0x80
FOLL_HWPOISON: Final = 0x100
FOLL_NUMA: Final = 0x200
FOLL_MIGRATION: Final = 0x400
FOLL_TRIED: Final = 0x800
FOLL_MLOCK: Final = 0x1000
FOLL_REMOTE: Final = 0x2000
FOLL_COW: Final = 0x4000
FOLL_ANON: Final = 0x8000
FOLL_LONGTERM: Final = 0x10000
FOLL_SPLIT_PMD: Final = 0x20000
FOLL_PIN: Final = 0x40000
FOLL_FAST_ONLY: Final = 0x80000
FOLL_LRU: Final = 0x100000
FOLL_UNLOCKABLE: Final = 0x200000  # the call may let go of mmap_lock (`locked` before 6.3)
FOLL_FLAGS: Final[dict[str, int]] = {
    "FOLL_WRITE": FOLL_WRITE,
    "FOLL_TOUCH": FOLL_TOUCH,
    "FOLL_GET": FOLL_GET,
    "FOLL_DUMP": FOLL_DUMP,
    "FOLL_FORCE": FOLL_FORCE,
    "FOLL_NOWAIT": FOLL_NOWAIT,
    "FOLL_POPULATE": FOLL_POPULATE,
    "FOLL_NOFAULT": FOLL_NOFAULT,
    "FOLL_HWPOISON": FOLL_HWPOISON,
    "FOLL_NUMA": FOLL_NUMA,
    "FOLL_MIGRATION": FOLL_MIGRATION,
    "FOLL_TRIED": FOLL_TRIED,
    "FOLL_MLOCK": FOLL_MLOCK,
    "FOLL_REMOTE": FOLL_REMOTE,
    "FOLL_COW": FOLL_COW,
    "FOLL_ANON": FOLL_ANON,
    "FOLL_LONGTERM": FOLL_LONGTERM,
    "FOLL_SPLIT_PMD": FOLL_SPLIT_PMD,
    "FOLL_PIN": FOLL_PIN,
    "FOLL_FAST_ONLY": FOLL_FAST_ONLY,
    "FOLL_LRU": FOLL_LRU,
}

# FW_ flags of folio_walk_start (include/linux/pagewalk.h), here beyond every FOLL_ flag, so that
# one column of a site holds either.
FW_MIGRATION: Final = 1 << 32
FW_ZEROPAGE: Final = 1 << 33
WALK_FLAGS: Final[dict[str, int]] = {"FW_MIGRATION": FW_MIGRATION, "FW_ZEROPAGE": FW_ZEROPAGE}
SITE_FLAGS: Final[dict[str, int]] = {**FOLL_FLAGS, **WALK_FLAGS}


class NewerFlag(NamedTuple):
    """A flag that came after the built-in kernels: its number, and the release it came with."""

    number: int
    since: str


# A system call of a kernel without it gives -EINVAL; one that has it (`[flags]` of its record) does
# what is not modelled.  Source: include/uapi/asm-generic/mman-common.h, linux/mman.h,
# linux/mempolicy.h; FOLL_ flags (include/linux/mm_types.h) cannot be passed to an older kernel.
NEWER_FLAGS: Final[dict[str, NewerFlag]] = {
    "MADV_GUARD_INSTALL": NewerFlag(102, "6.13"),
    "MADV_GUARD_REMOVE": NewerFlag(103, "6.13"),
    "droppable": NewerFlag(0x08, "6.11"),  # MAP_DROPPABLE
    "MPOL_WEIGHTED_INTERLEAVE": NewerFlag(6, "6.9"),
    "FOLL_PCI_P2PDMA": NewerFlag(1 << 10, "6.2"),
    "FOLL_INTERRUPTIBLE": NewerFlag(1 << 11, "6.2"),
    "FOLL_HONOR_NUMA_FAULT": NewerFlag(1 << 12, "6.6"),
}
