# SPDX-License-Identifier: GPL-2.0-or-later
"""The built-in records: complete, sourced, and what the facts and the mail say."""

import re
from pathlib import Path

import pytest

from linuxmm.kernels import Kernel, diff, load, names, same_rules
from linuxmm.kernels.load import ALIASES
from linuxmm.state import behaviours
from linuxmm.state import vocabulary as words
from linuxmm.state.behaviours import BEHAVIOURS
from linuxmm.state.flags import (
    FOLL_DUMP,
    FOLL_FLAGS,
    FOLL_GET,
    FOLL_LRU,
    FOLL_MIGRATION,
    FOLL_MLOCK,
    FOLL_REMOTE,
)
from linuxmm.state.sites import SITES, UNMODELLED_SITES

BUILT_IN = ["v5.17-coherent", "split-v1", "debian-6.1", "debian-6.12", "v6.18", "v7.1"]
FOLDER = Path(words.__file__).parent.parent / "kernels"
GET, DUMP = FOLL_GET, FOLL_DUMP
MIGRATION, REMOTE, LRU = FOLL_MIGRATION, FOLL_REMOTE, FOLL_LRU

# By hand from the mail: the lookups (24 calls) and the callers of follow_page (5).
LOOKUPS_OF_THE_PATCH = {
    "fs/proc/task_mmu.c:smaps_pte_entry": "any",
    "fs/proc/task_mmu.c:smaps_hugetlb_range": "any",
    "fs/proc/task_mmu.c:pte_is_pinned": "any",
    "fs/proc/task_mmu.c:clear_refs_pte_range": "any",
    "fs/proc/task_mmu.c:pte_to_pagemap_entry": "any",
    "fs/proc/task_mmu.c:can_gather_numa_stats": "lru",
    "mm/gup.c:follow_page_pte": "lru if MLOCK or LRU, else any",
    "mm/gup.c:get_gate_page": "any",
    "mm/hmm.c:hmm_vma_handle_pte": "any",
    "mm/khugepaged.c:__collapse_huge_page_isolate": "lru",
    "mm/khugepaged.c:khugepaged_scan_pmd": "lru",
    "mm/khugepaged.c:collapse_pte_mapped_thp": "lru",
    "mm/khugepaged.c:collapse_pte_mapped_thp#2": "lru",
    "mm/madvise.c:madvise_cold_or_pageout_pte_range": "lru",
    "mm/madvise.c:madvise_free_pte_range": "lru",
    "mm/memcontrol.c:mc_handle_present_pte": "any",
    "mm/memory.c:copy_present_pte": "any",
    "mm/memory.c:zap_pte_range": "any",
    "mm/memory.c:do_wp_page": "any",
    "mm/memory.c:do_numa_page": "lru",
    "mm/mempolicy.c:queue_pages_pte_range": "lru",
    "mm/migrate_device.c:migrate_vma_collect_pmd": "any",
    "mm/mlock.c:__munlock_pagevec_fill": "lru",
    "mm/mprotect.c:change_pte_range": "lru",
}
FLAGS_OF_THE_PATCH = {
    "mm/huge_memory.c:split_huge_pages_pid": GET | DUMP,
    "mm/ksm.c:break_ksm": GET | MIGRATION | REMOTE,
    "mm/ksm.c:get_mergeable_page": GET,
    "mm/migrate.c:add_page_for_migration": GET | DUMP,
    "mm/mlock.c:munlock_vma_pages_range": GET | DUMP,
}
# By hand from the table of sites in facts/page-lookup.md, column 6.1: those with a device test.
ZONE_DEVICE_TESTED_IN_6_1 = {
    "fs/proc/task_mmu.c:can_gather_numa_stats",
    "mm/khugepaged.c:__collapse_huge_page_isolate",
    "mm/khugepaged.c:khugepaged_scan_pmd",
    "mm/khugepaged.c:collapse_pte_mapped_thp",
    "mm/khugepaged.c:collapse_pte_mapped_thp#2",
    "mm/ksm.c:get_mergeable_page",
    "mm/ksm.c:scan_get_next_rmap_item",
    "mm/madvise.c:madvise_cold_or_pageout_pte_range",
    "mm/madvise.c:madvise_free_pte_range",
    "mm/memory.c:do_numa_page",
    "mm/mempolicy.c:queue_pages_pte_range",
    "mm/migrate.c:add_page_for_migration",
    "mm/migrate.c:do_pages_stat_array",
    "mm/mlock.c:mlock_pte_range",
    "mm/mprotect.c:change_pte_range",
}
# By hand from include/linux/mm_types.h and mm/internal.h of 6.12.117; as of 6.18.2 and 7.1.5.
FOLL_BITS_OF_6_12 = {
    "FOLL_WRITE": 0,
    "FOLL_GET": 1,
    "FOLL_DUMP": 2,
    "FOLL_FORCE": 3,
    "FOLL_NOWAIT": 4,
    "FOLL_NOFAULT": 5,
    "FOLL_HWPOISON": 6,
    "FOLL_ANON": 7,
    "FOLL_LONGTERM": 8,
    "FOLL_SPLIT_PMD": 9,
    "FOLL_TOUCH": 16,
    "FOLL_TRIED": 17,
    "FOLL_REMOTE": 18,
    "FOLL_PIN": 19,
    "FOLL_FAST_ONLY": 20,
}
ABSENT = {
    "v5.17-coherent": {
        "mm/mprotect.c:can_change_pte_writable",
        "mm/memory.c:follow_phys",
        "mm/mlock.c:mlock_pte_range",
    },
    "debian-6.1": {"mm/mlock.c:__munlock_pagevec_fill", "mm/mlock.c:munlock_vma_pages_range"},
}
ABSENT["split-v1"] = ABSENT["v5.17-coherent"]
# mc_handle_present_pte: mm/memcontrol-v1.c, which CONFIG_MEMCG_V1 leaves out
ABSENT["debian-6.12"] = {*ABSENT["debian-6.1"], "mm/memcontrol.c:mc_handle_present_pte"}
# no devmap PMD, and the memory type of a PFN mapping is kept beside it (pfnmap_track_ctx)
ABSENT["v6.18"] = {
    *ABSENT["debian-6.12"],
    "mm/memory.c:follow_phys",
    "mm/huge_memory.c:follow_devmap_pmd",
}
ABSENT["v7.1"] = ABSENT["v6.18"]
# Words that no built-in record uses, each for a reason.
UNUSED_VALUES = {
    (
        "device_page_free_count",
        "1",
    ): "facts/struct-page.md: released 5.17, for records of one's own",
    ("device_page_extra_ref", "yes"): "facts/struct-page.md: released 5.17",
    ("keeps_soft_dirty_on_device_fork", "yes"): "what a fix of copy_nonpresent_pte would do",
    ("longterm_migrates_coherent", "no"): "the parent of the LONGTERM patch of the series",
}
UNUSED_WORDS: dict[str, str] = {}


@pytest.fixture(params=BUILT_IN)
def kernel(request: pytest.FixtureRequest) -> Kernel:
    return load(str(request.param))


def test_names_and_alias() -> None:
    assert names() == BUILT_IN
    assert load("v6.1") is load("debian-6.1")
    assert load("v6.1").name == "debian-6.1"


def test_a_record_states_the_aliases_that_the_loader_knows() -> None:
    import tomllib

    stated = {}
    for name in names():
        data = tomllib.loads((FOLDER / f"{name}.toml").read_text())
        assert data["name"] == name
        stated.update(dict.fromkeys(data.get("aliases", []), name))
    assert stated == ALIASES


def test_every_toml_of_the_package_is_a_known_kernel() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.toml")) == sorted(BUILT_IN)


def test_every_site_in_every_kernel(kernel: Kernel) -> None:
    assert [rule.site for rule in kernel.sites] == list(SITES[1:])
    assert {rule.site for rule in kernel.sites if rule.absent} == ABSENT[kernel.name]


def test_every_behaviour_config_and_predicate(kernel: Kernel) -> None:
    assert [name for name, _ in kernel.behaviours] == list(BEHAVIOURS)
    assert [name for name, _ in kernel.config] == list(words.CONFIGS)
    assert [name for name, _ in kernel.predicates] == list(words.PREDICATES)


def test_sources_are_given(kernel: Kernel) -> None:
    assert len(kernel.source) > 20
    for rule in kernel.sites:
        assert rule.source and rule.rests_on in words.RESTS_ON
        if not rule.absent:  # the row's source names the function (or a file that has it not)
            function = rule.site.split(":")[1].split("#")[0]
            aliases = [alias.split(":")[1] for alias in rule.aliases]
            assert any(word in rule.source for word in [function, *aliases]), rule.site


def test_sites_use_only_lookups_and_flags_that_exist(kernel: Kernel) -> None:
    bodies = {body.name for body in kernel.lookups}
    flags = {FOLL_FLAGS[name] for name, _ in kernel.foll}
    for rule in kernel.sites:
        for mask, lookup in rule.lookup:
            assert lookup in bodies or lookup not in words.BODY_LOOKUPS
            assert all(bit in flags for bit in FOLL_FLAGS.values() if bit & mask)


def test_foll_values_are_those_of_the_header(kernel: Kernel) -> None:
    if kernel.name in ("debian-6.12", "v6.18", "v7.1"):
        assert dict(kernel.foll) == {name: 1 << bit for name, bit in FOLL_BITS_OF_6_12.items()}
    else:
        assert dict(kernel.foll).items() <= FOLL_FLAGS.items()
    gone = set(FOLL_FLAGS) - set(dict(kernel.foll))
    old = {"FOLL_POPULATE", "FOLL_NUMA", "FOLL_MLOCK", "FOLL_COW", "FOLL_LRU"}
    expected = {"v5.17-coherent": {"FOLL_LRU"}, "split-v1": set[str](), "debian-6.1": old}
    expected["debian-6.12"] = old | {"FOLL_MIGRATION"}
    expected["v6.18"] = expected["v7.1"] = expected["debian-6.12"]
    assert gone == expected[kernel.name]


def test_base_looks_up_normal_at_all_29_sites() -> None:
    base = load("v5.17-coherent")
    assert len(LOOKUPS_OF_THE_PATCH) + len(FLAGS_OF_THE_PATCH) == 29
    for site in LOOKUPS_OF_THE_PATCH:
        assert base.site(site).lookup == ((0, "normal"),)
    for site, flags in FLAGS_OF_THE_PATCH.items():
        assert base.site(site).lookup == ((0, "follow_page"),)
        assert base.site(site).flags == flags


def test_split_v1_is_the_table_of_the_mail() -> None:
    split = load("split-v1")
    by_flag = ((FOLL_MLOCK | LRU, "lru"), (0, "any"))
    for site, lookup in LOOKUPS_OF_THE_PATCH.items():
        expected = by_flag if site == "mm/gup.c:follow_page_pte" else ((0, lookup),)
        assert split.site(site).lookup == expected
    for site, flags in FLAGS_OF_THE_PATCH.items():
        assert split.site(site).lookup == ((0, "follow_page"),)
        assert split.site(site).flags == flags | LRU


def test_split_v1_adds_nothing_but_the_rows_of_the_patch() -> None:
    found = diff(load("v5.17-coherent"), load("split-v1"))
    sites = {(entry.name, entry.field) for entry in found if entry.kind == "site"}
    assert sites == {(site, "lookup") for site in LOOKUPS_OF_THE_PATCH} | {
        (site, "flags") for site in FLAGS_OF_THE_PATCH
    }
    rest = [(entry.kind, entry.name) for entry in found if entry.kind != "site"]
    assert rest == [
        ("foll", "FOLL_LRU"),
        ("lookup", "normal"),
        ("lookup", "any"),
        ("lookup", "lru"),
    ]


def test_the_bodies_of_split_v1() -> None:
    before = [row.text for row in load("v5.17-coherent").lookup("normal").rows]
    split = load("split-v1")
    rows = [row.text for row in split.lookup("any").rows]
    assert [row for row in before if row not in rows] == ["devmap -> none"]
    assert [row for row in rows if row not in before] == []
    assert split.lookup("lru").of == "any"
    then = [row.text for row in split.lookup("lru").then]
    assert then == ["zone_device -> none", "otherwise -> page"]
    with_special = load("v5.17-coherent").lookup("normal").rows_without_pte_special
    assert split.lookup("any").rows_without_pte_special == with_special


def test_zone_device_is_refused_by_callers_in_6_1_only() -> None:
    for name in ("v5.17-coherent", "split-v1"):
        tests = [test.refuse for rule in load(name).sites for test in rule.tests]
        assert "zone_device" not in tests
    found = {
        rule.site
        for rule in load("v6.1").sites
        if any(test.refuse == "zone_device" for test in rule.tests)
    }
    assert found == ZONE_DEVICE_TESTED_IN_6_1


def test_the_order_of_move_pages_tests_in_6_1() -> None:
    rule = load("v6.1").site("mm/migrate.c:add_page_for_migration")
    rows = [(test.refuse, test.gives, test.put, test.unless) for test in rule.tests]
    assert rows == [
        ("zone_device", "-ENOENT", True, ""),
        ("node_is_target", "target_node", True, ""),
        ("mapcount_above_1", "-EACCES", True, "MOVE_ALL"),
        ("isolation_fails", "-EBUSY", True, ""),
    ]


def test_the_order_of_change_pte_range_tests() -> None:
    base = ["ksm", "cow_shared", "dirty_file", "node_is_target"]
    site = "mm/mprotect.c:change_pte_range"
    assert [test.refuse for test in load("v5.17-coherent").site(site).tests] == base
    assert [test.refuse for test in load("v6.1").site(site).tests] == ["zone_device", *base]


def test_a_test_that_drops_a_reference_has_one(kernel: Kernel) -> None:
    takes_its_own = {"mm/migrate_device.c:migrate_vma_collect_pmd"}
    for rule in kernel.sites:
        if rule.flags & GET:
            assert all(test.put for test in rule.tests), rule.site
        elif rule.site not in takes_its_own:
            assert not any(test.put for test in rule.tests), rule.site


def test_toggles_of_the_facts() -> None:
    # facts/page-lookup.md, "What differs between the kernels"
    toggles = {
        "cow_reuse": ("count_and_mapcount_1", "exclusive_or_count_1"),
        "fork_copies_pinned": ("any_page", "exclusive_anon"),
        "mlock_scheme": ("pagevec", "mlock_batch"),
        "follow_page_honours_prot_none": ("no", "yes"),
        "pfn_pte_get_gives_eexist": ("no", "yes"),
        "migration_entry_young_dirty": ("no", "yes"),
        "device_page_extra_ref": ("no", "no"),
    }
    for name, (old, new) in toggles.items():
        assert load("v5.17-coherent").behaviour(name) == old
        assert load("split-v1").behaviour(name) == old
        assert load("v6.1").behaviour(name) == new


def test_every_word_of_the_vocabulary_is_used() -> None:
    kernels = [load(name) for name in names()]
    rules = [rule for kernel in kernels for rule in kernel.sites]
    tests = [test for rule in rules for test in rule.tests]
    used = {
        "TESTS": {test.refuse for test in tests},
        "GIVES": {test.gives for test in tests} | {rule.refused for rule in rules},
        "CONTEXTS": {test.unless for test in tests},
        "LOOKUPS": {lookup for rule in rules for _, lookup in rule.lookup},
        "RESTS_ON": {rule.rests_on for rule in rules} | {"reasoned"},
    }
    for table, seen in used.items():
        missing = {word for word in getattr(words, table) if word} - seen
        assert missing <= set(UNUSED_WORDS), f"{table}: no record uses {sorted(missing)}"
    assert set(FOLL_FLAGS) == {name for kernel in kernels for name, _ in kernel.foll}


def test_every_condition_and_result_is_used() -> None:
    bodies = [body for name in names() for body in load(name).lookups]
    rows = [
        row for body in bodies for row in (*body.rows, *body.rows_without_pte_special, *body.then)
    ]
    used = 0
    for row in rows:
        used |= row.need | row.forbid
    assert [word for word, bit in words.ATOMS.items() if not bit & used] == []
    assert {row.result for row in rows} == set(range(len(words.RESULTS)))


def test_every_value_of_a_behaviour_is_used_or_explained() -> None:
    used = {pair for name in names() for pair in load(name).behaviours}
    every = {(name, word) for name, values in BEHAVIOURS.items() for word in values}
    assert every - used == set(UNUSED_VALUES)


def test_every_behaviour_is_asked_for() -> None:
    # a word that nothing asks for would let a kernel of one's own change nothing, silently
    ours = Path(behaviours.__file__)
    files = [path for path in ours.parents[1].rglob("*.py") if path != ours]
    text = "\n".join(path.read_text() for path in files)
    by_number = {
        number: name
        for name, number in vars(behaviours).items()
        if name.startswith("B_") and isinstance(number, int)
    }
    assert set(by_number) == set(range(len(BEHAVIOURS)))
    asks = r'\bbehaviour[(\[][^)\]]*\b{}\b|behaviour\("{}"\)'
    unasked = {
        word
        for number, word in enumerate(BEHAVIOURS)
        if not re.search(asks.format(by_number[number], word), text)
    }
    assert unasked == set()


def test_unmodelled_sites_are_sites() -> None:
    assert set(UNMODELLED_SITES) <= set(SITES)


def test_alias_of_a_site(kernel: Kernel) -> None:
    site = kernel.site("mm/khugepaged.c:khugepaged_scan_pmd")
    assert kernel.site("mm/khugepaged.c:hpage_collapse_scan_pmd") is site


def test_different_kernels_have_different_rules() -> None:
    digests = {load(name).digest() for name in names()}
    assert len(digests) == len(BUILT_IN)
    assert not same_rules(load("v6.1"), load("split-v1"))
