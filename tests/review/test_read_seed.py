# SPDX-License-Identifier: GPL-2.0-or-later
"""The patch of March 2022, against a table written by hand from the mail."""

import os
from itertools import groupby

import pytest

from linuxmm.kernels import load, lookup_text, same_rules
from linuxmm.review import mail
from linuxmm.review.patch import Patch, read_diff
from linuxmm.review.read import Reading, read_patch, read_series
from linuxmm.review.tree import Tree
from tests.review.patches import seed

# file, function, before, after (% is a space): typed from the mail's 29 hunks, not from a program.
EXPECTED = """
fs/proc/task_mmu.c smaps_pte_entry normal any
fs/proc/task_mmu.c smaps_hugetlb_range normal any
fs/proc/task_mmu.c pte_is_pinned normal any
fs/proc/task_mmu.c clear_refs_pte_range normal any
fs/proc/task_mmu.c pte_to_pagemap_entry normal any
fs/proc/task_mmu.c can_gather_numa_stats normal lru
mm/gup.c follow_page_pte normal lru%if%FOLL_MLOCK|FOLL_LRU,%else%any
mm/gup.c get_gate_page normal any
mm/hmm.c hmm_vma_handle_pte normal any
mm/huge_memory.c split_huge_pages_pid follow_page(GET|DUMP) follow_page(GET|DUMP|LRU)
mm/khugepaged.c __collapse_huge_page_isolate normal lru
mm/khugepaged.c khugepaged_scan_pmd normal lru
mm/khugepaged.c collapse_pte_mapped_thp normal lru
mm/khugepaged.c collapse_pte_mapped_thp#2 normal lru
mm/ksm.c break_ksm follow_page(GET|MIGRATION|REMOTE) follow_page(GET|MIGRATION|REMOTE|LRU)
mm/ksm.c get_mergeable_page follow_page(GET) follow_page(GET|LRU)
mm/madvise.c madvise_cold_or_pageout_pte_range normal lru
mm/madvise.c madvise_free_pte_range normal lru
mm/memcontrol.c mc_handle_present_pte normal any
mm/memory.c copy_present_pte normal any
mm/memory.c zap_pte_range normal any
mm/memory.c do_wp_page normal any
mm/memory.c do_numa_page normal lru
mm/mempolicy.c queue_pages_pte_range normal lru
mm/migrate.c add_page_for_migration follow_page(GET|DUMP) follow_page(GET|DUMP|LRU)
mm/migrate_device.c migrate_vma_collect_pmd normal any
mm/mlock.c __munlock_pagevec_fill normal lru
mm/mlock.c munlock_vma_pages_range follow_page(GET|DUMP) follow_page(GET|DUMP|LRU)
mm/mprotect.c change_pte_range normal lru
"""


def _reading() -> Reading:
    [reading] = read_series(mail.load(str(seed())), load("v5.17-coherent"))
    return reading


def test_the_29_sites_have_the_before_and_after_of_the_mail() -> None:
    expected = set()
    for line in EXPECTED.split("\n")[1:-1]:
        file, function, before, after = line.split()
        expected.add((f"{file}:{function}", before, after.replace("%", " ")))
    found = {
        (change.site, lookup_text(change.before), lookup_text(change.after))
        for change in _reading().sites
    }
    assert len(expected) == 29
    assert found == expected


def test_the_kernel_of_the_mail_is_the_built_in_one() -> None:
    assert same_rules(_reading().kernel, load("split-v1"))


def test_every_hunk_has_one_class_and_they_add_up_to_the_43_of_the_mail() -> None:
    reading = _reading()
    assert reading.counts() == {
        "site": 29,
        "lookup": 3,
        "flag": 1,
        "prototype": 1,
        "comment": 9,
    }
    assert sum(reading.counts().values()) == len(reading.hunks) == 43
    assert not reading.not_modelled and not reading.notes


def test_the_comment_hunks_are_named_with_their_functions() -> None:
    functions = [hunk.function for hunk in _reading().comment_hunks]
    assert "vm_mixed_ok" in functions
    assert "__vm_insert_mixed" in functions
    assert "remap_pfn_range_notrack" in functions


def test_the_lookups_are_understood_as_what_they_are() -> None:
    reading = _reading()
    before = load("v5.17-coherent").lookup("normal")
    after = reading.kernel.lookup("any")
    gone = [row.text for row in before.rows if row not in after.rows]
    assert gone == ["devmap -> none"]
    lru = reading.kernel.lookup("lru")
    assert lru.of == "any"
    assert [row.text for row in lru.then] == ["zone_device -> none", "otherwise -> page"]
    assert reading.flags == ("FOLL_LRU",)
    assert dict(reading.kernel.foll)["FOLL_LRU"] == 0x100000


def test_the_mail_says_who_and_what() -> None:
    patch = _reading().patch
    assert patch.subject.startswith("[PATCH v1 1/3] mm: split vm_normal_pages")
    assert patch.number == (1, 3)
    assert "Alex Sierra" in patch.author
    assert "DEVICE_COHERENT" in patch.body


def test_the_revert_leads_back() -> None:
    text = seed().read_text()
    start = text.index("diff --git")
    sign = {"-": "+", "+": "-"}
    lines = []
    for line in text[start : text.index("-- \n2.32.0")].split("\n"):
        if line.startswith("@@ "):
            words = line.split(" ", 4)
            words[1:3] = ["-" + words[2][1:], "+" + words[1][1:]]
            line = " ".join(words)
        elif not line.startswith(("+++ ", "--- ")):
            line = sign.get(line[:1], line[:1]) + line[1:]
        lines.append(line)
    [patch] = mail.read("\n".join(lines).encode(), "revert.diff").patches
    reading = read_patch(patch, load("split-v1"))
    assert reading.counts() == _reading().counts()
    assert same_rules(reading.kernel, load("v5.17-coherent"))


@pytest.mark.live
def test_with_a_tree_no_context_is_needed() -> None:
    """The same mail as `diff -U0` would give it, its functions read from a source tree."""
    root = os.environ.get("LINUXMM_TREE_5_17", "")
    if not root:
        pytest.skip("LINUXMM_TREE_5_17 names no v5.17-rc5 source tree")
    [patch] = mail.load(str(seed())).patches
    [bare] = mail.read(_without_context(patch).encode(), "u0.diff").patches
    reading = read_patch(bare, load("v5.17-coherent"), tree=Tree(root))
    assert len(reading.sites) == 29
    assert same_rules(reading.kernel, load("split-v1"))


def _without_context(patch: Patch) -> str:
    """The diff with every run of changed lines as a hunk of its own, without context."""
    out: list[str] = []
    for file in read_diff(patch):
        out.append(f"--- a/{file.path}\n+++ b/{file.path}\n")
        for hunk in file.hunks:
            old, new = hunk.old_start - 1, hunk.new_start - 1
            for kind, lines in groupby(hunk.lines, key=lambda line: line.kind != " "):
                run = list(lines)
                gone = sum(line.kind != "+" for line in run)
                added = sum(line.kind != "-" for line in run)
                if kind:
                    head = f"-{old + bool(gone)},{gone} +{new + bool(added)},{added}"
                    out.append(f"@@ {head} @@ {hunk.section}\n")
                    out += [f"{line.kind}{line.text}\n" for line in run]
                old, new = old + gone, new + added
    return "".join(out)
