# SPDX-License-Identifier: GPL-2.0-or-later
"""Edits of kernel C that nothing can notice here, each with the reason.

A reason names a function and words of its text, never a line number.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from linuxmm.source.edits import Edit


@dataclass(frozen=True)
class Reason:
    """Why edits of these places cannot be noticed, and where the kernel or the model says so.

    `function`, `old`, `new`, `kind`, `within` may hold `*`; `within` is asked of every condition
    around the edit.
    """

    function: str
    why: str
    source: str
    old: str = "*"
    new: str = "*"
    kind: str = "*"
    within: str = ""

    def names(self, edit: Edit) -> bool:
        """Is this edit one of those?"""
        return (
            fnmatchcase(edit.place, self.function)
            and fnmatchcase(edit.kind, self.kind)
            and fnmatchcase(edit.old, self.old)
            and fnmatchcase(edit.new, self.new)
            and (not self.within or any(fnmatchcase(c, self.within) for c in edit.within))
        )


REASONS: Final[tuple[Reason, ...]] = ()


def reason_of(edit: Edit) -> Reason | None:
    """The reason listed for this edit."""
    return next((reason for reason in REASONS if reason.names(edit)), None)
