# SPDX-License-Identifier: GPL-2.0-or-later
"""Looking: what does the state that a step has just made break, and what did the step itself?

Events and results of the step are still readable then.  Checks that only hold with the per-CPU
batches emptied work on a drained copy.  Contents and answers (of pins, of reports) are checked
when the machine carries a shadow (`shadow.py:watch`).
"""

from collections.abc import Callable
from typing import Final

from linuxmm.kernels import Kernel
from linuxmm.machine import Machine
from linuxmm.mm.swap import lru_add_drain_all
from linuxmm.promises import PROMISES
from linuxmm.promises.census import Census, Entries
from linuxmm.promises.record import Violation
from linuxmm.promises.shadow import Shadow
from linuxmm.state.constants import EVENT_NAMES
from linuxmm.state.layout import MIGRATE_PHASE, NR_EVENTS, State
from linuxmm.state.rules import Rules

_ALL: Final = tuple(PROMISES.values())
_LOGGED: Final = {code: (p, check) for p in _ALL for code, check in p.logged.items()}
_MARKS: Final = tuple((mark, p, fault) for p in _ALL for mark, fault in p.marks.items())
_STATE: Final = tuple((p, p.state) for p in _ALL if p.state)
_CONTENTS: Final = tuple((p, p.contents) for p in _ALL if p.contents)
_ANSWERS: Final = {op: (p, p.answer) for p in _ALL if p.answer for op in p.answers}
_DRAINED: Final = tuple((p, p.drained) for p in _ALL if p.drained)

# The events that a promise speaks of, by name; the counters that promises look at.
PROMISED_EVENTS: Final = tuple(EVENT_NAMES[code] for code in _LOGGED)
COUNTERS: Final = tuple(counter for p in _ALL for counter in p.counters)


def check(machine: Machine) -> list[Violation]:
    """Every promise that the last step, or the state after it, breaks."""
    return check_step(machine.block.m) + check_settled(machine)


def check_step(m: State) -> list[Violation]:
    """What the last operation broke: what it logged, and what the core noted of it."""
    found = []
    for event in range(m.scratch[NR_EVENTS]):
        if m.event_code[event] in _LOGGED:
            promise, logged = _LOGGED[m.event_code[event]]
            found.append(promise.violation(logged(m, event), lasting=False))
    for mark, promise, fault in _MARKS:
        if m.scratch[mark]:
            found.append(promise.violation(fault, lasting=False))
    return found


def check_settled(machine: Machine) -> list[Violation]:
    """Every promise about the state itself and the last answer, what was logged left aside."""
    m, k = machine.block.m, machine.k
    census = Census(m, k)
    found = [p.violation(fault, True) for p, look in _STATE for fault in look(m, k, census)]
    return found + _as_written(machine, census) + _check_drained(machine, census)


def check_written(machine: Machine) -> list[Violation]:
    """The same where the state alone is known to break nothing: what is left are contents."""
    return _as_written(machine, Entries(machine.block.m, machine.k))


def _as_written(machine: Machine, entries: Entries) -> list[Violation]:
    """Promises that need to know what was written, and the last answer."""
    m, k, shadow = machine.block.m, machine.k, machine.observer
    if not isinstance(shadow, Shadow):
        return []
    found = [
        p.violation(fault, True)
        for p, compare in _CONTENTS
        for fault in compare(m, k, entries, shadow)
    ]
    return found + _answered(m, shadow, lambda: entries)


def check_answer(machine: Machine) -> list[Violation]:
    """What the answer of the last operation breaks: a report under /proc, the result of a pin."""
    m, k, shadow = machine.block.m, machine.k, machine.observer
    return _answered(m, shadow, lambda: Entries(m, k)) if isinstance(shadow, Shadow) else []


def _answered(m: State, shadow: Shadow, entries: Callable[[], Entries]) -> list[Violation]:
    known = _ANSWERS.get(shadow.made[0])
    if known is None:
        return []
    promise, answer = known
    return [promise.violation(fault, False) for fault in answer(m, entries, shadow)]


def _check_drained(machine: Machine, census: Census) -> list[Violation]:
    """Promises that hold once the per-CPU batches are empty, looked at on a copy."""
    m, k, block = machine.block.m, machine.k, machine.block
    if m.migrate[MIGRATE_PHASE]:
        return []
    if not census.batched:
        return _drained(m, k, census)
    whole = bytes(block.data)
    lru_add_drain_all(m, k)
    found = _drained(m, k, census)
    block.view[:] = whole
    return found


def _drained(m: State, k: Rules, census: Census) -> list[Violation]:
    return [p.violation(fault, True) for p, look in _DRAINED for fault in look(m, k, census)]


def dangerous(machine: Machine) -> frozenset[str]:
    """The promises that the last step, or the state it left, could have broken.

    A promise about answers alone: only where an operation has given one.
    """
    m, shadow = machine.block.m, machine.observer
    census = Census(m, machine.k)
    made = shadow.made[0] if isinstance(shadow, Shadow) else 0
    return frozenset(
        p.id for p in _ALL if p.danger(m, census) and (p.about != ("answer",) or made in p.answers)
    )


def judged_alike(before: Kernel, after: Kernel) -> bool:
    """Do promises about states say the same under both kernels?  They ask no site."""
    return (before.behaviours, before.predicates, before.config) == (
        after.behaviours,
        after.predicates,
        after.config,
    )
