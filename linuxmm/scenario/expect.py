# SPDX-License-Identifier: GPL-2.0-or-later
"""Does an outcome match what a scenario expects: None, or a Mismatch that says where.

An outcome may hold sets (where a kernel is free, or the model does not know): it matches when
every value it allows is allowed by the pattern.  ``possible`` asks the weaker question of
``exists:``: could the outcome be one that the pattern describes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from linuxmm.scenario.outcome import (
    AnyOf,
    Anything,
    Atom,
    Fields,
    Flags,
    PerPage,
    Result,
    Signal,
    Single,
    StepOutcome,
)
from linuxmm.scenario.tree import Condition, EventPattern, Expectation, Pattern, Scenario

Fits = Callable[[Atom, Atom], bool]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An expectation that an outcome does not meet: where, what was expected, what was found."""

    line: int
    address: str
    expected: str
    found: str
    why: str

    def text(self) -> str:
        where = f"line {self.line}: {self.address}"
        return f"{where}: expected {self.expected}, got {self.found}: {self.why}"


# --- atoms ------------------------------------------------------------------------------------


def _options(atom: Atom) -> tuple[Atom, ...]:
    return atom.options if isinstance(atom, AnyOf) else (atom,)


def _same(wanted: Atom, found: Atom) -> bool:
    """One plain pattern atom and one plain outcome atom."""
    if isinstance(wanted, Anything):
        return True
    if isinstance(wanted, Flags) and isinstance(found, Flags) and wanted.open:
        return set(wanted.names) <= set(found.names)
    if isinstance(wanted, Signal) and isinstance(found, Signal) and wanted.page < 0:
        return wanted.name == found.name
    return wanted == found


def atom_matches(wanted: Atom, found: Atom) -> bool:
    """Every value that ``found`` allows is one that ``wanted`` allows."""
    return all(any(_same(w, f) for w in _options(wanted)) for f in _options(found))


def atom_possible(wanted: Atom, found: Atom) -> bool:
    """Some value that ``found`` allows is one that ``wanted`` allows."""
    return any(_same(w, f) for w in _options(wanted) for f in _options(found))


# --- results ----------------------------------------------------------------------------------


def _paired(wanted: PerPage, found: PerPage) -> Iterator[tuple[int, Atom, Atom]]:
    """Both rows side by side, one triple (first page, wanted, found) per stretch of equals."""
    i = j = at = 0
    left = wanted.runs[0][1] if wanted.runs else 0
    right = found.runs[0][1] if found.runs else 0
    while i < len(wanted.runs) and j < len(found.runs):
        step = min(left, right)
        yield at, wanted.runs[i][0], found.runs[j][0]
        at, left, right = at + step, left - step, right - step
        if left == 0:
            i += 1
            left = wanted.runs[i][1] if i < len(wanted.runs) else 0
        if right == 0:
            j += 1
            right = found.runs[j][1] if j < len(found.runs) else 0


def _pages_differ(wanted: PerPage, found: PerPage, fits: Fits) -> str:
    """The first page that differs, in words; empty when none does."""
    if not fits(wanted.ret, found.ret):
        return f"the call returned {found.ret.text()}, not {wanted.ret.text()}"
    if wanted.nr_pages() != found.nr_pages():
        return f"{found.nr_pages()} pages instead of {wanted.nr_pages()}"
    for at, want, have in _paired(wanted, found):
        if not fits(want, have):
            return f"page {at} is {have.text()}, not {want.text()}"
    return ""


def _fields_differ(wanted: Fields, found: Fields, fits: Fits) -> str:
    """The first field that differs, in words; without ``...`` there may be no other field."""
    for key, want in wanted.items:
        have = found.get(key)
        if have is None:
            return f"there is no {key}"
        if not fits(want, have):
            return f"{key} is {have.text()}, not {want.text()}"
    if not wanted.open:
        for key, have in found.items:
            if wanted.get(key) is None:
                return f"{key}={have.text()} was not expected"
    return ""


def _differs(wanted: Result, found: Result, fits: Fits) -> str:
    """Why the result is not the wanted one; empty when it is."""
    if isinstance(wanted, Single) and isinstance(wanted.atom, Anything):
        return ""
    if isinstance(wanted, PerPage) and isinstance(found, PerPage):
        return _pages_differ(wanted, found, fits)
    if isinstance(wanted, Fields) and isinstance(found, Fields):
        return _fields_differ(wanted, found, fits)
    if isinstance(wanted, Single) and isinstance(found, Single) and fits(wanted.atom, found.atom):
        return ""
    return f"it is {found.text()}"


def _event_differs(wanted: EventPattern, names: Sequence[str]) -> str:
    """Why the logged events are not the wanted ones; empty when they are."""
    if wanted.name == "none":
        return f"the kernel logged {names[0]}" if names else ""
    count = names.count(wanted.name)
    if wanted.count < 0:
        return "" if count else f"the kernel did not log {wanted.name}"
    return "" if count == wanted.count else f"the kernel logged {wanted.name} {count} times"


def _pattern_differs(pattern: Pattern, outcome: StepOutcome, fits: Fits) -> str:
    """Why the step's outcome is not what the pattern describes; empty when it is."""
    reasons = [_differs(wanted, outcome.result, fits) for wanted in pattern.results]
    if reasons and "" not in reasons:
        return reasons[0]
    names = [event.name for event in outcome.events]
    return next((why for e in pattern.events if (why := _event_differs(e, names))), "")


def match(expectation: Expectation, outcome: StepOutcome) -> Mismatch | None:
    """None when every outcome that is possible here is one that the expectation allows."""
    why = _pattern_differs(expectation.pattern, outcome, atom_matches)
    return _mismatch(expectation, outcome, why) if why else None


def possible(expectation: Expectation, outcome: StepOutcome) -> bool:
    """Could the outcome be one that the expectation describes."""
    return not _pattern_differs(expectation.pattern, outcome, atom_possible)


def _mismatch(expectation: Expectation, outcome: StepOutcome, why: str) -> Mismatch:
    return Mismatch(
        expectation.line, expectation.address, expectation.pattern.text(), outcome.text(), why
    )


# --- whole scenarios --------------------------------------------------------------------------


def check(
    scenario: Scenario, kernel_names: Iterable[str], outcomes: Sequence[StepOutcome]
) -> tuple[Mismatch, ...]:
    """Every expectation for a kernel with these names that the outcomes do not meet.

    All blocks that name the kernel count, and those for ``*``.  ``outcomes`` stand in the order
    of the steps; a run that ended early has fewer, and what expects more is a mismatch.
    """
    names = {"*", *kernel_names}
    found: list[Mismatch] = []
    for block in scenario.expects:
        if block.kernel not in names:
            continue
        for expectation in block.expectations:
            if expectation.step >= len(outcomes):
                found.append(_not_reached(expectation))
                continue
            mismatch = match(expectation, outcomes[expectation.step])
            if mismatch:
                found.append(mismatch)
    return tuple(found)


def _not_reached(expectation: Expectation) -> Mismatch:
    return Mismatch(
        expectation.line,
        expectation.address,
        expectation.pattern.text(),
        "nothing",
        "the step was not reached",
    )


def happened(
    condition: Condition, outcomes: Sequence[StepOutcome], broken: Iterable[str] = ()
) -> bool:
    """Does a condition of ``never:`` or ``exists:`` hold somewhere in a run.

    ``broken``: the ids of the invariants that broke.  An id means an event that a step logged or
    an invariant that broke; an expectation means its step, as ``possible`` answers.
    """
    expectation = condition.expectation
    if expectation is not None:
        return expectation.step < len(outcomes) and possible(
            expectation, outcomes[expectation.step]
        )
    logged = any(e.name == condition.id for outcome in outcomes for e in outcome.events)
    return logged or condition.id in set(broken)
