# SPDX-License-Identifier: GPL-2.0-or-later
"""A search that takes most from a kept walk finds what one finds that makes all of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from linuxmm.explore import kept_walk, search
from linuxmm.explore.beside_kept import BesideKept, may_be_kept
from linuxmm.explore.catalogue import Setup
from linuxmm.explore.compiled import Compiled, build_core, core
from linuxmm.explore.difference import INTRODUCED, REMAINING
from linuxmm.explore.kept_walk import NOWHERE, ROOTS, Walk, Way, Went, walk_of
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.search import Search
from linuxmm.explore.setups import SETUPS
from linuxmm.kernels import Kernel, load
from linuxmm.kernels.record import Text
from linuxmm.mm.memory.fault import do_anonymous_page
from linuxmm.mm.memory.zap import zap_pte_range
from linuxmm.mm.mlock.range import mlock_pte_range
from linuxmm.promises.record import Violation
from linuxmm.state.layout import DIVERGED, SIZE_P, State
from linuxmm.steps.rebind import CoreCopy, Function
from tests.compiled import NEEDS_COMPILER

SOME: tuple[Setup, ...] = tuple(
    setup for setup in SETUPS if setup.name in ("anon", "coherent-anon", "zero-anon")
)
VIOLATION = Violation("rss", "anon", "one page too many", "", True)


@dataclass(frozen=True)
class Other:
    """A kernel in which something else stands in the place of a function of the core."""

    function: Function
    wrong: "Wrong" = None  # what it does besides

    def kernel(self, name: str) -> Kernel:
        copy = CoreCopy()
        ours = copy.copy(self.function)

        def told(m: State, *arguments: int) -> int:
            m.scratch[DIVERGED] = 1
            found: int = ours(m, *arguments)
            if self.wrong is not None:
                self.wrong(m)
            return found

        copy.replace(self.function, told)
        said = f"{self.function.__module__}:{self.function.__name__}"
        text = SimpleNamespace(
            step=copy.step, replaces=frozenset({said}), digest=f"{name} {said}", seen=set(), went={}
        )
        return replace(load("v6.1"), name=name, text=cast(Text, text))


def loses_a_count(m: State) -> None:
    """Every page that is mapped has a reference less."""
    for row in range(1, m.used[SIZE_P]):
        if m.page_mapcount[row] >= 0 and m.page_refcount[row] > 1:
            m.page_refcount[row] -= 1


Wrong = Callable[[State], None] | None


def found(function: Function, wrong: Wrong = None) -> tuple[object, ...]:
    """All that a search says of a function, before and after."""
    before, after = Other(function).kernel("v6.1"), Other(function, wrong).kernel("patched")
    whole = Search(before, after).run()
    return (
        list(whole.differences.items()), list(whole.undecided.items()), whole.reached,
        whole.diverged, whole.answered, whole.parted, vars(whole.bounds),
    )  # fmt: skip


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is kept from before; the compiled core stays where it is."""
    monkeypatch.setattr(kept_walk, "cache_folder", lambda _: tmp_path)
    kept_walk.forget()


@pytest.fixture
def some(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A catalogue of three set-ups; how often the core was asked for a step."""
    build_core(lambda done, of: None)
    assert core() is not None
    monkeypatch.setattr(search, "catalogue", lambda *_: SOME)
    steps = [0]
    step = Compiled.step

    def counted(self: Compiled, *arguments: object) -> int:
        steps[0] += 1
        return step(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Compiled, "step", counted)
    return steps


@NEEDS_COMPILER
def test_a_walk_that_is_interrupted_is_kept_as_far_as_it_came(
    some: list[int], tmp_path: Path
) -> None:
    """A check of some seconds on a slow machine would begin from nothing for ever."""

    def stops(done: int, of: int) -> None:
        if done == 2:  # before the third set-up
            raise KeyboardInterrupt

    before, after = (Other(mlock_pte_range).kernel(name) for name in ("v6.1", "patched"))
    with pytest.raises(KeyboardInterrupt):
        Search(before, after, progress=stops).run()
    interrupted = some[0]
    assert interrupted and [path.suffix for path in tmp_path.iterdir()] == [".json"]
    kept_walk.forget()
    told = found(mlock_pte_range)
    resumed = some[0] - interrupted
    kept_walk.forget()
    for path in tmp_path.iterdir():
        path.unlink()
    some[0] = 0
    assert found(mlock_pte_range) == told
    assert resumed < some[0]  # what was made before the interruption is not made again


def test_a_way_that_was_interrupted_while_it_was_added_is_none(tmp_path: Path) -> None:
    walk = Walk(path=tmp_path / f"{'0' * 24}.json")
    row = walk.start("anon")
    walk.ways.append(Way(Went(steps=1)))  # and not yet in `behind`
    walk.keep()
    assert [way.went.steps for way in walk.ways] == [0] and row == 0
    assert walk.path is not None and walk.path.exists()


@NEEDS_COMPILER
def test_a_kept_walk_changes_nothing(some: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a function that few steps enter, of one that many do, of one that goes wrong."""
    asked: list[tuple[Function, Wrong]] = [
        (mlock_pte_range, None),
        (zap_pte_range, None),
        (do_anonymous_page, loses_a_count),
    ]
    with monkeypatch.context() as without:
        without.setattr(search, "may_be_kept", lambda _: False)
        plain = [found(*each) for each in asked]
    whole, some[0] = some[0], 0
    assert [found(*each) for each in asked] == plain
    first, some[0] = some[0], 0
    kept_walk.forget()  # from the file
    assert [found(*each) for each in asked] == plain
    assert some[0] < first < whole
    sides = [{signature[0] for signature, _ in each[0]} for each in plain]  # type: ignore[attr-defined]
    assert sides[:2] == [{REMAINING}, {REMAINING}] and INTRODUCED in sides[2]


@NEEDS_COMPILER
def test_behind_a_text_that_left_what_the_core_leaves_the_walk_goes_on(
    some: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nearly every way comes through a fault; the states behind it are the core's."""
    made = []
    for goes_on in (True, False):
        kept_walk.forget()
        for path in tmp_path.iterdir():
            path.unlink()
        found(mlock_pte_range)
        some[0] = 0
        if not goes_on:
            monkeypatch.setattr(BesideKept, "_is_left_as_kept", lambda *_: False)
        found(do_anonymous_page)
        made.append(some[0])
    assert made[0] < made[1] / 2


def test_rules_that_differ_are_walked_both() -> None:
    one, other = load("v6.1"), load("v6.12")
    text = cast(Text, SimpleNamespace(digest="x", replaces=frozenset()))
    unknown = cast(Text, SimpleNamespace(digest="x", replaces=frozenset({"linuxmm.mm:f"})))
    assert not may_be_kept(KernelPair.of(one, other))
    assert not may_be_kept(KernelPair.of(one, one.replace(name="patched")))
    pair = SimpleNamespace(before=one.replace(text=text), after=other.replace(text=text))
    assert not may_be_kept(cast(KernelPair, pair))
    pair = SimpleNamespace(before=one.replace(text=text), after=one.replace(text=text))
    assert may_be_kept(cast(KernelPair, pair))
    pair = SimpleNamespace(before=one.replace(text=text), after=one.replace(text=unknown))
    assert not may_be_kept(cast(KernelPair, pair))


def walked() -> tuple[KernelPair, Walk]:
    """A walk of three ways, kept."""
    pair = cast(KernelPair, SimpleNamespace(before=load("v6.1"), after=load("v6.1")))
    walk = walk_of(pair)
    row = walk.start("anon")
    went = Went(("mm:f",), 2, ("a flag",), (1, 2), (2,), (VIOLATION,), False)
    row = walk.add(row, "3,4", Way(went, b"\x01\x02", "ab"))
    walk.add(row, "5", Way(Went(ends=True)))
    walk.keep()
    kept_walk.forget()
    return pair, walk


def test_what_is_written_is_read() -> None:
    pair, walk = walked()
    again = walk_of(pair)
    assert again is not walk
    assert (again.ways, again.behind) == (walk.ways, walk.behind)
    assert again.ways[1].went.broken == (VIOLATION,)
    assert again.find(again.find(again.find(ROOTS, "anon"), "3,4"), "5") == 2
    assert again.find(0, "9") == NOWHERE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"anon"', '"any"'),  # the digest does not hold
        ("linuxmm/walk/1", "linuxmm/walk/0"),
        ('[0, "3,4"', '[7, "3,4"'),  # behind a way that is not there yet
        ('[0, "3,4"', '["0", "3,4"'),
        ('"went": [[', '"went": [["x", '),
    ],
)
def test_what_is_damaged_is_none(old: str, new: str) -> None:
    pair, walk = walked()
    assert walk.path is not None
    body, _, check = walk.path.read_text().rpartition("\n")
    assert old in body
    body = body.replace(old, new)
    check = check if old == '"anon"' else kept_walk._digest(body)
    walk.path.write_text(f"{body}\n{check}")
    assert walk_of(pair).ways == []


def test_another_kernel_has_a_walk_of_its_own() -> None:
    walked()
    for before, after in (("v6.12", "v6.12"), ("v6.1", "v6.12")):
        pair = SimpleNamespace(before=load(before), after=load(after))
        assert walk_of(cast(KernelPair, pair)).ways == []


def test_there_is_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_walk, "MAX_WAYS", 2)
    walk = Walk()
    assert walk.add(walk.start("anon"), "1", Way(Went())) == 1
    assert walk.add(1, "2", Way(Went())) == NOWHERE
    assert walk.start("zero") == NOWHERE
