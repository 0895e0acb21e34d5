# SPDX-License-Identifier: GPL-2.0-or-later
"""PAGEMAP_SCAN: runs of pages by what pagemap knows of them, on kernels that have the call.

It tells present, swapped, file, zero page, huge (a whole PMD or more) and guard in runs and
needs no right to see frame numbers; it tells no frame, and so no node and no page flags.

Source: fs/proc/task_mmu.c (do_pagemap_scan), include/uapi/linux/fs.h.
"""

import array
import fcntl
import struct
from collections.abc import Iterator
from typing import Final

from linuxmm.inspect.words import FILE, KPF_THP, KPF_ZERO, PRESENT, SOFT_DIRTY, SWAP

PAGEMAP_SCAN: Final = 0xC0606610  # _IOWR('f', 16, struct pm_scan_arg)
IS_FILE: Final = 1 << 2
IS_PRESENT: Final = 1 << 3
IS_SWAPPED: Final = 1 << 4
IS_PFNZERO: Final = 1 << 5
IS_HUGE: Final = 1 << 6
IS_SOFT_DIRTY: Final = 1 << 7
SHOWN: Final = IS_FILE | IS_PRESENT | IS_SWAPPED | IS_PFNZERO | IS_HUGE
REGIONS: Final = 4096  # how many runs are taken at a time
_ARGUMENT: Final = struct.Struct("<12Q")
_WORDS: Final = (
    (IS_FILE, FILE),
    (IS_PRESENT, PRESENT),
    (IS_SWAPPED, SWAP),
    (IS_PFNZERO, KPF_ZERO),
    (IS_HUGE, KPF_THP),
    (IS_SOFT_DIRTY, SOFT_DIRTY),
)
Run = tuple[int, int, int]  # start, end, categories


def can_scan(fd: int) -> bool:
    """Does this kernel have the call?  An empty range is asked for."""
    try:
        list(scan(fd, 0, 0, IS_PRESENT, IS_PRESENT))
    except OSError:
        return False
    return True


def scan(fd: int, start: int, end: int, any_of: int, shown: int) -> Iterator[Run]:
    """Runs of [start, end) that are at least one of `any_of`, with the categories of `shown`.

    Raises: OSError when the kernel has no such call or the process is gone.
    """
    room = array.array("Q", bytes(24 * REGIONS))
    where, _ = room.buffer_info()
    while True:
        words = (_ARGUMENT.size, 0, start, end, 0, where, REGIONS, 0, 0, 0, any_of, shown)
        argument = bytearray(_ARGUMENT.pack(*words))
        nr = fcntl.ioctl(fd, PAGEMAP_SCAN, argument, True)
        yield from zip(*[iter(room[: 3 * nr].tolist())] * 3, strict=True)
        start = _ARGUMENT.unpack(argument)[4]
        if start >= end:
            return


def word_of(categories: int) -> int:
    """The word of a page as far as its categories tell it."""
    return sum(bit for category, bit in _WORDS if categories & category)
