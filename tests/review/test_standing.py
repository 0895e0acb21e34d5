# SPDX-License-Identifier: GPL-2.0-or-later
"""What a tree has of a series: none of it, all, the first parts, one file; or another text."""

import difflib
from itertools import pairwise
from pathlib import Path

import pytest

from linuxmm.review import mail
from linuxmm.review.patch import Hunk, Patch
from linuxmm.review.standing import APPLIED, WITHOUT, Standing
from linuxmm.review.tree import Tree

LINES = [f"line {n}" for n in range(1, 60)]


def text(**changed: str) -> str:
    """The lines, some of them otherwise: `at10="ten"`."""
    lines = list(LINES)
    for at, word in changed.items():
        lines[int(at[2:]) - 1] = word
    return "\n".join(lines) + "\n"


FIRST, SECOND = text(at10="ten"), text(at10="ten", at12="twelve")
THIRD = text(at10="ten", at12="twelve", at40="forty")
PARTS = (text(), FIRST, SECOND, THIRD)


def diff(old: str | None, new: str | None, path: str = "mm/a.c", old_path: str = "") -> str:
    a, b = ((one or "").splitlines(keepends=True) for one in (old, new))
    names = f"a/{old_path or path}" if old is not None else "/dev/null", f"b/{path}"
    if new is None:
        names = names[0], "/dev/null"
    return "".join(difflib.unified_diff(a, b, *names))


def series(*diffs: str) -> mail.Mail:
    count = len(diffs)
    return mail.read(
        "".join(
            f"From x Mon Sep 17 00:00:00 2001\nFrom: A <a@b.c>\nSubject: [PATCH {n}/{count}] p{n}\n"
            f"\nx\n---\n{one}\n"
            for n, one in enumerate(diffs, 1)
        ).encode(),
        "x.mbox",
    )


def standing(folder: Path, found: mail.Mail, **files: str) -> Standing:
    for name, said in files.items():
        (folder / "mm").mkdir(exist_ok=True, parents=True)
        (folder / "mm" / f"{name}.c").write_text(said)
    return Standing(Tree(str(folder)), found.patches)


@pytest.mark.parametrize("there", range(len(PARTS)))
def test_whatever_a_tree_has_of_a_series_both_sides_are_the_same(
    tmp_path: Path, there: int
) -> None:
    found = series(*(diff(old, new) for old, new in pairwise(PARTS)))
    tree = standing(tmp_path, found, a=PARTS[there])
    for n, patch in enumerate(found.patches):
        assert tree.of(patch).text("mm/a.c") == PARTS[n]
        assert tree.after(patch).text("mm/a.c") == PARTS[n + 1]
        assert tree.stands(patch).word == (APPLIED if n < there else WITHOUT)
        assert tree.stands(patch).misfits == ()
        [side] = tree.stands(patch).sides
        assert side.before and side.after
        first = next(line.text for line in side.diff.hunks[0].lines if line.kind == " ")
        assert side.before.split("\n")[side.old_at[0] - 1] == first
        assert side.after.split("\n")[side.new_at[0] - 1] == first


def test_one_file_has_it_and_another_not(tmp_path: Path) -> None:
    both = diff(text(), FIRST) + diff(text(), text(at30="thirty"), "mm/b.c")
    found = series(both)
    tree = standing(tmp_path, found, a=FIRST, b=text())
    [patch] = found.patches
    assert tree.stands(patch).word == "with the patch applied in mm/a.c and not in mm/b.c"
    assert tree.of(patch).text("mm/a.c") == tree.of(patch).text("mm/b.c") == text()
    assert tree.after(patch).text("mm/b.c") == text(at30="thirty")


def test_a_hunk_that_fits_neither_way_is_named(tmp_path: Path) -> None:
    found = series(diff(text(), FIRST))
    tree = standing(tmp_path, found, a=text(at10="zehn"))
    [patch] = found.patches
    [(path, why)] = tree.stands(patch).misfits
    assert path == "mm/a.c"
    assert why == "mm/a.c: the hunk @@ -7,7 +7,7 @@ fits the tree neither as it is nor taken back"
    assert tree.of(patch).text("mm/a.c") == tree.after(patch).text("mm/a.c") == text(at10="zehn")


def test_a_text_that_has_moved_is_found(tmp_path: Path) -> None:
    found = series(diff(text(), text(at10="ten", at40="forty")))
    tree = standing(tmp_path, found, a="top\n" * 7 + text())
    [side] = tree.stands(found.patches[0]).sides
    assert side.old_at == side.new_at == (14, 44)
    assert side.after == "top\n" * 7 + text(at10="ten", at40="forty")


def test_hunks_that_stand_in_another_order_do_not_fit(tmp_path: Path) -> None:
    found = series(diff(text(), text(at10="ten", at40="forty")))
    swapped = "\n".join([*LINES[30:], *LINES[:30]]) + "\n"
    tree = standing(tmp_path, found, a=swapped)
    assert tree.stands(found.patches[0]).misfits != ()


@pytest.mark.parametrize("there", [False, True])
def test_new_removed_and_renamed_files(tmp_path: Path, there: bool) -> None:
    found = series(
        diff(None, text(), "mm/new.h")
        + diff(text(), None, "mm/gone.h")
        + "diff --git a/mm/old.c b/mm/name.c\nrename from mm/old.c\nrename to mm/name.c\n"
        + diff(text(), FIRST, "mm/name.c", "mm/old.c")
    )
    folder = tmp_path / "mm"
    folder.mkdir()
    (folder / ("new.h" if there else "gone.h")).write_text(text())
    (folder / ("name.c" if there else "old.c")).write_text(FIRST if there else text())
    tree = Standing(Tree(str(tmp_path)), found.patches)
    [patch] = found.patches
    before, after = tree.of(patch), tree.after(patch)
    assert tree.stands(patch).word == (APPLIED if there else WITHOUT)
    assert before.headers("mm") == ["mm/gone.h"] and after.headers("mm") == ["mm/new.h"]
    assert (before.text("mm/old.c"), before.text("mm/name.c")) == (text(), None)
    assert (after.text("mm/old.c"), after.text("mm/name.c")) == (None, FIRST)


def test_a_new_file_that_is_another_one(tmp_path: Path) -> None:
    found = series(diff(None, text(), "mm/a.c"))
    tree = standing(tmp_path, found, a="something else\n")
    [(_, why)] = tree.stands(found.patches[0]).misfits
    assert why == "the tree has another mm/a.c than the one that is added"


def test_nothing_outside_of_the_tree_is_looked_at(tmp_path: Path) -> None:
    """A link that leads out is no file, whatever stands behind it."""
    (tmp_path / "secret.c").write_text(text())
    folder = tmp_path / "tree"
    (folder / "mm").mkdir(parents=True)
    (folder / "mm" / "a.c").symlink_to(tmp_path / "secret.c")
    found = series(diff(text(), FIRST))
    tree = Standing(Tree(str(folder)), found.patches)
    [patch] = found.patches
    assert tree.stands(patch).sides == () and tree.of(patch).text("mm/a.c") is None


def test_context_that_is_another_one_is_fuzz(tmp_path: Path) -> None:
    """Up to two lines of context at either end may differ, if the rest stands in one place only."""
    found = series(diff(text(), text(at10="ten")))
    tree = standing(tmp_path, found, a=text(at7="sieben", at8="acht", at13="dreizehn"))
    [patch] = found.patches
    assert tree.stands(patch).word == "without the patch (with fuzz 2: its context is another one)"
    assert tree.of(patch).shift("mm/a.c", found_hunk(tree, patch)) == 0
    after = text(at7="sieben", at8="acht", at10="ten", at13="dreizehn")
    assert tree.after(patch).text("mm/a.c") == after
    again = standing(tmp_path, found, a=after)
    assert again.stands(patch).word.startswith(APPLIED)
    assert again.of(patch).text("mm/a.c") == tree.of(patch).text("mm/a.c")


def found_hunk(tree: Standing, patch: Patch) -> Hunk:
    return tree.stands(patch).sides[0].diff.hunks[0]


def test_fuzz_takes_no_guess(tmp_path: Path) -> None:
    """What stands in two places without its context stands nowhere."""
    found = series(diff(text(at9="same", at11="same"), text(at9="same", at10="ten", at11="same")))
    twice = text(at8="a", at9="same", at11="same", at12="b", at39="same", at40="line 10",
                 at41="same")  # fmt: skip
    tree = standing(tmp_path, found, a=twice)
    assert tree.stands(found.patches[0]).misfits != ()


def test_a_place_that_fits_exactly_comes_before_one_with_fuzz(tmp_path: Path) -> None:
    """The old text stands with fuzz near the end of a tree that has the new text where it was."""
    found = series(diff(text(), text(at10="ten")))
    near = [*LINES[8:11], "another"]
    tree = standing(tmp_path, found, a=text(at10="ten") + "\n".join(near) + "\n")
    assert tree.stands(found.patches[0]).word == APPLIED
