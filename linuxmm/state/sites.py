# SPDX-License-Identifier: GPL-2.0-or-later
"""The sites: places where the kernel turns a page-table entry into a page, and their numbers.

Named as kernel file and function; the first 29 are those of the patch of March 2022 (split-v1).
"""

from typing import Final

# Row 0 is no site.  The order is part of no contract; the names are.
SITE_SMAPS_PTE_ENTRY: Final = 1
SITE_SMAPS_HUGETLB_RANGE: Final = 2
SITE_PTE_IS_PINNED: Final = 3
SITE_CLEAR_REFS_PTE_RANGE: Final = 4
SITE_PTE_TO_PAGEMAP_ENTRY: Final = 5
SITE_CAN_GATHER_NUMA_STATS: Final = 6
SITE_FOLLOW_PAGE_PTE: Final = 7
SITE_GET_GATE_PAGE: Final = 8
SITE_HMM_VMA_HANDLE_PTE: Final = 9
SITE_SPLIT_HUGE_PAGES_PID: Final = 10
SITE_COLLAPSE_HUGE_PAGE_ISOLATE: Final = 11
SITE_KHUGEPAGED_SCAN_PMD: Final = 12
SITE_COLLAPSE_PTE_MAPPED_THP: Final = 13
SITE_COLLAPSE_PTE_MAPPED_THP_2: Final = 14
SITE_BREAK_KSM: Final = 15
SITE_GET_MERGEABLE_PAGE: Final = 16
SITE_MADVISE_COLD_OR_PAGEOUT: Final = 17
SITE_MADVISE_FREE: Final = 18
SITE_MC_HANDLE_PRESENT_PTE: Final = 19
SITE_COPY_PRESENT_PTE: Final = 20
SITE_ZAP_PTE_RANGE: Final = 21
SITE_DO_WP_PAGE: Final = 22
SITE_DO_NUMA_PAGE: Final = 23
SITE_QUEUE_PAGES_PTE_RANGE: Final = 24
SITE_ADD_PAGE_FOR_MIGRATION: Final = 25
SITE_MIGRATE_VMA_COLLECT_PMD: Final = 26
SITE_MUNLOCK_PAGEVEC_FILL: Final = 27
SITE_MUNLOCK_VMA_PAGES_RANGE: Final = 28
SITE_CHANGE_PTE_RANGE: Final = 29
# neighbours: not in the patch of March 2022
SITE_SCAN_GET_NEXT_RMAP_ITEM: Final = 30
SITE_DO_PAGES_STAT_ARRAY: Final = 31
SITE_GUP_PTE_RANGE: Final = 32
SITE_CAN_CHANGE_PTE_WRITABLE: Final = 33
SITE_FOLLOW_PHYS: Final = 34
SITE_MLOCK_PTE_RANGE: Final = 35
SITE_REMOVE_MIGRATION_PTE: Final = 36
SITE_GET_KSM_PAGE: Final = 37
SITE_LOOKUP_NODE: Final = 38
SITE_CAN_GATHER_NUMA_STATS_PMD: Final = 39
SITE_DO_HUGE_PMD_NUMA_PAGE: Final = 40
SITE_FOLLOW_DEVMAP_PMD: Final = 41

SITES: Final[tuple[str, ...]] = (
    "",
    "fs/proc/task_mmu.c:smaps_pte_entry",
    "fs/proc/task_mmu.c:smaps_hugetlb_range",
    "fs/proc/task_mmu.c:pte_is_pinned",
    "fs/proc/task_mmu.c:clear_refs_pte_range",
    "fs/proc/task_mmu.c:pte_to_pagemap_entry",
    "fs/proc/task_mmu.c:can_gather_numa_stats",
    "mm/gup.c:follow_page_pte",
    "mm/gup.c:get_gate_page",
    "mm/hmm.c:hmm_vma_handle_pte",
    "mm/huge_memory.c:split_huge_pages_pid",
    "mm/khugepaged.c:__collapse_huge_page_isolate",
    "mm/khugepaged.c:khugepaged_scan_pmd",
    "mm/khugepaged.c:collapse_pte_mapped_thp",
    "mm/khugepaged.c:collapse_pte_mapped_thp#2",
    "mm/ksm.c:break_ksm",
    "mm/ksm.c:get_mergeable_page",
    "mm/madvise.c:madvise_cold_or_pageout_pte_range",
    "mm/madvise.c:madvise_free_pte_range",
    "mm/memcontrol.c:mc_handle_present_pte",
    "mm/memory.c:copy_present_pte",
    "mm/memory.c:zap_pte_range",
    "mm/memory.c:do_wp_page",
    "mm/memory.c:do_numa_page",
    "mm/mempolicy.c:queue_pages_pte_range",
    "mm/migrate.c:add_page_for_migration",
    "mm/migrate_device.c:migrate_vma_collect_pmd",
    "mm/mlock.c:__munlock_pagevec_fill",
    "mm/mlock.c:munlock_vma_pages_range",
    "mm/mprotect.c:change_pte_range",
    "mm/ksm.c:scan_get_next_rmap_item",
    "mm/migrate.c:do_pages_stat_array",
    "mm/gup.c:gup_pte_range",
    "mm/mprotect.c:can_change_pte_writable",
    "mm/memory.c:follow_phys",
    "mm/mlock.c:mlock_pte_range",
    "mm/migrate.c:remove_migration_pte",
    "mm/ksm.c:get_ksm_page",
    "mm/mempolicy.c:lookup_node",
    "fs/proc/task_mmu.c:can_gather_numa_stats_pmd",
    "mm/huge_memory.c:do_huge_pmd_numa_page",
    "mm/huge_memory.c:follow_devmap_pmd",
)
NR_SITES: Final = len(SITES)

# Sites of systems that are not modelled yet: the verdict is `unknown` and names the system.
UNMODELLED_SITES: Final[dict[str, str]] = {
    "fs/proc/task_mmu.c:can_gather_numa_stats_pmd": "THP",
    "mm/huge_memory.c:do_huge_pmd_numa_page": "THP",
    "mm/huge_memory.c:follow_devmap_pmd": "THP",
}
