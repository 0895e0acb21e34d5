# SPDX-License-Identifier: GPL-2.0-or-later
"""The reasons of edits that nothing notices, held against the kernel's text and the search.

The tree is that of linux-source-6.1 in /usr/src, or LINUXMM_TREE_6_1.
"""

import os
from collections import defaultdict
from pathlib import Path
from random import Random

import pytest

from linuxmm.explore.known_edits import REASONS, reason_of
from linuxmm.explore.mutate_source import FOUND, SAME, SourceMutator
from linuxmm.explore.reasons.record import Reason
from linuxmm.kernels import load
from linuxmm.source.edits import Edit
from linuxmm.source.folder import Folder

pytestmark = pytest.mark.slow
TRIED = 4  # edits of each reason, by chance
Explained = dict[Reason, list[Edit]]


@pytest.fixture(scope="module")
def mutator() -> SourceMutator:
    root = Path(os.environ.get("LINUXMM_TREE_6_1", "/usr/src/linux-source-6.1"))
    if not (root / "mm/memory.c").exists():
        pytest.skip("linux-source-6.1 is not unpacked in /usr/src, and LINUXMM_TREE_6_1 not set")
    return SourceMutator(load("v6.1"), Folder(str(root)))


@pytest.fixture(scope="module")
def explained(mutator: SourceMutator) -> Explained:
    """The edits that each reason is the first to name."""
    found: Explained = defaultdict(list)
    for edit in mutator.edits():
        before, _ = edit.lines(mutator.texts.text(edit.path) or "")
        reason = reason_of(edit, before)
        if reason is not None:
            found[reason].append(edit)
    return found


def test_each_names_an_edit_that_no_other_does(explained: Explained) -> None:
    assert [reason for reason in REASONS if reason not in explained] == []


def test_each_source_is_in_the_tree(mutator: SourceMutator) -> None:
    missing = []
    for reason in REASONS:
        path, _, name = reason.source.partition(":")
        text = mutator.texts.text(path)
        if text is None or name not in text:
            missing.append(reason.source)
    assert missing == []


def test_each_is_needed_and_none_hides_what_is_found(
    mutator: SourceMutator, explained: Explained
) -> None:
    """Some edit that it names goes unnoticed; none inside what it calls unreached is found."""
    wrong = []
    for reason, edits in explained.items():
        some = Random(len(edits)).sample(edits, min(TRIED, len(edits)))
        fates = {edit: mutator.fate(edit).fate for edit in some}
        if reason.within and any(
            fate == FOUND and reason.is_around(edit) for edit, fate in fates.items()
        ):
            wrong.append(("hides", reason))
        rest = (mutator.fate(edit).fate for edit in edits if edit not in fates)
        unnoticed = (fate for fate in (*fates.values(), *rest) if fate not in (FOUND, SAME))
        if next(unnoticed, None) is None:
            wrong.append(("needless", reason))
    assert wrong == []
