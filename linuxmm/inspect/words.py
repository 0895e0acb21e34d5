# SPDX-License-Identifier: GPL-2.0-or-later
"""One page as one integer: equal pages have equal words, a process has few distinct ones.

Bits 0..47 are the kpageflags of the page (for a swap entry its type), 48..56 the bits 55..63 of
its pagemap entry, 57..62 the row of the memory region that its frame lies in.  Bits that no
kernel shows in these files (43..45, 52, 53) are set by sources that see more.
"""

from typing import Final

from linuxmm import uapi

KPF_BITS: Final = (1 << 48) - 1
PM_SHIFT: Final = 48
PM_FROM: Final = 55  # the first pagemap bit that a word keeps
PM_PFN: Final = uapi.PM_PFRAME_MASK
SWAP_TYPE_BITS: Final = 31
REGION_SHIFT: Final = 57
MAX_REGIONS: Final = 64

SOFT_DIRTY: Final = 1 << 48  # bit 55 of the entry
EXCLUSIVE: Final = 1 << 49
UFFD_WP: Final = 1 << 50
GUARD: Final = 1 << 51  # kernels that know guard regions
PROT_NONE: Final = 1 << 52  # bit 59, which pagemap never sets: the entry allows no access
SPECIAL: Final = 1 << 53  # bit 60, likewise: pte_special
FILE: Final = 1 << 54  # bit 61
SWAP: Final = 1 << 55
PRESENT: Final = 1 << 56

# kpageflags as masks
KPF_UPTODATE: Final = 1 << uapi.KPF_UPTODATE
KPF_DIRTY: Final = 1 << uapi.KPF_DIRTY
KPF_LRU: Final = 1 << uapi.KPF_LRU
KPF_ANON: Final = 1 << uapi.KPF_ANON
KPF_SWAPBACKED: Final = 1 << uapi.KPF_SWAPBACKED
KPF_HEAD: Final = 1 << uapi.KPF_COMPOUND_HEAD
KPF_TAIL: Final = 1 << uapi.KPF_COMPOUND_TAIL
KPF_HUGE: Final = 1 << uapi.KPF_HUGE
KPF_UNEVICTABLE: Final = 1 << uapi.KPF_UNEVICTABLE
KPF_NOPAGE: Final = 1 << uapi.KPF_NOPAGE
KPF_KSM: Final = 1 << uapi.KPF_KSM
KPF_THP: Final = 1 << uapi.KPF_THP
KPF_ZERO: Final = 1 << uapi.KPF_ZERO_PAGE
KPF_RESERVED: Final = 1 << uapi.KPF_RESERVED
KPF_MLOCKED: Final = 1 << uapi.KPF_MLOCKED

# enum memory_type (include/linux/memremap.h), from sources that see page->pgmap; 0: not known
PGMAP_SHIFT: Final = 43
PGMAP_BITS: Final = 7 << PGMAP_SHIFT
PGMAP_PRIVATE: Final = 1 << PGMAP_SHIFT
PGMAP_COHERENT: Final = 2 << PGMAP_SHIFT
PGMAP_FS_DAX: Final = 3 << PGMAP_SHIFT
PGMAP_GENERIC: Final = 4 << PGMAP_SHIFT
PGMAP_P2PDMA: Final = 5 << PGMAP_SHIFT


def region_of(word: int) -> int:
    """The row of the region; 0: the frame is in none, or there is none."""
    return word >> REGION_SHIFT


def pack(entry: int, flags: int, region: int) -> int:
    """The word of a pagemap entry, the kpageflags of its frame and the frame's region."""
    low = flags & KPF_BITS if entry >> 63 else entry & SWAP_TYPE_BITS if entry >> 62 & 1 else 0
    return low | entry >> PM_FROM << PM_SHIFT | region << REGION_SHIFT
