"""What user space reads under /proc and /sys: operations 500..599, and the files of KSM."""

from typing import Final

from linuxmm.play.bindings import Bindings
from linuxmm.play.lower.op import Op, chunks, owner, target_of, who
from linuxmm.scenario.tree import PAGE_SIZE, Step
from linuxmm.steps import ksm as ksm_op
from linuxmm.steps import proc as op

REPORT_PAGES: Final = 400  # pages of one picture or pagemap: fits m.out

_OF_MAPPING: Final[dict[str, int]] = {"smaps": op.OP_SMAPS, "numa_maps": op.OP_NUMA_MAPS}
_OF_PROCESS: Final[dict[str, int]] = {
    "smaps_rollup": op.OP_SMAPS_ROLLUP,
    "status": op.OP_STATUS,
}
_OF_PAGES: Final[dict[str, int]] = {
    "pages": op.OP_PAGES,
    "pagemap": op.OP_PAGEMAP,
    "kpageflags": op.OP_KPAGEFLAGS_AT,
    "kpagecount": op.OP_KPAGECOUNT_AT,
}


def of_mapping(step: Step, b: Bindings) -> list[Op]:
    """One number per field, of the mapping in which the first page lies."""
    return [Op(_OF_MAPPING[step.verb], *who(step, b), owner(step, b), b.address(target_of(step)))]


def of_process(step: Step, b: Bindings) -> list[Op]:
    return [Op(_OF_PROCESS[step.verb], *who(step, b), owner(step, b))]


def of_pages(step: Step, b: Bindings) -> list[Op]:
    """A word per page, read in pieces."""
    pages = target_of(step)
    base, task = b.address(pages), owner(step, b)
    return [
        Op(_OF_PAGES[step.verb], *who(step, b), task, base + at * PAGE_SIZE, nr)
        for at, nr in chunks(0, pages.nr_pages, REPORT_PAGES)
    ]


def clear_refs(step: Step, b: Bindings) -> list[Op]:
    return [Op(op.OP_CLEAR_REFS, *who(step, b), owner(step, b), step.number)]


def meminfo(step: Step, b: Bindings) -> list[Op]:
    return [Op(op.OP_MEMINFO, *who(step, b))]


def vmstat(step: Step, b: Bindings) -> list[Op]:
    return [Op(op.OP_VMSTAT, *who(step, b))]


def ksm(step: Step, b: Bindings) -> list[Op]:
    return [Op(ksm_op.OP_KSM_READ, *who(step, b))]
