# SPDX-License-Identifier: GPL-2.0-or-later
"""The test of the tests: every cell of the records is flipped, and a review reports it."""

from functools import cache

import pytest

from linuxmm.explore.flips import cell_flips, with_all_lookups
from linuxmm.explore.mutate import REPORTED, SILENT, Fate, Mutator, modelled_sites
from linuxmm.explore.mutation_table import as_json, as_text, counts
from linuxmm.explore.search import Search
from linuxmm.explore.setups import SETUPS, STORIES
from linuxmm.kernels import load, names
from linuxmm.kernels.honoured import HONOURED, is_honoured
from linuxmm.kernels.unobservable import LATER, REASONS, reason_of
from linuxmm.state.sites import SITES, UNMODELLED_SITES

QUICK = (
    "fs/proc/task_mmu.c:smaps_pte_entry",
    "mm/ksm.c:break_ksm",
    "mm/migrate.c:do_pages_stat_array",
    "mm/memory.c:zap_pte_range",
)
PATCHED = SITES[1:30]


def slow(site: str) -> object:
    """A site of the longer run: to find nothing takes a search in full."""
    return pytest.param(site, marks=pytest.mark.slow)


@pytest.fixture(scope="module")
def quick() -> Mutator:
    """Short paths only: one action before the one that reaches the site."""
    return Mutator(load("v6.1"), modifiers=1)


@pytest.mark.parametrize("site", QUICK)
def test_no_flip_of_these_sites_is_silent(quick: Mutator, site: str) -> None:
    fates = list(quick.fates([site]))
    assert fates
    assert [f.flip for f in fates if f.fate == SILENT] == []
    assert any(f.fate == REPORTED for f in fates)


@pytest.mark.parametrize("name", names())
def test_who_meets_reserved_pages_waits_for_the_vdso(name: str) -> None:
    """Linux 6.18 says of a vdso page: present in pagemap, RESERVED in kpageflags, not counted by
    numa_maps.  No mapping of ours has one, so that nobody can say that it does not matter."""
    kernel = load(name)
    flips = [
        flip
        for site in (
            "fs/proc/task_mmu.c:can_gather_numa_stats", "mm/mempolicy.c:queue_pages_pte_range",
        )
        for flip in cell_flips(kernel, kernel.site(site))
        if flip.cell == "test reserved"
    ]  # fmt: skip
    assert len(flips) == 2
    assert all(reason_of(kernel, flip) in LATER for flip in flips)


@pytest.mark.parametrize("site", [QUICK[2], *(slow(site) for site in (*QUICK[:2], QUICK[3]))])
def test_a_flip_that_changes_nothing_is_silent(quick: Mutator, site: str) -> None:
    """The judge is not trigger-happy: a record as it was is never reported."""
    kernel = quick.kernel
    flip = next(cell_flips(kernel, kernel.site(site)))
    assert quick.fate(type(flip)(site, "none", "", "", kernel)).fate == SILENT


def test_what_reports_a_flip_is_said(quick: Mutator) -> None:
    fates = list(quick.fates(["mm/migrate.c:do_pages_stat_array"]))
    found = next(f for f in fates if f.flip.cell == "zone_device gives")
    assert (found.fate, found.flip.old) == (REPORTED, "-ENOENT")
    assert found.by is not None and found.by.side == "changed"
    assert found.by.path.actions[-1].name == "move-query"
    assert found.by.text == "move_pages: -ENOENT -> -EINVAL"


def test_every_modelled_site_has_its_words() -> None:
    modelled = set(SITES[1:]) - set(UNMODELLED_SITES)
    assert set(HONOURED) == modelled
    assert len([site for site in PATCHED if site in modelled]) == 29


@pytest.mark.parametrize("name", names())
def test_the_records_hold_only_words_that_are_honoured(name: str) -> None:
    kernel = load(name)
    for site in modelled_sites(kernel):
        rule, honours = kernel.site(site), HONOURED[site]
        assert all(lookup in honours.lookups for _, lookup in rule.lookup), site
        assert is_honoured(honours.refused, rule.refused), site
        for test in rule.tests:
            assert is_honoured(honours.gives, test.gives), (site, test)
            assert honours.holds_reference or not test.put, (site, test)
            assert not test.unless or test.unless in honours.contexts, (site, test)


@pytest.mark.parametrize("name", names())
def test_lookups_of_other_kernels(name: str) -> None:
    """`normal`, `any`, `lru` built for a kernel are what the kernels that have them say."""
    able = with_all_lookups(load(name))
    for owner, lookup in (("v5.17-coherent", "normal"), ("split-v1", "any"), ("split-v1", "lru")):
        theirs, ours = load(owner).lookup(lookup), able.lookup(lookup)
        expected = [r.text for r in theirs.rows]
        if (
            name in ("v6.18", "v7.1") and lookup == "normal"
        ):  # its own: mm/memory.c knows no devmap entry
            expected.remove("devmap -> none")
        assert expected == [r.text for r in ours.rows] or lookup == "lru"
        assert [r.text for r in theirs.then] == [r.text for r in ours.then]


def test_stories_are_modelled_to_their_end() -> None:
    kernel = load("v6.1")
    found = Search(kernel, kernel, setups=STORIES).run()
    assert found.bounds.not_modelled == {}
    assert found.bounds.steps == sum(len(story.lines) for story in STORIES)
    assert {*STORIES} < {*SETUPS}


def test_the_table_fits_a_terminal(quick: Mutator) -> None:
    fates = list(quick.fates([QUICK[1]]))
    text = as_text("debian-6.1", fates, verbose=True)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "only get_user_pages asks for FOLL_REMOTE (mm/gup.c:check_vma_flags)" in " ".join(
        text.split()
    )
    assert as_json("debian-6.1", fates)["counts"] == counts(fates)


@pytest.mark.parametrize("name, there", [("v6.12", True), ("v6.18", False), ("v7.1", False)])
def test_a_lookup_that_says_the_same_is_no_flip(name: str, there: bool) -> None:
    """Since 6.18 nothing knows devmap entries (mm/memory.c:__vm_normal_page): `any` is `normal`."""
    kernel = load(name)
    flips = cell_flips(kernel, kernel.site(QUICK[0]))
    assert any((flip.cell, flip.new) == ("lookup", "any") for flip in flips) == there


@cache
def fates_of(name: str) -> list[Fate]:
    """Every flip of a record: a minute of a core, asked for twice."""
    return Mutator(load(name)).fates()


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_no_flip_is_silent(name: str) -> None:
    assert [f.flip for f in fates_of(name) if f.fate == SILENT] == []


@pytest.mark.slow
def test_every_reason_is_needed() -> None:
    """No flip that a reason names is reported, and every reason names one that is not."""
    needed = set()
    reported = []
    for name in names():
        kernel = load(name)
        for fate in fates_of(name):
            named = [reason for reason in REASONS if reason.names(kernel, fate.flip)]
            if fate.fate == REPORTED:
                reported += [(name, fate.flip.cell, fate.by, reason) for reason in named]
            else:
                needed |= {id(reason) for reason in named}
    assert reported == []
    assert [reason for reason in REASONS if id(reason) not in needed] == []
