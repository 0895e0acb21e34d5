# SPDX-License-Identifier: GPL-2.0-or-later
"""Which part of a scenario the virtual machine can play: the steps that stay, the others' reasons.

It has coherent devices, DAX, swap on zram, two nodes, ksmd and our probe module; DEVICE_PRIVATE
memory where its kernel has it; no way to stop a migration between its phases.  What waits in a
per-CPU batch depends there on what other processes did: behind every step that acts the batches
are emptied, on both sides.
"""

from dataclasses import replace
from typing import Final

from linuxmm.scenario.story import story_of
from linuxmm.scenario.tree import Machine, Scenario, Step
from linuxmm.scenario.verbs import VERBS
from linuxmm.validate.abilities import Abilities
from linuxmm.validate.hello import COHERENT_MEMORY, NODES, PRIVATE_MEMORY, abilities_of, of_devices
from linuxmm.validate.leftout import GUEST, Sieve
from linuxmm.validate.looks import LAST_LOOKS, drain, last_looks
from linuxmm.validate.numbers import uses_ksm
from linuxmm.validate.part import Part, part_of

# without DEVICE_PRIVATE, as Debian's
DEBIAN: Final = abilities_of(of_devices((2, 3)))
OWN: Final = abilities_of(of_devices((0, 1, 2, 3)))


def playable(scenario: Scenario, able: Abilities = DEBIAN) -> Part:
    """The part of a scenario that a virtual machine with these abilities can play."""
    sieve = Sieve(scenario, GUEST, able)
    for step in scenario.steps:
        if sieve.keeps(step):
            sieve.kept.append(step)
            if step.actor and not step.record.looks:
                sieve.kept.append(drain(step.line))
    sieve.kept += _last_looks(sieve)
    return part_of(sieve, _machine(scenario.machine, able))


def _last_looks(sieve: Sieve) -> list[Step]:
    """Every report of every mapping, and the counters that nobody else moves."""
    if not sieve.kept:
        return []
    line = sieve.kept[-1].line
    verbs = [verb for verb in LAST_LOOKS if sieve.abilities.has(verb.needs)]
    looks = last_looks(sieve.scenario.machine, sieve.story, line, verbs)
    process = next(iter(sieve.story.living()), "")
    if process:
        for verb in VERBS.values():
            if verb.steady:
                keys = tuple(key for key in verb.keys if key in verb.steady)
                looks.append(Step(line, "", process, verb.name, keys=keys))
            elif verb.looks and verb.needs == "ksm" and any(map(uses_ksm, sieve.kept)):
                looks.append(Step(line, "", process, verb.name))
    return looks


def skipped_whole(scenario: Scenario, able: Abilities = DEBIAN) -> str:
    """Why nothing of the scenario can be played; empty if something can."""
    machine = scenario.machine
    if len(machine.nodes) > 2 or any(node.movable or node.cpuless for node in machine.nodes):
        return "the virtual machine has two ordinary nodes"
    if machine.swap_pages and machine.swap_kind != "zram":
        return "the virtual machine has swap on zram only"
    if machine.swap_pages and not able.has("swap"):
        return able.why_not("swap")
    if any(group.max_pages for group in machine.cgroups) and len(processes_of(scenario)) > 1:
        return "memory of the worker's own counts at a limit, once there are children"
    for device in machine.devices:
        if device.kind == "dax" and device.filesystem not in ("", "ext4"):
            return f"no {device.filesystem} with DAX in the virtual machine"
    return ""


def processes_of(scenario: Scenario) -> tuple[str, ...]:
    return tuple(story_of(scenario.steps).processes)


def _machine(machine: Machine, able: Abilities) -> Machine:
    """The block, with the guest's two nodes and a CPU on each, without what is not there."""
    kinds = {"private": PRIVATE_MEMORY, "coherent": COHERENT_MEMORY}
    lost = ("p2pdma", *(kind for kind, ability in kinds.items() if not able.has(ability)))
    devices = tuple(d for d in machine.devices if d.kind not in lost)
    given = {node.number: node for node in machine.nodes}
    nodes = tuple(given.get(i, replace(machine.nodes[0], number=i)) for i in range(NODES))
    return replace(machine, devices=devices, nodes=nodes, cpu_nodes=tuple(range(NODES)))
