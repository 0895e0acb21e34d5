# SPDX-License-Identifier: GPL-2.0-or-later
"""The steps of each verb: the acts that the records name, and how often each is thrown for.

An act writes at most `steps.room` lines and changes the world only when it writes.  The tables
hold weights only; what a target cannot do is left out by `targets.py`.
"""

from typing import Final

from linuxmm.generate.acts import act, advice, devices, gup, memory, policy, reports, userfaultfd
from linuxmm.generate.acts.act import Act
from linuxmm.generate.steps import Steps
from linuxmm.scenario.verbs import VERBS, Verb

__all__ = ["ACTS", "FUNCTIONS", "due", "make"]

FUNCTIONS: Final[dict[str, Act]] = {  # as the records name them
    function.__name__: function
    for function in (
        *(act.alone, act.own_range, memory.access, memory.mmap, memory.munmap, memory.mprotect),
        *(memory.vsyscall, memory.memcg, memory.memcg_reclaim, memory.mremap),
        *(memory.ftruncate, memory.fallocate),
        *(memory.file, memory.on_file, memory.fork, memory.exit, memory.drain, memory.fail),
        *(userfaultfd.userfaultfd, userfaultfd.uffd),
        *(advice.madvise, advice.process_madvise, advice.mlock2, advice.mlockall),
        *(advice.move_pages, advice.numa_scan, advice.ksm_set),
        *(advice.ksmd_full_scan, advice.ksmd_scan, advice.khugepaged_scan),
        *(policy.mbind, policy.set_mempolicy, policy.get_mempolicy, policy.migrate_pages),
        *(gup.hold, gup.give_back, gup.follow_page),
        *(reports.report, reports.of_process, reports.of_machine, reports.counters),
        *(reports.clear_refs, reports.drop_caches, reports.split_huge_pages),
        *(devices.migrate, devices.migrate_to_sys, devices.setup, devices.next_phase),
        *(devices.release, devices.exclusive, devices.coherent_in_place, devices.in_place),
    )
}
# the verbs that are thrown for, in the order that a seed stands on
ACTS: Final[tuple[Verb, ...]] = tuple(
    sorted(
        (verb for verb in VERBS.values() if verb.gen),
        key=lambda verb: verb.gen.at if verb.gen else 0,
    )
)


def make(g: Steps, verb: Verb) -> bool:
    """A step with this verb, or nothing where it has no sense."""
    return bool(verb.gen and FUNCTIONS[verb.gen.act](g, verb))


def due(g: Steps) -> bool:
    """What is half done goes on: a migration in phases, pages that are held."""
    phase, _ = g.world.phase
    if phase and g.chance(45):
        verb = next(v for v in VERBS.values() if v.phase and v.phase[0] == phase)
        return make(g, verb)
    held = g.world.story.holding()
    if held and g.chance(12):
        undone_by = VERBS["process", held[0][2].verb].undone_by
        return make(g, VERBS["process", undone_by])
    return False
