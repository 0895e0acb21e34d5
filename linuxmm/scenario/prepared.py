"""A step with everything about it that does not depend on the run: found out once.

A search makes the same few steps again and again.  What each of them gave is kept by what the
core returned, so that a result that was seen before is not put into words a second time.
"""

from linuxmm.kernels import Kernel
from linuxmm.scenario.outcome import StepOutcome
from linuxmm.scenario.render import OpResult, result_of
from linuxmm.scenario.tree import Step

BINDING_VERBS = frozenset(
    ("mmap", "file", "memfd_create", "fork", "get", "get_fast", "pin", "pin_fast", "exit")
)


class Prepared:
    """One step as one run makes it, perhaps many times.

    `processes`: whose end makes the step impossible; `unknown_flag`: a FOLL_ flag that the
    kernel does not have; `thread`: it is made by a thread; `binds`: it may name something;
    `file`: the file that it is about.
    """

    __slots__ = ("_outcomes", "binds", "file", "processes", "step", "thread", "unknown_flag")

    def __init__(self, step: Step, kernel: Kernel) -> None:
        target = step.target.process if step.target else ""
        flags = dict(kernel.foll)
        asked = (word for word in step.words if word.startswith("FOLL_"))
        self.step = step
        self.processes = frozenset((step.by, target, step.process))
        self.unknown_flag = next((word for word in asked if word not in flags), "")
        self.thread = "." in step.actor
        self.file = step.target.name if step.target and step.target.kind == "file" else ""
        self.binds = step.verb in BINDING_VERBS
        self._outcomes: dict[tuple[OpResult, ...], StepOutcome] = {}

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
