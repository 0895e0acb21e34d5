# SPDX-License-Identifier: GPL-2.0-or-later
"""Progress on standard error: quiet for two seconds, then one line that moves.

On a terminal the line is rewritten in place; elsewhere (a log, a pipe) a plain line comes
every few seconds.  Nothing of it ever goes to standard output, where the same input must
give the same bytes.
"""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, TextIO

from linuxmm.cli.out import complain
from linuxmm.errors import one_line
from linuxmm.printed import columns_of_terminal

QUIET_S: Final = 2.0  # shorter work shows nothing
TERMINAL_EVERY_S: Final = 0.1
PLAIN_EVERY_S: Final = 5.0


class Progress:
    """How far a long piece of work is.

    >>> with Progress("searching") as progress:
    ...     for i in range(1000):
    ...         progress.update(i, 1000)
    """

    def __init__(
        self,
        what: str,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what = what
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._terminal = self._stream.isatty()
        self._start = clock()
        self._next = self._start + QUIET_S
        self._shown = False

    def update(self, done: int, total: int = 0, note: str = "") -> None:
        """`done` of `total` (0: unknown) pieces are finished; cheap to call often."""
        now = self._clock()
        if now < self._next:
            return
        self._next = now + (TERMINAL_EVERY_S if self._terminal else PLAIN_EVERY_S)
        count = f"{done} of {total}" if total else str(done)
        self._write(
            f"{self._what}: {count}{', ' + note if note else ''}, {now - self._start:.0f} s"
        )

    def close(self) -> None:
        """Take the moving line away again."""
        if self._shown and self._terminal:
            complain("\r\x1b[K", self._stream)
        self._shown = False

    def _write(self, line: str) -> None:
        line = one_line(line)
        if self._terminal:  # a line that the terminal breaks cannot be taken away again
            line = f"\r{line[: columns_of_terminal(2) - 1]}\x1b[K"
        complain(line if self._terminal else f"{line}\n", self._stream)
        self._shown = True

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
