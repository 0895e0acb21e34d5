# SPDX-License-Identifier: GPL-2.0-or-later
"""Values go out as JSON and come back the same; nothing else is made of a file."""

from collections import Counter
from typing import Any

import pytest

from linuxmm.errors import InputError
from linuxmm.explore.check import Checker, other_choices
from linuxmm.explore.flips import cell_flips
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.plainly import PLAIN
from linuxmm.explore.setups import SETUPS
from linuxmm.kernels import load, names
from linuxmm.spread.plain import Plain
from linuxmm.state.rules import Rules


@pytest.mark.parametrize(
    "value",
    [None, True, 1, -(1 << 70), 1.5, "a\n\u2028", (), (1, (2,)), [1, [2]], {"a": 1, (1, 2): [3]},
     frozenset({1, "b"}), {1, 2}, Counter({("x",): 3})],
)  # fmt: skip
def test_the_value_and_its_type_come_back(value: object) -> None:
    back = Plain().value(Plain().text(value))
    assert (back, type(back)) == (value, type(value))


def test_one_and_true_are_not_the_same() -> None:
    back = Plain().value(Plain().text((1, True, 0, False)))
    assert [type(each) for each in back] == [int, bool, int, bool]


def test_the_order_of_a_set_does_not_show() -> None:
    words = [f"word{i}" for i in range(50)]
    assert Plain().text(frozenset(words)) == Plain().text(frozenset(reversed(words)))


@pytest.mark.parametrize("name", names())
def test_a_kernel_is_a_name_and_what_differs(name: str) -> None:
    kernel = load(name)
    assert PLAIN.value(PLAIN.text(kernel)) == kernel
    assert len(PLAIN.text(kernel)) < 200
    rule = next(rule for rule in kernel.sites if list(other_choices(kernel, rule)))
    for flip in (*other_choices(kernel, rule), *cell_flips(kernel, rule)):
        assert PLAIN.value(PLAIN.text(flip)) == flip


def test_a_kernel_of_ones_own_comes_back() -> None:
    kernel = load("v6.1").replace(name="mine", source="what if", sites=load("split-v1").sites[:5])
    assert PLAIN.value(PLAIN.text(kernel)) == kernel


def test_a_pair_has_its_rules_again() -> None:
    pair = KernelPair.of(load("v6.1"), load("v6.12"))
    back: KernelPair = PLAIN.value(PLAIN.text(pair))
    assert (back.before, back.after) == (pair.before, pair.after)
    for name in Rules.__annotations__:
        assert list(getattr(back.before_rules, name)) == list(getattr(pair.before_rules, name))


def test_setups_are_the_ones_of_the_catalogue() -> None:
    assert all(PLAIN.value(PLAIN.text(setup)) is setup for setup in SETUPS)


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[1]", '{"c":"os:system","v":[]}', '{"c":"linuxmm.cache:prune","v":[]}',
     '{"c":"linuxmm.errors:os.path","v":[]}', '{"c":"linuxmm.explore.paths:Path","v":[1]}',
     '{"k":"linuxmm.kernels.record:Kernel","v":{"t":["v6.1"]}}', '{"z":[]}', '{"t":1}',
     '{"c":"linuxmm.nowhere:Path","v":[]}'],
)  # fmt: skip
def test_what_was_not_written_by_us_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is not what linuxmm wrote"):
        PLAIN.value(text)


def test_what_has_no_plain_form_is_not_written() -> None:
    values: list[Any] = [object(), b"x", Checker]
    for value in values:
        with pytest.raises(TypeError, match="has no plain form"):
            PLAIN.text((value,))
