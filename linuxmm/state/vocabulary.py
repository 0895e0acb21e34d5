# SPDX-License-Identifier: GPL-2.0-or-later
"""The words of lookups and tests in a kernel record, and the integers the core knows them by.

A kernel is data (``linuxmm/kernels/*.toml``); the core reads it as integer columns
(``state/rules.py``).  Here and in ``state/sites.py``, ``state/behaviours.py`` and
``state/flags.py`` a word meets its integer, each word in one of them.
Adding a word here without a row that uses it fails ``tests/kernels``.
"""

from typing import Final

# --- lookups ---
LOOKUP_NONE: Final = 0  # the site does not exist in this kernel
LOOKUP_NORMAL: Final = 1  # vm_normal_page
LOOKUP_ANY: Final = 2  # vm_normal_any_page (split-v1)
LOOKUP_LRU: Final = 3  # vm_normal_lru_page (split-v1)
LOOKUP_PMD: Final = 4  # vm_normal_page_pmd
LOOKUP_FOLLOW_PAGE: Final = 5  # follow_page with the site's `flags`
LOOKUP_RAW_PTE: Final = 6  # pte_page: the bits of the entry alone
LOOKUP_PFN_SWAP_ENTRY: Final = 7  # pfn_swap_entry_to_page
LOOKUP_GUP: Final = 8  # get_user_pages
LOOKUP_RAW_PFN: Final = 9  # pfn_to_page of a PFN kept elsewhere
LOOKUP_FOLIO_WALK: Final = 10  # folio_walk_start with the site's `flags`: no reference, but a lock
LOOKUPS: Final[tuple[str, ...]] = (
    "none",
    "normal",
    "any",
    "lru",
    "pmd",
    "follow_page",
    "raw_pte",
    "pfn_swap_entry",
    "gup",
    "raw_pfn",
    "folio_walk",
)
# Lookups that have a body of rows in a kernel record; the others are mechanisms.
BODY_LOOKUPS: Final[tuple[str, ...]] = ("normal", "any", "lru", "pmd")

# --- what a lookup row may ask (bits of one integer: see mm/memory/lookup.py) ---
ATOM_SPECIAL: Final = 1 << 0  # pte_special
ATOM_DEVMAP: Final = 1 << 1  # pte_devmap
ATOM_ABOVE_HIGHEST_PFN: Final = 1 << 2  # pfn > highest_memmap_pfn
ATOM_PFN_VALID: Final = 1 << 3  # pfn_valid
ATOM_PFNMAP: Final = 1 << 4  # VM_PFNMAP
ATOM_MIXEDMAP: Final = 1 << 5  # VM_MIXEDMAP
ATOM_COW_MAPPING: Final = 1 << 6  # is_cow_mapping
ATOM_PGOFF_MATCH: Final = 1 << 7  # pfn == vm_pgoff + (addr - vm_start) / 4096
ATOM_ZERO_PFN: Final = 1 << 8  # is_zero_pfn (is_huge_zero_pmd for the pmd lookup)
ATOM_FIND_SPECIAL_PAGE: Final = 1 << 9  # vm_ops->find_special_page is set
ATOM_ZONE_DEVICE: Final = 1 << 10  # is_zone_device_page(pfn_to_page(pfn))
ATOMS: Final[dict[str, int]] = {
    "special": ATOM_SPECIAL,
    "devmap": ATOM_DEVMAP,
    "above_highest_pfn": ATOM_ABOVE_HIGHEST_PFN,
    "pfn_valid": ATOM_PFN_VALID,
    "pfnmap": ATOM_PFNMAP,
    "mixedmap": ATOM_MIXEDMAP,
    "cow_mapping": ATOM_COW_MAPPING,
    "pgoff_match": ATOM_PGOFF_MATCH,
    "zero_pfn": ATOM_ZERO_PFN,
    "find_special_page": ATOM_FIND_SPECIAL_PAGE,
    "zone_device": ATOM_ZONE_DEVICE,
}
RESULT_NONE: Final = 0  # no page
RESULT_PAGE: Final = 1  # the page of the entry's frame
RESULT_BAD: Final = 2  # no page, and "Bad page map" in the log
RESULT_SPECIAL_PAGE: Final = 3  # what find_special_page returns
RESULTS: Final[tuple[str, ...]] = ("none", "page", "bad", "special_page")

# --- named predicates: rows over facts about a page, result yes or no ---
PREDICATE_LONGTERM_PINNABLE: Final = 0  # include/linux/mm.h:is_pinnable_page and its callers
PREDICATE_TRY_TO_MIGRATE: Final = 1  # mm/rmap.c:try_to_migrate: acts on this page
PREDICATES: Final[tuple[str, ...]] = ("longterm_pinnable", "try_to_migrate")
FACT_ZERO_PFN: Final = 1 << 0  # is_zero_pfn
FACT_ZONE_DEVICE: Final = 1 << 1  # is_zone_device_page
FACT_PRIVATE: Final = 1 << 2  # is_device_private_page
FACT_COHERENT: Final = 1 << 3  # is_device_coherent_page
FACT_FSDAX: Final = 1 << 4  # a page of MEMORY_DEVICE_FS_DAX
FACT_ZONE_MOVABLE: Final = 1 << 5  # page_zonenum is ZONE_MOVABLE
FACTS: Final[dict[str, int]] = {
    "zero_pfn": FACT_ZERO_PFN,
    "zone_device": FACT_ZONE_DEVICE,
    "device_private": FACT_PRIVATE,
    "device_coherent": FACT_COHERENT,
    "fsdax": FACT_FSDAX,
    "zone_movable": FACT_ZONE_MOVABLE,
}

# --- tests a site makes on the page it got, in order ---
# what the page is
TEST_ZONE_DEVICE: Final = 1  # is_zone_device_page
TEST_NOT_ZONE_DEVICE: Final = 2  # no device page
TEST_DEVICE_COHERENT: Final = 3  # is_device_coherent_page
TEST_COMPOUND: Final = 4  # a head or tail page
TEST_RESERVED: Final = 5  # PG_reserved
TEST_NOT_ANON: Final = 6  # not anonymous
TEST_KSM: Final = 7  # a KSM page
TEST_NOT_KSM: Final = 8  # no KSM page
TEST_NO_MAPPING: Final = 9  # page->mapping is NULL
TEST_ANY_PAGE: Final = 10  # every page: the site wants none
# who uses it
TEST_NOT_LRU: Final = 11  # PG_lru clear
TEST_ISOLATION_FAILS: Final = 12  # isolate_lru_page fails (an action: makes it when it succeeds)
TEST_MAPCOUNT_ABOVE_1: Final = 13  # mapped more than once
TEST_MAPCOUNT_NOT_1: Final = 14  # not mapped exactly once
TEST_NOT_MAPPED: Final = 15  # mapped nowhere
TEST_NOT_EXCLUSIVE: Final = 16  # not PageAnonExclusive
TEST_COW_SHARED: Final = 17  # private COW VMA and page_count != 1
TEST_NOT_DMA_PINNED: Final = 18  # page_maybe_dma_pinned is false
TEST_EXCLUSIVE_PINNED: Final = 19  # PageAnonExclusive and page_maybe_dma_pinned
TEST_LOCKED: Final = 20  # PG_locked is set: trylock fails
TEST_DIRTY_FILE: Final = 21  # page_is_file_lru and PageDirty
TEST_DIRTY_AND_SHARED: Final = 22  # (PG_dirty or in swap cache) and mapcount != 1
# where it lies
TEST_NODE_IS_TARGET: Final = 23  # it lies on the wanted node already
TEST_NODE_WITHOUT_MEMORY: Final = 24  # its node is not in N_MEMORY
TEST_OTHER_ZONE: Final = 25  # munlock batch: page of another zone
TEST_FOREIGN_OWNER: Final = 26  # DEVICE_COHERENT page of a pgmap with another owner
# of systems that are not modelled
TEST_NOT_COMPOUND: Final = 27  # neither head nor tail page
TEST_TOO_MANY_SHARED: Final = 28  # mapcount > 1 once more than max_ptes_shared allows
TEST_EXTRA_REFERENCES: Final = 29  # refcount != mapcounts (+ swap cache)
TEST_SWAPCACHE_SHARED: Final = 30  # read-only PTE of a swap cache page not reusable
TEST_FAR_NODE: Final = 31  # node beyond the reclaim distance of nodes seen before
TEST_OTHER_SUBPAGE: Final = 32  # not the expected subpage of the THP in the page cache
# since folios
TEST_ZERO_PAGE: Final = 33  # the zero page or the huge zero page
TEST_LIKELY_MAPPED_SHARED: Final = 34  # folio_likely_mapped_shared: by several, as far as told
TEST_COW_PINNED_OR_SHARED: Final = 35  # private COW VMA, and pinned or mapped by others
TEST_NOT_MERGED: Final = 36  # neither a KSM page nor the zero page that KSM has put there
TEST_MAYBE_MAPPED_SHARED: Final = 37  # folio_maybe_mapped_shared: by several processes
TEST_COW_PINNED_OR_MAYBE_SHARED: Final = 38  # is_cow_mapping, and pinned or by several processes
TEST_COW_MAYBE_SHARED: Final = 39  # is_cow_mapping, and by several processes
TEST_DMA_PINNED: Final = 40  # page_maybe_dma_pinned
TESTS: Final[tuple[str, ...]] = (
    "",
    "zone_device",
    "not_zone_device",
    "device_coherent",
    "compound",
    "reserved",
    "not_anon",
    "ksm",
    "not_ksm",
    "no_mapping",
    "any_page",
    "not_lru",
    "isolation_fails",
    "mapcount_above_1",
    "mapcount_not_1",
    "not_mapped",
    "not_exclusive",
    "cow_shared",
    "not_dma_pinned",
    "exclusive_pinned",
    "locked",
    "dirty_file",
    "dirty_and_shared",
    "node_is_target",
    "node_without_memory",
    "other_zone",
    "foreign_owner",
    "not_compound",
    "too_many_shared",
    "extra_references",
    "swapcache_shared",
    "far_node",
    "other_subpage",
    "zero_page",
    "likely_mapped_shared",
    "cow_pinned_or_shared",
    "not_merged",
    "maybe_mapped_shared",
    "cow_pinned_or_maybe_shared",
    "cow_maybe_shared",
    "dma_pinned",
)
# `unless`: the test is not made when the caller's context has one of these bits.
CONTEXT_MOVE_ALL: Final = 1 << 0  # MPOL_MF_MOVE_ALL
CONTEXT_NO_TARGET_NODE: Final = 1 << 3  # prot_numa: VM_SHARED, or other users of the mm
CONTEXT_SELECT_SYSTEM: Final = 1 << 4  # MIGRATE_VMA_SELECT_SYSTEM
CONTEXT_SELECT_DEVICE_COHERENT: Final = 1 << 5  # MIGRATE_VMA_SELECT_DEVICE_COHERENT
CONTEXT_MADV_COLLAPSE: Final = 1 << 6  # collapse on request: khugepaged's limits are off
CONTEXT_HOLDS_NONE: Final = 1 << 7  # no word of records: there is no reference to drop
CONTEXT_NO_MOVE: Final = 1 << 8  # pages are only looked at: MPOL_MF_STRICT alone
CONTEXTS: Final[dict[str, int]] = {
    "MOVE_ALL": CONTEXT_MOVE_ALL,
    "NO_TARGET_NODE": CONTEXT_NO_TARGET_NODE,
    "SELECT_SYSTEM": CONTEXT_SELECT_SYSTEM,
    "SELECT_DEVICE_COHERENT": CONTEXT_SELECT_DEVICE_COHERENT,
    "MADV_COLLAPSE": CONTEXT_MADV_COLLAPSE,
    "NO_MOVE": CONTEXT_NO_MOVE,
}

# --- what a refused page gets ---
# Words are positive integers (0: the page is not refused), errnos ("-ENOENT") are themselves.
GIVES_SKIP: Final = 1  # next entry
GIVES_STOP: Final = 2  # the loop ends here (break in C): the rest of a table, or of a batch
GIVES_ABORT: Final = 3  # the whole operation fails
GIVES_RETRY: Final = 4  # once more by a slower way
GIVES_PFN_PATH: Final = 5  # treated as a mapping without struct page
GIVES_WARN: Final = 6  # WARN_ON_ONCE, then abort
GIVES_NO_PAGE: Final = 7  # the caller sees NULL
GIVES_RESTORE: Final = 8  # the entry is put back as it was before
GIVES_TARGET_NODE: Final = 9  # status of a page that is already there: its node
GIVES_OOPS: Final = 10  # the site does not test: it would use NULL as a page
GIVES_ZERO: Final = 11  # the caller returns 0: nothing to do
GIVES_UNMOVABLE: Final = 12  # next entry, and the caller is told that one cannot be moved
GIVES: Final[tuple[str, ...]] = (
    "",
    "skip",
    "stop",
    "abort",
    "retry",
    "pfn_path",
    "warn",
    "no_page",
    "restore",
    "target_node",
    "oops",
    "0",
    "unmovable",
)

# --- what the record's config enables (it decides lookup rows and swap type numbers) -----
CONFIGS: Final[tuple[str, ...]] = (
    "pte_special",  # ARCH_HAS_PTE_SPECIAL
    "migration",  # CONFIG_MIGRATION
    "memory_failure",  # CONFIG_MEMORY_FAILURE
    "device_private",  # CONFIG_DEVICE_PRIVATE
    "pte_marker",  # CONFIG_PTE_MARKER
)
# What a rule rests on: read in a source, known, or reasoned from what was read.
RESTS_ON: Final[tuple[str, ...]] = ("read", "known", "reasoned")
