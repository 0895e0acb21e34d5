# SPDX-License-Identifier: GPL-2.0-or-later
"""`check` says which of its findings are known, and where: by promise, kind of page and cause."""

from pathlib import Path
from typing import Final

import pytest

from linuxmm.explore.difference import REMAINING
from linuxmm.explore.witness import Witness
from linuxmm.kernels import Kernel, load, load_text
from linuxmm.review.findings import Finding
from linuxmm.review.known import KnownBreak, breaks_of, files_of, known_breaks
from linuxmm.review.sides import Sides
from linuxmm.scenario.parse import parse

ROOT: Final = Path(__file__).parents[2]
FILES: Final = sorted((ROOT / "scenarios").rglob("*.mm"))
V61: Final = load("v6.1")


@pytest.fixture(scope="module")
def known() -> list[KnownBreak]:
    return known_breaks(FILES)


def names(known: list[KnownBreak], *fault: str) -> list[str]:
    return [Path(one.file).stem for one in known if one.fault == fault]


def test_what_the_collection_breaks_on_v6_1(known: list[KnownBreak]) -> None:
    """Each of these was seen on a real 6.1.192 or read in its source: the files say which."""
    assert names(known, "mlock", "coherent") == ["mlocked-in-device-memory"]
    assert names(known, "mlock", "private") == ["mlocked-in-private-memory"]
    assert names(known, "rmap", "ksm") == [
        "merged-after-the-parent-left", "merged-by-the-child", "merged-page-left-to-the-child",
    ]  # fmt: skip
    assert set(names(known, "ksm-device-migrated", "coherent")) == {
        "merged-page-in-device-memory", "merged-pages-in-device-memory",
        "merged-page-cannot-come-home",
    }  # fmt: skip
    assert names(known, "isolated", "coherent") == ["merged-page-cannot-come-home"]
    assert not names(known, "bad-page-map", "fsdax")
    # what breaks it before anything else comes before what breaks something else first
    assert [one.first for one in known] == sorted((one.first for one in known), reverse=True)
    later = {one.fault for one in known if one.kernel.name != "debian-6.1"}
    assert later == {("pool", "hugetlb")}  # of 6.12, as its files say


def test_only_that_folder_is_looked_into() -> None:
    others = [path for path in FILES if path.parent.name != "kernel-bugs"]
    assert others and known_breaks(others) == []


def finding(promise: str, kind: str, machine: str, *steps: str) -> Finding:
    """A promise that a kernel breaks with these steps."""
    text = "linuxmm-scenario 1\nname: x\nintent: X.\nmachine:\n"
    lines = "".join(f"  {line}\n" for line in machine.split(", "))
    scenario = parse(text + lines + "steps:\n" + "".join(f"  {step}\n" for step in steps))
    assert len(scenario.steps) == len(steps)
    witness = Witness(tuple(machine.split(", ")), steps)
    return Finding(REMAINING, promise, "", kind, (), (), "", witness, Sides((), ()), ("read",))


LOCKED: Final = finding(
    "mlock", "coherent", "coherent0 256M",
    "P0: a = mmap 1p", "P0: mlock a", "coherent0: migrate P0.a", "P0: munlock a",
)  # fmt: skip
MERGED: Final = ("P0: madvise a MADV_MERGEABLE", "ksmd: full_scan 2")
BY_THE_CHILD: Final = finding(
    "rmap", "ksm", "ksm run = 1", "P0: a = mmap 2p", "P0: write a 0x11", "P0: P1 = fork",
    "P1: madvise a MADV_MERGEABLE", "ksmd: full_scan 2",
)  # fmt: skip
WHILE_PINNED: Final = finding(
    "rmap", "ksm", "ksm run = 1", "P0: a = mmap 2p", "P0: write a 0x11", "P0: k = pin a[0]",
    "P0: P1 = fork", *MERGED,
)  # fmt: skip


@pytest.mark.parametrize(
    ("found", "files"),
    [
        (LOCKED, ["mlocked-in-device-memory"]),
        (BY_THE_CHILD, ["merged-after-the-parent-left", "merged-by-the-child"]),
        (WHILE_PINNED, ["merged-page-left-to-the-child"]),
    ],
)
def test_one_promise_that_breaks_in_two_ways(
    found: Finding, files: list[str], known: list[KnownBreak]
) -> None:
    """mm/ksm.c: a child's area that takes its parent's page, and a merge that is given up
    (break_cow): both leave a mapping that cannot be found, and each has files of its own."""
    assert [Path(file).stem for file in files_of(found, V61, known)] == files
    without = [one for one in known if Path(one.file).stem not in files]
    assert files_of(found, V61, without) == []


def wrong(row: str) -> Kernel:
    return load_text(f'schema = 1\nname = "mine"\nbase = "v6.1"\nsource = "x"\n{row}', "mine")


def test_another_cause_is_new(known: list[KnownBreak]) -> None:
    """The patch's munlock passes device pages by with a flag of its own, 6.1's with a test."""
    assert files_of(LOCKED, load("split-v1"), known) == []


def test_what_the_base_of_ones_own_kernel_breaks_is_known(known: list[KnownBreak]) -> None:
    """And a witness that does not break the promise at all has no file."""
    mine = wrong('[site."fs/proc/task_mmu.c:can_gather_numa_stats"]\ntests = []\n')
    assert [Path(file).stem for file in files_of(LOCKED, mine, known)] == [
        "mlocked-in-device-memory"
    ]
    other = finding("mlock", "coherent", "coherent0 256M", "P0: a = mmap 1p", "P0: read a")
    assert files_of(other, mine, known) == []


def test_what_only_ones_own_kernel_breaks_is_new(known: list[KnownBreak]) -> None:
    """A munlock that passes merged pages by: 6.1 keeps the promise with these steps."""
    mine = wrong(
        '[site."mm/mlock.c:mlock_pte_range"]\n'
        'tests = [{ refuse = "zone_device", gives = "skip" }, { refuse = "ksm", gives = "skip" }]\n'
    )
    steps = ("P0: a = mmap 2p", "P0: write a 0x11", "P0: mlock a", *MERGED, "P0: munlock a")
    merged = finding("mlock", "ksm", "ksm run = 1", *steps)
    scenario = merged.witness.scenario
    ran = breaks_of(scenario, mine)["mlock", "ksm"]
    assert ("mlock", "ksm") not in breaks_of(scenario, V61)
    fault, file = ("mlock", "ksm"), "a-file-that-breaks-it-with-all-functions.mm"
    assert files_of(merged, mine, [KnownBreak(file, V61, fault, ran, True)]) == []
    assert files_of(merged, mine, [KnownBreak(file, mine, fault, ran, True)]) == [file]


@pytest.mark.slow
def test_check_says_it(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from linuxmm.cli.main import main

    monkeypatch.chdir(ROOT)
    assert main(["check", "v6.1", "--promises"]) == 1
    out = capsys.readouterr().out
    assert "known, each with a\n  scenario: 3 of 3" in out
    assert "  known: scenarios/kernel-bugs/mlocked-in-device-memory.mm\n" in out
    assert "  known: scenarios/kernel-bugs/merged-page-left-to-the-child.mm\n" in out
