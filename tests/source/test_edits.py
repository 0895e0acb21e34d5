# SPDX-License-Identifier: GPL-2.0-or-later
"""Edits of C: those of a small function, counted by hand, and that each is a real one."""

import re
from pathlib import Path

import pytest

from linuxmm.kernels import load
from linuxmm.source.config import config_of
from linuxmm.source.ctype import CType
from linuxmm.source.edits import Asked, Edit, edits, padded
from linuxmm.source.execute import translated
from linuxmm.source.folder import Folder
from linuxmm.source.program import Program
from linuxmm.source.slips import other_call, other_constant, other_errno
from linuxmm.source.tree import SourceTree
from tests.source.plain import OneFile
from tests.source.test_execute import TEXT
from tests.source.test_execute import tree as planted

PATH = "mm/migrate.c"
SMALL = """\
/* Umlaut: \u00e4 */
static __always_inline int small(struct page *page, int a, int b)
{
	if (!page /* none: \u00e4 */ || a > 1)
		goto out;
	while (a--) {
		if (b & VM_LOCKED)
			continue;
		put_page(page);
	}
	twice(a, b);
out:
	return -EFAULT;
}
"""
# Kind, line, old and new: by hand.
BY_HAND = [
    ("condition negated", 4, "!page || a > 1", "!(!page || a > 1)"),
    ("operand dropped", 4, "!page || a > 1", "!page"),
    ("operand dropped", 4, "!page || a > 1", "a > 1"),
    ("operator changed", 4, "||", "&&"),
    ("operator changed", 4, ">", ">="),
    ("constant changed", 4, "1", "0"),
    ("constant changed", 4, "1", "2"),
    ("exit removed", 5, "goto out;", ";"),
    ("condition negated", 6, "a--", "!(a--)"),
    ("operator changed", 6, "--", "++"),
    ("condition negated", 7, "b & VM_LOCKED", "!(b & VM_LOCKED)"),
    ("operator changed", 7, "&", "|"),
    ("flag changed", 7, "VM_LOCKED", "VM_SHARED"),
    ("exit moved", 8, "continue;", "break;"),
    ("exit removed", 8, "continue;", ";"),
    ("call changed", 9, "put_page", "get_page"),
    ("statement removed", 9, "put_page(page);", ";"),
    ("statement removed", 11, "twice(a, b);", ";"),
    ("arguments swapped", 11, "(a, b)", "(b, a)"),
    ("return value changed", 13, "-EFAULT", "0"),
    ("errno changed", 13, "-EFAULT", "-EINVAL"),
]


def small(text: str = SMALL, name: str = "small") -> list[Edit]:
    file = SourceTree(OneFile(text), frozenset()).file("a.c")
    assert file is not None
    ints = [CType("int"), CType("int")]
    asked = Asked(
        frozenset({"VM_LOCKED", "VM_SHARED"}),
        parameters=lambda called: ints if called == "twice" else None,
    )
    return edits("a.c", name, file.functions[name], text, asked)


def test_the_edits_of_a_small_function() -> None:
    found = {(e.kind, e.line, e.old, e.new) for e in small()}
    assert found == set(BY_HAND)
    assert len(small()) == len(BY_HAND)


def test_an_edit_is_one_place_of_the_file() -> None:
    for edit in small():
        made = edit.applied(SMALL)
        old, new = SMALL.split("\n"), made.split("\n")
        assert len(old) == len(new)
        assert [i + 1 for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b] == [
            edit.line
        ]
    negated = next(e for e in small() if e.kind == "condition negated")
    assert negated.lines(SMALL) == (
        "if (!page /* none: \u00e4 */ || a > 1)",
        "if (!(!page || a > 1))",
    )


def test_what_an_edit_is_within() -> None:
    by_line = {e.line: e.within for e in small()}
    assert by_line[5] == ("!page || a > 1",)
    assert by_line[8] == ("behind !page || a > 1", "b & VM_LOCKED")
    assert by_line[9] == ("behind !page || a > 1", "behind b & VM_LOCKED")
    assert by_line[4] == ()


def test_an_else_is_within_what_does_not_hold() -> None:
    text = "int f(int a)\n{\n\tif (a)\n\t\tg();\n\telse if (a > 2)\n\t\th();\n\treturn 0;\n}\n"
    by_line = {e.line: e.within for e in small(text, "f")}
    assert by_line[4] == ("a",)
    assert by_line[6] == ("else of a", "a > 2")


def test_an_edit_knows_what_it_stands_behind() -> None:
    text = "int f(int a)\n{\n\tif (a)\n\t\tgoto out;\n\tg();\nout:\n\th();\n\tif (a)\n\t\tg();\n"
    by_line = {e.line: e.within for e in small(f"{text}last:\n\tg();\n\treturn a;\n}}\n", "f")}
    assert by_line[5] == ("behind a",)
    assert by_line[7] == ("out:",)
    assert by_line[9] == ("out:", "a")
    assert by_line[11] == by_line[12] == ("last:",)


def test_conditions_of_the_preprocessor_stay() -> None:
    text = "int f(int a)\n{\n\treturn g(a,\n#ifdef CONFIG_X\n\t\t  1,\n#endif\n\t\t  2);\n}\n"
    assert all(edit.start[0] == edit.end[0] for edit in small(text, "f"))


def test_what_is_taken_for_what() -> None:
    assert other_call("SetPageDirty", frozenset()) == "ClearPageDirty"
    assert other_call("PageAnon", frozenset({"PageKsm", "folio_test_lru"})) == "PageKsm"
    assert other_call("printk", frozenset({"PageKsm"})) == ""
    assert other_constant("FOLL_GET", frozenset({"FOLL_PIN", "VM_LOCKED"})) == "FOLL_PIN"
    assert other_errno("EFAULT", ["EBUSY", "EFAULT"]) == "EBUSY"
    assert other_errno("EINVAL", ["EINVAL"]) == "EFAULT"


# --- translated -----------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> SourceTree:
    folder = Folder(str(planted(tmp_path_factory.mktemp("tree"))))
    return SourceTree(folder, config_of(load("v6.1")))


@pytest.mark.parametrize("name", ["where_is", "do_pages_stat_array"])
def test_one_function_anew_is_the_whole_tree_anew(
    tree: SourceTree, name: str, tmp_path: Path
) -> None:
    """The short way of a mutation and the way that a patched tree goes give one Python."""
    program = next(iter(translated(tree).values())).program
    file = tree.file(PATH)
    assert file is not None
    made = edits(PATH, name, file.functions[name], TEXT, Asked())
    assert len(made) > 8
    for edit in made:
        prepared = edit.applied(padded(file.functions[name]))
        quick = program.with_function(tree.with_function(PATH, name, prepared), PATH, name)
        other = SourceTree(
            Folder(str(planted(tmp_path, edit.applied(TEXT)))), config_of(load("v6.1"))
        )
        slow = next(iter(translated(other).values())).program
        assert _said(quick, name) == _said(slow, name), edit


def _said(program: Program, name: str) -> str:
    """The Python of a function, of each trap what it says instead of its number."""
    text = program.texts[PATH, name]
    return re.sub(r"\d{9,}", lambda m: program.traps[int(m[0])].why, text)
