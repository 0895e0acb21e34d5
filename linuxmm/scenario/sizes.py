# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers, sizes and run lengths of the language, read and written."""

import re

from linuxmm.scenario.lines import Place, shown
from linuxmm.scenario.words import MAX_MACHINE_BYTES, MAX_PAGES
from linuxmm.uapi import PAGE_SIZE

_NUMBER = re.compile(r"0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20}", re.ASCII)
_SIZE = re.compile(r"([0-9]{1,15})([pKMGT])", re.ASCII)
_ALMOST = re.compile(r"([1-9][0-9]{0,14})(?:([kKmMgGtT])i?[bB]?)?", re.ASCII)
_UNITS = {"p": PAGE_SIZE, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
MAX_VALUE = (1 << 64) - 1


def is_number(word: str) -> bool:
    """Decimal or 0x hexadecimal, unsigned."""
    return _NUMBER.fullmatch(word) is not None


def number(word: str) -> int:
    """The number that ``is_number`` accepted."""
    return int(word, 16 if word[:2] in ("0x", "0X") else 10)


def is_size(word: str) -> bool:
    """Does it look like a size: digits and a unit."""
    return _SIZE.fullmatch(word) is not None


def size_in_pages(word: str, place: Place, limit: int = MAX_MACHINE_BYTES) -> int:
    """``8p``, ``64M``, ``4K``, ``1G`` as pages of 4096 bytes, at least one."""
    match = _SIZE.fullmatch(word)
    if not match:
        place.fail(f"{shown(word)} is no size; {_meant(word)}")
    size_bytes = int(match[1]) * _UNITS[match[2]]
    if size_bytes == 0:
        place.fail(f"{shown(word)}: a size is at least one page")
    if size_bytes % PAGE_SIZE:
        place.fail(f"{shown(word)} is no whole number of pages of {PAGE_SIZE} bytes")
    if size_bytes > limit:
        place.fail(f"{shown(word)} is more than the {size_text(limit // PAGE_SIZE)} allowed here")
    return size_bytes // PAGE_SIZE


def _meant(word: str) -> str:
    """The size that somebody meant who wrote 8k, 64MB or a bare number; else how one is written."""
    match = _ALMOST.fullmatch(word)
    if match and match[2]:
        return f'did you mean "{match[1]}{match[2].upper()}"?'
    if match:
        nr_bytes = int(match[1])
        pages = nr_bytes // PAGE_SIZE if nr_bytes % PAGE_SIZE == 0 else nr_bytes
        return f'did you mean "{pages}p"?'
    return "write pages (8p) or bytes (4K, 64M, 1G)"


def size_text(nr_pages: int) -> str:
    """Pages as the shortest size: ``512M`` where that is exact, else pages."""
    for unit in ("T", "G", "M"):
        pages_each = _UNITS[unit] // PAGE_SIZE
        if nr_pages % pages_each == 0:
            return f"{nr_pages // pages_each}{unit}"
    return f"{nr_pages}p"


def split_run(word: str, place: Place) -> tuple[str, int]:
    """``node0*4`` as the item and how often; 1 without a star."""
    item, star, times = word.rpartition("*")
    if not star:
        return word, 1
    if not item or not times.isascii() or not times.isdigit() or len(times) > 6 or int(times) < 1:
        place.fail(f"{shown(word)}: after the star stands how many pages, as in 0x5a*4")
    if int(times) > MAX_PAGES:
        place.fail(f"{shown(word)}: a scenario has at most {MAX_PAGES} pages")
    return item, int(times)
