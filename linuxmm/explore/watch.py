# SPDX-License-Identifier: GPL-2.0-or-later
"""Which rules a step has read that the rival kernel has otherwise: no difference is invisible.

Where lookups, tests and predicates of two kernels may part, the core asks both and compares the
answers (`mm/sites.py`).  Everything else in a record is a value that the core reads wherever it
needs it: a caller's flags, what a refused page gets, a behaviour, the type numbers of swap
entries that follow from the config, the FOLL_ flags that exist.  Of these a column that holds a
cell which the rival has otherwise notes each time that cell is read: a step that read none is
the same step on both kernels.
"""

from collections.abc import Iterator, Sequence

from linuxmm.kernels import Kernel
from linuxmm.kernels.compile import compile_rules
from linuxmm.state.rules import WATCHED, WATCHED_BY_SITE, Rules
from linuxmm.state.sites import NR_SITES

Cell = tuple[str, int]
"""A column of rules and the row of a cell in it."""


class Watched:
    """A column of rules; `differing`: its cells that differ; `read`: those that were read."""

    __slots__ = ("_cells", "differing", "read")

    def __init__(self, cells: Sequence[int], differing: frozenset[int]) -> None:
        self._cells, self.differing = list(cells), differing
        self.read: set[int] = set()

    def __getitem__(self, i: int) -> int:
        if i in self.differing:
            self.read.add(i)
        return self._cells[i]

    def __setitem__(self, i: int, value: int) -> None:
        raise TypeError("the rules of a search do not change")

    def __len__(self) -> int:
        return len(self._cells)


class WatchedRules(Rules):
    """One kernel's rules beside a rival's, reads of what differs noted."""

    watched: dict[str, Watched]
    plain: Rules  # the same, not watched: for who notes what is read himself

    def forget(self) -> None:
        """Nothing has been read yet."""
        for column in self.watched.values():
            column.read.clear()

    def sites_read(self) -> Iterator[int]:
        """The rows of the sites of which a differing cell was read."""
        for name in WATCHED_BY_SITE:
            if name in self.watched:
                yield from self.watched[name].read

    def cells(self) -> Iterator[Cell]:
        """Every cell that differs."""
        for name, column in self.watched.items():
            yield from ((name, i) for i in sorted(column.differing))

    def cells_read(self) -> Iterator[Cell]:
        """The differing cells that were read."""
        for name, column in self.watched.items():
            yield from ((name, i) for i in column.read)

    def was_read(self) -> bool:
        """Was any differing cell read?"""
        return any(column.read for column in self.watched.values())

    def saw(self, noted: bytes | memoryview, width: int) -> None:
        """Somebody else has read these: a byte a cell, `width` for each column of WATCHED."""
        for name, column in self.watched.items():
            cells = noted[WATCHED.index(name) * width :]
            column.read.update(i for i in column.differing if cells[i])


def watched_rules(kernel: Kernel, rival: Kernel) -> WatchedRules:
    """The columns of `kernel` with `rival` beside it, for a walk that must see every difference."""
    beside, theirs = compile_rules(kernel, rival), compile_rules(rival)
    k = WatchedRules()
    vars(k).update(vars(beside))
    k.plain, k.watched = beside, {}
    for name in WATCHED:
        ours, others = getattr(beside, name), getattr(theirs, name)
        nr = NR_SITES if name in WATCHED_BY_SITE else len(ours)
        differing = frozenset(i for i in range(nr) if ours[i] != others[i])
        if differing:
            k.watched[name] = Watched(ours, differing)
            setattr(k, name, k.watched[name])
    return k
