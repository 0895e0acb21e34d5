# SPDX-License-Identifier: GPL-2.0-or-later
"""Huge pages of shmem: which hole gets one (mm/shmem.c:__shmem_is_huge), and what never has two."""

import pytest

from linuxmm.play.run import run_text

TEXT = """\
linuxmm-scenario 1
name:    asked
intent:  One hole is written to.

machine:
  node0 512M
  shmem_enabled {mode}

steps:
      P0: f = memfd_create {pages}p
      P0: a = mmap f shared
      {advice}
      P0: write a[0] 0x11
  r1: P0: meminfo ShmemHugePages
"""
HUGE = "P0: madvise a MADV_HUGEPAGE"
NEVER = "P0: madvise a MADV_NOHUGEPAGE"


@pytest.mark.parametrize(
    ("mode", "pages", "advice", "kilobytes"),
    [
        ("never", 512, HUGE, 0),
        ("deny", 512, HUGE, 0),
        ("always", 512, "drain", 2048),
        ("always", 5, "drain", 2048),
        ("always", 512, NEVER, 0),
        ("force", 512, "drain", 2048),
        ("force", 512, NEVER, 0),
        ("advise", 512, "drain", 0),
        ("advise", 512, HUGE, 2048),
        ("within_size", 512, "drain", 2048),
        ("within_size", 511, "drain", 0),
        ("within_size", 511, HUGE, 2048),
    ],
)
def test_which_hole_gets_a_huge_page(mode: str, pages: int, advice: str, kilobytes: int) -> None:
    text = TEXT.format(mode=mode, pages=pages, advice=advice)
    (run,) = run_text(text, ["v6.1"])
    assert run.verdict == "ok"
    assert run.outcomes[-1].result.text() == f"ShmemHugePages={kilobytes}"


def eligible(kernel: str, mmap: str) -> str:
    """THPeligible of a mapping that nobody has touched."""
    machine = "linuxmm-scenario 1\nname: e\nintent: Asked.\n\nmachine:\n  node0 64M\n  thp always\n"
    steps = f"\nsteps:\n  P0: a = mmap {mmap}\n  r: P0: smaps a THPeligible\n"
    (run,) = run_text(machine + "  shmem_enabled always\n" + steps, [kernel])
    return run.not_modelled or run.outcomes[-1].result.text()


def test_what_shmem_is_eligible() -> None:
    """6.1 asks for 2 MiB of it; 6.12 whether some size fits, and then whether any may be
    (__thp_vma_allowable_orders gives what shmem_allowable_huge_orders says, sizes or not)."""
    for kernel, short in (("v6.1", 0), ("v6.12", 1)):
        assert eligible(kernel, "512p rw shared") == "THPeligible=1"
        assert eligible(kernel, "511p rw shared") == f"THPeligible={short}"
        assert eligible(kernel, "1p rw shared") == "THPeligible=0"
    assert eligible("v6.18", "512p rw shared") == "not modelled: smaps THPeligible"
    assert eligible("v6.18", "512p") == "THPeligible=1"


def last(kernel: str, *steps: str, mode: str = "always") -> str:
    """What the last step shows, with swap and these huge pages of shmem."""
    machine = f"machine:\n  node0 512M\n  swap 64M zram\n  shmem_enabled {mode}\n"
    head = f"linuxmm-scenario 1\nname: e\nintent: Asked.\n\n{machine}\nsteps:\n"
    (run,) = run_text(head + "".join(f"  {step}\n" for step in steps), [kernel])
    assert run.verdict == "ok"
    return run.outcomes[-1].result.text()


@pytest.mark.parametrize(
    ("area", "before", "later"),
    [
        ("mmap f shared", 2048, 2048),  # 1,024 pages
        ("mmap f[0:511] shared", 2048, 0),
        ("mmap f[1:1024] shared", 2048, 0),  # addresses and places do not lie alike
    ],
)
def test_a_fault_of_6_12_asks_whether_the_area_could_map_it(
    area: str, before: int, later: int
) -> None:
    """mm/shmem.c:shmem_suitable_orders; the file itself may have it, as pwrite shows."""
    steps = ("P0: f = memfd_create 1024p", f"P0: a = {area}", "P0: write a[8] 0x11")
    for kernel, size in (("v6.1", before), ("v6.12", later)):
        shown = last(kernel, *steps, "r: P0: meminfo ShmemHugePages")
        assert shown == f"ShmemHugePages={size}"
    written = ("P0: f = memfd_create 5p", "P0: pwrite f 0x11", "r: P0: meminfo ShmemHugePages")
    assert last("v6.12", *written) == "ShmemHugePages=2048"


def test_one_write_uses_a_huge_page_for_each_part_or_once() -> None:
    """mm/filemap.c:generic_perform_write; a real 6.12.117 has it referenced and not active."""
    steps = ("P0: f = memfd_create 512p", "P0: pwrite f[0:2] 0x11", "P0: a = mmap f shared")
    looked = ("P0: read a[0]", "drain", "r: P0: kpageflags a[0]")
    assert "ACTIVE" in last("v6.1", *steps, *looked).split(",")
    once = last("v6.12", *steps, *looked).split(",")
    assert "REFERENCED" in once and "ACTIVE" not in once


def test_a_fault_of_6_12_maps_all_parts_of_shared_anonymous_memory() -> None:
    """mm/memory.c:finish_fault, where do_set_pmd asks for the advice; of a file it maps one."""
    told = ("P0: write a[0] 0x11", "P0: b = mmap f shared", "P0: madvise b MADV_NOHUGEPAGE")
    of_file = ("P0: f = memfd_create 512p", "P0: a = mmap f shared", *told, "P0: write b[7] 0x12")
    shared = (
        "P0: a = mmap 512p rw shared anon", "P0: write a[0] 0x11", "P0: P1 = fork",
        "P1: madvise P1.a MADV_NOHUGEPAGE", "P1: write P1.a[7] 0x12",
    )  # fmt: skip
    for kernel, of_part, of_all in (
        ("v6.1", "Rss=2048 ShmemPmdMapped=2048", "Rss=2048 ShmemPmdMapped=2048"),
        ("v6.12", "Rss=4 ShmemPmdMapped=0", "Rss=2048 ShmemPmdMapped=0"),
    ):
        assert last(kernel, *of_file, "r: P0: smaps b Rss ShmemPmdMapped") == of_part
        assert last(kernel, *shared, "r: P1: smaps P1.a Rss ShmemPmdMapped") == of_all


@pytest.mark.parametrize(("kernel", "gives"), [("v6.1", "-EAGAIN"), ("v6.12", "0")])
def test_what_was_in_swap_is_collapsed_by_6_12_alone(kernel: str, gives: str) -> None:
    """mm/khugepaged.c:collapse_file: without lru_add_drain the page is in a batch yet."""
    steps = (
        "P0: f = memfd_create 512p", "P0: a = mmap f shared", "P0: write a[0] 0x11", "drain",
        "P0: madvise a MADV_PAGEOUT", "r: P0: madvise a MADV_COLLAPSE",
    )  # fmt: skip
    assert last(kernel, *steps, mode="advise") == gives


@pytest.mark.parametrize(("kernel", "kilobytes"), [("v6.1", 64), ("v6.12", 2048)])
def test_tables_of_others_wait_or_go_with_the_collapse(kernel: str, kilobytes: int) -> None:
    """mm/khugepaged.c:retract_page_tables: a fault that finds no table brings a leaf."""
    steps = (
        "P0: f = memfd_create 512p", "P0: a = mmap f shared", "P0: write a[0] 0x11",
        "P0: P1 = fork", "P1: read P1.a[0]", "P0: madvise a MADV_COLLAPSE", "P1: read P1.a[0]",
    )  # fmt: skip
    shown = last(kernel, *steps, "r: P1: smaps P1.a Rss", mode="advise")
    assert shown == f"Rss={kilobytes}"
