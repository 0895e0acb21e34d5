# SPDX-License-Identifier: GPL-2.0-or-later
"""The words a kernel record may use, and the integers the core knows them by.

A kernel is data (``linuxmm/kernels/*.toml``); the core reads it as integer columns
(``state/rules.py``).  This module is the one place where a word meets its integer.
Adding a word here without a row that uses it fails ``tests/kernels``.
"""

from typing import Final, NamedTuple

# --- sites: places where the kernel turns a page-table entry into a page ---
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

# --- lookups ---
LOOKUP_NONE: Final = 0  # the site does not exist in this kernel
LOOKUP_NORMAL: Final = 1  # vm_normal_page
LOOKUP_ANY: Final = 2  # vm_normal_any_page (split-v1)
LOOKUP_LRU: Final = 3  # vm_normal_lru_page (split-v1)
LOOKUP_PMD: Final = 4  # vm_normal_page_pmd
LOOKUP_FOLLOW_PAGE: Final = 5  # follow_page with the site's `flags`
LOOKUP_RAW_PTE: Final = 6  # pte_page: the bits of the entry alone
LOOKUP_PFN_SWAP_ENTRY: Final = 7  # pfn_swap_entry_to_page
LOOKUP_GUP: Final = 8  # get_user_pages
LOOKUP_RAW_PFN: Final = 9  # pfn_to_page of a PFN kept elsewhere
LOOKUP_FOLIO_WALK: Final = 10  # folio_walk_start with the site's `flags`: no reference, but a lock
LOOKUPS: Final[tuple[str, ...]] = (
    "none",
    "normal",
    "any",
    "lru",
    "pmd",
    "follow_page",
    "raw_pte",
    "pfn_swap_entry",
    "gup",
    "raw_pfn",
    "folio_walk",
)
# Lookups that have a body of rows in a kernel record; the others are mechanisms.
BODY_LOOKUPS: Final[tuple[str, ...]] = ("normal", "any", "lru", "pmd")

# --- what a lookup row may ask (bits of one integer: see mm/memory/lookup.py) ---
ATOM_SPECIAL: Final = 1 << 0  # pte_special
ATOM_DEVMAP: Final = 1 << 1  # pte_devmap
ATOM_ABOVE_HIGHEST_PFN: Final = 1 << 2  # pfn > highest_memmap_pfn
ATOM_PFN_VALID: Final = 1 << 3  # pfn_valid
ATOM_PFNMAP: Final = 1 << 4  # VM_PFNMAP
ATOM_MIXEDMAP: Final = 1 << 5  # VM_MIXEDMAP
ATOM_COW_MAPPING: Final = 1 << 6  # is_cow_mapping
ATOM_PGOFF_MATCH: Final = 1 << 7  # pfn == vm_pgoff + (addr - vm_start) / 4096
ATOM_ZERO_PFN: Final = 1 << 8  # is_zero_pfn (is_huge_zero_pmd for the pmd lookup)
ATOM_FIND_SPECIAL_PAGE: Final = 1 << 9  # vm_ops->find_special_page is set
ATOM_ZONE_DEVICE: Final = 1 << 10  # is_zone_device_page(pfn_to_page(pfn))
ATOMS: Final[dict[str, int]] = {
    "special": ATOM_SPECIAL,
    "devmap": ATOM_DEVMAP,
    "above_highest_pfn": ATOM_ABOVE_HIGHEST_PFN,
    "pfn_valid": ATOM_PFN_VALID,
    "pfnmap": ATOM_PFNMAP,
    "mixedmap": ATOM_MIXEDMAP,
    "cow_mapping": ATOM_COW_MAPPING,
    "pgoff_match": ATOM_PGOFF_MATCH,
    "zero_pfn": ATOM_ZERO_PFN,
    "find_special_page": ATOM_FIND_SPECIAL_PAGE,
    "zone_device": ATOM_ZONE_DEVICE,
}
RESULT_NONE: Final = 0  # no page
RESULT_PAGE: Final = 1  # the page of the entry's frame
RESULT_BAD: Final = 2  # no page, and "Bad page map" in the log
RESULT_SPECIAL_PAGE: Final = 3  # what find_special_page returns
RESULTS: Final[tuple[str, ...]] = ("none", "page", "bad", "special_page")

# --- named predicates: rows over facts about a page, result yes or no ---
PREDICATE_LONGTERM_PINNABLE: Final = 0  # include/linux/mm.h:is_pinnable_page and its callers
PREDICATE_TRY_TO_MIGRATE: Final = 1  # mm/rmap.c:try_to_migrate: acts on this page
PREDICATES: Final[tuple[str, ...]] = ("longterm_pinnable", "try_to_migrate")
FACT_ZERO_PFN: Final = 1 << 0  # is_zero_pfn
FACT_ZONE_DEVICE: Final = 1 << 1  # is_zone_device_page
FACT_PRIVATE: Final = 1 << 2  # is_device_private_page
FACT_COHERENT: Final = 1 << 3  # is_device_coherent_page
FACT_FSDAX: Final = 1 << 4  # a page of MEMORY_DEVICE_FS_DAX
FACT_ZONE_MOVABLE: Final = 1 << 5  # page_zonenum is ZONE_MOVABLE
FACTS: Final[dict[str, int]] = {
    "zero_pfn": FACT_ZERO_PFN,
    "zone_device": FACT_ZONE_DEVICE,
    "device_private": FACT_PRIVATE,
    "device_coherent": FACT_COHERENT,
    "fsdax": FACT_FSDAX,
    "zone_movable": FACT_ZONE_MOVABLE,
}

# --- tests a site makes on the page it got, in order ---
# what the page is
TEST_ZONE_DEVICE: Final = 1  # is_zone_device_page
TEST_NOT_ZONE_DEVICE: Final = 2  # no device page
TEST_DEVICE_COHERENT: Final = 3  # is_device_coherent_page
TEST_COMPOUND: Final = 4  # a head or tail page
TEST_RESERVED: Final = 5  # PG_reserved
TEST_NOT_ANON: Final = 6  # not anonymous
TEST_KSM: Final = 7  # a KSM page
TEST_NOT_KSM: Final = 8  # no KSM page
TEST_NO_MAPPING: Final = 9  # page->mapping is NULL
TEST_ANY_PAGE: Final = 10  # every page: the site wants none
# who uses it
TEST_NOT_LRU: Final = 11  # PG_lru clear
TEST_ISOLATION_FAILS: Final = 12  # isolate_lru_page fails (an action: makes it when it succeeds)
TEST_MAPCOUNT_ABOVE_1: Final = 13  # mapped more than once
TEST_MAPCOUNT_NOT_1: Final = 14  # not mapped exactly once
TEST_NOT_MAPPED: Final = 15  # mapped nowhere
TEST_NOT_EXCLUSIVE: Final = 16  # not PageAnonExclusive
TEST_COW_SHARED: Final = 17  # private COW VMA and page_count != 1
TEST_NOT_DMA_PINNED: Final = 18  # page_maybe_dma_pinned is false
TEST_EXCLUSIVE_PINNED: Final = 19  # PageAnonExclusive and page_maybe_dma_pinned
TEST_LOCKED: Final = 20  # PG_locked is set: trylock fails
TEST_DIRTY_FILE: Final = 21  # page_is_file_lru and PageDirty
TEST_DIRTY_AND_SHARED: Final = 22  # (PG_dirty or in swap cache) and mapcount != 1
# where it lies
TEST_NODE_IS_TARGET: Final = 23  # it lies on the wanted node already
TEST_NODE_WITHOUT_MEMORY: Final = 24  # its node is not in N_MEMORY
TEST_OTHER_ZONE: Final = 25  # munlock batch: page of another zone
TEST_FOREIGN_OWNER: Final = 26  # DEVICE_COHERENT page of a pgmap with another owner
# of systems that are not modelled
TEST_NOT_COMPOUND: Final = 27  # neither head nor tail page
TEST_TOO_MANY_SHARED: Final = 28  # mapcount > 1 once more than max_ptes_shared allows
TEST_EXTRA_REFERENCES: Final = 29  # refcount != mapcounts (+ swap cache)
TEST_SWAPCACHE_SHARED: Final = 30  # read-only PTE of a swap cache page not reusable
TEST_FAR_NODE: Final = 31  # node beyond the reclaim distance of nodes seen before
TEST_OTHER_SUBPAGE: Final = 32  # not the expected subpage of the THP in the page cache
# since folios
TEST_ZERO_PAGE: Final = 33  # the zero page or the huge zero page
TEST_LIKELY_MAPPED_SHARED: Final = 34  # folio_likely_mapped_shared: by several, as far as told
TEST_COW_PINNED_OR_SHARED: Final = 35  # private COW VMA, and pinned or mapped by others
TEST_NOT_MERGED: Final = 36  # neither a KSM page nor the zero page that KSM has put there
TEST_MAYBE_MAPPED_SHARED: Final = 37  # folio_maybe_mapped_shared: by several processes
TEST_COW_PINNED_OR_MAYBE_SHARED: Final = 38  # is_cow_mapping, and pinned or by several processes
TESTS: Final[tuple[str, ...]] = (
    "",
    "zone_device",
    "not_zone_device",
    "device_coherent",
    "compound",
    "reserved",
    "not_anon",
    "ksm",
    "not_ksm",
    "no_mapping",
    "any_page",
    "not_lru",
    "isolation_fails",
    "mapcount_above_1",
    "mapcount_not_1",
    "not_mapped",
    "not_exclusive",
    "cow_shared",
    "not_dma_pinned",
    "exclusive_pinned",
    "locked",
    "dirty_file",
    "dirty_and_shared",
    "node_is_target",
    "node_without_memory",
    "other_zone",
    "foreign_owner",
    "not_compound",
    "too_many_shared",
    "extra_references",
    "swapcache_shared",
    "far_node",
    "other_subpage",
    "zero_page",
    "likely_mapped_shared",
    "cow_pinned_or_shared",
    "not_merged",
    "maybe_mapped_shared",
    "cow_pinned_or_maybe_shared",
)
# `unless`: the test is not made when the caller's context has one of these bits.
CONTEXT_MOVE_ALL: Final = 1 << 0  # MPOL_MF_MOVE_ALL
CONTEXT_NO_TARGET_NODE: Final = 1 << 3  # prot_numa: VM_SHARED, or other users of the mm
CONTEXT_SELECT_SYSTEM: Final = 1 << 4  # MIGRATE_VMA_SELECT_SYSTEM
CONTEXT_SELECT_DEVICE_COHERENT: Final = 1 << 5  # MIGRATE_VMA_SELECT_DEVICE_COHERENT
CONTEXT_MADV_COLLAPSE: Final = 1 << 6  # collapse on request: khugepaged's limits are off
CONTEXT_HOLDS_NONE: Final = 1 << 7  # no word of records: there is no reference to drop
CONTEXT_NO_MOVE: Final = 1 << 8  # pages are only looked at: MPOL_MF_STRICT alone
CONTEXTS: Final[dict[str, int]] = {
    "MOVE_ALL": CONTEXT_MOVE_ALL,
    "NO_TARGET_NODE": CONTEXT_NO_TARGET_NODE,
    "SELECT_SYSTEM": CONTEXT_SELECT_SYSTEM,
    "SELECT_DEVICE_COHERENT": CONTEXT_SELECT_DEVICE_COHERENT,
    "MADV_COLLAPSE": CONTEXT_MADV_COLLAPSE,
    "NO_MOVE": CONTEXT_NO_MOVE,
}

# --- what a refused page gets ---
# Words are positive integers (0: the page is not refused), errnos ("-ENOENT") are themselves.
GIVES_SKIP: Final = 1  # next entry
GIVES_STOP: Final = 2  # the loop ends here (break in C): the rest of a table, or of a batch
GIVES_ABORT: Final = 3  # the whole operation fails
GIVES_RETRY: Final = 4  # once more by a slower way
GIVES_PFN_PATH: Final = 5  # treated as a mapping without struct page
GIVES_WARN: Final = 6  # WARN_ON_ONCE, then abort
GIVES_NO_PAGE: Final = 7  # the caller sees NULL
GIVES_RESTORE: Final = 8  # the entry is put back as it was before
GIVES_TARGET_NODE: Final = 9  # status of a page that is already there: its node
GIVES_OOPS: Final = 10  # the site does not test: it would use NULL as a page
GIVES_ZERO: Final = 11  # the caller returns 0: nothing to do
GIVES_UNMOVABLE: Final = 12  # next entry, and the caller is told that one cannot be moved
GIVES: Final[tuple[str, ...]] = (
    "",
    "skip",
    "stop",
    "abort",
    "retry",
    "pfn_path",
    "warn",
    "no_page",
    "restore",
    "target_node",
    "oops",
    "0",
    "unmovable",
)

# --- what the record's config enables (it decides lookup rows and swap type numbers) -----
CONFIGS: Final[tuple[str, ...]] = (
    "pte_special",  # ARCH_HAS_PTE_SPECIAL
    "migration",  # CONFIG_MIGRATION
    "memory_failure",  # CONFIG_MEMORY_FAILURE
    "device_private",  # CONFIG_DEVICE_PRIVATE
    "pte_marker",  # CONFIG_PTE_MARKER
)
# What a rule rests on: read in a source, known, or reasoned from what was read.
RESTS_ON: Final[tuple[str, ...]] = ("read", "known", "reasoned")

# --- behaviours: a step that exists or not, a constant, a function of another shape ---
# Named after what the kernel does, never after a release.  A yes/no behaviour is stored as
# 0/1, a word as its index in the tuple of its words.
B_ANON_EXCLUSIVE: Final = 0
B_COW_REUSE: Final = 1
B_FORK_COPIES_PINNED: Final = 2
B_DEVICE_PAGE_FREE_COUNT: Final = 3
B_DEVICE_PAGE_EXTRA_REF: Final = 4
B_MLOCK_SCHEME: Final = 5
B_LAST_UNMAP_CLEARS_MLOCK: Final = 6
B_FOLLOW_PAGE_HONOURS_PROT_NONE: Final = 7
B_GUP_LOOKUP_BEFORE_WRITE_TEST: Final = 8
B_PFN_PTE_GET_GIVES_EEXIST: Final = 9
B_GUP_SKIPS_EEXIST: Final = 10
B_GUP_UNSHARES: Final = 11
B_PIN_COUNTS_ZERO_PAGE: Final = 12
B_LONGTERM_MIGRATES_COHERENT: Final = 13
B_MIGRATION_ENTRY_YOUNG_DIRTY: Final = 14
B_MIGRATION_ENTRY_EXCLUSIVE: Final = 15
B_PTE_MARKERS: Final = 16
B_FORK_COPIES_TABLES: Final = 17
B_ZAP_KEEPS: Final = 18
B_WP_DRAINS_BATCH: Final = 19
B_MPROTECT_MAKES_WRITABLE: Final = 20
B_MADV_DONTNEED_LOCKED: Final = 21
B_MADV_COLLAPSE: Final = 22
B_KSM_SCANNER: Final = 23
B_SWAP_EXCLUSIVE: Final = 24
B_KEEPS_SWAP_SOFT_DIRTY_ON_DEVICE_FORK: Final = 25
B_NUMA_HINT_RESPECTS_TIERS: Final = 26
B_SMAPS_PSS_DIRTY: Final = 27
B_LAZYFREE_UNMAP_COUNTS_REFS: Final = 28
B_RECLAIM_ACTIVATES_PINNED: Final = 29
B_PGMIGRATE_FAIL_COUNTS_BUSY: Final = 30
B_MOVE_PAGES_RESULT: Final = 31
B_MIGRATE_VMA_FINALIZE: Final = 32
B_KSM_COW_COUNTERS: Final = 33
B_FOLLOW_PHYS_REFUSES_PAGES: Final = 34
B_HMM_FAULTS_FOREIGN_PRIVATE: Final = 35
B_KPAGEFLAGS_KSM: Final = 36
B_PAGEMAP_EXCLUSIVE: Final = 37
B_SMAPS_MIGRATION_ENTRIES: Final = 38
B_WALK_VMA_ENTERS_PFNMAP: Final = 39
B_NUMA_KEEPS_WRITABLE: Final = 40
B_POPULATE_STOPS_AT_HOLE: Final = 41
B_PAGEOUT_KEEPS_YOUNG: Final = 42
B_BREAK_KSM_FAULT: Final = 43
B_KSM_SMART_SCAN: Final = 44
B_KSM_ZERO_PAGE_DIRTY: Final = 45
B_LONGTERM_WRITE_REFUSES_FILES: Final = 46
B_UNSHARES: Final = 47
B_FAST_LONGTERM_TOUCHES: Final = 48
B_SWAPIN_MAKES_WRITABLE: Final = 49
B_MIGRATION_CLEARS_SOFT_DIRTY: Final = 50
B_SWAP_ZEROMAP: Final = 51
B_POISONED_ENTRY: Final = 52
B_MIGRATE_VMA_FREES_SWAP: Final = 53
B_LARGE_FOLIOS: Final = 54
B_SMAPS_LEAF: Final = 55
B_RSS_DELTAS: Final = 56
B_SPLIT_KEEPS_DIRTY: Final = 57
B_KPAGEFLAGS_OF: Final = 58
B_MPROTECT_GIVES_BACK_ACCOUNT: Final = 59
B_KSM_CHECKSUM_FIRST: Final = 60
B_SWAPIN_RMAP: Final = 61
B_FINDS_PTE_MAPPED: Final = 62
B_UNMOVABLE_PAGES: Final = 63
B_MBIND_TARGET: Final = 64
B_DAX_PAGES: Final = 65
B_KPAGEFLAGS_OFFLINE: Final = 66
B_OWN_ADVICE: Final = 67
B_ANON_VMA_MERGE: Final = 68
B_PFNMAP_TRACKING: Final = 69
B_FILE_FAULT_DIRTIES: Final = 70
B_COLLECT_DIRTIES: Final = 71
B_DEVICE_EXCLUSIVE: Final = 72
B_WP_REUSES_LARGE: Final = 73
B_COLLAPSE_NEEDS_WRITABLE: Final = 74
B_FOLIO_MAPPED_SHARED: Final = 75
B_HUGETLB_DONTNEED: Final = 76
B_HUGETLB_REFUSES_FORCE: Final = 77
B_HUGETLB_NOFAULT: Final = 78
BEHAVIOURS: Final[dict[str, tuple[str, ...]]] = {
    # mm/rmap.c, include/linux/mm.h: PageAnonExclusive (5.19)
    "anon_exclusive": ("no", "yes"),
    # mm/memory.c:do_wp_page: when an anon page may be reused in place
    "cow_reuse": ("count_and_mapcount_1", "exclusive_or_count_1"),
    # mm/memory.c:copy_present_pte: which pinned pages fork copies at once
    "fork_copies_pinned": ("any_page", "exclusive_anon"),
    # refcount of a free DEVICE_PRIVATE or DEVICE_COHERENT page (mm/memremap.c)
    "device_page_free_count": ("0", "1"),
    # the extra reference that a mapped device page carried before 5.18
    "device_page_extra_ref": ("no", "yes"),
    # mm/mlock.c: FOLL_MLOCK and munlock by follow_page, or a walk of the entries (5.18)
    "mlock_scheme": ("pagevec", "mlock_batch"),
    # mm/rmap.c:page_remove_rmap: the last unmapping clears PG_mlocked of any page
    "last_unmap_clears_mlock": ("no", "yes"),
    # mm/gup.c:follow_page_pte, gup_can_follow_protnone: PROT_NONE entries are refused by FOLL_NUMA;
    # unless FOLL_FORCE; or only for who asks (FOLL_HONOR_NUMA_FAULT)
    "follow_page_honours_prot_none": ("no", "yes", "if_asked"),
    # mm/gup.c:follow_page_pte: the lookup comes before the test for a write permission
    "gup_lookup_before_write_test": ("no", "yes"),
    # mm/gup.c:follow_pfn_pte: -EEXIST also for FOLL_GET
    "pfn_pte_get_gives_eexist": ("no", "yes"),
    # mm/gup.c:__get_user_pages: -EEXIST means "proceed", pages[i] stays unset
    "gup_skips_eexist": ("no", "yes"),
    # mm/gup.c: -EMLINK and the unshare fault of a read-only pin
    "gup_unshares": ("no", "yes"),
    # try_grab_page: does pinning the zero page change its count
    "pin_counts_zero_page": ("no", "yes"),
    # mm/gup.c:check_and_migrate_movable_pages moves DEVICE_COHERENT pages to system memory
    "longterm_migrates_coherent": ("no", "yes"),
    # include/linux/swapops.h: migration entries carry young and dirty bits
    "migration_entry_young_dirty": ("no", "yes"),
    # a separate migration type for exclusive anon pages
    "migration_entry_exclusive": ("no", "yes"),
    # CONFIG_PTE_MARKER: entries that are only a mark, of a type of their own
    "pte_markers": ("no", "yes"),
    # mm/memory.c:copy_page_range, vma_needs_copy: whose tables fork copies
    "fork_copies_tables": ("special_or_anon_vma", "uffd_wp_special_or_anon_vma"),
    # mm/memory.c:zap_pte_range: which pages `details` keeps
    "zap_keeps": ("other_mapping", "private_cows"),
    # mm/memory.c:do_wp_page calls lru_add_drain and tests again
    "wp_drains_batch": ("no", "yes"),
    # mm/mprotect.c:can_change_pte_writable: mprotect sets the write bit at once where it may: of
    # dirty entries, or of clean ones of exclusive pages too
    "mprotect_makes_writable": ("no", "yes", "clean_too"),
    # mm/madvise.c: does the kernel know this advice
    "madv_dontneed_locked": ("no", "yes"),
    # mm/madvise.c: does the kernel know this advice
    "madv_collapse": ("no", "yes"),
    # mm/ksm.c:scan_get_next_rmap_item: by follow_page, or by walking the page tables
    "ksm_scanner": ("follow_page", "page_table_walk"),
    # SWP_EXCLUSIVE bit in swap entries
    "swap_exclusive": ("no", "yes"),
    # mm/memory.c:copy_nonpresent_pte: soft-dirty of a device-private entry made read-only
    "keeps_soft_dirty_on_device_fork": ("no", "yes"),
    # mm/mprotect.c:change_pte_range (5.18+): memory tier rules of NUMA balancing
    "numa_hint_respects_tiers": ("no", "yes"),
    # fs/proc/task_mmu.c: the Pss_Dirty line
    "smaps_pss_dirty": ("no", "yes"),
    # mm/rmap.c:try_to_unmap_one: a lazyfree page with an extra reference stays mapped
    "lazyfree_unmap_counts_refs": ("no", "yes"),
    # mm/vmscan.c:shrink_folio_list: a page that is pinned once unmapped is activated
    "reclaim_activates_pinned": ("no", "yes"),
    # mm/migrate.c:migrate_pages: does pgmigrate_fail count pages that stayed busy (-EAGAIN)
    "pgmigrate_fail_counts_busy": ("no", "yes"),
    # mm/migrate.c:move_pages_and_store_status: pages that failed and pages not tried
    "move_pages_result": ("one_short", "exact"),
    # mm/migrate_device.c: source and target go to the LRU after the entries are restored, or
    # what stays mapped goes there before
    "migrate_vma_finalize": ("putback_after", "lru_add_before"),
    # include/linux/vm_event_item.h (5.18+): cow_ksm and ksm_swpin_copy
    "ksm_cow_counters": ("no", "yes"),
    # mm/memory.c:follow_phys, asked by arch/x86/mm/pat/memtype.c:get_pat_info on fork
    "follow_phys_refuses_pages": ("no", "yes"),
    # mm/hmm.c:hmm_vma_handle_pte: a private page of another device is faulted in, or -EFAULT
    "hmm_faults_foreign_private": ("no", "yes"),
    # fs/proc/page.c:stable_page_flags: KPF_KSM of merged pages, or of every anonymous one
    "kpageflags_ksm": ("ksm_pages", "anon_pages"),
    # fs/proc/task_mmu.c:pte_to_pagemap_entry: bit 56 of an entry that is no migration entry, all of
    # a leaf as its head; or of what is present, each page of a leaf by itself
    "pagemap_exclusive": ("entries", "present_pages"),
    # fs/proc/task_mmu.c:smaps_account: migration entries count as Private_* or as Shared_*
    "smaps_migration_entries": ("private", "shared"),
    # mm/pagewalk.c:walk_page_vma: smaps and numa_maps see pages that were copied into a PFN mapping
    "walk_vma_enters_pfnmap": ("no", "yes"),
    # mm/mprotect.c:change_pte_range, mm/memory.c:do_numa_page: the write bit over a NUMA hint: kept
    # in the entry (pte_mk_savedwrite), or worked out again from the area and the page
    "numa_keeps_writable": ("saved_write", "worked_out"),
    # mm/madvise.c:madvise_populate: a hole ends MADV_POPULATE_*, or is said when all is done
    "populate_stops_at_hole": ("no", "yes"),
    # mm/madvise.c:madvise_cold_or_pageout_pte_range, mm/vmscan.c:reclaim_folio_list: MADV_PAGEOUT
    # leaves accessed bits, and reclaims without a look at them
    "pageout_keeps_young": ("no", "yes"),
    # mm/ksm.c:break_ksm: the fault that gives a page of its own
    "break_ksm_fault": ("write", "unshare"),
    # mm/ksm.c:should_skip_rmap_item: pages that never merge are passed over in more and more passes
    "ksm_smart_scan": ("no", "yes"),
    # mm/ksm.c:replace_page: an entry of KSM's zero page is dirty, which is how it is known again
    "ksm_zero_page_dirty": ("no", "yes"),
    # mm/gup.c:writable_file_mapping_allowed, gup_fast_folio_allowed: no FOLL_WRITE with
    # FOLL_LONGTERM of a shared mapping of a file that is written back
    "longterm_write_refuses_files": ("no", "yes"),
    # mm/gup.c:gup_must_unshare, mm/memory.c:do_wp_page: what a read-only pin has copied first:
    # anonymous pages, or (FOLL_LONGTERM) whatever a private mapping maps
    "unshares": ("anon_pages", "private_mappings"),
    # mm/gup.c:gup_fast_fallback: where fast GUP falls back, FOLL_TOUCH with FOLL_LONGTERM too
    "fast_longterm_touches": ("no", "yes"),
    # mm/memory.c:do_swap_page: what makes the entry of an exclusive page writable
    "swapin_makes_writable": ("write_faults", "every_fault"),
    # mm/migrate.c:remove_migration_pte: a dirty entry is soft-dirty only if it was before
    "migration_clears_soft_dirty": ("no", "yes"),
    # mm/page_io.c:swap_writepage: pages full of zeros are noted, not written
    "swap_zeromap": ("no", "yes"),
    # include/linux/swapops.h: entries whose contents are lost: a swap type, or a marker
    "poisoned_entry": ("type", "marker"),
    # mm/migrate_device.c:__migrate_device_pages: a page in the swap cache gives up its slot
    "migrate_vma_frees_swap": ("no", "yes"),
    # mm/mlock.c, mm/madvise.c, mm/memory.c: parts of a huge page: split or left alone, one by one;
    # or in batches, as every large folio
    "large_folios": ("parts", "batches"),
    # fs/proc/task_mmu.c:smaps_pmd_entry: how the page of a leaf is looked up
    "smaps_leaf": ("follow_trans_huge_pmd", "vm_normal_page_pmd"),
    # mm/memory.c:add_mm_counter_fast, include/linux/mm.h:add_mm_counter: what keeps changes of rss
    # for a while (6.2: percpu_counter)
    "rss_deltas": ("per_task", "per_cpu"),
    # mm/huge_memory.c:__split_huge_pmd_locked: the entries of a dirty leaf are dirty too
    "split_keeps_dirty": ("no", "yes"),
    # fs/proc/page.c:stable_page_flags: whose flags a part of a large folio shows
    "kpageflags_of": ("page", "folio"),
    # mm/mprotect.c:mprotect_fixup: an untouched area that can no longer be written is not counted
    # as committed memory any more (VmFlags: ac)
    "mprotect_gives_back_account": ("no", "yes"),
    # mm/ksm.c:cmp_and_merge_page: a page whose contents changed since the last pass is looked for
    # in no tree, or in the stable tree all the same
    "ksm_checksum_first": ("no", "yes"),
    # mm/memory.c:do_swap_page: a page fresh from swap gets the rmap of any anonymous page, or of a
    # new one, which mlocks nothing (folio_add_new_anon_rmap)
    "swapin_rmap": ("anon", "new"),
    # mm/khugepaged.c:hpage_collapse_scan_file: a huge page of shmem in the way is one whose tables
    # may go (6.1: SCAN_PTE_MAPPED_HUGEPAGE)
    "finds_pte_mapped": ("no", "yes"),
    # mm/mempolicy.c:queue_pages_pte_range: a page that cannot be isolated ends the walk of mbind,
    # is noted, or is counted (migration entries too)
    "unmovable_pages": ("end_walk", "noted", "counted"),
    # mm/mempolicy.c:do_mbind: where pages go to: as the policy says of the area that maps them, or
    # as that of the call
    "mbind_target": ("policy_of_vma", "policy_of_call"),
    # fs/dax.c:dax_fault_iter, drivers/dax/device.c: entries of DAX pages are special and count
    # nothing, or are those of any page of a file: a reference, a mapping, rss (6.15)
    "dax_pages": ("special", "ordinary"),
    # fs/proc/page.c:kpage_read: what kpageflags says of a pfn without an online page
    "kpageflags_offline": ("nopage", "zero"),
    # mm/madvise.c:process_madvise: what advice to oneself has to be: a hint, of somebody with
    # CAP_SYS_NICE; a hint of anybody; or any (6.13)
    "own_advice": ("as_others", "unprivileged", "any"),
    # mm/vma.c:is_mergeable_anon_vma: two areas only one of which has an anon_vma merge where it is
    # the neighbour, or whichever it is
    "anon_vma_merge": ("neighbour_linked", "either_linked"),
    # mm/memory.c:remap_pfn_range: the memory type of a PFN mapping is told by VM_PAT and its first
    # entry, or by a context that fork hands on
    "pfnmap_tracking": ("vm_pat", "context"),
    # mm/memory.c:set_pte_range: what makes the entry of a page of a file dirty: a write, or also
    # that it is writable and its page dirty
    "file_fault_dirties": ("write", "dirty_page"),
    # mm/migrate_device.c:migrate_vma_collect_pmd: whose dirty bit is asked: on x86 a swap word has
    # that bit set
    "collect_dirties": ("present", "any_entry"),
    # mm/rmap.c:make_device_exclusive: an exclusive entry takes the mapping away, or keeps it
    "device_exclusive": ("unmapped", "mapped"),
    # mm/memory.c:wp_can_reuse_anon_folio: a part of a large folio that one mm maps is reused too
    "wp_reuses_large": ("no", "yes"),
    # mm/khugepaged.c:hpage_collapse_scan_pmd: is a range without a writable entry left alone
    "collapse_needs_writable": ("yes", "no"),
    # include/linux/mm.h, as MADV_COLD asks it: do several processes map a large folio: guessed
    # by counts, or told by the mms that map it (folio_maybe_mapped_shared)
    "folio_mapped_shared": ("guessed", "told"),
    # mm/madvise.c:madvise_dontneed_free: MADV_DONTNEED of hugetlb (5.18)
    "hugetlb_dontneed": ("no", "yes"),
    # mm/gup.c:check_vma_flags: no FOLL_FORCE writes to read-only mappings of hugetlb (6.1)
    "hugetlb_refuses_force": ("no", "yes"),
    # mm/hugetlb.c:follow_hugetlb_page does not ask for FOLL_NOFAULT, mm/gup.c:faultin_page does
    "hugetlb_nofault": ("ignored", "honoured"),
}
# Behaviours that came after the first records: their first word is what every kernel did before,
# and a digest without them outlives the new word.
NEWER_BEHAVIOURS: Final = frozenset(list(BEHAVIOURS)[B_KPAGEFLAGS_KSM:])

# --- FOLL_ flags (include/linux/mm.h; FOLL_LRU: the patch of March 2022) ---
FOLL_WRITE: Final = 0x1
FOLL_TOUCH: Final = 0x2
FOLL_GET: Final = 0x4
FOLL_DUMP: Final = 0x8
FOLL_FORCE: Final = 0x10
FOLL_NOWAIT: Final = 0x20
FOLL_POPULATE: Final = 0x40
FOLL_NOFAULT: Final = 0x80
FOLL_HWPOISON: Final = 0x100
FOLL_NUMA: Final = 0x200
FOLL_MIGRATION: Final = 0x400
FOLL_TRIED: Final = 0x800
FOLL_MLOCK: Final = 0x1000
FOLL_REMOTE: Final = 0x2000
FOLL_COW: Final = 0x4000
FOLL_ANON: Final = 0x8000
FOLL_LONGTERM: Final = 0x10000
FOLL_SPLIT_PMD: Final = 0x20000
FOLL_PIN: Final = 0x40000
FOLL_FAST_ONLY: Final = 0x80000
FOLL_LRU: Final = 0x100000
FOLL_FLAGS: Final[dict[str, int]] = {
    "FOLL_WRITE": FOLL_WRITE,
    "FOLL_TOUCH": FOLL_TOUCH,
    "FOLL_GET": FOLL_GET,
    "FOLL_DUMP": FOLL_DUMP,
    "FOLL_FORCE": FOLL_FORCE,
    "FOLL_NOWAIT": FOLL_NOWAIT,
    "FOLL_POPULATE": FOLL_POPULATE,
    "FOLL_NOFAULT": FOLL_NOFAULT,
    "FOLL_HWPOISON": FOLL_HWPOISON,
    "FOLL_NUMA": FOLL_NUMA,
    "FOLL_MIGRATION": FOLL_MIGRATION,
    "FOLL_TRIED": FOLL_TRIED,
    "FOLL_MLOCK": FOLL_MLOCK,
    "FOLL_REMOTE": FOLL_REMOTE,
    "FOLL_COW": FOLL_COW,
    "FOLL_ANON": FOLL_ANON,
    "FOLL_LONGTERM": FOLL_LONGTERM,
    "FOLL_SPLIT_PMD": FOLL_SPLIT_PMD,
    "FOLL_PIN": FOLL_PIN,
    "FOLL_FAST_ONLY": FOLL_FAST_ONLY,
    "FOLL_LRU": FOLL_LRU,
}

# FW_ flags of folio_walk_start (include/linux/pagewalk.h), here beyond every FOLL_ flag, so that
# one column of a site holds either.
FW_MIGRATION: Final = 1 << 32
FW_ZEROPAGE: Final = 1 << 33
WALK_FLAGS: Final[dict[str, int]] = {"FW_MIGRATION": FW_MIGRATION, "FW_ZEROPAGE": FW_ZEROPAGE}
SITE_FLAGS: Final[dict[str, int]] = {**FOLL_FLAGS, **WALK_FLAGS}


class NewerFlag(NamedTuple):
    """A flag that came after the built-in kernels: its number, and the release it came with."""

    number: int
    since: str


# A system call of a kernel without it gives -EINVAL; one that has it (`[flags]` of its record) does
# what is not modelled.  Source: include/uapi/asm-generic/mman-common.h, linux/mman.h,
# linux/mempolicy.h; FOLL_ flags (include/linux/mm_types.h) cannot be passed to an older kernel.
NEWER_FLAGS: Final[dict[str, NewerFlag]] = {
    "MADV_GUARD_INSTALL": NewerFlag(102, "6.13"),
    "MADV_GUARD_REMOVE": NewerFlag(103, "6.13"),
    "droppable": NewerFlag(0x08, "6.11"),  # MAP_DROPPABLE
    "MPOL_WEIGHTED_INTERLEAVE": NewerFlag(6, "6.9"),
    "FOLL_PCI_P2PDMA": NewerFlag(1 << 10, "6.2"),
    "FOLL_INTERRUPTIBLE": NewerFlag(1 << 11, "6.2"),
    "FOLL_HONOR_NUMA_FAULT": NewerFlag(1 << 12, "6.6"),
}
