# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of two ways that count the same is quicker: the standard library's, or NumPy's.

NumPy is imported when it is worth the time that its import takes.
"""

import sys
from array import array
from typing import Final

from linuxmm.errors import MissingExtra
from linuxmm.inspect.count import Counter, Words, count_plain, words_of
from linuxmm.inspect.source import Machine, Process

SMALL: Final = 1 << 15  # present pages up to which the plain way is quicker than importing NumPy
TOO_LARGE: Final = 1 << 21  # pages that the plain way takes seconds for: NumPy is asked for
WORTH_NUMPY: Final = 256  # entries from which on NumPy is quicker where it is imported already


def choose(present_pages: int) -> Counter:
    """The quicker way to count a process with so many pages."""
    if present_pages <= SMALL:
        return count_plain
    try:
        from linuxmm.inspect.count_numpy import count_numpy
    except ImportError:
        if present_pages > TOO_LARGE:
            many = f"{present_pages} pages are too many without NumPy"
            raise MissingExtra(many, "fast", "numpy", ", or name a part with --range") from None
        return count_plain
    return count_numpy


def words_for(nr_pages: int) -> Words:
    """The quicker way to words for a process of this size."""
    if nr_pages > SMALL:
        try:
            from linuxmm.inspect.count_numpy import words_in_order
        except ImportError:
            return words_of
        return words_in_order
    return words_of


def words_by_address(
    machine: Machine, process: Process, addr: int, entries: "array[int]"
) -> list[int]:
    """The same by the quicker way for so many entries."""
    if len(entries) > WORTH_NUMPY and sys.modules.get("numpy"):
        from linuxmm.inspect.count_numpy import words_in_order

        return words_in_order(machine, process, addr, entries)
    return words_of(machine, process, addr, entries)
