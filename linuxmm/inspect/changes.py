# SPDX-License-Identifier: GPL-2.0-or-later
"""What changed between two looks at a process (`--periodic`)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from linuxmm.errors import one_line
from linuxmm.inspect.kind import NONE
from linuxmm.inspect.report import Report, by_kind, by_place, is_there, properties

SHOWN: Final = 4  # VMAs named in one line each


@dataclass(frozen=True)
class State:
    """What is compared: sums in pages, and the VMAs with what is there of each."""

    sums: dict[str, int]
    areas: dict[tuple[int, str], int]  # (start, name) -> pages that are there


def state_of(report: Report) -> State:
    """Pages by kind, by place and by property, and VMA by VMA."""
    rows = report.rows
    sums = {**by_kind(rows), **by_place(report, rows), **properties(rows)}
    del sums["present"]  # said by the nodes, or by the kinds
    sums.pop(NONE, None)
    areas = {
        (area.start, area.name): sum(
            row.pages for row in report.of(area) if is_there(report.machine, row.kind)
        )
        for area in report.areas
    }
    return State(sums, areas)


def changes(before: dict[str, int], now: dict[str, int]) -> str:
    """What grew or shrank, in pages."""
    names = (*now, *(n for n in before if n not in now))
    found = [(name, now.get(name, 0) - before.get(name, 0)) for name in names]
    return ", ".join(f"{one_line(name)} {by:+d}" for name, by in found if by) or "no change"


def lines_of(before: State, now: State) -> Iterator[str]:
    """The sums that changed, then the VMAs that came, went, or changed most."""
    yield changes(before.sums, now.sums)
    found = []
    for key in before.areas.keys() | now.areas.keys():
        by = now.areas.get(key, 0) - before.areas.get(key, 0)
        word = "new" if key not in before.areas else "gone" if key not in now.areas else ""
        if by or word:
            found.append((-abs(by), key, by, word))
    for _, (start, name), by, word in sorted(found)[:SHOWN]:
        yield f"  {start:x} {by:+d} {word:<4} {one_line(name)[-40:]}".rstrip()
    if len(found) > SHOWN:
        yield f"  and {len(found) - SHOWN} more VMAs"
