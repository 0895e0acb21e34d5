# SPDX-License-Identifier: GPL-2.0-or-later
"""Junk: whatever it is, the answer is a scenario or one ScenarioError, and soon.

Spoilt scenarios are `tests/fuzz`.
"""

import time
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from linuxmm.errors import ScenarioError
from linuxmm.scenario.format import format_scenario
from linuxmm.scenario.parse import parse
from tests.scenario.test_parse import text

ROOT = Path(__file__).parent.parent.parent


def outcome(source: bytes | str) -> None:
    """Parses or is refused; nothing else may happen, and what parses also prints."""
    try:
        scenario = parse(source, "fuzz.mm")
    except ScenarioError as error:
        message = str(error)
        assert message.startswith("fuzz.mm:")
        assert "\n" not in message and message.isprintable() and len(message) < 1000
        return
    assert parse(format_scenario(scenario)) == scenario


@given(st.binary(max_size=200) | st.text(max_size=200))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_junk(junk: bytes | str) -> None:
    outcome(junk)
    head = "linuxmm-scenario 1\nname: t\nintent: i\nsteps:\n "
    outcome(head + junk if isinstance(junk, str) else head.encode() + junk)


def test_large_junk_is_refused_quickly() -> None:
    start = time.process_time()
    outcome(b"A" * (50 << 20))
    outcome(text("P0: a = mmap 1p" + " locked" * 500))
    outcome(text(*["P0: a = mmap 1p"] * 4000))
    outcome(text("P0: a = mmap 65536p", *["P0: write a 1*32768 2*32768"] * 4000))
    outcome("linuxmm-scenario 1\n" + "x" * 4000 + "\n")
    outcome(text("P0: a = mmap 4p", "P0: read " + "a" * 4000))
    outcome("linuxmm-scenario 1\n" + "never: rss\n" * 90_000)
    outcome("linuxmm-scenario 1\nintent: a\n" + " b\n" * 300_000)
    outcome("linuxmm-scenario 1\n" + "\n" * 1_000_000)
    row = "expect *:\n" + "  read = " + "0*1 " * 900 + "\n"
    outcome(text("P0: a = mmap 900p", "P0: read a", rest=row))
    assert time.process_time() - start < 10
