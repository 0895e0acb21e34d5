# SPDX-License-Identifier: GPL-2.0-or-later
"""C's arithmetic over words of 64 bits: signed integers from -2^63 to 2^63 - 1.

Interpreted and compiled these give the same.  A sum or product that leaves the word wraps, signed
or not: the kernel is built with -fno-strict-overflow.  Interpreted it is a larger number until
`word` wraps it; compiled it wrapped already.
"""

from typing import Final

SIGN: Final = -(1 << 63)


def word(value: int) -> int:
    """The lower 64 bits of a number, signed."""
    if SIGN <= value <= 0x7FFFFFFFFFFFFFFF:
        return value
    low = value & 0x7FFFFFFFFFFFFFFF
    return low + SIGN if (value >> 63) & 1 else low


def signed_bits(value: int, bits: int) -> int:
    """The lower bits as a signed bitfield."""
    sign = 1 << (bits - 1)
    return ((value & (sign + sign - 1)) ^ sign) - sign


def signed32(value: int) -> int:
    """The lower 32 bits as an int."""
    return ((value & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000


def signed16(value: int) -> int:
    """The lower 16 bits as a short."""
    return ((value & 0xFFFF) ^ 0x8000) - 0x8000


def signed8(value: int) -> int:
    """The lower 8 bits as a char."""
    return ((value & 0xFF) ^ 0x80) - 0x80


def shl(value: int, by: int) -> int:
    """value << by, what leaves the word is lost."""
    by &= 63
    if by == 0:
        return value
    kept = value & ((1 << (63 - by)) - 1)  # what stays below the sign
    sign = (value >> (63 - by)) & 1
    return (kept << by) | (SIGN if sign else 0)


def shr(value: int, by: int) -> int:
    """value >> by of a word without sign."""
    by &= 63
    if by == 0:
        return value
    return (value >> by) & ((1 << (64 - by)) - 1)


def quotient(a: int, b: int) -> int:
    """a / b of signed words, towards zero."""
    if b == -1:
        return word(-a)
    q = a // b
    if q < 0 and q * b != a:
        q += 1
    return q


def remainder(a: int, b: int) -> int:
    """a % b of signed words: the sign of a."""
    if b == -1:
        return 0
    return a - b * quotient(a, b)


def quotient_u(a: int, b: int) -> int:
    """a / b of words without sign."""
    if b < 0:  # the divisor is 2^63 or more
        return 1 if (a ^ SIGN) >= (b ^ SIGN) else 0
    if a >= 0:
        return a // b
    half, low = shr(a, 1), a & 1
    q = half // b
    r = half - q * b  # a = 2 q b + 2 r + low
    return shl(q, 1) + (1 if r >= b - r - low else 0)


def remainder_u(a: int, b: int) -> int:
    """a % b of words without sign."""
    if b < 0:
        return a - b if (a ^ SIGN) >= (b ^ SIGN) else a
    if a >= 0:
        return a % b
    half, low = shr(a, 1), a & 1
    r = half % b
    return r - (b - r - low) if r >= b - r - low else r + r + low


def least(a: int, b: int) -> int:
    """min() of signed words."""
    return a if a < b else b


def most(a: int, b: int) -> int:
    """max() of signed words."""
    return a if a > b else b


def least_u(a: int, b: int) -> int:
    """min() of words without sign."""
    return a if (a ^ SIGN) < (b ^ SIGN) else b


def most_u(a: int, b: int) -> int:
    """max() of words without sign."""
    return a if (a ^ SIGN) > (b ^ SIGN) else b
