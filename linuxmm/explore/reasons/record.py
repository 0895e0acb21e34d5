# SPDX-License-Identifier: GPL-2.0-or-later
"""Why edits of some places of kernel C cannot be noticed: one record each.

A reason names a function and words of its text, never a line number.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from linuxmm.source.edits import BEHIND, ELSE, Edit

EVERYWHERE: Final = ("*",)


@dataclass(frozen=True)
class Reason:
    """Why edits of these places cannot be noticed, and where the kernel or the model says so.

    `functions`: any of these, `text` one of the lines, `kind`, all may hold `*`; `within` is asked
    of every condition that holds where the edit is (`else of ...`: of one that does not), and with
    a `*` in front of the line itself.  `unless`: of no such edit, as
    `within` has them: a condition, `else of ...`, `behind ...` one that goes elsewhere, a label.
    """

    functions: tuple[str, ...]
    why: str
    source: str
    text: str = "*"
    kind: str = "*"
    within: str = ""
    unless: str = ""

    def names(self, edit: Edit, line: str) -> bool:
        """Is this edit of that line one of those?"""
        return (
            any(fnmatchcase(edit.place, function) for function in self.functions)
            and fnmatchcase(edit.kind, self.kind)
            and fnmatchcase(line, self.text)
            and (not self.within or self.is_around(edit) or self._is_asked(line))
            and not (self.unless and any(fnmatchcase(one, self.unless) for one in edit.within))
        )

    def is_around(self, edit: Edit) -> bool:
        """Does the edit stand where the condition holds?"""
        return any(
            fnmatchcase(one, self.within) for one in edit.within if _word(one) == _word(self.within)
        )

    def _is_asked(self, line: str) -> bool:
        return self.within.startswith("*") and fnmatchcase(line, self.within)


def _word(around: str) -> str:
    """What stands before a condition, if it is not one that holds."""
    return next((word for word in (ELSE, BEHIND) if around.startswith(word)), "")


def within(why: str, source: str, *conditions: str) -> tuple[Reason, ...]:
    """One reason for whatever stands under one of these conditions, or asks it, anywhere."""
    return tuple(Reason(EVERYWHERE, why, source, within=condition) for condition in conditions)


def inside(function: str, why: str, source: str, *conditions: str) -> tuple[Reason, ...]:
    """One reason for whatever stands under one of these conditions of a function, or asks it."""
    return tuple(Reason((function,), why, source, within=condition) for condition in conditions)


def lines(function: str, why: str, source: str, *texts: str, kind: str = "*") -> tuple[Reason, ...]:
    """One reason for these lines of a function."""
    return tuple(Reason((function,), why, source, text=text, kind=kind) for text in texts)
