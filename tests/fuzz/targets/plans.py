# SPDX-License-Identifier: GPL-2.0-or-later
"""Plans through the agent built with AddressSanitizer and UBSan: an answer for each operation."""

from collections.abc import Iterator
from typing import Final

from linuxmm.generate import TARGETS, Wish, scenario
from linuxmm.validate.answers import split
from linuxmm.validate.guestpart import OWN, playable
from linuxmm.validate.limits import MAX_ANSWERS
from linuxmm.validate.plan import Plan
from tests.fuzz.target import Target
from tests.validate.agent_under_asan import HERE, play

PIECES: Final = [
    *(b"start 2 -1 0 0\n", b"mmap 0 0 32768 3 34 0 -1\n", b"exit 0\n", b"fork 0 1\n", b"-1", b"x"),
    *(b" 0", b" 1", b" 2", b" 32768", b" 1" * 600, b"by 1 ", b"log\n", b"rows\n", b"end\n"),
    b"alive\n",
]


def plan(number: int) -> Plan:
    """Of a generated scenario that this agent plays."""
    part = playable(scenario(number, Wish(TARGETS["own"])), OWN)
    return Plan(part.scenario)


def seeds() -> Iterator[bytes]:
    for number in range(40):
        yield plan(number).text().encode()


def run(data: bytes) -> None:
    """An answer for each operation, or up to the one that is too much for the agent's limits."""
    found = split(play(data))
    full = found and found[-1].text() == f"more answers than {MAX_ANSWERS} bytes"
    if b"\0" not in data and not full:
        assert len(found) == sum(1 for line in data.split(b"\n") if line)


TARGET: Final = Target(
    *(seeds, run, PIECES),
    missing="" if HERE else "the agent is built with a C compiler for x86-64",
    in_bounds=False,  # the sanitizers reserve terabytes
)
