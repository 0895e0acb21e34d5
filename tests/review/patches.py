# SPDX-License-Identifier: GPL-2.0-or-later
"""Small patches written by hand for the tests, with hunk headers that are counted here."""

from pathlib import Path

import pytest

from linuxmm.kernels import Kernel, load
from linuxmm.review import mail
from linuxmm.review.read import Reading, read_patch
from linuxmm.review.tree import Tree

SEED = Path(__file__).parents[3] / "shared" / "data" / "patches" / "split-v1.mail"


def seed() -> Path:
    """The archive page of the patch of March 2022 (not in this repository: kernel text)."""
    if not SEED.is_file():
        pytest.skip("the archive page split-v1.mail is not on this machine")
    return SEED


def hunk(section: str, body: str, start: int = 100) -> str:
    """A hunk whose counts fit its lines."""
    lines = body.strip("\n").split("\n")
    old = sum(not line.startswith("+") for line in lines)
    new = sum(not line.startswith("-") for line in lines)
    return "\n".join([f"@@ -{start},{old} +{start},{new} @@ {section}", *lines]) + "\n"


def diff(path: str, *hunks: str) -> str:
    """The diff of one file."""
    return f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n" + "".join(hunks)


def read(text: str, base: Kernel | None = None, tree: Tree | None = None) -> Reading:
    """The reading of the one patch in a text."""
    found = mail.read(text.encode(), "test.patch")
    return read_patch(found.patches[0], base or load("v5.17-coherent"), tree=tree)


def lookup_diff(path: str, function: str, before: str, after: str) -> str:
    """One lookup replaced by another in one function."""
    body = f"-\tpage = {before}(vma, addr, pte);\n+\tpage = {after}(vma, addr, pte);\n \tif (!page)"
    return diff(path, hunk(f"static int {function}(void)", body))


def page_tests(reading: Reading, site: str) -> list[tuple[str, str, bool]]:
    """The tests of a site after the patch."""
    rule = reading.kernel.site(site)
    return [(test.refuse, test.gives, test.put) for test in rule.tests]
