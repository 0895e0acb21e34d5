# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines about huge pages, by leaves, in parts and of the pool, that no state here comes to."""

from typing import Final

from linuxmm.explore.reasons.record import EVERYWHERE, Reason, inside, lines, within

_MMU: Final = "fs/proc/task_mmu.c"
_MOVES: Final = "an entry of 2 MiB is one of migration only while its page moves, within a step"
_MOVES_IN: Final = "mm/huge_memory.c:set_pmd_migration_entry"
_OWN: Final = (
    "the model walks the reverse map of huge pages by functions of its own: this text meets no leaf"
)
_OWN_IN: Final = "mm/page_vma_mapped.c:page_vma_mapped_walk"
_TOLD: Final = "under the lock a leaf was told from a table, and none is made in a step"
_AGAIN: Final = "pmd_trans_unstable tells the same of a leaf, and goes the same way"
_UNSTABLE: Final = "include/linux/pgtable.h:pmd_none_or_trans_huge_or_clear_bad"
_FILES: Final = "huge pages of file systems, and leaves of device memory, are not modelled"
_FILES_IN: Final = "mm/khugepaged.c:collapse_file"
_POOL: Final = "pages of hugetlb are neither moved nor reclaimed: not modelled"
_POOL_IN: Final = "mm/migrate.c:unmap_and_move_huge_page"
_COMPOUND: Final = "parts of a huge page that PTEs map: no set-up of the search has them there"
_SPLIT: Final = "mm/huge_memory.c:__split_huge_pmd_locked"
_NEXT: Final = "a page of one entry has no second one in a VMA: parts of a huge page have"
_NEXT_IN: Final = "mm/internal.h:vma_address_end"
_FRAME: Final = "the number of a frame: no report of the language has it"
_FRAME_IN: Final = f"{_MMU}:pte_to_pagemap_entry"

HUGE: Final[tuple[Reason, ...]] = (
    # --- leaves ---
    *within(_MOVES, _MOVES_IN, "*is_pmd_migration_entry(*", "*is_swap_pmd(*", "*!pmd_present(*",
            "*is_migration_entry(pmd_to_swp_entry(pmd))*"),
    *inside(f"{_MMU}:pagemap_pmd_range", _MOVES, _MOVES_IN, "*flags & PM_SWAP*"),
    Reason(("arch/x86/include/asm/pgtable.h:pmd_swp_*", "arch/x86/include/asm/pgtable.h:pmd_clear*",
            "arch/x86/include/asm/pgtable_types.h:*pmd*", "include/linux/huge_mm.h:is_swap_pmd",
            "include/linux/huge_mm.h:thp_migration_supported"), _MOVES, _MOVES_IN),
    *within(_TOLD, _UNSTABLE, "*pmd_trans_unstable(*", "*pmd_devmap_trans_unstable(*"),
    *(Reason((f"{_MMU}:{name}",), _AGAIN, _UNSTABLE, text=text, kind="exit removed", within="ptl")
      for name, text in (("smaps_pte_range", "goto out;"), ("clear_refs_pte_range", "return 0;"),
                         ("gather_pte_stats", "return 0;"), ("pagemap_pmd_range", "return err;"))),
    *inside(f"{_MMU}:smaps_pmd_entry", _FILES, _FILES_IN, "else of is_zone_device_page(page)"),
    *lines(f"{_MMU}:smaps_pmd_entry", _FILES, _FILES_IN, "else if (is_zone_device_page(page))"),
    *lines(f"{_MMU}:clear_soft_dirty_pmd",
           "nobody uses the page while its entry is away: a step is atomic",
           "mm/huge_memory.c:change_huge_pmd", "pmd = pmd_mkdirty(pmd);",
           "pmd = pmd_mkyoung(pmd);"),
    *lines(f"{_MMU}:pagemap_pmd_range", _FRAME, _FRAME_IN, "u64 flags = 0, frame = 0;",
           "frame = pmd_pfn(pmd) +", "((addr & ~PMD_MASK) >> PAGE_SHIFT);",
           "if (flags & PM_PRESENT)"),
    *lines(f"{_MMU}:pagemap_pmd_range", "a leaf has a page", "mm/huge_memory.c:set_huge_zero_page",
           "if (page && *", kind="operand dropped"),
    Reason(("mm/page_vma_mapped.c:check_pmd", "include/linux/huge_mm.h:transhuge_vma_suitable",
            "mm/rmap.c:page_remove_anon_compound_rmap", "include/linux/mm_types.h:compound_*",
            "include/linux/mmu_notifier.h:*"), _OWN, _OWN_IN),
    *within(_OWN, _OWN_IN, "!pvmw.pte", "!pvmw->pte"),
    *inside("mm/migrate.c:remove_migration_pte", _OWN, _OWN_IN, "folio_test_large(folio) && *"),
    *lines("mm/hmm.c:hmm_vma_walk_pmd", _MOVES, _MOVES_IN, "unsigned long npages = *"),
    # --- parts ---
    Reason(EVERYWHERE, _COMPOUND, _SPLIT, text="*PageTransCompound*"),
    *within(_COMPOUND, _SPLIT, "PageTransCompound(page)", "compound",
            "compound && PageTransHuge(page)", "*folio_test_large(folio)", "PageCompound(page)",
            "*!pvmw->pte*", "else of pvmw.pte"),
    *inside("mm/internal.h:vma_address_end", _COMPOUND, _NEXT_IN, "*pvmw->nr_pages == 1*"),
    *lines("mm/internal.h:vma_address_end", _COMPOUND, _NEXT_IN, "pgoff = *",
           "address = vma->vm_*", "if (address < *", "return address;"),
    *inside("mm/rmap.c:page_add_file_rmap", _COMPOUND, _SPLIT,
            "PageTransCompound(page) && page_mapping(page)"),
    *inside("mm/page_vma_mapped.c:page_vma_mapped_walk", _NEXT, _NEXT_IN,
            "*(pvmw->address & (PMD_SIZE - PAGE_SIZE)) == 0*"),
    *lines("mm/page_vma_mapped.c:page_vma_mapped_walk", _NEXT, _NEXT_IN, "return false;",
           "} while (pvmw->address < end);"),
    *lines("mm/page_vma_mapped.c:page_vma_mapped_walk", _NEXT, _NEXT_IN, "pvmw->pte++;",
           "} while (pte_none(*pvmw->pte));", "if (!pvmw->ptl) {",
           "pvmw->ptl = pte_lockptr(mm, pvmw->pmd);", "spin_lock(pvmw->ptl);", "goto this_pte;"),
    *inside("mm/page_vma_mapped.c:page_vma_mapped_walk", _COMPOUND, _OWN_IN, "*PVMW_SYNC*"),
    # --- the pool ---
    *inside(f"{_MMU}:smaps_hugetlb_range",
            "an entry of hugetlb is a migration entry only while its page moves, within a step",
            "mm/rmap.c:try_to_migrate_one", "*is_swap_pte(*pte)*"),
    *lines(f"{_MMU}:smaps_hugetlb_range", "tables that processes share are not modelled",
           "mm/hugetlb.c:huge_pmd_share", "*hugetlb_pmd_shared*", kind="operand dropped"),
    *within(_POOL, _POOL_IN, "folio_test_hugetlb(folio)"),
    Reason(("include/asm-generic/hugetlb.h:*", "include/linux/hugetlb.h:*",
            "arch/x86/include/asm/pgtable-2level.h:native_pte_clear",
            "arch/x86/include/asm/pgtable.h:pte_set_flags",
            "arch/x86/include/asm/pgtable.h:pte_mkhuge",
            "arch/x86/include/asm/pgtable_types.h:native_*pte*"), _POOL, _POOL_IN),
    *within("hugetlb is not modelled as text", "mm/hugetlb.c:follow_huge_pmd_pte",
            "is_vm_hugetlb_page(vma)"),
)  # fmt: skip
