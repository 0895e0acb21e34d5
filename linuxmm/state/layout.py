# SPDX-License-Identifier: GPL-2.0-or-later
"""The columns of a machine, declared once: name, type, unit, shape, part.

`State` is both the declaration (its annotations) and what a core function gets as `m`.
Interpreted, every attribute is a memoryview over one byte block; compiled, an ndarray over
the same bytes.  A row is one page, PTE slot, VMA, mm, ...; row 0 of every table is null.

Shape letters: P pages, R memory ranges, X sections, T PTE slots, V VMAs, M mms, C tasks,
U CPUs, A anon_vmas, F files, I page-cache slots, S swap slots, K KSM rmap items,
Q KSM stable nodes, H held references (gets and pins), D migrate_vma entries, E events of a step;
`1` a fixed count.
Types: q 64-bit signed, i 32-bit signed, B 8-bit unsigned.
Parts: state (hashed), counters (compared, not hashed), scratch (neither).
A column whose unit is `page` holds page rows: growth of the page table renumbers it.
"""

from typing import Annotated, Final, Literal, NamedTuple, Protocol

from linuxmm.state.constants import MAX_MEMCGS, NR_PVECS, NR_SETTINGS, PVEC_SIZE
from linuxmm.state.sites import NR_SITES


class Column(Protocol):
    """What the core may do with a column: read and write one int."""

    def __getitem__(self, index: int, /) -> int: ...
    def __setitem__(self, index: int, value: int, /) -> None: ...


class Spec(NamedTuple):
    """How one column is laid out: `per_row` entries for each row of `shape`."""

    type: Literal["q", "i", "B"]
    shape: str
    unit: str
    part: str = "state"
    per_row: int = 1


# m.size[...] is the capacity of a table, m.used[...] one more than the highest row ever used.
SHAPES: Final = "PRXTVMCUAFISKQHDE"
SIZE_P: Final = 0
SIZE_R: Final = 1
SIZE_X: Final = 2
SIZE_T: Final = 3
SIZE_V: Final = 4
SIZE_M: Final = 5
SIZE_C: Final = 6
SIZE_U: Final = 7
SIZE_A: Final = 8
SIZE_F: Final = 9
SIZE_I: Final = 10
SIZE_S: Final = 11
SIZE_K: Final = 12
SIZE_Q: Final = 13
SIZE_H: Final = 14
SIZE_D: Final = 15
SIZE_E: Final = 16

# m.ksm[...]
KSM_SCAN_MM: Final = 0  # ksmd's cursor: the mm, 0 before the first
KSM_SCAN_ADDR: Final = 1
KSM_SCAN_ITEM: Final = 2  # its place in the mm's item list, 0 before the first
KSM_MM_FIRST: Final = 3  # mms on ksmd's list, in its order (mm_ksm_next)
KSM_PAGES_SHARED: Final = 4
KSM_PAGES_SHARING: Final = 5
KSM_PAGES_UNSHARED: Final = 6
KSM_RMAP_ITEMS: Final = 7
NR_KSM: Final = 8
MAX_KSM_NODES: Final = 32  # nids that have trees of their own with merge_across_nodes=0

# m.migrate[...]: the migrate_vma call in progress (phases setup, pages, finalize)
MIGRATE_VMA: Final = 0
MIGRATE_START: Final = 1
MIGRATE_NPAGES: Final = 2
MIGRATE_FLAGS: Final = 3
MIGRATE_RANGE: Final = 4  # the device's memory range (pgmap_owner)
MIGRATE_CPAGES: Final = 5
MIGRATE_PHASE: Final = 6  # 0 none, 1 after setup, 2 after pages
MIGRATE_TO_DEVICE: Final = 7
NR_MIGRATE: Final = 8

# m.vmstat[...]: /proc/vmstat names in VMSTAT_NAMES
VMSTAT_NAMES: Final[tuple[str, ...]] = (
    "nr_mlock",
    "nr_isolated_anon",
    "nr_isolated_file",
    "nr_anon_pages",
    "nr_mapped",
    "nr_foll_pin_acquired",
    "nr_foll_pin_released",
    "pgfault",
    "pgmajfault",
    "pgactivate",
    "pgdeactivate",
    "pglazyfree",
    "pglazyfreed",
    "pgmigrate_success",
    "pgmigrate_fail",
    "numa_pte_updates",
    "numa_hint_faults",
    "numa_hint_faults_local",
    "numa_pages_migrated",
    "unevictable_pgs_culled",
    "unevictable_pgs_scanned",
    "unevictable_pgs_rescued",
    "unevictable_pgs_mlocked",
    "unevictable_pgs_munlocked",
    "unevictable_pgs_cleared",
    "unevictable_pgs_stranded",
    "cow_ksm",
    "ksm_swpin_copy",
    "pswpin",
    "pswpout",
    "nr_shmem",
    "nr_file_pages",
    "pgreuse",
    "swap_ra",
    "nr_anon_transparent_hugepages",
    "thp_fault_alloc",
    "thp_fault_fallback",
    "thp_split_page",
    "thp_split_page_failed",
    "thp_deferred_split_page",
    "thp_split_pmd",
    "thp_zero_page_alloc",
    "thp_collapse_alloc",
    "thp_collapse_alloc_failed",
    "thp_scan_exceed_none_pte",
    "thp_scan_exceed_swap_pte",
    "thp_scan_exceed_share_pte",
    "nr_shmem_hugepages",
    "nr_shmem_pmdmapped",
    "thp_file_alloc",
    "thp_file_fallback",
    "thp_file_mapped",
    "thp_migration_success",
    "thp_migration_fail",
    "thp_migration_split",
    "thp_swpout",
    "thp_swpout_fallback",
)
NR_MLOCK: Final = 0
NR_ISOLATED_ANON: Final = 1
NR_ISOLATED_FILE: Final = 2
NR_ANON_MAPPED: Final = 3
NR_FILE_MAPPED: Final = 4
NR_FOLL_PIN_ACQUIRED: Final = 5
NR_FOLL_PIN_RELEASED: Final = 6
PGFAULT: Final = 7
PGMAJFAULT: Final = 8
PGACTIVATE: Final = 9
PGDEACTIVATE: Final = 10
PGLAZYFREE: Final = 11
PGLAZYFREED: Final = 12
PGMIGRATE_SUCCESS: Final = 13
PGMIGRATE_FAIL: Final = 14
NUMA_PTE_UPDATES: Final = 15
NUMA_HINT_FAULTS: Final = 16
NUMA_HINT_FAULTS_LOCAL: Final = 17
NUMA_PAGE_MIGRATE: Final = 18
UNEVICTABLE_PGCULLED: Final = 19
UNEVICTABLE_PGSCANNED: Final = 20
UNEVICTABLE_PGRESCUED: Final = 21
UNEVICTABLE_PGMLOCKED: Final = 22
UNEVICTABLE_PGMUNLOCKED: Final = 23
UNEVICTABLE_PGCLEARED: Final = 24
UNEVICTABLE_PGSTRANDED: Final = 25
COW_KSM: Final = 26
KSM_SWPIN_COPY: Final = 27
PSWPIN: Final = 28
PSWPOUT: Final = 29
NR_SHMEM: Final = 30
NR_FILE_PAGES: Final = 31
PGREUSE: Final = 32
NR_ANON_THPS: Final = 34  # huge pages, as vmstat shows them (the kernel counts their 4 KiB pages)
THP_FAULT_ALLOC: Final = 35
THP_FAULT_FALLBACK: Final = 36
THP_SPLIT_PAGE: Final = 37
THP_SPLIT_PAGE_FAILED: Final = 38
THP_DEFERRED_SPLIT_PAGE: Final = 39
THP_SPLIT_PMD: Final = 40
THP_ZERO_PAGE_ALLOC: Final = 41
THP_COLLAPSE_ALLOC: Final = 42
THP_COLLAPSE_ALLOC_FAILED: Final = 43
THP_SCAN_EXCEED_NONE_PTE: Final = 44
THP_SCAN_EXCEED_SWAP_PTE: Final = 45
THP_SCAN_EXCEED_SHARED_PTE: Final = 46
NR_SHMEM_THPS: Final = 47  # this and the next in huge pages, as NR_ANON_THPS
NR_SHMEM_PMDMAPPED: Final = 48
THP_FILE_ALLOC: Final = 49
THP_FILE_FALLBACK: Final = 50
THP_FILE_MAPPED: Final = 51
THP_MIGRATION_SUCCESS: Final = 52
THP_MIGRATION_FAIL: Final = 53
THP_MIGRATION_SPLIT: Final = 54
THP_SWPOUT: Final = 55
THP_SWPOUT_FALLBACK: Final = 56
NR_VMSTAT: Final = 64

MAX_OUT: Final = 2048

# m.scratch[...]
NR_EVENTS: Final = 0
NR_OUT: Final = 1
TRAP_CODE: Final = 2
TRAP_ARG: Final = 3
DIVERGED: Final = 4  # a rival rule answered differently in this step
FOLLOWING_SITE: Final = 5  # the site whose follow_page() runs, 0 none
CURRENT_TASK: Final = 6  # who makes the step (0: a device or daemon)
CURRENT_CPU: Final = 7
KSM_DEVICE: Final = 8  # ZONE_DEVICE pages that ksmd put into a tree or merged in this step
FOLL_LRU_DEVICE: Final = 9  # ZONE_DEVICE pages that a FOLL_LRU lookup returned in this step
COLLAPSE_SHARED: Final = 10  # pages mapped more than once of the 2 MiB that are looked at
STACK_TOP: Final = 11  # the last word of m.stack in use
MMAP_LOCK: Final = 12  # of C that is executed: how often mmap_lock is held
PTE_LOCK: Final = 13  # and the lock of a page table
SPENT: Final = 14  # calls that it made and rounds of its loops
ENTRIES: Final = 15  # how often the core came to it
MOVE_CHARGE: Final = 16  # struct move_charge_struct mc, while a process changes its group
RECLAIM_MEMCG: Final = 17  # the group whose memory.reclaim is written to
NR_SCRATCH: Final = 18

NR_STACK: Final = 1024


class State:
    """One machine: every column of the core."""

    # sizes and settings
    size: Annotated[Column, Spec("q", "1", "rows", per_row=len(SHAPES))]
    used: Annotated[Column, Spec("q", "1", "rows", per_row=len(SHAPES))]
    setting: Annotated[Column, Spec("q", "1", "see SET_*", per_row=NR_SETTINGS)]
    ksm: Annotated[Column, Spec("q", "1", "see KSM_*", per_row=NR_KSM)]
    migrate: Annotated[Column, Spec("q", "1", "see MIGRATE_*", per_row=NR_MIGRATE)]
    memcg_memory: Annotated[Column, Spec("q", "1", "pages of a control group", per_row=MAX_MEMCGS)]
    memcg_move: Annotated[Column, Spec("q", "1", "MOVE_* of a control group", per_row=MAX_MEMCGS)]

    # memory ranges: nodes and device memory
    range_start_pfn: Annotated[Column, Spec("q", "R", "pfn")]
    range_nr_pages: Annotated[Column, Spec("q", "R", "pages")]  # advertised capacity
    range_rows: Annotated[Column, Spec("q", "R", "rows")]  # page rows that exist
    range_row: Annotated[Column, Spec("q", "R", "page")]  # first page row
    range_hint: Annotated[Column, Spec("q", "R", "page", "counters")]  # no free page below it
    range_free_huge: Annotated[Column, Spec("q", "R", "pfn")]  # see mm/hugetlb; 0: none
    range_type: Annotated[Column, Spec("B", "R", "RANGE_*")]
    range_node: Annotated[Column, Spec("B", "R", "nid")]
    range_zone: Annotated[Column, Spec("B", "R", "ZONE_*")]

    # sections: pfn >> SECTION_SHIFT -> range (0: no memmap there)
    section_range: Annotated[Column, Spec("B", "X", "range")]

    # struct page
    page_flags: Annotated[Column, Spec("q", "P", "PG_* bits")]
    page_mapping: Annotated[Column, Spec("q", "P", "row << 2 | MAPPING_*")]
    page_index: Annotated[Column, Spec("q", "P", "page offset")]
    page_tag: Annotated[Column, Spec("q", "P", "contents")]
    page_private: Annotated[Column, Spec("q", "P", "swap entry")]
    page_refcount: Annotated[Column, Spec("i", "P", "references")]
    page_mapcount: Annotated[Column, Spec("i", "P", "mappings")]  # page_mapcount(): 0 = unmapped
    page_mlock_count: Annotated[Column, Spec("i", "P", "VMAs")]
    page_range: Annotated[Column, Spec("B", "P", "range")]
    page_list: Annotated[Column, Spec("B", "P", "LIST_*")]
    page_memcg: Annotated[Column, Spec("B", "P", "control group")]

    # page tables: which slot an address has is said by mm/pgtable.py alone
    pte: Annotated[Column, Spec("q", "T", "x86-64 entry")]

    # VMAs
    vma_start: Annotated[Column, Spec("q", "V", "address")]
    vma_end: Annotated[Column, Spec("q", "V", "address")]
    vma_flags: Annotated[Column, Spec("q", "V", "VM_* bits")]
    vma_page_prot: Annotated[Column, Spec("q", "V", "PTE bits")]
    vma_pgoff: Annotated[Column, Spec("q", "V", "page offset")]
    vma_mm: Annotated[Column, Spec("i", "V", "mm")]
    vma_file: Annotated[Column, Spec("i", "V", "file")]
    vma_anon_vma: Annotated[Column, Spec("i", "V", "anon_vma")]
    vma_ptes: Annotated[Column, Spec("i", "V", "PTE slot")]
    vma_resv_map: Annotated[Column, Spec("i", "V", "file")]  # mm/hugetlb/reserve.py
    vma_policy: Annotated[Column, Spec("q", "V", "see mm/mempolicy/policy.py", per_row=3)]
    vma_ops: Annotated[Column, Spec("B", "V", "OPS_*")]
    vma_resv: Annotated[Column, Spec("B", "V", "HPAGE_RESV_*")]
    vma_tables: Annotated[Column, Spec("B", "V", "TABLE_* bits")]  # mm/pgtable.py

    # mms
    mm_flags: Annotated[Column, Spec("q", "M", "MMF_* bits")]
    mm_rss: Annotated[Column, Spec("q", "M", "pages", per_row=4)]  # mm*4 + MM_*
    mm_locked_vm: Annotated[Column, Spec("q", "M", "pages")]
    mm_total_vm: Annotated[Column, Spec("q", "M", "pages")]
    mm_memcg: Annotated[Column, Spec("B", "M", "control group")]
    mm_def_flags: Annotated[Column, Spec("q", "M", "VM_* bits")]
    mm_next_addr: Annotated[Column, Spec("q", "M", "address")]
    mm_hugetlb: Annotated[Column, Spec("q", "M", "pages")]  # hugetlb_usage
    mm_uffd: Annotated[Column, Spec("B", "M", "0/1/2")]  # has a userfaultfd; 2: of user mode
    mm_hiwater_rss: Annotated[Column, Spec("q", "M", "pages")]
    mm_users: Annotated[Column, Spec("i", "M", "tasks")]  # 0: row is free
    mm_khugepaged: Annotated[Column, Spec("i", "M", "place")]  # on khugepaged's list; 0: on none
    mm_pte_mapped: Annotated[Column, Spec("q", "M", "address", per_row=8)]  # khugepaged's to do
    mm_ksm_next: Annotated[Column, Spec("i", "M", "mm")]  # next on ksmd's list
    mm_ksm_items: Annotated[Column, Spec("i", "M", "rmap item")]  # first, by address

    # tasks (threads): per-task rss deltas of SPLIT_RSS_COUNTING
    task_mm: Annotated[Column, Spec("i", "C", "mm")]
    task_cpu: Annotated[Column, Spec("i", "C", "cpu")]
    task_rss: Annotated[Column, Spec("i", "C", "pages", per_row=4)]
    task_rss_events: Annotated[Column, Spec("i", "C", "events")]
    task_policy: Annotated[Column, Spec("q", "C", "see mm/mempolicy/policy.py", per_row=3)]

    # anon_vmas: a tree; a page of anon_vma A may be mapped by VMAs of A and of its descendants
    anon_parent: Annotated[Column, Spec("i", "A", "anon_vma")]
    anon_users: Annotated[Column, Spec("i", "A", "VMAs and children")]

    # files (struct address_space)
    file_ops: Annotated[Column, Spec("B", "F", "OPS_*")]
    file_unopened: Annotated[Column, Spec("B", "F", "0/1")]  # it goes with its last mapping
    file_range: Annotated[Column, Spec("B", "F", "range")]  # device memory behind a DAX file
    file_nr_pages: Annotated[Column, Spec("q", "F", "pages")]  # that it has cache slots for
    file_size: Annotated[Column, Spec("q", "F", "pages")]  # i_size; of the rest nothing is there
    file_first: Annotated[Column, Spec("q", "F", "cache slot")]  # its first page-cache slot
    file_pfn: Annotated[Column, Spec("q", "F", "pfn")]  # first pfn of a PFNMAP device
    cache_page: Annotated[Column, Spec("q", "I", "page")]  # page cache: 0 none
    cache_swap: Annotated[Column, Spec("q", "I", "swap slot")]  # shmem page out in swap
    cache_tag: Annotated[Column, Spec("q", "I", "contents")]  # what the disk holds
    cache_resv: Annotated[Column, Spec("B", "I", "0/1")]  # mm/hugetlb/reserve.py: in the map
    cache_shadow: Annotated[Column, Spec("B", "I", "1 + group")]  # reclaim took the page from there

    # swap slots
    swap_count: Annotated[Column, Spec("i", "S", "entries")]
    swap_page: Annotated[Column, Spec("i", "S", "page")]  # swap cache
    swap_tag: Annotated[Column, Spec("q", "S", "contents")]
    swap_evictor: Annotated[Column, Spec("B", "S", "control group")]  # whose reclaim sent it there
    swap_memcg: Annotated[Column, Spec("B", "S", "control group")]  # whose page went there
    swap_shadow: Annotated[Column, Spec("B", "S", "0/1")]  # PG_workingset of what was there

    # KSM
    item_mm: Annotated[Column, Spec("i", "K", "mm")]
    item_addr: Annotated[Column, Spec("q", "K", "address")]
    item_checksum: Annotated[Column, Spec("q", "K", "checksum")]
    item_tree: Annotated[Column, Spec("B", "K", "0 none 1 unstable 2 stable")]
    item_seqnr: Annotated[Column, Spec("B", "K", "1: put into the unstable tree in this pass")]
    item_node: Annotated[Column, Spec("i", "K", "stable node")]
    item_anon_vma: Annotated[Column, Spec("i", "K", "anon_vma")]
    item_nid: Annotated[Column, Spec("B", "K", "nid")]
    item_age: Annotated[Column, Spec("B", "K", "passes that met it, up to 255")]
    item_skips: Annotated[Column, Spec("B", "K", "passes that will pass it over")]
    item_next: Annotated[Column, Spec("i", "K", "rmap item")]  # next of the mm, by address
    item_rb: Annotated[Column, Spec("i", "K", "see mm/ksm/rbtree.py", per_row=4)]
    stable_page: Annotated[Column, Spec("i", "Q", "page")]  # the node's kpfn, as a row; 0 free
    stable_nid: Annotated[Column, Spec("B", "Q", "nid")]
    stable_items: Annotated[Column, Spec("i", "Q", "rmap items")]
    stable_misplaced: Annotated[Column, Spec("B", "Q", "1: on migrate_nodes, in no tree")]
    stable_rb: Annotated[Column, Spec("i", "Q", "see mm/ksm/rbtree.py", per_row=4)]
    ksm_root: Annotated[Column, Spec("i", "1", "row", per_row=2 * MAX_KSM_NODES)]

    # per-CPU batches: (cpu * NR_PVECS + which) * PVEC_SIZE + i
    pvec_nr: Annotated[Column, Spec("i", "U", "pages", per_row=NR_PVECS)]
    mlock_pvec_kind: Annotated[Column, Spec("B", "U", "MLOCK_*", per_row=PVEC_SIZE)]
    pvec_page: Annotated[Column, Spec("i", "U", "page", per_row=NR_PVECS * PVEC_SIZE)]

    # references that a scenario holds (get, pin)
    held_page: Annotated[Column, Spec("i", "H", "page")]
    held_owner: Annotated[Column, Spec("i", "H", "handle")]
    held_flags: Annotated[Column, Spec("q", "H", "FOLL_* bits")]
    held_mm: Annotated[Column, Spec("i", "H", "mm")]
    held_addr: Annotated[Column, Spec("q", "H", "address")]

    # migrate_vma in phases: words as in the kernel (VALID 1, MIGRATE 2, WRITE 8), page row << 6
    migrate_src: Annotated[Column, Spec("q", "D", "word")]
    migrate_dst: Annotated[Column, Spec("q", "D", "word")]

    # counters
    vmstat: Annotated[Column, Spec("q", "1", "see VMSTAT_NAMES", "counters", NR_VMSTAT)]

    ksm_full_scans: Annotated[Column, Spec("q", "1", "passes", "counters")]

    # scratch
    scratch: Annotated[Column, Spec("q", "1", "see NR_EVENTS ...", "scratch", NR_SCRATCH)]
    stack: Annotated[Column, Spec("q", "1", "see mm/stack.py", "scratch", NR_STACK)]
    event_code: Annotated[Column, Spec("q", "E", "EVENT_*", "scratch")]
    event_site: Annotated[Column, Spec("q", "E", "SITE_*", "scratch")]
    event_pfn: Annotated[Column, Spec("q", "E", "pfn", "scratch")]
    event_addr: Annotated[Column, Spec("q", "E", "address", "scratch")]
    diverged_site: Annotated[Column, Spec("q", "1", "times", "scratch", NR_SITES)]
    visited_site: Annotated[Column, Spec("q", "1", "times", "scratch", NR_SITES)]
    out: Annotated[Column, Spec("q", "1", "result", "scratch", MAX_OUT)]


COLUMNS: Final[dict[str, Spec]] = {
    name: hint.__metadata__[0] for name, hint in State.__annotations__.items()
}
SECTION_SHIFT: Final = 17
