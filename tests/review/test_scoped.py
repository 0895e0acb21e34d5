# SPDX-License-Identifier: GPL-2.0-or-later
"""What is said of a scope that was searched: never more than was followed."""

from dataclasses import replace

import pytest

from linuxmm.explore.scope.found import Searched, search_scope
from linuxmm.explore.scope.record import load_scope
from linuxmm.kernels import load
from linuxmm.review.scoped import as_text
from tests.compiled import NEEDS_COMPILER

pytestmark = NEEDS_COMPILER


@pytest.fixture(scope="module")
def searched() -> Searched:
    return search_scope(load_scope("fork-private"), load("v6.1"), lambda done, of, what: None)


def test_all_that_there_is_is_exhaustive(searched: Searched) -> None:
    text = "\n".join(as_text("v6.1", searched, []))
    assert f"exhaustive: {searched.reached.nr:,} states" in text and "bounded" not in text


def test_what_could_not_be_followed_bounds_it(searched: Searched) -> None:
    reached = searched.reached
    for cut in (
        replace(reached, no_row=3),
        replace(reached, not_modelled=3),
        replace(reached, other_traps=3),
    ):
        text = "\n".join(as_text("v6.1", replace(searched, reached=cut), []))
        assert "bounded: " in text and "exhaustive" not in text and "  3 actions " in text
