# SPDX-License-Identifier: GPL-2.0-or-later
"""Exclusive access of a device to pages in system memory.

Source: mm/rmap.c:make_device_exclusive_range, lib/test_hmm.c:dmirror_exclusive.  A page keeps
its reference and rss, loses its mapcount, and its entry becomes a device-exclusive one until
the CPU touches the address.  Not modelled: which of two devices holds the page.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import PAGE_DIRTY, pte_present, pte_write
from linuxmm.core import core
from linuxmm.lib.test_hmm import BATCH
from linuxmm.mm.gup.pages import get_user_pages
from linuxmm.mm.memory.nonpresent import (
    is_device_exclusive_pte,
    make_device_exclusive_entry,
    swp_bits_of_present,
)
from linuxmm.mm.page import not_modelled, page_anon, page_flag, page_to_pfn, put_page
from linuxmm.mm.page_vma_mapped import next_mapping
from linuxmm.mm.pagewalk import mm_find_pte
from linuxmm.mm.pgtable import pte_offset_map, walk_to_pmd
from linuxmm.mm.rmap import page_remove_rmap
from linuxmm.mm.sites import behaviour
from linuxmm.mm.swap import set_page_dirty
from linuxmm.state.behaviours import B_DEVICE_EXCLUSIVE
from linuxmm.state.constants import (
    EBUSY,
    EINVAL,
    EPERM,
    NO_PAGE,
    PG_HEAD,
    PG_LOCKED,
    PG_TAIL,
    WHY_DEVICE,
    WHY_THP,
)
from linuxmm.state.flags import FOLL_GET, FOLL_SPLIT_PMD, FOLL_WRITE
from linuxmm.state.layout import NR_OUT, SIZE_V, State
from linuxmm.state.rules import Rules

EXCLUSIVE_FOLL: Final = FOLL_GET | FOLL_WRITE | FOLL_SPLIT_PMD


@core
def page_make_device_exclusive(m: State, k: Rules, page: int, mm: int, addr: int) -> int:
    """Every mapping of a locked anonymous page: 1 when none is left and `addr` was writable."""
    if page_anon(m, page) == 0:
        return 0
    pfn = page_to_pfn(m, page)
    valid = 0
    for vma in range(1, m.used[SIZE_V]):
        at = next_mapping(m, k, page, vma, -1)
        while at >= 0:
            slot = pte_offset_map(m, walk_to_pmd(m, vma, at), at)
            pte = m.pte[slot]
            if pte_present(pte) == 0:
                return 0
            if pte & PAGE_DIRTY:
                set_page_dirty(m, page)
            if m.vma_mm[vma] == mm and at == addr and pte_write(pte):
                valid = 1
            entry = make_device_exclusive_entry(k, pfn, pte_write(pte))
            m.pte[slot] = entry | swp_bits_of_present(pte)
            page_remove_rmap(m, k, page, vma)
            at = next_mapping(m, k, page, vma, at)
    return 1 if valid and m.page_mapcount[page] == 0 else 0


@core
def make_device_exclusive_range(m: State, k: Rules, mm: int, start: int, nr: int) -> int:
    """Fault the pages in for writing and take them from the CPU: how many it got.

    Source: mm/rmap.c.  Leaves are split on the way; the tails of a huge page are never taken.
    """
    found = get_user_pages(m, k, mm, start, nr, EXCLUSIVE_FOLL)
    made = 0
    for i in range(max(found, 0)):
        page = m.out[i]
        m.out[i] = NO_PAGE
        if page == NO_PAGE:
            continue
        if m.page_flags[page] & PG_HEAD:  # exclusive as a whole
            return not_modelled(m, WHY_THP)
        if page_flag(m, page, PG_LOCKED | PG_TAIL) == 0:
            made += page_make_device_exclusive(m, k, page, mm, start + i * 4096)
        put_page(m, k, page)
    return made


@core
def hmm_exclusive(m: State, k: Rules, mm: int, start: int, npages: int) -> int:
    """HMM_DMIRROR_EXCLUSIVE: m.out = [cpages, faults], 0; -EBUSY when one page was not had."""
    if npages <= 0 or start & 4095:
        return -EINVAL
    if behaviour(m, k, B_DEVICE_EXCLUSIVE):
        return not_modelled(m, WHY_DEVICE)
    done = 0
    while done < npages:
        nr = min(BATCH, npages - done)
        if make_device_exclusive_range(m, k, mm, start + done * 4096, nr) < nr:
            return -EBUSY
        done += nr
    m.out[0] = npages
    m.out[1] = 0
    m.scratch[NR_OUT] = 2
    return 0


@core
def hmm_check_exclusive(m: State, k: Rules, mm: int, start: int, npages: int) -> int:
    """HMM_DMIRROR_CHECK_EXCLUSIVE: -EPERM while the device has one of the pages to itself."""
    for i in range(npages):
        if is_device_exclusive_pte(k, mm_find_pte(m, mm, start + i * 4096)):
            return -EPERM
    return 0
