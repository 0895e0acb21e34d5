# SPDX-License-Identifier: GPL-2.0-or-later
"""The red-black trees of KSM.  Source: lib/rbtree.c.

The shape of a tree decides which nodes a search visits, and a visited node is looked up again:
that can be seen from outside, so the shape is the kernel's own, rotation by rotation.

A node is a row; a tree is UNSTABLE (rows are rmap items) or STABLE (rows are stable nodes), with
one root for each nid.  The four words of a node are its children, its parent and its colour.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.state.layout import MAX_KSM_NODES, State

UNSTABLE: Final = 0
STABLE: Final = 1
LEFT: Final = 0
RIGHT: Final = 1
PARENT: Final = 2
RED: Final = 3


@core
def rb_get(m: State, tree: int, node: int, word: int) -> int:
    """One word of a node; the null row is black and has no relatives."""
    return m.stable_rb[node * 4 + word] if tree == STABLE else m.item_rb[node * 4 + word]


@core
def rb_set(m: State, tree: int, node: int, word: int, value: int) -> int:
    """Change one word of a node; the null row stays zero."""
    if node == 0:
        return 0
    if tree == STABLE:
        m.stable_rb[node * 4 + word] = value
    else:
        m.item_rb[node * 4 + word] = value
    return 0


@core
def rb_root(m: State, tree: int, nid: int) -> int:
    """The root of a tree; 0: empty."""
    return m.ksm_root[tree * MAX_KSM_NODES + nid]


@core
def rb_clear_node(m: State, tree: int, node: int) -> int:
    """A node that is in no tree."""
    for word in range(4):
        rb_set(m, tree, node, word, 0)
    return 0


@core
def _change_child(m: State, tree: int, nid: int, parent: int, old: int, new: int) -> int:
    """Where `parent` (0: the root pointer) held `old` it now holds `new`."""
    if parent == 0:
        m.ksm_root[tree * MAX_KSM_NODES + nid] = new
    elif rb_get(m, tree, parent, LEFT) == old:
        rb_set(m, tree, parent, LEFT, new)
    else:
        rb_set(m, tree, parent, RIGHT, new)
    return rb_set(m, tree, new, PARENT, parent)


@core
def _rotate(m: State, tree: int, nid: int, node: int, side: int) -> int:
    """`node` goes down to `side`, its child from the other side takes its place."""
    up = rb_get(m, tree, node, 1 - side)
    inner = rb_get(m, tree, up, side)
    _change_child(m, tree, nid, rb_get(m, tree, node, PARENT), node, up)
    rb_set(m, tree, node, 1 - side, inner)
    rb_set(m, tree, inner, PARENT, node)
    rb_set(m, tree, up, side, node)
    return rb_set(m, tree, node, PARENT, up)


@core
def rb_insert(m: State, tree: int, nid: int, node: int, parent: int, side: int) -> int:
    """Link a node where a search ended (rb_link_node, rb_insert_color)."""
    rb_clear_node(m, tree, node)
    rb_set(m, tree, node, PARENT, parent)
    rb_set(m, tree, node, RED, 1)
    if parent:
        rb_set(m, tree, parent, side, node)
    else:
        m.ksm_root[tree * MAX_KSM_NODES + nid] = node
    while parent and rb_get(m, tree, parent, RED):
        gparent = rb_get(m, tree, parent, PARENT)
        side = LEFT if rb_get(m, tree, gparent, LEFT) == parent else RIGHT
        uncle = rb_get(m, tree, gparent, 1 - side)
        rb_set(m, tree, gparent, RED, 1)
        if rb_get(m, tree, uncle, RED):
            rb_set(m, tree, uncle, RED, 0)
            rb_set(m, tree, parent, RED, 0)
            node = gparent
            parent = rb_get(m, tree, node, PARENT)
            continue
        if rb_get(m, tree, parent, 1 - side) == node:
            _rotate(m, tree, nid, parent, side)
            parent = node
        rb_set(m, tree, parent, RED, 0)
        return _rotate(m, tree, nid, gparent, 1 - side)
    if parent == 0:
        rb_set(m, tree, node, RED, 0)
    return 0


@core
def rb_replace_node(m: State, tree: int, nid: int, old: int, new: int) -> int:
    """`new` takes the place and the colour of `old`, which leaves the tree."""
    for word in range(4):
        rb_set(m, tree, new, word, rb_get(m, tree, old, word))
    rb_set(m, tree, rb_get(m, tree, old, LEFT), PARENT, new)
    rb_set(m, tree, rb_get(m, tree, old, RIGHT), PARENT, new)
    _change_child(m, tree, nid, rb_get(m, tree, old, PARENT), old, new)
    return rb_clear_node(m, tree, old)


@core
def rb_erase(m: State, tree: int, nid: int, node: int) -> int:
    """Take a node out; of two children the next in order takes its place."""
    left = rb_get(m, tree, node, LEFT)
    right = rb_get(m, tree, node, RIGHT)
    if left and right:
        successor = right
        while rb_get(m, tree, successor, LEFT):
            successor = rb_get(m, tree, successor, LEFT)
        child = rb_get(m, tree, successor, RIGHT)
        parent = rb_get(m, tree, successor, PARENT)
        was_red = rb_get(m, tree, successor, RED)
        _change_child(m, tree, nid, parent, successor, child)
        rb_replace_node(m, tree, nid, node, successor)
        if parent == node:
            parent = successor
    else:
        child = left if left else right
        parent = rb_get(m, tree, node, PARENT)
        was_red = rb_get(m, tree, node, RED)
        _change_child(m, tree, nid, parent, node, child)
        rb_clear_node(m, tree, node)
    if was_red:
        return 0
    if rb_get(m, tree, child, RED):
        return rb_set(m, tree, child, RED, 0)
    return _erase_color(m, tree, nid, parent, child)


@core
def _erase_color(m: State, tree: int, nid: int, parent: int, node: int) -> int:
    """The paths through `node` (may be 0) below `parent` lack one black node."""
    while parent:
        side = LEFT if rb_get(m, tree, parent, LEFT) == node else RIGHT
        sibling = rb_get(m, tree, parent, 1 - side)
        if rb_get(m, tree, sibling, RED):
            rb_set(m, tree, sibling, RED, 0)
            rb_set(m, tree, parent, RED, 1)
            _rotate(m, tree, nid, parent, side)
            sibling = rb_get(m, tree, parent, 1 - side)
        near = rb_get(m, tree, sibling, side)
        far = rb_get(m, tree, sibling, 1 - side)
        if rb_get(m, tree, near, RED) == 0 and rb_get(m, tree, far, RED) == 0:
            rb_set(m, tree, sibling, RED, 1)
            if rb_get(m, tree, parent, RED):
                return rb_set(m, tree, parent, RED, 0)
            node = parent
            parent = rb_get(m, tree, node, PARENT)
            continue
        if rb_get(m, tree, far, RED) == 0:
            rb_set(m, tree, near, RED, 0)
            rb_set(m, tree, sibling, RED, 1)
            _rotate(m, tree, nid, sibling, 1 - side)
            far = sibling
            sibling = near
        rb_set(m, tree, sibling, RED, rb_get(m, tree, parent, RED))
        rb_set(m, tree, parent, RED, 0)
        rb_set(m, tree, far, RED, 0)
        return _rotate(m, tree, nid, parent, side)
    return 0
