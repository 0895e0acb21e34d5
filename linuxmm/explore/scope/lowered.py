# SPDX-License-Identifier: GPL-2.0-or-later
"""The actions of a scope as operations of the core, each with what must be true before it.

Names are bound once for all states: a child has the task row that fork gives it while all before it
live, a handle its number.  What would bind a name otherwise from state to state is refused.
"""

from dataclasses import dataclass
from typing import Final

from linuxmm.errors import KernelError, ScenarioError
from linuxmm.explore.catalogue import Setup, machine_for
from linuxmm.explore.scope.record import Scope
from linuxmm.explore.walker import Walker
from linuxmm.explore.witness import Witness
from linuxmm.kernels import Kernel
from linuxmm.kernels.compile import compile_rules
from linuxmm.kernels.document import line_of
from linuxmm.play.bindings import Bindings
from linuxmm.play.lower import PREVIOUS, lower
from linuxmm.scenario.tree import Machine, Scenario, Step
from linuxmm.scenario.verbs import verb_of
from linuxmm.state.layout import NR_STACK
from linuxmm.steps.audit.census import census_words
from linuxmm.steps.facts import MOST_NUMBERS, holds
from linuxmm.steps.search import Action

REFUSED: Final = ("mapping", "file")  # what only a set-up may make


@dataclass(frozen=True)
class Lowered:
    """A scope ready to be searched: its machine after the set-up, its actions."""

    scope: Scope
    walker: Walker
    steps: tuple[Step, ...]  # of the actions
    actions: tuple[Action, ...]


def lowered(scope: Scope, kernel: Kernel) -> Lowered:
    """Make the set-up, and write the actions as operations.

    Raises: KernelError for a line that is none, or cannot be an action; NotModelled for what the
    set-up needs.
    """
    scenario, order = _scenario(scope)
    nr = len(scope.setup)
    walker = Walker(scenario.machine, kernel, compile_rules(kernel))
    for step in scenario.steps[:nr]:
        walker.run(step)
    _check_machine(scope, scenario.machine, walker)
    names = _Names(scope, walker.bindings)
    by_line = dict(zip(order, scenario.steps[nr:], strict=True))
    made = {line: names.action(line, by_line[line]) for line in order}
    steps = tuple(by_line[line] for line in scope.actions)
    return Lowered(scope, walker, steps, tuple(made[line] for line in scope.actions))


def _check_machine(scope: Scope, machine: Machine, walker: Walker) -> None:
    """No huge pages, no control groups, few pages: what an audit can be asked about."""
    pools = any(name == "vm.nr_hugepages" and number for name, number in machine.sysctls)
    refused = {
        "huge pages": machine.thp != "never" or machine.shmem != "never" or pools,
        "control groups": machine.memcg,
        "so many pages": census_words(walker.machine.block.m) > NR_STACK // 2,
    }
    for what, is_there in refused.items():
        if is_there:
            said = (
                f"a scope has a few small pages of processes in no group: {what} are not searched"
            )
            raise KernelError(said, file=scope.file, line=_line(scope, ""))


def _scenario(scope: Scope) -> tuple[Scenario, list[str]]:
    """Set-up and all actions as one long scenario, definitions first and ends last."""
    order = sorted(scope.actions, key=_rank)
    try:
        return Witness(machine_for_scope(scope), (*scope.setup, *order)).scenario, order
    except ScenarioError as error:
        every = (*scope.setup, *order)
        line = every[error.line - 1] if 0 < error.line <= len(every) else ""
        said = f'"{line}": {error.message}' if line else error.message
        raise KernelError(said, file=scope.file, line=_line(scope, line)) from None


def machine_for_scope(scope: Scope) -> tuple[str, ...]:
    """The lines of its machine."""
    setup = Setup(scope.name, "", scope.setup, scope.machine)
    return machine_for(setup, (*scope.setup, *scope.actions))


def _rank(line: str) -> int:
    """Forks, then what names something, then the rest; what gives back or ends comes last."""
    actor, _, rest = line.rpartition(": ")
    words = rest.split()
    name = words[2] if words[1:2] == ["="] and len(words) > 2 else words[0] if words else ""
    verb = verb_of(actor, name)
    if verb is None:
        return 2
    if verb.makes:
        return 0 if verb.makes == "process" else 1
    return {"handle": 3, "pages": 4, "task": 5}.get(verb.ends, 2)


def _line(scope: Scope, text: str) -> int:
    """Where the file has it; of an action that was written with braces: where actions begin."""
    key = "actions" if text in scope.actions else "setup" if text in scope.setup else "machine"
    return line_of(scope.text, (key,), text)


class _Names:
    """What the names of the actions stand for, in every state."""

    def __init__(self, scope: Scope, bindings: Bindings) -> None:
        self.scope, self.bindings = scope, bindings

    def action(self, line: str, step: Step) -> Action:
        """The step as an action; its name is known from here on."""
        self._check(line, step)
        operations = lower(step, self.bindings)
        rows = tuple(tuple(op) for op in operations)
        if not rows or any(PREVIOUS in row for row in rows):
            raise self._error(line, "cannot be an action: what it makes is made in the set-up")
        needs = {self.bindings.tasks[name] for name in step.needs}
        without = set[int]()
        ret, record = 0, step.record
        if record.makes == "process":
            ret = 1 + max(self.bindings.tasks.values())
            needs |= set(self.bindings.tasks.values())
            without.add(ret)
        elif record.makes == "handle":
            without.add(self._handle(line, self.bindings.story.next_handle))
        elif step.target and step.target.kind == "handle":
            needs.add(self._handle(line, self.bindings.held(step.target)[0]))
        if max((self.bindings.tasks.values()), default=0) + 1 >= MOST_NUMBERS:
            raise self._error(line, f"more than {MOST_NUMBERS} processes")
        if record.makes:
            self.bindings = self.bindings.after(step, ret)
        return Action(rows, frozenset(needs), frozenset(without))

    def _handle(self, line: str, handle: int) -> int:
        """The fact that the handle holds something."""
        if handle >= MOST_NUMBERS:
            raise self._error(line, f"more than {MOST_NUMBERS} handles")
        return holds(handle)

    def _check(self, line: str, step: Step) -> None:
        record = step.record
        if "." in step.actor:
            raise self._error(line, "a thread cannot make an action of a scope")
        if record.makes in REFUSED:
            raise self._error(line, f"a {record.makes} is made in the set-up of a scope")
        if record.phase:
            raise self._error(line, "a migration in phases cannot be an action of a scope")

    def _error(self, line: str, why: str) -> KernelError:
        return KernelError(f'"{line}": {why}', file=self.scope.file, line=_line(self.scope, line))
