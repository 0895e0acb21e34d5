# SPDX-License-Identifier: GPL-2.0-or-later
"""Which places are noted, of one translation or of two: counted by hand on texts of a few lines."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

from linuxmm.source.marked import (
    EFFECT,
    LEFT_OUT,
    SETS,
    VALUES,
    mark,
    marked_throughout,
    met_lines,
    plain,
)
from linuxmm.source.notes import noting
from linuxmm.state.block import Block
from linuxmm.state.layout import SHAPES

WHERE = ("mm/a.c", "f")
HEAD = "def c_f(m, k, site, v_a):\n    'mm/a.c'\n"
TAIL = "    return v_b\n    return 0"


def program(text: str, *traps: int) -> Any:
    return SimpleNamespace(texts={WHERE: text} if text else {}, traps=dict.fromkeys(traps))


def noted(old: str, new: str) -> tuple[list[str], list[str]]:
    """The lines before which a note stands, on either side."""
    marks = mark(program(old), program(new), {WHERE})
    found = []
    for text in (marks.before.get(WHERE, ""), marks.after.get(WHERE, "")):
        lines = text.split("\n")
        found.append([lines[n + 1].strip() for n, line in enumerate(lines) if "reached(" in line])
    return found[0], found[1]


def test_a_changed_line_is_noted_on_both_sides() -> None:
    old = f"{HEAD}    v_b = 1\n{TAIL}"
    assert noted(old, old.replace("= 1", "= 2")) == (["v_b = 1"], ["v_b = 2"])


def test_a_line_that_goes_is_noted_where_it_was() -> None:
    old = f"{HEAD}    v_b = 1\n    call(m)\n{TAIL}"
    assert noted(old, old.replace("    call(m)\n", "")) == (["call(m)"], [])


def test_each_new_block_is_a_place_and_else_takes_no_note() -> None:
    old = f"{HEAD}    v_b = 1\n{TAIL}"
    block = "    if v_a:\n        v_b = 2\n        v_b = 3\n    else:\n        v_b = 4\n"
    new = f"{HEAD}    v_b = 1\n{block}{TAIL}"
    assert noted(old, new) == ([], ["if decided(1, v_a):", "v_b = 2", "v_b = 4"])
    marks = mark(program(old), program(new), {WHERE})
    assert [place.text for place in marks.places] == [*["if v_a:"] * 3, "v_b = 2", "v_b = 4"]
    assert [place.way for place in marks.places] == ["", "true", "false", "", ""]


def test_a_changed_condition_is_noted_both_ways() -> None:
    old = f"{HEAD}    v_b = 1\n    if v_a:\n        v_b = 2\n{TAIL}"
    marks = mark(program(old), program(old.replace("if v_a", "if not v_a")), {WHERE})
    seen: set[int] = set()

    def decided(number: int, value: int) -> int:
        seen.add(number if value else number + 1)
        return value

    scope: dict[str, Any] = {"reached": seen.add, "decided": decided}
    exec(marks.after[WHERE], scope)
    said = []
    for argument in (0, 1):
        seen.clear()
        scope["c_f"](0, 0, 0, argument)
        said += [(marks.places[n].text, marks.places[n].way) for n in sorted(seen)]
    assert said == [("if not v_a:", ""), ("if not v_a:", "true"),
                    ("if not v_a:", ""), ("if not v_a:", "false")]  # fmt: skip


def run(marked: str, scope: dict[str, Any], *arguments: int) -> set[int]:
    """The places that some runs come by."""
    seen: set[int] = set()
    whole = {**noting(seen, Counter()), **scope}
    exec(marked, whole)
    for argument in arguments:
        whole["c_f"](SimpleNamespace(), 0, 0, argument)
    return seen


MOSTLY = (
    "def c_none_mostly(m, k, site, v_pte):\n    'mm/b.h'\n    if spent(m, 1):\n"
    "        return missing(m, 123456789)\n"
    "    return (1 if (v_pte == 0 or c_is_marker(m, k, site, v_pte)) else 0)\n    return 0\n"
)
MARKER = "def c_is_marker(m, k, site, v_e):\n    'mm/b.h'\n    return (v_e > 9)\n    return 0\n"


def test_what_a_condition_calls_has_to_go_both_ways_as_if_it_stood_there() -> None:
    """The marker is what the two differ by: a run without one tells nothing."""
    old = f"{HEAD}    v_b = 1\n    if c_none_mostly(m, k, site, v_a):\n        v_b = 2\n{TAIL}"
    new = old.replace("c_none_mostly(m, k, site, v_a)", "v_a == 0")
    sides = [program(text) for text in (old, new)]
    for side in sides:
        side.texts |= {("mm/b.h", "none_mostly"): MOSTLY, ("mm/b.h", "is_marker"): MARKER}
    marks = mark(sides[0], sides[1], {WHERE})
    parts = {(place.part, place.way): n for n, place in enumerate(marks.places) if place.part}
    assert {("v_a > 9", "true"), ("v_a > 9", "false")} <= parts.keys()
    seen = run(marks.before[WHERE], {}, 0, 1)
    assert parts["v_a > 9", "false"] in seen and parts["v_a > 9", "true"] not in seen
    assert parts["v_a > 9", "true"] in run(marks.before[WHERE], {}, 12)


def test_a_helper_that_says_what_stood_there_asks_nothing_new() -> None:
    old = f"{HEAD}    v_b = 1\n    if v_a == 0 or v_a > 9:\n        v_b = 2\n{TAIL}"
    new = old.replace("v_a == 0 or v_a > 9", "c_none_mostly(m, k, site, v_a)")
    sides = [program(text) for text in (old, new)]
    for side in sides:
        side.texts |= {("mm/b.h", "none_mostly"): MOSTLY, ("mm/b.h", "is_marker"): MARKER}
    assert not [place.part for place in mark(sides[0], sides[1], {WHERE}).places if place.part]


def test_a_call_that_goes_has_to_give_two_values() -> None:
    old = f"{HEAD}    v_b = (4 + f(m, v_a))\n{TAIL}"
    marks = mark(program(old), program(old.replace("(4 + f(m, v_a))", "4")), {WHERE})
    assert [(place.side, place.way) for place in marks.places] == [
        ("before", ""), ("before", VALUES), ("after", "")]  # fmt: skip
    scope = {"f": lambda _m, a: a & 1}
    assert run(marks.before[WHERE], scope, 2, 4) == {0}
    assert run(marks.before[WHERE], scope, 2, 4, 5) == {0, 1}


def test_a_call_for_its_effect_that_goes_has_to_have_one() -> None:
    old = f"{HEAD}    v_b = 1\n    set_flag(m, v_a)\n{TAIL}"
    new = old.replace("    set_flag(m, v_a)\n", "")
    marks = mark(program(old), program(new), {WHERE})
    assert [(place.side, place.way) for place in marks.places] == [
        ("before", ""),
        ("before", EFFECT),
    ]
    machine = Block(dict.fromkeys(SHAPES, 4)).m
    seen: set[int] = set()

    def set_flag(m: Any, page: int) -> int:
        m.page_flags[page] |= 1
        return 0

    scope: dict[str, Any] = {**noting(seen, Counter()), "set_flag": set_flag}
    exec(marks.before[WHERE], scope)
    machine.page_flags[1] = 1
    scope["c_f"](machine, 0, 0, 1)
    assert seen == {0}  # it was set already
    scope["c_f"](machine, 0, 0, 2)
    assert seen == {0, 1}


def test_the_translator_s_own_conditions_are_no_places() -> None:
    old = f"{HEAD}    v_b = 1\n{TAIL}"
    own = "    while True:\n        if pc1 <= 0:\n            v_b = 2\n        break\n"
    new = f"{HEAD}    v_b = 1\n    pc1 = 0\n{own}{TAIL}"
    marks = mark(program(old), program(new), {WHERE})
    assert [place.text for place in marks.places] == ["pc1 = 0", "v_b = 2", "break"]


def test_a_function_that_is_new_begins_with_one() -> None:
    assert noted("", f"{HEAD}    v_b = 1\n{TAIL}") == ([], ["v_b = 1"])


def test_the_numbers_of_traps_say_nothing() -> None:
    one, other = program("null(m, 1234567)", 1234567), program("null(m, 7654321)", 7654321)
    assert plain(one.texts[WHERE], one) == plain(other.texts[WHERE], other)
    assert plain("x = 1234567", other) == "x = 1234567"


def test_bounds_of_calls_and_loops_are_no_places() -> None:
    old = f"{HEAD}    v_b = 1\n{TAIL}"
    bound = "    if spent(m, 1):\n        return missing(m, 7)\n"
    assert noted(old, old.replace("    v_b = 1\n", f"{bound}    v_b = 1\n")) == ([], [])


def test_a_block_that_goes_deeper_is_the_same_and_a_line_that_leaves_it_is_not() -> None:
    old = f"{HEAD}    if v_a:\n        v_b = 1\n        v_b = 2\n    v_b = 3\n{TAIL}"
    assert noted(old, old.replace("        v_b = 2", "    v_b = 2")) == (["v_b = 2"], ["v_b = 2"])
    deeper = "".join(f"    {line}\n" for line in old.split("\n")[2:-2])
    new = f"{HEAD}    pc1 = 0\n    while True:\n{deeper}        break\n{TAIL}"
    before, after = noted(old, new)
    assert not {"v_b = 1", "v_b = 2", "v_b = 3"} & {*before, *after}


def test_a_note_leaves_python_as_it_was() -> None:
    old = f"{HEAD}    v_b = 1\n    while True:\n        if v_a:\n            break\n{TAIL}"
    new = old.replace("            break", "            v_b = 2\n            break")
    marks = mark(program(old), program(new), {WHERE})
    went: list[tuple[int, int]] = []

    def passed(number: int, value: int) -> int:
        went.append((number, value))
        return value

    scope: dict[str, Any] = {"reached": lambda number: None, "passed": passed}
    exec(marks.after[WHERE], scope)
    assert scope["c_f"](0, 0, 0, 1) == 2
    [(number, value)] = went  # the condition that both texts have, under one number
    assert (marks.common[number].text, value) == ("if v_a:", 1)
    assert f"passed({number}, v_a)" in marks.before[WHERE]


def test_lines_that_a_run_would_meet() -> None:
    old = "def f():\n    a()\n    if b:\n        c()\n    d()"
    assert met_lines(old, old) == set()
    assert met_lines(old, old.replace("c()", "e()")) == {4}
    assert met_lines(old, old.replace("    if b:\n        c()\n", "")) == {3, 4}
    assert met_lines(old, old.replace("    d()", "    x()\n    d()")) == {5}
    # another branch where nothing was: whoever comes to the condition, or goes on behind it
    assert met_lines(old, old.replace("    d()", "    else:\n        x()\n    d()")) >= {3, 5}


def test_a_text_noted_throughout_does_the_same_and_says_where_it_was() -> None:
    text = f"{HEAD}    v_b = 1\n    if v_a:\n        v_b = 2\n    else:\n        v_b = 3\n{TAIL}"
    texts, numbers = marked_throughout(program(text))
    # all but the head and else: lines 2 to 5, 7 to 9
    assert [line for (_, _, line) in numbers] == [2, 3, 4, 5, 7, 8, 9]
    for argument, came_by in ((1, {2, 3, 4, 5, 8}), (0, {2, 3, 4, 7, 8})):
        seen: set[int] = set()
        scope: dict[str, Any] = {"reached": seen.add}
        exec(texts[WHERE], scope)
        assert scope["c_f"](0, 0, 0, argument) == (2 if argument else 3)
        assert seen == {numbers[*WHERE, line] for line in came_by}


def test_a_variable_that_is_made_from_itself_has_to_get_another_value() -> None:
    """`pte = pte_wrprotect(pte)` that goes matters where the entry is writable."""
    old = f"{HEAD}    v_b = v_a\n    v_b = v_b & 6\n{TAIL}"
    new = f"{HEAD}    v_b = v_a\n{TAIL}"
    marks = mark(program(old), program(new), {WHERE})
    [number] = [n for n, place in enumerate(marks.places) if place.way == SETS]
    assert (marks.places[number].side, marks.places[number].text) == ("before", "v_b = v_b & 6")
    seen: set[int] = set()
    scope: dict[str, Any] = dict(noting(seen, Counter()))
    exec(marks.before[WHERE], scope)
    assert (scope["c_f"](0, 0, 0, 4), number in seen) == (4, False)
    assert (scope["c_f"](0, 0, 0, 5), number in seen) == (4, True)


def test_another_name_of_a_variable_is_no_change() -> None:
    old = f"{HEAD}    v_b = v_a + 1\n    if v_b > 2:\n        v_b = 0\n{TAIL}"
    assert not mark(program(old), program(old.replace("v_b", "v_other")), {WHERE}).places
    new = old.replace("v_b", "v_other").replace("> 2", "> 3")
    assert {place.text for place in mark(program(old), program(new), {WHERE}).places} == {
        "if v_b > 2:",
        "if v_b > 3:",
    }


def left_out(old: str, new: str) -> list[tuple[str, str]]:
    """Where a changed line has nothing that the model has, by side."""
    marks = mark(program(old), program(new), {WHERE})
    places = [place for place in marks.places if place.way == LEFT_OUT]
    numbers = {marks.places.index(place) for place in places}
    for text in (marks.before[WHERE], marks.after[WHERE]):  # nobody ever comes by
        assert not any(f"({n})" in text or f"({n}, " in text for n in numbers)
    return [(place.side, place.text) for place in places]


def test_a_condition_with_nothing_under_it_that_the_model_has_is_said() -> None:
    """`if (folio_test_ksm(folio)) mss->ksm += size`, and the model has no such count."""
    for nothing in ("pass", "ignored(word((0) + size(m, v_a)))"):
        old = f"{HEAD}    v_b = 1\n    if ksm(m, v_a):\n        {nothing}\n{TAIL}"
        new = old.replace("ksm(m", "anon(m")
        assert left_out(old, new) == [("before", "if ksm(m, v_a):"), ("after", "if anon(m, v_a):")]
        assert left_out(old, old.replace("v_b = 1", "v_b = 2")) == []
    other = (
        f"{HEAD}    v_b = 1\n    if ksm(m, v_a):\n        pass\n    else:\n        v_b = 2\n{TAIL}"
    )
    assert left_out(other, other.replace("ksm(m", "anon(m")) == []
    some = (
        f"{HEAD}    v_b = 1\n    if ksm(m, v_a):\n        ignored(f(m, 1))\n        v_b = 2\n{TAIL}"
    )
    assert left_out(some, some.replace("ksm(m", "anon(m")) == []


def test_a_store_to_what_the_model_has_not_is_said() -> None:
    old = f"{HEAD}    v_b = 1\n    ignored(word((0) + size(m, v_a)))\n{TAIL}"
    new = old.replace("size(m, v_a)", "2 * size(m, v_a)")
    told = [("before", old.split("\n")[3].strip()), ("after", new.split("\n")[3].strip())]
    assert left_out(old, new) == told
