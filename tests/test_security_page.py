# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/security.md says the limits that the readers have."""

from pathlib import Path

import pytest

from linuxmm.inspect import elf
from linuxmm.kernels import document
from linuxmm.kernels.load import MAX_CHAIN
from linuxmm.review import mail, patch, tree
from linuxmm.scenario import words
from linuxmm.source import folder
from linuxmm.validate import vm

PAGE = (Path(__file__).parents[1] / "docs" / "security.md").read_text()


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("{} MiB, {} lines, {} patches, {} hunks", (mail.MAX_BYTES >> 20, mail.MAX_LINES,
         mail.MAX_PATCHES, patch.MAX_HUNKS)),
        ("attached mails {} deep", (mail.MAX_DEPTH,)),
        ("{} MiB, {} steps, {} pages, {} pages looked at", (words.MAX_BYTES >> 20, words.MAX_STEPS,
         words.MAX_PAGES, words.MAX_WORK)),
        ("{} KiB, {} on top of each other", (document.MAX_BYTES >> 10, MAX_CHAIN)),
        ("C files of a tree | {:,} ", (tree.MAX_FILES,)),
        ("looks for names of lookups | {} MiB", (tree.MAX_SEARCHED >> 20,)),
        ("`review --tree` looks into | {} MiB", (folder.MAX_FILE >> 20,)),
        ("{} MiB a place, {} places", (elf.MAX_NOTES >> 20, elf.MAX_GROUPS)),
        ("a regular file of at most {} MiB", (vm.MAX_IMAGE >> 20,)),
    ],
)  # fmt: skip
def test_a_limit_is_the_one_of_the_reader(text: str, limits: tuple[int, ...]) -> None:
    assert text.format(*limits) in " ".join(PAGE.split())
