# SPDX-License-Identifier: GPL-2.0-or-later
"""The engine of the search on toys whose states and steps are counted by hand."""

from collections.abc import Iterable

import pytest

from linuxmm.explore.engine import explore, follow


class Toy:
    """A world whose points are numbers or words: where each action leads from each of them.

    `looks`: actions behind which nothing comes.  `sought`: the search is over once it is made.
    """

    def __init__(self, leads: dict[str, dict[str, str]], looks: str = "", sought: str = "") -> None:
        self.leads, self.looks, self.sought = leads, looks, sought
        self.made: list[str] = []

    def actions(self, point: str) -> Iterable[str]:
        return self.leads.get(point, {})

    def make(self, point: str, action: str) -> str | None:
        self.made.append(point + action)
        return self.leads[point][action] or None

    def leads_on(self, action: str) -> bool:
        return action not in self.looks

    def key(self, point: str) -> str:
        return point.rstrip("'")  # a and a' are alike: the same follows from both

    def is_over(self) -> bool:
        return bool(self.sought) and self.sought in (made[-1] for made in self.made)


def counter(modulo: int) -> Toy:
    """A number that 1 makes one larger and 2 two."""
    return Toy({str(n): {i: str((n + int(i)) % modulo) for i in "12"} for n in range(modulo)})


# modulo 5 from 0: 1 2 are new behind one action; 3 (1+2), 4 (2+2) behind two, while 1+1 and 2+1
# are known; 0 is met behind three (3+2, 4+1), for the root is not among those met
@pytest.mark.parametrize(
    ("depth", "states", "made"),
    [(0, [], 2), (1, ["1", "2"], 6), (2, ["1", "2", "3", "4"], 10), (3, list("12340"), 12)],
)
def test_a_counter(depth: int, states: list[str], made: int) -> None:
    """Two actions from each of 1, 3, 5 (and, three deep, 6) points: those expanded and the root."""
    toy = counter(5)
    assert list(explore(toy, "0", depth)) == states
    assert len(toy.made) == made


def test_every_state_of_a_counter_is_expanded_once() -> None:
    """However deep: 5 states and the root, two actions each."""
    toy = counter(5)
    assert sorted(explore(toy, "0", 9)) == list("01234")
    assert len(toy.made) == 12


def test_a_diamond_is_expanded_once_below() -> None:
    """r -> a, b -> d -> e: five points, six actions, the second way to d leads no further."""
    toy = Toy({"r": {"x": "a", "y": "b"}, "a": {"z": "d"}, "b": {"z": "d"}, "d": {"w": "e"}})
    assert list(explore(toy, "r", 3)) == ["a", "b", "d", "e"]
    assert toy.made == ["rx", "ry", "az", "bz", "dw"]


def test_the_last_level_is_made_and_not_expanded() -> None:
    """One action deep: r is expanded, then a and b, whose children are looked at only."""
    toy = Toy({"r": {"x": "a", "y": "b"}, "a": {"z": "d"}, "b": {"z": "d"}, "d": {"w": "e"}})
    assert list(explore(toy, "r", 1)) == ["a", "b"]
    assert toy.made == ["rx", "ry", "az", "bz"]


def test_nothing_comes_behind_a_dead_end() -> None:
    toy = Toy({"r": {"x": "", "y": "b"}, "b": {"z": "c"}})
    assert list(explore(toy, "r", 5)) == ["b", "c"]
    assert toy.made == ["rx", "ry", "bz"]


def test_of_points_that_are_alike_the_first_is_expanded() -> None:
    """a and a' have one key: what follows from a' is what follows from a."""
    toy = Toy({"r": {"x": "a", "y": "a'"}, "a": {"z": "c"}, "a'": {"z": "c"}})
    assert list(explore(toy, "r", 2)) == ["a", "c"]
    assert toy.made == ["rx", "ry", "az"]


def test_a_state_met_deep_is_expanded_where_it_is_met_first() -> None:
    """Level by level: d is one action away and two; behind it two more must still be made."""
    leads = {"r": {"x": "a", "y": "d"}, "a": {"z": "d"}, "d": {"v": "e"}, "e": {"w": "f"}}
    assert list(explore(Toy(leads), "r", 2)) == ["a", "d", "e"]


def test_an_action_that_only_looks_is_made_and_leads_nowhere() -> None:
    toy = Toy({"r": {"x": "a", "l": "b"}, "a": {"l": "c"}, "b": {"x": "d"}}, looks="l")
    assert list(explore(toy, "r", 3)) == ["a"]
    assert toy.made == ["rx", "rl", "al"]


def test_it_ends_with_what_is_sought() -> None:
    toy = Toy({"r": {"x": "a", "y": "b", "z": "c"}, "a": {"x": "d"}}, sought="y")
    assert list(explore(toy, "r", 3)) == ["a", "b"]
    assert toy.made == ["rx", "ry"]


# --- given ways ---
def test_ways_that_begin_alike_are_made_once() -> None:
    toy, known = counter(5), dict[tuple[str, ...], str | None]()
    ends = [follow(toy, "0", way, known) for way in (("1", "2"), ("1", "2", "2"), ("1", "1"), ())]
    assert ends == ["3", "0", "2", "0"]
    assert toy.made == ["01", "12", "32", "11"]


def test_a_way_ends_where_nothing_comes_behind() -> None:
    toy = Toy({"r": {"x": ""}})
    assert follow(toy, "r", ("x", "y", "z"), {}) is None
    assert toy.made == ["rx"]
