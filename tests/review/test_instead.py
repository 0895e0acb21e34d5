# SPDX-License-Identifier: GPL-2.0-or-later
"""Of a free choice of tests it is said which test stands in for the one that is gone."""

import dataclasses
from typing import cast

from linuxmm.explore.paths import Path
from linuxmm.explore.witness import Witness
from linuxmm.kernels import Kernel, load
from linuxmm.review.instead import refusing_instead

SITE = "fs/proc/task_mmu.c:can_gather_numa_stats"


class Given:
    """A path that has a witness already."""

    def __init__(self, *steps: str) -> None:
        self.steps = steps

    def witness(self) -> Witness:
        return Witness(("coherent0 64M",), self.steps)


def without(*tests: str) -> Kernel:
    rule = load("v6.1").site(SITE)
    left = tuple(test for test in rule.tests if test.refuse not in tests)
    assert len(left) == len(rule.tests) - len(tests)
    return load("v6.1").with_site(dataclasses.replace(rule, tests=left))


def said(after: Kernel, *steps: str) -> str:
    return refusing_instead(load("v6.1"), after, SITE, [cast(Path, Given(*steps))])


COHERENT = ("P0: a = mmap 1p", "coherent0: migrate P0.a", "P0: numa_maps a")


def test_device_pages_are_reserved_too() -> None:
    """mm/memremap.c: their struct pages are set up by memmap_init_zone_device, which marks them."""
    assert said(without("zone_device"), *COHERENT) == "reserved refuses what zone_device did"


def test_nothing_stands_in_where_nothing_refuses_or_no_page_is_met() -> None:
    assert said(without("zone_device", "reserved"), *COHERENT) == ""
    assert said(without("zone_device"), "P0: a = mmap 1p", "P0: write a 1", "P0: numa_maps a") == ""
    assert said(load("v6.1"), *COHERENT) == ""


def test_another_lookup_is_another_matter() -> None:
    rule = load("v6.1").site(SITE)
    other = dataclasses.replace(rule, lookup=((0, "any"),), tests=rule.tests[1:])
    assert said(load("v6.1").with_site(other), *COHERENT) == ""
