# SPDX-License-Identifier: GPL-2.0-or-later
"""A promise that breaks and holds again is said with both lines."""

from linuxmm.play.report import report
from linuxmm.play.run import run_kernels
from linuxmm.scenario.parse import parse

BREAKS_AND_HEALS = """linuxmm-scenario 1
name: breaks-and-heals
intent: Before the patch MADV_UNMERGEABLE gives a merged device page its own copy.

machine:
  coherent0 256M
  ksm run = 1

steps:
  P0: a = mmap 2p
  P0: write a 0x11
  coherent0: migrate P0.a[1]
  P0: madvise a MADV_MERGEABLE
  ksmd: full_scan 2
  P0: madvise a MADV_UNMERGEABLE
  ksmd: full_scan
"""


def test_the_line_where_a_promise_holds_again() -> None:
    scenario = parse(BREAKS_AND_HEALS, "x.mm")
    before, after = run_kernels(scenario, ["v5.17-coherent", "split-v1"])
    healed = [(i, v.invariant) for i, v in before.healed]
    assert (6, "ksm-device-migrated") in healed
    assert not [v for _, v in after.healed if v.invariant == "ksm-device-migrated"]
    assert "line 16: keeps ksm-device-migrated (coherent) again" in report([before, after])
