# SPDX-License-Identifier: GPL-2.0-or-later
"""What 7.1 does otherwise than 6.18, each by the scenario that shows it.

Expected values stand in the scenarios: by hand from the texts of 6.18.2 and 7.1.5; where a comment
there says so, what a real 7.1.5 said.
"""

from pathlib import Path
from typing import Final

import pytest

import linuxmm
from linuxmm.kernels import diff
from linuxmm.kernels import load as load_kernel
from linuxmm.play.run import KernelRun, run_scenario
from linuxmm.scenario.parse import load, parse

FOLDER: Final = Path(linuxmm.__file__).parents[1] / "scenarios"
# rule: the scenario that shows it; of the rest why none does
SHOWN: Final = {
    "migration_requeues": "newer/waits-on-after-moving.mm",
    "numa_hints_leaves": "newer/shared-leaf-gets-no-hint.mm",
    "dofork_refuses": "newer/forked-again.mm",
    "swapin_cache": "newer/leaves-the-swap-cache.mm",
    "device_page_init": "device/flags-outlive-their-user.mm",
    "split_unmaps": "newer/two-leaves-split.mm",
    "zero_leaf_written": "newer/huge-zero-page-written.mm",
    "collapse_lazyfree": "newer/let-go-not-collapsed.mm",
    "device_thp": "newer/parts-to-device.mm",
    "uffd_beyond_file": "newer/filled-beyond-the-file.mm",
    "mm/mprotect.c:change_pte_range": "newer/pinned-page-gets-no-hint.mm",
    "mm/migrate_device.c:migrate_vma_collect_pmd": "newer/parts-to-device.mm",
}
NOT_SHOWN: Final = {
    "split_scan": "not modelled where it matters",
    "device_batch": "the driver's own loop: the same pages in other portions",
    "mm/ksm.c:break_ksm": "another walk to the same pages",
}
MACHINE: Final = "linuxmm-scenario 1\nname: x\nintent: y\nmachine:\n  node0 512M\n  {}\nsteps:\n{}"


def run(kernel: str, machine: str, *steps: str) -> KernelRun:
    text = MACHINE.format(machine, "".join(f"  {step}\n" for step in steps))
    return run_scenario(parse(text), kernel)


def test_each_rule_that_differs_has_its_scenario_or_a_reason() -> None:
    rules = {entry.name for entry in diff(load_kernel("v6.18"), load_kernel("v7.1"))}
    assert rules == set(SHOWN) | set(NOT_SHOWN)


@pytest.mark.parametrize("path", sorted(set(SHOWN.values())))
@pytest.mark.parametrize("kernel", ["v6.18", "v7.1"])
def test_what_the_texts_say(path: str, kernel: str) -> None:
    assert run_scenario(load(str(FOLDER / path)), kernel).verdict == "ok"


@pytest.mark.parametrize("first", ["P0: write a 0x11", "P0: madvise a MADV_NORMAL"])
def test_huge_pages_of_device_memory_are_not_modelled(first: str) -> None:
    """mm/migrate_device.c: 2 MiB that are one leaf, or empty, migrate as one."""
    steps = ("P0: a = mmap 512p", first, "private0: migrate P0.a")
    machine = "private0 64M\n  thp always"
    assert run("v7.1", machine, *steps).verdict == "not-modelled"


def test_what_cannot_be_split_is_tried_again_and_again() -> None:
    """mm/huge_memory.c:deferred_split_scan; how often depends on the length of the queue."""
    steps = (
        "P0: a = mmap 512p",
        "P0: write a 0x11",
        "P0: h = get a[8]",
        "P0: madvise a[0] MADV_DONTNEED",
        "P0: drop_caches 2",
    )
    assert run("v6.18", "thp always", *steps).verdict == "ok"
    assert run("v7.1", "thp always", *steps).verdict == "not-modelled"


def test_ksm_pages_are_given_back() -> None:
    """break_ksm_pmd_entry finds them in the table; nobody but their two owners has them after."""
    steps = (
        "P0: a = mmap 2p rw private anon",
        "P0: write a 0x11",
        "P0: madvise a MADV_MERGEABLE",
        "ksmd: full_scan 3",
        "P0: pages a",
        "P0: madvise a MADV_UNMERGEABLE",
        "P0: pages a",
        "P0: read a",
    )
    report = run("v7.1", "ksm run = 1", *steps)
    told = [outcome.result.text() for outcome in report.outcomes]
    assert told[-2:] == ["ram:x*2", "0x11*2"] and told[-4] != told[-2]
