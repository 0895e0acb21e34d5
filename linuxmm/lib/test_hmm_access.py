# SPDX-License-Identifier: GPL-2.0-or-later
"""What the test device does with a process's memory in place.  Source: lib/test_hmm.c.

Each step opens the device anew: its mirror of the address space begins empty, so that every page
of a read or write is asked of hmm_range_fault.  A device's write leaves the entries as they are:
nobody marks them dirty.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.lib.test_hmm import BATCH
from linuxmm.mm.hmm import (
    HMM_PFN_ERROR,
    HMM_PFN_PMD,
    HMM_PFN_REQ_FAULT,
    HMM_PFN_REQ_WRITE,
    HMM_PFN_WRITE,
    hmm_pfn_to_page,
    hmm_range_fault,
)
from linuxmm.mm.page import not_modelled, page_pgmap_type
from linuxmm.state.constants import (
    EINVAL,
    NO_PAGE,
    RANGE_COHERENT,
    RANGE_PRIVATE,
    SET_ZERO_PAGE,
    WHY_DEVICE,
    WHY_TOO_MANY,
)
from linuxmm.state.layout import MAX_OUT, State
from linuxmm.state.rules import Rules

NOBODY: Final = -1  # an owner that no page has
# words of a snapshot (HMM_DMIRROR_PROT_*)
PROT_READ: Final = 1
PROT_WRITE: Final = 2
PROT_ZERO: Final = 4
PROT_PRIVATE_LOCAL: Final = 8
PROT_PRIVATE_REMOTE: Final = 16
PROT_COHERENT_LOCAL: Final = 32
PROT_COHERENT_REMOTE: Final = 64
PROT_ERROR: Final = 128
PROT_PMD: Final = 256


# --- read and write ---
@core
def hmm_fault(m: State, k: Rules, mm: int, start: int, npages: int, r: int, write: int) -> int:
    """dmirror_fault: the whole range for the device, 64 pages at a time; 0 or -errno.

    VM_FAULT_RETRY: it sleeps on a migration entry.
    """
    if npages <= 0 or start & 4095:
        return -EINVAL
    request = HMM_PFN_REQ_FAULT | HMM_PFN_REQ_WRITE if write else HMM_PFN_REQ_FAULT
    addr = start
    end = start + npages * 4096
    while addr < end:
        stop = min(addr + BATCH * 4096, end)
        result = hmm_range_fault(m, k, mm, addr, stop, r, request)
        if result != 0:
            return result
        addr = stop
    return 0


@core
def hmm_mirror(m: State, k: Rules, mm: int, start: int, end: int) -> int:
    """The mirror of at most 64 pages after their fault: the words of hmm_range_fault, in m.out.

    They are asked for again, without a fault: nothing has changed in between.  A private page of
    the device itself has no word so; the driver would copy from the page that no CPU can address.
    """
    return hmm_range_fault(m, k, mm, start, end, NOBODY, 0)


@core
def mirrored_page(m: State, word: int) -> int:
    """The page that the mirror has after a fault; without one it is not modelled (a trap)."""
    page = hmm_pfn_to_page(m, word)
    return page if page != NO_PAGE else not_modelled(m, WHY_DEVICE)


@core
def hmm_load(m: State, k: Rules, mm: int, start: int, npages: int) -> int:
    """dmirror_do_read: the contents of pages that were faulted in, in m.out; how many.

    The last 64 pages first: the words of all are written where the first 64 contents go.
    """
    if npages > MAX_OUT:
        return not_modelled(m, WHY_TOO_MANY)
    first = (npages - 1) // BATCH * BATCH
    while first >= 0:
        nr = min(BATCH, npages - first)
        hmm_mirror(m, k, mm, start + first * 4096, start + (first + nr) * 4096)
        for i in range(nr):
            m.out[first + i] = m.page_tag[mirrored_page(m, m.out[i])]
        first -= BATCH
    return npages


@core
def hmm_store(m: State, k: Rules, mm: int, start: int, npages: int, tag: int) -> int:
    """dmirror_do_write: new contents for pages that were faulted in for writing."""
    for first in range(0, npages, BATCH):
        nr = min(BATCH, npages - first)
        hmm_mirror(m, k, mm, start + first * 4096, start + (first + nr) * 4096)
        for i in range(nr):
            m.page_tag[mirrored_page(m, m.out[i])] = tag
    return 0


# --- snapshot ---
@core
def hmm_snapshot(m: State, k: Rules, mm: int, start: int, npages: int, r: int) -> int:
    """dmirror_snapshot of at most 64 pages: PROT_* bits for each in m.out; how many, or -errno."""
    if npages <= 0 or start & 4095:
        return -EINVAL
    if npages > BATCH:
        return not_modelled(m, WHY_TOO_MANY)
    hmm_range_fault(m, k, mm, start, start + npages * 4096, r, 0)  # asked for nothing: never fails
    for i in range(npages):
        m.out[i] = dmirror_mkentry(m, m.out[i], r)
    return npages


@core
def dmirror_mkentry(m: State, word: int, r: int) -> int:
    """What the device says of one word of hmm_range_fault."""
    if word & HMM_PFN_ERROR:
        return PROT_ERROR
    page = hmm_pfn_to_page(m, word)
    if page == NO_PAGE:
        return 0
    may = PROT_WRITE if word & HMM_PFN_WRITE else PROT_READ
    if word & HMM_PFN_PMD:
        may |= PROT_PMD
    return dmirror_place(m, page, r) | may


@core
def dmirror_place(m: State, page: int, r: int) -> int:
    """Whose memory the page lies in, as seen from device `r`."""
    local = m.page_range[page] == r
    kind = page_pgmap_type(m, page)
    if kind == RANGE_PRIVATE:
        return PROT_PRIVATE_LOCAL if local else PROT_PRIVATE_REMOTE
    if kind == RANGE_COHERENT:
        return PROT_COHERENT_LOCAL if local else PROT_COHERENT_REMOTE
    return PROT_ZERO if page == m.setting[SET_ZERO_PAGE] else 0
