# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers of Linux's user space interface (x86-64): stated here and nowhere else.

The model, the language's lowering, the plans for real kernels and `inspect` read them from here.
The agent in C takes its own from the kernel's headers.
"""

from typing import Final

PAGE_SHIFT: Final = 12
PAGE_SIZE: Final = 1 << PAGE_SHIFT

# --- mmap, mprotect: include/uapi/asm-generic/mman-common.h, mman.h ---
PROT_NONE: Final = 0
PROT_READ: Final = 1
PROT_WRITE: Final = 2
PROT_EXEC: Final = 4
MAP_SHARED: Final = 0x01
MAP_PRIVATE: Final = 0x02
MAP_ANONYMOUS: Final = 0x20
MAP_HUGETLB: Final = 0x40000
MAP_LOCKED: Final = 0x2000
MAP_NORESERVE: Final = 0x4000
MAP_POPULATE: Final = 0x8000

# --- userfaultfd: include/uapi/linux/userfaultfd.h ---
UFFDIO_REGISTER_MODE: Final[dict[str, int]] = {
    "UFFDIO_REGISTER_MODE_MISSING": 1,
    "UFFDIO_REGISTER_MODE_WP": 2,
    "UFFDIO_REGISTER_MODE_MINOR": 4,
}
UFFDIO_COPY_MODE_WP: Final = 2
UFFDIO_WRITEPROTECT_MODE_WP: Final = 1
UFFDIO_CONTINUE_MODE_WP: Final = 2
UFFD_USER_MODE_ONLY: Final = 0x100  # 1 for userfaultfd(2); here beside the modes of registering
UFFDIO: Final[dict[str, int]] = {
    **UFFDIO_REGISTER_MODE,
    "UFFDIO_COPY_MODE_WP": UFFDIO_COPY_MODE_WP,
    "UFFDIO_WRITEPROTECT_MODE_WP": UFFDIO_WRITEPROTECT_MODE_WP,
    "UFFDIO_CONTINUE_MODE_WP": UFFDIO_CONTINUE_MODE_WP,
    "UFFD_USER_MODE_ONLY": UFFD_USER_MODE_ONLY,
}

# --- fallocate: include/uapi/linux/falloc.h ---
FALLOC_FL_KEEP_SIZE: Final = 0x01
FALLOC_FL_PUNCH_HOLE: Final = 0x02
FALLOC_FL_ZERO_RANGE: Final = 0x10
FALLOC: Final[dict[str, int]] = {
    "FALLOC_FL_KEEP_SIZE": FALLOC_FL_KEEP_SIZE,
    "FALLOC_FL_PUNCH_HOLE": FALLOC_FL_PUNCH_HOLE,
    "FALLOC_FL_ZERO_RANGE": FALLOC_FL_ZERO_RANGE,
}

# --- mremap: include/uapi/linux/mman.h ---
MREMAP_MAYMOVE: Final = 1
MREMAP_FIXED: Final = 2
MREMAP_DONTUNMAP: Final = 4
MREMAP: Final[dict[str, int]] = {
    "MREMAP_MAYMOVE": MREMAP_MAYMOVE,
    "MREMAP_FIXED": MREMAP_FIXED,
    "MREMAP_DONTUNMAP": MREMAP_DONTUNMAP,
}

# --- mlock2, mlockall: the same files ---
MLOCK_ONFAULT: Final = 1
MCL_CURRENT: Final = 1
MCL_FUTURE: Final = 2
MCL_ONFAULT: Final = 4

# --- memory policy: include/uapi/linux/mempolicy.h ---
MPOL_DEFAULT: Final = 0
MPOL_PREFERRED: Final = 1
MPOL_BIND: Final = 2
MPOL_INTERLEAVE: Final = 3
MPOL_LOCAL: Final = 4
MPOL_PREFERRED_MANY: Final = 5
MPOL_MAX: Final = 6
POLICIES: Final[dict[str, int]] = {
    "MPOL_DEFAULT": MPOL_DEFAULT,
    "MPOL_PREFERRED": MPOL_PREFERRED,
    "MPOL_BIND": MPOL_BIND,
    "MPOL_INTERLEAVE": MPOL_INTERLEAVE,
    "MPOL_LOCAL": MPOL_LOCAL,
    "MPOL_PREFERRED_MANY": MPOL_PREFERRED_MANY,
}
MPOL_F_STATIC_NODES: Final = 1 << 15
MPOL_F_RELATIVE_NODES: Final = 1 << 14
MPOL_MODE_FLAGS: Final = MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES
POLICY_FLAGS: Final[dict[str, int]] = {
    "MPOL_F_STATIC_NODES": MPOL_F_STATIC_NODES,
    "MPOL_F_RELATIVE_NODES": MPOL_F_RELATIVE_NODES,
}
MPOL_MF_STRICT: Final = 1
MPOL_MF_MOVE: Final = 2
MPOL_MF_MOVE_ALL: Final = 4
MPOL_MF_LAZY: Final = 8
MPOL_MF_VALID: Final = MPOL_MF_STRICT | MPOL_MF_MOVE | MPOL_MF_MOVE_ALL
MOVE: Final[dict[str, int]] = {
    "MPOL_MF_MOVE": MPOL_MF_MOVE,
    "MPOL_MF_MOVE_ALL": MPOL_MF_MOVE_ALL,
}
MBIND: Final[dict[str, int]] = {
    "MPOL_MF_STRICT": MPOL_MF_STRICT,
    "MPOL_MF_LAZY": MPOL_MF_LAZY,
    **MOVE,
}
MPOL_F_NODE: Final = 1
MPOL_F_ADDR: Final = 2
MPOL_F_MEMS_ALLOWED: Final = 4
GET_POLICY: Final[dict[str, int]] = {
    "MPOL_F_NODE": MPOL_F_NODE,
    "MPOL_F_ADDR": MPOL_F_ADDR,
    "MPOL_F_MEMS_ALLOWED": MPOL_F_MEMS_ALLOWED,
}

# --- madvise: include/uapi/asm-generic/mman-common.h ---
MADV_NORMAL: Final = 0
MADV_RANDOM: Final = 1
MADV_SEQUENTIAL: Final = 2
MADV_WILLNEED: Final = 3
MADV_DONTNEED: Final = 4
MADV_FREE: Final = 8
MADV_REMOVE: Final = 9
MADV_DONTFORK: Final = 10
MADV_DOFORK: Final = 11
MADV_MERGEABLE: Final = 12
MADV_UNMERGEABLE: Final = 13
MADV_HUGEPAGE: Final = 14
MADV_NOHUGEPAGE: Final = 15
MADV_DONTDUMP: Final = 16
MADV_DODUMP: Final = 17
MADV_WIPEONFORK: Final = 18
MADV_KEEPONFORK: Final = 19
MADV_COLD: Final = 20
MADV_PAGEOUT: Final = 21
MADV_POPULATE_READ: Final = 22
MADV_POPULATE_WRITE: Final = 23
MADV_DONTNEED_LOCKED: Final = 24
MADV_COLLAPSE: Final = 25
MADV_HWPOISON: Final = 100
MADV_SOFT_OFFLINE: Final = 101
ADVICE: Final[dict[str, int]] = {
    "MADV_NORMAL": MADV_NORMAL,
    "MADV_RANDOM": MADV_RANDOM,
    "MADV_SEQUENTIAL": MADV_SEQUENTIAL,
    "MADV_WILLNEED": MADV_WILLNEED,
    "MADV_DONTNEED": MADV_DONTNEED,
    "MADV_FREE": MADV_FREE,
    "MADV_REMOVE": MADV_REMOVE,
    "MADV_DONTFORK": MADV_DONTFORK,
    "MADV_DOFORK": MADV_DOFORK,
    "MADV_MERGEABLE": MADV_MERGEABLE,
    "MADV_UNMERGEABLE": MADV_UNMERGEABLE,
    "MADV_HUGEPAGE": MADV_HUGEPAGE,
    "MADV_NOHUGEPAGE": MADV_NOHUGEPAGE,
    "MADV_DONTDUMP": MADV_DONTDUMP,
    "MADV_DODUMP": MADV_DODUMP,
    "MADV_WIPEONFORK": MADV_WIPEONFORK,
    "MADV_KEEPONFORK": MADV_KEEPONFORK,
    "MADV_COLD": MADV_COLD,
    "MADV_PAGEOUT": MADV_PAGEOUT,
    "MADV_POPULATE_READ": MADV_POPULATE_READ,
    "MADV_POPULATE_WRITE": MADV_POPULATE_WRITE,
    "MADV_DONTNEED_LOCKED": MADV_DONTNEED_LOCKED,
    "MADV_COLLAPSE": MADV_COLLAPSE,
    "MADV_HWPOISON": MADV_HWPOISON,
    "MADV_SOFT_OFFLINE": MADV_SOFT_OFFLINE,
}

# --- /proc/PID/pagemap: Documentation/admin-guide/mm/pagemap.rst; signed, as in the columns ---
PM_PFRAME_MASK: Final = (1 << 55) - 1
PM_SOFT_DIRTY: Final = 1 << 55
PM_MMAP_EXCLUSIVE: Final = 1 << 56
PM_UFFD_WP: Final = 1 << 57
PM_FILE: Final = 1 << 61
PM_SWAP: Final = 1 << 62
PM_PRESENT: Final = -(1 << 63)

# --- /proc/kpageflags, bit numbers: include/uapi/linux/kernel-page-flags.h, include/linux/ ---
KPF_LOCKED: Final = 0
KPF_REFERENCED: Final = 2
KPF_UPTODATE: Final = 3
KPF_DIRTY: Final = 4
KPF_LRU: Final = 5
KPF_ACTIVE: Final = 6
KPF_WRITEBACK: Final = 8
KPF_RECLAIM: Final = 9
KPF_BUDDY: Final = 10
KPF_MMAP: Final = 11
KPF_ANON: Final = 12
KPF_SWAPCACHE: Final = 13
KPF_SWAPBACKED: Final = 14
KPF_COMPOUND_HEAD: Final = 15
KPF_COMPOUND_TAIL: Final = 16
KPF_HUGE: Final = 17
KPF_UNEVICTABLE: Final = 18
KPF_NOPAGE: Final = 20
KPF_KSM: Final = 21
KPF_THP: Final = 22
KPF_ZERO_PAGE: Final = 24
KPF_IDLE: Final = 25
KPF_RESERVED: Final = 32
KPF_MLOCKED: Final = 33
KPF_MAPPEDTODISK: Final = 34  # the same flag says anon-exclusive on anonymous pages
KPF_PRIVATE: Final = 35
KPF_OWNER_PRIVATE: Final = 37  # the same flag says swap cache
KPF_NAMES: Final[tuple[str, ...]] = (
    "LOCKED",
    "ERROR",
    "REFERENCED",
    "UPTODATE",
    "DIRTY",
    "LRU",
    "ACTIVE",
    "SLAB",
    "WRITEBACK",
    "RECLAIM",
    "BUDDY",
    "MMAP",
    "ANON",
    "SWAPCACHE",
    "SWAPBACKED",
    "COMPOUND_HEAD",
    "COMPOUND_TAIL",
    "HUGE",
    "UNEVICTABLE",
    "HWPOISON",
    "NOPAGE",
    "KSM",
    "THP",
    "OFFLINE",
    "ZERO_PAGE",
    "IDLE",
    "PGTABLE",
    "",
    "",
    "",
    "",
    "",
    "RESERVED",
    "MLOCKED",
    "MAPPEDTODISK",
    "PRIVATE",
    "PRIVATE_2",
    "OWNER_PRIVATE",
    "ARCH",
    "UNCACHED",
    "SOFTDIRTY",
    "ARCH_2",
)
