# SPDX-License-Identifier: GPL-2.0-or-later
"""How often each word (`words.py`) occurs in a range of a process, and where, in blocks.

With the standard library only, whose import costs nothing; `count_numpy.py` counts the same with
NumPy, `quicker.py` says which is quicker for how many pages.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, groupby
from typing import Final

from linuxmm.inspect.area import Area
from linuxmm.inspect.source import Machine, Process
from linuxmm.inspect.words import PM_PFN, pack
from linuxmm.uapi import PAGE_SIZE

BLOCK_PAGES: Final = 1 << 14
KEPT: Final = 64  # pages of a VMA whose words by address are kept: reading them again costs more
GAP: Final = 16  # frames between two wanted ones that are cheaper read than skipped
TOLD: Final = ("Rss", "Swap", "Shared_Hugetlb", "Private_Hugetlb")
LARGE_AREA: Final = 1 << 16  # pages of a VMA from which on it is asked where it is populated

Count = dict[int, int]  # word -> pages
Tick = Callable[[int, int], object]  # pages done, pages in all
Counter = Callable[[Machine, Process, Sequence[Area], Tick | None], list[Count]]
Words = Callable[[Machine, Process, int, "array[int]"], list[int]]
Reader = Callable[[Sequence[int], Sequence[int]], bytes]
Block = tuple[int, "array[int]"]  # address of the first page, entries


def expected(process: Process, areas: Iterable[Area]) -> int:
    """About how many pages have to be looked at: those smaps tells of, an eighth of the others."""
    found = 0
    for area in areas:
        read = sum(high - low for low, high in parts(process, area)) // PAGE_SIZE
        found += max(min(told(area), read), read // 8)
    return found


def told(area: Area) -> int:
    """The pages of a VMA that smaps tells of: present, huge, in swap; the zero page is not."""
    return sum(area.fields.get(line, 0) for line in TOLD) // 4


def parts(process: Process, area: Area) -> list[tuple[int, int]]:
    """Where a VMA has entries at all: asked only of large ones that are not known to be dense."""
    whole = (area.start, area.end)
    found = process.parts.get(whole)
    if found is None:
        if area.nr_pages < LARGE_AREA or _is_dense(process, area):
            return [whole]
        low_high = process.populated(*whole)
        cut = ((max(low, area.start), min(high, area.end)) for low, high in low_high)
        found = process.parts[whole] = [(low, high) for low, high in cut if low < high]
    return found


def _is_dense(process: Process, area: Area) -> bool:
    """Is a quarter of it there?  Without smaps the counters of the whole process have to do."""
    if area.fields:
        return told(area) >= area.nr_pages // 4
    if process.density < 0:
        mapped = sum(each.nr_pages for each in process.areas)
        process.density = sum(process.counters().values()) / 4 / max(mapped, 1)
    return process.density >= 0.25


def blocks(process: Process, start: int, end: int, nr: int = BLOCK_PAGES) -> Iterator[Block]:
    """The entries of [start, end), block after block; a short one is the last, and is noted."""
    addr = start
    while addr < end:
        want = min(nr, (end - addr) // PAGE_SIZE)
        entries = array("Q", bytes(8 * want))
        got = process.read_entries(addr, memoryview(entries))
        if got:
            yield addr, entries[:got]
        if got < want:
            note_gone(process, addr + got * PAGE_SIZE, end)
            return
        addr += want * PAGE_SIZE


def note_gone(process: Process, start: int, end: int) -> None:
    """A part that could not be read; parts that follow each other are one."""
    ended = process.missed[-1].partition(":")[0].partition("-") if process.missed else ("", "", "")
    if ended[2] == f"{start:x}":
        start = int(ended[0], 16)
        process.missed.pop()
    process.missed.append(f"{start:x}-{end:x}: it was gone when it was read")


def count_plain(
    machine: Machine, process: Process, areas: Sequence[Area], tick: Tick | None = None
) -> list[Count]:
    """Word -> pages of each VMA, with the standard library only."""
    found = []
    done, pages = 0, sum(area.nr_pages for area in areas)
    for area in areas:
        total: Count = {}
        left = area.nr_pages
        for start, end in parts(process, area):
            left -= (end - start) // PAGE_SIZE
            for addr, entries in blocks(process, start, end):
                words = words_of(machine, process, addr, entries)
                for word in words:
                    total[word] = total.get(word, 0) + 1
                if len(words) == area.nr_pages <= KEPT and len(total) > 1:
                    process.words[area.start, area.end] = words
                if tick:
                    tick(done + (addr - area.start) // PAGE_SIZE, pages)
        if left:
            total[0] = total.get(0, 0) + left
        done += area.nr_pages
        found.append(total)
    return found


def words_of(machine: Machine, process: Process, addr: int, entries: "array[int]") -> list[int]:
    """The word of each entry from `addr` on."""
    frames = sorted({e & PM_PFN for e in entries if e >> 63 and e & PM_PFN})
    flags = by_frame(machine.read_flags, frames) if machine.has_flags else {}
    row = machine.physical.row
    words = [
        pack(e, flags.get(e & PM_PFN, 0), row(e & PM_PFN))
        if e >> 63 and e & PM_PFN
        else pack(e, 0, 0)
        for e in entries
    ]
    for low, high, bits in process.hints(addr, addr + len(entries) * PAGE_SIZE):
        for i in range((low - addr) // PAGE_SIZE, (high - addr) // PAGE_SIZE):
            words[i] |= bits
    return words


def by_frame(read: Reader, frames: list[int]) -> dict[int, int]:
    """The flags (or counts) of each of some sorted frames."""
    spans = list(runs(frames))
    numbers = [behind - first for first, behind in spans]
    values = array("Q", read([first for first, _ in spans], numbers))
    every = chain.from_iterable(range(first, behind) for first, behind in spans)
    return dict(zip(every, values, strict=True))


def runs(frames: list[int]) -> Iterator[tuple[int, int]]:
    """Stretches of frame numbers to read at once: small gaps are read over."""
    if not frames:
        return
    first = last = frames[0]
    for frame in frames:
        if frame - last > GAP or frame - first >= BLOCK_PAGES:
            yield first, last + 1
            first = frame
        last = frame
    yield first, last + 1


def equal_runs(machine: Machine, process: Process, area: Area) -> Iterator[tuple[int, int, int]]:
    """(address, pages, word) of runs of equal pages of a VMA, by address; holes are word 0."""
    start, pages, last = area.start, 0, 0
    for addr, nr, word in _short_runs(machine, process, area):
        if pages and (word != last or addr != start + pages * PAGE_SIZE):
            yield start, pages, last
            pages = 0
        if not pages:
            start, last = addr, word
        pages += nr
    if pages:
        yield start, pages, last


def _short_runs(machine: Machine, process: Process, area: Area) -> Iterator[tuple[int, int, int]]:
    """The same, cut at the ends of blocks."""
    behind = area.start
    for start, end in parts(process, area):
        if start > behind:
            yield behind, (start - behind) // PAGE_SIZE, 0
        for addr, entries in blocks(process, start, end):
            for word, equal in groupby(words_of(machine, process, addr, entries)):
                nr = sum(1 for _ in equal)
                yield addr, nr, word
                addr += nr * PAGE_SIZE
        behind = end
    if behind < area.end:
        yield behind, (area.end - behind) // PAGE_SIZE, 0
