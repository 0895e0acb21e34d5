# SPDX-License-Identifier: GPL-2.0-or-later
"""Steps that are made again and again: bindings as values, results that are kept."""

from linuxmm.play.bindings import Bindings
from linuxmm.play.steps_on_model import OnModel, start
from linuxmm.scenario.parse import parse
from linuxmm.scenario.tree import Step

HEAD = "linuxmm-scenario 1\nname: x\nintent: Tests.\nmachine:\n  node0 512M\nsteps:\n"


def model_of(*lines: str) -> tuple[OnModel, list[Step]]:
    """A machine and these lines as steps, none of them made yet."""
    scenario = parse(HEAD + "".join(f"  {line}\n" for line in lines))
    return start(scenario.machine, "v6.1"), list(scenario.steps)


def test_the_same_step_gives_what_the_state_gives() -> None:
    """From one snapshot after another: no result of an earlier time is given for a later one."""
    model, (mmap, one, two, read, pages) = model_of(
        "P0: a = mmap 1p", "P0: write a 1", "P0: write a 2", "P0: read a", "P0: pages a"
    )
    model.step(mmap)
    here = model.snapshot()
    seen = []
    for before in ([], [one], [two], [one, two], [one], []):
        model.restore(here)
        for step in before:
            model.step(step)
        seen.append((model.step(read).text(), model.step(pages).text()))
    assert [text for text, _ in seen] == ["0x0", "0x1", "0x2", "0x2", "0x1", "0x0"]
    written = seen[1][1]
    assert [picture == written for _, picture in seen] == [False, True, True, True, True, False]


def test_a_name_means_what_it_was_bound_to_on_this_path() -> None:
    """Two mappings made in either order lie at each other's addresses."""
    model, (a, b, write, read) = model_of(
        "P0: a = mmap 1p", "P0: b = mmap 1p", "P0: write a 5", "P0: read b"
    )
    here = model.snapshot()
    addresses = set()
    for order in ((a, b), (b, a), (a, b)):
        model.restore(here)
        for step in order:
            model.step(step)
        addresses.add(model.bindings.base("P0", "a"))
        model.step(write)
        assert model.step(read).text() == "0x0"
    assert len(addresses) == 2


# --- bindings ---
def after(*lines: str) -> tuple[Bindings, Bindings]:
    """The bindings before and after the last line."""
    model, steps = model_of(*lines)
    for step in steps[:-1]:
        model.step(step)
    before = model.bindings
    model.step(steps[-1])
    return before, model.bindings


def test_a_child_knows_what_its_parent_has_mapped_until_then() -> None:
    before, now = after("P0: a = mmap 1p", "P0: P1 = fork")
    assert set(before.tasks) == {"P0"} and set(now.tasks) == {"P0", "P1"}
    address = before.base("P0", "a")
    assert address and now.base("P0", "a") == now.base("P1", "a") == address
    assert before.base("P1", "a") == 0


def test_what_a_process_held_ends_with_it() -> None:
    before, now = after("P0: a = mmap 1p", "P0: P1 = fork", "P1: h = get a", "P1: exit")
    assert [name for _, name, _ in before.story.holding()] == ["h"] and before.story.gone == {}
    assert now.story.holding() == [] and set(now.tasks) == {"P0"}
    assert {name: gone.why for name, gone in now.story.gone.items()} == {"P1": "exit"}
    assert now.story.next_handle == before.story.next_handle == 2


def test_a_thread_ends_alone() -> None:
    before, now = after("P0: a = mmap 1p", "P0.t1: read a", "P0.t1: exit")
    assert set(before.tasks) == {"P0", "P0.t1"}
    assert set(now.tasks) == {"P0"} and now.story.living() == ["P0"]


def test_a_step_that_names_nothing_keeps_the_bindings() -> None:
    before, now = after("P0: a = mmap 1p", "P0: write a 1")
    assert now is before
