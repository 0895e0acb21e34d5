# SPDX-License-Identifier: GPL-2.0-or-later
"""VmHWM, rss at its highest: taken before pages go (mm/rmap.c:try_to_unmap_one).

A task counts for itself and tells its mm every 64 faults, the one that tells included
(mm/memory.c:check_sync_rss_stat): of 200 pages the mm knows 197 then, 788 kB.
"""

from linuxmm.play.run import run_scenario
from linuxmm.scenario.parse import parse

RECLAIMED = """\
linuxmm-scenario 1
name: t
intent: t
machine:
  swap 64M zram
steps:
  P0: a = mmap 200p
  P0: write a 0x11
  P0: madvise a MADV_PAGEOUT
  P0: status VmHWM VmRSS
"""


def test_the_peak_is_what_was_before_pages_went() -> None:
    """In a migration rss stays as it is, and nothing shows when its peak was taken."""
    said = run_scenario(parse(RECLAIMED), "v6.1").outcomes[-1].result.text()
    assert said == "VmHWM=788 VmRSS=0"
