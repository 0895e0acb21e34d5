# SPDX-License-Identifier: GPL-2.0-or-later
"""Why two lists of tests come to the same: another test refuses the pages that one refused."""

from collections.abc import Sequence
from typing import Final

from linuxmm.errors import InputError
from linuxmm.explore.paths import Path
from linuxmm.kernels import Kernel
from linuxmm.play.run import KernelRun, Kernels, run_on

PATHS: Final = 40  # small ones first: a rule that refuses alike does so on the first


def refusing_instead(before: Kernel, after: Kernel, site: str, paths: Sequence[Path]) -> str:
    """`reserved refuses what zone_device did`; nothing where the lookups themselves differ.

    Each path is played on both kernels, and asked which test of the site refused.
    """
    old, new = before.site(site), after.site(site)
    executed = before.text is not None or after.text is not None
    if executed or old.lookup != new.lookup or old.tests == new.tests:
        return ""
    kernels = Kernels()
    names = [kernels.add(kernel) for kernel in (before, after)]
    found: dict[tuple[str, str], None] = {}
    for path in paths[:PATHS]:
        try:
            scenario = path.witness().scenario
        except InputError:
            continue
        asked = [_refusals(run_on(scenario, name, kernels, explain=True), site) for name in names]
        for key in asked[0].keys() & asked[1].keys():
            if asked[0][key] != asked[1][key]:
                found[asked[0][key], asked[1][key]] = None
    return ", ".join(f"{instead} refuses what {test} did" for test, instead in found)


def _refusals(run: KernelRun, site: str) -> dict[tuple[int, str], str]:
    """The test that refused, by step and page."""
    return {
        (i, page): reason.test
        for i, outcome in enumerate(run.outcomes)
        for reason in outcome.reasons or ()
        for page in reason.pages
        if reason.where == site and reason.test
    }
