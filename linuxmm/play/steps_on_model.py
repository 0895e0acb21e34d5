# SPDX-License-Identifier: GPL-2.0-or-later
"""Steps of a scenario on the model: Step -> operations -> StepOutcome."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from linuxmm.errors import NotModelled
from linuxmm.kernels import Kernel
from linuxmm.machine import Machine, Observer
from linuxmm.play.bindings import Bindings
from linuxmm.play.lower import PREVIOUS, Op
from linuxmm.play.machine_of import machine_spec
from linuxmm.play.page_state import Pictures
from linuxmm.play.prepared import Prepared
from linuxmm.play.render import GONE, OpResult, killed_by
from linuxmm.scenario.outcome import Event, Result, StepOutcome, failed
from linuxmm.scenario.tree import Machine as MachineBlock
from linuxmm.scenario.tree import Step
from linuxmm.state.block import Block
from linuxmm.state.constants import SET_ZERO_PAGE, VM_FAULT_RETRY
from linuxmm.state.layout import NR_EVENTS, NR_OUT
from linuxmm.state.rules import Rules
from linuxmm.steps.memory import OP_CLONE_THREAD, OP_EXIT, OP_SPAWN
from linuxmm.steps.operations import BY_NUMBER

NO_SUCH_FLAG: Final = failed("EINVAL")  # the kernel is older than the flag
NO_FILE: Final = failed("EBADF")  # a system call on a file that could not be made


def start(
    block: MachineBlock,
    kernel: "str | Kernel",
    *,
    rules: Rules | None = None,
    with_pages: bool = False,
) -> "OnModel":
    """The machine of a scenario, with its first process."""
    machine = Machine(kernel, machine_spec(block), rules=rules)
    model = OnModel(machine, Bindings.of(block), with_pages=with_pages)
    model.spawn("P0")
    return model


@dataclass(eq=False, slots=True)
class Snapshot:
    """A run at one point, to go on from more than once.

    `known`: the digest once somebody asked; snapshots of equal states share it.  Never changed.
    """

    block: Block
    state: bytes
    bindings: Bindings
    observer: Observer | None = None
    known: list[bytes] = field(default_factory=list, repr=False)

    def digest(self) -> bytes:
        """16 bytes that name the state (counters apart)."""
        if not self.known:
            self.known.append(self.block.digest_of(self.state))
        return self.known[0]


class OnModel:
    """One machine, one kernel, and the names of a scenario: makes its steps."""

    def __init__(self, machine: Machine, bindings: Bindings, *, with_pages: bool = False) -> None:
        self.machine = machine
        self.bindings = bindings
        self.pictures = Pictures() if with_pages else None
        self.after_op: Callable[[], None] | None = None  # called while scratch can be read
        self._prepared: dict[int, Prepared] = {}
        self._from: Snapshot | None = None  # where the run went on from last

    def spawn(self, process: str) -> None:
        """A process that no other has forked."""
        task = self.machine.call(OP_SPAWN, cpu=self.bindings.cpu(0))
        self.bindings = self.bindings.with_task(process, task)

    # --- snapshots ----------------------------------------------------------------------------
    def snapshot(self) -> Snapshot:
        """The state and the names now."""
        block, observer, last = self.machine.block, self.machine.observer, self._from
        state = block.snapshot()
        if last is not None and last.block is block:
            if state == last.state:
                return Snapshot(block, last.state, self.bindings, observer, last.known)
            if block.same_state(state, last.state):
                return Snapshot(block, state, self.bindings, observer, last.known)
        return Snapshot(block, state, self.bindings, observer)

    def restore(self, snapshot: Snapshot) -> None:
        """Back to a snapshot."""
        self.machine.block = snapshot.block
        self.machine.block.restore(snapshot.state)
        self.machine.observer = snapshot.observer
        self.bindings = snapshot.bindings
        self._from = snapshot
        if self.pictures is not None:
            self.pictures = Pictures()

    # --- steps ----------------------------------------------------------------------------------
    def step(self, step: Step) -> StepOutcome:
        """Make one step.  Raises NotModelled; then nothing after it can be decided."""
        prepared = self._prepare(step)
        if self.bindings.story.gone and not prepared.processes.isdisjoint(self.bindings.story.gone):
            return self._unmade(prepared, GONE)
        if prepared.file and prepared.file not in self.bindings.files:
            return self._unmade(prepared, NO_FILE)
        if prepared.newer_flag:
            return self._newer(prepared)
        if prepared.unknown_flag:  # it cannot be passed to this kernel
            raise NotModelled(f"{self.machine.kernel.name} has no {prepared.unknown_flag}")
        if prepared.thread:
            self._start_thread(step)
        results = tuple(self._make(prepared))
        outcome = prepared.outcome(results)
        signal = killed_by(results)
        if signal:
            outcome = replace(outcome, events=outcome.events + self._kill(step.by, signal))
        else:
            ret = results[-1].ret if results else 0
            self.bindings = prepared.bindings_after(self.bindings, ret)
        return self._with_pages(step, outcome)

    def _prepare(self, step: Step) -> Prepared:
        known = self._prepared.get(id(step))  # it keeps the step, so that no other has its id
        if known is None:
            known = self._prepared[id(step)] = Prepared(step, self.machine.kernel)
        return known

    def _newer(self, prepared: Prepared) -> StepOutcome:
        """A flag that came after the kernels of the model; what it does is not modelled."""
        kernel, flag = self.machine.kernel, prepared.newer_flag
        if flag in kernel.flags:
            raise NotModelled(f"{kernel.name}: not modelled: {flag}")
        return self._unmade(prepared, NO_SUCH_FLAG)

    def _unmade(self, prepared: Prepared, result: Result) -> StepOutcome:
        """A step of a process that a signal has ended, or on a file that could not be made.

        What it would have named is a name for nothing from now on.
        """
        step = prepared.step
        if step.name:
            self.bindings = prepared.bindings_after(self.bindings, 0)
        label = step.label or step.verb
        outcome = StepOutcome(step.line, step.actor, step.verb, label, result)
        return self._with_pages(step, outcome)

    def execute(self, step: Step) -> list[OpResult]:
        """Make the operations of a step, up to the first that fails as a whole."""
        return self._make(self._prepare(step))

    def _make(self, prepared: Prepared) -> list[OpResult]:
        results: list[OpResult] = []
        previous = 0
        for op in prepared.ops(self.bindings):
            result = self._call(op, previous)
            results.append(result)
            previous = result.ret
            known = BY_NUMBER[op.op]
            if previous < 0 and not known.finds:
                break
            if previous == VM_FAULT_RETRY and known.sleeps:
                break
        return results

    def _call(self, op: Op, previous: int) -> OpResult:
        """Make one operation and read what it left."""
        arguments: tuple[int, ...] = op[3:]
        if PREVIOUS in arguments:
            arguments = tuple(previous if value == PREVIOUS else value for value in arguments)
        machine = self.machine
        ret = machine.call(op.op, op.task, *arguments, cpu=op.cpu)
        if self.after_op is not None:
            self.after_op()
        known = BY_NUMBER[op.op]
        slept = known.sleeps and ret == VM_FAULT_RETRY
        nr_out = 0 if slept else known.nr_out(arguments, ret)
        out = tuple(machine.out(nr_out)) if nr_out else ()
        scratch = machine.block.m.scratch
        done = scratch[NR_OUT]
        events: tuple[Event, ...] = ()
        if scratch[NR_EVENTS]:
            events = tuple(Event(e.name, e.site, e.pfn, e.addr, e.text) for e in machine.events())
        found = ""
        if known.finds and ret >= 0:
            zero = machine.block.m.setting[SET_ZERO_PAGE]
            found = "none" if ret == 0 else "zero" if ret == zero else "page"
        return OpResult(op, ret, out, events, done, found)

    # --- names ------------------------------------------------------------------------------------
    def _start_thread(self, step: Step) -> None:
        """A thread lives from its first step."""
        if step.actor not in self.bindings.tasks:
            leader, cpu = self.bindings.tasks[step.by], self.bindings.cpu(step.cpu)
            task = self.machine.call(OP_CLONE_THREAD, leader, cpu=cpu)
            self.bindings = self.bindings.with_task(step.actor, task)

    def _kill(self, process: str, signal: str) -> tuple[Event, ...]:
        """A signal that nobody catches: every task of the process exits."""
        events: tuple[Event, ...] = ()
        for name in self.bindings.story.tasks(process):
            events += self._call(Op(OP_EXIT, self.bindings.tasks[name]), 0).events
        self.bindings = self.bindings.without_process(process, signal)
        return events

    def _with_pages(self, step: Step, outcome: StepOutcome) -> StepOutcome:
        if self.pictures is None:
            return outcome
        pages, left_out = self.pictures.after(self.machine, self.bindings, step)
        return replace(outcome, pages=pages, left_out=left_out)
