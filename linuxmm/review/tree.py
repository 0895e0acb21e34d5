# SPDX-License-Identifier: GPL-2.0-or-later
"""The sources of a folder, for ``sites DIR`` and ``review --tree``.

A tree is only read: never run, no link is followed, nothing outside of it is opened, regular
files alone and those up to a limit.  What is not read is said (``Unread``).
"""

import os
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final, Protocol

from linuxmm.errors import InputError
from linuxmm.files import read_file
from linuxmm.review.calls import Call, Disagreement, call_lines, calls_of_text
from linuxmm.review.ctext import Statement, file_statements
from linuxmm.review.patch import Hunk, Line, Patch
from linuxmm.source.folder import Folder, decoded
from linuxmm.source.parser import c_parser

MAX_SEARCHED: Final = 32 << 20  # the headers of amdgpu's registers have up to 24 MB
MAX_FILES: Final = 200_000
MAX_SHIFT: Final = 20_000
CONTEXT: Final = 60  # lines around a hunk that are read from the tree
_NEEDLES: Final = (b"vm_normal_", b"follow_page")
_SUFFIXES: Final = (".c", ".h")


@dataclass(frozen=True, slots=True)
class Unread:
    """A file or folder of a tree that was not read, and why."""

    path: str
    why: str


@dataclass(slots=True)
class Extract:
    """The calls of a tree, what the two readers disagree about, and what was not read."""

    calls: list[Call] = field(default_factory=list)
    disagreements: list[Disagreement] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    files: int = 0

    @property
    def partly(self) -> bool:
        """Whether something in the tree could not be read, or not be read alike."""
        return bool(self.disagreements or self.unread)


class Trees(Protocol):
    """Where patches are read in: a tree for each."""

    def of(self, patch: Patch) -> "Tree":
        """The tree that a patch applies to."""


class Tree:
    """A folder with C sources, read within bounds and never left."""

    def __init__(self, root: str) -> None:
        self._folder = Folder(root)
        self.root = self._folder.root
        self.statements = lru_cache(maxsize=64)(self._statements)
        self.lines = lru_cache(maxsize=64)(self._lines)

    def of(self, patch: Patch) -> "Tree":
        """The tree that a patch applies to: a folder has one text for all."""
        return self

    def text(self, path: str) -> str | None:
        """The text of a file of the tree, None when it is not there (or is a link)."""
        return self._folder.text(path)

    def headers(self, folder: str) -> list[str]:
        """The .h files right in a folder of the tree, sorted."""
        return self._folder.headers(folder)

    def stamp(self, folders: Collection[str]) -> str:
        """Another word once a header of the folders is another one; "" when nobody can say."""
        return self._folder.stamp(folders)

    def _statements(self, path: str) -> tuple[Statement, ...]:
        """All statements of a file with their functions; () when it is not there."""
        text = self.text(path)
        return tuple(file_statements(text)) if text is not None else ()

    def _lines(self, path: str) -> tuple[str, ...]:
        """The lines of a file; () when it is not there."""
        text = self.text(path)
        return tuple(text.split("\n")) if text is not None else ()

    def searched(self, path: str) -> str | None:
        """The text of a file in which a lookup may be called, None for another one.

        Raises: InputError for what is no regular file, is too large or cannot be read.
        """
        data = read_file(os.path.join(self.root, path), MAX_SEARCHED)
        return decoded(data) if any(needle in data for needle in _NEEDLES) else None

    def files(self, unread: list[Unread]) -> Iterator[str]:
        """Every C file of the tree by its path from the root, sorted; hidden folders are not read.

        Links are passed by; one that leads out of the tree, where a C file or a folder may be, and
        a folder that cannot be listed are added to `unread`.
        """
        count = 0
        folders = [""]
        while folders:
            folder = folders.pop()
            below: list[str] = []
            for entry in self._entries(folder, unread):
                path = os.path.join(folder, entry.name)
                if entry.is_symlink():
                    if self._leads_out(path):
                        unread.append(Unread(path, "is a link that leads out of the tree"))
                elif entry.is_dir(follow_symlinks=False):
                    below += [] if entry.name.startswith(".") else [path]
                elif entry.name.endswith(_SUFFIXES):
                    count += 1
                    if count > MAX_FILES:
                        raise InputError(f"has more than {MAX_FILES} C files", file=self.root)
                    yield path
            folders += reversed(below)

    def _entries(self, folder: str, unread: list[Unread]) -> list[os.DirEntry[str]]:
        """What is in a folder, sorted by name.  Raises: InputError when it is the tree itself."""
        try:
            with os.scandir(os.path.join(self.root, folder)) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            why = f"cannot be read: {(error.strerror or str(error)).lower()}"
            if not folder:
                raise InputError(why, file=self.root) from None
            unread.append(Unread(folder, why))
            return []

    def _leads_out(self, path: str) -> bool:
        """Whether a link leads to a folder or a C file that is not in the tree."""
        target = os.path.realpath(os.path.join(self.root, path))
        if os.path.commonpath((self.root, target)) == self.root:
            return False
        return os.path.isdir(target) or (path.endswith(_SUFFIXES) and os.path.exists(target))

    def function_at(self, path: str, line: int) -> str | None:
        """The function whose text a line of a file belongs to."""
        statements = self.statements(path)
        at = bisect_left([s.number for s in statements], line + 1) - 1
        return statements[at].function if at >= 0 else None

    def call_lines(self, path: str, function: str) -> list[int]:
        """The lines of a function's lookups, a choice between two counting as one."""
        return call_lines(self.statements(path), function)

    def shift(self, path: str, hunk: Hunk, *, new: bool = False) -> int | None:
        """How far down from its place a hunk's old (or new) text stands; None when it does not."""
        kinds = (" ", "+") if new else (" ", "-")
        old = [line.text.rstrip() for line in hunk.lines if line.kind in kinds]
        lines = self.lines(path)
        if not lines or not old:
            return None
        start = (hunk.new_start if new else hunk.old_start) - 1
        places = (n for n in range(len(lines)) if lines[n].rstrip() == old[0])
        for n in sorted(places, key=lambda n: (abs(n - start), n)):
            if abs(n - start) > MAX_SHIFT:
                break
            if [line.rstrip() for line in lines[n : n + len(old)]] == old:
                return n - start
        return None

    def widened(self, path: str, hunks: tuple[Hunk, ...], n: int) -> Hunk:
        """One of a file's hunks with more context from the tree, up to the hunks beside it."""
        hunk = hunks[n]
        shift = self.shift(path, hunk)
        if shift is None:
            return hunk
        lines = self.lines(path)
        end = hunk.old_start + hunk.old_length
        before = hunks[n - 1].old_start + hunks[n - 1].old_length if n else 1
        after = hunks[n + 1].old_start if n + 1 < len(hunks) else len(lines) + 1
        low = max(before, hunk.old_start - CONTEXT, 1 - shift)
        high = min(after, end + CONTEXT, len(lines) + 1 - shift)
        move = hunk.new_start - hunk.old_start
        grown = hunk.new_length - hunk.old_length + move
        above = [Line(" ", lines[k + shift - 1], k, k + move) for k in range(low, hunk.old_start)]
        below = [Line(" ", lines[k + shift - 1], k, k + grown) for k in range(end, high)]
        return replace(hunk, lines=(*above, *hunk.lines, *below))


def extract(tree: Tree, progress: Callable[[int], None] | None = None) -> Extract:
    """Every call of a lookup or of follow_page in a tree.

    Raises: Skipped without the extra ``tree``; InputError for a folder without C files.
    """
    parser = c_parser()
    found = Extract()
    for path in tree.files(found.unread):
        if progress is not None:
            progress(found.files)
        found.files += 1
        try:
            text = tree.searched(path)
            of_file = calls_of_text(path, text, parser) if text else None
        except InputError as error:
            found.unread.append(Unread(path, error.message))
            continue
        if of_file is not None:
            found.calls += of_file.calls
            found.disagreements += of_file.disagreements
    if not found.files and not found.unread:
        raise InputError("has no C files", file=tree.root)
    return found
