# SPDX-License-Identifier: GPL-2.0-or-later
"""Where kernel C and the core are cut otherwise: what the border's texts call."""

from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_PRESENT,
    PAGE_RW,
    PAGE_USER,
    pte_none,
    pte_pfn,
    pte_present,
    swp_offset,
    swp_pte,
    swp_type,
)
from linuxmm.fs.proc.task_mmu.pagemap import PM_POS
from linuxmm.fs.proc.task_mmu.smaps import smaps_pte_hole
from linuxmm.lib.test_hmm import devmem_fault
from linuxmm.mm.compound import (
    COMPOUND_MAPCOUNT,
    PART_MAPPINGS,
    add_part_mapcount,
    compound_head,
    of_whole,
    page_compound,
    page_mapcount,
)
from linuxmm.mm.gate import gate_pmd
from linuxmm.mm.gup.fast import lockless_pages_from_mm
from linuxmm.mm.gup.follow import follow_page
from linuxmm.mm.gup.grab import try_grab_folio
from linuxmm.mm.gup.pages import get_user_pages
from linuxmm.mm.khugepaged.collapse import collapse_huge_page
from linuxmm.mm.khugepaged.pte_mapped import warn_once
from linuxmm.mm.khugepaged.result import find_pmd_or_thp_or_none
from linuxmm.mm.list import list_add_tail, list_empty
from linuxmm.mm.memcontrol.charge import mem_cgroup_charge, mem_cgroup_swapin_charge
from linuxmm.mm.memory.lookup import found_page, lookup_facts, run_lookup
from linuxmm.mm.memory.pin import needs_copy_for_pin
from linuxmm.mm.memory.vm_fault import VMF_ADDRESS, VMF_ORIG_PTE, VMF_PAGE, VMF_VMA
from linuxmm.mm.memory.wp import copied_tag
from linuxmm.mm.mempolicy.alloc import alloc_page_vma, numa_node_id, vma_policy_mof
from linuxmm.mm.mempolicy.policy import node_isset
from linuxmm.mm.migrate.misplaced import migrate_misplaced_page
from linuxmm.mm.migrate.move_pages import MAX_MOVE_PAGES, NUMA_NO_NODE
from linuxmm.mm.mincore import find_get_incore_page
from linuxmm.mm.page import (
    clear_page_flag,
    event,
    get_page,
    not_modelled,
    page_anon,
    page_flag,
    page_to_nid,
    pfn_to_page,
    put_page,
    set_page_flag,
)
from linuxmm.mm.page_tests import node_has_memory
from linuxmm.mm.pagewalk import mm_find_pmd
from linuxmm.mm.pgtable import walk_to_pmd
from linuxmm.mm.rmap import page_dup_rmap, page_remove_rmap
from linuxmm.mm.sites import visit
from linuxmm.mm.swap import count, lru_cache_add
from linuxmm.mm.swap_state import read_swap_cache_async
from linuxmm.mm.swapfile import free_swap_and_cache, free_swap_cache
from linuxmm.mm.vma import find_vma
from linuxmm.mm.workingset import workingset_refault
from linuxmm.source.adapt_ksm import SLOTS, no_slots
from linuxmm.source.runtime import trylock
from linuxmm.state.behaviours import B_MIGRATION_ENTRY_YOUNG_DIRTY, B_SWAP_ZEROMAP
from linuxmm.state.constants import (
    EAGAIN,
    EBUSY,
    ENOMEM,
    EVENT_BAD_PAGE_MAP,
    LIST_MIGRATE,
    LIST_NONE,
    MAPPING_ANON,
    MAPPING_SHIFT,
    NO_PAGE,
    OPS_SHMEM,
    PG_ACTIVE,
    PG_ANON_EXCLUSIVE,
    PG_LOCKED,
    PG_SWAPCACHE,
    PG_UPTODATE,
    WHY_DEVICE,
    WHY_MEMPOLICY,
    WHY_SWAP,
    WHY_TOO_MANY,
)
from linuxmm.state.flags import FOLL_GET, FOLL_TOUCH
from linuxmm.state.layout import CURRENT_TASK, MAX_OUT, PSWPIN, State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import (
    SITE_ADD_PAGE_FOR_MIGRATION,
    SITE_FOLLOW_PAGE_PTE,
    SITE_QUEUE_PAGES_PTE_RANGE,
)
from linuxmm.state.vocabulary import (
    ATOM_SPECIAL,
    ATOM_ZONE_DEVICE,
    GIVES_WARN,
    LOOKUP_NORMAL,
    RESULT_BAD,
)
from linuxmm.uapi import PAGE_SIZE

KERNEL_TABLES: Final = -1  # the kernel's own, as a pgd
SWP_STABLE_WRITES: Final = 1 << 11  # include/linux/swap.h, as the border says them
SWP_SYNCHRONOUS_IO: Final = 1 << 12
SWAP_SPACE: Final = 1 << 62  # the address_space of the swap cache; those of files are their rows


def pmd_below(m: State, mm: int, addr: int) -> int:
    """The PMD entry of an address, of an mm or of the kernel."""
    return gate_pmd(m) if mm == KERNEL_TABLES else mm_find_pmd(m, mm, addr)


def normal_page(m: State, k: Rules, site: int, vma: int, addr: int, pte: int) -> int:
    """vm_normal_page(): the record's lookup, noted for the site that asks."""
    facts = lookup_facts(m, vma, addr, pte)
    visit(m, site, facts & (ATOM_SPECIAL | ATOM_ZONE_DEVICE))
    result = run_lookup(k, LOOKUP_NORMAL, facts)
    if result == RESULT_BAD:
        event(m, EVENT_BAD_PAGE_MAP, site, pte_pfn(pte), addr)
    return found_page(m, result, vma, addr, pte)


def seen_follow_page(m: State, k: Rules, site: int, vma: int, addr: int, flags: int) -> int:
    """follow_page()."""
    return follow_page(m, k, vma, addr, flags)


def special_page(m: State, vma: int, addr: int) -> int:
    """vm_ops->find_special_page: the device's own pages, by their offset in the VMA."""
    return pfn_to_page(m, m.file_pfn[m.vma_file[vma]] + ((addr - m.vma_start[vma]) >> 12))


def queue_page(m: State, site: int, page: int, pages: int) -> int:
    """list_add_tail(&page->lru, pages): the row's own word says which kind of list it is."""
    if site in (SITE_ADD_PAGE_FOR_MIGRATION, SITE_QUEUE_PAGES_PTE_RANGE):
        m.page_list[page] = LIST_MIGRATE
        if m.stack[pages] >= MAX_MOVE_PAGES:
            return not_modelled(m, WHY_TOO_MANY)
    return list_add_tail(m, page, pages)


def is_list_empty(m: State, pages: int) -> int:
    """list_empty(); an mm is always on the list of those that swapoff looks at (mmlist)."""
    if pages == SLOTS:
        return no_slots(m)
    return list_empty(m, pages) if pages else 0


def set_contents(m: State, page: int, tag: int) -> int:
    """A page is filled."""
    m.page_tag[page] = tag
    return 0


def copy_contents(m: State, page: int, old: int, vmf: int, done: int) -> int:
    """__wp_page_copy_user: from the page, or from what the address shows.  It always succeeds."""
    m.page_tag[page] = copied_tag(m, m.stack[vmf + VMF_ORIG_PTE], old)
    return done


def alloc_charged_page(m: State, mm: int, vma: int, addr: int) -> int:
    """A page for an address, charged to an mm's group."""
    page = alloc_page_vma(m, vma, addr)
    mem_cgroup_charge(m, page, mm)
    return page


def shadow_of(m: State, entry: int) -> int:
    """What the swap cache remembers of a page that went: 1 and the group whose reclaim took it."""
    return 1 + m.swap_evictor[swp_offset(entry)]


def refault(m: State, page: int, shadow: int) -> int:
    """A page from swap is active again, or not."""
    return set_page_flag(m, page, PG_ACTIVE) if workingset_refault(m, shadow - 1, 0) else 0


def alloc_page_fault(m: State, vmf: int) -> int:
    """A page for the address of a fault, charged to its mm's group."""
    vma = m.stack[vmf + VMF_VMA]
    return alloc_charged_page(m, m.vma_mm[vma], vma, m.stack[vmf + VMF_ADDRESS])


def alloc_swapin_fault(m: State, vmf: int) -> int:
    """A page for what the entry of a fault has in swap, charged to the group that had it."""
    page = alloc_page_vma(m, m.stack[vmf + VMF_VMA], m.stack[vmf + VMF_ADDRESS])
    mem_cgroup_swapin_charge(m, page, swp_offset(m.stack[vmf + VMF_ORIG_PTE]))
    return page


def swapin_page(m: State, k: Rules, entry: int, vmf: int) -> int:
    """swapin_readahead, which reads nothing ahead."""
    vma, addr = m.stack[vmf + VMF_VMA], m.stack[vmf + VMF_ADDRESS]
    return read_swap_cache_async(m, k, swp_offset(entry), vma, addr)


def misplaced_node(m: State, page: int, vma: int) -> int:
    """mpol_misplaced(): the node of the CPU that touched the page, unless somebody set a policy."""
    here = numa_node_id(m)
    if vma_policy_mof(m, vma, m.scratch[CURRENT_TASK]) == 0:
        return NUMA_NO_NODE
    return NUMA_NO_NODE if page_to_nid(m, page) == here else here


def got_fast(m: State, k: Rules, start: int, nr: int, flags: int, pages: int) -> int:
    """get_user_pages_fast of one page, which goes to the cell `pages`."""
    if nr != 1 or flags:
        return not_modelled(m, WHY_TOO_MANY)
    mm = m.task_mm[m.scratch[CURRENT_TASK]]
    got = lockless_pages_from_mm(m, k, mm, start, start + PAGE_SIZE, FOLL_GET)
    if got == 0:
        got = get_user_pages(m, k, mm, start, 1, FOLL_GET | FOLL_TOUCH)
    if got > 0:
        m.stack[pages] = m.out[0]
    return got


# Sets of nodes: a word, or one of the kernel's own (node_states[N_MEMORY]), which is below zero.
N_MEMORY: Final = 3
NODES_WITH_MEMORY: Final = -1
NODE_STATES: Final = NODES_WITH_MEMORY - N_MEMORY


def node_in(m: State, nid: int, nodes: int) -> int:
    """node_isset."""
    if nodes >= 0:
        return node_isset(nid, nodes)
    return node_has_memory(m, nid) if nodes == NODES_WITH_MEMORY else not_modelled(m, WHY_MEMPOLICY)


def access_permitted(pte: int, write: int) -> int:
    """pte_access_permitted: without protection keys the bits of the entry."""
    need = PAGE_PRESENT | PAGE_USER | (PAGE_RW if write else 0)
    return 1 if pte & need == need else 0


def set_access(m: State, slot: int, entry: int) -> int:
    """ptep_set_access_flags: whether the entry changed."""
    changed = 1 if m.pte[slot] != entry else 0
    m.pte[slot] = entry
    return changed


def add_to_pagemap(m: State, pme: int, pm: int) -> int:
    """The next word of what is read, or PM_END_OF_BUFFER behind the last that there is room for.

    Nobody reads what lies behind the range that was asked for: the kernel's buffer is shorter.
    """
    pos = m.stack[pm + PM_POS]
    m.out[pos] = m.stack[pme]
    m.stack[pm + PM_POS] = pos + 1
    return 1 if pos + 1 == MAX_OUT else 0


def hole_lookup(m: State, k: Rules, addr: int, walk: int) -> int:
    """smaps_pte_hole_lookup: what shmem has in swap for an empty entry."""
    return smaps_pte_hole(m, k, addr, addr + 4096, walk)


def clear_young(m: State, slot: int) -> int:
    """ptep_test_and_clear_young."""
    young = m.pte[slot] & PAGE_ACCESSED
    m.pte[slot] = m.pte[slot] & ~PAGE_ACCESSED
    return 1 if young else 0


def migration_bits(k: Rules, entry: int, bit: int) -> int:
    """make_migration_entry_young and _dirty, where the kernel keeps these bits."""
    if k.behaviour[B_MIGRATION_ENTRY_YOUNG_DIRTY]:
        return swp_pte(swp_type(entry), swp_offset(entry) | bit)
    return entry


def gone_page(m: State, k: Rules, page: int) -> int:
    """__tlb_remove_page, and what the end of the gather does: swap cache and reference go."""
    free_swap_cache(m, k, page)
    put_page(m, k, page)
    return 0


def freed_swap(m: State, k: Rules, slot: int) -> int:
    """free_swap_and_cache."""
    free_swap_and_cache(m, k, slot)
    return 1


# --- values that are more than a row ---
def put_page_mapping(m: State, page: int, mapping: int) -> int:
    """page->mapping: the row with its kind in the lowest bits, as in the kernel."""
    m.page_mapping[page] = mapping
    return mapping


def atomic_read(m: State, v: int) -> int:
    """A counter by its pointer: mm_users of an mm, _mapcount of a page (its negative row)."""
    if v >= 0:
        return m.mm_users[v]
    if page_anon(m, -v):
        return m.page_mapcount[-v] + is_double_mapped(m, -v) - 1
    return page_mapcount(m, -v) - 1  # of a part of a file's huge page the leaves are in it


def is_double_mapped(m: State, page: int) -> int:
    """Before 6.2 one more on each part while both leaves and entries map it (PageDoubleMap)."""
    if page_compound(m, page) == 0:
        return 0
    head = compound_head(m, page)
    both = of_whole(m, head, COMPOUND_MAPCOUNT) > 0 and of_whole(m, head, PART_MAPPINGS) > 0
    return 1 if both else 0


def atomic_set(m: State, v: int, value: int) -> int:
    """The kernel's _mapcount is -1 where the model's is 0."""
    if v < 0:
        add_part_mapcount(m, -v, value - atomic_read(m, v))
    else:
        m.mm_users[v] = value
    return 0


def atomic_add(m: State, v: int, delta: int) -> int:
    """The value after the sum."""
    value = atomic_read(m, v) + delta
    atomic_set(m, v, value)
    return value


CC_NODE_LOAD: Final = 1  # struct collapse_control: is_khugepaged, then a count for each node


def found_pmd(m: State, mm: int, addr: int, pmd: int) -> int:
    """find_pmd_or_thp_or_none: the entry of the table is put where `pmd` points to."""
    m.stack[pmd] = walk_to_pmd(m, find_vma(m, mm, addr), addr)
    return find_pmd_or_thp_or_none(m, m.stack[pmd], addr)


def warned(m: State, k: Rules, site: int, condition: int) -> int:
    """WARN_ON_ONCE, of a page that the record of the site says is warned of (`gives` warn)."""
    first = k.site_test_first[site]
    for row in range(first, first + k.site_test_nr[site]):
        if condition and k.test_gives[row] == GIVES_WARN:
            warn_once(m, site, 0, 0)
    return 1 if condition else 0


def found_locked(m: State, mapping: int, index: int) -> int:
    """find_lock_page: the page that a file's cache has there, held and locked; or NULL."""
    file = mapping >> MAPPING_SHIFT
    page = m.cache_page[m.file_first[file] + index] if index < m.file_nr_pages[file] else NO_PAGE
    if page != NO_PAGE:
        get_page(m, page)
        set_page_flag(m, page, PG_LOCKED)
    return page


def collapsed(m: State, k: Rules, mm: int, addr: int, unmapped: int, control: int) -> int:
    """collapse_huge_page."""
    return collapse_huge_page(m, k, find_vma(m, mm, addr), addr, unmapped, m.stack[control])


def cache_mapping(m: State, page: int) -> int:
    """page_mapping: what caches the page, a file or the swap cache; NULL for anonymous memory."""
    if page_flag(m, page, PG_SWAPCACHE):
        return SWAP_SPACE
    return 0 if page_anon(m, page) else m.page_mapping[page]


def shmem_mapped(m: State, mapping: int) -> int:
    """shmem_mapping: is this the page cache of a shmem file?"""
    return 1 if m.file_ops[mapping >> MAPPING_SHIFT] == OPS_SHMEM else 0


def page_index_of(m: State, page: int) -> int:
    """page_to_pgoff, of a part of a huge page (whose column is the head's) too."""
    head = compound_head(m, page)
    return m.page_index[head] + page - head


def put_page_private(m: State, page: int, value: int) -> int:
    """page->private: a slot of the swap device."""
    m.page_private[page] = value
    return value


def put_item_anon_vma(m: State, item: int, anon_vma: int) -> int:
    """rmap_item->anon_vma: pointers to anon_vmas leave room for the kind (MAPPING_SHIFT)."""
    m.item_anon_vma[item] = anon_vma >> MAPPING_SHIFT
    return anon_vma


def get_anon_vma(m: State, row: int) -> int:
    """One user more."""
    m.anon_users[row] = m.anon_users[row] + 1
    return 0


def anon_vma_root(m: State, anon_vma: int) -> int:
    """anon_vma->root."""
    row = anon_vma >> MAPPING_SHIFT
    while m.anon_parent[row]:
        row = m.anon_parent[row]
    return row << MAPPING_SHIFT


def entry_of_pte(pte: int) -> int:
    """pte_to_swp_entry: type and offset, without the bits of the page table."""
    return swp_pte(swp_type(pte), swp_offset(pte))


def leaf_of_pte(pte: int) -> int:
    """softleaf_from_pte: the same, and none of an entry that is present or empty."""
    return 0 if pte_none(pte) or pte_present(pte) else entry_of_pte(pte)


# --- folios: what is done to several entries or pages at once ---
def put_ptes(m: State, slot: int, pte: int, nr: int) -> int:
    """set_ptes: entries of pages that lie behind each other."""
    for i in range(nr):
        m.pte[slot + i] = pte + (i << 12)
    return 0


def grabbed(m: State, k: Rules, folio: int, refs: int, flags: int) -> int:
    """try_grab_folio: 0 or -ENOMEM."""
    return 0 if try_grab_folio(m, k, folio, refs, flags) else -ENOMEM


def entire_mapcount(m: State, folio: int) -> int:
    """folio_entire_mapcount: leaves that map the whole."""
    return of_whole(m, folio, COMPOUND_MAPCOUNT) if page_compound(m, folio) else 0


def dup_rmaps(m: State, page: int, nr: int) -> int:
    """folio_dup_file_rmap_ptes."""
    for i in range(nr):
        page_dup_rmap(m, page + i)
    return 0


def dup_anon_rmaps(m: State, k: Rules, page: int, nr: int, vma: int) -> int:
    """folio_try_dup_anon_rmap_ptes: 0, or -EBUSY for pages that are pinned and exclusive."""
    for i in range(nr):
        if page_flag(m, page + i, PG_ANON_EXCLUSIVE) and needs_copy_for_pin(m, k, vma, page):
            return -EBUSY
    for i in range(nr):
        clear_page_flag(m, page + i, PG_ANON_EXCLUSIVE)
        page_dup_rmap(m, page + i)
    return 0


def move_anon_rmap(m: State, folio: int, vma: int) -> int:
    """folio_move_anon_rmap: the mapping alone; who calls it says which page is exclusive."""
    m.page_mapping[folio] = (m.vma_anon_vma[vma] << MAPPING_SHIFT) | MAPPING_ANON
    return 0


def remove_rmaps(m: State, k: Rules, page: int, nr: int, vma: int) -> int:
    """folio_remove_rmap_ptes."""
    for i in range(nr):
        page_remove_rmap(m, k, page + i, vma)
    return 0


def gone_pages(m: State, k: Rules, page: int, nr: int) -> int:
    """__tlb_remove_folio_pages, and what the end of the gather does."""
    for i in range(nr):
        gone_page(m, k, page + i)
    return 0


def freed_swaps(m: State, k: Rules, slot: int, nr: int) -> int:
    """free_swap_and_cache_nr."""
    for i in range(nr):
        free_swap_and_cache(m, k, slot + i)
    return 0


def read_folio(m: State, k: Rules, folio: int) -> int:
    """swap_read_folio: what the slot holds, at once; what was only noted as zero is not read."""
    slot = m.page_private[folio]
    m.page_tag[folio] = m.swap_tag[slot]
    set_page_flag(m, folio, PG_UPTODATE)
    clear_page_flag(m, folio, PG_LOCKED)
    if m.swap_tag[slot] == 0 and k.behaviour[B_SWAP_ZEROMAP]:
        return 0
    return count(m, PSWPIN, 1)


def moved_misplaced(m: State, k: Rules, folio: int, vma: int, node: int) -> int:
    """migrate_misplaced_folio: 0 when it went; the page was isolated, which the core does here."""
    get_page(m, folio)
    return 0 if migrate_misplaced_page(m, k, folio, vma, node) else -EAGAIN


def lock_or_wait_fault(m: State, page: int) -> int:
    """folio_lock_or_retry, which returns VM_FAULT_* bits."""
    lock_or_wait(m, page)
    return 0


# --- swap ---
def swap_device_flags(m: State, si: int) -> int:
    """swap_info_struct.flags of the one device, which is zram: SWP_* that decide something."""
    return SWP_SYNCHRONOUS_IO | SWP_STABLE_WRITES


def incore_page(m: State, mapping: int, index: int) -> int:
    """find_get_incore_page: of a file, or of a slot in the swap cache, referenced; or NULL."""
    if mapping == SWAP_SPACE:
        page = m.swap_page[index]
    else:
        page = find_get_incore_page(m, mapping >> MAPPING_SHIFT, index)
    if page != NO_PAGE:
        get_page(m, page)
    return page


def swap_cache_page(m: State, entry: int) -> int:
    """swap_cache_get_folio: with a reference; or NULL."""
    page = m.swap_page[swp_offset(entry)]
    if page != NO_PAGE:
        get_page(m, page)
    return page


def read_swapped(m: State, page: int) -> int:
    """swap_readpage: what the slot holds, at once; the page is unlocked then."""
    m.page_tag[page] = m.swap_tag[m.page_private[page]]
    set_page_flag(m, page, PG_UPTODATE)
    clear_page_flag(m, page, PG_LOCKED)
    return count(m, PSWPIN, 1)


def lock_or_wait(m: State, page: int) -> int:
    """folio_lock_or_retry: who waits for a lock that somebody keeps waits for ever."""
    return trylock(m, page) or not_modelled(m, WHY_SWAP)


def add_lru(m: State, k: Rules, page: int) -> int:
    """folio_add_lru: a page that was isolated is on no list of its isolator's any more."""
    m.page_list[page] = LIST_NONE
    return lru_cache_add(m, k, page)


def got_refs(m: State, page: int, refs: int) -> int:
    """folio_ref_try_add_rcu: that many references more, unless the page has none."""
    if m.page_refcount[page] == 0:
        return 0
    m.page_refcount[page] = m.page_refcount[page] + refs
    return 1


def got_page(m: State, page: int) -> int:
    """folio_try_get: a reference, unless the page has none."""
    if m.page_refcount[page] == 0:
        return 0
    get_page(m, page)
    return 1


def wait_for_migration(m: State, site: int) -> int:
    """migration_entry_wait: nothing comes of it here; follow_page_pte would look again for ever."""
    return not_modelled(m, WHY_DEVICE) if site == SITE_FOLLOW_PAGE_PTE else 0


def migrated_to_ram(m: State, k: Rules, vmf: int) -> int:
    """The device's migrate_to_ram, which does not count the reference of its caller."""
    page = m.stack[vmf + VMF_PAGE]
    m.page_refcount[page] = m.page_refcount[page] - 1
    result = devmem_fault(m, k, vmf)
    m.page_refcount[page] = m.page_refcount[page] + 1
    return result
