# SPDX-License-Identifier: GPL-2.0-or-later
"""Where pages lie: mm/mempolicy.c, mm/migrate.c, the scan of NUMA balancing."""

from linuxmm.scenario.verbs.record import Gen, Verb
from linuxmm.scenario.words import (
    GET_POLICY_FLAGS,
    MBIND_FLAGS,
    MODE_FLAGS,
    MOVE_FLAGS,
    POLICY,
    POLICY_KEYS,
)

_HOST = "its nodes are not those of the scenario"

SYSTEM_CALLS = (
    Verb(
        "mbind",
        "P0: mbind a MPOL_BIND node1 MPOL_MF_MOVE",
        "Memory policy of the pages, for some nodes.",
        "return",
        first="mapping",
        groups=(POLICY, MODE_FLAGS, MBIND_FLAGS),
        nodes="some",
        lower="mbind",
        gen=Gen(65, "mbind", 0),
        agent=("mbind", "by", "place", "policy", "flags"),
        host=_HOST,
    ),
    Verb(
        "set_mempolicy",
        "P0: set_mempolicy MPOL_PREFERRED node1",
        "Memory policy of the task, for pages to come.",
        "return",
        groups=(POLICY, MODE_FLAGS),
        nodes="some",
        lower="set_mempolicy",
        gen=Gen(62, "set_mempolicy", 0),
        agent=("set_mempolicy", "by", "policy"),
        host=_HOST,
    ),
    Verb(
        "get_mempolicy",
        "P0: get_mempolicy a[0] MPOL_F_NODE MPOL_F_ADDR",
        "The policy of the task, with MPOL_F_ADDR that of the area (MPOL_DEFAULT where it has none "
        "of its own); with MPOL_F_NODE too the node of the page, which is faulted in.",
        "fields",
        first="mapping?",
        groups=(GET_POLICY_FLAGS,),
        keys=POLICY_KEYS,
        lower="get_mempolicy",
        reads="get_mempolicy",
        gen=Gen(63, "get_mempolicy", 0),
        plan="get_mempolicy",
        host=_HOST,
    ),
    Verb(
        "move_pages",
        "P0: move_pages a node1",
        "Without nodes: asks where the pages are. With one node for all or one per page "
        "(`node0*4 node1*4`): moves them. MPOL_MF_MOVE unless MPOL_MF_MOVE_ALL is given.",
        "status",
        first="mapping",
        groups=(MOVE_FLAGS,),
        remote=True,
        nodes="one_or_each",
        system="move_pages",
        lower="move_pages",
        gen=Gen(10, "move_pages", 9),
        agent=("move_pages", "by", "whose", "place", "words", "nodes"),
        needs="agent",
        last_look=5,
    ),
    Verb(
        "migrate_pages",
        "P0: migrate_pages P1 from node0 to node1",
        "Moves all pages of a process (its own without one).",
        "return",
        process=True,
        nodes="from_to",
        lower="migrate_pages",
        gen=Gen(64, "migrate_pages", 0),
        agent=("migrate_pages", "by", "whose", "from_to"),
        host=_HOST,
    ),
)

BALANCING = (
    Verb(
        "scan",
        "numa: scan P0",
        "One scan of NUMA balancing over the process, or over a range (`numa: scan P0.a`).",
        "ok",
        "numa",
        "mapping|process",
        remote=True,
        system="numa",
        lower="numa_scan",
        gen=Gen(43, "numa_scan", 4, steps=2),
        plan="numa",
        host="NUMA balancing needs two nodes, and scans whom it likes",
    ),
)
