# SPDX-License-Identifier: GPL-2.0-or-later
"""The compiled search beside Spin on two models, each with the same states and transitions.

`toy`: that of `tests/steps/toy_mm.py`, functions over columns, rules in a table, through the engine
that searches scopes (`steps/search.py`); `spin/toy.pml` for Spin; `spin/toy.c` by hand, its rules
in the code and a state in one word.
`fork-pin`: the scope on v6.1.  Ours makes every operation on the whole machine (8 KB of columns,
every promise of a scope); `spin/fork-pin.pml` keeps, by hand, the 27 bytes that differ there.

Sides that do not find the same end this with 1; what is compared is processor time in user space,
taken in turns, by the median and by the best.  Spin counts its first state as a transition too, and
of fork-pin the state before the set-up.

`python3 benchmarks/against_spin.py [ROUNDS]` (Spin: `apt install spin`; without it the others).
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from linuxmm.explore.scope.lowered import lowered
from linuxmm.explore.scope.record import load_scope
from linuxmm.kernels import load
from linuxmm.promises import PROMISES
from linuxmm.steps.compile import Engine, build, compiled
from linuxmm.steps.search import search
from tests.steps import toy_mm

MODELS: Final = Path(__file__).parent / "spin"
ROUNDS: Final = 7
GCC: Final = ("gcc", "-O3", "-march=native", "-w")
# Variants of Spin's verifier that store every state whole, the best of which counts.
SPIN: Final[dict[str, tuple[str, ...]]] = {
    "d_step": ("-DSAFETY", "-DNOREDUCE"),
    "d_step, unchecked": ("-DSAFETY", "-DNOREDUCE", "-DNOFAIR", "-DNOCOMP"),
}
Side = Callable[[], tuple[int, int, float]]  # states, transitions, processor seconds


def main() -> int:
    """Print the counts and the ratios."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    if shutil.which("spin") is None:
        print("spin is not installed: nothing is compared with it")
    with tempfile.TemporaryDirectory() as place:
        there = Path(place)
        toy = {"linuxmm": ours(), "by hand": by_hand(there), **spins(there, "toy", 0)}
        scope = {"linuxmm": of_scope("fork-pin"), **spins(there, "fork-pin", 1)}
        same = compared("toy", toy, rounds) and compared("fork-pin", scope, rounds)
    return 0 if same else 1


def compared(model: str, sides: dict[str, Side], rounds: int) -> bool:
    """Print the ratios of one model; did all sides find the same?"""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    found: dict[str, tuple[int, int]] = {}
    for _ in range(rounds):
        for name, side in sides.items():
            states, transitions, seconds = side()
            found[name] = states, transitions
            taken[name].append(seconds)
    for name, (states, transitions) in found.items():
        if (states, transitions) != found["linuxmm"]:
            print(f"{model}: {name} has {states:,} states, {transitions:,} transitions")
            return False
    states, transitions = found["linuxmm"]
    print(f"{model}: {states:,} states, {transitions:,} transitions each, {rounds} rounds")
    for name, times in taken.items():
        mid, best = median(times), min(times)
        print(
            f"{name:<20} {mid:6.3f} s, best {best:6.3f}: "
            f"{transitions / mid / 1e6:5.1f} million transitions/s; "
            f"linuxmm is {mid / median(taken['linuxmm']):5.2f} x as fast, "
            f"bests {best / min(taken['linuxmm']):5.2f}"
        )
    return True


def used(who: int = resource.RUSAGE_SELF) -> float:
    """Processor seconds in user space: without what its memory costs the kernel."""
    return resource.getrusage(who).ru_utime


def ours() -> Side:
    """The toy through the engine; the library is built before."""
    engine: Engine = build(
        toy_mm.step,
        asked={"AUDIT": toy_mm.audit, "FACTS": toy_mm.facts},
        tables=(toy_mm.STATE_COLUMNS, toy_mm.RULES_COLUMNS),
    )

    def side() -> tuple[int, int, float]:
        begin = used()
        found = search(
            engine, toy_mm.Block(), toy_mm.rules(), toy_mm.actions(), 1000, toy_mm.STATES,
            audited=True, looked_at=toy_mm.PROMISES,
        )  # fmt: skip
        taken = used() - begin
        assert found.complete and not found.states
        assert (found.nr, found.transitions) == (toy_mm.STATES, toy_mm.TRANSITIONS)
        return found.nr, found.transitions, taken

    return side


def of_scope(name: str) -> Side:
    """A scope on v6.1, as `linuxmm check` searches it."""
    engine, what = compiled(), lowered(load_scope(name), load("v6.1"))
    machine, scope = what.walker.machine, what.scope
    marks = {mark for promise in PROMISES.values() for mark in promise.marks}
    logged = {code for promise in PROMISES.values() for code in promise.logged}

    def side() -> tuple[int, int, float]:
        begin = used()
        found = search(
            engine, machine.block, machine.k, what.actions, scope.depth, scope.states,
            promised=logged, marks=marks, audited=True, settled=True,
        )  # fmt: skip
        taken = used() - begin
        assert found.complete and not (found.states or found.events or found.marks)
        return found.nr, found.transitions, taken

    return side


def by_hand(place: Path) -> Side:
    """toy.c, which says itself how long its search took."""
    program = place / "toy-by-hand"
    subprocess.run([*GCC, "-o", str(program), str(MODELS / "toy.c")], check=True)

    def side() -> tuple[int, int, float]:
        said = subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout
        states, transitions, nanoseconds = map(int, said.split())
        return states, transitions, nanoseconds / 1e9

    return side


def spins(place: Path, model: str, before: int) -> dict[str, Side]:
    """Spin's verifiers of a model; none without Spin.  before: its states before our first."""
    if shutil.which("spin") is None:
        return {}
    spin = ["spin", "-DSTEP=d_step", "-a", str(MODELS / f"{model}.pml")]
    folder = place / model
    folder.mkdir()
    subprocess.run(spin, cwd=folder, check=True, capture_output=True)
    return {f"Spin, {name}": _spin(folder, name, flags, before) for name, flags in SPIN.items()}


def _spin(place: Path, name: str, flags: tuple[str, ...], before: int) -> Side:
    program = place / name.replace(", ", "-")
    command = [*GCC, *flags, "-o", str(program), "pan.c"]
    subprocess.run(command, cwd=place, check=True)

    def side() -> tuple[int, int, float]:
        begin = used(resource.RUSAGE_CHILDREN)
        pan = [str(program), "-n", "-m400000", "-w21"]
        said = subprocess.run(pan, cwd=place, check=True, capture_output=True, text=True).stdout
        taken = used(resource.RUSAGE_CHILDREN) - begin
        assert "errors: 0" in said
        return (
            _number(said, "states, stored") - before,
            _number(said, "transitions (=") - 1 - before,
            taken,
        )

    return side


def _number(said: str, what: str) -> int:
    line = next(line for line in said.splitlines() if what in line)
    return int(line.split()[0])


if __name__ == "__main__":
    os.environ.setdefault("LC_ALL", "C")
    sys.exit(main())
