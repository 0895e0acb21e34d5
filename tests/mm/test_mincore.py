# SPDX-License-Identifier: GPL-2.0-or-later
"""mincore(2).  Expected values: counted from mm/mincore.c and mm/swap_state.c of 6.1.192, and what
a real 6.1.0 and 6.18 said of the same steps (scenarios/mincore)."""

from pathlib import Path

import pytest

from linuxmm.play.run import run_scenario
from linuxmm.scenario.parse import load, parse
from linuxmm.state.constants import OPS_FILE, OPS_SHMEM
from linuxmm.steps.memory import OP_FORK, OP_MINCORE, OP_MMAP, OP_MUNMAP
from linuxmm.uapi import MAP_PRIVATE, MAP_SHARED, PROT_READ
from tests.mm.box import Box

SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios" / "mincore").glob("*.mm"))
TEXT = """linuxmm-scenario 1
name: t
intent: What is in core.
machine:
  node0 512M
  coherent0 256M
  private0 256M
{more}
steps:
{steps}
"""


def in_core(*steps: str, more: str = "") -> str:
    """What the last step gives."""
    text = TEXT.format(more=more, steps="\n".join("  " + step for step in steps))
    return run_scenario(parse(text)).outcomes[-1].result.text()


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_what_real_kernels_said(path: Path) -> None:
    assert run_scenario(load(str(path))).verdict == "ok"


def test_every_other_step_leaves_nothing_behind() -> None:
    """It takes a reference on a page of the cache only while it looks."""
    box = Box(npages=3)
    box.write(box.a, 7)
    before = box.machine.block.snapshot()
    assert box.call(OP_MINCORE, box.task, box.a, 3) == 3
    assert box.out(3) == [1, 0, 0]
    assert box.machine.block.same_state(box.machine.block.snapshot(), before)


def test_a_range_over_two_areas_and_a_hole_behind_them() -> None:
    """do_mincore ends at the end of an area; the next finds the next, or nothing."""
    box = Box(npages=4)
    for i in (0, 1, 3):
        box.write(box.at(i), 7)
    box.mprotect(box.at(1), 1, PROT_READ)
    assert box.call(OP_MINCORE, box.task, box.a, 4) == 4
    assert box.out(4) == [1, 1, 0, 1]
    box.call(OP_MUNMAP, box.task, box.at(2), 1)
    assert box.call(OP_MINCORE, box.task, box.a, 2) == 2
    assert box.call(OP_MINCORE, box.task, box.a, 3) == -12  # ENOMEM
    assert box.call(OP_MINCORE, box.task, 0, 1) == -12
    assert box.call(OP_MINCORE, box.task, box.a + 8, 1) == -22  # EINVAL


@pytest.mark.parametrize("ops", [OPS_FILE, OPS_SHMEM])
def test_pages_of_a_file_that_another_mapping_brought_in(ops: int) -> None:
    """linear_page_index: the mapping begins at page 2 of the file; behind its end is nothing."""
    box = Box()
    file = box.create_file(ops, 4)
    a = box.call(OP_MMAP, box.task, 4, PROT_READ, MAP_SHARED, file)
    box.read(a + 3 * 4096)
    b = box.call(OP_MMAP, box.task, 3, PROT_READ, MAP_PRIVATE, file, 2)
    assert box.call(OP_MINCORE, box.task, b, 3) == 3
    # a miss of a file reads around (mm/filemap.c), one of shmem makes its one page
    assert box.out(3) == ([1, 1, 0] if ops == OPS_FILE else [0, 1, 0])


def test_a_child_sees_its_own_entries() -> None:
    box = Box(npages=2)
    box.write(box.a, 7)
    child = box.call(OP_FORK, box.task)
    box.call(OP_MUNMAP, box.task, box.a, 1)
    assert box.call(OP_MINCORE, child, box.a, 2) == 2
    assert box.out(2) == [1, 0]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (("coherent0: migrate P0.a[0]",), "1*2 0"),
        (("private0: migrate P0.a[0]",), "1*2 0"),  # non_swap_entry: a device-private entry
        (("coherent0: setup P0.a",), "1*2 0"),  # migration entries, and a hole that stays one
        (("private0: exclusive P0.a[0]",), "1*2 0"),
        (("P0: madvise a MADV_DONTNEED",), "0*3"),
        (("P0: read a[2]",), "1*3"),  # the zero page
        (("P0: mprotect a none",), "1*2 0"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_what_an_entry_stands_for_does_not_matter(steps: tuple[str, ...], expected: str) -> None:
    assert in_core("P0: a = mmap 3p", "P0: write a[0:2] 5", *steps, "P0: mincore a") == expected


def test_a_page_on_swap_is_in_core_while_the_swap_cache_has_it() -> None:
    """A reference keeps it there: mm/vmscan.c:pageout, is_page_cache_freeable."""
    steps = ("P0: a = mmap 2p", "P0: write a 5", "P0: h = get a[0]", "P0: madvise a MADV_PAGEOUT")
    assert in_core(*steps, "P0: mincore a", more="  swap 64M zram") == "1 0"


def test_more_pages_than_fit_into_one_answer() -> None:
    steps = ("P0: a = mmap 900p", "P0: write a[399:402] 5", "P0: mincore a")
    assert in_core(*steps) == "0*399 1*3 0*498"
    assert in_core(*steps[:2], "P0: munmap a[899]", steps[2]) == "-ENOMEM"
