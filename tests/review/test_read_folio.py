# SPDX-License-Identifier: GPL-2.0-or-later
# The text of patches keeps its tabs and blank context lines.
# ruff: noqa: E101, W293
"""Conversions from pages to folios: the same rules, whatever else the patch renames."""

import pytest

from linuxmm.kernels import load, same_rules
from tests.review.patches import diff, hunk, read

COLD = "static int madvise_cold_or_pageout_pte_range(pmd_t *pmd,"
CLEAR = "static int clear_refs_pte_range(pmd_t *pmd, unsigned long addr,"
WALK = """
-		page = vm_normal_page(vma, addr, ptent);
-		if (!page || is_zone_device_page(page))
+		folio = vm_normal_folio(vma, addr, ptent);
+		if (!folio || folio_is_zone_device(folio))
 			continue;
-		if (PageTransCompound(page)) {
-			if (page_mapcount(page) != 1)
+		if (folio_test_large(folio)) {
+			if (folio_mapcount(folio) != 1)
 				break;
-			get_page(page);
+			folio_get(folio);
 		}
-		if (!PageLRU(page) || page_mapcount(page) != 1)
+		if (!folio_test_lru(folio) || folio_mapcount(folio) != 1)
 			continue;
-		list_add(&page->lru, &page_list);
-		deactivate_page(page);
+		list_add(&folio->lru, &folio_list);
+		deactivate_page(&folio->page);"""
LATER_FOLIO = """
-		page = vm_normal_page(vma, addr, ptent);
-		if (!page || is_zone_device_page(page))
+		folio = vm_normal_folio(vma, addr, ptent);
+		if (!folio || folio_is_zone_device(folio))
 			continue;
-		folio = page_folio(page);
 """
HUGE = """
-		page = pmd_page(*pmd);
+		folio = page_folio(pmd_page(*pmd));
 
-		ClearPageReferenced(page);
+		folio_clear_referenced(folio);"""
LABEL = """
-			goto regular_page;
+			goto regular_folio;
 		}
-regular_page:
+regular_folio:
 		work();"""


@pytest.mark.parametrize(
    ("path", "section", "body"),
    [
        ("mm/madvise.c", COLD, WALK),
        ("mm/madvise.c", COLD, LATER_FOLIO),
        ("fs/proc/task_mmu.c", CLEAR, HUGE),
        ("mm/madvise.c", COLD, LABEL),
    ],
)
def test_a_conversion_is_the_same_rules(path: str, section: str, body: str) -> None:
    reading = read(diff(path, hunk(section, body)), load("v6.1"))
    assert reading.extent == "read", [h.why for h in reading.unread]
    assert same_rules(reading.kernel, load("v6.1"))


def test_a_site_by_its_new_name() -> None:
    """6.1.0 has queue_pages_pte_range, 6.1.192 queue_folios_pte_range: one site."""
    head = """
-static int queue_pages_pte_range(pmd_t *pmd, struct page *page)
+static int queue_folios_pte_range(pmd_t *pmd, struct folio *folio)
 {
 	int a;"""
    body = """
-		page = vm_normal_page(vma, addr, *pte);
-		if (!page || is_zone_device_page(page))
+		folio = vm_normal_folio(vma, addr, *pte);
+		if (!folio)
 			continue;"""
    section = "static int queue_pages_pte_range(pmd_t *pmd, struct page *page)"
    text = diff("mm/mempolicy.c", hunk("static bool f(int x)", head), hunk(section, body, 900))
    reading = read(text, load("v6.1"))
    assert reading.extent == "read"
    [change] = reading.sites
    assert change.site == "mm/mempolicy.c:queue_pages_pte_range"
    assert change.after.tests[0].refuse == "reserved"


def test_a_conversion_that_loses_a_test_does_not_hide_it() -> None:
    body = WALK.replace("if (!folio || folio_is_zone_device(folio))", "if (!folio)")
    reading = read(diff("mm/madvise.c", hunk(COLD, body)), load("v6.1"))
    [change] = reading.sites
    assert reading.extent == "read"
    assert [test.refuse for test in change.after.tests] == [
        "compound",
        "not_lru",
        "mapcount_not_1",
    ]


def test_a_label_that_is_another_place_is_no_new_name() -> None:
    body = """
-			goto out_putpage;
+			goto out_early;
 		}
+out_early:
 		work();
-out_putpage:
 		more();"""
    reading = read(diff("mm/madvise.c", hunk(COLD, body)), load("v6.1"))
    assert reading.partly
