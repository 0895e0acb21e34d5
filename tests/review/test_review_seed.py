# SPDX-License-Identifier: GPL-2.0-or-later
"""The review of split-v1: what must be found is spelled out by hand.

Sources: the mail itself (29 call sites), facts/page-lookup.md (coherent pages at them, what
differs between the kernels).
"""

from dataclasses import replace

import pytest

from linuxmm.kernels import load, same_rules
from linuxmm.review import mail
from linuxmm.review.findings import Finding
from linuxmm.review.read import read_series
from linuxmm.review.report import report
from linuxmm.review.run import Review, reviews
from tests.review.patches import seed

UNKNOWN: dict[str, str] = {}
WALKS_DAX = {  # sites that meet entries of fsdax and devdax mappings in the set-ups
    "fs/proc/task_mmu.c:smaps_pte_entry",
    "fs/proc/task_mmu.c:clear_refs_pte_range",
    "fs/proc/task_mmu.c:pte_to_pagemap_entry",
    "fs/proc/task_mmu.c:can_gather_numa_stats",
    "mm/gup.c:follow_page_pte",
    "mm/hmm.c:hmm_vma_handle_pte",
    "mm/madvise.c:madvise_cold_or_pageout_pte_range",
    "mm/memcontrol.c:mc_handle_present_pte",
    "mm/memory.c:copy_present_pte",
    "mm/memory.c:do_wp_page",
    "mm/memory.c:zap_pte_range",
    "mm/mempolicy.c:queue_pages_pte_range",
}


def only(findings: list[Finding], **wanted: str) -> Finding:
    """The one finding with these fields."""
    found = [f for f in findings if all(getattr(f, k) == v for k, v in wanted.items())]
    assert len(found) == 1, [f.explanation for f in found]
    return found[0]


def test_twenty_nine_rows_and_their_verdicts(seed_review: Review) -> None:
    assert len(seed_review.choices) == 29
    unknown = {v.site: v for v in seed_review.choices if v.verdict == "unknown"}
    assert len(seed_review.choices) - len(unknown) == 29
    assert {site: v.why for site, v in unknown.items()} == {
        site: f"{system} is not modelled" for site, system in UNKNOWN.items()
    }


def test_the_lost_devmap_row_is_one_bug(seed_review: Review) -> None:
    finding = only(seed_review.of_side("introduced"), invariant="bad-page-map")
    assert finding.cause[0] == "lookup any"
    assert "devdax and fsdax" in finding.explanation
    assert '"devmap -> none"' in finding.explanation
    assert set(finding.sites) == WALKS_DAX
    assert finding.rests_on == ("read",)


def test_munlock_leaves_the_mark(seed_review: Review) -> None:
    """follow_page(FOLL_LRU) gives munlock no device page, so PG_mlocked stays."""
    finding = only(seed_review.of_side("introduced"), invariant="mlock")
    assert finding.sites == ("mm/mlock.c:munlock_vma_pages_range",)
    assert finding.page_kind == "coherent"
    assert finding.witness.steps[-1] == "P0: munlock a"


def test_break_ksm_leaves_a_device_page_merged(seed_review: Review) -> None:
    """A page that is merged no more keeps its KSM mark, and with it no way from page to entry."""
    finding = only(seed_review.of_side("introduced"), invariant="rmap")
    assert finding.sites == ("mm/ksm.c:break_ksm",)
    assert finding.also == ("ksm-device-migrated",)


def test_move_pages_says_efault(seed_review: Review) -> None:
    """A page that cannot be isolated was -EBUSY; a page that is not returned is -EFAULT."""
    finding = only(seed_review.of_side("changed"), verb="move_pages")
    assert finding.sites == ("mm/migrate.c:add_page_for_migration",)
    assert finding.explanation.startswith(
        "With coherent pages, move_pages gives -EFAULT instead of -EBUSY: "
    )


def test_mlock_marks_no_device_page(seed_review: Review) -> None:
    changed = seed_review.of_side("changed")
    finding = only([f for f in changed if "P0: mlock a" in f.witness.steps], verb="meminfo")
    assert "Mlocked=0 instead of Mlocked=4" in finding.explanation


def test_merging_through_get_mergeable_page_is_fixed(seed_review: Review) -> None:
    finding = only(seed_review.of_side("fixed"), invariant="ksm-device-migrated")
    assert finding.sites == ("mm/ksm.c:get_mergeable_page",)


def test_nothing_else_is_introduced(seed_review: Review) -> None:
    assert {f.invariant for f in seed_review.of_side("introduced")} == {
        "bad-page-map",
        "mlock",
        "rmap",
    }


def test_what_remains_names_the_scanner(seed_review: Review) -> None:
    finding = only(seed_review.of_side("remaining"), invariant="ksm-device")
    assert finding.sites == ("mm/ksm.c:scan_get_next_rmap_item",)


@pytest.mark.parametrize(
    "site", ["mm/ksm.c:scan_get_next_rmap_item", "mm/migrate.c:do_pages_stat_array"]
)
def test_sites_that_were_forgotten_come_out_blind(seed_review: Review, site: str) -> None:
    """Both were changed by later patches (facts/page-lookup.md)."""
    assert site in {verdict.site for verdict in seed_review.untouched}


@pytest.mark.parametrize(
    ("site", "verdict"),
    [
        ("mm/memory.c:zap_pte_range", "forced"),
        ("mm/memory.c:copy_present_pte", "forced"),
        ("mm/memory.c:do_wp_page", "forced"),
        ("mm/ksm.c:get_mergeable_page", "forced"),
        ("mm/migrate.c:add_page_for_migration", "observable"),
        ("mm/mprotect.c:change_pte_range", "observable"),
        ("mm/hmm.c:hmm_vma_handle_pte", "observable"),
        ("mm/mlock.c:munlock_vma_pages_range", "observable"),
        ("mm/memory.c:do_numa_page", "observable"),
        ("mm/huge_memory.c:split_huge_pages_pid", "observable"),
        ("mm/khugepaged.c:khugepaged_scan_pmd", "observable"),
        ("mm/khugepaged.c:__collapse_huge_page_isolate", "unreachable"),
        ("mm/khugepaged.c:collapse_pte_mapped_thp", "free"),
        ("mm/khugepaged.c:collapse_pte_mapped_thp#2", "unreachable"),
    ],
)
def test_verdicts(seed_review: Review, site: str, verdict: str) -> None:
    assert {v.site: v.verdict for v in seed_review.choices}[site] == verdict


def test_the_mail_is_the_same_change() -> None:
    """So its review is the one above: nothing but the rules of both kernels goes into it."""
    (reading,) = read_series(mail.load(str(seed())), load("v5.17-coherent"))
    assert same_rules(reading.kernel, load("split-v1"))


@pytest.mark.slow
def test_same_input_same_bytes_from_the_mail_too(seed_review: Review) -> None:
    """Two searches in two ways of asking: but for title and reading the text is the same."""
    (other,) = reviews(str(seed()))
    assert (other.before_name, other.after_name) == ("v5.17-coherent", "split-v1")
    bare = replace(other, reading=None, title=seed_review.title)
    assert report(bare, remaining=True, verbose=True) == report(
        seed_review, remaining=True, verbose=True
    )
    assert [f.id for f in other.findings] == [f.id for f in seed_review.findings]


def test_sites_that_rightly_take_device_pages_are_not_blamed(seed_review: Review) -> None:
    """Refusing them in zap, fork or COW breaks a count: those sites are not blind."""
    blamed = {v.site: v.verdict for v in seed_review.untouched}
    assert blamed == {
        "mm/ksm.c:scan_get_next_rmap_item": "breaks",
        "mm/migrate.c:do_pages_stat_array": "observable",
        "mm/migrate.c:remove_migration_pte": "breaks",
    }
