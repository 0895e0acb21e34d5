# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of what C names are here: every row can be read, and every name in it exists."""

import ast
import inspect
import re
from pathlib import Path

import pytest

from linuxmm.source.border import border, parse_border
from linuxmm.source.execute import core_constants
from linuxmm.source.folder import Folder
from linuxmm.source.load import names_of, namespace
from linuxmm.source.program import Program
from linuxmm.source.tree import SourceTree
from linuxmm.source.twins import TWINS
from linuxmm.steps.rebind import CoreCopy
from tests.source.plain import OneFile, run

EMPTY = """
core_constants = []
single = []
by_value = []
[columns]
[constants]
[globals]
[structs]
[embedded]
[loops]
[indirect]
[flags]
"""


def test_every_name_of_the_table_is_in_the_model() -> None:
    assert names_of(border()) <= set(namespace())
    assert len(border().calls) > 300


def test_every_call_has_the_arguments_that_the_model_takes() -> None:
    names = namespace()
    table = border()
    rows = [row for same in table.calls.values() for row in same] + [*table.indirect.values()]
    texts = [row.text for row in rows if row.kind != "never"]
    texts += [member.text for group in table.structs.values() for member in group.values()]
    wrong = []
    for text in texts:
        for node in ast.walk(ast.parse(re.sub(r"\{(\w*)\}", r"x\1", text), mode="eval")):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                function = names[node.func.id]
                code = getattr(function, "__code__", None)
                variable = code is not None and code.co_flags & inspect.CO_VARARGS
                if code is not None and not variable and code.co_argcount != len(node.args):
                    wrong.append(text)
    assert wrong == []


def test_the_translated_see_nothing_else() -> None:
    assert namespace()["__builtins__"] == {}
    assert not {"open", "exec", "eval", "__import__"} & set(namespace())


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ('"put_page" = "0"', "no prototype"),
        ('"void f(struct page *page)" = "g(m, {pages})"', "no argument"),
        ('"void f(struct page *page)" = "g({page}, {page})"', "stands twice"),
        ('"void f(int)" = "0"', "no argument"),
    ],
)
def test_a_mistake_in_a_row_is_named(row: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_border(f"{EMPTY}[calls.core]\n{row}\n")


def test_a_name_stands_once_for_each_result() -> None:
    two = '[calls.core]\n"int f()" = "1"\n[calls.expression]\n"{} f()" = "2"\n'
    assert len(parse_border(EMPTY + two.format("bool")).calls["f"]) == 2
    with pytest.raises(ValueError, match="twice"):
        parse_border(EMPTY + two.format("int"))
    more = '[calls.core]\n"int f()" = "1"\n"int f(int a)" = "{a}"\n'
    assert len(parse_border(EMPTY + more).calls["f"]) == 2


FORMS = """
[calls.core]
"int taken(int a)" = "{a}"
"int taken(int a, int b)" = "({a} - {b})"
[calls.later]
"int same(int a)" = "({a} + 100)"
"""


def told(text: str, nr: int) -> int:
    """What `f` of a text gives beside a border of these forms."""
    found = Program(SourceTree(OneFile(text), frozenset()), border=parse_border(EMPTY + FORMS))
    assert found.want("a.c", "f")
    return run(found, "f", nr)


def test_of_several_rows_the_one_that_takes_as_many_is_called() -> None:
    assert told("int f(int a) { return taken(a); }", 5) == 5
    assert told("int f(int a) { return taken(a, 2); }", 5) == 3


def test_a_row_of_later_releases_is_for_functions_of_its_form() -> None:
    """What an older tree has under the name, returning or taking something else, runs as text."""
    same = "int same(int a) { return a; } int f(int a) { return same(a); }"
    other = "long same(int a) { return a + 1; } int f(int a) { return same(a); }"
    more = "int same(int a, int b) { return a * b; } int f(int a) { return same(a, 3); }"
    assert told(same, 5) == 105
    assert told(other, 5) == 6
    assert told(more, 5) == 15


def test_a_function_that_takes_as_many_as_no_row_runs_as_text() -> None:
    """What one release gives one page another gives its VMA too: munlock_vma_page() of 6.1."""
    text = (
        "int taken(int a, int b, int c) { return a + c; } int f(int a) { return taken(a, 2, 3); }"
    )
    assert told(text, 5) == 8


class Declared:
    """A tree of one file, and a header with a prototype."""

    def __init__(self, result: str) -> None:
        self.files = {
            "a.c": "int f(int a) { return !went(a); }",
            "mm/internal.h": f"{result} went(int a);\n",
        }

    def text(self, path: str) -> str | None:
        return self.files.get(path)

    def headers(self, folder: str) -> list[str]:
        return []


@pytest.mark.parametrize(("result", "gives"), [("int", 0), ("bool", 1)])
def test_a_prototype_tells_which_row_is_meant(result: str, gives: int) -> None:
    """folio_isolate_lru() returned 0 for success until 6.2, then true."""
    rows = '[declared]\nwent = "mm/internal.h"\n[calls.core]\n'
    rows += '"bool went(int a)" = "0"\n"int went(int a)" = "1"\n'
    found = Program(SourceTree(Declared(result), frozenset()), border=parse_border(EMPTY + rows))
    assert found.want("a.c", "f")
    assert run(found, "f", 5) == gives


SHIFTED = """
[homes]
"mm/rmap.c" = "one two"
[variables]
"f words" = "pte_t *"
[calls.core]
"""


def test_a_member_may_be_stored_by_a_call() -> None:
    text = EMPTY.replace(
        "[structs]", '[structs.x]\na = ["long", "(m.a[{}])", "put(m, {}, {value})"]'
    )
    found = parse_border(text + SHIFTED)
    assert found.structs["x"]["a"].stored_at("p") == "put(m, p, {value})"
    assert found.homes == {"one": "mm/rmap.c", "two": "mm/rmap.c"}
    assert str(found.variables["f words"]) == "pte_t *"


def test_every_twin_is_a_function_of_the_core() -> None:
    copy = CoreCopy()
    for twin in TWINS:
        assert copy.knows(twin.ours), twin


def test_flags_mean_the_same_on_both_sides() -> None:
    """By hand: include/linux/mm.h of 6.1, include/uapi/linux/mempolicy.h."""
    values = core_constants()
    assert (values["FOLL_WRITE"], values["FOLL_GET"], values["FOLL_DUMP"]) == (1, 4, 8)
    assert (values["VM_LOCKED"], values["VM_MERGEABLE"]) == (0x2000, 0x80000000)


def test_a_constant_of_the_core_is_no_macro(tmp_path: Path) -> None:
    """SWP_MIG_YOUNG: where the bit stands depends on the machine that the tree is built for."""
    (tmp_path / "mm").mkdir()
    (tmp_path / "mm/x.c").write_text(
        "#define SWP_MIG_YOUNG BIT(levels() ? 40 : 34)\n"
        "unsigned long f(void)\n{\n\treturn SWP_MIG_YOUNG;\n}\n"
    )
    program = Program(SourceTree(Folder(str(tmp_path)), frozenset()), core=core_constants())
    assert program.want("mm/x.c", "f")
    assert str(1 << 34) in program.source()
