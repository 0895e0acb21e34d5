# SPDX-License-Identifier: GPL-2.0-or-later
"""kpageflags and kpagecount against facts/real-kernels.md and facts/proc.md."""

from linuxmm.arch.x86.pgtable import PAGE_SPECIAL, swp_pte
from linuxmm.fs.proc.page import (
    sys_kpagecount,
    sys_kpagecount_at,
    sys_kpageflags,
    sys_kpageflags_at,
)
from linuxmm.fs.proc.text import kpageflags_names
from linuxmm.scenario.words import KPAGEFLAGS
from linuxmm.state.constants import (
    E2BIG,
    EACCES,
    OPS_SHMEM,
    PG_ANON_EXCLUSIVE,
    PG_DIRTY,
    PG_LRU,
    PG_MLOCKED,
    PG_SWAPBACKED,
    PG_SWAPCACHE,
    PG_UNEVICTABLE,
    SET_CAPABLE,
    SET_ZERO_PAGE,
)
from linuxmm.uapi import KPF_NAMES
from tests.fs.proc.states import COHERENT, FSDAX, MM, PRESENT, Hand, hand


def names(h: Hand, page: int) -> set[str]:
    assert sys_kpageflags(h.m, h.k, h.pfn(page), 1) == 1
    return set(kpageflags_names(h.m.out[0]))


def test_kinds_of_the_table() -> None:
    # facts/real-kernels.md, the column kpageflags
    h = hand()
    anon = {"ANON", "MMAP", "SWAPBACKED", "UPTODATE"}
    assert names(h, h.page()) == anon
    assert names(h, h.page(flags=PG_LRU)) == anon | {"LRU"}
    assert names(h, h.m.setting[SET_ZERO_PAGE]) == {"ZERO_PAGE", "RESERVED"}
    file = h.file(OPS_SHMEM, 1)
    shmem = h.file_page(file, 0, flags=PG_SWAPBACKED | PG_DIRTY)
    assert names(h, shmem) == {"DIRTY", "MMAP", "SWAPBACKED", "UPTODATE"}
    ksm = h.page(mapcount=2)
    h.make_ksm(ksm)
    assert names(h, ksm) == anon | {"KSM"}


def test_bits_are_exact() -> None:
    h = hand()
    flags = PG_LRU | PG_ANON_EXCLUSIVE | PG_MLOCKED | PG_UNEVICTABLE | PG_SWAPCACHE
    page = h.page(flags=flags)
    sys_kpageflags(h.m, h.k, h.pfn(page), 1)
    bits = (3, 5, 11, 12, 13, 14, 18, 33, 34, 37)
    assert h.m.out[0] == sum(1 << bit for bit in bits)


def test_swapcache_needs_swapbacked() -> None:
    h = hand()
    page = h.page(flags=PG_SWAPCACHE)
    h.m.page_flags[page] &= ~PG_SWAPBACKED
    assert "SWAPCACHE" not in names(h, page) and "OWNER_PRIVATE" in names(h, page)


def test_device_pages_have_no_page() -> None:
    # facts/real-kernels.md: NOPAGE; 0 for coherent and DAX pages, in every kernel
    for kernel in ("v5.17-coherent", "split-v1", "v6.1"):
        h = hand(kernel)
        for where in (COHERENT, FSDAX):
            page = h.page(where, flags=PG_LRU | PG_MLOCKED)
            assert names(h, page) == {"NOPAGE"}
            assert sys_kpagecount(h.m, h.k, h.pfn(page), 1) == 1
            assert h.m.out[0] == 0


def test_holes_and_free_pages() -> None:
    h = hand()
    sys_kpageflags(h.m, h.k, 3, 1)
    assert kpageflags_names(h.m.out[0]) == ["NOPAGE"]
    free = h.pfn(h.page()) + 1
    beyond_rows = h.m.range_start_pfn[1] + 100
    for pfn in (free, beyond_rows):
        sys_kpageflags(h.m, h.k, pfn, 1)
        assert kpageflags_names(h.m.out[0]) == ["BUDDY"]
    assert h.out(sys_kpagecount(h.m, h.k, free - 1, 2)) == [1, 0]


def test_by_address() -> None:
    h = hand()
    shared = h.page(mapcount=3)
    zero = h.entry(h.m.setting[SET_ZERO_PAGE], PRESENT | PAGE_SPECIAL)
    vma = h.vma([h.entry(shared), zero, swp_pte(0, 1), 0])
    start = h.m.vma_start[vma]
    assert h.out(sys_kpagecount_at(h.m, h.k, MM, start, 4)) == [3, 0, -1, -1]
    flags = h.out(sys_kpageflags_at(h.m, h.k, MM, start, 4))
    assert kpageflags_names(flags[1]) == ["ZERO_PAGE", "RESERVED"]
    assert flags[2:] == [-1, -1]


def test_only_for_the_superuser() -> None:
    h = hand()
    h.m.setting[SET_CAPABLE] = 0
    assert sys_kpageflags(h.m, h.k, 0, 1) == -EACCES
    assert sys_kpagecount(h.m, h.k, 0, 1) == -EACCES
    h.m.setting[SET_CAPABLE] = 1
    assert sys_kpageflags(h.m, h.k, 0, 1 << 20) == -E2BIG


def test_names_are_the_languages() -> None:
    assert [name for name in KPF_NAMES if name] == list(KPAGEFLAGS)
