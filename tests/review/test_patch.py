# SPDX-License-Identifier: GPL-2.0-or-later
"""A diff is believed only after every count and name was checked."""

import pytest

from linuxmm.errors import PatchError
from linuxmm.review import mail
from linuxmm.review.patch import FileDiff, read_diff
from tests.review.patches import diff, hunk

GOOD = diff("mm/ksm.c", hunk("f()", " a\n-b\n+c\n d"))


def files(text: str) -> tuple[FileDiff, ...]:
    """The files of the one patch in a text."""
    [patch] = mail.read(text.encode(), "p.diff").patches
    return read_diff(patch)


LIES = {
    "too few lines": (GOOD.replace("-100,3 +100,3", "-100,4 +100,4"), "p.diff:4", "cut off"),
    "too many lines": (GOOD.replace("-100,3 +100,3", "-100,2 +100,2"), "p.diff:8", "line 4"),
    "one count lies": (GOOD.replace("-100,3 +100,3", "-100,3 +100,2"), "p.diff", "lines it says"),
    "cut off": (GOOD[: GOOD.index("+c")], "p.diff:4", "cut off"),
    "next file too early": (
        GOOD.replace(" d\n", "") + diff("mm/gup.c", hunk("", "-a\n+b")),
        "p.diff:8",
        "ends too early",
    ),
    "a folder up": (GOOD.replace("mm/ksm.c", "../../etc/passwd"), "p.diff:1", "outside"),
    "a folder up in between": (GOOD.replace("mm/ksm.c", "mm/../../x"), "p.diff:1", "outside"),
    "absolute": (GOOD.replace("b/mm/ksm.c", "/etc/passwd"), "p.diff", "outside"),
    "absolute in git": (GOOD.replace("a/mm/ksm.c", "a//etc/passwd"), "p.diff:1", "outside"),
    "quoted folder up": (
        '--- "a/\\056\\056/x"\n+++ "b/\\056\\056/x"\n' + hunk("", "-a\n+b"),
        "p.diff:1",
        "outside",
    ),
    "no names": ("--- /dev/null\n+++ /dev/null\n" + hunk("", "-a\n+b"), "p.diff:1", "no file"),
    "terminal escapes": (
        GOOD.replace("mm/ksm.c", "../\x1b]0;evil\x07x"),
        "p.diff:1",
        r"\\x1b\]0;evil\\x07",
    ),
}


@pytest.mark.parametrize("what", LIES)
def test_a_diff_that_lies_is_one_sentence_at_its_line(what: str) -> None:
    text, where, sentence = LIES[what]
    with pytest.raises(PatchError, match=sentence) as caught:
        files(text)
    assert str(caught.value).startswith(where)
    assert "\n" not in str(caught.value)
    assert str(caught.value).isprintable()


def test_lines_are_numbered_on_both_sides() -> None:
    [file] = files(GOOD)
    assert [(x.kind, x.text, x.old, x.new) for x in file.hunks[0].lines] == [
        (" ", "a", 100, 100),
        ("-", "b", 101, 0),
        ("+", "c", 0, 101),
        (" ", "d", 102, 102),
    ]


def test_what_is_harmless_is_accepted() -> None:
    new = diff("mm/new.c", hunk("", "+a").replace("-100,0", "-0,0"))
    new = new.replace("--- a/mm/new.c", "--- /dev/null")
    text = (
        "diff --git a/a.sh b/a.sh\nold mode 100644\nnew mode 100755\n"
        "diff --git a/a.c b/b.c\nsimilarity index 100%\nrename from a.c\nrename to b.c\n"
        "diff --git a/x.bin b/x.bin\nnew file mode 100644\nGIT binary patch\nliteral 3\nKc${Nk\n\n"
        + new
        + "--- linux.orig/mm/old.c\t2022-03-10\n+++ linux/mm/old.c\t2022-03-11\n"
        + hunk("", "-a\n\\ No newline at end of file\n+b").replace("-100,2 +100,2", "-100 +100")
        + "-- \n2.32.0\n\n  Powered by words\n"
    )
    found = [(file.path, file.what, len(file.hunks)) for file in files(text)]
    assert found == [
        ("a.sh", "mode", 0),
        ("b.c", "renamed", 0),
        ("x.bin", "binary", 0),
        ("mm/new.c", "added", 1),
        ("mm/old.c", "modified", 1),
    ]


def test_an_archive_that_ate_the_space_of_blank_lines() -> None:
    [file] = files(GOOD.replace(" a\n", "\n"))
    assert file.hunks[0].lines[0].kind == " "


NAMES = {
    "mm-commits": ("a/mm/madvise.c~mm-why-not", "a/mm/madvise.c", "mm/madvise.c", "modified"),
    "mm-commits, new": ("/dev/null", "a/mm/new.c", "mm/new.c", "added"),
    "mm-commits, gone": ("a/mm/old.c~mm-why-not", "/dev/null", "mm/old.c", "removed"),
    "quilt, folders": ("linux.orig/mm/gup.c", "linux/mm/gup.c", "mm/gup.c", "modified"),
    "quilt -p ab": ("a/mm/gup.c", "b/mm/gup.c", "mm/gup.c", "modified"),
    "diff of two trees": ("linux-5.17/mm/gup.c", "linux-5.17-new/mm/gup.c", "mm/gup.c", "modified"),
    "one tree": ("linux-5.17/mm/gup.c.orig", "linux-5.17/mm/gup.c", "mm/gup.c", "modified"),
    "in the tree": ("mm/gup.c.orig", "mm/gup.c", "mm/gup.c", "modified"),
    "no prefix": ("mm/gup.c", "mm/gup.c", "mm/gup.c", "modified"),
    "mnemonic prefix": ("i/mm/gup.c", "w/mm/gup.c", "mm/gup.c", "modified"),
    "with times": ("a/mm/gup.c 2022-03-10 11:26:31.5 -0600", "b/mm/gup.c", "mm/gup.c", "modified"),
    "the new one longer": ("a/mm/gup.c", "b/mm/gup.c.orig", "mm/gup.c", "modified"),
    "another file": ("a/mm/gup.c", "b/mm/ksm.c", "mm/ksm.c", "renamed"),
    "a file so called": ("/dev/null", "b/mm/x.old", "mm/x.old", "added"),
}


@pytest.mark.parametrize("what", NAMES)
def test_the_file_is_named_as_in_the_tree(what: str) -> None:
    old, new, path, change = NAMES[what]
    body = {"added": "+b", "removed": "-a"}.get(change, "-a\n+b")
    [file] = files(f"--- {old}\n+++ {new}\n{hunk('out:', body)}")
    assert (file.path, file.what) == (path, change)
    git = f"diff --git a/mm/x.c b/mm/x.c.old\nrename from mm/x.c\nrename to mm/x.c.old\n{GOOD}"
    assert (files(git)[0].path, files(git)[0].what) == ("mm/x.c.old", "renamed")
