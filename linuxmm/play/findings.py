# SPDX-License-Identifier: GPL-2.0-or-later
"""Broken promises of a run as findings of the JSON contract: each with its witness."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

from linuxmm.kernels import Kernel
from linuxmm.play.run import KernelRun
from linuxmm.scenario.format import format_scenario
from linuxmm.scenario.outcome import Json, run_json


def as_json(runs: Sequence[KernelRun]) -> dict[str, Json]:
    """The object of `linuxmm run --format json` for one scenario."""
    return run_json(
        runs[0].scenario.name,
        [(run.name, run.verdict, run.outcomes, findings(run)) for run in runs],
    )


def findings(run: KernelRun) -> list[Json]:
    """Every promise that broke, grouped by invariant and page kind, sites together."""
    groups: dict[tuple[str, str], list[tuple[int, str, str]]] = {}
    for i, violation in run.broken:
        group = groups.setdefault((violation.invariant, violation.page_kind), [])
        group.append((i + 1, violation.site, violation.text))
    return [_finding(run, *key, found) for key, found in groups.items()]


def _finding(
    run: KernelRun, invariant: str, page_kind: str, found: list[tuple[int, str, str]]
) -> Json:
    sites = sorted({site for _, site, _ in found if site})
    steps = found[0][0]
    signature = "\n".join((invariant, page_kind, *sites))
    return {
        "id": blake2b(signature.encode(), digest_size=8).hexdigest(),
        "rests_on": _rests_on(run.kernel, sites),
        "invariant": invariant,
        "sites": list(sites),
        "page_kind": page_kind,
        "explanation": found[0][2],
        "witness": witness(run, steps),
        "steps": steps,
    }


def _rests_on(kernel: Kernel, sites: list[str]) -> list[Json]:
    """What is known of the rules at these sites: read, known or reasoned."""
    return [*sorted({kernel.site(site).rests_on for site in sites})]


def witness(run: KernelRun, steps: int) -> str:
    """The scenario up to the step that breaks the promise, as text that runs again."""
    scenario = run.scenario
    return format_scenario(
        replace(scenario, steps=scenario.steps[:steps], expects=(), never=(), exists=())
    )
