# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm border``: the table, and what of a tree runs."""

import json
from pathlib import Path

from tests.cli.test_main import linuxmm
from tests.source.test_execute import ASKED, TEXT, tree


def test_a_row_is_shown() -> None:
    done = linuxmm("border", "put_page", "cond_resched")
    assert done.returncode == 0
    assert "put_page(m, k, {page})" in done.stdout
    assert "nothing that the model has" in done.stdout


def test_the_whole_table_fits_a_terminal() -> None:
    lines = linuxmm("border").stdout.splitlines()
    assert len(lines) > 600
    assert max(map(len, lines)) <= 80


def test_a_name_that_is_not_there_has_a_nearest_one() -> None:
    done = linuxmm("border", "put_pag")
    assert done.returncode == 2
    assert done.stderr == 'linuxmm: the border has no "put_pag"; did you mean "put_page"?\n'


def test_a_tree(tmp_path: Path) -> None:
    text = TEXT.replace(
        "	if (!vma)\n", "	if (strange(addr))\n		return 1;\n	if (!vma)\n"
    )
    done = linuxmm("border", "--tree", str(tree(tmp_path, text)), "--format", "json")
    found = {f["place"]: f for f in json.loads(done.stdout)["functions"]}
    ours = found["mm/migrate.c:do_pages_stat_array"]
    assert ours["reaches"] == [
        "mm/migrate.c:do_pages_stat_array",
        "mm/migrate.c:where_is",
    ]
    assert ours["stops"] == [
        "mm/migrate.c:9: where_is: strange() is not in the border and not in the tree"
    ]
    assert not found["mm/memory.c:do_wp_page"]["found"]


def test_which_places_scenarios_come_to(tmp_path: Path) -> None:
    """strange() is asked before anything else, odd() for an address without a VMA alone."""
    text = TEXT.replace(
        "	if (!vma)\n		return -EFAULT;\n",
        "	if (!vma)\n		return odd(addr);\n	strange(addr);\n",
    )
    folder = tmp_path / "scenarios" / "more"
    folder.mkdir(parents=True)
    (folder / "asked.mm").write_text(ASKED)
    play = ("--play", str(tmp_path / "scenarios"))
    done = linuxmm("border", "--tree", str(tree(tmp_path, text)), *play)
    assert "places):\nscenarios come to 1 of them, said first:\n" in done.stdout
    last = done.stdout.split("said first:")[1]
    assert last.index("strange() is not in the border") < last.index("odd() is not in the border")
    assert last.count("[1 scenario]") == 1
    told = linuxmm("border", "--tree", str(tmp_path), *play, "--format", "json")
    assert list(json.loads(told.stdout)["reached"].values()) == [1]


def test_a_tree_with_nothing_of_ours(tmp_path: Path) -> None:
    assert linuxmm("border", "--tree", str(tree(tmp_path, "int a;\n"))).returncode == 3
