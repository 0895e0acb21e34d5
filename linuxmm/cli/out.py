# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything the command writes: text, JSON and sentences, on streams that may be broken.

JSON is ASCII.  A sentence on standard error is one line whatever words of others are in it, and
never fails.  Of standard output a failure is an `OSError` without a file name (`BrokenPipeError`:
the reader has gone), also when it was closed before we started.
"""

import io
import os
import sys
from typing import Final, TextIO

from linuxmm.cli.interrupt import held
from linuxmm.errors import one_line, printable

INDENT: Final = 2


def print_text(text: str, coloured: bool = False) -> None:
    """Text on standard output, as a whole.

    Only a report that was made safe before it was coloured may have escapes of its own.
    """
    with held():
        sys.stdout.write(text if coloured else printable(text))
        sys.stdout.flush()


def print_json(document: object, indent: int | None = INDENT) -> None:
    """One document on standard output; without indent on one line."""
    print_text(as_json(document, indent) + "\n")


def as_json(document: object, indent: int | None = INDENT) -> str:
    """A document as ASCII: words of others cannot reach a terminal, or miss its encoding."""
    import json  # only who wants it waits for it

    return json.dumps(document, indent=indent, ensure_ascii=True)


def say(sentence: str) -> None:
    """One line on standard error."""
    complain(f"linuxmm: {one_line(sentence)}\n")


def complain(text: str, stream: TextIO | None = None) -> None:
    """Text of ours on standard error; if nobody can read it, nothing else is lost."""
    stream = stream or sys.stderr
    try:
        with held():
            stream.write(text)
            stream.flush()
    except OSError:
        drop(2)


# --- streams --------------------------------------------------------------------------------------
def mend_streams() -> None:
    """Make the three streams usable, whatever we were started with.

    A closed descriptor is taken, or the next file that is opened would get its number and the
    words meant for it.  What standard input and output then say is EBADF, as if still closed.
    """
    modes = ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_WRONLY))
    closed = [fd for fd, mode in modes if _take_if_closed(fd, mode)]
    if 0 in closed:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0)))
    sys.stdout = _whole(1 if 1 in closed else sys.stdout)
    sys.stderr = _whole(2 if 2 in closed else sys.stderr)


def _take_if_closed(fd: int, mode: int) -> bool:
    """Descriptors are looked at in their order, so that /dev/null gets the closed number."""
    try:
        os.fstat(fd)
        return False
    except OSError:
        os.open(os.devnull, mode)
        os.set_inheritable(fd, True)
        return True


def _whole(stream: TextIO | int) -> TextIO:
    """A stream that takes every character, and writes all of a long text also when a signal comes.

    With PYTHONUNBUFFERED Python's own streams give up what a signal left unwritten.
    """
    if isinstance(stream, int):
        return _buffered(stream, None)
    if not isinstance(stream, io.TextIOWrapper):
        return stream  # of a test
    if isinstance(stream.buffer, io.BufferedWriter):
        stream.reconfigure(errors="backslashreplace")
        return stream
    return _buffered(stream.fileno(), stream.encoding)


def _buffered(fd: int, encoding: str | None) -> TextIO:
    raw = io.FileIO(fd, "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=encoding,
        errors="backslashreplace",
        line_buffering=fd == 2 or raw.isatty(),
    )


def drop(fd: int) -> None:
    """Let the interpreter's last flush of a broken stream go nowhere: it cannot fail again."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, fd)
    os.close(devnull)
