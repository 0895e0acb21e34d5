# SPDX-License-Identifier: GPL-2.0-or-later
"""What a search is made of: set-ups and actions as lines of the scenario language.

Every path of a search is therefore a scenario as it stands: a set-up that makes a page of some
kind in some mapping (`setups.py`), then actions on it (`actions.py`).  All set-ups map their
pages as `a` in process P0.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final


@dataclass(frozen=True, eq=False)  # each is one of the catalogue's: known by itself
class Setup:
    """One page kind in one mapping; `machine` are the devices it needs beside two nodes.

    `modifiers`: how many actions may come between it and the last one; negative: it is a whole
    story, nothing comes behind it.  `only`: the names of the actions that may follow it (where a
    step costs what 512 pages cost); empty: all that apply.
    """

    name: str
    kind: str
    lines: tuple[str, ...]
    machine: tuple[str, ...] = ()
    modifiers: int = 2
    only: frozenset[str] = frozenset()

    @cached_property
    def devices(self) -> frozenset[str]:
        """The names of the devices."""
        return frozenset(line.split()[0] for line in self.machine)

    @cached_property
    def facts(self) -> frozenset[str]:
        """What actions may need of it.

        `memcg`, control groups; `far`, pages that differ by how far node0 is; `near`, all shows
        within two actions; `huge`, 2 MiB that one huge page could map; `watched`, an area that is
        registered with a userfaultfd.
        """
        far = self.kind == "coherent" or any("node1" in line for line in self.lines)
        huge = any("= mmap 512p" in line or "_create 512p" in line for line in self.lines)
        memcg = "memcg v1" in self.machine
        watched = any("userfaultfd " in line for line in self.lines)
        near = self.modifiers == 1
        facts = {"far": far, "near": near, "huge": huge, "memcg": memcg, "watched": watched}
        return frozenset(fact for fact, holds in facts.items() if holds)


@dataclass(frozen=True, eq=False)
class Action:
    """One or a few lines that belong together.

    `needs` and `gives` are facts about the path (a child exists, a reference is held);
    `once`: not twice on a path.  `ends`: facts that are no longer true afterwards.
    """

    name: str
    lines: tuple[str, ...]
    needs: frozenset[str] = frozenset()
    gives: frozenset[str] = frozenset()
    ends: frozenset[str] = frozenset()
    modifier: bool = False
    devices: frozenset[str] = field(default=frozenset())
    kinds: frozenset[str] = frozenset()  # only for set-ups of these kinds; empty: for all

    @cached_property
    def wanted(self) -> frozenset[str]:
        """The facts that must be true before it."""
        return frozenset(need for need in self.needs if not need.startswith("!"))

    @cached_property
    def unwanted(self) -> frozenset[str]:
        """The facts that must not be true before it."""
        return frozenset(need[1:] for need in self.needs if need.startswith("!"))


def applies(action: Action, facts: frozenset[str], setup: Setup) -> bool:
    """May this action come next on a path with these facts?"""
    if action.kinds and setup.kind not in action.kinds:
        return False
    if not action.devices <= setup.devices:
        return False
    return action.wanted - setup.facts <= facts and action.unwanted.isdisjoint(facts)


def facts_after(action: Action, facts: frozenset[str]) -> frozenset[str]:
    """What is true of a path once the action is made."""
    return (facts | action.gives) - action.ends


START: Final = frozenset({"P0"})


def machine_for(setup: Setup, lines: tuple[str, ...]) -> tuple[str, ...]:
    """The lines of the machine that a set-up and steps on it need."""
    numa = any(line.startswith("numa:") for line in lines)
    ksmd = any(line.startswith("ksmd:") for line in lines)
    return (
        "node0 512M",
        "node1 512M",
        *setup.machine,
        *(("sysctl kernel.numa_balancing = 1",) if numa else ()),
        *(("ksm run = 1",) if ksmd else ()),
    )
