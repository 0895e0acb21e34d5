# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers the kernel gives names to: page flags, VM flags, errnos, fault results, counters.

Sources: include/linux/page-flags.h, mm.h, mm_types.h, errno-base.h, vmstat.h (values that
user space or a page-table word shows are the kernel's; indices of our own columns are ours).
"""

from typing import Final

NO_PAGE: Final = 0
NO_VMA: Final = 0

# --- errnos (negative, as functions return them) ---
EPERM: Final = 1
ENOENT: Final = 2
ESRCH: Final = 3
EINTR: Final = 4
EIO: Final = 5
E2BIG: Final = 7
EBADF: Final = 9
EAGAIN: Final = 11
ENOMEM: Final = 12
EACCES: Final = 13
EFAULT: Final = 14
EBUSY: Final = 16
EEXIST: Final = 17
ENODEV: Final = 19
EINVAL: Final = 22
ENOSPC: Final = 28
EMLINK: Final = 31
EOPNOTSUPP: Final = 95
EHWPOISON: Final = 133
ERRNO_NAMES: Final[dict[int, str]] = {
    EPERM: "EPERM",
    ENOENT: "ENOENT",
    ESRCH: "ESRCH",
    EINTR: "EINTR",
    EIO: "EIO",
    E2BIG: "E2BIG",
    EBADF: "EBADF",
    EAGAIN: "EAGAIN",
    ENOMEM: "ENOMEM",
    EACCES: "EACCES",
    EFAULT: "EFAULT",
    EBUSY: "EBUSY",
    EEXIST: "EEXIST",
    ENODEV: "ENODEV",
    EINVAL: "EINVAL",
    ENOSPC: "ENOSPC",
    EMLINK: "EMLINK",
    EOPNOTSUPP: "EOPNOTSUPP",
    EHWPOISON: "EHWPOISON",
}

# --- page flags (bit masks; order of include/linux/page-flags.h) ---
PG_LOCKED: Final = 1 << 0
PG_REFERENCED: Final = 1 << 1
PG_UPTODATE: Final = 1 << 2
PG_DIRTY: Final = 1 << 3
PG_LRU: Final = 1 << 4
PG_ACTIVE: Final = 1 << 5
PG_WORKINGSET: Final = 1 << 6
PG_SWAPCACHE: Final = 1 << 10  # owner_priv_1
PG_RESERVED: Final = 1 << 12
PG_PRIVATE: Final = 1 << 13
PG_WRITEBACK: Final = 1 << 15
PG_HEAD: Final = 1 << 16
PG_ANON_EXCLUSIVE: Final = 1 << 17  # mappedtodisk
PG_RECLAIM: Final = 1 << 18
PG_SWAPBACKED: Final = 1 << 19
PG_UNEVICTABLE: Final = 1 << 20
PG_MLOCKED: Final = 1 << 21
PG_YOUNG: Final = 1 << 22  # idle page tracking
PG_IDLE: Final = 1 << 23
PG_HUGETLB: Final = 1 << 28  # ours: a head whose destructor is that of hugetlb
PG_TAIL: Final = 1 << 29  # ours: bit 0 of compound_head
PG_ALLOCATED: Final = 1 << 30  # ours: the page is not free (not in the buddy, not with its driver)

# low bits of page_mapping: what the rest of the word names
MAPPING_FILE: Final = 0  # a row of the file columns
MAPPING_ANON: Final = 1  # a row of the anon_vma columns
MAPPING_KSM: Final = 3  # a row of the KSM stable node columns
MAPPING_SHIFT: Final = 2

# --- VM flags ---
VM_READ: Final = 0x1
VM_WRITE: Final = 0x2
VM_EXEC: Final = 0x4
VM_SHARED: Final = 0x8
VM_MAYREAD: Final = 0x10
VM_MAYWRITE: Final = 0x20
VM_MAYEXEC: Final = 0x40
VM_MAYSHARE: Final = 0x80
VM_UFFD_MISSING: Final = 0x200
VM_PFNMAP: Final = 0x400
VM_UFFD_WP: Final = 0x1000
VM_UFFD_MINOR: Final = 0x2000000000
VM_UFFD_FLAGS: Final = VM_UFFD_MISSING | VM_UFFD_WP | VM_UFFD_MINOR  # __VM_UFFD_FLAGS
VM_LOCKED: Final = 0x2000
VM_IO: Final = 0x4000
VM_SEQ_READ: Final = 0x8000
VM_RAND_READ: Final = 0x10000
VM_DONTCOPY: Final = 0x20000
VM_DONTEXPAND: Final = 0x40000
VM_LOCKONFAULT: Final = 0x80000
VM_ACCOUNT: Final = 0x100000
VM_NORESERVE: Final = 0x200000
VM_HUGETLB: Final = 0x400000
VM_WIPEONFORK: Final = 0x2000000
VM_PAT: Final = 0x1000000  # VM_ARCH_1 on x86: remap_pfn_range has tracked the memory type
VM_DONTDUMP: Final = 0x4000000
VM_SOFTDIRTY: Final = 0x8000000
VM_MIXEDMAP: Final = 0x10000000
VM_HUGEPAGE: Final = 0x20000000
VM_NOHUGEPAGE: Final = 0x40000000
VM_MERGEABLE: Final = 0x80000000
HPAGE_RESV_OWNER: Final = 1  # vma_resv: the mapping of the process that called mmap
HPAGE_RESV_UNMAPPED: Final = 2  # ... a page of it was taken for the owner
VM_SPECIAL: Final = VM_IO | VM_DONTEXPAND | VM_PFNMAP | VM_MIXEDMAP

# --- vma_ops: what stands behind vm_ops ---
OPS_NONE: Final = 0  # anonymous: vma_is_anonymous
OPS_FILE: Final = 1  # page cache of a file on a disk file system (filemap_fault, page_mkwrite)
OPS_SHMEM: Final = 2  # shmem: MAP_SHARED|MAP_ANONYMOUS, memfd
OPS_FSDAX: Final = 3  # file on ext4/xfs mounted with dax=always
OPS_DEVDAX: Final = 4  # /dev/daxN.0
OPS_PFNMAP: Final = 5  # driver: remap_pfn_range of memory without struct page
OPS_MIXEDMAP_PAGE: Final = 6  # driver: vm_insert_page of its own pages
OPS_MIXEDMAP_PFN: Final = 7  # driver: vmf_insert_mixed of a raw pfn
OPS_HUGETLB: Final = 9  # hugetlbfs: MAP_HUGETLB
OPS_SPECIAL_PAGE: Final = 8  # driver with find_special_page (Xen grant device)

# --- memory ranges ---
RANGE_RAM: Final = 0
RANGE_PRIVATE: Final = 1
RANGE_COHERENT: Final = 2
RANGE_FSDAX: Final = 3
RANGE_GENERIC: Final = 4
RANGE_P2PDMA: Final = 5
ZONE_NORMAL: Final = 2
ZONE_MOVABLE: Final = 3
ZONE_DEVICE: Final = 4

# --- LRU lists: page_list[P]; PG_lru says that it is on one of the first five ---
LIST_NONE: Final = 0
LIST_INACTIVE_ANON: Final = 1
LIST_ACTIVE_ANON: Final = 2
LIST_INACTIVE_FILE: Final = 3
LIST_ACTIVE_FILE: Final = 4
LIST_UNEVICTABLE: Final = 5
LIST_ISOLATED: Final = 6  # on somebody's private list through page->lru
LIST_MIGRATE: Final = 7  # on a migrate_pages() list through page->lru

# --- per-CPU batches (struct pagevec / folio_batch), 15 or 31 entries each (mm/list.py:batch_size)
PVEC_SIZE: Final = 31
PVEC_SIZE_BEFORE_6_9: Final = 15
PVEC_LRU_ADD: Final = 0
PVEC_ROTATE: Final = 1
PVEC_DEACTIVATE_FILE: Final = 2
PVEC_DEACTIVATE: Final = 3
PVEC_LAZYFREE: Final = 4
PVEC_ACTIVATE: Final = 5
PVEC_MLOCK: Final = 6
NR_PVECS: Final = 7

# --- rss counters ---
MM_FILEPAGES: Final = 0
MM_ANONPAGES: Final = 1
MM_SWAPENTS: Final = 2
MM_SHMEMPAGES: Final = 3
NR_MM_COUNTERS: Final = 4
MMF_HAS_PINNED: Final = 1 << 27
MMF_VM_MERGEABLE: Final = 1 << 16
GUP_PIN_COUNTING_BIAS: Final = 1024

# --- results of a fault ---
VM_FAULT_OOM: Final = 0x1
VM_FAULT_SIGBUS: Final = 0x2
VM_FAULT_MAJOR: Final = 0x4
VM_FAULT_WRITE: Final = 0x8
VM_FAULT_HWPOISON: Final = 0x10
VM_FAULT_SIGSEGV: Final = 0x40
VM_FAULT_NOPAGE: Final = 0x100
VM_FAULT_RETRY: Final = 0x400
VM_FAULT_FALLBACK: Final = 0x800
VM_FAULT_ERROR: Final = VM_FAULT_OOM | VM_FAULT_SIGBUS | VM_FAULT_SIGSEGV | VM_FAULT_HWPOISON
FAULT_FLAG_WRITE: Final = 1 << 0
FAULT_FLAG_ALLOW_RETRY: Final = 1 << 2
FAULT_FLAG_USER: Final = 1 << 6
FAULT_FLAG_REMOTE: Final = 1 << 7
FAULT_FLAG_UNSHARE: Final = 1 << 10

# --- settings: m.setting[...] (sysctl, sysfs, test hooks) ---
SET_NUMA_BALANCING: Final = 0
SET_KSM_RUN: Final = 1
SET_KSM_MERGE_ACROSS_NODES: Final = 2
SET_KSM_USE_ZERO_PAGES: Final = 3
SET_KSM_MAX_PAGE_SHARING: Final = 4
SET_FAIL_ALLOC: Final = 5  # that many of the next allocations fail
SET_SWAP_SLOTS: Final = 6  # swap slots that exist (0: no swap)
SET_RLIMIT_MEMLOCK: Final = 7  # bytes; -1: unlimited
SET_HIGHEST_MEMMAP_PFN: Final = 8
SET_ZERO_PAGE: Final = 9  # row of the zero page
SET_CAPABLE: Final = 10  # 1: the callers have CAP_SYS_ADMIN, CAP_SYS_NICE, CAP_IPC_LOCK
SET_SWAP_ASYNC: Final = 11  # 1: the swap device writes in its own time (a disk, not zram)
SET_THP: Final = 12  # transparent_hugepage/enabled: THP_NEVER ...
SET_HUGE_ZERO_PFN: Final = 13  # the huge zero page's; 0: it was never made
SET_MAX_PTES_NONE: Final = 14  # of transparent_hugepage/khugepaged
SET_MAX_PTES_SWAP: Final = 15
SET_MAX_PTES_SHARED: Final = 16
SET_MEMCG: Final = 19  # the group of the first process: ROOT_MEMCG, or NO_MEMCG without groups
SET_VSYSCALL: Final = 17  # how the machine was booted: VSYSCALL_NONE ... (mm/gate.py)
SET_GATE_PAGE: Final = 18  # row of the page behind the gate area; NO_PAGE: none is
SET_HUGETLB_PAGES: Final = 24  # vm.nr_hugepages
SET_HUGETLB_FREE: Final = 25  # of these; with those that are promised
SET_HUGETLB_RESV: Final = 26  # promised to mappings, not handed out yet
SET_SHMEM_ENABLED: Final = 20  # transparent_hugepage/shmem_enabled: SHMEM_HUGE_NEVER ...
SET_WARNED: Final = 21  # 1 << SITE_*: its WARN_ON_ONCE has said what it has to say
SET_MEMCG_TREE: Final = 27  # the parent of each group (mm/memcontrol/tree.py); 0: cgroup v1
SET_MEMCG_MAX: Final = 28  # + group: its memory.max in pages; 0: no limit
NR_SETTINGS: Final = 40
MAX_MEMCGS: Final = 5  # none, the root, g1, g2, g3
GATE_VMA: Final = 1  # where there is one: the row of its VMA, which belongs to no mm,
GATE_SLOT: Final = 1  # and the slot of its entry, which belongs to no VMA
THP_NEVER: Final = 0
THP_MADVISE: Final = 1
THP_ALWAYS: Final = 2
SHMEM_HUGE_NEVER: Final = 0
SHMEM_HUGE_ALWAYS: Final = 1
SHMEM_HUGE_WITHIN_SIZE: Final = 2
SHMEM_HUGE_ADVISE: Final = 3
SHMEM_HUGE_DENY: Final = 4
SHMEM_HUGE_FORCE: Final = 5

# --- events (m.event_code): what the kernel would log or count as a fault of its own ---
EVENT_BAD_PAGE_MAP: Final = 1
EVENT_BAD_RSS: Final = 2
EVENT_WARN: Final = 3
EVENT_BUG: Final = 4
EVENT_ENDLESS: Final = 5  # a loop that goes round for ever; the step ends as if it was killed
EVENT_OOPS: Final = 6  # a pointer that is NULL or an error is followed; the step never happened
EVENT_LOCKS: Final = 7  # a function returns with other locks held than it promises
EVENT_NAMES: Final[tuple[str, ...]] = (
    "",
    "bad-page-map",
    "bad-rss-counter",
    "warn",
    "bug",
    "endless",
    "oops",
    "locks",
)

# --- traps (m.trap): the step did not happen; the outer layer restores the snapshot ---
TRAP_NONE: Final = 0
TRAP_NO_ROW: Final = 1  # a table is full: arg = which size (SIZE_*)
TRAP_NOT_MODELLED: Final = 2  # arg = WHY_*
TRAP_SOURCE: Final = 3  # executed C cannot go on: arg = the number of a place (source/program.py)
TRAP_BUG: Final = 4  # the model contradicts itself: arg = a number to find the place by
ENOROW: Final = 1001

# --- why a step is not modelled (TRAP_NOT_MODELLED) ---
WHY_SITE_ABSENT: Final = 1
WHY_HUGETLB: Final = 2
WHY_THP: Final = 3
WHY_MEMPOLICY: Final = 4
WHY_SWAP: Final = 5
WHY_UFFD: Final = 6
WHY_RECLAIM: Final = 7
WHY_MREMAP: Final = 8
# 10: nothing in the core comes to it
WHY_GATE_WRITTEN: Final = 9
WHY_MEMCG: Final = 10
WHY_SHMEM_HUGE: Final = 11
WHY_MADVISE: Final = 12
WHY_KSM: Final = 13
WHY_DEVICE: Final = 14
WHY_TOO_MANY: Final = 15
WHY_FILE_GROWS: Final = 16
WHY_TRUNCATE: Final = 17
WHY_MEMCG_LIMIT: Final = 18
WHY_DEVICE_THP: Final = 19
WHY_TEXTS: Final[tuple[str, ...]] = (
    "",
    "this site does not exist in this kernel",
    "hugetlb by rules whose text was not read: v6.18, and its files but for v6.1",
    "transparent huge pages where somebody would sleep, and some uses in other kernels than 6.1",
    "policies of shmem files, interleaving by what a task allocates next",
    "swap beyond synchronous slots",
    "userfaultfd on hugetlb, in kernels before 6.1, and where a call of the kernel sleeps until "
    "somebody resolves a fault of its own",
    "reclaim beyond the LRU basics",
    "mremap where areas would merge, or by the text of later kernels",
    "writing to the gate page by who holds it",
    "charges of cgroup v1 that move behind holes or with huge pages",
    "huge pages of shmem by rules whose text was not read (v6.18), and once their file was cut",
    "this madvise advice",
    "KSM chains of stable nodes",
    "this use of device memory",
    "so many pages in one call",
    "a file that grows as it is written to",
    "other sizes and holes of files on DAX and shmem that is allocated and not touched",
    "a charge within the reach of memory.max",
    "huge pages of device memory: migrate_vma of 2 MiB that are one leaf, or empty",
)
