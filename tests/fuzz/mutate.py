# SPDX-License-Identifier: GPL-2.0-or-later
"""Inputs from seeds: spoilt by bytes, words, numbers and lines; the same for the same number."""

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

MOST_BYTES: Final = 1 << 18
MOST_CHANGES: Final = 6
MOST_COPIES: Final = 2048
NUMBERS: Final = (
    *(b"0", b"1", b"-1", b"2", b"15", b"16", b"127", b"128", b"255", b"256", b"511", b"513"),
    *(b"4095", b"4096", b"32767", b"32768", b"32769", b"65535", b"65536", b"2147483648"),
    *(b"4294967296", b"9223372036854775807", b"-9223372036854775808", b"18446744073709551615"),
    *(b"1e-300", b"0x", b"0x7fffffffffffffff", b"9" * 400, b"1" * 5000, "\u0664".encode()),
)
EVERYWHERE: Final = (  # line ends, controls, what is no UTF-8, what turns a line around
    *(b"\n", b"\r\n", b"\r", b"\0", b"\t", b"  ", b"\x0b", b"\x0c", b"\x1b[2J", b"\x85", b"\xff"),
    *(b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\xc2\x9b", b"\xef\xbb\xbf", b"\xed\xa0\x80"),
)
WORD: Final = re.compile(rb"\w+")
DIGITS: Final = re.compile(rb"\d+")
EDGES: Final = (0, 1, 4, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 1 << 31, (1 << 32) - 1, 1 << 63)

_UPPER: Final = re.compile(rb"([A-Z]+_)[A-Z_0-9]+")

Change = Callable[[Random, bytearray, Sequence[bytes], Sequence[bytes]], None]


def mutated(rng: Random, seeds: Sequence[bytes], pieces: Sequence[bytes], binary: bool) -> bytes:
    """One input.  `pieces` are words of the input's language, `binary`: it is no text."""
    data = bytearray(rng.choice(seeds))
    gentle = rng.randrange(4) > 0  # most are to get past the first reader
    changes = BINARY if binary else GENTLE if gentle else TEXT
    for _ in range(min(rng.randint(1, MOST_CHANGES) for _ in range(1 + 2 * gentle))):
        rng.choice(changes)(rng, data, seeds, pieces)
        del data[MOST_BYTES:]
    return bytes(data)


def _span(rng: Random, data: bytearray, most: int) -> slice:
    at = rng.randint(0, len(data))
    return slice(at, at + rng.randint(0, most))


def drop(rng: Random, data: bytearray, _: Sequence[bytes], __: Sequence[bytes]) -> None:
    del data[_span(rng, data, 80)]


def cut(rng: Random, data: bytearray, _: Sequence[bytes], __: Sequence[bytes]) -> None:
    del data[rng.randint(0, len(data)) :]


def noise(rng: Random, data: bytearray, _: Sequence[bytes], __: Sequence[bytes]) -> None:
    data[_span(rng, data, 2)] = rng.randbytes(rng.randint(0, 4))


def flip(rng: Random, data: bytearray, _: Sequence[bytes], __: Sequence[bytes]) -> None:
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def copy(rng: Random, data: bytearray, _: Sequence[bytes], __: Sequence[bytes]) -> None:
    part = data[_span(rng, data, 60)]
    at = rng.randint(0, len(data))
    data[at:at] = part


def insert(rng: Random, data: bytearray, _: Sequence[bytes], pieces: Sequence[bytes]) -> None:
    at = rng.randint(0, len(data))
    data[at:at] = rng.choice(pieces or EVERYWHERE)


def strange(rng: Random, data: bytearray, _: Sequence[bytes], __: Sequence[bytes]) -> None:
    at = rng.randint(0, len(data))
    data[at:at] = rng.choice(EVERYWHERE)


def many(rng: Random, data: bytearray, _: Sequence[bytes], pieces: Sequence[bytes]) -> None:
    """Something over and over: what is linear stays quick."""
    lines = [bytes(data[_span(rng, data, 40)]), *pieces]
    part = rng.choice(lines) * (1 << rng.randint(1, MOST_COPIES.bit_length() - 1))
    at = rng.randint(0, len(data))
    data[at:at] = part[:MOST_BYTES]


def word(rng: Random, data: bytearray, seeds: Sequence[bytes], pieces: Sequence[bytes]) -> None:
    """A word becomes another one, of a seed or of the language."""
    found = list(WORD.finditer(data))
    if found:
        place = rng.choice(found).span()
        others = WORD.findall(rng.choice(seeds)) or [b""]
        data[slice(*place)] = rng.choice([rng.choice(others), rng.choice(pieces or EVERYWHERE)])


def kin(rng: Random, data: bytearray, seeds: Sequence[bytes], _: Sequence[bytes]) -> None:
    """A word becomes one of its kind: another flag of the family, another number of the name."""
    found = list(WORD.finditer(data))
    if found:
        place = rng.choice(found)
        kind = _kind(place[0])
        for _attempt in range(8):
            others = [w for w in WORD.findall(rng.choice(seeds)) if _kind(w) == kind]
            if set(others) - {place[0]}:
                data[slice(*place.span())] = rng.choice(others)
                return


def _kind(word: bytes) -> bytes:
    """MADV_ of MADV_COLD, P0 of P1, 0 of 17."""
    family = _UPPER.fullmatch(word)
    return family[1] if family else DIGITS.sub(b"0", word)


def number(rng: Random, data: bytearray, _: Sequence[bytes], __: Sequence[bytes]) -> None:
    found = list(DIGITS.finditer(data))
    if found:
        data[slice(*rng.choice(found).span())] = rng.choice(NUMBERS)


def line(rng: Random, data: bytearray, seeds: Sequence[bytes], _: Sequence[bytes]) -> None:
    """A line goes, comes twice, stands elsewhere, or comes from another seed."""
    lines = data.split(b"\n")
    i, j, what = rng.randrange(len(lines)), rng.randrange(len(lines)), rng.randrange(4)
    if what == 0:
        del lines[i]
    elif what == 1:
        lines.insert(j, lines[i])
    elif what == 2:
        lines[i], lines[j] = lines[j], lines[i]
    else:
        lines.insert(j, bytearray(rng.choice(rng.choice(seeds).split(b"\n"))))
    data[:] = b"\n".join(lines)


def edge(rng: Random, data: bytearray, _: Sequence[bytes], __: Sequence[bytes]) -> None:
    """An aligned integer becomes one at an edge."""
    size = rng.choice((1, 2, 4, 8))
    at = rng.randrange(len(data) // size + 1) * size
    value = rng.choice(EDGES) + rng.randint(-2, 2) & (1 << 8 * size) - 1
    data[at : at + size] = value.to_bytes(size, "little")


BINARY: Final[tuple[Change, ...]] = (drop, cut, noise, flip, copy, insert, many, edge, edge, edge)
GENTLE: Final[tuple[Change, ...]] = (word, number, line, line, *(kin,) * 8)
TEXT: Final[tuple[Change, ...]] = (
    *(drop, cut, noise, flip, copy, insert, insert, strange, many),
    *(word, word, word, number, number, line, line, line),
)
