# SPDX-License-Identifier: GPL-2.0-or-later
"""mremap(2).

Expected values: what a real 6.1 said of the same steps (scenarios/mremap), and counted from
mm/mremap.c of 6.1.192.
"""

from pathlib import Path

import pytest

from linuxmm.mm.mremap.tables import get_extent, tables_move_otherwise
from linuxmm.mm.pgtable import PMD_SIZE
from linuxmm.play.run import run_scenario
from linuxmm.scenario.parse import load, parse
from tests.mm.box import Box

SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios" / "mremap").glob("*.mm"))
TEXT = """linuxmm-scenario 1
name: t
intent: What moves.
machine:
  node0 512M
{more}
steps:
{steps}
"""
MIB2 = PMD_SIZE
PAGE = 4096


def last(*steps: str, more: str = "", kernel: str = "v6.1") -> str:
    """What the last step gives."""
    text = TEXT.format(more=more, steps="\n".join("  " + step for step in steps))
    report = run_scenario(parse(text), kernel)
    assert report.verdict == "ok"
    return report.outcomes[-1].result.text()


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_what_a_real_kernel_said(path: Path) -> None:
    assert run_scenario(load(str(path))).verdict == "ok"


@pytest.mark.parametrize(
    ("old", "end", "new", "extent"),
    [
        (0, 4 * PAGE, MIB2, 4 * PAGE),  # all of it
        (MIB2 - PAGE, MIB2 + PAGE, 0, PAGE),  # the old table ends
        (0, 4 * PAGE, MIB2 - 3 * PAGE, 3 * PAGE),  # the new one ends
        (MIB2, 3 * MIB2, 5 * MIB2, MIB2),  # one whole table
        (MIB2 + PAGE, 3 * MIB2, 5 * MIB2, MIB2 - PAGE),
    ],
)
def test_an_extent_lies_in_one_table_on_either_side(
    old: int, end: int, new: int, extent: int
) -> None:
    assert get_extent(old, end, new) == extent


def test_later_texts_are_not_modelled() -> None:
    """6.17 wrote it anew; 6.7 takes whole tables from where both addresses lie alike in one."""
    steps = parse(TEXT.format(more="", steps="  P0: a = mmap 2p\n  P0: b = mremap a 1p"))
    assert run_scenario(steps, "v6.18").verdict == "ok"  # nothing moves
    steps = parse(
        TEXT.format(
            more="", steps="  P0: a = mmap 2p\n  P0: b = mremap a 2p MREMAP_MAYMOVE MREMAP_FIXED"
        )
    )
    assert run_scenario(steps, "v6.18").verdict == "not-modelled"
    assert run_scenario(steps, "v6.12").verdict == "ok"


def test_several_areas_move_at_once_since_6_17() -> None:
    """A real 6.18 moves two areas of a page each with MREMAP_FIXED; 6.1 says -EFAULT."""
    three = "  P0: a = mmap 2p\n  P0: mprotect a[1] r\n"
    three += "  P0: b = mremap a 2p MREMAP_MAYMOVE MREMAP_FIXED"
    steps = parse(TEXT.format(more="", steps=three))
    assert run_scenario(steps, "v6.18").verdict == "not-modelled"
    for kernel in ("v6.1", "v6.12"):
        outcome = run_scenario(steps, kernel).outcomes[-1]
        assert outcome.result.text() == "-EFAULT"


@pytest.mark.parametrize(
    ("kernel", "old", "new", "length", "otherwise"),
    [
        ("v6.1", PAGE, MIB2 + PAGE, MIB2, 0),
        ("v6.12", PAGE, MIB2 + PAGE, MIB2, 1),
        ("v6.12", PAGE, MIB2 + PAGE, MIB2 - PAGE, 1),  # to the end of the table
        ("v6.12", PAGE, MIB2 + PAGE, MIB2 - 2 * PAGE, 0),
        ("v6.12", PAGE, MIB2 + 2 * PAGE, 3 * MIB2, 0),
        ("v6.12", 0, MIB2, MIB2, 0),
        ("v6.18", 0, MIB2, PAGE, 1),
    ],
)
def test_when_tables_go_otherwise(
    kernel: str, old: int, new: int, length: int, otherwise: int
) -> None:
    box = Box(kernel)
    assert tables_move_otherwise(box.m, box.machine.k, old, new, length) == otherwise


def test_a_name_follows_what_it_is_kept_from() -> None:
    """VM_DONTCOPY goes with the pages: no child gets them."""
    assert last("P0: a = mmap 2p", "P0: write a 0x5", "P0: madvise a MADV_DONTFORK",
                "P0: b = mremap a 2p MREMAP_MAYMOVE MREMAP_FIXED", "P0: P1 = fork",
                "P1: mincore b") == "-ENOMEM"  # fmt: skip


def test_what_is_read_is_followed() -> None:
    """The promise about contents knows where they went, through a fork too."""
    assert last("P0: a = mmap 3p", "P0: write a 0x1 0x2 0x3",
                "P0: b = mremap a[1:3] 3p MREMAP_MAYMOVE", "P0: P1 = fork", "P0: write b[0] 0x7",
                "P1: read b") == "0x2 0x3 0x0"  # fmt: skip
