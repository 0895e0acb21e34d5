"""Which pages are in core: mm/mincore.c."""

from linuxmm.scenario.verbs.record import Verb

VERBS = (
    Verb(
        "mincore",
        "P0: mincore a",
        "Which pages are in core: 1 or 0.",
        "counts",
        first="mapping",
        why_not="mincore is not modelled",
    ),
)
