# SPDX-License-Identifier: GPL-2.0-or-later
"""Advice, locking, protection, placement, merging: operations 200..499 of processes and daemons."""

from collections.abc import Iterable, Mapping
from typing import Final

from linuxmm.mm.mempolicy.policy import MAX_NODES
from linuxmm.mm.migrate.move_pages import NODE_BITS, NODES_GIVEN, NUMA_NO_NODE
from linuxmm.play.bindings import Bindings
from linuxmm.play.lower.op import Op, not_modelled, owner, target_of, who
from linuxmm.play.machine_of import KSM_SET
from linuxmm.scenario.tree import Step
from linuxmm.steps import ksm, migrate
from linuxmm.uapi import (
    GET_POLICY,
    MBIND,
    MCL_CURRENT,
    MCL_FUTURE,
    MCL_ONFAULT,
    MOVE,
    PAGE_SIZE,
    POLICIES,
    POLICY_FLAGS,
)

MCL: Final[dict[str, int]] = {
    "MCL_CURRENT": MCL_CURRENT, "MCL_FUTURE": MCL_FUTURE, "MCL_ONFAULT": MCL_ONFAULT,
}  # fmt: skip
USER_END: Final = 1 << 47


# --- placement --------------------------------------------------------------------------
def move_pages(step: Step, b: Bindings) -> list[Op]:
    """One node for all pages, one for each (packed into an integer), or none: a question."""
    pages = target_of(step)
    flags = MOVE["MPOL_MF_MOVE_ALL" if "MPOL_MF_MOVE_ALL" in step.words else "MPOL_MF_MOVE"]
    node, packed = NUMA_NO_NODE, 0
    if step.nodes:
        node = step.nodes[0] if len(set(step.nodes)) == 1 else NODES_GIVEN
    if node == NODES_GIVEN:
        packed = sum(nid << i * NODE_BITS for i, nid in enumerate(step.nodes))
        if packed >> 63:
            raise not_modelled(step, "to more than ten nodes at once")
    asks = (owner(step, b), b.address(pages), pages.nr_pages, node, flags, packed)
    return [Op(migrate.OP_MOVE_PAGES, *who(step, b), *asks)]


def mbind(step: Step, b: Bindings) -> list[Op]:
    """The policy as two numbers, its mode and its nodes; the flags of the call."""
    pages = target_of(step)
    where = b.address(pages), pages.nr_pages
    return [Op(migrate.OP_MBIND, *who(step, b), *where, *policy_of(step), chosen(step, MBIND))]


def set_mempolicy(step: Step, b: Bindings) -> list[Op]:
    """The same for what the task asks for next."""
    return [Op(migrate.OP_SET_MEMPOLICY, *who(step, b), *policy_of(step))]


def get_mempolicy(step: Step, b: Bindings) -> list[Op]:
    """Of an address, or of none."""
    addr = b.address(step.target) if step.target else 0
    return [Op(migrate.OP_GET_MEMPOLICY, *who(step, b), addr, chosen(step, GET_POLICY))]


def migrate_pages(step: Step, b: Bindings) -> list[Op]:
    """All of a process from some nodes to others."""
    return [Op(migrate.OP_MIGRATE_PAGES, *who(step, b), owner(step, b), *from_to(step))]


def from_to(step: Step) -> tuple[int, int]:
    """The nodes that pages leave, and those that they go to."""
    return nodemask(step, step.nodes), nodemask(step, step.to_nodes)


def policy_of(step: Step) -> tuple[int, int]:
    """Mode and nodes of a policy."""
    return chosen(step, POLICIES) | chosen(step, POLICY_FLAGS), nodemask(step, step.nodes)


def chosen(step: Step, numbers: Mapping[str, int]) -> int:
    """Those words of the step that are among these, as one number."""
    return sum(numbers.get(word, 0) for word in step.words)


def nodemask(step: Step, nodes: Iterable[int]) -> int:
    """Nodes as bits of a word."""
    if any(nid >= MAX_NODES for nid in nodes):
        raise not_modelled(step, f"of node{MAX_NODES} and beyond")
    return sum(1 << nid for nid in set(nodes))


def numa_scan(step: Step, b: Bindings) -> list[Op]:
    """A pass over a range, or over the whole process; it does nothing while balancing is off."""
    if step.target is None:
        return [Op(migrate.OP_NUMA_SCAN, a=owner(step, b), b=0, c=0)]
    at = b.address(step.target)
    end = at + step.target.nr_pages * PAGE_SIZE
    return [Op(migrate.OP_NUMA_SCAN, a=owner(step, b), b=at, c=end)]


# --- KSM ------------------------------------------------------------------------------------------
def ksm_set(step: Step, b: Bindings) -> list[Op]:
    made = []
    for key, value in step.settings:
        if key not in KSM_SET:
            raise not_modelled(step, key)
        made.append(Op(ksm.OP_KSM_SET, *who(step, b), KSM_SET[key], value))
    return made
