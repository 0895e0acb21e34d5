# SPDX-License-Identifier: GPL-2.0-or-later
"""A toy mm for comparing searches: four pages, one of them a device's, two mms of four entries.

Functions of a core over its own columns, rules in a table: our engine takes it as it takes the
core of mm/.  The same model is `toy.pml` (Promela) and `toy.c` (written by hand, one word a state).
Ten kinds of operations: fault, zap, fork, COW, reuse, write-protect, isolate, putback, migration to
the device and back, NUMA migration.  Three promises: references are entries, a page without
references is on no list, a device page is on none.

A count by hand: at one index both mms have nothing, one has a page (writable or not: 4 ways), both
share one read-only (1), or each has its own (4 ways): 1 + 5x + 4x^2, x for a page.  Four indices,
pages chosen in order, and each system page in use on the LRU or isolated:
1 + 20*7 + 166*36 + 740*120 + 1921*192 = 463,749 states.
"""

from array import array
from collections.abc import Iterator
from itertools import product
from typing import Final

from linuxmm.state.layout import TRAP_CODE
from linuxmm.steps.search import Action

STATES: Final = 463_749
TRANSITIONS: Final = 6_061_040

MMS: Final = 2
SLOTS: Final = 8  # of both mms, mm * 4 + index
NR_PAGES: Final = 4
DEVICE_PAGE: Final = 3
SYSTEM: Final = 0  # kinds of pages
DEVICE: Final = 1
NR_KINDS: Final = 2
LIST_NONE: Final = 0
LIST_LRU: Final = 1
LIST_ISOLATED: Final = 2

# sites, each with an answer for each kind of page: 1 the page, 0 none
SITE_LRU_ADD: Final = 0
SITE_ISOLATE: Final = 1
SITE_NUMA: Final = 2
NR_SITES: Final = 3
RIGHT: Final = (1, 0, 1, 0, 1, 0)  # [site * NR_KINDS + kind]

OP_FAULT, OP_ZAP, OP_FORK, OP_COW, OP_REUSE, OP_PROTECT = 1001, 1002, 1003, 1004, 1005, 1006
OP_ISOLATE, OP_PUTBACK, OP_TO_DEVICE, OP_TO_SYSTEM, OP_NUMA = 1007, 1008, 1009, 1010, 1011

# facts: the first bit of each
NONE: Final = 0  # of a slot: no entry
SHARED: Final = 8  # of a slot: read-only, of a page with more entries
ALONE: Final = 16  # of a slot: read-only, of a page without
FREE: Final = 24  # of a page
ISOLATED: Final = 28
HELD: Final = 32  # of a page: referenced, and not isolated
EMPTY: Final = 36  # of an mm
ROOM: Final = 38  # some system page is free

REFERENCES: Final = 1 << 0
LISTED_FREE: Final = 1 << 1
LISTED_DEVICE: Final = 1 << 2
PROMISES: Final = ("references", "listed-free", "listed-device")


class State:
    """The machine: an entry is (page + 1) << 1 | writable, 0 none."""

    pte: memoryview
    page_refcount: memoryview
    page_list: memoryview
    page_kind: memoryview
    scratch: memoryview
    event_code: memoryview


class Rules:
    """The rules: answers of sites."""

    answer: memoryview


STATE_COLUMNS: Final = {
    "pte": "B", "page_refcount": "B", "page_list": "B", "page_kind": "B",
    "scratch": "q", "event_code": "q",
}  # fmt: skip
RULES_COLUMNS: Final = {"answer": "q"}
ENTRIES: Final = {"pte": SLOTS, "page_refcount": NR_PAGES, "page_list": NR_PAGES,
                  "page_kind": NR_PAGES, "scratch": TRAP_CODE + 1, "event_code": 1}  # fmt: skip


class Block:
    """The bytes of one toy, as a search takes them: state, then scratch."""

    def __init__(self) -> None:
        self.data = bytearray(24 + 8 * (TRAP_CODE + 2))
        self.view, self.m = memoryview(self.data), State()
        self.part_end, self.offsets = {"state": 24, "counters": 24}, {"out": 0}
        at = 0
        for name, kind in STATE_COLUMNS.items():
            at = 24 if name == "scratch" else at
            end = at + ENTRIES[name] * (8 if kind == "q" else 1)
            setattr(self.m, name, self.view[at:end].cast(kind))  # type: ignore[call-overload]
            at = end
        self.m.page_kind[DEVICE_PAGE] = DEVICE

    def snapshot(self) -> bytes:
        """The state as bytes."""
        return self.view[:24].tobytes()

    def restore(self, snapshot: bytes | bytearray) -> None:
        """Put a state back; scratch is cleared."""
        self.data[:] = bytes(snapshot).ljust(len(self.data), b"\0")

    def cleared(self) -> "array[int]":
        """The words that a step finds empty."""
        return array("q", (3, TRAP_CODE + 2))


def rules(answers: tuple[int, ...] = RIGHT) -> Rules:
    """The rules with these answers."""
    k = Rules()
    k.answer = memoryview(array("q", answers))
    return k


# --- the core ---
def step(
    m: State, k: Rules, op: int, a: int, b: int, c: int, d: int, e: int, f: int, g: int, h: int
) -> int:
    """One operation; c: an mm, slot or page, d: a page."""
    if op == OP_FAULT:
        return fault(m, k, c, d)
    if op == OP_ZAP:
        return zap(m, c)
    if op == OP_FORK:
        return fork(m, c)
    if op == OP_COW:
        return cow(m, k, c, d)
    if op == OP_REUSE:
        m.pte[c] = m.pte[c] | 1
        return 0
    if op == OP_PROTECT:
        return protect(m, c)
    if op == OP_ISOLATE:
        return isolate(m, k, c)
    if op == OP_PUTBACK:
        m.page_list[c] = LIST_LRU
        return 0
    if op == OP_NUMA:
        return numa(m, k, c)
    return migrate(m, k, c, d)


def lookup(m: State, k: Rules, site: int, page: int) -> int:
    """Does the site get this page?"""
    return k.answer[site * NR_KINDS + m.page_kind[page]]


def lru_add(m: State, k: Rules, page: int) -> int:
    m.page_list[page] = LIST_LRU if lookup(m, k, SITE_LRU_ADD, page) else LIST_NONE
    return 0


def put_page(m: State, page: int) -> int:
    m.page_refcount[page] = m.page_refcount[page] - 1
    if m.page_refcount[page] == 0:
        m.page_list[page] = LIST_NONE
    return 0


def fault(m: State, k: Rules, slot: int, page: int) -> int:
    m.pte[slot] = (page + 1) << 1 | 1
    m.page_refcount[page] = 1
    return lru_add(m, k, page)


def zap(m: State, slot: int) -> int:
    page = (m.pte[slot] >> 1) - 1
    m.pte[slot] = 0
    return put_page(m, page)


def fork(m: State, mm: int) -> int:
    """Every entry of the mm, read-only, in the other one too."""
    for slot in range(mm * 4, mm * 4 + 4):
        if m.pte[slot]:
            m.pte[slot] = m.pte[slot] & ~1
            m.pte[slot ^ 4] = m.pte[slot]
            page = (m.pte[slot] >> 1) - 1
            m.page_refcount[page] = m.page_refcount[page] + 1
    return 0


def cow(m: State, k: Rules, slot: int, page: int) -> int:
    put_page(m, (m.pte[slot] >> 1) - 1)
    return fault(m, k, slot, page)


def protect(m: State, mm: int) -> int:
    for slot in range(mm * 4, mm * 4 + 4):
        m.pte[slot] = m.pte[slot] & ~1
    return 0


def isolate(m: State, k: Rules, page: int) -> int:
    if lookup(m, k, SITE_ISOLATE, page):
        m.page_list[page] = LIST_ISOLATED
    return 0


def numa(m: State, k: Rules, page: int) -> int:
    """To the first free page."""
    if lookup(m, k, SITE_NUMA, page) == 0:
        return 0
    for to in range(DEVICE_PAGE):
        if m.page_refcount[to] == 0:
            return migrate(m, k, page, to)
    return 0


def migrate(m: State, k: Rules, page: int, to: int) -> int:
    """All entries of one page name another one."""
    for slot in range(SLOTS):
        if m.pte[slot] >> 1 == page + 1:
            m.pte[slot] = (to + 1) << 1 | m.pte[slot] & 1
    m.page_refcount[to] = m.page_refcount[page]
    m.page_refcount[page] = 0
    m.page_list[page] = LIST_NONE
    return lru_add(m, k, to)


def facts(m: State, k: Rules, which: int) -> int:
    """What actions ask for."""
    if which:
        return 0
    bits = 0
    for slot in range(SLOTS):
        pte = m.pte[slot]
        if pte == 0:
            bits |= 1 << (NONE + slot)
        elif pte & 1 == 0:
            shared = m.page_refcount[(pte >> 1) - 1] > 1
            bits |= (1 << (SHARED + slot)) if shared else (1 << (ALONE + slot))
    for page in range(NR_PAGES):
        if m.page_refcount[page] == 0:
            bits |= 1 << (FREE + page)
        else:
            isolated = m.page_list[page] == LIST_ISOLATED
            bits |= (1 << (ISOLATED + page)) if isolated else (1 << (HELD + page))
    if bits & 15 == 15:
        bits |= 1 << EMPTY
    if bits >> 4 & 15 == 15:
        bits |= 1 << (EMPTY + 1)
    return bits | (1 << ROOM) if bits >> FREE & 7 else bits


def audit(m: State, k: Rules) -> int:
    """The promises that the state breaks."""
    broken = 0
    for page in range(NR_PAGES):
        entries = 0
        for slot in range(SLOTS):
            if m.pte[slot] >> 1 == page + 1:
                entries += 1
        if entries != m.page_refcount[page]:
            broken |= REFERENCES
        if m.page_list[page] and m.page_refcount[page] == 0:
            broken |= LISTED_FREE
        if m.page_list[page] and m.page_kind[page] == DEVICE:
            broken |= LISTED_DEVICE
    return broken


# --- what is done ---
def actions() -> list[Action]:
    """All that can be done, each with what must be true before it."""
    return [Action(((op, 0, 0, *args),), frozenset(needs), frozenset(without))
            for op, args, needs, without in _rows()]  # fmt: skip


def _rows() -> Iterator[tuple[int, tuple[int, ...], set[int], set[int]]]:
    slots, system = range(SLOTS), range(DEVICE_PAGE)
    for slot, page in product(slots, system):
        yield OP_FAULT, (slot, page), {NONE + slot, FREE + page}, set()
    for slot in slots:
        yield OP_ZAP, (slot,), set(), {NONE + slot}
    for mm in range(MMS):
        yield OP_FORK, (mm,), {EMPTY + 1 - mm}, {EMPTY + mm}
    for slot, page in product(slots, system):
        yield OP_COW, (slot, page), {SHARED + slot, FREE + page}, set()
    for slot in slots:
        yield OP_REUSE, (slot,), {ALONE + slot}, set()
    for mm in range(MMS):
        yield OP_PROTECT, (mm,), set(), {EMPTY + mm}
    for page in range(NR_PAGES):
        yield OP_ISOLATE, (page,), {HELD + page}, set()
        yield OP_PUTBACK, (page,), {ISOLATED + page}, set()
    for page in system:
        yield OP_TO_DEVICE, (page, DEVICE_PAGE), {FREE + DEVICE_PAGE}, {FREE + page}
        yield OP_TO_SYSTEM, (DEVICE_PAGE, page), {FREE + page}, {FREE + DEVICE_PAGE}
        yield OP_NUMA, (page,), {ROOM}, {FREE + page}
