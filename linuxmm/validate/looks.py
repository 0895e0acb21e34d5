"""Steps that only look, put behind the steps of a scenario: more to compare, nothing changed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from linuxmm.fs.proc.text import ROLLUP_ONLY, SMAP_LINES
from linuxmm.scenario.tree import Extent, Scenario, Step
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


def last_looks(scenario: Scenario, kept: Sequence[Step], verbs: Sequence[str]) -> list[Step]:
    """These reports of every mapping of those who live at the end, all batches emptied."""
    line = kept[-1].line if kept else 0
    if scenario.machine.unprivileged:
        verbs = [verb for verb in verbs if verb not in PRIVILEGED]
    looks = [Step(line, "", "", "drain")]
    for extent in mappings(kept):
        looks += [look(extent, verb, line) for verb in verbs]
    return looks


def living(scenario: Scenario, steps: Sequence[Step]) -> list[str]:
    """The processes that have not exited after these steps (a signal may have ended them)."""
    ended = {step.actor for step in steps if step.verb == "exit"}
    born = {"P0", *(step.name for step in steps if step.verb == "fork")}
    return [name for name in scenario.processes() if name in born - ended]


def mappings(steps: Sequence[Step]) -> list[Extent]:
    """Every mapping of every process that has not exited after these steps."""
    ended = {step.actor for step in steps if step.verb == "exit"}
    extents: dict[tuple[str, str], Extent] = {}
    for step in steps:
        if step.verb == "mmap":
            nr = step.nr_pages or (step.target.nr_pages if step.target else 0)
            extents[step.by, step.name] = Extent("mapping", step.by, step.name, 0, nr, nr)
        elif step.verb == "fork":
            for (process, name), extent in list(extents.items()):
                if process == step.by:
                    extents[step.name, name] = replace(extent, process=step.name)
    return [extent for (process, _), extent in extents.items() if process not in ended]
