# SPDX-License-Identifier: GPL-2.0-or-later
"""Which pages are in core: mm/mincore.c."""

from linuxmm.scenario.verbs.record import Gen, Verb

VERBS = (
    Verb(
        "mincore",
        "P0: mincore a",
        "Which pages are in core: 1 or 0.",
        "counts",
        first="mapping",
        op=("mincore", "addr", "nr"),
        lower="in_pieces",
        # later than the seeds that somebody wrote down: they keep their scenarios
        gen=Gen(57, "own_range", 0),
        agent=("mincore", "by", "place"),
    ),
)
