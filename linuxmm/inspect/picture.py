# SPDX-License-Identifier: GPL-2.0-or-later
"""Which kinds of pages lie where in a VMA: its parts, in the order of addresses."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from linuxmm.inspect.area import Area
from linuxmm.inspect.count import LARGE_AREA, Count, blocks, parts
from linuxmm.inspect.kind import KINDS, kind_of
from linuxmm.inspect.quicker import words_by_address
from linuxmm.inspect.source import Machine, Process

CELLS: Final = 16  # parts of a VMA
HUGE_BYTES: Final = 1 << 21
Cell = dict[str, int]  # kind -> pages


def in_cells(process: Process, area: Area) -> list[Area]:
    """A large VMA in CELLS parts that cut no 2 MiB page, to be counted one by one."""
    if area.nr_pages < LARGE_AREA:
        return [area]
    step = (area.end - area.start) // CELLS
    cuts = [area.start + i * step & -HUGE_BYTES for i in range(1, CELLS)]
    edges = [area.start, *cuts, area.end]
    populated = parts(process, area)
    cells = []
    for low, high in pairwise(edges):
        inside = ((max(low, start), min(high, end)) for start, end in populated)
        process.parts[low, high] = [(start, end) for start, end in inside if start < end]
        cells.append(replace(area, start=low, end=high))
    return cells


def kinds_of(machine: Machine, area: Area, words: Count) -> Cell:
    """The kinds of counted words."""
    found: Cell = {}
    for word, nr in words.items():
        kind = kind_of(machine, area, word)
        found[kind] = found.get(kind, 0) + nr
    return found


def look(machine: Machine, process: Process, area: Area) -> list[Cell]:
    """The parts of a VMA that is not large, read once more; empty ones could not be read."""
    kinds: list[str] = []
    known: dict[int, str] = {}
    for word in process.words.get((area.start, area.end)) or _read(machine, process, area):
        if word not in known:
            known[word] = kind_of(machine, area, word)
        kinds.append(known[word])
    edges = [i * area.nr_pages // CELLS for i in range(CELLS + 1)]
    found = [kinds[low : max(high, low + 1)] for low, high in pairwise(edges)]
    return [{kind: part.count(kind) for kind in set(part)} for part in found]


def _read(machine: Machine, process: Process, area: Area) -> Iterator[int]:
    """The word of each page."""
    for addr, entries in blocks(process, area.start, area.end):
        yield from words_by_address(machine, process, addr, entries)


def drawn(cells: Sequence[Cell]) -> list[str]:
    """A kind for each part: the most frequent; one that occurs has a part, where there is room."""
    found = [
        max((kind for kind in KINDS if kind in cell), key=cell.__getitem__, default="")
        for cell in cells
    ]
    for kind in KINDS:
        if kind in found:
            continue
        free = [i for i, cell in enumerate(cells) if cell.get(kind) and found.count(found[i]) > 1]
        if free:
            found[max(free, key=lambda i: cells[i][kind])] = kind
    return found
