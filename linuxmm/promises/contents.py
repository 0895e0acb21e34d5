# SPDX-License-Identifier: GPL-2.0-or-later
"""The promise about contents: what was written is read, by whom it may be read."""

from typing import Final

from linuxmm.arch.x86.pgtable import pte_pfn, pte_present
from linuxmm.mm.memory.nonpresent import is_pfn_swap_pte, pfn_swap_entry_pfn
from linuxmm.mm.page import pfn_to_page
from linuxmm.mm.vma import find_vma
from linuxmm.promises.census import Census, Entries
from linuxmm.promises.kinds import page_kind
from linuxmm.promises.near import is_device, mapped_twice
from linuxmm.promises.record import Fault, Promise, WrongRule
from linuxmm.promises.shadow import Shadow, held_by_entry, held_by_file
from linuxmm.state.constants import HPAGE_RESV_UNMAPPED, NO_PAGE, VM_SHARED
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


def _of_freed_pages(m: State, k: Rules, census: Census) -> list[Fault]:
    """No entry but a PFN map points at a freed page."""
    return [
        Fault(page_kind(m, page) if page else "", "an entry points at a freed page")
        for _, _, _, page in census.stray
    ]


def _as_written(m: State, k: Rules, census: Entries, shadow: Shadow) -> list[Fault]:
    """Every entry, and every file, holds what was written to it and nothing else."""
    found, met = [], 0
    for entries in (census.present, census.special, census.swapped, census.moving):
        for vma, addr, pte, _ in entries:
            held = held_by_entry(m, k, pte)
            place = (m.vma_mm[vma], addr)
            if place in shadow.contents.private and m.vma_flags[vma] & VM_SHARED == 0:
                met += 1
            if held is not None and held != shadow.expected(m, vma, addr):
                if held or place not in shadow.contents.lazy:
                    found.append(_wrong_contents(m, k, shadow, place, pte, held))
    if met < len(shadow.contents.private):
        found += _lost(m, census, shadow)
    for place, tag in shadow.contents.files.items():
        held = held_by_file(m, place)
        if held is not None and held != tag:
            found.append(Fault("file", "a file lost what was written to it"))
    return found


def _wrong_contents(
    m: State, k: Rules, shadow: Shadow, place: tuple[int, int], pte: int, held: int
) -> Fault:
    others = (tag for where, tag in shadow.contents.private.items() if where[0] != place[0])
    text = "an entry does not hold what was written there"
    if held and held in others:
        text = "a process sees what another one wrote"
    page = pfn_to_page(m, pte_pfn(pte)) if pte_present(pte) else NO_PAGE
    if page == NO_PAGE and is_pfn_swap_pte(k, pte):
        page = pfn_to_page(m, pfn_swap_entry_pfn(k, pte))
    return Fault(page_kind(m, page) if page else "anon", text)


def _lost(m: State, census: Entries, shadow: Shadow) -> list[Fault]:
    """Private memory whose entry is gone although nobody took it away."""
    there = {
        (m.vma_mm[vma], addr)
        for entries in (census.present, census.special, census.swapped, census.moving)
        for vma, addr, _, _ in entries
    }
    return [
        Fault("anon", "what was written to private memory is lost")
        for place, tag in shadow.contents.private.items()
        if tag
        and place not in there
        and place not in shadow.contents.lazy
        and _may_be_read(m, place)
    ]


def _may_be_read(m: State, place: tuple[int, int]) -> bool:
    """Not where a huge page was taken for the process that called mmap: a touch gives SIGBUS."""
    return not m.vma_resv[find_vma(m, *place)] & HPAGE_RESV_UNMAPPED


def _near_content(m: State, census: Census) -> bool:
    """Contents are shared by several entries, or not in system memory."""
    away = any(is_device(m, page) for _, _, _, page in census.present)
    return mapped_twice(m, census) or away or bool(census.swapped or census.moving)


CONTENT: Final = Promise(
    "content",
    says="data survives fork, COW, migration, merge and swap and is seen by no process that should "
    "not (lazily freed pages may read zero); no entry but a PFN map points at a freed page",
    broken="data in {pages} is lost, or seen by the wrong process",
    state=_of_freed_pages,
    contents=_as_written,
    danger=_near_content,
    wrong=WrongRule(
        "v6.1",
        '[site."mm/mprotect.c:can_change_pte_writable"]\n'
        'tests = [{ refuse = "not_anon", gives = "0" }]',
        ("P0: a = mmap 1p", "P0: write a 0x11", "P0: P1 = fork", "P0: mprotect a none",
         "P0: mprotect a rw", "P0: write a 0x44"),
    ),
)  # fmt: skip
