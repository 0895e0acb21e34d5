# SPDX-License-Identifier: GPL-2.0-or-later
"""The story against the model after every step: who lives, what is mapped, what is held."""

from itertools import product

import pytest

from linuxmm.errors import NotModelled
from linuxmm.generate import TARGETS, Wish, scenario
from linuxmm.mm.vma import find_vma
from linuxmm.play.steps_on_model import OnModel, start
from linuxmm.scenario.parse import parse
from linuxmm.scenario.tree import Scenario, Step
from linuxmm.state.layout import SIZE_H
from linuxmm.uapi import PAGE_SIZE

Told = tuple[set[str], set[tuple[str, str, int]], set[int]]

HEAD = (
    "linuxmm-scenario 1\nname: t\nintent: Try it.\nmachine:\n  node0 512M\n  node1 512M\nsteps:\n"
)


def told(model: OnModel) -> Told:
    """Who lives, which pages they have mapped, which handles are held: as the story says."""
    story = model.bindings.story
    pages = {
        (process, name, i)
        for (process, name), mapping in story.mappings.items()
        for i in range(mapping.nr_pages)
        if story.lives(process) and mapping.there >> i & 1
    }
    tasks = {task for process in story.processes for task in story.tasks(process)}
    return tasks, pages, {held.number for _, _, held in story.holding()}


def found(model: OnModel, names: dict[int, str]) -> Told:
    """The same as the state has it: tasks with an mm, areas at the addresses, held pages."""
    m, bindings = model.machine.block.m, model.bindings
    mms = {name: m.task_mm[row] for row, name in names.items() if m.task_mm[row]}
    pages = {
        (process, name, i)
        for (process, name), mapping in bindings.story.mappings.items()
        for i in range(mapping.nr_pages)
        if process in mms
        and bindings.base(process, name)
        and find_vma(m, mms[process], bindings.base(process, name) + i * PAGE_SIZE)
    }
    held = {m.held_owner[row] for row in range(1, m.used[SIZE_H]) if m.held_page[row]}
    return set(mms), pages, held


def follow(made: Scenario) -> tuple[set[str], int]:
    """Every step on the model: verbs met; how many steps the two were compared after."""
    model, verbs, compared = start(made.machine, "v6.1"), set(), 0
    names: dict[int, str] = {}  # of every row of a task so far; one of the dead is taken again
    for step in made.steps:
        names |= {row: name for name, row in model.bindings.tasks.items()}
        try:
            model.step(step)
        except NotModelled:
            break
        names |= {row: name for name, row in model.bindings.tasks.items()}
        (tasks, pages, held), (real_tasks, real_pages, real_held) = told(model), found(model, names)
        assert (tasks, pages) == (real_tasks, real_pages), describe(made, step)
        assert real_held <= held, describe(made, step)  # a get may hold nothing
        verbs |= {step.verb, *step.words}
        compared += 1
    return verbs, compared


def describe(made: Scenario, step: Step) -> str:
    return f"{made.name}: after line {step.line}: {step.actor} {step.verb}"


def test_the_story_is_the_models_after_every_step() -> None:
    verbs: set[str] = set()
    compared = 0
    for target, seed in product(("model", "vm", "host"), range(60)):
        met, steps = follow(scenario(seed, Wish(TARGETS[target], 20, 40)))
        verbs |= met
        compared += steps
    assert compared > 3000
    assert {"fork", "exit", "munmap", "put", "unpin", "pin", "MADV_DONTFORK", "mmap"} <= verbs


@pytest.mark.parametrize("verb", ["fork", "exit", "munmap", "put", "unpin", "file"])
def test_it_is_so_for_every_verb_that_names_or_ends(verb: str) -> None:
    wish = Wish(TARGETS["model"], 4, 12, verb=verb)
    reached = [verb in follow(scenario(seed, wish))[0] for seed in range(15)]
    assert sum(reached) > 8  # the others need what is not modelled before it


@pytest.mark.parametrize(
    "steps",
    [
        # ended by a signal: with threads, what is held, and what comes later
        ["P0: a = mmap 2p", "P0.t1: read a", "P0: P1 = fork", "P1: h = get a", "P1.t1: munlockall",
         "P1: mprotect a none", "P1: read a", "P1: b = mmap 1p", "P1: P2 = fork", "P0: read a"],
        # makings that fail: a child knows them too
        ["P0: a = mmap 2p shared locked", "P0: f = file 2p", "P0: b = mmap f[0:2] x private",
         "P0: P1 = fork", "P1: read b", "P1: munmap a", "P0: exit"],
        # advice for children: with holes, given again, refused where VM_IO is
        ["P0: a = mmap 4p", "P0: munmap a[1]", "P0: madvise a MADV_DONTFORK",
         "P0: madvise a[2:4] MADV_DOFORK", "P0: P1 = fork", "P1: P2 = fork"],
        ["P0: a = mmap 2p shared pfnmap", "P0: madvise a MADV_DONTFORK",
         "P0: madvise a MADV_DOFORK", "P0: P1 = fork"],
        ["P0: a = mmap 2p shared mixedmap pages", "P0: madvise a MADV_DONTFORK",
         "P0: madvise a MADV_DOFORK", "P0: P1 = fork"],
    ],
)  # fmt: skip
def test_it_is_so_by_hand(steps: list[str]) -> None:
    follow(parse(HEAD + "".join(f"  {step}\n" for step in steps)))
