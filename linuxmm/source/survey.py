# SPDX-License-Identifier: GPL-2.0-or-later
"""Which functions of a tree run in the model's place, and where one of them could not go on."""

from dataclasses import dataclass

from linuxmm.kernels import Kernel
from linuxmm.source.body import TOO_MUCH
from linuxmm.source.config import config_of
from linuxmm.source.execute import translated
from linuxmm.source.folder import Folder
from linuxmm.source.tree import SourceTree
from linuxmm.source.twins import TWINS


@dataclass(frozen=True)
class Surveyed:
    """One function with a twin: what it calls as text, and its places without a translation."""

    place: str
    found: bool
    reached: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.place.partition(":")[2]


def survey(root: str, kernel: Kernel) -> list[Surveyed]:
    """Every twin of the core in a tree.  Raises: InputError, Skipped."""
    versions = translated(SourceTree(Folder(root), config_of(kernel)))
    found = []
    for twin in TWINS:
        version = versions.get(twin.place)
        if version is None:
            found.append(Surveyed(twin.place, False))
            continue
        reached = version.program.reached(twin.path, twin.name)
        stops = tuple(
            str(trap)
            for trap in version.program.traps.values()
            if trap.kind == "missing"
            and trap.why != TOO_MUCH  # a bound, no missing place
            and (trap.path, trap.function) in reached
        )
        places = tuple(f"{path}:{name}" for path, name in reached)
        found.append(Surveyed(twin.place, True, places, stops))
    return found
