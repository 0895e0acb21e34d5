# SPDX-License-Identifier: GPL-2.0-or-later
"""An input as a file: in one folder of the worker, gone with it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="linuxmm-fuzz-")


@contextmanager
def in_file(data: bytes, name: str) -> Iterator[Path]:
    """The path of a file that holds this."""
    path = Path(_folder().name, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def folder() -> Path:
    """The folder itself, as the root of a tree."""
    return Path(_folder().name)
