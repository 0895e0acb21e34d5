# SPDX-License-Identifier: GPL-2.0-or-later
"""How long the translation of all functions with a twin takes: from nothing, and kept.

The aim is under 1 s from nothing.  Processor time, so that a busy machine matters less.
`python3 benchmarks/translate.py TREE [RECORD]`, with the sources of that kernel in TREE.
"""

import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final

from linuxmm.kernels import load
from linuxmm.source.config import config_of
from linuxmm.source.execute import translated
from linuxmm.source.folder import Folder
from linuxmm.source.tree import SourceTree

ROUNDS: Final = 5
LIMIT_S: Final = 1.0


def seconds(root: str, record: str) -> tuple[float, int, int]:
    """Processor time of one translation; how many twins there are and how many functions."""
    start = time.process_time()
    versions = translated(SourceTree(Folder(root), config_of(load(record))))
    taken = time.process_time() - start
    functions = {place for version in versions.values() for place in version.program.texts}
    return taken, len(versions), len(functions)


def main() -> int:
    """Print both; 1 when a translation from nothing is over the limit."""
    if len(sys.argv) < 2:
        sys.exit("usage: translate.py TREE [RECORD]")
    root, record = sys.argv[1], (sys.argv[2:] or ["v6.1"])[0]
    fresh: list[float] = []
    again: list[float] = []
    twins = functions = 0
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["XDG_CACHE_HOME"] = str(Path(folder))
            for taken in (fresh, again):
                needed, twins, functions = seconds(root, record)
                taken.append(needed)
    print(f"{twins} functions with a twin, {functions} with what they call")
    print(f"from nothing {median(fresh):6.2f} s")
    print(f"kept         {median(again):6.2f} s")
    return int(median(fresh) > LIMIT_S)


if __name__ == "__main__":
    sys.exit(main())
