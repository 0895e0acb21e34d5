# SPDX-License-Identifier: GPL-2.0-or-later
"""Where pages lie: mm/mempolicy.c, mm/migrate.c, the scan of NUMA balancing."""

from linuxmm.scenario.verbs.record import Gen, Verb
from linuxmm.scenario.words import GET_POLICY_FLAGS, MBIND_FLAGS, MOVE_FLAGS, POLICY

_POLICY = "memory policy is not modelled"

SYSTEM_CALLS = (
    Verb(
        "mbind",
        "P0: mbind a MPOL_BIND node1 MPOL_MF_MOVE",
        "Memory policy of the pages, for some nodes.",
        "return",
        first="mapping",
        groups=(POLICY, MBIND_FLAGS),
        nodes="some",
        why_not=_POLICY,
    ),
    Verb(
        "set_mempolicy",
        "P0: set_mempolicy MPOL_PREFERRED node1",
        "Memory policy of the process.",
        "return",
        groups=(POLICY,),
        nodes="some",
        why_not=_POLICY,
    ),
    Verb(
        "get_mempolicy",
        "P0: get_mempolicy a[0] MPOL_F_NODE MPOL_F_ADDR",
        "The policy, or the node of a page.",
        "return",
        first="mapping?",
        groups=(GET_POLICY_FLAGS,),
        why_not=_POLICY,
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
        op=("migrate_pages",),
        why_not=_POLICY,
        guest="it would move the worker's own memory too",
        host="not done on the host",
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
