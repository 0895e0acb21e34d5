# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenarios through the whole of `run`, to its text and its JSON, and to the plan for a guest."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Final
from zlib import crc32

from linuxmm.errors import ScenarioError
from linuxmm.generate import TARGETS, Wish, generate
from linuxmm.kernels import names
from linuxmm.play.findings import as_json
from linuxmm.play.report import report
from linuxmm.play.run import Kernels, run_text
from linuxmm.scenario.format import format_scenario
from linuxmm.scenario.parse import parse
from linuxmm.scenario.verbs import VERBS
from linuxmm.validate.guestpart import OWN, playable, skipped_whole
from linuxmm.validate.plan import Plan
from tests.fuzz.target import ROOT, Target
from tests.scenario.test_parse import SET_UP, text

PIECES: Final = [
    b"[", b"]", b"[0:9]", b":", b"=", b"*", b"*0", b"*999999", b"{", b"}", b"|", b"@", b"@9", b"!",
    b"...", b"?", b"or", b"\\\n", b"#", b"P9", b"P0.", b"P0", b"P1", b"t1", b"a", b"f", b"a[0]",
    b" on cpu1", b"exit", b"fork", b"-EIO", b"0x", b"expect *:", b"steps:", b"never:", b"node0",
    b"65536p", b"1000000p", b"4096p", b"64G", b"18446744073709551615", b"coherent0", b"private0",
    *sorted({name.encode() for _, name in VERBS}),
    *(f"\n      {verb.example}\n".encode() for verb in VERBS.values()),
]  # fmt: skip


def seeds() -> Iterator[bytes]:
    for path in sorted((ROOT / "scenarios").rglob("*.mm")):
        yield path.read_bytes()
    for verb in VERBS.values():
        if verb.name not in ("pages", "finalize") or verb.who != "device":  # behind a setup only
            yield text(SET_UP, verb.example).encode()
    for n in range(60):
        yield generate(n, Wish(TARGETS["model"], most=16)).encode()


@cache
def _kernels() -> Kernels:
    return Kernels()


def run(data: bytes) -> None:
    name, asked = names()[crc32(data) % len(names())], bool(crc32(data) & 64)
    try:
        runs = run_text(
            data, [name], file="fuzz.mm", kernels=_kernels(), with_pages=True, explain=asked
        )
    except ScenarioError as error:
        assert str(error).startswith("fuzz.mm:") and len(str(error)) < 1000
        raise
    scenario = runs[0].scenario
    assert parse(format_scenario(scenario)) == scenario
    shown = report(runs, verbose=True, pages=asked, width=60 if asked else 80)
    assert shown.replace("\n", "").isprintable()
    json.dumps(as_json(runs))
    if not skipped_whole(scenario):
        Plan(playable(scenario, OWN).scenario).text()


# thp/collapse-parts.mm: 2,048 pages are told after each of 30 steps
TARGET: Final = Target(seeds, run, PIECES, most_seconds=30.0)
