# SPDX-License-Identifier: GPL-2.0-or-later
"""Branches of the core that the comparison of both modes does not take, and why.

The comparison fails on a missing branch that is not listed here, and on a line here whose
function or condition is gone; its long form also on one without RARE that was taken.
"""

from typing import Final

RARE: Final = "needs a meeting that random choice seldom makes: "

_NO_ERROR: Final = "nothing that this walk calls gives an error"

_OF_WALKS: Final = dict.fromkeys(
    (
        *(
            f"{walk}_walk_hugetlb: if err -> yes"
            for walk in ("fold", "hmm", "mincore", "pagemap", "pictures", "queue_pages",
                         "show_numa", "smaps")
        ),
        *(f"{walk}_walk: if err == 0 -> no" for walk in ("fold", "show_numa", "smaps")),
    ),
    _NO_ERROR,
)  # fmt: skip

_OF_KHUGEPAGED: Final[dict[str, str]] = {
    "_collapse_table: if _refused(m, k, site, vma, haddr + i * 4096, pte, hpage + i) -> yes": (
        "the second look at the same entries under the same lock: the first has passed them"
    ),
    (
        "_isolate_page: if is_khugepaged and test_refuses(m, TEST_TOO_MANY_SHARED, page, vma, 0) "
        "-> yes"
    ): (RARE + "a huge page met by its second part, with more shared pages than may be"),
    (
        "_isolate_page: if page_flag(m, page, PG_SWAPCACHE) and behaviour(m, k, B_ANON_EXCLUSIVE) "
        "== 0 -> yes"
    ): (RARE + "a page of the swap cache that a kernel before PageAnonExclusive collapses"),
    "_retract: if m.vma_flags[vma] & VM_UFFD_WP -> yes": (
        RARE + "userfaultfd on files is not modelled: an area with VM_UFFD_WP, no pages of its own"
    ),
    "_take_cached: if page == NO_PAGE -> yes": (
        RARE + "no memory for a page of shmem that khugepaged reads in"
    ),
    "collapse_huge_page: if result == SCAN_SUCCEED -> no": (
        RARE + "a page that khugepaged wants cannot be read in"
    ),
    "collapse_huge_page: if unmapped -> yes": (RARE + "khugepaged reads pages in from swap"),
    (
        "collapse_huge_page_isolate: if result == SCAN_SUCCEED and is_khugepaged and "
        "(referenced == 0) -> yes"
    ): (RARE + "none of 512 pages was used, and the scan before found one"),
    (
        "madvise_collapse: if result == SCAN_PMD_NONE and addr >> PUD_SHIFT != high - 1 >> "
        "PUD_SHIFT -> yes"
    ): (RARE + "a mapping that goes over 1 GiB"),
    **dict.fromkeys(
        (
            "release_pte_pages: if maps_part_of(m, first, slot, head) == 0 -> no",
            "release_pte_pages: if maps_part_of(m, first, slot, head) == 0 -> yes",
            "release_pte_pages: if page != NO_PAGE and page_compound(m, page) -> yes",
        ),
        RARE + "a table is given up after parts of a huge page were isolated",
    ),
    "warn_once: if m.setting[SET_WARNED] >> site & 1 -> yes": (
        RARE + "the same site finds what it does not expect a second time"
    ),
}

_OF_HUGE_PAGES: Final[dict[str, str]] = {
    "_free_present: if split_if_mapped_once(m, k, page) -> yes": (
        RARE + "MADV_FREE splits a huge page whose parts a table maps"
    ),
    (
        "_split_huge_pmd_locked: if page_flag(m, page, PG_MLOCKED) and "
        "k.behaviour[B_MLOCK_SCHEME] == 0 -> yes"
    ): (RARE + "no step mlocks a huge page before 5.18: to do so is not modelled"),
    "alloc_huge_page: if page == NO_PAGE -> yes": (
        RARE + "the pool has a page left, on a node that the policy does not allow"
    ),
    "alloc_huge_page_nodes: if page != NO_PAGE -> yes": (
        RARE + "the node that is asked has no 2 MiB left, another one has"
    ),
    "follow_hugetlb_page: for _ in range(MAX_FAULTS) -> ends": (
        "a page that is not there after each of eight faults that did not fail"
    ),
    (
        "gup_huge_pmd: if flags & FOLL_LONGTERM and predicate(m, k, PREDICATE_LONGTERM_PINNABLE, "
        "head) == 0 -> yes"
    ): (RARE + "a huge page that may not be pinned for long"),
    "may_isolate: if error and m.vma_start[vma] < start -> yes": (
        RARE + "a range that ends inside a huge page of hugetlb, and begins behind its first"
    ),
    "may_isolate_misplaced: if behaviour(m, k, B_LARGE_FOLIOS) == 0 -> no": (
        RARE + "a hint on a large folio of two processes"
    ),
    "may_reuse_huge_page: if page_flag(m, page, PG_SWAPCACHE) -> yes": (
        RARE + "a huge page in the swap cache that a leaf maps"
    ),
    "queue_pages_range: if err == 0 -> no": (
        RARE + "a walk that counts what stays and meets what ends it"
    ),
    "shrink_huge_page: if split_huge_page(m, k, head) -> yes": (
        RARE + "a huge page that finds no room in swap and cannot be split"
    ),
}

_OF_AUDIT: Final[dict[str, str]] = {
    "_on_a_list: if _is_device(m, m.pvec_page[i]) -> yes": (
        RARE + "a device page in a per-CPU batch: a seeded wrong rule puts it there"
    ),
    (
        "_on_what_must_move: if page and flags & FOLL_PIN and flags & FOLL_LONGTERM and "
        "_must_stay_evictable(m, page) -> yes"
    ): (RARE + "a long-term pin that a seeded wrong rule allows"),
}

_OF_SMALL_PAGES: Final[dict[str, str]] = {
    (
        "are_alike: if m.vma_file[low] != m.vma_file[high] or m.vma_pgoff[high] != "
        "m.vma_pgoff[low] + nr -> yes"
    ): (RARE + "adjacent VMAs of two files: mmap leaves a gap, a split keeps file and offset"),
    **dict.fromkeys(
        (
            "_map_by_counts: if cached != NO_PAGE and page != cached -> yes",
            "_map_by_exclusive_bit: if cached != NO_PAGE and page != cached -> yes",
        ),
        RARE + "a page of the swap cache that was merged is copied before it is mapped",
    ),
    "_mlock_lru_page: if page_flag(m, page, PG_UNEVICTABLE) -> yes": (
        RARE + "a page is munlocked, or unevictable already, when its mlock batch is emptied"
    ),
    "_pseudo_flags: if page_swapcache(m, page) -> yes": (
        RARE + "kpageflags of a page that is in the swap cache"
    ),
    "_remove_stable_node: if m.page_mapcount[page] == 0 -> yes": (
        RARE + "a stable node whose page is held but mapped no more when run becomes 2"
    ),
    "_unmap_and_move_to: if mode != MIGRATE_SYNC -> no": (
        RARE + "a page under writeback is moved by who waits for it"
    ),
    (
        "device_target_refuses: if behaviour(m, k, B_MIGRATE_VMA_FREES_SWAP) == 0 or "
        "page_anon(m, page) == 0 -> no"
    ): (RARE + "a page of the swap cache goes to a device by a kernel that frees its slot first"),
    "do_numa_page: if m.pte[slot] != old -> no": (
        RARE + "a misplaced page that is neither moved nor unmapped"
    ),
    **dict.fromkeys(
        (
            "do_swap_page_real: if page != NO_PAGE -> no",
            "do_swap_page_real: if page == NO_PAGE -> yes",
        ),
        RARE + "no memory for a page that is read from swap, or for its copy",
    ),
    "folio_migrate_mapping: if page_flag(m, old, PG_PRIVATE) -> yes": (
        RARE + "a page of a file with buffers is moved"
    ),
    "handle_pte_fault: if flags & FAULT_FLAG_WRITE -> no": (
        RARE + "a fault to unshare a page whose entry is writable by then"
    ),
    (
        "ksm_might_need_to_copy: if page_mapping_row(m, page) and "
        "m.setting[SET_KSM_RUN] & KSM_RUN_UNMERGE == 0 -> no"
    ): (RARE + "a KSM page in the swap cache while run is 2"),
    "migrate_unpinnable: if error == 0 and page_pgmap_type(m, page) == RANGE_COHERENT -> no": (
        RARE + "two pages to be pinned for long, of which the first cannot be moved"
    ),
    "needs_copy_for_pin: if page_pgmap_type(m, page) == RANGE_PRIVATE -> yes": (
        RARE + "an exclusive page of private device memory behind an entry that is present"
    ),
    "pageout: if try_to_free_swap(m, k, page) -> yes": (
        RARE + "a page is written to a slot that nobody needs any more"
    ),
    **dict.fromkeys(
        (
            "remove_all_stable_nodes: if _remove_stable_node(m, k, node) != 0 -> yes",
            "remove_all_stable_nodes: if m.stable_page[node] and m.stable_misplaced[node] -> yes",
        ),
        RARE + "a misplaced node is there when run becomes 2",
    ),
    "should_skip_rmap_item: if age != U8_MAX -> no": (RARE + "an item that 255 passes have met"),
    "take_page: if k.site_end[site] == 0 -> yes": (
        RARE + "a record whose walk keeps the table locked"
    ),
    "try_to_merge_one_page: if err != 0 -> yes": (
        RARE + "an entry that changes, or is pinned, between two steps of one merge"
    ),
    "try_to_unmap_one: if behaviour(m, k, B_MLOCK_SCHEME) -> no": (
        RARE + "reclaim meets a locked mapping before 5.18 that did not mark its page"
    ),
}

NOT_TAKEN: Final[dict[str, str]] = {
    **_OF_WALKS,
    **_OF_KHUGEPAGED,
    **_OF_HUGE_PAGES,
    **_OF_AUDIT,
    **_OF_SMALL_PAGES,
    "_found: if mine == 0 -> yes": (
        RARE + "the page of a node changes its NUMA node under merge_across_nodes=0"
    ),
    "_free_present: if page_flag(m, page, PG_LOCKED) -> yes": (
        RARE + "MADV_FREE meets a dirty page that is locked"
    ),
    (
        "_free_present: if page_flag(m, page, PG_SWAPCACHE) and try_to_free_swap(m, k, page) == "
        "0 -> yes"
    ): (RARE + "MADV_FREE meets a swap-cache page whose slot is in use elsewhere"),
    "_unmap_anon: if exclusive and page_maybe_dma_pinned(m, page) -> yes": (
        RARE + "reclaim comes to an exclusive page whose pin it did not count before"
    ),
    "break_ksm: for _ in range(MAX_TRIES) -> ends": (
        RARE + "a write fault that leaves a KSM page mapped, which no fault of ours does"
    ),
    "break_ksm: if fault & (VM_FAULT_SIGBUS | VM_FAULT_SIGSEGV) -> yes": (
        RARE + "a fault that fails on an address where follow_page just found a page"
    ),
    "choose_lookup: for i in range(first, first + MAX_CHOICES) -> ends": (
        RARE + "a record all of whose choices have a mask (compile_rules ends each without one)"
    ),
    ("cmp_and_merge_page: if get_kpfn_nid(m, m.stable_page[node]) != m.stable_nid[node] -> yes"): (
        RARE + "the page of a node changes its NUMA node under merge_across_nodes=0"
    ),
    "cmp_and_merge_page: if kpage < 0 -> yes": (
        RARE + "a stable tree whose full node would need a chain, found by content"
    ),
    "copy_nonpresent_pte: if m.vma_flags[dst_vma] & VM_UFFD_WP -> yes": (
        RARE + "no step makes a pte marker (anonymous memory has none), nor a child with VM_UFFD_WP"
    ),
    "_move_by_node: if err -> yes": (
        RARE + "move_pages to two nodes, a page of the first queue fails to move"
    ),
    "faultin_page: if result & VM_FAULT_HWPOISON -> yes": (
        "no fault of the model gives VM_FAULT_HWPOISON"
    ),
    "free_swap_and_cache: if page_flag(m, page, PG_LOCKED) -> yes": (
        RARE + "a locked page in the swap cache"
    ),
    "free_swap_cache: if page_flag(m, page, PG_LOCKED) -> yes": (
        RARE + "a locked page in the swap cache"
    ),
    "get_ksm_page: if lock and page_flag(m, page, PG_LOCKED) -> yes": (
        RARE + "ksmd meets a KSM page that a migration has locked"
    ),
    "get_user_pages: for _ in range(MAX_FAULTS) -> ends": (
        RARE + "a page that is unpinnable again after each of eight moves"
    ),
    "make_device_exclusive_range: if page == NO_PAGE -> yes": (
        RARE + "raw pfns: a kernel that skips -EEXIST gives a FOLL_GET -EFAULT, the others do "
        "not skip"
    ),
    "migrate_pages: if rc == -ENOMEM -> no": (
        RARE + "a move without a page to move to ends the list: other errors are -EAGAIN or -EBUSY"
    ),
    "migrate_vma_collect_pmd: if mpfn < 0 -> yes": (RARE + "a record that ends the walk"),
    "munlock_pagevec_fill: if refused == 0 -> no": (
        RARE + "a record refuses the second page of a batch and goes on"
    ),
    "remove_all_stable_nodes: if _remove_stable_node(m, k, node) != 0 -> no": (
        RARE + "a misplaced node with an unmapped page"
    ),
    "shrink_page: if references == RECLAIM_CLEAN -> yes": (
        RARE + "a dirty file page that was referenced through one mapping"
    ),
    ("unstable_tree_search_insert: if across == 0 and page_to_nid(m, tree_page) != nid -> yes"): (
        RARE + "a page of the unstable tree moves between two nodes within one pass"
    ),
    "write_protect_page: if page_maybe_dma_pinned(m, page) -> yes": (
        RARE + "a pinned page that passes the count check under merge"
    ),
}
