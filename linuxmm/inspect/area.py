"""The VMAs of a process as /proc/PID/smaps (or maps) lists them."""

import re
from dataclasses import dataclass, field
from typing import Final

from linuxmm.fs.proc.text import VM_FLAG_WORDS
from linuxmm.state.constants import (
    VM_EXEC,
    VM_MAYEXEC,
    VM_MAYREAD,
    VM_MAYSHARE,
    VM_MAYWRITE,
    VM_READ,
    VM_SHARED,
    VM_WRITE,
)

PAGE_SIZE: Final = 4096
_HEAD: Final = re.compile(
    r"^([0-9a-f]+)-([0-9a-f]+) ([-rwxsp]{4}) ([0-9a-f]+) ([0-9a-f]+:[0-9a-f]+) (\d+) *(.*)$"
)
_BIT_OF: Final[dict[str, int]] = {word: 1 << bit for bit, word in VM_FLAG_WORDS.items()}
_PERMS: Final[tuple[tuple[str, int], ...]] = (("r", VM_READ), ("w", VM_WRITE), ("x", VM_EXEC))
SHMEM_NAMES: Final = ("/memfd:", "/dev/shm/", "/SYSV", "/dev/zero (deleted)")


@dataclass(frozen=True)
class Area:
    """One VMA.  `flags` are VM_* bits; `complete`: VmFlags was read, not only the permissions."""

    start: int
    end: int
    flags: int
    pgoff: int
    device: str
    inode: int
    name: str
    complete: bool
    fields: dict[str, int] = field(default_factory=dict)  # smaps, in kB

    @property
    def nr_pages(self) -> int:
        return (self.end - self.start) // PAGE_SIZE

    @property
    def has_file(self) -> bool:
        return self.inode != 0

    @property
    def is_shmem(self) -> bool:
        return self.has_file and self.name.startswith(SHMEM_NAMES)

    def __str__(self) -> str:
        return f"{self.start:x}-{self.end:x}"


def parse_areas(text: str) -> list[Area]:
    """Every VMA of the text of maps or smaps."""
    areas: list[Area] = []
    head: re.Match[str] | None = None
    fields: dict[str, int] = {}
    flags: int | None = None
    for line in text.splitlines():
        found = _HEAD.match(line)
        if found:
            if head:
                areas.append(_area(head, fields, flags))
            head, fields, flags = found, {}, None
        elif line.startswith("VmFlags:"):
            flags = sum(_BIT_OF.get(word, 0) for word in set(line.split()[1:]))
        else:
            word, _, rest = line.partition(":")
            number = rest.split()
            if len(number) == 2 and number[1] == "kB":
                fields[word] = int(number[0])
    if head:
        areas.append(_area(head, fields, flags))
    return areas


def _area(head: re.Match[str], fields: dict[str, int], flags: int | None) -> Area:
    start, end, perms, offset, device, inode, name = head.groups()
    return Area(
        int(start, 16),
        int(end, 16),
        _flags_of(perms) if flags is None else flags,
        int(offset, 16) // PAGE_SIZE,
        device,
        int(inode),
        name,
        flags is not None,
        fields,
    )


def _flags_of(perms: str) -> int:
    """What the four letters of maps say; the MAY bits as an ordinary mapping has them."""
    flags = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC
    for letter, bit in _PERMS:
        if letter in perms:
            flags |= bit
    return flags | (VM_SHARED | VM_MAYSHARE if perms[3] == "s" else 0)
