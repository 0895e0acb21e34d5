# SPDX-License-Identifier: GPL-2.0-or-later
"""What is not modelled: the block in README and language page is current and complete."""

import re
from pathlib import Path

import pytest

from linuxmm.generate import kinds, targets, unmodelled
from linuxmm.scenario.verbs import VERBS
from linuxmm.scenario.words import FOLL, MADVICE, MAP_FLAGS
from linuxmm.state.flags import NEWER_FLAGS

ROOT = Path(__file__).parent.parent.parent
BLOCK = unmodelled.text()


@pytest.mark.parametrize("name", ["README.md", "docs/scenario-language.md"])
def test_the_block_is_current(name: str) -> None:
    """Else: tools/generated.py"""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert text.count(unmodelled.BEGIN) == text.count(unmodelled.END) == 1
    assert text.partition(unmodelled.BEGIN)[2].partition(unmodelled.END)[0] == BLOCK


def test_it_has_all_that_the_generator_leaves_out() -> None:
    """The records and the generator's tables, each entry with a reason, say the same."""
    assert unmodelled.verbs() == [verb for verb in VERBS.values() if verb.why_not]
    known = [verb for verb in VERBS.values() if verb not in unmodelled.verbs()]
    refused = {word.split()[-1] for _, word in unmodelled.words(known)}
    invalid = {word for word in NEWER_FLAGS if word[:5] != "FOLL_"}  # -EINVAL on v6.1
    assert refused - {"pages"} == set(targets.WORDS_NOT_MODELLED) - invalid
    assert all(f"`{kind}`" in BLOCK for kind in kinds.NOT_MODELLED)
    keys = [(verb.name, key) for verb in known for key in verb.unknown_keys]
    assert list(unmodelled.keys(known)) == keys


def test_names_that_people_looked_for_in_vain() -> None:
    for name in ("reclaim", "growsdown"):
        assert f"`{name}`" in BLOCK, name


def test_nothing_that_is_modelled_stands_there() -> None:
    for word in ("MADV_COLD", "MADV_COLLAPSE", "FOLL_LONGTERM", "locked"):
        assert word in (*MADVICE.words, *FOLL.words, *MAP_FLAGS.words)
        assert not re.search(rf"`{word}`", BLOCK)
    assert "`move_pages`" not in BLOCK and "`get_mempolicy`" not in BLOCK and "`Rss`" not in BLOCK
