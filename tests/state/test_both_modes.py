# SPDX-License-Identifier: GPL-2.0-or-later
"""The same text interpreted and compiled: same results, same bytes, every branch taken.

Every core function is called with random arguments on random states (`garbage`), interpreted,
compiled with bounds checking, and compiled; the blocks are compared byte for byte.
"""

import inspect
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import pytest
from coverage import Coverage

from linuxmm import machine
from linuxmm.core import CORE_FUNCTIONS
from linuxmm.errors import LinuxmmError
from linuxmm.generate.scenario import Wish, scenario
from linuxmm.generate.targets import TARGETS
from linuxmm.kernels import load
from linuxmm.kernels.compile import compile_rules
from linuxmm.play.run import run_kernels
from linuxmm.scenario import parse
from linuxmm.state.block import Block
from linuxmm.state.layout import COLUMNS, SHAPES, Column, State
from linuxmm.state.rules import Rules
from linuxmm.steps import compile
from linuxmm.steps.step import step as core_step
from tests.compiled import NEEDS_COMPILER, defined
from tests.some_kernels import KERNELS as PATCHED
from tests.state import garbage, sequences
from tests.state.branches import Branches
from tests.state.corners import CORNERS
from tests.state.edges import EDGES
from tests.state.not_taken import NOT_TAKEN, RARE
from tests.state.test_core_conventions import load_core, name_of

pytestmark = NEEDS_COMPILER
STATES: Final = 9
CALLS: Final = 2  # of each function on each state
STEP: Final = 100_000  # this much more than an operation of the core's own step
SEQUENCES: Final = 60  # in each round
ROUNDS: Final = 12  # of sequences, as long as branches are missing
MORE: Final = 10  # times as many states and sequences after that
LOOKS: Final = 40  # calls on a state in the middle of a sequence
KERNELS: Final = (*PATCHED, "v6.12", "v6.18", "v7.1")
GENERATED: Final = 12  # scenarios of each page kind
SCENARIOS: Final = Path(__file__).parents[2] / "scenarios"
SEED: Final = 20220310
STEP_BUDGET: Final = 400_000
BUDGET: Final = 20_000  # column reads of one call: a garbage list may be a ring

load_core()
FUNCTIONS: Final = [
    f for f in CORE_FUNCTIONS if f.__code__.co_argcount <= 10 and f.__name__ != "step"
]
AUDITS: Final = [i for i, f in enumerate(FUNCTIONS) if f.__name__ in ("audit", "settle")]


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


class Word(int):
    """A value that says when arithmetic leaves 64 bits, which compiled wraps silently."""


def _checked(name: str) -> Callable[[int, int], Word]:
    plain = getattr(int, name)

    def made(one: int, other: int) -> Word:
        result = plain(one, other)
        if not -(1 << 63) <= result < 1 << 63:
            raise OverflowError
        return Word(result)

    return made


for _name in ("add", "sub", "mul", "lshift", "rshift", "and", "or", "xor", "floordiv", "mod"):
    setattr(Word, f"__{_name}__", _checked(f"__{_name}__"))
    setattr(Word, f"__r{_name}__", _checked(f"__r{_name}__"))


class Narrow(Guarded):
    """A guarded column whose values are such words."""

    def __getitem__(self, index: int) -> int:
        return Word(super().__getitem__(index))


def guarded(m: State, k: Rules, column: type[Guarded] = Guarded) -> tuple[State, Rules]:
    """The same machine and rules through guarded columns."""
    state, rules = State(), Rules()
    for name in COLUMNS:
        setattr(state, name, column(getattr(m, name)))
    for name in Rules.__annotations__:
        setattr(rules, name, column(getattr(k, name)))
    return state, rules


def is_wide(
    function: Callable[..., int], m: State, k: Rules, start: bytes, args: Sequence[int]
) -> bool:
    """Does a value on the way need more than 64 bits?  Asked only where the modes differ."""
    data = data_of(m)
    after = bytes(data)
    data[:] = start
    Guarded.budget = STEP_BUDGET
    try:
        interpreted(function, *guarded(m, k, Narrow), [Word(each) for each in args])
    except OverflowError:
        return True
    except (IndexError, ValueError, Endless):
        pass
    finally:
        data[:] = after
    return False


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
    return defined("\n".join(lines), scope)("step")


@cache
def engine(checked: bool) -> compile.Engine:
    """The core with every function as an operation; kept between runs while nothing changes."""
    text = inspect.getsource(chain) + "".join(map(name_of, FUNCTIONS))
    return compile.build(chain(), checked, compile.kept_in(checked, text))


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


def interpreted(function: Callable[..., int], m: object, k: Rules, words: Sequence[int]) -> int:
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


def run(halves: list[Half], states: range, seed: int) -> Tally:
    """Every function on these random states, under each kernel and a rival."""
    tally = Tally()
    rules = [compile_rules(load(a), load(b)) for a, b in sequences.PAIRS]
    for i in states:
        random = Random(f"{seed} {i}")
        k = rules[i % len(rules)]
        for half in halves:
            half.k = half.engine.rules(k)
        block = garbage.state(random)
        (m, columns), start = guarded(block.m, k), bytes(block.data)
        for number, function in enumerate(FUNCTIONS):
            for _ in range(CALLS):
                words = garbage.arguments(random, function, block.m)
                compare(halves, block, m, start, columns, number, words, tally)
    return tally


class Arc(NamedTuple):
    """One branch: the number of its function, and its name (``branches.py``)."""

    number: int
    key: str


class Watch:
    """Which branches of the core the interpreted half has taken so far."""

    def __init__(self, folder: Path) -> None:
        self.report = folder / "coverage.json"
        files = sorted({function.__code__.co_filename for function in FUNCTIONS})
        self.coverage = Coverage(data_file=None, branch=True, include=files, config_file=False)

    @contextmanager
    def watching(self) -> Iterator[None]:
        self.coverage.start()
        try:
            yield
        finally:
            self.coverage.stop()

    def missing(self) -> list[Arc]:
        """Every branch that was not taken."""
        self.coverage.json_report(outfile=str(self.report))
        found = json.loads(self.report.read_text())
        self.nr_branches = found["totals"]["num_branches"]
        return [
            arc
            for name, file in sorted(found["files"].items())
            for arc in arcs_of(Path(name).resolve(), file["missing_branches"])
        ]


def arcs_of(path: Path, branches: list[list[int]]) -> list[Arc]:
    """Branches of a file by the function that each stands in."""
    return [
        Arc(number, BRANCHES[number].key(a, b))
        for a, b in branches
        for number in OWNERS[str(path)]
        if a in LINES_OF[number]
    ]


def lines_of(function: Callable[..., int]) -> range:
    numbers = [line for _, _, line in function.__code__.co_lines() if line is not None]
    return range(min(numbers), max(numbers) + 1)


SITES_OF: Final = [garbage.sites_of(function) for function in FUNCTIONS]
BRANCHES: Final = [Branches(function) for function in FUNCTIONS]
LINES_OF: Final = [lines_of(function) for function in FUNCTIONS]
OWNERS: Final[defaultdict[str, list[int]]] = defaultdict(list)
for _number, _function in enumerate(FUNCTIONS):
    OWNERS[str(Path(_function.__code__.co_filename).resolve())].append(_number)


class Recorder:
    """The machine's step, made again compiled on a copy and compared; likewise any function."""

    def __init__(self, engines: Sequence[compile.Engine], guard: bool = False) -> None:
        self.engines, self.guard = engines, guard
        self.tally = Tally()
        self.halves: dict[tuple[int, ...], list[Half]] = {}
        self.rules: list[tuple[Rules, list[compile.View]]] = []
        self.columns: dict[int, tuple[State, State, Rules]] = {}

    def half(self, m: State, k: Rules) -> list[Half]:
        """A block of these sizes for each engine, with these rules."""
        sizes = tuple(m.size[i] for i in range(len(SHAPES)))
        if sizes not in self.halves:
            named = dict(zip(SHAPES, sizes, strict=True))
            self.halves[sizes] = [Half(engine, named) for engine in self.engines]
        if not self.rules or self.rules[-1][0] is not k:
            self.rules = [(k, [engine.rules(k) for engine in self.engines])]
        for half, view in zip(self.halves[sizes], self.rules[-1][1], strict=True):
            half.k = view
        return self.halves[sizes]

    def step(self, m: State, k: Rules, op: int, *words: int) -> int:
        """What the machine calls.  Damaged states may be endless: ModelBug, as a wrong row is."""
        m2, k2 = guarded(m, k) if self.guard else (m, k)
        Guarded.budget = STEP_BUDGET
        data = data_of(m)
        start = bytes(data)
        result = 0
        refused: Exception | None = None
        try:
            result = core_step(m2, k2, op, *words)
        except Endless as error:
            self.tally.endless += 1
            raise IndexError("endless") from error
        except (IndexError, ValueError, OverflowError) as error:
            refused = error
        what = f"step {op}{words}"
        self.against(self.half(m, k), data, start, STEP + op, list(words), result, refused, what)
        if refused is not None:
            raise refused
        return result

    def against(
        self, halves: list[Half], data: bytearray, start: bytes, number: int, words: list[int],
        result: int, refused: Exception | None, what: str,
    ) -> None:  # fmt: skip
        """The same compiled, the half that checks bounds first: it refuses what is refused."""
        tally = self.tally
        if isinstance(refused, (ValueError, OverflowError)) or not -(1 << 63) <= result < 1 << 63:
            tally.too_big += 1
            return
        for half in halves:
            try:
                compiled = half.step(start, number, words)
            except (IndexError, ValueError) as error:
                tally.out_of_range += 1
                if refused is None:
                    tally.wrong.append(f"{what}: {result}, compiled {error}")
                return
            if refused is not None or compiled != result or half.block.data != data:
                found = "out of range" if refused else str(result)
                tally.wrong.append(f"{what}: {found}, compiled {compiled}")
                return
        tally.same += 1

    def call(self, box: machine.Machine, number: int, words: list[int]) -> None:
        """One function on the machine's state as it is now; what it did stays."""
        m, k, data = box.block.m, box.k, box.block.data
        m2, k2 = guarded(m, k)
        Guarded.budget = BUDGET
        start, result, function = bytes(data), 0, FUNCTIONS[number]
        refused: Exception | None = None
        try:
            result = interpreted(function, m2, k2, words)
        except Endless:
            self.tally.endless += 1
            return
        except (IndexError, ValueError, OverflowError) as error:
            refused = error
        what, nr = f"{name_of(function)}{tuple(words)}", len(self.tally.wrong)
        self.against(self.half(m, k), data, start, number, words, result, refused, what)
        if len(self.tally.wrong) > nr and is_wide(function, m, k, start, words):
            self.tally.wrong.pop()
            self.tally.too_big += 1


def data_of(m: State) -> bytearray:
    """The bytes behind a machine's columns."""
    data = m.size.obj  # type: ignore[attr-defined]  # the object behind a memoryview
    assert isinstance(data, bytearray)
    return data


def look(recorder: Recorder, numbers: Sequence[int]) -> sequences.Look:
    """Some of these functions on a state that steps made, often damaged; nothing of it stays."""

    def calls(random: Random, box: machine.Machine) -> None:
        start, kept = bytes(box.block.data), rules_of(box.k)
        for number in AUDITS:
            recorder.call(box, number, [])
            box.block.view[:] = start
        for _ in range(LOOKS if len(numbers) > 200 else 2 * LOOKS):
            number = random.choice(numbers)
            for _ in range(random.choice((0, 0, 1, 1, 2, 3))):
                sequences.damage(random, box.block.m, box.k)
            if SITES_OF[number] and random.random() < 0.5:
                garbage.damage_site(random, box.k, random.choice(SITES_OF[number]))
            words = garbage.arguments(random, FUNCTIONS[number], box.block.m)
            recorder.call(box, number, words)
            box.block.view[:] = start
            for name, column in kept.items():
                getattr(box.k, name).cast("B")[:] = column

    return calls


def rules_of(k: Rules) -> dict[str, bytes]:
    """The bytes of every column of the rules."""
    return {name: bytes(getattr(k, name)) for name in Rules.__annotations__}


def run_sequences(recorder: Recorder, numbers: Sequence[int], first: int, count: int) -> None:
    """Random sequences of steps in both modes, and calls of these functions on their states."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "step", recorder.step)
        for i in range(first, first + count):
            sequences.sequence(f"{SEED} {i}", look(recorder, numbers))


def run_corners(
    recorder: Recorder, corners: Sequence[Callable[[str], None]], kernels: Sequence[str]
) -> None:
    """Each corner on each of these kernels."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "step", recorder.step)
        for corner in corners:
            for kernel in kernels:
                with suppress(LinuxmmError):
                    corner(kernel)


def run_scenarios(recorder: Recorder, kernels: Sequence[str], every: int = 1) -> None:
    """Every so many scenarios on each of these kernels, each step also compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "step", recorder.step)
        for path in sorted(SCENARIOS.rglob("*.mm"))[::every]:
            with suppress(LinuxmmError):  # not modelled, or wrong: its own test says so
                run_kernels(parse.load(path), kernels)


def run_generated(recorder: Recorder, each: int) -> None:
    """So many scenarios about each kind of page, by turns on every kernel."""
    kinds = TARGETS["model"].kinds
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "step", recorder.step)
        for seed in range(each):
            for i, kind in enumerate(kinds):
                with suppress(LinuxmmError):
                    kernel = KERNELS[(seed + i) % len(KERNELS)]
                    run_kernels(scenario(seed, Wish(kind=kind)), [kernel])


def compare_all(watch: Watch, engines: Sequence[compile.Engine]) -> tuple[list[Tally], list[Arc]]:
    """Scenarios, calls on garbage, sequences; then on, where branches are still missing.

    To watch costs as much as to compare: what comes behind that, ten times as much, is not watched.
    """
    scenarios, steps = Recorder(engines), Recorder(engines, guard=True)
    halves = [Half(engine) for engine in engines]
    numbers: Sequence[int] = range(len(FUNCTIONS))
    with watch.watching():
        run_scenarios(scenarios, KERNELS)
        run_generated(scenarios, GENERATED)
        garbled = run(halves, range(STATES), SEED)
        run_corners(steps, (*CORNERS, *EDGES), KERNELS)
        run_sequences(steps, numbers, 0, SEQUENCES)
    missing = watch.missing()
    for i in range(1, ROUNDS):
        wanted = sorted({arc.number for arc in missing if arc.key not in NOT_TAKEN})
        if not wanted:
            break
        with watch.watching():
            run_sequences(steps, wanted, i * SEQUENCES, SEQUENCES)
        missing = watch.missing()
    more = run(halves, range(STATES, MORE * STATES), SEED)
    run_sequences(steps, numbers, ROUNDS * SEQUENCES, (MORE - 1) * SEQUENCES)
    return [scenarios.tally, garbled, more, steps.tally], missing


def check_same(tallies: list[Tally]) -> None:
    """No difference."""
    for tally in tallies:
        print(tally)
        assert not tally.wrong, "\n".join(tally.wrong[:20])


def check(tallies: list[Tally], missing: list[Arc], nr_branches: int) -> None:
    """No difference, no branch missing but those that are listed, and no list that is stale."""
    check_same(tallies)
    print(f"{len(missing)} of {nr_branches} branches not taken")
    unlisted = sorted({arc.key for arc in missing} - set(NOT_TAKEN))
    print("\n".join(unlisted))
    assert not unlisted, "branches that nothing takes:\n" + "\n".join(unlisted)


def test_the_list_names_branches_that_exist() -> None:
    """A line of the list whose function or condition is gone is stale."""
    known = {key for branches in BRANCHES for key in branches.names()}
    assert len(known) > 2 * len(FUNCTIONS)
    assert set(NOT_TAKEN) - known == set()


def test_a_value_beyond_64_bits_on_the_way_is_seen() -> None:
    """It is shifted back before anybody stores it: no store could refuse it."""

    def shifted(m: State, k: Rules, addr: int) -> int:
        return (addr - m.vma_start[1]) >> 12

    block = garbage.state(Random(1))
    block.m.vma_start[1] = 4096
    m, k, start = block.m, compile_rules(load("v6.1")), bytes(block.data)
    assert is_wide(shifted, m, k, start, [-(1 << 63)])
    assert not is_wide(shifted, m, k, start, [1 << 62])


def test_both_modes_do_the_same_in_short() -> None:
    """What a quick run compares: some scenarios, all functions on one state, a few sequences."""
    engines = [engine(checked=True)]
    scenarios, steps = Recorder(engines), Recorder(engines, guard=True)
    run_scenarios(scenarios, PATCHED, every=16)
    garbled = run([Half(each) for each in engines], range(1), SEED)
    run_corners(steps, CORNERS, PATCHED)
    run_sequences(steps, range(len(FUNCTIONS)), 0, 2)
    check_same([scenarios.tally, garbled, steps.tally])
    assert min(scenarios.tally.same, steps.tally.same) > 100 and garbled.same > len(FUNCTIONS)


@pytest.mark.slow
def test_both_modes_do_the_same(tmp_path: Path) -> None:
    """At length, with and without bounds checking: no difference, and every branch is taken.

    But for what is listed; what is listed as never taken is not.
    """
    watch = Watch(tmp_path)
    tallies, missing = compare_all(watch, [engine(checked=True), engine(checked=False)])
    check(tallies, missing, watch.nr_branches)
    scenarios, garbled, more, steps = (tally.same for tally in tallies)
    assert scenarios > 5000 and steps > 50_000
    assert garbled > STATES * len(FUNCTIONS) and more > (MORE - 1) * STATES * len(FUNCTIONS)
    guards = {key for key, reason in NOT_TAKEN.items() if not reason.startswith(RARE)}
    stale = sorted(guards - {arc.key for arc in missing})
    assert not stale, "listed as not taken, but taken:\n" + "\n".join(stale)
