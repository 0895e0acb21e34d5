# SPDX-License-Identifier: GPL-2.0-or-later
"""KSM: mm/ksm.c; its files under /sys, and ksmd made a step."""

from linuxmm.scenario.verbs.record import Gen, Verb
from linuxmm.scenario.words import KSM_COUNTERS, KSM_SETTINGS

_UNKNOWN = ("pages_to_scan", "sleep_millisecs", "stable_node_chains_prune_millisecs")

FILES = (
    Verb(
        "ksm",
        "P0: ksm pages_shared pages_sharing",
        "/sys/kernel/mm/ksm: its counters (without keys the pages_ ones).",
        "fields",
        keys=(*KSM_COUNTERS, *KSM_SETTINGS),
        op=("ksm_read",),
        unknown_keys=_UNKNOWN,
        reads="ksm",
        gen=Gen(39, "of_machine", 1),
        plan="ksm",
        unowned=True,
        needs="ksm",
        tells=4,
    ),
    Verb(
        "ksm_set",
        "P0: ksm_set run=2",
        "Writes a file of /sys/kernel/mm/ksm.",
        "return",
        settings=KSM_SETTINGS,
        lower="ksm_set",
        unknown_keys=_UNKNOWN,
        gen=Gen(40, "ksm_set", 1),
        plan="ksm_set",
        unowned=True,
        needs="ksm",
    ),
)

KSMD = (
    Verb(
        "scan",
        "ksmd: scan 100",
        "ksmd looks at so many pages.",
        "ok",
        "ksmd",
        number="required",
        work="pages",
        system="ksm",
        op=("ksmd", "number"),
        gen=Gen(
            *(42, "ksmd_scan", 1),
            steps=2,
            why_not_guest="ksmd cannot be stopped after some pages",
        ),
        plan="ksmd_scan",
        host="ksmd cannot be stopped after some pages",
        needs="ksm",
    ),
    Verb(
        "full_scan",
        "ksmd: full_scan 2",
        "ksmd goes over everything so many times (1).",
        "ok",
        "ksmd",
        number="optional",
        work="passes",
        system="ksm",
        op=("ksmd", "0", "count"),
        gen=Gen(41, "ksmd_full_scan", 4, steps=2),
        plan="ksmd_full_scan",
        needs="ksm",
    ),
)
