"""Trails: the scenarios on which the rules of one kernel are tried, by the site they reach.

Search (`search.py`) looks for differences between two kernels; here one kernel walks through the
catalogue, with set-ups and actions that a review does not need (`extra.py`), and every path is
remembered at the sites that looked a page up on its last action.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property

from linuxmm.errors import NotModelled
from linuxmm.explore.catalogue import (
    START,
    TRIGGERS,
    Action,
    Setup,
    applies,
    facts_after,
    scenario_text,
)
from linuxmm.explore.extra import EXTRA_ACTIONS, OBSERVERS, WHOLE
from linuxmm.explore.walker import Walker
from linuxmm.kernels import Kernel
from linuxmm.scenario.parse import parse
from linuxmm.scenario.steps_on_model import Snapshot
from linuxmm.scenario.tree import Machine as MachineBlock
from linuxmm.scenario.tree import Scenario, Step
from linuxmm.state.rules import Rules, compile_rules
from linuxmm.state.vocabulary import NR_SITES, SITES

ACTIONS = (*TRIGGERS, *EXTRA_ACTIONS)
PER_KEY = (1, 40, 40, 3)  # trails kept for a site, set-up, last action and number of actions


@dataclass(frozen=True)
class Trail:
    """A scenario up to the step that reaches a site, and what is looked at afterwards."""

    name: str
    machine: MachineBlock
    steps: tuple[Step, ...]
    facts: frozenset[str]
    lines: tuple[str, ...]
    setup: Setup | None = None

    @cached_property
    def probes(self) -> tuple[Step, ...]:
        """Steps that look at everything a user could see, then undo things and look again."""
        if self.setup is None:
            return ()
        steps = steps_of(self.setup)[1]
        return tuple(
            steps[line]
            for action in OBSERVERS
            if applies(action, self.facts, self.setup)
            for line in action.lines
        )

    def text(self) -> str:
        """The trail as a scenario file."""
        setup = self.setup or Setup("", "", ())
        return scenario_text(setup, self.lines, name="trail")


@dataclass
class Trails:
    """The trails of one kernel: all, by site row, and what the walk broke on its way."""

    by_site: dict[int, list[Trail]] = field(default_factory=dict)
    steps: int = 0
    states: int = 0
    not_modelled: dict[str, int] = field(default_factory=dict)

    def of(self, site: str) -> list[Trail]:
        """Short ones first, every set-up in its turn."""
        trails = self.by_site.get(SITES.index(site), [])
        turn: dict[tuple[str, int], int] = {}
        ranked = []
        for i, trail in enumerate(trails):
            key = (trail.setup.name if trail.setup else "", len(trail.steps))
            n = turn[key] = turn.get(key, 0) + 1
            ranked.append((len(trail.steps), n, i))
        return [trails[i] for _, _, i in sorted(ranked)]


@cache
def steps_of(setup: Setup) -> tuple[MachineBlock, dict[str, Step]]:
    """The machine of a set-up, and every line that may follow it as a step."""
    facts = START | {fact for action in ACTIONS for fact in action.gives}
    usable = [
        action
        for action in (*ACTIONS, *OBSERVERS)
        if applies(action, facts - {n[1:] for n in action.needs if n[0] == "!"}, setup)
    ]
    usable.sort(key=lambda a: (bool(a.ends), "P0" in a.ends, not a.gives))
    lines = list(dict.fromkeys(line for action in usable for line in action.lines))
    text = scenario_text(setup, (*setup.lines, *lines), name="catalogue")
    scenario = parse(text, "catalogue")
    steps = dict(zip((*setup.lines, *lines), scenario.steps, strict=True))
    return scenario.machine, steps


@dataclass(frozen=True)
class _Node:
    actions: tuple[Action, ...]
    facts: frozenset[str]
    state: Snapshot


class Gatherer:
    """Walks one kernel through the catalogue and remembers which path reaches which site."""

    def __init__(
        self,
        kernel: Kernel,
        *,
        modifiers: int = 2,
        progress: Callable[[int, int], None] | None = None,
        seen: Callable[[Walker, Trail], None] | None = None,
    ) -> None:
        self.kernel, self.modifiers = kernel, modifiers
        self.rules: Rules = compile_rules(kernel)
        self.progress, self.seen = progress, seen
        self.trails = Trails()
        self._states: set[bytes] = set()
        self._like: dict[tuple[int, str, str, int], int] = {}

    def gather(self, setups: tuple[Setup, ...], files: Iterable[Scenario] = ()) -> Trails:
        """The trails of these set-ups, of the whole scenarios of `extra.py` and of files."""
        for text in WHOLE:
            self._whole(parse(text, "extra"))
        for i, setup in enumerate(setups):
            if self.progress:
                self.progress(i, len(setups))
            self._setup(setup)
        for scenario in files:
            self._whole(scenario)
        return self.trails

    # --- the catalogue ---
    def _setup(self, setup: Setup) -> None:
        machine, steps = steps_of(setup)
        walker = Walker(machine, self.kernel, self.rules)
        self._states = set()
        walker.begin()
        if self._make(walker, [steps[line] for line in setup.lines]):
            node = _Node((), START, walker.snapshot())
            self._remember(walker, setup, node)
            frontier = [node]
            for depth in range(self.modifiers + 1):
                last = depth == self.modifiers
                frontier = [c for n in frontier for c in self._expand(walker, setup, n, last)]

    def _expand(self, walker: Walker, setup: Setup, node: _Node, last: bool) -> list[_Node]:
        """Every action from here; the new states that actions may go on from."""
        steps = steps_of(setup)[1]
        children = []
        for action in ACTIONS:
            if not applies(action, node.facts, setup):
                continue
            walker.restore(node.state)
            walker.begin()
            if not self._make(walker, [steps[line] for line in action.lines]):
                continue
            facts = facts_after(action, node.facts)
            child = _Node((*node.actions, action), facts, walker.snapshot())
            self._remember(walker, setup, child)
            if action.modifier and not last and self._is_new(child):
                children.append(child)
        return children

    def _is_new(self, node: _Node) -> bool:
        key = node.state.digest() + ",".join(sorted(node.facts)).encode()
        if key in self._states:
            return False
        self._states.add(key)
        self.trails.states += 1
        return True

    def _make(self, walker: Walker, steps: list[Step]) -> bool:
        for step in steps:
            self.trails.steps += 1
            try:
                walker.step(step)
            except NotModelled as reason:
                counts = self.trails.not_modelled
                counts[str(reason)] = counts.get(str(reason), 0) + 1
                return False
        return True

    def _remember(self, walker: Walker, setup: Setup, node: _Node) -> None:
        last = node.actions[-1].name if node.actions else ""
        lines = (*setup.lines, *(line for a in node.actions for line in a.lines))
        trail: Trail | None = None
        for site in sorted(walker.visited):
            key = (site, setup.name, last, len(node.actions))
            like = self._like[key] = self._like.get(key, 0) + 1
            if like > PER_KEY[min(len(node.actions), 3)]:
                continue
            trail = trail or _trail(setup, lines, node)
            self.trails.by_site.setdefault(site, []).append(trail)
        if self.seen:
            self.seen(walker, trail or _trail(setup, lines, node))

    # --- whole scenarios ---
    def _whole(self, scenario: Scenario) -> None:
        """A written scenario: it reaches a site where one of its steps does."""
        trail = Trail(scenario.name, scenario.machine, tuple(scenario.steps), frozenset(), ())
        for walker in self._walk(trail):
            if self.seen:
                self.seen(walker, trail)
            for site in range(1, NR_SITES):
                if site in walker.visited:
                    trails = self.trails.by_site.setdefault(site, [])
                    if trail not in trails[-1:]:
                        trails.append(trail)

    def _walk(self, trail: Trail) -> Iterator[Walker]:
        walker = Walker(trail.machine, self.kernel, self.rules)
        for step in trail.steps:
            walker.begin()
            if not self._make(walker, [step]):
                return
            yield walker


def _trail(setup: Setup, lines: tuple[str, ...], node: _Node) -> Trail:
    machine, steps = steps_of(setup)
    name = ", ".join((setup.name, *(action.name for action in node.actions)))
    return Trail(name, machine, tuple(steps[line] for line in lines), node.facts, lines, setup)
