# SPDX-License-Identifier: GPL-2.0-or-later
"""What a page-table word says, read directly: the words of the kernel that the core is of.

The numbers of the special swap types are not the same in every build (`SpecialTypes`), the bits
of x86-64 are (`arch/x86/pgtable.py`).
"""

from dataclasses import dataclass
from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_DEVMAP,
    PAGE_PSE,
    PAGE_RW,
    PAGE_SOFT_DIRTY,
    PAGE_SPECIAL,
    PAGE_UFFD_WP,
    SWP_MIG_PFN_BITS,
    SWP_SOFT_DIRTY,
    SWP_UFFD_WP,
    pte_none,
    pte_pfn,
    pte_present,
    pte_protnone,
    swp_offset,
    swp_type,
)
from linuxmm.errors import Skipped
from linuxmm.inspect import kind as kinds
from linuxmm.inspect.source import ENTRY_PROT_NONE, ENTRY_SPECIAL

TYPES: Final = 32  # MAX_SWAPFILES_SHIFT is 5
HUGE: Final = {4096: "pte", 4096 << 9: "pmd", 4096 << 18: "pud"}

PAGE: Final = "page"
WITH_PFN: Final = (PAGE, kinds.POISONED, kinds.MIGRATING, kinds.PRIVATE, kinds.EXCLUSIVE_ENTRY)


@dataclass(frozen=True)
class SpecialTypes:
    """Swap types from `first` on are no swap files.

    Source: include/linux/swap.h, where each group exists only in some builds.
    """

    first: int
    hwpoison: int = 0
    migration: int = 0
    device: int = 0
    marker: int = 0  # userfaultfd's, and the one of pages that could not be read from swap

    def meaning(self, kind: int) -> str:
        """The kind of page behind a swap type."""
        if kind < self.first:
            return kinds.SWAPPED
        at = kind - self.first
        for size, word in (
            (self.hwpoison, kinds.POISONED),
            (self.migration, kinds.MIGRATING),
            (min(self.device, 2), kinds.PRIVATE),
            (max(0, self.device - 2), kinds.EXCLUSIVE_ENTRY),
        ):
            if at < size:
                return word
            at -= size
        return kinds.SPECIAL_ENTRY


def special_types(swap_files: int, hwpoison: bool, migration: int) -> SpecialTypes:
    """The layout, from the length of swap_info[] and what else the build shows.

    Source: MAX_SWAPFILES.  Markers (two at most: PTE_MARKER and, for a time, SWAPIN_ERROR) came
    with the third migration type; the device types are four since there are exclusive ones.
    """
    rest = TYPES - swap_files - hwpoison - migration
    device = {4: 4, 5: 4, 6: 4}.get(rest, 0) if migration != 2 else rest
    markers = rest - device
    if device not in (0, 2, 4) or not 0 <= markers <= 2:
        raise Skipped(
            f"the swap types of this kernel are not known here ({swap_files} for files, "
            f"{rest} of no known use)"
        )
    return SpecialTypes(swap_files, int(hwpoison), migration, device, markers)


def swap_kinds(types: SpecialTypes) -> dict[int, str]:
    """Every special type with its kind."""
    return {kind: types.meaning(kind) for kind in range(types.first, TYPES)}


@dataclass(frozen=True)
class Entry:
    """One word, decoded.  `pfn`: of the 4 KiB page asked for; -1: the word has none."""

    what: str  # PAGE or a kind of entry, kinds.NONE
    pfn: int = -1
    size: int = 4096  # what one word maps
    kind: int = 0  # swap type
    offset: int = 0  # swap offset
    no_access: bool = False  # PROT_NONE, or a NUMA hint
    special: bool = False  # the kernel's mark for: no struct page (devmap words apart)
    writable: bool = False
    soft_dirty: bool = False
    uffd_wp: bool = False


def signed(word: int) -> int:
    """As the model holds words."""
    return word - (1 << 64) if word >> 63 else word


def is_leaf(word: int) -> bool:
    """Does a word of a middle level map memory itself, or hold an entry?

    Source: arch/x86/include/asm/pgtable.h (pmd_leaf), include/linux/swapops.h (is_swap_pmd).
    """
    if word & PAGE_PSE or not pte_present(signed(word)):
        return not pte_none(signed(word))
    return False


def decode(types: SpecialTypes, word: int, size: int = 4096, page: int = 0) -> Entry:
    """A word that maps `size` bytes, looked at for its 4 KiB page number `page`."""
    w = signed(word)
    if pte_none(w):
        return Entry(kinds.NONE)
    if pte_present(w) or (size > 4096 and word & PAGE_PSE):  # a PMD while it is being split
        return Entry(
            PAGE,
            (pte_pfn(w) & -(size >> 12)) + page,
            size,
            no_access=bool(pte_protnone(w)),
            special=bool(w & PAGE_SPECIAL and not w & PAGE_DEVMAP),
            writable=bool(w & PAGE_RW),
            soft_dirty=bool(w & PAGE_SOFT_DIRTY),
            uffd_wp=bool(w & PAGE_UFFD_WP),
        )
    what = types.meaning(swp_type(w))
    offset = swp_offset(w)
    return Entry(
        what,
        (offset & SWP_MIG_PFN_BITS) + page if what in WITH_PFN else -1,
        size,
        swp_type(w),
        offset + page,
        soft_dirty=bool(w & SWP_SOFT_DIRTY),
        uffd_wp=bool(w & SWP_UFFD_WP),
    )


def pagemap_entry(entry: Entry, anon: bool, mapcount: int) -> int:
    """The entry as /proc/PID/pagemap has it, with the two bits that only the table shows.

    `anon`, `mapcount`: of its page; False and -1 where there is none.
    Source: fs/proc/task_mmu.c:pte_to_pagemap_entry.
    """
    word = entry.soft_dirty << 55 | entry.uffd_wp << 57
    if mapcount >= 0:
        word |= (mapcount == 1) << 56 | (not anon) << 61
    if entry.what == PAGE:
        word |= 1 << 63 | entry.pfn
        return word | entry.no_access * ENTRY_PROT_NONE | entry.special * ENTRY_SPECIAL
    if entry.what == kinds.NONE:
        return 0
    return word | 1 << 62 | entry.kind | (entry.offset << 5 & (1 << 55) - 1)
