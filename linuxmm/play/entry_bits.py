# SPDX-License-Identifier: GPL-2.0-or-later
"""A page-table entry in words: which bits are set, or what stands in it that is not present.

Source: arch/x86/include/asm/pgtable_types.h; include/linux/swapops.h for what is not present.
"""

from typing import Final

from linuxmm.arch.x86 import pgtable as x86
from linuxmm.mm.memory import nonpresent
from linuxmm.state.rules import Rules

# as they are written from the lowest bit on
PRESENT_BITS: Final[tuple[tuple[int, str], ...]] = (
    (x86.PAGE_PRESENT, "present"),
    (x86.PAGE_RW, "rw"),
    (x86.PAGE_USER, "user"),
    (x86.PAGE_PWT, "pwt"),
    (x86.PAGE_PCD, "pcd"),
    (x86.PAGE_ACCESSED, "accessed"),
    (x86.PAGE_DIRTY, "dirty"),
    (x86.PAGE_SPECIAL, "special"),
    (x86.PAGE_UFFD_WP, "uffd_wp"),
    (x86.PAGE_SOFT_DIRTY, "soft_dirty"),
    (x86.PAGE_DEVMAP, "devmap"),
    (x86.PAGE_NX, "nx"),
)


def entry_bits(k: Rules, pte: int) -> tuple[str, ...]:
    """The words of an entry: `present rw user ...`, `device_private write`, `swap offset=3`."""
    if x86.pte_none(pte):
        return ()
    if not x86.pte_present(pte):
        return (*_nonpresent(k, pte), *_marks(k, pte))
    bits = [name for bit, name in PRESENT_BITS if pte & bit]
    return tuple(["protnone", *bits] if x86.pte_protnone(pte) else bits)


def _nonpresent(k: Rules, pte: int) -> tuple[str, ...]:
    """What the word stands for: the types are the kernel's."""
    if nonpresent.is_real_swap_pte(k, pte):
        return ("swap", f"offset={x86.swp_offset(pte)}")
    if nonpresent.is_device_private_pte(k, pte):
        return ("device_private", _access(nonpresent.is_writable_device_private_pte(k, pte)))
    if nonpresent.is_device_exclusive_pte(k, pte):
        return ("device_exclusive", _access(nonpresent.is_writable_device_exclusive_pte(k, pte)))
    if nonpresent.is_migration_pte(k, pte):
        exclusive = nonpresent.is_readable_exclusive_migration_pte(k, pte)
        kind = (
            "read_exclusive" if exclusive else _access(nonpresent.is_writable_migration_pte(k, pte))
        )
        bits = (
            (nonpresent.is_migration_entry_young, "young"),
            (nonpresent.is_migration_entry_dirty, "dirty"),
        )
        return ("migration", kind, *(name for holds, name in bits if holds(k, pte)))
    return (f"type={x86.swp_type(pte)}",)


def _access(writable: int) -> str:
    return "write" if writable else "read"


def _marks(k: Rules, pte: int) -> list[str]:
    """The bits beside type and offset."""
    exclusive = nonpresent.is_real_swap_pte(k, pte) and nonpresent.pte_swp_exclusive(k, pte)
    marks = (
        (nonpresent.pte_swp_soft_dirty(pte), "soft_dirty"),
        (nonpresent.pte_swp_uffd_wp(pte), "uffd_wp"),
        (exclusive, "exclusive"),
    )
    return [name for holds, name in marks if holds]
