# SPDX-License-Identifier: GPL-2.0-or-later
"""The report of a process in a real Debian 6.1 with coherent, fsdax and devdax memory, and swap.

Boots a guest (a minute or two when it is emulated), therefore only when LINUXMM_VM is set:
LINUXMM_VM=1 python -m pytest tests/inspect/test_guest.py
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from linuxmm.errors import Skipped
from linuxmm.validate.vm import Guest, find_image

pytestmark = pytest.mark.live
ROOT = Path(__file__).parents[2]
MAKER = Path(__file__).with_name("maker.py")
PATIENCE_S = 240.0  # an emulated machine reads Python's files over 9p
MADE, TOLD = "/run/made.json", "/run/told.json"
WORDS = "dax=/run/linuxmm-dax devdax=/run/linuxmm-devdax coherent=/dev/hmm_dmirror2 swap"


@dataclass(frozen=True)
class Told:
    """What `inspect` printed in the guest, and the mappings that were made there."""

    report: dict[str, Any]
    mappings: dict[str, tuple[int, int]]

    def vma(self, name: str) -> dict[str, Any]:
        start = self.mappings[name][0]
        return next(vma for vma in self.report["vmas"] if int(vma["start"], 16) == start)


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    if not os.environ.get("LINUXMM_VM"):
        pytest.skip("boots a virtual machine: LINUXMM_VM=1 asks for it")
    try:
        with Guest(find_image(), whole_root=True) as guest:
            yield look(guest)
    except Skipped as reason:
        pytest.skip(str(reason))


def look(guest: Guest) -> Told:
    """Make the pages in the guest and report on them there."""
    python = f"PYTHONPATH={ROOT} {sys.executable} -S"
    guest.sh("swapon /dev/zram0")
    behind(guest, f"sleep 1000 | {python} -I {MAKER} {WORDS} >{MADE} 2>{MADE}.log")
    made = waited(guest, MADE, f"{MADE}.log")
    pid = made.pop("pid")[0]
    verb = f"{python} -m linuxmm inspect {pid} --vma --format json"
    behind(guest, f"{verb} >{TOLD}.part 2>{TOLD}.log; mv {TOLD}.part {TOLD}")
    (report,) = waited(guest, TOLD, f"{TOLD}.log")["processes"]
    return Told(report, {name: (start, nr) for name, (start, nr) in made.items()})


def behind(guest: Guest, command: str) -> None:
    """Start a command that may take longer than the agent waits for one."""
    guest.sh(f"setsid sh -c '{command}' </dev/null >/dev/null 2>&1 &")


def waited(guest: Guest, path: str, log: str) -> Any:
    """The JSON of a file of the guest, as soon as it is whole."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        text = guest.sh(f"cat {path} 2>/dev/null").strip("\0 \n")
        if text.endswith("}"):
            return json.loads(text)
        time.sleep(1)
    pytest.fail(f"{path} never came: {guest.sh(f'cat {log}')}")


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("anon", {"anon": 5, "none": 4}),
        ("zero", {"zero": 3, "none": 6}),
        ("protnone", {"anon": 4}),
        ("mlocked", {"anon": 6}),
        ("shmem", {"shmem": 6, "none": 2}),
        ("memfd", {"shmem": 7, "none": 9}),
        ("thp", {"thp": 512}),
        ("fsdax", {"fsdax": 5, "none": 7}),
        ("devdax", {"devdax": 3, "none": 509}),
        ("coherent", {"anon": 2, "coherent": 4, "none": 2}),
        ("swap", {"swap": 7, "none": 2}),
    ],
)
def test_counts_are_exact(told: Told, name: str, kinds: dict[str, int]) -> None:
    assert told.vma(name)["kinds"] == kinds


def test_device_pages_can_be_on_no_lru_list(told: Told) -> None:
    found = told.vma("coherent")["properties"]
    assert (found["present"], found["normal"], found["LRU-able"]) == (6, 6, 2)
    assert told.vma("fsdax")["properties"]["normal"] == 0  # devmap entries are no normal pages


def test_totals_are_the_kernels(told: Told) -> None:
    assert told.report["release"].startswith("6.1.")
    assert [d for d in told.report["differences"] if "not explained" in d["why"]] == []
    exact = {t["name"] for t in told.report["totals"] if t["ours"] == t["kernels"]}
    assert {"smaps Rss", "smaps Anonymous", "smaps Swap", "numa_maps N0"} <= exact
