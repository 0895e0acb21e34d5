# SPDX-License-Identifier: GPL-2.0-or-later
"""What other threads of the kernel do, made a step, and the machine as a whole."""

from linuxmm.scenario.verbs.record import Gen, Verb
from linuxmm.scenario.words import Group

THREADS = (
    Verb(
        "scan",
        "khugepaged: scan",
        "khugepaged goes once (`scan 2`: so many times) over all processes that asked for huge "
        "pages, with MADV_HUGEPAGE or by a fault, and their children.",
        "ok",
        "khugepaged",
        number="optional",
        work="passes",
        op=("khugepaged", "count"),
        gen=Gen(60, "khugepaged_scan", 0),
        agent=("khugepaged_pass", "passes"),
        host="it looks at the memory of everybody",
    ),
    Verb(
        "reclaim",
        "kswapd: reclaim node0 32",
        "kswapd reclaims so many pages of the node.",
        "return",
        "kswapd",
        nodes="one",
        number="required",
        op=("kswapd", "node", "number"),
        why_not="kswapd is not modelled",
        guest="kswapd cannot be told how many pages to reclaim",
    ),
)

MACHINE = (
    Verb(
        "drain",
        "drain",
        "Empties the per-CPU batches, of every CPU or of one (`drain cpu1`).",
        "ok",
        "machine",
        number="cpu",
        lower="drain",
        gen=Gen(52, "drain", 1),
        agent=("drain",),
        drains=True,
    ),
    Verb(
        "fail",
        "fail alloc",
        "The next allocation of a page fails (`fail alloc 3`: the next three).",
        "ok",
        "machine",
        groups=(Group("what fails", ("alloc",), required=True),),
        number="optional",
        work="times",
        op=("fail_alloc", "count"),
        gen=Gen(53, "fail", 1, steps=2),
        guest="no fault injection",
        host="no fault injection",
    ),
)
