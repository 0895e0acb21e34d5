# SPDX-License-Identifier: GPL-2.0-or-later
"""Shrinking with toy judges: the smallest form of each witness is known by hand."""

from linuxmm.explore.shrink import candidates, shrink
from linuxmm.explore.witness import Witness
from linuxmm.scenario.parse import parse

NODE = ("node0 512M",)


def verbs(witness: Witness) -> list[str]:
    return [step.verb for step in witness.scenario.steps]


def test_only_what_is_needed_stays() -> None:
    """A read needs its mapping; the device and the other step can go, so can two pages."""
    witness = Witness(
        ("node0 512M", "coherent0 256M"), ("P0: a = mmap 3p rw", "P0: read a", "drain")
    )
    assert shrink(witness, lambda smaller: "read" in verbs(smaller)) == Witness(
        (), ("P0: a = mmap 1p", "P0: read a")
    )


def test_pages_indices_and_repetitions_shrink() -> None:
    witness = Witness(NODE, ("P0: a = mmap 4p", "P0: write a[3] 0x1", "ksmd: full_scan 3"))

    def whole(smaller: Witness) -> bool:
        """All three steps; any size, index and number of scans."""
        return verbs(smaller) == ["mmap", "write", "full_scan"]

    assert shrink(witness, whole).steps == (
        "P0: a = mmap 1p",
        "P0: write a 0x1",
        "ksmd: full_scan",
    )


def test_indices_move_down_with_the_pages_before_them() -> None:
    """Page 2 of three, and page 0: a page fewer makes them page 1 and page 0."""
    witness = Witness((), ("P0: a = mmap 3p", "P0: write a[2] 0x1", "P0: read a[0]"))
    lowered = ("P0: a = mmap 2p", "P0: write a[1] 0x1", "P0: read a[0]")
    assert lowered in [smaller.steps for smaller in candidates(witness)]


def test_a_candidate_is_a_scenario() -> None:
    """Without the mapping there is no read, without its target neither; by hand: five are left.

    The read left out; `private` and `rw` left out; a page fewer, twice (no index to move).
    """
    witness = Witness((), ("P0: a = mmap 2p rw private", "P0: read a"))
    assert [smaller.steps for smaller in candidates(witness)] == [
        ("P0: a = mmap 2p rw private",),
        ("P0: a = mmap 1p rw private", "P0: read a"),
        ("P0: a = mmap 1p rw private", "P0: read a"),
        ("P0: a = mmap 2p private", "P0: read a"),
        ("P0: a = mmap 2p rw", "P0: read a"),
    ]


def test_the_result_has_no_smaller_neighbour() -> None:
    witness = Witness(
        NODE, ("P0: a = mmap 3p rw shared", "P0: write a 0x1 0x2 0x3", "P0: status VmRSS VmLck")
    )

    def eight_words(smaller: Witness) -> bool:
        return sum(len(line.split()) for line in smaller.steps) >= 8

    smallest = shrink(witness, eight_words)
    assert eight_words(smallest)
    assert not any(eight_words(candidate) for candidate in candidates(smallest))


def test_the_text_of_a_witness_says_the_same() -> None:
    """A catalogue line keeps its order: the canonical one has flags before nodes."""
    witness = Witness(
        ("node0 512M", "node1 512M"),
        ("P0: a = mmap 1p", "P0: move_pages a node1 MPOL_MF_MOVE_ALL"),
    )
    text = witness.text("name", "An intent.")
    assert "  P0: move_pages a node1 MPOL_MF_MOVE_ALL\n" in text
    assert parse(text).steps == witness.scenario.steps
    assert parse(text).machine == witness.scenario.machine
