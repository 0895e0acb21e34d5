# SPDX-License-Identifier: GPL-2.0-or-later
"""Hand-made machines for the readers: pages and entries put there one by one, nothing run.

Two nodes of RAM and one device of each kind, one process.  Every word is written by the test, so
that what a reader says is checked against the words and not against the code that makes them.
"""

from dataclasses import dataclass, field

from linuxmm import kernels
from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_DEVMAP,
    PAGE_DIRTY,
    PAGE_NX,
    PAGE_PRESENT,
    PAGE_RW,
    PAGE_SPECIAL,
    PAGE_USER,
    pfn_pte,
)
from linuxmm.kernels import Kernel
from linuxmm.kernels.compile import compile_rules
from linuxmm.mm.pgtable import pte_offset_map, walk_to_pmd
from linuxmm.state.block import Block
from linuxmm.state.constants import (
    MAPPING_ANON,
    MAPPING_FILE,
    MAPPING_KSM,
    MAPPING_SHIFT,
    OPS_NONE,
    PG_ALLOCATED,
    PG_RESERVED,
    PG_SWAPBACKED,
    PG_UPTODATE,
    RANGE_COHERENT,
    RANGE_FSDAX,
    RANGE_GENERIC,
    RANGE_PRIVATE,
    RANGE_RAM,
    SET_CAPABLE,
    SET_HIGHEST_MEMMAP_PFN,
    SET_SWAP_SLOTS,
    SET_ZERO_PAGE,
    VM_MAYEXEC,
    VM_MAYREAD,
    VM_MAYWRITE,
    VM_READ,
    VM_WRITE,
    ZONE_DEVICE,
    ZONE_NORMAL,
)
from linuxmm.state.layout import (
    NR_EVENTS,
    SECTION_SHIFT,
    SIZE_F,
    SIZE_I,
    SIZE_M,
    SIZE_P,
    SIZE_R,
    SIZE_S,
    SIZE_T,
    SIZE_V,
    State,
)
from linuxmm.state.rules import Rules

ROWS = 16
NODE0, NODE1, COHERENT, PRIVATE, FSDAX, GENERIC = range(1, 7)
RANGES = (
    (RANGE_RAM, 0, ZONE_NORMAL),
    (RANGE_RAM, 1, ZONE_NORMAL),
    (RANGE_COHERENT, 1, ZONE_DEVICE),
    (RANGE_PRIVATE, 0, ZONE_DEVICE),
    (RANGE_FSDAX, 0, ZONE_DEVICE),
    (RANGE_GENERIC, 0, ZONE_DEVICE),
)
SIZES = {**dict.fromkeys("MCUAFKQHD", 4), "P": 128, "R": 8, "X": 16, "T": 64, "V": 8}
SIZES |= {"I": 16, "S": 8, "E": 64}
ANON_FLAGS = VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC
PRESENT = PAGE_PRESENT | PAGE_USER | PAGE_ACCESSED | PAGE_NX
WRITTEN = PRESENT | PAGE_RW | PAGE_DIRTY
DEVMAP = PRESENT | PAGE_SPECIAL | PAGE_DEVMAP
MM = 1
START = 0x7F0000000000


@dataclass
class Hand:
    """A machine made by hand: `m` and `k` as the core sees them, and the page rows used up."""

    kernel: Kernel
    block: Block
    m: State
    k: Rules
    nr_used: dict[int, int] = field(default_factory=dict)
    nr_slots: int = 1

    def pfn(self, page: int) -> int:
        """The frame of a page row."""
        r = self.m.page_range[page]
        return self.m.range_start_pfn[r] + page - self.m.range_row[r]

    def page(self, where: int = NODE0, mapcount: int = 1, anon: bool = True, flags: int = 0) -> int:
        """The next page row of a range, mapped `mapcount` times and referenced as often."""
        nr = self.nr_used.get(where, 0)
        self.nr_used[where] = nr + 1
        page = self.m.range_row[where] + nr
        kept = PG_ALLOCATED | PG_UPTODATE | (PG_SWAPBACKED if anon else 0)
        self.m.page_flags[page] |= kept | flags
        self.m.page_mapcount[page] = self.m.page_refcount[page] = mapcount
        if anon:
            self.m.page_mapping[page] = 1 << MAPPING_SHIFT | MAPPING_ANON
        return page

    def file_page(self, file: int, index: int, where: int = NODE0, flags: int = 0) -> int:
        """A page-cache page: one reference for the cache, one for its only mapping."""
        page = self.page(where, anon=False, flags=flags)
        self.m.page_mapping[page] = file << MAPPING_SHIFT | MAPPING_FILE
        self.m.page_index[page] = index
        self.m.page_refcount[page] = 2
        self.m.cache_page[self.m.file_first[file] + index] = page
        return page

    def make_ksm(self, page: int) -> None:
        """Turn an anonymous page into one of ksmd's."""
        self.m.page_mapping[page] = 1 << MAPPING_SHIFT | MAPPING_KSM

    def file(self, ops: int, nr: int) -> int:
        """A file of `nr` pages, nothing cached."""
        row = self.m.used[SIZE_F]
        self.m.used[SIZE_F] = row + 1
        self.m.file_ops[row] = ops
        self.m.file_nr_pages[row] = self.m.file_size[row] = nr
        self.m.file_first[row] = self.m.used[SIZE_I]
        self.m.used[SIZE_I] += nr
        return row

    def entry(self, page: int, bits: int = WRITTEN) -> int:
        """A present word for a page row."""
        return pfn_pte(self.pfn(page), bits)

    def vma(
        self,
        words: list[int],
        flags: int = ANON_FLAGS,
        ops: int = OPS_NONE,
        file: int = 0,
        pgoff: int = 0,
    ) -> int:
        """A VMA with exactly these entries; its row."""
        m, row = self.m, self.m.used[SIZE_V]
        m.used[SIZE_V] = row + 1
        m.vma_start[row] = START + row * 0x100000
        m.vma_end[row] = m.vma_start[row] + len(words) * 4096
        m.vma_flags[row] = flags
        m.vma_ops[row], m.vma_file[row], m.vma_pgoff[row] = ops, file, pgoff
        m.vma_ptes[row] = self.nr_slots
        for i, word in enumerate(words):
            m.pte[self.nr_slots + i] = word
        self.nr_slots += len(words)
        m.used[SIZE_T] = self.nr_slots
        m.vma_mm[row] = MM
        return row

    def slot(self, vma: int, index: int = 0) -> int:
        """The slot of a page of a VMA."""
        addr = self.m.vma_start[vma] + index * 4096
        return pte_offset_map(self.m, walk_to_pmd(self.m, vma, addr), addr)

    def out(self, nr: int) -> list[int]:
        """What a reader that returned `nr` left."""
        assert nr >= 0, nr
        return [self.m.out[i] for i in range(nr)]

    def events(self) -> int:
        """How many events there were."""
        return self.m.scratch[NR_EVENTS]


def hand(kernel: str | Kernel = "v6.1", rival: Kernel | None = None) -> Hand:
    """An empty machine with one process and a zero page."""
    record = kernels.load(kernel) if isinstance(kernel, str) else kernel
    block = Block(SIZES)
    m = block.m
    row = 1
    for i, (kind, node, zone) in enumerate(RANGES):
        r = i + 1
        m.range_start_pfn[r] = r << SECTION_SHIFT
        m.range_nr_pages[r] = 1 << SECTION_SHIFT
        m.range_rows[r], m.range_row[r] = ROWS, row
        m.range_type[r], m.range_node[r], m.range_zone[r] = kind, node, zone
        m.section_range[r] = r
        for page in range(row, row + ROWS):
            m.page_range[page] = r
            m.page_flags[page] = 0 if kind == RANGE_RAM else PG_RESERVED
        row += ROWS
    m.used[SIZE_R], m.used[SIZE_P] = len(RANGES) + 1, row
    m.setting[SET_HIGHEST_MEMMAP_PFN] = ((len(RANGES) + 1) << SECTION_SHIFT) - 1
    m.setting[SET_CAPABLE] = 1
    m.setting[SET_SWAP_SLOTS] = SIZES["S"] - 1
    m.used[SIZE_S] = SIZES["S"]
    m.used[SIZE_M] = MM + 1
    m.mm_users[MM] = 1
    h = Hand(record, block, m, compile_rules(record, rival))
    zero = h.page(NODE0, mapcount=0, anon=False)
    m.page_flags[zero] = PG_RESERVED
    m.page_refcount[zero] = 1
    m.setting[SET_ZERO_PAGE] = zero
    return h
