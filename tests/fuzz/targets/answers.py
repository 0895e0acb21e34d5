# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers of a guest, for a plan of ours: outcomes, or a sentence about what is none.

The first byte of an input chooses the plan.
"""

import struct
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Final

from linuxmm.errors import InputError, Skipped
from linuxmm.validate.answers import BROKEN, DIED, DONE, GONE_ALREADY, HEAD, split
from linuxmm.validate.plan import Plan
from tests.fuzz.target import Target
from tests.fuzz.targets.plans import plan

NR_PLANS: Final = 64
PIECES: Final = [
    *(HEAD.pack(status, 0, 0) for status in (DONE, GONE_ALREADY, DIED, BROKEN)),
    *(HEAD.pack(DIED, 11, 8) + bytes(8), HEAD.pack(DONE, -14, 0), HEAD.pack(DONE, -5000, 0)),
    *(HEAD.pack(BROKEN, 0, 3) + b"\x1b[\n", HEAD.pack(DONE, 0, 0xFFFFFFFF), bytes(8), b"\xff" * 8),
    b"BUG: Bad page map\n",
]


@cache
def _plan(number: int) -> Plan:
    return plan(number)


def seeds() -> Iterator[bytes]:
    for number in range(NR_PLANS):
        rng = Random(number)
        answers = (_answer(rng, op) for op in _plan(number).ops)
        yield bytes([number]) + b"".join(answers)


def _answer(rng: Random, op: str) -> bytes:
    """What an agent could say to an operation, made up."""
    name, *words = op.split(" ")[2 * op.startswith("by ") :]
    nr = next((n for n in map(int, filter(str.isdigit, words[3:4])) if n < 100), 0)
    data = {
        "log": b"",
        "rows": struct.pack("<4Q", 0, 0, 1, rng.randbytes(8)[0] << 55 | 0x1234),
        "hidden": struct.pack("<13Q", *(0 for _ in range(13))),
        "smaps": b"1000-2000 r--p 0 0:0 0\nRss:      4 kB\nVmFlags: rd wr\n",
        "numa_maps": b"1000 default anon=1 N0=1 kernelpagesize_kB=4\n",
        "status": b"VmRSS:      4 kB\n",
        "counters": bytes(8 * len(words)),
        "ksm_get": bytes(8 * len(words)),
        "hmm": bytes(8 * (5 + nr)),
    }.get(name, rng.randbytes(8 * nr))
    return HEAD.pack(DONE, 0, len(data)) + data


def run(data: bytes) -> None:
    chosen = _plan(data[0] % NR_PLANS if data else 0)
    played = chosen.outcomes(split(data[1:]))
    assert all(step.outcome.text().isprintable() for step in played)
    chosen.late()


TARGET: Final = Target(seeds, run, PIECES, binary=True, allowed=(InputError, Skipped))
