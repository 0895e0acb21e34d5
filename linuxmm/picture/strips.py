"""The address space as strips: every VMA as wide as what is there, cut up by kind or by verdict.

All strips have the same columns, so that one VMA stands above itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 1200.0  # of a strip, in its own units
HEIGHT: Final = 30.0
GAP: Final = 1.0  # between two VMAs
LEAST: Final = 2.5  # of a VMA that has a page


@dataclass(frozen=True)
class Rect:
    """A part of a strip: where, what (the pattern that fills it), what it says."""

    x: float
    y: float
    width: float
    height: float
    what: str


@dataclass(frozen=True)
class Segment:
    """One VMA in one strip: its parts from below, the anchor it leads to, what it says."""

    anchor: str
    title: str
    x: float
    width: float
    rects: tuple[Rect, ...]


@dataclass(frozen=True)
class Strip:
    """One question asked of the whole address space; `key` are the words that occur, in order."""

    name: str
    segments: tuple[Segment, ...]
    key: tuple[tuple[str, str, str], ...]  # (pattern, word, how much)
    width: float = WIDTH
    height: float = HEIGHT


def columns(pages: Sequence[int]) -> list[tuple[float, float]]:
    """(x, width) of each VMA: as wide as its pages, at least LEAST, WIDTH together."""
    room = WIDTH - GAP * max(len(pages) - 1, 0) - LEAST * len(pages)
    each = max(room, 0.0) / max(sum(pages), 1)
    scale = 1.0 if room >= 0 else WIDTH / (WIDTH - room)
    found, x = [], 0.0
    for nr in pages:
        width = (LEAST + nr * each) * scale
        found.append((x, width))
        x += width + GAP * scale
    return found


def segment(
    anchor: str, title: str, place: tuple[float, float], parts: Mapping[str, int]
) -> Segment:
    """A VMA with its pages (what -> how many) from below."""
    total, y, rects = sum(parts.values()), HEIGHT, []
    for what, nr in parts.items():
        height = HEIGHT * nr / total if total else 0.0
        y -= height
        rects.append(Rect(place[0], y, place[1], height, what))
    return Segment(anchor, title, *place, tuple(rects))
