# SPDX-License-Identifier: GPL-2.0-or-later
"""The rows of files, and the slots of their caches: ours, no kernel has them."""

from linuxmm.core import core
from linuxmm.mm.page import trap
from linuxmm.state.constants import TRAP_NO_ROW
from linuxmm.state.layout import SIZE_F, SIZE_I, State


@core
def alloc_file(m: State, npages: int) -> int:
    """A free file row with cache slots behind those of every other file."""
    row = 0
    for f in range(1, m.size[SIZE_F]):
        if m.file_nr_pages[f] == 0 and row == 0:
            row = f
    if row == 0:
        return trap(m, TRAP_NO_ROW, SIZE_F * 256)
    first = alloc_cache_slots(m, npages)
    if first == 0:
        return 0
    m.file_first[row] = first
    if row >= m.used[SIZE_F]:
        m.used[SIZE_F] = row + 1
    return row


@core
def alloc_cache_slots(m: State, npages: int) -> int:
    """So many cache slots behind those of every file; 0: there are none."""
    first = 1
    for f in range(1, m.size[SIZE_F]):
        if m.file_nr_pages[f]:
            first = max(first, m.file_first[f] + m.file_nr_pages[f])
    if first + npages > m.size[SIZE_I]:
        return trap(m, TRAP_NO_ROW, SIZE_I * 256)
    return first


@core
def grow_cache(m: State, file: int, npages: int) -> int:
    """The file has room for so many pages, what it has goes to new cache slots if it must: 1, or 0
    without slots."""
    before = m.file_nr_pages[file]
    if npages <= before:
        return 1
    old = m.file_first[file]
    new = alloc_cache_slots(m, npages)
    if new == 0:
        return 0
    for i in range(before):
        m.cache_page[new + i], m.cache_page[old + i] = m.cache_page[old + i], 0
        m.cache_swap[new + i], m.cache_swap[old + i] = m.cache_swap[old + i], 0
        m.cache_tag[new + i], m.cache_tag[old + i] = m.cache_tag[old + i], 0
        m.cache_resv[new + i], m.cache_resv[old + i] = m.cache_resv[old + i], 0
        m.cache_shadow[new + i], m.cache_shadow[old + i] = m.cache_shadow[old + i], 0
    m.file_first[file] = new
    m.file_nr_pages[file] = npages
    return 1
