"""Advice, locking, protection, placement, merging: operations 200..499 of processes and daemons."""

from typing import Final

from linuxmm.mm.migrate.move_pages import NODE_BITS, NODES_GIVEN, NUMA_NO_NODE
from linuxmm.play.bindings import Bindings
from linuxmm.play.lower.op import Op, not_modelled, owner, target_of, who
from linuxmm.play.machine_of import KSM_SET
from linuxmm.scenario.tree import PAGE_SIZE, Step
from linuxmm.steps import ksm, migrate

# include/uapi/asm-generic/mman-common.h, mman.h, include/uapi/linux/mempolicy.h
ADVICE: Final[dict[str, int]] = {
    "MADV_NORMAL": 0,
    "MADV_RANDOM": 1,
    "MADV_SEQUENTIAL": 2,
    "MADV_WILLNEED": 3,
    "MADV_DONTNEED": 4,
    "MADV_FREE": 8,
    "MADV_REMOVE": 9,
    "MADV_DONTFORK": 10,
    "MADV_DOFORK": 11,
    "MADV_MERGEABLE": 12,
    "MADV_UNMERGEABLE": 13,
    "MADV_HUGEPAGE": 14,
    "MADV_NOHUGEPAGE": 15,
    "MADV_DONTDUMP": 16,
    "MADV_DODUMP": 17,
    "MADV_WIPEONFORK": 18,
    "MADV_KEEPONFORK": 19,
    "MADV_COLD": 20,
    "MADV_PAGEOUT": 21,
    "MADV_POPULATE_READ": 22,
    "MADV_POPULATE_WRITE": 23,
    "MADV_DONTNEED_LOCKED": 24,
    "MADV_COLLAPSE": 25,
    "MADV_HWPOISON": 100,
    "MADV_SOFT_OFFLINE": 101,
}
MLOCK_ONFAULT: Final = 1
MCL: Final[dict[str, int]] = {"MCL_CURRENT": 1, "MCL_FUTURE": 2, "MCL_ONFAULT": 4}
MOVE: Final[dict[str, int]] = {"MPOL_MF_MOVE": 2, "MPOL_MF_MOVE_ALL": 4}
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
