# SPDX-License-Identifier: GPL-2.0-or-later
"""Units in our cache folder: ``NAME.unit`` is what is to be done, ``NAME.done`` what came of it.

Both are whole or not there.  A unit that failed or was refused has no second file, and is done
again when it is wanted again.
"""

import os
import re
from pathlib import Path
from typing import Final

from linuxmm.cache import cache_folder, mark_used, prune, write_whole
from linuxmm.errors import InputError, Skipped
from linuxmm.files import read_file
from linuxmm.spread.unit import Answer, Unit, answer

KEPT: Final = 20_000  # files; and every one that was used today
MOST_BYTES: Final = 256 << 20  # of one
_NAMES: Final = re.compile(r"[0-9a-f]{32}\.(unit|done)")


class Shelf:
    """Where units are kept.  Raises: Skipped where there is no folder that is ours alone."""

    def __init__(self) -> None:
        try:
            self.folder = cache_folder("units")
        except OSError as error:
            raise Skipped(f"finished units can be kept nowhere: {error.strerror}") from None

    def find(self, unit: Unit) -> Answer | None:
        """What it gave, if it was done before."""
        path = self._path(unit, "done")
        try:
            found = answer(read_file(path, MOST_BYTES), unit.name) if path.exists() else None
        except InputError:
            return None
        if found is None or found.failed or found.refused:
            return None
        mark_used(path)
        return found

    def want(self, unit: Unit) -> None:
        """The file in."""
        path = self._path(unit, "unit")
        if not os.path.lexists(path):
            write_whole(path, unit.data.decode())

    def keep(self, unit: Unit, data: bytes) -> None:
        """The file out."""
        write_whole(self._path(unit, "done"), data.decode())

    def tidy(self) -> None:
        """Take away what nobody has used for long."""
        prune(self.folder, _NAMES, KEPT)

    def _path(self, unit: Unit, ending: str) -> Path:
        return self.folder / f"{unit.name}.{ending}"
