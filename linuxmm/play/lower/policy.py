# SPDX-License-Identifier: GPL-2.0-or-later
"""Advice, locking, protection, placement, merging: operations 200..499 of processes and daemons."""

from typing import Final

from linuxmm.mm.migrate.move_pages import NODE_BITS, NODES_GIVEN, NUMA_NO_NODE
from linuxmm.play.bindings import Bindings
from linuxmm.play.lower.op import Op, not_modelled, owner, target_of, who
from linuxmm.play.machine_of import KSM_SET
from linuxmm.scenario.tree import Step
from linuxmm.steps import ksm, migrate
from linuxmm.uapi import MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT, MOVE, PAGE_SIZE

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
