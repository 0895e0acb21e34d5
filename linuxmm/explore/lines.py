# SPDX-License-Identifier: GPL-2.0-or-later
"""A walk through the catalogue with C executed, and another text of it held against that walk.

The walk takes down which lines of the translated text each action comes by, what it gave, and the
states in which the actions were made.  Where no changed line is come by, another text does the
same: so only the other actions are made again with it, from the states that are known, and on both
texts where it does something else.  Where they part the search goes on from there, as deep as the
walk was.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from linuxmm.errors import ModelBug, NotModelled
from linuxmm.explore.beside import Beside, Facts, Node, difference_of, stages_of
from linuxmm.explore.catalogue import Action, Setup
from linuxmm.explore.difference import Bounds, Found
from linuxmm.explore.engine import explore
from linuxmm.explore.notes import Broken, Notes
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.paths import Path, parsed
from linuxmm.explore.walker import Ran, Walker
from linuxmm.kernels import Kernel
from linuxmm.play.steps_on_model import Snapshot
from linuxmm.scenario.outcome import StepOutcome
from linuxmm.scenario.tree import Step
from linuxmm.source.execute import Executed, Version
from linuxmm.source.marked import Line, marked_throughout

NONE: Final[frozenset[int]] = frozenset()
# So many actions more are made once one has led into what is not modelled.
MORE_ACTIONS: Final = 300


@dataclass(frozen=True)
class Done:
    """What steps did that broke nothing on their way: what they gave, and a digest of the state."""

    outcomes: tuple[StepOutcome, ...]
    state: bytes

    @staticmethod
    def of(ran: Ran, after: Snapshot) -> "Done | None":
        """None for what has to be compared in full."""
        if ran.lost or ran.broken:
            return None
        return Done(tuple(ran.outcomes), blake2b(after.state, digest_size=16).digest())


@dataclass(frozen=True, eq=False)
class Edge:
    """An action in a state of the walk, and how many may come behind it."""

    node: Node
    action: Action
    left: int
    done: Done | None


@dataclass
class _OfSetup:
    """One set-up: the lines that making it comes by, its stages, and the actions by their lines."""

    depth: int
    root: frozenset[int] = NONE
    stages: tuple[Done | None, ...] = ()
    edges: dict[frozenset[int], list[Edge]] = field(default_factory=dict)


class _Recorded(Beside):
    """A world of which every action is taken down."""

    def __init__(
        self, setup: Setup, pair: KernelPair, notes: Notes, seen: set[int], depth: int
    ) -> None:
        super().__init__(setup, pair, notes)
        self.seen, self.of_setup = seen, _OfSetup(depth)
        self._done: list[Done | None] = []
        self._ran = Ran()

    def begin(self) -> Node | None:
        """The set-up made."""
        self.seen.clear()
        root = self.root
        self.of_setup.root, self.of_setup.stages = frozenset(self.seen), tuple(self._done)
        return root

    def make(self, node: Node, action: Action) -> Node | None:
        self.seen.clear()
        self._done.clear()
        child = super().make(node, action)
        left = self.of_setup.depth - len(node.path.actions)
        edge = Edge(node, action, left, self._done[0])
        self.of_setup.edges.setdefault(frozenset(self.seen), []).append(edge)
        return child

    def _go(self, node: Node, path: Path, facts: Facts, steps: list[Step]) -> Node | None:
        child = super()._go(node, path, facts, steps)
        self._done.append(None if child is None else Done.of(self._ran, child.after))
        return child

    def _make(self, walker: Walker, steps: list[Step]) -> Ran:
        self._ran = super()._make(walker, steps)
        return self._ran


class _Alone:
    """The other text by itself: does it do what was taken down?"""

    def __init__(self, setup: Setup, pair: KernelPair, notes: Notes) -> None:
        self.setup, self.notes = setup, notes
        self.walker, self.start = notes.after_alone(pair, parsed(setup).machine)

    def begins_alike(self, stages: tuple[Done | None, ...]) -> bool:
        """Is the set-up the same one?"""
        self.walker.restore(self.start)
        lines = stages_of(self.setup)
        return len(stages) == len(lines) and all(map(self._alike, lines, stages))

    def makes_alike(self, edge: Edge) -> bool:
        """Does an action give the same, and lead to the same state?"""
        self.walker.restore(edge.node.after)
        return self._alike(edge.action.lines, edge.done)

    def _alike(self, lines: tuple[str, ...], done: Done | None) -> bool:
        if done is None:
            return False
        ran = self.walker.begin()
        for step, known in zip(parsed(self.setup).of(lines), done.outcomes, strict=True):
            try:
                ran.outcomes.append(self.walker.step(step))
            except (NotModelled, ModelBug):
                return False
            self.notes.made_steps(1)
            if difference_of(known, ran.outcomes[-1]) or ran.broken:
                return False
        return Done.of(ran, self.walker.snapshot()) == done


class _Worlds:
    """The other text, alone and beside the first, on the machine of each set-up."""

    def __init__(self, pair: KernelPair, notes: Notes) -> None:
        self.pair, self.notes = pair, notes
        self._alone: dict[Setup, _Alone] = {}
        self._both: dict[Setup, Beside] = {}

    def alone(self, setup: Setup) -> _Alone:
        if setup not in self._alone:
            self._alone[setup] = _Alone(setup, self.pair, self.notes)
        return self._alone[setup]

    def both(self, setup: Setup) -> Beside:
        if setup not in self._both:
            self._both[setup] = Beside(setup, self.pair, self.notes)
        return self._both[setup]


class Walk:
    """Everything that was done on the text as it is."""

    def __init__(self, numbers: Mapping[Line, int]) -> None:
        self.bounds = Bounds()
        self.broken: Broken = {}
        self._numbers = numbers
        self._of: dict[Setup, _OfSetup] = {}

    def add(self, setup: Setup, made: _OfSetup) -> None:
        self._of[setup] = made

    def numbers(self, lines: Iterable[Line]) -> frozenset[int]:
        """Of those lines that say something when a run comes by."""
        known = (self._numbers.get(line) for line in lines)
        return frozenset(number for number in known if number is not None)

    def comes_by(self, lines: frozenset[int]) -> bool:
        """Does anything come by one of these lines?"""
        return any(lines & one.root or _of(one, lines) for one in self._of.values())

    def held_against(self, pair: KernelPair, lines: frozenset[int], *until: str) -> Found:
        """Two texts that differ in these lines, wherever the walk comes by one of them.

        It ends with the first difference of one of the sides `until`.
        """
        notes = Notes(pair, until, self.broken)
        worlds = _Worlds(pair, notes)
        edges = []
        for setup, one in self._of.items():
            these = _of(one, lines)
            if lines & one.root and not worlds.alone(setup).begins_alike(one.stages):
                world = worlds.both(setup)
                if _begun(world):
                    _search(world, world.root, one.depth)
                    these = []
            edges.append(these)
            if notes.is_over():
                break
        _hold(edges, worlds, notes)
        return notes.found


def _of(one: _OfSetup, lines: frozenset[int]) -> list[Edge]:
    """The actions that come by these lines, those in small states first."""
    found = [edge for came, edges in one.edges.items() if came & lines for edge in edges]
    return sorted(found, key=lambda edge: -edge.left)


def _begun(world: Beside) -> bool:
    """Is the set-up itself another one with the other text?"""
    root = world.root
    return root is None or root.settled or root.before is not None


def _search(world: Beside, root: Node | None, depth: int) -> None:
    """All that may follow a state in which both texts have parted."""
    if root is None or root.settled or depth < 0:
        return
    for _ in explore(world, root, depth):
        world.notes.found.bounds.states += 1


def _hold(edges: list[list[Edge]], worlds: _Worlds, notes: Notes) -> None:
    parted: list[tuple[Beside, Node, int]] = []
    left = MORE_ACTIONS
    for edge in _in_turn(edges):
        left -= bool(notes.found.undecided)
        if notes.is_over() or not left:
            return
        setup = edge.node.path.setup
        if worlds.alone(setup).makes_alike(edge):
            continue
        world = worlds.both(setup)
        child = world.make(edge.node, edge.action)
        if child is not None and child.before is not None and world.leads_on(edge.action):
            parted.append((world, child, edge.left - 1))
    for world, node, left in parted:
        _search(world, node, left)


def _in_turn(edges: list[list[Edge]]) -> Iterator[Edge]:
    """One of each set-up, then the next of each."""
    for i in range(max(map(len, edges), default=0)):
        yield from (of_one[i] for of_one in edges if i < len(of_one))


def walk(
    kernel: Kernel,
    versions: Mapping[str, Version],
    setups: tuple[Setup, ...],
    *,
    modifiers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> Walk:
    """Every set-up and what may follow it, on a kernel with the text of one program."""
    texts, numbers = marked_throughout(next(iter(versions.values())).program)
    text = Executed(versions, noted=texts)
    executed = kernel.replace(text=text)
    pair, found = KernelPair.of(executed, executed), Walk(numbers)
    notes = Notes(pair, broken=found.broken)
    for i, setup in enumerate(setups):
        if progress:
            progress(i, len(setups))
        depth = min(modifiers, setup.modifiers)
        world = _Recorded(setup, pair, notes, text.seen, depth)
        root = world.begin()
        if root is not None and depth >= 0:
            notes.found.bounds.states += sum(1 for _ in explore(world, root, depth))
        found.add(setup, world.of_setup)
        notes.found.bounds.setups += 1
    found.bounds = notes.found.bounds
    found.bounds.depth = modifiers + 2
    return found
