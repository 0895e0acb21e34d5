# SPDX-License-Identifier: GPL-2.0-or-later
"""Which record is nearest to a tree: Debian's own trees say whose they are, by their calls."""

import os
from pathlib import Path

import pytest

from linuxmm.review.nearest import Nearest, nearest_record
from linuxmm.review.tree import Tree, extract

pytest.importorskip("tree_sitter_c")


def near(root: Path) -> Nearest | None:
    tree = Tree(str(root))
    return nearest_record(extract(tree), tree)


def tree_of(folder: Path, call: str, version: str = "") -> Path:
    """A tree of one call and a Makefile."""
    (folder / "mm").mkdir()
    text = f"int copy_present_pte(int x)\n{{\n\treturn {call};\n}}\n"
    (folder / "mm" / "memory.c").write_text(text)
    if version:
        number, _, level = version.partition(".")
        (folder / "Makefile").write_text(f"VERSION = {number}\nPATCHLEVEL = {level}\n")
    return folder


def test_a_version_decides_between_records_that_are_as_near(tmp_path: Path) -> None:
    """Three records look this page up alike: what is missing of them in this tree is the same."""
    found = near(tree_of(tmp_path, "vm_normal_page(a, b, c)", "6.12"))
    assert found is not None
    assert (found.kernel, found.alike, found.by) == ("v6.12", ("v6.18", "v7.1"), "6.12")


def test_calls_decide_before_a_version(tmp_path: Path) -> None:
    found = near(tree_of(tmp_path, "vm_normal_any_page(a, b, c)", "6.12"))
    assert found is not None and (found.kernel, found.alike, found.by) == ("split-v1", (), "")


def test_without_a_version_it_is_the_newest_of_them(tmp_path: Path) -> None:
    found = near(tree_of(tmp_path, "vm_normal_page(a, b, c)"))
    assert found is not None
    assert (found.kernel, found.alike, found.by) == ("v7.1", ("v6.12", "v6.18"), "")
    assert "the newest of these" in found.text()


def test_a_tree_that_no_record_speaks_of(tmp_path: Path) -> None:
    (tmp_path / "mm").mkdir()
    (tmp_path / "mm" / "x.c").write_text("int f(void)\n{\n\treturn 0;\n}\n")
    assert near(tmp_path) is None


@pytest.mark.parametrize("name", ["v6.1", "v6.12"])
def test_the_trees_that_records_were_read_in(name: str) -> None:
    """The tree is that of linux-source-6.x in /usr/src, or LINUXMM_TREE_6_1, LINUXMM_TREE_6_12."""
    series = name[1:]
    variable = f"LINUXMM_TREE_{series.replace('.', '_')}"
    root = Path(os.environ.get(variable, f"/usr/src/linux-source-{series}"))
    if not root.is_dir():
        pytest.skip(f"linux-source-{series} is not unpacked in /usr/src, and {variable} not set")
    found = near(root)
    assert found is not None and found.kernel == name
