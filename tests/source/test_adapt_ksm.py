# SPDX-License-Identifier: GPL-2.0-or-later
"""ksmd's cursor as kernel C has it.  Expected: mm/ksm.c of 6.1.192 read by hand."""

from linuxmm.machine import Machine
from linuxmm.source import adapt_ksm as ksm
from linuxmm.source.adapt import is_list_empty
from linuxmm.state.constants import EINVAL, MMF_VM_MERGEABLE, TRAP_NOT_MODELLED
from linuxmm.state.layout import (
    KSM_MM_FIRST,
    KSM_RMAP_ITEMS,
    KSM_SCAN_ITEM,
    KSM_SCAN_MM,
    SPENT,
    TRAP_CODE,
    State,
)


def two() -> State:
    """The mms 2 and 1 are scanned, in this order; 2 has items 1 and 2."""
    m = Machine().block.m
    m.ksm[KSM_MM_FIRST], m.mm_ksm_next[2], m.mm_ksm_next[1] = 2, 1, 0
    for mm in (1, 2):
        m.mm_users[mm], m.mm_flags[mm] = 1, MMF_VM_MERGEABLE
    m.mm_ksm_items[2], m.item_next[1], m.item_next[2] = 1, 2, 0
    for item in (1, 2):
        m.item_mm[item], m.item_addr[item] = 2, item << 12
    m.ksm[KSM_RMAP_ITEMS] = 2
    return m


def test_the_slots_are_a_ring_with_a_head() -> None:
    m = two()
    head = ksm.scan_slot(m)
    assert head == ksm.SLOTS and not is_list_empty(m, head)
    first = ksm.slot_after(m, head)
    second = ksm.slot_after(m, first)
    assert [first - head, second - head, ksm.slot_after(m, second)] == [2, 1, head]
    ksm.slot_gone(m, first)
    ksm.slot_gone(m, second)
    assert is_list_empty(m, head)


def test_the_cursor_is_the_field_of_a_slot_or_an_item() -> None:
    m = two()
    slot = ksm.put_scan_slot(m, ksm.SLOTS + 2)
    assert m.ksm[KSM_SCAN_MM] == 2
    ksm.put_scan_list(m, slot)
    assert (ksm.scan_list(m), m.ksm[KSM_SCAN_ITEM]) == (slot, 0)
    ksm.put_scan_list(m, 1)
    assert (ksm.scan_list(m), m.ksm[KSM_SCAN_ITEM]) == (1, 1)


def test_what_is_behind_the_cursor_goes() -> None:
    m = two()
    k = Machine().k
    ksm.items_gone(m, k, 1)  # &item->rmap_list
    assert (m.item_mm[1], m.item_mm[2], m.mm_ksm_items[2]) == (2, 0, 1)
    ksm.items_gone(m, k, ksm.SLOTS + 2)  # &mm_slot->rmap_list
    assert (m.item_mm[1], m.mm_ksm_items[2], m.ksm[KSM_RMAP_ITEMS]) == (0, 0, 0)


def test_another_list_is_not_modelled() -> None:
    for gone in (3, ksm.SLOTS + 3):  # a page; an mm that is not scanned
        m = two()
        ksm.slot_gone(m, gone)
        assert m.scratch[TRAP_CODE] == TRAP_NOT_MODELLED


def test_walks_of_the_core_are_counted() -> None:
    """A text that asks for the next page for ever comes to an end."""
    m = two()
    empty = m.vma_start[0]
    for _ in range(3):  # and of nothing it is refused (mm/pagewalk.c:walk_page_range_vma)
        assert ksm.walked_vma(m, Machine().k, 0, empty, empty, ksm.KSM_NEXT_PAGE_OPS, 1) == -EINVAL
    assert m.scratch[SPENT] == 3 * ksm.SPENT_BY_WALK


def test_an_mm_without_a_task_is_free_when_it_is_dropped() -> None:
    m = two()
    ksm.clear_mm_flag(m, 1, 16)
    assert (m.mm_flags[1], m.mm_flags[2]) == (0, MMF_VM_MERGEABLE)
    ksm.mm_dropped(m, 2)
    assert m.mm_flags[2] == MMF_VM_MERGEABLE
    m.mm_users[2] = 0
    ksm.mm_dropped(m, 2)
    assert m.mm_flags[2] == 0
