# SPDX-License-Identifier: GPL-2.0-or-later
"""KSM and device pages, seeded wrong rules, the scenarios of KSM."""

from dataclasses import replace
from pathlib import Path

import pytest

from linuxmm.errors import NotModelled
from linuxmm.kernels import Kernel, Test, load
from linuxmm.mm.page import is_zone_device_page, page_ksm
from linuxmm.play.run import run_scenario
from linuxmm.scenario.parse import parse
from linuxmm.steps.ksm import OP_KSMD
from linuxmm.steps.migrate import OP_HMM_SETUP
from linuxmm.uapi import MADV_UNMERGEABLE
from tests.mm.box import COHERENT, Box, check_counts, merge_area, mergeable
from tests.some_kernels import EVERY_KERNEL, KERNELS, without_test

SCENARIOS = Path(__file__).parents[2] / "scenarios" / "ksm"


def with_device_page(kernel: str | Kernel, device: int, *tags: int) -> Box:
    """Pages to merge, one of them in the memory of a device."""
    box = mergeable(kernel, *tags)
    assert box.to_device(box.at(device)) == [1, 0]
    assert is_zone_device_page(box.m, box.page(box.at(device)))
    return box


def test_base_merges_a_device_page_like_any_other() -> None:
    """The scanner and get_mergeable_page follow any page: the device page is replaced, freed."""
    box = with_device_page("v5.17-coherent", 0, 5, 5)
    device = box.page()
    box.ksmd(2)
    assert box.shares() == (1, 1, 0, 0)
    assert box.device_merges
    assert box.page() == box.page(box.at(1)) != device
    assert box.m.page_mapcount[device] == 0
    check_counts(box)


@pytest.mark.parametrize("kernel", KERNELS[:2])
def test_a_scanned_device_page_becomes_the_ksm_page(kernel: str) -> None:
    """Nothing in the merge tests for device pages: a stable node then stands for one."""
    box = with_device_page(kernel, 1, 5, 5)
    box.ksmd(2)
    assert box.shares() == (1, 1, 0, 0)
    assert is_zone_device_page(box.m, box.page())
    assert box.device_nodes() == 1
    check_counts(box)


def test_split_v1_stops_merging_behind_a_device_page() -> None:
    """The scanner inserts it (site untouched), get_mergeable_page refuses it: searches end."""
    box = with_device_page("split-v1", 0, 5, 5, 5)
    box.ksmd(4)
    assert box.shares() == (0, 0, 1, 2)
    assert box.page(box.at(1)) != box.page(box.at(2))
    check_counts(box)


def test_split_v1_blocks_other_contents_as_well() -> None:
    """The device page is the root of the unstable tree: every search of the pass visits it."""
    box = with_device_page("split-v1", 0, 5, 7, 7, 3)
    box.ksmd(3)
    assert box.shares() == (0, 0, 1, 3)


def test_split_v1_merges_a_device_page_into_a_stable_node() -> None:
    box = with_device_page("split-v1", 2, 5, 5, 5)
    box.ksmd(2)
    assert box.shares() == (1, 2, 0, 0)
    assert box.device_nodes() == 0


def test_split_v1_cannot_break_a_device_ksm_page() -> None:
    """break_ksm asks for LRU pages: none, so it returns 0 and both addresses stay shared."""
    box = with_device_page("split-v1", 1, 5, 5)
    box.ksmd(2)
    assert box.madvise(box.a, 2, MADV_UNMERGEABLE) == 0
    assert box.page() == box.page(box.at(1)) and page_ksm(box.m, box.page())


def test_base_breaks_a_device_ksm_page() -> None:
    box = with_device_page("v5.17-coherent", 1, 5, 5)
    box.ksmd(2)
    assert box.madvise(box.a, 2, MADV_UNMERGEABLE) == 0
    assert box.page() != box.page(box.at(1))
    assert box.read(box.a, 2) == [5, 5]


def test_v61_never_sees_a_device_page() -> None:
    box = with_device_page("v6.1", 0, 5, 5, 5)
    device = box.page()
    box.ksmd(3)
    m = box.m
    assert box.shares() == (1, 1, 0, 0)
    assert box.page() == device and m.page_refcount[device] == 1
    assert box.device_merges == 0
    check_counts(box)


def test_v61_stops_at_a_tree_page_that_went_to_a_device() -> None:
    """get_mergeable_page refuses it and drops its reference: that search ends, no more."""
    box = mergeable("v6.1", 1, 5, 5)
    box.ksmd(1)
    box.call(OP_KSMD, 0, 1)
    assert box.to_device(box.a) == [1, 0]
    box.call(OP_KSMD, 0, 2)
    assert box.shares() == (0, 0, 1, 2)
    box.ksmd(2)
    assert box.shares() == (1, 1, 0, 0)
    check_counts(box)


# --- seeded wrong rules ---
def test_ksm_device_sees_a_scanner_without_its_test() -> None:
    site = "mm/ksm.c:scan_get_next_rmap_item"
    box = with_device_page(without_test("v6.1", site, "zone_device"), 0, 5)
    box.ksmd(1)
    assert box.device_merges == 0
    box.ksmd(1)
    assert box.device_merges == 1
    assert box.shares() == (0, 0, 1, 0)


def test_ksm_device_migrated_sees_a_node_for_a_device_page() -> None:
    site = "mm/ksm.c:scan_get_next_rmap_item"
    box = with_device_page(without_test("v6.1", site, "zone_device"), 1, 5, 5)
    box.ksmd(2)
    assert box.device_nodes() == 1


def test_the_reference_of_a_refused_page_counts() -> None:
    """A scanner that forgets to drop it (`put = false`) leaks one reference a pass."""
    site = "mm/ksm.c:get_mergeable_page"
    k = load("v6.1")
    rule = k.site(site)
    leaky = tuple(replace(t, put=False) for t in rule.tests)
    scan = "mm/ksm.c:scan_get_next_rmap_item"
    kernel = without_test("v6.1", scan, "zone_device").with_site(replace(rule, tests=leaky))
    box = with_device_page(kernel, 0, 5, 7)
    device = box.page()
    box.ksmd(3)
    assert box.m.page_refcount[device] == 3


def test_break_ksm_without_its_test_copies_any_shared_page() -> None:
    """Pages shared by fork are no KSM pages; the write fault would copy them all the same."""
    for kernel, copied in ((load("v6.1"), False), (careless_break_ksm(), True)):
        box = mergeable(kernel, 5)
        child = box.fork()
        assert box.madvise(box.a, 1, MADV_UNMERGEABLE) == 0
        assert (box.page() != box.page(task=child)) is copied


def careless_break_ksm() -> Kernel:
    return without_test("v6.1", "mm/ksm.c:break_ksm", "not_ksm")


@pytest.mark.parametrize("kernel", [*KERNELS, "v6.12", "v6.18", "v7.1"])
def test_breaking_a_page_in_migration_would_wait(kernel: str) -> None:
    """FOLL_MIGRATION, and the fault since 6.12, sleep in migration_entry_wait."""
    box = mergeable(kernel, 5, 5, 6)
    box.ksmd(2)
    box.call(OP_HMM_SETUP, 0, box.task, box.a, 3, COHERENT, 1)
    with pytest.raises(NotModelled, match="device memory"):
        box.madvise(box.a, 3, MADV_UNMERGEABLE)


def test_get_ksm_page_with_a_device_test_drops_such_nodes() -> None:
    """A kernel that refuses device pages there (no kernel does) takes their node for stale."""
    k = load("v5.17-coherent")
    rule = k.site("mm/ksm.c:get_ksm_page")
    test = Test(refuse="zone_device", gives="no_page", put=True, unless="")
    box = with_device_page(k.with_site(replace(rule, tests=(test,))), 1, 5, 5)
    box.ksmd(2)
    assert box.shares() == (1, 1, 0, 0)
    merge_area(box, 5)
    box.ksmd(1)
    assert box.device_nodes() == 0
    check_counts(box)


# --- scenarios ---
@EVERY_KERNEL
@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.mm")), ids=lambda path: str(path.stem))
def test_scenario(path: Path, kernel: str) -> None:
    """Every expectation of scenarios/ksm holds on every kernel."""
    run = run_scenario(parse(path.read_bytes(), str(path)), kernel)
    assert (run.not_modelled, run.mismatches) == ("", ())


def test_no_event_is_logged_by_any_of_this() -> None:
    for kernel in KERNELS:
        box = with_device_page(kernel, 0, 5, 5, 5)
        for _ in range(3):
            box.ksmd(1)
            assert box.events() == []
