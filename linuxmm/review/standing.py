# SPDX-License-Identifier: GPL-2.0-or-later
"""The sources as each patch of a series finds them and leaves them, whatever the tree has already.

A tree may have none of a series, all of it, or the first parts; one file may have it and another
not.  Of every file that is found out by where its hunks stand: as many parts as fit are taken back
from the tree's text, the rest are put on top of it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from linuxmm.errors import PatchError
from linuxmm.review.patch import FileDiff, Hunk, Patch, read_diff
from linuxmm.review.placing import Sides, sides_of
from linuxmm.review.tree import Tree
from linuxmm.source.tree import SourceTree

WITHOUT: Final = "without the patch"
APPLIED: Final = "with the patch applied"
MAX_STARTS: Final = 40  # parts of a series that may be in a tree already and others not
_TEXT: Final = ("modified", "renamed", "copied", "added", "removed")


@dataclass(frozen=True)
class Stands:
    """What a tree has of one patch: its files on both sides, and what fits neither way."""

    sides: tuple[Sides, ...] = ()
    misfits: tuple[tuple[str, str], ...] = ()  # path, one sentence

    parent: str = ""  # the commit that it is, if its tree is that of the commit's parent

    @property
    def word(self) -> str:
        """Is the patch in the tree?  In words; nothing where the tree has none of its files."""
        if self.parent and self.sides:
            return f"as before commit {self.parent[:12]}"
        there = [one.diff.path for one in self.sides if one.applied]
        fuzz = max((one.fuzz for one in self.sides), default=0)
        near = f" (with fuzz {fuzz}: its context is another one)" if fuzz else ""
        if not self.sides:
            return ""
        if len(there) == len(self.sides):
            return APPLIED + near
        if not there:
            return WITHOUT + near
        rest = [one.diff.path for one in self.sides if not one.applied]
        return f"with the patch applied in {_some(there)} and not in {_some(rest)}{near}"


class PatchedTree(Tree):
    """A tree with other texts for some of its files (None: it has no such file)."""

    def __init__(
        self,
        below: Tree,
        texts: Mapping[str, str | None],
        shifts: Mapping[tuple[str, str], int] | None = None,
    ) -> None:
        super().__init__(below.root)
        self.below, self.texts = below, texts
        self._shifts = shifts or {}  # of hunks that stand there with fuzz, by path and header

    def shift(self, path: str, hunk: Hunk, *, new: bool = False) -> int | None:
        if not new and (path, hunk.header) in self._shifts:
            return self._shifts[path, hunk.header]
        return super().shift(path, hunk, new=new)

    def text(self, path: str) -> str | None:
        return self.texts[path] if path in self.texts else self.below.text(path)

    def headers(self, folder: str) -> list[str]:
        names = {*self.below.headers(folder)}
        for path, text in self.texts.items():
            if path.rpartition("/")[0] == folder and path.endswith(".h"):
                names = names - {path} if text is None else names | {path}
        return sorted(names)

    def stamp(self, folders: Collection[str]) -> str:
        return "" if any(path.endswith(".h") for path in self.texts) else self.below.stamp(folders)


class Standing:
    """A tree under the patches of one input; as a `Tree`, what each of them finds."""

    def __init__(self, tree: Tree, patches: Sequence[Patch]) -> None:
        self.tree, self.patches = tree, tuple(patches)
        self.root = tree.root
        self._number = {id(patch): n for n, patch in enumerate(self.patches)}
        self._stands = [Stands() for _ in self.patches]
        self._sources: dict[frozenset[str], SourceTree] = {}
        self._stand()

    def of(self, patch: Patch) -> Tree:
        """The tree as a patch finds it."""
        n = self._number[id(patch)]
        if tree_of(self.tree, patch) is not self.tree:
            return tree_of(self.tree, patch)
        return PatchedTree(self.tree, self._texts(n, after=False), _shifts(self._stands[n].sides))

    def after(self, patch: Patch) -> Tree:
        """The tree as a patch leaves it."""
        n = self._number[id(patch)]
        own = tree_of(self.tree, patch)
        if own is not self.tree:
            return PatchedTree(own, _texts_of(self._stands[n].sides, after=True))
        return PatchedTree(self.tree, self._texts(n, after=True))

    def source(self, patch: Patch, config: frozenset[str]) -> SourceTree:
        """The C of the tree as a patch finds it; what no patch changes is parsed once for all."""
        found = self.of(patch)
        if not isinstance(found, PatchedTree):
            return SourceTree(PatchedTree(found, {}), config)
        if config not in self._sources:
            self._sources[config] = SourceTree(PatchedTree(self.tree, {}), config)
        return SourceTree(found, config, below=self._sources[config], changed=found.texts)

    def changed(self, patch: Patch) -> frozenset[str]:
        """The files that a patch changes."""
        return frozenset(_texts_of(self.stands(patch).sides, after=True))

    def stands(self, patch: Patch) -> Stands:
        """What the tree has of a patch."""
        return self._stands[self._number[id(patch)]]

    # --- finding out ---
    def _stand(self) -> None:
        every = [_diffs(patch) for patch in self.patches]
        if any(tree_of(self.tree, patch) is not self.tree for patch in self.patches):
            for n, patch in enumerate(self.patches):  # each commit has a tree of its own
                for group in _groups([every[n]]):
                    self._walk(tree_of(self.tree, patch), [(n, diff) for _, diff in group])
                self._stands[n] = replace(self._stands[n], parent=patch.commit)
            return
        for group in _groups(every):
            self._walk(self.tree, group)

    def _walk(self, tree: Tree, group: list[tuple[int, FileDiff]]) -> None:
        """Find out for the parts that change one file (under whatever names)."""
        found = min(_ways(tree, group), key=_Way.cost)
        for n, side in found.sides:
            one = self._stands[n]
            self._stands[n] = replace(one, sides=(*one.sides, side))
        for n, path, why in found.misfits:
            one = self._stands[n]
            self._stands[n] = replace(one, misfits=(*one.misfits, (path, why)))

    def _texts(self, n: int, *, after: bool) -> dict[str, str | None]:
        """Every text that differs from the tree's, when patch `n` is to be (or was) applied."""
        texts: dict[str, str | None] = {}
        for later in reversed(self._stands[n:]):
            texts |= _texts_of(later.sides, after=False)
        for earlier in self._stands[:n]:
            texts |= _texts_of(earlier.sides, after=True)
        return texts | (_texts_of(self._stands[n].sides, after=True) if after else {})


def tree_of(tree: Tree, patch: Patch) -> Tree:
    """The tree that a patch applies to: a folder has one text for all, commits have many."""
    return tree.of(patch)


def _diffs(patch: Patch) -> list[FileDiff]:
    """The files of a patch that have text; none of one that cannot be read (told elsewhere)."""
    try:
        return [diff for diff in read_diff(patch) if diff.what in _TEXT]
    except PatchError:
        return []


def _groups(every: list[list[FileDiff]]) -> Iterator[list[tuple[int, FileDiff]]]:
    """The diffs of one file each, in their order; a file that was renamed is the same one."""
    key_of: dict[str, str] = {}
    groups: dict[str, list[tuple[int, FileDiff]]] = {}
    for n, diffs in enumerate(every):
        for diff in diffs:
            key = key_of.get(diff.old_path, diff.old_path)
            if diff.what == "renamed":
                key_of[diff.path] = key
            groups.setdefault(key, []).append((n, diff))
    yield from groups.values()


@dataclass
class _Way:
    """One way to see a tree: how many parts of a group it has already."""

    sides: list[tuple[int, Sides]]
    misfits: list[tuple[int, str, str]]

    def cost(self) -> tuple[int, int]:
        """What speaks against it: what fits nowhere, then fuzz."""
        return len(self.misfits), sum(side.fuzz for _, side in self.sides)


def _ways(tree: Tree, group: list[tuple[int, FileDiff]]) -> Iterator[_Way]:
    """None of it applied, all of it, then the first parts; no more once one fits exactly."""
    last = len(group)
    starts = (0, last, *(range(1, last) if last <= MAX_STARTS else ()))
    for there in dict.fromkeys(starts):
        way = _way(tree, group, there)
        yield way
        if way.cost() == (0, 0) or (there == last and not way.misfits):
            return


def _way(tree: Tree, group: list[tuple[int, FileDiff]], there: int) -> _Way:
    """The first `there` parts taken back, the last one first; the others put on top."""
    way = _Way([], [])
    for part, back in ((reversed(group[:there]), True), (group[there:], False)):
        texts: dict[str, str | None] = {}

        def now(path: str, texts: dict[str, str | None] = texts) -> str | None:
            return texts[path] if path in texts else tree.text(path)

        for n, diff in part:
            if now(diff.path if back else diff.old_path) is None and diff.what == "modified":
                continue  # a tree without this file says nothing of it
            found = sides_of(diff, now, back=back)
            if isinstance(found, str):
                way.misfits.append((n, diff.path, found))
                continue
            texts.update(_texts_of([found], after=not back))
            way.sides.append((n, found))
    return way


def _texts_of(sides: Iterable[Sides], *, after: bool) -> dict[str, str | None]:
    """The texts of the files on one side, under both names of one that is renamed."""
    texts: dict[str, str | None] = {}
    for one in sides:
        if one.diff.what == "renamed":
            texts[one.diff.old_path] = None if after else one.before
            texts[one.diff.path] = one.after if after else None
        elif one.diff.what == "copied":
            texts[one.diff.path] = one.after if after else None
        else:
            texts[one.diff.path] = one.after if after else one.before
    return texts


def _some(paths: list[str]) -> str:
    return ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")


def _shifts(sides: Iterable[Sides]) -> dict[tuple[str, str], int]:
    """How far down from its place each hunk stands that stands with fuzz alone."""
    return {
        (one.diff.old_path, hunk.header): at - hunk.old_start
        for one in sides
        if one.fuzz
        for hunk, at in zip(one.diff.hunks, one.old_at, strict=True)
    }
