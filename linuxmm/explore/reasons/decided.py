# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines that say what another line, or whoever calls, has said already."""

from typing import Final

from linuxmm.explore.reasons.record import Reason, inside, lines

_MMU: Final = "fs/proc/task_mmu.c"
_ALL: Final = "the mappings of a page become migration entries together: none is beside them"
_ALL_IN: Final = "mm/rmap.c:try_to_migrate"
_NUMBER: Final = "any number but 0 is an error to who asks"

DECIDED: Final[tuple[Reason, ...]] = (
    # --- fs/proc/task_mmu.c ---
    *lines(f"{_MMU}:smaps_pte_entry", "the share of one is all of it", f"{_MMU}:smaps_pte_entry",
           "if (mapcount >= 2) {", kind="constant changed"),
    *lines(f"{_MMU}:smaps_pte_entry", _ALL, _ALL_IN, "migration = true;"),
    *lines(f"{_MMU}:smaps_pte_entry", "what is no page is turned away next",
           f"{_MMU}:smaps_pte_entry", "return;", kind="exit removed"),
    *lines(f"{_MMU}:pte_to_pagemap_entry", _ALL, _ALL_IN,
           "migration = is_migration_entry(entry);"),
    *lines(f"{_MMU}:pte_to_pagemap_entry", _ALL, _ALL_IN, "if (page && !migration &&*",
           kind="operand dropped"),
    *lines(f"{_MMU}:pagemap_pmd_range", "every way to its end sets it", f"{_MMU}:add_to_pagemap",
           "int err = 0;"),
    *lines(f"{_MMU}:pagemap_pmd_range", "the buffer of a read ends where the range does",
           f"{_MMU}:add_to_pagemap", "return err;", kind="return value changed"),
    *lines(f"{_MMU}:gather_stats", "the same number once more", f"{_MMU}:gather_stats",
           "if (count > md->mapcount_max)", kind="operator changed"),
    *lines(f"{_MMU}:can_gather_numa_stats",
           "device pages that vm_normal_page gives lie on nodes without memory, refused next",
           "mm/memremap.c:pagemap_range", "if (!page || is_zone_device_page(page))"),
    *(one for name in ("can_gather_numa_stats", "can_gather_numa_stats_pmd") for one in lines(
        f"{_MMU}:{name}", "the pages of the vdso are reserved: no mapping of the language has them",
        "arch/x86/entry/vdso/vma.c:vdso_fault", "if (PageReserved(page))", kind="call changed")),
    *inside(f"{_MMU}:pte_is_pinned", "without a pin ever no page looks pinned, which is asked next",
            "include/linux/mm.h:page_maybe_dma_pinned", "likely(!test_bit(MMF_HAS_PINNED, *"),
    # --- mm/ksm.c ---
    Reason(("mm/ksm.c:scan_get_next_rmap_item",),
           "a step is atomic: no mm leaves ksmd's list between two looks at it",
           "mm/ksm.c:__ksm_exit", text="return NULL;", kind="exit removed",
           within="mm_slot == &ksm_mm_head"),
    *lines("mm/ksm.c:scan_get_next_rmap_item", "the same number once more",
           "mm/ksm.c:scan_get_next_rmap_item", "if (ksm_scan.address < vma->vm_start)",
           kind="operator changed"),
    *lines("mm/ksm.c:scan_get_next_rmap_item", "a VMA without an anon_vma has no page to be found",
           "mm/ksm.c:ksm_next_page_pmd_entry", "ksm_scan.address = vma->vm_end;"),
    # --- include/linux ---
    *lines("include/linux/mm.h:page_needs_cow_for_dma",
           "without a pin ever no page looks pinned, which is asked next",
           "include/linux/mm.h:page_maybe_dma_pinned", "return false;", kind="exit removed"),
    *lines("include/linux/rmap.h:page_try_*_anon_rmap", _NUMBER, "mm/memory.c:copy_present_pte",
           "return -EBUSY;", kind="errno changed"),
    *lines("include/linux/rmap.h:page_try_dup_anon_rmap", "a page of a device is never pinned",
           "include/linux/rmap.h:page_try_dup_anon_rmap", "*!is_device_private_page(page)*",
           kind="operand dropped"),
    *(Reason(("include/linux/rmap.h:page_try_dup_anon_rmap",),
             "a page that is pinned is exclusive: one that is not takes the same way",
             "mm/gup.c:gup_must_unshare", text=text, kind=kind)
      for text, kind in (("if (!PageAnonExclusive(page))", "call changed"),
                         ("goto dup;", "exit removed"))),
    *inside("include/linux/rmap.h:page_try_share_anon_rmap",
            "of a page of a device the entry alone says whether it is exclusive",
            "mm/rmap.c:try_to_migrate_one", "unlikely(is_device_private_page(page))"),
    *lines("include/linux/rmap.h:page_vma_mapped_walk_done", "pte_unmap does nothing on x86-64",
           "include/linux/pgtable.h:pte_unmap", "if (pvmw->pte && *"),
    *lines("include/linux/swapops.h:pfn_swap_entry_to_page", "what is said to the log alone",
           "include/asm-generic/bug.h", "if (is_migration_entry(entry)) {"),
    Reason(("include/linux/mm.h:range_in_vma",),
           "khugepaged comes back to 2 MiB of a file's VMA that it has found, which has them",
           "mm/khugepaged.c:khugepaged_add_pte_mapped_thp"),
    # --- mm/gup.c ---
    *(one for name in ("try_grab_folio", "gup_put_folio") for one in lines(
        f"mm/gup.c:{name}", "who asks here gives FOLL_GET or FOLL_PIN", "mm/gup.c:gup_pte_range",
        "*if (flags & FOLL_PIN) {", kind="operator changed")),
    *lines("mm/gup.c:try_grab_folio", "what fast GUP leaves, slow GUP takes",
           "mm/gup.c:internal_get_user_pages_fast", "if (unlikely((flags & FOLL_LONGTERM) &&*",
           kind="operand dropped"),
    *lines("mm/gup.c:can_follow_write_pte",
           "no file is opened for reading or writing alone: every mapping may be made both",
           "mm/mmap.c:do_mmap", "if (vma->vm_flags & (VM_MAYSHARE | VM_SHARED))"),
    *lines("mm/gup.c:can_follow_write_pte",
           "only anonymous pages are exclusive, which is asked next",
           "mm/rmap.c:__page_set_anon_rmap", "if (!page || !PageAnon(page) ||*"),
    Reason(("mm/gup.c:can_follow_write_pte",),
           "a shared mapping has no anonymous page, which is asked next",
           "mm/gup.c:can_follow_write_pte", text="return false;", kind="exit removed",
           within="vma->vm_flags & (VM_MAYSHARE | VM_SHARED)"),
)  # fmt: skip
