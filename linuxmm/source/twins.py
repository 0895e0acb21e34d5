# SPDX-License-Identifier: GPL-2.0-or-later
"""Which functions of Linux run as text in the place of which functions of the core: data.

A pair is a function of Linux and the one of the core that takes the same arguments behind m and k.
Where the two are cut otherwise, `passed` and `returned` say how.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from linuxmm.mm.compound import HPAGE_PMD_NR, HPAGE_PMD_SIZE, compound_head
from linuxmm.mm.list import list_head
from linuxmm.mm.memory.nonpresent import is_migration_pte
from linuxmm.mm.memory.vm_fault import VMF_FLAGS, VMF_ORIG_PTE, VMF_PAGE
from linuxmm.mm.migrate_device import clear_migrate_rows
from linuxmm.mm.page import clear_page_flag
from linuxmm.mm.stack import push
from linuxmm.source.adapt import CC_NODE_LOAD
from linuxmm.source.adapt_ksm import scanned
from linuxmm.source.adapt_pmd import pmd_word
from linuxmm.state.constants import MAPPING_SHIFT, NO_PAGE, PG_LOCKED, VM_FAULT_RETRY
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITES

Texts = tuple[str, ...]
Passed = Callable[[Texts], Texts]
Returned = Callable[[Texts], str]
MAX_NUMNODES: Final = 64
FAULT_FLAG_ORIG_PTE_VALID: Final = 1 << 11  # include/linux/mm_types.h, since 6.1


@dataclass(frozen=True)
class Twin:
    """A function of Linux and the one of the core that takes the same arguments behind m and k.

    site: the call site on whose behalf it runs, for a search that parts two texts of it ("": it
    looks no page up).
    """

    place: str  # file:function of Linux
    ours: str  # module:function
    site: str
    passed: Passed | None = None  # Linux's arguments, as texts
    later: Passed | None = None  # those of other releases, which take more or less
    returned: Returned | None = None  # the core's result as a text
    unlocks: int = 0  # how many table locks it gives back that its caller took

    @property
    def path(self) -> str:
        return self.place.partition(":")[0]

    @property
    def name(self) -> str:
        return self.place.partition(":")[2]


# --- where the two are cut otherwise: texts of Linux's arguments from texts of the core's ---
def _with_gather(ours: Texts) -> Texts:
    """A struct mmu_gather comes first, of which the model has the mm."""
    return (f"m.vma_mm[{ours[0]}]", *ours)


def _followed(ours: Texts) -> Texts:
    """A place for a struct dev_pagemap comes last."""
    return (*ours, "cell(m)")


def _with_null(ours: Texts) -> Texts:
    """One more argument, which is NULL, 0 or false."""
    return (*ours, "0")


def _with_page(ours: Texts) -> Texts:
    """The folio of vmf->page stands behind the fault (wp_page_reuse)."""
    return (*ours, f"faulted(m, {ours[0]})")


def _one_entry(ours: Texts) -> Texts:
    """copy_present_ptes: the entry itself, and that at most one is copied."""
    dst_vma, src_vma, dst_pte, src_pte, addr, rss, prealloc = ours
    pte = f"m.pte[{src_pte}]"
    return dst_vma, src_vma, dst_pte, src_pte, pte, addr, "1", rss, prealloc


def _one_copied(passed: Texts) -> str:
    """It says how many were copied, the core 0."""
    return "0 if result == 1 else result"


def _without_gather(ours: Texts) -> Texts:
    """change_pte_range before 6.2: no struct mmu_gather."""
    return ours


def _pte_and_flags(ours: Texts) -> Texts:
    """can_follow_write_pte before 5.19."""
    return ours[1], ours[3]


def _pte_first(ours: Texts) -> Texts:
    """can_follow_write_pte has the VMA behind entry and page."""
    vma, pte, page, flags = ours
    return pte, page, vma, flags


def _of_pmd(ours: Texts) -> Texts:
    """hmm_vma_handle_pte takes the entry of the table too, for waiting."""
    return (*ours[:3], "0", *ours[3:])


def _fast(ours: Texts) -> Texts:
    """gup_pte_range: the PMD entry as it is and where it is, and the pages, which are m.out."""
    pmd, addr, end, flags, nr = ours
    return f"pmd_word(m, {pmd})", pmd, addr, end, flags, "0", nr


def _fault(ours: Texts) -> Texts:
    """A fault on an entry that was there: handle_pte_fault says so in its flags."""
    return (f"with_entry(m, {ours[0]})", *ours[1:])


def _found_page(ours: Texts) -> Texts:
    """scan_get_next_rmap_item: a place for the page."""
    return ("cell(m)",)


def _huge_entry(ours: Texts) -> Texts:
    """An entry of hugetlb by the slot that a leaf has, and the mask of its size."""
    pmd, *rest = ours
    return (f"{pmd} >> 1", f"{-HPAGE_PMD_SIZE}", *rest)


def _phys(ours: Texts) -> Texts:
    """follow_phys: no flags, places for the protection and the frame."""
    return (*ours, "0", "cell(m)", "cell(m)")


def _node(ours: Texts) -> Texts:
    """A stable node as page->mapping has it; what is locked (GET_KSM_PAGE_*) is said the same."""
    return f"{ours[0]} << {MAPPING_SHIFT}", ours[1]


def _both_words(ours: Texts) -> Texts:
    """Source and target words begin at the same row."""
    return ours[0], *ours


def _of_hole(ours: Texts) -> Texts:
    """The level of a hole stands before the walk."""
    return (*ours[:-1], "-1", ours[-1])


def _collapsing(ours: Texts) -> Texts:
    """hpage_collapse_scan_pmd: the mm first, behind the address whether the lock is held."""
    vma, address, is_khugepaged = ours
    return f"m.vma_mm[{vma}]", vma, address, "cell(m)", f"collapse_control(m, {is_khugepaged})"


def _isolating(ours: Texts) -> Texts:
    """__collapse_huge_page_isolate: the huge pages that it meets go to a list."""
    *places, is_khugepaged = ours
    return (*places, f"collapse_control(m, {is_khugepaged})", f"list_head(m, {HPAGE_PMD_NR})")


# --- and the core's result as a text, from Linux's arguments and `result` ---
def _unlocked(passed: Texts) -> str:
    return f"unlocked(m, {passed[1]}, result)"


def _forgot(passed: Texts) -> str:
    return f"forgot(m, {passed[0]})"


def _cleared(passed: Texts) -> str:
    """The words of a finished call are the caller's; the model's are gone."""
    return f"clear_migrate_rows(m, {passed[0]}, {passed[2]})"


def _nothing(passed: Texts) -> str:
    """A void function: the core's returns 0."""
    return "0"


def _scanned(passed: Texts) -> str:
    return f"scanned(m, {passed[0]}, result)"


def _sleeps(passed: Texts) -> str:
    return f"slept(m, k, {passed[0]}, result)"


# --- what these call ---
def cell(m: State) -> int:
    """A word of memory to point to."""
    at = push(m, 1)
    m.stack[at] = 0
    return at


def unlocked(m: State, locked: int, page: int) -> int:
    """The core's callers do not unlock the page that they asked for with its lock."""
    if locked and page > NO_PAGE:
        clear_page_flag(m, page, PG_LOCKED)
    return page


def forgot(m: State, item: int) -> int:
    """break_cow leaves the item a pointer that nobody follows; the model has none."""
    m.item_anon_vma[item] = 0
    return 0


def slept(m: State, k: Rules, vmf: int, result: int) -> int:
    """A fault on a migration entry waits, which the core says (VM_FAULT_RETRY)."""
    return VM_FAULT_RETRY if is_migration_pte(k, m.stack[vmf + VMF_ORIG_PTE]) else result


def with_entry(m: State, vmf: int) -> int:
    """The core's faults have no flag for it, and no use."""
    m.stack[vmf + VMF_FLAGS] = m.stack[vmf + VMF_FLAGS] | FAULT_FLAG_ORIG_PTE_VALID
    return vmf


def faulted(m: State, vmf: int) -> int:
    """The folio of the page that a fault met."""
    return compound_head(m, m.stack[vmf + VMF_PAGE])


def collapse_control(m: State, is_khugepaged: int) -> int:
    """A struct collapse_control."""
    control = push(m, CC_NODE_LOAD + MAX_NUMNODES)
    m.stack[control] = is_khugepaged
    return control


CALLED: Final = (
    *(
        cell,
        unlocked,
        forgot,
        slept,
        with_entry,
        faulted,
        clear_migrate_rows,
        collapse_control,
        list_head,
        scanned,
        pmd_word,
    ),
)


# --- the pairs ---
def _twin(
    place: str,
    ours: str,
    site: str | None = None,
    passed: Passed | None = None,
    returned: Returned | None = None,
    unlocks: int = 0,
    later: Passed | None = None,
) -> Twin:
    at = site if site is not None else place if place in SITES else ""
    return Twin(place, f"linuxmm.{ours}", at, passed, later, returned, unlocks)


HMM: Final = "mm/hmm.c:hmm_vma_handle_pte"
QUEUE: Final = "mm.mempolicy.queue:queue_pages_pte_range"
TWINS: Final[tuple[Twin, ...]] = (
    _twin("mm/memory.c:copy_present_pte", "mm.memory.fork:copy_present_pte"),
    _twin(
        "mm/memory.c:copy_nonpresent_pte",
        "mm.memory.fork:copy_nonpresent_pte",
        "mm/memory.c:copy_present_pte",
    ),
    _twin("mm/memory.c:do_wp_page", "mm.memory.wp:do_wp_page", passed=_fault, unlocks=1),
    _twin("mm/memory.c:do_numa_page", "mm.memory.numa:do_numa_page"),
    _twin("mm/migrate.c:add_page_for_migration", "mm.migrate.move_pages:add_page_for_migration"),
    _twin("mm/migrate.c:do_pages_stat_array", "mm.migrate.move_pages:do_pages_stat_array"),
    _twin("mm/mprotect.c:can_change_pte_writable", "mm.mprotect_writable:can_change_pte_writable"),
    _twin("fs/proc/task_mmu.c:pte_is_pinned", "fs.proc.task_mmu.clear_refs:pte_is_pinned"),
    _twin("mm/gup.c:follow_page_pte", "mm.gup.follow:follow_page_pte", passed=_followed),
    _twin("mm/memory.c:zap_pte_range", "mm.memory.zap:zap_pte_range", passed=_with_gather),
    _twin(
        "mm/mprotect.c:change_pte_range",
        "mm.mprotect:change_pte_range",
        passed=_with_gather,
        later=_without_gather,
    ),
    _twin("mm/mlock.c:mlock_pte_range", "mm.mlock.range:mlock_pte_range"),
    _twin("mm/madvise.c:madvise_free_pte_range", "mm.madvise.free:madvise_free_pte_range"),
    _twin(
        "mm/madvise.c:madvise_cold_or_pageout_pte_range",
        "mm.madvise.cold:madvise_cold_or_pageout_pte_range",
    ),
    _twin(
        "mm/migrate_device.c:migrate_vma_collect_pmd", "mm.migrate_device:migrate_vma_collect_pmd"
    ),
    _twin(
        "fs/proc/task_mmu.c:smaps_pte_range",
        "fs.proc.task_mmu.smaps:smaps_pte_range",
        "fs/proc/task_mmu.c:smaps_pte_entry",
    ),
    _twin(
        "fs/proc/task_mmu.c:gather_pte_stats",
        "fs.proc.task_mmu.numa_maps:gather_pte_stats",
        "fs/proc/task_mmu.c:can_gather_numa_stats",
    ),
    _twin(
        "fs/proc/task_mmu.c:pagemap_pmd_range",
        "fs.proc.task_mmu.pagemap:pagemap_pmd_range",
        "fs/proc/task_mmu.c:pte_to_pagemap_entry",
    ),
    _twin(
        "fs/proc/task_mmu.c:clear_refs_pte_range",
        "fs.proc.task_mmu.clear_refs:clear_refs_pte_range",
    ),
    _twin("mm/memory.c:copy_present_page", "mm.memory.fork:copy_present_page"),
    _twin("mm/memory.c:wp_page_copy", "mm.memory.wp:wp_page_copy"),
    _twin(
        "mm/memory.c:wp_page_reuse",
        "mm.memory.wp:wp_page_reuse",
        returned=_nothing,
        unlocks=1,
        later=_with_page,
    ),
    _twin("mm/memory.c:do_anonymous_page", "mm.memory.fault:do_anonymous_page"),
    _twin(
        "mm/memory.c:do_swap_page", "mm.memory.fault:do_swap_page", passed=_fault, returned=_sleeps
    ),
    _twin(
        "mm/memory.c:restore_exclusive_pte",
        "mm.memory.exclusive:restore_exclusive_pte",
        returned=_nothing,
    ),
    _twin(
        "mm/memory.c:remove_device_exclusive_entry",
        "mm.memory.exclusive:remove_device_exclusive_entry",
    ),
    _twin("mm/gup.c:get_gate_page", "mm.gup.gate:get_gate_page"),
    _twin("mm/gup.c:no_page_table", "mm.gup.follow:no_page_table"),
    _twin("mm/gup.c:follow_pfn_pte", "mm.gup.follow:follow_pfn_pte"),
    _twin("mm/gup.c:check_vma_flags", "mm.gup.pages:check_vma_flags"),
    _twin(
        "mm/gup.c:can_follow_write_pte",
        "mm.gup.allowed:can_follow_write_pte",
        passed=_pte_first,
        later=_pte_and_flags,
    ),
    _twin(
        "mm/migrate_device.c:migrate_vma_collect_hole",
        "mm.migrate_device:migrate_vma_collect_hole",
        passed=_of_hole,
    ),
    _twin(
        "mm/migrate_device.c:migrate_vma_check_page",
        "mm.migrate_device:migrate_vma_check_page",
        passed=_with_null,
    ),
    _twin(
        "mm/migrate_device.c:migrate_device_unmap",
        "mm.migrate_device:migrate_device_unmap",
        passed=_with_null,
    ),
    _twin("mm/madvise.c:swapin_walk_pmd_entry", "mm.madvise.populate:swapin_walk_pmd_entry"),
    _twin(
        "mm/ksm.c:ksm_next_page_pmd_entry",
        "mm.ksm.scan:ksm_next_page_pmd_entry",
        "mm/ksm.c:scan_get_next_rmap_item",
    ),
    _twin("mm/migrate.c:remove_migration_pte", "mm.rmap_migrate:remove_migration_pte"),
    _twin("mm/rmap.c:try_to_migrate_one", "mm.rmap_migrate:try_to_migrate_one", passed=_with_null),
    _twin("mm/rmap.c:try_to_unmap_one", "mm.unmap:try_to_unmap_one", passed=_with_null),
    _twin("mm/rmap.c:folio_referenced_one", "mm.unmap:folio_referenced_one"),
    _twin("mm/rmap.c:page_move_anon_rmap", "mm.memory.wp:page_move_anon_rmap", returned=_nothing),
    _twin("mm/rmap.c:page_add_new_anon_rmap", "mm.rmap:page_add_new_anon_rmap", returned=_nothing),
    _twin("mm/rmap.c:page_add_anon_rmap", "mm.rmap:page_add_anon_rmap", returned=_nothing),
    _twin(
        "mm/rmap.c:page_add_file_rmap",
        "mm.rmap:page_add_file_rmap",
        passed=_with_null,
        returned=_nothing,
    ),
    _twin(
        "mm/rmap.c:page_remove_rmap",
        "mm.rmap:page_remove_rmap",
        passed=_with_null,
        returned=_nothing,
    ),
    _twin("mm/hmm.c:hmm_vma_walk_pmd", "mm.hmm:hmm_vma_walk_pmd", HMM),
    _twin("mm/hmm.c:hmm_vma_handle_pte", "mm.hmm:hmm_vma_handle_pte", passed=_of_pmd),
    _twin("mm/hmm.c:hmm_vma_walk_hole", "mm.hmm:hmm_vma_walk_hole", "", passed=_of_hole),
    _twin("mm/hmm.c:hmm_vma_walk_test", "mm.hmm:hmm_vma_walk_test"),
    _twin("mm/hmm.c:hmm_vma_fault", "mm.hmm:hmm_vma_fault"),
    _twin("mm/mincore.c:mincore_pte_range", "mm.mincore:mincore_pte_range"),
    _twin(
        "mm/mincore.c:mincore_unmapped_range", "mm.mincore:mincore_unmapped_range", passed=_of_hole
    ),
    _twin(
        "mm/mremap.c:move_ptes",
        "mm.mremap.tables:move_ptes",
        passed=_with_null,
        returned=_nothing,
    ),
    _twin("mm/gup.c:gup_pte_range", "mm.gup.fast:gup_pte_range", passed=_fast),
    _twin("mm/memory.c:follow_phys", "mm.memory.pfn:follow_phys", passed=_phys),
    _twin(
        "mm/ksm.c:get_ksm_page", "mm.ksm.stable_node:get_ksm_page", passed=_node, returned=_unlocked
    ),
    _twin("mm/ksm.c:write_protect_page", "mm.ksm.merge:write_protect_page"),
    _twin("mm/ksm.c:replace_page", "mm.ksm.merge:replace_page"),
    _twin("mm/ksm.c:try_to_merge_one_page", "mm.ksm.merge:try_to_merge_one_page"),
    _twin("mm/ksm.c:try_to_merge_with_ksm_page", "mm.ksm.merge:try_to_merge_with_ksm_page"),
    _twin("mm/rmap.c:page_address_in_vma", "mm.rmap:page_address_in_vma"),
    _twin(
        "mm/migrate_device.c:migrate_vma_insert_page",
        "mm.migrate_device:migrate_vma_insert_page",
        returned=_nothing,
    ),
    _twin(
        "mm/migrate_device.c:__migrate_device_pages",
        "mm.migrate_device:migrate_device_pages",
        passed=_both_words,
        returned=_nothing,
    ),
    _twin(
        "mm/migrate_device.c:migrate_device_finalize",
        "mm.migrate_device:migrate_device_finalize",
        passed=_both_words,
        returned=_cleared,
    ),
    _twin("mm/ksm.c:find_mergeable_vma", "mm.ksm.breaking:find_mergeable_vma"),
    _twin("mm/ksm.c:break_cow", "mm.ksm.breaking:break_cow", returned=_forgot),
    _twin("mm/ksm.c:unmerge_ksm_pages", "mm.ksm.breaking:unmerge_ksm_pages", later=_with_null),
    _twin("mm/ksm.c:break_ksm", "mm.ksm.breaking:break_ksm", later=_with_null),
    _twin(
        "mm/huge_memory.c:split_huge_pages_pid",
        "mm.huge_memory.debugfs:split_huge_pages_pid",
        later=_with_null,
    ),
    _twin(
        "mm/khugepaged.c:collapse_pte_mapped_thp",
        "mm.khugepaged.pte_mapped:collapse_pte_mapped_thp",
    ),
    _twin(
        "mm/khugepaged.c:hpage_collapse_scan_pmd",
        "mm.khugepaged.scan:hpage_collapse_scan_pmd",
        "mm/khugepaged.c:khugepaged_scan_pmd",
        passed=_collapsing,
    ),
    _twin(
        "mm/khugepaged.c:__collapse_huge_page_isolate",
        "mm.khugepaged.isolate:collapse_huge_page_isolate",
        passed=_isolating,
    ),
    _twin("mm/ksm.c:get_mergeable_page", "mm.ksm.unstable:get_mergeable_page"),
    _twin(
        "mm/ksm.c:scan_get_next_rmap_item",
        "mm.ksm.scan:scan_get_next_rmap_item",
        passed=_found_page,
        returned=_scanned,
    ),
    _twin("mm/mempolicy.c:lookup_node", "mm.mempolicy.task:lookup_node"),
    _twin("mm/memcontrol.c:mc_handle_present_pte", "mm.memcontrol.move:mc_handle_present_pte"),
    _twin(
        "fs/proc/task_mmu.c:smaps_hugetlb_range",
        "fs.proc.task_mmu.smaps:smaps_hugetlb_range",
        passed=_huge_entry,
    ),
    _twin("mm/mempolicy.c:queue_pages_pte_range", QUEUE),
    _twin("mm/mempolicy.c:queue_folios_pte_range", QUEUE, "mm/mempolicy.c:queue_pages_pte_range"),
    # --- what is called otherwise in later releases ---
    _twin(
        "mm/memory.c:copy_present_ptes",
        "mm.memory.fork:copy_present_pte",
        "mm/memory.c:copy_present_pte",
        passed=_one_entry,
        returned=_one_copied,
    ),
    _twin(
        "mm/migrate.c:add_folio_for_migration",
        "mm.migrate.move_pages:add_page_for_migration",
        "mm/migrate.c:add_page_for_migration",
    ),
    _twin(
        "mm/gup.c:gup_fast_pte_range",
        "mm.gup.fast:gup_pte_range",
        "mm/gup.c:gup_pte_range",
        passed=_fast,
    ),
    _twin(
        "mm/ksm.c:ksm_get_folio",
        "mm.ksm.stable_node:get_ksm_page",
        "mm/ksm.c:get_ksm_page",
        passed=_node,
        returned=_unlocked,
    ),
)
