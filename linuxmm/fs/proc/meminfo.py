# SPDX-License-Identifier: GPL-2.0-or-later
"""/proc/meminfo, /proc/vmstat and a node's meminfo: the lines that the modelled systems move.

Source: fs/proc/meminfo.c, mm/vmstat.c, drivers/base/node.c:node_read_meminfo,
mm/hugetlb.c:hugetlb_report_meminfo.
Sizes of LRU lists, of the page cache and of swap are counted from the pages, not stored; event
counters and the mapped and mlocked pages are the kernel's own counters, so that a rule that
miscounts shows.  Not modelled: MemFree and everything that kernel memory moves.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.compound import (
    COMPOUND_MAPCOUNT,
    HPAGE_PMD_NR,
    compound_head,
    compound_nr,
    of_whole,
    page_mapcount,
)
from linuxmm.mm.page import page_anon, page_flag, page_mapping_row, page_to_nid
from linuxmm.state.constants import (
    EINVAL,
    LIST_INACTIVE_ANON,
    LIST_UNEVICTABLE,
    OPS_FILE,
    OPS_HUGETLB,
    OPS_SHMEM,
    PG_DIRTY,
    PG_HEAD,
    PG_HUGETLB,
    PG_LRU,
    PG_MLOCKED,
    PG_TAIL,
    PG_WRITEBACK,
    SET_HUGETLB_FREE,
    SET_HUGETLB_PAGES,
    SET_HUGETLB_RESV,
    SET_SWAP_SLOTS,
)
from linuxmm.state.layout import (
    NR_ANON_MAPPED,
    NR_ANON_THPS,
    NR_FILE_MAPPED,
    NR_FILE_PAGES,
    NR_MLOCK,
    NR_SHMEM,
    NR_SHMEM_PMDMAPPED,
    NR_SHMEM_THPS,
    SIZE_F,
    SIZE_P,
    SIZE_S,
    VMSTAT_NAMES,
    State,
)
from linuxmm.state.rules import Rules
from linuxmm.uapi import PAGE_SHIFT

# --- m.out[...] of sys_vmstat: pages counted here, then the counters of m.vmstat -------------
VMSTAT_LRU: Final = 0  # the five LRU lists, in the order of LIST_*
VMSTAT_DIRTY: Final = 5
VMSTAT_WRITEBACK: Final = 6
VMSTAT_SWAPCACHED: Final = 7
NR_COUNTED: Final = 8
VMSTAT_FIELDS: Final[tuple[str, ...]] = (
    "nr_inactive_anon",
    "nr_active_anon",
    "nr_inactive_file",
    "nr_active_file",
    "nr_unevictable",
    "nr_dirty",
    "nr_writeback",
    "nr_swapcached",
    *VMSTAT_NAMES,
)
NR_NAMED: Final = len(VMSTAT_NAMES)
NR_VMSTAT_FIELDS: Final = len(VMSTAT_FIELDS)

# --- m.out[...] of sys_meminfo and sys_node_meminfo, bytes --------------------------------------
MEMINFO_CACHED: Final = 0
MEMINFO_SWAP_CACHED: Final = 1
MEMINFO_ACTIVE: Final = 2
MEMINFO_INACTIVE: Final = 3
MEMINFO_ACTIVE_ANON: Final = 4
MEMINFO_INACTIVE_ANON: Final = 5
MEMINFO_ACTIVE_FILE: Final = 6
MEMINFO_INACTIVE_FILE: Final = 7  # 8: Unevictable, which follows the lists (`lru_sizes`)
MEMINFO_MLOCKED: Final = 9
MEMINFO_SWAP_TOTAL: Final = 10
MEMINFO_SWAP_FREE: Final = 11
MEMINFO_DIRTY: Final = 12
MEMINFO_WRITEBACK: Final = 13
MEMINFO_ANON_PAGES: Final = 14
MEMINFO_MAPPED: Final = 15
MEMINFO_SHMEM: Final = 16
MEMINFO_ANON_HUGE: Final = 17
MEMINFO_SHMEM_HUGE: Final = 18
MEMINFO_SHMEM_PMD: Final = 19
MEMINFO_HUGE_TOTAL: Final = 20  # this and the next three: huge pages, not bytes
MEMINFO_HUGE_FREE: Final = 21
MEMINFO_HUGE_RSVD: Final = 22
MEMINFO_HUGE_SURP: Final = 23
NR_MEMINFO: Final = 24
MEMINFO_FIELDS: Final[tuple[str, ...]] = (
    "Cached",
    "SwapCached",
    "Active",
    "Inactive",
    "Active(anon)",
    "Inactive(anon)",
    "Active(file)",
    "Inactive(file)",
    "Unevictable",
    "Mlocked",
    "SwapTotal",
    "SwapFree",
    "Dirty",
    "Writeback",
    "AnonPages",
    "Mapped",
    "Shmem",
    "AnonHugePages",
    "ShmemHugePages",
    "ShmemPmdMapped",
    "HugePages_Total",
    "HugePages_Free",
    "HugePages_Rsvd",
    "HugePages_Surp",
)
# The same places in a node's meminfo; an empty name: no such line there.
NODE_MEMINFO_FIELDS: Final[tuple[str, ...]] = (
    "FilePages",
    "SwapCached",
    *MEMINFO_FIELDS[2:10],
    "",
    "",
    *MEMINFO_FIELDS[12:20],
    "",
    "HugePages_Surp",
)
ALL_NODES: Final = -1
NR_LRU_LISTS: Final = LIST_UNEVICTABLE - LIST_INACTIVE_ANON + 1


# --- counting --------------------------------------------------------------------------------
@core
def on_node(m: State, page: int, nid: int) -> int:
    """Does the page belong to the node, or to any (ALL_NODES)?"""
    return 1 if nid == ALL_NODES or page_to_nid(m, page) == nid else 0


@core
def lru_sizes(m: State, nid: int, field: int) -> int:
    """Pages on each LRU list, in the order of LIST_*, into m.out from `field` on."""
    for which in range(NR_LRU_LISTS):
        m.out[field + which] = 0
    for page in range(1, m.used[SIZE_P]):
        which = m.page_list[page] - LIST_INACTIVE_ANON
        if 0 <= which < NR_LRU_LISTS and m.page_flags[page] & PG_LRU and on_node(m, page, nid):
            m.out[field + which] = m.out[field + which] + compound_nr(m, page)
    return 0


@core
def pages_flagged(m: State, mask: int, nid: int) -> int:
    """Pages with one of these flags."""
    nr = 0
    for page in range(1, m.used[SIZE_P]):
        if m.page_flags[page] & mask and on_node(m, page, nid):
            nr += compound_nr(m, page)
    return nr


@core
def pages_mapped(m: State, anon: int, nid: int) -> int:
    """Mapped pages, anonymous or not."""
    nr = 0
    for page in range(1, m.used[SIZE_P]):
        if m.page_flags[compound_head(m, page)] & PG_HUGETLB:
            continue
        if page_mapcount(m, page) > 0 and page_anon(m, page) == anon and on_node(m, page, nid):
            nr += 1
    return nr


@core
def pages_in_leaves(m: State, anon: int, nid: int) -> int:
    """Pages of the huge pages, anonymous or of shmem, that a leaf maps (NR_ANON_THPS,
    NR_SHMEM_PMDMAPPED of a node)."""
    nr = 0
    for page in range(1, m.used[SIZE_P]):
        thp = m.page_flags[page] & (PG_HEAD | PG_HUGETLB) == PG_HEAD
        if thp and of_whole(m, page, COMPOUND_MAPCOUNT):
            if page_anon(m, page) == anon and on_node(m, page, nid):
                nr += HPAGE_PMD_NR
    return nr


@core
def pages_of_huge_shmem(m: State, nid: int) -> int:
    """Pages of the huge pages of shmem, mapped or not (NR_SHMEM_THPS of a node)."""
    nr = 0
    for page in range(1, m.used[SIZE_P]):
        thp = m.page_flags[page] & (PG_HEAD | PG_HUGETLB) == PG_HEAD
        if thp and page_anon(m, page) == 0 and on_node(m, page, nid):
            nr += HPAGE_PMD_NR if m.page_mapping[page] else 0
    return nr


@core
def hugetlb_pages(m: State, nid: int, free: int) -> int:
    """Huge pages of the pool on a node, all or the free ones."""
    nr = 0
    for page in range(1, m.used[SIZE_P]):
        if m.page_flags[page] & PG_HUGETLB and on_node(m, page, nid):
            nr += 0 if free and m.page_refcount[page] else 1
    return nr


@core
def cache_pages(m: State, ops: int, dirty: int, nid: int) -> int:
    """Pages of the page cache: of files of one kind (OPS_*, 0 all), dirty ones or all."""
    nr = 0
    for file in range(1, m.used[SIZE_F]):
        if m.file_ops[file] == OPS_HUGETLB:
            continue  # __filemap_add_folio counts them nowhere
        first = m.file_first[file]
        for slot in range(first, first + m.file_nr_pages[file]):
            page = m.cache_page[slot]
            if page and on_node(m, page, nid) and (dirty == 0 or page_flag(m, page, PG_DIRTY)):
                if ops == 0 or m.file_ops[page_mapping_row(m, page)] == ops:
                    nr += 0 if m.page_flags[page] & PG_TAIL else compound_nr(m, page)
    return nr


@core
def total_swapcache_pages(m: State, nid: int) -> int:
    """Pages in the swap cache."""
    nr = 0
    for slot in range(1, m.used[SIZE_S]):
        page = m.swap_page[slot]
        if page and on_node(m, page, nid):
            nr += 1
    return nr


@core
def free_swap_slots(m: State) -> int:
    """Slots that no entry names and no page in the swap cache uses."""
    nr = m.setting[SET_SWAP_SLOTS]
    for slot in range(1, m.used[SIZE_S]):
        if m.swap_count[slot] or m.swap_page[slot]:
            nr -= 1
    return nr


# --- files --------------------------------------------------------------------------------------
@core
def sys_vmstat(m: State, k: Rules) -> int:
    """VMSTAT_FIELDS in m.out, in pages and events."""
    lru_sizes(m, ALL_NODES, VMSTAT_LRU)
    m.out[VMSTAT_DIRTY] = cache_pages(m, OPS_FILE, 1, ALL_NODES)
    m.out[VMSTAT_WRITEBACK] = pages_flagged(m, PG_WRITEBACK, ALL_NODES)
    swapcached = total_swapcache_pages(m, ALL_NODES)
    m.out[VMSTAT_SWAPCACHED] = swapcached
    for i in range(NR_NAMED):
        m.out[NR_COUNTED + i] = m.vmstat[i]
    m.out[NR_COUNTED + NR_SHMEM] = cache_pages(m, OPS_SHMEM, 0, ALL_NODES)
    m.out[NR_COUNTED + NR_FILE_PAGES] = cache_pages(m, 0, 0, ALL_NODES) + swapcached
    return NR_VMSTAT_FIELDS


@core
def _lists(m: State, nid: int) -> int:
    """The sizes of the LRU lists, and the sums that meminfo shows."""
    lru_sizes(m, nid, MEMINFO_ACTIVE_ANON)  # meminfo shows the active list of each kind first
    _swap(m, MEMINFO_ACTIVE_ANON, MEMINFO_INACTIVE_ANON)
    _swap(m, MEMINFO_ACTIVE_FILE, MEMINFO_INACTIVE_FILE)
    m.out[MEMINFO_ACTIVE] = m.out[MEMINFO_ACTIVE_ANON] + m.out[MEMINFO_ACTIVE_FILE]
    m.out[MEMINFO_INACTIVE] = m.out[MEMINFO_INACTIVE_ANON] + m.out[MEMINFO_INACTIVE_FILE]
    return 0


@core
def _swap(m: State, field: int, other: int) -> int:
    value = m.out[field]
    m.out[field] = m.out[other]
    m.out[other] = value
    return 0


@core
def _to_bytes(m: State) -> int:
    for field in range(MEMINFO_HUGE_TOTAL):
        m.out[field] = m.out[field] << PAGE_SHIFT
    return NR_MEMINFO


@core
def sys_meminfo(m: State, k: Rules) -> int:
    """MEMINFO_FIELDS in m.out."""
    _lists(m, ALL_NODES)
    m.out[MEMINFO_CACHED] = cache_pages(m, 0, 0, ALL_NODES)
    m.out[MEMINFO_SWAP_CACHED] = total_swapcache_pages(m, ALL_NODES)
    m.out[MEMINFO_MLOCKED] = m.vmstat[NR_MLOCK]
    m.out[MEMINFO_SWAP_TOTAL] = m.setting[SET_SWAP_SLOTS]
    m.out[MEMINFO_SWAP_FREE] = free_swap_slots(m)
    m.out[MEMINFO_DIRTY] = cache_pages(m, OPS_FILE, 1, ALL_NODES)
    m.out[MEMINFO_WRITEBACK] = pages_flagged(m, PG_WRITEBACK, ALL_NODES)
    m.out[MEMINFO_ANON_PAGES] = m.vmstat[NR_ANON_MAPPED]
    m.out[MEMINFO_MAPPED] = m.vmstat[NR_FILE_MAPPED]
    m.out[MEMINFO_SHMEM] = cache_pages(m, OPS_SHMEM, 0, ALL_NODES)
    m.out[MEMINFO_ANON_HUGE] = m.vmstat[NR_ANON_THPS] * HPAGE_PMD_NR
    m.out[MEMINFO_SHMEM_HUGE] = m.vmstat[NR_SHMEM_THPS] * HPAGE_PMD_NR
    m.out[MEMINFO_SHMEM_PMD] = m.vmstat[NR_SHMEM_PMDMAPPED] * HPAGE_PMD_NR
    m.out[MEMINFO_HUGE_TOTAL] = m.setting[SET_HUGETLB_PAGES]
    m.out[MEMINFO_HUGE_FREE] = m.setting[SET_HUGETLB_FREE]
    m.out[MEMINFO_HUGE_RSVD] = m.setting[SET_HUGETLB_RESV]
    m.out[MEMINFO_HUGE_SURP] = 0
    return _to_bytes(m)


@core
def sys_node_meminfo(m: State, k: Rules, nid: int) -> int:
    """NODE_MEMINFO_FIELDS of a node in m.out: all counted from its pages, device pages included.

    The model keeps no counters per node, so a miscount shows in sys_meminfo only.
    """
    if nid < 0:
        return -EINVAL
    _lists(m, nid)
    swapcached = total_swapcache_pages(m, nid)
    m.out[MEMINFO_CACHED] = cache_pages(m, 0, 0, nid) + swapcached
    m.out[MEMINFO_SWAP_CACHED] = swapcached
    m.out[MEMINFO_MLOCKED] = pages_flagged(m, PG_MLOCKED, nid)
    m.out[MEMINFO_SWAP_TOTAL] = 0
    m.out[MEMINFO_SWAP_FREE] = 0
    m.out[MEMINFO_DIRTY] = cache_pages(m, OPS_FILE, 1, nid)
    m.out[MEMINFO_WRITEBACK] = pages_flagged(m, PG_WRITEBACK, nid)
    m.out[MEMINFO_ANON_PAGES] = pages_mapped(m, 1, nid)
    m.out[MEMINFO_MAPPED] = pages_mapped(m, 0, nid)
    m.out[MEMINFO_SHMEM] = cache_pages(m, OPS_SHMEM, 0, nid)
    m.out[MEMINFO_ANON_HUGE] = pages_in_leaves(m, 1, nid)
    m.out[MEMINFO_SHMEM_HUGE] = pages_of_huge_shmem(m, nid)
    m.out[MEMINFO_SHMEM_PMD] = pages_in_leaves(m, 0, nid)
    m.out[MEMINFO_HUGE_TOTAL] = hugetlb_pages(m, nid, 0)
    m.out[MEMINFO_HUGE_FREE] = hugetlb_pages(m, nid, 1)
    m.out[MEMINFO_HUGE_RSVD] = 0
    m.out[MEMINFO_HUGE_SURP] = 0
    return _to_bytes(m)
