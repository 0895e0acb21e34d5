# SPDX-License-Identifier: GPL-2.0-or-later
"""What has to be seen of a changed condition: counted by hand on conditions of a few parts."""

import pytest

from linuxmm.source.decisions import condition, noted, wanted
from linuxmm.source.notes import noting


def asked(new: str, *old: str) -> list[tuple[str, str]]:
    """The parts of `new` of which more is wanted than that the whole went both ways."""
    found = wanted(condition(new), [condition(each) for each in old])
    return [(each.part.text, each.other.text if each.other else "") for each in found]


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("(f(m, v_a) and g(m, v_b))", "(f(m, v_c) and g(m, v_d))"),  # other names
        ("(not (f(m, v_a) and g(m, v_a)))", "((not f(m, v_a)) or (not g(m, v_a)))"),
        ("f(m, v_a)", "(not f(m, v_a))"),
        ("(f(m, v_a) or (v_b & 0))", "f(m, v_a)"),  # a flag that this configuration has not
        ("(f(m, v_a) >= 1 and v_b)", "(f(m, v_a) > 0 and v_b)"),  # whole numbers
        ("(f(m, v_a) <= m.setting[3] or v_b)", "(not (f(m, v_a) > m.setting[3] and not v_b))"),
        ("((1 if f(m, (v_a if v_a > 0 else null(m, 123456789012))) else 0) and v_b)",
         "(f(m, (v_c if v_c > 0 else null(m, 210987654321))) and v_b)"),
    ],
)  # fmt: skip
def test_the_same_decision_asks_for_nothing_more(new: str, old: str) -> None:
    assert asked(new, old) == []


def test_the_same_parts_otherwise_are_to_go_both_ways_each() -> None:
    assert asked("(f(m, v_a) or g(m, v_a))", "(f(m, v_a) and g(m, v_a))") == [
        ("f(m, v_a)", ""), ("g(m, v_a)", "")]  # fmt: skip


def test_variables_are_not_taken_for_each_other() -> None:
    assert asked("(v_a or v_b)", "(v_a and v_b)") == [("v_a", ""), ("v_b", "")]
    assert [text for text, _ in asked("(f(v_a) or f(v_b))", "(f(v_a) and f(v_b))")] == [
        "f(v_a)", "f(v_b)"]  # fmt: skip
    assert asked("v_a", "v_b") == []  # the whole of it has to go both ways


def test_a_part_that_is_new_is_to_go_both_ways() -> None:
    assert asked("(f(m, v_a) and h(m, v_a))", "f(m, v_a)") == [("h(m, v_a)", "")]
    assert asked("h(m, v_a)", "f(m, v_a)") == []  # the whole condition does


@pytest.mark.parametrize(
    ("new", "old", "apart", "alike"),
    [
        ("f(v_a) > 2", "f(v_a) > 1", 2, 3),
        ("f(v_a) < 5", "f(v_a) <= 5", 5, 4),
        ("(f(v_a) & 6)", "(f(v_a) & 2)", 4, 2),
        ("f(v_a) != 7", "f(v_a) != 8", 7, 9),
    ],
)
def test_what_is_compared_with_something_else_has_to_be_told_apart(
    new: str, old: str, apart: int, alike: int
) -> None:
    one = condition(new)
    [want] = wanted(one, [condition(old)])
    text = noted(one, [(want, 3)])
    for value, told in ((alike, set()), (apart, {3})):
        seen: set[int] = set()
        scope = {**noting(seen, {}), "f": lambda v: v, "v_a": value}  # type: ignore[arg-type]
        assert bool(eval(text, scope)) == bool(eval(new, scope))
        assert seen == told


def test_two_notes_of_one_condition() -> None:
    one = condition("(v_a and (f(v_b) > 2 or v_c))")
    found = wanted(one, [condition("(v_a and f(v_b) > 1)")])
    assert [(w.part.text, bool(w.other)) for w in found] == [
        ("f(v_b) > 2", False), ("v_c", False), ("f(v_b) > 2", True)]  # fmt: skip
    text = noted(one, [(found[0], 0), (found[2], 2)])
    seen: set[int] = set()
    scope = {**noting(seen, {}), "f": lambda v: v}  # type: ignore[arg-type]
    assert eval(text, {**scope, "v_a": 1, "v_b": 2, "v_c": 5}) == 5
    assert seen == {1, 2}  # not more than 2, and here the old condition held


def test_what_cannot_be_read_is_one_part() -> None:
    assert condition("f(").parts == ()
    assert noted(condition("f("), []) == "f("
