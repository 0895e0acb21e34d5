# SPDX-License-Identifier: GPL-2.0-or-later
"""A search on the compiled core finds what an interpreted one finds, all of it."""

from types import SimpleNamespace
from typing import NamedTuple, cast

import pytest

from linuxmm.errors import ModelBug
from linuxmm.explore import walker
from linuxmm.explore.catalogue import Setup
from linuxmm.explore.compiled import Compiled, build_core, core
from linuxmm.explore.difference import Difference, Signature
from linuxmm.explore.search import Search
from linuxmm.explore.setups import SETUPS
from linuxmm.explore.watch import watched_rules
from linuxmm.kernels import Kernel, load
from linuxmm.kernels.record import Text
from linuxmm.machine import Machine
from linuxmm.mm.memory.fault import handle_mm_fault
from linuxmm.promises import PROMISES
from linuxmm.state.constants import SET_HUGETLB_PAGES
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.steps.memory import OP_MMAP, OP_SPAWN, OP_WRITE
from linuxmm.steps.migrate import OP_MPROTECT
from linuxmm.steps.rebind import CoreCopy
from tests.compiled import NEEDS_COMPILER

pytestmark = NEEDS_COMPILER
SOME: tuple[Setup, ...] = tuple(
    setup for setup in SETUPS
    if setup.name in ("anon", "coherent-anon", "zero-anon", "ksm-hole", "mixedmap-by-device")
)  # fmt: skip


@pytest.fixture(autouse=True)
def built() -> None:
    build_core(lambda done, of: None)
    assert core() is not None


class All(NamedTuple):
    """What a search says, and how it came there."""

    differences: list[tuple[Signature, Difference]]
    rest: tuple[object, ...]


def found(before: Kernel, after: Kernel) -> All:
    """All that a search says, and how it came there."""
    search = Search(before, after, setups=SOME, modifiers=1)
    whole = search.run()
    rest = (
        list(whole.undecided.items()), whole.reached, whole.diverged, whole.answered,
        whole.parted, vars(whole.bounds),
    )  # fmt: skip
    return All(list(whole.differences.items()), rest)


@pytest.mark.parametrize(
    ("before", "after"),
    [("v5.17-coherent", "split-v1"), ("v6.1", "v6.1"), ("v6.1", "v6.12")],
)
def test_the_same_is_found(monkeypatch: pytest.MonkeyPatch, before: str, after: str) -> None:
    pair = load(before), load(after)
    compiled = found(*pair)
    monkeypatch.setattr(walker, "core", lambda: None)
    assert found(*pair) == compiled
    assert compiled.differences or before == after


@pytest.mark.parametrize("promise", ["refcount", "mapcount", "rss", "mlock"])
def test_a_wrong_rule_breaks_the_same(monkeypatch: pytest.MonkeyPatch, promise: str) -> None:
    rule = PROMISES[promise].wrong
    assert rule is not None
    wrong = rule.kernel("wrong")
    compiled = found(wrong, wrong)
    assert promise in {difference.what for _, difference in compiled.differences}
    monkeypatch.setattr(walker, "core", lambda: None)
    assert found(wrong, wrong) == compiled


def machine(kernel: str = "v6.1", rival: str = "v6.12") -> tuple[Machine, Compiled]:
    rules = watched_rules(load(kernel), load(rival))
    made = Machine(kernel, rules=rules)
    engine = core()
    assert engine is not None
    return made, Compiled(engine, made)


def test_what_was_read_is_noted_as_interpreted() -> None:
    seen = []
    for by_engine in (True, False):
        made, compiled = machine()
        if by_engine:
            made.step_with(compiled.step)
        rules = made.k
        rules.forget()  # type: ignore[attr-defined]
        task = made.call(OP_SPAWN)
        addr = made.call(OP_MMAP, task, 8, 3, 2)
        made.call(OP_WRITE, task, addr, 1, 0x22)
        made.call(OP_MPROTECT, task, addr, 8, 0)  # mprotect_gives_back_account is asked
        cells = {name: column.read for name, column in rules.watched.items()}  # type: ignore[attr-defined]
        seen.append({name: set(read) for name, read in cells.items()})
    assert seen[0] == seen[1]
    assert seen[0]["behaviour"] and not seen[0]["site_get"]


def test_a_step_that_comes_to_a_text_is_made_with_it() -> None:
    """Others are the compiled core's; what is replaced is told by its name."""
    entered: list[int] = []
    copy = CoreCopy()
    fault = copy.copy(handle_mm_fault)

    def told(m: State, k: Rules, vma: int, addr: int, flags: int) -> int:
        entered.append(addr)
        return fault(m, k, vma, addr, flags)

    copy.replace(handle_mm_fault, told)
    name = f"{handle_mm_fault.__module__}:{handle_mm_fault.__name__}"
    text = SimpleNamespace(step=copy.step, replaces=frozenset({name}))
    made = Machine(load("v6.1").replace(text=cast(Text, text)))
    engine = core()
    assert engine is not None
    made.step_with(Compiled(engine, made).step)
    task = made.call(OP_SPAWN)
    addr = made.call(OP_MMAP, task, 2, 3, 2)
    assert addr > 0 and entered == []
    assert made.call(OP_WRITE, task, addr, 1, 0x22) >= 0
    assert entered == [addr]


def test_a_failure_is_told_as_interpreted() -> None:
    """The compiled core would only say that a row is out of bounds."""
    made, compiled = machine()
    made.step_with(compiled.step)
    with pytest.raises(ModelBug, match="index out of bounds on dimension 1"):
        made.call(OP_MMAP, 1 << 40, 8, 3, 2, cpu=0)


def test_nobody_vouches_for_a_machine_with_a_pool() -> None:
    made, compiled = machine()
    made.call(OP_SPAWN)
    assert compiled.is_sound()
    made.block.m.page_refcount[2] += 1
    assert not compiled.is_sound()
    made.block.m.page_refcount[2] -= 1
    made.block.m.setting[SET_HUGETLB_PAGES] = 1
    assert not compiled.is_sound()
