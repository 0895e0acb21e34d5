# SPDX-License-Identifier: GPL-2.0-or-later
"""How fast the search of `linuxmm review v5.17-coherent..split-v1` is, and the core's part of it.

CPU time of the process, in steps per second: the wall clock of a shared machine says little.
The core is measured in a run of its own (reading the clock around every step costs).  With
`--against DIR`, another checkout of this project, both run in turn: read the ratio first.

`python3 benchmarks/review_seed.py [--against ../base] [--setups coherent,file-private]`
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

HERE: Final = Path(__file__).resolve().parents[1]
ROUNDS: Final = 3

# A program of its own, of names that a checkout of any age has.
PROGRAM: Final = """
import json, sys, time
import linuxmm.machine
from linuxmm.explore.search import SETUPS, Search
from linuxmm.kernels import load

clock, step, in_core = time.process_time, linuxmm.machine.step, 0.0

def timed(*arguments):
    global in_core
    begin = clock()
    result = step(*arguments)
    in_core += clock() - begin
    return result

names = sys.argv[1].split(",") if sys.argv[1] else [setup.name for setup in SETUPS]
if sys.argv[2] == "core":
    linuxmm.machine.step = timed
search = Search(
    load("v5.17-coherent"), load("split-v1"), setups=tuple(s for s in SETUPS if s.name in names)
)
begin = clock()
found = search.run()
whole = clock() - begin
print(json.dumps([found.bounds.steps, len(found.differences), whole, in_core]))
"""


class Run(NamedTuple):
    """One search: how many steps, what it found, seconds in all and in the core."""

    steps: int
    differences: int
    whole_s: float
    core_s: float


def search(checkout: Path, setups: str, mode: str) -> Run:
    """The search in a new process, with the code of this checkout."""
    command = [sys.executable, "-c", PROGRAM, setups, mode]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    done = subprocess.run(
        command, capture_output=True, check=True, env=environment, cwd=checkout, text=True
    )
    return Run(*json.loads(done.stdout))


def main() -> int:
    """Measure in turn, print figures of each checkout and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, help="another checkout, measured in turn")
    parser.add_argument("--setups", default="", help="names with commas; default: all")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    args = parser.parse_args()
    checkouts = {"this checkout": HERE}
    if args.against:
        checkouts["the other"] = args.against.resolve()
    runs: dict[str, list[Run]] = {name: [] for name in checkouts}
    cores: dict[str, list[Run]] = {name: [] for name in checkouts}
    for _ in range(args.rounds):
        for name, checkout in checkouts.items():
            runs[name].append(search(checkout, args.setups, "whole"))
            cores[name].append(search(checkout, args.setups, "core"))
    print(f"{'':<14} {'steps':>7} {'found':>5} {'CPU s':>7} {'steps/s':>8} {'us/step':>8}   core")
    seconds = {}
    for name, made in runs.items():
        steps = made[0].steps
        seconds[name] = median(run.whole_s for run in made)
        share = median(run.core_s / run.whole_s for run in cores[name])
        print(
            f"{name:<14} {steps:7} {made[0].differences:5} {seconds[name]:7.2f}"
            f" {steps / seconds[name]:8.0f} {1e6 * seconds[name] / steps:8.1f}   {share:.0%}"
        )
    if args.against:
        ratio = seconds["the other"] / seconds["this checkout"]
        print(f"the other takes {ratio:.2f} times as long")
    return 0


if __name__ == "__main__":
    sys.exit(main())
