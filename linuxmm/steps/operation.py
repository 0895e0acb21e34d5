# SPDX-License-Identifier: GPL-2.0-or-later
"""One row of the table of operations: its number, its arguments, what it leaves behind."""

from typing import Final, NamedTuple

RETURNED: Final = -1  # as many words as it returns
PAGES: Final = -2  # a word for each page of its argument `nr`


class Operation(NamedTuple):
    """An operation of the core: what the integers that it takes and gives mean.

    `takes`: its arguments in order.  `gives`: what it returns, where that is neither 0 nor what
    its system call returns.  `out`: how many words of m.out it leaves for its reader.
    `report`: it only looks.  `sleeps`: it may return VM_FAULT_RETRY instead.  `finds`: a page,
    and its failure is one page's.
    """

    number: int
    name: str
    takes: str = ""
    gives: str = ""
    out: int = 0
    report: bool = False
    sleeps: bool = False
    finds: bool = False

    def nr_out(self, arguments: tuple[int, ...], ret: int) -> int:
        """How many words of m.out are there to be read, once it has returned `ret`."""
        if self.out == RETURNED:
            return max(ret, 0)
        return arguments[self.takes.split().index("nr")] if self.out == PAGES else self.out
