# SPDX-License-Identifier: GPL-2.0-or-later
"""Files under /proc: every reader of their text on the same bytes, and the VMAs it gives."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from linuxmm import procfs
from linuxmm.inspect.area import area_of
from linuxmm.inspect.physical import layout, parse_iomem
from linuxmm.validate.procfs import numa_maps, smaps
from tests.fuzz.target import Target
from tests.inspect.fake import IOMEM
from tests.test_procfs import NUMA_MAPS, SMAPS

STATUS: Final = (
    b"Name:\ta\\nb\nVmSize:\t    8 kB\nVmRSS:\t    4 kB\nVmPin:\t       0 kB\nThreads:\t1\n"
)
PIECES: Final = [
    *(SMAPS, NUMA_MAPS, b"Rss:       4 kB\n", b"VmFlags: rd wr mr\n", b"VmFlags:", b"Name:\t"),
    *(b"7f94621ee000-7f94621ef000 rw-s 00001000 fe:00 2164249 ", b"0-ffffffffffffffff rwxp "),
    *(b"\\012", b"\\040", b"\\", b"7f0 default ", b"file=", b"N0=1", b"=", b":", b" kB", b"-"),
    *(b" [stack]", b" (deleted)", b"  00000000-ffffffffffffffff : System RAM\n"),
]  # fmt: skip


def seeds() -> Iterator[bytes]:
    yield SMAPS
    yield b"".join(line + b"\n" for line in SMAPS.split(b"\n") if b"fe:00" in line)
    yield NUMA_MAPS
    yield STATUS
    yield IOMEM.encode()
    yield b"1\n22\n333\n"
    for path in ("smaps", "numa_maps", "status"):
        yield procfs.read(f"/proc/self/{path}")[:4096]


def run(data: bytes) -> None:
    for shown in (procfs.parse_maps(data), procfs.parse_smaps(data)):
        areas = [area_of(mapping) for mapping in shown.found]
        assert all(a.end <= b.start for a, b in pairwise(areas))
        assert all(area.nr_pages > 0 and str(area) for area in areas)
        assert all(len(excerpt) <= 4 * procfs.EXCERPT + 3 for excerpt in shown.unread)
    smaps(procfs.parse_block(data), ())
    numa = procfs.parse_numa_maps(data)
    assert len(numa.found) + len(numa.unread) == len(procfs.lines(data))
    numa_maps(numa.found[0] if numa.found else None, ())
    procfs.in_kb(procfs.parse_status(data))
    assert all(number >= 0 for number in procfs.numbers(data))
    procfs.unescaped(data)
    layout(parse_iomem(procfs.words(data)), [(0, 0x60000, 0), (0x60000, 0xC0000, 1)], "")


TARGET: Final = Target(seeds, run, PIECES)
