# SPDX-License-Identifier: GPL-2.0-or-later
"""Fast GUP: the lockless walk by PTE bits, then slow GUP for the rest.  Source: mm/gup.c."""

from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_DEVMAP,
    PAGE_PRESENT,
    PAGE_RW,
    PAGE_SPECIAL,
    pte_pfn,
    pte_write,
)
from linuxmm.core import core
from linuxmm.mm.compound import page_compound
from linuxmm.mm.gate import is_user_range
from linuxmm.mm.gup.grab import (
    gup_must_unshare,
    gup_put_folio,
    gup_put_page,
    try_grab_folio,
    try_grab_page,
)
from linuxmm.mm.gup.held import keep_pages, wrong_reference
from linuxmm.mm.gup.pages import get_user_pages
from linuxmm.mm.held import held_row
from linuxmm.mm.page import (
    event,
    not_modelled,
    page_anon,
    page_mapping_row,
    pfn_to_page,
    set_page_flag,
)
from linuxmm.mm.pgtable import (
    pmd_addr_end,
    pmd_trans_huge,
    pmd_val,
    pte_of,
    pte_offset_map,
    walk_to_pmd,
)
from linuxmm.mm.sites import (
    behaviour,
    predicate,
    visit,
)
from linuxmm.mm.stack import pop, push
from linuxmm.mm.vma import find_vma
from linuxmm.state.behaviours import B_FAST_LONGTERM_TOUCHES, B_LONGTERM_WRITE_REFUSES_FILES
from linuxmm.state.constants import (
    EFAULT,
    EINVAL,
    EVENT_WARN,
    MMF_HAS_PINNED,
    NO_VMA,
    OPS_SHMEM,
    PG_REFERENCED,
    WHY_TOO_MANY,
)
from linuxmm.state.flags import (
    FOLL_FAST_ONLY,
    FOLL_FORCE,
    FOLL_GET,
    FOLL_LONGTERM,
    FOLL_NOFAULT,
    FOLL_PIN,
    FOLL_TOUCH,
    FOLL_UNLOCKABLE,
    FOLL_WRITE,
)
from linuxmm.state.layout import (
    MAX_OUT,
    State,
)
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_GUP_PTE_RANGE
from linuxmm.state.vocabulary import PREDICATE_LONGTERM_PINNABLE
from linuxmm.uapi import PAGE_SIZE

LONGTERM_WRITE: Final = FOLL_PIN | FOLL_LONGTERM | FOLL_WRITE
FAST_FLAGS: Final = (
    FOLL_WRITE | FOLL_LONGTERM | FOLL_FORCE | FOLL_PIN | FOLL_GET | FOLL_FAST_ONLY | FOLL_NOFAULT
)


@core
def gup_pte_range(m: State, k: Rules, pmd: int, addr: int, end: int, flags: int, nr: int) -> int:
    """The entries of one table by their bits alone, no lookup: 1, or 0 where the walk ends.

    Pages go to m.out from m.stack[nr] on, which counts them.
    """
    slot = pte_offset_map(m, pmd, addr)
    while addr < end:
        pte = m.pte[slot]
        visit(m, SITE_GUP_PTE_RANGE, pte & PAGE_SPECIAL)
        if pte & PAGE_PRESENT == 0 or (flags & FOLL_WRITE and pte & PAGE_RW == 0):
            return 0
        if pte & PAGE_DEVMAP:
            if flags & FOLL_LONGTERM:
                return 0
        elif pte & PAGE_SPECIAL:
            return 0
        page = pfn_to_page(m, pte_pfn(pte))
        if flags & FOLL_LONGTERM and predicate(m, k, PREDICATE_LONGTERM_PINNABLE, page) == 0:
            return 0
        if try_grab_page(m, k, page, flags) == 0:
            return 0
        if folio_allowed(m, k, page, flags) == 0:
            gup_put_page(m, k, page, flags)
            return 0
        if pte_write(pte) == 0 and gup_must_unshare(m, k, NO_VMA, page, flags):
            gup_put_page(m, k, page, flags)
            return 0
        m.out[m.stack[nr]] = page
        m.stack[nr] = m.stack[nr] + 1
        if flags & (FOLL_GET | FOLL_PIN):
            set_page_flag(m, page, PG_REFERENCED)
        slot += 1
        addr += PAGE_SIZE
    return 1


@core
def folio_allowed(m: State, k: Rules, page: int, flags: int) -> int:
    """May fast GUP take it?  A page of no mapping, never; to be written for long, no file's.

    Source: mm/gup.c:gup_fast_folio_allowed (CONFIG_SECRETMEM: every small page is asked).
    """
    if behaviour(m, k, B_LONGTERM_WRITE_REFUSES_FILES) == 0 or page_compound(m, page):
        return 1
    if m.page_mapping[page] == 0:
        return 0
    if page_anon(m, page) or flags & LONGTERM_WRITE != LONGTERM_WRITE:
        return 1
    return 1 if m.file_ops[page_mapping_row(m, page)] == OPS_SHMEM else 0


@core
def gup_huge_pmd(m: State, k: Rules, pmd: int, addr: int, end: int, flags: int, nr: int) -> int:
    """The pages of a leaf by its bits alone, one reference or pin each: 1, or 0: the walk ends.

    They are taken before they are asked for: what is given back was counted (nr_foll_pin_acquired).
    """
    word = pmd_val(m, pmd)
    if word & PAGE_PRESENT == 0 or (flags & FOLL_WRITE and word & PAGE_RW == 0):
        return 0
    head = pfn_to_page(m, pte_pfn(word))
    refs = end - addr >> 12
    if flags & FOLL_LONGTERM and predicate(m, k, PREDICATE_LONGTERM_PINNABLE, head) == 0:
        return 0
    if try_grab_folio(m, k, head, refs, flags) == 0:
        return 0
    if pte_write(word) == 0 and gup_must_unshare(m, k, NO_VMA, head, flags):
        gup_put_folio(m, k, head, refs, flags)
        return 0
    first = pfn_to_page(m, pte_pfn(pte_of(m, pmd, addr)))
    for page in range(first, first + refs):
        m.out[m.stack[nr]] = page
        m.stack[nr] = m.stack[nr] + 1
    set_page_flag(m, head, PG_REFERENCED)
    return 1


@core
def lockless_pages_from_mm(m: State, k: Rules, mm: int, start: int, end: int, flags: int) -> int:
    """The tables of the range until a page is not had: how many pages, in m.out."""
    nr = push(m, 1)
    m.stack[nr] = 0
    addr = start
    while addr < end:
        vma = find_vma(m, mm, addr)
        if vma == NO_VMA:
            break
        stop = min(pmd_addr_end(addr, end), m.vma_end[vma])
        pmd = walk_to_pmd(m, vma, addr)
        if pmd_trans_huge(m, pmd):
            goes_on = gup_huge_pmd(m, k, pmd, addr, stop, flags, nr)
        else:
            goes_on = gup_pte_range(m, k, pmd, addr, stop, flags, nr)
        if goes_on == 0:
            break
        addr = stop
    found = m.stack[nr]
    pop(m, nr)
    return found


@core
def sys_gup_fast(
    m: State, k: Rules, task: int, start: int, nr: int, flags: int, handle: int
) -> int:
    """get/pin_user_pages_fast: the lockless walk, then slow GUP for the rest."""
    mm = m.task_mm[task]
    if nr > MAX_OUT:
        return not_modelled(m, WHY_TOO_MANY)
    if wrong_reference(m, start, flags):
        return -EINVAL
    if flags & ~FAST_FLAGS:
        event(m, EVENT_WARN, 0, 0, start)
        return -EINVAL
    if flags & FOLL_PIN:
        m.mm_flags[mm] = m.mm_flags[mm] | MMF_HAS_PINNED
    if is_user_range(start, nr) == 0:
        return -EFAULT
    n = lockless_pages_from_mm(m, k, mm, start, start + nr * PAGE_SIZE, flags)
    keep_pages(m, handle, mm, start, n, flags)
    if n == nr or flags & FOLL_FAST_ONLY:
        return n
    slow_flags = flags | FOLL_TOUCH | FOLL_UNLOCKABLE
    if flags & FOLL_LONGTERM and behaviour(m, k, B_FAST_LONGTERM_TOUCHES) == 0:
        slow_flags = flags  # __gup_longterm_unlocked: only get_user_pages_unlocked adds them
    slow = get_user_pages(m, k, mm, start + n * 4096, nr - n, slow_flags)
    if slow >= 0:
        keep_pages(m, handle, mm, start + n * 4096, slow, flags)
        for i in range(slow):
            m.out[n + slow - 1 - i] = m.out[slow - 1 - i]
    for i in range(n):
        m.out[i] = m.held_page[held_row(m, handle, start + i * 4096)]
    return n + slow if slow >= 0 else n if n else slow
