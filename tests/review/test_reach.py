# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of what a function may alter: its names are those of the model."""

from linuxmm.kernels import load
from linuxmm.review import reach
from linuxmm.state.behaviours import BEHAVIOURS
from linuxmm.state.sites import SITES
from linuxmm.state.vocabulary import PREDICATES

KINDS = {
    *("anon", "ksm", "file", "shmem", "zero", "coherent", "private", "fsdax", "devdax"),
    *("p2pdma", "pfnmap", "mixedmap"),
}


def test_every_entry_is_a_name_of_the_model() -> None:
    sites = {entry for entries in reach.SERVES.values() for entry in entries}
    assert sites <= set(SITES) and {*reach.ASKS_DEVMAP} < set(SITES)
    named = {entry for entries in reach.NAMED.values() for entry in entries}
    assert named <= {
        *(f"behaviour {name}" for name in BEHAVIOURS),
        *(f"predicate {name}" for name in PREDICATES),
    }
    assert {kind for kinds in reach.MAKES.values() for kind in kinds} <= KINDS


def test_follow_page_reaches_its_callers_and_gup() -> None:
    """Counted in the record of 6.1: 5 callers of follow_page, lookup_node by GUP."""
    kernel = load("v6.1")
    found = reach.of_function("follow_pfn_pte", kernel)
    assert set(found) == {
        "mm/gup.c:follow_page_pte",
        "behaviour pfn_pte_get_gives_eexist",
        "mm/huge_memory.c:split_huge_pages_pid",
        "mm/ksm.c:break_ksm",
        "mm/ksm.c:get_mergeable_page",
        "mm/migrate.c:add_page_for_migration",
        "mm/migrate.c:do_pages_stat_array",
        "mm/mempolicy.c:lookup_node",
    }


def test_a_flag_reaches_who_gives_it_and_who_chooses_by_it() -> None:
    old = reach.of_flag("FOLL_MLOCK", load("split-v1"))
    assert "mm/gup.c:follow_page_pte" in old and "mm/migrate.c:do_pages_stat_array" in old
    assert set(reach.of_flag("FOLL_MIGRATION", load("v6.1"))) == {
        "flag FOLL_MIGRATION",
        "mm/ksm.c:break_ksm",
    }


def test_what_a_test_asks_reaches_all_that_make_it() -> None:
    found = reach.of_function("is_device_coherent_page", load("v6.1"))
    assert found == ("mm/migrate_device.c:migrate_vma_collect_pmd",)
    lru = reach.of_function("is_zone_device_page", load("split-v1"))
    assert "lookup lru" in lru and "mm/mprotect.c:change_pte_range" in lru
    assert "mm/ksm.c:break_ksm" in lru  # through follow_page_pte


def test_what_is_in_no_table_reaches_nothing() -> None:
    assert reach.of_function("run_show", load("v6.1")) == ()
