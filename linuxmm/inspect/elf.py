# SPDX-License-Identifier: GPL-2.0-or-later
"""The notes of an ELF file (its build ID), read within bounds before anybody else opens the file.

Who made a vmlinux or a core may not be trusted, and libraries read what its headers say: a file
of a few bytes can claim notes of gigabytes.
"""

import os
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from typing import Final

from linuxmm.errors import InputError

MAX_NOTES: Final = 16 << 20  # bytes of one group of notes; those of a core hold 0.5 KiB a CPU
MAX_GROUPS: Final = 1024
GNU_BUILD_ID: Final = 3
_HEAD: Final = struct.Struct("<16sHHIQQQIHHHHHH")
_SEGMENT: Final = struct.Struct("<IIQQQQQQ")
_SECTION: Final = struct.Struct("<IIQQQQIIQQ")
_NOTE: Final = struct.Struct("<III")
_PT_NOTE: Final = 4
_SHT_NOTE: Final = 7
_FIRST_SECTION: Final = 0xFFFF  # e_phnum: the number stands in section 0


@dataclass(frozen=True)
class Note:
    """One note: who defined it, its kind, what it says."""

    owner: bytes
    kind: int
    data: bytes


def parse_notes(data: bytes) -> list[Note]:
    """The notes of a group, padded to 4 bytes each.  Raises: InputError for one that is cut off."""
    notes, at = [], 0
    while at + _NOTE.size <= len(data):
        name_size, size, kind = _NOTE.unpack_from(data, at)
        first = at + _NOTE.size
        start = first + (name_size + 3 & ~3)
        if start + size > len(data):
            raise InputError(f"a note of {size} bytes at {at:#x} is longer than its group")
        owner = data[first : first + name_size].rstrip(b"\0")
        notes.append(Note(owner, kind, data[start : start + size]))
        at = start + (size + 3 & ~3)
    return notes


def build_id(path: str) -> str:
    """The build ID of an ELF file in hex; empty if it has none.

    Raises: InputError (no regular file, no 64-bit ELF file, cut off, larger than the limits).
    """
    return next(
        (
            note.data.hex()
            for notes in _groups(path)
            for note in notes
            if (note.owner, note.kind) == (b"GNU", GNU_BUILD_ID)
        ),
        "",
    )


def check_notes(path: str) -> None:
    """Read all notes of a file, if it is an ELF file.  Raises: InputError, as `build_id`."""
    with _opened(path) as stream:
        if stream.read(4) != b"\x7fELF":
            return  # compressed by makedumpfile, or none at all: whoever reads it will say
    for _ in _groups(path):
        pass


def _opened(path: str) -> BufferedReader:
    """A regular file; opening a FIFO would wait for whoever writes it."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise InputError("is no regular file", file=path)
        return open(path, "rb")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(reason[:1].lower() + reason[1:], file=path) from None


def _groups(path: str) -> Iterator[list[Note]]:
    """The notes of each segment and section of notes."""
    with _opened(path) as stream:
        seen: set[tuple[int, int]] = set()
        for start, size in _places(path, stream):
            if (start, size) in seen:
                continue
            seen.add((start, size))
            if size > MAX_NOTES or len(seen) > MAX_GROUPS:
                raise InputError(
                    f"{size} bytes of notes: more than {MAX_NOTES >> 20} MiB in one place, "
                    f"or more than {MAX_GROUPS} places, are not read",
                    file=path,
                )
            try:
                yield parse_notes(_read(path, stream, start, size))
            except InputError as error:
                raise InputError(error.message, file=path) if not error.file else error from None


def _places(path: str, stream: BufferedReader) -> Iterator[tuple[int, int]]:
    """(offset, bytes) of every group of notes that the headers tell of."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size or head[:6] != b"\x7fELF\x02\x01":
        raise InputError("not a 64-bit ELF file", file=path)
    words = _HEAD.unpack(head)
    segments, sections = words[5], words[6]
    segment_size, nr_segments, section_size, nr_sections = words[9:13]
    if sections and _SECTION.size <= section_size and (nr_sections == 0 or nr_segments > 0xFFFE):
        first = _SECTION.unpack(_read(path, stream, sections, _SECTION.size))
        nr_sections = nr_sections or first[5]
        nr_segments = first[7] if nr_segments == _FIRST_SECTION else nr_segments
    for at, size, nr, form in (
        (segments, segment_size, nr_segments, _SEGMENT),
        (sections, section_size, nr_sections, _SECTION),
    ):
        yield from _notes_of(path, stream, (at, size, nr), form)


def _notes_of(
    path: str, stream: BufferedReader, table: tuple[int, int, int], form: struct.Struct
) -> Iterator[tuple[int, int]]:
    """The groups of notes in a table of headers."""
    at, size, nr = table
    if not at or not nr:
        return
    if size < form.size or size * nr > MAX_NOTES:
        raise InputError(f"{nr} headers of {size} bytes are not read", file=path)
    headers = _read(path, stream, at, size * nr)
    for i in range(nr):
        words = form.unpack_from(headers, i * size)
        if form is _SEGMENT and words[0] == _PT_NOTE:
            yield words[2], words[5]
        elif form is _SECTION and words[1] == _SHT_NOTE:
            yield words[4], words[5]


def _read(path: str, stream: BufferedReader, at: int, size: int) -> bytes:
    """A part of the file, whole."""
    try:
        stream.seek(at)
        data = stream.read(size)
    except (OSError, ValueError, OverflowError):
        data = b""
    if len(data) < size:
        raise InputError(f"is cut off: {size} bytes at {at:#x} are not there", file=path)
    return data
