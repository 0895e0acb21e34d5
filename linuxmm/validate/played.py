# SPDX-License-Identifier: GPL-2.0-or-later
"""What came of a step on either side: its outcome and the pages after it."""

from dataclasses import dataclass

from linuxmm.scenario.outcome import PageState, StepOutcome
from linuxmm.scenario.tree import Step
from linuxmm.validate.states import Marks


@dataclass(frozen=True)
class PageRow:
    """What pagemap shows of a mapping: letters and frames, page by page."""

    process: str
    name: str
    letters: tuple[str, ...]
    frames: tuple[int, ...]


@dataclass(frozen=True)
class Played:
    """One step: its outcome, and all mapped pages after it.

    `hidden`: what only the kernel sees of each of them, where that was looked at: behind a step
    that has emptied the per-CPU batches.  `marks`: states of pages (``states.py``), the model's.
    """

    step: Step
    outcome: StepOutcome
    pages: tuple[PageRow, ...] = ()
    hidden: tuple[PageState, ...] | None = None
    marks: Marks = frozenset()
