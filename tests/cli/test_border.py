# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm border``: the table, and what of a tree runs."""

import json
from pathlib import Path

from tests.cli.test_main import linuxmm
from tests.source.test_execute import TEXT, tree


def test_a_row_is_shown() -> None:
    done = linuxmm("border", "put_page", "split_folio")
    assert done.returncode == 0
    assert "put_page(m, k, {page})" in done.stdout
    assert "not modelled: THP" in done.stdout


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


def test_a_tree_with_nothing_of_ours(tmp_path: Path) -> None:
    assert linuxmm("border", "--tree", str(tree(tmp_path, "int a;\n"))).returncode == 3
