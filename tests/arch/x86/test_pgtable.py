# SPDX-License-Identifier: GPL-2.0-or-later
"""x86-64 words, by bits counted by hand from facts/entries.md."""

from hypothesis import given
from hypothesis import strategies as st

from linuxmm.arch.x86 import pgtable as x86

PFNS = st.integers(0, (1 << 40) - 1)
FLAGS = (
    x86.PAGE_RW
    | x86.PAGE_USER
    | x86.PAGE_ACCESSED
    | x86.PAGE_DIRTY
    | x86.PAGE_SPECIAL
    | x86.PAGE_UFFD_WP
    | x86.PAGE_SOFT_DIRTY
    | x86.PAGE_DEVMAP
    | x86.PAGE_NX
)


@st.composite
def protections(draw: st.DrawFn) -> int:
    """P or PROTNONE, and any other bits outside the PFN field."""
    present = draw(st.sampled_from([x86.PAGE_PRESENT, x86.PAGE_PROTNONE]))
    bits = [1 << i for i in (1, 2, 3, 4, 5, 6, 9, 10, 11, 58)]
    chosen = draw(st.sets(st.sampled_from(bits)))
    nx = draw(st.sampled_from([0, x86.PAGE_NX]))
    return present | sum(chosen) | nx


def signed(word: int) -> int:
    return word - (1 << 64) if word >> 63 else word


def test_bits_are_where_the_cpu_has_them() -> None:
    assert (x86.PAGE_PRESENT, x86.PAGE_RW, x86.PAGE_USER) == (1, 2, 4)
    assert (x86.PAGE_ACCESSED, x86.PAGE_DIRTY, x86.PAGE_PSE) == (0x20, 0x40, 0x80)
    assert (x86.PAGE_PROTNONE, x86.PAGE_SPECIAL) == (0x100, 0x200)
    assert (x86.PAGE_UFFD_WP, x86.PAGE_SOFT_DIRTY) == (0x400, 0x800)
    assert x86.PAGE_DEVMAP == 1 << 58
    assert signed(1 << 63) == x86.PAGE_NX


def test_a_writable_shared_entry() -> None:
    # shared writable = P|RW|USER|A|NX (facts/entries.md): 0x8000000000000027 and pfn 0x1234
    word = x86.pfn_pte(0x1234, x86.PROT_WRITE_BITS | x86.PAGE_NX)
    assert word == signed(0x8000_0000_0123_4027)
    assert x86.pte_write(word) and x86.pte_present(word) and not x86.pte_protnone(word)


def test_prot_none_stores_the_pfn_inverted() -> None:
    # none = A|PROTNONE, P clear: every PFN bit is stored as its opposite (L1TF)
    word = x86.pfn_pte(0, x86.PROT_NONE_BITS)
    assert word & x86.PTE_PFN_MASK == x86.PTE_PFN_MASK
    assert x86.pte_pfn(word) == 0
    assert x86.pte_present(word) and x86.pte_protnone(word) and not x86.pte_none(word)


@given(PFNS, protections())
def test_pfn_round_trip(pfn: int, prot: int) -> None:
    word = x86.pfn_pte(pfn, prot)
    assert x86.pte_pfn(word) == pfn
    assert word & ~x86.PTE_PFN_MASK == prot


@given(PFNS, protections(), protections())
def test_pte_modify_keeps_what_the_kernel_keeps(pfn: int, old: int, new: int) -> None:
    kept = (
        x86.PAGE_PCD | x86.PAGE_PWT | x86.PAGE_SPECIAL | x86.PAGE_ACCESSED | x86.PAGE_DIRTY
        | x86.PAGE_SOFT_DIRTY | x86.PAGE_DEVMAP | x86.PAGE_UFFD_WP
    )  # fmt: skip
    word = x86.pte_modify(x86.pfn_pte(pfn, old), new)
    assert x86.pte_pfn(word) == pfn
    assert word & kept == old & kept
    rest = ~(kept | x86.PTE_PFN_MASK)
    assert word & rest == new & rest


def test_devmap_is_special_as_well() -> None:
    word = x86.pte_mkdevmap(x86.pfn_pte(5, x86.PROT_READ_BITS))
    assert word & x86.PAGE_DEVMAP and word & x86.PAGE_SPECIAL


def test_dirty_is_soft_dirty_too() -> None:
    assert x86.pte_mkdirty(1) == 1 | x86.PAGE_DIRTY | x86.PAGE_SOFT_DIRTY


def test_none_forgives_accessed_and_dirty() -> None:
    assert x86.pte_none(0) and x86.pte_none(x86.PAGE_ACCESSED | x86.PAGE_DIRTY)
    assert not x86.pte_none(x86.PAGE_SOFT_DIRTY)


@given(st.integers(0, 31), st.integers(0, (1 << 50) - 1))
def test_swap_form_round_trip(kind: int, offset: int) -> None:
    word = x86.swp_pte(kind, offset)
    assert -(1 << 63) <= word < 1 << 63
    assert (x86.swp_type(word), x86.swp_offset(word)) == (kind, offset)
    assert word & 0x1FF == 0  # bits 0..8: not present, not PROT_NONE, no flags yet
    assert not x86.pte_present(word)
    assert x86.is_swap_pte(word) or x86.pte_none(word)


def test_swap_form_by_hand() -> None:
    # type in bits 63..59, offset inverted in 58..9: type 2, offset 5
    inverted = ~5 & ((1 << 50) - 1)
    assert x86.swp_pte(2, 5) == signed((2 << 59) | (inverted << 9))
