# SPDX-License-Identifier: GPL-2.0-or-later
"""Write to a present read-only entry: reuse, copy, or the PFN path.

Source: mm/memory.c:do_wp_page, wp_page_reuse, wp_page_copy, wp_page_shared, wp_pfn_shared.
"""

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_RW,
    PAGE_SOFT_DIRTY,
    PAGE_UFFD_WP,
    pfn_pte,
    pte_mkdirty,
    pte_pfn,
)
from linuxmm.core import core
from linuxmm.mm.compound import compound_head, page_compound, page_mapcount, total_mapcount
from linuxmm.mm.memcontrol.charge import mem_cgroup_charge
from linuxmm.mm.memory.rss import add_mm_counter_fast
from linuxmm.mm.memory.userfault import handle_userfault, userfaultfd_pte_wp
from linuxmm.mm.memory.vm_fault import (
    VMF_ADDRESS,
    VMF_FLAGS,
    VMF_ORIG_PTE,
    VMF_PAGE,
    VMF_PTE,
    VMF_VMA,
)
from linuxmm.mm.mempolicy.alloc import alloc_page_vma
from linuxmm.mm.mlock.pagevec import munlock_vma_page_now
from linuxmm.mm.page import (
    get_page,
    is_zero_pfn,
    page_anon,
    page_flag,
    page_ksm,
    page_pgmap_type,
    page_to_pfn,
    pfn_to_page,
    put_page,
    put_page_refs,
    set_page_flag,
)
from linuxmm.mm.page_vma_mapped import folio_maybe_mapped_shared
from linuxmm.mm.rmap import anon_vma_prepare, mm_counter, page_add_new_anon_rmap, page_remove_rmap
from linuxmm.mm.sites import behaviour, site_page
from linuxmm.mm.swap import (
    count,
    lru_add_drain,
    lru_cache_add_inactive_or_unevictable,
    set_page_dirty,
)
from linuxmm.mm.swapfile import free_swap_cache, try_to_free_swap
from linuxmm.state.behaviours import (
    B_COW_REUSE,
    B_DAX_PAGES,
    B_KSM_COW_COUNTERS,
    B_LARGE_FOLIOS,
    B_MLOCK_SCHEME,
    B_UNSHARES,
    B_WP_DRAINS_BATCH,
    B_WP_REUSES_LARGE,
)
from linuxmm.state.constants import (
    FAULT_FLAG_UNSHARE,
    MAPPING_ANON,
    MAPPING_SHIFT,
    MM_ANONPAGES,
    NO_PAGE,
    OPS_FILE,
    OPS_FSDAX,
    PG_ANON_EXCLUSIVE,
    PG_LRU,
    PG_MLOCKED,
    PG_PRIVATE,
    PG_SWAPCACHE,
    PG_UPTODATE,
    RANGE_FSDAX,
    VM_FAULT_NOPAGE,
    VM_FAULT_OOM,
    VM_FAULT_WRITE,
    VM_LOCKED,
    VM_SHARED,
    VM_WRITE,
)
from linuxmm.state.layout import COW_KSM, PGREUSE, State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_DO_WP_PAGE


@core
def maybe_mkwrite(m: State, vma: int, pte: int) -> int:
    """Writable if the VMA is."""
    return pte | PAGE_RW if m.vma_flags[vma] & VM_WRITE else pte


@core
def mk_pte(m: State, page: int, prot: int) -> int:
    """The present word of a page with a VMA's protection."""
    return pfn_pte(page_to_pfn(m, page), prot)


@core
def wp_page_reuse(m: State, vmf: int) -> int:
    """The entry becomes young, dirty and, if the VMA allows it, writable."""
    _make_writable(m, vmf)
    return count(m, PGREUSE, 1)


@core
def _make_writable(m: State, vmf: int) -> int:
    entry = pte_mkdirty(m.stack[vmf + VMF_ORIG_PTE] | PAGE_ACCESSED)
    m.pte[m.stack[vmf + VMF_PTE]] = maybe_mkwrite(m, m.stack[vmf + VMF_VMA], entry)
    return 0


@core
def wp_page_shared(m: State, vmf: int) -> int:
    """A shared entry of a file's page: page_mkwrite makes the page dirty, and always succeeds."""
    make_page_dirty(m, m.stack[vmf + VMF_PAGE])
    wp_page_reuse(m, vmf)
    return VM_FAULT_WRITE


@core
def wp_pfn_shared(m: State, k: Rules, vmf: int) -> int:
    """A shared entry without page: a DAX file system's pfn_mkwrite makes it writable itself.

    Source: mm/memory.c:wp_pfn_shared, fs/dax.c (vmf_insert_mixed_mkwrite: VM_FAULT_NOPAGE).
    """
    if m.vma_ops[m.stack[vmf + VMF_VMA]] == OPS_FSDAX:
        return _dax_mkwrite(m, vmf) if behaviour(m, k, B_DAX_PAGES) else _pfn_mkwrite(m, vmf)
    wp_page_reuse(m, vmf)
    return VM_FAULT_WRITE


@core
def _pfn_mkwrite(m: State, vmf: int) -> int:
    _make_writable(m, vmf)
    return VM_FAULT_NOPAGE


@core
def _dax_mkwrite(m: State, vmf: int) -> int:
    """insert_page_into_pte_locked of what is mapped: young, writable; the CPU makes it dirty."""
    entry = m.stack[vmf + VMF_ORIG_PTE] | PAGE_ACCESSED
    m.pte[m.stack[vmf + VMF_PTE]] = maybe_mkwrite(m, m.stack[vmf + VMF_VMA], entry)
    return VM_FAULT_NOPAGE


@core
def do_wp_page(m: State, k: Rules, vmf: int) -> int:
    """A write (or, with FAULT_FLAG_UNSHARE, a read-only pin) meets a read-only entry."""
    vma = m.stack[vmf + VMF_VMA]
    pte = m.stack[vmf + VMF_ORIG_PTE]
    unshare = m.stack[vmf + VMF_FLAGS] & FAULT_FLAG_UNSHARE
    if unshare == 0 and userfaultfd_pte_wp(m, vma, pte):
        return handle_userfault(m, vmf)
    page = site_page(m, k, SITE_DO_WP_PAGE, vma, m.stack[vmf + VMF_ADDRESS], pte)
    m.stack[vmf + VMF_PAGE] = page
    shared_writable = m.vma_flags[vma] & (VM_WRITE | VM_SHARED) == VM_WRITE | VM_SHARED
    if unshare and (page == NO_PAGE or page_anon(m, page) == 0):
        if behaviour(m, k, B_UNSHARES) == 0 or m.vma_flags[vma] & VM_SHARED:
            return 0
    if shared_writable and (page == NO_PAGE or page_pgmap_type(m, page) == RANGE_FSDAX):
        return wp_pfn_shared(m, k, vmf)
    if page == NO_PAGE:
        return wp_page_copy(m, k, vmf)
    if page_anon(m, page):
        if may_reuse_anon_page(m, k, page, vma):
            if unshare:
                return 0
            wp_page_reuse(m, vmf)
            return VM_FAULT_WRITE
    elif shared_writable:
        return wp_page_shared(m, vmf)
    get_page(m, page)
    if page_ksm(m, page) and behaviour(m, k, B_KSM_COW_COUNTERS):
        count(m, COW_KSM, 1)
    return wp_page_copy(m, k, vmf)


@core
def may_reuse_anon_page(m: State, k: Rules, page: int, vma: int) -> int:
    """Is this process the only owner?  Two rules: by counts, or by PageAnonExclusive."""
    head = compound_head(m, page)
    if behaviour(m, k, B_COW_REUSE) == 0:
        if page_ksm(m, page):
            return 0
        return 1 if m.page_refcount[head] == 1 and page_mapcount(m, page) == 1 else 0
    if page_flag(m, page, PG_ANON_EXCLUSIVE):
        return 1
    if page_compound(m, page) and behaviour(m, k, B_LARGE_FOLIOS):
        return may_reuse_large_folio(m, page) if behaviour(m, k, B_WP_REUSES_LARGE) else 0
    if page_ksm(m, page) or m.page_refcount[head] > 3:
        return 0
    if page_flag(m, page, PG_LRU) == 0 and behaviour(m, k, B_WP_DRAINS_BATCH):
        lru_add_drain(m, k)
    if m.page_refcount[head] > 1 + page_flag(m, page, PG_SWAPCACHE):
        return 0
    if page_flag(m, page, PG_SWAPCACHE):
        try_to_free_swap(m, k, page)
    if m.page_refcount[head] != 1:
        return 0
    page_move_anon_rmap(m, page, vma)
    return 1


@core
def may_reuse_large_folio(m: State, page: int) -> int:
    """One mm maps the folio, more than once, and nobody else holds it: the part is its own.

    Source: mm/memory.c:__wp_can_reuse_large_anon_folio.
    """
    head = compound_head(m, page)
    mappings = total_mapcount(m, head)
    if mappings <= 1 or folio_maybe_mapped_shared(m, head) or m.page_refcount[head] != mappings:
        return 0
    set_page_flag(m, page, PG_ANON_EXCLUSIVE)
    return 1


@core
def page_move_anon_rmap(m: State, page: int, vma: int) -> int:
    """The page belongs to this process alone now: its anon_vma, exclusive."""
    m.page_mapping[compound_head(m, page)] = (m.vma_anon_vma[vma] << MAPPING_SHIFT) | MAPPING_ANON
    return set_page_flag(m, page, PG_ANON_EXCLUSIVE)


@core
def wp_page_copy(m: State, k: Rules, vmf: int) -> int:
    """Map a copy in system memory; the old page (none on the PFN path) came with a reference."""
    vma = m.stack[vmf + VMF_VMA]
    pte = m.stack[vmf + VMF_ORIG_PTE]
    old = m.stack[vmf + VMF_PAGE]
    unshare = m.stack[vmf + VMF_FLAGS] & FAULT_FLAG_UNSHARE
    mm = m.vma_mm[vma]
    anon_vma_prepare(m, vma)
    new = alloc_page_vma(m, vma, m.stack[vmf + VMF_ADDRESS])
    if new == NO_PAGE:
        if old != NO_PAGE:
            put_page(m, k, old)
        return VM_FAULT_OOM
    mem_cgroup_charge(m, new, mm)
    if is_zero_pfn(m, pte_pfn(pte)) == 0:
        m.page_tag[new] = copied_tag(m, pte, old)
    set_page_flag(m, new, PG_UPTODATE)
    if old == NO_PAGE or page_anon(m, old) == 0:
        if old != NO_PAGE:
            add_mm_counter_fast(m, k, mm, mm_counter(m, old), -1)
        add_mm_counter_fast(m, k, mm, MM_ANONPAGES, 1)
    entry = mk_pte(m, new, m.vma_page_prot[vma]) | PAGE_ACCESSED
    if unshare:
        entry = entry | (pte & (PAGE_SOFT_DIRTY | PAGE_UFFD_WP))
    else:
        entry = maybe_mkwrite(m, vma, pte_mkdirty(entry))
    page_add_new_anon_rmap(m, k, new, vma, m.stack[vmf + VMF_ADDRESS])
    lru_cache_add_inactive_or_unevictable(m, k, new, vma)
    m.pte[m.stack[vmf + VMF_PTE]] = entry
    if old != NO_PAGE:
        page_remove_rmap(m, k, old, vma)
        _munlock_old_page(m, k, old, vma)
        free_swap_cache(m, k, old)
        put_page_refs(m, k, old, 2)  # the entry's reference and the caller's
    return 0 if unshare else VM_FAULT_WRITE


@core
def _munlock_old_page(m: State, k: Rules, old: int, vma: int) -> int:
    """The pagevec scheme munlocks a copied page in a locked VMA at once."""
    if behaviour(m, k, B_MLOCK_SCHEME):
        return 0
    if m.vma_flags[vma] & VM_LOCKED and page_flag(m, old, PG_MLOCKED):
        return munlock_vma_page_now(m, k, old)
    return 0


@core
def copied_tag(m: State, pte: int, old: int) -> int:
    """Contents of the copy: the old page's, or what the user address shows (device memory)."""
    if old != NO_PAGE:
        return m.page_tag[old]
    return pfn_tag(m, pte_pfn(pte))


@core
def pfn_tag(m: State, pfn: int) -> int:
    """Contents behind a pfn: its page's tag; memory without struct page reads as zero."""
    page = pfn_to_page(m, pfn)
    return m.page_tag[page] if page != NO_PAGE else 0


@core
def make_page_dirty(m: State, page: int) -> int:
    """A file page is about to be written: dirty, and on a disk file system with buffers.

    Source: fs/ext4 (page_mkwrite, write_begin): buffer heads hold a reference (PG_private).
    """
    file = m.page_mapping[page] >> MAPPING_SHIFT
    if file and m.file_ops[file] == OPS_FILE and page_flag(m, page, PG_PRIVATE) == 0:
        set_page_flag(m, page, PG_PRIVATE)
        get_page(m, page)
    return set_page_dirty(m, page)
