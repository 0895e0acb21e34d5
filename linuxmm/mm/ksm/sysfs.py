# SPDX-License-Identifier: GPL-2.0-or-later
"""/sys/kernel/mm/ksm: settings with their errnos, counters.  Source: mm/ksm.c.

Not modelled: pages_to_scan and sleep_millisecs (a step names its pages), stable node chains.
"""

from linuxmm.core import core
from linuxmm.mm.ksm.breaking import unmerge_ksm_pages
from linuxmm.mm.ksm.items import remove_trailing_rmap_items
from linuxmm.mm.ksm.rbtree import STABLE, rb_root
from linuxmm.mm.ksm.slots import KSM_RUN_UNMERGE, free_mm_slot, ksm_test_exit
from linuxmm.mm.ksm.stable_node import (
    ITEM_STABLE,
    get_ksm_page,
    remove_node_from_stable_tree,
    set_page_stable_node,
)
from linuxmm.mm.page import put_page
from linuxmm.mm.vma import next_vma
from linuxmm.state.constants import (
    EBUSY,
    EINVAL,
    NO_PAGE,
    NO_VMA,
    SET_KSM_MAX_PAGE_SHARING,
    SET_KSM_MERGE_ACROSS_NODES,
    SET_KSM_RUN,
    SET_KSM_USE_ZERO_PAGES,
    VM_MERGEABLE,
)
from linuxmm.state.layout import (
    KSM_MM_FIRST,
    KSM_PAGES_SHARED,
    KSM_PAGES_SHARING,
    KSM_PAGES_UNSHARED,
    KSM_RMAP_ITEMS,
    KSM_SCAN_ADDR,
    KSM_SCAN_ITEM,
    KSM_SCAN_MM,
    MAX_KSM_NODES,
    SIZE_K,
    SIZE_Q,
    State,
)
from linuxmm.state.rules import Rules

# ksm_read leaves these in m.out, in this order
KSM_FILES = (
    "run",
    "pages_shared",
    "pages_sharing",
    "pages_unshared",
    "pages_volatile",
    "full_scans",
    "merge_across_nodes",
    "max_page_sharing",
    "stable_node_chains",
    "stable_node_dups",
    "use_zero_pages",
)
KSM_MM_FILES = ("ksm_merging_pages", "ksm_rmap_items")


# --- reading ---
@core
def ksm_read(m: State, k: Rules) -> int:
    """Every file that is modelled, in the order of KSM_FILES."""
    shared = m.ksm[KSM_PAGES_SHARED]
    sharing = m.ksm[KSM_PAGES_SHARING]
    unshared = m.ksm[KSM_PAGES_UNSHARED]
    m.out[0] = m.setting[SET_KSM_RUN]
    m.out[1] = shared
    m.out[2] = sharing
    m.out[3] = unshared
    m.out[4] = max(0, m.ksm[KSM_RMAP_ITEMS] - shared - sharing - unshared)
    m.out[5] = m.ksm_full_scans[0]
    m.out[6] = m.setting[SET_KSM_MERGE_ACROSS_NODES]
    m.out[7] = m.setting[SET_KSM_MAX_PAGE_SHARING]
    m.out[8] = 0
    m.out[9] = 0
    m.out[10] = m.setting[SET_KSM_USE_ZERO_PAGES]
    return 11


@core
def ksm_read_mm(m: State, k: Rules, mm: int) -> int:
    """/proc/PID/ksm_merging_pages and the ksm_rmap_items of ksm_stat (5.19 and later)."""
    m.out[0] = 0
    m.out[1] = 0
    for item in range(1, m.used[SIZE_K]):
        if m.item_mm[item] == mm:
            m.out[1] = m.out[1] + 1
            if m.item_tree[item] == ITEM_STABLE:
                m.out[0] = m.out[0] + 1
    return 2


# --- unmerging everything ---
@core
def _remove_stable_node(m: State, k: Rules, node: int) -> int:
    """Free the node unless its page is still mapped somewhere: 0 or -EBUSY."""
    page = get_ksm_page(m, k, node, 1)
    if page == NO_PAGE:
        return 0
    err = -EBUSY
    if m.page_mapcount[page] == 0:
        set_page_stable_node(m, page, 0)
        remove_node_from_stable_tree(m, node)
        err = 0
    put_page(m, k, page)
    return err


@core
def remove_all_stable_nodes(m: State, k: Rules) -> int:
    """Free every node that can be freed: 0, or -EBUSY when one is left."""
    result = 0
    for nid in range(MAX_KSM_NODES):
        err = 0
        while err == 0 and rb_root(m, STABLE, nid):
            err = _remove_stable_node(m, k, rb_root(m, STABLE, nid))
        if err != 0:
            result = err
    for node in range(1, m.used[SIZE_Q]):
        if m.stable_page[node] and m.stable_misplaced[node]:
            if _remove_stable_node(m, k, node) != 0:
                result = -EBUSY
    return result


@core
def _unmerge_mm(m: State, k: Rules, mm: int) -> int:
    """Break every KSM page of the mm's mergeable areas (they stay mergeable): 0 or -ENOMEM."""
    if ksm_test_exit(m, mm):
        return 0
    vma = next_vma(m, mm, 0)
    while vma != NO_VMA:
        if m.vma_flags[vma] & VM_MERGEABLE and m.vma_anon_vma[vma]:
            err = unmerge_ksm_pages(m, k, vma, m.vma_start[vma], m.vma_end[vma])
            if err != 0:
                return err
        vma = next_vma(m, mm, m.vma_end[vma])
    return 0


@core
def unmerge_and_remove_all_rmap_items(m: State, k: Rules) -> int:
    """run = 2: no KSM page, no item, no node is left; the count of passes starts anew."""
    err = 0
    mm = m.ksm[KSM_MM_FIRST]
    while mm and err == 0:
        m.ksm[KSM_SCAN_MM] = mm
        m.ksm[KSM_SCAN_ITEM] = 0
        err = _unmerge_mm(m, k, mm)
        if err == 0:
            remove_trailing_rmap_items(m, k, mm, 0)
            following = m.mm_ksm_next[mm]
            if ksm_test_exit(m, mm):
                free_mm_slot(m, mm)
            mm = following
    m.ksm[KSM_SCAN_MM] = 0
    m.ksm[KSM_SCAN_ADDR] = 0
    m.ksm[KSM_SCAN_ITEM] = 0
    if err == 0:
        remove_all_stable_nodes(m, k)
        m.ksm_full_scans[0] = 0
    return err


# --- writing ---
@core
def _set_run(m: State, k: Rules, value: int) -> int:
    if value < 0 or value > KSM_RUN_UNMERGE:
        return -EINVAL
    if m.setting[SET_KSM_RUN] == value:
        return 0
    m.setting[SET_KSM_RUN] = value
    if value & KSM_RUN_UNMERGE == 0:
        return 0
    err = unmerge_and_remove_all_rmap_items(m, k)
    if err != 0:
        m.setting[SET_KSM_RUN] = 0
    return err


@core
def _set_tree_setting(m: State, k: Rules, which: int, value: int) -> int:
    """A setting that may only change while no stable node is in use."""
    if m.setting[which] == value:
        return 0
    if m.ksm[KSM_PAGES_SHARED] or remove_all_stable_nodes(m, k) != 0:
        return -EBUSY
    m.setting[which] = value
    return 0


@core
def ksm_set(m: State, k: Rules, which: int, value: int) -> int:
    """Write one file (SET_KSM_*): 0 or -errno."""
    if which == SET_KSM_RUN:
        return _set_run(m, k, value)
    if which == SET_KSM_MERGE_ACROSS_NODES:
        if value < 0 or value > 1:
            return -EINVAL
        return _set_tree_setting(m, k, which, value)
    if which == SET_KSM_MAX_PAGE_SHARING:
        if value < 2:
            return -EINVAL
        return _set_tree_setting(m, k, which, value)
    if which == SET_KSM_USE_ZERO_PAGES:
        if value < 0 or value > 1:
            return -EINVAL
        m.setting[which] = value
        return 0
    return -EINVAL
