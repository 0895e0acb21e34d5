# SPDX-License-Identifier: GPL-2.0-or-later
"""Steps of the scenario language on a kernel, looked at after each one: what broke, what could."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from linuxmm.kernels import Kernel, load
from linuxmm.machine import Machine
from linuxmm.play.steps_on_model import OnModel, start
from linuxmm.promises.checks import check, dangerous
from linuxmm.promises.record import Violation
from linuxmm.promises.shadow import watch
from linuxmm.scenario.parse import parse

V61 = load("v6.1")
BASE = load("v5.17-coherent")
DEVICES = ("coherent0 256M", "private0 256M", "dax0 64M")


@dataclass
class Walk:
    """A run of some steps, its machine still at hand."""

    model: OnModel
    broken: list[Violation] = field(default_factory=list)
    dangers: set[str] = field(default_factory=set)

    @property
    def machine(self) -> Machine:
        return self.model.machine

    @property
    def ids(self) -> set[str]:
        return {violation.invariant for violation in self.broken}


def walk(steps: str, kernel: Kernel = V61, machine: Iterable[str] = DEVICES) -> Walk:
    """Make the steps (one per `;`), checking after each."""
    block = "\n  ".join(("node0 512M", "node1 512M", *machine, "ksm run = 1"))
    lines = "\n  ".join(line.strip() for line in steps.split(";"))
    text = f"linuxmm-scenario 1\nname: w\nintent: Walk.\nmachine:\n  {block}\nsteps:\n  {lines}\n"
    scenario = parse(text, "walk")
    made = Walk(start(scenario.machine, kernel))
    watch(made.machine)
    for step in scenario.steps:
        made.model.step(step)
        made.broken += check(made.machine)
        made.dangers |= dangerous(made.machine)
    return made
