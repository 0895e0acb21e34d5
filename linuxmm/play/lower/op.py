# SPDX-License-Identifier: GPL-2.0-or-later
"""One operation of the core as a row of integers, and what every translation needs."""

from typing import Final, NamedTuple

from linuxmm.errors import NotModelled
from linuxmm.play.bindings import Bindings
from linuxmm.scenario.tree import Extent, Step

PREVIOUS: Final = -(1 << 62)  # as an argument: the result of the operation before


class Op(NamedTuple):
    """One operation: number, task and CPU that make it, arguments."""

    op: int
    task: int = 0
    cpu: int = 0
    a: int = 0
    b: int = 0
    c: int = 0
    d: int = 0
    e: int = 0
    f: int = 0


def not_modelled(step: Step, what: str) -> NotModelled:
    """The error for one form of a verb."""
    return NotModelled(f"not modelled: {step.verb} {what}")


# --- who, where ---------------------------------------------------------------------------------
def who(step: Step, bindings: Bindings) -> tuple[int, int]:
    """Task and CPU of a step of a process; of a device, a daemon or the machine 0, CPU 0."""
    return bindings.tasks.get(step.actor, 0), bindings.cpu(step.cpu)


def target_of(step: Step) -> Extent:
    """The extent of a verb that always has one."""
    if step.target is None:
        raise not_modelled(step, "without pages")
    return step.target


def signed(value: int) -> int:
    """A 64-bit value of the language as the columns hold it."""
    return value - (1 << 64) if value >= 1 << 63 else value


def runs(values: tuple[int, ...], nr_pages: int) -> list[tuple[int, int, int]]:
    """(first page, pages, value) of equal neighbours; a single value is for all pages."""
    if len(values) == 1:
        return [(0, nr_pages, values[0])]
    found: list[tuple[int, int, int]] = []
    for i, value in enumerate(values):
        if found and found[-1][2] == value:
            found[-1] = (found[-1][0], found[-1][1] + 1, value)
        else:
            found.append((i, 1, value))
    return found


def chunks(first: int, nr: int, size: int) -> list[tuple[int, int]]:
    """(first page, pages) in pieces of at most `size`."""
    return [(at, min(size, first + nr - at)) for at in range(first, first + nr, size)]


def owner(step: Step, bindings: Bindings) -> int:
    """A task of the process whose file or pages the step names, else of its own."""
    return bindings.tasks.get(step.whose, 0)
