# SPDX-License-Identifier: GPL-2.0-or-later
"""The text files under /proc, read as what they are: bytes, in lines that end with LF alone.

The one reader for `inspect` and `validate`.  Words of others stand in these files (names of files
and of processes), with any byte in them but LF, which the kernel escapes: nothing here splits at
the other characters that Python takes for line ends or blanks.  What does not parse is left out
and told (`unread`); nothing here raises because of what a file says.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from linuxmm.uapi import PAGE_SIZE

EXCERPT: Final = 60  # bytes of a line that does not parse
_HEAD: Final = re.compile(
    rb"([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([r-][w-][x-][sp]) ([0-9a-f]{1,16}) "
    rb"([0-9a-f]{1,8}:[0-9a-f]{1,8}) ([0-9]{1,20})(?: +([^\n]*))?\n"
)
_AFTER_LINES: Final = re.compile(rb"\n(?![A-Z])")  # behind it no line of smaps follows
_NUMBER: Final = re.compile(rb"^([A-Z]\w*): +([0-9]{1,18})(?: kB)?$", re.MULTILINE)
_VM_FLAGS: Final = re.compile(rb"^VmFlags:(.*)$", re.MULTILINE)
_WORD: Final = re.compile(rb"[A-Za-z]\w*")
_DIGITS: Final = re.compile(rb"[0-9]{1,18}")
_SIZE: Final = re.compile(r"([0-9]{1,18}) kB")
_HEX: Final = re.compile(rb"[0-9a-f]{1,16}")
_OCTAL: Final = re.compile(rb"\\([0-3][0-7]{2})")
_COMM: Final = re.compile(rb"\\(n|\\)")


@dataclass(frozen=True, slots=True)
class Mapping:
    """One mapping of maps or smaps; of maps `fields` are empty and `vm_flags` None."""

    start: int
    end: int
    perms: str
    offset: int
    device: str
    inode: int
    name: str
    fields: dict[str, int]  # lines that have one number: kB, or what it is
    vm_flags: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class NumaMapping:
    """One line of numa_maps: its policy, and its words that have a number."""

    start: int
    policy: str
    numbers: dict[str, int]


@dataclass
class Mappings:
    """The mappings by address, and excerpts of the lines that are none."""

    found: list[Mapping] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


@dataclass
class NumaMappings:
    """The same of numa_maps."""

    found: list[NumaMapping] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def read(path: str) -> bytes:
    """A whole file.  Raises: OSError."""
    with open(path, "rb", buffering=0) as stream:
        return stream.readall()


def lines(data: bytes) -> list[bytes]:
    """The lines; what follows the last LF is one only if there is something."""
    found = data.split(b"\n")
    if not found[-1]:
        found.pop()
    return found


def words(data: bytes) -> str:
    """Words of others as text: what is not UTF-8 becomes `\\xff`."""
    return data.decode("utf-8", "backslashreplace")


def unescaped(name: bytes) -> bytes:
    """A name of mountinfo or swaps, where blanks, LF and the backslash are octal escapes."""
    return _OCTAL.sub(lambda m: bytes([int(m[1], 8)]), name)


# --- maps, smaps ----------------------------------------------------------------------------------
def parse_maps(data: bytes) -> Mappings:
    """Every mapping of maps, or of smaps with its lines.

    In names the kernel escapes LF alone, as `\\012` (fs/proc/task_mmu.c:show_map_vma), and it
    leaves the backslash: four such characters in a name are read as the LF that they may be.
    """
    mappings, at = Mappings(), 0
    while at < len(data):
        head = _HEAD.match(data, at)
        behind = _AFTER_LINES.search(data, head.end() - 1 if head else at)
        end = behind.end() if behind else len(data)
        if head is None or not _add(mappings, data, head, end):
            mappings.unread.append(_excerpt(data[at:end]))
        at = end
    return mappings


def parse_smaps(data: bytes) -> Mappings:
    """The same file with more lines a mapping."""
    return parse_maps(data)


def _add(mappings: Mappings, data: bytes, head: re.Match[bytes], end: int) -> bool:
    """Take a mapping, if it has whole pages and lies behind those before it."""
    low, high, perms, offset, device, inode, name = head.groups(b"")
    start, stop = int(low, 16), int(high, 16)
    last = mappings.found[-1].end if mappings.found else 0
    if not last <= start < stop or (start | stop) % PAGE_SIZE:
        return False
    numbers, flags = parse_block(data, head.end(), end) if head.end() < end else ({}, None)
    mappings.found.append(
        Mapping(
            *(start, stop, perms.decode(), int(offset, 16), device.decode(), int(inode)),
            *(_name(name), numbers, flags),
        )
    )
    return True


def parse_block(
    data: bytes, start: int = 0, end: int | None = None
) -> tuple[dict[str, int], tuple[str, ...] | None]:
    """The lines of one mapping of smaps: those with a number, in order; the words of VmFlags."""
    end = len(data) if end is None else end
    numbers = {_key(key): int(number) for key, number in _NUMBER.findall(data, start, end)}
    shown = _VM_FLAGS.search(data, max(start, data.rfind(b"VmFlags:", start, end)), end)
    return numbers, _flags(shown[1]) if shown else None


@lru_cache(maxsize=256)
def _name(name: bytes) -> str:
    """A file is mapped in several parts: one string for all of them."""
    return words(name.replace(b"\\012", b"\n"))


@lru_cache(maxsize=64)
def _key(key: bytes) -> str:
    """The same few in every block."""
    return key.decode()


@lru_cache(maxsize=256)
def _flags(shown: bytes) -> tuple[str, ...]:
    """The two letters of VmFlags."""
    return tuple(words(word) for word in shown.split(b" ") if word)


def _excerpt(data: bytes) -> str:
    """The first line, cut."""
    line = data.split(b"\n", 1)[0]
    return words(line[:EXCERPT]) + ("..." if len(line) > EXCERPT else "")


# --- numa_maps ------------------------------------------------------------------------------------
def parse_numa_maps(data: bytes) -> NumaMappings:
    """Every line: blanks in its names are escaped, so that a blank is where a word ends."""
    mappings = NumaMappings()
    for line in lines(data):
        found = _numa_mapping(line)
        if found is None:
            mappings.unread.append(_excerpt(line))
        else:
            mappings.found.append(found)
    return mappings


def _numa_mapping(line: bytes) -> NumaMapping | None:
    start, *rest = line.split(b" ")
    if not _HEX.fullmatch(start) or not rest:
        return None
    pairs = (word.partition(b"=") for word in rest[1:])
    numbers = {
        key.decode(): int(number)
        for key, _, number in pairs
        if _WORD.fullmatch(key) and _DIGITS.fullmatch(number)
    }
    policy = rest[0]
    if rest[1:] and rest[1].startswith(b"("):  # `prefer (many)` is one word with a blank in it
        policy += rest[1]
    return NumaMapping(int(start, 16), words(policy), numbers)


# --- status ---------------------------------------------------------------------------------------
def parse_status(data: bytes) -> dict[str, str]:
    """The lines of status (or meminfo) by name; of two with one name the first.

    Source: fs/proc/array.c:proc_task_name escapes LF and the backslash of a process's name.
    """
    found: dict[str, str] = {}
    for line in lines(data):
        key, colon, rest = line.partition(b":")
        if colon and _WORD.fullmatch(key):
            found.setdefault(key.decode(), words(rest.strip(b" \t")))
    if "Name" in found:
        name = data.partition(b"Name:\t")[2].partition(b"\n")[0]
        found["Name"] = words(_COMM.sub(lambda m: b"\n" if m[1] == b"n" else b"\\", name))
    return found


def in_kb(status: dict[str, str]) -> dict[str, int]:
    """The lines that are sizes, in kB."""
    pairs = ((key, _SIZE.fullmatch(text)) for key, text in status.items())
    return {key: int(size[1]) for key, size in pairs if size}


# --- numbers --------------------------------------------------------------------------------------
def numbers(data: bytes) -> Iterator[int]:
    """One number a line, as in cgroup.procs; other lines are left out."""
    for line in lines(data):
        if _DIGITS.fullmatch(line):
            yield int(line)
