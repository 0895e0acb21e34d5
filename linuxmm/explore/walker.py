# SPDX-License-Identifier: GPL-2.0-or-later
"""A scenario run that also notes what a search wants to know of each step."""

from array import array
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from linuxmm.errors import NotModelled
from linuxmm.explore.compiled import Compiled, core
from linuxmm.explore.watch import Cell, WatchedRules
from linuxmm.kernels import Kernel
from linuxmm.machine import Machine, MachineSpec, leaving
from linuxmm.mm.sites import MET_UNUSUAL
from linuxmm.play.bindings import Bindings
from linuxmm.play.lower import Op
from linuxmm.play.machine_of import machine_spec
from linuxmm.play.render import OpResult
from linuxmm.play.steps_on_model import OnModel
from linuxmm.promises.census import raw
from linuxmm.promises.checks import check_answer, check_settled, check_step, check_written
from linuxmm.promises.record import Violation
from linuxmm.promises.shadow import Shadow, watch
from linuxmm.scenario.outcome import StepOutcome
from linuxmm.scenario.tree import Machine as MachineBlock
from linuxmm.scenario.tree import Step
from linuxmm.state.layout import DIVERGED
from linuxmm.state.rules import Rules

# Rows enough for the steps of a search: a block is copied and digested as a whole.
ROWS: Final = (("T", 32), ("V", 8), ("A", 8), ("I", 12), ("K", 8), ("Q", 4), ("H", 8), ("D", 8))

PAGES: Final = 8  # of each memory range


@lru_cache(maxsize=256)
def _small_spec(block: MachineBlock) -> MachineSpec:
    """The machine of a scenario, with tables of that size."""
    spec = machine_spec(block)
    ranges = tuple(replace(r, rows=PAGES) for r in spec.ranges)
    return replace(spec, ranges=ranges, rows=ROWS)


@dataclass
class Ran:
    """What some steps did on one kernel.

    `lost`: what stopped them where the kernel can be followed no further; `diverged`: a rule that
    the rival has otherwise was asked, so that the kernels may part here; `answered`: two lookups,
    tests or predicates did answer differently; `sites`: where; `visited`: sites that looked a page
    up; `met`: those that met a device page or special entry; `cells`: the cells that differ and
    were read; `broken`: promises that the steps themselves broke.
    """

    outcomes: list[StepOutcome] = field(default_factory=list)
    lost: str = ""
    diverged: bool = False
    answered: bool = False
    sites: set[int] = field(default_factory=set)
    visited: set[int] = field(default_factory=set)
    met: set[int] = field(default_factory=set)
    cells: set[Cell] = field(default_factory=set)
    broken: list[Violation] = field(default_factory=list)


class Walker(OnModel):
    """One kernel on one machine, and what its steps do beside their outcomes."""

    def __init__(
        self, block: MachineBlock, kernel: Kernel, rules: Rules, interpreted: bool = False
    ) -> None:
        """interpreted: whatever is compiled, for who watches functions of Python."""
        self._ran = Ran()
        self._watched = rules if isinstance(rules, WatchedRules) and rules.watched else None
        machine = Machine(kernel, _small_spec(block), rules=rules)
        engine = None if interpreted else core()
        self._compiled = Compiled(engine, machine) if engine else None
        if self._compiled:
            machine.step_with(self._compiled.step)
        super().__init__(machine, Bindings.of(block))
        watch(machine)
        self.spawn("P0")

    def begin(self) -> Ran:
        """Where the steps that follow are noted, outcomes and end apart."""
        self._ran = Ran()
        return self._ran

    @property
    def last(self) -> Ran:
        """What was noted since `begin`."""
        return self._ran

    def entered(self) -> tuple[str, ...] | None:
        """The functions that a text could stand for, entered since `forget_entered`.

        None where nobody has seen which.
        """
        return self._compiled.entered() if self._compiled else None

    def forget_entered(self) -> None:
        if self._compiled:
            self._compiled.came = 0

    def run(self, step: Step) -> Ran:
        """One step.  Raises NotModelled; then nothing after it can be decided."""
        ran = self.begin()
        ran.outcomes.append(self.step(step))
        return ran

    # --- promises ---
    def expected(self) -> tuple[object, ...]:
        """What user space may expect to read, as a key: with the state it decides `content`."""
        return self._shadow().contents.key

    def broken_by_state(self) -> list[Violation]:
        """What the state breaks, whatever step led to it.

        Raises: NotModelled for a state that has no meaning, as executed C may leave one behind.
        """
        machine, shadow = self.machine, self._shadow()
        machine.observer = Shadow(shadow.contents)
        try:
            if self._compiled and self._compiled.is_sound():
                return check_written(machine)
            return check_settled(machine)
        except (IndexError, ValueError, ArithmeticError) as error:
            if machine.kernel.text is None:
                raise
            raise NotModelled(leaving(error)) from error
        finally:
            machine.observer = shadow

    def broken_by_answer(self) -> list[Violation]:
        """What the answer of the last operation breaks: reports under /proc, results of pins."""
        return check_answer(self.machine)

    def _shadow(self) -> Shadow:
        observer = self.machine.observer
        assert isinstance(observer, Shadow)
        return observer

    def _call(self, op: Op, previous: int) -> OpResult:
        if self._watched:
            self._watched.forget()
        try:
            return super()._call(op, previous)
        finally:
            self._collect()

    def _collect(self) -> None:
        """What the operation met, also where it ended in something that is not modelled."""
        m, ran = self.machine.block.m, self._ran
        if self._watched and self._watched.was_read():
            ran.diverged = True
            ran.sites.update(self._watched.sites_read())
            ran.cells.update(self._watched.cells_read())
        if m.scratch[DIVERGED]:
            ran.diverged = ran.answered = True
            ran.sites |= _looked_up(raw(m.diverged_site))[0]
        visited, met = _looked_up(raw(m.visited_site))
        if visited:
            ran.visited |= visited
            ran.met |= met
        ran.broken += check_step(m)


@lru_cache(maxsize=4096)
def _looked_up(column: bytes) -> tuple[frozenset[int], frozenset[int]]:
    """The sites that a column by site counts, and those that met something unusual."""
    counts = list(enumerate(array("q", column)))
    met = frozenset(site for site, count in counts if count >= MET_UNUSUAL)
    return frozenset(site for site, count in counts if site and count), met
