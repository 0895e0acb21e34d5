# SPDX-License-Identifier: GPL-2.0-or-later
"""The mark that stays when a protected page of a file goes.

Source: include/linux/mm_inline.h:pte_install_uffd_wp_if_needed.
"""

from linuxmm.arch.x86.pgtable import PAGE_UFFD_WP, pte_none, pte_present
from linuxmm.core import core
from linuxmm.mm.memory.nonpresent import (
    PTE_MARKER_UFFD_WP,
    make_pte_marker,
    pte_marker_uffd_wp,
    pte_swp_uffd_wp,
)
from linuxmm.mm.vma import vma_is_anonymous
from linuxmm.state.constants import VM_UFFD_WP
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


@core
def pte_install_uffd_wp_if_needed(m: State, k: Rules, vma: int, slot: int, pte: int) -> int:
    """An entry is empty now: a marker takes its place if what was there was protected."""
    if vma_is_anonymous(m, vma) or m.vma_flags[vma] & VM_UFFD_WP == 0:
        return 0
    if pte_present(pte):
        protected = pte & PAGE_UFFD_WP
    else:  # pte_swp_uffd_wp_any
        protected = pte_none(pte) == 0 and (pte_swp_uffd_wp(pte) or pte_marker_uffd_wp(k, pte))
    if protected:
        m.pte[slot] = make_pte_marker(k, PTE_MARKER_UFFD_WP)
    return 0
