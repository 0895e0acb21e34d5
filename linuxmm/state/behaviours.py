# SPDX-License-Identifier: GPL-2.0-or-later
"""Behaviours: a step that exists or not, a constant, a function of another shape.

Named after what the kernel does, never after a release.  A yes/no behaviour is stored as 0/1, a
word as its index in the tuple of its words.  A behaviour without a record that sets it apart fails
``tests/kernels``.
"""

from typing import Final

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
B_HUGETLB_GUP: Final = 78
B_MREMAP_EXPANDS: Final = 79
B_MREMAP_TABLES: Final = 80
B_MADV_REMOVE_NEEDS: Final = 81
B_SPLIT_QUEUE: Final = 82
B_UNUSED_PARTS: Final = 83
B_RMAP_MLOCKS_LEAVES: Final = 84
B_PARTS_MUNLOCK: Final = 85
B_MIGRATION_SPLITS: Final = 86
B_MIGRATION_REQUEUES: Final = 87
B_LEAF_UNMAPPED: Final = 88
B_UFFD_WRITEPROTECT: Final = 89
B_UFFD_RESOLVE_MAKES_WRITABLE: Final = 90
B_HUGETLB_WRITENOTIFY: Final = 91
B_UFFD_LOOKUP: Final = 92
B_COLLAPSE_TOO_EMPTY: Final = 93
B_BATCH_SIZE: Final = 94
B_HUGETLB_RESTORES: Final = 95
B_HUGETLB_MOVES: Final = 96
B_HUGETLB_CACHE_REFS: Final = 97
B_UFFD_CONTINUE_WP: Final = 98
B_RESTORED_WRITE: Final = 99
B_NUMA_HINTS_LEAVES: Final = 100
B_DOFORK_REFUSES: Final = 101
B_SWAPIN_CACHE: Final = 102
B_DEVICE_PAGE_INIT: Final = 103
B_SPLIT_UNMAPS: Final = 104
B_ZERO_LEAF_WRITTEN: Final = 105
B_COLLAPSE_LAZYFREE: Final = 106
B_SPLIT_SCAN: Final = 107
B_DEVICE_THP: Final = 108
B_DEVICE_BATCH: Final = 109
B_UFFD_BEYOND_FILE: Final = 110
B_SHMEM_HUGE: Final = 111
B_LEAF_HONOURS_ADVICE: Final = 112
B_FAULT_MAPS_WHOLE: Final = 113
B_RETRACTS_TABLES: Final = 114
B_COLLAPSE_DRAINS: Final = 115
B_WRITE_STEPS: Final = 116
B_KHUGEPAGED_ENTERS: Final = 117
B_COLD_NOTES_ACTIVE: Final = 118
B_HUGETLB_HOLES: Final = 119
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
    # mm/gup.c: pages of hugetlb by a walk of their own (follow_hugetlb_page), or as any leaf (6.12:
    # follow_huge_pmd, faultin_page)
    "hugetlb_gup": ("own_walk", "leaves"),
    # mm/mremap.c, where it grows in place: the area is made longer (vma_adjust), or what is new
    # merges with it and with the area behind (vma_merge, 6.0), which no VM_SPECIAL area does
    "mremap_expands": ("adjusts", "merges"),
    # mm/mremap.c:move_page_tables: which tables go as a whole: where both addresses begin one;
    # where they lie alike in theirs (try_realign_addr, 6.7); another text altogether (6.17)
    "mremap_tables": ("both_aligned", "aligned_alike", "rewritten"),
    # mm/madvise.c:madvise_remove: a shared mapping that is writable, or that may be made so (6.7)
    "madv_remove_needs": ("VM_WRITE", "VM_MAYWRITE"),
    # mm/huge_memory.c:deferred_split_folio: what waits for a split: huge pages mapped in part; or
    # all from their first fault on (PG_partially_mapped says which are, 6.12), of which those that
    # are zero for the most part are split too, mlocked ones or not (thp_underused)
    "split_queue": ("partly_mapped", "all", "all_but_mlocked"),
    # mm/huge_memory.c:remap_page: what an entry maps once the huge page is split, whose part is
    # full of zeros: the part, or the zero page (6.12: try_to_map_unused_to_zeropage)
    "unused_parts": ("stay", "zero_page"),
    # mm/rmap.c:folio_add_anon_rmap_pmd, folio_add_file_rmap_pmd: does a leaf in a locked area mark
    # its page mlocked (since 6.7 reclaim shall find it, since 6.18 it does again)
    "rmap_mlocks_leaves": ("yes", "no"),
    # mm/internal.h:munlock_vma_folio: a part that a locked area no longer maps munlocks the whole
    "parts_munlock": ("no", "yes"),
    # mm/migrate.c:migrate_pages_batch: what is mapped in part is split first, and its parts move
    "migration_splits": ("no", "partly_mapped"),
    # mm/migrate.c:migrate_folio_move: the new page waits for its split if the old one did
    "migration_requeues": ("no", "yes"),
    # mm/huge_memory.c:__split_huge_pmd_locked with freeze: a leaf of a huge page that is split
    # becomes migration entries by way of 512 mappings that end one by one, or at once
    "leaf_unmapped": ("by_parts", "at_once"),
    # mm/userfaultfd.c:mwriteprotect_range: of a range within one area, or (6.4) of each area of it;
    # not_read: userfaultfd is not modelled
    "uffd_writeprotect": ("not_read", "one_area", "each_area"),
    # mm/userfaultfd.c:uffd_wp_range: an entry that is no longer protected becomes writable at once
    # where mprotect would make it so (6.2)
    "uffd_resolve_makes_writable": ("no", "yes"),
    # mm/mmap.c:vma_wants_writenotify: shared mappings of hugetlb are watched for soft-dirty (before
    # 6.0, which copied their pages at the write that it waited for)
    "hugetlb_writenotify": ("no", "yes"),
    # mm/userfaultfd.c:find_vma_and_prepare_anon: an area that is to be filled gets its anon_vma
    # once all is well, or as it is looked up, whatever comes of it (6.9)
    "uffd_lookup": ("area", "area_with_anon_vma"),
    # mm/khugepaged.c:madvise_collapse_errno: MADV_COLLAPSE of too many holes (any is, where
    # userfaultfd watches): never, or not now
    "collapse_too_empty": ("EINVAL", "EBUSY"),
    # include/linux/pagevec.h:PAGEVEC_SIZE: how many pages a batch of a CPU holds (31 since 6.9)
    "batch_size": ("15", "31"),
    # mm/hugetlb.c:__unmap_hugepage_range: a private page that nobody maps any more gives its
    # process the promise of one back once it is freed (6.12); not_read: hugetlb is not modelled
    "hugetlb_restores": ("no", "private_pages", "not_read"),
    # mm/migrate.c:add_page_for_migration: which part of a page of hugetlb is asked to move it: the
    # first, while others are refused, or any (6.12)
    "hugetlb_moves": ("first_part", "any_part"),
    # mm/filemap.c:__filemap_add_folio: the references of a file's page of hugetlb: one, or one for
    # each part, as of every large folio (6.12)
    "hugetlb_cache_refs": ("one", "each_part"),
    # fs/userfaultfd.c:userfaultfd_continue: UFFDIO_CONTINUE_MODE_WP (6.4)
    "uffd_continue_wp": ("no", "yes"),
    # mm/migrate.c:remove_migration_pte: a page that comes back where it could not be written is
    # read-only as before, or as the area has it
    "restored_write": ("of_area", "as_before"),
    # mm/huge_memory.c:change_huge_pmd: NUMA balancing asks nothing of the page of a leaf, or what
    # it asks of any page (6.19: mm/mempolicy.c:folio_can_map_prot_numa)
    "numa_hints_leaves": ("any", "as_pages"),
    # mm/madvise.c:madvise_vma_behavior: which areas MADV_DOFORK refuses
    "dofork_refuses": ("VM_IO", "VM_SPECIAL"),
    # mm/memory.c:do_swap_page of a synchronous device: a page that one entry names never enters the
    # swap cache; or all do, and leave it once they are mapped and no entry names them (7.0)
    "swapin_cache": ("skipped_for_one", "left_when_mapped"),
    # mm/memremap.c:zone_device_page_init: what of the last user goes: the count alone, or the first
    # eight flags too (6.19)
    "device_page_init": ("count", "flags"),
    # mm/rmap.c:try_to_migrate_one with TTU_SPLIT_HUGE_PMD: does the walk over the mappings end with
    # the first leaf: then a huge page of which there are more leaves cannot be split
    "split_unmaps": ("every_mapping", "until_first_leaf"),
    # mm/huge_memory.c:do_huge_pmd_wp_page: a write to the huge zero page: of its leaf becomes a
    # table, or a new huge page takes its place (do_huge_zero_wp_pmd), which waits for a split too
    "zero_leaf_written": ("table", "new_leaf", "new_leaf_queued"),
    # mm/khugepaged.c:__collapse_huge_page_isolate: khugepaged and a page that MADV_FREE has let go
    "collapse_lazyfree": ("taken", "left"),
    # mm/huge_memory.c:deferred_split_scan: what cannot be split is met once, or again and again
    # while there is something to scan
    "split_scan": ("once", "while_it_lasts"),
    # mm/migrate_device.c: does device memory have huge pages (6.19): then migrate_vma takes a leaf
    # as a whole, and splits a huge page that it meets in parts
    "device_thp": ("no", "yes"),
    # lib/test_hmm.c:dmirror_migrate_to_device: pages that one migrate_vma call of the driver takes
    "device_batch": ("64", "32", "512"),
    # mm/userfaultfd.c, mm/shmem.c: what is filled behind the end of a shmem file gets: -EFAULT, and
    # -EINVAL to continue; or no page at all, and -EFAULT (shmem_mfill_folio_alloc, 7.1)
    "uffd_beyond_file": ("EFAULT", "ENOMEM"),
    # mm/shmem.c:shmem_suitable_orders: a fault in a hole of shmem gets a huge page where the file
    # may have one, or (6.12) where the area could map it by a leaf, too; not_read: not modelled
    "shmem_huge": ("file", "file_and_area", "not_read"),
    # mm/memory.c:do_set_pmd: does MADV_NOHUGEPAGE keep leaves from a huge page that is there
    "leaf_honours_advice": ("no", "yes"),
    # mm/memory.c:finish_fault: where a fault in shared anonymous memory meets a huge page that it
    # cannot map by a leaf, it maps one part, or all (6.12); not_read: with shmem_huge
    "fault_maps_whole": ("no", "shared_anonymous", "not_read"),
    # mm/khugepaged.c:retract_page_tables: whose empty tables go once shmem is collapsed: those of
    # who collapses (khugepaged: of whose mmap_lock is free), while others wait; or all (6.12)
    "retracts_tables": ("own", "all"),
    # mm/khugepaged.c:collapse_file: is a page that was in swap put on the LRU, to be isolated
    "collapse_drains": ("no", "yes"),
    # mm/filemap.c:generic_perform_write: what of a file one step of write(2) is about: a page, or
    # as much as is in one folio (6.12), which was used once then
    "write_steps": ("pages", "folios"),
    # mm/khugepaged.c:hugepage_madvise, or mm/madvise.c:madvise_update_vma (6.12): advice brings a
    # process to khugepaged by the area as it is before, or as it is cut and flagged after
    "khugepaged_enters": ("before", "after"),
    # mm/madvise.c:madvise_cold_or_pageout_pte_range: is an active page marked as of the working set
    # (PG_workingset), which it is again when it comes back from swap
    "cold_notes_active": ("no", "yes"),
    # fs/hugetlbfs/inode.c:hugetlbfs_punch_hole: of a huge page that it has in part a hole makes
    # zeroes (6.0); not_read: named files of hugetlb, and holes in others, are not modelled
    "hugetlb_holes": ("not_read", "zero_parts"),
}
# Behaviours that came after the first records: their first word is what every kernel did before,
# and a digest without them outlives the new word.
NEWER_BEHAVIOURS: Final = frozenset(list(BEHAVIOURS)[B_KPAGEFLAGS_KSM:])
