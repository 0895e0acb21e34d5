# SPDX-License-Identifier: GPL-2.0-or-later
"""Locked memory: mm/mlock.c."""

from linuxmm.scenario.verbs.record import Gen, Verb
from linuxmm.scenario.words import MCL_FLAGS, MLOCK2_FLAGS

VERBS = (
    Verb(
        "mlock",
        "P0: mlock a",
        "Locks the pages in memory and faults them in.",
        "return",
        first="mapping",
        system="mlock",
        op=("mlock", "addr", "nr"),
        gen=Gen(5, "own_range", 4),
        agent=("range", "by", "call", "place", "0"),
        needs="memlock",
    ),
    Verb(
        "mlock2",
        "P0: mlock2 a MLOCK_ONFAULT",
        "Locks them; with the flag without faulting them in.",
        "return",
        first="mapping",
        groups=(MLOCK2_FLAGS,),
        system="mlock",
        op=("mlock2", "addr", "nr", "words"),
        gen=Gen(7, "mlock2", 3),
        agent=("range", "by", "call", "place", "words"),
        needs="memlock",
    ),
    Verb(
        "munlock",
        "P0: munlock a",
        "Unlocks the pages.",
        "return",
        first="mapping",
        system="mlock",
        op=("munlock", "addr", "nr"),
        gen=Gen(6, "own_range", 4),
        agent=("range", "by", "call", "place", "0"),
    ),
    Verb(
        "mlockall",
        "P0: mlockall MCL_CURRENT",
        "Locks all mappings of the process, present or future.",
        "return",
        groups=(MCL_FLAGS,),
        system="mlock",
        op=("mlockall", "words"),
        gen=Gen(8, "mlockall", 1),
        guest="it would lock the worker's own memory too",
        host="it would lock the worker's own memory too",
    ),
    Verb(
        "munlockall",
        "P0: munlockall",
        "Unlocks all mappings.",
        "return",
        system="mlock",
        op=("munlockall",),
        gen=Gen(9, "alone", 1),
        agent=("call", "by", "call"),
    ),
)
