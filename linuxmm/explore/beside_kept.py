# SPDX-License-Identifier: GPL-2.0-or-later
"""Two kernels side by side on one set-up, of which the text alone differs: most of it was walked.

What an action leads to is taken from a kept walk (`kept_walk.py`) where it entered nothing that is
text here.  All that a search notes is noted as if the action had been made; the state that it left
is made when somebody goes on from it.
"""

from functools import cached_property

from linuxmm.explore.beside import Beside, Facts, Node
from linuxmm.explore.catalogue import Setup
from linuxmm.explore.compiled import with_twin
from linuxmm.explore.difference import Did
from linuxmm.explore.kept_walk import NOWHERE, Walk, Way, Went
from linuxmm.explore.notes import Notes
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.paths import Path
from linuxmm.kernels import same_rules
from linuxmm.play.steps_on_model import Snapshot
from linuxmm.promises.record import Violation
from linuxmm.scenario.tree import Step


def may_be_kept(pair: KernelPair) -> bool:
    """Does text alone tell these kernels apart, of functions that a walk takes note of?"""
    texts = (pair.before.text, pair.after.text)
    if pair.before is pair.after or not all(text and text.replaces <= _noted() for text in texts):
        return False
    return same_rules(*(kernel.replace(text=None) for kernel in (pair.before, pair.after)))


def _noted() -> frozenset[str]:
    return frozenset(with_twin())


class Later(Snapshot):
    """A state that is known by its digest, and made from the one before it when it is wanted."""

    __slots__ = ("before", "steps")

    def __init__(self, before: Node, steps: list[Step], digest: bytes) -> None:
        self.before, self.steps, self.known = before, steps, [digest]


class BesideKept(Beside):
    """A `Beside` that makes nothing twice."""

    def __init__(self, setup: Setup, pair: KernelPair, notes: Notes, walk: Walk) -> None:
        super().__init__(setup, pair, notes)
        self.walk = walk
        self._broken: list[Violation] = []  # what the last steps broke

    @cached_property
    def _text(self) -> frozenset[str]:
        """The functions of the core in whose place text runs."""
        texts = (self.pair.before.text, self.pair.after.text)
        return frozenset(name for text in texts if text is not None for name in text.replaces)

    def _begin(self) -> Node:
        node = super()._begin()
        if node.before is None:
            node.row = self.walk.start(self.setup.name)
        return node

    def _go(self, node: Node, path: Path, facts: Facts, steps: list[Step]) -> Node | None:
        if node.row == NOWHERE:
            return super()._go(node, path, facts, steps)
        word = ",".join(str(step.line) for step in steps)
        row = self.walk.find(node.row, word)
        if row != NOWHERE and self._text.isdisjoint(self.walk.ways[row].went.entered):
            return self._as_kept(node, path, facts, steps, row)
        node.after = self._made(node)
        child, went = self._watched(node, path, facts, steps)
        if row == NOWHERE and went is not None:
            row = self.walk.add(node.row, word, self._way(child, went))
        elif row != NOWHERE and not self._is_left_as_kept(child, row):
            row = NOWHERE
        if child is not None:
            child.row = row
        return child

    def _is_left_as_kept(self, child: Node | None, row: int) -> bool:
        """Is the state behind a text that ran the very one that the core had left?"""
        if child is None or child.before is not None:
            return False
        return self.walk.ways[row].whole == self.notes.whole(child.after) != ""

    def _as_kept(
        self, node: Node, path: Path, facts: Facts, steps: list[Step], row: int
    ) -> Node | None:
        """Note all that was noted when it was made."""
        way, notes = self.walk.ways[row], self.notes
        went = way.went
        notes.reached(path, went.visited, {*went.met})
        notes.made_steps(went.steps)
        for why in went.lost:
            notes.counted(why)
        if went.ends:
            return None
        broken = [*went.broken]
        did = self._compare_broken(path, frozenset(), node.did, broken, broken)[1]
        return Node(path, facts, Later(node, steps, way.state), did=did, row=row)

    def _made(self, node: Node) -> Snapshot:
        """The state of a point, made if it has not been."""
        later = node.after
        if not isinstance(later, Later):
            return later
        self.a.restore(self._made(later.before))
        self.a.begin()
        for step in later.steps:
            self.a.step(step)
        node.after = self.a.snapshot()
        return node.after

    # --- taking notes ---
    def _watched(
        self, node: Node, path: Path, facts: Facts, steps: list[Step]
    ) -> tuple[Node | None, Went | None]:
        """Make the steps; what they came to, None where a text ran."""
        bounds, self._broken = self.notes.found.bounds, []
        made, lost = bounds.steps, dict(bounds.not_modelled)
        self.a.forget_entered()
        child = super()._go(node, path, facts, steps)
        entered = self.a.entered()
        if entered is None or not self._text.isdisjoint(entered):
            return child, None
        ran = self.a.last
        counts = bounds.not_modelled.items()
        again = (why for why, n in counts for _ in range(n - lost.get(why, 0)))
        went = Went(
            entered,
            bounds.steps - made,
            tuple(again),
            tuple(sorted(ran.visited)),
            tuple(sorted(ran.met)),
            tuple(self._broken),
            child is None,
        )
        return child, went

    def _way(self, child: Node | None, went: Went) -> Way:
        if child is None or not self._leads_on(child.path):
            return Way(went)
        return Way(went, child.after.digest(), self.notes.whole(child.after))

    def _leads_on(self, path: Path) -> bool:
        return not path.actions or self.leads_on(path.actions[-1])

    def _compare_broken(
        self,
        path: Path,
        sites: frozenset[int],
        did: Did,
        before: list[Violation],
        after: list[Violation],
    ) -> tuple[bool, Did]:
        self._broken = after
        return super()._compare_broken(path, sites, did, before, after)
