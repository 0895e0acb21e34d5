"""Which part of a scenario a real kernel can play: the steps that stay, the others with reasons.

The part is a scenario of its own.  Played on the model and on the kernel it must give the same;
what the whole scenario expects need not hold for it.
"""

from dataclasses import dataclass, replace
from typing import Final

from linuxmm.scenario.story import START, Story
from linuxmm.scenario.tree import Extent, Machine, Scenario, Step
from linuxmm.scenario.words import MADVICE, MOVE_FLAGS
from linuxmm.state.vocabulary import NEWER_FLAGS
from linuxmm.validate.abilities import Abilities
from linuxmm.validate.limits import Room
from linuxmm.validate.looks import EACH_LOOK, LAST_LOOKS, drain, last_looks
from linuxmm.validate.looks import look as look_at

MAX_MOVED: Final = 2000
MEMLOCK: Final = "memlock"
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
        if step.record.batched and not (kept and kept[-1].record.drains):
            kept.append(drain(step.line))
        kept.append(step)
        if look:
            kept += _looks(step, kept, abilities)
    if look:
        verbs = [verb for verb in LAST_LOOKS if abilities.has(verb.needs)]
        line = kept[-1].line if kept else 0
        kept += last_looks(scenario.machine, story, line, verbs)
    machine = _machine(scenario.machine, abilities)
    part = replace(scenario, machine=machine, steps=tuple(kept), expects=(), never=(), exists=())
    return Part(part, tuple(dropped))


# --- more to look at ------------------------------------------------------------------------------
def _looks(step: Step, kept: list[Step], abilities: Abilities) -> list[Step]:
    """smaps of the pages that the step has changed; what waits in batches is drained first."""
    extent = step.target
    if step.record.makes == "mapping":
        extent = Extent("mapping", step.by, step.name, 0, 1, step.nr_pages or 1)
    if extent is None or extent.kind != "mapping" or not abilities.has(EACH_LOOK.needs):
        return []
    if step.record.looks:
        return []
    made = [look_at(extent, EACH_LOOK, step.line)]
    lazy = any("MADV_FREE" in before.words for before in kept)
    return [drain(step.line), *made] if lazy else made


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
    verb = step.record
    if not step.by:
        return _why_not_others(step, abilities)
    if "." in step.actor:
        return "the worker has no threads"
    if step.cpu not in abilities.cpus:
        return f"the process may not run on cpu{step.cpu}"
    if verb.host:
        return verb.host
    if verb.privileged and machine.unprivileged:
        return "read by the caller, who has more rights than the process"
    limited = verb.needs == MEMLOCK and machine.memlock >= 0  # as the scenario wants it
    if verb.needs and not limited and not abilities.has(verb.needs):
        return abilities.why_not(verb.needs)
    return _why_not_argument(step, machine, abilities)


def _why_not_others(step: Step, abilities: Abilities) -> str:
    """Why what no process does cannot be done here."""
    verb = step.record
    if verb.drains:
        return ""
    if verb.needs:
        return verb.host or abilities.why_not(verb.needs)
    return f"no {step.actor} to play with here" if step.actor else f"no {step.verb} here"


def _why_not_argument(step: Step, machine: Machine, abilities: Abilities) -> str:
    """Why this form of the verb cannot be played here."""
    if step.device:
        return f"no {step.device} here"
    for word in ("pfnmap", "mixedmap", "hugetlb", "growsdown"):
        if word in step.words:
            return f"no driver or memory for {word} here"
    if "locked" in step.words and machine.memlock < 0:
        return abilities.why_not(MEMLOCK)
    if MADVICE in step.record.groups:
        return _why_not_advice(step, abilities)
    if MOVE_FLAGS in step.record.groups:
        if step.target and step.target.nr_pages > MAX_MOVED:
            return f"more than {MAX_MOVED} pages at once"
        return abilities.why_not("nice") if "MPOL_MF_MOVE_ALL" in step.words else ""
    return ""


def _why_not_advice(step: Step, abilities: Abilities) -> str:
    """Why this advice cannot be given here, to oneself or to others."""
    (advice,) = step.words
    if step.record.remote and advice not in ADVICE_FOR_OTHERS:
        own = step.target is not None and step.target.process == step.by
        return abilities.why_not("own_advice_is_limited") if own else ""
    if advice in ADVICE_KSM:
        return abilities.why_not("ksm")
    return abilities.why_not("no_swap") if advice == "MADV_PAGEOUT" else ""
