# SPDX-License-Identifier: GPL-2.0-or-later
"""Two kernels that are compared, their rules compiled once."""

from dataclasses import dataclass
from functools import cached_property

from linuxmm.explore.watch import WatchedRules, watched_rules
from linuxmm.kernels import Kernel
from linuxmm.kernels.compile import compile_rules
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
    def _by_words(self) -> bool:
        """Do steps part whose words only one of the two knows?  No rule is read for that."""
        return (self.before.foll, self.before.flags) != (self.after.foll, self.after.flags)

    def may_part(self, diverged: bool) -> bool:
        """May a step have another outcome on either side?  `diverged`: it read what differs."""
        return self.before is not self.after and (diverged or self._by_words)
