# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines of khugepaged that a scan before them has decided, or of which only a tracepoint tells."""

from typing import Final

from linuxmm.explore.reasons.record import Reason, inside, lines

_ISOLATE: Final = "mm/khugepaged.c:__collapse_huge_page_isolate"
_SCAN: Final = "mm/khugepaged.c:hpage_collapse_scan_pmd"
_SCANNED: Final = (
    "the scan has asked it in the same step; what was read in since is young, anonymous, on the "
    "LRU and of this process"
)
_COMPOUND: Final = "parts of a huge page that PTEs map: no set-up of the search has them"
_TOLD: Final = "khugepaged alone gives up for this, and tells nobody but a tracepoint why"
_SLOT: Final = "mm/khugepaged.c:khugepaged_scan_mm_slot"
_ERRNO: Final = "mm/khugepaged.c:madvise_collapse_errno"

_PTE_MAPPED: Final = "mm/khugepaged.c:collapse_pte_mapped_thp"
_FOUND: Final = "khugepaged comes back to 2 MiB of a file's VMA that it has found, which has them"
_FOUND_IN: Final = "mm/khugepaged.c:khugepaged_add_pte_mapped_thp"

COLLAPSE: Final[tuple[Reason, ...]] = (
    *inside(_PTE_MAPPED, "the model's caller has looked for the table before",
            "mm/khugepaged.c:find_pmd_or_thp_or_none", "result == SCAN_PMD_MAPPED"),
    *inside(_PTE_MAPPED, _FOUND, _FOUND_IN, "!vma || !vma->vm_file*",
            "!hugepage_vma_check(*"),
    *lines(_PTE_MAPPED, _FOUND, _FOUND_IN, "if (!vma || !vma->vm_file ||*",
           "!range_in_vma(vma, haddr, haddr + HPAGE_PMD_SIZE))", "if (!hugepage_vma_check(vma, *"),
    *inside(_PTE_MAPPED, "of a huge page in the cache nothing is truncated: not modelled",
            "mm/truncate.c:truncate_inode_partial_folio", "!hpage"),
    *inside(_PTE_MAPPED, "a huge page has the order of a leaf", "mm/shmem.c:shmem_alloc_hugefolio",
            "compound_order(hpage) != HPAGE_PMD_ORDER"),
    *lines(_PTE_MAPPED, "vm_normal_page asks for the address where it tells of a bad entry alone",
           "mm/memory.c:print_bad_pte", "i < HPAGE_PMD_NR; i++, addr += PAGE_SIZE, pte++) {",
           kind="operator changed"),
    *lines(_PTE_MAPPED, "who walks the reverse map meanwhile: nobody does in a step",
           "mm/rmap.c:rmap_walk_file", "if (vma->anon_vma)"),
    *inside(_ISOLATE, _SCANNED, _SCAN, "!pte_present(pteval)", "*is_zone_device_page(page)*",
            "isolate_lru_page(page)", "unlikely(!writable)",
            "unlikely(cc->is_khugepaged && !referenced)", "else of !userfaultfd_armed(vma) &&*"),
    *lines(_ISOLATE, _SCANNED, _SCAN, "int none_or_zero = 0, shared = 0, *",
           kind="constant changed"),
    *lines(_ISOLATE, _SCANNED, _SCAN, "bool writable = false;", "++none_or_zero;", "referenced++;",
           "if (cc->is_khugepaged && (pte_young(pteval) ||*", "if (cc->is_khugepaged &&"),
    *inside(_SCAN, "the model's caller has looked for the table before",
            "mm/khugepaged.c:find_pmd_or_thp_or_none", "result != SCAN_SUCCEED"),
    *lines(_ISOLATE, _TOLD, _SLOT, "result = SCAN_EXCEED_SHARED_PTE;"),
    *lines(_SCAN, _TOLD, _SLOT, "result = SCAN_LACK_REFERENCED_PAGE;"),
    *lines(_ISOLATE, "MADV_COLLAPSE gives EAGAIN for it, as for a page that is locked", _ERRNO,
           "result = SCAN_PAGE_COUNT;", kind="flag changed"),
    *lines(_ISOLATE, _COMPOUND, "mm/huge_memory.c:__split_huge_pmd_locked",
           "if (PageCompound(page))*"),
    *lines(_ISOLATE, "no entry in swap has the number of the zero page",
           "mm/swapfile.c:swp_swap_info",
           "if (pte_none(pteval) || (pte_present(pteval) && is_zero_pfn*", kind="operand dropped"),
    *(one for function in (_ISOLATE, _SCAN) for one in (
        *lines(function, "every way out of it sets the result", _SCAN,
               "int*result = SCAN_FAIL, referenced = 0;", kind="flag changed"),
        *lines(function, "vm_normal_page asks for the address where it tells of a bad entry alone",
               "mm/memory.c:print_bad_pte", "_pte++, *address += PAGE_SIZE) {",
               kind="operator changed"),
        *lines(function, "PG_young and PG_idle are set by idle page tracking and DAMON, and no "
               "secondary MMU looks on: neither is modelled",
               "mm/page_idle.c:page_idle_clear_pte_refs_one", "(pte_young(pteval) || *young(*",
               kind="operand dropped"),
    )),
    *lines("mm/memory.c:do_swap_page",
           "page->private of an anonymous page that is not in the swap cache: nobody reads it",
           "mm/page_alloc.c:page_expected_state", "folio->private = NULL;"),
)  # fmt: skip
