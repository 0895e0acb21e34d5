# SPDX-License-Identifier: GPL-2.0-or-later
"""The VMAs of a process as /proc/PID/smaps (or maps) lists them."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from linuxmm.fs.proc.text import VM_FLAG_WORDS
from linuxmm.procfs import Mapping
from linuxmm.state.constants import (
    VM_DONTDUMP,
    VM_EXEC,
    VM_MAYEXEC,
    VM_MAYREAD,
    VM_MAYSHARE,
    VM_MAYWRITE,
    VM_READ,
    VM_SHARED,
    VM_WRITE,
)
from linuxmm.uapi import PAGE_SIZE

_BIT_OF: Final[dict[str, int]] = {word: 1 << bit for bit, word in VM_FLAG_WORDS.items()}
_PERMS: Final[tuple[tuple[str, int], ...]] = (("r", VM_READ), ("w", VM_WRITE), ("x", VM_EXEC))
SECRET_NAME: Final = "/secretmem (deleted)"
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
    whole: bool = True  # or a part of a VMA, whose `fields` are those of the VMA

    @property
    def nr_pages(self) -> int:
        return (self.end - self.start) // PAGE_SIZE

    @property
    def has_file(self) -> bool:
        return self.inode != 0

    @property
    def is_shmem(self) -> bool:
        return self.has_file and self.name.startswith(SHMEM_NAMES)

    @property
    def is_secret(self) -> bool:
        """A file of memfd_secret(2), told by the name and flags that the kernel gives it.

        Source: mm/secretmem.c (secretmem_file_create, secretmem_mmap).
        """
        marked = self.flags & (VM_SHARED | VM_DONTDUMP) == VM_SHARED | VM_DONTDUMP
        on_no_device = self.device.startswith("00:")
        return self.name == SECRET_NAME and on_no_device and (marked or not self.complete)

    def __str__(self) -> str:
        return f"{self.start:x}-{self.end:x}"


def area_of(mapping: Mapping) -> Area:
    """A mapping of maps or smaps."""
    flags = mapping.vm_flags
    return Area(
        *(mapping.start, mapping.end),
        _flags_of(mapping.perms) if flags is None else _bits_of(flags),
        *(mapping.offset // PAGE_SIZE, mapping.device, mapping.inode, mapping.name),
        flags is not None,
        mapping.fields,
    )


@lru_cache(maxsize=256)
def _bits_of(words: tuple[str, ...]) -> int:
    """What VmFlags says."""
    return sum(_BIT_OF.get(word, 0) for word in set(words))


@lru_cache(maxsize=32)
def _flags_of(perms: str) -> int:
    """What the four letters of maps say; the MAY bits as an ordinary mapping has them."""
    flags = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC
    for letter, bit in _PERMS:
        if letter in perms:
            flags |= bit
    return flags | (VM_SHARED | VM_MAYSHARE if perms[3] == "s" else 0)
