# SPDX-License-Identifier: GPL-2.0-or-later
"""Names by which the text of a kernel is known: for telling which kernel a patch was made for.

Counted in mm, fs/proc and include/linux of v5.17-rc5 and of Debian's 6.1.192: each name stands
in one of them only.  A record built on another has its names too.
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
}
BUILT_ON: Final[dict[str, str]] = {"split-v1": "v5.17-coherent"}
# In the text of neither: of kernels after 6.1 that no built-in record stands for.
LATER: Final = (
    "folio_walk_start vm_flags_set vma_start_write pte_offset_map_nolock "
    "pte_offset_map_ro_nolock pte_offset_map_rw_nolock softleaf_t softleaf_from_pte "
    "vmf_insert_page_mkwrite folio_likely_mapped_shared folio_maybe_mapped_shared "
    "copy_present_ptes zap_present_ptes folio_add_new_anon_rmap folio_remove_rmap_pte "
    "folio_remove_rmap_ptes folio_is_longterm_pinnable prot_numa_skip add_folio_for_migration "
    "folio_test_large_maybe_mapped_shared vm_normal_page_pud print_bad_page_map"
)


def marks(kernel: str) -> frozenset[str]:
    """The names that only this built-in kernel has, and those built on it."""
    built_on = BUILT_ON.get(kernel)
    return frozenset(ONLY[kernel].split()) | (marks(built_on) if built_on else frozenset())
