# SPDX-License-Identifier: GPL-2.0-or-later
"""The reference in the docs is the table of verbs, and its examples are real."""

import re
from pathlib import Path

from linuxmm.scenario.parse import parse
from linuxmm.scenario.reference import BEGIN, END, reference
from linuxmm.scenario.verbs import FORMS, VERBS
from linuxmm.scenario.words import FILESYSTEMS

ROOT = Path(__file__).parent.parent.parent
DOC = (ROOT / "docs" / "scenario-language.md").read_text()


def test_the_reference_in_the_docs_is_current() -> None:
    inside = DOC.partition(BEGIN)[2].partition(END)[0]
    assert inside.strip() == reference().strip()


def test_the_first_scenario_of_the_docs_parses() -> None:
    match = re.search(r"```\n(linuxmm-scenario 1\n.*?)```", DOC, re.S)
    assert match
    assert parse(match[1]).name == "coherent-pages-stay"


def test_every_verb_says_what_it_is() -> None:
    for verb in VERBS.values():
        assert verb.form in FORMS
        assert verb.says.endswith(".")
        assert verb.name in verb.example
        assert verb.example in DOC
    assert all(word in DOC for word in FILESYSTEMS)
