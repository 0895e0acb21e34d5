# SPDX-License-Identifier: GPL-2.0-or-later
"""Which built-in record is nearest to a source tree: by its call sites, never by a number alone.

Where two records agree with as many calls (v6.12 and v6.18 look most pages up alike) what the
Makefile says of the version decides between them, and that is told.
"""

import re
from dataclasses import dataclass
from typing import Final

from linuxmm.kernels import load
from linuxmm.kernels.load import short_names
from linuxmm.review.sites import compare
from linuxmm.review.tree import Extract, Tree

ALIKE: Final = 0.95  # of the best share: as near, as far as call sites tell
_VERSION: Final = re.compile(r"^(VERSION|PATCHLEVEL)\s*=\s*(\d{1,3})\s*$", re.M)


@dataclass(frozen=True)
class Nearest:
    """The record that agrees with most calls of a tree: `same` of the calls that it speaks of.

    `alike`: others that are as near; `by`: the version that chose between them, empty where none
    did.
    """

    kernel: str
    same: int
    calls: int
    alike: tuple[str, ...] = ()
    by: str = ""

    @property
    def share(self) -> float:
        return self.same / self.calls if self.calls else 0.0

    def text(self) -> str:
        """One sentence."""
        told = f"{self.same} of {self.calls} calls as it says"
        if self.alike:
            told += f", {' and '.join(self.alike)} as near; "
            told += f"the Makefile says {self.by}" if self.by else "the newest of these"
        return f"nearest record: {self.kernel} ({told}); --kernel {self.kernel} compares"

    def as_json(self) -> dict[str, object]:
        """The same for a program."""
        return {
            "kernel": self.kernel,
            "same": self.same,
            "calls": self.calls,
            "alike": list(self.alike),
            "by": self.by,
        }


def nearest_record(found: Extract, tree: Tree) -> Nearest | None:
    """The built-in record nearest to a tree; None: not one call is as any of them says."""
    every = [_agreement(name, found, tree) for name in short_names()]
    best = max(one.share for one in every)
    near = [one for one in every if best and one.share >= ALIKE * best]
    if not near:
        return None
    version = _version(tree)
    named = [one for one in near if version and f" {version}." in load(one.kernel).source]
    chosen = (named or near)[-1]
    alike = tuple(one.kernel for one in near if one is not chosen)
    by = version if named and alike else ""
    return Nearest(chosen.kernel, chosen.same, chosen.calls, alike, by)


def _agreement(name: str, found: Extract, tree: Tree) -> Nearest:
    """How many of the calls that could be read one record has as they are."""
    told = [match for match in compare(found, load(name), tree) if match.verdict != "unread"]
    return Nearest(name, sum(match.verdict in ("same", "body") for match in told), len(told))


def _version(tree: Tree) -> str:
    """What the Makefile of a tree says: "6.12"; empty where it says nothing."""
    numbers = dict(_VERSION.findall(tree.text("Makefile") or ""))
    return ".".join(numbers.values()) if len(numbers) == 2 else ""
