# SPDX-License-Identifier: GPL-2.0-or-later
"""What a page is, told from its word and its VMA: decoding of what the kernel shows, no rules.

A second decision on purpose (fs/proc/pages.py:page_kind is the model's): that one looks at the
model's struct page, this one has what a live kernel shows, and must not inherit the model's errors.
"""

from typing import Final

from linuxmm.inspect.area import Area
from linuxmm.inspect.physical import Region
from linuxmm.inspect.source import Machine
from linuxmm.inspect.words import (
    EXCLUSIVE,
    FILE,
    GUARD,
    KPF_ANON,
    KPF_BITS,
    KPF_HUGE,
    KPF_KSM,
    KPF_LRU,
    KPF_NOPAGE,
    KPF_RESERVED,
    KPF_SWAPBACKED,
    KPF_THP,
    KPF_ZERO,
    PGMAP_BITS,
    PGMAP_COHERENT,
    PGMAP_FS_DAX,
    PGMAP_GENERIC,
    PGMAP_P2PDMA,
    PGMAP_PRIVATE,
    PRESENT,
    SPECIAL,
    SWAP,
    SWAP_TYPE_BITS,
    region_of,
)
from linuxmm.state.constants import VM_HUGETLB, VM_IO, VM_MIXEDMAP, VM_PFNMAP

ANON: Final = "anon"
KSM: Final = "ksm"
THP: Final = "thp"
FILE_KIND: Final = "file"
SHMEM: Final = "shmem"
ZERO: Final = "zero"
HUGETLB: Final = "hugetlb"
SECRET: Final = "secretmem"
COHERENT: Final = "coherent"
FSDAX: Final = "fsdax"
DEVDAX: Final = "devdax"
P2PDMA: Final = "p2pdma"
PRIVATE: Final = "private"
PFNMAP: Final = "pfnmap"
MIXEDMAP: Final = "mixedmap"
KERNEL: Final = "kernel"  # a page of the kernel's own, such as the vdso
SWAPPED: Final = "swap"
MIGRATING: Final = "migrating"
EXCLUSIVE_ENTRY: Final = "exclusive"
POISONED: Final = "hwpoison"
SPECIAL_ENTRY: Final = "special"  # neither present nor in a swap file, and not known better
GUARDED: Final = "guard"
NONE: Final = "none"

# in the order of reports, with what each is in a legend
KINDS: Final[dict[str, str]] = {
    ANON: "anonymous, 4 KiB pages",
    THP: "anonymous, in a large folio",
    KSM: "anonymous, merged by KSM",
    ZERO: "the zero page",
    FILE_KIND: "page cache of a file",
    SHMEM: "tmpfs, memfd, shared anonymous",
    HUGETLB: "hugetlb",
    SECRET: "memfd_secret: hidden from the kernel itself",
    COHERENT: "device memory mapped like RAM (DEVICE_COHERENT)",
    FSDAX: "file on persistent memory (FS_DAX)",
    DEVDAX: "device DAX",
    P2PDMA: "PCI memory for peer-to-peer DMA",
    MIXEDMAP: "a driver's own pages (VM_MIXEDMAP)",
    KERNEL: "the kernel's own pages (vdso)",
    PFNMAP: "VM_PFNMAP: no struct page",
    SWAPPED: "in swap",
    PRIVATE: "in DEVICE_PRIVATE memory",
    MIGRATING: "being migrated",
    EXCLUSIVE_ENTRY: "lent to a device alone",
    POISONED: "broken memory (hwpoison)",
    SPECIAL_ENTRY: "migrating, device-private or another entry",
    GUARDED: "guard pages",
    NONE: "nothing there yet",
}
LETTERS: Final[dict[str, str]] = {
    ANON: "a",
    THP: "A",
    KSM: "k",
    ZERO: "z",
    FILE_KIND: "f",
    SHMEM: "s",
    HUGETLB: "H",
    SECRET: "S",
    COHERENT: "C",
    FSDAX: "x",
    DEVDAX: "X",
    P2PDMA: "P",
    MIXEDMAP: "m",
    KERNEL: "v",
    PFNMAP: "p",
    SWAPPED: "w",
    PRIVATE: "D",
    MIGRATING: "M",
    EXCLUSIVE_ENTRY: "e",
    POISONED: "!",
    SPECIAL_ENTRY: "?",
    GUARDED: "g",
    NONE: ".",
}
ENTRIES: Final = (SWAPPED, PRIVATE, MIGRATING, EXCLUSIVE_ENTRY, POISONED, SPECIAL_ENTRY)
ABSENT: Final = frozenset((*ENTRIES, GUARDED, NONE))
NOT_THERE: Final = frozenset((NONE, GUARDED, ZERO))  # no memory of its own: no page, or no access
MAPPED: Final = frozenset(KINDS) - ABSENT - {PFNMAP}
FEWEST_SWAP_FILES: Final = 23  # MAX_SWAPFILES when every special entry type is configured
_PGMAPS: Final = {
    PGMAP_PRIVATE: PRIVATE,
    PGMAP_COHERENT: COHERENT,
    PGMAP_FS_DAX: FSDAX,
    PGMAP_GENERIC: DEVDAX,
    PGMAP_P2PDMA: P2PDMA,
}


def kind_of(machine: Machine, area: Area, word: int) -> str:
    """The kind of a page, as the glossary calls it."""
    if word & PRESENT:
        return _present(machine, area, word)
    if word & GUARD:
        return GUARDED
    if word & SWAP:
        return _entry(machine, word & SWAP_TYPE_BITS)
    ranged = area.flags & (VM_PFNMAP | VM_IO) and not area.flags & VM_MIXEDMAP
    return PFNMAP if ranged and not machine.tables else NONE


def _entry(machine: Machine, kind: int) -> str:
    """What a non-present entry of a type is (include/linux/swap.h, MAX_SWAPFILES)."""
    if kind in machine.swap_kinds:
        return machine.swap_kinds[kind]
    in_file = kind < max(FEWEST_SWAP_FILES, machine.swap_files)
    return SWAPPED if in_file and machine.swap_files else SPECIAL_ENTRY


def _present(machine: Machine, area: Area, word: int) -> str:
    if word & KPF_ZERO:
        return ZERO
    if word & PGMAP_BITS:
        return _PGMAPS.get(word & PGMAP_BITS, COHERENT)
    if word & SPECIAL:
        return PFNMAP
    region = machine.physical.regions[region_of(word)]
    if word & KPF_NOPAGE or _is_device(region):
        return _device(area, word)
    if machine.has_flags and not word & KPF_BITS:
        # a mapped page has flags: later kernels show 0 for NOPAGE; of RAM the page went meanwhile
        return _by_area(area, word) if region.is_ram else _device(area, word)
    if word & KPF_HUGE or area.flags & VM_HUGETLB:
        return HUGETLB
    if area.is_secret:
        return SECRET
    if not machine.has_flags:
        return _by_area(area, word)
    if word & KPF_KSM and (not machine.ksm_lies or _all_merged(area)):
        return KSM
    if word & KPF_ANON:
        return THP if word & KPF_THP else ANON
    if word & KPF_RESERVED:
        return KERNEL
    if area.flags & VM_MIXEDMAP and not word & KPF_LRU:
        return MIXEDMAP
    return SHMEM if word & KPF_SWAPBACKED or area.is_shmem else FILE_KIND


def _by_area(area: Area, word: int) -> str:
    """Without kpageflags: what the entry's file bit and the name of the mapping say."""
    if not word & FILE:
        return THP if word & KPF_THP else ANON
    if area.name in ("[vdso]", "[vvar]", "[vsyscall]"):
        return KERNEL
    if area.flags & VM_MIXEDMAP:
        return MIXEDMAP
    return SHMEM if area.is_shmem else FILE_KIND


def _all_merged(area: Area) -> bool:
    """Does smaps say that each anonymous page here is merged (its KSM line)?"""
    return 0 < area.fields.get("Anonymous", 0) == area.fields.get("KSM", 0)


def _is_device(region: Region) -> bool:
    return region.node >= 0 and not region.is_ram and "dax" in region.name


def _device(area: Area, word: int) -> str:
    """A frame without an online page: which device memory, by how it is mapped."""
    if area.name.startswith("/dev/dax"):
        return DEVDAX
    if area.has_file and not word & (FILE | EXCLUSIVE):
        return FSDAX
    return COHERENT
