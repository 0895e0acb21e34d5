# SPDX-License-Identifier: GPL-2.0-or-later
"""A toy core over the real columns: small functions whose results one can work out by hand."""

from collections.abc import Callable

from linuxmm.state.constants import TRAP_BUG
from linuxmm.state.layout import SIZE_P, TRAP_CODE, State
from linuxmm.state.rules import Rules

LIMIT = 7
KINDS = (2, 5)


def byte_difference(m: State, a: int, b: int) -> int:
    return m.page_range[a] - m.page_range[b]


def mixed_widths(m: State, row: int, word: int) -> int:
    """64-bit, 32-bit and 8-bit columns in one sum, with the sign bit of a PTE word."""
    m.pte[row] = word | -(1 << 63)
    m.page_refcount[row] = -row
    m.page_range[row] = row + 250
    return (m.pte[row] & 0xFFFF) + m.page_refcount[row] * 2 + m.page_range[row]


def floor(a: int, b: int) -> int:
    return (a // b) * 1000 + a % b


def truth(a: int, b: int) -> int:
    found = a == b
    if found and a in KINDS:
        return 10
    return found + (a > LIMIT)


def sum_of_pages(m: State, first: int) -> int:
    total = 0
    for page in range(first, m.size[SIZE_P]):
        if m.page_index[page] < 0:
            break
        total += add_one(m.page_index[page])
    return total


def add_one(value: int) -> int:
    return value + 1


def rule(k: Rules, which: int) -> int:
    return k.behaviour[which]


def stop(m: State) -> int:
    m.scratch[TRAP_CODE] = TRAP_BUG
    return -1


def step(
    m: State,
    k: Rules,
    op: int,
    a0: int,
    a1: int,
    a2: int,
    a3: int,
    a4: int,
    a5: int,
    a6: int,
    a7: int,
) -> int:
    if op == 1:
        return byte_difference(m, a0, a1)
    if op == 2:
        return mixed_widths(m, a0, a1)
    if op == 3:
        return floor(a0, a1)
    if op == 4:
        return truth(a0, a1)
    if op == 5:
        return sum_of_pages(m, a0)
    if op == 6:
        return rule(k, a0)
    if op == 7:
        return stop(m)
    if op == 8:
        m.page_index[a0] = a1
    if op == 9:
        m.page_range[a0] = a1
    return a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7


CORE: list[Callable[..., int]] = [
    byte_difference,
    mixed_widths,
    floor,
    truth,
    sum_of_pages,
    add_one,
    rule,
    stop,
    step,
]
