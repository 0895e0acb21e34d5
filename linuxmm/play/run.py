# SPDX-License-Identifier: GPL-2.0-or-later
"""A scenario on one kernel, or on several side by side: outcomes, expectations, invariants.

runs = run_kernels(load("a.mm"), ["v5.17-coherent", "v6.1"])
runs[0].verdict
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from os.path import dirname, isfile, join
from typing import Final

from linuxmm.errors import KernelError, NotModelled, ScenarioError
from linuxmm.kernels import DEFAULT_KERNEL, Kernel, load
from linuxmm.kernels.compile import compile_rules
from linuxmm.play.page_state import gathered
from linuxmm.play.steps_on_model import OnModel, start
from linuxmm.promises.checks import check_settled, check_step
from linuxmm.promises.record import Violation
from linuxmm.promises.shadow import watch
from linuxmm.scenario import expect
from linuxmm.scenario.expect import Mismatch
from linuxmm.scenario.outcome import PageState, StepOutcome
from linuxmm.scenario.parse import parse
from linuxmm.scenario.sizes import size_text
from linuxmm.scenario.tree import Condition, Scenario, Step
from linuxmm.state.constants import WHY_SWAP, WHY_TEXTS
from linuxmm.state.layout import VMSTAT_NAMES
from linuxmm.state.rules import Rules

OK: Final = "ok"
VIOLATED: Final = "violated"
NOT_MODELLED: Final = "not-modelled"


@dataclass(frozen=True)
class StepRun:
    """One step that was made: what it gave, and which promises broke with it.

    `counters`: those of /proc/vmstat after it, as VMSTAT_NAMES names them, of a run `with_pages`.
    """

    step: Step
    outcome: StepOutcome
    violations: tuple[Violation, ...] = ()
    counters: tuple[int, ...] = ()


@dataclass(frozen=True, repr=False)
class KernelRun:
    """A scenario on one kernel, as far as it came.

    `name`: the kernel as it was asked for.  `not_modelled`: what ended the run, at
    `not_modelled_step`.  `mismatches`: expectations that do not hold; `conditions`: lines of
    never: and exists: that do not.
    """

    scenario: Scenario
    kernel: Kernel
    name: str
    steps: tuple[StepRun, ...] = ()
    not_modelled: str = ""
    not_modelled_step: Step | None = None
    mismatches: tuple[Mismatch, ...] = ()
    conditions: tuple[str, ...] = ()

    @property
    def outcomes(self) -> list[StepOutcome]:
        return [run.outcome for run in self.steps]

    def pages_after(self, step: int) -> dict[str, PageState]:
        """Every mapped page after a step (by its place in `steps`), by name: `P0.a[3]`.

        Of a run `with_pages`; pages that a step leaves out are as they were when last shown.
        """
        return gathered(outcome.pages for outcome in self.outcomes[: step + 1])

    @property
    def broken(self) -> list[tuple[int, Violation]]:
        """Every promise with the step at which it first breaks: it may stay so in later ones."""
        seen, found = set(), []
        for i, run in enumerate(self.steps):
            for violation in run.violations:
                if violation.key not in seen:
                    seen.add(violation.key)
                    found.append((i, violation))
        return found

    @property
    def healed(self) -> list[tuple[int, Violation]]:
        """Promises about the state that hold again: the step after which they were kept."""
        found: list[tuple[int, Violation]] = []
        last: tuple[Violation, ...] = ()
        for i, run in enumerate(self.steps):
            now = {violation.key for violation in run.violations}
            gone = [v for v in last if v.key not in now and v.lasting]
            found += [(i, violation) for violation in gone]
            last = run.violations
        return found

    @property
    def verdict(self) -> str:
        if self.mismatches or self.conditions or self.broken:
            return VIOLATED
        return NOT_MODELLED if self.not_modelled else OK

    def __repr__(self) -> str:
        return f"<{self.scenario.name} on {self.name}: {self.verdict}, {len(self.steps)} steps>"


class Kernels:
    """Kernels and their rules as columns, each read once."""

    def __init__(self) -> None:
        self._kernels: dict[str, Kernel] = {}
        self._rules: dict[int, tuple[Kernel, Rules]] = {}  # by id: a digest takes longer

    def add(self, kernel: Kernel) -> str:
        """A kernel that is a value: the name by which it is run, its own if nothing else has it."""
        names = chain([kernel.name], (f"{kernel.name}#{n}" for n in count(2)))
        name = next(n for n in names if self._kernels.get(n, kernel) == kernel)
        self._kernels[name] = kernel
        return name

    def kernel(self, name: str) -> Kernel:
        if name not in self._kernels:
            self._kernels[name] = load(name)
        return self._kernels[name]

    def know(self, name: str, kernel: Kernel) -> None:
        """A kernel that is no file, under a name."""
        self._kernels[name] = kernel

    def rules(self, kernel: Kernel) -> Rules:
        if id(kernel) not in self._rules:
            self._rules[id(kernel)] = (kernel, compile_rules(kernel, None))
        return self._rules[id(kernel)][1]


def run_kernels(
    scenario: Scenario,
    names: Sequence[str] = (),
    *,
    kernels: Kernels | None = None,
    with_pages: bool = False,
    explain: bool = False,
) -> list[KernelRun]:
    """The scenario on each kernel; without names on those of its expect blocks, else on v6.1."""
    kernels = kernels or Kernels()
    wanted = kernels_for(scenario, names, kernels)
    return [
        run_on(scenario, name, kernels, with_pages=with_pages, explain=explain) for name in wanted
    ]


def kernels_for(scenario: Scenario, names: Sequence[str], kernels: Kernels) -> list[str]:
    """Which kernels a scenario is to run on, each once."""
    blocks = _expected_kernels(scenario, kernels)
    wanted = list(names) or list(dict.fromkeys(blocks.values())) or [DEFAULT_KERNEL]
    return list(dict.fromkeys(wanted))


def run_on(
    scenario: Scenario,
    name: str,
    kernels: Kernels,
    *,
    with_pages: bool = False,
    explain: bool = False,
) -> KernelRun:
    """The scenario on one kernel, judged by the expect blocks that are for it.

    `with_pages`: each outcome has the pages after its step; `explain`: and why they stayed as
    they were.
    """
    kernel = kernels.kernel(name)
    new = KernelRun(scenario, kernel, name)
    run = _make_steps(new, kernels.rules(kernel), with_pages, explain)
    blocks = _expected_kernels(scenario, kernels)
    return _judged(run, [word for word, path in blocks.items() if kernels.kernel(path) == kernel])


def run_text(
    source: bytes | str,
    names: Sequence[str] = (),
    *,
    file: str = "<scenario>",
    kernels: Kernels | None = None,
    with_pages: bool = False,
    explain: bool = False,
) -> list[KernelRun]:
    """A text through the whole of ``run``: an outcome for each kernel, and nothing else.

    Raises: ScenarioError for what is no scenario, KernelError for a kernel that is none.  What
    is not modelled is a verdict.
    """
    scenario = parse(source, file)
    return run_kernels(scenario, names, kernels=kernels, with_pages=with_pages, explain=explain)


def run_scenario(scenario: Scenario, kernel: str = DEFAULT_KERNEL) -> KernelRun:
    """The scenario on one kernel."""
    return run_kernels(scenario, [kernel])[0]


def _expected_kernels(scenario: Scenario, kernels: Kernels) -> dict[str, str]:
    """The kernels of the expect blocks: as written there, and where they are loaded from.

    The path of a rule file is relative to the scenario.
    """
    found = {}
    for block in scenario.expects:
        if block.kernel == "*":
            continue
        beside = join(dirname(scenario.file), block.kernel)
        path = beside if "/" in beside and isfile(beside) else block.kernel
        try:
            kernels.kernel(path)
        except KernelError as error:
            if path != block.kernel:
                raise
            raise ScenarioError(error.message, file=scenario.file, line=block.line) from None
        found[block.kernel] = path
    return found


# --- making the steps -----------------------------------------------------------------------------
def _make_steps(run: KernelRun, rules: Rules, with_pages: bool, explain: bool) -> KernelRun:
    """Every step in order, each followed by a look at the promises; ends where the model does."""
    try:
        model = start(run.scenario.machine, run.kernel, rules=rules, with_pages=with_pages)
    except NotModelled as error:
        return replace(run, not_modelled=str(error))
    promises = Promises(model)
    made: list[StepRun] = []
    step_on = _explained(model) if explain else model.step
    for step in run.scenario.steps:
        try:
            outcome = step_on(step)
        except NotModelled as error:
            why = str(error) + _missing_word(run.scenario, str(error))
            ended = replace(run, not_modelled=why, not_modelled_step=step)
            return replace(ended, steps=tuple(made))
        counters = _counters(model) if with_pages else ()
        made.append(StepRun(step, outcome, promises.broken(), counters))
    return replace(run, steps=tuple(made))


def _missing_word(scenario: Scenario, why: str) -> str:
    """The word of the machine block that would make it modelled, if one would."""
    machine = scenario.machine
    if WHY_TEXTS[WHY_SWAP] in why and machine.swap_kind == "disk":
        size = size_text(machine.swap_pages)
        return f'; a slot of zram is written at once: say "swap {size} zram" in the machine block'
    return ""


def _counters(model: OnModel) -> tuple[int, ...]:
    """The counters of /proc/vmstat, in the order of VMSTAT_NAMES."""
    return tuple(model.machine.block.m.vmstat[i] for i in range(len(VMSTAT_NAMES)))


def _explained(model: OnModel) -> Callable[[Step], StepOutcome]:
    """Steps whose outcome says why pages stayed as they were."""
    from linuxmm.play.explain import Explainer  # a copy of the core, for who asks

    explainer = Explainer(model.machine)

    def step_on(step: Step) -> StepOutcome:
        explainer.begin(model.bindings)
        outcome = model.step(step)
        failed = outcome.result.text().startswith("-E")
        return replace(outcome, reasons=explainer.told(model.bindings, step, failed))

    return step_on


class Promises:
    """The promises of the catalogue, looked at after every operation and every step.

    What an operation itself reports has to be read before the next one; the state is looked at
    when the step is done.
    """

    def __init__(self, model: OnModel) -> None:
        self.machine = model.machine
        watch(self.machine)
        self.reported: list[Violation] = []
        model.after_op = self._after_op

    def _after_op(self) -> None:
        self.reported += check_step(self.machine.block.m)

    def broken(self) -> tuple[Violation, ...]:
        """What broke in the step that was just made, each once."""
        found = dict.fromkeys([*self.reported, *check_settled(self.machine)])
        self.reported = []
        return tuple(found)


# --- verdicts -------------------------------------------------------------------------------------
def _judged(run: KernelRun, names: Iterable[str]) -> KernelRun:
    """Compare with the expect blocks that are for this kernel, with never: and exists:."""
    made = len(run.steps)
    mismatches = expect.check(run.scenario, names, run.outcomes)
    if run.not_modelled:
        reached = {line for line, step in _expected_steps(run.scenario) if step < made}
        mismatches = tuple(found for found in mismatches if found.line in reached)
    broken = [violation.invariant for _, violation in run.broken]
    conditions = [
        f"line {condition.line}: never: {condition_text(condition)}, and it happened"
        for condition in run.scenario.never
        if expect.happened(condition, run.outcomes, broken)
    ]
    if not run.not_modelled:
        conditions += [
            f"line {condition.line}: exists: {condition_text(condition)}, and it did not happen"
            for condition in run.scenario.exists
            if not expect.happened(condition, run.outcomes, broken)
        ]
    return replace(run, mismatches=mismatches, conditions=tuple(conditions))


def _expected_steps(scenario: Scenario) -> list[tuple[int, int]]:
    """(line, step) of every expectation."""
    return [(e.line, e.step) for block in scenario.expects for e in block.expectations]


def condition_text(condition: Condition) -> str:
    """A condition as it is written."""
    item = condition.expectation
    return f"{item.address} = {item.pattern.text()}" if item else condition.id
