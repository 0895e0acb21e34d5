# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers over the steps of a run as small drawings: references of frames, counters of the machine.

One drawing for each number that ever changes, one line in it for each kernel: the first one is
drawn through, the further ones are dashed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from linuxmm.picture.page import word
from linuxmm.picture.pagemap import MOST_STEPS, frames_of, letter, states_of
from linuxmm.play.run import KernelRun
from linuxmm.state.layout import VMSTAT_NAMES

WIDTH: Final = 220  # of a drawing, in its own units
HEIGHT: Final = 44
EDGE: Final = 4
MOST_DRAWN: Final = 24  # drawings of one sort
MOST_NAMED: Final = 12  # names of one drawing
MOST_SAID: Final = 12  # numbers of one line
DASHES: Final = ("", "5 3", "2 3", "8 3 2 3")  # of the first, second ... kernel


Row = list[int | None]
"""A number after each step; None where nobody looked."""


@dataclass(frozen=True)
class Line:
    """One kernel: the path of its line, its dashes, its numbers in words."""

    kernel: str
    path: str
    dash: str
    said: str


@dataclass(frozen=True)
class Timeline:
    """One drawing, for every name that has these numbers; `differs`: the kernels do not agree."""

    name: str
    lines: tuple[Line, ...]
    low: int
    high: int
    differs: bool
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True)
class Timelines:
    """The drawings of one sort; `left_out`: how many further ones there would be."""

    of: tuple[Timeline, ...]
    left_out: int


def reference_lines(runs: Sequence[KernelRun]) -> Timelines:
    """The reference count of each frame while it is mapped, where it ever changes."""
    every = [states_of(run) for run in runs]
    series: dict[str, list[Row]] = {}
    for pfn, number in frames_of(runs).items():
        rows: list[Row] = []
        for states in every:
            counts = ((p.refcount for p in now.values() if p.pfn == pfn) for now in states)
            rows.append([next(count, None) for count in counts])
        series[letter(number)] = rows
    return _drawn("frame", runs, series)


def counter_lines(runs: Sequence[KernelRun]) -> Timelines:
    """The counters of /proc/vmstat that ever change."""
    made = [[step.counters for step in run.steps[:MOST_STEPS] if step.counters] for run in runs]
    series: dict[str, list[Row]] = {
        name: [[counters[n] for counters in steps] for steps in made]
        for n, name in enumerate(VMSTAT_NAMES)
    }
    return _drawn("", runs, series)


def _drawn(sort: str, runs: Sequence[KernelRun], series: Mapping[str, list[Row]]) -> Timelines:
    """Those that change, equal ones together; where the kernels differ first."""
    alike: dict[tuple[tuple[int | None, ...], ...], list[str]] = {}
    for name, rows in series.items():
        if len({number for row in rows for number in row if number is not None}) > 1:
            alike.setdefault(tuple(map(tuple, rows)), []).append(name)
    groups = sorted(alike.items(), key=lambda group: len(set(group[0])) == 1)
    found = tuple(_timeline(_named(sort, names), runs, rows) for rows, names in groups[:MOST_DRAWN])
    return Timelines(found, len(groups) - len(found))


def _named(sort: str, names: Sequence[str]) -> str:
    """The names of one drawing."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    plural = "s" if sort and len(names) > 1 else ""
    return f"{sort}{plural} {' '.join(names[:MOST_NAMED])}{more}".strip()


def _timeline(
    name: str, runs: Sequence[KernelRun], rows: Sequence[Sequence[int | None]]
) -> Timeline:
    every = [number for row in rows for number in row if number is not None]
    low, high, steps = min(every), max(every), max(map(len, rows))
    lines = tuple(
        Line(word(run.name), _path(row, low, high, steps), DASHES[n % len(DASHES)], _said(row))
        for n, (run, row) in enumerate(zip(runs, rows, strict=True))
    )
    return Timeline(name, lines, low, high, any(row != rows[0] for row in rows))


def _path(row: Sequence[int | None], low: int, high: int, steps: int) -> str:
    """A line of steps: level for each step of the scenario, upright between, a gap where None."""
    wide = (WIDTH - 2 * EDGE) / max(steps, 1)
    tall = (HEIGHT - 2 * EDGE) / max(high - low, 1)
    parts, pen = [], "M"
    for i, number in enumerate(row):
        if number is None:
            pen = "M"
            continue
        y = HEIGHT - EDGE - (number - low) * tall
        parts.append(f"{pen}{EDGE + i * wide:.1f} {y:.1f}H{EDGE + (i + 1) * wide:.1f}")
        pen = "L"
    return "".join(parts)


def _said(row: Sequence[int | None]) -> str:
    """The numbers of a line, equal neighbours once; `-` where nobody looked."""
    kept = [n for i, n in enumerate(row) if i == 0 or row[i - 1] != n]
    shown = " ".join("-" if n is None else str(n) for n in kept[:MOST_SAID])
    return f"{shown} ..." if len(kept) > MOST_SAID else shown
