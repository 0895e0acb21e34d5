# SPDX-License-Identifier: GPL-2.0-or-later
"""Which broken promises of a kernel are known: a scenario of the collection breaks them so too.

The same promise of the same kind of pages can break in more than one way.  It is the same way
where the kernel that the scenario speaks of breaks it with the finding's witness as well, and
the step that breaks it runs no function that the scenario's does not run.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Final

from linuxmm.core import CORE_FUNCTIONS
from linuxmm.errors import ModelBug, NotModelled
from linuxmm.explore.walker import Walker
from linuxmm.kernels import Kernel
from linuxmm.kernels.compile import compile_rules
from linuxmm.play.run import Kernels, kernels_for
from linuxmm.scenario.parse import load
from linuxmm.scenario.tree import Scenario

if TYPE_CHECKING:
    from linuxmm.review.findings import Finding

FOLDER: Final = "kernel-bugs"  # of the collection of scenarios
Fault = tuple[str, str]  # promise and page kind
Ran = frozenset[CodeType]  # functions of the core


@dataclass(frozen=True)
class KnownBreak:
    """What a file breaks on the kernel that it speaks of, and what ran in the step that did.

    `first`: it breaks nothing before that.
    """

    file: str
    kernel: Kernel
    fault: Fault
    ran: Ran
    first: bool


def known_breaks(files: Iterable[Path]) -> list[KnownBreak]:
    """Of the files under kernel-bugs/, those first that break it before anything else."""
    kernels = Kernels()
    found = []
    for path in files:
        if path.parent.name != FOLDER:
            continue
        scenario = load(path)
        for name in kernels_for(scenario, (), kernels):
            kernel = kernels.kernel(name)
            breaks = enumerate(breaks_of(scenario, kernel).items())
            found += [
                KnownBreak(str(path), kernel, fault, ran, i == 0) for i, (fault, ran) in breaks
            ]
    return sorted(found, key=lambda known: not known.first)


def files_of(finding: "Finding", kernel: Kernel, known: Sequence[KnownBreak]) -> list[str]:
    """The scenarios that break the same promise, of the same kind of pages, in the same way."""
    fault = (finding.invariant, finding.page_kind)
    scenario = finding.witness.scenario
    ran = breaks_of(scenario, kernel).get(fault)
    return [
        one.file
        for one in known
        if one.fault == fault
        and ran is not None
        and ran <= one.ran
        and (one.kernel.digest() == kernel.digest() or fault in breaks_of(scenario, one.kernel))
    ]


def breaks_of(scenario: Scenario, kernel: Kernel) -> dict[Fault, Ran]:
    """Every promise that breaks, with the functions that ran in the step that broke it first."""
    walker = Walker(scenario.machine, kernel, compile_rules(kernel), interpreted=True)
    found: dict[Fault, Ran] = {}
    for step in scenario.steps:
        codes: set[CodeType] = set()
        try:
            with noting_calls(codes):
                made = walker.run(step)
        except (NotModelled, ModelBug):
            break
        core = frozenset(codes & _CORE)
        for one in (*made.broken, *walker.broken_by_state(), *walker.broken_by_answer()):
            found.setdefault((one.invariant, one.page_kind), core)
    return found


_CORE: Final = frozenset(function.__code__ for function in CORE_FUNCTIONS)


@contextmanager
def noting_calls(codes: set[CodeType]) -> Iterator[None]:
    """Every function that is called inside."""

    def called(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            codes.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        yield
    finally:
        sys.setprofile(before)
