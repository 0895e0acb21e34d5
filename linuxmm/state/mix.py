# SPDX-License-Identifier: GPL-2.0-or-later
"""One 64-bit hash step for the core: equal results interpreted and compiled.

Signed 64-bit words in, a signed 64-bit word out.  No product or sum leaves 63 bits, so that
Python's integers and the wrapping ones of compiled code agree.
"""

from typing import Final

from linuxmm.core import core

HALF: Final = 0xFFFF_FFFF
MIX_A: Final = 0x3C6E_F35F  # odd, below 2^30
MIX_B: Final = 0x2545_F491
MIX_C: Final = 0x1B87_3593


@core
def mix64(seed: int, value: int) -> int:
    """Fold one value into a hash: four Feistel rounds over the halves of seed ^ value.

    Each round takes the middle bits of a 63-bit product; a round is invertible, so two values
    never collide under one seed.
    """
    low = (seed ^ value) & HALF
    high = ((seed >> 32) ^ (value >> 32)) & HALF
    low ^= (((high + MIX_B) * MIX_A) >> 21) & HALF
    high ^= (((low + MIX_C) * MIX_B) >> 21) & HALF
    low ^= (((high + MIX_A) * MIX_C) >> 21) & HALF
    high ^= (((low + MIX_B) * MIX_A) >> 21) & HALF
    if high > 0x7FFF_FFFF:
        high -= 1 << 32
    return (high << 32) | low
