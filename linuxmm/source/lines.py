# SPDX-License-Identifier: GPL-2.0-or-later
"""The lines of a function that is being written."""

from collections.abc import Iterator
from contextlib import contextmanager


class Lines:
    """Python text by lines, at a depth; and names that nobody has yet."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self.indent = 1
        self._names = 0

    def write(self, line: str) -> None:
        self.all.append("    " * self.indent + line)

    def put(self, lines: list[str]) -> None:
        """Lines that were kept apart."""
        for line in lines:
            self.write(line)

    def number(self) -> int:
        """A number that was not given yet."""
        self._names += 1
        return self._names

    def fresh(self, what: str) -> str:
        """A name that nobody has."""
        return f"{what}{self.number()}"

    @contextmanager
    def inside(self) -> Iterator[None]:
        """One level in; what says nothing says `pass`."""
        self.indent += 1
        before = len(self.all)
        yield
        if len(self.all) == before:
            self.write("pass")
        self.indent -= 1

    @contextmanager
    def apart(self) -> Iterator[list[str]]:
        """Lines that are kept apart, at no depth, to be put where they belong later."""
        kept, indent = self.all, self.indent
        found: list[str] = []
        self.all, self.indent = found, 0
        try:
            yield found
        finally:
            self.all, self.indent = kept, indent

    def mark(self) -> tuple[int, int]:
        """Where writing is."""
        return len(self.all), self.indent

    def back(self, mark: tuple[int, int]) -> None:
        """Forget what was written since."""
        del self.all[mark[0] :]
        self.indent = mark[1]
