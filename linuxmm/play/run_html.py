# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs as a notebook shows them: a row for each step, a column for each kernel."""

from collections.abc import Sequence

from linuxmm.notebook import paragraph, table
from linuxmm.play.report import labelled, verdict_lines
from linuxmm.play.run import KernelRun
from linuxmm.printed import WIDTH


def runs_html(runs: Sequence[KernelRun]) -> str:
    """Every step and what each kernel gave, then the verdicts."""
    scenario = runs[0].scenario
    rows = [
        (str(step.line), labelled(step), *(_cell(run, i) for run in runs))
        for i, step in enumerate(scenario.steps)
    ]
    heads = ("line", "step", *(run.name for run in runs))
    verdicts = [line for run in runs for line in verdict_lines(run, len(run.name), WIDTH)]
    return "\n".join(
        [
            paragraph(f"{scenario.name}: {scenario.intent}"),
            table(heads, rows),
            *map(paragraph, verdicts),
        ]
    )


def _cell(run: KernelRun, i: int) -> str:
    return run.outcomes[i].text() if i < len(run.steps) else "-"
