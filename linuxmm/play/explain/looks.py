# SPDX-License-Identifier: GPL-2.0-or-later
"""The functions of the core that decide about a page, and what their answers mean in words.

Each look gets the state after the call, its arguments and its result, and says why the page stayed
as it was: an empty sentence where it did not.  Numbers are those of the moment.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from linuxmm.kernels import Kernel
from linuxmm.mm.ksm.merge import write_protect_page
from linuxmm.mm.ksm.scan import cmp_and_merge_page, ksmd
from linuxmm.mm.ksm.slots import KSM_RUN_MERGE
from linuxmm.mm.madvise.cold import can_madv_lru_vma
from linuxmm.mm.madvise.free import madvise_free_single_vma
from linuxmm.mm.memory.lookup import choose_lookup, lookup_facts
from linuxmm.mm.migrate.folio import folio_expected_refs, migrate_folio
from linuxmm.mm.migrate.misplaced import migrate_misplaced_page
from linuxmm.mm.migrate_device import migrate_vma_check_page
from linuxmm.mm.numa import numa_scan, vma_scanned
from linuxmm.mm.page import (
    is_zone_device_page,
    page_flag,
    page_maybe_dma_pinned,
    page_to_nid,
)
from linuxmm.mm.rmap_migrate import try_to_migrate
from linuxmm.mm.sites import _look_up, predicate, refusing_row
from linuxmm.mm.swap import deactivate_page, mark_page_lazyfree
from linuxmm.mm.swapfile import add_to_swap
from linuxmm.mm.unmap import try_to_unmap
from linuxmm.mm.vmscan.fate import ACTIVATE, FREED, KEEP
from linuxmm.mm.vmscan.isolate import isolate_lru_page
from linuxmm.mm.vmscan.reclaim import page_check_references, shrink_page
from linuxmm.state.constants import (
    LIST_ISOLATED,
    LIST_MIGRATE,
    NO_PAGE,
    NR_PVECS,
    PG_ACTIVE,
    PG_LRU,
    PG_MLOCKED,
    PG_UNEVICTABLE,
    PG_WRITEBACK,
    PVEC_SIZE,
    SET_KSM_RUN,
    SET_NUMA_BALANCING,
    SET_SWAP_SLOTS,
    VM_LOCKED,
    VM_MERGEABLE,
)
from linuxmm.state.layout import SIZE_U, SIZE_V, State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITES
from linuxmm.state.vocabulary import LOOKUPS, PREDICATES, RESULT_PAGE

Function = Callable[..., int]
UNSTABLE: Final = 1  # m.item_tree[item]
STABLE: Final = 2


class Said(NamedTuple):
    """What a function of the kernel had against a page (row), an entry (vma, addr) or a VMA."""

    where: str
    why: str
    page: int = 0
    vma: int = 0
    addr: int = 0
    test: str = ""


class Asked(NamedTuple):
    """One call that was made: the state after it, the kernel, its arguments and its result."""

    m: State
    k: Rules
    kernel: Kernel
    args: Mapping[str, int]  # by the names of the function's parameters
    result: int


Look = Callable[[Asked], Said | None]


# --- the rules ------------------------------------------------------------------------------------
def _refused(asked: Asked) -> Said | None:
    """A test of a site's record refuses the page."""
    site, page, target = (asked.args[name] for name in ("site", "page", "target"))
    row = asked.result
    if row < 0:
        return None
    first = asked.k.site_test_first[site]
    test = asked.kernel.site(SITES[site]).tests[row - first]
    put = ", its reference dropped" if test.put else ""
    facts = _facts(asked, test.refuse, page, target)
    why = f"test {test.refuse} refuses it{facts}: {test.gives}{put}"
    return Said(SITES[site], why, page, test=test.refuse)


def _facts(asked: Asked, test: str, page: int, target: int) -> str:
    """The numbers that a test is about."""
    m = asked.m
    if "mapcount" in test:
        return f" (mapcount {m.page_mapcount[page]})"
    if "pinned" in test or test == "cow_shared":
        batch = ", one of it a per-CPU batch's, which drain empties" if _in_a_batch(m, page) else ""
        return f" (refcount {m.page_refcount[page]}{batch})"
    if test == "node_is_target":
        return f" (it is on node{target})"
    if test == "other_zone":
        return f" (it is on node{page_to_nid(m, page)})"
    if test in ("isolation_fails", "not_lru"):
        return f" ({off_the_lru(m, page)})"
    return ""


def _no_page(asked: Asked) -> Said | None:
    """The lookup of a site finds no page behind a present entry."""
    site, vma, addr = (asked.args[name] for name in ("site", "vma", "addr"))
    pte, foll = asked.args["pte"], asked.args["foll"]
    if asked.result != NO_PAGE:
        return None
    lookup = choose_lookup(asked.k, site, foll)
    row = _row(asked, lookup, lookup_facts(asked.m, vma, addr, pte))
    why = f"the lookup {LOOKUPS[lookup]} gives no page{f' by {row}' if row else ''}"
    return Said(SITES[site], why, vma=vma, addr=addr)


def _row(asked: Asked, lookup: int, facts: int) -> str:
    """The row that gave no page: of the lookup's body, or of the one that it is made on."""
    body = asked.kernel.lookup(LOOKUPS[lookup])
    special = dict(asked.kernel.config).get("pte_special", True)
    bodies = [asked.kernel.lookup(body.of), body] if body.of else [body]
    for each in bodies:
        rows = each.then if each.of else each.rows if special else each.rows_without_pte_special
        holds = (r for r in rows if facts & r.need == r.need and facts & r.forbid == 0)
        row = next(holds, None)
        if row is not None and row.result != RESULT_PAGE:
            return f'"{row.text}"'
    return ""


def _predicate(asked: Asked) -> Said | None:
    which, page = asked.args["which"], asked.args["page"]
    if asked.result:
        return None
    return Said("", f"the predicate {PREDICATES[which]} says no", page)


# --- the LRU --------------------------------------------------------------------------------------
def off_the_lru(m: State, page: int) -> str:
    """Why a page is on no LRU list."""
    if is_zone_device_page(m, page):
        return "device memory is on no LRU list"
    if _in_a_batch(m, page):
        return "it waits in a per-CPU batch, which drain empties"
    if m.page_list[page] in (LIST_ISOLATED, LIST_MIGRATE):
        return "it is isolated already"
    return "it is on no LRU list"


def _in_a_batch(m: State, page: int) -> bool:
    for pvec in range(m.size[SIZE_U] * NR_PVECS):
        first = pvec * PVEC_SIZE
        if any(m.pvec_page[first + i] == page for i in range(m.pvec_nr[pvec])):
            return True
    return False


def _not_isolated(asked: Asked) -> Said | None:
    page = asked.args["page"]
    if asked.result == 0:
        return None
    return Said("mm/vmscan.c:isolate_lru_page", f"-EBUSY: {off_the_lru(asked.m, page)}", page)


def _not_cold(asked: Asked) -> Said | None:
    """MADV_COLD moves active pages that are on the LRU."""
    page = asked.args["page"]
    flags = asked.m.page_flags[page]
    if flags & PG_UNEVICTABLE:
        why = "it is unevictable"
    elif flags & PG_LRU == 0:
        why = off_the_lru(asked.m, page)
    elif flags & PG_ACTIVE == 0:
        why = "it is inactive already"
    else:
        return None
    return Said("mm/swap.c:deactivate_page", why, page)


def _not_lazy(asked: Asked) -> Said | None:
    """MADV_FREE takes anonymous pages that are on the LRU."""
    page = asked.args["page"]
    flags = asked.m.page_flags[page]
    if flags & PG_LRU or _in_a_batch(asked.m, page):
        return None
    return Said("mm/swap.c:mark_page_lazyfree", off_the_lru(asked.m, page), page)


# --- VMAs that advice does not reach --------------------------------------------------------------
def _vma_refused(asked: Asked) -> Said | None:
    """MADV_COLD and MADV_PAGEOUT end at a VMA that they leave alone."""
    vma = asked.args["vma"]
    if asked.result:
        return None
    locked = asked.m.vma_flags[vma] & VM_LOCKED
    what = "is locked" if locked else "has no pages that could go (raw PFNs, hugetlb)"
    return _of_vma(asked, vma, "mm/madvise.c:can_madv_lru_vma", f"the VMA {what}: -EINVAL")


def _not_anonymous(asked: Asked) -> Said | None:
    if asked.result >= 0:
        return None
    where = "mm/madvise.c:madvise_free_single_vma"
    return _of_vma(asked, asked.args["vma"], where, "the VMA is not anonymous: -EINVAL")


def _of_vma(asked: Asked, vma: int, where: str, why: str) -> Said:
    return Said(where, why, vma=vma, addr=asked.m.vma_start[vma])


# --- reclaim --------------------------------------------------------------------------------------
def _referenced(asked: Asked) -> Said | None:
    page = asked.args["page"]
    if asked.result not in (ACTIVATE, KEEP):
        return None
    becomes = "active" if asked.result == ACTIVATE else "kept once more"
    where = "mm/vmscan.c:page_check_references"
    return Said(where, f"it was used since the last look, and is {becomes}", page)


def _no_slot(asked: Asked) -> Said | None:
    page = asked.args["page"]
    if asked.result:
        return None
    has = asked.m.setting[SET_SWAP_SLOTS]
    why = f"all {has} swap slots are in use" if has else "the machine has no swap"
    return Said("mm/swap_state.c:add_to_swap", why, page)


def _still_mapped(asked: Asked) -> Said | None:
    page = asked.args["page"]
    if asked.result:
        return None
    left = asked.m.page_mapcount[page]
    return Said("mm/rmap.c:try_to_unmap", f"an entry stays (mapcount {left})", page)


def _not_reclaimed(asked: Asked) -> Said | None:
    """The last word on a page that was not freed."""
    page = asked.args["page"]
    if asked.result == FREED:
        return None
    why = "it stays"
    if page_flag(asked.m, page, PG_MLOCKED):
        why = "it is mlocked"
    elif page_flag(asked.m, page, PG_WRITEBACK):
        why = "it is under writeback"
    references = f"refcount {asked.m.page_refcount[page]}, mapcount {asked.m.page_mapcount[page]}"
    becomes = ", active" if asked.result == ACTIVATE else ""
    return Said("mm/vmscan.c:shrink_page_list", f"{why}{becomes} ({references})", page)


# --- migration ------------------------------------------------------------------------------------
def _held(asked: Asked) -> Said | None:
    """A device migration gives up a page that somebody else holds."""
    page = asked.args["page"]
    if asked.result:
        return None
    m = asked.m
    why = f"somebody holds it (refcount {m.page_refcount[page]}, mapcount {m.page_mapcount[page]})"
    return Said("mm/migrate_device.c:migrate_vma_check_page", why, page)


def _not_unmapped(asked: Asked) -> Said | None:
    """Migration entries could not replace all entries."""
    page = asked.args["page"]
    left = asked.m.page_mapcount[page]
    if left == 0:
        return None
    held = f"refcount {asked.m.page_refcount[page]}, mapcount {left}"
    pinned = ", the page is pinned" if page_maybe_dma_pinned(asked.m, page) else ""
    return Said("mm/rmap.c:try_to_migrate", f"an entry stays{pinned} ({held})", page)


def _not_moved(asked: Asked) -> Said | None:
    old = asked.args["old"]
    if asked.result == 0:
        return None
    expected = folio_expected_refs(asked.m, asked.k, old)
    why = f"-EAGAIN: somebody holds it (refcount {asked.m.page_refcount[old]}, not {expected})"
    return Said("mm/migrate.c:migrate_folio", why, old)


def _not_followed(asked: Asked) -> Said | None:
    page, node = asked.args["page"], asked.args["node"]
    if asked.result:
        return None
    return Said("mm/migrate.c:migrate_misplaced_page", f"it does not go to node{node}", page)


# --- NUMA balancing, KSM --------------------------------------------------------------------------
def _no_scan(asked: Asked) -> Said | None:
    if asked.m.setting[SET_NUMA_BALANCING]:
        return None
    why = "nothing is scanned: sysctl kernel.numa_balancing = 0"
    return Said("kernel/sched/fair.c:task_numa_work", why)


def _vma_passed(asked: Asked) -> Said | None:
    vma = asked.args["vma"]
    if asked.result:
        return None
    why = "the scan passes over the VMA: it cannot be migrated or read, or is read-only text"
    return _of_vma(asked, vma, "kernel/sched/fair.c:task_numa_work", why)


def _no_ksmd(asked: Asked) -> Said | None:
    """The two things without which ksmd sleeps."""
    m, why = asked.m, ""
    if m.setting[SET_KSM_RUN] & KSM_RUN_MERGE == 0:
        why = "nothing is scanned: ksm run = 0 in the machine block"
    elif not any(
        m.vma_mm[vma] and m.vma_flags[vma] & VM_MERGEABLE for vma in range(1, m.used[SIZE_V])
    ):
        why = "nothing is scanned: nobody gave MADV_MERGEABLE"
    return Said("mm/ksm.c:ksmd_should_run", why) if why else None


def _not_protected(asked: Asked) -> Said | None:
    page = asked.args["page"]
    if asked.result == 0:
        return None
    m = asked.m
    why = f"somebody uses it (refcount {m.page_refcount[page]}, mapcount {m.page_mapcount[page]})"
    return Said("mm/ksm.c:write_protect_page", why, page)


def _not_merged(asked: Asked) -> Said | None:
    """What ksmd waits for before it merges a page: an equal page, or another look at this one."""
    m, page, tree = asked.m, asked.args["page"], asked.m.item_tree[asked.args["item"]]
    if tree == STABLE or m.page_mapcount[page] == 0:  # merged, or the zero page stands there now
        return None
    why = "it waits in the unstable tree: no page with its contents was met"
    if tree != UNSTABLE:
        why = "not in this pass: a page is taken when two passes find the same contents"
    return Said("mm/ksm.c:cmp_and_merge_page", why, page)


LOOKS: Final[tuple[tuple[Function, Look], ...]] = (
    (refusing_row, _refused),
    (_look_up, _no_page),
    (predicate, _predicate),
    (isolate_lru_page, _not_isolated),
    (can_madv_lru_vma, _vma_refused),
    (madvise_free_single_vma, _not_anonymous),
    (deactivate_page, _not_cold),
    (mark_page_lazyfree, _not_lazy),
    (page_check_references, _referenced),
    (add_to_swap, _no_slot),
    (try_to_unmap, _still_mapped),
    (shrink_page, _not_reclaimed),
    (try_to_migrate, _not_unmapped),
    (migrate_vma_check_page, _held),
    (migrate_folio, _not_moved),
    (migrate_misplaced_page, _not_followed),
    (numa_scan, _no_scan),
    (vma_scanned, _vma_passed),
    (write_protect_page, _not_protected),
    (ksmd, _no_ksmd),
    (cmp_and_merge_page, _not_merged),
)
