# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever processes do between ksmd's turns, its books agree with the page tables."""

from hypothesis import given, settings
from hypothesis import strategies as st

from linuxmm.errors import NotModelled
from linuxmm.mm.ksm.rbtree import LEFT, PARENT, RIGHT, STABLE, UNSTABLE, rb_get, rb_root
from linuxmm.state.constants import SET_KSM_MERGE_ACROSS_NODES, SET_KSM_RUN, SET_KSM_USE_ZERO_PAGES
from linuxmm.state.layout import SIZE_K, SIZE_M, SIZE_Q, State
from linuxmm.steps.ksm import OP_KSMD
from linuxmm.steps.memory import OP_MUNMAP, OP_WRITE
from linuxmm.uapi import MADV_UNMERGEABLE
from tests.mm.box import Box, check_counts, merge_area, mergeable
from tests.some_kernels import KERNELS

NR_PAGES = 6
PAGE = st.integers(0, NR_PAGES - 1)
ACTION = st.one_of(
    st.tuples(st.just("write"), st.integers(0, 1), PAGE, st.integers(0, 2)),
    st.tuples(st.just("scan"), st.integers(0, 4)),
    st.tuples(st.just("pass"), st.integers(1, 2)),
    st.tuples(st.just("device"), PAGE),
    st.tuples(st.just("munmap"), st.integers(0, 1), PAGE),
    st.tuples(st.just("unmerge"), PAGE, st.integers(1, 3)),
    st.tuples(st.just("fork")),
    st.tuples(st.just("exit")),
    st.tuples(st.just("map")),
    st.tuples(st.just("run"), st.integers(0, 2)),
    st.tuples(st.just("across"), st.integers(0, 1)),
    st.tuples(st.just("zero"), st.integers(0, 1)),
)


class Walk:
    """One machine, a parent and perhaps a child, driven by random actions."""

    def __init__(self, kernel: str) -> None:
        self.box = mergeable(kernel, *[i % 2 for i in range(NR_PAGES)])
        self.child = 0

    def act(self, name: str, *args: int) -> None:
        box, start = self.box, self.box.a
        tasks = (box.task, self.child or box.task)
        if name == "write":
            box.call(OP_WRITE, tasks[args[0]], start + args[1] * 4096, 1, args[2])
        elif name == "scan":
            box.call(OP_KSMD, 0, args[0])
        elif name == "pass":
            box.call(OP_KSMD, 0, 0, args[0])
        elif name == "device":
            box.to_device(box.at(args[0]))
        elif name == "munmap":
            box.call(OP_MUNMAP, tasks[args[0]], start + args[1] * 4096, 1)
        elif name == "unmerge":
            box.madvise(start + args[0] * 4096, min(args[1], NR_PAGES - args[0]), MADV_UNMERGEABLE)
        elif name == "fork" and not self.child:
            self.child = box.fork()
        elif name == "exit" and self.child:
            box.exit(self.child)
            self.child = 0
        elif name == "map":
            merge_area(box, 1, 2)
        elif name == "run":
            box.ksm_set(SET_KSM_RUN, args[0])
        elif name == "across":
            box.ksm_set(SET_KSM_MERGE_ACROSS_NODES, args[0])
        elif name == "zero":
            box.ksm_set(SET_KSM_USE_ZERO_PAGES, args[0])


def nodes_of(m: State, tree: int, node: int, parent: int) -> list[int]:
    if node == 0:
        return []
    assert rb_get(m, tree, node, PARENT) == parent
    left, right = (nodes_of(m, tree, rb_get(m, tree, node, s), node) for s in (LEFT, RIGHT))
    return [*left, node, *right]


def books_agree(box: Box) -> None:
    m = box.m
    items = [i for i in range(1, m.used[SIZE_K]) if m.item_mm[i]]
    listed = []
    for mm in range(1, m.used[SIZE_M]):
        mine, item = [], m.mm_ksm_items[mm]
        while item:
            mine.append(item)
            item = m.item_next[item]
        addresses = [m.item_addr[i] for i in mine]
        assert addresses == sorted(set(addresses))
        assert all(m.item_mm[i] == mm for i in mine)
        listed += mine
    assert sorted(listed) == items
    on_nodes: dict[int, int] = {}
    for i in items:
        if m.item_tree[i] == 2:
            on_nodes[m.item_node[i]] = on_nodes.get(m.item_node[i], 0) + 1
    unstable = [i for i in items if m.item_tree[i] == 1]
    shared, sharing = len(on_nodes), sum(on_nodes.values()) - len(on_nodes)
    volatile = len(items) - shared - sharing - len(unstable)
    assert box.shares() == (shared, sharing, len(unstable), volatile)
    in_tree = [n for nid in range(2) for n in nodes_of(m, UNSTABLE, rb_root(m, UNSTABLE, nid), 0)]
    assert sorted(in_tree) == [i for i in unstable if m.item_seqnr[i]]
    in_tree = [n for nid in range(2) for n in nodes_of(m, STABLE, rb_root(m, STABLE, nid), 0)]
    nodes = [n for n in range(1, m.used[SIZE_Q]) if m.stable_page[n]]
    assert sorted(in_tree) == [n for n in nodes if not m.stable_misplaced[n]]
    assert all(m.stable_items[n] == on_nodes.get(n, 0) for n in nodes)


@given(st.sampled_from(KERNELS), st.lists(ACTION, max_size=14))
@settings(max_examples=120, deadline=None, derandomize=True)
def test_books_agree_with_page_tables(kernel: str, actions: list[tuple[str, int]]) -> None:
    walk = Walk(kernel)
    for action in actions:
        try:
            walk.act(*action)
        except NotModelled:  # a chain of stable nodes, a KSM page on its way to a device
            continue
        assert walk.box.events() == []
        books_agree(walk.box)
    walk.box.drain()
    check_counts(walk.box)
