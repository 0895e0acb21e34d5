# SPDX-License-Identifier: GPL-2.0-or-later
"""A step with everything about it that does not depend on the run: found out once.

A search makes the same few steps again and again, from the same few bindings.  What they mean
as operations, what they name and what their results are in words is kept here.
"""

from linuxmm.kernels import Kernel
from linuxmm.play.bindings import Bindings
from linuxmm.play.lower import Op, lower
from linuxmm.play.render import OpResult, result_of
from linuxmm.scenario.outcome import StepOutcome
from linuxmm.scenario.tree import Step
from linuxmm.state.flags import NEWER_FLAGS


class Prepared:
    """One step as one run makes it, perhaps many times.

    `processes`: whose end makes the step impossible; `unknown_flag`: a FOLL_ flag that the
    kernel does not have; `newer_flag`: one that came later, of a system call or one that it has;
    `thread`: it is made by a thread; `file`: the file that it is about.
    """

    __slots__ = (
        "_next", "_ops", "_outcomes", "file", "newer_flag", "processes", "step", "thread",
        "unknown_flag",
    )  # fmt: skip

    def __init__(self, step: Step, kernel: Kernel) -> None:
        flags = dict(kernel.foll)
        asked = (word for word in step.words if word.startswith("FOLL_"))
        self.step = step
        self.processes = step.needs
        self.unknown_flag = next((w for w in asked if w not in flags and w not in kernel.flags), "")
        newer = (
            word
            for word in step.words
            if word in NEWER_FLAGS and (word[:5] != "FOLL_" or word in kernel.flags)
        )
        self.newer_flag = max(newer, key=kernel.flags.count, default="")  # one that it has first
        self.thread = "." in step.actor
        self.file = step.target.name if step.target and step.target.kind == "file" else ""
        # by id of the bindings, which are kept here so that no others have it
        self._ops: dict[int, tuple[Bindings, list[Op]]] = {}
        self._next: dict[tuple[int, int], tuple[Bindings, Bindings]] = {}
        self._outcomes: dict[tuple[OpResult, ...], StepOutcome] = {}

    def ops(self, bindings: Bindings) -> list[Op]:
        """The operations of the step.  Raises NotModelled."""
        known = self._ops.get(id(bindings))
        if known is None:
            known = self._ops[id(bindings)] = (bindings, lower(self.step, bindings))
        return known[1]

    def bindings_after(self, bindings: Bindings, ret: int) -> Bindings:
        """The names once the step was made: equal ones are the same object."""
        key = (id(bindings), ret)
        known = self._next.get(key)
        if known is None:
            known = self._next[key] = (bindings, bindings.after(self.step, ret))
        return known[1]

    def outcome(self, results: tuple[OpResult, ...]) -> StepOutcome:
        """What the step gave.  Raises NotModelled for a field that is not modelled."""
        known = self._outcomes.get(results)
        if known is None:
            events = tuple(event for result in results for event in result.events)
            step, result = self.step, result_of(self.step, results)
            known = self._outcomes[results] = StepOutcome(
                step.line, step.actor, step.verb, step.label or step.verb, result, events
            )
        return known
