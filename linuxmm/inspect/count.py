"""How often each word (`words.py`) occurs in a range of a process, in blocks.

Two ways that count the same: with NumPy, and for small processes (or without NumPy) with the
standard library only, whose import costs nothing.
"""

import os
import struct
from array import array
from collections.abc import Callable, Iterator
from typing import Final

from linuxmm.errors import Skipped
from linuxmm.inspect.area import PAGE_SIZE
from linuxmm.inspect.source import Machine, Process
from linuxmm.inspect.words import PM_PFN, pack

BLOCK_PAGES: Final = 1 << 14  # larger ones only cost page faults of our own
SMALL: Final = 1 << 16  # present pages up to which the plain way is quicker than importing NumPy
TOO_LARGE: Final = 1 << 21  # pages that the plain way takes seconds for: NumPy is asked for
GAP: Final = 16  # frames between two wanted ones that are cheaper read than skipped

Count = dict[int, int]  # word -> pages
Counter = Callable[[Machine, Process, int, int], Count]


def choose(present_pages: int) -> Counter:
    """The quicker way to count a process with so many pages."""
    if present_pages <= SMALL:
        return count_plain
    try:
        from linuxmm.inspect.count_numpy import count_numpy
    except ImportError:
        if present_pages > TOO_LARGE:
            raise Skipped(
                f"{present_pages} pages are too many without NumPy: pip install 'linuxmm[fast]', "
                "or name a part with --range"
            ) from None
        return count_plain
    return count_numpy


def read_entries(process: Process, start: int, nr_pages: int) -> bytes:
    """The pagemap entries of a range; fewer when the process goes away meanwhile."""
    try:
        return os.pread(process.pagemap, 8 * nr_pages, start // PAGE_SIZE * 8)
    except OSError as error:
        process.missed.append(f"{start:x}: pagemap {(error.strerror or 'failed').lower()}")
        return b""


def blocks(process: Process, start: int, end: int, nr: int = BLOCK_PAGES) -> Iterator[bytes]:
    """The entries of [start, end), block after block; a short one is the last, and is noted."""
    addr = start
    while addr < end:
        want = min(nr, (end - addr) // PAGE_SIZE)
        data = read_entries(process, addr, want)
        if data:
            yield data
        if len(data) < 8 * want:
            process.missed.append(f"{addr + len(data) // 8 * PAGE_SIZE:x}-{end:x}: it was gone")
            return
        addr += want * PAGE_SIZE


def count_plain(machine: Machine, process: Process, start: int, end: int) -> Count:
    """Word -> pages of [start, end), with the standard library only."""
    total: Count = {}
    for data in blocks(process, start, end):
        for word in words_of(machine, data):
            total[word] = total.get(word, 0) + 1
    return total


def words_of(machine: Machine, data: bytes) -> list[int]:
    """The word of each pagemap entry."""
    entries = struct.unpack(f"<{len(data) // 8}Q", data)
    frames = sorted({e & PM_PFN for e in entries if e >> 63 and e & PM_PFN})
    flags = _by_frame(machine.kpageflags, frames)
    row = machine.physical.row
    return [
        pack(e, flags.get(e & PM_PFN, 0), row(e & PM_PFN))
        if e >> 63 and e & PM_PFN
        else pack(e, 0, 0)
        for e in entries
    ]


def _by_frame(fd: int, frames: list[int]) -> dict[int, int]:
    """The entry of each frame in kpageflags or kpagecount; nothing without the file."""
    found: dict[int, int] = {}
    if fd < 0:
        return found
    for first, behind in runs(frames):
        values = array("Q", os.pread(fd, 8 * (behind - first), first * 8))
        found.update(zip(range(first, behind), values, strict=False))
    return found


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
