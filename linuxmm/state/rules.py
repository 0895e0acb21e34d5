# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel as integer columns: what a core function gets as `k`.

`kernels/compile.py` fills them: two kernels side by side, the one that runs in the first half of
the site and lookup columns, its rival in the second.  Where they differ (`site_differs`) the core
also asks the rival and marks the step as diverged when the answers part; everything else costs
nothing.  Reads of single cells that differ are noted from outside (`explore/watch.py`).
"""

from typing import Final

from linuxmm.state.layout import Column
from linuxmm.state.vocabulary import LOOKUPS

NR_LOOKUPS: Final = len(LOOKUPS)
MAX_CHOICES: Final = 4
# Columns whose single cells a search watches, by site or not (`explore/watch.py`).
WATCHED_BY_SITE: Final = ("site_flags", "site_refused", "site_get", "site_end")
WATCHED: Final = (*WATCHED_BY_SITE, "behaviour", "swap_type", "foll_known")

# k.swap_type[...]: the type number of each special non-present entry; -1: does not exist
SWT_MAX_SWAPFILES: Final = 0
SWT_HWPOISON: Final = 1
SWT_MIGRATION_READ: Final = 2
SWT_MIGRATION_READ_EXCLUSIVE: Final = 3
SWT_MIGRATION_WRITE: Final = 4
SWT_DEVICE_WRITE: Final = 5
SWT_DEVICE_READ: Final = 6
SWT_EXCLUSIVE_WRITE: Final = 7
SWT_EXCLUSIVE_READ: Final = 8
SWT_PTE_MARKER: Final = 9
SWT_SWAPIN_ERROR: Final = 10
NR_SWT: Final = 11


class Rules:
    """One kernel (and perhaps a rival) as columns."""

    # by site; the rival's half starts at NR_SITES
    choice_mask: Column  # [site * MAX_CHOICES + i]: any of these FOLL_ flags; 0 = otherwise
    choice_lookup: Column
    site_flags: Column
    site_refused: Column
    site_test_first: Column
    site_test_nr: Column
    site_get: Column  # 1: takes a reference of the page that passed its tests
    site_end: Column  # 1: and gives folio_walk_start's lock back
    site_differs: Column  # only [0:NR_SITES]
    # test rows
    test_refuse: Column
    test_gives: Column
    test_put: Column
    test_end: Column
    test_unless: Column
    # lookup bodies and predicates; the rival's half starts at NR_LOOKUPS
    body_first: Column
    body_nr: Column
    body_of: Column  # lookup that is made first, 0 none
    predicate_first: Column
    predicate_nr: Column
    row_need: Column
    row_forbid: Column
    row_result: Column
    # the rest
    behaviour: Column
    swap_type: Column
    foll_known: Column  # [0]: every FOLL_ flag that exists
