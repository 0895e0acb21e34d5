# SPDX-License-Identifier: GPL-2.0-or-later
"""One page of a live process as a state of the model, so that the model's own text answers.

The stand-in is a machine of the model with one process, one VMA that carries the VM_* flags of
the real one, one entry, and one page that carries the flags kpageflags showed.  It is written
into the columns directly; nothing here decides what the kernel may do.
"""

from dataclasses import dataclass, replace
from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_DEVMAP,
    PAGE_DIRTY,
    PAGE_RW,
    PAGE_SPECIAL,
    pfn_pte,
    pte_mkdevmap,
)
from linuxmm.inspect import kind as kinds
from linuxmm.inspect.area import Area
from linuxmm.inspect.lazyfree import CLEAN, WRITTEN
from linuxmm.inspect.source import Machine
from linuxmm.inspect.words import EXCLUSIVE, KPF_BITS, KPF_TAIL, PRESENT
from linuxmm.machine import Machine as Model
from linuxmm.machine import MachineSpec, RangeSpec
from linuxmm.mm.page import page_to_pfn
from linuxmm.mm.swapfile import add_to_swap_cache, get_swap_page
from linuxmm.mm.vma import vm_get_page_prot
from linuxmm.state.block import Block
from linuxmm.state.constants import (
    MAPPING_ANON,
    MAPPING_FILE,
    MAPPING_KSM,
    MAPPING_SHIFT,
    OPS_DEVDAX,
    OPS_FILE,
    OPS_FSDAX,
    OPS_MIXEDMAP_PAGE,
    OPS_NONE,
    OPS_PFNMAP,
    OPS_SHMEM,
    PG_ACTIVE,
    PG_ALLOCATED,
    PG_ANON_EXCLUSIVE,
    PG_DIRTY,
    PG_HEAD,
    PG_IDLE,
    PG_LOCKED,
    PG_LRU,
    PG_MLOCKED,
    PG_PRIVATE,
    PG_RECLAIM,
    PG_REFERENCED,
    PG_RESERVED,
    PG_SWAPBACKED,
    PG_SWAPCACHE,
    PG_UNEVICTABLE,
    PG_UPTODATE,
    PG_WRITEBACK,
    RANGE_COHERENT,
    RANGE_FSDAX,
    RANGE_GENERIC,
    RANGE_RAM,
    SET_NUMA_BALANCING,
    SET_SWAP_SLOTS,
    SET_ZERO_PAGE,
    VM_SHARED,
    VM_WRITE,
)
from linuxmm.state.layout import CURRENT_CPU, SIZE_A, SIZE_C, SIZE_F, SIZE_I, SIZE_K, SIZE_M, SIZE_V
from linuxmm.uapi import (
    KPF_ACTIVE,
    KPF_COMPOUND_HEAD,
    KPF_DIRTY,
    KPF_IDLE,
    KPF_LOCKED,
    KPF_LRU,
    KPF_MAPPEDTODISK,
    KPF_MLOCKED,
    KPF_PRIVATE,
    KPF_RECLAIM,
    KPF_REFERENCED,
    KPF_RESERVED,
    KPF_SWAPBACKED,
    KPF_SWAPCACHE,
    KPF_UNEVICTABLE,
    KPF_UPTODATE,
    KPF_WRITEBACK,
    PAGE_SIZE,
)

MM: Final = 1
VMA: Final = 1
SLOT: Final = 1
_FROM_KPF: Final[tuple[tuple[int, int], ...]] = (
    (KPF_LOCKED, PG_LOCKED),
    (KPF_REFERENCED, PG_REFERENCED),
    (KPF_UPTODATE, PG_UPTODATE),
    (KPF_DIRTY, PG_DIRTY),
    (KPF_LRU, PG_LRU),
    (KPF_ACTIVE, PG_ACTIVE),
    (KPF_WRITEBACK, PG_WRITEBACK),
    (KPF_RECLAIM, PG_RECLAIM),
    (KPF_SWAPBACKED, PG_SWAPBACKED),
    (KPF_COMPOUND_HEAD, PG_HEAD),
    (KPF_UNEVICTABLE, PG_UNEVICTABLE),
    (KPF_IDLE, PG_IDLE),
    (KPF_RESERVED, PG_RESERVED),
    (KPF_MLOCKED, PG_MLOCKED),
    (KPF_PRIVATE, PG_PRIVATE),
)
_RANGES: Final[dict[str, int]] = {
    kinds.COHERENT: RANGE_COHERENT,
    kinds.FSDAX: RANGE_FSDAX,
    kinds.DEVDAX: RANGE_GENERIC,
}
_CACHED: Final = (kinds.FILE_KIND, kinds.SHMEM, kinds.SECRET)  # in a page cache
_ANON_KINDS: Final = (kinds.ANON, kinds.THP, kinds.COHERENT)


@dataclass(frozen=True)
class Facts:
    """Everything that the answers depend on: equal facts are asked once."""

    kind: str
    vm_flags: int
    ops: int
    nr_pages: int  # of the VMA, at most 2 MiB's worth: more makes no difference
    start: int  # of the VMA, within 4 MiB
    pgoff: int  # of the VMA, within 2 MiB
    flags: int  # PG_*
    exclusive: bool
    swap: bool
    numa_balancing: int
    lazy: str = ""  # of a page that MADV_FREE marked: a word of `lazyfree`
    pinned: bool = False  # pages of the process are pinned, and it is not seen which


def facts_of(
    machine: Machine, area: Area, word: int, kind: str, lazy: str = "", pinned: bool = False
) -> Facts:
    """What the model has to know of a page.

    Where a VMA of less than 2 MiB lies makes no difference: it holds no huge page anywhere.
    """
    small = area.nr_pages < 512
    flags = _flags_of(machine, word, kind) if word & PRESENT else 0
    if kind in (kinds.ANON, kinds.THP):
        flags = flags & ~PG_SWAPBACKED if lazy else flags | PG_SWAPBACKED
    return Facts(
        kind,
        area.flags,
        _ops_of(area, kind),
        1 if small else min(area.nr_pages, 1024),
        0 if small else area.start & (1 << 22) - 1,
        0 if small else area.pgoff & 511,
        flags,
        bool(word & EXCLUSIVE),
        machine.swap_files > 0,
        machine.numa_balancing,
        lazy,
        pinned,
    )


def as_kind(facts: Facts, kind: str) -> Facts:
    """The same page if its memory were of another kind (`--what-if`)."""
    flags = facts.flags & ~(PG_LRU | PG_ACTIVE | PG_UNEVICTABLE | PG_MLOCKED | PG_HEAD)
    return replace(facts, kind=kind, flags=flags | PG_RESERVED)


def _flags_of(machine: Machine, word: int, kind: str) -> int:
    """The page's flags; without kpageflags those of an ordinary page of its kind on its LRU."""
    if machine.has_flags:
        return page_flags(word, kind)
    if kind in (kinds.FILE_KIND, kinds.SECRET):
        return PG_UPTODATE | PG_LRU
    if kind == kinds.SHMEM:
        return PG_UPTODATE | PG_LRU | PG_SWAPBACKED | PG_DIRTY
    return PG_UPTODATE | PG_LRU | PG_SWAPBACKED if kind in _ANON_KINDS else PG_UPTODATE


def page_flags(word: int, kind: str) -> int:
    """The PG_* flags that kpageflags told; of a tail those that its head would show."""
    shown = word & KPF_BITS
    flags = sum(flag for bit, flag in _FROM_KPF if shown >> bit & 1)
    if shown & KPF_TAIL:
        flags |= PG_HEAD
        if kind in (kinds.THP, kinds.FILE_KIND, kinds.SHMEM):
            flags |= PG_LRU
    if kind in _RANGES:
        return flags | PG_RESERVED
    if kind in (kinds.ANON, kinds.THP):
        flags |= PG_ANON_EXCLUSIVE if shown >> KPF_MAPPEDTODISK & 1 else 0
        flags |= PG_SWAPCACHE if shown >> KPF_SWAPCACHE & 1 else 0
    return flags


def _ops_of(area: Area, kind: str) -> int:
    """OPS_*: what stands behind the VMA's vm_ops."""
    if kind == kinds.FSDAX:
        return OPS_FSDAX
    if kind == kinds.DEVDAX:
        return OPS_DEVDAX
    if kind == kinds.PFNMAP:
        return OPS_PFNMAP
    if kind in (kinds.MIXEDMAP, kinds.KERNEL):
        return OPS_MIXEDMAP_PAGE
    if not area.has_file:
        return OPS_NONE
    return OPS_SHMEM if area.is_shmem else OPS_FILE


_SPEC: Final = MachineSpec(
    (
        RangeSpec("node0", 1 << 15, 0, 4),
        RangeSpec("node1", 1 << 15, 1, 4),
        RangeSpec("coherent0", 1 << 15, 0, 2),
        RangeSpec("dax0", 1 << 15, 0, 2),
        RangeSpec("devdax0", 1 << 15, 0, 2),
    ),
    cpus=2,
    swap_slots=4,
    rows=(("T", 1 + 512 + 1 + 512),),  # of a large VMA the whole 2 MiB around the one entry
)


class StandIn:
    """A machine of one kernel in which one page after another is looked at."""

    def __init__(self, kernel: str) -> None:
        self.model = Model(kernel, _SPEC)
        self.k = self.model.k
        self.block: Block = self.model.block
        self.m = self.block.m
        self.empty = self.block.snapshot()
        self.page = 0
        self.addr = 0
        self.trace: list[str] = []  # what was asked since the page was put, in words

    def put(self, facts: Facts) -> None:
        """Make the state hold this page."""
        self.trace.clear()
        self.block.restore(self.empty)
        m = self.m
        m.scratch[CURRENT_CPU] = 1  # NUMA balancing scans for a task on the other node
        m.setting[SET_NUMA_BALANCING] = facts.numa_balancing or 1
        if not facts.swap:
            m.setting[SET_SWAP_SLOTS] = 0
        for size in (SIZE_V, SIZE_M, SIZE_C, SIZE_A, SIZE_F, SIZE_I, SIZE_K):
            m.used[size] = 2
        m.mm_users[MM] = m.task_mm[1] = 1
        self._put_vma(facts)
        self._put_page(facts)
        m.pte[SLOT] = self._entry(facts)
        self.placed = self.block.snapshot()

    def again(self) -> None:
        """Back to the page as it was put: a question may have changed it."""
        self.block.restore(self.placed)
        self.m.scratch[CURRENT_CPU] = 1

    def _put_vma(self, facts: Facts) -> None:
        m = self.m
        m.vma_start[VMA] = self.addr = (1 << 30) + facts.start
        m.vma_end[VMA] = self.addr + facts.nr_pages * PAGE_SIZE
        m.vma_flags[VMA], m.vma_ops[VMA], m.vma_mm[VMA] = facts.vm_flags, facts.ops, MM
        m.vma_page_prot[VMA] = vm_get_page_prot(facts.vm_flags)
        m.vma_pgoff[VMA] = facts.pgoff if facts.ops else self.addr // PAGE_SIZE
        m.vma_ptes[VMA] = SLOT
        m.vma_file[VMA] = 1 if facts.ops else 0
        if facts.kind in (*_ANON_KINDS, kinds.KSM) or not facts.ops:
            m.vma_anon_vma[VMA] = m.anon_users[1] = 1
        m.file_ops[1], m.file_nr_pages[1], m.file_first[1] = facts.ops, 1, 1 - facts.pgoff
        m.file_size[1] = 1

    def _put_page(self, facts: Facts) -> None:
        m = self.m
        if facts.kind in (kinds.ZERO, kinds.PFNMAP):
            self.page = m.setting[SET_ZERO_PAGE] if facts.kind == kinds.ZERO else 0
            return
        wanted = _RANGES.get(facts.kind, RANGE_RAM)
        row = next(r for r in range(1, 6) if m.range_type[r] == wanted)
        self.page = page = m.range_row[row] + 1
        m.page_flags[page] = facts.flags | PG_ALLOCATED
        m.page_mapcount[page] = m.page_refcount[page] = 1 if facts.exclusive else 2
        m.page_index[page] = m.vma_pgoff[VMA]
        self._put_mapping(facts, page)

    def _put_mapping(self, facts: Facts, page: int) -> None:
        m = self.m
        if facts.kind in _ANON_KINDS:
            m.page_mapping[page] = 1 << MAPPING_SHIFT | MAPPING_ANON
        elif facts.kind == kinds.KSM:
            m.page_mapping[page] = 1 << MAPPING_SHIFT | MAPPING_KSM
            m.stable_page[1], m.stable_items[1] = page, 1
            m.item_mm[1], m.item_addr[1], m.item_tree[1] = MM, self.addr, 2
            m.item_node[1] = m.item_anon_vma[1] = 1
        elif facts.kind in (*_CACHED, kinds.FSDAX, kinds.DEVDAX):
            m.page_mapping[page] = 1 << MAPPING_SHIFT | MAPPING_FILE
            if facts.kind in _CACHED:
                m.cache_page[1] = page
                m.page_refcount[page] = m.page_refcount[page] + 1
        if facts.flags & PG_SWAPCACHE and facts.swap:
            add_to_swap_cache(m, page, get_swap_page(m))
        if facts.flags & PG_PRIVATE:
            m.page_refcount[page] = m.page_refcount[page] + 1

    def _entry(self, facts: Facts) -> int:
        """The entry: special where the kernel makes it so for this kind."""
        prot = self.m.vma_page_prot[VMA]
        if facts.kind == kinds.PFNMAP:
            return pfn_pte(1 << 18, prot) | PAGE_SPECIAL
        prot &= ~PAGE_ACCESSED  # not to be seen from outside: as if not used lately
        entry = pfn_pte(page_to_pfn(self.m, self.page), prot)
        if facts.kind == kinds.ZERO:
            return entry | PAGE_SPECIAL
        if facts.kind in (kinds.FSDAX, kinds.DEVDAX):
            return pte_mkdevmap(entry) | PAGE_DEVMAP
        writable = _is_writable(facts)
        if facts.lazy != CLEAN and (writable or facts.lazy == WRITTEN):
            entry |= PAGE_DIRTY
        return entry | PAGE_RW if writable else entry


def _is_writable(facts: Facts) -> bool:
    """Has the entry been written through?  Page cache is written through shared mappings alone,
    whose first write marks the page dirty (mm/memory.c:fault_dirty_shared_page)."""
    if facts.kind in _ANON_KINDS:
        return bool(facts.exclusive and facts.vm_flags & VM_WRITE)
    shared = VM_SHARED | VM_WRITE
    return facts.vm_flags & shared == shared and bool(facts.flags & PG_DIRTY)
