# SPDX-License-Identifier: GPL-2.0-or-later
"""Which physical range is which memory: /proc/iomem, and the nodes in /sys."""

import os
import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from linuxmm import procfs
from linuxmm.inspect.words import MAX_REGIONS

NODES: Final = "/sys/devices/system/node"
DEVICES: Final = ("/sys/bus/dax/devices", "/sys/bus/nd/devices")
BLOCK: Final = "/sys/devices/system/memory/block_size_bytes"
RAM: Final = "System RAM"
_LINE: Final = re.compile(r"^( *)([0-9a-f]+)-([0-9a-f]+) : (.*)$")
INSIDE_RAM: Final = ("Kernel ", "Crash kernel", "GART", "reserved", "Reserved")


@dataclass(frozen=True)
class Region:
    """Memory of one name on one node; node -1: not known."""

    name: str
    node: int

    @property
    def is_ram(self) -> bool:
        return self.name.startswith(RAM)

    def __str__(self) -> str:
        where = f"node{self.node}" if self.node >= 0 else "node not known"
        return where if self.is_ram else f"{self.name} ({where})"


@dataclass(frozen=True)
class Physical:
    """Segments of frame numbers: from `starts[i]` on, the region `rows[i]` (0: nothing)."""

    starts: tuple[int, ...]
    rows: tuple[int, ...]
    regions: tuple[Region, ...]  # row 0 stands for "in no known range"
    missing: str = ""

    def row(self, pfn: int) -> int:
        return self.rows[bisect_right(self.starts, pfn) - 1]


def read_physical() -> Physical:
    """The ranges of this machine; `missing` says why names or nodes are not known."""
    try:
        text = procfs.words(procfs.read("/proc/iomem"))
    except OSError as error:
        return layout([], node_ranges(), f"/proc/iomem: {error.strerror}")
    ranges = parse_iomem(text)
    why = "" if ranges else "/proc/iomem hides the addresses (not root)"
    return layout(ranges, [*node_ranges(), *device_ranges()], why)


def parse_iomem(text: str) -> list[tuple[int, int, str]]:
    """(first pfn, pfn behind the last, name), outer ranges before those inside them."""
    found = []
    for line in text.split("\n"):
        match = _LINE.match(line)
        if (
            match is None
            or int(match[3], 16) == 0
            or (match[1] and match[4].startswith(INSIDE_RAM))
        ):
            continue
        first, behind = int(match[2], 16) >> 12, (int(match[3], 16) + 1) >> 12
        if first < behind:
            found.append((first, behind, match[4]))
    return found


def layout(
    ranges: list[tuple[int, int, str]], nodes: list[tuple[int, int, int]], missing: str
) -> Physical:
    """Segments from ranges (inner ones win) and nodes (memory blocks); RAM without iomem too."""
    if not ranges:
        ranges = [(first, behind, RAM) for first, behind, _ in nodes]
    cuts = sorted({0, *(cut for r in (*ranges, *nodes) for cut in r[:2])})
    names = _painted(cuts, ranges)
    homes = _painted(cuts, [(first, behind, str(node)) for first, behind, node in nodes])
    regions: dict[tuple[str, int], int] = {}
    rows = []
    for name, home in zip(names, homes, strict=True):
        key = (name, int(home) if home else -1)
        room = key in regions or len(regions) < MAX_REGIONS - 1
        rows.append(regions.setdefault(key, len(regions) + 1) if name and room else 0)
    known = (Region("memory in no known range", -1), *(Region(*key) for key in regions))
    edges = [i for i, row in enumerate(rows) if i == 0 or row != rows[i - 1]]
    starts = tuple(cuts[i] for i in edges)
    return Physical(starts, tuple(rows[i] for i in edges), known, missing)


def _painted(cuts: list[int], ranges: list[tuple[int, int, str]]) -> list[str]:
    """The name of each segment; a later range paints over an earlier one."""
    names = [""] * len(cuts)
    places = {cut: i for i, cut in enumerate(cuts)}
    for first, behind, name in ranges:
        for i in range(places[first], places[behind]):
            names[i] = name
    return names


def node_ranges() -> list[tuple[int, int, int]]:
    """(first pfn, pfn behind the last, node) of every memory block."""
    try:
        with open(BLOCK) as stream:
            pages = int(stream.read(), 16) >> 12
        return [
            (int(block[6:]) * pages, (int(block[6:]) + 1) * pages, int(node[4:]))
            for node in sorted(os.listdir(NODES))
            if re.fullmatch(r"node\d+", node)
            for block in sorted(os.listdir(f"{NODES}/{node}"))
            if re.fullmatch(r"memory\d+", block)
        ]
    except (OSError, ValueError):
        return []


def device_ranges(folders: tuple[str, ...] = DEVICES) -> list[tuple[int, int, int]]:
    """The same of device DAX and persistent memory: the node that the memory belongs to."""
    found = []
    for folder in folders:
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
            start, size = (_number(f"{folder}/{name}/{word}") for word in ("resource", "size"))
            nodes = (_number(f"{folder}/{name}/{word}") for word in ("target_node", "numa_node"))
            node = next((node for node in nodes if node >= 0), -1)
            if start > 0 and size > 0 and node >= 0:
                found.append((start >> 12, (start + size) >> 12, node))
    return found


def _number(path: str) -> int:
    """The number that a file of /sys shows; -1: none."""
    try:
        with open(path) as stream:
            return int(stream.read(), 0)
    except (OSError, ValueError):
        return -1
