# SPDX-License-Identifier: GPL-2.0-or-later
"""Steps that only look, put behind the steps of a scenario: more to compare, nothing changed."""

from collections.abc import Sequence
from typing import Final

from linuxmm.scenario.story import Story
from linuxmm.scenario.tree import Extent, Machine, Step
from linuxmm.scenario.verbs import VERBS, Verb

LAST_LOOKS: Final[tuple[Verb, ...]] = tuple(
    sorted((verb for verb in VERBS.values() if verb.last_look), key=lambda verb: verb.last_look)
)
EACH_LOOK: Final = LAST_LOOKS[0]  # smaps: behind every step as well
DRAIN: Final = next(verb.name for verb in VERBS.values() if verb.drains)


def drain(line: int) -> Step:
    """The step that empties all batches."""
    return Step(line, "", "", DRAIN)


def look(extent: Extent, verb: Verb, line: int) -> Step:
    """A report of an extent, made by the process itself; of smaps every line of sizes."""
    keys = (
        tuple(key for key in verb.known_keys if key != "THPeligible") if verb is EACH_LOOK else ()
    )
    return Step(line, "", extent.process, verb.name, target=extent, keys=keys)


def last_looks(machine: Machine, story: Story, line: int, verbs: Sequence[Verb]) -> list[Step]:
    """These reports of every mapping of those who live at the end, all batches emptied."""
    if machine.unprivileged:
        verbs = [verb for verb in verbs if not verb.privileged]
    looks = [drain(line)]
    for extent in story.extents():
        looks += [look(extent, verb, line) for verb in verbs]
    return looks
