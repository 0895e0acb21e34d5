# SPDX-License-Identifier: GPL-2.0-or-later
"""`linuxmm run` as a page: the page map, timelines of what changes, events and promises."""

from collections.abc import Sequence
from typing import Final

from linuxmm.picture.page import part, word
from linuxmm.picture.pagemap import page_map
from linuxmm.picture.timeline import counter_lines, reference_lines
from linuxmm.play.report import holds, reasons
from linuxmm.play.run import KernelRun

MOST_DRAWN: Final = 40  # scenarios of one page; of more only those that do not hold


def drawn(files: int, so_far: int, runs: Sequence[KernelRun]) -> bool:
    """Is this one of so many drawn, or said in a line?"""
    holds_all = all(run.verdict == "ok" for run in runs)
    return so_far < MOST_DRAWN and not (holds_all and files > MOST_DRAWN)


def line(runs: Sequence[KernelRun]) -> str:
    """The part of a page that says how one of many scenarios ended."""
    scenario = runs[0].scenario
    return part(
        "run_line",
        name=word(scenario.name),
        file=word(scenario.file),
        verdicts=[(word(run.name), run.verdict, run.verdict.replace("-", "")) for run in runs],
    )


def left_out(files: int) -> str:
    """What is said on top of a page of many."""
    return part("run_many", files=files, most=MOST_DRAWN)


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
