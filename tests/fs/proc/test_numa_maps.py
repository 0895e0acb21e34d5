# SPDX-License-Identifier: GPL-2.0-or-later
"""numa_maps against facts/proc.md, facts/real-kernels.md and debian-6.1.json."""

from dataclasses import replace

from linuxmm import kernels
from linuxmm.arch.x86.pgtable import PAGE_SPECIAL, swp_pte
from linuxmm.fs.proc.task_mmu.numa_maps import NR_NUMA_SHOWN, sys_numa_maps
from linuxmm.fs.proc.text import numa_fields, numa_maps_text
from linuxmm.mm.memory.nonpresent import make_device_private_entry
from linuxmm.state.constants import (
    EFAULT,
    OPS_FILE,
    OPS_SHMEM,
    PG_ACTIVE,
    PG_DIRTY,
    PG_RESERVED,
    PG_SWAPBACKED,
    PG_SWAPCACHE,
    PG_UNEVICTABLE,
    PG_WRITEBACK,
    SET_ZERO_PAGE,
    VM_PFNMAP,
    VM_SHARED,
)
from tests.fs.proc.states import (
    ANON_FLAGS,
    COHERENT,
    MM,
    NODE0,
    NODE1,
    PRESENT,
    PRIVATE,
    Hand,
    hand,
)
from tests.some_kernels import EVERY_KERNEL


def numa(h: Hand, vma: int) -> dict[str, int]:
    return numa_fields(h.out(sys_numa_maps(h.m, h.k, MM, h.m.vma_start[vma], 0)))


@EVERY_KERNEL
def test_coherent_pages_are_absent(kernel: str) -> None:
    # debian-6.1.json coherent_move_pages: "N1=4 active=0 anon=4 dirty=4", the coherent four
    # missing; facts/proc.md: so in every kernel, by PG_reserved alone
    h = hand(kernel)
    words = [h.entry(h.page(COHERENT)) for _ in range(4)]
    words += [h.entry(h.page(NODE1)) for _ in range(4)]
    assert numa(h, h.vma(words)) == {"anon": 4, "dirty": 4, "active": 0, "N1": 4}


def test_each_test_of_the_site_counts() -> None:
    # take the tests away: a coherent page (reserved, zone device) shows up
    record = kernels.load("v6.1")
    rule = record.site("fs/proc/task_mmu.c:can_gather_numa_stats")
    blind = record.with_site(replace(rule, tests=()))
    h = hand(blind)
    assert numa(h, h.vma([h.entry(h.page(COHERENT))]))["N1"] == 1
    for test in rule.tests[:2]:
        h = hand(record.with_site(replace(rule, tests=(test,))))
        assert numa(h, h.vma([h.entry(h.page(COHERENT))])) == {}


def test_lru_lookup_of_the_patch_is_unobservable_here() -> None:
    h = hand("split-v1")
    page = h.page(anon=False, flags=PG_RESERVED)  # a driver's reserved page passes `lru`
    assert numa(h, h.vma([h.entry(page)])) == {}
    assert h.events() == 0


def test_zero_private_swap_and_pfnmap_are_absent() -> None:
    # facts/real-kernels.md: zero page and DEVICE_PRIVATE absent
    h = hand()
    private = h.page(PRIVATE)
    zero = h.entry(h.m.setting[SET_ZERO_PAGE], PRESENT | PAGE_SPECIAL)
    words = [zero, make_device_private_entry(h.k, h.pfn(private), 1), swp_pte(0, 1), 0]
    assert numa(h, h.vma(words)) == {}
    assert numa(h, h.vma([h.entry(h.page())], ANON_FLAGS | VM_PFNMAP)) == {}


def test_words_of_mixed_pages() -> None:
    # two anon (one active, one in the swap cache), one clean file page mapped twice
    h = hand()
    file = h.file(OPS_FILE, 1)
    cached = h.file_page(file, 0, NODE1)
    h.m.page_mapcount[cached] = 2
    words = [
        h.entry(h.page(NODE0, flags=PG_ACTIVE)),
        h.entry(h.page(NODE0, flags=PG_SWAPCACHE | PG_WRITEBACK | PG_DIRTY), PRESENT),
        h.entry(cached, PRESENT),
    ]
    fields = numa(h, h.vma(words, ANON_FLAGS, OPS_FILE, file))
    assert fields == {
        "anon": 2,
        "dirty": 2,
        "mapped": 3,
        "mapmax": 2,
        "swapcache": 1,
        "active": 1,
        "writeback": 1,
        "N0": 2,
        "N1": 1,
    }


def test_mapped_hides_when_all_are_anon_or_all_dirty() -> None:
    # facts/real-kernels.md, "shmem": dirty=1; no mapped= beside it
    h = hand()
    file = h.file(OPS_SHMEM, 2)
    page = h.file_page(file, 0, flags=PG_SWAPBACKED)
    vma = h.vma([h.entry(page)], ANON_FLAGS | VM_SHARED, OPS_SHMEM, file)
    assert numa(h, vma) == {"dirty": 1, "active": 0, "N0": 1}
    clean = h.file_page(file, 1, flags=PG_SWAPBACKED | PG_UNEVICTABLE)
    vma = h.vma([h.entry(clean, PRESENT)], ANON_FLAGS | VM_SHARED, OPS_SHMEM, file)
    assert numa(h, vma) == {"mapped": 1, "N0": 1}  # unevictable counts as active


def test_line() -> None:
    h = hand()
    vma = h.vma([h.entry(h.page(NODE1))])
    values = h.out(sys_numa_maps(h.m, h.k, MM, h.m.vma_start[vma], 0))
    line = numa_maps_text(0x7F0000100000, values)
    assert line == "7f0000100000 default anon=1 dirty=1 active=0 N1=1 kernelpagesize_kB=4"
    assert numa_maps_text(0x1000, [0] * NR_NUMA_SHOWN) == "00001000 default"
    assert sys_numa_maps(h.m, h.k, MM, 0, 0) == -EFAULT
