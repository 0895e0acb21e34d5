# SPDX-License-Identifier: GPL-2.0-or-later
"""pagemap words bit for bit: facts/entries.md, facts/proc.md and facts/real-kernels.md."""

import pytest

from linuxmm import kernels
from linuxmm.arch.x86.pgtable import (
    PAGE_DIRTY,
    PAGE_PROTNONE,
    PAGE_SOFT_DIRTY,
    PAGE_SPECIAL,
    PAGE_UFFD_WP,
    SWP_SOFT_DIRTY,
    SWP_UFFD_WP,
    pfn_pte,
    swp_pte,
)
from linuxmm.fs.proc.pages import sys_pages
from linuxmm.fs.proc.task_mmu.pagemap import sys_pagemap
from linuxmm.fs.proc.text import pagemap_letters, picture_kinds, pictures
from linuxmm.mm.memory.nonpresent import (
    make_device_exclusive_entry,
    make_device_private_entry,
    make_migration_entry,
)
from linuxmm.state.constants import (
    E2BIG,
    EINVAL,
    ESRCH,
    OPS_DEVDAX,
    OPS_FILE,
    OPS_FSDAX,
    OPS_PFNMAP,
    OPS_SHMEM,
    PG_SWAPBACKED,
    SET_CAPABLE,
    SET_ZERO_PAGE,
    VM_MIXEDMAP,
    VM_PFNMAP,
    VM_SHARED,
    VM_SOFTDIRTY,
)
from linuxmm.state.layout import DIVERGED
from tests.fs.proc.states import (
    ANON_FLAGS,
    COHERENT,
    DEVMAP,
    FSDAX,
    GENERIC,
    MM,
    NODE1,
    PRESENT,
    PRIVATE,
    Hand,
    hand,
)
from tests.some_kernels import EVERY_KERNEL

U64 = (1 << 64) - 1


def words(h: Hand, vma: int) -> list[int]:
    nr = (h.m.vma_end[vma] - h.m.vma_start[vma]) // 4096
    return [word & U64 for word in h.out(sys_pagemap(h.m, h.k, MM, h.m.vma_start[vma], nr))]


def letters(h: Hand, vma: int) -> list[str]:
    nr = (h.m.vma_end[vma] - h.m.vma_start[vma]) // 4096
    return [pagemap_letters(w) for w in h.out(sys_pagemap(h.m, h.k, MM, h.m.vma_start[vma], nr))]


@EVERY_KERNEL
def test_anon_and_coherent_words(kernel: str) -> None:
    # present 63, exclusive 56, frame in the low bits; coherent like anon (facts/real-kernels.md)
    h = hand(kernel)
    ram, dev, twice = h.page(), h.page(COHERENT), h.page(mapcount=2)
    vma = h.vma([h.entry(ram), h.entry(dev), h.entry(twice), 0])
    assert words(h, vma) == [
        1 << 63 | 1 << 56 | h.pfn(ram),
        1 << 63 | 1 << 56 | h.pfn(dev),
        1 << 63 | h.pfn(twice),
        0,
    ]


def test_soft_dirty_and_uffd_wp() -> None:
    h = hand()
    page = h.page()
    entry = h.entry(page)
    vma = h.vma([entry | PAGE_SOFT_DIRTY, entry | PAGE_UFFD_WP, swp_pte(0, 1) | SWP_SOFT_DIRTY])
    assert letters(h, vma) == ["PXD", "PXW", "SD"]
    soft = h.vma([entry, 0, swp_pte(0, 1) | SWP_UFFD_WP], ANON_FLAGS | VM_SOFTDIRTY)
    assert letters(h, soft) == ["PXD", "D", "SDW"]


@pytest.mark.parametrize(
    ("kernel", "write", "read"),
    [("v5.17-coherent", 28, 29), ("split-v1", 28, 29), ("v6.1", 26, 27)],
)
def test_device_private_type_and_offset(kernel: str, write: int, read: int) -> None:
    # facts/entries.md: type numbers with DEVICE_PRIVATE; offset = pfn; never file
    h = hand(kernel)
    page = h.page(PRIVATE)
    pfn = h.pfn(page)
    vma = h.vma([make_device_private_entry(h.k, pfn, 1), make_device_private_entry(h.k, pfn, 0)])
    top = 1 << 62 | 1 << 56
    assert words(h, vma) == [top | write | pfn << 5, top | read | pfn << 5]
    h.m.page_mapcount[page] = 2  # after fork no X (facts/real-kernels.md)
    assert letters(h, vma) == ["S", "S"]


def test_debian_config_numbers() -> None:
    # facts/entries.md: without DEVICE_PRIVATE: migration 27-29, marker 30
    record = kernels.load("v6.1")
    config = dict(record.config) | {"device_private": False}
    h = hand(record.replace(config=tuple(config.items())))
    page = h.page(mapcount=0)
    pfn = h.pfn(page)
    vma = h.vma(
        [
            make_migration_entry(h.k, pfn, 0, 0, 0, 0),
            make_migration_entry(h.k, pfn, 0, 1, 0, 0),
            make_migration_entry(h.k, pfn, 1, 1, 1, 1),
            swp_pte(30, 1),
            swp_pte(25, 7),
        ]
    )
    swap = 1 << 62
    assert words(h, vma) == [
        swap | 27 | pfn << 5,
        swap | 28 | pfn << 5,
        swap | 29 | pfn << 5,  # young and dirty bits above the pfn are not shown
        swap | 1 << 57 | 30 | 1 << 5,  # uffd-wp marker
        swap | 25 | 7 << 5,  # a swap file
    ]


def test_migration_entry_never_exclusive_and_file_by_page() -> None:
    h = hand("v5.17-coherent")
    file = h.file(OPS_FILE, 1)
    cached = h.file_page(file, 0)
    anon = h.page()
    vma = h.vma(
        [
            make_migration_entry(h.k, h.pfn(anon), 1, 0, 0, 0),
            make_migration_entry(h.k, h.pfn(cached), 0, 0, 0, 0),
            make_device_exclusive_entry(h.k, h.pfn(anon), 1),
        ]
    )
    assert letters(h, vma) == ["S", "SF", "SX"]
    assert [word & 31 for word in words(h, vma)] == [27, 26, 30]


@pytest.mark.parametrize(
    ("kernel", "fs", "dev", "events"),
    [("v5.17-coherent", "P", "P", 0), ("split-v1", "P", "P", 2), ("v6.1", "P", "P", 0)],
)
def test_dax_entries_show_frame_only(kernel: str, fs: str, dev: str, events: int) -> None:
    # facts/proc.md: a DAX entry has 63 and its frame, never 61 or 56
    h = hand(kernel)
    page, page2 = h.page(FSDAX, anon=False), h.page(GENERIC, anon=False)
    a = h.vma([h.entry(page, DEVMAP)], ANON_FLAGS | VM_SHARED, OPS_FSDAX, h.file(OPS_FSDAX, 1))
    b = h.vma([h.entry(page2, DEVMAP)], ANON_FLAGS | VM_SHARED, OPS_DEVDAX, h.file(OPS_DEVDAX, 1))
    assert letters(h, a) + letters(h, b) == [fs, dev]
    assert words(h, a) == [1 << 63 | h.pfn(page)]
    assert h.events() == events + events // 2  # the first VMA was read twice


def test_zero_page_ksm_shmem_and_prot_none() -> None:
    # facts/real-kernels.md: zero P no X; KSM P no X; shmem P F X; PROT_NONE anon P X
    h = hand()
    ksm = h.page(mapcount=2)
    h.make_ksm(ksm)
    shmem = h.file(OPS_SHMEM, 1)
    cached = h.file_page(shmem, 0, flags=PG_SWAPBACKED)
    anon = h.page(NODE1)
    vma = h.vma(
        [
            h.entry(h.m.setting[SET_ZERO_PAGE], PRESENT | PAGE_SPECIAL),
            h.entry(ksm, PRESENT),
            h.entry(cached),
            pfn_pte(h.pfn(anon), PAGE_PROTNONE | 0x20 | PAGE_DIRTY),
        ]
    )
    assert letters(h, vma) == ["P", "P", "PFX", "PX"]
    assert words(h, vma)[3] == 1 << 63 | 1 << 56 | h.pfn(anon)


def test_pfnmap_shows_nothing() -> None:
    # facts/real-kernels.md, "PFNMAP": 0 though mapped
    h = hand()
    vma = h.vma([h.entry(h.page(), PRESENT | PAGE_SPECIAL)], ANON_FLAGS | VM_PFNMAP, OPS_PFNMAP)
    assert words(h, vma) == [0]
    h.m.vma_flags[vma] |= VM_SOFTDIRTY
    assert words(h, vma) == [1 << 55]


def test_without_capability_no_frames() -> None:
    # facts/proc.md: PFN, type and offset are 0 without CAP_SYS_ADMIN
    h = hand()
    h.m.setting[SET_CAPABLE] = 0
    vma = h.vma([h.entry(h.page()), swp_pte(0, 3)])
    assert words(h, vma) == [1 << 63 | 1 << 56, 1 << 62]


def test_errors_and_holes() -> None:
    h = hand()
    vma = h.vma([h.entry(h.page())])
    start = h.m.vma_start[vma]
    assert sys_pagemap(h.m, h.k, 2, start, 1) == -ESRCH
    assert sys_pagemap(h.m, h.k, MM, start + 8, 1) == -EINVAL
    assert sys_pagemap(h.m, h.k, MM, start, 1 << 20) == -E2BIG
    assert h.out(sys_pagemap(h.m, h.k, MM, start + 4096, 2)) == [0, 0]


def test_pictures_as_the_truth_file_has_them() -> None:
    # record.py pages(): [kind, exclusive, file, first page with the same frame]
    h = hand()
    dev, ram, dax, private = h.page(COHERENT), h.page(), h.page(FSDAX), h.page(PRIVATE)
    h.m.page_mapcount[ram] = 2
    vma = h.vma(
        [
            h.entry(dev),
            h.entry(ram),
            h.entry(ram, PRESENT),
            0,
            swp_pte(0, 1),
            make_device_private_entry(h.k, h.pfn(private), 1),
            h.entry(dax, DEVMAP),
            pfn_pte(0x123456, PRESENT | PAGE_SPECIAL),
        ],
        ANON_FLAGS | VM_MIXEDMAP,
    )
    values = h.out(sys_pages(h.m, h.k, MM, h.m.vma_start[vma], 8))
    assert pictures(values) == [
        ("dev", 1, 0, 0),
        ("ram", 0, 0, 1),
        ("ram", 0, 0, 1),
        ("none", 0, 0, None),
        ("swap", 0, 0, None),
        ("swap", 1, 0, None),
        ("dev", 0, 0, 6),
        ("ram", 0, 0, 7),
    ]
    kinds = ["coherent", "anon", "anon", "none", "swap", "private", "fsdax", "mixedmap"]
    assert picture_kinds(values) == kinds


def test_rival_that_answers_otherwise_is_noticed() -> None:
    # a DAX entry is silent in the parent and reported by split-v1: the reading diverges
    h = hand("v5.17-coherent", kernels.load("split-v1"))
    page = h.page(FSDAX, anon=False)
    vma = h.vma([h.entry(page, DEVMAP)], ANON_FLAGS | VM_SHARED, OPS_FSDAX, h.file(OPS_FSDAX, 1))
    words(h, vma)
    assert h.m.scratch[DIVERGED] == 1
