# SPDX-License-Identifier: GPL-2.0-or-later
"""Which broken promises of a kernel are known: a scenario of the collection breaks them too."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from linuxmm.kernels import Kernel
from linuxmm.play.run import Kernels, run_on
from linuxmm.scenario.parse import load

if TYPE_CHECKING:
    from linuxmm.review.findings import Finding

FOLDER: Final = "kernel-bugs"  # of the collection of scenarios
Known = Mapping[tuple[str, str], Sequence[str]]  # promise and page kind -> files


def known_breaks(kernel: Kernel, files: Iterable[Path]) -> Known:
    """What the files under kernel-bugs/ break on this kernel, those first that break it at once."""
    kernels = Kernels()
    name = kernels.add(kernel)
    found: dict[tuple[str, str], dict[str, bool]] = {}
    for path in files:
        if path.parent.name != FOLDER:
            continue
        for i, (_, violation) in enumerate(run_on(load(path), name, kernels).broken):
            found.setdefault((violation.invariant, violation.page_kind), {})[str(path)] = i == 0
    return {key: sorted(paths, key=lambda p: not paths[p]) for key, paths in found.items()}


def files_of(finding: "Finding", known: Known) -> Sequence[str]:
    """The scenarios that break the same promise of the same kind of pages."""
    return known.get((finding.invariant, finding.page_kind), ())
