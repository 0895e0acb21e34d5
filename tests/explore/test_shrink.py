"""Shrinking on toys whose smallest form is known."""

from linuxmm.explore.shrink import Witness, candidates, shrink, witness_of


def test_only_what_is_needed_stays() -> None:
    witness = Witness(("node0 512M", "coherent0 256M"), ("P0: a = mmap 3p", "P0: read a", "drain"))

    def needs_read(smaller: Witness) -> bool:
        return any(line.startswith("P0: read") for line in smaller.steps)

    assert shrink(witness, needs_read) == Witness((), ("P0: read",))


def test_pages_indices_and_repetitions_shrink() -> None:
    witness = Witness((), ("P0: a = mmap 4p", "P0: write a[3] 0x1", "ksmd: full_scan 3"))

    def whole(smaller: Witness) -> bool:
        """All three steps with their arguments; any size, index and number of scans."""
        return (
            len(smaller.steps) == 3
            and smaller.steps[0].startswith("P0: a = mmap ")
            and smaller.steps[1].split()[2:3] not in ([], ["0x1"])
            and smaller.steps[1].endswith("0x1")
            and smaller.steps[2].startswith("ksmd: full_scan")
        )

    assert shrink(witness, whole).steps == (
        "P0: a = mmap 1p",
        "P0: write a 0x1",
        "ksmd: full_scan",
    )


def test_the_result_has_no_smaller_neighbour() -> None:
    witness = Witness(("x",), ("P0: one two", "P0: three", "P0: four five six"))

    def three_words(smaller: Witness) -> bool:
        return sum(len(line.split()) for line in smaller.steps) >= 5

    smallest = shrink(witness, three_words)
    assert three_words(smallest)
    assert not any(three_words(candidate) for candidate in candidates(smallest))


def test_a_text_and_its_witness() -> None:
    witness = Witness(("node0 512M",), ("P0: a = mmap 1p", "P0: read a"))
    assert witness_of(witness.text("name", "An intent.")) == witness
