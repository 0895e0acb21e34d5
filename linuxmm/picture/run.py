# SPDX-License-Identifier: GPL-2.0-or-later
"""`linuxmm run` as a page: the page map, timelines of what changes, events and promises."""

from collections.abc import Sequence

from linuxmm.picture.page import part, word
from linuxmm.picture.pagemap import page_map
from linuxmm.picture.timeline import counter_lines, reference_lines
from linuxmm.play.report import holds, reasons
from linuxmm.play.run import KernelRun


def html(runs: Sequence[KernelRun]) -> str:
    """The part of a page that shows one scenario."""
    scenario = runs[0].scenario
    return part(
        "run",
        name=word(scenario.name),
        file=word(scenario.file),
        intent=word(scenario.intent, 1000),
        verdicts=[
            (word(run.name), run.verdict, run.verdict.replace("-", ""), _said(run)) for run in runs
        ],
        map=page_map(runs),
        references=reference_lines(runs),
        counters=counter_lines(runs),
    )


def _said(run: KernelRun) -> list[str]:
    """What stands behind a verdict."""
    return [word(line.strip(), 400) for line in (holds(run), *reasons(run)) if line]
