# SPDX-License-Identifier: GPL-2.0-or-later
"""Scopes: what a file may say, what its actions become, what a search of all its states finds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from linuxmm.errors import KernelError, ModelBug
from linuxmm.explore.difference import REMAINING
from linuxmm.explore.scope import sample as scope_sample
from linuxmm.explore.scope.found import NOT_LOOKED_AT, looked_at, path_of, search_scope
from linuxmm.explore.scope.lowered import lowered
from linuxmm.explore.scope.record import Scope, expanded, load_scope, names
from linuxmm.explore.scope.sample import sampled
from linuxmm.kernels import load
from linuxmm.promises import PROMISES
from linuxmm.steps.facts import holds
from linuxmm.steps.memory import OP_EXIT, OP_FORK, OP_GUP, OP_PUT, OP_WRITE
from linuxmm.steps.search import Action
from tests.compiled import NEEDS_COMPILER

V61 = load("v6.1")
SMALL = """\
schema = 1
title = "a page and its child"
setup = ["P0: a = mmap 1p", "P0: write a 0x11"]
actions = [
  "P0: P1 = fork", "P1: exit", "{P0,P1}: write a 0x11", "P0: k = get a", "P0: put k",
]
"""


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path


def scope_of(folder: Path, text: str) -> Scope:
    path = folder / "mine.toml"
    path.write_text(text)
    return load_scope(str(path))


def quiet(done: int, of: int, what: str) -> None:
    """Nobody looks."""


# --- the file ---
def test_braces_stand_for_one_action_each() -> None:
    assert expanded("{P0,P1}: write a[{0,1}] 0x1") == [
        "P0: write a[0] 0x1", "P0: write a[1] 0x1", "P1: write a[0] 0x1", "P1: write a[1] 0x1",
    ]  # fmt: skip
    assert expanded("drain") == ["drain"]


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("kernel", ["v5.17-coherent", "v6.1"])
def test_every_scope_that_comes_along_can_be_searched(name: str, kernel: str) -> None:
    what = lowered(load_scope(name), load(kernel))
    assert len(what.actions) == len(what.scope.actions) > 5
    assert what.scope.title


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schema = 2\nsetup = []\nactions = ['drain']\n", "mine.toml:1: this linuxmm reads"),
        ("schema = 1\nactions = ['drain']\n", 'a scope needs "setup"'),
        ("schema = 1\nsetup = []\nactions = []\n", "mine.toml:3: 0 actions"),
        ("schema = 1\nsetup = []\nactions = ['{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}']\n",
         "mine.toml:3: 201 actions"),
        ("schema = 1\nsetup = []\nactions = ['drain']\ndepth = 0\n", "mine.toml:4:"),
        ("schema = 1\nsetup = []\nactions = ['drain']\nstate = 5\n", 'did you mean "states"'),
        ("schema = 1\nsetup = ['P0: a = mmap 1p']\nactions = ['P0: wirte a 0x1']\n",
         'mine.toml:3: "P0: wirte a 0x1"'),
        ("schema = 1\nsetup = ['P0: a = nmap 1p']\nactions = ['drain']\n",
         'mine.toml:2: "P0: a = nmap 1p"'),
        ("schema = 1\nsetup = []\nactions = ['P0: a = mmap 1p']\n", "is made in the set-up"),
        ("schema = 1\nsetup = ['P0: a = mmap 1p']\nactions = ['P0.t1: read a']\n", "a thread"),
        ("schema = 1\nmachine = ['thp always']\nsetup = ['P0: a = mmap 1p']\n"
         "actions = ['P0: read a']\n", "huge pages are not"),
        ("schema = 1\nmachine = ['memcg v1']\nsetup = ['P0: a = mmap 1p']\n"
         "actions = ['P0: read a']\n", "control groups are not searched"),
        ("schema = 1\nmachine = ['nodes 3']\nsetup = []\nactions = ['drain']\n", "mine.toml:2:"),
    ],
)  # fmt: skip
def test_a_wrong_scope_ends_in_one_sentence(files: Path, text: str, said: str) -> None:
    with pytest.raises(KernelError) as caught:
        lowered(scope_of(files, text), V61)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_name_that_there_is_not_names_those_that_are() -> None:
    with pytest.raises(KernelError, match="fork-coherent"):
        load_scope("fork-coherant")


# --- what actions become ---
def test_actions_know_what_must_be_true_before_them(files: Path) -> None:
    """P0 is task 1, its child task 2 while it lives; what is got is handle 1."""
    made = lowered(scope_of(files, SMALL), V61).actions
    first = [action.operations[0][0] for action in made]
    assert first == [OP_FORK, OP_EXIT, OP_WRITE, OP_WRITE, OP_GUP, OP_PUT]
    nothing, held = set[int](), holds(1)
    assert [(set(action.needs), set(action.without)) for action in made] == [
        ({1}, {2}),
        ({2}, nothing),
        ({1}, nothing),
        ({2}, nothing),
        ({1}, {held}),
        ({1, held}, nothing),
    ]


def test_a_name_that_is_given_again_is_another_one(files: Path) -> None:
    what = lowered(scope_of(files, SMALL), V61)
    path = path_of(what, (0, 1, 0, 3, 4, 5, 4))
    assert path.lines()[2:] == (
        "P0: P1 = fork", "P1: exit", "P0: P11 = fork", "P11: write a 0x11",
        "P0: k = get a", "P0: put k", "P0: k1 = get a",
    )  # fmt: skip
    assert len(path.witness().scenario.steps) == 9  # it is a scenario


# --- the search ---
@NEEDS_COMPILER
def test_a_small_scope_is_searched_to_its_end(files: Path) -> None:
    searched = search_scope(scope_of(files, SMALL), V61, quiet)
    assert searched.reached.complete and searched.reached.nr > 20
    assert searched.found.differences == {}
    assert searched.sample.nr == searched.reached.nr - 1
    assert {"refcount", "mapcount"} <= searched.sample.near
    assert all(searched.reached.taken)


@NEEDS_COMPILER
def test_what_a_wrong_rule_breaks_is_found_as_the_catalogue_finds_it(files: Path) -> None:
    """The seeded wrong rule of rss: fork does not count the entry of a device page."""
    wrong = PROMISES["rss"].wrong
    assert wrong is not None
    text = SMALL.replace("setup", 'machine = ["coherent0 256M"]\nsetup').replace(
        '"P1: exit"', '"P1: exit", "coherent0: migrate P0.a"'
    )
    searched = search_scope(scope_of(files, text), wrong.kernel("wrong"), quiet)
    found = searched.found.of_side(REMAINING)
    assert {d.what for d in found} == {"refcount", "mapcount", "rss"}
    assert {d.page_kind for d in found if d.what != "rss"} == {"coherent"}
    assert {d.path.lines()[2:] for d in found} == {("coherent0: migrate P0.a", "P0: P1 = fork")}
    assert searched.reached.ended > 0
    right = search_scope(scope_of(files, text), load(wrong.base), quiet)
    assert right.found.differences == {} and right.reached.ended == 0


@NEEDS_COMPILER
def test_a_transition_that_comes_out_otherwise_interpreted_is_our_fault(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    what = lowered(scope_of(files, SMALL), V61)
    searched = search_scope(what.scope, V61, quiet)
    assert sampled(what, searched.reached, 5).nr == 5

    def lies(machine: object, action: Action, after_each: object) -> None:
        """It does nothing."""

    monkeypatch.setattr(scope_sample, "make", lies)
    with pytest.raises(ModelBug, match="compiled and interpreted differ after: "):
        sampled(what, searched.reached, 5)


@NEEDS_COMPILER
def test_settling_reads_nothing_that_an_earlier_step_left(files: Path) -> None:
    """A shared entry of a file goes: the page that is no page had a place of its own then.

    The stack was as the step before left it, and every row that named no page named row -1.
    """
    text = """\
schema = 1
setup = ["P0: f = file 1p", "P0: s = mmap f rw shared", "P0: a = mmap f rw private"]
actions = ["P0: write s 0x11", "P0: madvise s MADV_DONTNEED"]
"""
    searched = search_scope(scope_of(files, text), V61, quiet)
    assert searched.reached.complete and searched.found.differences == {}


def test_every_promise_is_asked_for_or_said_not_to_be() -> None:
    about = {p.id for p in PROMISES.values() if p.about}
    assert set(looked_at()) | set(NOT_LOOKED_AT) == about
