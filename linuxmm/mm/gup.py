"""get_user_pages and follow_page.  Source: mm/gup.c.

`flags` are FOLL_* bits; `rival_flags` are those that the rival kernel's caller would pass
(they differ only at sites whose records differ).  Pages are returned in m.out.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_DEVMAP,
    PAGE_DIRTY,
    PAGE_PRESENT,
    PAGE_RW,
    PAGE_SOFT_DIRTY,
    PAGE_SPECIAL,
    PAGE_UFFD_WP,
    pte_none,
    pte_pfn,
    pte_present,
    pte_protnone,
    pte_write,
)
from linuxmm.core import core
from linuxmm.mm.held import held_row
from linuxmm.mm.memory.fault import handle_mm_fault
from linuxmm.mm.memory.lookup import is_cow_mapping
from linuxmm.mm.memory.nonpresent import is_migration_pte
from linuxmm.mm.migrate_device import migrate_coherent_page_out
from linuxmm.mm.mlock.pagevec import mlock_vma_page_now
from linuxmm.mm.page import (
    event,
    get_page,
    is_zero_pfn,
    is_zone_device_page,
    not_modelled,
    page_anon,
    page_flag,
    page_pgmap_type,
    pfn_to_page,
    put_page_refs,
    set_page_flag,
    trap,
)
from linuxmm.mm.rmap import vma_pte_slot
from linuxmm.mm.sites import (
    MET_UNUSUAL,
    behaviour,
    diverged_at,
    predicate,
    site_page_foll,
    visit,
)
from linuxmm.mm.swap import count, lru_add_drain, mark_page_accessed, set_page_dirty
from linuxmm.mm.vma import find_vma, next_vma, vma_is_anonymous
from linuxmm.state.constants import (
    EBUSY,
    EEXIST,
    EFAULT,
    EHWPOISON,
    EINVAL,
    EMLINK,
    ENOENT,
    ENOMEM,
    EOPNOTSUPP,
    EVENT_WARN,
    FAULT_FLAG_REMOTE,
    FAULT_FLAG_UNSHARE,
    FAULT_FLAG_WRITE,
    GUP_PIN_COUNTING_BIAS,
    MMF_HAS_PINNED,
    NO_PAGE,
    NO_VMA,
    OPS_FSDAX,
    OPS_MIXEDMAP_PAGE,
    OPS_PFNMAP,
    PG_ANON_EXCLUSIVE,
    PG_DIRTY,
    PG_LOCKED,
    PG_REFERENCED,
    RANGE_COHERENT,
    SET_ZERO_PAGE,
    TRAP_NO_ROW,
    VM_EXEC,
    VM_FAULT_ERROR,
    VM_FAULT_HWPOISON,
    VM_FAULT_OOM,
    VM_FAULT_RETRY,
    VM_FAULT_WRITE,
    VM_IO,
    VM_LOCKED,
    VM_LOCKONFAULT,
    VM_MAYREAD,
    VM_MAYSHARE,
    VM_MAYWRITE,
    VM_PFNMAP,
    VM_READ,
    VM_SHARED,
    VM_SOFTDIRTY,
    VM_WRITE,
    WHY_RECLAIM,
)
from linuxmm.state.layout import (
    FOLL_LRU_DEVICE,
    MAX_OUT,
    NR_FOLL_PIN_ACQUIRED,
    NR_FOLL_PIN_RELEASED,
    SIZE_H,
    State,
)
from linuxmm.state.rules import Rules
from linuxmm.state.vocabulary import (
    B_FOLLOW_PAGE_HONOURS_PROT_NONE,
    B_GUP_LOOKUP_BEFORE_WRITE_TEST,
    B_GUP_SKIPS_EEXIST,
    B_GUP_UNSHARES,
    B_LONGTERM_MIGRATES_COHERENT,
    B_PFN_PTE_GET_GIVES_EEXIST,
    B_PIN_COUNTS_ZERO_PAGE,
    FOLL_ANON,
    FOLL_COW,
    FOLL_DUMP,
    FOLL_FAST_ONLY,
    FOLL_FORCE,
    FOLL_GET,
    FOLL_HWPOISON,
    FOLL_LONGTERM,
    FOLL_LRU,
    FOLL_MIGRATION,
    FOLL_MLOCK,
    FOLL_NOFAULT,
    FOLL_NUMA,
    FOLL_PIN,
    FOLL_POPULATE,
    FOLL_REMOTE,
    FOLL_TOUCH,
    FOLL_WRITE,
    NR_SITES,
    PREDICATE_LONGTERM_PINNABLE,
    SITE_FOLLOW_PAGE_PTE,
    SITE_GUP_PTE_RANGE,
)

MAX_FAULTS: Final = 8
FAST_FLAGS: Final = (
    FOLL_WRITE | FOLL_LONGTERM | FOLL_FORCE | FOLL_PIN | FOLL_GET | FOLL_FAST_ONLY | FOLL_NOFAULT
)


# --- references of GUP ---
@core
def try_grab_page(m: State, k: Rules, page: int, flags: int) -> int:
    """FOLL_GET: one reference; FOLL_PIN: a pin.  0 when the page's count is not positive."""
    if flags & (FOLL_GET | FOLL_PIN) == 0:
        return 1
    if m.page_refcount[page] <= 0:
        return 0
    if flags & FOLL_GET:
        get_page(m, page)
        return 1
    if page == m.setting[SET_ZERO_PAGE] and behaviour(m, k, B_PIN_COUNTS_ZERO_PAGE) == 0:
        return 1
    m.page_refcount[page] = m.page_refcount[page] + GUP_PIN_COUNTING_BIAS
    count(m, NR_FOLL_PIN_ACQUIRED, 1)
    return 1


@core
def gup_put_page(m: State, k: Rules, page: int, flags: int) -> int:
    """Drop what try_grab_page took with the same flags."""
    if flags & FOLL_GET:
        return put_page_refs(m, k, page, 1)
    if page == m.setting[SET_ZERO_PAGE] and k.behaviour[B_PIN_COUNTS_ZERO_PAGE] == 0:
        return 0
    count(m, NR_FOLL_PIN_RELEASED, 1)
    return put_page_refs(m, k, page, GUP_PIN_COUNTING_BIAS)


# --- follow_page ---
@core
def no_page_table(m: State, vma: int, flags: int) -> int:
    """Nothing is mapped: -EFAULT for a dump of memory that no fault would fill, else NULL."""
    no_fault = vma_is_anonymous(m, vma) or vma_has_no_fault(m, vma)
    return -EFAULT if flags & FOLL_DUMP and no_fault else NO_PAGE


@core
def vma_has_no_fault(m: State, vma: int) -> int:
    """Does the mapping have vm_ops without a fault handler (drivers that map all at once)?"""
    return 1 if m.vma_ops[vma] in (OPS_PFNMAP, OPS_MIXEDMAP_PAGE) else 0


@core
def can_follow_write_pte(m: State, k: Rules, vma: int, pte: int, page: int, flags: int) -> int:
    """May a FOLL_WRITE walk pass this entry?  FOLL_FORCE after COW was broken may."""
    if pte_write(pte):
        return 1
    if flags & FOLL_FORCE == 0:
        return 0
    if behaviour(m, k, B_GUP_LOOKUP_BEFORE_WRITE_TEST) == 0:
        return 1 if flags & FOLL_COW and pte & PAGE_DIRTY else 0
    vm_flags = m.vma_flags[vma]
    if vm_flags & (VM_MAYSHARE | VM_SHARED) or vm_flags & VM_MAYWRITE == 0:
        return 0
    if vm_flags & VM_WRITE:
        return 0
    if page == NO_PAGE or page_anon(m, page) == 0:
        return 0
    if page_flag(m, page, PG_ANON_EXCLUSIVE) == 0:
        return 0
    if vm_flags & VM_SOFTDIRTY == 0 and pte & PAGE_SOFT_DIRTY == 0:
        return 0
    return 0 if pte & PAGE_UFFD_WP else 1


@core
def refuses_prot_none(m: State, k: Rules, flags: int) -> int:
    """Does a PROT_NONE entry stop this walk?  By FOLL_NUMA, or always unless FOLL_FORCE."""
    if behaviour(m, k, B_FOLLOW_PAGE_HONOURS_PROT_NONE):
        return 0 if flags & FOLL_FORCE else 1
    return 1 if flags & FOLL_NUMA else 0


@core
def follow_page_pte(m: State, k: Rules, vma: int, addr: int, flags: int, rival_flags: int) -> int:
    """The page behind one entry: its row, NO_PAGE, or -errno (order: sites-core 6.1)."""
    if flags & (FOLL_GET | FOLL_PIN) == FOLL_GET | FOLL_PIN:
        event(m, EVENT_WARN, SITE_FOLLOW_PAGE_PTE, 0, addr)
        return -EINVAL
    slot = vma_pte_slot(m, vma, addr)
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
    page = site_page_foll(m, k, SITE_FOLLOW_PAGE_PTE, vma, addr, pte, flags, rival_flags)
    if lookup_first and flags & FOLL_WRITE:
        if can_follow_write_pte(m, k, vma, pte, page, flags) == 0:
            return NO_PAGE
    if page == NO_PAGE:
        page = _follow_without_page(m, k, vma, addr, flags)
        if page <= 0:
            return page
    if pte_write(pte) == 0 and gup_must_unshare(m, k, page, flags):
        return -EMLINK
    if try_grab_page(m, k, page, flags) == 0:
        return -ENOMEM
    if flags & FOLL_LRU and is_zone_device_page(m, page):
        m.scratch[FOLL_LRU_DEVICE] = m.scratch[FOLL_LRU_DEVICE] + 1
    return _touch_and_mlock(m, k, vma, pte, page, flags)


@core
def _follow_without_page(m: State, k: Rules, vma: int, addr: int, flags: int) -> int:
    """The lookup gave none: a device page by pgmap, the zero page, or an error."""
    slot = vma_pte_slot(m, vma, addr)
    pte = m.pte[slot]
    if pte & PAGE_DEVMAP and flags & (FOLL_GET | FOLL_PIN):
        return pfn_to_page(m, pte_pfn(pte))
    if flags & FOLL_DUMP:
        return -EFAULT
    if is_zero_pfn(m, pte_pfn(pte)):
        return pfn_to_page(m, pte_pfn(pte))
    if flags & FOLL_GET and behaviour(m, k, B_PFN_PTE_GET_GIVES_EEXIST) == 0:
        return -EFAULT
    if flags & FOLL_TOUCH:
        pte = pte | PAGE_ACCESSED
        if flags & FOLL_WRITE:
            pte = pte | PAGE_DIRTY | PAGE_SOFT_DIRTY
        m.pte[slot] = pte
    return -EEXIST


@core
def gup_must_unshare(m: State, k: Rules, page: int, flags: int) -> int:
    """A read-only pin of an anonymous page that is not exclusive must first get its own copy."""
    if flags & (FOLL_WRITE | FOLL_PIN) != FOLL_PIN or page_anon(m, page) == 0:
        return 0
    if behaviour(m, k, B_GUP_UNSHARES) == 0:
        return 0
    return 0 if page_flag(m, page, PG_ANON_EXCLUSIVE) else 1


@core
def _touch_and_mlock(m: State, k: Rules, vma: int, pte: int, page: int, flags: int) -> int:
    if flags & FOLL_TOUCH:
        if flags & FOLL_WRITE and pte & PAGE_DIRTY == 0 and page_flag(m, page, PG_DIRTY) == 0:
            set_page_dirty(m, page)
        mark_page_accessed(m, k, page)
    if flags & FOLL_MLOCK and m.vma_flags[vma] & VM_LOCKED and m.page_mapping[page]:
        if page_flag(m, page, PG_LOCKED) == 0:  # trylock_page
            lru_add_drain(m, k)
            mlock_vma_page_now(m, k, page)
    return page


@core
def follow_page(m: State, k: Rules, vma: int, addr: int, flags: int, rival_flags: int) -> int:
    """follow_page(): the page at an address, without ever faulting."""
    if flags & FOLL_PIN and behaviour(m, k, B_FOLLOW_PAGE_HONOURS_PROT_NONE):
        return NO_PAGE
    return follow_page_pte(m, k, vma, addr, flags, rival_flags)


@core
def site_follow_page(m: State, k: Rules, site: int, vma: int, addr: int) -> int:
    """follow_page() as one of its callers makes it, with the flags of that site's record.

    Where the rival's caller passes other flags and gets another page, the caller has parted.
    """
    flags = k.site_flags[site]
    rival_flags = k.site_flags[NR_SITES + site]
    looked = m.visited_site[SITE_FOLLOW_PAGE_PTE]
    parted = m.diverged_site[SITE_FOLLOW_PAGE_PTE]
    page = follow_page(m, k, vma, addr, flags, rival_flags)
    visit(m, site, 1 if m.visited_site[SITE_FOLLOW_PAGE_PTE] - looked >= MET_UNUSUAL else 0)
    if flags != rival_flags and m.diverged_site[SITE_FOLLOW_PAGE_PTE] != parted:
        diverged_at(m, site)
    return page


# --- get_user_pages ---
@core
def check_vma_flags(m: State, vma: int, flags: int) -> int:
    """Does GUP work on this VMA with these flags: 0 or -errno."""
    vm_flags = m.vma_flags[vma]
    if vm_flags & (VM_IO | VM_PFNMAP):
        return -EFAULT
    if flags & FOLL_ANON and vma_is_anonymous(m, vma) == 0:
        return -EFAULT
    if flags & FOLL_LONGTERM and m.vma_ops[vma] == OPS_FSDAX:
        return -EOPNOTSUPP
    if flags & FOLL_WRITE:
        if vm_flags & VM_WRITE == 0:
            if flags & FOLL_FORCE == 0 or is_cow_mapping(vm_flags) == 0:
                return -EFAULT
    elif vm_flags & VM_READ == 0:
        if flags & FOLL_FORCE == 0 or vm_flags & VM_MAYREAD == 0:
            return -EFAULT
    return 0


@core
def faultin_page(m: State, k: Rules, vma: int, addr: int, flags: int, unshare: int) -> int:
    """Fault one page in for GUP: VM_FAULT_* bits when it worked, or -errno.

    -ENOENT: an mlock of what is present only, the page is skipped.
    """
    if flags & (FOLL_POPULATE | FOLL_MLOCK) == FOLL_MLOCK:
        return -ENOENT
    if flags & FOLL_NOFAULT:
        return -EFAULT
    fault_flags = FAULT_FLAG_WRITE if flags & FOLL_WRITE else 0
    if flags & FOLL_REMOTE:
        fault_flags |= FAULT_FLAG_REMOTE
    if unshare:
        fault_flags |= FAULT_FLAG_UNSHARE
    result = handle_mm_fault(m, k, vma, addr, fault_flags)
    if result & VM_FAULT_ERROR:
        if result & VM_FAULT_OOM:
            return -ENOMEM
        if result & VM_FAULT_HWPOISON:
            return -EHWPOISON if flags & FOLL_HWPOISON else -EFAULT
        return -EFAULT
    return -EBUSY if result & VM_FAULT_RETRY else result


@core
def gup_one(m: State, k: Rules, vma: int, addr: int, flags: int, want_pages: int) -> int:
    """One page of __get_user_pages: its row, 0 for "nothing to fill in, go on", or -errno."""
    for _ in range(MAX_FAULTS):
        page = follow_page_pte(m, k, vma, addr, flags, flags)
        if page == -EEXIST:
            skips = want_pages == 0 or behaviour(m, k, B_GUP_SKIPS_EEXIST)
            return NO_PAGE if skips else page
        if page > 0 or (page < 0 and page != -EMLINK):
            return page
        result = faultin_page(m, k, vma, addr, flags, 1 if page == -EMLINK else 0)
        if result == -ENOENT:
            return NO_PAGE
        if result < 0:
            return result
        if result & VM_FAULT_WRITE and m.vma_flags[vma] & VM_WRITE == 0:
            flags |= FOLL_COW & k.foll_known[0]
    return -EBUSY


@core
def get_user_pages_range(
    m: State, k: Rules, mm: int, start: int, nr: int, flags: int, want_pages: int
) -> int:
    """__get_user_pages: pages in m.out[0:n] (0 where none is filled in), n or -errno."""
    if behaviour(m, k, B_FOLLOW_PAGE_HONOURS_PROT_NONE) == 0 and flags & FOLL_FORCE == 0:
        flags |= FOLL_NUMA
    vma = NO_VMA
    for i in range(nr):
        addr = start + i * 4096
        if vma == NO_VMA or addr >= m.vma_end[vma]:
            vma = find_vma(m, mm, addr)
            error = -EFAULT if vma == NO_VMA else check_vma_flags(m, vma, flags)
            if error != 0:
                return i if i else error
        page = gup_one(m, k, vma, addr, flags, want_pages)
        if page == -EBUSY:
            return i
        if page < 0:
            return i if i else page
        if want_pages and i < MAX_OUT:
            m.out[i] = page
    return nr


@core
def get_user_pages(m: State, k: Rules, mm: int, start: int, nr: int, flags: int) -> int:
    """get/pin_user_pages, FOLL_LONGTERM included: n pages in m.out[0:n], or -errno."""
    if flags & FOLL_PIN:
        m.mm_flags[mm] = m.mm_flags[mm] | MMF_HAS_PINNED
    if flags & FOLL_LONGTERM == 0:
        return get_user_pages_range(m, k, mm, start, nr, flags, 1)
    for _ in range(MAX_FAULTS):
        n = get_user_pages_range(m, k, mm, start, nr, flags, 1)
        if n <= 0:
            return n
        moved = migrate_unpinnable(m, k, n, flags)
        if moved <= 0:
            return moved if moved < 0 else n
    return -ENOMEM


@core
def migrate_unpinnable(m: State, k: Rules, n: int, flags: int) -> int:
    """check_and_migrate_movable_pages over m.out[0:n]: 0 nothing to do, 1 moved: try again.

    On failure every pin is dropped and -errno returned.
    """
    collected = 0
    for i in range(n):
        page = m.out[i]
        if page and predicate(m, k, PREDICATE_LONGTERM_PINNABLE, page) == 0:
            collected += 1
            if page_pgmap_type(m, page) != RANGE_COHERENT:
                return not_modelled(m, WHY_RECLAIM)  # CMA and ZONE_MOVABLE are not modelled
    if collected == 0 or behaviour(m, k, B_LONGTERM_MIGRATES_COHERENT) == 0:
        return 0
    error = 0
    for i in range(n):
        page = m.out[i]
        m.out[i] = NO_PAGE
        if page == NO_PAGE:
            continue
        if error == 0 and page_pgmap_type(m, page) == RANGE_COHERENT:
            get_page(m, page)
            gup_put_page(m, k, page, flags)
            if migrate_coherent_page_out(m, k, page) != 0:
                error = -EBUSY
        else:
            gup_put_page(m, k, page, flags)
    return error if error else 1


# --- populate: mlock, MAP_POPULATE ---
@core
def populate_vma_page_range(m: State, k: Rules, vma: int, start: int, end: int) -> int:
    """Fault a range of one VMA in (and mlock it, where GUP does that): pages or -errno."""
    vm_flags = m.vma_flags[vma]
    nr = (end - start) >> 12
    flags = FOLL_TOUCH
    if k.foll_known[0] & FOLL_MLOCK:
        flags |= FOLL_MLOCK | FOLL_POPULATE
        if vm_flags & VM_LOCKONFAULT:
            flags &= ~FOLL_POPULATE
    elif vm_flags & VM_LOCKONFAULT:
        return nr
    if vm_flags & (VM_WRITE | VM_SHARED) == VM_WRITE:
        flags |= FOLL_WRITE
    if vm_flags & (VM_READ | VM_WRITE | VM_EXEC):
        flags |= FOLL_FORCE
    result = get_user_pages_range(m, k, m.vma_mm[vma], start, nr, flags, 0)
    if k.foll_known[0] & FOLL_MLOCK == 0:
        lru_add_drain(m, k)
    return result


@core
def mm_populate(m: State, k: Rules, mm: int, start: int, end: int, ignore_errors: int) -> int:
    """__mm_populate: every VMA of a range that is not a device's: 0 or the first -errno."""
    vma = next_vma(m, mm, start)
    while vma != NO_VMA and start < end and m.vma_start[vma] < end:
        low = start if start > m.vma_start[vma] else m.vma_start[vma]
        high = end if end < m.vma_end[vma] else m.vma_end[vma]
        start = high
        if m.vma_flags[vma] & (VM_IO | VM_PFNMAP) == 0:
            result = populate_vma_page_range(m, k, vma, low, high)
            if result < 0 and ignore_errors == 0:
                return result
            if result > 0:  # perhaps a part: the rest gives the error that ended it
                start = low + result * 4096
        vma = next_vma(m, mm, start)
    return 0


# --- references that a scenario holds ---
@core
def hold(m: State, handle: int, mm: int, page: int, addr: int, flags: int) -> int:
    """Remember one page that a get or pin of the scenario returned."""
    for row in range(1, m.size[SIZE_H]):
        if m.held_page[row] == NO_PAGE:
            m.held_page[row] = page
            m.held_owner[row] = handle
            m.held_flags[row] = flags
            m.held_mm[row] = mm
            m.held_addr[row] = addr
            if row >= m.used[SIZE_H]:
                m.used[SIZE_H] = row + 1
            return row
    return trap(m, TRAP_NO_ROW, SIZE_H * 256)


@core
def drop_held(m: State, k: Rules, row: int) -> int:
    """Put or unpin one held page."""
    page = m.held_page[row]
    flags = m.held_flags[row]
    m.held_page[row] = NO_PAGE
    m.held_owner[row] = 0
    m.held_flags[row] = 0
    m.held_mm[row] = 0
    m.held_addr[row] = 0
    return gup_put_page(m, k, page, flags)


@core
def release_held(m: State, k: Rules, mm: int) -> int:
    """A process is gone: what it held through files (io_uring, pipes) is released."""
    for row in range(1, m.used[SIZE_H]):
        if m.held_page[row] and m.held_mm[row] == mm:
            drop_held(m, k, row)
    return 0


@core
def sys_put(m: State, k: Rules, handle: int) -> int:
    """put / unpin: everything one handle holds; the number of pages."""
    n = 0
    for row in range(1, m.used[SIZE_H]):
        if m.held_page[row] and m.held_owner[row] == handle:
            drop_held(m, k, row)
            n += 1
    return n


@core
def sys_gup(m: State, k: Rules, task: int, start: int, nr: int, flags: int, handle: int) -> int:
    """get_user_pages (FOLL_GET) or pin_user_pages (FOLL_PIN); kept under `handle`.

    Returns the number of pages or -errno, m.out[0:n] the pages.
    """
    mm = m.task_mm[task]
    if flags & FOLL_GET:
        if flags & (FOLL_PIN | FOLL_LONGTERM):
            event(m, EVENT_WARN, 0, 0, start)
            return -EINVAL
        flags |= FOLL_TOUCH
    n = get_user_pages(m, k, mm, start, nr, flags)
    return keep_pages(m, handle, mm, start, n, flags)


@core
def keep_pages(m: State, handle: int, mm: int, start: int, n: int, flags: int) -> int:
    """Hold what GUP left in m.out[0:n]."""
    for i in range(n):
        if m.out[i]:
            hold(m, handle, mm, m.out[i], start + i * 4096, flags)
    return n


# --- fast GUP ---
@core
def gup_pte_range(m: State, k: Rules, mm: int, start: int, nr: int, flags: int) -> int:
    """The lockless walk by PTE bits alone, no lookup: how many pages it got, in m.out."""
    for i in range(nr):
        addr = start + i * 4096
        vma = find_vma(m, mm, addr)
        if vma == NO_VMA:
            return i
        pte = m.pte[vma_pte_slot(m, vma, addr)]
        visit(m, SITE_GUP_PTE_RANGE, pte & PAGE_SPECIAL)
        if pte & PAGE_PRESENT == 0 or (flags & FOLL_WRITE and pte & PAGE_RW == 0):
            return i
        if pte & PAGE_DEVMAP:
            if flags & FOLL_LONGTERM:
                return i
        elif pte & PAGE_SPECIAL:
            return i
        page = pfn_to_page(m, pte_pfn(pte))
        if flags & FOLL_LONGTERM and predicate(m, k, PREDICATE_LONGTERM_PINNABLE, page) == 0:
            return i
        if try_grab_page(m, k, page, flags) == 0:
            return i
        if pte_write(pte) == 0 and gup_must_unshare(m, k, page, flags):
            gup_put_page(m, k, page, flags)
            return i
        m.out[i] = page
        if flags & (FOLL_GET | FOLL_PIN):
            set_page_flag(m, page, PG_REFERENCED)
    return nr


@core
def sys_gup_fast(
    m: State, k: Rules, task: int, start: int, nr: int, flags: int, handle: int
) -> int:
    """get/pin_user_pages_fast: the lockless walk, then slow GUP for the rest."""
    mm = m.task_mm[task]
    if flags & ~FAST_FLAGS:
        event(m, EVENT_WARN, 0, 0, start)
        return -EINVAL
    if flags & FOLL_PIN:
        m.mm_flags[mm] = m.mm_flags[mm] | MMF_HAS_PINNED
    n = gup_pte_range(m, k, mm, start, nr, flags)
    keep_pages(m, handle, mm, start, n, flags)
    if n == nr or flags & FOLL_FAST_ONLY:
        return n
    # __gup_longterm_unlocked: only get_user_pages_unlocked adds FOLL_TOUCH
    slow_flags = flags if flags & FOLL_LONGTERM else flags | FOLL_TOUCH
    slow = get_user_pages(m, k, mm, start + n * 4096, nr - n, slow_flags)
    if slow >= 0:
        keep_pages(m, handle, mm, start + n * 4096, slow, flags)
        for i in range(slow):
            m.out[n + slow - 1 - i] = m.out[slow - 1 - i]
    for i in range(n):
        m.out[i] = m.held_page[held_row(m, handle, start + i * 4096)]
    return n + slow if slow >= 0 else n if n else slow


@core
def sys_follow_page(m: State, k: Rules, task: int, addr: int, flags: int) -> int:
    """follow_page() as a probe: page row, 0 for NULL, -errno; a reference is dropped again."""
    vma = find_vma(m, m.task_mm[task], addr)
    if vma == NO_VMA:
        return -EFAULT
    page = follow_page(m, k, vma, addr, flags, flags)
    if page > 0 and flags & (FOLL_GET | FOLL_PIN):
        gup_put_page(m, k, page, flags)
    return page
