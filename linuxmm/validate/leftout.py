# SPDX-License-Identifier: GPL-2.0-or-later
"""Steps that a real kernel is not asked for, as data: which, on a kernel without what, and why.

The first row that holds decides.  What is said of a verb as a whole stands in its record; here are
actors, forms of a verb, and what the story says.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from linuxmm.fs.proc.task_mmu.clear_refs import CLEAR_REFS_SOFT_DIRTY
from linuxmm.scenario.story import START, Story
from linuxmm.scenario.tree import Extent, Machine, Scenario, Step
from linuxmm.scenario.words import MADVICE, MEMCGS, MOVE_FLAGS, MREMAP_FLAGS
from linuxmm.state.flags import FOLL_FLAGS, NEWER_FLAGS
from linuxmm.validate.abilities import Abilities
from linuxmm.validate.hello import COHERENT_MEMORY, LOOKUP, NO_PRIVATE_MEMORY, PRIVATE_MEMORY
from linuxmm.validate.limits import BARE, Room

MAX_MOVED: Final = 2000
HUGE_PAGES: Final = 512
MEMLOCK: Final = "memlock"  # abilities
# mm/madvise.c:process_madvise_behavior_valid
ADVICE_FOR_OTHERS: Final = ("MADV_COLD", "MADV_PAGEOUT", "MADV_WILLNEED", "MADV_COLLAPSE")


class At(NamedTuple):
    """A step where it stands."""

    step: Step
    machine: Machine
    story: Story  # before it
    abilities: Abilities
    kept: Sequence[Step]


class LeftOut(NamedTuple):
    """`of`: which steps.  `ability`: only where it is missing; without `why` its own words say why.

    In `ability` and `why` stands ``{0.verb}`` for what the step has there.
    """

    of: Callable[[At], bool]
    why: str = ""
    ability: str = ""

    def why_not(self, at: At) -> str:
        """Why the step is left out; empty if it is not, by this row."""
        ability = self.ability.format(at.step)
        if not self.of(at) or (ability and at.abilities.has(ability)):
            return ""
        return self.why.format(at.step) or at.abilities.why_not(ability)


# --- who ------------------------------------------------------------------------------------------
def is_not_modelled(at: At) -> bool:
    return not at.step.record.modelled


def has_newer_flag(at: At) -> bool:
    return any(word in NEWER_FLAGS for word in at.step.words)


def is_by_a_process(at: At) -> bool:
    return at.step.actor[:1] == "P"


def is_by_a_thread(at: At) -> bool:
    return is_by_a_process(at) and "." in at.step.actor


def is_by_somebody_else(at: At) -> bool:
    """Not by a process, nor by a daemon that an ability stands for."""
    return bool(at.step.actor) and not is_by_a_process(at) and not at.step.record.needs


def is_by_nobody(at: At) -> bool:
    return not at.step.actor and not at.step.record.drains


def maps_huge_pages(at: At) -> bool:
    """A mapping in which they fit, on a machine that has them: they are switched off elsewhere."""
    huge = at.machine.thp != "never" and at.step.nr_pages >= HUGE_PAGES
    return huge and at.step.record.makes == "mapping"


def makes_huge_shmem(at: At) -> bool:
    """A file or area of shmem, of any size, on a machine whose shmem has them."""
    huge = at.machine.shmem not in ("never", "deny")
    area = at.step.record.makes == "mapping" and says("shared")(at)
    return huge and (area or at.step.record.makes == "file")


def collapses(at: At) -> bool:
    """MADV_COLLAPSE where a huge page fits: the processes are told not to have any (prctl)."""
    target = at.step.target
    return says("MADV_COLLAPSE")(at) and target is not None and target.of >= HUGE_PAGES


def is_elsewhere(at: At) -> bool:
    """On a CPU that is not there, or not for us."""
    return at.step.cpu not in at.abilities.cpus


def is_a_process_elsewhere(at: At) -> bool:
    return is_by_a_process(at) and is_elsewhere(at)


def is_by(*actors: str) -> Callable[[At], bool]:
    return lambda at: at.step.actor.startswith(actors)


# --- what -----------------------------------------------------------------------------------------
def is_not_for_a_host(at: At) -> bool:
    return bool(at.step.record.host)


def is_not_for_a_guest(at: At) -> bool:
    return bool(at.step.record.guest)


def is_read_by_the_caller(at: At) -> bool:
    return at.step.record.privileged and at.machine.unprivileged


def needs_an_ability(at: At) -> bool:
    """Of its verb; to lock memory only where the scenario sets no limit of its own."""
    needs = at.step.record.needs
    return bool(needs) and (needs != MEMLOCK or at.machine.memlock < 0)


def is_of_a_device(at: At) -> bool:
    return bool(at.step.device)


def is_of(device: str) -> Callable[[At], bool]:
    return lambda at: at.step.device.startswith(device)


def looks_up(at: At) -> bool:
    return at.step.record.form == "found"


def needs_one_and_no_device(at: At) -> bool:
    """The file of a device lies there, not on a disk."""
    return needs_an_ability(at) and not is_of_a_device(at)


def says(*words: str) -> Callable[[At], bool]:
    return lambda at: any(word in at.step.words for word in words)


def maps_locked(at: At) -> bool:
    return says("locked")(at) and at.machine.memlock < 0


def maps_private_dax(at: At) -> bool:
    return at.step.device.startswith("devdax") and says("private")(at)


def is_for_others(at: At) -> bool:
    """Advice by a call that up to 6.12 has only some of it, for oneself too."""
    return MADVICE in at.step.record.groups and at.step.record.remote


def advises_itself(at: At) -> bool:
    target = at.step.target
    is_own = target is not None and target.process == at.step.by
    return is_own and is_for_others(at) and not says(*ADVICE_FOR_OTHERS)(at)


def remaps(at: At) -> bool:
    return MREMAP_FLAGS in at.step.record.groups


def remaps_part_of_a_huge_page(at: At) -> bool:
    """Perhaps of hugetlb, whose lengths are rounded up: the player looks for a place by pages."""
    target = at.step.target
    part = at.step.nr_pages % HUGE_PAGES or (target is not None and target.nr_pages % HUGE_PAGES)
    return remaps(at) and bool(part) and "vm.nr_hugepages" in dict(at.machine.sysctls)


def sizes_a_huge_file_by_parts(at: At) -> bool:
    return says("MFD_HUGETLB")(at) and at.step.nr_pages % HUGE_PAGES != 0


def shares_with_ksm(at: At) -> bool:
    return says("MADV_MERGEABLE", "MADV_UNMERGEABLE")(at) and not is_for_others(at)


def clears_soft_dirty(at: At) -> bool:
    """It write-protects the entries, where it does anything (clear_soft_dirty)."""
    return at.step.record.tlb_keeps and at.step.number == CLEAR_REFS_SOFT_DIRTY


def moves_many(at: At) -> bool:
    target = at.step.target
    is_move = MOVE_FLAGS in at.step.record.groups
    return is_move and target is not None and target.nr_pages > MAX_MOVED


def asks_for_a_restless_counter(at: At) -> bool:
    """One that others move as well."""
    verb = at.step.record
    return verb.keys_required and not set(at.step.keys) <= set(verb.steady)


def reclaims_the_worker(at: At) -> bool:
    """Memory of the workers' own that is in a group goes to swap too, once there are children."""
    writes = MEMCGS in at.step.record.groups and at.step.number >= 0
    return writes and bool(at.machine.cgroups) and len(at.story.processes) > 1


# --- what the story says --------------------------------------------------------------------------
def lacks_something(at: At) -> bool:
    return at.story.lacks(at.step)


def populates_a_hole(at: At) -> bool:
    """Does the step populate pages of which some are not mapped?"""
    populates = any(word.startswith("MADV_POPULATE") for word in at.step.words)
    return populates and at.step.target is not None and at.story.has_hole(at.step.target)


def reads_what_nobody_kept(at: At) -> bool:
    """What was written to memory without struct page."""
    if at.step.record.form != "values" or not _is_bare(at, at.step.target):
        return False
    written = (step.target for step in at.kept if step.record.form == "access")
    return any(_is_bare(at, target) for target in written)  # it may have moved since


def _is_bare(at: At, extent: Extent | None) -> bool:
    mapping = at.story.mapping(extent.process, extent.name) if extent else None
    return mapping is not None and any(word in BARE for word in mapping.words)


# --- the rows -------------------------------------------------------------------------------------
_BY_BOTH: Final = (
    LeftOut(is_not_modelled, "not modelled"),
    LeftOut(has_newer_flag, "a flag that came after the model's kernels"),
)
_NO_THREADS: Final = LeftOut(is_by_a_thread, "the worker has no threads")
_LACKS: Final = LeftOut(lacks_something, "it uses what a step before did not make")
HOST: Final = (
    *_BY_BOTH,
    LeftOut(is_by_somebody_else, "no {0.actor} to play with here"),
    LeftOut(is_by_nobody, "no {0.verb} here"),
    _NO_THREADS,
    LeftOut(is_a_process_elsewhere, "the process may not run on cpu{0.cpu}"),
    LeftOut(is_not_for_a_host, "{0.record.host}"),
    LeftOut(is_read_by_the_caller, "read by the caller, who has more rights than the process"),
    LeftOut(needs_an_ability, ability="{0.record.needs}"),
    LeftOut(is_of_a_device, "no {0.device} here"),
    *(
        LeftOut(says(word), f"no driver or memory for {word} here")
        for word in ("pfnmap", "mixedmap", "hugetlb", "MFD_HUGETLB", "growsdown")
    ),
    LeftOut(maps_locked, ability=MEMLOCK),
    LeftOut(maps_huge_pages, "no transparent huge pages here"),
    LeftOut(makes_huge_shmem, "no transparent huge pages here"),
    LeftOut(collapses, "no transparent huge pages here"),
    LeftOut(shares_with_ksm, ability="ksm"),
    LeftOut(advises_itself, ability="own_advice_is_limited"),
    LeftOut(remaps, ability="mremap_of_one_area"),  # 6.17 has another text
    LeftOut(says("MADV_PAGEOUT"), ability="no_swap"),
    LeftOut(clears_soft_dirty, ability="soft_dirty"),
    LeftOut(moves_many, f"more than {MAX_MOVED} pages at once"),
    LeftOut(says("MPOL_MF_MOVE_ALL"), ability="nice"),
    _LACKS,
    LeftOut(populates_a_hole, ability="populate_passes_holes"),
)
GUEST: Final = (
    *_BY_BOTH,
    LeftOut(is_by("p2pdma"), NO_PRIVATE_MEMORY),
    LeftOut(is_by("private"), ability=PRIVATE_MEMORY),
    LeftOut(is_by("coherent"), ability=COHERENT_MEMORY),
    LeftOut(is_by("numa"), ability="numa_balancing"),
    LeftOut(needs_one_and_no_device, ability="{0.record.needs}"),
    LeftOut(is_of("devdax"), ability="devdax"),
    LeftOut(is_of("dax"), ability="fsdax"),
    LeftOut(looks_up, ability=LOOKUP),
    *(LeftOut(says(word), ability=word) for word in FOLL_FLAGS),
    LeftOut(maps_huge_pages, ability="thp"),
    LeftOut(makes_huge_shmem, ability="thp"),
    LeftOut(shares_with_ksm, ability="ksm"),
    LeftOut(advises_itself, ability="own_advice_is_limited"),
    LeftOut(remaps, ability="mremap_of_one_area"),  # 6.17 has another text
    LeftOut(remaps_part_of_a_huge_page, "the player does not round lengths to huge pages"),
    LeftOut(clears_soft_dirty, ability="soft_dirty"),
    _NO_THREADS,
    LeftOut(is_not_for_a_guest, "{0.record.guest}"),
    LeftOut(is_elsewhere, "the virtual machine has two CPUs"),
    LeftOut(asks_for_a_restless_counter, "a counter that moves by itself"),
    LeftOut(reclaims_the_worker, "the group has memory of the worker too, by now"),
    LeftOut(says("hugetlb", "MFD_HUGETLB"), ability="hugetlb"),
    LeftOut(sizes_a_huge_file_by_parts, "the player gives up where a new file gets no size"),
    *(LeftOut(says(word), f"no {word} here") for word in ("growsdown", "find_special_page")),
    LeftOut(maps_private_dax, "device DAX refuses private mappings"),
    _LACKS,
    LeftOut(populates_a_hole, ability="populate_passes_holes"),
    LeftOut(reads_what_nobody_kept, "the model keeps no contents of memory without struct page"),
)  # fmt: skip


class Sieve:
    """Goes over the steps of a scenario in order: what is kept, and what is left out."""

    def __init__(self, scenario: Scenario, rows: Sequence[LeftOut], abilities: Abilities) -> None:
        self.scenario, self.rows, self.abilities = scenario, rows, abilities
        self.story, self.room = START, Room()
        self.kept: list[Step] = []  # and what the caller puts between them
        self.dropped: list[tuple[Step, str]] = []

    def keeps(self, step: Step) -> bool:
        """Is the step played?  The story goes on without it if not."""
        at = At(step, self.scenario.machine, self.story, self.abilities, self.kept)
        whys = (row.why_not(at) for row in self.rows)
        why = next(filter(None, whys), "") or self.room.why_not(step, self.story.after(step))
        self.story = self.story.after(step, made=not why)
        if why:
            self.dropped.append((step, why))
        else:
            self.room.take(step)
        return not why
