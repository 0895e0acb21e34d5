# SPDX-License-Identifier: GPL-2.0-or-later
"""Our folder for what is made once: compiled cores, the agent, kernel modules, kernels.

What lies there is executed (compiled cores are loaded, the agent runs as root), therefore it is
made for its owner alone, and used only if nobody else can have put anything there.
"""

import os
import re
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from linuxmm.errors import Skipped, one_line

OTHERS_MAY_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
IN_USE: Final = 86400.0  # seconds after its last use in which somebody may still need a thing


def cache_path(*names: str) -> Path:
    """Where it would be; nothing is made or checked."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base, "linuxmm", *names)


def cache_folder(*names: str) -> Path:
    """The folder, made if need be: ours alone from ``linuxmm`` down.

    Raises Skipped when somebody else could have written there, OSError when it cannot be made.
    """
    folder = cache_path()
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_base(folder.parent)
    for path in (folder, *(cache_path(*names[: i + 1]) for i in range(len(names)))):
        with suppress(FileExistsError):
            path.mkdir(mode=0o700)
        _check(path)
    return cache_path(*names)


def _check_base(folder: Path) -> None:
    """Who may rename what lies in the folder could put something of his in our place."""
    found = folder.stat()
    if found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX:
        _refuse(folder, "anybody may write there")
    if found.st_uid not in (0, os.geteuid()):
        _refuse(folder, f"it belongs to user {found.st_uid}")


def _check(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        _refuse(folder, "it is no folder, or a link to one")
    if found.st_uid != os.geteuid():
        _refuse(folder, f"it belongs to user {found.st_uid}")
    if found.st_mode & OTHERS_MAY_WRITE:
        _refuse(folder, "others may write there")
    if stat.S_IMODE(found.st_mode) != 0o700:  # of a version before
        folder.chmod(0o700)


def _refuse(folder: Path, why: str) -> None:
    raise Skipped(
        f"the cache folder {one_line(str(folder))} is not used: {why}; "
        "remove it, or set XDG_CACHE_HOME to a folder of your own"
    )


def mark_used(path: Path) -> None:
    """It is needed today: `prune` leaves it alone."""
    with suppress(OSError):
        os.utime(path)


def write_whole(path: Path, text: str) -> None:
    """A file that is there wholly or not at all; nothing is said when it cannot be."""
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError:
        if temporary:
            with suppress(OSError):
                os.unlink(temporary)


def prune(folder: Path, names: re.Pattern[str], kept: int) -> None:
    """Remove what has such a name, but for the `kept` used last and all used within a day."""
    with suppress(OSError):
        found = [path for path in folder.iterdir() if names.fullmatch(path.name)]
        found.sort(key=_last_used, reverse=True)
        now = time.time()
        for path in found[kept:]:
            if now - _last_used(path) > IN_USE:
                _remove(path)


def _last_used(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
