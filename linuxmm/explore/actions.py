# SPDX-License-Identifier: GPL-2.0-or-later
"""The actions of a search, and what is looked at where two kernels have parted."""

from typing import Final

from linuxmm.explore.catalogue import Action


def action(
    name: str,
    *lines: str,
    needs: str = "",
    gives: str = "",
    ends: str = "",
    modifier: bool = False,
    devices: str = "",
    kinds: str = "",
) -> Action:
    return Action(
        name,
        lines,
        frozenset(needs.split()),
        frozenset(gives.split()),
        frozenset(ends.split()),
        modifier,
        frozenset(devices.split()),
        frozenset(kinds.split()),
    )


# kinds whose areas can have a policy of their own, and pages that it could place
PLACED: Final = "anon coherent zero file fsdax pfnmap mixedmap hugetlb"

# What may come between set-up and trigger.  Every modifier is a trigger as well.
MODIFIERS: Final[tuple[Action, ...]] = (
    action("fork", "P0: P1 = fork", gives="P1", needs="P0 !P1", modifier=True),
    action("write", "P0: write a 0x33", needs="P0", modifier=True),
    action("mlock", "P0: mlock a", needs="P0", modifier=True),
    action("munlock", "P0: munlock a", needs="P0", modifier=True),
    action("mprotect-none", "P0: mprotect a none", needs="P0", modifier=True),
    action("mprotect-r", "P0: mprotect a r", needs="P0", modifier=True),
    action("ksm", "P0: madvise a MADV_MERGEABLE", "ksmd: full_scan 3", needs="P0 !ksm",
            gives="ksm", modifier=True, kinds="anon coherent private zero"),
    action("thread", "P0.t1: read a", needs="P0 !thread", gives="thread", modifier=True),
    action("numa-scan", "numa: scan P0", needs="P0", modifier=True),
    action("drain", "drain", modifier=True),
    action("pin", "P0: h = pin a FOLL_WRITE", needs="P0 !h", gives="h", modifier=True),
    action("get", "P0: g = get a", needs="P0 !g", gives="g", modifier=True),
    action("child-write", "P1: write a 0x22", needs="P1", modifier=True),
    action("to-coherent", "coherent0: migrate P0.a", needs="P0", devices="coherent0",
            modifier=True),
    action("to-sys", "coherent0: migrate_to_sys P0.a", needs="P0", devices="coherent0",
            modifier=True),
    action("madv-free", "P0: madvise a MADV_FREE", needs="P0", modifier=True),
    action("clear-refs", "P0: clear_refs 1", needs="P0", modifier=True),
    action("clear-refs-4", "P0: clear_refs 4", needs="P0", modifier=True),
    action("lock-later", "P0: mlock2 a MLOCK_ONFAULT", needs="P0 near", modifier=True),
)  # fmt: skip

TRIGGERS: Final[tuple[Action, ...]] = (
    *MODIFIERS,
    action("read", "P0: read a", needs="P0"),
    action("mprotect-rw", "P0: mprotect a rw", needs="P0"),
    action("mlock-onfault", "P0: mlock2 a MLOCK_ONFAULT", needs="P0"),
    action("munmap", "P0: munmap a", needs="P0"),
    action("exit", "P0: exit", needs="P0", ends="P0"),
    action("child-exit", "P1: exit", needs="P1", ends="P1"),
    action("madv-cold", "P0: madvise a MADV_COLD", needs="P0"),
    action("madv-pageout", "P0: madvise a MADV_PAGEOUT", needs="P0"),
    action("madv-dontneed", "P0: madvise a MADV_DONTNEED", needs="P0"),
    action("madv-mergeable", "P0: madvise a MADV_MERGEABLE", needs="P0"),
    action("madv-unmergeable", "P0: madvise a MADV_UNMERGEABLE", needs="P0"),
    action("split-huge", "P0: split_huge_pages a", needs="P0", kinds="anon coherent thp"),
    action("khugepaged", "khugepaged: scan", needs="P0 huge"),
    action("collapse", "P0: madvise a MADV_COLLAPSE", needs="P0 huge"),
    action("populate-read", "P0: madvise a MADV_POPULATE_READ", needs="P0"),
    action("populate-write", "P0: madvise a MADV_POPULATE_WRITE", needs="P0"),
    action("ksm-again", "ksmd: full_scan 2", needs="ksm"),
    action("full-scan", "ksmd: full_scan 3", needs="P0 !ksm", kinds="anon file"),
    action("move-query", "P0: move_pages a", needs="P0"),
    action("move", "P0: move_pages a node1", needs="P0"),
    action("move-all", "P0: move_pages a node1 MPOL_MF_MOVE_ALL", needs="P0"),
    action("move-home", "P0: move_pages a node0", needs="P0 far"),
    action("move-all-home", "P0: move_pages a node0 MPOL_MF_MOVE_ALL", needs="P0 far"),
    action("mbind-strict", "P0: mbind a MPOL_BIND node1 MPOL_MF_STRICT", needs="P0",
           kinds=PLACED),
    action("mbind-move", "P0: mbind a MPOL_BIND node1 MPOL_MF_STRICT MPOL_MF_MOVE", needs="P0",
           kinds=PLACED),
    action("mbind-move-all", "P0: mbind a MPOL_BIND node1 MPOL_MF_STRICT MPOL_MF_MOVE_ALL",
           needs="P0", kinds=PLACED),
    action("pin-read", "P0: p = pin a", needs="P0"),
    action("pin-longterm", "P0: l = pin a FOLL_LONGTERM FOLL_WRITE", needs="P0"),
    action("pin-fast", "P0: q = pin_fast a FOLL_WRITE", needs="P0"),
    action("unpin", "P0: unpin h", needs="P0 h", ends="h"),
    action("put", "P0: put g", needs="P0 g", ends="g"),
    action("follow", "P0: follow_page a FOLL_GET", needs="P0"),
    action("follow-dump", "P0: follow_page a FOLL_GET FOLL_DUMP", needs="P0"),
    action("smaps", "P0: smaps a", needs="P0"),
    action("pagemap", "P0: pagemap a", needs="P0"),
    action("numa-maps", "P0: numa_maps a", needs="P0"),
    action("uffd-lift", "P0: uffdio_writeprotect a", needs="P0 watched"),
    action("uffd-copy", "P0: uffdio_copy a 0x5a UFFDIO_COPY_MODE_WP", needs="P0 watched"),
    action("move-charge", "P0: cgroup_procs g2", needs="P0 memcg"),
    action("device-read", "coherent0: read P0.a", needs="P0", devices="coherent0"),
    action("device-snapshot", "coherent0: snapshot P0.a", needs="P0", devices="coherent0"),
    action("private-read", "private0: read P0.a", needs="P0", devices="private0"),
    action("private-to-sys", "private0: migrate_to_sys P0.a", needs="P0", devices="private0"),
    action("to-sys-1", "coherent1: migrate_to_sys P0.a", needs="P0", devices="coherent1"),
    action("move-everything", "coherent1: setup P0.a MIGRATE_VMA_SELECT_SYSTEM "
           "MIGRATE_VMA_SELECT_DEVICE_COHERENT", "coherent1: pages", "coherent1: finalize",
           needs="P0", devices="coherent1"),
)  # fmt: skip

# What is looked at where two kernels have parted: everything that can be read (the first few
# change nothing at all), then steps that let a hidden difference come out.
READERS: Final[tuple[Action, ...]] = (
    action("pages", "P0: pages a", needs="P0"),
    action("smaps", "P0: smaps a", needs="P0"),
    action("pagemap", "P0: pagemap a", needs="P0"),
    action("numa-maps", "P0: numa_maps a", needs="P0"),
    action("kpageflags", "P0: kpageflags a", needs="P0"),
    action("kpagecount", "P0: kpagecount a", needs="P0"),
    action("meminfo", "P0: meminfo Mlocked Unevictable AnonPages Mapped", needs="P0"),
    action("status", "P0: status VmRSS RssAnon RssFile RssShmem VmLck", needs="P0"),
    action("ksm-counters", "P0: ksm pages_shared pages_sharing pages_unshared", needs="P0 ksm"),
    action("vmstat", "P0: vmstat numa_pte_updates numa_hint_faults numa_pages_migrated nr_mlock "
           "nr_isolated_anon pgmigrate_success pgmigrate_fail pgdeactivate pglazyfree pgfault",
           needs="P0"),
    action("thp-counters", "P0: vmstat thp_split_page thp_split_page_failed thp_collapse_alloc "
           "thp_scan_exceed_none_pte thp_scan_exceed_swap_pte thp_scan_exceed_share_pte",
           needs="P0 huge"),
    action("more-vmstat", "P0: vmstat numa_hint_faults_local nr_foll_pin_acquired "
           "nr_foll_pin_released pgactivate pglazyfreed pgmajfault pswpin pswpout cow_ksm "
           "ksm_swpin_copy unevictable_pgs_mlocked unevictable_pgs_munlocked", needs="P0"),
    action("rest-of-vmstat", "P0: vmstat pgreuse nr_isolated_file nr_anon_pages nr_mapped nr_shmem "
           "nr_file_pages nr_unevictable unevictable_pgs_culled unevictable_pgs_rescued "
           "unevictable_pgs_cleared unevictable_pgs_stranded", needs="P0"),
    action("swap", "P0: meminfo SwapFree SwapCached", "P0: status VmSwap", needs="P0"),
    action("mincore", "P0: mincore a", needs="P0"),
    action("memory-stat", "P0: memory_stat g1 rss cache mapped_file",
           "P0: memory_stat g2 rss cache mapped_file", needs="P0 memcg"),
    action("pool", "P0: meminfo HugePages_Free HugePages_Rsvd", "P0: status HugetlbPages",
           needs="P0", kinds="hugetlb"),
    action("child-pages", "P1: pages a", needs="P1"),
    action("child-pagemap", "P1: pagemap a", needs="P1"),
    action("child-read", "P1: read a", needs="P1"),
    action("read", "P0: read a", needs="P0"),
)  # fmt: skip
STIRRERS: Final[tuple[Action, ...]] = (
    action("drain", "drain", needs="P0"),
    action("write-again", "P0: write a 0x44", needs="P0"),
    action("munlock", "P0: munlock a", needs="P0"),
    action("unmergeable", "P0: madvise a MADV_UNMERGEABLE", needs="P0 ksm"),
    action("ksm-again", "ksmd: full_scan 2", needs="ksm"),
    action("exit", "P0: exit", needs="P0", ends="P0"),
)  # fmt: skip
PROBES: Final[tuple[Action, ...]] = (*READERS, *STIRRERS)
