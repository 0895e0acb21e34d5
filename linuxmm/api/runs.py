# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenarios from Python: `run("a.mm", kernels=["v6.1", "split-v1"])`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Never

from linuxmm.api.keywords import refuse_unknown
from linuxmm.errors import InputError, WrongArgument
from linuxmm.kernels import Kernel
from linuxmm.play.run import NOT_MODELLED, OK, VIOLATED, KernelRun, Kernels, run_kernels
from linuxmm.scenario.parse import load, parse
from linuxmm.scenario.tree import Scenario

KernelName = str | PathLike[str] | Kernel


@dataclass(frozen=True, repr=False)
class Run:
    """A scenario on some kernels: `run["v6.1"]`, or one after the other."""

    scenario: Scenario
    kernels: tuple[KernelRun, ...]

    @property
    def verdict(self) -> str:
        """The worst of its kernels: `violated`, `not-modelled` or `ok`."""
        verdicts = {run.verdict for run in self.kernels}
        return next(word for word in (VIOLATED, NOT_MODELLED, OK) if word in verdicts)

    def __getitem__(self, kernel: str) -> KernelRun:
        for run in self.kernels:
            if kernel in (run.name, run.kernel.name):
                return run
        ran = ", ".join(run.name for run in self.kernels)
        raise InputError(f"{self.scenario.name} did not run on {kernel!r}; it ran on {ran}")

    def __iter__(self) -> Iterator[KernelRun]:
        return iter(self.kernels)

    def __len__(self) -> int:
        return len(self.kernels)

    def __str__(self) -> str:
        """The report, as `linuxmm run` prints it."""
        from linuxmm.play.report import report

        return report(self.kernels)

    def __repr__(self) -> str:
        verdicts = ", ".join(f"{run.name} {run.verdict}" for run in self.kernels)
        return f"<Run {self.scenario.name}: {verdicts}>"

    def _repr_html_(self) -> str:
        from linuxmm.play.run_html import runs_html

        return runs_html(self.kernels)

    def as_json(self) -> dict[str, object]:
        """The object of `linuxmm run --format json`."""
        from linuxmm.play.findings import as_json

        return {**as_json(self.kernels)}


def run(
    scenario: str | PathLike[str] | Scenario,
    *,
    kernels: KernelName | Sequence[KernelName] = (),
    explain: bool = False,
    **unknown: Never,
) -> Run:
    """What happens in a scenario: each step on each kernel, with the pages after it.

    `scenario`: the path of a file, the text itself (it has more than one line) or a Scenario, as
    `machine.session.scenario()` gives it.  `kernels`: names, paths of records or kernels; without
    any those that it has expectations for, else v6.1.  `explain`: each outcome has its `reasons`,
    why pages stayed as they were.

    Raises: ScenarioError, KernelError; what is not modelled is a verdict.
    """
    refuse_unknown("run", unknown, ("scenario", "kernels", "explain"))
    known = Kernels()
    wanted = [kernels] if isinstance(kernels, str | PathLike | Kernel) else list(kernels)
    names = [_name(kernel, known) for kernel in wanted]
    found = _scenario(scenario)
    runs = run_kernels(found, names, kernels=known, with_pages=True, explain=explain)
    return Run(found, tuple(runs))


def _scenario(scenario: object) -> Scenario:
    """What is meant: a file, a text, or the scenario itself."""
    if isinstance(scenario, Scenario):
        return scenario
    if isinstance(scenario, str) and "\n" in scenario:
        return parse(scenario, "<text>")
    if isinstance(scenario, str | PathLike):
        return load(scenario)
    raise WrongArgument(f"run: a scenario is a path, a text or a Scenario, not {scenario!r}")


def _name(kernel: object, known: Kernels) -> str:
    """The name by which a kernel runs."""
    if isinstance(kernel, Kernel):
        return known.add(kernel)
    if isinstance(kernel, str | PathLike):
        name = str(kernel)
        known.kernel(name)
        return name
    raise WrongArgument(f"run: a kernel is a name, a path or a Kernel, not {kernel!r}")
