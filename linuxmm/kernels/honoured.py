# SPDX-License-Identifier: GPL-2.0-or-later
"""What the code of each modelled site can do with its record: the words it honours.

A record that says something else would be read and ignored: the loader refuses it, and the
test of the tests (`explore/mutate.py`) flips each cell to every other word honoured here.
"""

from typing import Final, NamedTuple

BODY: Final = ("normal", "any", "lru")
_WALK: Final = ("skip", "stop")
ERRNO: Final = "-E"  # any errno


class Honours(NamedTuple):
    """The words that each cell of one site's record may hold.

    `refused`, `gives`: what a page gets that the lookup or a test refuses; `holds_reference`: is
    there one that a test may drop; `contexts`: what its caller tells it (`unless`).
    """

    lookups: tuple[str, ...]
    refused: tuple[str, ...]
    gives: tuple[str, ...] = ()
    holds_reference: bool = False
    contexts: tuple[str, ...] = ()


_PFN_PATH: Final = Honours(BODY, ("pfn_path",))
_COLLAPSES: Final = Honours(BODY, ("abort",), ("abort",), contexts=("MADV_COLLAPSE",))
_COLLAPSES_PARTS: Final = Honours(BODY, ("abort", "oops"), ("abort", "warn"))
_FOLLOWS: Final = ("follow_page", "folio_walk")
HONOURED: Final[dict[str, Honours]] = {
    "fs/proc/task_mmu.c:smaps_pte_entry": Honours(BODY, _WALK, _WALK),
    "fs/proc/task_mmu.c:smaps_hugetlb_range": Honours((*BODY, "raw_pte"), ("skip",)),
    "fs/proc/task_mmu.c:pte_is_pinned": Honours(BODY, ("0", ERRNO), ("0", ERRNO)),
    "fs/proc/task_mmu.c:clear_refs_pte_range": Honours(BODY, _WALK, _WALK),
    "fs/proc/task_mmu.c:pte_to_pagemap_entry": Honours(BODY, ("skip",)),
    "fs/proc/task_mmu.c:can_gather_numa_stats": Honours(
        BODY, ("no_page", "stop"), ("no_page", "stop")
    ),
    "mm/gup.c:follow_page_pte": _PFN_PATH,
    "mm/gup.c:get_gate_page": Honours(BODY, (ERRNO,)),
    "mm/hmm.c:hmm_vma_handle_pte": Honours(BODY, (ERRNO,)),
    "mm/huge_memory.c:split_huge_pages_pid": Honours(_FOLLOWS, ("skip",), ("skip",), True),
    "mm/khugepaged.c:__collapse_huge_page_isolate": _COLLAPSES,
    "mm/khugepaged.c:khugepaged_scan_pmd": _COLLAPSES,
    "mm/khugepaged.c:collapse_pte_mapped_thp": _COLLAPSES_PARTS,
    "mm/khugepaged.c:collapse_pte_mapped_thp#2": _COLLAPSES_PARTS,
    "mm/ksm.c:break_ksm": Honours((*BODY, *_FOLLOWS), ("0", ERRNO), ("0", ERRNO), True),
    "mm/ksm.c:get_mergeable_page": Honours(_FOLLOWS, ("no_page",), ("no_page",), True),
    "mm/madvise.c:madvise_cold_or_pageout_pte_range": Honours(BODY, _WALK, _WALK),
    "mm/madvise.c:madvise_free_pte_range": Honours(BODY, _WALK, _WALK),
    "mm/memcontrol.c:mc_handle_present_pte": Honours(BODY, ("no_page",), ("no_page",)),
    "mm/memory.c:copy_present_pte": _PFN_PATH,
    "mm/memory.c:zap_pte_range": _PFN_PATH,
    "mm/memory.c:do_wp_page": _PFN_PATH,
    "mm/memory.c:do_numa_page": Honours(BODY, ("restore",), ("restore",), True),
    "mm/mempolicy.c:queue_pages_pte_range": Honours(
        BODY, _WALK, (*_WALK, "unmovable"), contexts=("MOVE_ALL", "NO_MOVE")
    ),
    "mm/migrate.c:add_page_for_migration": Honours(
        _FOLLOWS, (ERRNO,), (ERRNO, "target_node"), True, ("MOVE_ALL",)
    ),
    "mm/migrate_device.c:migrate_vma_collect_pmd": Honours(
        BODY, _WALK, _WALK, True, ("SELECT_SYSTEM", "SELECT_DEVICE_COHERENT")
    ),
    "mm/mlock.c:__munlock_pagevec_fill": Honours(BODY, _WALK, _WALK),
    "mm/mlock.c:munlock_vma_pages_range": Honours(("follow_page",), ("skip",), ("skip",), True),
    "mm/mprotect.c:change_pte_range": Honours(BODY, _WALK, _WALK, True, ("NO_TARGET_NODE",)),
    "mm/ksm.c:scan_get_next_rmap_item": Honours((*BODY, *_FOLLOWS), _WALK, _WALK, True),
    "mm/mempolicy.c:lookup_node": Honours(("gup",), ("-EFAULT",)),
    "mm/migrate.c:do_pages_stat_array": Honours(_FOLLOWS, (ERRNO,), (ERRNO,), True),
    "mm/gup.c:gup_pte_range": Honours(("raw_pte",), ("retry",)),
    "mm/mprotect.c:can_change_pte_writable": Honours(BODY, ("0",), ("0",), True),
    "mm/memory.c:follow_phys": Honours(BODY, ("pfn_path",), (ERRNO,)),
    "mm/mlock.c:mlock_pte_range": Honours(BODY, _WALK, _WALK),
    "mm/migrate.c:remove_migration_pte": Honours(("pfn_swap_entry",), ("skip",)),
    "mm/ksm.c:get_ksm_page": Honours(("raw_pfn",), ("no_page",), ("no_page",), True),
}


def other_words(words: tuple[str, ...], old: str) -> list[str]:
    """Every other word that a cell may hold; two errnos stand for all."""
    others = [word for word in words if word not in (old, ERRNO)]
    if ERRNO in words:
        others.append("-EFAULT" if old == "-EINVAL" else "-EINVAL")
    return others


def is_honoured(words: tuple[str, ...], word: str) -> bool:
    """May the cell hold this word?"""
    return word in words or (ERRNO in words and word.startswith("-E"))
