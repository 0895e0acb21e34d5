"""Which part of a scenario a real kernel can play: the steps that stay, the others with reasons.

The part is a scenario of its own.  Played on the model and on the kernel it must give the same;
what the whole scenario expects need not hold for it.
"""

from dataclasses import dataclass, replace
from typing import Final

from linuxmm.scenario.story import START, Story
from linuxmm.scenario.tree import Extent, Machine, Scenario, Step
from linuxmm.state.vocabulary import NEWER_FLAGS
from linuxmm.validate.abilities import Abilities
from linuxmm.validate.limits import Room
from linuxmm.validate.looks import LAST_LOOKS, PRIVILEGED, last_looks
from linuxmm.validate.looks import look as look_at

NO_SUCH: Final[dict[str, str]] = {
    "get": "user space cannot take plain references on pages",
    "get_fast": "user space cannot take plain references on pages",
    "pin": "user space cannot take pins on pages",
    "pin_fast": "user space cannot take pins on pages",
    "follow_page": "follow_page is no system call",
    "meminfo": "machine-wide counters move with other processes",
    "vmstat": "machine-wide counters move with other processes",
    "smaps_rollup": "it counts the worker's own memory too",
    "mlockall": "it would lock the worker's own memory too",
    "migrate_pages": "not done on the host",
    "pread": "not done on the host",
    "pwrite": "not done on the host",
    "fsync": "not done on the host",
}
NEEDS: Final[dict[str, str]] = {
    "move_pages": "agent",
    "pages": "pagemap",
    "pagemap": "pagemap",
    "smaps": "smaps",
    "numa_maps": "numa_maps",
    "kpageflags": "kpageflags",
    "kpagecount": "kpagecount",
    "clear_refs": "clear_refs",
    "ksm": "ksm",
    "ksm_set": "ksm",
    "file": "disk",
}
BATCHED: Final = ("kpageflags", "numa_maps")  # they show what waits in a per-CPU batch
MAX_MOVED: Final = 2000
# mm/madvise.c:process_madvise_behavior_valid
ADVICE_FOR_OTHERS: Final = ("MADV_COLD", "MADV_PAGEOUT", "MADV_WILLNEED", "MADV_COLLAPSE")
ADVICE_KSM: Final = ("MADV_MERGEABLE", "MADV_UNMERGEABLE")


@dataclass(frozen=True)
class Part:
    """What can be played, and the steps that cannot with the reasons."""

    scenario: Scenario
    dropped: tuple[tuple[Step, str], ...]


def playable(scenario: Scenario, abilities: Abilities, *, look: bool = False) -> Part:
    """The part of a scenario that the running kernel can play.

    `look`: with reports of what each step touched, and of everything at the end.
    """
    story, room = START, Room()
    kept: list[Step] = []
    dropped: list[tuple[Step, str]] = []
    for step in scenario.steps:
        why = _why_not(step, scenario.machine, abilities)
        if not why and story.lacks(step):
            why = "it uses what a step before did not make"
        if not why and _populates_hole(step, story):
            why = abilities.why_not("populate_passes_holes")
        why = why or room.why_not(step, story.after(step))
        story = story.after(step, made=not why)
        if why:
            dropped.append((step, why))
            continue
        room.take(step)
        if step.verb in BATCHED and not (kept and kept[-1].verb == "drain"):
            kept.append(Step(step.line, "", "", "drain"))
        kept.append(step)
        if look:
            kept += _looks(step, kept, abilities)
    if look:
        verbs = [verb for verb in LAST_LOOKS if abilities.has(NEEDS[verb])]
        line = kept[-1].line if kept else 0
        kept += last_looks(scenario.machine, story, line, verbs)
    machine = _machine(scenario.machine, abilities)
    part = replace(scenario, machine=machine, steps=tuple(kept), expects=(), never=(), exists=())
    return Part(part, tuple(dropped))


# --- more to look at ------------------------------------------------------------------------------
def _looks(step: Step, kept: list[Step], abilities: Abilities) -> list[Step]:
    """smaps of the pages that the step has changed; what waits in batches is drained first."""
    extent = step.target
    if step.verb == "mmap":
        extent = Extent("mapping", step.by, step.name, 0, 1, step.nr_pages or 1)
    if extent is None or extent.kind != "mapping" or not abilities.has("smaps"):
        return []
    if step.verb in NEEDS and step.verb != "move_pages":
        return []
    made = [look_at(extent, "smaps", step.line)]
    lazy = any("MADV_FREE" in before.words for before in kept)
    return [Step(step.line, "", "", "drain"), *made] if lazy else made


def _populates_hole(step: Step, story: Story) -> bool:
    """Does the step populate pages of which some are not mapped?"""
    populates = any(word.startswith("MADV_POPULATE") for word in step.words)
    return populates and step.target is not None and story.has_hole(step.target)


def _machine(machine: Machine, abilities: Abilities) -> Machine:
    """The block, as far as the real machine has it: no devices, no swap, its own nodes."""
    nodes = machine.nodes[: abilities.nodes]
    cpus = tuple(min(node, len(nodes) - 1) for node in machine.cpu_nodes)
    ksm = machine.ksm if abilities.has("ksm") else ()
    return replace(machine, nodes=nodes, devices=(), cpu_nodes=cpus, swap_pages=0, swap_kind="",
                   ksm=ksm, sysctls=())  # fmt: skip


# --- one step -------------------------------------------------------------------------------------
def _why_not(step: Step, machine: Machine, abilities: Abilities) -> str:
    """Why the step cannot be played here; empty if it can."""
    if not step.record.modelled:
        return "not modelled"
    if any(word in NEWER_FLAGS for word in step.words):
        return "a flag that came after the model's kernels"
    if step.actor == "ksmd":
        if step.verb == "scan":
            return "ksmd cannot be stopped after some pages"
        return abilities.why_not("ksm")
    if step.verb == "drain":
        return ""
    if step.actor[:1] != "P":
        return f"no {step.actor} to play with here" if step.actor else f"no {step.verb} here"
    if "." in step.actor:
        return "the worker has no threads"
    if step.cpu not in abilities.cpus:
        return f"the process may not run on cpu{step.cpu}"
    if step.verb in NO_SUCH:
        return NO_SUCH[step.verb]
    if step.verb in PRIVILEGED and machine.unprivileged:
        return "read by the caller, who has more rights than the process"
    if step.verb in NEEDS and not abilities.has(NEEDS[step.verb]):
        return abilities.why_not(NEEDS[step.verb])
    return _why_not_argument(step, machine, abilities)


def _why_not_argument(step: Step, machine: Machine, abilities: Abilities) -> str:
    """Why this form of the verb cannot be played here."""
    if step.device:
        return f"no {step.device} here"
    if step.verb == "mmap":
        for word in ("pfnmap", "mixedmap", "hugetlb", "growsdown"):
            if word in step.words:
                return f"no driver or memory for {word} here"
        locks = "locked" in step.words
        return abilities.why_not("memlock") if locks and machine.memlock < 0 else ""
    if step.verb in ("mlock", "mlock2") and machine.memlock < 0:
        return abilities.why_not("memlock")
    if step.verb == "madvise" and step.words[0] in ADVICE_KSM:
        return abilities.why_not("ksm")
    if step.verb == "process_madvise" and step.words[0] not in ADVICE_FOR_OTHERS:
        own = step.target is not None and step.target.process == step.by
        return abilities.why_not("own_advice_is_limited") if own else ""
    if "MADV_PAGEOUT" in step.words:
        return abilities.why_not("no_swap")
    if step.verb == "move_pages":
        if step.target and step.target.nr_pages > MAX_MOVED:
            return f"more than {MAX_MOVED} pages at once"
        return abilities.why_not("nice") if "MPOL_MF_MOVE_ALL" in step.words else ""
    return ""
