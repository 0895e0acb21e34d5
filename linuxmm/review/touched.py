# SPDX-License-Identifier: GPL-2.0-or-later
"""What became of each function that a patch touches: executed, not reached, or why not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from linuxmm.explore.difference import Found
    from linuxmm.source.execute import Version
    from linuxmm.source.marked import Marks
    from linuxmm.source.tree import SourceTree

EXECUTED: Final = "executed"
PARTLY: Final = "partly reached"  # executed, and not all of what changes
UNREACHED: Final = "not reached"
STOPS: Final = "stops"  # it comes to what cannot be translated, or is not modelled
SAME: Final = "not in the model"  # another C text, the same translation
REWORDED: Final = "the same"  # another C text that says the same, whole in its translation
ALONE: Final = "not executed"  # nothing that runs as text comes to it
ELSEWHERE: Final = "in part"  # runs as text, and the model has a transcription of it besides
EARNED: Final = "same"  # the verdict: all that changes ran on both sides, and nothing differed
STATUSES: Final[dict[str, str]] = {
    EXECUTED: "its text ran before and after, and all that changes was reached",
    PARTLY: "its text ran, some of what changes was never reached",
    UNREACHED: "it runs as text, nothing that the search tries comes to what changes",
    STOPS: "it comes to what cannot be translated or is not modelled",
    SAME: "what changes is a constant, or nothing, in the model",
    REWORDED: "what changes says the same in other words",
    ALONE: "no function that runs as text comes to it",
    ELSEWHERE: "it runs as text, the model's own transcription of it besides does not change",
}


@dataclass(frozen=True)
class Touched:
    """A function that the patch changes, as far as is known before anything is run.

    status: "" where the search has to tell; runs_in: the functions with a twin that come to it;
    places: numbers of the changed places (`source/marked.py`); stops: sentences, with file and
    line, of what of it cannot be translated; read: all that changes in it was read as rules.
    """

    path: str
    name: str
    status: str = ""
    why: str = ""
    runs_in: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    stops: tuple[str, ...] = ()
    read: bool = False

    @property
    def place(self) -> str:
        return f"{self.path}:{self.name}"


@dataclass(frozen=True)
class Function:
    """A function that the patch changes and what became of it: a word of `STATUSES`."""

    place: str
    status: str
    why: str = ""
    runs_in: tuple[str, ...] = ()
    reached: int = 0  # of `places` changed ones
    places: int = 0
    missed: tuple[str, ...] = ()  # lines of the patch, in words, that were not
    read: bool = False  # as rules, all that changes in it

    @property
    def is_judged(self) -> bool:
        """Did all that changes in it run on both sides, says the same, or is judged as rules?"""
        return self.read or self.status in (EXECUTED, REWORDED)

    def text(self) -> str:
        """What became of it, as a person reads it."""
        words = self.status
        if self.read and self.status in (EXECUTED, PARTLY):
            return "read as rules; its text ran beside them"
        if self.read:
            words = f"read as rules; {words}"
        elif self.status in (EXECUTED, PARTLY) and self.places:
            words = f"executed, {self.reached} of {self.places} changed places reached"
            words += f" (not: {'; '.join(self.missed[:4])})" if self.missed else ""
        within = [name for name in self.runs_in if name != self.place]
        if within and self.status not in (ALONE, SAME, REWORDED):
            names = ", ".join(name.partition(":")[2] for name in within[:3])
            more = f" and {len(within) - 3} more" if len(within) > 3 else ""
            words += f", in {names}{more}"
        return f"{words}: {self.why}" if self.why else words


@dataclass(frozen=True, eq=False)
class Execution:
    """The texts of a patch: translated, with what is known of them before they run.

    read: functions with a twin (file:name) whose change was read as rules as well; run: the
    others.  `code`: path, header and line of the hunks that change code; `hunks`: path and header
    of each, where there are several -> the tree with that hunk alone.
    """

    functions: tuple[Touched, ...]
    before: "Mapping[str, Version]"
    after: "Mapping[str, Version]"
    read: frozenset[str]
    run: frozenset[str]
    marks: "Marks"
    code: tuple[tuple[str, str, int], ...]
    hunks: "Mapping[tuple[str, str], SourceTree]"
    lines: "Mapping[int, tuple[int, ...]]"  # of a changed place: lines of the patch it may be
    touched: frozenset[str] = frozenset()  # names that are executed whatever the border says


def became(execution: Execution, seen: set[int], found: "Found | None") -> tuple[Function, ...]:
    """What became of each function, given the places reached and what was not modelled."""
    lost: dict[str, int] = dict(found.bounds.not_modelled) if found is not None else {}
    return tuple(_became(execution, one, seen, lost) for one in execution.functions)


def _became(
    execution: Execution, one: Touched, seen: set[int], lost: Mapping[str, int]
) -> Function:
    reached = len(seen & {*one.places})
    head = f"{one.path}:"
    met = [why for why in lost if why.startswith(head) and f": {one.name}: " in why]
    if one.status:
        status, why = one.status, one.why
    elif one.stops or met:
        status, why = STOPS, "; ".join(dict.fromkeys((*met, *one.stops)))
    elif not reached:
        status, why = UNREACHED, "nothing that the search tries comes to what changes"
    else:
        status, why = (EXECUTED, "") if reached == len(one.places) else (PARTLY, "")
    missed = _missed(execution, one, seen) if status == PARTLY else ()
    return Function(one.place, status, why, one.runs_in, reached, len(one.places), missed, one.read)


def _missed(execution: Execution, one: Touched, seen: set[int]) -> tuple[str, ...]:
    """What of a function was not reached: lines of the patch and the way of a condition."""
    found: dict[str, None] = {}
    for number in sorted({*one.places} - seen):
        place = execution.marks.places[number]
        lines = execution.lines.get(number, ())
        where = f"line {' or '.join(map(str, lines))} of the patch" if lines else place.side
        part = " a part of it" if place.part else ""
        found[f"{where},{part} never {place.way}" if place.way else where] = None
    return tuple(found)
