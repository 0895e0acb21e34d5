# SPDX-License-Identifier: GPL-2.0-or-later
"""How often the frames of a process are mapped, as kpagecount tells (only if asked: it costs)."""

from dataclasses import dataclass, field
from typing import Final

from linuxmm.inspect.count import Tick
from linuxmm.inspect.source import Machine, Process
from linuxmm.inspect.table import table

BUCKETS: Final = ((1, "once"), (9, "2 to 9"), (99, "10 to 99"), (1 << 64, "more"))


@dataclass
class Sharing:
    """Pages of each kind by how often their frame is mapped, and their share of the memory."""

    pages: dict[str, dict[str, int]] = field(default_factory=dict)  # kind -> bucket -> pages
    share: dict[str, float] = field(default_factory=dict)  # kind -> sum of 1 / mapped_by
    unknown: int = 0  # pages whose frame nobody is said to map (the zero page; unmapped since)


def sharing(
    machine: Machine, process: Process, ranges: list[tuple[int, int]], tick: Tick | None = None
) -> Sharing:
    """Look at every present page."""
    found = Sharing()
    for block in table(machine, process, ranges, True, tick):
        for word, pfn, nr in zip(block.words, block.pfns, block.mapped_by or (), strict=True):
            if not pfn:
                continue
            if not nr:
                found.unknown += 1
                continue
            kind = block.labels[word][0]
            bucket = next(name for most, name in BUCKETS if nr <= most)
            counts = found.pages.setdefault(kind, {})
            counts[bucket] = counts.get(bucket, 0) + 1
            found.share[kind] = found.share.get(kind, 0.0) + 1 / nr
    return found
