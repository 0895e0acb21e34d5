# SPDX-License-Identifier: GPL-2.0-or-later
"""What steps have named, as a sequence of pages: `len(a)`, `a[0]`, `a[2:4]`, `for page in a`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NoReturn, Protocol

from linuxmm.errors import OutOfRange, WrongArgument


class Owner(Protocol):
    """Who has names of its own: a process."""

    name: str


@dataclass(frozen=True, repr=False)
class Named:
    """Something a step has named: a mapping, a file, held pages, or some of its pages.

    `a[2:4]` are pages 2 and 3 and a sequence again: `a[2:4][0]` is page 2.  `whole`: how many
    pages the name has; of them these are [start, stop).
    """

    process: str
    name: str
    whole: int
    start: int
    stop: int

    @property
    def nr_pages(self) -> int:
        """How many pages these are."""
        return self.stop - self.start

    def __len__(self) -> int:
        return self.nr_pages

    def __getitem__(self, index: int | slice) -> "Named":
        if isinstance(index, slice):
            return self._slice(index)
        if isinstance(index, bool) or not isinstance(index, int):
            raise WrongArgument(f"{self}: a page is named by a number or a slice, not {index!r}")
        at = index + len(self) if index < 0 else index
        if not 0 <= at < len(self):
            self._beyond(str(index))
        return replace(self, start=self.start + at, stop=self.start + at + 1)

    def __iter__(self) -> Iterator["Named"]:
        return (self[i] for i in range(len(self)))

    def __str__(self) -> str:
        return (f"{self.process}." if self.process else "") + self.word

    def __repr__(self) -> str:
        return f"<{self}: {_pages(len(self))}>"

    @property
    def word(self) -> str:
        """As its process calls it: `m1`, `m1[3]`, `m1[0:4]`."""
        if (self.start, self.stop) == (0, self.whole):
            return self.name
        last = f":{self.stop}" if len(self) != 1 else ""
        return f"{self.name}[{self.start}{last}]"

    def of(self, process: Owner) -> "Named":
        """The same pages of another process: a child knows its parent's names."""
        return replace(self, process=process.name)

    def _slice(self, index: slice) -> "Named":
        """Consecutive pages, all of them there: a range that is cut short says nothing calmly."""
        start, stop = (self._edge(edge, index) for edge in (index.start, index.stop))
        if index.step not in (None, 1):
            raise WrongArgument(
                f"{self}: pages of a step are consecutive, so a slice has no step "
                f"({_written(index)}); name them one by one"
            )
        start = 0 if start is None else start
        stop = len(self) if stop is None else stop
        if not 0 <= start <= len(self) or not 0 <= stop <= len(self):
            self._beyond(_written(index))
        if start >= stop:
            raise OutOfRange(f"{self}[{_written(index)}] is no page; a step needs one at least")
        return replace(self, start=self.start + start, stop=self.start + stop)

    def _edge(self, edge: object, index: slice) -> int | None:
        """One end of a slice, counted from the first page."""
        if edge is None:
            return None
        if isinstance(edge, bool) or not isinstance(edge, int):
            raise WrongArgument(f"{self}[{_written(index)}]: the ends of a slice are numbers")
        return edge + len(self) if edge < 0 else edge

    def _beyond(self, index: str) -> NoReturn:
        raise OutOfRange(f"{self} has {_pages(len(self))}: [{index}] reaches beyond them")


def _written(index: slice) -> str:
    """A slice as it was written."""
    ends = ["" if each is None else repr(each) for each in (index.start, index.stop)]
    return ":".join([*ends, *([repr(index.step)] if index.step is not None else [])])


def _pages(count: int) -> str:
    return "1 page" if count == 1 else f"{count} pages"
