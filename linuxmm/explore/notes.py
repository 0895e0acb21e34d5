# SPDX-License-Identifier: GPL-2.0-or-later
"""What a search notes over all its set-ups: findings, paths to sites, what was looked at before."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from hashlib import blake2b
from typing import Final

from linuxmm.errors import NotModelled
from linuxmm.explore.difference import Difference, Found
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.paths import Path
from linuxmm.explore.walker import Ran, Walker
from linuxmm.explore.watch import Cell
from linuxmm.play.steps_on_model import Snapshot
from linuxmm.promises.checks import COUNTERS, judged_alike
from linuxmm.promises.record import Violation
from linuxmm.promises.shadow import Shadow
from linuxmm.scenario.tree import Machine as MachineBlock
from linuxmm.spread.plain import Plain
from linuxmm.state.block import Block
from linuxmm.state.sites import SITES

# How many states that came about alike are looked at with probes.
PROBED_ALIKE: Final = 4
# How many paths are kept for each site, set-up, last action and number of actions: those on
# which it met a device page or a special entry are the ones where lookups can differ.
REACHED_MET: Final = (1, 1, 20, 4)
REACHED_ORDINARY: Final = 1
# The same of paths that ask a rule which a rival has otherwise.
ASKED: Final = 8


Broken = dict[tuple[object, ...], list[Violation]]
"""What states break, by state; pairs whose rules are the same may share it."""


Walkers = tuple[Walker, Walker, tuple[Snapshot, Snapshot]]


class Notes:
    """Shared by the set-ups of one search.

    `until`: it is over with the first difference of one of these sides.  `alike`: promises about
    states say the same under both kernels, which differ at sites only: they share the answers.
    """

    def __init__(
        self, pair: KernelPair, until: tuple[str, ...] = (), broken: Broken | None = None
    ) -> None:
        self.found, self.until = Found(), until
        self.alike = judged_alike(pair.before, pair.after)
        self._reached: Counter[tuple[int, str, str, bool, int]] = Counter()
        self._asked: Counter[tuple[object, ...]] = Counter()
        self._probed: Counter[tuple[object, ...]] = Counter()
        self._looked: set[bytes] = set()
        self._broken: Broken = {} if broken is None else broken
        self._blocks: dict[tuple[int, ...], Block] = {}
        self._walkers: dict[MachineBlock, Walkers] = {}
        self._alone: dict[MachineBlock, tuple[Walker, Snapshot]] = {}

    def walkers(self, pair: KernelPair, block: MachineBlock) -> Walkers:
        """Both kernels on a machine, and their states at its start: set-ups share it in turn."""
        if block not in self._walkers:
            after, start = self.after_alone(pair, block)
            before = Walker(block, pair.before, pair.before_rules)
            self._walkers[block] = (after, before, (start, before.snapshot()))
        return self._walkers[block]

    def after_alone(self, pair: KernelPair, block: MachineBlock) -> tuple[Walker, Snapshot]:
        """The after kernel on a machine, and its state at the start."""
        if block not in self._alone:
            after = Walker(block, pair.after, pair.after_rules)
            self._alone[block] = after, after.snapshot()
        return self._alone[block]

    def is_over(self) -> bool:
        """Was found what was looked for?"""
        found = self.found.differences.values()
        return bool(self.until) and any(d.side in self.until for d in found)

    # --- what happened ---
    def made_steps(self, number: int) -> None:
        self.found.bounds.steps += number

    def not_modelled(self, reason: NotModelled) -> str:
        """What a step needs, in words, counted."""
        what = str(reason).partition("not modelled: ")[2] or str(reason)
        self.counted(what)
        return what

    def counted(self, what: str) -> None:
        """Something that is needed and not modelled, once more."""
        counts = self.found.bounds.not_modelled
        counts[what] = counts.get(what, 0) + 1

    def diverged(self, ran: Ran) -> None:
        """Was something read that differs, and did it answer differently?"""
        self.found.diverged |= ran.diverged
        self.found.answered |= ran.answered

    def reached(self, path: Path, visited: Iterable[int], met: set[int]) -> None:
        """Remember a few paths for each site that looked a page up on its last action."""
        last, nr = path.last, len(path.actions)
        for site in sorted(visited):
            key = (site, path.setup.name, last, site in met, nr)
            self._reached[key] += 1
            wanted = REACHED_MET[min(nr, 3)] if site in met else REACHED_ORDINARY
            if self._reached[key] <= wanted:
                self.found.reached.setdefault(site, []).append(path)

    def asked(self, path: Path, cells: Iterable[Cell]) -> None:
        """Remember paths for each cell that their last action has read and that differs.

        A few for each set-up, last action and number of actions.
        """
        for cell in sorted(cells):
            key = (cell, path.setup.name, path.last, len(path.actions))
            self._asked[key] += 1
            if self._asked[key] <= ASKED:
                self.found.asked.setdefault(cell, []).append(path)

    def violated(self, side: str, v: Violation, path: Path, sites: frozenset[int]) -> None:
        """A promise is broken."""
        if v.site:  # the step said where: no need to ask which rule parted before
            sites = frozenset({SITES.index(v.site)})
        self.found.add(Difference(side, v.invariant, v.page_kind, sites, path, v.text))

    # --- what is known already ---
    def broken(
        self, walker: Walker, ran: Ran, now: Snapshot, *, like_after: bool = True
    ) -> list[Violation]:
        """What the last steps broke, and what this state breaks (looked at once per state)."""
        m = walker.machine.block.m
        counted = tuple(m.vmstat[which] for which in COUNTERS)  # all else is in the digest
        key = (self.alike or like_after, counted, now.digest(), walker.expected())
        known = self._broken.get(key)
        if known is None:
            known = self._broken[key] = walker.broken_by_state()
        return [*ran.broken, *known, *walker.broken_by_answer()]

    def whole(self, now: Snapshot) -> str:
        """A digest of all that a run goes on from; empty where it has no plain form."""
        bindings, observer = now.bindings, now.observer
        names = (bindings.story, bindings.tasks, bindings.addresses, bindings.files)
        expected = observer.contents.key if isinstance(observer, Shadow) else None
        try:
            said = Plain().text((*names, bindings.held_at, expected))
        except TypeError:
            return ""
        digest = blake2b(now.digest() + now.block.counters_of(now.state), digest_size=16)
        digest.update(said.encode())
        return digest.hexdigest()

    def is_worth_a_look(self, path: Path, sites: frozenset[int], key: Callable[[], bytes]) -> bool:
        """Is this pair of states new, and one of the first that came about like this?

        Alike: same set-up, last action and rules that answered otherwise, as many actions.
        """
        alike = (path.setup.name, len(path.actions), path.last, *sorted(sites))
        self._probed[alike] += 1
        if self._probed[alike] > PROBED_ALIKE:
            return False
        known = len(self._looked)
        self._looked.add(key())
        return len(self._looked) > known

    def as_before(self, after: Snapshot) -> Snapshot:
        """The same state for the before kernel, in a block of its own."""
        sizes = after.block.sizes
        key = tuple(sizes.values())
        if key not in self._blocks:
            self._blocks[key] = Block(sizes)
        return replace(after, block=self._blocks[key])
