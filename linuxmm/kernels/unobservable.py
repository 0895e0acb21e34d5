# SPDX-License-Identifier: GPL-2.0-or-later
"""Cells whose flip nothing can notice, each with the reason and its source.

A reason that is no longer needed (a flip that it names is killed, or it names none) fails
`tests/explore/test_mutate.py`.  `LATER` are cells that a system will decide that is not modelled
yet; they are printed apart.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final, Protocol

from linuxmm.kernels.record import Kernel

SPLIT: Final = ("split-v1",)
SINCE_61: Final = ("debian-6.1", "debian-6.12", "v6.18", "v7.1")
BEFORE_61: Final = ("v5.17-coherent", "split-v1")


class Flip(Protocol):
    """One cell of one site's record changed (`explore/flips.py:CellFlip`)."""

    @property
    def site(self) -> str: ...
    @property
    def cell(self) -> str: ...
    @property
    def old(self) -> str: ...
    @property
    def new(self) -> str: ...


@dataclass(frozen=True)
class Reason:
    """Why a flip of these cells of a site cannot be noticed, and where the kernel says so.

    `cell` may hold `*`; `old`, `new`: only flips from and to these words (empty: any); `kernels`:
    only records of these names (empty: of all).
    """

    site: str
    cell: str
    new: tuple[str, ...]
    kernels: tuple[str, ...]
    why: str
    source: str
    old: tuple[str, ...] = ()

    def names(self, kernel: Kernel, flip: Flip) -> bool:
        """Is this flip one of those?"""
        return (
            fnmatchcase(flip.site, self.site)
            and fnmatchcase(flip.cell, self.cell)
            and (not self.old or flip.old in self.old)
            and (not self.new or flip.new in self.new)
            and (not self.kernels or kernel.name in self.kernels)
        )


def _dax(site: str, source: str) -> Reason:
    why = "no devmap entry gets here: DAX areas are passed over as a whole"
    return Reason(site, "lookup", ("normal", "any"), (), why, source, ("normal", "any"))


_NUMA: Final = "mm/memory.c:do_numa_page"
_COLLECT: Final = "mm/migrate_device.c:migrate_vma_collect_pmd"
_STATS: Final = "fs/proc/task_mmu.c:can_gather_numa_stats"
_FILL: Final = "mm/mlock.c:__munlock_pagevec_fill"
_SPLIT: Final = "mm/huge_memory.c:split_huge_pages_pid"
_SCAN: Final = "mm/khugepaged.c:khugepaged_scan_pmd"
_ISOLATE: Final = "mm/khugepaged.c:__collapse_huge_page_isolate"
_PARTS: Final = "mm/khugepaged.c:collapse_pte_mapped_thp"
_WRITABLE: Final = "mm/mprotect.c:can_change_pte_writable"
_BREAK: Final = "mm/ksm.c:break_ksm"
_QUEUE: Final = "mm/mempolicy.c:queue_pages_pte_range"
_RESERVES: Final = "mm/page_alloc.c:__init_zone_device_page"
_DEVICES_ARE_RESERVED: Final = "device pages are reserved: the next test gives the same"
_VDSO: Final = (
    "the pages of a process's vdso are reserved, and mapped as any page is: they are not modelled"
)
_VDSO_IS_MAPPED: Final = "arch/x86/entry/vdso/vma.c:vdso_fault"

LATER: Final[tuple[Reason, ...]] = (
    Reason(_PARTS, "*", (), SINCE_61[1:],
           "huge pages of shmem of kernels with large folios are not modelled", "shmem THP"),
    Reason(_FILL, "*compound*", (), BEFORE_61,
           "huge pages in locked areas of kernels before 6.1 are not modelled",
           "mm/mlock.c:munlock_vma_page"),
    Reason(_BREAK, "flag F*_MIGRATION", (), (),
           "waits until a KSM page is migrated: move_pages is one step, and to wait for what a "
           "device has begun is not modelled", "mm/gup.c:follow_page_pte"),
    Reason(_STATS, "*reserved*", (), (), _VDSO, _VDSO_IS_MAPPED),
    Reason(_QUEUE, "*reserved*", (), (), _VDSO, _VDSO_IS_MAPPED),
)  # fmt: skip

NEVER: Final[tuple[Reason, ...]] = (
    # --- what never gets to a site ---
    _dax("mm/madvise.c:madvise_free_pte_range", "mm/madvise.c:madvise_free_single_vma"),
    _dax("mm/mprotect.c:change_pte_range", "include/linux/mempolicy.h:vma_migratable"),
    _dax("mm/ksm.c:scan_get_next_rmap_item", "mm/ksm.c:ksm_madvise"),
    _dax("mm/mlock.c:mlock_pte_range", "mm/mlock.c:mlock_fixup"),
    _dax(_FILL, "mm/mlock.c:mlock_fixup"),
    _dax(_NUMA, "include/linux/mempolicy.h:vma_migratable"),
    _dax(_COLLECT, "mm/migrate_device.c:migrate_vma_setup"),
    Reason("fs/proc/task_mmu.c:pte_is_pinned", "lookup", ("any", "normal"), (),
           "asked of writable entries of private mappings, which map anonymous pages",
           "fs/proc/task_mmu.c:pte_is_pinned"),
    Reason("fs/proc/task_mmu.c:pte_is_pinned", "refused", (), (),
           "asked of writable entries of private mappings, which map anonymous pages",
           "fs/proc/task_mmu.c:pte_is_pinned"),
    Reason("mm/memory.c:follow_phys", "lookup", (), SINCE_61,
           "the first entry of a PFN mapping: a special one, or a copied page of system memory",
           "mm/migrate_device.c:migrate_vma_setup (no VM_SPECIAL area)"),
    Reason("mm/memory.c:follow_phys", "any_page gives", (), SINCE_61,
           "fork says -ENOMEM whatever has failed", "kernel/fork.c:copy_mm"),
    Reason(_WRITABLE, "lookup", ("any",), SINCE_61[:1],
           "asked of dirty entries of private mappings, which map anonymous pages",
           "mm/mprotect.c:change_pte_range"),
    Reason(_WRITABLE, "*not_anon*", (), SINCE_61[:1],
           "asked of dirty entries of private mappings, which map anonymous pages",
           "mm/mprotect.c:change_pte_range"),
    Reason(_NUMA, "lookup", ("lru",), SINCE_61,
           "no hint is put on a device page: change_pte_range refuses it",
           "mm/mprotect.c:change_pte_range"),
    Reason(_NUMA, "lookup", ("normal", "any"), SPLIT,
           "no hint is put on a device page: change_pte_range refuses it",
           "mm/mprotect.c:change_pte_range"),
    Reason(_NUMA, "*zone_device*", (), SINCE_61,
           "no hint is put on a device page: change_pte_range refuses it",
           "mm/mprotect.c:change_pte_range"),
    Reason(_COLLECT, "*no_mapping*", (), (),
           "pages without mapping are a driver's, whose areas are refused as a whole, or "
           "truncated, and truncation has cleared the entries",
           "mm/migrate_device.c:migrate_vma_setup"),
    Reason("mm/memcontrol.c:mc_handle_present_pte", "*not_mapped*", (), (),
           "the page behind an entry that is present is mapped, by this entry if by no other",
           "mm/memcontrol.c:mc_handle_present_pte"),
    Reason("mm/gup.c:get_gate_page", "*", (), (),
           "the page behind the gate area is the kernel's own text: an ordinary page, and never "
           "the zero page", "arch/x86/entry/vsyscall/vsyscall_64.c:map_vsyscall"),
    Reason("fs/proc/task_mmu.c:smaps_hugetlb_range", "*", (), (),
           "asked of present entries of hugetlb, which are neither special nor of device memory: "
           "each lookup gives the page", "mm/hugetlb.c:make_huge_pte"),
    Reason("mm/madvise.c:*", "order of zone_device, compound", (), SINCE_61[:1],
           "device pages of anonymous areas are never compound, and entries of DAX give no page",
           "mm/mm_init.c:memmap_init_compound"),
    Reason("mm/madvise.c:madvise_cold_or_pageout_pte_range", "order of compound, not_lru", (),
           (*BEFORE_61, *SINCE_61[:1]),
           "huge pages go on the LRU at once, and what a device migrates is split",
           "mm/swap.c:folio_batch_add_and_move"),
    # --- what another cell of the record does as well ---
    Reason("mm/madvise.c:madvise_free_pte_range", "lookup", ("lru",), SINCE_61,
           "the zone_device test behind it gives the same", "mm/madvise.c"),
    Reason("mm/mprotect.c:change_pte_range", "lookup", ("lru",), SINCE_61,
           "the zone_device test behind it gives the same", "mm/mprotect.c:change_pte_range"),
    Reason("mm/ksm.c:scan_get_next_rmap_item", "lookup", ("lru",), SINCE_61,
           "the zone_device test behind it gives the same", "mm/ksm.c:ksm_next_page_pmd_entry"),
    Reason("mm/mlock.c:mlock_pte_range", "lookup", ("lru",), SINCE_61,
           "the zone_device test behind it gives the same", "mm/mlock.c:mlock_pte_range"),
    Reason(_WRITABLE, "test not_anon", (), SINCE_61[1:],
           "a page that is not anonymous is never exclusive: the next test gives the same",
           "include/linux/page-flags.h:PageAnonExclusive"),
    Reason(_STATS, "lookup", ("lru",), SINCE_61[2:],
           "the zone_device test behind it gives the same",
           "fs/proc/task_mmu.c:can_gather_numa_stats"),
    Reason(_QUEUE, "lookup", ("lru",), SINCE_61[2:],
           "the zone_device test behind it gives the same",
           "mm/mempolicy.c:queue_folios_pte_range"),
    Reason(_BREAK, "test compound", (), SINCE_61[1:],
           "KSM pages are never compound: the next test gives the same",
           "mm/ksm.c:try_to_merge_one_page"),
    Reason("mm/madvise.c:madvise_cold_or_pageout_pte_range", "lookup", ("lru",), SINCE_61[2:],
           "the zone_device test behind it gives the same",
           "mm/madvise.c:madvise_cold_or_pageout_pte_range"),
    Reason("mm/madvise.c:madvise_cold_or_pageout_pte_range", "test zone_device", (), SINCE_61,
           "a device page is never on the LRU: not_lru behind it gives the same",
           "mm/madvise.c:madvise_cold_or_pageout_pte_range"),
    Reason(_STATS, "test zone_device", (), SINCE_61,
           "device pages are reserved: the next test gives the same",
           "mm/page_alloc.c:__init_zone_device_page"),
    Reason(_STATS, "lookup", ("any",), SPLIT, "device pages are reserved: the next test gives the "
           "same", "mm/page_alloc.c:__init_zone_device_page"),
    Reason(_STATS, "*node_without_memory*", (), (), "what a node without system memory has is "
           "device pages, refused before", "mm/page_alloc.c:__init_zone_device_page"),
    Reason(_QUEUE, "test zone_device", (), SINCE_61, _DEVICES_ARE_RESERVED, _RESERVES),
    Reason(_QUEUE, "zone_device unless", (), SINCE_61, _DEVICES_ARE_RESERVED, _RESERVES),
    Reason(_QUEUE, "lookup", ("any",), SPLIT, _DEVICES_ARE_RESERVED, _RESERVES),
    Reason(_COLLECT, "order of compound, locked", (), (),
           "pages that are locked here have a second entry in the range: KSM pages, which are "
           "never compound", "mm/ksm.c:try_to_merge_one_page"),
    Reason(_COLLECT, "test compound", (), (),
           "what is collected is looked at once more, and parts of huge pages are refused",
           "mm/migrate_device.c:migrate_vma_check_page"),
    Reason(_COLLECT, "compound unless", (), (),
           "what is collected is looked at once more, and parts of huge pages are refused",
           "mm/migrate_device.c:migrate_vma_check_page"),
    Reason("mm/migrate.c:*", "order of zero_page, zone_device", (), (),
           "the zero page is system memory: no page is both", "mm/mm_init.c:init_zero_pfn"),
    # --- flags ---
    Reason("mm/ksm.c:*", "flag FOLL_DUMP", ("given",), (),
           "an errno and no page are the same to KSM, and the zero page that FOLL_DUMP refuses is "
           "none of its pages", "mm/gup.c:follow_page_pte"),
    Reason(_BREAK, "flag FOLL_REMOTE", (), (), "only get_user_pages asks for FOLL_REMOTE",
           "mm/gup.c:check_vma_flags"),
    Reason("mm/mlock.c:munlock_vma_pages_range", "flag FOLL_DUMP", ("left out",), BEFORE_61,
           "the zero page that FOLL_DUMP refuses is never marked: the batch puts it back as it is",
           "mm/mlock.c:__munlock_pagevec"),
    Reason(_SPLIT, "flag FOLL_DUMP", ("left out",), (),
           "an errno and no page are both passed over, and the zero pages that FOLL_DUMP refuses "
           "are never split", "mm/huge_memory.c:split_huge_page_to_list"),
    Reason(_SPLIT, "flag FOLL_LRU", (), SPLIT,
           "device pages are no huge pages: passed over either way",
           "mm/huge_memory.c:is_transparent_hugepage"),
    Reason(_SPLIT, "flag FW_ZEROPAGE", (), (),
           "zero pages are no transparent huge pages: passed over either way",
           "mm/huge_memory.c:is_transparent_hugepage"),
    Reason(_SPLIT, "flag FW_MIGRATION", (), (),
           "what has migration entries over a step is in migration to a device, which splits huge "
           "pages before: no huge page, passed over either way",
           "mm/migrate_device.c:migrate_vma_collect_pmd"),
    Reason("mm/ksm.c:get_mergeable_page", "flag FW_ZEROPAGE", (), (),
           "the zero page is not anonymous: not_anon behind it gives the same",
           "mm/ksm.c:get_mergeable_page"),
    Reason(_SPLIT, "*locked*", (), (),
           "pages stay locked over a step in migrations to a device only, which split huge pages "
           "before", "mm/migrate_device.c:migrate_vma_collect_pmd"),
    # --- khugepaged ---
    _dax(_SCAN, "mm/huge_memory.c:hugepage_vma_check"),
    Reason(_SCAN, "lookup", ("lru",), SINCE_61,
           "the zone_device test behind it gives the same", "mm/khugepaged.c"),
    Reason(_SCAN, "*far_node*", (), (), "vm.zone_reclaim_mode is 0: no node is too far",
           "mm/khugepaged.c:hpage_collapse_scan_abort"),
    Reason(_SCAN, "*not_lru*", (), (*SINCE_61, "split-v1"),
           "the batches are drained before, device pages are refused before, and what is isolated "
           "over a step has migration entries", "mm/khugepaged.c:khugepaged_do_scan"),
    Reason(_SCAN, "*locked*", (), (),
           "what stays locked over a step has migration entries",
           "mm/migrate_device.c:migrate_device_unmap"),
    Reason(_SCAN, "*not_anon*", (), (), "private anonymous areas map anonymous pages",
           "mm/huge_memory.c:hugepage_vma_check"),
    Reason("mm/khugepaged.c:*", "* unless", ("MADV_COLLAPSE",), BEFORE_61,
           "there is no MADV_COLLAPSE", "mm/madvise.c:madvise_behavior_valid"),
    Reason(_ISOLATE, "lookup", (), (),
           "the scan has refused device pages; what is read in comes to system memory",
           "mm/khugepaged.c:__collapse_huge_page_swapin"),
    Reason(_ISOLATE, "*zone_device*", (), SINCE_61,
           "the scan has refused device pages; what is read in comes to system memory",
           "mm/khugepaged.c:__collapse_huge_page_swapin"),
    Reason(_ISOLATE, "test extra_references", (), BEFORE_61,
           "a page with more references by now was read in, and is in the swap cache for others: "
           "the next test refuses it as well", "mm/khugepaged.c:__collapse_huge_page_isolate"),
    Reason(_ISOLATE, "*locked*", (), (),
           "the page of an entry before: its isolation holds a reference, which the next test "
           "refuses as well", "mm/khugepaged.c:__collapse_huge_page_isolate"),
    Reason(_PARTS, "lookup", ("any",), SINCE_61,
           "areas of shmem have no devmap entry: DAX has its own", _PARTS, ("normal",)),
    Reason(_PARTS, "lookup", (), BEFORE_61,
           "a device page is no part of the huge page: refused with a page or without", _PARTS),
    Reason(_PARTS, "refused", (), ("v5.17-coherent", *SINCE_61),
           "areas of shmem have no entry behind which there is no page", _PARTS),
    Reason(_PARTS + "#2", "*", (), (),
           "the same entries under the same lock: the first look has passed nothing but the parts "
           "of the huge page", _PARTS),
    # --- the batch of munlock ---
    Reason(_FILL, "lookup", ("normal", "any"), SPLIT,
           "a device page ends the batch by other_zone as well; follow_page with FOLL_LRU decides",
           "mm/mlock.c:munlock_vma_pages_range", ("lru",)),
    Reason(_FILL, "lookup", ("lru",), BEFORE_61[:1],
           "where the batch ends, the walk begins again by follow_page, which decides",
           "mm/mlock.c:munlock_vma_pages_range"),
    Reason(_FILL, "refused", (), BEFORE_61,
           "where the batch ends, the walk begins again by follow_page, which gives no page either",
           "mm/mlock.c:munlock_vma_pages_range"),
    Reason(_FILL, "test other_zone", (), BEFORE_61,
           "the batch counts nr_mlock in the zone of its first page, and what can be read is the "
           "sum of all zones", "mm/mlock.c:__munlock_pagevec"),
)  # fmt: skip

REASONS: Final = (*LATER, *NEVER)


def reason_of(kernel: Kernel, flip: Flip) -> Reason | None:
    """The reason listed for this flip."""
    return next((reason for reason in REASONS if reason.names(kernel, flip)), None)
