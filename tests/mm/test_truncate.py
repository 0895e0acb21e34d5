# SPDX-License-Identifier: GPL-2.0-or-later
"""ftruncate(2), fallocate(2), MADV_REMOVE.

Expected values: what a real 6.1 said of the same steps (scenarios/truncate), and counted from
mm/truncate.c, mm/shmem.c and fs/ext4 of 6.1.192.
"""

from pathlib import Path

import pytest

from linuxmm.mm.file_rows import alloc_cache_slots
from linuxmm.mm.filemap import set_file_size
from linuxmm.play.run import run_scenario
from linuxmm.scenario.parse import load, parse
from linuxmm.state.constants import OPS_FILE, OPS_SHMEM
from linuxmm.steps.memory import OP_CREATE_FILE, OP_FALLOCATE, OP_FTRUNCATE, OP_PREAD, OP_PWRITE
from tests.mm.box import Box

SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios" / "truncate").glob("*.mm"))


def last(*steps: str, kernel: str = "v6.1", more: str = "") -> str:
    """What the last step gives."""
    lines = "\n".join("  " + step for step in steps)
    head = "linuxmm-scenario 1\nname: t\nintent: Files change.\nmachine:\n  node0 512M\n"
    run = run_scenario(parse(f"{head}{more}steps:\n{lines}\n"), kernel)
    return run.outcomes[-1].result.text() if run.verdict == "ok" else run.verdict


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_what_a_real_kernel_said(path: Path) -> None:
    assert run_scenario(load(str(path))).verdict == "ok"


@pytest.mark.parametrize("ops", [OPS_FILE, OPS_SHMEM])
def test_a_longer_file_keeps_what_it_has(ops: int) -> None:
    """Its pages come to other cache slots, and the files beside it keep theirs."""
    box = Box()
    one = box.call(OP_CREATE_FILE, box.task, ops, 3, 0)
    other = box.call(OP_CREATE_FILE, box.task, ops, 2, 0)
    box.call(OP_PWRITE, box.task, one, 0, 3, 7)
    box.call(OP_PWRITE, box.task, other, 0, 2, 8)
    assert box.call(OP_FTRUNCATE, box.task, one, 6) == 0
    assert box.call(OP_PREAD, box.task, one, 0, 9) == 6
    assert box.out(6) == [7, 7, 7, 0, 0, 0]
    assert box.call(OP_PREAD, box.task, other, 0, 2) == 2
    assert box.out(2) == [8, 8]


def test_a_shorter_file_has_its_slots_for_later() -> None:
    box = Box()
    file = box.call(OP_CREATE_FILE, box.task, OPS_FILE, 4, 0)
    first, free = box.m.file_first[file], alloc_cache_slots(box.m, 1)
    set_file_size(box.m, file, 1)
    assert (box.m.file_nr_pages[file], box.m.file_size[file]) == (4, 1)
    assert alloc_cache_slots(box.m, 1) == free
    set_file_size(box.m, file, 4)
    assert box.m.file_first[file] == first


def test_ext4_does_nothing_behind_the_end() -> None:
    """What a shorter file had there is gone already, and a private copy cannot be there."""
    box = Box()
    file = box.call(OP_CREATE_FILE, box.task, OPS_FILE, 4, 0)
    box.call(OP_PWRITE, box.task, file, 0, 4, 7)
    box.call(OP_FTRUNCATE, box.task, file, 2)
    assert box.call(OP_FALLOCATE, box.task, file, 2, 2, 3) == 0
    assert box.call(OP_FALLOCATE, box.task, file, 2, 1, 0) == 0  # room: the file is longer
    assert box.call(OP_PREAD, box.task, file, 0, 4) == 3
    assert box.out(3) == [7, 7, 0]


def test_before_5_18_copies_in_swap_stay() -> None:
    """zap_pte_range passed over swap entries for whoever gave it details."""
    steps = ("P0: f = file 2p", "P0: a = mmap f rw private", "P0: write a 0x5",
             "P0: madvise a[1] MADV_PAGEOUT", "P0: ftruncate f 1p", "P0: pagemap a")  # fmt: skip
    assert last(*steps, more="  swap 64M zram\n") == "PXD D"
    assert last(*steps, kernel="v5.17-coherent", more="  swap 64M zram\n") == "PXD SD"


def test_what_is_not_modelled() -> None:
    assert last("P0: s = memfd_create 2p", "P0: fallocate s") == "not-modelled"
    assert last("P0: f = file 2p dax0", "P0: ftruncate f 1p", more="  dax0 64M\n") == "not-modelled"
    assert last("P0: f = file 2p", "P0: ftruncate f 1p", "P0: pwrite f 0x5") == "not-modelled"
