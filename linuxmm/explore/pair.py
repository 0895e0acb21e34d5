# SPDX-License-Identifier: GPL-2.0-or-later
"""Two kernels that are compared, their rules compiled once."""

from dataclasses import dataclass

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
