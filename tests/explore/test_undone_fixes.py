# SPDX-License-Identifier: GPL-2.0-or-later
"""Kinds of bug that were fixed in these functions, put back into 6.1's own text: all are found.

A filter dropped, a reference leaked on one exit, an errno, a condition turned round, a flag, dirty,
soft-dirty, a counter.  Where each shows is reasoned from the text, and said in the table.  The text
is that of linux-source-6.1 in /usr/src, or LINUXMM_TREE_6_1.
"""

import os
from pathlib import Path
from typing import NamedTuple

import pytest

from linuxmm.explore.mutate_source import FOUND, SourceMutator
from linuxmm.kernels import load
from linuxmm.source.edits import Edit
from linuxmm.source.folder import Folder

pytestmark = pytest.mark.live


class Undone(NamedTuple):
    """A fix undone: the edit by function, kind, old and new text; what may show it."""

    why: str
    function: str
    kind: str
    old: str
    new: str
    within: str
    shows: frozenset[str]


def undone(why: str, function: str, kind: str, old: str, new: str, shows: str,
           within: str = "") -> Undone:  # fmt: skip
    return Undone(why, function, kind, old, new, within, frozenset(shows.split()))


UNDONE = (
    undone("a filter dropped: device pages would be moved", "add_page_for_migration",
           "exit removed", "goto out_putpage;", ";", "move_pages",
           "is_zone_device_page(page)"),
    undone("a filter dropped: device pages lose their mapping to mlock", "mlock_pte_range",
           "operand dropped", "!page || is_zone_device_page(page)", "!page", "mlock meminfo lru"),
    undone("dirty lost: migrate_device.c, copy pte dirty bit to page", "migrate_vma_collect_pmd",
           "statement removed", "folio_mark_dirty(folio);", ";", "smaps kpageflags"),
    undone("a condition: hmm, fault non-owner device private entries", "hmm_vma_handle_pte",
           "exit removed", "goto fault;", ";", "read", "is_device_private_entry(entry)"),
    undone("a counter not moved: ksm.c, fix inconsistent accounting of zero pages", "replace_page",
           "statement removed", "dec_mm_counter(mm, MM_ANONPAGES);", ";", "rss"),
    undone("a filter dropped: a hole in a file takes private copies out of swap", "zap_pte_range",
           "exit removed", "continue;", ";", "content", "!should_zap_cows(details)"),
    undone("a reference leaked on one exit", "add_page_for_migration", "exit moved",
           "goto out_putpage;", "goto out;", "refcount", "page_to_nid(page) == node"),
    undone("a reference leaked: of what is read in from swap", "swapin_walk_pmd_entry",
           "statement removed", "put_page(page);", ";", "refcount"),
    undone("an errno changed", "add_page_for_migration", "errno changed", "-EACCES", "-EFAULT",
           "move_pages"),
    undone("a condition inverted: the reference of a query is kept", "do_pages_stat_array",
           "condition negated", "!page", "page", "move_pages refcount oops"),
    undone("a wrong flag: lazily freed pages stay dirty", "madvise_free_pte_range",
           "call changed", "folio_clear_dirty", "folio_set_dirty", "content kpageflags smaps"),
    undone("dirty lost: what the entry knew is forgotten with it", "zap_pte_range",
           "statement removed", "set_page_dirty(page);", ";", "kpageflags"),
    undone("soft-dirty lost in swap, in a fork", "copy_nonpresent_pte", "call changed",
           "pte_swp_mksoft_dirty", "pte_swp_clear_soft_dirty", "pagemap"),
    undone("soft-dirty lost with write access", "change_pte_range", "call changed",
           "pte_swp_mksoft_dirty", "pte_swp_clear_soft_dirty", "pagemap"),
    undone("a counter not moved: rss stays", "zap_pte_range", "statement removed",
           "rss[mm_counter(page)]--;", ";", "rss"),
    undone("a counter not moved: nr_isolated", "add_page_for_migration", "operator changed",
           "+", "-", "isolated"),
    undone("a counter not moved: pgreuse", "wp_page_reuse", "statement removed",
           "count_vm_event(PGREUSE);", ";", "vmstat"),
    undone("a predicate turned round: shared pages are moved", "add_page_for_migration",
           "condition negated", "page_mapcount(page) > 1 && !migrate_all",
           "!(page_mapcount(page) > 1 && !migrate_all)", "move_pages"),
    undone("a predicate turned round: pinned pages are write-protected", "pte_is_pinned",
           "condition negated", "!is_cow_mapping(vma->vm_flags)", "is_cow_mapping(vma->vm_flags)",
           "clear_refs content pagemap ends"),
    undone("a sum is not shared: SwapPss of a slot with two users", "smaps_pte_entry",
           "operator changed", ">=", ">", "smaps"),
)  # fmt: skip


@pytest.fixture(scope="module")
def mutator() -> SourceMutator:
    root = Path(os.environ.get("LINUXMM_TREE_6_1", "/usr/src/linux-source-6.1"))
    if not (root / "mm" / "memory.c").is_file():
        pytest.skip("linux-source-6.1 is not unpacked in /usr/src")
    return SourceMutator(load("v6.1"), Folder(str(root)))


def made(mutator: SourceMutator, one: Undone) -> list[Edit]:
    """The edits of the program that undo this fix."""
    functions = [f for f in mutator.functions() if f[1] == one.function]
    return [
        edit
        for edit in mutator.edits(functions)
        if (edit.kind, edit.old, edit.new) == (one.kind, one.old, one.new)
        and (not one.within or one.within in edit.within)
    ]


@pytest.mark.parametrize("one", UNDONE, ids=lambda one: one.why.replace(" ", "-"))
def test_a_fix_undone_is_found(mutator: SourceMutator, one: Undone) -> None:
    edits = made(mutator, one)
    assert edits, "6.1 has no such line"
    fates = [mutator.fate(edit) for edit in edits]
    by = [fate.by.what for fate in fates if fate.by is not None]
    assert any(fate.fate == FOUND for fate in fates), fates
    assert one.shows & {*by}, by
