# SPDX-License-Identifier: GPL-2.0-or-later
"""clear_refs against facts/proc.md and debian-6.1.json clear_refs_on_coherent."""

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_DIRTY,
    PAGE_RW,
    PAGE_SOFT_DIRTY,
    PAGE_SPECIAL,
    SWP_SOFT_DIRTY,
    swp_pte,
)
from linuxmm.fs.proc.task_mmu.clear_refs import sys_clear_refs
from linuxmm.fs.proc.task_mmu.smaps import sys_smaps
from linuxmm.fs.proc.text import smaps_fields
from linuxmm.state.constants import (
    EINVAL,
    ESRCH,
    MM_ANONPAGES,
    MMF_HAS_PINNED,
    OPS_FILE,
    OPS_SHMEM,
    PG_REFERENCED,
    PG_YOUNG,
    SET_ZERO_PAGE,
    VM_PFNMAP,
    VM_SHARED,
    VM_SOFTDIRTY,
)
from tests.fs.proc.states import (
    ANON_FLAGS,
    COHERENT,
    DEVMAP,
    FSDAX,
    MM,
    PRESENT,
    WRITTEN,
    Hand,
    hand,
)
from tests.some_kernels import EVERY_KERNEL


def pte(h: Hand, vma: int, index: int = 0) -> int:
    return h.m.pte[h.slot(vma, index)]


@EVERY_KERNEL
def test_referenced_goes_also_for_coherent_pages(kernel: str) -> None:
    # debian-6.1.json clear_refs_on_coherent: Referenced 16 -> 0, all else unchanged
    h = hand(kernel)
    words = [h.entry(h.page(COHERENT)) for _ in range(2)] + [h.entry(h.page()) for _ in range(2)]
    vma = h.vma(words)
    start = h.m.vma_start[vma]
    before = smaps_fields(h.out(sys_smaps(h.m, h.k, MM, start)))
    assert sys_clear_refs(h.m, h.k, MM, 1) == 0
    after = smaps_fields(h.out(sys_smaps(h.m, h.k, MM, start)))
    assert (before["Referenced"], after["Referenced"]) == (16, 0)
    assert before | {"Referenced": 0} == after


def test_page_flags_are_forgotten_too() -> None:
    h = hand()
    page = h.page(flags=PG_REFERENCED | PG_YOUNG)
    h.vma([h.entry(page)])
    sys_clear_refs(h.m, h.k, MM, 1)
    assert h.m.page_flags[page] & (PG_REFERENCED | PG_YOUNG) == 0


def test_what_the_lookup_refuses_keeps_its_accessed_bit() -> None:
    # clear_refs_pte_range: untouched where the lookup gives no page: zero page, DAX
    h = hand("split-v1")
    zero = h.vma([h.entry(h.m.setting[SET_ZERO_PAGE], PRESENT | PAGE_SPECIAL)])
    dax = h.vma([h.entry(h.page(FSDAX, anon=False), DEVMAP)])
    sys_clear_refs(h.m, h.k, MM, 1)
    assert pte(h, zero) & PAGE_ACCESSED and pte(h, dax) & PAGE_ACCESSED
    assert h.events() == 1  # the DAX entry, by the lookup that lost its devmap row


def test_two_and_three_choose_by_file() -> None:
    h = hand()
    file = h.file(OPS_FILE, 1)
    anon = h.vma([h.entry(h.page())])
    mapped = h.vma([h.entry(h.file_page(file, 0), PRESENT)], ANON_FLAGS, OPS_FILE, file)
    sys_clear_refs(h.m, h.k, MM, 3)
    assert pte(h, anon) & PAGE_ACCESSED and not pte(h, mapped) & PAGE_ACCESSED
    sys_clear_refs(h.m, h.k, MM, 2)
    assert not pte(h, anon) & PAGE_ACCESSED


def test_pfnmap_is_skipped() -> None:
    h = hand()
    vma = h.vma([h.entry(h.page())], ANON_FLAGS | VM_PFNMAP | VM_SOFTDIRTY)
    sys_clear_refs(h.m, h.k, MM, 1)
    sys_clear_refs(h.m, h.k, MM, 4)
    assert pte(h, vma) & (PAGE_ACCESSED | PAGE_RW) == PAGE_ACCESSED | PAGE_RW
    assert h.m.vma_flags[vma] & VM_SOFTDIRTY == 0  # the VMA itself is not skipped


def test_soft_dirty_write_protects_and_keeps_the_rest() -> None:
    # class 0 entries (zero, DAX) are write-protected too: no lookup is made for them
    h = hand("split-v1")
    page = h.entry(h.page(), WRITTEN | PAGE_SOFT_DIRTY)
    dax = h.entry(h.page(FSDAX, anon=False), DEVMAP | PAGE_RW | PAGE_DIRTY | PAGE_SOFT_DIRTY)
    swap = swp_pte(0, 1) | SWP_SOFT_DIRTY
    vma = h.vma([page, dax, swap, 0], ANON_FLAGS | VM_SOFTDIRTY)
    sys_clear_refs(h.m, h.k, MM, 4)
    gone = PAGE_RW | PAGE_SOFT_DIRTY
    assert [pte(h, vma, i) for i in range(4)] == [page & ~gone, dax & ~gone, swp_pte(0, 1), 0]
    assert h.m.vma_flags[vma] == ANON_FLAGS
    assert h.events() == 0


def test_shared_writable_mapping_starts_read_only_afterwards() -> None:
    # vma_set_page_prot: without VM_SOFTDIRTY the first write must fault
    h = hand()
    file = h.file(OPS_SHMEM, 1)
    flags = ANON_FLAGS | VM_SHARED
    vma = h.vma([0], flags | VM_SOFTDIRTY, OPS_SHMEM, file)
    sys_clear_refs(h.m, h.k, MM, 4)
    assert h.m.vma_page_prot[vma] & PAGE_RW == 0


@EVERY_KERNEL
def test_pinned_pages_are_left_alone(kernel: str) -> None:
    # pte_is_pinned: writable, private, the mm pinned before, refcount >= 1024; coherent pages too
    h = hand(kernel)
    pinned, coherent, free = h.page(), h.page(COHERENT), h.page()
    for page in (pinned, coherent):
        h.m.page_refcount[page] += 1024
    words = [h.entry(page, WRITTEN | PAGE_SOFT_DIRTY) for page in (pinned, coherent, free)]
    vma = h.vma(words)
    h.m.mm_flags[MM] = MMF_HAS_PINNED
    sys_clear_refs(h.m, h.k, MM, 4)
    assert [pte(h, vma, i) & PAGE_SOFT_DIRTY != 0 for i in range(3)] == [True, True, False]


def test_pin_is_not_looked_for_without_need() -> None:
    # read-only entry, shared mapping, or an mm that never pinned: no lookup
    h = hand()
    page = h.page()
    h.m.page_refcount[page] += 1024
    entry = h.entry(page, WRITTEN | PAGE_SOFT_DIRTY)
    never = h.vma([entry])
    sys_clear_refs(h.m, h.k, MM, 4)
    assert pte(h, never) & PAGE_SOFT_DIRTY == 0
    h.m.mm_flags[MM] = MMF_HAS_PINNED
    read_only = h.vma([entry & ~PAGE_RW])
    shared = h.vma([entry], ANON_FLAGS | VM_SHARED)
    sys_clear_refs(h.m, h.k, MM, 4)
    assert pte(h, read_only) & PAGE_SOFT_DIRTY == 0
    assert pte(h, shared) & PAGE_SOFT_DIRTY == 0


def test_five_resets_the_peak() -> None:
    h = hand()
    h.m.mm_hiwater_rss[MM] = 9
    h.m.mm_rss[MM * 4 + MM_ANONPAGES] = 2
    assert sys_clear_refs(h.m, h.k, MM, 5) == 0
    assert h.m.mm_hiwater_rss[MM] == 2


def test_bad_values() -> None:
    h = hand()
    assert [sys_clear_refs(h.m, h.k, MM, n) for n in (0, 6, -1)] == [-EINVAL] * 3
    assert sys_clear_refs(h.m, h.k, 2, 1) == -ESRCH
