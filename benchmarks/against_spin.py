# SPDX-License-Identifier: GPL-2.0-or-later
"""The compiled search beside Spin on one model, and beside the same model written by hand in C.

The model is the toy of `tests/steps/toy_mm.py`: functions over columns, rules in a table, through
the engine that searches scopes (`steps/search.py`); `spin/toy.pml` for Spin; `spin/toy.c` with its
rules in the code and a state in one word.  All three find the same states and transitions, or this
ends with 1; what is compared is processor time, taken in turns, by the median and by the best.
Spin prints one transition more than there are: the first state.

`python3 benchmarks/against_spin.py [ROUNDS]` (Spin: `apt install spin`; without it only the C).
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from linuxmm.steps.compile import Engine, build
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
    with tempfile.TemporaryDirectory() as place:
        sides = {"linuxmm": ours(), "by hand": by_hand(Path(place)), **spins(Path(place))}
        taken: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(rounds):
            for name, side in sides.items():
                states, transitions, seconds = side()
                if (states, transitions) != (toy_mm.STATES, toy_mm.TRANSITIONS):
                    print(f"{name}: {states:,} states, {transitions:,} transitions")
                    return 1
                taken[name].append(seconds)
    print(f"{toy_mm.STATES:,} states, {toy_mm.TRANSITIONS:,} transitions each, {rounds} rounds")
    for name, times in taken.items():
        mid, best = median(times), min(times)
        rate = toy_mm.TRANSITIONS / mid / 1e6
        print(
            f"{name:<20} {mid:6.3f} s, best {best:6.3f}: {rate:5.1f} million transitions/s; "
            f"linuxmm is {mid / median(taken['linuxmm']):5.2f} x as fast, "
            f"bests {best / min(taken['linuxmm']):5.2f}"
        )
    return 0


def ours() -> Side:
    """The toy through the engine; the library is built before."""
    engine: Engine = build(
        toy_mm.step,
        asked={"AUDIT": toy_mm.audit, "FACTS": toy_mm.facts},
        tables=(toy_mm.STATE_COLUMNS, toy_mm.RULES_COLUMNS),
    )

    def side() -> tuple[int, int, float]:
        begin = time.process_time()
        found = search(
            engine, toy_mm.Block(), toy_mm.rules(), toy_mm.actions(), 1000, toy_mm.STATES,
            audited=True, looked_at=toy_mm.PROMISES,
        )  # fmt: skip
        taken = time.process_time() - begin
        assert found.complete and not found.states
        return found.nr, found.transitions, taken

    return side


def by_hand(place: Path) -> Side:
    """toy.c, which says itself how long its search took."""
    program = place / "toy"
    subprocess.run([*GCC, "-o", str(program), str(MODELS / "toy.c")], check=True)

    def side() -> tuple[int, int, float]:
        said = subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout
        states, transitions, nanoseconds = map(int, said.split())
        return states, transitions, nanoseconds / 1e9

    return side


def spins(place: Path) -> dict[str, Side]:
    """Spin's verifiers of toy.pml; none without Spin."""
    if shutil.which("spin") is None:
        print("spin is not installed: nothing is compared with it")
        return {}
    spin = ["spin", "-DSTEP=d_step", "-a", str(MODELS / "toy.pml")]
    subprocess.run(spin, cwd=place, check=True, capture_output=True)
    return {f"Spin, {name}": _spin(place, name, flags) for name, flags in SPIN.items()}


def _spin(place: Path, name: str, flags: tuple[str, ...]) -> Side:
    program = place / name.replace(", ", "-")
    command = [*GCC, *flags, "-o", str(program), "pan.c"]
    subprocess.run(command, cwd=place, check=True)

    def side() -> tuple[int, int, float]:
        begin = resource.getrusage(resource.RUSAGE_CHILDREN)
        pan = [str(program), "-n", "-m400000", "-w21"]
        said = subprocess.run(pan, cwd=place, check=True, capture_output=True, text=True).stdout
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert "errors: 0" in said
        return (
            _number(said, "states, stored"),
            _number(said, "transitions (=") - 1,
            end.ru_utime - begin.ru_utime,  # without what its memory costs the kernel
        )

    return side


def _number(said: str, what: str) -> int:
    line = next(line for line in said.splitlines() if what in line)
    return int(line.split()[0])


if __name__ == "__main__":
    os.environ.setdefault("LC_ALL", "C")
    sys.exit(main())
