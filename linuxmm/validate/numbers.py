"""Numbers of the system call interface, for those who make the calls of a scenario."""

from typing import Final

from linuxmm.scenario.tree import Step
from linuxmm.scenario.words import KSM_COUNTERS

MAP_SHARED, MAP_PRIVATE, MAP_ANONYMOUS = 1, 2, 0x20
UNTOUCHED: Final = 77  # a status that move_pages has not written
ADVICE: Final[dict[str, int]] = {
    "MADV_NORMAL": 0, "MADV_RANDOM": 1, "MADV_SEQUENTIAL": 2, "MADV_WILLNEED": 3,
    "MADV_DONTNEED": 4, "MADV_FREE": 8, "MADV_REMOVE": 9, "MADV_DONTFORK": 10, "MADV_DOFORK": 11,
    "MADV_MERGEABLE": 12, "MADV_UNMERGEABLE": 13, "MADV_HUGEPAGE": 14, "MADV_NOHUGEPAGE": 15,
    "MADV_DONTDUMP": 16, "MADV_DODUMP": 17, "MADV_WIPEONFORK": 18, "MADV_KEEPONFORK": 19,
    "MADV_COLD": 20, "MADV_PAGEOUT": 21, "MADV_POPULATE_READ": 22, "MADV_POPULATE_WRITE": 23,
    "MADV_DONTNEED_LOCKED": 24, "MADV_COLLAPSE": 25,
}  # fmt: skip
MOVE: Final[dict[str, int]] = {"MPOL_MF_MOVE": 2, "MPOL_MF_MOVE_ALL": 4}
KSM_KEYS: Final = (
    "run", *KSM_COUNTERS, "merge_across_nodes", "max_page_sharing", "use_zero_pages",
)  # fmt: skip


def uses_ksm(step: Step) -> bool:
    """Does the step give memory to ksmd, or look at it?"""
    mergeable = "MADV_MERGEABLE" in step.words
    return mergeable or step.actor == "ksmd" or step.verb in ("ksm", "ksm_set")
