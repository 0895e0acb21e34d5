# SPDX-License-Identifier: GPL-2.0-or-later
"""What a call has against a VMA, an entry or a huge page as a whole: why it fails, or kills.

As in `looks.py`, which has what is said of single pages.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import pte_none, pte_present, pte_protnone
from linuxmm.lib.test_hmm import _ioctl_migrate, hmm_migrate_to_dev
from linuxmm.mm.compound import compound_head, total_mapcount
from linuxmm.mm.gup.follow import site_follow_page
from linuxmm.mm.gup.pages import check_vma_flags
from linuxmm.mm.huge_memory.split_page import split_huge_page
from linuxmm.mm.memory.fault import KILLED_SIGBUS, KILLED_SIGSEGV, access
from linuxmm.mm.migrate.move_pages import add_page_for_migration, vma_migratable
from linuxmm.mm.mlock.syscalls import apply_vma_lock_flags, do_mlock
from linuxmm.mm.pagewalk import mm_find_pte
from linuxmm.mm.vma import find_vma
from linuxmm.play.explain.looks import Asked, Function, Look, Said
from linuxmm.state.constants import (
    EINVAL,
    ENOENT,
    ENOMEM,
    NO_VMA,
    OPS_FSDAX,
    VM_IO,
    VM_PFNMAP,
    VM_READ,
    VM_WRITE,
)
from linuxmm.state.flags import FOLL_FLAGS
from linuxmm.state.sites import SITES

DRIVER: Final = "lib/test_hmm.c:dmirror_migrate_to_device"
FOLL_WRITE: Final = FOLL_FLAGS["FOLL_WRITE"]


# --- entries and VMAs -----------------------------------------------------------------------------
def _no_entry(asked: Asked) -> Said | None:
    """follow_page() finds no page without a fault, which it never makes."""
    site, vma, addr = (asked.args[name] for name in ("site", "vma", "addr"))
    if asked.result > 0:
        return None
    pte = mm_find_pte(asked.m, asked.m.vma_mm[vma], addr)
    if pte_none(pte):
        why = "nothing is mapped there yet"
    elif not pte_present(pte):
        why = "the entry is not present, and nobody faults it in"
    elif pte_protnone(pte):
        why = "the entry allows no access (PROT_NONE)"
    else:
        return None  # a lookup or a test has said it
    return Said(SITES[site], why, vma=vma, addr=addr)


def _not_migratable(asked: Asked) -> Said | None:
    mm, addr = asked.args["mm"], asked.args["addr"]
    vma = find_vma(asked.m, mm, addr)
    if asked.result >= 0 or vma == NO_VMA or vma_migratable(asked.m, vma):
        return None
    why = "its VMA cannot be migrated (raw PFNs, DAX): -EFAULT"
    return Said("mm/migrate.c:add_page_for_migration", why, vma=vma, addr=addr)


def _gup_refused(asked: Asked) -> Said | None:
    """What GUP has against a VMA, before it looks at a page."""
    vma, flags = asked.args["vma"], asked.args["flags"]
    if asked.result >= 0:
        return None
    has = asked.m.vma_flags[vma]
    if has & (VM_IO | VM_PFNMAP):
        why = "its pages are raw PFNs, without struct page"
    elif asked.m.vma_ops[vma] == OPS_FSDAX:
        why = "a file on DAX is not pinned for long"
    elif flags & FOLL_WRITE and not has & VM_WRITE:
        why = "it may not be written"
    elif not flags & FOLL_WRITE and not has & VM_READ:
        why = "it may not be read"
    else:
        why = "these flags are refused"
    said = f"the VMA: {why}"
    return Said("mm/gup.c:check_vma_flags", said, vma=vma, addr=asked.m.vma_start[vma])


def _killed(asked: Asked) -> Said | None:
    """A process dies of touching an address."""
    mm, addr, write = (asked.args[name] for name in ("mm", "addr", "write"))
    if asked.result not in (KILLED_SIGSEGV, KILLED_SIGBUS):
        return None
    vma = find_vma(asked.m, mm, addr)
    if asked.result == KILLED_SIGBUS:
        return Said("mm/memory.c:handle_mm_fault", "no page could be had: SIGBUS", 0, vma, addr)
    where = "arch/x86/mm/fault.c:do_user_addr_fault"
    if vma == NO_VMA:
        return Said(where, "nothing is mapped at that address: SIGSEGV")
    what = "written" if write else "read"
    return Said(where, f"its VMA may not be {what}: SIGSEGV", vma=vma, addr=addr)


# --- mlock ----------------------------------------------------------------------------------------
def _over_the_limit(asked: Asked) -> Said | None:
    m, task = asked.m, asked.args["task"]
    if asked.result != -ENOMEM or _hole(asked, m.task_mm[task]):
        return None
    have = m.mm_locked_vm[m.task_mm[task]]
    why = f"-ENOMEM: beyond RLIMIT_MEMLOCK, or pages that cannot be had ({have} locked before)"
    return Said("mm/mlock.c:do_mlock", why)


def _hole(asked: Asked, mm: int) -> bool:
    end = asked.args["start"] + asked.args["npages"] * 4096
    return any(find_vma(asked.m, mm, at) == NO_VMA for at in range(asked.args["start"], end, 4096))


def _ends_at_a_hole(asked: Asked) -> Said | None:
    if asked.result != -ENOMEM:
        return None
    why = "-ENOMEM: the range has a hole, or no VMA is left to split"
    return Said("mm/mlock.c:apply_vma_lock_flags", why)


# --- devices, huge pages --------------------------------------------------------------------------
def _range_refused(asked: Asked) -> Said | None:
    """The driver, or migrate_vma_setup, refuses a range."""
    m, mm, start = asked.m, asked.args["mm"], asked.args["start"]
    if asked.result != -EINVAL:
        return None
    vma = find_vma(m, mm, start)
    if vma == NO_VMA:
        return Said(DRIVER, "-EINVAL: nothing is mapped there")
    where = "mm/migrate_device.c:migrate_vma_setup"
    why = "-EINVAL: a VMA of the range cannot be migrated to a device (raw PFNs, DAX)"
    if not m.vma_flags[vma] & VM_READ:
        where, why = DRIVER, "-EINVAL: the VMA may not be read"
    return Said(where, why, vma=vma, addr=start)


def _not_all_came(asked: Asked) -> Said | None:
    if asked.result != -ENOENT:
        return None
    why = (
        "-ENOENT: not every page of the range came, and the driver reads all of it back through "
        "its mirror; those that could did move"
    )
    return Said(DRIVER, why)


def _not_split(asked: Asked) -> Said | None:
    """A huge page stays whole."""
    m = asked.m
    if asked.result >= 0:
        return None
    head = compound_head(m, asked.args["page"])
    mapped = total_mapcount(m, head)
    why = f"somebody holds the huge page (refcount {m.page_refcount[head]}, mapped {mapped} times)"
    if mapped == 0:
        why = "nobody maps the huge page"
    return Said("mm/huge_memory.c:split_huge_page_to_list", f"{why}: it stays whole", head)


REFUSALS: Final[tuple[tuple[Function, Look], ...]] = (
    (site_follow_page, _no_entry),
    (add_page_for_migration, _not_migratable),
    (check_vma_flags, _gup_refused),
    (access, _killed),
    (do_mlock, _over_the_limit),
    (apply_vma_lock_flags, _ends_at_a_hole),
    (_ioctl_migrate, _range_refused),
    (hmm_migrate_to_dev, _not_all_came),
    (split_huge_page, _not_split),
)
