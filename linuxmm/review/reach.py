# SPDX-License-Identifier: GPL-2.0-or-later
"""What a function of the kernel may alter: records of sites, lookups, and kinds of pages.

For hunks that were not read: which findings they could undo.  A function stands for the sites
that its text holds, calls or serves; one that makes entries or pages stands for their kinds.
Everything that is in no table stands for nothing that is modelled.
"""

from collections.abc import Iterable
from typing import Final

from linuxmm.kernels import Kernel
from linuxmm.review.expression import LOOKUP_NAME
from linuxmm.review.reading import C_NAMES
from linuxmm.state.flags import FOLL_FLAGS
from linuxmm.state.sites import SITES
from linuxmm.state.vocabulary import BODY_LOOKUPS

_DEVICE: Final = ("coherent", "private", "fsdax", "devdax", "p2pdma")
_PFN: Final = ("fsdax", "devdax", "pfnmap", "mixedmap")

# Sites whose code asks pte_devmap itself, beside the lookups.
ASKS_DEVMAP: Final = (
    "mm/gup.c:follow_page_pte",
    "mm/gup.c:gup_pte_range",
    "mm/hmm.c:hmm_vma_handle_pte",
)
# Functions that a site's operation runs, beside the one that makes the lookup.
_SERVES: Final[dict[str, str]] = {
    "smaps_pte_entry": "smaps_account smaps_page_accumulate smaps_pte_range smap_gather_stats "
    "__show_smap show_smap show_smaps_rollup smaps_pte_hole",
    "pte_is_pinned": "clear_soft_dirty",
    "clear_refs_pte_range": "clear_soft_dirty clear_refs_write clear_refs_test_walk",
    "pte_to_pagemap_entry": "pagemap_pmd_range pagemap_pte_hole pagemap_read make_pme",
    "can_gather_numa_stats": "gather_stats gather_pte_stats show_numa_map",
    "follow_page_pte": "follow_page follow_page_mask follow_p4d_mask follow_pud_mask "
    "follow_pmd_mask follow_pfn_pte no_page_table can_follow_write_pte try_grab_page "
    "try_grab_folio gup_must_unshare gup_can_follow_protnone folio_walk_start",
    "gup_pte_range": "gup_pmd_range gup_pgd_range lockless_pages_from_mm "
    "internal_get_user_pages_fast try_grab_folio gup_must_unshare gup_fast_pte_range "
    "gup_fast_pgd_range try_get_folio try_grab_folio_fast",
    "hmm_vma_handle_pte": "hmm_vma_walk_pmd hmm_vma_walk_test hmm_range_fault hmm_vma_fault "
    "hmm_pte_need_fault hmm_range_need_fault pte_to_hmm_pfn_flags",
    "break_ksm": "break_cow unmerge_ksm_pages unmerge_and_remove_all_rmap_items "
    "remove_rmap_item_from_tree ksm_madvise find_mergeable_vma",
    "get_mergeable_page": "unstable_tree_search_insert cmp_and_merge_page find_mergeable_vma "
    "try_to_merge_one_page try_to_merge_with_ksm_page try_to_merge_two_pages "
    "write_protect_page replace_page",
    "scan_get_next_rmap_item": "ksm_do_scan ksm_scan_thread get_next_rmap_item "
    "ksm_next_page_pmd_entry ksm_next_page_test_walk cmp_and_merge_page stable_tree_search "
    "unstable_tree_search_insert try_to_merge_one_page write_protect_page replace_page",
    "get_ksm_page": "page_stable_node stable_tree_search stable_tree_insert stable_tree_append "
    "stable_node_dup remove_node_from_stable_tree remove_stable_node remove_all_stable_nodes "
    "remove_rmap_item_from_tree ksm_migrate_page folio_migrate_ksm",
    "madvise_cold_or_pageout_pte_range": "madvise_cold madvise_pageout madvise_cold_page_range "
    "madvise_pageout_page_range can_madv_lru_vma deactivate_page folio_deactivate "
    "lru_deactivate_fn reclaim_pages shrink_page_list shrink_folio_list isolate_lru_page "
    "folio_isolate_lru try_to_unmap try_to_unmap_one",
    "madvise_free_pte_range": "madvise_free_single_vma madvise_dontneed_free "
    "mark_page_lazyfree folio_mark_lazyfree lru_lazyfree_fn",
    "copy_present_pte": "copy_present_page copy_pte_range copy_page_range copy_pmd_range "
    "vma_needs_copy page_needs_cow_for_dma page_try_dup_anon_rmap page_dup_rmap "
    "copy_present_ptes",
    "zap_pte_range": "zap_present_pte zap_present_ptes unmap_page_range unmap_single_vma "
    "unmap_vmas "
    "zap_page_range zap_skip_check_mapping should_zap_page should_zap_cows page_remove_rmap",
    "do_wp_page": "wp_page_reuse wp_page_copy wp_page_shared wp_pfn_shared handle_pte_fault "
    "reuse_swap_page page_move_anon_rmap",
    "do_numa_page": "numa_migrate_prep migrate_misplaced_page mpol_misplaced "
    "numamigrate_isolate_page",
    "add_page_for_migration": "do_pages_move move_pages_and_store_status kernel_move_pages "
    "do_move_pages_to_node store_status migrate_pages unmap_and_move __unmap_and_move "
    "isolate_lru_page folio_isolate_lru vma_migratable add_folio_for_migration "
    "__add_folio_for_migration",
    "do_pages_stat_array": "do_pages_stat kernel_move_pages find_mm_struct",
    "migrate_vma_collect_pmd": "migrate_vma_collect migrate_vma_setup migrate_vma_unmap "
    "migrate_vma_check_page migrate_device_unmap migrate_vma_pages migrate_device_pages "
    "migrate_vma_insert_page migrate_vma_finalize migrate_device_finalize "
    "migrate_vma_collect_hole migrate_device_range",
    "__munlock_pagevec_fill": "__munlock_pagevec munlock_vma_page __munlock_isolated_page "
    "__munlock_isolation_failed __putback_lru_fast clear_page_mlock mlock_fixup",
    "munlock_vma_pages_range": "munlock_vma_page __munlock_isolated_page "
    "__munlock_isolation_failed clear_page_mlock mlock_fixup apply_vma_lock_flags",
    "mlock_pte_range": "mlock_vma_pages_range mlock_folio mlock_new_page munlock_page "
    "munlock_folio mlock_pagevec mlock_fixup __mlock_page __munlock_page",
    "change_pte_range": "change_pmd_range change_protection change_protection_range "
    "change_prot_numa task_numa_work prot_numa_skip folio_can_map_prot_numa",
    "can_change_pte_writable": "change_pte_range mprotect_fixup",
    "follow_phys": "follow_pte track_pfn_copy get_pat_info",
    "remove_migration_pte": "remove_migration_ptes migrate_folio migrate_page mlock_vma_page "
    "mlock_vma_folio page_add_anon_rmap page_add_file_rmap page_vma_mapped_walk check_pte",
    "lookup_node": "do_get_mempolicy",
    "queue_pages_pte_range": "queue_pages_range queue_pages_required migrate_page_add "
    "migrate_folio_add do_mbind",
}
# Functions that make entries or pages, without any lookup: the kinds they bring about.
_MAKES: Final[dict[tuple[str, ...], str]] = {
    _PFN: "insert_pfn vmf_insert_pfn vmf_insert_pfn_prot __vm_insert_mixed vmf_insert_mixed "
    "vmf_insert_mixed_prot vmf_insert_mixed_mkwrite vm_mixed_ok pfn_t_devmap",
    ("fsdax", "devdax"): "pte_mkdevmap pte_devmap",
    ("mixedmap",): "insert_page insert_pages insert_page_into_pte_locked "
    "insert_page_in_batch_locked validate_page_before_insert vm_insert_page vm_insert_pages "
    "vm_map_pages __vm_map_pages",
    ("fsdax", "mixedmap"): "vmf_insert_page_mkwrite",
    ("pfnmap",): "remap_pfn_range remap_pfn_range_notrack remap_pte_range remap_pmd_range "
    "vm_iomap_memory remap_pfn_range_internal",
    ("fsdax",): "dax_insert_entry dax_associate_entry dax_disassociate_entry dax_fault_iter "
    "dax_iomap_pte_fault dax_load_hole dax_insert_pfn_mkwrite dax_insert_pfn dax_writeback_one",
    ("devdax",): "__dev_dax_pte_fault dev_dax_fault dev_dax_huge_fault "
    "dev_dax_probe dax_set_mapping",
    ("p2pdma",): "p2pmem_alloc_mmap pci_p2pdma_add_resource p2pdma_page_free",
    _DEVICE: "memremap_pages devm_memremap_pages memunmap_pages pagemap_range "
    "free_zone_device_page put_devmap_managed_page put_devmap_managed_page_refs "
    "__put_devmap_managed_page_refs free_devmap_managed_page zone_device_page_init "
    "memmap_init_zone_device __init_zone_device_page get_dev_pagemap is_zone_device_page "
    "folio_is_zone_device free_zone_device_folio __put_devmap_managed_folio_refs "
    "put_devmap_managed_folio_refs __put_devmap_managed_page page_is_devmap_managed "
    "release_pages folios_put_refs put_page folio_put page_pgmap",
    ("coherent", "private"): "dmirror_devmem_alloc_page dmirror_allocate_chunk "
    "dmirror_devmem_free dmirror_devmem_fault dmirror_migrate_alloc_and_copy "
    "migrate_vma_insert_page is_device_coherent_page is_device_private_page",
    ("private",): "try_restore_exclusive_pte restore_exclusive_pte",
    ("anon",): "do_anonymous_page do_swap_page do_cow_fault wp_page_copy copy_present_page "
    "page_add_new_anon_rmap folio_add_new_anon_rmap",
    ("file", "shmem"): "do_set_pte finish_fault filemap_map_pages do_fault do_read_fault "
    "do_shared_fault filemap_fault",
    ("shmem",): "shmem_fault shmem_getpage_gfp shmem_get_folio_gfp shmem_swapin_page",
    ("ksm",): "replace_page try_to_merge_one_page",
}
# Functions that a named behaviour or predicate stands for.
_NAMED: Final[dict[str, str]] = {
    "behaviour anon_exclusive": "page_try_dup_anon_rmap page_try_share_anon_rmap",
    "behaviour cow_reuse": "do_wp_page reuse_swap_page wp_can_reuse_anon_folio",
    "behaviour fork_copies_pinned": "copy_present_page copy_present_pte page_needs_cow_for_dma",
    "behaviour device_page_free_count": "free_zone_device_page zone_device_page_init",
    "behaviour mlock_scheme": "mlock_pagevec mlock_folio __munlock_pagevec mlock_pte_range",
    "behaviour last_unmap_clears_mlock": "page_remove_rmap clear_page_mlock",
    "behaviour follow_page_honours_prot_none": "gup_can_follow_protnone",
    "behaviour gup_lookup_before_write_test": "follow_page_pte can_follow_write_pte",
    "behaviour pfn_pte_get_gives_eexist": "follow_pfn_pte",
    "behaviour gup_skips_eexist": "__get_user_pages",
    "behaviour gup_unshares": "__get_user_pages gup_must_unshare faultin_page",
    "behaviour pin_counts_zero_page": "try_grab_page try_grab_folio gup_put_folio",
    "behaviour longterm_migrates_coherent": "check_and_migrate_movable_pages "
    "migrate_longterm_unpinnable_pages collect_longterm_unpinnable_pages "
    "__gup_longterm_locked",
    "behaviour fork_copies_tables": "copy_page_range vma_needs_copy",
    "behaviour zap_keeps": "zap_skip_check_mapping should_zap_page should_zap_cows",
    "behaviour wp_drains_batch": "do_wp_page",
    "behaviour mprotect_makes_writable": "change_pte_range can_change_pte_writable",
    "behaviour madv_dontneed_locked": "madvise_dontneed_free_valid_vma madvise_behavior_valid",
    "behaviour madv_collapse": "madvise_collapse madvise_behavior_valid",
    "behaviour ksm_scanner": "scan_get_next_rmap_item ksm_next_page_pmd_entry",
    "behaviour keeps_soft_dirty_on_device_fork": "copy_nonpresent_pte",
    "behaviour numa_hint_respects_tiers": "change_pte_range task_numa_work",
    "behaviour smaps_pss_dirty": "__show_smap smaps_page_accumulate",
    "behaviour lazyfree_unmap_counts_refs": "try_to_unmap_one",
    "behaviour reclaim_activates_pinned": "shrink_page_list shrink_folio_list",
    "behaviour pgmigrate_fail_counts_busy": "migrate_pages",
    "behaviour move_pages_result": "move_pages_and_store_status do_pages_move",
    "behaviour migrate_vma_finalize": "migrate_vma_finalize migrate_device_finalize",
    "behaviour follow_phys_refuses_pages": "follow_phys",
    "behaviour hmm_faults_foreign_private": "hmm_vma_handle_pte",
    "behaviour ksm_cow_counters": "do_wp_page ksm_might_need_to_copy",
    "predicate longterm_pinnable": "is_pinnable_page is_longterm_pinnable_page "
    "folio_is_longterm_pinnable",
    "predicate try_to_migrate": "try_to_migrate try_to_migrate_one folio_try_to_migrate",
}
# What the bodies of all lookups share.
_BODY: Final = (
    *("__vm_normal_page", "vm_normal_page_pfn", "vm_pfnmap_normal_page_pfn"),
    *("print_bad_pte", "print_bad_page_map"),
)
_DROPS: Final = ("put_page", "folio_put", "put_page_refs", "folio_put_refs")
# What a test or a row of a lookup asks: a change of it reaches all that ask it.
_ASKS: Final[dict[str, str]] = {
    "is_zone_device_page": "zone_device",
    "folio_is_zone_device": "zone_device",
    "is_device_coherent_page": "device_coherent",
    "folio_is_device_coherent": "device_coherent",
    "is_cow_mapping": "cow_mapping",
    "is_zero_pfn": "zero_pfn",
    "is_huge_zero_pmd": "zero_pfn",
    "pte_devmap": "devmap",
    "pmd_devmap": "devmap",
    "pte_special": "special",
    "PageLRU": "not_lru",
    "folio_test_lru": "not_lru",
    "PageReserved": "reserved",
    "folio_test_reserved": "reserved",
    "PageKsm": "ksm",
    "folio_test_ksm": "ksm",
    "page_mapcount": "mapcount_above_1",
    "folio_mapcount": "mapcount_above_1",
    "page_maybe_dma_pinned": "not_dma_pinned",
    "folio_maybe_dma_pinned": "not_dma_pinned",
    "isolate_lru_page": "isolation_fails",
    "folio_isolate_lru": "isolation_fails",
}


def _by_function(table: "dict[str, str]") -> dict[str, tuple[str, ...]]:
    """Every function of a table with the entries it stands for."""
    found: dict[str, list[str]] = {}
    for entry, names in table.items():
        for name in names.split():
            found.setdefault(name, []).append(entry)
    return {name: tuple(entries) for name, entries in found.items()}


_SITE: Final = {name.partition(":")[2].partition("#")[0]: name.partition("#")[0] for name in SITES}
SERVES: Final = _by_function({_SITE[site]: names for site, names in _SERVES.items()})
NAMED: Final = _by_function(_NAMED)
MAKES: Final[dict[str, tuple[str, ...]]] = {
    name: tuple(
        dict.fromkeys(
            kind for kinds, names in _MAKES.items() if name in names.split() for kind in kinds
        )
    )
    for names_of in _MAKES.values()
    for name in names_of.split()
}


def is_known(function: str) -> bool:
    """Does anything modelled stand for this function (a site of some kernel apart)?"""
    tables = (SERVES, NAMED, MAKES, _ASKS, _BODY, _DROPS)
    return any(function in table for table in tables) or bool(LOOKUP_NAME.match(function))


def of_function(function: str, kernel: Kernel) -> tuple[str, ...]:
    """The records that a function which is no site itself may alter."""
    found = [*SERVES.get(function, ()), *NAMED.get(function, ())]
    if LOOKUP_NAME.match(function):
        found += of_lookup(C_NAMES.get(function, "normal"), kernel)
    if function in _BODY:
        found += [name for body in kernel.lookups for name in of_lookup(body.name, kernel)]
    if function in _DROPS:
        found += [r.site for r in kernel.sites if any(test.put for test in r.tests)]
    if function in _ASKS:
        found += asking(_ASKS[function], kernel)
    return with_callers(found, kernel)


def of_lookup(word: str, kernel: Kernel) -> list[str]:
    """A lookup, those built on it, and every site that asks one of them."""
    words = {word, *(body.name for body in kernel.lookups if body.of == word)}
    sites = [r.site for r in kernel.sites if words & {w for _, w in r.lookup}]
    return [*(f"lookup {w}" for w in BODY_LOOKUPS if w in words), *sites]


def of_flag(name: str, kernel: Kernel) -> tuple[str, ...]:
    """A FOLL_ flag, and the sites that are given it or choose by it."""
    bit = FOLL_FLAGS.get(name, 0)
    sites = [r.site for r in kernel.sites if bit & (r.flags | sum({mask for mask, _ in r.lookup}))]
    return with_callers([f"flag {name}", *sites], kernel)


def asking(atom: str, kernel: Kernel) -> list[str]:
    """The sites that make a test, and the lookups with a row that asks it."""
    sites = [r.site for r in kernel.sites if atom in {test.refuse for test in r.tests}]
    lookups = [
        body.name
        for body in kernel.lookups
        if any(atom in row.text for row in (*body.rows, *body.then))
    ]
    return [*sites, *(name for word in lookups for name in of_lookup(word, kernel))]


def with_callers(names: Iterable[str], kernel: Kernel) -> tuple[str, ...]:
    """The same, and all that calls follow_page or GUP when follow_page_pte is among them."""
    found = dict.fromkeys(names)
    if "mm/gup.c:follow_page_pte" in found:
        callers = (
            r.site for r in kernel.sites if {w for _, w in r.lookup} & {"follow_page", "gup"}
        )
        found |= dict.fromkeys(callers)
    return tuple(found)
