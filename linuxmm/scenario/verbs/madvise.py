# SPDX-License-Identifier: GPL-2.0-or-later
"""Advice: mm/madvise.c."""

from linuxmm.scenario.verbs.record import Gen, Verb
from linuxmm.scenario.words import MADVICE

_SYSTEMS = (
    ("MADV_DONTNEED", "zap"),
    ("MADV_COLD", "lru"),
    ("MADV_PAGEOUT", "lru"),
    ("MADV_FREE", "lru"),
    ("MADV_MERGEABLE", "ksm"),
    ("MADV_UNMERGEABLE", "ksm"),
)

VERBS = (
    Verb(
        "madvise",
        "P0: madvise a MADV_COLD",
        "Advice for the pages.",
        "return",
        first="mapping",
        groups=(MADVICE,),
        for_children=(("MADV_DONTFORK", False), ("MADV_DOFORK", True)),
        systems=_SYSTEMS,
        op=("madvise", "addr", "nr", "words"),
        gen=Gen(3, "madvise", 16),
        agent=("range", "by", "call", "place", "words"),
    ),
    Verb(
        "process_madvise",
        "P0: process_madvise P1.a MADV_PAGEOUT",
        "Advice for another process's pages. Gives the bytes advised.",
        "return",
        first="mapping",
        groups=(MADVICE,),
        remote=True,
        systems=_SYSTEMS,
        op=("process_madvise", "of", "addr", "nr", "words"),
        gen=Gen(15, "process_madvise", 2),
        agent=("process_madvise", "by", "whose", "place", "words"),
    ),
)
