# SPDX-License-Identifier: GPL-2.0-or-later
"""Which names the headers of a tree define, as a digest that is kept.

To know it every header is read; as long as no header changed (size, times, inode) the digest of
before holds.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import blake2b
from typing import Final

from linuxmm.cache import cache_folder, mark_used, prune, write_whole
from linuxmm.errors import Skipped

KEPT: Final = 24
_NAME: Final = re.compile(r"[0-9a-f]{24}\.names")
_DIGEST: Final = re.compile(r"[0-9a-f]{24}")


def digest_of(index: Mapping[str, list[str]]) -> str:
    """A digest of names and the headers that define them, in order."""
    digest = blake2b(digest_size=12)
    for name in sorted(index):
        digest.update("\0".join((name, *index[name], "")).encode("utf-8", "replace"))
    return digest.hexdigest()


def names_digest(stamp: str, index: Callable[[], Mapping[str, list[str]]]) -> str:
    """The digest of an index that is only made when nobody kept it under this stamp."""
    try:
        folder = cache_folder("translated") if stamp else None
    except (Skipped, OSError):
        folder = None
    if folder is None:
        return digest_of(index())
    path = folder / f"{stamp}.names"
    with suppress(OSError, UnicodeDecodeError):
        kept = path.read_text("ascii")[:64].strip()
        if _DIGEST.fullmatch(kept):
            mark_used(path)
            return kept
    found = digest_of(index())
    write_whole(path, found)
    prune(folder, _NAME, KEPT)
    return found
