# SPDX-License-Identifier: GPL-2.0-or-later
"""Non-present entries that carry a PFN: migration, device-private, device-exclusive.

Source: include/linux/swapops.h, include/linux/swap.h (type numbers), arch/x86/include/asm/pgtable.h
(soft-dirty, uffd-wp and exclusive bits of a non-present word).  The type numbers are the
kernel's (`k.swap_type`): one that does not exist is -1 and equals no type of a word.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_SOFT_DIRTY,
    PAGE_UFFD_WP,
    SWP_EXCLUSIVE,
    SWP_MIG_DIRTY,
    SWP_MIG_PFN_BITS,
    SWP_MIG_YOUNG,
    SWP_SOFT_DIRTY,
    SWP_UFFD_WP,
    is_swap_pte,
    swp_offset,
    swp_pte,
    swp_type,
)
from linuxmm.core import core
from linuxmm.state.behaviours import (
    B_MIGRATION_ENTRY_EXCLUSIVE,
    B_MIGRATION_ENTRY_YOUNG_DIRTY,
    B_SWAP_EXCLUSIVE,
)
from linuxmm.state.rules import (
    SWT_DEVICE_READ,
    SWT_DEVICE_WRITE,
    SWT_EXCLUSIVE_READ,
    SWT_EXCLUSIVE_WRITE,
    SWT_HWPOISON,
    SWT_MAX_SWAPFILES,
    SWT_MIGRATION_READ,
    SWT_MIGRATION_READ_EXCLUSIVE,
    SWT_MIGRATION_WRITE,
    SWT_PTE_MARKER,
    Rules,
)

PTE_MARKER_UFFD_WP: Final = 1


@core
def is_swap_type(k: Rules, pte: int, which: int) -> int:
    """Is this a non-present word of the special type SWT_*?"""
    return 1 if is_swap_pte(pte) and swp_type(pte) == k.swap_type[which] else 0


# --- which entry is it ---
@core
def is_real_swap_pte(k: Rules, pte: int) -> int:
    """A slot of a swap file (non_swap_entry is false)."""
    return 1 if is_swap_pte(pte) and swp_type(pte) < k.swap_type[SWT_MAX_SWAPFILES] else 0


@core
def is_writable_migration_pte(k: Rules, pte: int) -> int:
    """A migration entry whose restored entry may be writable."""
    return is_swap_type(k, pte, SWT_MIGRATION_WRITE)


@core
def is_readable_exclusive_migration_pte(k: Rules, pte: int) -> int:
    """A read-only migration entry of an exclusive anonymous page."""
    return is_swap_type(k, pte, SWT_MIGRATION_READ_EXCLUSIVE)


@core
def is_readable_migration_pte(k: Rules, pte: int) -> int:
    """A read-only migration entry of a page that is not exclusive."""
    return is_swap_type(k, pte, SWT_MIGRATION_READ)


@core
def is_migration_pte(k: Rules, pte: int) -> int:
    """A migration entry of any kind."""
    if is_readable_migration_pte(k, pte) or is_writable_migration_pte(k, pte):
        return 1
    return is_readable_exclusive_migration_pte(k, pte)


@core
def is_writable_device_private_pte(k: Rules, pte: int) -> int:
    """A device-private page that the process may write."""
    return is_swap_type(k, pte, SWT_DEVICE_WRITE)


@core
def is_device_private_pte(k: Rules, pte: int) -> int:
    """A page in device memory that the CPU cannot reach."""
    if is_writable_device_private_pte(k, pte):
        return 1
    return is_swap_type(k, pte, SWT_DEVICE_READ)


@core
def is_writable_device_exclusive_pte(k: Rules, pte: int) -> int:
    """A page in system memory lent to a device, writable when it comes back."""
    return is_swap_type(k, pte, SWT_EXCLUSIVE_WRITE)


@core
def is_device_exclusive_pte(k: Rules, pte: int) -> int:
    """A page in system memory to which a device has exclusive access."""
    if is_writable_device_exclusive_pte(k, pte):
        return 1
    return is_swap_type(k, pte, SWT_EXCLUSIVE_READ)


@core
def is_hwpoison_pte(k: Rules, pte: int) -> int:
    """The place of a page with a memory failure."""
    return is_swap_type(k, pte, SWT_HWPOISON)


@core
def is_pte_marker(k: Rules, pte: int) -> int:
    """A word that marks an address without a page (uffd-wp)."""
    return is_swap_type(k, pte, SWT_PTE_MARKER)


@core
def pte_marker_uffd_wp(k: Rules, pte: int) -> int:
    """A marker that says: userfaultfd protects what comes here (include/linux/userfaultfd_k.h)."""
    return 1 if is_pte_marker(k, pte) and swp_offset(pte) & PTE_MARKER_UFFD_WP else 0


@core
def is_pfn_swap_pte(k: Rules, pte: int) -> int:
    """A non-present word with a PFN of a page (is_pfn_swap_entry).

    The same text that added young and dirty bits counts hwpoison entries here too.
    """
    if is_migration_pte(k, pte) or is_device_private_pte(k, pte):
        return 1
    if is_device_exclusive_pte(k, pte):
        return 1
    return is_hwpoison_pte(k, pte) if k.behaviour[B_MIGRATION_ENTRY_YOUNG_DIRTY] else 0


@core
def pfn_swap_entry_pfn(k: Rules, pte: int) -> int:
    """The PFN of such a word, without the young and dirty bits above it."""
    if k.behaviour[B_MIGRATION_ENTRY_YOUNG_DIRTY]:
        return swp_offset(pte) & SWP_MIG_PFN_BITS
    return swp_offset(pte)


# --- making entries ---
@core
def make_migration_entry(
    k: Rules, pfn: int, writable: int, exclusive: int, young: int, dirty: int
) -> int:
    """The word that stands for a page on its way; what the kernel cannot carry is dropped."""
    kind = SWT_MIGRATION_READ
    if writable:
        kind = SWT_MIGRATION_WRITE
    elif exclusive and k.behaviour[B_MIGRATION_ENTRY_EXCLUSIVE]:
        kind = SWT_MIGRATION_READ_EXCLUSIVE
    offset = pfn
    if k.behaviour[B_MIGRATION_ENTRY_YOUNG_DIRTY]:
        if young:
            offset |= SWP_MIG_YOUNG
        if dirty:
            offset |= SWP_MIG_DIRTY
    return swp_pte(k.swap_type[kind], offset)


@core
def make_device_private_entry(k: Rules, pfn: int, writable: int) -> int:
    """The word of a device-private page."""
    return swp_pte(k.swap_type[SWT_DEVICE_WRITE if writable else SWT_DEVICE_READ], pfn)


@core
def make_device_exclusive_entry(k: Rules, pfn: int, writable: int) -> int:
    """The word of a page that a device uses alone."""
    return swp_pte(k.swap_type[SWT_EXCLUSIVE_WRITE if writable else SWT_EXCLUSIVE_READ], pfn)


@core
def swap_entry_readable(k: Rules, pte: int, exclusive: int) -> int:
    """The read-only twin of a migration, device-private or device-exclusive word.

    Offset, young and dirty stay; the soft-dirty and uffd-wp bits of the word are the caller's
    (`copy_swp_bits`).  `exclusive`: a migration entry stays marked exclusive if it can.
    """
    kind = SWT_MIGRATION_READ
    if is_device_private_pte(k, pte):
        kind = SWT_DEVICE_READ
    elif is_device_exclusive_pte(k, pte):
        kind = SWT_EXCLUSIVE_READ
    elif exclusive and k.behaviour[B_MIGRATION_ENTRY_EXCLUSIVE]:
        kind = SWT_MIGRATION_READ_EXCLUSIVE
    return swp_pte(k.swap_type[kind], swp_offset(pte))


@core
def is_migration_entry_young(k: Rules, pte: int) -> int:
    """Was the entry young; no where entries do not carry it: restored entries become old."""
    if k.behaviour[B_MIGRATION_ENTRY_YOUNG_DIRTY] == 0:
        return 0
    return 1 if swp_offset(pte) & SWP_MIG_YOUNG else 0


@core
def is_migration_entry_dirty(k: Rules, pte: int) -> int:
    """Was the entry dirty; no where entries do not carry it."""
    if k.behaviour[B_MIGRATION_ENTRY_YOUNG_DIRTY] == 0:
        return 0
    return 1 if swp_offset(pte) & SWP_MIG_DIRTY else 0


@core
def make_pte_marker(k: Rules, marker: int) -> int:
    """The word that stands for no page, and says something of the address (PTE_MARKER_*)."""
    return swp_pte(k.swap_type[SWT_PTE_MARKER], marker)


# --- soft-dirty, uffd-wp and exclusive bits ---
@core
def pte_swp_soft_dirty(pte: int) -> int:
    """The soft-dirty bit of a non-present word."""
    return 1 if pte & SWP_SOFT_DIRTY else 0


@core
def pte_swp_uffd_wp(pte: int) -> int:
    """The uffd-wp bit of a non-present word."""
    return 1 if pte & SWP_UFFD_WP else 0


@core
def pte_swp_exclusive(k: Rules, pte: int) -> int:
    """The exclusive bit of a swap word (kernels that have it)."""
    return 1 if k.behaviour[B_SWAP_EXCLUSIVE] and pte & SWP_EXCLUSIVE else 0


@core
def pte_swp_mkexclusive(k: Rules, pte: int) -> int:
    """Mark a swap word as the only one of its anonymous page (kernels that can)."""
    return pte | SWP_EXCLUSIVE if k.behaviour[B_SWAP_EXCLUSIVE] else pte


@core
def swp_bits_of_present(pte: int) -> int:
    """Soft-dirty and uffd-wp of a present word, as bits of the non-present one."""
    bits = 0
    if pte & PAGE_SOFT_DIRTY:
        bits |= SWP_SOFT_DIRTY
    if pte & PAGE_UFFD_WP:
        bits |= SWP_UFFD_WP
    return bits


@core
def present_bits_of_swp(pte: int) -> int:
    """Soft-dirty and uffd-wp of a non-present word, as bits of the present one."""
    bits = 0
    if pte & SWP_SOFT_DIRTY:
        bits |= PAGE_SOFT_DIRTY
    if pte & SWP_UFFD_WP:
        bits |= PAGE_UFFD_WP
    return bits


@core
def copy_swp_bits(pte: int, old: int) -> int:
    """A non-present word with the soft-dirty and uffd-wp bits of another one."""
    return pte | (old & (SWP_SOFT_DIRTY | SWP_UFFD_WP))
