# SPDX-License-Identifier: GPL-2.0-or-later
"""One pass of a scenario over the model: what every step gave, and all pages after it."""

from dataclasses import dataclass
from typing import Final

from linuxmm.errors import NotModelled
from linuxmm.kernels import DEFAULT_KERNEL, Kernel
from linuxmm.play.page_state import page_states
from linuxmm.play.steps_on_model import OnModel, start
from linuxmm.promises.calls import leaves_migration_entries
from linuxmm.scenario.outcome import PageState
from linuxmm.scenario.tree import Extent, Scenario, Step
from linuxmm.validate.played import PageRow, Played
from linuxmm.validate.procfs import frame, letters
from linuxmm.validate.states import States

FATAL: Final = "a real kernel does not survive it: a migration entry is left behind"
_WORD: Final = (1 << 64) - 1


@dataclass(frozen=True)
class ModelRun:
    """The steps that were made, and why there are not more of them; empty: all were made."""

    played: list[Played]
    stopped: str = ""


def play(
    scenario: Scenario, kernel: str | Kernel = DEFAULT_KERNEL, *, survive: bool = False
) -> ModelRun:
    """Every step up to the first that is not modelled.

    `survive`: also none that a real kernel meets with BUG_ON.
    """
    model = start(scenario.machine, kernel)
    states = States()
    played: list[Played] = []
    for step in scenario.steps:
        try:
            outcome = model.step(step)
        except NotModelled as error:
            return ModelRun(played, str(error))
        if survive and _is_fatal(model, step):
            return ModelRun(played, FATAL)
        extents = model.bindings.story.extents()
        rows, pages = _rows(model, extents), _pages(model, extents)
        marks = states.after(model, step, extents)
        played.append(Played(step, outcome, rows, pages, marks))
    return ModelRun(played)


def _is_fatal(model: OnModel, step: Step) -> bool:
    """Is a migration entry left behind, which a real kernel meets with BUG_ON?"""
    if not step.record.empties:
        return False
    return leaves_migration_entries(model.machine)


def _rows(model: OnModel, extents: list[Extent]) -> tuple[PageRow, ...]:
    """What pagemap shows of every mapping, without a trace in the model."""
    before = model.snapshot()
    rows = []
    for extent in extents:
        results = model.execute(Step(0, "", extent.process, "pagemap", target=extent))
        words = [word & _WORD for result in results for word in result.out]
        shown, frames = tuple(map(letters, words)), tuple(map(frame, words))
        rows.append(PageRow(extent.process, extent.name, shown, frames))
    model.restore(before)
    return tuple(rows)


def _pages(model: OnModel, extents: list[Extent]) -> tuple[PageState, ...]:
    """What only the kernel sees of every page; looking meets no site."""
    found: list[PageState] = []
    for extent in extents:
        step = Step(0, "", extent.process, "pages", target=extent)
        found += page_states(model.machine, model.bindings, step)
    return tuple(found)
