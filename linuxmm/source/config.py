# SPDX-License-Identifier: GPL-2.0-or-later
"""Under which configuration a tree is read: x86-64 as Debian builds it, and the record's."""

from typing import Final

from linuxmm.kernels.record import Kernel

# What decides between two texts of a function and is the same in every record.
_ON: Final = """
    64BIT X86 X86_64 MMU SMP NUMA NUMA_BALANCING SWAP SHMEM TMPFS KSM COMPACTION
    TRANSPARENT_HUGEPAGE HAVE_ARCH_TRANSPARENT_HUGEPAGE ARCH_ENABLE_THP_MIGRATION THP_SWAP
    HUGETLB_PAGE HUGETLBFS MEM_SOFT_DIRTY HAVE_ARCH_SOFT_DIRTY PROC_FS PROC_PAGE_MONITOR SYSFS
    ZONE_DEVICE DEV_PAGEMAP_OPS HMM_MIRROR FS_DAX ARCH_HAS_PTE_DEVMAP HAVE_FAST_GUP
    HAVE_GUP_FAST SPARSEMEM SPARSEMEM_VMEMMAP USERFAULTFD HAVE_ARCH_USERFAULTFD_WP
    HAVE_ARCH_USERFAULTFD_MINOR MMU_NOTIFIER SECRETMEM MEMCG CGROUPS VM_EVENT_COUNTERS
    PTE_MARKER_UFFD_WP ARCH_HAS_PKEYS ARCH_USES_HIGH_VMA_FLAGS LRU_GEN PHYS_ADDR_T_64BIT
    HAVE_IOREMAP_PROT DEBUG_FS
"""
_OF_RECORD: Final = {  # word of [config] -> options
    "pte_special": ("CONFIG_ARCH_HAS_PTE_SPECIAL",),
    "migration": ("CONFIG_MIGRATION",),
    "memory_failure": ("CONFIG_MEMORY_FAILURE",),
    "device_private": ("CONFIG_DEVICE_PRIVATE",),
    "pte_marker": ("CONFIG_PTE_MARKER",),
}


def config_of(kernel: Kernel) -> frozenset[str]:
    """The CONFIG_ names that are on for a record."""
    words = dict(kernel.config)
    on = {name for word, names in _OF_RECORD.items() if words.get(word, False) for name in names}
    return frozenset(f"CONFIG_{name}" for name in _ON.split()) | on
