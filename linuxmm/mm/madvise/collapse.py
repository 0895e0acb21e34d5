# SPDX-License-Identifier: GPL-2.0-or-later
"""MADV_COLLAPSE as far as its answer is certain without huge pages.

Source: mm/khugepaged.c:madvise_collapse.
"""

from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_SIZE
from linuxmm.mm.huge_memory.vma import hugepage_vma_check
from linuxmm.mm.page import not_modelled
from linuxmm.mm.swap import lru_add_drain_all
from linuxmm.state.constants import EINVAL, WHY_THP
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


@core
def madvise_collapse(m: State, k: Rules, vma: int, start: int, end: int) -> int:
    """-EINVAL for a VMA or a range that holds no aligned 2 MiB; collapsing is not modelled."""
    if hugepage_vma_check(m, vma) == 0:
        return -EINVAL
    lru_add_drain_all(m, k)
    low = (start + HPAGE_PMD_SIZE - 1) & ~(HPAGE_PMD_SIZE - 1)
    high = end & ~(HPAGE_PMD_SIZE - 1)
    if low < high:
        return not_modelled(m, WHY_THP)
    return 0 if low == high else -EINVAL  # no unit and none missing, or a failure of no unit
