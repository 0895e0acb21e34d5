" Vim syntax of linuxmm scenarios (.mm): made by tools/editors.py from linuxmm/scenario: do not edit
if exists("b:current_syntax") | finish | endif
syntax case match
syntax iskeyword @,48-57,_,-
syntax match mmComment /#.*$/
syntax match mmHeader /^linuxmm-scenario [0-9]\+$/
syntax match mmLabel /^\s*\zs[a-z][a-z0-9_]*\ze\%(: \|\s*= \)/
syntax match mmSection /^\%(name\|intent\|requires\|machine\|steps\|expect\|never\|exists\)\%( [^:]*\)\?:/
syntax match mmNumber /\<\%(0x\x\+\|\d\+[pKMGT]\?\)\>/
syntax match mmErrno /-E[A-Z0-9]\+/
syntax match mmActor /\<\%(P\d\+\%(\.t\d\+\)\?\|\%(coherent\|private\|dax\|devdax\|p2pdma\|cpu\|node\)\d\+\|ksmd\|khugepaged\|kswapd\|numa\)\>/
syntax keyword mmVerb cgroup_procs check_exclusive clear_refs drain drop_caches exclusive exit fail
syntax keyword mmVerb fallocate file finalize follow_page fork fsync ftruncate full_scan
syntax keyword mmVerb get get_fast get_mempolicy kpagecount kpageflags ksm ksm_set madvise
syntax keyword mmVerb mbind memfd_create meminfo memory_current memory_reclaim memory_stat migrate migrate_pages
syntax keyword mmVerb migrate_to_sys mincore mlock mlock2 mlockall mmap move_charge_at_immigrate move_pages
syntax keyword mmVerb mprotect mremap munlock munlockall munmap numa_maps pagemap pages
syntax keyword mmVerb pin pin_fast pread process_madvise put pwrite read reclaim
syntax keyword mmVerb release remap_pfn_range scan set_mempolicy setup smaps smaps_rollup snapshot
syntax keyword mmVerb split_huge_pages status uffdio_continue uffdio_copy uffdio_unregister uffdio_wake uffdio_writeprotect uffdio_zeropage
syntax keyword mmVerb unmap_mapping_range unpin userfaultfd vm_insert_mixed vm_insert_page vmstat vsyscall write
syntax keyword mmFlag FALLOC_FL_KEEP_SIZE FALLOC_FL_PUNCH_HOLE FALLOC_FL_ZERO_RANGE FOLL_ANON FOLL_COW FOLL_DUMP FOLL_FAST_ONLY FOLL_FORCE
syntax keyword mmFlag FOLL_GET FOLL_HONOR_NUMA_FAULT FOLL_HWPOISON FOLL_INTERRUPTIBLE FOLL_LONGTERM FOLL_LRU FOLL_MIGRATION FOLL_MLOCK
syntax keyword mmFlag FOLL_NOFAULT FOLL_NOWAIT FOLL_NUMA FOLL_PCI_P2PDMA FOLL_PIN FOLL_POPULATE FOLL_REMOTE FOLL_SPLIT_PMD
syntax keyword mmFlag FOLL_TOUCH FOLL_TRIED FOLL_WRITE MADV_COLD MADV_COLLAPSE MADV_DODUMP MADV_DOFORK MADV_DONTDUMP
syntax keyword mmFlag MADV_DONTFORK MADV_DONTNEED MADV_DONTNEED_LOCKED MADV_FREE MADV_GUARD_INSTALL MADV_GUARD_REMOVE MADV_HUGEPAGE MADV_HWPOISON
syntax keyword mmFlag MADV_KEEPONFORK MADV_MERGEABLE MADV_NOHUGEPAGE MADV_NORMAL MADV_PAGEOUT MADV_POPULATE_READ MADV_POPULATE_WRITE MADV_RANDOM
syntax keyword mmFlag MADV_REMOVE MADV_SEQUENTIAL MADV_SOFT_OFFLINE MADV_UNMERGEABLE MADV_WILLNEED MADV_WIPEONFORK MCL_CURRENT MCL_FUTURE
syntax keyword mmFlag MCL_ONFAULT MFD_HUGETLB MIGRATE_VMA_SELECT_DEVICE_COHERENT MIGRATE_VMA_SELECT_DEVICE_PRIVATE MIGRATE_VMA_SELECT_SYSTEM MLOCK_ONFAULT MPOL_BIND MPOL_DEFAULT
syntax keyword mmFlag MPOL_F_ADDR MPOL_F_MEMS_ALLOWED MPOL_F_NODE MPOL_F_RELATIVE_NODES MPOL_F_STATIC_NODES MPOL_INTERLEAVE MPOL_LOCAL MPOL_MF_LAZY
syntax keyword mmFlag MPOL_MF_MOVE MPOL_MF_MOVE_ALL MPOL_MF_STRICT MPOL_PREFERRED MPOL_PREFERRED_MANY MPOL_WEIGHTED_INTERLEAVE MREMAP_DONTUNMAP MREMAP_FIXED
syntax keyword mmFlag MREMAP_MAYMOVE UFFDIO_CONTINUE_MODE_WP UFFDIO_COPY_MODE_WP UFFDIO_REGISTER_MODE_MINOR UFFDIO_REGISTER_MODE_MISSING UFFDIO_REGISTER_MODE_WP UFFDIO_WRITEPROTECT_MODE_WP UFFD_USER_MODE_ONLY
syntax keyword mmFlag alloc anon devmap droppable empty find_special_page g1 g2
syntax keyword mmFlag g3 growsdown hugetlb locked mixedmap mkwrite none noreserve
syntax keyword mmFlag page pfn pfnmap pfns populate private r root
syntax keyword mmFlag rw rwx rx shared w x
syntax keyword mmKey Active AnonHugePages AnonPages Anonymous Buffers Cached Dirty FileHugePages
syntax keyword mmKey FilePmdMapped HugePages_Free HugePages_Rsvd HugePages_Surp HugePages_Total HugetlbPages Inactive KSM
syntax keyword mmKey KernelPageSize LazyFree Locked MMUPageSize Mapped MemAvailable MemFree Mlocked
syntax keyword mmKey PageTables Private_Clean Private_Dirty Private_Hugetlb ProtectionKey Pss Pss_Anon Pss_Dirty
syntax keyword mmKey Pss_File Pss_Shmem Referenced Rss RssAnon RssFile RssShmem Shared_Clean
syntax keyword mmKey Shared_Dirty Shared_Hugetlb Shmem ShmemHugePages ShmemPmdMapped Size Slab Swap
syntax keyword mmKey SwapCached SwapFree SwapPss SwapTotal THPeligible Unevictable VmData VmExe
syntax keyword mmKey VmFlags VmHWM VmLck VmLib VmPTE VmPeak VmPin VmRSS
syntax keyword mmKey VmSize VmStk VmSwap Writeback active active_anon active_file anon_thp
syntax keyword mmKey cache cow_ksm cpages dirty drop_pagecache faults file_mapped full_scans
syntax keyword mmKey inactive_anon inactive_file kernelpagesize_kB ksm_swpin_copy mapmax mapped mapped_file max_page_sharing
syntax keyword mmKey merge_across_nodes migrated mode node nodes nr_active_anon nr_active_file nr_anon_pages
syntax keyword mmKey nr_anon_transparent_hugepages nr_dirty nr_file_pages nr_foll_pin_acquired nr_foll_pin_released nr_free_pages nr_inactive_anon nr_inactive_file
syntax keyword mmKey nr_isolated_anon nr_isolated_file nr_mapped nr_mlock nr_shmem nr_shmem_hugepages nr_shmem_pmdmapped nr_unevictable
syntax keyword mmKey nr_writeback numa_hint_faults numa_hint_faults_local numa_pages_migrated numa_pte_updates pages_shared pages_sharing pages_to_scan
syntax keyword mmKey pages_unshared pages_volatile pgactivate pgdeactivate pgfault pglazyfree pglazyfreed pgmajfault
syntax keyword mmKey pgmigrate_fail pgmigrate_success pgreuse pgrotated pgsteal_direct pgsteal_kswapd policy pswpin
syntax keyword mmKey pswpout rss run shmem shmem_thp sleep_millisecs stable_node_chains stable_node_chains_prune_millisecs
syntax keyword mmKey stable_node_dups swapcache swapcached thp_collapse_alloc thp_collapse_alloc_failed thp_deferred_split_page thp_fault_alloc thp_fault_fallback
syntax keyword mmKey thp_file_alloc thp_file_fallback thp_file_mapped thp_migration_fail thp_migration_split thp_migration_success thp_scan_exceed_none_pte thp_scan_exceed_share_pte
syntax keyword mmKey thp_scan_exceed_swap_pte thp_split_page thp_split_page_failed thp_split_pmd thp_swpout thp_swpout_fallback thp_zero_page_alloc unevictable
syntax keyword mmKey unevictable_pgs_cleared unevictable_pgs_culled unevictable_pgs_mlocked unevictable_pgs_munlocked unevictable_pgs_rescued unevictable_pgs_scanned unevictable_pgs_stranded use_zero_pages
syntax keyword mmKey writeback
syntax match mmKey +\<Active(anon)\>+
syntax match mmKey +\<Active(file)\>+
syntax match mmKey +\<Inactive(anon)\>+
syntax match mmKey +\<Inactive(file)\>+
syntax keyword mmOutcome SIGBUS SIGKILL SIGSEGV bad-page-map bad-page-state bad-pmd bad-rss-counter bug
syntax keyword mmOutcome content deferred-split device-return endless ends foll-lru isolated ksm-device
syntax keyword mmOutcome ksm-device-migrated locks lru-add lru-device mapcount memcg mlock oom-kill
syntax keyword mmOutcome oops pin pool refcount report rmap rss swap-count
syntax keyword mmOutcome thp-device uffd-wp warn
highlight default link mmComment Comment
highlight default link mmHeader PreProc
highlight default link mmSection Statement
highlight default link mmLabel Label
highlight default link mmNumber Number
highlight default link mmErrno Error
highlight default link mmActor Identifier
highlight default link mmVerb Function
highlight default link mmFlag Constant
highlight default link mmKey Type
highlight default link mmOutcome Special
let b:current_syntax = "linuxmm"
