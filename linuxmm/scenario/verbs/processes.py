# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes and their accesses: kernel/fork.c, kernel/exit.c, mm/memory.c."""

from linuxmm.scenario.verbs.record import Gen, Verb

VERBS = (
    Verb(
        "fork",
        "P0: P2 = fork",
        "The child knows the names that its parent has now.",
        "ok",
        makes="process",
        system="fork",
        op=("fork",),
        gen=Gen(11, "fork", 7),
        plan="fork",
    ),
    Verb(
        "exit",
        "P1: exit",
        "The process ends (`P0.t1: exit`: only the thread).",
        "ok",
        ends="task",
        system="zap",
        lower="exit",
        gen=Gen(12, "exit", 3, unsettles=True),
        agent=("exit", "by"),
    ),
    Verb(
        "read",
        "P0: read a",
        "Loads from each page, in order, and stops at the first signal; through a name of "
        "held pages: what their holder sees, or `-EINVAL` where one of them is not held (its "
        "get or pin failed, or got fewer).",
        "values",
        first="mapping|handle",
        system="fault",
        lower="read",
        gen=Gen(2, "access", 13),
        plan="read",
        tells=11,
    ),
    Verb(
        "write",
        "P0: write a 0x5a",
        "Fills each page with a 64-bit value, one for all or one each (`1*4 2*4`), in "
        "order, and stops at the first signal; through a name of held pages: as a device "
        "with these pages does, or `-EINVAL` and nothing is written where one is not held.",
        "access",
        first="mapping|handle",
        values=True,
        system="fault",
        lower="write",
        gen=Gen(1, "access", 16),
        plan="write",
    ),
)
