# SPDX-License-Identifier: GPL-2.0-or-later
"""The texts of a folder with C sources: only read, never left, no link followed."""

import os
import time
from collections.abc import Collection
from hashlib import blake2b
from typing import Final

from linuxmm.errors import InputError
from linuxmm.files import read_file

MAX_FILE: Final = 8 << 20
JUST_NOW_NS: Final = 2_000_000_000
_TEXTS: Final = (".c", ".h", ".config")
MAX_HEADERS: Final = 20_000  # of one folder; include/linux has 1,400


class Folder:
    """A folder by its path, or by the release that `linuxmm source` got.

    Raises: InputError for what is no folder, Skipped for a release that is not here yet.
    """

    def __init__(self, root: str) -> None:
        from linuxmm.source.debian import tree_named  # it unpacks archives: not for every start

        self.root = os.path.realpath(tree_named(root))
        if not os.path.isdir(self.root):
            raise InputError("is not a folder with C sources", file=root)
        self._real: dict[str, bool] = {"": True}  # folders: do they lie in the tree?

    def text(self, path: str) -> str | None:
        """The text of a file, None when it is not there (or is a link, or no regular file)."""
        place = self._place(path)
        if place is None:
            return None
        try:
            return decoded(read_file(place, MAX_FILE))
        except InputError:
            return None

    def headers(self, folder: str) -> list[str]:
        """The .h files right in a folder, sorted; none where it is not there."""
        place = self._place(folder)
        if place is None:
            return []
        try:
            names = sorted(name for name in os.listdir(place) if name.endswith(".h"))
        except OSError:
            return []
        return [f"{folder}/{name}" for name in names[:MAX_HEADERS]]

    def stamp(self, folders: Collection[str]) -> str:
        """Another word once a header of the folders is another one: by size, times and inode.

        "" when one changed just now: what changes again within a tick of the clock looks alike.
        """
        digest = blake2b(self.root.encode("utf-8", "replace"), digest_size=12)
        newest = 0
        for path in (path for folder in folders for path in self.headers(folder)):
            try:
                found = os.lstat(os.path.join(self.root, path))
            except OSError:
                return ""
            newest = max(newest, found.st_ctime_ns, found.st_mtime_ns)
            said = (
                found.st_size,
                found.st_mtime_ns,
                found.st_ctime_ns,
                found.st_ino,
                found.st_mode,
            )
            digest.update(f"{path}\0{said}\0".encode("utf-8", "replace"))
        return "" if time.time_ns() - newest < JUST_NOW_NS else digest.hexdigest()

    def _place(self, path: str) -> str | None:
        """Where a path of the tree lies; None where it leads out, over a link or into git's own."""
        folder, _, name = path.rpartition("/")
        if os.path.isabs(path) or "\0" in path or name in ("..", ".git"):
            return None
        if not self._is_real(folder):
            return None
        place = f"{self.root}/{path}"
        return None if os.path.islink(place) else place

    def _is_real(self, folder: str) -> bool:
        """Is a folder, by its path in the tree, and each above it, no link and not git's own?"""
        if folder not in self._real:
            parts = folder.split("/")
            places = ("/".join((self.root, *parts[:n])) for n in range(1, len(parts) + 1))
            named = not {"..", ".git"} & {*parts}
            self._real[folder] = named and not any(map(os.path.islink, places))
        return self._real[folder]


def decoded(data: bytes) -> str:
    """Text of a source file: LF ends a line, what is no UTF-8 is shown as such."""
    return data.replace(b"\r\n", b"\n").decode("utf-8", "replace")


def content_of(tree: str) -> str:
    """A digest of the C files of a tree by path, size and time of change, as make sees them."""
    root, digest = Folder(tree).root, blake2b(digest_size=12)
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(name for name in names if name.endswith(_TEXTS)):
            found = os.lstat(os.path.join(folder, name))
            said = (os.path.relpath(folder, root), name, found.st_size, found.st_mtime_ns)
            digest.update(repr(said).encode("utf-8", "backslashreplace"))
    return digest.hexdigest()
