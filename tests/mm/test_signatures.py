# SPDX-License-Identifier: GPL-2.0-or-later
"""A function that has a kernel function's name takes what that one takes, in its order.

The kernel's parameters are those of Linux 6.1 (mm/, fs/proc/task_mmu.c); so its own text could
stand in the place of ours.
"""

import inspect
from collections.abc import Callable

import pytest

from linuxmm.core import CORE_FUNCTIONS
from tests.state.test_core_conventions import load_core

KERNEL = {
    "add_page_for_migration": "mm addr node pagelist migrate_all",
    "can_change_pte_writable": "vma addr pte",
    "can_gather_numa_stats": "pte vma addr",
    "change_pte_range": "tlb vma pmd addr end newprot cp_flags",
    "clear_refs_pte_range": "pmd addr end walk",
    "copy_nonpresent_pte": "dst_mm src_mm dst_pte src_pte dst_vma src_vma addr rss",
    "copy_present_page": "dst_vma src_vma dst_pte src_pte addr rss prealloc page",
    "copy_present_pte": "dst_vma src_vma dst_pte src_pte addr rss prealloc",
    "do_anonymous_page": "vmf",
    "do_fault": "vmf",
    "do_numa_page": "vmf",
    "do_pages_stat_array": "mm nr_pages pages status",
    "do_swap_page": "vmf",
    "do_wp_page": "vmf",
    "follow_page_pte": "vma address pmd flags pgmap",
    "find_mergeable_vma": "mm addr",
    "folio_referenced_one": "folio vma address arg",
    "follow_pfn_pte": "vma address pte flags",
    "gather_pte_stats": "pmd addr end walk",
    "gather_stats": "page md pte_dirty nr_pages",
    "gup_pte_range": "pmd pmdp addr end flags pages nr",
    "hmm_vma_fault": "addr end required_fault walk",
    "hmm_vma_handle_pte": "walk addr end pmdp ptep hmm_pfn",
    "hmm_vma_walk_pmd": "pmdp start end walk",
    "ksm_next_page_pmd_entry": "pmdp addr end walk",
    "madvise_cold_or_pageout_pte_range": "pmd addr end walk",
    "madvise_free_pte_range": "pmd addr end walk",
    "migrate_misplaced_page": "page vma node",
    "migrate_vma_collect_hole": "start end depth walk",
    "migrate_vma_collect_pmd": "pmdp start end walk",
    "migrate_vma_insert_page": "migrate addr page src",
    "migrate_vma_setup": "args",
    "mincore_pte_range": "pmd addr end walk",
    "mlock_pte_range": "pmd addr end walk",
    "move_pages_and_store_status": "mm node pagelist status start i nr_pages",
    "pagemap_pmd_range": "pmdp addr end walk",
    "pte_is_pinned": "vma addr pte",
    "page_add_new_anon_rmap": "page vma address",
    "putback_movable_pages": "l",
    "remove_migration_pte": "folio vma addr old",
    "replace_page": "vma page kpage orig_pte",
    "reclaim_pages": "folio_list",
    "smaps_account": "mss page compound young dirty locked migration",
    "smaps_pte_entry": "pte addr walk",
    "smaps_pte_range": "pmd addr end walk",
    "try_to_merge_one_page": "vma page kpage",
    "try_to_migrate_one": "folio vma address arg",
    "try_to_unmap_one": "folio vma address arg",
    "wp_page_copy": "vmf",
    "wp_page_reuse": "vmf",
    "wp_page_shared": "vmf",
    "wp_pfn_shared": "vmf",
    "write_protect_page": "vma page orig_pte",
    "zap_pte_range": "tlb vma pmd addr end details",
}
# what is not modelled, or the same for every call
LEFT_OUT = {
    "tlb": "flushes, and when the pages of a batch are freed",
    "pgmap": "references of a page map: it stays as long as the machine",
    "depth": "the level of a hole: no walk here asks for it",
    "pmdp of hmm_vma_handle_pte": "where the lock of the table is",
    "pmdp of gup_pte_range": "the table again, to see whether it changed",
    "pages of gup_pte_range": "m.out",
    "arg of try_to_migrate_one": "what is asked for is the same for every call",
    "arg of try_to_unmap_one": "what is asked for is the same for every call",
    "mm of move_pages_and_store_status": "the pages know where they are mapped",
    "status of move_pages_and_store_status": "m.out",
}
# the kernel's word -> ours
WORDS = {
    "address": "addr",
    "pmdp": "pmd",
    "arg of folio_referenced_one": "pra",
    "folio": "page",
    "folio of remove_migration_pte": "new",
    "required_fault": "need",
    "ptep": "slot",
    "pte of smaps_pte_entry": "slot",  # pte_t *
    "pte of follow_pfn_pte": "slot",  # pte_t *
    "start of hmm_vma_walk_pmd": "addr",
    "start of migrate_vma_collect_hole": "addr",
    "args": "migrate",
    "l": "pages",
    "folio_list": "pages",
}


@pytest.fixture(scope="module")
def functions() -> dict[str, Callable[..., int]]:
    load_core()
    return {f.__name__: f for f in CORE_FUNCTIONS}


@pytest.mark.parametrize("name", KERNEL)
def test_a_kernel_name_has_the_kernels_parameters(
    name: str, functions: dict[str, Callable[..., int]]
) -> None:
    expected = [
        WORDS.get(f"{word} of {name}", WORDS.get(word, word))
        for word in KERNEL[name].split()
        if word not in LEFT_OUT and f"{word} of {name}" not in LEFT_OUT
    ]
    ours = [
        word for word in inspect.signature(functions[name]).parameters if word not in ("m", "k")
    ]
    assert ours == expected


def test_what_is_left_out_or_called_otherwise_is_so_somewhere() -> None:
    """No word of the two tables is stale."""
    pairs = [(word, f"{word} of {name}") for name, text in KERNEL.items() for word in text.split()]
    known = {word for pair in pairs for word in pair}
    assert {*LEFT_OUT, *WORDS} <= known
