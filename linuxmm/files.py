# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of others: read within bounds, written so that a reader finds all of a file or nothing.

Whoever reads a file that somebody named, or found in a folder, reads it here: a FIFO or a device
is refused before it is opened, and no file is read beyond a limit.  Whoever writes one writes it
here: beside its place, and renamed when it is whole.
"""

import errno
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedWriter, FileIO
from typing import Any, BinaryIO, Final

from linuxmm.errors import InputError

_DESCRIPTOR: Final = re.compile(r"/dev/std(in|out|err)|/dev/fd/[0-9]+|/proc/self/fd/[0-9]+")
_MOST: Final = 1 << 18  # most files are smaller: no room is made for all that might come
_KINDS: Final = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


# --- reading --------------------------------------------------------------------------------------
def read_file(
    path: str | os.PathLike[str], limit: int, error: type[InputError] = InputError, name: str = ""
) -> bytes:
    """A regular file of at most `limit` bytes; `name` is what errors call it, if not `path`.

    Raises: `error` for what is none, is larger, or cannot be read.  Descriptors that we were
    started with are read too: ``<(command)`` of a shell is ``/dev/fd/63``, a pipe.
    """
    name = name or os.fspath(path)
    try:
        with open(path, "rb", opener=_open_regular) as stream:
            data = stream.read(min(limit + 1, _MOST))
            if len(data) == _MOST:
                data += stream.read(limit + 1 - _MOST)
    except _NotRegular as refused:
        what = f"cannot be read: is {refused}, not a regular file"
        raise error(what, file=name, line=1) from None
    except (OSError, ValueError) as failed:  # ValueError: a NUL in the name
        reason = getattr(failed, "strerror", None) or str(failed)
        raise error(f"cannot be read: {reason[:1].lower()}{reason[1:]}", file=name) from None
    if len(data) > limit:
        what = f"is larger than {size(limit)}, the most that is read"
        raise error(what, file=name, line=1)
    return data


def read_stdin(limit: int, error: type[InputError] = InputError) -> bytes:
    """At most `limit` bytes of standard input; the size is for whoever reads them to judge."""
    try:
        return sys.stdin.buffer.read(limit)
    except (OSError, AttributeError) as failed:  # AttributeError: closed, Python has no stdin
        reason = getattr(failed, "strerror", None) or "it is closed"
        raise error(f"standard input cannot be read: {reason.lower()}") from None


class _NotRegular(Exception):
    """What a file is instead."""


def _open_regular(path: str, flags: int) -> int:
    """Opened only if it is a regular file: opening alone can hang (FIFO) or do harm (watchdog)."""
    if _DESCRIPTOR.fullmatch(path):
        return os.open(path, flags)
    _check_regular(os.stat(path))
    fd = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        _check_regular(os.fstat(fd))  # it may be another one by now
    except _NotRegular:
        os.close(fd)
        raise
    return fd


def _check_regular(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise _NotRegular(next((word for is_it, word in _KINDS if is_it(found.st_mode)), "no file"))


def size(limit: int) -> str:
    """A limit in words: 64 KiB, 8 MiB."""
    for shift, unit in ((20, "MiB"), (10, "KiB")):
        if limit >> shift << shift == limit and limit >> shift:
            return f"{limit >> shift} {unit}"
    return f"{limit} bytes"


# --- writing --------------------------------------------------------------------------------------
def write_file(path: str | os.PathLike[str], data: bytes, *, overwrite: bool = True) -> None:
    """These bytes as the file `path`.

    Raises: OSError that names the path; FileExistsError if it is there and `overwrite` is false.
    """
    with replacing(path, overwrite=overwrite) as stream:
        stream.write(data)


@contextmanager
def replacing(path: str | os.PathLike[str], *, overwrite: bool = True) -> Iterator[BinaryIO]:
    """A stream whose bytes become the file `path` when the block ends well.

    Until then, and when it ends with an exception (a full disk, an interrupt), what was there
    stays as it was.  A link is followed; what is no regular file is written as it is.
    Raises: OSError that names the path, as `write_file`.
    """
    target = os.fspath(path)
    if _is_special(target):
        with BufferedWriter(_Target(target, target, os.O_WRONLY)) as stream:
            yield stream
        return
    place = os.path.realpath(target)
    beside = os.path.join(os.path.dirname(place), f".linuxmm-{os.urandom(6).hex()}.part")
    raw = _Target(beside, target, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        with BufferedWriter(raw) as stream:
            yield stream
        _put(beside, place, target, overwrite)
    finally:
        with suppress(OSError):  # renamed already
            os.unlink(beside)


def _is_special(path: str) -> bool:
    """Must it be written where it is: a descriptor, a device, a FIFO?"""
    if _DESCRIPTOR.fullmatch(path):
        return True
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(mode)


class _Target(FileIO):
    """A file on its way to `target`: its errors name that, not where it is written meanwhile."""

    def __init__(self, path: str, target: str, flags: int) -> None:
        self.target = target
        with _named(target):
            super().__init__(path, "w", opener=lambda name, _: os.open(name, flags, 0o666))

    def write(self, data: Any, /) -> int:  # Any: a buffer, as FileIO declares it
        with _named(self.target):
            return super().write(data)

    def close(self) -> None:
        with _named(self.target):
            super().close()


@contextmanager
def _named(target: str) -> Iterator[None]:
    """OSErrors name the file that was asked for."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = target, None
        raise


def _put(beside: str, place: str, target: str, overwrite: bool) -> None:
    """Give a whole file its name, with the access rights of the one it replaces."""
    with _named(target):
        if not overwrite:
            _take(beside, place)
            return
        with suppress(FileNotFoundError):
            os.chmod(beside, stat.S_IMODE(os.stat(place).st_mode))
        os.replace(beside, place)


def _take(beside: str, place: str) -> None:
    """A name that nobody has: a link is the one step that fails when somebody does."""
    try:
        os.link(beside, place)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        if os.path.lexists(place):  # a file system without links (FAT)
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        os.rename(beside, place)
