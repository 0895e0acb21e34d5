# SPDX-License-Identifier: GPL-2.0-or-later
"""What a machine that is held from Python remembers: names, the steps made, promises broken."""

from dataclasses import dataclass

from linuxmm.errors import InputError
from linuxmm.machine import Machine
from linuxmm.play.bindings import Bindings
from linuxmm.play.machine_of import machine_block
from linuxmm.play.page_state import all_pages
from linuxmm.play.run import Promises
from linuxmm.play.steps_on_model import OnModel
from linuxmm.promises.record import Key, Violation
from linuxmm.scenario.format import step_text
from linuxmm.scenario.lines import Line, Place
from linuxmm.scenario.names import Names
from linuxmm.scenario.outcome import PageState, StepOutcome, page_table
from linuxmm.scenario.steps import parse_step
from linuxmm.scenario.tree import Machine as MachineBlock
from linuxmm.scenario.tree import Scenario, Step


@dataclass(frozen=True)
class Broken:
    """A promise that a step broke: the number of the step, from 1, and its text."""

    step: int
    text: str
    violation: Violation

    def __str__(self) -> str:
        v = self.violation
        kind = f" ({v.page_kind})" if v.page_kind else ""
        site = f" at {v.site}" if v.site else ""
        return f"step {self.step}, {self.text}: breaks {v.invariant}{kind}: {v.text}{site}"


class Session:
    """The names of one machine: turns calls into steps, keeps those that were made.

    After every step all promises are looked at; `broken` has those that do not hold, each with
    the step at which it first broke.
    """

    def __init__(self, machine: Machine, block: MachineBlock | None = None) -> None:
        self.block = block or machine_block(machine.spec)
        self.names = Names(self.block)
        bindings = Bindings(
            self.block, {r.name: row for row, r in enumerate(machine.spec.ranges, 1)}
        )
        self.model = OnModel(machine, bindings, with_pages=True)
        self.steps: list[Step] = []
        self.broken: list[Broken] = []
        self._promises = Promises(self.model)
        self._known: set[Key] = set()
        self._spawned = 0
        self._named = 0

    def spawn(self) -> str:
        """A process that no other has forked; the first is P0."""
        name = "P0"
        if self._spawned:
            name = self.new_process()
            self.names.story = self.names.story.with_process(name)
        self._spawned += 1
        self.model.spawn(name)
        return name

    def new_process(self) -> str:
        """A process that there is not yet."""
        return f"P{len(self.names.story.processes)}"

    def new_name(self, first: str) -> str:
        """A name that nothing has yet: m1, f2, h3."""
        self._named += 1
        return f"{first}{self._named}"

    def do(self, actor: str, verb: str, *words: object, name: str = "") -> StepOutcome:
        """Make one step, written as in a scenario."""
        said = [f"{actor}:"] if actor else []
        said += [name, "="] if name else []
        text = " ".join([*said, verb, *(str(word) for word in words if word is not None)])
        number = len(self.steps) + 1
        step = parse_step(Line(number, True, text), self.names, Place("<python>", number))
        outcome = self.model.step(step)
        self.steps.append(step)
        for violation in self._promises.broken():
            if violation.key not in self._known:
                self._known.add(violation.key)
                self.broken.append(Broken(number, step_text(step), violation))
        return outcome

    # --- what there is now ---
    def pages(self) -> list[PageState]:
        """Every page that a process has mapped."""
        return all_pages(self.model.machine, self.model.bindings)

    def mappings(self, process: str) -> dict[str, int]:
        """The mappings of a process by name, and how many pages each has."""
        return {
            extent.name: extent.nr_pages
            for extent in self.model.bindings.story.extents()
            if extent.process == process
        }

    def pages_html(self, process: str = "") -> str:
        """The pages of a process, or of all, for a notebook."""
        return page_table([p for p in self.pages() if process in ("", p.process)])

    # --- what was done ---
    def scenario(self, name: str = "from-python", intent: str = "Made from Python.") -> Scenario:
        """The steps so far as a scenario."""
        if self._spawned > 1:
            raise InputError("a scenario has one process that is not forked from another")
        return Scenario(name, intent, self.block, tuple(self.steps))

    def text(self) -> str:
        """The steps so far as the text of a scenario, to keep in a file."""
        from linuxmm.scenario.format import format_scenario

        return format_scenario(self.scenario())
