# SPDX-License-Identifier: GPL-2.0-or-later
"""Compiled cores, each built once and kept in the cache folder under a hash of what it depends on.

What lies there is loaded into this process: the folder is its owner's alone (`cache.py`), and a
library whose checksum is not the one beside it is built again.
"""

import fcntl
import os
import platform
import re
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Final

from linuxmm.cache import cache_folder, mark_used, prune, write_whole
from linuxmm.errors import Skipped
from linuxmm.steps.cemit.program import C_TEXTS
from linuxmm.steps.compiler import FLAGS, PATIENCE_S, Compiler

CORE_FOLDERS: Final = ("arch", "fs", "lib", "mm", "state", "steps")
KEPT_BUILDS: Final = 8
BUILD_NAMES: Final = re.compile(r"[0-9a-f]{32}")
Alive = Callable[[], None]


def core_sources() -> list[Path]:
    """Every file whose text may change what the compiled core does."""
    package = Path(__file__).parents[1]
    files = [path for folder in CORE_FOLDERS for path in (package / folder).rglob("*.py")]
    return sorted([*files, *C_TEXTS, package / "core.py", package / "uapi.py"])


def build_name(compiler: Compiler, what: str) -> str:
    """The hash that a build is kept under: sources, layout, compiler, flags, machine.

    what: what else it depends on.
    """
    digest = blake2b(digest_size=16)
    for part in (*compiler.command, compiler.version, *FLAGS, platform.machine(), what):
        digest.update(part.encode() + b"\0")
    for path in core_sources():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def build_folder(name: str) -> Path | None:
    """The folder of a build, made and marked as used; None when there is none for us alone."""
    try:
        folder = cache_folder("compiled", name)
    except OSError:
        return None
    except Skipped as error:
        warnings.warn(str(error), RuntimeWarning, stacklevel=2)
        return None
    mark_used(folder)
    prune(folder.parent, BUILD_NAMES, KEPT_BUILDS)
    return folder if os.access(folder, os.W_OK) else None


@contextmanager
def built(
    compiler: Compiler, text: Callable[[], str], folder: Path | None, alive: Alive, level: str
) -> Iterator[Path]:
    """The library of a text of C, for as long as it takes to load it.

    folder: where it is kept (None: nowhere).  text: asked for only when it must be built.
    level: how hard the compiler tries.
    """
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="linuxmm-") as place:
            yield _made(compiler, text(), Path(place), alive, level)
        return
    library = folder / "core.so"
    if not _sound(library):
        with _alone(folder, alive):
            if not _sound(library):  # by now
                _made(compiler, text(), folder, alive, level)
    yield library


def _made(compiler: Compiler, text: str, folder: Path, alive: Alive, level: str) -> Path:
    """The library and its checksum, put there when they are whole."""
    library, source = folder / "core.so", folder / "core.c"
    source.write_text(text)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as place:
        new = Path(place, "core.so")
        compiler.build(source, new, alive, level)
        write_whole(folder / "core.sum", _sum(new))
        os.replace(new, library)
    return library


def is_built(folder: Path) -> bool:
    """Does a library lie there, wholly?"""
    return _sound(folder / "core.so")


def _sum(library: Path) -> str:
    return blake2b(library.read_bytes(), digest_size=16).hexdigest()


def _sound(library: Path) -> bool:
    """Is it there, wholly?"""
    try:
        return library.with_suffix(".sum").read_text() == _sum(library)
    except (OSError, ValueError):
        return False


@contextmanager
def _alone(folder: Path, alive: Alive) -> Iterator[None]:
    """Nobody else builds here meanwhile."""
    with (folder / "lock").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(PATIENCE_S)
                alive()
        yield
