# SPDX-License-Identifier: GPL-2.0-or-later
"""ksmd's cursor as kernel C has it: what the border's texts of mm/ksm.c call.

The kernel's `ksm_scan.rmap_list` is the address of a field: of an item, or of the slot of the mm
whose list begins.  Here an item is its row, and a slot is SLOTS plus the row of its mm (SLOTS
itself: ksm_mm_head), so a pointer to the field `rmap_list` is whatever the field stands in.
"""

from typing import Final

from linuxmm.mm.ksm.items import get_next_rmap_item, remove_trailing_rmap_items
from linuxmm.mm.ksm.scan import ksm_next_page_walk
from linuxmm.mm.ksm.slots import is_listed, ksm_test_exit, unlink_slot
from linuxmm.mm.page import not_modelled
from linuxmm.mm.vma import next_vma
from linuxmm.source.runtime import spent
from linuxmm.state.constants import EINVAL, MAPPING_SHIFT, NO_VMA, WHY_KSM
from linuxmm.state.layout import (
    KSM_MM_FIRST,
    KSM_SCAN_ADDR,
    KSM_SCAN_ITEM,
    KSM_SCAN_MM,
    SIZE_Q,
    State,
)
from linuxmm.state.rules import Rules

SLOTS: Final = 1 << 32  # struct ksm_mm_slot *: more than rows
KSM_NEXT_PAGE_OPS: Final = 1  # &ksm_next_page_ops
MIGRATE_NODES: Final = 1  # &migrate_nodes
KSM_SCAN: Final = 1  # &ksm_scan
SPENT_BY_WALK: Final = 64  # rounds of text that one walk of the core counts as
# struct vma_iterator
ITER_MM: Final = 0
ITER_ADDR: Final = 1


# --- the mms that are scanned ---
def scan_slot(m: State) -> int:
    """ksm_scan.mm_slot."""
    return SLOTS + m.ksm[KSM_SCAN_MM]


def put_scan_slot(m: State, slot: int) -> int:
    """ksm_scan.mm_slot = slot."""
    m.ksm[KSM_SCAN_MM] = slot - SLOTS
    return slot


def slot_after(m: State, slot: int) -> int:
    """slot->mm_node.next: the head behind the last."""
    mm = slot - SLOTS
    return SLOTS + (m.mm_ksm_next[mm] if mm else m.ksm[KSM_MM_FIRST])


def no_slots(m: State) -> int:
    """list_empty(&ksm_mm_head.slot.mm_node)."""
    return 1 if m.ksm[KSM_MM_FIRST] == 0 else 0


def slot_gone(m: State, slot: int) -> int:
    """list_del(&slot->mm_node) of an mm that is on the list; lists of pages do not shrink here."""
    if is_listed(m, slot - SLOTS) == 0:
        return not_modelled(m, WHY_KSM)
    return unlink_slot(m, slot - SLOTS)


def clear_mm_flag(m: State, mm: int, nr: int) -> int:
    """clear_bit(nr, &mm->flags)."""
    m.mm_flags[mm] = m.mm_flags[mm] & ~(1 << (nr & 63))
    return 0


def mm_dropped(m: State, mm: int) -> int:
    """mmdrop: the row of an mm without a task is free when nobody holds it."""
    if ksm_test_exit(m, mm):
        m.mm_flags[mm] = 0
    return 0


# --- the items of one ---
def scan_list(m: State) -> int:
    """ksm_scan.rmap_list."""
    return m.ksm[KSM_SCAN_ITEM] if m.ksm[KSM_SCAN_ITEM] else SLOTS + m.ksm[KSM_SCAN_MM]


def put_scan_list(m: State, place: int) -> int:
    """ksm_scan.rmap_list = place."""
    m.ksm[KSM_SCAN_ITEM] = 0 if place >= SLOTS else place
    return place


def next_item(m: State, k: Rules, slot: int, place: int, addr: int) -> int:
    """get_next_rmap_item(), which the core gives no other place than the cursor."""
    if place != scan_list(m):
        return not_modelled(m, WHY_KSM)
    return get_next_rmap_item(m, k, slot - SLOTS, addr)


def items_gone(m: State, k: Rules, place: int) -> int:
    """remove_trailing_rmap_items()."""
    if place >= SLOTS:
        return remove_trailing_rmap_items(m, k, place - SLOTS, 0)
    return remove_trailing_rmap_items(m, k, m.item_mm[place], place)


def scanned(m: State, page: int, item: int) -> int:
    """What scan_get_next_rmap_item gives: the page in m.out[0]; at the end of a pass the cursor
    keeps an address that nobody reads."""
    if item:
        m.out[0] = m.stack[page]
    if m.ksm[KSM_SCAN_MM] == 0:
        m.ksm[KSM_SCAN_ADDR] = 0
        m.ksm[KSM_SCAN_ITEM] = 0
    return item


# --- its VMAs and pages ---
def start_vmas(m: State, vmi: int, mm: int, addr: int) -> int:
    """vma_iter_init()."""
    m.stack[vmi + ITER_MM] = mm
    m.stack[vmi + ITER_ADDR] = addr
    return 0


def following_vma(m: State, vmi: int) -> int:
    """vma_next(): NULL behind the last."""
    vma = next_vma(m, m.stack[vmi + ITER_MM], m.stack[vmi + ITER_ADDR])
    if vma != NO_VMA:
        m.stack[vmi + ITER_ADDR] = m.vma_end[vma]
    return vma


def walked_vma(m: State, k: Rules, vma: int, start: int, end: int, ops: int, private: int) -> int:
    """walk_page_range_vma() with the callbacks of ksmd; it refuses what is not all of the VMA's."""
    if ops != KSM_NEXT_PAGE_OPS:
        return not_modelled(m, WHY_KSM)
    spent(m, SPENT_BY_WALK)
    if start >= end or start < m.vma_start[vma] or end > m.vma_end[vma]:
        return -EINVAL
    return ksm_next_page_walk(m, k, m.vma_mm[vma], start, end, private)


# --- nodes that were set aside ---
def misplaced_after(m: State, nodes: int, node: int) -> int:
    """The next stable node on the list migrate_nodes; NULL behind the last."""
    if nodes != MIGRATE_NODES:
        return not_modelled(m, WHY_KSM)
    for row in range((node >> MAPPING_SHIFT) + 1, m.used[SIZE_Q]):
        if m.stable_page[row] and m.stable_misplaced[row]:
            return row << MAPPING_SHIFT
    return 0
