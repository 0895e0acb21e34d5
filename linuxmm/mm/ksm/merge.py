# SPDX-License-Identifier: GPL-2.0-or-later
"""Making two pages of equal content one.  Source: mm/ksm.c."""

from linuxmm.arch.x86.pgtable import (
    PAGE_DIRTY,
    PAGE_RW,
    PAGE_SPECIAL,
    pte_mkdirty,
    pte_pfn,
    pte_present,
    pte_write,
)
from linuxmm.core import core
from linuxmm.mm.compound import page_compound
from linuxmm.mm.huge_memory.split_page import split_huge_page
from linuxmm.mm.ksm.breaking import break_cow, find_mergeable_vma
from linuxmm.mm.ksm.items import remove_rmap_item_from_tree
from linuxmm.mm.ksm.stable_node import memcmp_pages, note_device_page, set_page_stable_node
from linuxmm.mm.memory.rss import add_mm_counter
from linuxmm.mm.memory.wp import mk_pte
from linuxmm.mm.mlock.pagevec import mlock_vma_page_now, munlock_vma_page_now
from linuxmm.mm.page import (
    clear_page_flag,
    get_page,
    page_anon,
    page_flag,
    page_maybe_dma_pinned,
    page_to_pfn,
    put_page,
)
from linuxmm.mm.pgtable import pte_offset_map, walk_to_pmd
from linuxmm.mm.rmap import page_add_anon_rmap, page_address_in_vma, page_remove_rmap
from linuxmm.mm.sites import behaviour
from linuxmm.mm.stack import pop, push
from linuxmm.mm.swap import mark_page_accessed, set_page_dirty
from linuxmm.mm.swapfile import try_to_free_swap
from linuxmm.state.behaviours import (
    B_ANON_EXCLUSIVE,
    B_KSM_ZERO_PAGE_DIRTY,
    B_MLOCK_SCHEME,
)
from linuxmm.state.constants import (
    EFAULT,
    MM_ANONPAGES,
    NO_PAGE,
    NO_VMA,
    PG_ANON_EXCLUSIVE,
    PG_LOCKED,
    PG_MLOCKED,
    PG_SWAPCACHE,
    SET_ZERO_PAGE,
    VM_LOCKED,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


@core
def _mapped_slot(m: State, page: int, vma: int) -> int:
    """The PTE slot through which the VMA maps the page; 0: it does not."""
    addr = page_address_in_vma(m, page, vma)
    if addr < 0:
        return 0
    slot = pte_offset_map(m, walk_to_pmd(m, vma, addr), addr)
    if pte_present(m.pte[slot]) and pte_pfn(m.pte[slot]) == page_to_pfn(m, page):
        return slot
    return 0


@core
def write_protect_page(m: State, k: Rules, vma: int, page: int, orig_pte: int) -> int:
    """Make the entry read-only and clean: 0 and what it is in m.stack[orig_pte], or -EFAULT.

    -EFAULT: somebody else uses the page.

    An entry that is read-only and clean already (and, where that exists, a page that is not
    exclusive) is taken as it is, whatever its references.
    """
    slot = _mapped_slot(m, page, vma)
    if slot == 0:
        return -EFAULT
    pte = m.pte[slot]
    exclusive = 0
    if behaviour(m, k, B_ANON_EXCLUSIVE):
        exclusive = page_flag(m, page, PG_ANON_EXCLUSIVE)
    if pte_write(pte) or pte & PAGE_DIRTY or exclusive:
        swapped = page_flag(m, page, PG_SWAPCACHE)
        if m.page_mapcount[page] + 1 + swapped != m.page_refcount[page]:
            return -EFAULT
        if exclusive:  # page_try_share_anon_rmap
            if page_maybe_dma_pinned(m, page):
                return -EFAULT
            clear_page_flag(m, page, PG_ANON_EXCLUSIVE)
        if pte & PAGE_DIRTY:
            set_page_dirty(m, page)
        m.pte[slot] = pte & ~(PAGE_RW | PAGE_DIRTY)
    m.stack[orig_pte] = m.pte[slot]
    return 0


@core
def replace_page(m: State, k: Rules, vma: int, page: int, kpage: int, orig_pte: int) -> int:
    """Let the entry map `kpage` (a KSM page, or the zero page) instead of `page`: 0 or -EFAULT.

    -EFAULT: the entry is not `orig_pte` any more.
    """
    addr = page_address_in_vma(m, page, vma)
    if addr < 0:
        return -EFAULT
    slot = pte_offset_map(m, walk_to_pmd(m, vma, addr), addr)
    if m.pte[slot] != orig_pte:
        return -EFAULT
    entry = mk_pte(m, kpage, m.vma_page_prot[vma])
    if kpage == m.setting[SET_ZERO_PAGE]:
        entry = entry | PAGE_SPECIAL
        if behaviour(m, k, B_KSM_ZERO_PAGE_DIRTY):
            entry = pte_mkdirty(entry)
        add_mm_counter(m, m.vma_mm[vma], MM_ANONPAGES, -1)
    else:
        get_page(m, kpage)
        page_add_anon_rmap(m, k, kpage, vma, addr, 0)
        note_device_page(m, kpage)
    note_device_page(m, page)
    m.pte[slot] = entry
    page_remove_rmap(m, k, page, vma)
    if m.page_mapcount[page] == 0:
        try_to_free_swap(m, k, page)
    return put_page(m, k, page)


@core
def _move_mlock(m: State, k: Rules, vma: int, page: int, kpage: int) -> int:
    """The pagevec scheme hands the mlock of a locked VMA over here, not in the rmap."""
    if behaviour(m, k, B_MLOCK_SCHEME) or m.vma_flags[vma] & VM_LOCKED == 0:
        return 0
    munlock_vma_page_now(m, k, page)
    if page_flag(m, kpage, PG_MLOCKED) == 0:
        mlock_vma_page_now(m, k, kpage)
    return 0


@core
def try_to_merge_one_page(m: State, k: Rules, vma: int, page: int, kpage: int) -> int:
    """Replace `page` by `kpage`, or (NO_PAGE) make it a KSM page itself: 0 or -EFAULT."""
    if page == kpage:  # fork shared the KSM page
        return 0
    if page_anon(m, page) == 0 or page_flag(m, page, PG_LOCKED):
        return -EFAULT
    if page_compound(m, page):
        if split_huge_page(m, k, page):
            return -EFAULT
    cell = push(m, 1)
    err = write_protect_page(m, k, vma, page, cell)
    orig_pte = m.stack[cell]
    pop(m, cell)
    if err != 0:
        return err
    if kpage == NO_PAGE:
        set_page_stable_node(m, page, 0)
        mark_page_accessed(m, k, page)
        return set_page_dirty(m, page)
    if memcmp_pages(m, page, kpage) != 0:
        return -EFAULT
    err = replace_page(m, k, vma, page, kpage, orig_pte)
    if err != 0:
        return err
    return _move_mlock(m, k, vma, page, kpage)


@core
def try_to_merge_with_ksm_page(m: State, k: Rules, item: int, page: int, kpage: int) -> int:
    """Merge an item's page and let the item hold the anon_vma: 0 or -EFAULT."""
    vma = find_mergeable_vma(m, m.item_mm[item], m.item_addr[item])
    if vma == NO_VMA:
        return -EFAULT
    err = try_to_merge_one_page(m, k, vma, page, kpage)
    if err != 0:
        return err
    remove_rmap_item_from_tree(m, k, item)
    anon_vma = m.vma_anon_vma[vma]
    m.item_anon_vma[item] = anon_vma
    m.anon_users[anon_vma] = m.anon_users[anon_vma] + 1
    return 0


@core
def try_to_merge_two_pages(
    m: State, k: Rules, item: int, page: int, tree_item: int, tree_page: int
) -> int:
    """The scanned page becomes the KSM page, the tree's is replaced by it: 0 or -EFAULT."""
    err = try_to_merge_with_ksm_page(m, k, item, page, NO_PAGE)
    if err != 0:
        return err
    err = try_to_merge_with_ksm_page(m, k, tree_item, tree_page, page)
    if err != 0:
        break_cow(m, k, item)
    return err
