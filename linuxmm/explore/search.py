"""Search for differences between two kernels, smallest scenarios first.

Only the *after* kernel runs until a rule that differs answers differently: until then both
states are equal.  From there on both run side by side, every result, event and invariant is
compared, and probes look at what user space could see.  The order is fixed, the bounds are
counts; nothing depends on a clock.
"""

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field, replace

from linuxmm.errors import NotModelled
from linuxmm.explore.catalogue import (
    PROBES,
    SETUPS,
    START,
    TRIGGERS,
    Action,
    Setup,
    applies,
    facts_after,
)
from linuxmm.explore.invariants import Violation
from linuxmm.explore.paths import Path, parsed
from linuxmm.explore.walker import Walker
from linuxmm.kernels import Kernel
from linuxmm.scenario.outcome import StepOutcome
from linuxmm.scenario.steps_on_model import Snapshot
from linuxmm.scenario.tree import Step
from linuxmm.state.block import Block
from linuxmm.state.layout import NR_ISOLATED_ANON, NR_ISOLATED_FILE, NR_MLOCK
from linuxmm.state.rules import Rules, compile_rules
from linuxmm.state.vocabulary import SITES

INTRODUCED, FIXED, REMAINING, CHANGED = "introduced", "fixed", "remaining", "changed"


@dataclass(frozen=True)
class Difference:
    """One thing that one kernel does and the other does not (or, remaining, both do).

    `what`: an invariant's id, or the verb whose outcome differs.  `sites`: rows of the sites
    that had answered differently when it showed.
    """

    side: str
    what: str
    page_kind: str
    sites: frozenset[int]
    path: Path
    text: str

    @property
    def signature(self) -> tuple[str, str, str, frozenset[int]]:
        return (self.side, self.what, self.page_kind, self.sites)


@dataclass
class Bounds:
    """How far the search went, in counts."""

    setups: int = 0
    steps: int = 0
    states: int = 0
    depth: int = 0
    not_modelled: dict[str, int] = field(default_factory=dict)


@dataclass
class Found:
    """What a search found: differences by signature, paths that reach each site."""

    differences: dict[tuple[str, str, str, frozenset[int]], Difference] = field(
        default_factory=dict
    )
    reached: dict[int, list[Path]] = field(default_factory=dict)
    bounds: Bounds = field(default_factory=Bounds)

    def add(self, difference: Difference) -> None:
        """Keep the smallest path of each signature (paths come in order of size per set-up)."""
        known = self.differences.get(difference.signature)
        if known is None or _size(difference.path) < _size(known.path):
            self.differences[difference.signature] = difference


def _size(path: Path) -> tuple[int, int]:
    return (len(path.lines()), len(path.actions))


# Promises about a step alone: breaking one leaves the state as good as before.
STEP_IDS = ("bad-page-map", "ksm-device", "foll-lru")
Key = tuple[str, str, str]  # invariant, page kind, site


@dataclass(frozen=True)
class Did:
    """Promises about steps that each kernel has broken so far on a path."""

    before: frozenset[Key] = frozenset()
    after: frozenset[Key] = frozenset()

    def then(self, before: Iterable[Key], after: Iterable[Key]) -> "Did":
        """What they did, these included; promises about states are left out: they may heal."""
        old = self.before.union(key for key in before if key[0] in STEP_IDS)
        new = self.after.union(key for key in after if key[0] in STEP_IDS)
        return self if (old, new) == (self.before, self.after) else Did(old, new)

    def side(self, key: Key, before: Container[Key], after: Container[Key]) -> str:
        """Who broke a promise, now or earlier: a fault that only comes later is the same fault."""
        if key not in after and key not in self.after:
            return FIXED
        return REMAINING if key in before or key in self.before else INTRODUCED

    def digest(self) -> bytes:
        """Both sets as bytes."""
        return repr((sorted(self.before), sorted(self.after))).encode()


NOTHING_DID = Did()


@dataclass
class Node:
    """A point of the search: the after kernel's state, and the before kernel's if it differs."""

    path: Path
    facts: frozenset[str]
    after: Snapshot
    before: Snapshot | None
    sites: frozenset[int]
    parted: bool  # an outcome has already differed: only invariants are compared from here
    settled: bool = False  # the state itself breaks a promise in one kernel only: found already
    did: Did = NOTHING_DID


# How many states that came about alike are looked at with probes.
PROBED_ALIKE = 16
# The counters that promises about states look at; all else they see is in the digest.
CHECKED_COUNTERS = (NR_MLOCK, NR_ISOLATED_ANON, NR_ISOLATED_FILE)
# How many paths are kept for each site, set-up, last action and number of actions: those on
# which it met a device page or a special entry are the ones where lookups can differ.
REACHED_MET = (1, 1, 20, 4)
REACHED_ORDINARY = 1


class Search:
    """The search over one pair of kernels."""

    def __init__(
        self,
        before: Kernel,
        after: Kernel,
        *,
        setups: tuple[Setup, ...] = SETUPS,
        modifiers: int = 2,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.before, self.after = before, after
        self.after_rules: Rules = compile_rules(after, before)
        self.before_rules: Rules = compile_rules(before)
        self.setups, self.modifiers = setups, modifiers
        self.progress = progress
        self.found = Found()
        self._seen: set[bytes] = set()
        self._like: dict[tuple[int, str, str, bool, int], int] = {}
        self.a_diverged = False
        self.has_diverged = False
        self._roots: dict[Setup, tuple[Walker, Walker, Node | None]] = {}
        self._blocks: dict[tuple[int, ...], Block] = {}
        self._probed: dict[tuple[object, ...], int] = {}
        self._checked: dict[tuple[object, ...], list[Violation]] = {}
        # promises about states ask no site: kernels that differ only there share the answers
        self._like_before = (before.behaviours, before.predicates, before.config) == (
            after.behaviours,
            after.predicates,
            after.config,
        )

    def run(self) -> Found:
        """Everything there is to find within the bounds."""
        self.found.bounds.depth = self.modifiers + 2
        for i, setup in enumerate(self.setups):
            if self.progress:
                self.progress(i, len(self.setups))
            self._search_setup(setup)
            self.found.bounds.setups += 1
        return self.found

    def replay(self, path: Path) -> None:
        """One path with probes wherever the kernels have parted."""
        node = self._set_up(path.setup)
        steps = parsed(path.setup).steps
        for action in path.actions:
            if node is None:
                return
            facts = facts_after(action, node.facts)
            lines = [steps[line] for line in action.lines]
            node = self._advance(node, node.path.then(action), facts, lines)
            if node is not None and node.before is not None and self.a_diverged:
                self._probe(node)

    # --- one set-up ---
    def _search_setup(self, setup: Setup) -> None:
        self._seen = set()
        node = self._set_up(setup)
        if node is not None:
            self._expand(node, 0)

    def _set_up(self, setup: Setup) -> Node | None:
        """Both machines with the set-up made, from a cache."""
        if setup not in self._roots:
            block = parsed(setup).machine
            a = self.a = Walker(block, self.after, self.after_rules)
            b = self.b = Walker(block, self.before, self.before_rules)
            equal = a.machine.block.snapshot() == b.machine.block.snapshot()
            other = None if equal else b.snapshot()
            root = Node(Path(setup), START, a.snapshot(), other, frozenset(), False)
            steps = [parsed(setup).steps[line] for line in setup.lines]
            self._roots[setup] = (a, b, self._advance(root, Path(setup), START, steps))
        self.a, self.b, node = self._roots[setup]
        return node

    def _expand(self, node: Node, depth: int) -> None:
        """Every trigger from here; modifiers go on."""
        steps = parsed(node.path.setup).steps
        for action in TRIGGERS:
            if not applies(action, node.facts, node.path.setup):
                continue
            child = self._advance(
                node,
                node.path.then(action),
                facts_after(action, node.facts),
                [steps[line] for line in action.lines],
            )
            if child is None:
                continue
            if child.before is not None and self.a_diverged and not child.settled:
                self._probe(child)
            if child.settled or not action.modifier or depth >= self.modifiers:
                continue
            if self._is_new(child):
                self._expand(child, depth + 1)

    def _is_new(self, node: Node) -> bool:
        """Has this state (of both kernels, with these names) not been expanded before?"""
        key = node.after.digest() + (node.before.digest() if node.before else b"")
        key += ",".join(sorted(node.facts)).encode() + node.did.digest()
        if key in self._seen:
            return False
        self._seen.add(key)
        self.found.bounds.states += 1
        return True

    # --- one action ---
    def _advance(
        self, node: Node, path: Path, facts: frozenset[str], steps: list[Step]
    ) -> Node | None:
        """Make the steps on both kernels (on one while they are equal) and compare."""
        self.a.restore(node.after)
        self.a.begin()
        outcomes = self._make(self.a, steps)
        self._note_reached(path)
        if outcomes is None:
            return None
        sites = node.sites or frozenset(self.a.diverged_sites)  # where the kernels first parted
        if node.before is None and not self.a.diverged:
            after = self.a.snapshot()
            did = self._check_one(path, sites, node.did, after)
            return Node(path, facts, after, None, sites, False, did=did)
        self.a_diverged = self.a.diverged
        self.has_diverged |= self.a.diverged
        self.b.restore(node.before or self._as_before(node.after))
        self.b.begin()
        others = self._make(self.b, steps)
        if others is None:
            return None
        parted = node.parted
        if not parted:
            parted = self._compare_outcomes(path, steps, others, outcomes, sites)
        after, before = self.a.snapshot(), self.b.snapshot()
        settled, did = self._check_both(path, sites, node.did, after, before)
        if after.state == before.state:  # the difference left no trace: the kernels are equal again
            return Node(path, facts, after, None, frozenset(), False, did=did)
        return Node(path, facts, after, before, sites, parted, settled, did)

    def _as_before(self, after: Snapshot) -> Snapshot:
        """The same state for the before kernel, in a block of its own."""
        sizes = after.block.sizes
        block = self._blocks.setdefault(tuple(sizes.values()), Block(sizes))
        return replace(after, block=block)

    def _make(self, walker: Walker, steps: list[Step]) -> list[StepOutcome] | None:
        """Make steps; None when one of them is not modelled."""
        outcomes = []
        for step in steps:
            try:
                outcomes.append(walker.step(step))
            except NotModelled as reason:
                counts = self.found.bounds.not_modelled
                counts[str(reason)] = counts.get(str(reason), 0) + 1
                return None
            self.found.bounds.steps += 1
        return outcomes

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
    def _compare_outcomes(
        self,
        path: Path,
        steps: list[Step],
        before: list[StepOutcome],
        after: list[StepOutcome],
        sites: frozenset[int],
    ) -> bool:
        """Record the first step whose results differ."""
        for step, old, new in zip(steps, before, after, strict=True):
            if old.result != new.result:
                text = f"{step.verb}: {old.result.text()} -> {new.result.text()}"
                kind = path.setup.kind
                self.found.add(Difference(CHANGED, step.verb, kind, sites, path, text))
                return True
        return False

    def _check_one(self, path: Path, sites: frozenset[int], did: Did, state: Snapshot) -> Did:
        """Both kernels are in this state: what it breaks remains."""
        violations = self._violations(self.a, state)
        for violation in violations:
            self._add(REMAINING, violation, path, sites)
        keys = [(v.invariant, v.page_kind, v.site) for v in violations]
        return did.then(keys, keys) if keys else did

    def _check_both(
        self, path: Path, sites: frozenset[int], did: Did, after: Snapshot, before: Snapshot
    ) -> tuple[bool, Did]:
        """Compare what the two states break; is a state broken in one kernel only?"""
        new = {(v.invariant, v.page_kind, v.site): v for v in self._violations(self.a, after)}
        old = {(v.invariant, v.page_kind, v.site): v for v in self._violations(self.b, before)}
        if not new and not old:
            return False, did
        for key, violation in {**old, **new}.items():
            self._add(did.side(key, old, new), violation, path, sites)
        lasting = {key for key in (new.keys() ^ old.keys()) if not key[2]}
        settled = any(key[0] not in STEP_IDS for key in lasting)
        return settled, did.then(old, new)

    def _add(self, side: str, v: Violation, path: Path, sites: frozenset[int]) -> None:
        if v.site:  # the step said where: no need to ask which rule parted before
            sites = frozenset({SITES.index(v.site)})
        self.found.add(Difference(side, v.invariant, v.page_kind, sites, path, v.text))

    def _violations(self, walker: Walker, now: Snapshot) -> list[Violation]:
        """What the last steps broke, and what this state breaks (looked at once per state)."""
        m = walker.machine.block.m
        counted = tuple(m.vmstat[which] for which in CHECKED_COUNTERS)
        like = self._like_before or walker is self.a
        key = (like, counted, now.digest(), walker.expected())
        known = self._checked.get(key)
        if known is None:
            known = self._checked[key] = walker.broken_by_state()
        return [*walker.broken, *known, *walker.broken_by_answer()]

    # --- probes ---
    def _probe(self, node: Node) -> None:
        """Look at a pair of states that differ, with up to two probes.

        States that came about alike (same set-up, last action and rules that answered
        otherwise, as many actions) are looked at a bounded number of times.
        """
        path = node.path
        alike = (
            path.setup.name,
            len(path.actions),
            path.actions[-1].name,
            *sorted(self.a.diverged_sites),
        )
        self._probed[alike] = self._probed.get(alike, 0) + 1
        if self._probed[alike] > PROBED_ALIKE:
            return
        for path, facts, steps in self._probe_paths(node, PROBES):
            child = self._advance(node, path, facts, steps)
            if child is None or child.parted or not path.actions[-1].ends <= frozenset():
                continue
            if path.actions[-1].name in CHANGING_PROBES:
                for second, more, following in self._probe_paths(child, PROBES):
                    self._advance(child, second, more, following)

    def _probe_paths(
        self, node: Node, probes: tuple[Action, ...]
    ) -> Iterator[tuple[Path, frozenset[str], list[Step]]]:
        steps = parsed(node.path.setup).steps
        for action in probes:
            if applies(action, node.facts, node.path.setup):
                lines = [steps[line] for line in action.lines]
                yield node.path.then(action), facts_after(action, node.facts), lines


# Probes that change the state: a second one may show what the first has done.
CHANGING_PROBES = ("munlock", "write", "unmergeable", "ksm-again")
