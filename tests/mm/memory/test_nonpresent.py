# SPDX-License-Identifier: GPL-2.0-or-later
"""Non-present entries.  Expected values: the type table and bits of facts/entries.md."""

import pytest

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_DIRTY,
    PAGE_PRESENT,
    PAGE_PROTNONE,
    PAGE_PSE,
    PAGE_SOFT_DIRTY,
    PAGE_UFFD_WP,
    pte_present,
    swp_offset,
    swp_pte,
    swp_type,
)
from linuxmm.kernels import load
from linuxmm.kernels.compile import compile_rules
from linuxmm.mm.memory import nonpresent as np
from linuxmm.state.rules import Rules
from tests.some_kernels import EVERY_KERNEL

NEW = "v6.1"
PFNS = (1, 0x100000, 0x15FFFF, (1 << 34) - 1)
OLD_TYPES = {"read": 26, "write": 27, "private": (28, 29), "exclusive": (30, 31), "hwpoison": 25}
NEW_TYPES = {"read": 23, "write": 25, "private": (26, 27), "exclusive": (28, 29), "hwpoison": 22}


def rules(kernel: str) -> Rules:
    return compile_rules(load(kernel))


@EVERY_KERNEL
@pytest.mark.parametrize("pfn", PFNS)
def test_types_and_pfns(kernel: str, pfn: int) -> None:
    k, types = rules(kernel), NEW_TYPES if kernel == NEW else OLD_TYPES
    made = {
        types["read"]: np.make_migration_entry(k, pfn, 0, 0, 1, 1),
        types["write"]: np.make_migration_entry(k, pfn, 1, 1, 0, 0),
        types["private"][0]: np.make_device_private_entry(k, pfn, 1),  # type: ignore[index]
        types["private"][1]: np.make_device_private_entry(k, pfn, 0),  # type: ignore[index]
        types["exclusive"][0]: np.make_device_exclusive_entry(k, pfn, 1),  # type: ignore[index]
        types["exclusive"][1]: np.make_device_exclusive_entry(k, pfn, 0),  # type: ignore[index]
    }
    for kind, pte in made.items():
        assert swp_type(pte) == kind
        assert np.pfn_swap_entry_pfn(k, pte) == pfn
        assert not pte_present(pte)
        assert not pte & (PAGE_PRESENT | PAGE_PROTNONE | PAGE_PSE)
        assert np.is_pfn_swap_pte(k, pte)
        assert not np.is_real_swap_pte(k, pte)
        kinds = (np.is_migration_pte, np.is_device_private_pte, np.is_device_exclusive_pte)
        assert sum(is_kind(k, pte) for is_kind in kinds) == 1


@EVERY_KERNEL
def test_read_exclusive_exists_in_one_kernel(kernel: str) -> None:
    k = rules(kernel)
    pte = np.make_migration_entry(k, 7, 0, 1, 0, 0)
    assert swp_type(pte) == (24 if kernel == NEW else 26)
    assert np.is_readable_exclusive_migration_pte(k, pte) == (kernel == NEW)
    assert np.is_readable_migration_pte(k, pte) == (kernel != NEW)


@EVERY_KERNEL
def test_young_and_dirty_above_the_pfn(kernel: str) -> None:
    k = rules(kernel)
    pte = np.make_migration_entry(k, 7, 0, 0, 1, 1)
    carried = kernel == NEW
    assert swp_offset(pte) == (7 | 3 << 34 if carried else 7)
    assert np.is_migration_entry_young(k, pte) == carried
    assert np.is_migration_entry_dirty(k, pte) == carried
    readable = np.swap_entry_readable(k, pte, 0)
    assert np.is_migration_entry_young(k, readable) == carried


@EVERY_KERNEL
def test_swap_files_and_hwpoison(kernel: str) -> None:
    """Types 0..24 or 0..21 are swap files; hwpoison counts as a pfn entry in 6.1 only."""
    k = rules(kernel)
    last = 21 if kernel == NEW else 24
    assert np.is_real_swap_pte(k, swp_pte(last, 5))
    assert not np.is_real_swap_pte(k, swp_pte(last + 1, 5))
    assert np.is_hwpoison_pte(k, swp_pte(last + 1, 5))
    assert np.is_pfn_swap_pte(k, swp_pte(last + 1, 5)) == (kernel == NEW)
    assert np.is_pte_marker(k, swp_pte(30, 1)) == (kernel == NEW)


@EVERY_KERNEL
@pytest.mark.parametrize("pte", [0, PAGE_ACCESSED | PAGE_DIRTY, 0x1000 | PAGE_PRESENT])
def test_empty_and_present_words_are_none_of_them(kernel: str, pte: int) -> None:
    k = rules(kernel)
    assert not np.is_pfn_swap_pte(k, pte)
    assert not np.is_real_swap_pte(k, pte)


@EVERY_KERNEL
def test_soft_dirty_uffd_wp_and_exclusive_bits(kernel: str) -> None:
    k = rules(kernel)
    present = PAGE_PRESENT | PAGE_SOFT_DIRTY | PAGE_UFFD_WP
    bits = np.swp_bits_of_present(present)
    assert bits == 1 << 1 | 1 << 2
    assert np.present_bits_of_swp(bits) == PAGE_SOFT_DIRTY | PAGE_UFFD_WP
    pte = np.make_device_private_entry(k, 9, 1) | bits
    assert np.pte_swp_soft_dirty(pte) == np.pte_swp_uffd_wp(pte) == 1
    readable = np.copy_swp_bits(np.swap_entry_readable(k, pte, 0), pte)
    assert swp_type(readable) == swp_type(pte) + 1
    assert readable & 6 == bits
    assert np.pfn_swap_entry_pfn(k, readable) == 9
    slot = np.pte_swp_mkexclusive(k, swp_pte(0, 4))
    assert bool(slot & 1 << 3) == (kernel == NEW)
    assert np.pte_swp_exclusive(k, slot) == (kernel == NEW)
