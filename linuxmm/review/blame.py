# SPDX-License-Identifier: GPL-2.0-or-later
"""Which hunks of a function's change show a finding by themselves: each is made alone and tried.

For text that runs; of rules the parts are sites and lookups already (`units.py`).
"""

from dataclasses import replace
from typing import Final

from linuxmm.explore.pair import KernelPair
from linuxmm.explore.replay import try_observe
from linuxmm.kernels import Kernel
from linuxmm.review.findings import Finding
from linuxmm.review.touched import Execution
from linuxmm.source.execute import Executed, Version, translated
from linuxmm.source.tree import SourceTree
from linuxmm.source.twins import TWINS

MAX_HUNKS: Final = 12  # more are not tried one by one


class Blame:
    """The hunks of one patch, each translated once, alone, when a finding asks for it."""

    def __init__(self, execution: Execution, before: Kernel) -> None:
        self.execution, self.before = execution, before
        self._alone: dict[tuple[str, str], dict[str, Version]] = {}

    def of(self, finding: Finding) -> Finding:
        """The finding with the hunks that show it alone; the only hunk, where there is one."""
        places = frozenset(finding.cause) & self.execution.run
        if not places:
            return finding
        hunks = self.execution.code
        if len(hunks) == 1:
            return replace(finding, hunks=tuple(map(_text, hunks)))
        if len(hunks) > MAX_HUNKS:
            return finding
        shown = [hunk for hunk in hunks if self._shows(hunk, places, finding)]
        return replace(finding, hunks=tuple(map(_text, shown)))

    def _shows(self, hunk: tuple[str, str, int], places: frozenset[str], finding: Finding) -> bool:
        """Does the witness show the same with this hunk made and none of the others?"""
        versions = {
            place: version
            for place, version in self._translated(hunk[:2]).items()
            if place in places and version.text != self.execution.before[place].text
        }
        if not versions or self.before.text is None:
            return False
        text = self.before.text.with_(Executed(versions), versions)
        pair = KernelPair.of(self.before, self.before.replace(text=text))
        last = len(finding.witness.steps) - 1
        return any(
            (one.step, one.side, one.what) == (last, finding.side, finding.what)
            for one in try_observe(finding.witness, pair)
        )

    def _translated(self, key: tuple[str, str]) -> dict[str, Version]:
        if key not in self._alone:
            tree: SourceTree = self.execution.hunks[key]
            twins = [twin for twin in TWINS if twin.place in self.execution.run]
            self._alone[key] = translated(tree, self.execution.touched, twins)
        return self._alone[key]


def _text(hunk: tuple[str, str, int]) -> str:
    path, header, line = hunk
    head = header.split(" @@")[0].removeprefix("@@ ")
    return f"{path} @@ {head} @@ (line {line})"
