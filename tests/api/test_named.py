# SPDX-License-Identifier: GPL-2.0-or-later
"""A mapping is a sequence of pages: as long as it is, right or refused with one sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linuxmm.api.named import Named
from linuxmm.errors import InputError, OutOfRange, WrongArgument

A = Named("P0", "a", 8, 0, 8)


def test_it_knows_its_length_and_ends() -> None:
    assert len(A) == A.nr_pages == 8
    assert [str(page) for page in A][:2] == ["P0.a[0]", "P0.a[1]"]
    assert len(list(A)) == 8 and A[3] in A
    assert (str(A), repr(A[2:4]), repr(A[5])) == (
        "P0.a",
        "<P0.a[2:4]: 2 pages>",
        "<P0.a[5]: 1 page>",
    )
    assert str(Named("", "f", 4, 1, 3)) == "f[1:3]"


def test_a_part_of_a_part() -> None:
    assert str(A[2:4][0]) == "P0.a[2]"
    assert str(A[2:7][1:3]) == "P0.a[3:5]"
    assert (str(A[-1]), str(A[-3:-1]), str(A[:]), str(A[2:][-1])) == (
        "P0.a[7]", "P0.a[5:7]", "P0.a", "P0.a[7]"
    )  # fmt: skip


@given(st.integers(-20, 20) | st.none(), st.integers(-20, 20) | st.none(), st.integers(-20, 20))
def test_as_a_list_or_refused(start: int | None, stop: int | None, index: int) -> None:
    """Never other pages than a list of them would give."""
    pages = list(range(8))
    try:
        assert [page.start for page in A[start:stop]] == pages[start:stop]
    except OutOfRange:
        whole = [edge for edge in (start, stop) if edge is not None]
        assert not pages[start:stop] or any(not -8 <= edge <= 8 for edge in whole)
    try:
        assert A[index].start == pages[index]
    except IndexError:
        assert not -8 <= index < 8


@pytest.mark.parametrize(
    ("index", "kind", "said"),
    [
        (8, OutOfRange, "P0.a has 8 pages: [8] reaches beyond them"),
        (-9, OutOfRange, "P0.a has 8 pages: [-9] reaches beyond them"),
        (slice(0, 9), OutOfRange, "P0.a has 8 pages: [0:9] reaches beyond them"),
        (slice(3, 3), OutOfRange, "P0.a[3:3] is no page; a step needs one at least"),
        (slice(None, None, 2), WrongArgument, "a slice has no step (::2)"),
        (slice(None, None, -1), WrongArgument, "a slice has no step (::-1)"),
        (slice("a", 2), WrongArgument, "the ends of a slice are numbers"),
        (True, WrongArgument, "named by a number or a slice, not True"),
        ("x", WrongArgument, "named by a number or a slice, not 'x'"),
        (1.0, WrongArgument, "named by a number or a slice, not 1.0"),
    ],
)
def test_refused_in_one_sentence(index: object, kind: type[InputError], said: str) -> None:
    with pytest.raises(kind) as caught:
        A[index]  # type: ignore[index]
    assert said in str(caught.value) and "\n" not in str(caught.value)
    assert isinstance(caught.value, IndexError | TypeError)  # what Python's own sequences raise
