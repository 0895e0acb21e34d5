"""The same text interpreted and compiled: same results, same bytes, every branch taken.

Every core function is called with random arguments on random states (`garbage`), interpreted,
compiled with bounds checking, and compiled; the blocks are compared byte for byte.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

import pytest

pytest.importorskip("numba", reason="needs the extra `fast`")

from coverage import Coverage

from linuxmm import machine
from linuxmm.core import CORE_FUNCTIONS
from linuxmm.errors import LinuxmmError
from linuxmm.kernels import load
from linuxmm.mm.step import step as core_step
from linuxmm.scenario import parse
from linuxmm.scenario.run import run_kernels
from linuxmm.state import compile
from linuxmm.state.block import Block
from linuxmm.state.layout import COLUMNS, SHAPES, Column, State
from linuxmm.state.rules import Rules, compile_rules
from tests.state import garbage
from tests.state.test_core_conventions import load_core, name_of

STATES: Final = 15
CALLS: Final = 2  # of each function on each state
STEP: Final = 100_000  # this much more than an operation of the core's own step
BRANCHES: Final = 0.88  # share of the branches of the core that random calls must take
SCENARIOS: Final = Path(__file__).parents[2] / "scenarios"
KERNELS: Final = ("v5.17-coherent", "split-v1", "v6.1")
SEED: Final = 20220310
BUDGET: Final = 20_000  # column reads of one call: a garbage list may be a ring

load_core()
FUNCTIONS: Final = [
    f for f in CORE_FUNCTIONS if f.__code__.co_argcount <= 10 and f.__name__ != "step"
]


class Endless(Exception):
    """The interpreted half walks in circles on this state."""


class Guarded:
    """A column that counts what is done to it and refuses negative rows, as the compiled core
    with bounds checking does (a memoryview would count them from its end)."""

    budget = 0

    def __init__(self, column: Column) -> None:
        self.column = column

    def __getitem__(self, index: int) -> int:
        Guarded.budget -= 1
        if Guarded.budget < 0:
            raise Endless
        if index < 0:
            raise IndexError(index)
        return self.column[index]

    def __setitem__(self, index: int, value: int) -> None:
        if index < 0:
            raise IndexError(index)
        self.column[index] = value


def guarded(m: State, k: Rules) -> tuple[State, Rules]:
    """The same machine and rules through guarded columns."""
    state, rules = State(), Rules()
    for name in COLUMNS:
        setattr(state, name, Guarded(getattr(m, name)))
    for name in Rules.__annotations__:
        setattr(rules, name, Guarded(getattr(k, name)))
    return state, rules


def chain() -> Callable[..., int]:
    """A step whose operation is the number of a core function: an entry to all of them."""
    lines = ["def step(m, k, op, a0, a1, a2, a3, a4, a5, a6, a7):"]
    scope: dict[str, object] = {"__name__": __name__}
    for number, function in enumerate(FUNCTIONS):
        code = function.__code__
        words = iter(f"a{i}" for i in range(8))
        names = code.co_varnames[: code.co_argcount]
        given = ", ".join(name if name in ("m", "k") else next(words) for name in names)
        scope[f"f{number}"] = function
        lines.append(f"    if op == {number}:\n        return f{number}({given})")
    scope["core_step"] = core_step
    lines.append(f"    return core_step(m, k, op - {STEP}, a0, a1, a2, a3, a4, a5, a6, a7)")
    exec("\n".join(lines), scope)
    step = scope["step"]
    assert callable(step)
    return step


@cache
def engine(bounds_check: bool) -> compile.Engine:
    """The core with every function as an operation; kept between runs while nothing changes."""
    step = chain()
    text = "".join(sorted(map(name_of, FUNCTIONS))) + Path(__file__).read_text()
    folder = compile.cache_folder(bounds_check, text)
    return compile.build([*CORE_FUNCTIONS, step], step, bounds_check, folder)


class Half:
    """A compiled engine with a block of its own and its view of the rules."""

    def __init__(self, engine: compile.Engine, sizes: dict[str, int] | None = None) -> None:
        self.engine, self.block = engine, Block(sizes or garbage.SIZES)
        self.m = engine.view(self.block)
        self.k: compile.View | None = None

    def step(self, start: bytes, number: int, words: list[int]) -> int:
        assert self.k is not None
        self.block.view[:] = start
        return self.engine.step(self.m, self.k, number, *words)


class Tally:
    """What was compared and what was left out, and why."""

    def __init__(self) -> None:
        self.same = self.out_of_range = self.endless = self.too_big = 0
        self.wrong: list[str] = []

    def __str__(self) -> str:
        return (
            f"{self.same} calls compared, {self.out_of_range} refused by both; left out: "
            f"{self.endless} endless, {self.too_big} over 64 bits"
        )


def interpreted(function: Callable[..., int], m: object, k: Rules, words: list[int]) -> int:
    code = function.__code__
    rest = iter(words)
    names = code.co_varnames[: code.co_argcount]
    given = [m if name == "m" else k if name == "k" else next(rest) for name in names]
    return int(function(*given))


def compare(
    halves: list[Half],
    block: Block,
    m: State,
    start: bytes,
    k: Rules,
    number: int,
    words: list[int],
    tally: Tally,
) -> None:
    """One call interpreted, then compiled, the half that checks bounds first."""
    function, refused, result = FUNCTIONS[number], False, 0
    block.view[:] = start
    try:
        Guarded.budget = BUDGET
        result = interpreted(function, m, k, words)
    except Endless:
        tally.endless += 1
        return
    except (ValueError, OverflowError):
        tally.too_big += 1
        return
    except IndexError:
        refused = True
    if not -(1 << 63) <= result < 1 << 63:
        tally.too_big += 1
        return
    for half in halves:
        try:
            compiled = half.step(start, number, words)
        except (IndexError, ValueError):
            tally.out_of_range += 1
            if not refused:
                tally.wrong.append(f"{name_of(function)}{tuple(words)}: refused when compiled")
            return
        if refused or compiled != result or half.block.data != block.data:
            what = "out of range" if refused else str(result)
            tally.wrong.append(f"{name_of(function)}{tuple(words)}: {what}, compiled {compiled}")
            return
    tally.same += 1


def run(halves: list[Half], states: int, seed: int) -> Tally:
    """Every function on `states` random states, under each kernel and a rival."""
    tally = Tally()
    pairs = [("v5.17-coherent", "split-v1"), ("split-v1", "v6.1"), ("v6.1", "v6.1")]
    rules = [compile_rules(load(a), load(b)) for a, b in pairs]
    for i in range(states):
        random = Random(f"{seed} {i}")
        k = rules[i % len(rules)]
        for half in halves:
            half.k = half.engine.rules(k)
        block = garbage.state(random)
        (m, columns), start = guarded(block.m, k), bytes(block.data)
        for number, function in enumerate(FUNCTIONS):
            for _ in range(CALLS):
                words = garbage.arguments(random, function)
                compare(halves, block, m, start, columns, number, words, tally)
    return tally


def branches_taken(action: Callable[[], Tally], folder: Path) -> tuple[Tally, float, list[str]]:
    """What `action` gave, the share of the core's branches it took, and the worst files."""
    files = sorted({function.__code__.co_filename for function in FUNCTIONS})
    watched = Coverage(data_file=None, branch=True, include=files, config_file=False)
    watched.start()
    try:
        tally = action()
    finally:
        watched.stop()
    report = folder / "coverage.json"
    watched.json_report(outfile=str(report))
    found = json.loads(report.read_text())
    totals = found["totals"]
    missing = sorted(
        (-file["summary"]["missing_branches"], name, file["missing_branches"][:8])
        for name, file in found["files"].items()
    )
    worst = [f"{name}: {-count} not taken, {arcs}" for count, name, arcs in missing[:8] if count]
    return tally, totals["covered_branches"] / max(totals["num_branches"], 1), worst


class Recorder:
    """The machine's step, made again compiled on a copy and compared."""

    def __init__(self, engine: compile.Engine) -> None:
        self.engine, self.same, self.wrong = engine, 0, list[str]()
        self.halves: dict[tuple[int, ...], Half] = {}
        self.rules: dict[int, tuple[Rules, compile.View]] = {}

    def half(self, m: State) -> Half:
        sizes = tuple(m.size[i] for i in range(len(SHAPES)))
        if sizes not in self.halves:
            named = dict(zip(SHAPES, sizes, strict=True))
            self.halves[sizes] = Half(self.engine, named)
        return self.halves[sizes]

    def step(self, m: State, k: Rules, op: int, *words: int) -> int:
        half = self.half(m)
        half.k = self.rules.setdefault(id(k), (k, self.engine.rules(k)))[1]
        data = m.size.obj  # type: ignore[attr-defined]  # the bytes behind a memoryview
        assert isinstance(data, bytearray)
        start = bytes(data)
        result = core_step(m, k, op, *words)
        try:
            compiled: object = half.step(start, STEP + op, list(words))
        except (IndexError, ValueError) as error:
            compiled = error
        if compiled == result and half.block.data == data:
            self.same += 1
        else:
            self.wrong.append(f"step {op}{words}: {result}, compiled {compiled}")
        return result


def run_scenarios(recorder: Recorder) -> None:
    """Every scenario on every kernel, each step also compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "step", recorder.step)
        for path in sorted(SCENARIOS.rglob("*.mm")):
            with suppress(LinuxmmError):  # not modelled, or wrong: its own test says so
                run_kernels(parse.load(path), KERNELS)


def test_both_modes_do_the_same(tmp_path: Path) -> None:
    """Compiled with bounds checking; the slow test has the engine without it as well."""
    checked = engine(bounds_check=True)
    recorder = Recorder(checked)

    def action() -> Tally:
        run_scenarios(recorder)
        return run([Half(checked)], STATES, SEED)

    tally, taken, worst = branches_taken(action, tmp_path)
    print(f"{recorder.same} steps of scenarios and {tally}")
    print(f"{taken:.1%} of the branches taken", *worst, sep="\n  ")
    assert not recorder.wrong, "\n".join(recorder.wrong[:20])
    assert not tally.wrong, "\n".join(tally.wrong[:20])
    assert recorder.same > 500 and tally.same > STATES * len(FUNCTIONS)
    assert taken > BRANCHES, "\n".join(worst)


@pytest.mark.slow
def test_both_modes_do_the_same_at_length(tmp_path: Path) -> None:
    """Ten times the states, with and without bounds checking."""
    halves = [Half(engine(bounds_check=True)), Half(engine(bounds_check=False))]
    tally, taken, worst = branches_taken(lambda: run(halves, 10 * STATES, SEED + 1), tmp_path)
    print(f"{tally}; {taken:.1%} of the branches taken", *worst, sep="\n  ")
    assert not tally.wrong, "\n".join(tally.wrong[:20])
