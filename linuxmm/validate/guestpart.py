"""Which part of a scenario the virtual machine can play: the steps that stay, the others' reasons.

It has coherent devices, DAX, swap on zram, two nodes, ksmd and our probe module; DEVICE_PRIVATE
memory where its kernel has it; no way to stop a migration between its phases.  What waits in a
per-CPU batch depends there on what other processes did: behind every step that acts the batches
are emptied, on both sides.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from linuxmm.scenario.story import START, Story
from linuxmm.scenario.tree import Machine, Scenario, Step
from linuxmm.scenario.verbs import VERBS
from linuxmm.state.vocabulary import NEWER_FLAGS
from linuxmm.validate.limits import BARE, Room
from linuxmm.validate.looks import LAST_LOOKS, drain, last_looks
from linuxmm.validate.numbers import uses_ksm
from linuxmm.validate.part import Part

NODES: Final = 2


def playable(scenario: Scenario, hmm: Collection[int] = ()) -> Part:
    """The part of a scenario that the virtual machine can play.

    `hmm`: the numbers of test_hmm's devices that it has; 0 and 1 are private ones.
    """
    story, room = START, Room()
    written: set[int] = set()  # mappings without struct page, by number
    kept: list[Step] = []
    dropped: list[tuple[Step, str]] = []
    for step in scenario.steps:
        why = _why_not(step, scenario.machine, hmm)
        if not why and story.lacks(step):
            why = "it uses what a step before did not make"
        if not why and _is_unknown(step, story, written):
            why = "the model keeps no contents of memory without struct page"
        why = why or room.why_not(step, story.after(step))
        story = story.after(step, made=not why)
        if why:
            dropped.append((step, why))
            continue
        room.take(step)
        kept.append(step)
        if step.actor and not step.record.looks:
            kept.append(drain(step.line))
    kept += _last_looks(scenario.machine, story, kept)
    part = replace(
        scenario,
        machine=_machine(scenario.machine, hmm),
        steps=tuple(kept),
        expects=(),
        never=(),
        exists=(),
    )
    return Part(part, tuple(dropped))


def _is_unknown(step: Step, story: Story, written: set[int]) -> bool:
    """Does the step read what was written to memory that the model keeps no contents of?"""
    extent = step.target
    mapping = story.mapping(extent.process, extent.name) if extent else None
    if mapping is None or not any(word in BARE for word in mapping.words):
        return False
    form = step.record.form
    if form == "access":
        written.add(mapping.number)
    return form == "values" and mapping.number in written


def _last_looks(machine: Machine, story: Story, kept: list[Step]) -> list[Step]:
    """Every report of every mapping, and the counters that nobody else moves."""
    if not kept:
        return []
    line = kept[-1].line
    looks = last_looks(machine, story, line, LAST_LOOKS)
    process = next(iter(story.living()), "")
    if process:
        for verb in VERBS.values():
            if verb.steady:
                keys = tuple(key for key in verb.keys if key in verb.steady)
                looks.append(Step(line, "", process, verb.name, keys=keys))
            elif verb.looks and verb.needs == "ksm" and any(map(uses_ksm, kept)):
                looks.append(Step(line, "", process, verb.name))
    return looks


def skipped_whole(scenario: Scenario) -> str:
    """Why nothing of the scenario can be played; empty if something can."""
    machine = scenario.machine
    if len(machine.nodes) > 2 or any(node.movable or node.cpuless for node in machine.nodes):
        return "the virtual machine has two ordinary nodes"
    if machine.swap_pages and machine.swap_kind != "zram":
        return "the virtual machine has swap on zram only"
    for device in machine.devices:
        if device.kind == "dax" and device.filesystem not in ("", "ext4"):
            return f"no {device.filesystem} with DAX in the virtual machine"
    return ""


def _machine(machine: Machine, hmm: Collection[int]) -> Machine:
    """The block, with the guest's two nodes and a CPU on each, without what is not there."""
    lost = ("p2pdma",) if 0 in hmm else ("p2pdma", "private")
    devices = tuple(d for d in machine.devices if d.kind not in lost)
    given = {node.number: node for node in machine.nodes}
    nodes = tuple(given.get(i, replace(machine.nodes[0], number=i)) for i in range(NODES))
    return replace(machine, devices=devices, nodes=nodes, cpu_nodes=tuple(range(NODES)))


def _why_not(step: Step, machine: Machine, hmm: Collection[int]) -> str:
    """Why the step cannot be played here; empty if it can."""
    verb = step.record
    if not verb.modelled:
        return "not modelled"
    if any(word in NEWER_FLAGS for word in step.words):
        return "a flag that came after the model's kernels"
    if step.actor.startswith("p2pdma") or (step.actor.startswith("private") and 0 not in hmm):
        return "this kernel has no CONFIG_DEVICE_PRIVATE"
    if "." in step.actor:
        return "the worker has no threads"
    if verb.guest:
        return verb.guest
    if step.cpu > 1:
        return "the virtual machine has two CPUs"
    if verb.keys_required and not set(step.keys) <= set(verb.steady):
        return "a counter that moves by itself"
    return _why_not_argument(step)


def _why_not_argument(step: Step) -> str:
    for word in ("hugetlb", "growsdown", "find_special_page"):
        if word in step.words:
            return f"no {word} here"
    if step.device.startswith("devdax") and "private" in step.words:
        return "device DAX refuses private mappings"
    return ""
