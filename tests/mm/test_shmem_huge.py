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


def test_where_smaller_sizes_count_shmem_is_not_said_to_be_eligible() -> None:
    """6.1 asks for 2 MiB of it; shmem_allowable_huge_orders of 6.12 for any size that fits."""
    assert eligible("v6.1", "512p rw shared") == "THPeligible=1"
    assert eligible("v6.1", "511p rw shared") == "THPeligible=0"
    assert eligible("v6.12", "512p rw shared") == "not modelled: smaps THPeligible"
    assert eligible("v6.12", "512p") == "THPeligible=1"
