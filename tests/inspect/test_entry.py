# SPDX-License-Identifier: GPL-2.0-or-later
"""Page-table words to kinds, by hand from the bits of x86-64 and the swap types of real builds."""

import pytest

from linuxmm.errors import Skipped
from linuxmm.inspect import kind as kinds
from linuxmm.inspect.entry import (
    PAGE,
    SpecialTypes,
    decode,
    is_leaf,
    pagemap_entry,
    special_types,
    swap_kinds,
)

# 6.1 with everything: 32 types less 1 hwpoison, 3 migration, 4 device, 1 marker, 1 swapin error
OURS = special_types(22, hwpoison=True, migration=3)
PRESENT, RW, USER, PSE, PROTNONE = 1, 2, 4, 0x80, 0x100
PTE = PRESENT | USER | 0x20


def swap(kind: int, offset: int, flags: int = 0) -> int:
    """__swp_entry of arch/x86/include/asm/pgtable_64.h: the offset inverted, the type on top."""
    return kind << 59 | (~offset << 14 & (1 << 64) - 1) >> 5 | flags


def test_the_special_types_of_real_builds() -> None:
    assert SpecialTypes(22, 1, 3, 4, 2) == OURS
    # Debian's 6.1 has no DEVICE_PRIVATE: MAX_SWAPFILES is 32 - 1 - 3 - 1 - 1
    assert special_types(26, hwpoison=True, migration=3) == SpecialTypes(26, 1, 3, 0, 2)
    # 5.17 with DEVICE_PRIVATE: 32 - 1 - 2 - 4
    assert special_types(25, hwpoison=True, migration=2) == SpecialTypes(25, 1, 2, 4, 0)
    with pytest.raises(Skipped, match="not known here"):
        special_types(17, hwpoison=True, migration=3)


def test_each_type_has_its_kind() -> None:
    assert OURS.meaning(0) == OURS.meaning(21) == kinds.SWAPPED
    assert list(swap_kinds(OURS).items()) == [
        (22, kinds.POISONED),
        *((kind, kinds.MIGRATING) for kind in (23, 24, 25)),
        *((kind, kinds.PRIVATE) for kind in (26, 27)),
        *((kind, kinds.EXCLUSIVE_ENTRY) for kind in (28, 29)),
        *((kind, kinds.SPECIAL_ENTRY) for kind in (30, 31)),
    ]


def test_a_present_word_has_its_frame() -> None:
    found = decode(OURS, 0x12345 << 12 | PTE | RW | 1 << 11 | 1 << 63)
    assert (found.what, found.pfn, found.writable, found.soft_dirty) == (PAGE, 0x12345, True, True)
    assert not found.no_access and not found.special


def test_a_prot_none_word_stores_its_frame_inverted() -> None:
    word = (~(0x12345 << 12) & 0x000F_FFFF_FFFF_F000) | PROTNONE | 0x20
    found = decode(OURS, word)
    assert (found.what, found.pfn, found.no_access) == (PAGE, 0x12345, True)


def test_devmap_words_are_not_special() -> None:
    assert decode(OURS, 5 << 12 | PTE | 0x200).special
    assert not decode(OURS, 5 << 12 | PTE | 0x200 | 1 << 58).special


def test_a_huge_word_counts_its_parts() -> None:
    word = 0x40000 << 12 | PTE | PSE | 1 << 12  # bit 12 is PAT here, not the frame's
    assert is_leaf(word)
    assert decode(OURS, word, 1 << 21, 7).pfn == 0x40007
    assert decode(OURS, 0x40000 << 12 | PSE | 0x20, 1 << 21).what == PAGE  # while it is split
    assert not is_leaf(0x40000 << 12 | PTE)
    assert is_leaf(swap(24, 0x40000))
    assert decode(OURS, swap(24, 0x40000), 1 << 21, 3).pfn == 0x40003


@pytest.mark.parametrize(
    ("kind", "what"), [(22, kinds.POISONED), (24, kinds.MIGRATING), (26, kinds.PRIVATE)]
)
def test_entries_with_a_frame(kind: int, what: str) -> None:
    found = decode(OURS, swap(kind, 0x3FFFE))
    assert (found.what, found.pfn, found.kind) == (what, 0x3FFFE, kind)


def test_what_lies_above_the_frame_is_not_part_of_it() -> None:
    assert decode(OURS, swap(25, 1 << 34 | 1 << 35 | 0x777)).pfn == 0x777  # young and dirty


def test_a_swap_entry_has_a_slot_and_no_frame() -> None:
    found = decode(OURS, swap(2, 0x99, 1 << 1 | 1 << 2))
    assert (found.what, found.pfn, found.kind, found.offset) == (kinds.SWAPPED, -1, 2, 0x99)
    assert found.soft_dirty and found.uffd_wp


def test_an_empty_word() -> None:
    assert decode(OURS, 0).what == kinds.NONE
    assert decode(OURS, 0x60).what == kinds.NONE  # accessed and dirty alone: an old erratum
    assert pagemap_entry(decode(OURS, 0), False, -1) == 0


def test_the_entry_that_pagemap_would_show() -> None:
    anon = decode(OURS, 0x123 << 12 | PTE)
    assert pagemap_entry(anon, True, 1) == 1 << 63 | 1 << 56 | 0x123
    assert pagemap_entry(anon, False, 2) == 1 << 63 | 1 << 61 | 0x123
    assert pagemap_entry(anon, False, -1) == 1 << 63 | 0x123
    private = decode(OURS, swap(26, 0x8000))
    assert pagemap_entry(private, True, 1) == 1 << 62 | 1 << 56 | 0x8000 << 5 | 26
    none = decode(OURS, (~(0x12345 << 12) & 0x000F_FFFF_FFFF_F000) | PROTNONE)
    assert pagemap_entry(none, True, 1) >> 59 & 1
