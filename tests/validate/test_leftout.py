# SPDX-License-Identifier: GPL-2.0-or-later
"""Which steps a real kernel is not asked for; what a row needs is something that is tried."""

from dataclasses import replace

import pytest

from linuxmm.scenario.verbs import VERBS
from linuxmm.state.flags import FOLL_FLAGS
from linuxmm.validate import guestpart
from linuxmm.validate.abilities import TRIED, UNTRIED, Abilities, probe
from linuxmm.validate.hello import (
    FOLLOW_PAGE,
    IN_A_GUEST,
    PROT_NUMA,
    Hello,
    abilities_of,
    of_devices,
)
from linuxmm.validate.leftout import GUEST, HOST
from linuxmm.validate.masks import MASKS, Active, Spot
from linuxmm.validate.part import playable
from linuxmm.validate.plan import GUEST as GUEST_PLACE
from linuxmm.validate.plan import Plan
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
        ("mremap_of_one_area", ("P0: a = mmap 2p", "P0: b = mremap a 3p", "P0: read b"),
         ["no mremap_of_one_area", "it uses what a step before did not make"]),
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


# --- in a guest, whose kernel may be anybody's ----------------------------------------------------
ALL = of_devices((0, 1, 2, 3))
DEVICES = "  node0 512M\n  node1 512M\n  coherent0 256M\n  dax0 64M\n  devdax0 64M"


def without(*paths: str) -> Hello:
    return replace(ALL, files=ALL.files - set(paths))


@pytest.mark.parametrize(
    ("said", "steps", "whys"),
    [
        (without("/sys/kernel/mm/ksm"),
         ("P0: a = mmap 1p", "P0: madvise a MADV_MERGEABLE", "ksmd: full_scan", "P0: ksm"),
         ["this kernel has no KSM"] * 3),
        (without("/run/linuxmm-devdax"), ("P0: a = mmap 1p rw shared devdax0", "P0: b = mmap 1p"),
         ["there is no device DAX in the guest"]),
        (without("/run/linuxmm-dax/lost+found"), ("P0: f = file 1p dax0", "P0: g = file 1p"),
         ["there is no file system with DAX in the guest"]),
        (without("/run/linuxmm-disk/lost+found"), ("P0: f = file 1p dax0", "P0: g = file 1p"),
         ["there is no file system on a disk in the guest"]),
        (without("/proc/sys/kernel/numa_balancing"), ("P0: a = mmap 1p", "numa: scan P0"),
         ["this kernel has no NUMA balancing"]),
        (without("/proc/self/numa_maps"), ("P0: a = mmap 1p", "P0: numa_maps a"),
         ["this kernel has no /proc/self/numa_maps"]),
        (replace(ALL, hmm=frozenset()), ("P0: a = mmap 1p", "coherent0: migrate P0.a"),
         ["test_hmm has no coherent devices here"]),
        (replace(ALL, can=PROT_NUMA), ("P0: a = mmap 1p", "P0: follow_page a FOLL_GET"),
         ["this kernel has no follow_page()"]),
        (replace(ALL, can=FOLLOW_PAGE), ("P0: a = mmap 1p", "numa: scan P0"),
         ["this kernel has no NUMA balancing"]),
        (replace(ALL, foll=FOLL_FLAGS["FOLL_WRITE"]),
         ("P0: a = mmap 1p", "P0: h = get a FOLL_WRITE", "P0: i = get a FOLL_FAST_ONLY"),
         ["no caller outside of mm can pass FOLL_FAST_ONLY to this kernel"]),
        (ALL, ("P0: a = mmap 1p", "P0: i = get a FOLL_FAST_ONLY"), []),
    ],
)  # fmt: skip
def test_in_a_guest(said: Hello, steps: tuple[str, ...], whys: list[str]) -> None:
    """What its kernel has not drops out alone; the rest is played."""
    part = guestpart.playable(scenario_of(*steps, machine=DEVICES), abilities_of(said))
    assert [why for _, why in part.dropped] == whys
    assert part.scenario.steps


@pytest.mark.parametrize(
    ("step", "is_left_out"),
    [("a 512p", False), ("a 300p", True), ("a[0:100] 512p", True), ("a[512:1024] 512p", False)],
)
def test_a_player_does_not_round_to_huge_pages(step: str, is_left_out: bool) -> None:
    """Where it looked for a place of 300 pages, the kernel wants one for 512."""
    machine = "  node0 512M\n  sysctl vm.nr_hugepages = 4"
    steps = ("P0: a = mmap 1024p hugetlb", f"P0: b = mremap {step} MREMAP_MAYMOVE MREMAP_FIXED")
    part = guestpart.playable(scenario_of(*steps, machine=machine), abilities_of(ALL))
    assert bool(part.dropped) == is_left_out


def test_without_huge_pages_only_what_maps_them_is_left_out() -> None:
    machine = "  node0 512M\n  thp always"
    scenario = scenario_of("P0: a = mmap 512p", "P0: b = mmap 1p", "P0: write b 1", machine=machine)
    able = abilities_of(without("/sys/kernel/mm/transparent_hugepage"))
    part = guestpart.playable(scenario, able)
    assert [why for _, why in part.dropped] == ["this kernel has no transparent huge pages"]
    plan = Plan(part.scenario, place=replace(GUEST_PLACE, lacks=frozenset(able.missing)))
    assert not any("/transparent_hugepage/" in op for op in plan.ops)
    assert any("/transparent_hugepage/" in op for op in Plan(part.scenario).ops)


def test_shmem_of_any_size_is_left_out_where_it_would_have_huge_pages() -> None:
    """SHMEM_HUGE_ALWAYS asks for no size (mm/shmem.c:shmem_is_huge); private areas have none."""
    steps = ("P0: a = mmap 1p shared anon", "P0: f = memfd_create 3p", "P0: b = mmap 512p")
    for mode, left in (("always", 2), ("deny", 0)):
        scenario = scenario_of(*steps, machine=f"  node0 512M\n  shmem_enabled {mode}")
        dropped = playable(scenario, Abilities()).dropped
        assert [why for _, why in dropped] == ["no transparent huge pages here"] * left
        assert guestpart.playable(scenario, abilities_of(ALL)).dropped == ()
        lacking = abilities_of(without("/sys/kernel/mm/transparent_hugepage"))
        assert len(guestpart.playable(scenario, lacking).dropped) == left


def test_without_swap_only_scenarios_that_swap_are_skipped() -> None:
    swaps = scenario_of("P0: a = mmap 1p", machine="  node0 512M\n  swap 16M zram")
    for path in ("/dev/zram0", "/proc/swaps"):
        assert "swap" in guestpart.skipped_whole(swaps, abilities_of(without(path)))
    assert not guestpart.skipped_whole(swaps, abilities_of(ALL))
    assert not guestpart.skipped_whole(scenario_of("P0: a = mmap 1p"), abilities_of(without(path)))


def test_reports_that_a_kernel_has_not_are_not_among_the_last_looks() -> None:
    able = abilities_of(without("/proc/kpagecount"))
    verbs = {
        step.verb
        for step in guestpart.playable(scenario_of("P0: a = mmap 1p"), able).scenario.steps
    }
    assert "kpagecount" not in verbs and "kpageflags" in verbs
