# SPDX-License-Identifier: GPL-2.0-or-later
"""mm/mempolicy.c.  Expected values: facts/mempolicy.md, the source that is named, or by hand."""

import pytest

from linuxmm.errors import NotModelled
from linuxmm.kernels import Kernel
from linuxmm.mm.mempolicy.policy import (
    first_node,
    memory_nodes,
    mpol_relative_nodemask,
    nodes_weight,
    nth_node,
)
from linuxmm.mm.page import clear_page_flag
from linuxmm.state.constants import LIST_NONE, OPS_FSDAX, OPS_SHMEM, PG_LRU, SET_CAPABLE
from linuxmm.state.flags import FOLL_GET
from linuxmm.state.layout import NR_ISOLATED_ANON, PGMIGRATE_SUCCESS, SIZE_V
from linuxmm.steps.migrate import OP_MBIND
from linuxmm.uapi import (
    MPOL_BIND,
    MPOL_DEFAULT,
    MPOL_F_RELATIVE_NODES,
    MPOL_F_STATIC_NODES,
    MPOL_INTERLEAVE,
    MPOL_LOCAL,
    MPOL_MAX,
    MPOL_MF_LAZY,
    MPOL_MF_MOVE,
    MPOL_MF_MOVE_ALL,
    MPOL_MF_STRICT,
    MPOL_PREFERRED,
    MPOL_PREFERRED_MANY,
    PROT_READ,
)
from tests.mm.box import Box, check_counts
from tests.some_kernels import EVERY_KERNEL, KERNELS, without_test

EACH_KERNEL = pytest.mark.parametrize("kernel", (*KERNELS, "v6.12", "v6.18", "v7.1"))
EIO, EFAULT, EINVAL, EPERM = -5, -14, -22, -1
NODE0, NODE1, BOTH = 1, 2, 3
SITE = "mm/mempolicy.c:queue_pages_pte_range"


def mbind(box: Box, mode: int, nodes: int, flags: int = 0, first: int = 0, nr: int = 0) -> int:
    return box.call(OP_MBIND, box.task, box.at(first), nr or box.n - first, mode, nodes, flags)


def filled(kernel: str | Kernel, npages: int = 3, *, checked: bool = True) -> Box:
    """Pages of node 0 that can be isolated."""
    box = Box(kernel, npages, checked=checked)
    box.write(tag=0x5A)
    box.drain()
    return box


# --- sets of nodes ---
def test_sets_of_nodes() -> None:
    nodes = 1 << 0 | 1 << 3 | 1 << 61
    assert nodes_weight(nodes) == 3
    assert [nth_node(nodes, n) for n in range(4)] == [0, 3, 61, -1]
    assert first_node(0b1000) == 3
    assert memory_nodes(Box("v6.1", 1).m) == BOTH


def test_relative_nodes_go_round() -> None:
    """include/linux/nodemask.h: nodes_fold and nodes_onto: bit n is the n-th allowed node."""
    assert mpol_relative_nodemask(0b100, 0b11) == 0b01
    assert mpol_relative_nodemask(0b1100, 0b11) == 0b11
    assert mpol_relative_nodemask(0b10, 0b101000) == 0b100000


# --- what is refused ---
@pytest.mark.parametrize(
    ("mode", "nodes", "flags", "gives"),
    [
        (MPOL_MAX, NODE1, 0, EINVAL),
        (MPOL_BIND | MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES, NODE1, 0, EINVAL),
        (MPOL_BIND, 0, 0, EINVAL),
        (MPOL_BIND, 1 << 5, 0, EINVAL),
        (MPOL_INTERLEAVE, 0, 0, EINVAL),
        (MPOL_PREFERRED | MPOL_F_STATIC_NODES, 0, 0, EINVAL),
        (MPOL_LOCAL, NODE1, 0, EINVAL),
        (MPOL_LOCAL | MPOL_F_RELATIVE_NODES, 0, 0, EINVAL),
        (MPOL_DEFAULT, NODE1, 0, EINVAL),
        (MPOL_DEFAULT | MPOL_F_STATIC_NODES, 0, 0, 0),
        (MPOL_BIND, NODE1, MPOL_MF_LAZY, EINVAL),
        (MPOL_PREFERRED, 0, 0, 0),
    ],
)
def test_what_is_refused(mode: int, nodes: int, flags: int, gives: int) -> None:
    assert mbind(Box("v6.1", 2), mode, nodes, flags) == gives


def test_move_all_is_a_privilege() -> None:
    box = filled("v6.1")
    box.m.setting[SET_CAPABLE] = 0
    assert mbind(box, MPOL_BIND, NODE1, MPOL_MF_MOVE_ALL) == EPERM
    assert mbind(box, MPOL_BIND, NODE1, MPOL_MF_MOVE) == 0
    assert box.where() == ["n1"] * 3


# --- STRICT alone ---
@EACH_KERNEL
def test_strict_alone_fails_before_anything(kernel: str) -> None:
    box = filled(kernel)
    assert mbind(box, MPOL_BIND, NODE1, MPOL_MF_STRICT) == EIO
    assert mbind(box, MPOL_BIND, NODE0, MPOL_MF_STRICT) == 0
    assert box.where() == ["n0"] * 3
    assert box.m.vmstat[NR_ISOLATED_ANON] == 0


@EACH_KERNEL
def test_a_hole_is_a_fault_but_for_the_default(kernel: str) -> None:
    box = filled(kernel, 4)
    assert box.munmap(box.at(1), 1) == 0
    assert mbind(box, MPOL_BIND, NODE0) == EFAULT
    assert mbind(box, MPOL_BIND, NODE0, first=1, nr=1) == EFAULT
    assert mbind(box, MPOL_BIND, NODE0, first=1, nr=3) == EFAULT
    assert mbind(box, MPOL_DEFAULT, 0, MPOL_MF_STRICT) == 0


@EACH_KERNEL
def test_an_end_before_the_start_is_refused(kernel: str) -> None:
    """mm/mempolicy.c:do_mbind: end < start."""
    box = filled(kernel)
    assert mbind(box, MPOL_BIND, NODE1, nr=-1) == EINVAL


# --- MOVE ---
@EVERY_KERNEL
def test_moves_where_the_policy_says(kernel: str) -> None:
    box = filled(kernel, 4)
    assert mbind(box, MPOL_INTERLEAVE, BOTH, MPOL_MF_MOVE) == 0
    assert box.where() == ["n0"] * 4  # each is on one of the nodes
    assert mbind(box, MPOL_BIND, NODE1, MPOL_MF_MOVE, first=1) == 0
    assert box.where() == ["n0"] + ["n1"] * 3
    assert box.read() == [0x5A] * 4
    assert box.m.vmstat[PGMIGRATE_SUCCESS] == 3
    assert box.m.vmstat[NR_ISOLATED_ANON] == 0
    check_counts(box)


@EACH_KERNEL
def test_a_shared_page_needs_move_all(kernel: str) -> None:
    box = filled(kernel)
    box.fork()
    both = MPOL_MF_MOVE | MPOL_MF_STRICT
    assert mbind(box, MPOL_BIND, NODE1, both) == 0
    assert box.where() == ["n0"] * 3
    assert mbind(box, MPOL_BIND, NODE1, MPOL_MF_MOVE_ALL) == 0
    assert box.where() == ["n1"] * 3


@EACH_KERNEL
def test_batches_are_emptied_first(kernel: str) -> None:
    """lru_cache_disable: pages that were just made are on the LRU."""
    box = Box(kernel, 4)
    box.write(tag=1)
    assert mbind(box, MPOL_BIND, NODE1, MPOL_MF_STRICT | MPOL_MF_MOVE) == 0
    assert box.where() == ["n1"] * 4


ENDS = {"v5.17-coherent": ["n1", "n0", "n0"], "split-v1": ["n1", "n0", "n0"]}


@EACH_KERNEL
def test_an_unmovable_page_ends_the_walk_or_not(kernel: str) -> None:
    """A page off the LRU: all of its table is looked at; the area behind it once was not."""
    box = filled(kernel, 3)
    assert box.mprotect(box.at(2), 1, PROT_READ) == 0  # an area of its own
    page = box.page(box.at(1))
    clear_page_flag(box.m, page, PG_LRU)
    box.m.page_list[page] = LIST_NONE
    assert mbind(box, MPOL_BIND, NODE1, MPOL_MF_STRICT | MPOL_MF_MOVE) == EIO
    assert box.where() == ENDS.get(kernel, ["n1", "n0", "n1"])


@EACH_KERNEL
def test_a_held_page_stays(kernel: str) -> None:
    box = filled(kernel)
    box.gup(box.at(1), FOLL_GET)
    assert mbind(box, MPOL_BIND, NODE1, MPOL_MF_STRICT | MPOL_MF_MOVE) == EIO
    assert box.where() == ["n1", "n0", "n1"]
    assert mbind(box, MPOL_PREFERRED, NODE1, MPOL_MF_MOVE) == 0


COPIES = {
    "v5.17-coherent": "n0",
    "split-v1": "n0",
    "v6.1": "n1",
    "v6.12": "n0",
    "v6.18": "n0",
    "v7.1": "n0",
}


@pytest.mark.parametrize("kernel", COPIES)
def test_copies_in_what_cannot_be_migrated(kernel: str) -> None:
    """6.1 says -EIO of them and moves them; scenarios/mempolicy/copies-in-a-dax-mapping.mm."""
    box = Box(kernel, 2)
    box.a = box.file(OPS_FSDAX, 2, flags=0)
    box.write(tag=1)
    box.drain()
    assert mbind(box, MPOL_BIND, NODE1, MPOL_MF_MOVE) == 0
    assert box.where() == ["n0"] * 2
    assert mbind(box, MPOL_BIND, NODE1, MPOL_MF_MOVE | MPOL_MF_STRICT) == EIO
    assert box.where() == [COPIES[kernel]] * 2


@EACH_KERNEL
def test_device_pages_are_reserved(kernel: str) -> None:
    box = filled(kernel, 2)
    box.to_device(box.a, 1)
    assert mbind(box, MPOL_BIND, NODE1, MPOL_MF_MOVE | MPOL_MF_STRICT) == 0
    assert box.where() == ["coh", "n1"]


def test_without_that_test_they_are_unmovable() -> None:
    box = filled(without_test("v5.17-coherent", SITE, "reserved"), 2, checked=False)
    box.to_device(box.a, 1)
    assert mbind(box, MPOL_BIND, NODE1, MPOL_MF_MOVE | MPOL_MF_STRICT) == EIO


# --- areas ---
def areas(box: Box) -> int:
    return sum(1 for vma in range(1, box.m.used[SIZE_V]) if box.m.vma_mm[vma])


@EACH_KERNEL
def test_areas_split_and_merge(kernel: str) -> None:
    box = filled(kernel, 4)
    mbind(box, MPOL_BIND, NODE1, first=1, nr=2)
    assert areas(box) == 3
    mbind(box, MPOL_BIND, NODE1)
    assert areas(box) == 1
    mbind(box, MPOL_BIND | MPOL_F_STATIC_NODES, NODE1, first=2)
    assert areas(box) == 2
    mbind(box, MPOL_DEFAULT, 0)
    assert areas(box) == 1


def test_shared_policies_are_not_modelled() -> None:
    box = Box("v6.1", 2)
    box.a = box.file(OPS_SHMEM, 2)
    assert mbind(box, MPOL_DEFAULT, 0) == 0
    with pytest.raises(NotModelled, match="policies of shmem"):
        mbind(box, MPOL_BIND, NODE1)


# --- where pages come from ---
@pytest.mark.parametrize(
    ("mode", "nodes", "where"),
    [
        (MPOL_BIND, NODE1, ["n1"] * 4),
        (MPOL_BIND, BOTH, ["n0"] * 4),
        (MPOL_PREFERRED, BOTH, ["n0"] * 4),
        (MPOL_PREFERRED, NODE1, ["n1"] * 4),
        (MPOL_PREFERRED_MANY, NODE1, ["n1"] * 4),
        (MPOL_INTERLEAVE, BOTH, ["n0", "n1"] * 2),
        (MPOL_LOCAL, 0, ["n0"] * 4),
    ],
)
def test_faults(mode: int, nodes: int, where: list[str]) -> None:
    box = Box("v6.1", 4)  # its first page has an even place (interleaving goes by vm_pgoff)
    assert mbind(box, mode, nodes) == 0
    box.write(tag=1)
    assert box.where() == where
