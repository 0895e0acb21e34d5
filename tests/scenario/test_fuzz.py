"""Broken texts: whatever they are, the answer is a scenario or one ScenarioError, and soon."""

# ruff: noqa: E501 - a table

import random
import time
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from linuxmm.errors import ScenarioError
from linuxmm.scenario.format import format_scenario
from linuxmm.scenario.parse import parse
from linuxmm.scenario.verbs import VERBS
from tests.scenario.test_parse import SET_UP, text

ROOT = Path(__file__).parent.parent.parent
TEXTS = [path.read_bytes() for path in sorted((ROOT / "scenarios").rglob("*.mm"))]
TEXTS.append(text(SET_UP, *(verb.example for verb in VERBS.values())).encode())
PIECES = [
    b"[", b"]", b"[0:9]", b":", b"=", b"*", b"*0", b"*999999", b"{", b"}", b"|", b"@", b"@9", b"!",
    b"...", b"?", b"or", b"\\\n", b"\n", b"\t", b"\x00", b"\xff", b"\xe2\x80\xae", b"#", b"  ", b"P9",
    b"P0.",
    b"t1", b" on cpu1", b"exit", b"fork", b"-EIO",
    b"99999999999999999999999", b"0x",
    b"expect *:", b"steps:", b"never:", b"node0", b"\r", b"\xef\xbb\xbf", "\u0664".encode(),
]  # fmt: skip


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


def mutated(rng: random.Random, source: bytes) -> bytes:
    """A few small accidents."""
    data = bytearray(source)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data) + 1)
        what = rng.randrange(5)
        if what == 0:
            data[at:at] = rng.choice(PIECES)
        elif what == 1:
            del data[at : at + rng.randint(1, 12)]
        elif what == 2:
            data[at : at + 1] = bytes([rng.randrange(256)])
        elif what == 3:
            begin = rng.randrange(len(data) + 1)
            data[at:at] = data[begin : begin + rng.randint(1, 30)]
        else:
            lines = data.split(b"\n")
            i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
            lines[i], lines[j] = lines[j], lines[i]
            data = bytearray(b"\n".join(lines))
    return bytes(data)


def test_mutated_scenarios() -> None:
    rng = random.Random(20220310)
    for _ in range(1500):
        outcome(mutated(rng, rng.choice(TEXTS)))


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
