# SPDX-License-Identifier: GPL-2.0-or-later
"""The trees of KSM keep the shape that lib/rbtree.c gives them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from linuxmm.mm.ksm.rbtree import (
    LEFT,
    PARENT,
    RED,
    RIGHT,
    STABLE,
    UNSTABLE,
    rb_erase,
    rb_get,
    rb_insert,
    rb_replace_node,
    rb_root,
)
from linuxmm.state.block import Block
from linuxmm.state.layout import SHAPES, State

TREES = st.sampled_from((UNSTABLE, STABLE))


def empty() -> State:
    return Block({letter: 70 if letter in "KQ" else 2 for letter in SHAPES}).m


def insert(m: State, tree: int, node: int) -> None:
    """Rows are their own keys."""
    parent, side, here = 0, LEFT, rb_root(m, tree, 0)
    while here:
        parent, side = here, LEFT if node < here else RIGHT
        here = rb_get(m, tree, here, side)
    rb_insert(m, tree, 0, node, parent, side)


def shape(m: State, tree: int, node: int) -> str:
    """`3r(1b 5b)`: a node, its colour, its children."""
    if node == 0:
        return "-"
    colour = "r" if rb_get(m, tree, node, RED) else "b"
    left, right = (shape(m, tree, rb_get(m, tree, node, side)) for side in (LEFT, RIGHT))
    return f"{node}{colour}" if left == right == "-" else f"{node}{colour}({left} {right})"


def check(m: State, tree: int, node: int, parent: int) -> tuple[list[int], int]:
    """The rows in order and the number of black nodes on every path."""
    if node == 0:
        return [], 1
    assert rb_get(m, tree, node, PARENT) == parent
    if rb_get(m, tree, node, RED):
        assert parent and not rb_get(m, tree, parent, RED)
    left, black_left = check(m, tree, rb_get(m, tree, node, LEFT), node)
    right, black_right = check(m, tree, rb_get(m, tree, node, RIGHT), node)
    assert black_left == black_right
    return [*left, node, *right], black_left + (not rb_get(m, tree, node, RED))


@given(TREES, st.lists(st.integers(1, 69), unique=True), st.data())
@settings(max_examples=150, deadline=None)
def test_red_black_after_any_inserts_and_erases(
    tree: int, rows: list[int], data: st.DataObject
) -> None:
    m = empty()
    for row in rows:
        insert(m, tree, row)
    gone = data.draw(st.lists(st.sampled_from(rows), unique=True)) if rows else []
    for row in gone:
        rb_erase(m, tree, 0, row)
        in_order, _ = check(m, tree, rb_root(m, tree, 0), 0)
        assert in_order == sorted(in_order)
    in_order, _ = check(m, tree, rb_root(m, tree, 0), 0)
    assert in_order == sorted(set(rows) - set(gone))
    column = m.stable_rb if tree == STABLE else m.item_rb
    for row in (0, *gone):
        assert [column[row * 4 + word] for word in range(4)] == [0] * 4


def test_three_ascending_rows_rotate_once() -> None:
    """By hand: 1, 2, 3 ends as 2 above 1 and 3."""
    m = empty()
    for row in (1, 2, 3):
        insert(m, UNSTABLE, row)
    assert shape(m, UNSTABLE, rb_root(m, UNSTABLE, 0)) == "2b(1r 3r)"


def test_an_inner_grandchild_rotates_twice() -> None:
    m = empty()
    for row in (1, 3, 2):
        insert(m, UNSTABLE, row)
    assert shape(m, UNSTABLE, rb_root(m, UNSTABLE, 0)) == "2b(1r 3r)"


def test_a_red_uncle_only_changes_colours() -> None:
    m = empty()
    for row in (2, 1, 3, 4):
        insert(m, UNSTABLE, row)
    assert shape(m, UNSTABLE, rb_root(m, UNSTABLE, 0)) == "2b(1b 3b(- 4r))"


def test_the_next_in_order_replaces_an_erased_root() -> None:
    m = empty()
    for row in (2, 1, 3, 4):
        insert(m, UNSTABLE, row)
    rb_erase(m, UNSTABLE, 0, 2)
    assert shape(m, UNSTABLE, rb_root(m, UNSTABLE, 0)) == "3b(1b 4b)"


def test_replace_keeps_place_and_colour() -> None:
    m = empty()
    for row in (20, 10, 30, 40):
        insert(m, STABLE, row)
    rb_replace_node(m, STABLE, 0, 20, 25)
    assert shape(m, STABLE, rb_root(m, STABLE, 0)) == "25b(10b 30b(- 40r))"


def test_trees_of_two_nodes_do_not_meet() -> None:
    m = empty()
    rb_insert(m, STABLE, 0, 1, 0, LEFT)
    rb_insert(m, STABLE, 1, 2, 0, LEFT)
    assert (rb_root(m, STABLE, 0), rb_root(m, STABLE, 1), rb_root(m, UNSTABLE, 0)) == (1, 2, 0)
