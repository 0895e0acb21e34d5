# SPDX-License-Identifier: GPL-2.0-or-later
"""Which part of a scenario a real kernel can play: the steps that stay, the others with reasons.

The part is a scenario of its own.  Played on the model and on the kernel it must give the same;
what the whole scenario expects need not hold for it.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from linuxmm.scenario.tree import Extent, Machine, Scenario, Step
from linuxmm.validate.abilities import Abilities
from linuxmm.validate.leftout import HOST, Sieve
from linuxmm.validate.looks import EACH_LOOK, LAST_LOOKS, drain, last_looks
from linuxmm.validate.looks import look as look_at


@dataclass(frozen=True)
class Part:
    """What can be played, and the steps that cannot with the reasons."""

    scenario: Scenario
    dropped: tuple[tuple[Step, str], ...]


def part_of(sieve: Sieve, machine: Machine) -> Part:
    """What a sieve kept, as a scenario."""
    steps = tuple(sieve.kept)
    part = replace(sieve.scenario, machine=machine, steps=steps, expects=(), never=(), exists=())
    return Part(part, tuple(sieve.dropped))


def playable(scenario: Scenario, abilities: Abilities, *, look: bool = False) -> Part:
    """The part of a scenario that the running kernel can play.

    `look`: with reports of what each step touched, and of everything at the end.
    """
    sieve = Sieve(scenario, HOST, abilities)
    kept = sieve.kept
    for step in scenario.steps:
        if not sieve.keeps(step):
            continue
        if step.record.batched and not (kept and kept[-1].record.drains):
            kept.append(drain(step.line))
        kept.append(step)
        if look:
            kept += _looks(step, kept, abilities)
    if look:
        verbs = [verb for verb in LAST_LOOKS if abilities.has(verb.needs)]
        line = kept[-1].line if kept else 0
        kept += last_looks(scenario.machine, sieve.story, line, verbs)
    return part_of(sieve, _machine(scenario.machine, abilities))


def skipped_whole(scenario: Scenario, booted: Collection[str]) -> str:
    """Why nothing of it is played on a kernel that was booted so; empty if something is."""
    lacking = [word for word in scenario.machine.boot_words if word not in booted]
    return f"it needs another boot: {' '.join(lacking)}" if lacking else ""


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


def _machine(machine: Machine, abilities: Abilities) -> Machine:
    """The block, as far as the real machine has it: no devices, no swap, its own nodes."""
    nodes = machine.nodes[: abilities.nodes]
    cpus = tuple(min(node, len(nodes) - 1) for node in machine.cpu_nodes)
    ksm = machine.ksm if abilities.has("ksm") else ()
    return replace(machine, nodes=nodes, devices=(), cpu_nodes=cpus, swap_pages=0, swap_kind="",
                   ksm=ksm, sysctls=(), memcg=False, cgroups=())  # fmt: skip
