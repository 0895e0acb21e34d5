# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that a command is given."""

import os
from collections.abc import Iterable
from pathlib import Path


def scenario_files(paths: Iterable[str]) -> list[str]:
    """Scenario files by name; a folder means all scenarios below it, sorted."""
    return [
        file
        for path in paths
        for file in (sorted(map(str, Path(path).rglob("*.mm"))) if os.path.isdir(path) else [path])
    ]
