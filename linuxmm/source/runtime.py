# SPDX-License-Identifier: GPL-2.0-or-later
"""What translated C calls beside the model: lists, locks, entries, and traps.

In the manner of the core: integers in, integers out.  What may not happen sets a trap, whose
number is a `program.Trap`; the step is undone then.
"""

from typing import Final

from linuxmm.mm.page import clear_page_flag, page_flag, set_page_flag, trap
from linuxmm.mm.stack import pop, push
from linuxmm.state.constants import PG_LOCKED, TRAP_SOURCE
from linuxmm.state.layout import PTE_LOCK, SPENT, State

# What variables and cells hold until something is put there: a number that C has no use for.
UNSET: Final = -0x5A5A7B1D3C69F0E7
# Calls and rounds of all that is executed in one step: a walk over 65,536 pages needs a half.
MOST_SPENT: Final = 1 << 20


# --- traps ---
def missing(m: State, number: int) -> int:
    """What cannot be translated, or is not modelled, is reached."""
    return trap(m, TRAP_SOURCE, number)


def null(m: State, number: int) -> int:
    """A pointer that is NULL or an error is followed."""
    return trap(m, TRAP_SOURCE, number)


def dry(m: State, number: int) -> int:
    """A loop goes round for ever."""
    return trap(m, TRAP_SOURCE, number)


def unset(m: State, number: int) -> int:
    """A variable is read into which nothing was ever put."""
    return trap(m, TRAP_SOURCE, number)


def known(m: State, value: int, number: int) -> int:
    """A cell of C's own that is read."""
    return unset(m, number) if value == UNSET else value


def the_one(value: int) -> int:
    """A pointer to the one thing of its kind (`single` of the border), written down by a callee."""
    return 1 if value == UNSET else value


def divisor(m: State, value: int, number: int) -> int:
    """What is divided by, which is not 0."""
    if value:
        return value
    trap(m, TRAP_SOURCE, number)
    return 1


def spent(m: State, nr: int) -> int:
    """Calls are made or rounds gone: were it more than are followed in one step?"""
    m.scratch[SPENT] = m.scratch[SPENT] + nr
    return 1 if m.scratch[SPENT] > MOST_SPENT else 0


def inside(m: State, index: int, length: int, number: int) -> int:
    """An index of an array that has so many elements."""
    if 0 <= index < length:
        return index
    trap(m, TRAP_SOURCE, number)
    return 0


def sound(m: State, pointer: int, number: int) -> int:
    """A pointer that is followed."""
    return pointer if pointer > 0 else null(m, number)


def bug_on(m: State, condition: int) -> int:
    """BUG_ON: the kernel would die."""
    return condition


# --- frames ---
def frame(m: State, nr: int) -> int:
    """Cells of a function's own, which hold nothing."""
    first = push(m, nr)
    for i in range(first, first + nr):
        m.stack[i] = UNSET
    return first


def leave(m: State, first: int, value: int) -> int:
    """The end of a function with a frame: its value."""
    pop(m, first)
    return value


def after(first: int, value: int) -> int:
    """Evaluate both, give the second."""
    return value


def clear_cells(m: State, first: int, nr: int) -> int:
    """A struct or array of zeroes."""
    for i in range(first, first + nr):
        m.stack[i] = 0
    return 0


def fill_out(m: State, at: int, value: int, nr: int) -> int:
    """memset of bytes that go to m.out."""
    for i in range(at, at + nr):
        m.out[i] = value
    return 0


def copy_cells(m: State, to: int, source: int, nr: int) -> int:
    """A struct is assigned."""
    for i in range(nr):
        m.stack[to + i] = m.stack[source + i]
    return 0


# --- error pointers ---
def is_err(pointer: int) -> int:
    """IS_ERR (include/linux/err.h)."""
    return 1 if -4096 < pointer < 0 else 0


def is_err_or_null(pointer: int) -> int:
    """IS_ERR_OR_NULL."""
    return 1 if -4096 < pointer <= 0 else 0


def ptr_err_or_zero(pointer: int) -> int:
    """PTR_ERR_OR_ZERO."""
    return pointer if -4096 < pointer < 0 else 0


def pmd_addr_end(addr: int, end: int) -> int:
    """The end of the 2 MiB range, or of the walk (include/linux/pgtable.h)."""
    boundary = (addr & -0x200000) + 0x200000
    return boundary if boundary - 1 < end - 1 else end


# --- locks ---
def lock(m: State, which: int) -> int:
    """Taken once more."""
    m.scratch[which] = m.scratch[which] + 1
    return 0


def unlock(m: State, which: int) -> int:
    """Given back once."""
    m.scratch[which] = m.scratch[which] - 1
    return 0


def map_locked(m: State, slot: int, ptlp: int) -> int:
    """pte_offset_map_lock: the entry, with its table locked, which is written down if asked."""
    lock(m, PTE_LOCK)
    if ptlp:
        m.stack[ptlp] = 1
    return slot


def trylock(m: State, page: int) -> int:
    """trylock_page."""
    if page_flag(m, page, PG_LOCKED):
        return 0
    set_page_flag(m, page, PG_LOCKED)
    return 1


# --- entries and flags ---
def put_pte(m: State, slot: int, value: int) -> int:
    """set_pte_at."""
    m.pte[slot] = value
    return value


def take_pte(m: State, slot: int) -> int:
    """ptep_get_and_clear."""
    value = m.pte[slot]
    m.pte[slot] = 0
    return value


def and_pte(m: State, slot: int, mask: int) -> int:
    """ptep_set_wrprotect."""
    m.pte[slot] = m.pte[slot] & mask
    return 0


def take_flag(m: State, page: int, bit: int) -> int:
    """TestClearPageX."""
    had = page_flag(m, page, bit)
    clear_page_flag(m, page, bit)
    return 1 if had else 0


def test_and_set_flag(m: State, page: int, bit: int) -> int:
    """TestSetPageX."""
    had = page_flag(m, page, bit)
    set_page_flag(m, page, bit)
    return 1 if had else 0
