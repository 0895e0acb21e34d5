# SPDX-License-Identifier: GPL-2.0-or-later
"""The verbs of the scenario language: a module for each system, a record for each verb.

The parser, the printer and the reference in ``docs/scenario-language.md`` read the records, and
so does everything above that makes, shows or throws for a step.  A verb carries the system
call's or the file's own name.
"""

from linuxmm.scenario.verbs import (
    devices,
    files,
    gup,
    ksm,
    machine,
    madvise,
    mappings,
    memcontrol,
    mincore,
    mlock,
    placement,
    proc,
    processes,
    userfaultfd,
)
from linuxmm.scenario.verbs.record import FORMS, Form, Gen, Verb
from linuxmm.scenario.words import DAEMONS

__all__ = ["FORMS", "VERBS", "Form", "Gen", "Verb", "actor_kind", "verb_names", "verb_of"]

# in the order of the reference
VERBS: dict[tuple[str, str], Verb] = {
    (verb.who, verb.name): verb
    for verb in (
        *mappings.MAPPINGS,
        *madvise.VERBS,
        *mlock.VERBS,
        *mincore.VERBS,
        *mappings.GATE,
        *memcontrol.VERBS,
        *placement.SYSTEM_CALLS,
        *processes.VERBS,
        *userfaultfd.VERBS,
        *files.VERBS,
        *gup.VERBS,
        *proc.REPORTS,
        *ksm.FILES,
        *proc.SWITCHES,
        *devices.MIGRATING,
        *devices.IN_PLACE,
        *ksm.KSMD,
        *placement.BALANCING,
        *machine.THREADS,
        *machine.MACHINE,
    )
}


def actor_kind(actor: str) -> str:
    """Which verbs an actor has: process, device, dax, a daemon's name, machine."""
    if not actor:
        return "machine"
    if actor in DAEMONS:
        return actor
    if actor[0] == "P":
        return "process"
    return "device" if actor.startswith(("coherent", "private")) else "dax"


def verb_of(actor: str, name: str) -> Verb | None:
    """The verb with this name that the actor has."""
    return VERBS.get((actor_kind(actor), name))


def verb_names(actor: str) -> list[str]:
    """All verbs of the actor, in the order of the table."""
    kind = actor_kind(actor)
    return [name for who, name in VERBS if who == kind]
