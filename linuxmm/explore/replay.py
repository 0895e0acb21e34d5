# SPDX-License-Identifier: GPL-2.0-or-later
"""One scenario on two kernels, every step compared: what a search, a shrinker and a reader see.

`observe` is the judge of witnesses: the same scenario gives the same observations here, in the
search that found it and in `linuxmm run`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from linuxmm.errors import ModelBug, NotModelled
from linuxmm.explore.beside import difference_of
from linuxmm.explore.difference import CHANGED, NOTHING_DID, Did
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.walker import Walker
from linuxmm.explore.witness import Witness
from linuxmm.kernels import Kernel
from linuxmm.play.steps_on_model import Snapshot
from linuxmm.promises.record import Violation
from linuxmm.scenario.outcome import Event, Result, StepOutcome
from linuxmm.scenario.tree import Machine as MachineBlock
from linuxmm.scenario.tree import Scenario
from linuxmm.state.rules import Rules

KEPT_BEGINS: Final = 32  # machines of scenarios that were made again last


@dataclass(frozen=True)
class Observed:
    """One difference (or common fault) at one step.

    `what`: an invariant's id, or the verb whose outcome differs; `sites`: where the kernels had
    first answered differently.
    """

    side: str
    what: str
    page_kind: str
    site: str
    step: int
    text: str
    sites: frozenset[int] = frozenset()


@dataclass(frozen=True)
class StepOfOne:
    """What one kernel did in one step."""

    outcome: StepOutcome
    broken: tuple[Violation, ...]
    sites: frozenset[int]
    visited: frozenset[int] = frozenset()

    @property
    def result(self) -> Result:
        return self.outcome.result

    @property
    def events(self) -> tuple[Event, ...]:
        return self.outcome.events


_begins: dict[tuple[MachineBlock, int], tuple[Walker, Snapshot]] = {}


def _begun(block: MachineBlock, kernel: Kernel, rules: Rules) -> Walker:
    """The kernel on a machine at its start: one that has run before is put back."""
    walker, start = _begins.get((block, id(rules)), (None, None))
    if walker is None or start is None or walker.machine.kernel is not kernel:
        if len(_begins) >= KEPT_BEGINS:
            _begins.clear()
        walker = Walker(block, kernel, rules)  # it keeps the rules, so that no others have their id
        _begins[block, id(rules)] = walker, walker.snapshot()
    else:
        walker.restore(start)
    return walker


def run_one(scenario: Scenario, kernel: Kernel, rules: Rules) -> list[StepOfOne]:
    """Every step of a scenario on one kernel, with what it breaks.  Raises NotModelled."""
    walker = _begun(scenario.machine, kernel, rules)
    made = []
    for step in scenario.steps:
        ran = walker.run(step)
        broken = (*ran.broken, *walker.broken_by_state(), *walker.broken_by_answer())
        sites, visited = frozenset(ran.sites), frozenset(ran.visited)
        made.append(StepOfOne(ran.outcomes[0], broken, sites, visited))
    return made


def observe(scenario: Scenario, pair: KernelPair) -> list[Observed]:
    """Every difference between the two kernels on this scenario, first occurrences only."""
    before = run_one(scenario, pair.before, pair.before_rules)
    return compared(scenario, before, run_one(scenario, pair.after, pair.after_rules))


def compared(scenario: Scenario, before: list[StepOfOne], after: list[StepOfOne]) -> list[Observed]:
    """The differences between two runs of a scenario, first occurrences only."""
    seen: set[tuple[str, str, str, str]] = set()
    found: list[Observed] = []
    sites: frozenset[int] = frozenset()
    did = NOTHING_DID
    for i, (step, old, new) in enumerate(zip(scenario.steps, before, after, strict=True)):
        sites = sites or new.sites
        here, did = _broken(i, old, new, sites, did)
        text = difference_of(old.outcome, new.outcome)
        if text:
            here.append(Observed(CHANGED, step.verb, "", "", i, text, sites))
        for observed in here:
            key = (observed.side, observed.what, observed.page_kind, observed.site)
            if key not in seen:
                seen.add(key)
                found.append(observed)
    return found


def _broken(
    i: int, old: StepOfOne, new: StepOfOne, sites: frozenset[int], did: Did
) -> tuple[list[Observed], Did]:
    """What is broken after a step, by side; and what each kernel has done by now."""
    before, after = ({v.key: v for v in one.broken} for one in (old, new))
    found = [
        Observed(did.side(key, before, after), *key, i, violation.text, sites)
        for key, violation in {**before, **after}.items()
    ]
    return found, did.then(old.broken, new.broken)


def cut(witness: Witness, pair: KernelPair, wanted: Callable[[Observed], bool]) -> Witness | None:
    """The witness up to the first step at which something wanted shows; None: nowhere."""
    for observed in try_observe(witness, pair):
        if wanted(observed):
            return Witness(witness.machine, witness.steps[: observed.step + 1])
    return None


def try_observe(witness: Witness, pair: KernelPair) -> list[Observed]:
    """What the two kernels show on a witness; nothing where one of them has no answer."""
    try:
        return observe(witness.scenario, pair)
    except (NotModelled, ModelBug):
        return []
