# SPDX-License-Identifier: GPL-2.0-or-later
"""x86-64 page-table words: encode, decode, masks.  Words are signed 64-bit ints (NX is the sign).

Source: arch/x86/include/asm/pgtable_types.h, pgtable.h, pgtable-invert.h, pgtable_64.h;
include/linux/swapops.h.
"""

from typing import Final

from linuxmm.core import core

PAGE_PRESENT: Final = 1 << 0
PAGE_RW: Final = 1 << 1
PAGE_USER: Final = 1 << 2
PAGE_PWT: Final = 1 << 3
PAGE_PCD: Final = 1 << 4
PAGE_ACCESSED: Final = 1 << 5
PAGE_DIRTY: Final = 1 << 6
PAGE_PSE: Final = 1 << 7
PAGE_PROTNONE: Final = 1 << 8  # GLOBAL when present
PAGE_SPECIAL: Final = 1 << 9
PAGE_UFFD_WP: Final = 1 << 10
PAGE_SOFT_DIRTY: Final = 1 << 11
PAGE_DEVMAP: Final = 1 << 58
PAGE_NX: Final = -(1 << 63)
PTE_PFN_MASK: Final = 0x000F_FFFF_FFFF_F000

# include/linux/pgtable.h: what pte_modify keeps of the old word
PAGE_CHG_MASK: Final = (
    PTE_PFN_MASK
    | PAGE_PCD
    | PAGE_PWT
    | PAGE_SPECIAL
    | PAGE_ACCESSED
    | PAGE_DIRTY
    | PAGE_SOFT_DIRTY
    | PAGE_DEVMAP
    | PAGE_UFFD_WP
)

# protections of a VMA (arch/x86/mm/pgprot.c: protection_map)
PROT_NONE_BITS: Final = PAGE_ACCESSED | PAGE_PROTNONE
PROT_READ_BITS: Final = PAGE_PRESENT | PAGE_USER | PAGE_ACCESSED
PROT_WRITE_BITS: Final = PROT_READ_BITS | PAGE_RW

# non-present words
SWP_SOFT_DIRTY: Final = 1 << 1
SWP_UFFD_WP: Final = 1 << 2
SWP_EXCLUSIVE: Final = 1 << 3
SWP_OFFSET_BITS: Final = 0x3_FFFF_FFFF_FFFF  # 50 bits
SWP_OFFSET_SHIFT: Final = 9
SWP_TYPE_SHIFT: Final = 59
# migration entries of kernels that carry them: young and dirty above the PFN bits (4-level: 34)
SWP_MIG_PFN_BITS: Final = (1 << 34) - 1
SWP_MIG_YOUNG: Final = 1 << 34
SWP_MIG_DIRTY: Final = 1 << 35


@core
def pte_present(pte: int) -> int:
    """Is there a page behind this word for the kernel: P, or PROT_NONE with P clear?"""
    return 1 if pte & (PAGE_PRESENT | PAGE_PROTNONE) else 0


@core
def pte_none(pte: int) -> int:
    """Is the entry empty (A and D, which an erratum of old CPUs may set, apart)?"""
    return 1 if (pte & ~(PAGE_ACCESSED | PAGE_DIRTY)) == 0 else 0


@core
def pte_protnone(pte: int) -> int:
    """PROTNONE set and P clear: a NUMA hint, or an entry of a PROT_NONE VMA."""
    return 1 if pte & (PAGE_PRESENT | PAGE_PROTNONE) == PAGE_PROTNONE else 0


@core
def is_swap_pte(pte: int) -> int:
    """Neither empty nor present: swap, migration, device-private, device-exclusive ..."""
    return 1 if pte_none(pte) == 0 and pte_present(pte) == 0 else 0


@core
def protnone_mask(pte: int) -> int:
    """What the PFN field is XORed with: all ones for a non-empty word with P clear (L1TF)."""
    return -1 if pte != 0 and pte & PAGE_PRESENT == 0 else 0


@core
def pte_pfn(pte: int) -> int:
    """The page frame number of a present word (`protnone_mask` written out: the hottest call)."""
    if pte & PAGE_PRESENT or pte == 0:
        return (pte & PTE_PFN_MASK) >> 12
    return (~pte & PTE_PFN_MASK) >> 12


@core
def pfn_pte(pfn: int, prot: int) -> int:
    """A present word: the PFN, inverted when the protection has P clear, and the bits."""
    field = pfn << 12
    return ((field ^ protnone_mask(prot)) & PTE_PFN_MASK) | prot


@core
def leaf_pte(pmd: int, addr: int) -> int:
    """The PTE that maps the page of `addr` as a PMD leaf maps it."""
    pte = pmd & ~PAGE_PSE
    return pfn_pte(pte_pfn(pte) + (addr >> 12 & 511), pte & ~PTE_PFN_MASK)


@core
def pte_modify(pte: int, prot: int) -> int:
    """The word with another protection; PFN, A, D, special, devmap, soft-dirty, uffd-wp stay."""
    new = (pte & PAGE_CHG_MASK) | (prot & ~PAGE_CHG_MASK)
    if protnone_mask(pte) != protnone_mask(new):
        new ^= PTE_PFN_MASK
    return new


@core
def pte_write(pte: int) -> int:
    """Is the write bit set (also in a PROT_NONE word, where it is the saved write bit)?"""
    return 1 if pte & PAGE_RW else 0


@core
def pte_mkdirty(pte: int) -> int:
    """Dirty and soft-dirty."""
    return pte | PAGE_DIRTY | PAGE_SOFT_DIRTY


@core
def pte_mkdevmap(pte: int) -> int:
    """A devmap word carries the special bit as well."""
    return pte | PAGE_DEVMAP | PAGE_SPECIAL


@core
def swp_pte(kind: int, offset: int) -> int:
    """The non-present word of swap type `kind` (0..31); the offset is stored inverted."""
    top = kind if kind < 16 else kind - 32
    inverted = ~offset & SWP_OFFSET_BITS
    return (top << SWP_TYPE_SHIFT) | (inverted << SWP_OFFSET_SHIFT)


@core
def swp_type(pte: int) -> int:
    """The swap type of a non-present word."""
    return (pte >> SWP_TYPE_SHIFT) & 31


@core
def swp_offset(pte: int) -> int:
    """The offset of a non-present word: a slot, or a PFN (with young/dirty above it)."""
    return (~(pte >> SWP_OFFSET_SHIFT)) & SWP_OFFSET_BITS
