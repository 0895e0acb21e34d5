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
