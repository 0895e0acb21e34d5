"""A patch that rules cannot express: its functions are executed, before and after.

With a source tree at hand the text of a function needs no reading.  What the patch touches is run
in place of the core's own function, on both sides, and the search judges the two as it judges
rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from linuxmm.errors import InputError, Skipped
from linuxmm.kernels import Kernel
from linuxmm.review.patch import FileDiff, Hunk, read_diff
from linuxmm.review.reading import NOT_MODELLED, HunkReading, Reading
from linuxmm.review.tree import Tree
from linuxmm.source.config import config_of
from linuxmm.source.execute import Executed, Version, translated
from linuxmm.source.tree import SourceTree

EXECUTED: Final = "executed"


@dataclass(frozen=True)
class Overlay:
    """The texts of a tree, some of them replaced."""

    tree: Tree
    texts: Mapping[str, str]

    def text(self, path: str) -> str | None:
        return self.texts[path] if path in self.texts else self.tree.text(path)

    def headers(self, folder: str) -> list[str]:
        return self.tree.headers(folder)


@dataclass(frozen=True)
class Sides:
    """One file before and after the patch, and how far down each of its hunks stands."""

    diff: FileDiff
    before: str
    after: str
    shifts: tuple[int, ...]


def executed(reading: Reading, tree: Tree) -> Reading:
    """The reading with what is executed of the patch; the same where nothing of it has to be.

    Where it had to be and could not, a note says why.
    """
    if not (reading.unread or reading.elsewhere):
        return reading
    try:
        return _executed(reading, tree.of(reading.patch))
    except (Skipped, InputError) as error:
        return _noted(reading, str(error))


def _executed(reading: Reading, tree: Tree) -> Reading:
    diffs = [diff for diff in read_diff(reading.patch) if diff.path.endswith((".c", ".h"))]
    sides = _sides(diffs, tree)
    if not sides:
        return _noted(reading, f"the patch fits {tree.root} neither way")
    before_tree, after_tree = _trees(tree, sides, reading.base)
    changed = _changed_functions(before_tree, after_tree, list(sides))
    touched = frozenset(name for _, name in changed)
    before, after = translated(before_tree, touched), translated(after_tree, touched)
    places = frozenset(p for p in before if p in after and before[p].text != after[p].text)
    if not places:
        return _noted(reading, "no function that is modelled comes to what the patch changes")
    covered = _covered([version for p in places for version in (before[p], after[p])])
    spans = _hunk_functions(sides, before_tree, after_tree)
    base = reading.base.replace(text=Executed({p: before[p] for p in places}))
    kernel = reading.kernel.replace(
        name="patched", text=Executed({p: after[p] for p in places}, marked=places)
    )
    hunks = tuple(_hunk(hunk, spans, changed, covered) for hunk in reading.hunks)
    return replace(reading, base=base, kernel=kernel, hunks=hunks)


def _noted(reading: Reading, why: str) -> Reading:
    return replace(reading, notes=(*reading.notes, f"not executed: {why}"))


# --- the two texts --------------------------------------------------------------------------------
def _sides(diffs: list[FileDiff], tree: Tree) -> dict[str, Sides]:
    """Every file that the tree has, with the patch applied or without.

    {} when a hunk fits neither way: then nothing is known of the tree.
    """
    found: dict[str, Sides] = {}
    for diff in diffs:
        text = tree.text(diff.path)
        if text is None or not diff.hunks:
            continue
        for back in (False, True):
            shifts = [tree.shift(diff.path, hunk, new=back) for hunk in diff.hunks]
            known = tuple(shift for shift in shifts if shift is not None)
            if len(known) == len(diff.hunks):
                other = _applied(text, diff.hunks, known, back)
                before, after = (other, text) if back else (text, other)
                found[diff.path] = Sides(diff, before, after, known)
                break
        else:
            return {}
    return found


def _applied(text: str, hunks: tuple[Hunk, ...], shifts: tuple[int, ...], back: bool) -> str:
    """The text with the hunks applied, or taken back."""
    lines = text.split("\n")
    for hunk, shift in reversed(list(zip(hunks, shifts, strict=True))):
        start = (hunk.new_start if back else hunk.old_start) - 1 + shift
        gone, come = ("+", "-") if back else ("-", "+")
        old = sum(line.kind in (" ", gone) for line in hunk.lines)
        new = [line.text for line in hunk.lines if line.kind in (" ", come)]
        lines[start : start + old] = new
    return "\n".join(lines)


def _trees(tree: Tree, sides: Mapping[str, Sides], kernel: Kernel) -> tuple[SourceTree, SourceTree]:
    config = config_of(kernel)
    before = SourceTree(Overlay(tree, {p: one.before for p, one in sides.items()}), config)
    overlay = Overlay(tree, {p: one.after for p, one in sides.items()})
    return before, SourceTree(overlay, config, below=before, changed=sides)


def _changed_functions(
    before: SourceTree, after: SourceTree, paths: list[str]
) -> set[tuple[str, str]]:
    """The functions of these files whose text differs, or that only one side has."""
    found = set()
    for path in paths:
        old, new = before.file(path), after.file(path)
        ours = old.functions if old else {}
        theirs = new.functions if new else {}
        for name in {*ours, *theirs}:
            a, b = ours.get(name), theirs.get(name)
            if a is None or b is None or a.text != b.text:
                found.add((path, name))
    return found


def _covered(versions: list[Version]) -> set[tuple[str, str]]:
    """Every function that runs as text."""
    return {
        each
        for version in versions
        for each in version.program.reached(version.twin.path, version.twin.name)
    }


Functions = set[tuple[str, str]]


def _hunk_functions(
    sides: Mapping[str, Sides], before: SourceTree, after: SourceTree
) -> dict[tuple[str, str], Functions | None]:
    """The functions that the changed lines of a hunk are in, by file and header of the hunk.

    None: some line is in no function.
    """
    found: dict[tuple[str, str], Functions | None] = {}
    for path, one in sides.items():
        for hunk, shift in zip(one.diff.hunks, one.shifts, strict=True):
            lines = [(before, line.old + shift) for line in hunk.lines if line.kind == "-"]
            lines += [(after, line.new + shift) for line in hunk.lines if line.kind == "+"]
            said = [_function_at(tree, path, n) for tree, n in lines]
            names = {name for name in said if name}
            every = all(name is not None for name in said)
            found[path, hunk.header] = {(path, name) for name in names} if every else None
    return found


def _function_at(tree: SourceTree, path: str, line: int) -> str | None:
    """The function that a line belongs to; "" for a blank line, None for no function."""
    file = tree.file(path)
    text = (tree.texts.text(path) or "").split("\n")
    if not text[line - 1 : line] or not text[line - 1].strip():
        return ""
    for name, node in file.functions.items() if file else ():
        if node.start_point[0] < line <= node.end_point[0] + 1:
            return name
    return None


def _hunk(
    hunk: HunkReading,
    spans: Mapping[tuple[str, str], Functions | None],
    changed: Functions,
    covered: Functions,
) -> HunkReading:
    """The hunk; executed, when all that it changes is in functions that run as text."""
    inside = spans.get((hunk.file, hunk.hunk))
    if not inside or not inside <= covered or not inside & changed:
        return hunk
    if hunk.kind in ("comment", "blank") or (hunk.kind not in NOT_MODELLED and not hunk.matters):
        return hunk
    name = hunk.function or min(inside)[1]
    why = "its text is executed"
    return replace(
        hunk, function=name, kind=EXECUTED, why=why, stopped_by=(), known=(), touches=(), makes=()
    )
