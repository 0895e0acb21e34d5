# SPDX-License-Identifier: GPL-2.0-or-later
"""Counting words with NumPy: blocks of 128K entries, memory bounded whatever the process has.

Pages that follow each other in frames as in addresses are one run; kpageflags is read run by
run in the order of frames, so that most of a block costs two passes over it.  Where runs are
short or overlap, the pages themselves are sorted.  Reading lets other threads run, so a few
blocks are in work at a time, each in arrays that are used again for the next.
"""

import threading
from array import array
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from linuxmm.inspect.area import Area
from linuxmm.inspect.count import GAP, Count, Tick, count_plain, note_gone, parts
from linuxmm.inspect.physical import Physical
from linuxmm.inspect.source import Machine, Process
from linuxmm.inspect.words import (
    KPF_BITS,
    KPF_TAIL,
    PM_FROM,
    PM_PFN,
    PM_SHIFT,
    REGION_SHIFT,
    SWAP_TYPE_BITS,
)
from linuxmm.uapi import PAGE_SIZE

Words = NDArray[np.uint64]
Index = NDArray[np.int64]
Tally = list[tuple[Words, NDArray[np.int64]]]  # words, pages of each
Span = tuple[int, int, int]  # index of a VMA, start, end

BLOCK: Final = 1 << 17  # entries
TOGETHER: Final = 1 << 14  # 2 MiB maps of which flags are read at once
THREADED: Final = 4  # blocks from which on threads are worth starting
TINY: Final = 64  # pages of a VMA that are counted before an array is set up
SHORT: Final = 2  # runs of fewer pages than this are no gain
HUGE: Final = 512  # entries of a 2 MiB page
LOW: Final = 64 - PM_FROM  # bits of an entry beside the frame
_NO_GROUPS: Final = np.zeros(0, np.bool_)
_PFN: Final = np.uint64(PM_PFN)
_KPF: Final = np.uint64(KPF_BITS)
_LOW: Final = np.uint64(LOW)
_FROM: Final = np.uint64(PM_FROM)
_SHIFT: Final = np.uint64(PM_SHIFT)
_PRESENT: Final = np.uint64(1 << 63)
_SWAPPED: Final = np.uint64(1 << 62)


def count_numpy(
    machine: Machine, process: Process, areas: Sequence[Area], tick: Tick | None = None
) -> list[Count]:
    """Word -> pages of each VMA.  Several blocks are in work at a time, one a thread."""
    found: list[Count] = [{} for _ in areas]
    spans = []
    for i, area in enumerate(areas):
        if area.nr_pages <= TINY:
            (found[i],) = count_plain(machine, process, [area])
            continue
        pieces = parts(process, area)
        holes = area.nr_pages - sum(high - low for low, high in pieces) // PAGE_SIZE
        if holes:
            found[i][0] = holes
        spans += [(i, *span) for low, high in pieces for span in _spans(low, high)]
    counter = _Counter(machine, process)
    huge: list[list[Words]] = [[] for _ in areas]  # heads of 2 MiB maps, looked at together
    done, pages = 0, sum(high - low for _, low, high in spans) // PAGE_SIZE
    for (i, low, high), block in zip(spans, counter.all(spans), strict=True):
        _add(found[i], block.tally)
        huge[i].append(block.heads)
        if sum(map(len, huge[i])) > TOGETHER:
            _add(found[i], counter.huge(np.concatenate(huge[i])))
            huge[i] = []
        if block.got < (high - low) // PAGE_SIZE:
            note_gone(process, low + block.got * PAGE_SIZE, high)
        done += (high - low) // PAGE_SIZE
        if tick:
            tick(done, pages)
    for i, heads in enumerate(huge):
        if any(map(len, heads)):
            _add(found[i], counter.huge(np.concatenate(heads)))
    return found


def _add(count: Count, tally: Tally) -> None:
    for words, counts in tally:
        for word, nr in zip(words.tolist(), counts.tolist(), strict=True):
            count[word] = count.get(word, 0) + nr


def words_in_order(
    machine: Machine, process: Process, addr: int, entries: "array[int]"
) -> list[int]:
    """The word of each entry from `addr` on, as `words_of` gives it."""
    found = np.frombuffer(entries, np.uint64)
    if not machine.pfns:
        words = _words_without_frames(process, addr, found)
        return list(map(int, words.tolist()))
    words, present = _words_not_present(found), found >= _PRESENT
    if present.any():
        words[present] = _Counter(machine, process).in_order(found[present])
    return list(map(int, words.tolist()))


def _spans(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Blocks that end at multiples of their size, so that 2 MiB pages are never cut."""
    while start < end:
        stop = min(end, (start // PAGE_SIZE // BLOCK + 1) * BLOCK * PAGE_SIZE)
        yield start, stop
        start = stop


@dataclass(frozen=True)
class _Block:
    """What one block has: words, how many entries could be read, first entries of 2 MiB maps."""

    tally: Tally
    got: int
    heads: Words = field(default_factory=lambda: np.zeros(0, np.uint64))


class _Room(threading.local):
    """Arrays of one thread that are used again for every block: no page faults of our own."""

    def __init__(self) -> None:
        self.entries = np.empty(BLOCK, np.uint64)
        self.keys = np.empty(BLOCK, np.uint64)
        self.frames = np.empty(BLOCK, np.uint64)
        self.other = np.empty(BLOCK, np.uint64)
        self.places = np.empty(BLOCK, np.int64)
        self.flags = np.empty(2 * BLOCK, np.uint64)


class _Counter:
    """One walk over the blocks of a process."""

    def __init__(self, machine: Machine, process: Process) -> None:
        self.machine, self.process = machine, process
        self.room = _Room()

    def all(self, spans: list[Span]) -> Iterator[_Block]:
        if len(spans) <= THREADED or self.machine.threads == 1:
            yield from map(self.block, spans)
            return
        with ThreadPoolExecutor(self.machine.threads) as pool:
            yield from pool.map(self.block, spans)

    def block(self, span: Span) -> _Block:
        """Read and count one block."""
        _, start, end = span
        entries = self.room.entries[: (end - start) // PAGE_SIZE]
        got = self.process.read_entries(start, _view(entries))
        entries = entries[:got]
        if not got:
            return _Block([], 0)
        if not entries[0] and not entries.any():
            return _Block([(np.zeros(1, np.uint64), np.array([got]))], got)
        if not self.machine.pfns:
            return _Block([_tally(_words_without_frames(self.process, start, entries))], got)
        return self._words(entries, -(start // PAGE_SIZE) % HUGE)

    def _words(self, entries: Words, head: int) -> _Block:
        """Words of a block that is not empty; its first 2 MiB boundary is at entry `head`."""
        breaks = self._breaks(entries)
        huge = _whole_huge(entries, head, breaks) if self.machine.has_flags else _NO_GROUPS
        if not huge.any():
            return _Block(self._small(entries, breaks), len(entries))
        heads = entries[head : head + len(huge) * HUGE : HUGE][huge]
        small = np.ones(len(entries), np.bool_)
        small[head : head + len(huge) * HUGE] = np.repeat(~huge, HUGE)
        return _Block(self._small(entries[small]) if small.any() else [], len(entries), heads)

    def _breaks(self, entries: Words) -> Index:
        """The entries behind which a run ends: the next one is not this one plus 1."""
        steps = self.room.other[: len(entries) - 1]
        np.subtract(entries[1:], entries[:-1], out=steps)
        return np.flatnonzero(steps != 1)

    def _small(self, entries: Words, breaks: Index | None = None) -> Tally:
        """Words of entries page by page."""
        present = entries >= _PRESENT
        if present.all():
            return self._present(entries, breaks)
        here, others = entries[present], entries[~present]
        found: Tally = [_tally(_words_not_present(others))]
        return found + (self._present(here) if len(here) else [])

    def _present(self, entries: Words, breaks: Index | None = None) -> Tally:
        """Words of present entries, run by run where that can be done."""
        if breaks is None:
            breaks = self._breaks(entries)
        if self.machine.has_flags and len(breaks) < len(entries) // SHORT:
            found = self._by_run(entries, breaks)
            if found is not None:
                return found
        return [_tally(self._by_frame(entries))]

    def _by_run(self, entries: Words, breaks: Index) -> Tally | None:
        """Words of runs; None where some overlap or cross from one region into another."""
        begins = np.concatenate(([0], breaks + 1))
        heads = entries[begins]
        order = np.argsort(heads & _PFN)
        first = (heads & _PFN)[order].astype(np.int64)
        length = np.diff(begins, append=len(entries))[order]
        gaps = first[1:] - first[:-1] - length[:-1]
        marks, one_region = _marks(self.machine.physical, heads[order], first, length)
        if not one_region or not first[0] or (len(gaps) and gaps.min() < 0):
            return None
        gaps[gaps > GAP] = 0  # read apart: nothing lies between them in the array
        starts = np.concatenate(([0], np.cumsum(length[:-1] + gaps)))
        apart = np.concatenate(([0], np.flatnonzero(first[1:] - first[:-1] != np.diff(starts)) + 1))
        flags = self._read(first[apart], starts[apart], int(starts[-1] + length[-1]))
        flags[_inside(starts[1:] - gaps, gaps)] = _KPF  # frames that were read over: no page
        if not (marks == marks[0]).all():
            with_gaps = length.copy()
            with_gaps[:-1] += gaps
            flags |= np.repeat(marks, with_gaps)
            marks = np.zeros(1, np.uint64)
        words, counts = _tally(flags)
        real = words & _KPF != _KPF
        return [(words[real] | marks[0], counts[real])]

    def _read(self, first: Index, starts: Index, size: int) -> Words:
        """Flags of runs of frames, each at its start in an array of `size`; only those of KPF."""
        room = self.room
        if size > len(room.flags):
            room.flags = np.empty(size, np.uint64)
        numbers = np.diff(starts, append=size).tolist()
        found = np.frombuffer(self.machine.read_flags(first.tolist(), numbers), np.uint64)
        return np.bitwise_and(found, _KPF, out=room.flags[:size])

    def _by_frame(self, entries: Words) -> Words:
        """The words of present entries, in the order of their frames."""
        nr, room = len(entries), self.room
        keys, frames, other = room.keys[:nr], room.frames[:nr], room.other[:nr]
        np.left_shift(entries, _LOW, out=keys)
        np.right_shift(entries, _FROM, out=other)
        np.bitwise_or(keys, other, out=keys)
        keys.sort()
        np.right_shift(keys, _LOW, out=frames)
        np.left_shift(keys, _SHIFT, out=keys)  # the frame falls out at the top but for its low bits
        np.bitwise_and(keys, np.uint64((1 << LOW) - 1 << PM_SHIFT), out=keys)
        _add_regions(self.machine.physical, frames, keys)
        if self.machine.has_flags:
            self._take(frames, other)
            np.bitwise_or(keys, other, out=keys)
        return keys

    def _take(self, frames: Words, into: Words) -> None:
        """Flags of sorted frames, read in runs.  Frame 0, which stands for none, has none."""
        places, steps = self.room.places[: len(frames)], into[1:]
        np.subtract(frames[1:], frames[:-1], out=steps)
        gaps = np.flatnonzero(steps > np.uint64(GAP))
        steps[gaps] = 1  # runs follow each other in `flags`
        places[0] = 0
        np.cumsum(steps.view(np.int64), out=places[1:])
        begins = np.concatenate(([0], gaps + 1))
        flags = self._read(frames[begins].astype(np.int64), places[begins], int(places[-1]) + 1)
        if not frames[0]:
            flags[0] = 0
        np.take(flags, places, out=into, mode="clip")  # raise would buffer

    def huge(self, entries: Words) -> Tally:
        """Words of 512 entries each, from the first: entries whose frames follow each other.

        Of 2 MiB pages the first and the middle frame are looked at, of others each.  Large
        folios are aligned to their size: where the frame in the middle is a tail, one folio
        covers the group.  Its tails are taken to have equal flags (a poisoned one is not seen).
        """
        heads = self.in_order(entries)
        middles = self.in_order(entries + np.uint64(HUGE // 2))
        whole = middles & np.uint64(KPF_TAIL) != 0
        found: Tally = []
        if whole.any():
            found.append(_tally(heads[whole]))
            words, counts = _tally(middles[whole])
            found.append((words, counts * (HUGE - 1)))
        rest = entries[~whole]
        for at in range(0, len(rest), BLOCK // HUGE):
            some = rest[at : at + BLOCK // HUGE, None] + np.arange(HUGE, dtype=np.uint64)
            found += self._present(some.reshape(-1))
        return found

    def in_order(self, entries: Words) -> Words:
        """The words of a few present entries, in their own order."""
        frames = entries & _PFN
        order = np.argsort(frames)
        words = np.empty(len(entries), np.uint64)
        words[order] = self._by_frame(entries[order])
        return words


def _marks(physical: Physical, heads: Words, first: Index, length: Index) -> tuple[Words, bool]:
    """What the words of a run have in common beside flags; does every run lie in one region?"""
    marks = (heads >> _FROM) << _SHIFT
    starts, rows = np.array(physical.starts), np.array(physical.rows, np.uint64)
    low, high = np.searchsorted(starts, [first[0], first[-1] + length[-1] - 1], side="right")
    if low == high:
        return marks | rows[low - 1] << np.uint64(REGION_SHIFT), True
    here = np.searchsorted(starts, first, side="right")
    there = np.searchsorted(starts, first + length - 1, side="right")
    return marks | rows[here - 1] << np.uint64(REGION_SHIFT), bool((here == there).all())


def _inside(starts: Index, lengths: Index) -> Index:
    """Every place inside stretches of an array."""
    some = lengths > 0
    starts, lengths = starts[some], lengths[some]
    if not len(starts):
        return starts
    jumps = np.ones(int(lengths.sum()), np.int64)
    jumps[0] = starts[0]
    jumps[np.cumsum(lengths)[:-1]] = starts[1:] - starts[:-1] - lengths[:-1] + 1
    return np.cumsum(jumps)


def _view(array: Words) -> memoryview:
    """The bytes of an array as the sources want them."""
    return array.data.cast("B").cast("Q")


def _tally(words: Words) -> tuple[Words, NDArray[np.int64]]:
    if bool((words == words[0]).all()):
        return words[:1].copy(), np.array([len(words)])
    return np.unique(words, return_counts=True)


def _words_not_present(entries: Words) -> Words:
    """The words of entries that are not present: for a swap entry its type."""
    words = (entries >> _FROM) << _SHIFT
    swapped = entries >= _SWAPPED
    return words | np.where(swapped, entries & np.uint64(SWAP_TYPE_BITS), np.uint64(0))


def _words_without_frames(process: Process, start: int, entries: Words) -> Words:
    """The words, in the order of addresses, where entries carry no frame numbers."""
    present = entries >= _PRESENT
    words = np.where(present, (entries >> _FROM) << _SHIFT, _words_not_present(entries))
    for low, high, bits in process.hints(start, start + len(entries) * PAGE_SIZE):
        words[(low - start) // PAGE_SIZE : (high - start) // PAGE_SIZE] |= np.uint64(bits)
    return words


def _add_regions(physical: Physical, frames: Words, words: Words) -> None:
    """Or the row of its region into the word of each of the sorted frames; none for frame 0."""
    starts = np.array(physical.starts, np.uint64)
    low, high = np.searchsorted(starts, [frames[0], frames[-1]], side="right").tolist()
    cuts = np.searchsorted(frames, starts[low:high]).tolist()
    first = int(np.searchsorted(frames, np.uint64(1))) if not frames[0] else 0
    for row, at, to in zip(range(low - 1, high), [first, *cuts], [*cuts, len(frames)], strict=True):
        words[at:to] |= np.uint64(physical.rows[row] << REGION_SHIFT)


def _whole_huge(entries: Words, head: int, breaks: Index) -> NDArray[np.bool_]:
    """Which aligned groups of 512 entries map 512 frames in a row, from an aligned frame on."""
    nr = (len(entries) - head) // HUGE
    if nr <= 0 or len(breaks) > len(entries) - HUGE:
        return _NO_GROUPS
    first = entries[head : head + nr * HUGE : HUGE]
    whole: NDArray[np.bool_] = (first >= _PRESENT) & (first & np.uint64(HUGE - 1) == 0)
    inner = breaks[(breaks - head) % HUGE != HUGE - 1]
    groups = (inner[inner >= head] - head) // HUGE
    whole[groups[groups < nr]] = False
    return whole
