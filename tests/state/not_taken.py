# SPDX-License-Identifier: GPL-2.0-or-later
"""Branches of the core that the comparison of both modes does not take, and why.

The comparison fails on a missing branch that is not listed here, and on a line here whose
function or condition is gone; its long form also on one without RARE that was taken.
"""

from typing import Final

RARE: Final = "needs a meeting that random choice seldom makes: "

NOT_TAKEN: Final[dict[str, str]] = {
    (
        "is_one_area: if m.vma_file[low] != m.vma_file[high] or m.vma_pgoff[high] != "
        "m.vma_pgoff[low] + nr -> yes"
    ): (RARE + "adjacent VMAs of two files: mmap leaves a gap, a split keeps file and offset"),
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
        RARE + "no step makes a pte marker or a VMA with VM_UFFD_WP: userfaultfd is not modelled"
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
