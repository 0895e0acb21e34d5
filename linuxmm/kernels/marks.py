# SPDX-License-Identifier: GPL-2.0-or-later
"""Names by which the text of a kernel is known: for telling which kernel a patch was made for.

Counted in mm, fs/proc and include/linux of v5.17-rc5, of Debian's 6.1.192 and 6.12.117, of 6.18.2
and 7.1.5.
A name stands in one of them only, or (GONE) in the text of a later one too.  A record built on
another has its names too.
"""

from typing import Final

ONLY: Final[dict[str, str]] = {
    "v5.17-coherent": "lru_pvecs vm_next clear_page_mlock FOLL_MLOCK FOLL_COW FOLL_NUMA "
    "FOLL_POPULATE page_dup_rmap reuse_swap_page zap_skip_check_mapping follow_invalidate_pte "
    "is_pinnable_page munlock_vma_pages_range __munlock_isolated_page __munlock_pagevec_fill "
    "do_page_add_anon_rmap khugepaged_scan_pmd khugepaged_scan_abort migrate_page_add "
    "queue_pages_pte_range try_grab_compound_head MM_CP_DIRTY_ACCT dirty_accountable follflags "
    "expected_page_refs page_trans_huge_mapcount",
    "split-v1": "vm_normal_any_page vm_normal_lru_page FOLL_LRU",
    "debian-6.1": "ksm_stable_node ksm_rmap_item ksm_next_page_pmd_entry PageAnonExclusive "
    "gup_must_unshare gup_can_follow_protnone page_try_share_anon_rmap collapse_control "
    "hpage_collapse_scan_pmd hpage_collapse_test_exit mlock_pte_range can_change_pte_writable "
    "is_longterm_pinnable_page folio_isolate_lru shrink_folio_list zap_flags is_zero_page "
    "queue_folios_pte_range migrate_folio_add should_zap_page sysctl_numa_balancing_mode "
    "node_is_toptier make_readable_exclusive_migration_entry migrate_folio folio_free_swap "
    "mlock_folio FAULT_FLAG_UNSHARE VMA_ITERATOR for_each_vma pte_swp_exclusive vma_alloc_folio "
    "folio_estimated_sharers vm_normal_folio",
    "debian-6.12": "folio_walk_start folio_walk_end FW_MIGRATION FW_ZEROPAGE vm_flags_set "
    "vma_start_write pte_offset_map_nolock folio_likely_mapped_shared copy_present_ptes "
    "zap_present_ptes zap_present_folio_ptes folio_pte_batch folio_add_new_anon_rmap "
    "folio_remove_rmap_pte folio_remove_rmap_ptes folio_try_dup_anon_rmap_pte "
    "add_folio_for_migration madvise_folio_pte_batch can_change_pmd_writable numa_migrate_check "
    "folio_precise_page_mapcount gup_fast_pte_range gup_fast_folio_allowed pte_needs_soft_dirty_wp "
    "should_skip_rmap_item vma_wants_manual_pte_write_upgrade ksm_get_folio queue_folio_required "
    "writable_file_mapping_allowed pfn_swap_entry_folio wp_can_reuse_anon_folio",
    "v6.18": "vmf_insert_page_mkwrite folio_maybe_mapped_shared prot_numa_skip print_bad_page_map "
    "pte_offset_map_ro_nolock pte_offset_map_rw_nolock pfnmap_track_ctx_alloc madvise_lock "
    "can_follow_write_common process_madvise_remote_valid commit_anon_folio_batch mm_flags_test "
    "vma_had_uncowed_parents ksm_vma_flags vector_madvise",
    "v7.1": "softleaf_is_migration softleaf_is_device_private softleaf_to_folio "
    "lazy_mmu_mode_enable folio_can_map_prot_numa vma_flags_test change_softleaf_pte "
    "swap_put_entries_direct folio_put_swap normal_or_softleaf_folio_pmd zap_vma_range "
    "break_ksm_pmd_entry collapse_scan_pmd vma_is_fork_child map_anon_folio_pmd_nopf "
    "migrate_vma_collect_huge_pmd pmd_is_device_private_entry VM_COPY_ON_FORK "
    "TTU_USE_SHARED_ZEROPAGE vma_is_single_threaded_private",
}
BUILT_ON: Final[dict[str, str]] = {"split-v1": "v5.17-coherent"}
# Of the names of an older kernel those that are gone; the others stand in the newer text too.
GONE: Final[dict[str, tuple[str, frozenset[str]]]] = {
    "debian-6.12": (
        "debian-6.1",
        frozenset(
            (
                "page_try_share_anon_rmap",
                "is_longterm_pinnable_page",
                "should_zap_page",
                "folio_estimated_sharers",
            )
        ),
    ),
    "v6.18": (
        "debian-6.12",
        frozenset(("folio_likely_mapped_shared", "pte_offset_map_nolock")),
    ),
    "v7.1": (
        "v6.18",
        frozenset(
            (
                "FW_MIGRATION",
                "hpage_collapse_scan_pmd",
                "hpage_collapse_test_exit",
                "pfn_swap_entry_folio",
                "prot_numa_skip",
                "vma_had_uncowed_parents",
            )
        ),
    ),
}
# Of kernels after 7.1, that no built-in record stands for: pte_uffd_wp by its name since 7.3.
LATER: Final = "pte_uffd"


def marks(kernel: str) -> frozenset[str]:
    """The names that tell this built-in kernel, and those that it has kept of others."""
    built_on = BUILT_ON.get(kernel)
    found = frozenset(ONLY[kernel].split()) | (marks(built_on) if built_on else frozenset())
    if kernel in GONE:
        older, gone = GONE[kernel]
        found |= marks(older) - gone
    return found


def is_told(kernel: str, words: frozenset[str]) -> bool:
    """May these words be of this kernel?  One that has kept an older one's needs a name of its own.

    Else the older one is meant: what fits both was not written for the newer one alone.
    """
    return kernel not in GONE or bool(words & frozenset(ONLY[kernel].split()))
