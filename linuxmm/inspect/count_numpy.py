"""Counting words with NumPy: blocks of 16K entries, memory bounded whatever the process has.
Reading a file lets other threads run, so a few blocks are in work at a time.

The only module of `inspect` that imports NumPy.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from linuxmm.inspect.area import PAGE_SIZE
from linuxmm.inspect.count import BLOCK_PAGES, GAP, Count
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

Words = NDArray[np.uint64]
Index = NDArray[np.int64]
THREADS: Final = max(1, min(4, len(os.sched_getaffinity(0))))  # reading lets the others run
THREADED: Final = 16  # blocks from which on threads are worth starting
HUGE: Final = 512  # entries of a 2 MiB page
_PFN: Final = np.uint64(PM_PFN)
_KPF: Final = np.uint64(KPF_BITS)


def count_numpy(machine: Machine, process: Process, start: int, end: int) -> Count:
    """Word -> pages of [start, end).  Several blocks are read at a time, one a thread."""
    total: Count = {}
    spans = list(_spans(start, end))
    if len(spans) <= THREADED:
        done = [_count_block(machine, process, *span) for span in spans]
    else:
        with ThreadPoolExecutor(THREADS) as pool:
            done = list(pool.map(lambda span: _count_block(machine, process, *span), spans))
    for (low, high), (found, got) in zip(spans, done, strict=True):
        for word, nr in found.items():
            total[word] = total.get(word, 0) + nr
        if got < (high - low) // PAGE_SIZE:
            process.missed.append(f"{low + got * PAGE_SIZE:x}-{high:x}: it was gone")
    return total


def _spans(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Blocks that end at multiples of their size, so that 2 MiB pages are never cut."""
    while start < end:
        stop = min(end, (start // PAGE_SIZE // BLOCK_PAGES + 1) * BLOCK_PAGES * PAGE_SIZE)
        yield start, stop
        start = stop


def _count_block(machine: Machine, process: Process, start: int, end: int) -> tuple[Count, int]:
    """The words of one block, and how many entries could be read."""
    entries = np.empty((end - start) // PAGE_SIZE, np.uint64)
    got = _read(process.pagemap, entries, start // PAGE_SIZE)
    found: Count = {}
    if got:
        for values, counts in _block(machine, entries[:got], -(start // PAGE_SIZE) % HUGE):
            for word, nr in zip(values.tolist(), counts.tolist(), strict=True):
                found[word] = found.get(word, 0) + nr
    return found, got


def _read(fd: int, into: Words, first: int) -> int:
    """Read entries from index `first`: how many came."""
    try:
        return os.preadv(fd, [into.data], first * 8) // 8
    except OSError:
        return 0


def _block(machine: Machine, entries: Words, head: int) -> list[tuple[Words, NDArray[np.int64]]]:
    """(words, pages of each) of one block; `head`: entries before the first 2 MiB boundary."""
    if not entries.any():
        return [(np.zeros(1, np.uint64), np.array([len(entries)]))]
    found = []
    huge = _whole_huge(machine, entries, head)
    if huge.any():
        found += _huge_words(machine, entries, head, huge)
        small = np.ones(len(entries), np.bool_)
        small[head : head + len(huge) * HUGE] = np.repeat(~huge, HUGE)
        entries = entries[small]
    if len(entries):
        found.append(_tally(_words_by_frame(machine, entries)))
    return found


def _tally(words: Words) -> tuple[Words, NDArray[np.int64]]:
    if words[0] == words[-1] and bool((words == words[0]).all()):
        return words[:1], np.array([len(words)])
    return np.unique(words, return_counts=True)


def _words(machine: Machine, entries: Words) -> Words:
    """The word of each entry."""
    words = (entries >> np.uint64(PM_FROM)) << np.uint64(PM_SHIFT)
    present = entries >> np.uint64(63) == 1
    frames = entries & _PFN
    if not present.all():
        swapped = (entries >> np.uint64(62) == 1) & ~present
        words |= np.where(swapped, entries & np.uint64(SWAP_TYPE_BITS), np.uint64(0))
        frames = np.where(present, frames, np.uint64(0))
    words |= _regions(machine.physical, frames) << np.uint64(REGION_SHIFT)
    if machine.kpageflags >= 0:
        words |= _flags(machine.kpageflags, frames) & _KPF
    return words


def _words_by_frame(machine: Machine, entries: Words) -> Words:
    """The words of the entries in the order of their frames, which spares looking them up."""
    present = entries >> np.uint64(63) == 1
    if machine.kpageflags < 0 or not present.any():
        return _words(machine, entries)
    if not present.all():
        here, others = entries[present], entries[~present]
        return np.concatenate((_words_by_frame(machine, here), _words(machine, others)))
    shift = np.uint64(64 - PM_FROM)
    keys = np.sort(entries << shift | entries >> np.uint64(PM_FROM))
    frames = keys >> shift
    words = (keys & np.uint64((1 << (64 - PM_FROM)) - 1)) << np.uint64(PM_SHIFT)
    words |= _regions(machine.physical, frames) << np.uint64(REGION_SHIFT)
    values, first, offsets, lengths = _read_runs(machine.kpageflags, frames)
    shifts = np.repeat(offsets[:-1] - first, lengths)
    return words | values[frames.astype(np.int64) + shifts] & _KPF


def _regions(physical: Physical, frames: Words) -> Words:
    """The region row of each frame; 0 for frame 0, which stands for none."""
    starts = np.array(physical.starts, np.uint64)
    rows = np.array(physical.rows, np.uint64)
    low, high = np.searchsorted(starts, [frames.min(), frames.max()], side="right")
    if low == high and frames.min() > 0:
        return np.full(len(frames), rows[low - 1])
    found = rows[np.searchsorted(starts, frames, side="right") - 1]
    return np.where(frames == 0, np.uint64(0), found)


def _read_runs(fd: int, order: Words) -> tuple[Words, Index, Index, Index]:
    """kpageflags of sorted frames, read in runs: values, first frame, offset and entries of each.

    Frame 0, which stands for none, has no flags.
    """
    gaps = np.flatnonzero(np.diff(order) > GAP) + 1
    starts = np.concatenate(([0], gaps))
    ends = np.concatenate((gaps, [len(order)]))
    first, behind = order[starts].astype(np.int64), order[ends - 1].astype(np.int64) + 1
    offsets = np.concatenate(([0], np.cumsum(behind - first)))
    values = np.zeros(int(offsets[-1]), np.uint64)
    view = values.data
    cuts = offsets.tolist()
    for pfn, at, to in zip(first.tolist(), cuts, cuts[1:], strict=False):
        if pfn or to - at > 1:
            os.preadv(fd, [view[at:to]], pfn * 8)
    if first[0] == 0:
        values[0] = 0
    return values, first, offsets, ends - starts


def _flags(fd: int, frames: Words) -> Words:
    """kpageflags of each frame, in the order of the frames given."""
    values, first, offsets, _ = _read_runs(fd, np.sort(frames))
    run = np.searchsorted(first, frames.astype(np.int64), side="right") - 1
    found: Words = values[frames.astype(np.int64) - first[run] + offsets[run]]
    return found


# --- 2 MiB pages ----------------------------------------------------------------------------------
def _whole_huge(machine: Machine, entries: Words, head: int) -> NDArray[np.bool_]:
    """Which aligned groups of 512 entries map 512 frames in a row, from an aligned frame on."""
    nr = max(0, (len(entries) - head) // HUGE)
    if nr == 0 or machine.kpageflags < 0:
        return np.zeros(nr, np.bool_)
    groups = entries[head : head + nr * HUGE].reshape(nr, HUGE)
    first, last = groups[:, 0], groups[:, -1]
    likely: NDArray[np.bool_] = (first >> np.uint64(63) == 1) & (first & np.uint64(HUGE - 1) == 0)
    likely &= last == first + np.uint64(HUGE - 1)
    rows = np.flatnonzero(likely)
    if len(rows):
        steps = groups[rows]
        likely[rows] = (steps[:, 1:] - steps[:, :-1] == 1).all(axis=1)
    return likely


def _huge_words(
    machine: Machine, entries: Words, head: int, huge: NDArray[np.bool_]
) -> list[tuple[Words, NDArray[np.int64]]]:
    """Words of 2 MiB pages from their first and middle frame; of other groups frame by frame.

    Large folios are aligned to their size: where the frame in the middle is a tail, one folio
    covers the group.  Its tails are taken to have equal flags (a poisoned one is not seen).
    """
    groups = entries[head : head + len(huge) * HUGE].reshape(-1, HUGE)[huge]
    heads = _words(machine, np.ascontiguousarray(groups[:, 0]))
    middles = _words(machine, np.ascontiguousarray(groups[:, HUGE // 2]))
    whole = middles & np.uint64(KPF_TAIL) != 0
    found = []
    if whole.any():
        found.append(_tally(heads[whole]))
        values, counts = _tally(middles[whole])
        found.append((values, counts * (HUGE - 1)))
    if not whole.all():
        found.append(_tally(_words(machine, groups[~whole].reshape(-1))))
    return found
