# SPDX-License-Identifier: GPL-2.0-or-later
"""`check`: what one kernel breaks, and what its sites' choices are worth."""

import pytest

from linuxmm.explore.check import Checker, Choice, other_choices, verdict_of
from linuxmm.explore.judge import FORCED, OBSERVABLE
from linuxmm.kernels import load
from linuxmm.review.findings import Finding, Findings


@pytest.fixture(scope="module")
def split() -> Checker:
    return Checker(load("split-v1"))


def broken(checker: Checker) -> list[Finding]:
    return Findings(checker.kernel, checker.kernel).of(checker.walk())


# A 6.1 does these itself: mm/rmap.c marks the page that remove_migration_pte maps in a locked
# VMA, whatever its type, and munlock skips device pages; mm/ksm.c:try_to_merge_two_pages leaves
# the first page without stable node, mapped by a child as well, when the second cannot be merged;
# migrate_vma takes merged pages along, stable node and all; replace_page() forgets what
# userfaultfd protects (scenarios/kernel-bugs).
BY_THE_KERNEL_ITSELF = {
    ("mlock", "coherent"),
    ("rmap", "ksm"),
    ("ksm-device-migrated", "coherent"),
    ("uffd-wp", "ksm"),
}


def test_a_real_kernel_breaks_only_what_is_known_of_it() -> None:
    found = broken(Checker(load("v6.1")))
    assert {(f.invariant, f.page_kind) for f in found} == BY_THE_KERNEL_ITSELF
    assert all(f.witness.steps for f in found)


def test_the_patch_breaks_what_the_facts_say(split: Checker) -> None:
    """facts/page-lookup.md: without the devmap row a DAX entry is reported as bad."""
    found = broken(split)
    assert {f.invariant for f in found} >= {"bad-page-map", "ksm-device"}
    assert all(f.witness.steps for f in found)


def _of(checker: Checker, site: str, choice: str) -> Choice:
    return next(one for one in checker.choices([site]) if one.choice == choice)


def test_a_page_that_is_not_zapped_breaks_the_books(split: Checker) -> None:
    lru = _of(split, "mm/memory.c:zap_pte_range", "lru").judged
    assert (lru.verdict, lru.why) == (FORCED, "the other choice breaks device-return")
    assert lru.witness is not None and len(lru.witness.steps) <= 4


def test_a_choice_that_only_shows(split: Checker) -> None:
    with_lru = _of(split, "mm/migrate.c:do_pages_stat_array", "with FOLL_LRU").judged
    assert (with_lru.verdict, with_lru.why) == (OBSERVABLE, "move_pages shows it")


def test_a_site_has_the_verdict_of_its_worst_rival(split: Checker) -> None:
    """The same word as in a review of the patch: smaps that loses device pages contradicts rss."""
    choices = list(split.choices(["fs/proc/task_mmu.c:smaps_pte_entry"]))
    assert verdict_of(choices) == FORCED


def test_a_kernel_without_lookups_is_asked_about_device_pages() -> None:
    kernel = load("v6.1")
    words = {flip.new for rule in kernel.sites if not rule.absent
             for flip in other_choices(kernel, rule)}  # fmt: skip
    assert words == {"refuse device pages", "take device pages"}
