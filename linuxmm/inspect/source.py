# SPDX-License-Identifier: GPL-2.0-or-later
"""What a source of pages must give: a live kernel (`live.py`), a dump, a guest.

A source is a pair of objects.  `Machine` stands for what is read once, `Process` for one
address space.  Everything else of `inspect` (counting, kinds, verdicts, totals, formats, the
scenario) works on these two alone, so a new source subclasses both and fills:

- `Machine.physical`: which frame is which memory, on which node (`physical.layout`).
- `Machine.read_flags`: the kpageflags word of frames (include/uapi/linux/kernel-page-flags.h;
  bits 32 to 42 as in include/linux/kernel-page-flags.h).  A source that sees `struct page` adds
  the type of its `dev_pagemap` in PGMAP_BITS (`words.py`), which is believed before any guess.
  Frames that no memory map describes read as 0 or KPF_NOPAGE.
- `Process.areas`: the VMAs, by address, with VM_* flags.  `fields` are those of smaps in kB
  (empty when there is no such file: then nothing is compared with it).
- `Process.read_entries`: entries in the format of /proc/PID/pagemap (bit 63 present, 62 swap,
  61 file or shared, 56 mapped once, 55 soft-dirty, 57 userfaultfd-wp, 58 guard; the frame
  number in bits 0..54, or swap type in 0..4 and offset in 5..54).  A source that sees the page
  table sets two bits that pagemap leaves 0: ENTRY_PROT_NONE for a present entry whose
  protection is none (NUMA hinting or mprotect) and ENTRY_SPECIAL for pte_special.
- `Machine.swap_kinds`: what the entry types above the swap files mean, where that is known
  (`kind.MIGRATING`, `kind.PRIVATE` ...); other types are reported as special entries.
- `missing` on both: what cannot be known here and why (shown word for word as "not known
  here: KEY (REASON)"); `missed`: what went away while it was read.

A word that a source cannot know stays 0 and its absence stands in `missing`: never a guess.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from linuxmm.inspect.area import Area
from linuxmm.inspect.physical import Physical
from linuxmm.state.constants import VM_LOCKED

ENTRY_PROT_NONE: Final = 1 << 59
ENTRY_SPECIAL: Final = 1 << 60


@dataclass
class Machine:
    """What is read once for every process: ranges, flags by frame, swap."""

    physical: Physical
    has_flags: bool = False  # read_flags gives something
    sees_entries: bool = False  # ENTRY_PROT_NONE and ENTRY_SPECIAL are told
    pfns: bool = True  # entries carry frame numbers
    swap_files: int = 0
    swap_kinds: dict[int, str] = field(default_factory=dict)  # entry type -> a kind
    nodes: int = 1
    ksm_lies: bool = False  # this kernel sets KPF_KSM on every anonymous page
    numa_balancing: int = 0
    release: str = field(default_factory=lambda: os.uname().release)
    version: str = field(default_factory=lambda: os.uname().version)
    threads: int = 1  # how many threads may read at once
    tables: bool = False  # page tables are read themselves: what is empty is empty
    lru_gen: bool = False  # the multi-generational LRU is on
    chosen: str = ""  # how the rules were, in a sentence; empty: they were named
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def uname(self) -> str:
        """By which a kernel's record knows whether it is meant."""
        return f"{self.release} {self.version}"

    def read_flags(self, firsts: Sequence[int], numbers: Sequence[int]) -> bytes:
        """The flags of runs of frames, one run after the other, 8 bytes (little-endian) each.

        `firsts`: the first frame of each run, ascending; `numbers`: how many frames it has.
        """
        raise NotImplementedError

    def read_counts(self, firsts: Sequence[int], numbers: Sequence[int]) -> bytes:
        """How often frames are mapped, in the same form; 0 where that is not known."""
        return bytes(8 * sum(numbers))


@dataclass
class Process:
    """One address space.  `source`: what its columns were read from, in words."""

    pid: int
    name: str
    areas: list[Area]
    source: str = ""
    missing: dict[str, str] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    unread: list[str] = field(
        default_factory=list
    )  # lines that do not parse: their VMA is left out
    parts: dict[tuple[int, int], list[tuple[int, int]]] = field(default_factory=dict)  # `count`'s
    words: dict[tuple[int, int], list[int]] = field(default_factory=dict)  # and this
    density: float = -1.0  # likewise: what part of the mapped pages is there

    def read_entries(self, addr: int, into: memoryview) -> int:
        """Fill a view (format Q) with the entries from `addr` on; how many came."""
        raise NotImplementedError

    def populated(self, start: int, end: int) -> list[tuple[int, int]]:
        """Parts of a range outside of which every entry is empty; the range if that is unknown."""
        return [(start, end)]

    def hints(self, start: int, end: int) -> list[tuple[int, int, int]]:
        """(start, end, bits): bits of words that the entries of a range do not carry.

        For a source without frame numbers that knows the zero page or huge maps otherwise.
        """
        return []

    def numa_maps(self) -> Iterator[tuple[int, dict[str, int]]]:
        """(address of a VMA, its words with a number) as numa_maps has them; nothing without."""
        yield from ()

    def counters(self) -> dict[str, int]:
        """The kernel's own counters of the address space in kB, by their name in status."""
        return {}

    def charges(self) -> dict[str, int]:
        """VmPin and VmLck of status in kB: memory that the process holds as pinned, as locked."""
        return {}

    def pins(self) -> int:
        """Pages charged as pinned, or as locked beyond the locked VMAs; 0 proves nothing.

        Source: mm->pinned_vm is charged by RDMA, io_uring's buffers and perf's rings, locked_vm
        also by VFIO (mm/util.c:__account_locked_vm); other drivers pin and charge neither.
        """
        charged = self.charges()
        if not all(area.complete for area in self.areas):
            return charged.get("VmPin", 0) // 4
        locked = sum(area.nr_pages for area in self.areas if area.flags & VM_LOCKED)
        return charged.get("VmPin", 0) // 4 + max(0, charged.get("VmLck", 0) // 4 - locked)

    def again(self) -> "Process | None":
        """The same process opened a second time, to tell changes from differences; None: gone."""
        return None

    def is_there(self) -> bool:
        """Has it not ended meanwhile?"""
        return True

    def close(self) -> None:
        """Give back what was opened."""
