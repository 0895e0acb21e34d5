# SPDX-License-Identifier: GPL-2.0-or-later
"""Which steps a real kernel is not asked for; what a row needs is something that is tried."""

import pytest

from linuxmm.scenario.verbs import VERBS
from linuxmm.state.vocabulary import FOLL_FLAGS
from linuxmm.validate.abilities import TRIED, UNTRIED, Abilities, probe
from linuxmm.validate.hello import IN_A_GUEST
from linuxmm.validate.leftout import GUEST, HOST
from linuxmm.validate.masks import MASKS, Active, Spot
from linuxmm.validate.part import playable
from linuxmm.validate.questions import ASKED
from tests.validate.test_plan import scenario_of


def test_every_ability_that_decides_is_one_that_is_tried() -> None:
    """A row of an ability that nobody tries would never hold, and nobody would notice."""
    known = TRIED | UNTRIED | ASKED
    named = {mask.ability for mask in MASKS} | {verb.needs for verb in VERBS.values()}
    named |= {row.ability for row in HOST if not row.ability.startswith("{")}
    assert named - {""} <= known
    in_guests = {row.ability for row in GUEST if not row.ability.startswith("{")} - {""}
    assert in_guests <= known | IN_A_GUEST | set(FOLL_FLAGS)
    assert in_guests | named | {"swap"} >= IN_A_GUEST  # swap: guestpart.py:skipped_whole
    assert set(probe().missing) <= TRIED


def test_every_row_says_why() -> None:
    assert all(row.why or row.ability for row in (*HOST, *GUEST))
    assert all(mask.reason or mask.ability for mask in MASKS)


def test_a_mask_may_leave_its_words_to_the_ability() -> None:
    masks = Active(Abilities(missing={"classic_lru": "it ages in its own way"}))
    masked = masks.at("numa_maps", Spot("active", differs=False))
    assert str(masked) == "numa_maps active: it ages in its own way"
    assert Active(Abilities()).at("numa_maps", Spot("active", differs=False)) is None


MANY = "P0: a = mmap 2001p"


@pytest.mark.parametrize(
    ("missing", "steps", "whys"),
    [
        ("", ("P0: a = mmap 1p", "P0: move_pages a MPOL_MF_MOVE_ALL node0"), []),
        ("nice", ("P0: a = mmap 1p", "P0: move_pages a MPOL_MF_MOVE_ALL node0"), ["no nice"]),
        ("", (MANY, "P0: move_pages a"), ["more than 2000 pages at once"]),
        ("memlock", ("P0: a = mmap 1p rw private anon locked",), ["no memlock"]),
        ("ksm", ("P0: a = mmap 1p", "P0: madvise a MADV_MERGEABLE", "ksmd: full_scan"),
         ["no ksm", "no ksm"]),
        ("own_advice_is_limited",
         ("P0: a = mmap 1p", "P0: process_madvise a MADV_DONTNEED"), ["no own_advice_is_limited"]),
        ("own_advice_is_limited",
         ("P0: a = mmap 1p", "P0: P1 = fork", "P1: process_madvise P0.a MADV_DONTNEED"), []),
        ("populate_passes_holes",
         ("P0: a = mmap 2p", "P0: munmap a[0]", "P0: madvise a MADV_POPULATE_READ"),
         ["no populate_passes_holes"]),
        ("populate_passes_holes", ("P0: a = mmap 2p", "P0: madvise a MADV_POPULATE_READ"), []),
        ("smaps", ("P0: a = mmap 1p", "P0: smaps a"), ["no smaps"]),
        ("soft_dirty", ("P0: clear_refs 4", "P0: clear_refs 1"), ["no soft_dirty"]),
        ("", ("P0: a = mmap 1p rw private hugetlb",), ["no driver or memory for hugetlb here"]),
        ("", ("P0: a = mmap 1p shared pfnmap", "P0: read a"),
         ["no driver or memory for pfnmap here", "it uses what a step before did not make"]),
    ],
)  # fmt: skip
def test_on_a_host(missing: str, steps: tuple[str, ...], whys: list[str]) -> None:
    able = Abilities(1, (0,), "/", {missing: f"no {missing}"} if missing else {})
    assert [why for _, why in playable(scenario_of(*steps), able).dropped] == whys
