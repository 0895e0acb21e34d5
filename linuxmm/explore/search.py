"""Search for differences between two kernels, smallest scenarios first.

Only the *after* kernel runs until a rule that differs is asked: until then both states are equal.
From there on both run side by side, every result, event and invariant is compared, and probes
look at what user space could see.  With the same kernel twice the search finds what that kernel
breaks.  The order is fixed, the bounds are counts; nothing depends on a clock.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from linuxmm.errors import ModelBug, NotModelled
from linuxmm.explore.actions import READERS, STIRRERS, TRIGGERS
from linuxmm.explore.catalogue import START, Action, Setup, applies, facts_after
from linuxmm.explore.difference import (
    CHANGED,
    NOTHING_DID,
    REMAINING,
    Did,
    Difference,
    Found,
    Undecided,
    key_of,
)
from linuxmm.explore.paths import Path, parsed
from linuxmm.explore.setups import SETUPS
from linuxmm.explore.walker import Walker
from linuxmm.explore.watch import watched_rules
from linuxmm.kernels import Kernel
from linuxmm.kernels.compile import compile_rules
from linuxmm.play.steps_on_model import Snapshot
from linuxmm.promises.checks import COUNTERS, PROMISED_EVENTS, judged_alike
from linuxmm.promises.record import Violation
from linuxmm.scenario.outcome import StepOutcome
from linuxmm.scenario.tree import Step
from linuxmm.state.block import Block
from linuxmm.state.vocabulary import SITES

Facts = frozenset[str]
# How many states that came about alike are looked at with probes.
PROBED_ALIKE: Final = 4
# How many paths are kept for each site, set-up, last action and number of actions: those on
# which it met a device page or a special entry are the ones where lookups can differ.
REACHED_MET: Final = (1, 1, 20, 4)
REACHED_ORDINARY: Final = 1
MORE_PATHS: Final = 150
# Readers that leave the state as it is: one restored pair of states serves all of them.
TOUCHING: Final = ("read", "child-read")


@dataclass
class Node:
    """A point of the search: the after kernel's state, and the before kernel's if it differs."""

    path: Path
    facts: Facts
    after: Snapshot
    before: Snapshot | None
    sites: frozenset[int]
    parted: bool  # an outcome has already differed: only invariants are compared from here
    settled: bool = False  # the state itself breaks a promise in one kernel only: found already
    did: Did = NOTHING_DID


class Search:
    """The search over one pair of kernels.

    `until`: the search ends with the first difference of one of these sides.
    """

    def __init__(
        self,
        before: Kernel,
        after: Kernel,
        *,
        setups: tuple[Setup, ...] = SETUPS,
        modifiers: int = 2,
        until: tuple[str, ...] = (),
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.before, self.after = before, after
        self.after_rules = watched_rules(after, before)
        self.before_rules = compile_rules(before)
        self.setups, self.modifiers, self.until = setups, modifiers, until
        self.progress = progress
        self.found = Found()
        self._seen: set[bytes] = set()
        self._like: dict[tuple[int, str, str, bool, int], int] = {}
        self.a_diverged = False
        self.has_answered = False  # lookups, tests or predicates did answer differently
        self.has_diverged = False  # or something else that differs was read
        self._roots: dict[Setup, tuple[Walker, Walker, Node | None]] = {}
        self._nodes: dict[Path, Node | None] = {}
        self._blocks: dict[tuple[int, ...], Block] = {}
        self._probed: dict[tuple[object, ...], int] = {}
        self._looked: set[bytes] = set()
        self._checked: dict[tuple[object, ...], list[Violation]] = {}
        # promises about states ask no site: kernels that differ only there share the answers
        self._like_before = judged_alike(before, after)

    def run(self) -> Found:
        """Everything there is to find within the bounds."""
        self.found.bounds.depth = self.modifiers + 2
        for i, setup in enumerate(self.setups):
            if self.progress:
                self.progress(i, len(self.setups))
            self._search_setup(setup)
            self.found.bounds.setups += 1
            if self._is_over():
                break
        return self.found

    def replay(self, paths: Iterable[Path]) -> Found:
        """Given paths, small ones first, with probes wherever the kernels have parted.

        Once something differs, so many more are walked for what `until` waits for.
        """
        left = MORE_PATHS
        for path in sorted(paths, key=lambda p: len(p.lines())):
            self._node_of(path)
            left -= any(d.side != REMAINING for d in self._differences())
            if self._is_over() or not left:
                break
        self._nodes.clear()
        return self.found

    def _is_over(self) -> bool:
        return bool(self.until) and any(d.side in self.until for d in self._differences())

    def _differences(self) -> Iterable[Difference]:
        return self.found.differences.values()

    def _node_of(self, path: Path) -> Node | None:
        """The state at the end of a path; paths that begin alike are walked once."""
        if not path.actions:
            return self._set_up(path.setup)
        if path not in self._nodes:
            action = path.actions[-1]
            before = self._node_of(Path(path.setup, path.actions[:-1]))
            self._set_up(path.setup)
            self._nodes[path] = None
            if before is not None and not before.settled:
                facts = facts_after(action, before.facts)
                node = self._advance(before, path, facts, _steps(path, action))
                self._nodes[path] = node
                self._look_if_parted(node)
        return self._nodes[path]

    # --- one set-up ---
    def _search_setup(self, setup: Setup) -> None:
        self._seen = set()
        root = self._set_up(setup)
        frontier = [root] if root is not None and setup.modifiers >= 0 else []
        # level by level: a state is first met where most actions may still follow it
        for left in range(min(self.modifiers, setup.modifiers), -1, -1):
            frontier = [n for node in frontier for n in self._expand(node, goes_on=left > 0)]

    def _set_up(self, setup: Setup) -> Node | None:
        """Both machines with the set-up made, from a cache."""
        if setup not in self._roots:
            block = parsed(setup).machine
            a = self.a = Walker(block, self.after, self.after_rules)
            b = self.b = Walker(block, self.before, self.before_rules)
            equal = a.machine.block.snapshot() == b.machine.block.snapshot()
            other = None if equal else b.snapshot()
            node: Node | None = Node(Path(setup), START, a.snapshot(), other, frozenset(), False)
            for lines in _stages(setup):
                if node is not None:
                    node = self._advance(node, node.path, START, parsed(setup).of(lines))
            self._roots[setup] = (a, b, node)
        self.a, self.b, node = self._roots[setup]
        return node

    def _expand(self, node: Node, *, goes_on: bool) -> list[Node]:
        """Every trigger from here; the new states from which to go on."""
        children: list[Node] = []
        for action in TRIGGERS:
            if self._is_over():
                break
            if not applies(action, node.facts, node.path.setup):
                continue
            path = node.path.then(action)
            facts = facts_after(action, node.facts)
            child = self._advance(node, path, facts, _steps(path, action))
            if child is None or child.settled:
                continue
            self._look_if_parted(child)
            if action.modifier and goes_on and self._is_new(child):
                children.append(child)
        return children

    def _is_new(self, node: Node) -> bool:
        """Has this state (of both kernels, with these names) not been expanded before?"""
        key = _key_of(node)
        if key in self._seen:
            return False
        self._seen.add(key)
        self.found.bounds.states += 1
        return True

    # --- one action ---
    def _advance(self, node: Node, path: Path, facts: Facts, steps: list[Step]) -> Node | None:
        """Make the steps on both kernels (on one while they are equal) and compare."""
        self.a.restore(node.after)
        self.a.begin()
        outcomes = self._make(self.a, steps)
        self._note_reached(path)
        self.a_diverged = self.a.diverged or self.before.foll != self.after.foll
        sites = node.sites or frozenset(self.a.diverged_sites)  # where the kernels first parted
        lost = isinstance(outcomes, str)  # with what it had asked: so the other is asked, too
        if node.before is None and not self.a_diverged and not lost:
            return self._alike(node, path, facts)
        self.has_answered |= self.a.answered
        self.has_diverged |= self.a.diverged
        self.b.restore(node.before or self._as_before(node.after))
        self.b.begin()
        others = self._make(self.b, steps)
        if isinstance(outcomes, str) or isinstance(others, str):
            self._note_undecided(path, sites, others, outcomes)
            return None
        parted = node.parted or self._compare(path, steps, others, outcomes, sites)
        after, before = self.a.snapshot(), self.b.snapshot()
        settled, did = self._check_both(path, sites, node.did, after, before)
        if after.state == before.state:  # the difference left no trace: the kernels are equal again
            return Node(path, facts, after, None, frozenset(), False, did=did)
        return Node(path, facts, after, before, sites, parted, settled, did)

    def _alike(self, node: Node, path: Path, facts: Facts) -> Node:
        """The step was the same on both kernels."""
        after = self.a.snapshot()
        did = self._check_one(path, node.did, after)
        return Node(path, facts, after, None, frozenset(), False, did=did)

    def _as_before(self, after: Snapshot) -> Snapshot:
        """The same state for the before kernel, in a block of its own."""
        sizes = after.block.sizes
        key = tuple(sizes.values())
        if key not in self._blocks:
            self._blocks[key] = Block(sizes)
        return replace(after, block=self._blocks[key])

    def _make(self, walker: Walker, steps: list[Step]) -> list[StepOutcome] | str:
        """Make steps; what stopped it when one of them is not modelled."""
        outcomes = []
        for step in steps:
            try:
                outcomes.append(walker.step(step))
            except NotModelled as reason:
                counts = self.found.bounds.not_modelled
                what = str(reason).partition("not modelled: ")[2] or str(reason)
                counts[what] = counts.get(what, 0) + 1
                return what
            except ModelBug as bug:
                if not walker.diverged and self._like_before:
                    raise
                return f"the model has no answer: {bug}"
            self.found.bounds.steps += 1
        return outcomes

    def _note_undecided(
        self,
        path: Path,
        sites: frozenset[int],
        before: list[StepOutcome] | str,
        after: list[StepOutcome] | str,
    ) -> None:
        """One kernel can be followed and the other cannot: nobody can tell what differs then."""
        if isinstance(before, str) and isinstance(after, str):
            return
        who, why = ("after", after) if isinstance(after, str) else ("before", before)
        self.found.cannot_decide(Undecided(who, str(why), sites, path))

    def _note_reached(self, path: Path) -> None:
        """Remember a few paths for each site that looked a page up on its last action."""
        last = path.actions[-1].name if path.actions else ""
        for site in sorted(self.a.visited):
            met = site in self.a.met
            key = (site, path.setup.name, last, met, len(path.actions))
            like = self._like[key] = self._like.get(key, 0) + 1
            if like <= (REACHED_MET[min(len(path.actions), 3)] if met else REACHED_ORDINARY):
                self.found.reached.setdefault(site, []).append(path)

    # --- comparing ---
    def _compare(
        self,
        path: Path,
        steps: list[Step],
        before: list[StepOutcome],
        after: list[StepOutcome],
        sites: frozenset[int],
    ) -> bool:
        """Record the first step whose results (or logged events) differ."""
        for step, old, new in zip(steps, before, after, strict=True):
            text = difference_of(old, new)
            if text:
                kind = path.setup.kind
                self.found.add(
                    Difference(CHANGED, step.verb, kind, sites, path, f"{step.verb}: {text}")
                )
                return True
        return False

    def _check_one(self, path: Path, did: Did, state: Snapshot) -> Did:
        """Both kernels are in this state: what it breaks remains, unless promises differ."""
        after = self._violations(self.a, state)
        before = after if self._like_before else self._as_before_sees(state)
        return self._note_broken(path, frozenset(), did, before, after)[1]

    def _as_before_sees(self, state: Snapshot) -> list[Violation]:
        """What the state breaks by the rules of the before kernel."""
        machine, rules = self.a.machine, self.a.machine.k
        machine.k = self.before_rules
        try:
            return [*self.a.broken, *self.a.broken_by_state(), *self.a.broken_by_answer()]
        finally:
            machine.k = rules

    def _check_both(
        self, path: Path, sites: frozenset[int], did: Did, after: Snapshot, before: Snapshot
    ) -> tuple[bool, Did]:
        """Compare what the two states break; is a state broken in one kernel only?"""
        new = self._violations(self.a, after)
        old = self._violations(self.b, before)
        return self._note_broken(path, sites, did, old, new)

    def _note_broken(
        self,
        path: Path,
        sites: frozenset[int],
        did: Did,
        before: list[Violation],
        after: list[Violation],
    ) -> tuple[bool, Did]:
        if not before and not after:
            return False, did
        new, old = ({key_of(v): v for v in found} for found in (after, before))
        for key, violation in {**old, **new}.items():
            self._add(did.side(key, old, new), violation, path, sites)
        settled = any({**old, **new}[key].lasting for key in new.keys() ^ old.keys())
        return settled, did.then(before, after)

    def _add(self, side: str, v: Violation, path: Path, sites: frozenset[int]) -> None:
        if v.site:  # the step said where: no need to ask which rule parted before
            sites = frozenset({SITES.index(v.site)})
        self.found.add(Difference(side, v.invariant, v.page_kind, sites, path, v.text))

    def _violations(self, walker: Walker, now: Snapshot) -> list[Violation]:
        """What the last steps broke, and what this state breaks (looked at once per state)."""
        m = walker.machine.block.m
        counted = tuple(m.vmstat[which] for which in COUNTERS)  # all else is in the digest
        like = self._like_before or walker is self.a
        key = (like, counted, now.digest(), walker.expected())
        known = self._checked.get(key)
        if known is None:
            known = self._checked[key] = walker.broken_by_state()
        return [*walker.broken, *known, *walker.broken_by_answer()]

    # --- probes ---
    def _look_if_parted(self, node: Node | None) -> None:
        """Probe a pair of states that the last action has parted."""
        if node is not None and node.before is not None and self.a_diverged and not node.settled:
            self._probe(node)

    def _probe(self, node: Node) -> None:
        """Look at a pair of states that differ, then stir; where nothing showed, look again.

        A pair is looked at once; those that came about alike (same set-up, last action and rules
        that answered otherwise, as many actions) a bounded number of times.
        """
        path = node.path
        last = path.actions[-1].name if path.actions else ""
        alike = (path.setup.name, len(path.actions), last, *sorted(node.sites))
        self._probed[alike] = self._probed.get(alike, 0) + 1
        if self._probed[alike] > PROBED_ALIKE or self._has_looked(node):
            return
        shown = self._look(node)
        for action in STIRRERS:
            child = self._probe_with(node, action)
            if child and child.before is not None and not (child.parted or action.ends or shown):
                self._look(child)

    def _has_looked(self, node: Node) -> bool:
        key = _key_of(node)
        if key in self._looked:
            return True
        self._looked.add(key)
        return False

    def _look(self, node: Node) -> bool:
        """Everything that can be read of a pair of states; did anything differ?"""
        assert node.before is not None
        shown = False
        self.a.restore(node.after)
        self.b.restore(node.before)
        for action in READERS:
            if action.name not in TOUCHING and applies(action, node.facts, node.path.setup):
                shown |= self._read(node, action)
        for action in READERS:
            if action.name in TOUCHING:
                child = self._probe_with(node, action)
                shown |= child is not None and child.parted
        return shown

    def _probe_with(self, node: Node, action: Action) -> Node | None:
        if not applies(action, node.facts, node.path.setup):
            return None
        path = node.path.then(action)
        return self._advance(node, path, facts_after(action, node.facts), _steps(path, action))

    def _read(self, node: Node, action: Action) -> bool:
        """A reader that leaves both states as they are: does its answer differ?"""
        path = node.path.then(action)
        steps = _steps(path, action)
        self.a.begin()
        self.b.begin()
        after, before = self._make(self.a, steps), self._make(self.b, steps)
        if isinstance(after, str) or isinstance(before, str):
            self._note_undecided(path, node.sites, before, after)
            return False
        shown = node.parted or self._compare(path, steps, before, after, node.sites)
        new = [*self.a.broken, *self.a.broken_by_answer()]
        old = [*self.b.broken, *self.b.broken_by_answer()]
        self._note_broken(path, node.sites, node.did, old, new)
        return shown


def _key_of(node: Node) -> bytes:
    """What makes two points of a search the same: states, names, what was done, counters apart."""
    key = node.after.digest()
    if node.before is not None:
        after, before = node.after.state, node.before.state
        key += node.before.digest() + node.after.block.counters_apart(after, before)
    return key + ",".join(sorted(node.facts)).encode() + node.did.digest()


def difference_of(before: StepOutcome, after: StepOutcome) -> str:
    """In what two outcomes of a step differ, result first; empty when they do not."""
    if before.result != after.result:
        return f"{before.result.text()} -> {after.result.text()}"
    old, new = (_logged(outcome) for outcome in (before, after))
    return "" if old == new else f"logs {', '.join(old) or '-'} -> {', '.join(new) or '-'}"


def _logged(outcome: StepOutcome) -> tuple[str, ...]:
    """What the kernel logged beside what promises speak of."""
    logged = (f"{event.name} at {event.site}" for event in outcome.events
              if event.name not in PROMISED_EVENTS)  # fmt: skip
    return tuple(dict.fromkeys(logged))


def _stages(setup: Setup) -> list[tuple[str, ...]]:
    """The lines of a set-up as one step, those of a story one by one."""
    return [(line,) for line in setup.lines] if setup.modifiers < 0 else [setup.lines]


def _steps(path: Path, action: Action) -> list[Step]:
    return parsed(path.setup).of(action.lines)
