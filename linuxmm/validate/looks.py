"""Steps that only look, put behind the steps of a scenario: more to compare, nothing changed."""

from collections.abc import Sequence
from typing import Final

from linuxmm.fs.proc.text import ROLLUP_ONLY, SMAP_LINES
from linuxmm.scenario.story import Story
from linuxmm.scenario.tree import Extent, Machine, Step
from linuxmm.scenario.verbs import verb_of

_SMAPS: Final = ("Size", "KernelPageSize", "MMUPageSize", *SMAP_LINES, "VmFlags")
SMAPS_ALL: Final = tuple(key for key in _SMAPS if key not in ROLLUP_ONLY)
LAST_LOOKS: Final = ("smaps", "numa_maps", "kpageflags", "kpagecount", "move_pages")
PRIVILEGED: Final = ("kpageflags", "kpagecount")
REPORTS: Final = ("picture", "pagemap", "fields", "kpageflags", "counts", "found")  # forms of verbs


def is_report(step: Step) -> bool:
    """Does a process only look?"""
    verb = verb_of(step.actor, step.verb)
    return step.actor[:1] == "P" and verb is not None and verb.form in REPORTS


def look(extent: Extent, verb: str, line: int) -> Step:
    """A report of an extent, made by the process itself."""
    keys = SMAPS_ALL if verb == "smaps" else ()
    return Step(line, "", extent.process, verb, target=extent, keys=keys)


def last_looks(machine: Machine, story: Story, line: int, verbs: Sequence[str]) -> list[Step]:
    """These reports of every mapping of those who live at the end, all batches emptied."""
    if machine.unprivileged:
        verbs = [verb for verb in verbs if verb not in PRIVILEGED]
    looks = [Step(line, "", "", "drain")]
    for extent in story.extents():
        looks += [look(extent, verb, line) for verb in verbs]
    return looks
