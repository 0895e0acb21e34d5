# SPDX-License-Identifier: GPL-2.0-or-later
"""mix64: within 64 signed bits, one to one under a seed, and the same when arithmetic wraps."""

import random

from linuxmm.state.mix import HALF, MIX_A, MIX_B, MIX_C, mix64

LOW, HIGH = -(1 << 63), (1 << 63) - 1


def wrapped(x: int) -> int:
    """What a signed 64-bit register holds."""
    return (x + (1 << 63)) % (1 << 64) - (1 << 63)


def mix64_in_registers(seed: int, value: int) -> int:
    """The same rounds with every intermediate result wrapped."""
    low = wrapped(seed ^ value) & HALF
    high = ((seed >> 32) ^ (value >> 32)) & HALF
    for add, by in ((MIX_B, MIX_A), (MIX_C, MIX_B), (MIX_A, MIX_C), (MIX_B, MIX_A)):
        low, high = high, low ^ (wrapped(wrapped(high + add) * by) >> 21) & HALF
    return wrapped((high << 32) | low)


def test_equal_to_wrapping_arithmetic() -> None:
    rng = random.Random(1)
    words = [0, 1, -1, LOW, HIGH] + [rng.randint(LOW, HIGH) for _ in range(500)]
    for seed, value in zip(words, reversed(words), strict=True):
        result = mix64(seed, value)
        assert result == mix64_in_registers(seed, value)
        assert LOW <= result <= HIGH


def test_one_to_one_and_spread() -> None:
    assert len({mix64(5, value) for value in range(20000)}) == 20000
    flips = [
        bin((mix64(0, v) ^ mix64(0, v ^ 1 << bit)) & (1 << 64) - 1).count("1")
        for v in range(40)
        for bit in range(64)
    ]
    assert 28 < sum(flips) / len(flips) < 36


def test_order_matters() -> None:
    assert mix64(mix64(0, 1), 2) != mix64(mix64(0, 2), 1)
    assert mix64(0, 0) != 0
