# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenarios of the whole grammar through the whole of `run`: an outcome, or one sentence.

LINUXMM_EXAMPLES=5000 draws so many, and others each time.
"""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linuxmm.errors import InputError
from linuxmm.play.findings import as_json
from linuxmm.play.report import report
from linuxmm.play.run import NOT_MODELLED, OK, VIOLATED, Kernels, run_text
from linuxmm.scenario.verbs import VERBS
from tests.scenario.strategies import scenario_texts

KERNELS = Kernels()
NAMES = ("v6.1", "v5.17-coherent", "split-v1")
EXAMPLES = int(os.environ.get("LINUXMM_EXAMPLES", "0"))
SETTINGS = settings(
    max_examples=EXAMPLES or 60,
    deadline=None,
    derandomize=not EXAMPLES,
    suppress_health_check=list(HealthCheck),
)
PLAYED = tuple(verb for verb in VERBS.values() if verb.modelled)
LARGE = """\
  node0 512M
  node1 512M
  coherent0 256M node1
  private0 256M
  dax0 64M
  devdax0 64M
  cpus 3
  swap 64M zram
  sysctl kernel.numa_balancing = 1
  ksm run = 1
"""
SMALL = """\
  node0 7p
  node1 3p movable
  coherent0 2p
  private0 1p
  dax0 4p
  devdax0 6p
  cpus 3
  swap 1p zram
  rlimit memlock 1p
  unprivileged
"""


def ends_well(text: str) -> None:
    """Played on every kernel, told as text and as JSON."""
    try:
        runs = run_text(text, NAMES, kernels=KERNELS, with_pages=True)
    except InputError as error:
        assert "\n" not in str(error) and error.exit_code == 2
        return
    assert {run.verdict for run in runs} <= {OK, VIOLATED, NOT_MODELLED}
    assert report(runs, verbose=True) and as_json(runs)


@SETTINGS
@given(st.sampled_from([LARGE, SMALL]).flatmap(lambda m: scenario_texts(25, m, PLAYED)))
def test_what_the_model_plays(text: str) -> None:
    ends_well(text)


@SETTINGS
@given(scenario_texts())
def test_the_whole_language(text: str) -> None:
    ends_well(text)


NUMBERS = ("0", "7", "255", "256", "65535", "65536", "1000000", "2147483648", "4294967296",
           "9223372036854775808", "18446744073709551615", "18446744073709551616",
           "0xffffffffffffffff", "9" * 19, "9" * 30, "9" * 4000)  # fmt: skip
WITH_NUMBERS = (
    "sysctl kernel.numa_balancing = N", "sysctl vm.max_map_count = N", "ksm run = N", "cpus N",
    "ksm max_page_sharing = N", "ksm pages_to_scan = N", "node0 Np", "node0 NT", "nodeN 4p",
    "coherent0 Np", "coherent0 4p nodeN", "swap NM", "swap Np zram", "rlimit memlock NK",
    "> P0: b = mmap Np", "> P0: b = mmap NK", "> P0: f = file Np dax0", "> P0: write a N",
    "> P0: f = memfd_create Np", "> P0: read a[N]", "> P0: read a[0:N]", "> P0: write a 1*N",
    "> P0: ksm_set run=N", "> P0: ksm_set max_page_sharing=N", "> P0: ksm_set pages_to_scan=N",
    "> P0: clear_refs N", "> P0: drop_caches N", "> P0: move_pages a nodeN", "> fail alloc N",
    "> P0: move_pages a node0*N", "> ksmd: scan N", "> ksmd: full_scan N", "> drain cpuN",
    "> kswapd: reclaim node0 N", "> kswapd: reclaim nodeN 1", "> P0 on cpuN: read a",
    "> P0.tN: read a", "> PN: read a", "> P0: PN = fork", "> coherentN: release",
    "> P0: migrate_pages from node0 to nodeN", "> P0: mbind a MPOL_BIND nodeN",
    "= read = N", "= read = 0x0*N", "= read = ?*N", "= read = SIGBUS@N", "= read = 0 !warn*N",
)  # fmt: skip


@pytest.mark.parametrize("line", WITH_NUMBERS)
def test_odd_numbers_everywhere(line: str) -> None:
    """A number beyond the width of a column, a limit or a line."""
    for number in NUMBERS:
        written = line.replace("N", number)
        machine = "" if line[0] in ">=" else f"machine:\n  {written}\n"
        more = f"  {written[2:]}\n" if line[0] == ">" else ""
        expect = f"expect *:\n  {written[2:]}\n" if line[0] == "=" else ""
        head = f"linuxmm-scenario 1\nname: t\nintent: i\n{machine}steps:\n"
        ends_well(f"{head}  P0: a = mmap 2p\n  P0: write a 1\n{more}  P0: read a\n{expect}")
