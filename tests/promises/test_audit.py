# SPDX-License-Identifier: GPL-2.0-or-later
"""The core's audit of a state says what the promises say: the same ones are broken, or none.

Compared on every state of scenarios, right and wrong rules alike, and on states with a column that
lies: `promises/` has its own census and its own text.
"""

from collections import Counter
from pathlib import Path
from random import Random
from typing import Final

import pytest

from linuxmm.errors import NotModelled, ScenarioError
from linuxmm.explore.compiled import build_core, core
from linuxmm.explore.walker import Walker
from linuxmm.explore.witness import Witness
from linuxmm.kernels import Kernel, load
from linuxmm.kernels.compile import compile_rules
from linuxmm.machine import Machine
from linuxmm.mm.swap import lru_add_drain_all
from linuxmm.promises import PROMISES
from linuxmm.promises.census import Census, values
from linuxmm.scenario.parse import load as load_scenario
from linuxmm.scenario.parse import parse
from linuxmm.state.block import Block, with_room
from linuxmm.state.constants import PG_HEAD, SET_HUGETLB_PAGES, SET_MEMCG
from linuxmm.state.layout import COLUMNS, MIGRATE_PHASE, NR_STACK, SHAPES, State
from linuxmm.steps.audit.broken import LOOKED_AT, audit
from linuxmm.steps.audit.census import census_words

ROOT: Final = Path(__file__).parents[2]
FILES: Final = sorted((ROOT / "scenarios").rglob("*.mm"))
EVERY: Final = 4  # of the scenarios, so that a run takes seconds
LYING: Final = (
    "page_refcount", "page_mapcount", "page_flags", "page_list", "mm_rss", "swap_count",
    "page_mapping", "held_page", "held_flags", "pte", "vmstat", "vma_anon_vma", "page_private",
    "page_memcg", "cache_resv", "range_free_huge", "memcg_memory",
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    build_core(lambda done, of: None)


def said_by_promises(machine: Machine) -> set[str]:
    """What the checks of states say, `content` by its entries of freed pages alone."""
    m, k, block = machine.block.m, machine.k, machine.block
    census = Census(m, k)
    found = {p.id for p in PROMISES.values() if p.state and p.state(m, k, census)}
    if m.migrate[MIGRATE_PHASE] == 0:
        whole = bytes(block.data)
        lru_add_drain_all(m, k)
        census = Census(m, k)
        found |= {p.id for p in PROMISES.values() if p.drained and p.drained(m, k, census)}
        block.view[:] = whole
    return found


def said_by_audit(machine: Machine) -> set[str]:
    """What the core's audit says; of states with huge pages compiled, where a compiler is."""
    block, engine = machine.block, core() if has_huge_pages(machine.block.m) else None
    whole = bytes(block.data)
    m = with_room(block.m, NR_STACK + census_words(block.m))
    if engine:
        bits = engine.audit(engine.view_of(m), engine.rules(machine.k))
    else:
        bits = audit(m, machine.k)
    block.view[:] = whole
    return {name for i, name in enumerate(LOOKED_AT) if bits >> i & 1}


def has_huge_pages(m: State) -> bool:
    return any(flags & PG_HEAD for flags in values(m.page_flags))


def compare(steps: str, kernel: Kernel, seen: Counter[str]) -> None:
    """Every step of a scenario file's text, as far as it is modelled."""
    scenario = parse(steps, "audit")
    walker = Walker(scenario.machine, kernel, compile_rules(kernel))
    for step in scenario.steps:
        try:
            walker.run(step)
        except NotModelled:
            return
        said = said_by_promises(walker.machine)
        assert said_by_audit(walker.machine) == said, (scenario.name, step)
        seen["states"] += 1
        m = walker.machine.block.m
        seen["huge"] += has_huge_pages(m)
        seen["groups"] += m.setting[SET_MEMCG] != 0
        seen["pools"] += m.setting[SET_HUGETLB_PAGES] != 0
        seen.update(said)


def test_what_it_looks_at_is_every_promise_about_states() -> None:
    of_states = {p.id for p in PROMISES.values() if p.state or p.drained}
    assert of_states == set(LOOKED_AT)


@pytest.mark.parametrize("kernel", ["v5.17-coherent", "v6.1"])
def test_the_same_is_broken_in_every_state_of_scenarios(kernel: str) -> None:
    seen: Counter[str] = Counter()
    rare = [path for path in FILES if path.parent.name == "memcg"][::EVERY]
    for path in sorted({*FILES[::EVERY], *rare}):
        compare(path.read_text(), load(kernel), seen)
    assert seen["states"] > 300 and seen["huge"] > 50 and seen["pools"] > 20
    assert kernel == "v5.17-coherent" or seen["groups"] > 10


def test_the_same_is_broken_by_every_wrong_rule() -> None:
    seen: Counter[str] = Counter()
    for promise in PROMISES.values():
        if promise.wrong:
            machine = ("node0 512M", "node1 512M", *promise.wrong.machine, "ksm run = 1")
            text = Witness(machine, promise.wrong.steps).text("w", "W.")
            compare(text, promise.wrong.kernel("wrong"), seen)
    rules = {p.id for p in PROMISES.values() if p.wrong and (p.state or p.drained)}
    assert rules - set(seen) <= {"content", "pin"}  # those rules break what needs the shadow


def used(block: Block, name: str) -> int:
    """How many entries of a column are in use."""
    spec = COLUMNS[name]
    rows = 1 if spec.shape == "1" else block.m.used[SHAPES.index(spec.shape)]
    return rows * spec.per_row


def test_the_same_is_broken_where_a_column_lies() -> None:
    """One word of a state changed at random: what should notice does, in both."""
    random, seen = Random(20220310), Counter[str]()
    for path in FILES[:: EVERY * 3]:
        scenario = load_scenario(path)
        kernel = load("v6.1")
        walker = Walker(scenario.machine, kernel, compile_rules(kernel))
        try:
            for step in scenario.steps[:-1]:
                walker.run(step)
        except (NotModelled, ScenarioError):
            continue
        block = walker.machine.block
        whole = bytes(block.data)
        for name in LYING:
            column = getattr(block.m, name)
            rows = [i for i in range(1, used(block, name)) if column[i]]
            if not rows:
                continue
            row = random.choice(rows)
            column[row] = random.choice((0, column[row] ^ 1, column[row] + 1))
            try:
                said = said_by_promises(walker.machine)
            except (IndexError, ValueError):
                block.view[:] = whole
                continue
            assert said_by_audit(walker.machine) == said, (path, name, row)
            block.view[:] = whole
            seen.update(said)
    assert {"refcount", "mapcount", "rss"} <= set(seen)
