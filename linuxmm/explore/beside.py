# SPDX-License-Identifier: GPL-2.0-or-later
"""Two kernels side by side on one set-up: where an action leads, and what it shows.

Only the *after* kernel runs until a rule that differs is asked: until then both states are equal.
From there on both run, and every result, event and promise is compared.  Where they have parted,
probes look at what user space could see.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from linuxmm.errors import ModelBug, NotModelled
from linuxmm.explore.actions import READERS, STIRRERS, TRIGGERS
from linuxmm.explore.catalogue import START, Action, Setup, applies, facts_after
from linuxmm.explore.difference import CHANGED, NOTHING_DID, Did, Difference, Undecided
from linuxmm.explore.notes import Notes
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.paths import Path, parsed
from linuxmm.explore.walker import Ran, Walker
from linuxmm.play.steps_on_model import Snapshot
from linuxmm.promises.checks import PROMISED_EVENTS
from linuxmm.promises.record import Violation
from linuxmm.scenario.outcome import StepOutcome
from linuxmm.scenario.tree import Step
from linuxmm.state.block import counters_apart

Facts = frozenset[str]
# Readers that leave the state as it is: one restored pair of states serves all of them.
TOUCHING: Final = ("read", "child-read")


@dataclass
class Node:
    """A point of the search: the after kernel's state, and the before kernel's if it differs."""

    path: Path
    facts: Facts
    after: Snapshot
    before: Snapshot | None = None
    sites: frozenset[int] = frozenset()
    parted: bool = False  # an outcome has already differed: only promises are compared from here
    settled: bool = False  # the state itself breaks a promise in one kernel only: found already
    did: Did = NOTHING_DID
    asked: bool = False  # the last action asked a rule that the kernels have otherwise
    row: int = -1  # where a kept walk has it (`kept_walk.py`), if it does

    def key(self) -> bytes:
        """States, names, what was done, counters apart: the same follows from the same."""
        key = self.after.digest()
        if self.before is not None:
            counters = (one.block.counters_of(one.state) for one in (self.after, self.before))
            key += self.before.digest() + counters_apart(*counters)
        return key + ",".join(sorted(self.facts)).encode() + self.did.digest()


class Beside:
    """A `World` of the search engine: both kernels on the machine of one set-up."""

    def __init__(self, setup: Setup, pair: KernelPair, notes: Notes) -> None:
        self.setup, self.pair, self.notes = setup, pair, notes
        self.a, self.b, self._start = notes.walkers(pair, parsed(setup).machine)

    @cached_property
    def root(self) -> Node | None:
        """Both kernels with the set-up made; None where one of them cannot be followed."""
        node: Node | None = self._begin()
        for lines in stages_of(self.setup):
            if node is not None:
                node = self._go(node, node.path, START, parsed(self.setup).of(lines))
        return node

    def _begin(self) -> Node:
        """Both kernels before the first step."""
        after, before = self._start
        other = None if after.state == before.state else before
        return Node(Path(self.setup), START, after, other)

    # --- as a world ---
    def actions(self, node: Node) -> Iterable[Action]:
        """Every trigger that applies, of those that the set-up takes."""
        taken = self.setup.only
        able = (a for a in TRIGGERS if applies(a, node.facts, self.setup))
        return (a for a in able if not taken or a.name in taken)

    def leads_on(self, action: Action) -> bool:
        return action.modifier

    def key(self, node: Node) -> bytes:
        return node.key()

    def is_over(self) -> bool:
        return self.notes.is_over()

    def make(self, node: Node, action: Action) -> Node | None:
        """Where an action leads, probed if the kernels part with it."""
        child = self._after(node, action)
        if child is None or child.settled:
            return None
        if child.before is not None and child.asked:
            self._probe(child)
        return child

    # --- one action ---
    def _after(self, node: Node, action: Action) -> Node | None:
        path = node.path.then(action)
        return self._go(node, path, facts_after(action, node.facts), self._steps(action))

    def _steps(self, action: Action) -> list[Step]:
        return parsed(self.setup).of(action.lines)

    def _go(self, node: Node, path: Path, facts: Facts, steps: list[Step]) -> Node | None:
        """Make the steps on both kernels (on one while they are equal) and compare."""
        a, b, notes = self.a, self.b, self.notes
        a.restore(node.after)
        ran = self._make(a, steps)
        notes.reached(path, ran.visited, ran.met)
        notes.asked(path, ran.cells)
        asked = self.pair.may_part(ran.diverged, steps)
        sites = node.sites or frozenset(ran.sites)  # where the kernels first parted
        # one that is lost has asked for what is not modelled: so the other is asked, too
        if node.before is None and not asked and not ran.lost:
            after = a.snapshot()
            did = self._check_one(path, node.did, ran, after)
            return Node(path, facts, after, did=did)
        notes.diverged(ran)
        b.restore(node.before or notes.as_before(node.after))
        other = self._make(b, steps)
        if ran.lost or other.lost:
            self._undecided(path, sites, other, ran)
            return None
        parted = node.parted or self._compare(path, steps, other, ran, sites)
        after, before = a.snapshot(), b.snapshot()
        try:
            new = notes.broken(a, ran, after)
        except NotModelled as reason:  # a state that has no meaning, which executed C left behind
            ran.lost = notes.not_modelled(reason)
            self._undecided(path, sites, other, ran)
            return None
        old = notes.broken(b, other, before, like_after=False)
        settled, did = self._compare_broken(path, sites, node.did, old, new)
        if after.state == before.state:  # the difference left no trace: the kernels are equal again
            return Node(path, facts, after, did=did, asked=asked)
        notes.found.parted = True
        return Node(path, facts, after, before, sites, parted, settled, did, asked)

    def _make(self, walker: Walker, steps: list[Step]) -> Ran:
        """Make steps, as far as they are modelled."""
        ran = walker.begin()
        for step in steps:
            try:
                ran.outcomes.append(walker.step(step))
            except NotModelled as reason:
                ran.lost = self.notes.not_modelled(reason)
                break
            except ModelBug as bug:
                if not ran.diverged and self.notes.alike:
                    raise
                ran.lost = f"the model has no answer: {bug}"
                break
            self.notes.made_steps(1)
        return ran

    def _undecided(self, path: Path, sites: frozenset[int], before: Ran, after: Ran) -> None:
        """One kernel can be followed and the other cannot: nobody can tell what differs then."""
        if before.lost and after.lost:
            return
        who, why = ("after", after.lost) if after.lost else ("before", before.lost)
        self.notes.found.cannot_decide(Undecided(who, why, sites, path))

    # --- comparing ---
    def _compare(
        self, path: Path, steps: list[Step], before: Ran, after: Ran, sites: frozenset[int]
    ) -> bool:
        """Record the first step whose results (or logged events) differ."""
        for step, old, new in zip(steps, before.outcomes, after.outcomes, strict=True):
            text = difference_of(old, new)
            if text:
                kind, text = self.setup.kind, f"{step.verb}: {text}"
                self.notes.found.add(Difference(CHANGED, step.verb, kind, sites, path, text))
                return True
        return False

    def _check_one(self, path: Path, did: Did, ran: Ran, state: Snapshot) -> Did:
        """Both kernels are in this state: what it breaks remains, unless promises differ."""
        after = self.notes.broken(self.a, ran, state)
        before = after if self.notes.alike else self._before_sees(ran)
        return self._compare_broken(path, frozenset(), did, before, after)[1]

    def _before_sees(self, ran: Ran) -> list[Violation]:
        """What the state breaks by the rules of the before kernel."""
        machine, rules = self.a.machine, self.a.machine.k
        machine.k = self.pair.before_rules
        try:
            return [*ran.broken, *self.a.broken_by_state(), *self.a.broken_by_answer()]
        finally:
            machine.k = rules

    def _compare_broken(
        self,
        path: Path,
        sites: frozenset[int],
        did: Did,
        before: list[Violation],
        after: list[Violation],
    ) -> tuple[bool, Did]:
        """Compare what two kernels break: is a state broken in one only, and who did what?"""
        if not before and not after:
            return False, did
        new, old = ({v.key: v for v in found} for found in (after, before))
        for key, violation in {**old, **new}.items():
            self.notes.violated(did.side(key, old, new), violation, path, sites)
        settled = any({**old, **new}[key].lasting for key in new.keys() ^ old.keys())
        return settled, did.then(before, after)

    # --- probes ---
    def _probe(self, node: Node) -> None:
        """Look at a pair of states that differ, then stir; where nothing showed, look again."""
        if not self.notes.is_worth_a_look(node.path, node.sites, node.key):
            return
        shown = self._look(node)
        for action in STIRRERS:
            child = self._probe_with(node, action)
            if child and child.before is not None and not (child.parted or action.ends or shown):
                self._look(child)

    def _look(self, node: Node) -> bool:
        """Everything that can be read of a pair of states; did anything differ?"""
        assert node.before is not None
        shown = False
        self.a.restore(node.after)
        self.b.restore(node.before)
        for action in READERS:
            if action.name not in TOUCHING and applies(action, node.facts, self.setup):
                shown |= self._read(node, action)
        for action in READERS:
            if action.name in TOUCHING:
                child = self._probe_with(node, action)
                shown |= child is not None and child.parted
        return shown

    def _probe_with(self, node: Node, action: Action) -> Node | None:
        return self._after(node, action) if applies(action, node.facts, self.setup) else None

    def _read(self, node: Node, action: Action) -> bool:
        """A reader that leaves both states as they are: does its answer differ?"""
        path, steps = node.path.then(action), self._steps(action)
        after, before = self._make(self.a, steps), self._make(self.b, steps)
        self.notes.asked(path, after.cells)
        if after.lost or before.lost:
            self._undecided(path, node.sites, before, after)
            return False
        shown = node.parted or self._compare(path, steps, before, after, node.sites)
        new = [*after.broken, *self.a.broken_by_answer()]
        old = [*before.broken, *self.b.broken_by_answer()]
        self._compare_broken(path, node.sites, node.did, old, new)
        return shown


def difference_of(before: StepOutcome, after: StepOutcome) -> str:
    """In what two outcomes of a step differ, result first; empty when they do not."""
    if before.result != after.result:
        return f"{before.result.text()} -> {after.result.text()}"
    old, new = (_logged(outcome) for outcome in (before, after))
    return "" if old == new else f"logs {', '.join(old) or '-'} -> {', '.join(new) or '-'}"


def _logged(outcome: StepOutcome) -> tuple[str, ...]:
    """What the kernel logged beside what promises speak of: a difference in these is its own."""
    logged = (f"{event.name} at {event.site}" for event in outcome.events
              if event.name not in PROMISED_EVENTS)  # fmt: skip
    return tuple(dict.fromkeys(logged))


def stages_of(setup: Setup) -> list[tuple[str, ...]]:
    """The lines of a set-up as one step, those of a story one by one."""
    return [(line,) for line in setup.lines] if setup.modifiers < 0 else [setup.lines]
