# SPDX-License-Identifier: GPL-2.0-or-later
"""What lifts the protection of userfaultfd, and what does not: as the calls say."""

import pytest

from linuxmm.promises.checks import check
from tests.promises.walks import DEVICES, walk

WP = "UFFDIO_REGISTER_MODE_WP"
PROTECT = "UFFDIO_WRITEPROTECT_MODE_WP"
ANON = (
    f"P0: a = mmap 2p; P0: write a 1; P0: userfaultfd a {WP}; P0: uffdio_writeprotect a {PROTECT}"
)
SHMEM = ANON.replace("mmap 2p", "mmap 2p rw shared anon")
MACHINE = (*DEVICES, "swap 64M zram")


@pytest.mark.parametrize("begun", [ANON, SHMEM], ids=["anon", "shmem"])
@pytest.mark.parametrize(
    "lifted",
    [
        "P0: uffdio_writeprotect a[0]; P0: write a[0] 2",
        "P0: uffdio_unregister a; P0: write a 2",
        "P0: userfaultfd a UFFDIO_REGISTER_MODE_MISSING; P0: write a 2",
        "P0: b = mremap a 2p MREMAP_MAYMOVE MREMAP_DONTUNMAP; P0: write b 2",
        "P0: munmap a[0]; P0: P1 = fork; P1: write a[1] 2",
        "P0: madvise a MADV_DONTNEED; P0: write a 2",
        "P0: exit",
    ],
)
def test_whoever_may_lift_it_breaks_nothing(begun: str, lifted: str) -> None:
    made = walk(f"{begun}; {lifted}", machine=MACHINE)
    assert made.broken == []
    assert "uffd-wp" in made.dangers


def test_ksmd_may_not() -> None:
    """mm/ksm.c:replace_page knows no mark; the promise is broken as long as that is so."""
    steps = ANON.replace("; P0: userfaultfd", "; P0: madvise a MADV_MERGEABLE; P0: userfaultfd")
    made = walk(f"{steps}; ksmd: full_scan 3", machine=MACHINE)
    assert {(v.invariant, v.page_kind) for v in made.broken} == {("uffd-wp", "ksm")}
    lifted = walk(f"{steps}; ksmd: full_scan 3; P0: uffdio_writeprotect a", machine=MACHINE)
    assert [v for v in check(lifted.machine) if v.invariant == "uffd-wp"] == []


def test_what_is_lost_stays_lost_until_somebody_lifts_it() -> None:
    """A write elsewhere, a report, a fork: nothing of that gives the mark back."""
    steps = ANON.replace("; P0: userfaultfd", "; P0: madvise a MADV_MERGEABLE; P0: userfaultfd")
    more = "ksmd: full_scan 3; P0: b = mmap 1p; P0: write b 2; P0: pagemap a; P0: P1 = fork"
    made = walk(f"{steps}; {more}", machine=MACHINE)
    assert "uffd-wp" in {v.invariant for v in check(made.machine)}
