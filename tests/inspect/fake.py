# SPDX-License-Identifier: GPL-2.0-or-later
"""A source made by hand: entries and flags of a small process that nobody runs."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from linuxmm.inspect.area import Area
from linuxmm.inspect.physical import layout, parse_iomem
from linuxmm.inspect.source import Machine, Process
from linuxmm.uapi import PAGE_SIZE

IOMEM = """\
00001000-bfffffff : System RAM
  01000000-0220bb07 : Kernel code
100000000-13fffffff : Soft Reserved
  100000000-13fffffff : dax0.0
    120000000-13fffffff : System RAM (kmem)
"""


@dataclass
class FakeMachine(Machine):
    """Flags by frame; what is not there reads as 0."""

    flags: dict[int, int] = field(default_factory=dict)

    def read_flags(self, firsts: Sequence[int], numbers: Sequence[int]) -> bytes:
        pairs = zip(firsts, numbers, strict=True)
        wanted = [self.flags.get(pfn, 0) for first, nr in pairs for pfn in range(first, first + nr)]
        return array("Q", wanted).tobytes()


@dataclass
class FakeProcess(Process):
    """Entries by address."""

    entries: dict[int, int] = field(default_factory=dict)
    ends: int = 1 << 56  # what lies behind is gone

    def read_entries(self, addr: int, into: memoryview) -> int:
        nr = max(0, min(len(into), (self.ends - addr) // PAGE_SIZE))
        for i in range(nr):
            into[i] = self.entries.get(addr + i * PAGE_SIZE, 0)
        return nr


def machine(**settings: object) -> FakeMachine:
    """Two nodes' worth of RAM and a dax range; `settings` are attributes."""
    physical = layout(parse_iomem(IOMEM), [(0, 0x60000, 0), (0x60000, 0xC0000, 1)], "")
    found = FakeMachine(physical, has_flags=True, swap_files=1, threads=2)
    for name, value in settings.items():
        setattr(found, name, value)
    return found


def area(flags: int = 0x73, name: str = "", inode: int = 0, pages: int = 1 << 11) -> Area:
    start = 1 << 30
    return Area(start, start + pages * PAGE_SIZE, flags, 0, "00:00", inode, name, True)
