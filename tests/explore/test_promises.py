"""`check`: what one kernel breaks, and what its sites could do instead."""

import pytest

from linuxmm.explore.promises import BREAKS, OBSERVABLE, Checker, Choice, other_choices
from linuxmm.kernels import load


@pytest.fixture(scope="module")
def split() -> Checker:
    return Checker(load("split-v1"))


# A 6.1 does these itself: mm/rmap.c marks the page that remove_migration_pte maps in a locked
# VMA, whatever its type, and munlock skips device pages; mm/ksm.c:try_to_merge_two_pages leaves
# the first page without stable node, mapped by a child as well, when the second cannot be merged;
# migrate_vma takes merged pages along, stable node and all (scenarios/kernel-bugs).
BY_THE_KERNEL_ITSELF = {
    ("mlock", "coherent"),
    ("rmap", "ksm"),
    ("ksm-device-migrated", "coherent"),
}


def test_a_real_kernel_breaks_only_what_is_known_of_it() -> None:
    broken = Checker(load("v6.1")).broken()
    assert {(b.violation.invariant, b.violation.page_kind) for b in broken} == BY_THE_KERNEL_ITSELF


def test_the_patch_breaks_what_the_facts_say(split: Checker) -> None:
    """sites-core.md section 4: without the devmap row a DAX entry is reported as bad."""
    broken = split.broken()
    assert {b.violation.invariant for b in broken} >= {"bad-page-map", "ksm-device"}
    zap = next(b for b in broken if b.violation.site.endswith(":zap_pte_range"))
    assert zap.trail.lines[-1] == "P0: munmap a"


def _of(choices: list[Choice], choice: str) -> Choice:
    return next(one for one in choices if one.choice == choice)


def test_a_page_that_is_not_zapped_breaks_the_books(split: Checker) -> None:
    lru = _of(split.choices(["mm/memory.c:zap_pte_range"]), "lru")
    assert (lru.verdict, lru.shows) == (BREAKS, "device-return")


def test_a_choice_that_only_shows(split: Checker) -> None:
    with_lru = _of(split.choices(["mm/migrate.c:do_pages_stat_array"]), "with FOLL_LRU")
    assert with_lru.verdict == OBSERVABLE
    assert with_lru.shows == "P0: move_pages: node0 -> -EFAULT"


def test_a_kernel_without_lookups_is_asked_about_device_pages() -> None:
    kernel = load("v6.1")
    words = {flip.new for rule in kernel.sites if not rule.absent
             for flip in other_choices(kernel, rule)}  # fmt: skip
    assert words == {"refuse device pages", "take device pages"}
