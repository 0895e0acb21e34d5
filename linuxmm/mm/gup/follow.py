# SPDX-License-Identifier: GPL-2.0-or-later
"""follow_page: the page behind one entry, without ever faulting.  Source: mm/gup.c."""

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_DEVMAP,
    PAGE_DIRTY,
    PAGE_SOFT_DIRTY,
    pte_none,
    pte_pfn,
    pte_present,
    pte_protnone,
    pte_write,
)
from linuxmm.core import core
from linuxmm.mm.compound import page_compound
from linuxmm.mm.folio_walk import folio_walk_start
from linuxmm.mm.gup.allowed import can_follow_write_pte, refuses_prot_none
from linuxmm.mm.gup.grab import gup_must_unshare, gup_put_page, try_grab_page
from linuxmm.mm.huge_memory.follow import follow_trans_huge_pmd
from linuxmm.mm.huge_memory.split_pmd import split_huge_pmd
from linuxmm.mm.hugetlb.reserve import hugetlbfs_page
from linuxmm.mm.memory.nonpresent import is_migration_pte
from linuxmm.mm.mlock.pagevec import mlock_vma_page_now
from linuxmm.mm.page import (
    event,
    is_zero_pfn,
    is_zone_device_page,
    not_modelled,
    page_flag,
    pfn_to_page,
)
from linuxmm.mm.pgtable import (
    pmd_trans_huge,
    pmd_val,
    pte_alloc,
    pte_of,
    pte_offset_map,
    walk_to_pmd,
)
from linuxmm.mm.sites import (
    behaviour,
    diverged_at,
    followed_page,
    known_compound,
    uses_folio_walk,
    visit,
)
from linuxmm.mm.swap import lru_add_drain, mark_page_accessed, set_page_dirty
from linuxmm.mm.vma import find_vma, vma_is_anonymous
from linuxmm.state.behaviours import (
    B_FOLLOW_PAGE_HONOURS_PROT_NONE,
    B_GUP_LOOKUP_BEFORE_WRITE_TEST,
    B_HUGETLB_GUP,
    B_PFN_PTE_GET_GIVES_EEXIST,
)
from linuxmm.state.constants import (
    EBUSY,
    EEXIST,
    EFAULT,
    EINVAL,
    EMLINK,
    ENOMEM,
    EVENT_WARN,
    NO_PAGE,
    NO_VMA,
    OPS_MIXEDMAP_PAGE,
    OPS_PFNMAP,
    PG_DIRTY,
    PG_LOCKED,
    VM_HUGETLB,
    VM_LOCKED,
    WHY_HUGETLB,
)
from linuxmm.state.flags import (
    FOLL_DUMP,
    FOLL_GET,
    FOLL_LRU,
    FOLL_MIGRATION,
    FOLL_MLOCK,
    FOLL_PIN,
    FOLL_SPLIT_PMD,
    FOLL_TOUCH,
    FOLL_WRITE,
)
from linuxmm.state.layout import (
    FOLL_LRU_DEVICE,
    FOLLOWING_SITE,
    State,
)
from linuxmm.state.rules import Rules
from linuxmm.state.sites import NR_SITES, SITE_DO_PAGES_STAT_ARRAY, SITE_FOLLOW_PAGE_PTE


@core
def no_page_table(m: State, vma: int, flags: int) -> int:
    """Nothing is mapped: -EFAULT for a dump of memory that no fault would fill, else NULL."""
    no_fault = vma_is_anonymous(m, vma) or vma_has_no_fault(m, vma)
    return -EFAULT if flags & FOLL_DUMP and no_fault else NO_PAGE


@core
def no_hugetlb_page(m: State, vma: int, addr: int, flags: int) -> int:
    """The same in a mapping of hugetlb: a fault would clear a page that its file has not."""
    return -EFAULT if flags & FOLL_DUMP and hugetlbfs_page(m, vma, addr) == NO_PAGE else NO_PAGE


@core
def vma_has_no_fault(m: State, vma: int) -> int:
    """Does the mapping have vm_ops without a fault handler (drivers that map all at once)?"""
    return 1 if m.vma_ops[vma] in (OPS_PFNMAP, OPS_MIXEDMAP_PAGE) else 0


@core
def follow_page_mask(m: State, k: Rules, vma: int, addr: int, flags: int) -> int:
    """The page at an address, down the levels: its row, NO_PAGE, or -errno.

    Source: mm/gup.c:follow_page_mask, follow_pmd_mask.
    """
    pmd = walk_to_pmd(m, vma, addr)
    if m.vma_flags[vma] & VM_HUGETLB:
        if behaviour(m, k, B_HUGETLB_GUP) == 0:
            return follow_huge_pmd_pte(m, k, vma, addr, pmd, flags)
        if pmd_val(m, pmd) == 0:
            return no_hugetlb_page(m, vma, addr, flags)
    if pmd_trans_huge(m, pmd) == 0:
        return follow_page_pte(m, k, vma, addr, pmd, flags)
    if pte_protnone(pmd_val(m, pmd)) and refuses_prot_none(m, k, flags):
        return no_page_table(m, vma, flags)
    if flags & FOLL_SPLIT_PMD:
        split_huge_pmd(m, k, vma, pmd, addr)
        pte_alloc(m, vma, pmd, addr)  # a file's leaf leaves none
        return follow_page_pte(m, k, vma, addr, pmd, flags)
    return follow_trans_huge_pmd(m, k, vma, addr, pmd, flags)


@core
def follow_huge_pmd_pte(m: State, k: Rules, vma: int, addr: int, pmd: int, flags: int) -> int:
    """The same in a mapping of hugetlb: protection and writing are not asked (mm/hugetlb.c)."""
    if pmd_val(m, pmd) == 0:
        return no_page_table(m, vma, flags)
    if flags & FOLL_PIN:
        return not_modelled(m, WHY_HUGETLB)  # WARN_ON_ONCE
    page = pfn_to_page(m, pte_pfn(pte_of(m, pmd, addr)))
    return page if try_grab_page(m, k, page, flags) else NO_PAGE


@core
def follow_page_pte(m: State, k: Rules, vma: int, addr: int, pmd: int, flags: int) -> int:
    """The page behind one entry: its row, NO_PAGE, or -errno, tests in the kernel's order."""
    if flags & (FOLL_GET | FOLL_PIN) == FOLL_GET | FOLL_PIN:
        event(m, EVENT_WARN, SITE_FOLLOW_PAGE_PTE, 0, addr)
        return -EINVAL
    slot = pte_offset_map(m, pmd, addr)
    pte = m.pte[slot]
    if pte_present(pte) == 0:
        if flags & FOLL_MIGRATION and pte_none(pte) == 0 and is_migration_pte(k, pte):
            return -EBUSY  # migration_entry_wait: it would sleep
        return no_page_table(m, vma, flags) if pte_none(pte) else NO_PAGE
    if pte_protnone(pte) and refuses_prot_none(m, k, flags):
        return NO_PAGE
    lookup_first = behaviour(m, k, B_GUP_LOOKUP_BEFORE_WRITE_TEST)
    if lookup_first == 0 and flags & FOLL_WRITE:
        if can_follow_write_pte(m, k, vma, pte, NO_PAGE, flags) == 0:
            return NO_PAGE
    page = followed_page(m, k, vma, addr, pte, flags)
    if lookup_first and flags & FOLL_WRITE:
        if can_follow_write_pte(m, k, vma, pte, page, flags) == 0:
            return NO_PAGE
    if page == NO_PAGE:
        page = _follow_without_page(m, k, vma, addr, slot, flags)
        if page <= 0:
            return page
    if pte_write(pte) == 0 and gup_must_unshare(m, k, vma, page, flags):
        return -EMLINK
    if try_grab_page(m, k, page, flags) == 0:
        return -ENOMEM
    if flags & FOLL_LRU and is_zone_device_page(m, page):
        m.scratch[FOLL_LRU_DEVICE] = m.scratch[FOLL_LRU_DEVICE] + 1
    return _touch_and_mlock(m, k, vma, pte, page, flags)


@core
def _follow_without_page(m: State, k: Rules, vma: int, addr: int, slot: int, flags: int) -> int:
    """The lookup gave none: a device page by pgmap, the zero page, or an error."""
    pte = m.pte[slot]
    if pte & PAGE_DEVMAP and flags & (FOLL_GET | FOLL_PIN):
        return pfn_to_page(m, pte_pfn(pte))
    if flags & FOLL_DUMP:
        return -EFAULT
    if is_zero_pfn(m, pte_pfn(pte)):
        return pfn_to_page(m, pte_pfn(pte))
    return follow_pfn_pte(m, k, vma, addr, slot, flags)


@core
def follow_pfn_pte(m: State, k: Rules, vma: int, addr: int, slot: int, flags: int) -> int:
    """An entry without struct page: it is there (-EEXIST), but there is nothing to hold."""
    if flags & FOLL_GET and behaviour(m, k, B_PFN_PTE_GET_GIVES_EEXIST) == 0:
        return -EFAULT
    if flags & FOLL_TOUCH:
        pte = m.pte[slot] | PAGE_ACCESSED
        if flags & FOLL_WRITE:
            pte = pte | PAGE_DIRTY | PAGE_SOFT_DIRTY
        m.pte[slot] = pte
    return -EEXIST


@core
def _touch_and_mlock(m: State, k: Rules, vma: int, pte: int, page: int, flags: int) -> int:
    if flags & FOLL_TOUCH:
        if flags & FOLL_WRITE and pte & PAGE_DIRTY == 0 and page_flag(m, page, PG_DIRTY) == 0:
            set_page_dirty(m, page)
        mark_page_accessed(m, k, page)
    if page_compound(m, page):
        return page  # huge pages that are mapped by PTEs are not mlocked
    if flags & FOLL_MLOCK and m.vma_flags[vma] & VM_LOCKED and m.page_mapping[page]:
        if page_flag(m, page, PG_LOCKED) == 0:  # trylock_page
            lru_add_drain(m, k)
            mlock_vma_page_now(m, k, page)
    return page


@core
def follow_page(m: State, k: Rules, vma: int, addr: int, flags: int) -> int:
    """follow_page(): the page at an address, without ever faulting."""
    if flags & FOLL_PIN and behaviour(m, k, B_FOLLOW_PAGE_HONOURS_PROT_NONE):
        return NO_PAGE
    return follow_page_mask(m, k, vma, addr, flags)


@core
def site_foll_flags(m: State, k: Rules, site: int, vma: int) -> int:
    """The FOLL_ flags of a site: who asks where pages are holds none of hugetlb."""
    if site == SITE_DO_PAGES_STAT_ARRAY and m.vma_flags[vma] & VM_HUGETLB:
        return k.site_flags[site] & ~FOLL_GET
    return k.site_flags[site]


@core
def site_follow_page(m: State, k: Rules, site: int, vma: int, addr: int) -> int:
    """What one of the callers of follow_page() sees, with the flags of its record.

    Since 6.12 they call folio_walk_start: no reference is held then, but the table is locked.
    """
    visit(m, site, 0)
    if uses_folio_walk(k, site):
        return folio_walk_start(m, k, site, vma, addr)
    m.scratch[FOLLOWING_SITE] = site
    page = follow_page(m, k, vma, addr, site_foll_flags(m, k, site, vma))
    m.scratch[FOLLOWING_SITE] = 0
    if k.site_differs[site] and uses_folio_walk(k, NR_SITES + site):
        diverged_at(m, site)
    return known_compound(m, k, site, page) if page > NO_PAGE else page


@core
def sys_follow_page(m: State, k: Rules, task: int, addr: int, flags: int) -> int:
    """follow_page() as a probe: page row, 0 for NULL, -errno; a reference is dropped again."""
    vma = find_vma(m, m.task_mm[task], addr)
    if vma == NO_VMA:
        return -EFAULT
    page = follow_page(m, k, vma, addr, flags)
    if page > 0 and flags & (FOLL_GET | FOLL_PIN):
        gup_put_page(m, k, page, flags)
    return page
