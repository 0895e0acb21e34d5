# SPDX-License-Identifier: GPL-2.0-or-later
"""Edits of kernel C that nothing can notice here, each with the reason.

A reason names a function and words of its text, never a line number.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from linuxmm.source.edits import Edit


@dataclass(frozen=True)
class Reason:
    """Why edits of these places cannot be noticed, and where the kernel or the model says so.

    `functions`: any of these, `text` one of the lines, `kind`, all may hold `*`; `within` is asked
    of every condition around the edit, and of the line itself.
    """

    functions: tuple[str, ...]
    why: str
    source: str
    text: str = "*"
    kind: str = "*"
    within: str = ""

    def names(self, edit: Edit, line: str) -> bool:
        """Is this edit of that line one of those?"""
        return (
            any(fnmatchcase(edit.place, function) for function in self.functions)
            and fnmatchcase(edit.kind, self.kind)
            and fnmatchcase(line, self.text)
            and (not self.within or self._is_around(edit, line))
        )

    def _is_around(self, edit: Edit, line: str) -> bool:
        found = any(fnmatchcase(condition, self.within) for condition in edit.within)
        return found or (self.within.startswith("*") and fnmatchcase(line, self.within))


_ALL: Final = ("*",)
_THP: Final = "an entry of a huge page (THP): the border says that executed text meets none"
_MARKER: Final = "comes behind a userfaultfd marker alone: userfaultfd is not modelled"
_ATOMIC: Final = "a step is atomic: nobody changes an entry or holds a page's lock in between"
_ACCESSIBLE: Final = "comes when a page cannot be made accessible, which x86 never says"
_PTE_SPECIAL: Final = "the way without pte_special, which this kernel has"
_DETAILS: Final = "a zap with details is one of truncation, which is not modelled"

_FILE_FAULTS: Final = (
    *(f"mm/memory.c:{name}" for name in
      ("do_fault", "do_cow_fault", "do_shared_fault", "do_read_fault", "finish_fault",
       "should_fault_around", "do_fault_around", "do_set_pte", "__do_fault",
       "fault_dirty_shared_page", "vmf_pte_changed", "arch_wants_old_prefaulted_pte")),
    "mm/internal.h:maybe_unlock_mmap_for_io",
    "include/linux/fs.h:get_file",
    "include/linux/mm.h:fault_flag_allow_retry_first",
)  # fmt: skip


def _within(why: str, source: str, *conditions: str) -> tuple[Reason, ...]:
    """One reason for whatever stands under one of these conditions, or asks it."""
    return tuple(Reason(_ALL, why, source, within=condition) for condition in conditions)


REASONS: Final[tuple[Reason, ...]] = (
    # --- huge pages ---
    *_within(_THP, "include/linux/huge_mm.h:pmd_trans_huge_lock", "ptl",
             "*pmd_trans_huge_lock*", "*pmd_trans_huge(*", "*pmd_trans_unstable*"),
    Reason(("arch/x86/include/asm/*:*pmd*", "arch/x86/include/asm/*:native_*",
            "arch/x86/include/asm/*:protnone_mask", "*:*_pmd", "*:*_pmd_entry", "*:pmd*",
            "include/linux/huge_mm.h:*"), _THP, "include/linux/huge_mm.h:pmd_trans_huge_lock"),
    # --- userfaultfd ---
    *_within("userfaultfd is not modelled", "mm/userfaultfd.c", "*uffd_wp*", "*userfaultfd*",
             "*UFFD*", "*pte_marker*"),
    Reason(("*:*uffd*", "*:*pte_marker*", "include/linux/swapops.h:swp_entry"), _MARKER,
           "mm/memory.c:handle_pte_marker"),
    Reason(_FILE_FAULTS, f"{_MARKER}; the model's own file faults are not text",
           "mm/memory.c:handle_pte_marker"),
    # --- bad memory, failing hardware ---
    *_within("hwpoison is not modelled", "mm/memory-failure.c", "*hwpoison*"),
    *_within("no swap device fails to read", "mm/swapfile.c:unuse_pte", "*swapin_error*",
             "*!folio_test_uptodate*"),
    # --- what is atomic here ---
    *_within(_ATOMIC, "mm/memory.c:do_swap_page", "*!pte_same(*", "*!pte_none(*vmf->pte)*",
             "*lock_or_retry*", "!locked", "*!folio_trylock*", "*!trylock_page*",
             "*likely(pte_same(*"),
    *_within("an mm that exits while ksmd is in it: steps are atomic", "mm/ksm.c:ksm_test_exit",
             "*ksm_test_exit*"),
    *_within("no page is under writeback between two steps", "mm/page-writeback.c",
             "*PageWriteback*", "*folio_test_writeback*"),
    # --- what does not fail here ---
    *_within("only a failing allocation of a page is modelled (fail alloc)",
             "mm/rmap.c:__anon_vma_prepare", "*anon_vma_prepare*", "*mem_cgroup*",
             "*unlikely(!si)*", "*unlikely(!page)*", "*try_grab_page*",
             "*swap_duplicate(entry) < 0*", "*!start_ptep*"),
    *_within("the batch of pages to free is never full", "mm/mmu_gather.c:__tlb_remove_page_size",
             "*__tlb_remove_page(*"),
    *_within("no mapcount goes below zero but by a bug that a promise tells of before",
             "mm/memory.c:print_bad_pte", "*page_mapcount(page) < 0*", "*!free_swap_and_cache(*"),
    *_within("an address has a frame", "mm/memory.c:vm_normal_page", "*highest_memmap_pfn*"),
    *_within("what is said to the log alone", "include/asm-generic/bug.h", "*WARN_ON*", "*BUG_ON*"),
    Reason(("mm/gup.c:sanity_check_pinned_pages", "mm/gup.c:unpin_user_page",
            "mm/gup.c:gup_put_folio", "include/linux/mm.h:put_devmap_managed_page_refs",
            "include/linux/mm.h:folio_put_refs", "include/linux/page_ref.h:*",
            "include/linux/mm.h:is_zero_*", "include/linux/vmstat.h:node_stat_mod_folio",
            "include/linux/mm.h:folio_pgdat"), _ACCESSIBLE,
           "include/linux/gfp.h:arch_make_page_accessible"),
    Reason(("mm/gup.c:follow_page_pte",), _ACCESSIBLE,
           "include/linux/gfp.h:arch_make_page_accessible", within="ret"),
    Reason(("mm/memory.c:wp_page_copy", "mm/memory.c:do_anonymous_page"),
           "only a failing allocation of a page is modelled (fail alloc)",
           "mm/memory.c:check_stable_address_space", within="ret"),
    # --- this kernel, this configuration ---
    *(Reason(("mm/memory.c:vm_normal_page",), _PTE_SPECIAL, "mm/memory.c:vm_normal_page", text=text)
      for text in ("*VM_PFNMAP|VM_MIXEDMAP*", "if (is_zero_pfn(pfn))")),
    *(Reason(("mm/memory.c:vm_normal_page",), _PTE_SPECIAL, "mm/memory.c:vm_normal_page",
             within=within)
      for within in ("*VM_PFNMAP|VM_MIXEDMAP*", "is_zero_pfn(pfn)", "*find_special_page*")),
    Reason(("mm/memory.c:vm_normal_page",), "no entry is bad but by a bug",
           "mm/memory.c:print_bad_pte", text="print_bad_pte(*"),
    # --- truncation ---
    Reason(("mm/memory.c:should_zap_*", "mm/memory.c:zap_drop_file_uffd_wp"), _DETAILS,
           "mm/memory.c:unmap_mapping_range_vma"),
    *_within(_DETAILS, "mm/memory.c:unmap_mapping_range_vma", "*should_zap_page*",
             "*should_zap_cows*"),
    # --- what nothing shows ---
    Reason(("mm/gup.c:follow_pfn_pte",),
           "accessed and dirty bits of an entry without a page: no file shows them",
           "mm/gup.c:follow_pfn_pte"),
    Reason(("mm/gup.c:follow_page_pte",),
           "the reference on a dev_pagemap: only a device that is removed waits for it",
           "mm/memremap.c:memunmap_pages", text="*pte_devmap(pte)*"),
    Reason(("mm/ksm.c:break_cow",), "an anon_vma that is never freed: no counter shows it",
           "mm/rmap.c:__put_anon_vma", text="put_anon_vma(*"),
    Reason(("mm/memory.c:do_numa_page", "mm/memory.c:numa_migrate_prep"),
           "for the statistics by which the scheduler moves tasks, which is not modelled",
           "kernel/sched/fair.c:task_numa_fault", text="*TNF_*"),
    Reason(("mm/migrate_device.c:migrate_vma_collect_*",),
           "the driver writes dst for every page that migrates, before anybody reads it",
           "lib/test_hmm.c:dmirror_migrate_alloc_and_copy", text="migrate->dst*"),
    Reason(("*",), "force_flush: when the TLB is flushed shows on a second CPU alone",
           "mm/memory.c:zap_pte_range", text="*force_flush*"),
)  # fmt: skip


def reason_of(edit: Edit, line: str) -> Reason | None:
    """The reason listed for this edit of a line."""
    return next((reason for reason in REASONS if reason.names(edit, line)), None)
