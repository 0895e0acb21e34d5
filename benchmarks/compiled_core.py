# SPDX-License-Identifier: GPL-2.0-or-later
"""The compiled core: how long until its first step, from nothing and kept, and how fast it is.

Every step of the scenarios of this tree on one record is made again on the state that it met
there: interpreted, compiled one by one, compiled in walks (up to the next table that grows).
Processor time, children's included; wall time from nothing beside it.  With `--against DIR`,
another checkout, both run in turn: read the ratio first.

`python3 benchmarks/compiled_core.py [--against ../base] [--cold]`   (--cold: builds as well)
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Final

HERE: Final = Path(__file__).resolve().parents[1]
ROUNDS: Final = 5

# Programs of their own, of names that a checkout of any age has.
FIRST: Final = """
import json, os, sys, time
begin = time.time()
from linuxmm.steps import compile
if sys.argv[1] == "load":  # before compile took what it needs from `step` alone
    from tests.state.test_core_conventions import load_core
    load_core()
engine = compile.compiled()
from linuxmm.machine import Machine
machine = Machine("v6.1")
engine.step(engine.view(machine.block), engine.rules(machine.k), 1)
spent = os.times()
cpu = spent.user + spent.system + spent.children_user + spent.children_system
print(json.dumps([cpu, time.time() - begin]))
"""
SPEED: Final = """
import json, sys, time
from array import array
from hashlib import blake2b
from pathlib import Path
import linuxmm.machine
from linuxmm.errors import LinuxmmError
from linuxmm.play.run import run_kernels
from linuxmm.scenario import parse
from linuxmm.state.layout import COLUMNS, TRAP_CODE
from linuxmm.steps import compile
from linuxmm.steps.step import step
if sys.argv[1] == "load":
    from tests.state.test_core_conventions import load_core
    load_core()
engine, runs, going = compile.compiled(), [], None

def recorded(m, k, *op):
    # a step, written down with the state that the last one left
    global going
    if going is not m:
        runs.append((m, k, bytes(m.size.obj), []))
    result = step(m, k, *op)
    runs[-1][3].append(op)
    going = None if m.scratch[TRAP_CODE] else m
    return result

linuxmm.machine.step = recorded
for path in sorted(Path("scenarios").rglob("*.mm")):
    try:
        run_kernels(parse.load(path), ("v6.1",))
    except LinuxmmError:
        pass
    going = None
tables = [array("q", [word for op in ops for word in op]) for _, _, _, ops in runs]
views = [
    (compile.View([getattr(m, name) for name in COLUMNS]), engine.rules(k)) for m, k, _, _ in runs
]
steps = sum(len(ops) for _, _, _, ops in runs)
clock = time.process_time

def restored():
    for m, _, start, _ in runs:
        m.size.obj[:] = start
        yield m

def interpreted():
    for m, (_, k, _, ops) in zip(restored(), runs):
        for op in ops:
            step(m, k, *op)
        yield m

def one_by_one():
    for m, (_, _, _, ops), (view, rules) in zip(restored(), runs, views):
        for op in ops:
            engine.step(view, rules, *op)
        yield m

def walked():
    for m, (view, rules), ops in zip(restored(), views, tables):
        engine.walk(view, rules, ops)
        yield m

ways = [restored, interpreted, one_by_one, walked]
states = [[blake2b(m.size.obj).digest() for m in way()] for way in ways[1:]]
same = sum(a == b == c for a, b, c in zip(*states))
taken = [[] for _ in ways]
for _ in range(int(sys.argv[2])):
    for way, times in zip(ways, taken):
        begin = clock()
        for _ in way():
            pass
        times.append(clock() - begin)
print(json.dumps([steps, same, len(runs), [sorted(times)[len(times) // 2] for times in taken]]))
"""


def program(checkout: Path, text: str, cache: str, *arguments: str) -> list[float]:
    """What a program says, run in a checkout."""
    mode = "take" if (checkout / "linuxmm/steps/cemit").exists() else "load"
    done = subprocess.run(
        [sys.executable, "-c", text, mode, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=checkout,
        env={**os.environ, "XDG_CACHE_HOME": cache, "PYTHONPATH": str(checkout)},
    )
    found: list[float] = json.loads(done.stdout)
    return found


def first_step(checkouts: dict[str, Path], caches: dict[str, str], cold: bool) -> None:
    """Seconds until the first step, from nothing and kept."""
    for name, checkout in checkouts.items():
        if cold:
            with tempfile.TemporaryDirectory() as empty:
                cpu, wall = program(checkout, FIRST, empty)
                print(f"{name:8} first step from nothing: {cpu:6.2f} s of processor, {wall:.0f} s")
        program(checkout, FIRST, caches[name])
    taken: dict[str, list[float]] = {name: [] for name in checkouts}
    for _ in range(ROUNDS):
        for name, checkout in checkouts.items():
            taken[name].append(program(checkout, FIRST, caches[name])[0])
    for name, times in taken.items():
        print(f"{name:8} first step, kept:         {median(times):6.2f} s of processor")


def speed(checkouts: dict[str, Path], caches: dict[str, str]) -> bool:
    """Steps of the scenarios; are they the same in every way?"""
    sound = True
    for name, checkout in checkouts.items():
        steps, same, runs, taken = program(checkout, SPEED, caches[name], str(ROUNDS))
        restore, *ways = (each / steps * 1e6 for each in taken)  # type: ignore[attr-defined]
        interpreted, one, walk = (max(way - restore, 1e-6) for way in ways)
        print(
            f"{name:8} {steps:.0f} steps in {runs:.0f} runs, {same:.0f} of them end the same; "
            f"us a step: interpreted {interpreted:.2f}, compiled {one:.2f} "
            f"({interpreted / one:.1f} x), in walks {walk:.3f} ({interpreted / walk:.0f} x)"
        )
        sound = sound and same == runs
    return sound


def main() -> int:
    """Print both; 1 when compiled and interpreted end differently."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--against", type=Path)
    parser.add_argument("--cold", action="store_true")
    args = parser.parse_args()
    checkouts = {"here": HERE}
    if args.against:
        checkouts["against"] = args.against.resolve()
    with tempfile.TemporaryDirectory() as folder:
        caches = {name: str(Path(folder, name)) for name in checkouts}
        first_step(checkouts, caches, args.cold)
        return 0 if speed(checkouts, caches) else 1


if __name__ == "__main__":
    sys.exit(main())
