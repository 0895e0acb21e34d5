# SPDX-License-Identifier: GPL-2.0-or-later
"""The rows of facts/page-lookup.md, one by one, for every lookup of every kernel."""

import pytest

from linuxmm.arch.x86.pgtable import (
    PAGE_DEVMAP,
    PAGE_SPECIAL,
    PROT_READ_BITS,
    pfn_pte,
    pte_mkdevmap,
)
from linuxmm.kernels import Kernel, load
from linuxmm.kernels.compile import compile_rules
from linuxmm.machine import Machine, simple_spec
from linuxmm.mm.memory.lookup import (
    choose_lookup,
    found_page,
    lookup_facts,
    run_lookup,
    vm_normal_page_pmd,
)
from linuxmm.mm.page import highest_memmap_pfn, page_to_pfn
from linuxmm.mm.vma import find_vma, set_vma_flags
from linuxmm.state.constants import OPS_SPECIAL_PAGE, SET_ZERO_PAGE, VM_MIXEDMAP, VM_PFNMAP
from linuxmm.state.flags import FOLL_GET, FOLL_LRU, FOLL_MLOCK
from linuxmm.state.sites import SITE_FOLLOW_PAGE_PTE
from linuxmm.state.vocabulary import LOOKUP_ANY, LOOKUP_LRU, LOOKUP_NORMAL, LOOKUPS, RESULTS
from linuxmm.steps.memory import OP_CREATE_FILE, OP_MMAP, OP_SPAWN
from linuxmm.uapi import MAP_PRIVATE, MAP_SHARED, PROT_READ, PROT_WRITE

NO_MEMMAP_PFN = 0xF0000  # below 4 GiB: no struct page, but not above the highest pfn


class Entry:
    """One VMA of one process, and what the lookups say of words put before it."""

    def __init__(self, kernel: str | Kernel, *, shared: bool = False, vm_flags: int = 0) -> None:
        self.machine = Machine(kernel, simple_spec(nodes=1, coherent=1, dax=1))
        task = self.machine.call(OP_SPAWN)
        flags = MAP_SHARED if shared else MAP_PRIVATE
        file = self.machine.call(OP_CREATE_FILE, task, 2, 4, 0) if shared else 0
        self.addr = self.machine.call(OP_MMAP, task, 4, PROT_READ | PROT_WRITE, flags, file)
        m = self.machine.block.m
        self.vma = find_vma(m, m.task_mm[task], self.addr)
        set_vma_flags(m, self.vma, m.vma_flags[self.vma] | vm_flags)

    def ask(self, lookup: int, pfn: int, bits: int = 0, at: int = 0) -> str:
        """The RESULTS word of a lookup for a read-only entry with these extra bits."""
        pte = pfn_pte(pfn, PROT_READ_BITS) | bits
        facts = lookup_facts(self.machine.block.m, self.vma, self.addr + at * 4096, pte)
        return RESULTS[run_lookup(self.machine.k, lookup, facts)]

    def pfn_of(self, name: str) -> int:
        """A pfn of each sort."""
        m = self.machine.block.m
        return {
            "ram": lambda: m.range_start_pfn[1] + 3,
            "coherent": lambda: m.range_start_pfn[2],
            "dax": lambda: m.range_start_pfn[3],
            "zero": lambda: page_to_pfn(m, m.setting[SET_ZERO_PAGE]),
            "no memmap": lambda: NO_MEMMAP_PFN,
            "too high": lambda: highest_memmap_pfn(m) + 1,
        }[name]()


DEVMAP = PAGE_DEVMAP | PAGE_SPECIAL
# pfn, bits, VM flags -> N v5.17, A split-v1, L split-v1, N v6.1 (facts/page-lookup.md)
TABLE = [
    ("ram", 0, 0, "page", "page", "page", "page"),
    ("coherent", 0, 0, "page", "page", "none", "page"),
    ("too high", 0, 0, "bad", "bad", "bad", "bad"),
    ("too high", 0, VM_PFNMAP, "bad", "bad", "bad", "bad"),  # rows 1-2 do not look at the VMA
    ("ram", 0, VM_MIXEDMAP, "page", "page", "page", "page"),
    ("coherent", 0, VM_MIXEDMAP, "page", "page", "none", "page"),
    ("zero", PAGE_SPECIAL, 0, "none", "none", "none", "none"),
    ("zero", 0, 0, "page", "page", "page", "page"),  # anonymous code never makes one
    ("dax", DEVMAP, 0, "none", "bad", "bad", "none"),
    ("dax", DEVMAP, VM_MIXEDMAP, "none", "none", "none", "none"),  # virtiofs
    ("no memmap", PAGE_SPECIAL, VM_PFNMAP, "none", "none", "none", "none"),
    ("ram", PAGE_SPECIAL, VM_PFNMAP, "none", "none", "none", "none"),
    ("no memmap", PAGE_SPECIAL, VM_MIXEDMAP, "none", "none", "none", "none"),
    ("ram", PAGE_SPECIAL, 0, "bad", "bad", "bad", "bad"),
    ("ram", PAGE_DEVMAP, 0, "page", "page", "page", "page"),  # devmap without special
]


@pytest.mark.parametrize(("pfn", "bits", "vm_flags", "n517", "any_", "lru", "n61"), TABLE)
def test_with_pte_special(
    pfn: str, bits: int, vm_flags: int, n517: str, any_: str, lru: str, n61: str
) -> None:
    old, split, new = (
        Entry(kernel, vm_flags=vm_flags) for kernel in ("v5.17-coherent", "split-v1", "v6.1")
    )
    assert old.ask(LOOKUP_NORMAL, old.pfn_of(pfn), bits) == n517
    assert split.ask(LOOKUP_ANY, split.pfn_of(pfn), bits) == any_
    assert split.ask(LOOKUP_LRU, split.pfn_of(pfn), bits) == lru
    assert new.ask(LOOKUP_NORMAL, new.pfn_of(pfn), bits) == n61


def without_pte_special(name: str) -> Kernel:
    kernel = load(name)
    config = tuple((k, v and k != "pte_special") for k, v in kernel.config)
    return kernel.replace(config=config)


# pfn, page of the VMA, shared?, VM flags -> result, as facts/page-lookup.md; lru: devices differ
WITHOUT = [
    ("no memmap", 0, False, VM_MIXEDMAP, "none"),
    ("ram", 0, False, VM_MIXEDMAP, "page"),
    ("zero", 0, False, VM_MIXEDMAP, "page"),  # no zero-page test there
    ("coherent", 0, False, VM_MIXEDMAP, "page"),
    ("no memmap", 0, True, VM_PFNMAP, "none"),  # PFNMAP, not a COW mapping
    ("ram", 1, True, VM_PFNMAP, "none"),
    ("ram", 1, False, VM_PFNMAP, "page"),  # a COWed page: the arithmetic does not match
    ("zero", 1, False, VM_PFNMAP, "none"),
    ("zero", 0, False, 0, "none"),
    ("too high", 0, False, 0, "bad"),
    ("ram", 0, False, 0, "page"),
]


@pytest.mark.parametrize(("pfn", "at", "shared", "vm_flags", "result"), WITHOUT)
@pytest.mark.parametrize(
    ("kernel", "lookup"),
    [
        ("v5.17-coherent", LOOKUP_NORMAL),
        ("split-v1", LOOKUP_ANY),
        ("split-v1", LOOKUP_LRU),
        ("v6.1", LOOKUP_NORMAL),
    ],
)
def test_without_pte_special(
    kernel: str, lookup: int, pfn: str, at: int, shared: bool, vm_flags: int, result: str
) -> None:
    entry = Entry(without_pte_special(kernel), shared=shared, vm_flags=vm_flags)
    device = lookup == LOOKUP_LRU and pfn == "coherent"
    assert entry.ask(lookup, entry.pfn_of(pfn), at=at) == ("none" if device else result)


def test_the_pgoff_of_a_cow_pfn_map() -> None:
    """Row 3 of these: pfn == vm_pgoff + page of the address means: still the device's."""
    entry = Entry(without_pte_special("v6.1"), vm_flags=VM_PFNMAP)
    m = entry.machine.block.m
    m.vma_pgoff[entry.vma] = NO_MEMMAP_PFN
    assert entry.ask(LOOKUP_NORMAL, NO_MEMMAP_PFN) == "none"
    assert entry.ask(LOOKUP_NORMAL, NO_MEMMAP_PFN + 2, at=2) == "none"
    assert entry.ask(LOOKUP_NORMAL, NO_MEMMAP_PFN, at=2) == "page"  # does not match


@pytest.mark.parametrize("kernel", ["v5.17-coherent", "v6.1"])
def test_find_special_page_answers_for_its_vma(kernel: str) -> None:
    entry = Entry(kernel)
    m = entry.machine.block.m
    m.vma_ops[entry.vma] = OPS_SPECIAL_PAGE
    m.file_pfn[1] = entry.pfn_of("ram")
    m.vma_file[entry.vma] = 1
    assert entry.ask(LOOKUP_NORMAL, NO_MEMMAP_PFN, PAGE_SPECIAL) == "special_page"
    pte = pfn_pte(NO_MEMMAP_PFN, PROT_READ_BITS) | PAGE_SPECIAL
    page = found_page(m, RESULTS.index("special_page"), entry.vma, entry.addr + 4096, pte)
    assert page_to_pfn(m, page) == entry.pfn_of("ram") + 1


PMD = [
    ("ram", 0, 0, False, True),
    ("coherent", 0, 0, False, True),  # device pages only if DEVMAP is clear
    ("dax", PAGE_DEVMAP, 0, False, False),
    ("ram", 0, 0, True, False),  # the huge zero page
    ("too high", 0, 0, False, False),  # silently
    ("ram", 0, VM_MIXEDMAP, True, True),  # MIXEDMAP with a page: at once
    ("no memmap", 0, VM_MIXEDMAP, False, False),
]


@pytest.mark.parametrize(("pfn", "bits", "vm_flags", "huge_zero", "found"), PMD)
@pytest.mark.parametrize("kernel", ["v5.17-coherent", "split-v1", "v6.1"])
def test_pmd(kernel: str, pfn: str, bits: int, vm_flags: int, huge_zero: bool, found: bool) -> None:
    """Table 4.3: alike in all kernels; nothing is reported."""
    entry = Entry(kernel, vm_flags=vm_flags)
    m, k = entry.machine.block.m, entry.machine.k
    pmd = pfn_pte(entry.pfn_of(pfn), PROT_READ_BITS) | bits
    assert bool(vm_normal_page_pmd(m, k, entry.vma, entry.addr, pmd, int(huge_zero))) == found
    assert entry.machine.events() == []


def test_every_lookup_of_the_vocabulary_is_met_here() -> None:
    assert LOOKUPS[LOOKUP_NORMAL] == "normal" and LOOKUPS[LOOKUP_ANY] == "any"
    assert pte_mkdevmap(0) == DEVMAP


def test_the_lookup_of_a_site_goes_by_the_flags_of_its_caller() -> None:
    """The patch of March 2022: follow_page_pte takes the LRU lookup for FOLL_MLOCK or FOLL_LRU."""
    k = compile_rules(load("split-v1"))
    for flags in (0, FOLL_GET):
        assert choose_lookup(k, SITE_FOLLOW_PAGE_PTE, flags) == LOOKUP_ANY
    for flags in (FOLL_LRU, FOLL_MLOCK | FOLL_GET):
        assert choose_lookup(k, SITE_FOLLOW_PAGE_PTE, flags) == LOOKUP_LRU
