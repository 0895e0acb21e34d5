# SPDX-License-Identifier: GPL-2.0-or-later
"""How long `linuxmm --help` and a small `run` take, against an interpreter that does nothing.

The aim is under 0.15 s each with compiled bytecode, as from the second call on.  All commands
are measured in one run, in turn, so that a busy machine slows them alike: read the ratio first.
`python3 benchmarks/startup.py`
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final

ROUNDS: Final = 15
LIMIT_S: Final = 0.15
SCENARIO: Final = """\
linuxmm-scenario 1
name:    startup
intent:  The smallest run: one anonymous page is written.

machine:
  node0 64M

steps:
  P0: a = mmap 1p rw private anon
  P0: write a 0x5a
"""


def commands(scenario: Path) -> dict[str, list[str]]:
    """What is measured; the first is what the others are compared with."""
    linuxmm = [sys.executable, "-m", "linuxmm"]
    return {
        "python3 -c pass": [sys.executable, "-c", "pass"],
        "linuxmm --help": [*linuxmm, "--help"],
        "linuxmm run --help": [*linuxmm, "run", "--help"],
        "linuxmm run (2 steps)": [*linuxmm, "run", str(scenario)],
    }


def seconds(command: list[str], bytecode: str) -> tuple[float, int]:
    """Wall time and exit code of one run, its output thrown away."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False, env=environment)
    return time.perf_counter() - start, done.returncode


def main() -> int:
    """Measure in turn, print seconds and ratios; 1 when something is over the limit."""
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder, "startup.mm")
        scenario.write_text(SCENARIO)
        todo = commands(scenario)
        taken: dict[str, list[float]] = {name: [] for name in todo}
        status = dict.fromkeys(todo, 0)
        for command in todo.values():
            seconds(command, folder)  # compiles the bytecode
        for _ in range(ROUNDS):
            for name, command in todo.items():
                elapsed, status[name] = seconds(command, folder)
                taken[name].append(elapsed)
    base = median(taken["python3 -c pass"])
    print(f"{'command':<24} {'median s':>9} {'worst s':>9} {'ratio':>7}  exit")
    for name, values in taken.items():
        late = "  over the limit" if median(values) > LIMIT_S else ""
        print(
            f"{name:<24} {median(values):9.3f} {max(values):9.3f} {median(values) / base:7.1f}"
            f"  {status[name]}{late}"
        )
    return int(any(median(values) > LIMIT_S for values in taken.values()))


if __name__ == "__main__":
    sys.exit(main())
