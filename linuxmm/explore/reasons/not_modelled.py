# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines of C that only a system comes to which is not modelled, or not as text."""

from typing import Final

from linuxmm.explore.reasons.record import Reason, inside, lines, within

_NO_MARKER: Final = "no story of explore/corners has a marker: none protects a page of a file"
_MARKER: Final = f"comes behind a marker alone: {_NO_MARKER}"
_FAULT: Final = f"{_MARKER}; the model's own file faults are not text"
_NO_ZERO: Final = "a file is cut: its mappings have pages at every entry, and no zero page"
_ACCESSIBLE: Final = "comes when a page cannot be made accessible, which x86 never says"
_UNLOCKED: Final = "MADV_PAGEOUT takes no page of a locked mapping"
_NOT_LOCKED: Final = "mm/madvise.c:can_madv_lru_vma"
_TRACKED: Final = "who asks knows that it is a frame of a VM_PFNMAP mapping (x86/mm/pat)"

_FILE_FAULTS: Final = (
    *(f"mm/memory.c:{name}" for name in
      ("do_fault", "do_cow_fault", "do_shared_fault", "do_read_fault", "finish_fault",
       "should_fault_around", "do_fault_around", "do_set_pte", "__do_fault",
       "fault_dirty_shared_page", "vmf_pte_changed", "arch_wants_old_prefaulted_pte")),
    "mm/internal.h:maybe_unlock_mmap_for_io",
    "include/linux/fs.h:get_file",
    "include/linux/mm.h:fault_flag_allow_retry_first",
    "include/linux/mm.h:vma_pages",
)  # fmt: skip

NOT_MODELLED: Final[tuple[Reason, ...]] = (
    # --- userfaultfd: of memory that is there, which needs no markers: corners/watched.py ---
    *within(_NO_MARKER, "mm/memory.c:handle_pte_marker", "*pte_marker*",
            "*uffd_wp && !vma_is_anonymous(vma)*"),
    *inside("mm/khugepaged.c:collapse_pte_mapped_thp", _NO_MARKER, "mm/memory.c:handle_pte_marker",
            "*userfaultfd_wp(vma)*"),
    *inside("mm/memory.c:copy_present_page", "a child is not watched: nobody asks for fork events",
            "fs/userfaultfd.c:dup_userfaultfd", "userfaultfd_pte_wp(dst_vma, *src_pte)"),
    Reason(("mm/memory.c:copy_nonpresent_pte", "mm/mprotect.c:change_pte_range"),
           "an entry that is protected is not a writable one", "mm/userfaultfd.c:uffd_wp_range",
           text="*pte_swp_mkuffd_wp*", within="is_writable_*"),
    *lines("mm/mprotect.c:change_pte_range", "the protection that protects is without the write",
           "mm/userfaultfd.c:uffd_wp_range", "ptent = pte_wrprotect(ptent);"),
    *inside("mm/memory.c:do_wp_page", "no flush of the TLB is pending",
            "mm/memory.c:flush_tlb_page", "*userfaultfd_wp(vmf->vma) &&*"),
    *lines("mm/memory.c:do_wp_page", "which fault it was, the message says that nobody reads",
           "fs/userfaultfd.c:handle_userfault", "return handle_userfault(vmf, *"),
    *inside("mm/khugepaged.c:__collapse_huge_page_isolate",
            "the second look at the same entries: the first has passed them",
            "mm/khugepaged.c:hpage_collapse_scan_pmd", "*pte_uffd_wp(pteval)*"),
    *lines("mm/rmap.c:try_to_migrate_one", "no page is unused: that is another architecture's",
           "mm/rmap.c:pte_unused", "*pte_unused(pteval)*"),
    Reason(("*:*uffd*", "*:*pte_marker*", "include/linux/swapops.h:swp_entry"), _MARKER,
           "mm/memory.c:handle_pte_marker"),
    Reason(_FILE_FAULTS, _FAULT, "mm/memory.c:handle_pte_marker"),
    # --- bad memory, failing hardware ---
    *within("hwpoison is not modelled", "mm/memory-failure.c", "*hwpoison*"),
    *within("no swap device fails to read", "mm/swapfile.c:unuse_pte", "*swapin_error*",
            "*!folio_test_uptodate*"),
    # --- accessible pages ---
    Reason(("mm/gup.c:sanity_check_pinned_pages", "mm/gup.c:unpin_user_page",
            "include/linux/mm.h:put_devmap_managed_page_refs",
            "include/linux/mm.h:folio_put_refs", "include/linux/page_ref.h:*",
            "include/linux/mm.h:is_zero_*", "include/linux/vmstat.h:node_stat_mod_folio",
            "include/linux/mm.h:folio_pgdat"), _ACCESSIBLE,
           "include/linux/mm.h:arch_make_page_accessible"),
    *inside("mm/gup.c:follow_page_pte", _ACCESSIBLE,
            "include/linux/mm.h:arch_make_page_accessible", "ret"),
    *inside("mm/gup.c:gup_pte_range", _ACCESSIBLE,
            "include/linux/mm.h:arch_make_page_accessible", "ret"),
    # --- truncation, the page attribute table, tiers of memory ---
    *inside("mm/memory.c:should_zap_page", _NO_ZERO, "mm/truncate.c:truncate_pagecache", "!page"),
    *inside("mm/memory.c:follow_phys", _TRACKED, "arch/x86/mm/pat/memtype.c:untrack_pfn",
            "!(vma->vm_flags & (VM_IO | VM_PFNMAP))", "follow_pte(*",
            "(flags & FOLL_WRITE) && !pte_write(pte)"),
    *inside("mm/memory.c:follow_pte", _TRACKED, "arch/x86/mm/pat/memtype.c:untrack_pfn",
            "!pte_present(*ptep)", "*pgd_none*", "*p4d_none*", "*pud_none*", "*pmd_bad*"),
    *lines("mm/memory.c:follow_pte", _TRACKED, "arch/x86/mm/pat/memtype.c:untrack_pfn",
           "pte_unmap_unlock(ptep, *ptlp);", "return -EINVAL;"),
    *within("NUMA balancing is on in mode 1, or off: tiers of memory are not modelled",
            "mm/mprotect.c:change_pte_range", "*NUMA_BALANCING_*", "*node_is_toptier*"),
    # --- reclaim of pages that several map ---
    *inside("mm/memory.c:do_swap_page",
            "a merged page in swap with several mappings: MADV_PAGEOUT takes pages of one alone",
            "mm/madvise.c:madvise_cold_or_pageout_pte_range",
            "*folio != swapcache && swapcache*", "*unlikely(!page)*"),
    *inside("mm/rmap.c:folio_referenced_one",
            "MADV_PAGEOUT takes pages of one mapping, has made that old, and none that is locked",
            "mm/madvise.c:madvise_cold_or_pageout_pte_range",
            "(vma->vm_flags & VM_LOCKED) &&*", "ptep_clear_flush_young_notify(*", "referenced",
            "*lru_gen_enabled*"),
    *lines("mm/rmap.c:folio_referenced_one",
           "MADV_PAGEOUT takes pages of one mapping: that it was the last one ends the walk",
           "mm/madvise.c:madvise_cold_or_pageout_pte_range", "return true;"),
    *inside("mm/rmap.c:folio_referenced_one",
            "PG_young and PG_idle are set by idle page tracking and DAMON, not modelled",
            "mm/page_idle.c:page_idle_clear_pte_refs_one", "folio_test_clear_young(folio)"),
    *inside("mm/madvise.c:madvise_cold_or_pageout_pte_range", _UNLOCKED, _NOT_LOCKED,
            "PageUnevictable(page)"),
    *inside("mm/rmap.c:try_to_unmap_one", _UNLOCKED, _NOT_LOCKED, "vma->vm_flags & VM_LOCKED",
            "!(flags & TTU_IGNORE_MLOCK)*"),
    *within("TTU_SPLIT_HUGE_PMD and TTU_SYNC are asked for by reclaim of huge pages and by "
            "truncation", "mm/vmscan.c:shrink_folio_list", "flags & TTU_SPLIT_HUGE_PMD",
            "flags & TTU_SYNC"),
    *inside("mm/page_vma_mapped.c:map_pte", "who looks for migration entries asks with PVMW_SYNC",
            "mm/migrate.c:remove_migration_pte", "pvmw->flags & PVMW_MIGRATION"),
)  # fmt: skip
