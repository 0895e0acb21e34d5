# SPDX-License-Identifier: GPL-2.0-or-later
"""The walker of a search: small tables that grow when they must, snapshots that share."""

from pathlib import Path

import pytest

from linuxmm.errors import NotModelled
from linuxmm.explore.paths import parsed
from linuxmm.explore.search import Search
from linuxmm.explore.setups import SETUPS
from linuxmm.explore.walker import PAGES, Walker
from linuxmm.kernels import load
from linuxmm.kernels.compile import compile_rules
from linuxmm.mm.sites import MET_UNUSUAL
from linuxmm.play.steps_on_model import start
from linuxmm.scenario.parse import parse
from linuxmm.source.execute import with_text
from linuxmm.source.folder import Folder
from linuxmm.state.block import Block
from linuxmm.state.layout import SIZE_P
from linuxmm.state.sites import SITES
from tests.source.test_execute import TEXT, tree

V61 = load("v6.1")
RULES = compile_rules(V61)
HEAD = "linuxmm-scenario 1\nname: w\nintent: Walk.\nmachine:\n  node0 512M\n  node1 512M\nsteps:\n"


def walker_of(steps: str) -> tuple[Walker, list[str]]:
    """A walker that has made these steps (one per `;`), and what each gave."""
    scenario = parse(HEAD + "".join(f"  {step.strip()}\n" for step in steps.split(";")))
    walker = Walker(scenario.machine, V61, RULES)
    return walker, [walker.step(step).text() for step in scenario.steps]


MANY_PAGES = (
    "P0: a = mmap 20p; P0: write a 7; P0: P1 = fork; P1: write a[0:9] 8; P0: h = pin a[0:10];"
    "P0: g = get a[10:20]; P0: numa_maps a; P0: read a; P1: read a; P1: exit; P0: unpin h;"
    "P0: put g; P0: munmap a[3:5]; P0: status VmRSS; P0: pages a"
)


def test_a_long_scenario_needs_more_rows_and_gets_them() -> None:
    """20 pages, 19 pins and gets: more than a walker has at first, the same results."""
    assert PAGES < 20
    scenario = parse(HEAD + "".join(f"  {step.strip()}\n" for step in MANY_PAGES.split(";")))
    plain = start(scenario.machine, V61)
    expected = [plain.step(step).text() for step in scenario.steps]
    walker, made = walker_of(MANY_PAGES)
    assert made == expected
    assert made[7] == "0x7*20" and made[8] == "0x8*9 0x7*11"
    assert not walker.broken_by_state()


@pytest.mark.parametrize("name", ["coherent-2", "fsdax-mixed"])
def test_no_table_grows_in_a_search(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A grown block costs more than a hundred steps, and would be grown anew from each node."""

    def refuse(block: Block, arg: int, k: object) -> Block:
        raise AssertionError(f"table {arg} grows")

    monkeypatch.setattr("linuxmm.machine.grow", refuse)
    setup = next(setup for setup in SETUPS if setup.name == name)
    found = Search(load("v5.17-coherent"), load("split-v1"), setups=(setup,), modifiers=1).run()
    assert found.bounds.steps > 500


def test_what_looked_a_page_up_and_met_a_device_page() -> None:
    setup = next(setup for setup in SETUPS if setup.name == "coherent")
    steps = parsed(setup).steps
    walker = Walker(parsed(setup).machine, V61, RULES)
    for line in setup.lines[:2]:
        walker.step(steps[line])
    site = SITES.index("fs/proc/task_mmu.c:smaps_pte_entry")
    ran = walker.run(steps["P0: smaps a"])
    assert (ran.visited, ran.met) == ({site}, set())
    walker.step(steps[setup.lines[2]])
    ran = walker.run(steps["P0: smaps a"])
    assert (ran.visited, ran.met) == ({site}, {site})
    assert walker.machine.block.m.visited_site[site] == MET_UNUSUAL


# --- snapshots ---
def test_a_snapshot_of_the_same_state_shares_its_digest() -> None:
    """A report changes nothing; a write of other contents does, and back again is equal."""
    scenario = parse(
        HEAD + "  P0: a = mmap 1p\n  P0: write a 1\n  P0: smaps a\n"
        "  P0: write a 2\n  P0: write a 1\n"
    )
    walker = Walker(scenario.machine, V61, RULES)
    mmap, first, smaps, second, again = scenario.steps
    walker.step(mmap)
    walker.step(first)
    here = walker.snapshot()
    walker.restore(here)
    walker.step(smaps)
    assert walker.snapshot().known is here.known
    walker.step(second)
    assert walker.snapshot().digest() != here.digest()
    walker.step(again)
    assert walker.snapshot().digest() == here.digest() == walker.machine.block.digest()


def test_what_user_space_expects_is_the_same_key_for_the_same_contents() -> None:
    """However the contents came to be; a write of another value, or a discard, is another."""
    direct, _ = walker_of("P0: a = mmap 2p; P0: write a 1")
    roundabout, _ = walker_of("P0: a = mmap 2p; P0: write a[1] 2; P0: write a[0] 1; P0: write a 1")
    other, _ = walker_of("P0: a = mmap 2p; P0: write a 1; P0: write a[1] 2")
    gone, _ = walker_of("P0: a = mmap 2p; P0: write a 1; P0: madvise a[1] MADV_DONTNEED")
    assert direct.expected() == roundabout.expected()
    assert len({direct.expected(), other.expected(), gone.expected()}) == 3


@pytest.mark.parametrize("executed", [False, True])
def test_a_state_without_a_meaning(tmp_path: Path, executed: bool) -> None:
    """A wild page->mapping: executed C may leave one and leaves the model, the core may not."""
    kernel = with_text(V61, Folder(str(tree(tmp_path, TEXT)))) if executed else V61
    scenario = parse(HEAD + "  P0: a = mmap 1p\n  P0: write a 1\n")
    walker = Walker(scenario.machine, kernel, RULES)
    for step in scenario.steps:
        walker.step(step)
    m = walker.machine.block.m
    (page,) = (row for row in range(m.used[SIZE_P]) if m.page_mapping[row])
    m.page_mapping[page] = 1 << 40  # of a file that is not
    with pytest.raises(NotModelled if executed else IndexError):
        walker.broken_by_state()
