"""Outcomes as JSON and back without loss: what travels between a guest and its host."""

from typing import Any

from linuxmm.scenario.outcome import (
    AnyOf,
    Anything,
    Atom,
    Errno,
    Event,
    Fields,
    Flags,
    PageState,
    PageView,
    PerPage,
    Result,
    Signal,
    Single,
    StepOutcome,
    Value,
    Word,
)
from linuxmm.scenario.tree import Step
from linuxmm.validate.host import PageRow, Played

ATOMS = {
    kind.__name__: kind for kind in (Value, Errno, Signal, Word, Flags, PageView, AnyOf, Anything)
}


def _atom(atom: Atom) -> list[Any]:
    if isinstance(atom, AnyOf):
        return ["AnyOf", [_atom(option) for option in atom.options]]
    return [type(atom).__name__, *(getattr(atom, name) for name in type(atom).__slots__)]


def _read_atom(data: list[Any]) -> Atom:
    kind, *values = data
    if kind == "AnyOf":
        return AnyOf(tuple(_read_atom(option) for option in values[0]))
    if kind == "Flags":
        return Flags(tuple(values[0]), values[1])
    atom: Atom = ATOMS[kind](*values)
    return atom


def _result(result: Result) -> list[Any]:
    if isinstance(result, Single):
        return ["Single", _atom(result.atom)]
    if isinstance(result, PerPage):
        return ["PerPage", [[_atom(a), n] for a, n in result.runs], _atom(result.ret)]
    return ["Fields", [[key, _atom(atom)] for key, atom in result.items]]


def _read_result(data: list[Any]) -> Result:
    kind, *values = data
    if kind == "Single":
        return Single(_read_atom(values[0]))
    if kind == "PerPage":
        return PerPage(tuple((_read_atom(a), n) for a, n in values[0]), _read_atom(values[1]))
    return Fields(tuple((key, _read_atom(atom)) for key, atom in values[0]))


def write_outcome(outcome: StepOutcome) -> list[Any]:
    """A step's outcome as plain lists."""
    return [
        outcome.line, outcome.actor, outcome.verb, outcome.label, _result(outcome.result),
        [[e.name, e.site, e.pfn, e.address, e.text] for e in outcome.events],
        [write_page(page) for page in outcome.pages],
    ]  # fmt: skip


def read_outcome(data: list[Any]) -> StepOutcome:
    """The outcome again."""
    line, actor, verb, label, result, events, pages = data
    return StepOutcome(
        line,
        actor,
        verb,
        label,
        _read_result(result),
        tuple(Event(*event) for event in events),
        tuple(read_page(page) for page in pages),
    )


def write_played(played: Played) -> list[Any]:
    """A step's outcome and the pages after it."""
    rows = [[r.process, r.name, r.letters, r.frames] for r in played.pages]
    return [write_outcome(played.outcome), rows]


def read_played(step: Step, data: list[Any]) -> Played:
    """The same for the step that it belongs to."""
    rows = (PageRow(p, n, tuple(letters), tuple(frames)) for p, n, letters, frames in data[1])
    return Played(step, read_outcome(data[0]), tuple(rows))


def write_page(page: PageState) -> list[Any]:
    return [getattr(page, name) for name in PageState.__slots__]


def read_page(data: list[Any]) -> PageState:
    process, name, index, pte, pfn, kind, refcount, mapcount, flags = data
    return PageState(process, name, index, pte, pfn, kind, refcount, mapcount, tuple(flags))
