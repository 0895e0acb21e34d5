# SPDX-License-Identifier: GPL-2.0-or-later
"""The promise about reports: files under /proc show the sum of the entries.

It is summed here and not by the kernel's lookups.  Only formulas that hold for every page kind
and kernel: a lookup that loses a kind of page in one report makes that report differ from the
census.  Fields are those of the reader's module.  Not looked at: shares (Pss), fields that depend
on page flags, hwpoison entries.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import combinations
from typing import Final

from linuxmm.arch.x86.pgtable import PAGE_PSE, pte_pfn, pte_present, swp_offset, swp_type
from linuxmm.fs.proc.task_mmu.numa_maps import NUMA_ANON, NUMA_NODE, NUMA_PAGES
from linuxmm.fs.proc.task_mmu.pagemap import MAX_SWAPFILES_SHIFT
from linuxmm.fs.proc.task_mmu.smaps import (
    SMAPS_ANONYMOUS,
    SMAPS_PRIVATE_HUGETLB,
    SMAPS_RSS,
    SMAPS_SHARED_HUGETLB,
)
from linuxmm.fs.proc.task_mmu.status import STATUS_HUGETLB, STATUS_VM_LCK, STATUS_VM_SIZE
from linuxmm.mm.compound import compound_head
from linuxmm.mm.page import page_anon, page_to_nid, page_to_pfn
from linuxmm.mm.pgtable import PMD_SIZE
from linuxmm.mm.vma import find_vma
from linuxmm.promises.census import Census, Entries, Entry
from linuxmm.promises.kinds import page_kind
from linuxmm.promises.near import is_device
from linuxmm.promises.record import COHERENT, Fault, Promise, WrongRule
from linuxmm.promises.shadow import Made, Shadow
from linuxmm.state.behaviours import B_PAGEMAP_EXCLUSIVE, B_WALK_VMA_ENTERS_PFNMAP
from linuxmm.state.constants import (
    PG_RESERVED,
    RANGE_RAM,
    SET_CAPABLE,
    VM_HUGETLB,
    VM_LOCKED,
    VM_PFNMAP,
)
from linuxmm.state.layout import SIZE_V, State
from linuxmm.steps.proc import (
    OP_KPAGECOUNT_AT,
    OP_NUMA_MAPS,
    OP_PAGEMAP,
    OP_SMAPS,
    OP_SMAPS_ROLLUP,
    OP_STATUS,
)
from linuxmm.uapi import (
    PAGE_SIZE,
    PM_FILE,
    PM_MMAP_EXCLUSIVE,
    PM_PFRAME_MASK,
    PM_PRESENT,
    PM_SWAP,
)

Mismatch = tuple[str, str]  # in words, the site that looked the pages up
SMAPS_SITE: Final = "fs/proc/task_mmu.c:smaps_pte_entry"
PAGEMAP_SITE: Final = "fs/proc/task_mmu.c:pte_to_pagemap_entry"
HUGETLB_SITE: Final = "fs/proc/task_mmu.c:smaps_hugetlb_range"
NUMA_SITE: Final = "fs/proc/task_mmu.c:can_gather_numa_stats"


def _differs(what: str, shown: int, counted: int, site: str = "") -> list[Mismatch]:
    return [] if shown == counted else [(f"{what} shows {shown}, the entries say {counted}", site)]


def _walked(m: State, entries: Iterable[Entry], vmas: set[int], asks: bool = True) -> list[Entry]:
    """The entries that a reader of these VMAs meets: not those of a PFN mapping, if it asks."""
    passed = VM_PFNMAP if asks else 0
    return [e for e in entries if e[0] in vmas and m.vma_flags[e[0]] & passed == 0]


def _walked_vma(census: Entries, entries: Iterable[Entry], vmas: set[int]) -> list[Entry]:
    """Those that a walk over whole VMAs meets (mm/pagewalk.c:walk_page_vma)."""
    asks = census.k.behaviour[B_WALK_VMA_ENTERS_PFNMAP] == 0
    return _walked(census.m, entries, vmas, asks)


def _vmas_of(m: State, mm: int) -> set[int]:
    return {vma for vma in range(1, m.used[SIZE_V]) if m.vma_mm[vma] == mm}


# --- smaps ---
def _smaps(m: State, census: Entries, made: Made, result: int) -> list[Mismatch]:
    vma = find_vma(m, m.task_mm[made[2]], made[3])
    return _smaps_sums(m, census, {vma}, "smaps")


def _smaps_rollup(m: State, census: Entries, made: Made, result: int) -> list[Mismatch]:
    return _smaps_sums(m, census, _vmas_of(m, m.task_mm[made[2]]), "smaps_rollup")


def _smaps_sums(m: State, census: Entries, vmas: set[int], file: str) -> list[Mismatch]:
    """Rss: counting entries and migration entries; Anonymous: those of anonymous pages."""
    huge = {vma for vma in vmas if m.vma_flags[vma] & VM_HUGETLB}
    entries = _walked_vma(census, census.present, vmas - huge)
    entries += _walked_vma(census, census.moving, vmas)
    anon = sum(1 for entry in entries if page_anon(m, entry[3]))
    rss = _differs(f"Rss of {file}", m.out[SMAPS_RSS], len(entries) * PAGE_SIZE, SMAPS_SITE)
    shown = m.out[SMAPS_ANONYMOUS]
    rss += _differs(f"Anonymous of {file}", shown, anon * PAGE_SIZE, SMAPS_SITE)
    return rss + _hugetlb_sums(m, census, huge, file)


def _hugetlb_sums(m: State, census: Entries, vmas: set[int], file: str) -> list[Mismatch]:
    """Private_Hugetlb: pages that one entry maps; Shared_Hugetlb: the others."""
    mapped = [census.mapped[entry[3]] for entry in _heads(m, census, vmas)]
    alone = sum(nr < 2 for nr in mapped)
    shown, private = m.out[SMAPS_SHARED_HUGETLB], m.out[SMAPS_PRIVATE_HUGETLB]
    shared = (len(mapped) - alone) * PMD_SIZE
    found = _differs(f"Private_Hugetlb of {file}", private, alone * PMD_SIZE, HUGETLB_SITE)
    return found + _differs(f"Shared_Hugetlb of {file}", shown, shared, HUGETLB_SITE)


def _heads(m: State, census: Entries, vmas: set[int]) -> list[Entry]:
    """The entries of hugetlb of these VMAs, each once."""
    return [e for e in census.present if e[0] in vmas and e[3] == compound_head(m, e[3])]


# --- numa_maps ---
def _numa_maps(m: State, census: Entries, made: Made, result: int) -> list[Mismatch]:
    """Each page on its own node.  Whether reserved pages count is a policy: a kind of them does
    as a whole or not at all."""
    vma = find_vma(m, m.task_mm[made[2]], made[3])
    ordinary: list[int] = []
    reserved: dict[str, list[int]] = {}
    if m.vma_flags[vma] & VM_HUGETLB:
        return _misses(m, [entry[3] for entry in _heads(m, census, {vma})])
    for _, _, pte, page in _walked_vma(census, census.present, {vma}):
        if pte_present(pte):
            is_reserved = m.page_flags[page] & PG_RESERVED
            (reserved.setdefault(page_kind(m, page), []) if is_reserved else ordinary).append(page)
    kinds = sorted(reserved)
    for nr in range(len(kinds) + 1):
        for chosen in combinations(kinds, nr):
            if not _misses(m, [*ordinary, *(page for kind in chosen for page in reserved[kind])]):
                return []
    return _misses(m, ordinary)


def _misses(m: State, pages: list[int]) -> list[Mismatch]:
    """Where the file differs from the counts of these pages."""
    found = _differs("pages of numa_maps", m.out[NUMA_PAGES], len(pages), NUMA_SITE)
    anon = sum(page_anon(m, page) for page in pages)
    found += _differs("anon of numa_maps", m.out[NUMA_ANON], anon, NUMA_SITE)
    for nid, count in Counter(page_to_nid(m, page) for page in pages).items():
        found += _differs(f"N{nid} of numa_maps", m.out[NUMA_NODE + nid], count, NUMA_SITE)
    return found


# --- pagemap, kpagecount ---
def _pagemap(m: State, census: Entries, made: Made, result: int) -> list[Mismatch]:
    """Bits 63 (present), 62 (swap), 61 (file or shared) and 56 (mapped once) of each word, and
    its frame, which is nought for who may not see it.

    Source: Documentation/admin-guide/mm/pagemap.rst.
    """
    task, start = made[2], made[3]
    want = _pagemap_bits(m, census, m.task_mm[task])
    found = []
    for i in range(result):
        bits, mask = want.get(start + i * PAGE_SIZE, (0, PM_BITS | PM_PFRAME_MASK))
        shown, said = m.out[i] & mask, bits & mask
        if shown != said:
            text = f"pagemap shows {_bit_names(shown)}, the entry says {_bit_names(said)}"
            if (shown ^ said) & PM_BITS == 0:
                frames = (shown & PM_PFRAME_MASK, said & PM_PFRAME_MASK)
                text = "pagemap shows frame {:#x}, the entry says {:#x}".format(*frames)
            found.append((text, PAGEMAP_SITE))
    return found


PM_BITS: Final = PM_PRESENT | PM_SWAP | PM_FILE | PM_MMAP_EXCLUSIVE
PM_NAMES: Final = (
    (PM_PRESENT, "present"),
    (PM_SWAP, "swap"),
    (PM_FILE, "file"),
    (PM_MMAP_EXCLUSIVE, "exclusive"),
)


def _bit_names(bits: int) -> str:
    return "+".join(name for bit, name in PM_NAMES if bits & bit) or "nothing"


def _pagemap_bits(m: State, census: Entries, mm: int) -> dict[int, tuple[int, int]]:
    """Per address of one mm: the bits, and which of them are certain."""
    want: dict[int, tuple[int, int]] = {}
    vmas = _vmas_of(m, mm)
    present_pages = census.k.behaviour[B_PAGEMAP_EXCLUSIVE] == 1
    known = PM_BITS | PM_PFRAME_MASK
    for _, addr, pte, page in _walked(m, census.present, vmas):
        bits = PM_PRESENT if pte_present(pte) else PM_SWAP
        bits |= 0 if page_anon(m, page) else PM_FILE
        asked = page
        if pte & PAGE_PSE and not present_pages:  # of a leaf the head is asked
            asked = compound_head(m, page)
        if bits & PM_PRESENT or not present_pages:
            bits |= PM_MMAP_EXCLUSIVE if census.mapped[asked] == 1 else 0
        want[addr] = (bits | _frame(m, pte, page_to_pfn(m, page)), known)
    for _, addr, pte, _ in _walked(m, census.special, vmas):
        huge_zero = PM_FILE if pte & PAGE_PSE else 0  # no lookup there, and it is not anonymous
        want[addr] = (PM_PRESENT | huge_zero | _frame(m, pte, pte_pfn(pte)), known)
    for _, addr, pte, _ in _walked(m, [*census.swapped, *census.markers], vmas):
        want[addr] = (PM_SWAP | _frame(m, pte, swp_offset(pte)), known)
    for _, addr, pte, page in _walked(m, census.moving, vmas):
        bits = PM_SWAP | (0 if page_anon(m, page) else PM_FILE)
        bits |= _frame(m, pte, page_to_pfn(m, page))
        want[addr] = (bits, known & ~PM_MMAP_EXCLUSIVE)
    return want


def _frame(m: State, pte: int, number: int) -> int:
    """Bits 0 to 54: the frame, or behind the type of what is not present its place or frame."""
    if not m.setting[SET_CAPABLE]:
        return 0
    return number if pte_present(pte) else swp_type(pte) | number << MAX_SWAPFILES_SHIFT


def _kpagecount(m: State, census: Entries, made: Made, result: int) -> list[Mismatch]:
    """System memory: how many entries map the page; device pages have no count there."""
    task, start = made[2], made[3]
    mm, found = m.task_mm[task], []
    for vma, addr, pte, page in census.present:
        i = (addr - start) >> 12
        if m.vma_mm[vma] == mm and 0 <= i < result and pte_present(pte) and m.out[i] >= 0:
            ram = m.range_type[m.page_range[page]] == RANGE_RAM
            counted = census.mapped[page] if ram else 0
            found += _differs("kpagecount", m.out[i], counted)
    return found


# --- status ---
def _status(m: State, census: Entries, made: Made, result: int) -> list[Mismatch]:
    """VmSize and VmLck: the lengths of the VMAs (the Rss lines are the counters' own promise);
    HugetlbPages: the pages that entries of hugetlb map."""
    size = locked = 0
    for vma in _vmas_of(m, m.task_mm[made[2]]):
        length = m.vma_end[vma] - m.vma_start[vma]
        size += length
        locked += length if m.vma_flags[vma] & VM_LOCKED else 0
    found = _differs("VmSize", m.out[STATUS_VM_SIZE], size)
    found += _differs("VmLck", m.out[STATUS_VM_LCK], locked)
    hugetlb = census.hugetlb.get(m.task_mm[made[2]], 0) * PAGE_SIZE
    return found + _differs("HugetlbPages", m.out[STATUS_HUGETLB], hugetlb)


Formula = Callable[[State, Entries, Made, int], list[Mismatch]]
_FORMULAS: Final[dict[int, Formula]] = {
    OP_SMAPS: _smaps,
    OP_SMAPS_ROLLUP: _smaps_rollup,
    OP_NUMA_MAPS: _numa_maps,
    OP_PAGEMAP: _pagemap,
    OP_KPAGECOUNT_AT: _kpagecount,
    OP_STATUS: _status,
}


def _contradicts(m: State, entries: Callable[[], Entries], shadow: Shadow) -> list[Fault]:
    """A file under /proc that was just read equals its own formula over the entries."""
    if shadow.result <= 0:
        return []
    mismatches = _FORMULAS[shadow.made[0]](m, entries(), shadow.made, shadow.result)
    return [Fault("", text, site) for text, site in mismatches]


def _near_report(m: State, census: Census) -> bool:
    """An entry is of another kind than a page of system memory."""
    return bool(
        census.special
        or census.swapped
        or census.moving
        or any(is_device(m, page) for _, _, _, page in census.present)
    )


REPORT: Final = Promise(
    "report",
    says="each file under /proc equals its own formula over the entries",
    broken="a file under /proc contradicts the page tables of {pages}",
    answers=tuple(_FORMULAS),
    answer=_contradicts,
    danger=_near_report,
    wrong=WrongRule(
        "v6.1",
        '[site."fs/proc/task_mmu.c:smaps_pte_entry"]\n'
        'tests = [{ refuse = "zone_device", gives = "skip" }]',
        (*COHERENT, "P0: smaps a"),
    ),
)
