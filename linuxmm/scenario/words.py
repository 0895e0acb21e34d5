# SPDX-License-Identifier: GPL-2.0-or-later
"""The words of the scenario language apart from its verbs: limits, flags, keys of files, events.

A flag and a key carry the kernel's name.  Words of systems that the model does not know are
here too: the step parses and is NotModelled when it runs.
"""

import errno
from typing import NamedTuple

from linuxmm.state.flags import FOLL_FLAGS, NEWER_FLAGS

HEADER = "linuxmm-scenario"
VERSION = 1


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Limits: each has one sentence when it is passed, and stands in the reference.
MAX_BYTES = 1 << 20
MAX_LINE = 4096
MAX_PAGES = 65536
MAX_STEPS = 4096
MAX_LISTED = 1 << 20  # values and nodes given one per page, all steps together
MAX_WORK = 200_000  # pages that all steps together look at: see work.py
MAX_PROCESSES = 64
MAX_CPUS = 64
MAX_NODES = 64
MAX_MACHINE_BYTES = 1 << 46
MAX_HUGEPAGES = 64  # of the pool of hugetlb
MAX_COUNT = 1_000_000  # how often a step does something
MAX_INT = (1 << 31) - 1  # what a file of the kernel takes

DEVICE_KINDS = ("coherent", "private", "dax", "devdax", "p2pdma")
DAEMONS = ("ksmd", "khugepaged", "kswapd", "numa")
FILESYSTEMS = ("ext4", "xfs", "virtiofs")

# 95 has two names, of which the kernel uses this one
ERRNOS = frozenset(errno.errorcode.values()) - {"ENOTSUP"} | {"EOPNOTSUPP", "ERESTARTSYS"}
SIGNALS = ("SIGSEGV", "SIGBUS", "SIGKILL")

EVENTS = (
    "bad-page-map",
    "bad-rss-counter",
    "bad-page-state",
    "bad-pmd",
    "bug",
    "endless",
    "oops",
    "locks",
    "oom-kill",
    "warn",
)
INVARIANTS = (
    "bad-page-map",
    "lru-device",
    "ksm-device",
    "ksm-device-migrated",
    "thp-device",
    "deferred-split",
    "foll-lru",
    "refcount",
    "mapcount",
    "rss",
    "swap-count",
    "pool",
    "memcg",
    "mlock",
    "content",
    "pin",
    "uffd-wp",
    "device-return",
    "rmap",
    "isolated",
    "lru-add",
    "report",
    "ends",
    "oops",
    "locks",
)

# --- keys of the files --------------------------------------------------------------------
SMAPS_KEYS = _words(
    "Size KernelPageSize MMUPageSize Rss Pss Pss_Dirty Shared_Clean Shared_Dirty Private_Clean "
    "Private_Dirty Referenced Anonymous KSM LazyFree AnonHugePages ShmemPmdMapped FilePmdMapped "
    "Shared_Hugetlb Private_Hugetlb Swap SwapPss Locked THPeligible ProtectionKey VmFlags"
)
ROLLUP_KEYS = _words(
    "Rss Pss Pss_Dirty Pss_Anon Pss_File Pss_Shmem Shared_Clean Shared_Dirty Private_Clean "
    "Private_Dirty Referenced Anonymous KSM LazyFree AnonHugePages ShmemPmdMapped FilePmdMapped "
    "Shared_Hugetlb Private_Hugetlb Swap SwapPss Locked"
)
NUMA_MAPS_KEYS = _words(
    "policy file anon dirty mapped mapmax swapcache active writeback kernelpagesize_kB"
)
STATUS_KEYS = _words(
    "VmPeak VmSize VmLck VmPin VmHWM VmRSS RssAnon RssFile RssShmem VmData VmStk VmExe VmLib "
    "VmPTE VmSwap HugetlbPages"
)
MEMINFO_KEYS = _words(
    "MemFree MemAvailable Buffers Cached SwapCached Active Inactive Active(anon) Inactive(anon) "
    "Active(file) Inactive(file) Unevictable Mlocked SwapTotal SwapFree Dirty Writeback AnonPages "
    "Mapped Shmem Slab PageTables AnonHugePages ShmemHugePages ShmemPmdMapped FileHugePages "
    "HugePages_Total HugePages_Free HugePages_Rsvd HugePages_Surp"
)
VMSTAT_KEYS = _words(
    "nr_free_pages nr_inactive_anon nr_active_anon nr_inactive_file nr_active_file nr_unevictable "
    "nr_mlock nr_isolated_anon nr_isolated_file nr_anon_pages nr_mapped nr_file_pages nr_dirty "
    "nr_writeback nr_shmem nr_anon_transparent_hugepages nr_foll_pin_acquired "
    "nr_foll_pin_released pgactivate pgdeactivate pglazyfree pglazyfreed pgfault pgmajfault "
    "pgrotated pswpin pswpout pgsteal_kswapd pgsteal_direct numa_pte_updates numa_hint_faults "
    "numa_hint_faults_local numa_pages_migrated pgmigrate_success pgmigrate_fail "
    "thp_migration_success thp_migration_fail thp_migration_split thp_swpout thp_swpout_fallback "
    "thp_fault_alloc "
    "thp_collapse_alloc thp_split_page thp_split_page_failed thp_split_pmd thp_fault_fallback "
    "thp_deferred_split_page thp_zero_page_alloc thp_collapse_alloc_failed "
    "thp_scan_exceed_none_pte thp_scan_exceed_swap_pte thp_scan_exceed_share_pte "
    "nr_shmem_hugepages nr_shmem_pmdmapped thp_file_alloc thp_file_fallback thp_file_mapped "
    "unevictable_pgs_culled "
    "unevictable_pgs_scanned unevictable_pgs_rescued unevictable_pgs_mlocked "
    "unevictable_pgs_munlocked unevictable_pgs_cleared unevictable_pgs_stranded cow_ksm "
    "ksm_swpin_copy pgreuse drop_pagecache"
)
KSM_COUNTERS = _words(
    "pages_shared pages_sharing pages_unshared pages_volatile full_scans stable_node_chains "
    "stable_node_dups"
)
# The values that the kernel takes: mm/ksm.c, the *_store functions; kernel/sysctl.c.
KSM_RANGES = {
    "run": (0, 2),
    "pages_to_scan": (0, MAX_INT),
    "sleep_millisecs": (0, MAX_INT),
    "merge_across_nodes": (0, 1),
    "use_zero_pages": (0, 1),
    "max_page_sharing": (2, MAX_INT),
    "stable_node_chains_prune_millisecs": (0, MAX_INT),
}
KSM_SETTINGS = tuple(KSM_RANGES)
KHUGEPAGED_RANGES = {  # mm/khugepaged.c, the *_store functions
    "max_ptes_none": (0, 511),
    "max_ptes_swap": (0, 511),
    "max_ptes_shared": (0, 511),
}
POLICY_KEYS = ("mode", "node", "nodes")
MEMORY_STAT_KEYS = _words(
    "cache rss mapped_file anon file file_mapped swapcached anon_thp shmem_thp shmem "
    "inactive_anon active_anon inactive_file active_file unevictable"
)
MIGRATE_KEYS = ("cpages", "faults", "migrated")
SYSCTL_RANGES = {
    "kernel.numa_balancing": (0, 4),
    "vm.swappiness": (0, 200),
    "vm.overcommit_memory": (0, 2),
    "vm.overcommit_ratio": (0, MAX_INT),
    "vm.max_map_count": (0, MAX_INT),
    "vm.compact_unevictable_allowed": (0, 1),
    "vm.unprivileged_userfaultfd": (0, 1),
    "vm.nr_hugepages": (0, MAX_HUGEPAGES),
}
SYSCTLS = tuple(SYSCTL_RANGES)
THP_MODES = _words("never madvise always")  # of transparent_hugepage/enabled
SHMEM_MODES = _words("never always within_size advise deny force")  # of .../shmem_enabled
# Words of the kernel's command line that a scenario may need, and their values.
BOOT_VSYSCALL = "vsyscall"
BOOT_WORDS = {
    BOOT_VSYSCALL: _words("none xonly emulate"),  # arch/x86/entry/vsyscall/vsyscall_64.c
}
VM_FLAGS = _words(
    "rd wr ex sh mr mw me ms gd pf lo io sr rr dc de ac nr ht sf nl ar wf dd sd mm hg nh mg bt mt "
    "um uw ui ss"
)
KPAGEFLAGS = _words(
    "LOCKED ERROR REFERENCED UPTODATE DIRTY LRU ACTIVE SLAB WRITEBACK RECLAIM BUDDY MMAP ANON "
    "SWAPCACHE SWAPBACKED COMPOUND_HEAD COMPOUND_TAIL HUGE UNEVICTABLE HWPOISON NOPAGE KSM THP "
    "OFFLINE ZERO_PAGE IDLE PGTABLE RESERVED MLOCKED MAPPEDTODISK PRIVATE PRIVATE_2 OWNER_PRIVATE "
    "ARCH UNCACHED SOFTDIRTY ARCH_2"
)
SNAPSHOT_WORDS = _words(
    "error none read write pmd pud zero private-local private-remote coherent-local coherent-remote"
)
PAGEMAP_LETTERS = "PSFXDW"  # present, swap, file, exclusive, soft-dirty, uffd-wp
PAGE_KINDS = ("ram", "dev", "swap", "none")

# --- choices and flags ----------------------------------------------------------------------


class Group(NamedTuple):
    """Words of one question: at most one of them, unless ``many``; ``default`` without one."""

    what: str
    words: tuple[str, ...]
    default: str = ""
    many: bool = False
    required: bool = False


PROT = Group("protection", ("rw", "r", "w", "rx", "rwx", "x", "none"), "rw")
NEW_PROT = Group("protection", PROT.words, required=True)
SHARING = Group("sharing", ("private", "shared"), "private")
BACKING = Group("backing", ("anon", "pfnmap", "mixedmap"), "anon")
FILL = Group("content of a driver's mapping", ("pages", "pfns", "empty"))
MAP_FLAGS = Group(
    "flag",
    ("locked", "populate", "noreserve", "hugetlb", "growsdown", "find_special_page", "droppable"),
    many=True,
)
MREMAP_FLAGS = Group("flag", ("MREMAP_MAYMOVE", "MREMAP_FIXED", "MREMAP_DONTUNMAP"), many=True)
MADVICE = Group(
    "advice",
    tuple(
        "MADV_" + word
        for word in _words(
            "NORMAL RANDOM SEQUENTIAL WILLNEED DONTNEED FREE REMOVE DONTFORK DOFORK MERGEABLE "
            "UNMERGEABLE HUGEPAGE NOHUGEPAGE DONTDUMP DODUMP WIPEONFORK KEEPONFORK COLD PAGEOUT "
            "POPULATE_READ POPULATE_WRITE DONTNEED_LOCKED COLLAPSE HWPOISON SOFT_OFFLINE "
            "GUARD_INSTALL GUARD_REMOVE"
        )
    ),
    required=True,
)
MLOCK2_FLAGS = Group("flag", ("MLOCK_ONFAULT",), many=True)
MCL_FLAGS = Group("flag", ("MCL_CURRENT", "MCL_FUTURE", "MCL_ONFAULT"), many=True, required=True)
POLICY = Group(
    "policy",
    (
        "MPOL_DEFAULT",
        "MPOL_PREFERRED",
        "MPOL_BIND",
        "MPOL_INTERLEAVE",
        "MPOL_LOCAL",
        "MPOL_PREFERRED_MANY",
        "MPOL_WEIGHTED_INTERLEAVE",
    ),
    required=True,
)
MODE_FLAGS = Group("mode flag", ("MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"), many=True)
MBIND_FLAGS = Group(
    "flag",
    ("MPOL_MF_STRICT", "MPOL_MF_MOVE", "MPOL_MF_MOVE_ALL", "MPOL_MF_LAZY"),
    many=True,
)
MEMCGS = Group("control group", ("g1", "g2", "g3"), required=True)
ANY_MEMCG = Group("control group", (*MEMCGS.words, "root"), required=True)
MOVE_FLAGS = Group("flag", ("MPOL_MF_MOVE", "MPOL_MF_MOVE_ALL"), "MPOL_MF_MOVE")
GET_POLICY_FLAGS = Group("flag", ("MPOL_F_NODE", "MPOL_F_ADDR", "MPOL_F_MEMS_ALLOWED"), many=True)
FOLL = Group(
    "flag", (*FOLL_FLAGS, *(word for word in NEWER_FLAGS if word.startswith("FOLL_"))), many=True
)
INSERT = Group("kind of pfn", ("page", "pfn", "devmap"), "page")
MKWRITE = Group("flag", ("mkwrite",), many=True)
SELECT = Group(
    "flag",
    tuple(f"MIGRATE_VMA_SELECT_{w}" for w in ("SYSTEM", "DEVICE_PRIVATE", "DEVICE_COHERENT")),
    "MIGRATE_VMA_SELECT_SYSTEM",
    many=True,
)
MFD_FLAGS = Group("flag", ("MFD_HUGETLB",), many=True)
FALLOC_FLAGS = Group(
    "flag", ("FALLOC_FL_KEEP_SIZE", "FALLOC_FL_PUNCH_HOLE", "FALLOC_FL_ZERO_RANGE"), many=True
)
UFFD_MODES = Group(
    "mode",
    (
        *(f"UFFDIO_REGISTER_MODE_{word}" for word in ("MISSING", "WP", "MINOR")),
        "UFFD_USER_MODE_ONLY",
    ),
    many=True,
    required=True,
)
UFFD_WP = Group("flag", ("UFFDIO_WRITEPROTECT_MODE_WP",), many=True)
UFFD_COPY = Group("flag", ("UFFDIO_COPY_MODE_WP",), many=True)
UFFD_CONTINUE = Group("flag", ("UFFDIO_CONTINUE_MODE_WP",), many=True)
