# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers of the system call interface, for those who make the calls of a scenario."""

from typing import Final

from linuxmm.scenario.tree import Step
from linuxmm.scenario.words import KSM_COUNTERS

UNTOUCHED: Final = 77  # a status that move_pages has not written
KSM_KEYS: Final = (
    "run", *KSM_COUNTERS, "merge_across_nodes", "max_page_sharing", "use_zero_pages",
)  # fmt: skip


def uses_ksm(step: Step) -> bool:
    """Does the step give memory to ksmd, or look at it?"""
    mergeable = "MADV_MERGEABLE" in step.words
    return mergeable or step.record.needs == "ksm"
