# SPDX-License-Identifier: GPL-2.0-or-later
"""Struct pages from bytes: an array made by hand with the layout of 6.1 (64 bytes each)."""

import struct

import pytest

from linuxmm.fs.proc.text import kpageflags_names
from linuxmm.inspect.structpage import Layout, StructPages, kpageflags
from linuxmm.inspect.words import PGMAP_COHERENT

BASE = 0xFFFF_EA00_0000_0000
LRU, HEAD, SWAPBACKED, OWNER, WORKINGSET, MAPPEDTODISK = 4, 16, 19, 10, 9, 14
BITS = {
    0: ("locked",),
    LRU: ("lru",),
    WORKINGSET: ("workingset", "double_map"),
    OWNER: ("owner_priv_1", "swapcache"),
    MAPPEDTODISK: ("mappedtodisk", "anon_exclusive"),
    HEAD: ("head",),
    SWAPBACKED: ("swapbacked",),
}
AT = {"flags": 0, "compound_head": 8, "pgmap": 8, "mapping": 24, "_mapcount": 48, "_refcount": 52}
LAYOUT = Layout(
    base=BASE,
    size=64,
    at=AT,
    entire_at=64 + 20,
    file_counts_whole=True,
    hugetlb_at=64 + 16,
    hugetlb_dtor=2,
    flag_bits=BITS,
    zone_shift=58,
    zone_mask=7,
    zone_device=4,
    node_shift=61,
)
ANON, KSM = 0xFFFF_8880_0000_1001, 0xFFFF_8880_0000_1003


class Array:
    """Struct pages by frame number; a frame that nobody made cannot be read."""

    def __init__(self) -> None:
        self.pages: dict[int, bytearray] = {}
        self.reads = 0

    def make(self, pfn: int, flags: int = 0, ref: int = 1, maps: int = 1, mapping: int = 0) -> None:
        raw = self.pages[pfn] = bytearray(64)
        struct.pack_into("<Q", raw, 0, flags)
        struct.pack_into("<Q", raw, 24, mapping)
        struct.pack_into("<ii", raw, 48, maps - 1, ref)

    def put(self, pfn: int, at: int, form: str, value: int) -> None:
        struct.pack_into(form, self.pages[pfn], at, value)

    def read(self, address: int, size: int) -> bytes | None:
        self.reads += 1
        first, nr = (address - BASE) // 64, size // 64
        if any(pfn not in self.pages for pfn in range(first, first + nr)):
            return None
        return b"".join(bytes(self.pages[pfn]) for pfn in range(first, first + nr))

    def look(self, *pfns: int) -> StructPages:
        pages = StructPages(LAYOUT, self.read, {0x5000: 2}.__getitem__)
        pages.fetch(pfns)
        return pages


@pytest.fixture
def array() -> Array:
    return Array()


def flags(*bits: int) -> int:
    return sum(1 << bit for bit in bits)


def test_an_anonymous_page(array: Array) -> None:
    array.make(100, flags(LRU, SWAPBACKED, MAPPEDTODISK) | 1 << 61, 2, 1, ANON)
    page = array.look(100).page(100)
    assert page is not None
    assert (page.refcount, page.mapcount, page.anon, page.ksm, page.node) == (2, 1, True, False, 1)
    assert kpageflags_names(kpageflags(page, False)) == [
        *("LRU", "MMAP", "ANON", "SWAPBACKED", "MAPPEDTODISK"),
    ]


def test_a_merged_page(array: Array) -> None:
    array.make(100, flags(LRU, SWAPBACKED), 3, 3, KSM)
    page = array.look(100).page(100)
    assert page is not None and page.ksm and page.anon and page.mapcount == 3
    assert "KSM" in kpageflags_names(kpageflags(page, False))


def test_a_device_page_shows_what_kpageflags_hides(array: Array) -> None:
    array.make(7, flags(SWAPBACKED) | 4 << 58, 1, 1, ANON)
    array.put(7, 8, "<Q", 0x5000)
    page = array.look(7).page(7)
    assert page is not None and page.pgmap == 2
    assert kpageflags(page, False) & PGMAP_COHERENT
    assert kpageflags_names(kpageflags(page, False) & (1 << 43) - 1) == [
        "MMAP",
        "ANON",
        "SWAPBACKED",
    ]


def compound(array: Array, mapping: int, entire: int) -> None:
    """Four pages from 512 on, mapped `entire` times as a whole."""
    array.make(512, flags(HEAD, LRU, SWAPBACKED), 5, 0, mapping)
    for pfn in (513, 514, 515):
        array.make(pfn, 0, 0, 0)
        array.put(pfn, 8, "<Q", BASE + 512 * 64 + 1)
    array.put(513, 20, "<i", entire - 1)


def test_a_part_of_a_huge_page_has_its_heads_counts(array: Array) -> None:
    compound(array, ANON, 2)
    array.put(514, 48, "<i", 0)  # one PTE maps this part as well
    page = array.look(514).page(514)
    assert page is not None and page.tail and not page.head and page.anon
    assert (page.refcount, page.mapcount) == (5, 3)
    assert {"LRU", "THP", "COMPOUND_TAIL"} <= set(kpageflags_names(kpageflags(page, False)))


def test_double_mapped_parts_count_one_less(array: Array) -> None:
    compound(array, ANON, 1)
    array.put(513, 0, "<Q", flags(WORKINGSET))
    for pfn in (512, 513, 514, 515):
        array.put(pfn, 48, "<i", 0)
    page = array.look(515).page(515)
    assert page is not None and page.mapcount == 1  # 1 + 1 - 1


def test_parts_of_a_files_page_count_whole_mappings_themselves(array: Array) -> None:
    compound(array, 0xFFFF_8880_0000_2000, 1)
    array.put(514, 48, "<i", 0)
    page = array.look(514).page(514)
    assert page is not None and page.mapcount == 1 and not page.anon


def test_hugetlb_is_told_by_its_destructor(array: Array) -> None:
    compound(array, 0xFFFF_8880_0000_2000, 1)
    array.put(513, 16, "<B", 2)
    page = array.look(514).page(514)
    assert page is not None and page.hugetlb and page.mapcount == 1
    assert "HUGE" in kpageflags_names(kpageflags(page, False))
    assert "THP" not in kpageflags_names(kpageflags(page, False))


def test_frames_without_a_struct_page(array: Array) -> None:
    array.make(10, flags(LRU))
    array.make(12, flags(LRU))
    pages = array.look(10, 11, 12)
    assert pages.page(10) and pages.page(12) and pages.page(11) is None
    assert kpageflags_names(kpageflags(None, False)) == ["NOPAGE"]


def test_neighbours_are_read_at_once(array: Array) -> None:
    for pfn in range(64):
        array.make(pfn)
    array.look(*range(64))
    assert array.reads == 1
