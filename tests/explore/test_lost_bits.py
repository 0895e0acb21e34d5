# SPDX-License-Identifier: GPL-2.0-or-later
# ruff: noqa: E101 (C keeps its tabs)
"""What only the entry knew, lost with it: found on a text of our own for zap_pte_range."""

import pytest

from linuxmm.explore.corners import CORNERS
from linuxmm.explore.mutate_source import EQUAL, FOUND, EditFate, SourceMutator
from linuxmm.explore.setups import SETUPS
from linuxmm.kernels import load
from linuxmm.source.folder import Folder

# Without swap, devices and races; written for this test.
TEXT = """\
static unsigned long zap_pte_range(struct mmu_gather *tlb, struct vm_area_struct *vma,
				   pmd_t *pmd, unsigned long addr, unsigned long end,
				   struct zap_details *details)
{
	struct mm_struct *mm = tlb->mm;
	struct page *page;
	spinlock_t *ptl;
	pte_t *pte, old;

	pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	for (; addr < end; pte++, addr += PAGE_SIZE) {
		old = ptep_get_and_clear(mm, addr, pte);
		if (!pte_present(old))
			continue;
		page = vm_normal_page(vma, addr, old);
		if (!page)
			continue;
		if (pte_dirty(old) && !PageAnon(page))
			set_page_dirty(page);
		add_mm_counter(mm, mm_counter(page), -1);
		page_remove_rmap(page, vma, false);
		put_page(page);
	}
	pte_unmap_unlock(pte - 1, ptl);
	return addr;
}
"""
WANTED = ("anon", "zero", "shmem", "zap-dirty-shmem", "zap-dirty-dontneed", "old-file")


@pytest.fixture(scope="module")
def fates(tmp_path_factory: pytest.TempPathFactory) -> list[EditFate]:
    folder = tmp_path_factory.mktemp("tree")
    (folder / "mm").mkdir()
    (folder / "mm/memory.c").write_text(TEXT)
    setups = tuple(setup for setup in (*SETUPS, *CORNERS) if setup.name in WANTED)
    assert len(setups) == len(WANTED)
    mutator = SourceMutator(load("v6.1"), Folder(str(folder)), setups=setups, modifiers=1)
    return [mutator.fate(edit) for edit in mutator.edits()]


@pytest.mark.parametrize(
    ("old", "kind", "shows"),
    [
        ("set_page_dirty(page);", "statement removed", {"kpageflags"}),
        ("pte_dirty(old) && !PageAnon(page)", "condition negated", {"kpageflags"}),
        ("add_mm_counter(mm, mm_counter(page), -1);", "statement removed", {"rss"}),
        ("page_remove_rmap(page, vma, false);", "statement removed", {"mapcount", "rmap", "ends"}),
        ("put_page(page);", "statement removed", {"refcount"}),
        ("!page", "condition negated", {"oops", "refcount", "rss", "mapcount", "kpageflags"}),
    ],
)
def test_what_is_lost_is_found(fates: list[EditFate], old: str, kind: str, shows: set[str]) -> None:
    (fate,) = (one for one in fates if (one.edit.old, one.edit.kind) == (old, kind))
    assert fate.fate == FOUND, fate
    assert fate.by is not None and fate.by.what in shows


def test_what_the_unlock_is_told_makes_no_difference(fates: list[EditFate]) -> None:
    (fate,) = (one for one in fates if one.before == "pte_unmap_unlock(pte - 1, ptl);"
               and one.edit.new == "0")  # fmt: skip
    assert fate.fate in (EQUAL, "same")
