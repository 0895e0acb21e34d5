# SPDX-License-Identifier: GPL-2.0-or-later
"""Two kernels that are compared, their rules compiled once."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from linuxmm.explore.watch import WatchedRules, watched_rules
from linuxmm.kernels import Kernel
from linuxmm.kernels.compile import compile_rules
from linuxmm.scenario.tree import Step
from linuxmm.state.rules import Rules


@dataclass(frozen=True)
class KernelPair:
    """The kernel before and the one after, which knows the first as its rival."""

    before: Kernel
    after: Kernel
    before_rules: Rules
    after_rules: WatchedRules

    @staticmethod
    def of(before: Kernel, after: Kernel) -> "KernelPair":
        return KernelPair(before, after, compile_rules(before), watched_rules(after, before))

    @staticmethod
    def walked(kernel: Kernel, rival: Kernel) -> "KernelPair":
        """One kernel on both sides, which notes what it asks that a rival has otherwise."""
        return KernelPair(kernel, kernel, compile_rules(kernel), watched_rules(kernel, rival))

    @cached_property
    def _apart(self) -> frozenset[str]:
        """The words that only one of the two knows: for steps that say one no rule is read."""
        before, after = ({*dict(one.foll), *one.flags} for one in (self.before, self.after))
        return frozenset(before ^ after)

    def may_part(self, diverged: bool, steps: Iterable[Step]) -> bool:
        """May the steps have another outcome on either side?  `diverged`: they asked for one."""
        if self.before is self.after:
            return False
        return diverged or any(not self._apart.isdisjoint(step.words) for step in steps)
