# SPDX-License-Identifier: GPL-2.0-or-later
"""One file of a tree before and after a patch: where its hunks stand, applied or taken back."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from linuxmm.errors import one_line
from linuxmm.review.patch import FileDiff, Hunk
from linuxmm.review.tree import MAX_SHIFT

MAX_FUZZ: Final = 2  # as patch(1)
MAX_HUNKS: Final = 400  # of a file, that are looked for in a tree


@dataclass(frozen=True)
class Sides:
    """One file before and after a patch; None: it is not there.

    old_at, new_at: the line (from 1) on which the old text of each hunk begins in `before`, and
    the new one in `after`.  applied: the tree had it already.  fuzz: how many lines of context
    at either end of a hunk had to be left out for it to stand; `diff` has the hunks without them.
    """

    diff: FileDiff
    before: str | None
    after: str | None
    old_at: tuple[int, ...] = ()
    new_at: tuple[int, ...] = ()
    applied: bool = False
    fuzz: int = 0


Now = Callable[[str], str | None]  # what a path holds at the moment


def sides_of(diff: FileDiff, now: Now, *, back: bool) -> Sides | str:
    """The file on both sides, the tree having the one or the other; a sentence: it has neither."""
    text = now(diff.path if back else diff.old_path)
    if diff.what in ("added", "removed"):
        return _whole(diff, text, back=back)
    if text is None:
        return f"the tree has no {diff.path if back else diff.old_path}"
    if len(diff.hunks) > MAX_HUNKS:
        return f"{diff.path} has {len(diff.hunks)} hunks, {MAX_HUNKS} are the most looked for"
    lines = text.split("\n")
    found = _places(lines, diff.hunks, back=back)
    if isinstance(found, Hunk):
        return _nowhere(diff.path, found)
    at, hunks, fuzz = found
    other = "\n".join(_applied(lines, hunks, at, back=back))
    there = _moved(hunks, at, back=back)
    diff = replace(diff, hunks=hunks)
    if back:
        return Sides(diff, other, text, there, at, applied=True, fuzz=fuzz)
    return Sides(diff, text, other, at, there, fuzz=fuzz)


def _nowhere(path: str, hunk: Hunk) -> str:
    where = one_line(hunk.header.split(" @@")[0], 60)
    return f"{path}: the hunk {where} @@ fits the tree neither as it is nor taken back"


def _whole(diff: FileDiff, text: str | None, *, back: bool) -> Sides | str:
    """A file that a patch adds or removes."""
    kind = "+" if diff.what == "added" else "-"
    whole = "\n".join(line.text for hunk in diff.hunks for line in hunk.lines if line.kind == kind)
    is_there = text is not None
    if is_there and _bare(text or "") != _bare(whole):
        return f"the tree has another {diff.path} than the one that is {diff.what}"
    if is_there != ((diff.what == "added") == back):
        word = "a" if is_there else "no"
        return f"the tree has {word} {diff.path}"
    ones = tuple(1 for _ in diff.hunks)
    whole += "\n"
    if diff.what == "added":
        return Sides(diff, None, whole, ones, ones, applied=back)
    return Sides(diff, whole, None, ones, ones, applied=back)


def _bare(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().split("\n")]


def _places(
    lines: list[str], hunks: tuple[Hunk, ...], *, back: bool
) -> tuple[tuple[int, ...], tuple[Hunk, ...], int] | Hunk:
    """The line on which each hunk stands, in order, the hunks as they stand, and the fuzz.

    The first hunk that stands nowhere, if there is one.
    """
    bare = [line.rstrip() for line in lines]
    by_text: dict[str, list[int]] = {}
    for n, line in enumerate(bare):
        by_text.setdefault(line, []).append(n)
    found: list[int] = []
    stood: list[Hunk] = []
    low = shift = most = 0
    for whole in hunks:
        for fuzz in range(MAX_FUZZ + 1):
            hunk = _trimmed(whole, fuzz)
            start = (hunk.new_start if back else hunk.old_start) - 1
            wanted = _side(hunk, back=back)
            at = _place(bare, by_text, wanted, start + shift, low, only=fuzz > 0)
            if at is not None:
                break
        if at is None:
            return whole
        found.append(at + 1)
        stood.append(hunk)
        low, shift, most = at + len(wanted), at - start, max(most, fuzz)
    return tuple(found), tuple(stood), most


def _trimmed(hunk: Hunk, fuzz: int) -> Hunk:
    """A hunk with so many lines of context less at either end, if they are there."""
    changed = [n for n, line in enumerate(hunk.lines) if line.kind != " "]
    if not fuzz or not changed:
        return hunk
    first = min(fuzz, changed[0])
    last = max(len(hunk.lines) - fuzz, changed[-1] + 1)
    return replace(
        hunk,
        lines=hunk.lines[first:last],
        old_start=hunk.old_start + first,
        new_start=hunk.new_start + first,
        line=hunk.line + first,
    )


def _side(hunk: Hunk, *, back: bool) -> list[str]:
    kinds = (" ", "+") if back else (" ", "-")
    return [line.text.rstrip() for line in hunk.lines if line.kind in kinds]


def _place(
    bare: list[str],
    by_text: dict[str, list[int]],
    wanted: list[str],
    near: int,
    low: int,
    *,
    only: bool,
) -> int | None:
    """Where these lines stand nearest to `near`, not above `low`; or the only place they stand."""
    if not wanted:
        return None
    rare = min(range(min(len(wanted), 8)), key=lambda i: len(by_text.get(wanted[i], ())))
    starts = [n - rare for n in by_text.get(wanted[rare], ())]
    places = (
        at
        for at in sorted(starts, key=lambda n: (abs(n - near), n))
        if abs(at - near) <= MAX_SHIFT and at >= low and bare[at : at + len(wanted)] == wanted
    )
    first, second = next(places, None), next(places, None) if only else None
    return first if second is None else None


def _applied(
    lines: list[str], hunks: tuple[Hunk, ...], at: tuple[int, ...], *, back: bool
) -> list[str]:
    """The lines with the hunks applied, or taken back."""
    out, done = [], 0
    for hunk, line in zip(hunks, at, strict=True):
        out += lines[done : line - 1]
        out += [one.text for one in hunk.lines if one.kind in (" ", "-" if back else "+")]
        done = line - 1 + len(_side(hunk, back=back))
    return out + lines[done:]


def _moved(hunks: tuple[Hunk, ...], at: tuple[int, ...], *, back: bool) -> tuple[int, ...]:
    """Where the hunks stand on the other side."""
    found, grown = [], 0
    for hunk, line in zip(hunks, at, strict=True):
        found.append(line + grown)
        grown += len(_side(hunk, back=not back)) - len(_side(hunk, back=back))
    return tuple(found)
