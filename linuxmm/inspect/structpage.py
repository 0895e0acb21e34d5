# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's array of struct pages, read in runs of frame numbers; what one of them says.

Where its members lie differs from build to build (`Layout`); what they mean is written here.
"""

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from linuxmm.inspect.count import runs
from linuxmm.inspect.words import PGMAP_SHIFT
from linuxmm.uapi import KPF_NAMES

HEAD_PAGES: Final = 4  # struct pages of a compound page that hold things of the whole
ITS_OWN: Final = frozenset({"anon_exclusive", "mappedtodisk", "hwpoison"})  # flags of a part alone
Read = Callable[[int, int], bytes | None]  # (address, size) -> bytes; None: cannot be read
# the KPF bits that fs/proc/page.c copies from the PG flag of the same name, and two of others
_COPIED: Final[dict[str, str]] = {
    **{
        name: name.lower()
        for name in (
            *("LOCKED", "ERROR", "REFERENCED", "UPTODATE", "DIRTY", "LRU", "ACTIVE", "SLAB"),
            *("WRITEBACK", "RECLAIM", "SWAPBACKED", "UNEVICTABLE", "HWPOISON", "RESERVED"),
            *("MLOCKED", "MAPPEDTODISK", "PRIVATE", "UNCACHED", "PRIVATE_2", "IDLE"),
        )
    },
    "OWNER_PRIVATE": "owner_priv_1",
}
_KPF: Final = {name: 1 << bit for bit, name in enumerate(KPF_NAMES) if name}
NOPAGE: Final = _KPF["NOPAGE"]


@dataclass(frozen=True)
class StructPage:
    """What the kernel keeps of a page; of a tail `refcount` and most flags are its head's."""

    flags: frozenset[str]  # PG_* names without the PG_
    refcount: int
    mapcount: int
    anon: bool
    ksm: bool
    head: bool
    tail: bool
    hugetlb: bool
    node: int
    pgmap: int = 0  # enum memory_type; 0: ordinary memory


def kpageflags(page: StructPage | None, zero: bool) -> int:
    """Its kpageflags, of device memory too, which the file hides; the pgmap type above them.

    Source: fs/proc/page.c:stable_page_flags.
    """
    if page is None:
        return NOPAGE
    word = sum(_KPF[name] for name, flag in _COPIED.items() if flag in page.flags)
    compound = page.head or page.tail
    for name, holds in (
        ("MMAP", page.mapcount > 0),
        ("ANON", page.anon),
        ("KSM", page.ksm),
        ("COMPOUND_HEAD", page.head),
        ("COMPOUND_TAIL", page.tail),
        ("HUGE", page.hugetlb),
        ("THP", compound and not page.hugetlb and (page.anon or "lru" in page.flags)),
        ("SWAPCACHE", {"swapcache", "swapbacked"} <= page.flags),
        ("ZERO_PAGE", zero),
    ):
        word |= _KPF[name] if holds else 0
    return word | page.pgmap << PGMAP_SHIFT


@dataclass(frozen=True)
class Layout:
    """Sizes and places in one build of the kernel."""

    base: int  # vmemmap
    size: int  # of a struct page
    at: dict[str, int]  # member -> offset
    entire_at: int  # from the head on: how often the whole is mapped, less one; -1: not known
    file_counts_whole: bool  # _mapcount of a file's large page counts whole mappings too
    hugetlb_at: int  # compound_dtor from the head on; -1: not known
    hugetlb_dtor: int
    flag_bits: dict[int, tuple[str, ...]]  # bit -> PG_ names (some share one)
    zone_shift: int
    zone_mask: int
    zone_device: int
    node_shift: int


@dataclass
class StructPages:
    """`pgmap_type`: enum memory_type of the dev_pagemap at an address."""

    layout: Layout
    read: Read
    pgmap_type: Callable[[int], int]
    _raw: dict[int, bytes] = field(default_factory=dict)
    _flags: dict[int, frozenset[str]] = field(default_factory=dict)

    def fetch(self, pfns: Iterable[int]) -> None:
        """Read these and, for parts of compound pages, what is kept at their heads."""
        self._raw.clear()
        self._fetch(set(pfns))
        heads = {self._head_of(pfn, raw) for pfn, raw in self._raw.items() if self._compound(raw)}
        self._fetch({head + i for head in heads for i in range(HEAD_PAGES)} - self._raw.keys())

    def _fetch(self, pfns: set[int]) -> None:
        base, size = self.layout.base, self.layout.size
        for first, behind in runs(sorted(pfns)):
            data = self.read(base + first * size, (behind - first) * size)
            if data is not None:
                for at in range(0, len(data), size):
                    self._raw[first + at // size] = data[at : at + size]
            elif behind - first > 1:  # some of these have no struct page
                for pfn in pfns & set(range(first, behind)):
                    self._fetch({pfn})

    def page(self, pfn: int) -> StructPage | None:
        """A page that was fetched; None: there is no struct page."""
        raw = self._raw.get(pfn)
        if raw is None:
            return None
        head_pfn = self._head_of(pfn, raw)
        tail = head_pfn != pfn
        head = self._raw.get(head_pfn, raw)
        flags = self._names(self._word(head, "flags"))
        if tail:
            flags = flags - ITS_OWN | self._names(self._word(raw, "flags")) & ITS_OWN
        mapping, bits = self._word(head, "mapping"), self._word(raw, "flags")
        hugetlb = self._compound(raw) and self._is_hugetlb(head_pfn)
        device = bits >> self.layout.zone_shift & self.layout.zone_mask == self.layout.zone_device
        return StructPage(
            flags,
            self._int(head, "_refcount"),
            self._mapcount(raw, head_pfn, bool(mapping & 1), hugetlb),
            anon=bool(mapping & 1),
            ksm=mapping & 3 == 3,
            head="head" in flags and not tail,
            tail=tail,
            hugetlb=hugetlb,
            node=bits >> self.layout.node_shift,
            pgmap=self.pgmap_type(self._word(head, "pgmap")) if device else 0,
        )

    def _mapcount(self, raw: bytes, head: int, anon: bool, hugetlb: bool) -> int:
        """page_mapcount.  Source: mm/util.c:__page_mapcount (6.1)."""
        count = self._int(raw, "_mapcount") + 1
        if not self._compound(raw) or self.layout.entire_at < 0:
            return count
        if self.layout.file_counts_whole and not anon and not hugetlb:
            return count
        entire = self._from_head(head, self.layout.entire_at, "<i")
        second = self._raw.get(head + 1)
        if entire is None or second is None:
            return count
        doubled = "double_map" in self._names(self._word(second, "flags"))
        return count + entire + 1 - doubled

    def _is_hugetlb(self, head: int) -> bool:
        if self.layout.hugetlb_at < 0:
            return False
        return self._from_head(head, self.layout.hugetlb_at, "<B") == self.layout.hugetlb_dtor

    def _from_head(self, head: int, at: int, form: str) -> int | None:
        """A member that lies so far behind a head's struct page."""
        number, at = divmod(at, self.layout.size)
        raw = self._raw.get(head + number)
        return None if raw is None else int(struct.unpack_from(form, raw, at)[0])

    # --- members ------------------------------------------------------------------------------
    def _head_of(self, pfn: int, raw: bytes) -> int:
        head = self._word(raw, "compound_head")
        return (head - 1 - self.layout.base) // self.layout.size if head & 1 else pfn

    def _compound(self, raw: bytes) -> bool:
        tail = self._word(raw, "compound_head") & 1
        return bool(tail) or "head" in self._names(self._word(raw, "flags"))

    def _word(self, raw: bytes, name: str) -> int:
        return int(struct.unpack_from("<Q", raw, self.layout.at[name])[0])

    def _int(self, raw: bytes, name: str) -> int:
        return int(struct.unpack_from("<i", raw, self.layout.at[name])[0])

    def _names(self, bits: int) -> frozenset[str]:
        bits &= (1 << max(self.layout.flag_bits) + 1) - 1
        found = self._flags.get(bits)
        if found is None:
            words = self.layout.flag_bits.items()
            found = frozenset(name for bit, names in words if bits >> bit & 1 for name in names)
            self._flags[bits] = found
        return found
