# SPDX-License-Identifier: GPL-2.0-or-later
"""Reasons why an edit cannot be noticed: by function and text, never by line."""

import re

import pytest

from linuxmm.explore.known_edits import REASONS, reason_of
from linuxmm.explore.reasons.record import Reason
from linuxmm.source.edits import Edit

AROUND = ("else of present", "behind gone(pte)", "!huge", "is_hwpoison_entry(entry)")
EDIT = Edit("mm/memory.c", "zap_pte_range", "exit removed", (9, 1), (9, 9), "continue;", ";",
            AROUND)  # fmt: skip
LINE = "continue;"


def test_what_a_reason_names() -> None:
    assert Reason(("mm/memory.c:*",), "w", "s").names(EDIT, LINE)
    assert Reason(("x", "*:zap_pte_range"), "w", "s", text="cont*", kind="exit *").names(EDIT, LINE)
    assert Reason(("*",), "w", "s", within="is_hwpoison*").names(EDIT, LINE)
    assert Reason(("*",), "w", "s", within="*tinue*").names(EDIT, LINE)  # the line itself asks it
    assert Reason(("*",), "w", "s", within="else of present").names(EDIT, LINE)
    assert Reason(("*",), "w", "s", within="behind gone*").names(EDIT, LINE)
    for other in (
        Reason(("mm/gup.c:*",), "w", "s"),
        Reason(("*",), "w", "s", text="break;"),
        Reason(("*",), "w", "s", kind="exit moved"),
        Reason(("*",), "w", "s", within="*hugetlb*"),
        Reason(("*",), "w", "s", within="huge"),
        Reason(("*",), "w", "s", within="*present"),  # that does not hold there
        Reason(("*",), "w", "s", within="else of huge"),
        Reason(("*",), "w", "s", within="*gone*"),  # what it stands behind does not hold
        Reason(("*",), "w", "s", unless="behind gone*"),
    ):
        assert not other.names(EDIT, LINE)


@pytest.mark.parametrize(
    ("function", "within", "line", "why"),
    [
        ("mm/memory.c:zap_pte_range", "is_hwpoison_entry(entry)", "continue;", "hwpoison"),
        ("fs/proc/task_mmu.c:clear_refs_pte_range", "!pmd_present(*pmd)", "goto out;", "migration"),
        ("mm/memory.c:do_numa_page", "unlikely(!pte_same(*vmf->pte, vmf->orig_pte))", "goto out;",
         "atomic"),
        ("fs/proc/task_mmu.c:smaps_hugetlb_range", "is_swap_pte(*pte)",
         "page = pfn_swap_entry_to_page(swpent);", "within a step"),
        ("fs/proc/task_mmu.c:smaps_hugetlb_range", "page",
         "mss->shared_hugetlb += huge_page_size(hstate_vma(vma));", ""),
        ("mm/gup.c:follow_pfn_pte", "flags & FOLL_TOUCH", "entry = pte_mkyoung(entry);", "no file"),
        # what the search has to find stays without one
        ("fs/proc/task_mmu.c:clear_refs_pte_range", "ptl", "page = pmd_page(*pmd);", ""),
        ("mm/memory.c:zap_pte_range", "pte_dirty(ptent)", "set_page_dirty(page);", ""),
        ("mm/migrate.c:add_page_for_migration", "!page", "goto out;", ""),
        ("mm/mprotect.c:change_pte_range", "pte_present(oldpte)", "pages++;", ""),
    ],
)  # fmt: skip
def test_the_reason_of_a_place(function: str, within: str, line: str, why: str) -> None:
    path, _, name = function.partition(":")
    edit = Edit(path, name, "statement removed", (1, 1), (1, 9), line, ";", (within,))
    found = reason_of(edit, line)
    assert (found is None) == (why == "")
    assert found is None or why in found.why


def test_no_reason_names_a_line() -> None:
    for reason in REASONS:
        words = (*reason.functions, reason.text, reason.within)
        assert not any(re.search(r":\d|\b\d{3,}\b", word) for word in words), reason
        assert reason.why and re.match(r"[\w/.-]+\.[ch](:\w+)?$", reason.source), reason
        assert reason.functions != ("*",) or reason.within or reason.text != "*", reason
