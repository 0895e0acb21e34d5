# SPDX-License-Identifier: GPL-2.0-or-later
"""Who lives and what names stand for: counted by hand after docs/scenario-language.md."""

import pytest
from hypothesis import given, settings

from linuxmm.scenario.parse import parse
from linuxmm.scenario.story import EXIT, START, Gone, Story, story_of
from linuxmm.scenario.tree import Step
from tests.scenario.strategies import MACHINE as EVERY_DEVICE
from tests.scenario.strategies import World, steps_and_world

MACHINE = "  coherent0 1G\n  cpus 2\n"
MAP, FORK = "P0: a = mmap 4p", "P0: P1 = fork"


def steps_of(*lines: str) -> tuple[Step, ...]:
    text = "".join(f"  {line}\n" for line in lines)
    head = f"linuxmm-scenario 1\nname: t\nintent: Try it.\nmachine:\n{MACHINE}steps:\n"
    return parse(head + text).steps


def after(*lines: str) -> Story:
    return story_of(steps_of(*lines))


def without(left_out: int, *lines: str) -> Story:
    """The story of these lines where one of them came to nothing."""
    story = START
    for i, step in enumerate(steps_of(*lines)):
        story = story.after(step, made=i != left_out)
    return story


def pages(story: Story, process: str, name: str) -> list[int]:
    """The pages of a mapping that are mapped."""
    mapping = story.mapping(process, name)
    assert mapping is not None
    return [i for i in range(mapping.nr_pages) if mapping.there >> i & 1]


# --- who lives ---
def test_the_first_process_is_there_and_others_come_by_fork() -> None:
    assert START.living() == ["P0"] and START.lives("P0") and not START.lives("P1")
    story = after(FORK, "P1: P7 = fork", "P0: P2 = fork")
    assert story.living() == ["P0", "P1", "P7", "P2"] == list(story.processes)


def test_a_process_ends_with_its_threads_and_no_other() -> None:
    story = after(FORK, "P0.t1: munlockall", "P1.t1: munlockall", "P1.t2: munlockall", "P1: exit")
    assert story.living() == ["P0"] and story.tasks("P0") == ["P0.t1", "P0"]
    assert story.tasks("P1") == [] and not story.lives("P1.t2")
    assert story.processes == ("P0", "P1")
    assert story.gone == {"P1": Gone(EXIT, 12)}


def test_a_thread_lives_from_its_first_step_and_ends_alone() -> None:
    assert not START.lives("P0.t1")
    story = after("P0.t1: munlockall")
    assert story.tasks("P0") == ["P0.t1", "P0"]
    story = after("P0.t1: munlockall", "P0.t1: exit")
    assert story.tasks("P0") == ["P0"] and not story.lives("P0.t1")
    assert after("P0.t1: exit").gone.keys() == {"P0.t1"}  # its only step


def test_a_child_has_no_threads_of_its_parent() -> None:
    assert after("P0.t1: munlockall", FORK).tasks("P1") == ["P1"]


def test_a_thread_forks_for_its_process() -> None:
    story = after("P0.t1: a = mmap 1p", "P0.t1: P1 = fork")
    assert story.mapping("P0", "a") == story.mapping("P1", "a") is not None


def test_a_signal_ends_a_process_like_exit() -> None:
    story = after(MAP, FORK, "P1.t1: h = get a").ended("P1", "SIGSEGV")
    assert story.living() == ["P0"] and story.tasks("P1") == [] and story.holding() == []
    assert [extent.process for extent in story.extents()] == ["P0"]


# --- what is known ---
def test_a_child_knows_the_names_that_its_parent_has_now() -> None:
    story = after(MAP, FORK, "P0: b = mmap 1p", "P1: c = mmap 1p", "P1: P2 = fork")
    assert set(story.mappings) == {
        ("P0", "a"), ("P1", "a"), ("P2", "a"), ("P0", "b"), ("P1", "c"), ("P2", "c"),
    }  # fmt: skip
    assert len({story.mappings[p, "a"].number for p in ("P0", "P1", "P2")}) == 1


def test_one_name_in_two_processes_may_be_two_mappings() -> None:
    story = after(FORK, "P0: b = mmap 1p", "P1: b = mmap 2p")
    assert [(m.number, m.nr_pages) for m in story.mappings.values()] == [(0, 1), (1, 2)]


def test_files_belong_to_all_and_what_is_held_to_one() -> None:
    story = after(MAP, "P0: f = file 3p", "P0: h = get a[1:3]", FORK, "P1: h = pin a")
    assert story.files["f"].nr_pages == 3 and story.is_taken("P1", "f")
    ours, theirs = story.held("P0", "h"), story.held("P1", "h")
    assert ours and theirs and (ours.number, theirs.number) == (1, 2)
    assert (ours.nr_pages, theirs.nr_pages) == (2, 4)
    assert after(MAP, "P0: h = get a", FORK).held("P1", "h") is None


def test_what_is_held_ends_by_put_and_with_its_process() -> None:
    lines = (MAP, FORK, "P0: h = get a", "P1: k = pin a", "P0: l = get_fast a")
    assert [name for _, name, _ in after(*lines).holding()] == ["h", "k", "l"]
    assert [name for _, name, _ in after(*lines, "P0: put h").holding()] == ["k", "l"]
    assert [name for _, name, _ in after(*lines, "P1: exit").holding()] == ["h", "l"]
    held = after(*lines, "P0: put h").held("P0", "h")
    assert held and held.given_back and held.line == 13


def test_extents_are_the_mappings_of_those_who_live() -> None:
    story = after(MAP, FORK, "P0: f = file 2p", "P0: b = mmap f[1:2] rw shared", "P1: c = mmap 1p")
    whole = [(e.process, e.name, e.start, e.stop, e.of) for e in story.extents()]
    assert whole == [
        ("P0", "a", 0, 4, 4), ("P1", "a", 0, 4, 4), ("P0", "b", 0, 1, 1), ("P1", "c", 0, 1, 1),
    ]  # fmt: skip
    left = [(e.process, e.name) for e in story.ended("P0", "SIGBUS").extents()]
    assert left == [("P1", "a"), ("P1", "c")]


# --- what is mapped ---
def test_a_name_stays_when_its_pages_are_unmapped() -> None:
    story = after(MAP, "P0: munmap a[1:3]", FORK, "P0: munmap a[0]")
    assert pages(story, "P0", "a") == [3] and pages(story, "P1", "a") == [0, 3]
    (all_of_it, first) = (step.target for step in steps_of(MAP, "P0: read a", "P0: read a[3]")[1:])
    assert all_of_it and first and story.has_hole(all_of_it) and not story.has_hole(first)
    assert len(story.extents()) == 2 and story.is_taken("P0", "a")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], [0, 1, 2, 3]),
        (["P0: madvise a[1:3] MADV_DONTFORK"], [0, 3]),
        (["P0: madvise a MADV_DONTFORK", "P0: madvise a[2] MADV_DOFORK"], [2]),
        (
            ["P0: munmap a[1]", "P0: madvise a MADV_DONTFORK", "P0: madvise a MADV_DOFORK"],
            [0, 2, 3],
        ),
        (["P0: madvise a MADV_DOFORK"], [0, 1, 2, 3]),
    ],
)
def test_a_child_does_not_get_what_is_kept_back(lines: list[str], expected: list[int]) -> None:
    story = after(MAP, *lines, FORK, "P1: P2 = fork")
    assert pages(story, "P1", "a") == expected == pages(story, "P2", "a")


def test_what_a_driver_marked_vm_io_stays_kept_back() -> None:
    """mm/madvise.c:madvise_vma_behavior: -EINVAL of MADV_DOFORK there."""
    lines = ("P0: madvise a MADV_DONTFORK", "P0: madvise a MADV_DOFORK", FORK)
    for how, left in (("pfnmap", []), ("mixedmap pages", [0, 1])):
        assert pages(after(f"P0: a = mmap 2p shared {how}", *lines), "P1", "a") == left


def test_the_new_name_covers_what_mremap_moved() -> None:
    lines = (MAP, "P0: b = mremap a[0:2] 6p MREMAP_MAYMOVE")
    assert pages(after(*lines), "P0", "a") == [2, 3] and len(pages(after(*lines), "P0", "b")) == 6
    stays = after(MAP, "P0: b = mremap a 4p MREMAP_MAYMOVE MREMAP_DONTUNMAP")
    assert pages(stays, "P0", "a") == pages(stays, "P0", "b") == [0, 1, 2, 3]


# --- what was not made ---
def test_a_name_whose_making_failed_stands_for_nothing() -> None:
    story = without(0, MAP, FORK)
    assert pages(story, "P0", "a") == pages(story, "P1", "a") == [] and story.extents() == []
    read, other = steps_of(MAP, FORK, "P1: read a", "P0: munlockall")[2:]
    assert story.lacks(read) and not story.lacks(other) and story.is_taken("P0", "a")


def test_a_file_that_could_not_be_made_is_lacking() -> None:
    lines = ("P0: f = file 2p", "P0: f2 = file 2p", "P0: pread f", "P0: pread f2")
    story = without(0, *lines)
    assert [story.lacks(step) for step in steps_of(*lines)[2:]] == [True, False]


def test_a_process_that_was_not_forked_is_gone() -> None:
    lines = (MAP, FORK, "P1: read a", "P0: process_madvise P1.a MADV_COLD", "P0: status P1")
    story = without(1, *lines)
    assert story.living() == ["P0"] and story.unborn() == {"P1"}
    assert all(story.lacks(step) for step in steps_of(*lines)[2:])
    assert not story.lacks(steps_of(*lines)[0])


@pytest.mark.parametrize(
    "line", ["P0: munmap a", "P1: exit", "P0: put h", "P0: madvise a MADV_DONTFORK"]
)
def test_a_step_that_failed_ends_nothing(line: str) -> None:
    lines = (MAP, FORK, "P0: h = get a")
    assert without(len(lines), *lines, line) == after(*lines)


# --- a value ---
@pytest.mark.parametrize("line", ["P0: read a", "P1: mprotect a r", "drain", "ksmd: full_scan 1",
                                  "coherent0: migrate P0.a", "P0.t1: write a 1"])  # fmt: skip
def test_a_step_that_names_nothing_keeps_the_story(line: str) -> None:
    *before, last = steps_of(MAP, FORK, "P0.t1: munlockall", line)
    story = story_of(before)
    assert story.after(last) is story


def test_a_migration_in_phases_is_under_way() -> None:
    lines = ("coherent0: setup P0.a", "coherent0: pages", "coherent0: finalize")
    found = [after(MAP, *lines[:i]).phases.get("coherent0", "") for i in range(4)]
    assert found == ["", "setup", "pages", ""]


# --- any steps ---
@settings(max_examples=150, deadline=None)
@given(steps_and_world(max_steps=30))
def test_it_is_what_was_drawn(drawn: tuple[list[str], World]) -> None:
    """Against the names that the strategy keeps itself while it draws: every verb, any order."""
    lines, world = drawn
    head = f"linuxmm-scenario 1\nname: t\nintent: Try it.\nmachine:\n{EVERY_DEVICE}steps:\n"
    story = story_of(parse(head + "".join(f"  {line}\n" for line in lines)).steps)
    assert story.living() == world.living() and list(story.processes) == list(world.mappings)
    known = {key: mapping.nr_pages for key, mapping in story.mappings.items()}
    assert known == {
        (p, name): nr for p, names in world.mappings.items() for name, nr in names.items()
    }
    assert {name: file.nr_pages for name, file in story.files.items()} == world.files
    held = {(process, name): (held.nr_pages, held.verb) for process, name, held in story.holding()}
    assert held == {key: value for key, value in world.held.items() if key[0] not in world.dead}
    assert story.phases.get("coherent0", "") == world.phase
