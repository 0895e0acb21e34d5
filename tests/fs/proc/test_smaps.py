# SPDX-License-Identifier: GPL-2.0-or-later
"""smaps and smaps_rollup against hand-counted sums, facts/real-kernels.md and debian-6.1.json."""

import pytest

from linuxmm.arch.x86.pgtable import PAGE_DIRTY, PAGE_RW, PAGE_SPECIAL, pfn_pte, swp_pte
from linuxmm.fs.proc.task_mmu.smaps import SMAPS_PSS_DIRTY, sys_smaps, sys_smaps_rollup
from linuxmm.fs.proc.text import rollup_fields, smaps_fields, smaps_text, vm_flag_words
from linuxmm.mm.memory.nonpresent import make_device_private_entry, make_migration_entry
from linuxmm.state.constants import (
    EFAULT,
    ESRCH,
    OPS_FSDAX,
    OPS_MIXEDMAP_PAGE,
    OPS_PFNMAP,
    OPS_SHMEM,
    PG_DIRTY,
    PG_REFERENCED,
    PG_SWAPBACKED,
    PG_YOUNG,
    SET_ZERO_PAGE,
    VM_IO,
    VM_LOCKED,
    VM_LOCKONFAULT,
    VM_MAYSHARE,
    VM_MERGEABLE,
    VM_MIXEDMAP,
    VM_PFNMAP,
    VM_SHARED,
    VM_SOFTDIRTY,
    VM_WRITE,
)
from tests.fs.proc.states import (
    ANON_FLAGS,
    COHERENT,
    DEVMAP,
    FSDAX,
    MM,
    NODE1,
    PRESENT,
    PRIVATE,
    Hand,
    hand,
)
from tests.some_kernels import EVERY_KERNEL


def smaps(h: Hand, vma: int) -> dict[str, int]:
    return smaps_fields(h.out(sys_smaps(h.m, h.k, MM, h.m.vma_start[vma])))


def nonzero(fields: dict[str, int]) -> dict[str, int]:
    always = ("Size", "KernelPageSize", "MMUPageSize", "Pss_Dirty")
    return {name: value for name, value in fields.items() if value and name not in always}


@EVERY_KERNEL
def test_anonymous_page(kernel: str) -> None:
    # facts/real-kernels.md, "anon": Rss 4; written once: all of it private, dirty, referenced
    h = hand(kernel)
    vma = h.vma([h.entry(h.page()), 0])
    assert nonzero(smaps(h, vma)) == {
        "Rss": 4,
        "Pss": 4,
        "Private_Dirty": 4,
        "Referenced": 4,
        "Anonymous": 4,
    }
    assert smaps(h, vma)["Size"] == 8


@EVERY_KERNEL
def test_coherent_pages_count_like_anonymous_ones(kernel: str) -> None:
    # debian-6.1.json coherent_move_pages: 4 coherent + 4 RAM pages: Rss 32 Pss 32 Private_Dirty 32
    h = hand(kernel)
    words = [h.entry(h.page(COHERENT)) for _ in range(4)] + [h.entry(h.page()) for _ in range(4)]
    fields = nonzero(smaps(h, h.vma(words)))
    assert fields == dict.fromkeys(("Rss", "Pss", "Private_Dirty", "Referenced", "Anonymous"), 32)
    assert h.events() == 0


def test_coherent_page_of_the_old_refcount_convention_is_private_too() -> None:
    # facts/proc.md: count 2 takes the mapcount branch, same result for one mapping
    h = hand("v5.17-coherent")
    page = h.page(COHERENT)
    h.m.page_refcount[page] = 2
    assert nonzero(smaps(h, h.vma([h.entry(page)])))["Private_Dirty"] == 4


def test_fork_and_one_copy() -> None:
    # debian-6.1.json coherent_fork_cow, the child after one write: three pages shared by two, one
    # own: Rss 16 Pss 10 Shared_Dirty 12 Private_Dirty 4 Referenced 8
    h = hand()
    shared = [h.page(COHERENT, mapcount=2) for _ in range(3)]
    bits = PRESENT | PAGE_DIRTY
    old = bits & ~0x20
    words = [h.entry(h.page()), h.entry(shared[0], bits)] + [h.entry(p, old) for p in shared[1:]]
    assert nonzero(smaps(h, h.vma(words))) == {
        "Rss": 16,
        "Pss": 10,
        "Shared_Dirty": 12,
        "Private_Dirty": 4,
        "Referenced": 8,
        "Anonymous": 16,
    }


@EVERY_KERNEL
def test_device_private_page_is_resident(kernel: str) -> None:
    # facts/real-kernels.md, "DEVICE_PRIVATE": Rss, Pss, Anonymous counted in full
    h = hand(kernel)
    page = h.page(PRIVATE)
    vma = h.vma([make_device_private_entry(h.k, h.pfn(page), 1)])
    fields = nonzero(smaps(h, vma))
    assert fields == {"Rss": 4, "Pss": 4, "Private_Clean": 4, "Anonymous": 4}


def test_migration_entry_counts_as_mapped_once() -> None:
    # smaps_pte_entry: treated as mapped once, whatever its mapcount
    h = hand()
    page = h.page(mapcount=0)
    h.m.page_refcount[page] = 3
    vma = h.vma([make_migration_entry(h.k, h.pfn(page), 1, 0, 1, 1)])
    assert nonzero(smaps(h, vma)) == {"Rss": 4, "Pss": 4, "Private_Clean": 4, "Anonymous": 4}


@EVERY_KERNEL
def test_swap_entries(kernel: str) -> None:
    # four entries (facts/real-kernels.md, "swap": 4 each), one slot named twice: SwapPss 14
    h = hand(kernel)
    for slot, count in ((1, 1), (2, 1), (3, 1), (4, 2)):
        h.m.swap_count[slot] = count
    vma = h.vma([swp_pte(0, slot) for slot in (1, 2, 3, 4)])
    assert nonzero(smaps(h, vma)) == {"Swap": 16, "SwapPss": 14}


def test_zero_page_is_absent() -> None:
    # facts/real-kernels.md, "zero page": Rss 0
    h = hand()
    zero = h.m.setting[SET_ZERO_PAGE]
    assert nonzero(smaps(h, h.vma([h.entry(zero, PRESENT | PAGE_SPECIAL)]))) == {}
    assert h.events() == 0


@pytest.mark.parametrize(
    ("kernel", "events"), [("v5.17-coherent", 0), ("split-v1", 1), ("v6.1", 0)]
)
def test_fsdax_page_is_absent_and_split_v1_reports_it(kernel: str, events: int) -> None:
    # facts/real-kernels.md, "FS_DAX": Rss 0; facts/page-lookup.md: bad for any-page lookups
    h = hand(kernel)
    file = h.file(OPS_FSDAX, 1)
    page = h.page(FSDAX, anon=False)
    flags = ANON_FLAGS | VM_SHARED | VM_MAYSHARE
    vma = h.vma([h.entry(page, DEVMAP)], flags, OPS_FSDAX, file)
    assert nonzero(smaps(h, vma)) == {}
    assert h.events() == events


def test_pfnmap_is_not_walked() -> None:
    # facts/real-kernels.md, "PFNMAP": VmFlags pf io, Rss 0; COWed pages are absent
    h = hand()
    flags = ANON_FLAGS | VM_PFNMAP | VM_IO
    vma = h.vma([h.entry(h.page())], flags, OPS_PFNMAP)
    assert nonzero(smaps(h, vma)) == {}
    assert {"pf", "io"} <= set(vm_flag_words(flags))


def test_mixedmap_page_counts() -> None:
    # facts/real-kernels.md, "MIXEDMAP with pages": VmFlags mm, Rss 4
    h = hand()
    page = h.page(anon=False)
    h.m.page_refcount[page] = 2
    flags = ANON_FLAGS | VM_MIXEDMAP | VM_SHARED
    fields = nonzero(smaps(h, h.vma([h.entry(page, PRESENT)], flags, OPS_MIXEDMAP_PAGE)))
    assert fields == {"Rss": 4, "Pss": 4, "Private_Clean": 4, "Referenced": 4}
    assert "mm" in vm_flag_words(flags)


def test_ksm_page_divides_pss() -> None:
    # facts/real-kernels.md, "KSM": Rss stays, Pss shrinks; three mappers: 4096 / 3 = 1365 bytes
    h = hand()
    page = h.page(mapcount=3)
    h.make_ksm(page)
    h.m.page_refcount[page] = 4
    words = [h.entry(page, PRESENT)] * 3
    fields = nonzero(smaps(h, h.vma(words)))
    # the fraction is kept: three thirds are 4095.99 bytes, 3 kB when shown
    assert fields == {"Rss": 12, "Pss": 3, "Shared_Clean": 12, "Referenced": 12, "Anonymous": 12}


def test_lazyfree_needs_a_clean_entry_and_page() -> None:
    h = hand()
    lazy = [h.page() for _ in range(3)]
    for page in lazy:
        h.m.page_flags[page] &= ~PG_SWAPBACKED
    h.m.page_flags[lazy[2]] |= PG_DIRTY
    words = [h.entry(lazy[0], PRESENT), h.entry(lazy[1]), h.entry(lazy[2], PRESENT)]
    fields = smaps(h, h.vma(words))
    assert (fields["LazyFree"], fields["Anonymous"], fields["Private_Dirty"]) == (4, 12, 8)


def test_referenced_from_entry_or_page() -> None:
    h = hand()
    old = PRESENT & ~0x20
    pages = [h.page(), h.page(flags=PG_REFERENCED), h.page(flags=PG_YOUNG), h.page()]
    words = [h.entry(page, old) for page in pages[:3]] + [h.entry(pages[3], PRESENT)]
    assert smaps(h, h.vma(words))["Referenced"] == 12


def test_locked_is_the_pss_of_a_locked_vma() -> None:
    h = hand()
    page = h.page(mapcount=2)
    vma = h.vma([h.entry(page), h.entry(h.page())], ANON_FLAGS | VM_LOCKED)
    assert (smaps(h, vma)["Locked"], smaps(h, vma)["Rss"]) == (6, 8)


def test_shmem_swap_of_shared_mapping_counts_the_file() -> None:
    # shared mappings take what the file has in swap in their range; no SwapPss
    h = hand()
    file = h.file(OPS_SHMEM, 4)
    for index in (0, 2, 3):
        h.m.cache_swap[h.m.file_first[file] + index] = index + 1
    flags = ANON_FLAGS | VM_SHARED | VM_MAYSHARE
    part = h.vma([0, 0], flags, OPS_SHMEM, file, pgoff=1)
    whole = h.vma([0] * 4, flags, OPS_SHMEM, file)
    assert nonzero(smaps(h, part)) == {"Swap": 4}
    assert nonzero(smaps(h, whole)) == {"Swap": 12}


def test_shmem_swap_of_private_writable_mapping_counts_holes_only() -> None:
    # a copied page hides the file's one: counted hole by hole
    h = hand()
    file = h.file(OPS_SHMEM, 3)
    for index in (0, 1):
        h.m.cache_swap[h.m.file_first[file] + index] = index + 1
    vma = h.vma([h.entry(h.page()), 0, 0], ANON_FLAGS, OPS_SHMEM, file)
    fields = smaps(h, vma)
    assert (fields["Swap"], fields["SwapPss"], fields["Anonymous"]) == (4, 0, 4)
    read_only = h.vma([0, 0, 0], ANON_FLAGS & ~VM_WRITE, OPS_SHMEM, file)
    assert smaps(h, read_only)["Swap"] == 8


def test_pss_dirty_is_a_line_of_newer_kernels() -> None:
    # the line came with 6.0: show_smap of 5.17 has none
    for kernel, present in (("v5.17-coherent", False), ("v6.1", True)):
        h = hand(kernel)
        fields = smaps(h, h.vma([h.entry(h.page(), PRESENT), h.entry(h.page())]))
        assert ("Pss_Dirty" in fields) is present
        assert (h.m.out[SMAPS_PSS_DIRTY] == 4096) is present


def test_rollup_splits_pss_and_keeps_fractions_across_vmas() -> None:
    h = hand()
    page = h.page(mapcount=3)
    h.m.page_refcount[page] = 4
    shmem = h.file(OPS_SHMEM, 1)
    cached = h.file_page(shmem, 0, flags=PG_SWAPBACKED)
    h.vma([h.entry(page, PRESENT)])
    h.vma([h.entry(page, PRESENT)] * 2)
    h.vma([h.entry(cached)], ANON_FLAGS | VM_SHARED, OPS_SHMEM, shmem)
    fields = rollup_fields(h.out(sys_smaps_rollup(h.m, h.k, MM)))
    # 3 x 1365.33 bytes lose a fraction of a byte only: 4095 bytes of anonymous Pss
    assert h.m.out[3] == 4095
    assert (fields["Pss_Anon"], fields["Pss_Shmem"], fields["Pss_File"]) == (3, 4, 0)
    assert (fields["Pss"], fields["Rss"]) == (7, 16)


def test_nothing_there() -> None:
    h = hand()
    assert sys_smaps(h.m, h.k, MM, 0x1000) == -EFAULT
    assert sys_smaps(h.m, h.k, 2, 0x1000) == -ESRCH
    assert sys_smaps_rollup(h.m, h.k, 2) == -ESRCH
    assert rollup_fields(h.out(sys_smaps_rollup(h.m, h.k, MM)))["Rss"] == 0


def test_reading_changes_nothing() -> None:
    h = hand()
    h.vma([h.entry(h.page()), swp_pte(0, 1), 0])
    before = h.block.snapshot()
    sys_smaps_rollup(h.m, h.k, MM)
    assert h.block.snapshot() == before


def test_prot_none_entry_counts() -> None:
    # facts/real-kernels.md, "PROT_NONE anon": Rss 4; the frame is stored inverted
    h = hand()
    page = h.page(NODE1)
    vma = h.vma([pfn_pte(h.pfn(page), 0x120 | PAGE_DIRTY)])
    assert smaps(h, vma)["Rss"] == 4


def test_vm_flag_words() -> None:
    flags = ANON_FLAGS | VM_LOCKED | VM_MERGEABLE | VM_SOFTDIRTY
    assert vm_flag_words(flags) == ["rd", "wr", "mr", "mw", "me", "lo", "sd", "mg"]
    # VM_LOCKONFAULT has no word in show_smap_vma_flags of either kernel
    assert vm_flag_words(VM_LOCKONFAULT) == ["??"]


def test_text_of_a_block() -> None:
    h = hand("v5.17-coherent")
    vma = h.vma([h.entry(h.page(), PRESENT | PAGE_RW | PAGE_DIRTY)])
    text = smaps_text(h.out(sys_smaps(h.m, h.k, MM, h.m.vma_start[vma])))
    lines = text.splitlines()
    assert lines[0] == "Size:                  4 kB"
    assert lines[3] == "Rss:                   4 kB"
    assert lines[5] == "Shared_Clean:          0 kB"
    assert "Private_Hugetlb:       0 kB" in lines
    assert lines[-1] == "VmFlags: rd wr mr mw me "
    assert "Pss_Dirty" not in text
