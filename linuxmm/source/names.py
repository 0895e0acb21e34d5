# SPDX-License-Identifier: GPL-2.0-or-later
"""Which names the headers of a tree define, kept.

To know it every header is read; as long as no header changed (size, times, inode) what was found
before holds.  An entry is text: a digest of the lines that follow; then a header and its names a
line.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Final

from linuxmm.cache import cache_folder, mark_used, prune, write_whole
from linuxmm.errors import Skipped

KEPT: Final = 24
MAX_ENTRY: Final = 32 << 20
_NAME: Final = re.compile(r"[0-9a-f]{24}\.names")
_HEAD: Final = re.compile(r"[0-9a-f]{24}\n")
_LENGTH_OF_HEAD: Final = 25
Index = dict[str, list[str]]  # name -> headers, in order


def digest_of(index: Mapping[str, list[str]]) -> str:
    """A digest of names and the headers that define them, in order."""
    digest = blake2b(digest_size=12)
    for name in sorted(index):
        digest.update("\0".join((name, *index[name], "")).encode("utf-8", "replace"))
    return digest.hexdigest()


def index_of(stamp: str, make: Callable[[], list[tuple[str, list[str]]]]) -> Index:
    """The index of a tree, which is only made when nobody kept it under this stamp.

    make: each header with the names that it defines, in order.
    """
    path = _entry(stamp)
    if path is not None:
        with suppress(OSError, UnicodeDecodeError):
            found = _read(path)
            if found is not None:
                return found
    headers = make()
    found = _joined(headers)
    if path is not None:
        body = "".join(f"{' '.join((header, *names))}\n" for header, names in headers)
        write_whole(path, f"{_sum(body)}\n{body}")
        prune(path.parent, _NAME, KEPT)
    return found


def names_digest(stamp: str, index: Callable[[], Index]) -> str:
    """The digest of an index: that of the kept one, or of the index as it is now.

    Making an index keeps it: the first answer is the one that later ones give too.
    """
    path = _entry(stamp)
    head = _head(path)
    if not head:
        made = index()
        head = _head(path) or digest_of(made)
    return head


def _head(path: Path | None) -> str:
    """The digest that stands in an entry; empty without one."""
    if path is not None:
        with suppress(OSError, UnicodeDecodeError), path.open(encoding="ascii") as kept:
            head = kept.read(_LENGTH_OF_HEAD)
            if _HEAD.fullmatch(head):
                mark_used(path)
                return head[:24]
    return ""


def _entry(stamp: str) -> Path | None:
    """Where an index is kept; None when it is nowhere."""
    with suppress(Skipped, OSError):
        return cache_folder("translated") / f"{stamp}.names" if stamp else None
    return None


def _read(path: Path) -> Index | None:
    if path.stat().st_size > MAX_ENTRY:
        return None
    head, _, body = path.read_text("utf-8").partition("\n")
    if head != _sum(body):
        return None
    mark_used(path)
    lines = (line.split(" ") for line in body.split("\n") if line)
    return _joined((header, names) for header, *names in lines)


def _joined(headers: Iterable[tuple[str, list[str]]]) -> Index:
    found: Index = {}
    for header, names in headers:
        for name in names:
            if name in found:
                found[name].append(header)
            else:
                found[name] = [header]
    return found


def _sum(body: str) -> str:
    return blake2b(body.encode("utf-8", "replace"), digest_size=12).hexdigest()
