# SPDX-License-Identifier: GPL-2.0-or-later
"""Which transcriptions of helpers still run beside texts: read off who calls what in the core.

smaps_account() is called for entries and for leaves, both on the way from smaps_pte_range; a bit of
a page is read everywhere.
"""

import pytest

from linuxmm.source.execute import Version
from linuxmm.source.program import Program
from linuxmm.source.transcribed import still_runs
from linuxmm.source.tree import SourceTree
from linuxmm.source.twins import TWINS
from tests.source.plain import OneFile

pytest.importorskip("tree_sitter_c")
PROGRAM = Program(SourceTree(OneFile(""), frozenset()))


def as_text(name: str, text: str = "") -> Version:
    return Version(next(twin for twin in TWINS if twin.name == name), PROGRAM, text)


def test_without_a_text_every_transcription_runs() -> None:
    assert still_runs("smaps_account", [])


def test_who_is_called_by_a_twin_alone_runs_no_more() -> None:
    assert not still_runs("smaps_account", [as_text("smaps_pte_range")])
    assert still_runs("smaps_account", [as_text("gather_pte_stats")])


def test_what_a_text_calls_runs() -> None:
    text = "def c_f(m, k, site):\n    return page_address_in_vma(m, k, 1, 2)"
    own, other = as_text("page_address_in_vma"), as_text("smaps_pte_range", text)
    assert still_runs("page_address_in_vma", [other])
    assert not still_runs("page_address_in_vma", [own, other])


def test_what_the_border_only_says_may_stand_anywhere() -> None:
    assert still_runs("is_cow_mapping", [as_text("smaps_pte_range")])
