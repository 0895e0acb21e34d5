# SPDX-License-Identifier: GPL-2.0-or-later
"""VmHWM, rss at its highest: taken before pages go (mm/rmap.c: try_to_unmap_one and its like).

A task counts for itself and tells its mm every 64 faults, the one that tells included
(mm/memory.c:check_sync_rss_stat): of 200 pages the mm knows 197 then, 788 kB.
"""

import pytest

from linuxmm.play.run import run_scenario
from linuxmm.scenario.parse import parse

WENT = {
    "reclaimed": ("swap 64M zram", "P0: madvise a MADV_PAGEOUT"),
    "migrated": ("coherent0 256M", "coherent0: setup P0.a MIGRATE_VMA_SELECT_SYSTEM"),
}


@pytest.mark.parametrize("name", WENT)
def test_the_peak_is_what_was_before_pages_went(name: str) -> None:
    machine, step = WENT[name]
    lines = ("P0: a = mmap 200p", "P0: write a 0x11", step, "P0: status VmHWM VmRSS")
    steps = "\n".join(f"  {line}" for line in lines)
    text = f"linuxmm-scenario 1\nname: t\nintent: t\nmachine:\n  {machine}\nsteps:\n{steps}\n"
    said = run_scenario(parse(text), "v6.1").outcomes[-1].result.text()
    assert said.split()[0] == "VmHWM=788"
