# SPDX-License-Identifier: GPL-2.0-or-later
"""Search over states, whatever a state is: of two kernels side by side, or of a toy.

A `World` says which actions may come next and where each leads.  Here stands the rest: level by
level, every state expanded once, where most actions may still follow it.
"""

from collections.abc import Hashable, Iterable, Iterator
from typing import Protocol, TypeVar

Point = TypeVar("Point")
Act = TypeVar("Act", bound=Hashable)


class World(Protocol[Point, Act]):
    """What is searched.  A point is a state and whatever is known of the way to it."""

    def actions(self, point: Point) -> Iterable[Act]:
        """The actions that may come next, in their order."""
        ...

    def make(self, point: Point, action: Act) -> Point | None:
        """Where an action leads, looked at from all sides; None: nothing comes behind it."""
        ...

    def leads_on(self, action: Act) -> bool:
        """May another action come behind this one?"""
        ...

    def key(self, point: Point) -> Hashable:
        """The same for points from which the same follows."""
        ...

    def is_over(self) -> bool:
        """Was found what was looked for?"""
        ...


def explore(world: World[Point, Act], root: Point, depth: int) -> Iterator[Point]:
    """Every path of up to `depth` actions that lead on and one more; yields each new state.

    States are compared with those met since the root, which is not among them: a way that leads
    back to it is followed once.
    """
    met: set[Hashable] = set()
    level = [root]
    for left in range(depth, -1, -1):
        found: list[Point] = []
        for point in level:
            for action in world.actions(point):
                if world.is_over():
                    return
                child = world.make(point, action)
                if child is None or not left or not world.leads_on(action):
                    continue
                key = world.key(child)
                if key not in met:
                    met.add(key)
                    found.append(child)
                    yield child
        level = found


def follow(
    world: World[Point, Act],
    root: Point,
    actions: tuple[Act, ...],
    known: dict[tuple[Act, ...], Point | None],
) -> Point | None:
    """The end of a given way from a root; None where nothing comes behind a part of it.

    `known`: where ways from this root have led; those that begin alike are made once.
    """
    if not actions:
        return root
    if actions not in known:
        before = follow(world, root, actions[:-1], known)
        known[actions] = None if before is None else world.make(before, actions[-1])
    return known[actions]
