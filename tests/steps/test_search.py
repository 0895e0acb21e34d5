# SPDX-License-Identifier: GPL-2.0-or-later
"""The compiled search finds what a search in Python finds: the same states, steps and events."""

from collections import Counter

import pytest

from linuxmm.machine import Machine
from linuxmm.promises import PROMISES
from linuxmm.state.constants import (
    EVENT_BAD_PAGE_MAP,
    EVENT_BAD_RSS,
    EVENT_BUG,
    TRAP_NO_ROW,
    TRAP_NONE,
    TRAP_NOT_MODELLED,
)
from linuxmm.state.layout import NR_EVENTS, TRAP_CODE
from linuxmm.steps.audit.settle import settle
from linuxmm.steps.compile import Engine, build, compiled
from linuxmm.steps.lru import OP_MADVISE
from linuxmm.steps.memory import OP_EXIT, OP_FORK, OP_WRITE
from linuxmm.steps.migrate import OP_HMM_MIGRATE, OP_MPROTECT
from linuxmm.steps.search import Action, Reached, search
from linuxmm.steps.step import step
from linuxmm.uapi import PROT_NONE
from tests.compiled import NEEDS_COMPILER
from tests.steps import toy_mm
from tests.steps.scopes import Operation, actions, two_tasks

pytestmark = NEEDS_COMPILER


class Plain:
    """Breadth first in Python, on the interpreted core."""

    def __init__(self, machine: Machine, ops: list[Operation], depth: int) -> None:
        self.block, self.k, self.ops = machine.block, machine.k, ops
        self.paths: dict[bytes, tuple[int, ...]] = {}  # by state, in the order found
        self.kept: list[bytes] = []
        self.transitions = 0
        self.ends: Counter[int] = Counter()  # by TRAP_*
        self.events: dict[int, list[tuple[int, ...]]] = {}  # by code: the ways to it
        self._seen(())
        level: list[tuple[bytes, tuple[int, ...]]] = [(self.kept[0], ())]
        for _ in range(depth):
            level = [new for state, path in level for new in self._expanded(state, path)]

    def _seen(self, path: tuple[int, ...]) -> bool:
        state = bytes(self.block.view[: self.block.part_end["state"]])
        if state in self.paths:
            return False
        self.paths[state] = path
        self.kept.append(self.block.snapshot())
        return True

    def _expanded(self, state: bytes, path: tuple[int, ...]) -> list[tuple[bytes, tuple[int, ...]]]:
        found = []
        m = self.block.m
        for number, op in enumerate(self.ops):
            self.block.restore(state)
            if op[1] and not m.task_mm[op[1]]:
                continue
            step(m, self.k, *op, *[0] * (9 - len(op)))
            self.ends[m.scratch[TRAP_CODE]] += 1
            if m.scratch[TRAP_CODE]:
                continue
            self.transitions += 1
            for i in range(m.scratch[NR_EVENTS]):
                self.events.setdefault(m.event_code[i], []).append((*path, number))
            if self._seen((*path, number)):
                found.append((self.kept[-1], (*path, number)))
        return found


def both(kernel: str, depth: int) -> tuple[Plain, Reached]:
    machine, ops = two_tasks(kernel)
    start = machine.block.snapshot()
    found = search(compiled(), machine.block, machine.k, actions(ops), depth, 20_000, (EVENT_BUG,))
    assert machine.block.snapshot() == start
    machine.block.restore(start)
    return Plain(machine, ops, depth), found


@pytest.mark.parametrize("kernel", ["v6.1", "v5.17-coherent"])
def test_the_same_states_in_the_same_order(kernel: str) -> None:
    plain, found = both(kernel, 3)
    assert found.nr == len(plain.kept) > 100
    assert [found.state(i) for i in range(found.nr)] == plain.kept
    assert [found.path(i) for i in range(found.nr)] == list(plain.paths.values())
    assert found.transitions == plain.transitions == plain.ends[TRAP_NONE]
    assert found.no_row == plain.ends[TRAP_NO_ROW]
    assert found.not_modelled == plain.ends[TRAP_NOT_MODELLED]
    assert (found.levels, found.complete, found.events, found.other_traps) == (3, False, {}, 0)


def test_a_search_ends_when_nothing_is_new() -> None:
    """A process whose one page is not touched: it forks, both may exit."""
    machine, ops = two_tasks("v6.1")
    found = search(compiled(), machine.block, machine.k, actions(ops[:3]), 99, 1000)
    assert found.complete and found.levels < 99
    plain = Plain(machine, ops[:3], 99)
    assert (found.nr, found.transitions) == (len(plain.kept), plain.transitions)


def test_a_search_without_room_says_so() -> None:
    machine, ops = two_tasks("v6.1")
    found = search(compiled(), machine.block, machine.k, actions(ops), 4, 50)
    assert (found.nr, found.complete) == (50, False) and found.levels < 4


def test_the_shortest_way_to_a_broken_promise() -> None:
    """The seeded wrong rule of rss: fork does not copy what a device's entry counts."""
    rule = PROMISES["rss"].wrong
    promised = (EVENT_BAD_RSS, EVENT_BUG, EVENT_BAD_PAGE_MAP)
    assert rule is not None
    machine, ops = two_tasks(rule.kernel("wrong"))
    start = machine.block.snapshot()
    found = search(compiled(), machine.block, machine.k, actions(ops), 4, 20_000, promised)
    machine.block.restore(start)
    plain = Plain(machine, ops, 4)
    said = {code: (broken.times, broken.path) for code, broken in found.events.items()}
    assert said == {code: (len(ways), ways[0]) for code, ways in plain.events.items()}
    made = [ops[number][0] for number in found.events[EVENT_BAD_RSS].path]
    assert made == [OP_HMM_MIGRATE, OP_FORK, OP_EXIT]  # of a page that was never touched
    right, _ = two_tasks("v6.1")
    assert search(compiled(), right.block, right.k, actions(ops), 4, 20_000, promised).events == {}


# --- states that differ in nothing a program can tell ---
def settled_states(machine: Machine, found: Reached) -> set[bytes]:
    """What each state is once it is settled, interpreted; counters apart."""
    states = set()
    for number in range(found.nr):
        machine.block.restore(found.state(number))
        settle(machine.block.m, machine.k)
        states.add(bytes(machine.block.view[: machine.block.part_end["state"]]))
    return states


@pytest.mark.parametrize("kernel", ["v6.1", "v5.17-coherent"])
def test_settling_loses_no_state(kernel: str) -> None:
    """The states of the search that settles are those of the one that does not, settled.

    To the depth at which no kernel has met an undrained batch: 5.17 reuses by the reference count,
    which a batch raises, so that to drain it early is another program there (do_wp_page).
    """
    machine, ops = two_tasks(kernel)
    start = machine.block.snapshot()
    whole = search(compiled(), machine.block, machine.k, actions(ops), 3, 20_000)
    settled = search(compiled(), machine.block, machine.k, actions(ops), 3, 20_000, settled=True)
    assert machine.block.snapshot() == start
    assert settled.nr < whole.nr
    assert settled_states(machine, whole) == settled_states(machine, settled)


def test_settling_twice_is_settling_once() -> None:
    machine, ops = two_tasks("v6.1")
    found = search(compiled(), machine.block, machine.k, actions(ops), 4, 20_000, settled=True)
    hashed = machine.block.part_end["state"]
    for number in range(1, found.nr):
        machine.block.restore(found.state(number))
        settle(machine.block.m, machine.k)
        assert machine.block.view[:hashed] == found.state(number)[:hashed]


def test_a_search_that_settles_begins_settled() -> None:
    """The first state is one as any other: what only drains leads back to it."""
    machine, ops = two_tasks("v6.1")
    write = next(op for op in ops if op[0] == OP_WRITE)
    step(machine.block.m, machine.k, *write, *[0] * (9 - len(write)))
    start = machine.block.snapshot()
    found = search(
        compiled(), machine.block, machine.k, [Action.of(*write)], 9, 100, settled=True
    )  # fmt: skip
    assert (found.nr, found.transitions, found.complete) == (1, 1, True)
    machine.block.restore(start)
    settle(machine.block.m, machine.k)
    assert found.state(0) == machine.block.snapshot() != start


def test_rows_that_are_free_again_leave_nothing() -> None:
    """A child came and went: the tables end where they ended before."""
    machine, ops = two_tasks("v6.1")
    task, child = ops[0][1], ops[0][1] + 1
    fork = Action((ops[0],), frozenset({task}), frozenset({child}))
    found = search(
        compiled(), machine.block, machine.k, [fork, Action.of(OP_EXIT, child, 0)], 9, 100,
        settled=True,
    )  # fmt: skip
    assert (found.nr, found.transitions, found.complete) == (2, 2, True)


def test_answers_are_compared_where_the_states_are_the_same() -> None:
    """madvise of a page that is not there changes nothing; an advice that is none is an error."""
    machine, ops = two_tasks("v6.1")
    of = next(op for op in ops if op[0] == OP_MADVISE)
    right, wrong = (
        search(
            compiled(), machine.block, machine.k, [Action.of(*of[:-1], advice)], 9, 100,
            settled=True, answers=True,
        )
        for advice in (of[-1], 9999)
    )  # fmt: skip
    assert right.same_states(wrong) and right.complete
    assert right.answers_differ(right) is None
    assert right.answers_differ(wrong) == 0


def test_who_is_killed_exits() -> None:
    """A write to what may not be written: the process is gone, as after a signal."""
    machine, ops = two_tasks("v6.1")
    write = next(op for op in ops if op[0] == OP_WRITE)
    addr = write[3]
    deny = Action.of(OP_MPROTECT, write[1], 0, addr, 1, PROT_NONE)
    found = search(
        compiled(), machine.block, machine.k, [deny, Action.of(*write)], 9, 100, audited=True
    )
    assert found.complete and all(found.taken)
    last = next(i for i in range(found.nr) if found.path(i) == (0, 1))
    machine.block.restore(found.state(last))
    assert machine.block.m.task_mm[write[1]] == 0


def test_a_state_that_breaks_a_promise_is_kept_and_not_led_on_from() -> None:
    rule = PROMISES["mapcount"].wrong
    assert rule is not None
    machine, ops = two_tasks(rule.kernel("wrong"))
    found = search(compiled(), machine.block, machine.k, actions(ops), 4, 20_000, audited=True)
    assert set(found.states) >= {"mapcount", "refcount", "rss"} and found.ended
    path = found.states["mapcount"].path
    assert [ops[number][0] for number in path] == [OP_HMM_MIGRATE, OP_FORK]
    deeper = [found.path(i) for i in range(found.nr) if found.path(i)[: len(path)] == path]
    assert deeper == [path]


# --- another core through the same engine ---
@pytest.fixture(scope="module")
def toy() -> Engine:
    return build(
        toy_mm.step,
        asked={"AUDIT": toy_mm.audit, "FACTS": toy_mm.facts},
        tables=(toy_mm.STATE_COLUMNS, toy_mm.RULES_COLUMNS),
    )


def search_toy(engine: Engine, rules: toy_mm.Rules, depth: int = 1000) -> Reached:
    return search(
        engine, toy_mm.Block(), rules, toy_mm.actions(), depth, toy_mm.STATES,
        audited=True, looked_at=toy_mm.PROMISES,
    )  # fmt: skip


def test_all_states_of_a_toy_are_as_many_as_one_counts(toy: Engine) -> None:
    """463,749 by hand (tests/steps/toy_mm.py); 6,061,040 transitions are Spin's of toy.pml too."""
    found = search_toy(toy, toy_mm.rules())
    assert (found.nr, found.transitions) == (463_749, 6_061_040)
    assert found.complete and not found.states
    assert sum(found.taken) == found.transitions and all(
        taken or action.needs == {toy_mm.ISOLATED + toy_mm.DEVICE_PAGE}  # no device page is
        for taken, action in zip(found.taken, toy_mm.actions(), strict=True)
    )


@pytest.mark.parametrize("site", [toy_mm.SITE_LRU_ADD, toy_mm.SITE_ISOLATE])
def test_a_rule_of_the_toy_is_data(toy: Engine, site: int) -> None:
    """One answer for a device page turned over, nothing built again: its promise is broken."""
    wrong = list(toy_mm.RIGHT)
    wrong[site * toy_mm.NR_KINDS + toy_mm.DEVICE] = 1
    found = search_toy(toy, toy_mm.rules(tuple(wrong)))
    assert set(found.states) == {"listed-device"}
    kinds = [toy_mm.actions()[i].operations[0][0] for i in found.states["listed-device"].path]
    way = [toy_mm.OP_FAULT, toy_mm.OP_TO_DEVICE]
    assert kinds == way + [toy_mm.OP_ISOLATE] * (site == toy_mm.SITE_ISOLATE)


def test_guards_are_what_the_facts_say(toy: Engine) -> None:
    """Interpreted, asking each action one by one: the same states, four actions deep."""
    block, k = toy_mm.Block(), toy_mm.rules()
    seen, level, transitions = {block.snapshot(): None}, [block.snapshot()], 0
    for _ in range(4):
        reached = []
        for state in level:
            block.restore(state)
            bits = toy_mm.facts(block.m, k, 0)
            true = {fact for fact in range(64) if bits >> fact & 1}
            for action in toy_mm.actions():
                if action.needs <= true and not action.without & true:
                    block.restore(state)
                    operation = action.operations[0]
                    toy_mm.step(block.m, k, *operation, *[0] * (9 - len(operation)))
                    transitions += 1
                    new = block.snapshot()
                    if new not in seen:
                        seen[new] = None
                        reached.append(new)
        level = reached
    found = search_toy(toy, k, depth=4)
    assert (found.nr, found.transitions) == (len(seen), transitions)
    assert [found.state(i) for i in range(found.nr)] == list(seen)


def test_a_wide_table_of_actions_has_its_guards() -> None:
    """More actions than a word has bits: those of the second word are barred by their facts too."""
    machine, ops = two_tasks("v6.1")
    padded = [Action.of(OP_EXIT, 5)] * 70 + actions(ops)  # a task that never lives
    start = machine.block.snapshot()
    wide = search(compiled(), machine.block, machine.k, padded, 3, 20_000)
    machine.block.restore(start)
    plain = search(compiled(), machine.block, machine.k, actions(ops), 3, 20_000)
    assert (wide.nr, wide.transitions) == (plain.nr, plain.transitions)
    assert wide.taken == (*[0] * 70, *plain.taken)
