# SPDX-License-Identifier: GPL-2.0-or-later
"""States of a scenario's pages in which kernels other than 6.1 go on differently, or hardware does.

What is not compared (``masks.py``) hangs on these, never on a word of the scenario: a
state that is reached by another step counts as well, and a step that does not reach it changes
nothing.  The model is asked after every step; a mark goes along with the page.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, NamedTuple

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_DIRTY,
    pte_none,
    pte_pfn,
    pte_present,
    pte_protnone,
    swp_offset,
)
from linuxmm.fs.proc.pages import KINDS, pte_kind
from linuxmm.mm.memory.nonpresent import is_real_swap_pte
from linuxmm.mm.page import pfn_to_page
from linuxmm.mm.pagewalk import mm_find_pte
from linuxmm.mm.vma import find_vma
from linuxmm.mm.vma_merge import is_one_area
from linuxmm.play.steps_on_model import OnModel
from linuxmm.scenario.tree import Extent, Step
from linuxmm.state.constants import NO_VMA, SET_KSM_RUN, VM_MERGEABLE
from linuxmm.state.layout import State
from linuxmm.uapi import PAGE_SIZE

Page = tuple[str, str, int]  # process, mapping, page


class Mark(Enum):
    """What a page is, or what has happened to it."""

    AGED = "the accessed bit was taken from an entry that stayed"
    AGED_IN_TLB = "the same without a flush: the CPU still knows it"
    NO_ACCESS = "behind an entry without access"
    APART = "in an area beside one that is alike, but for the anon_vma"
    COPIED = "a KSM page broken up by the kernel, not by a write of its process"
    LEFT_MERGED = "a KSM page without access was passed by when it was to go"
    LEFT_ZERO = "the same of a page that KSM made the zero page"
    LONG_OUT = "swapped out with so many others that lists of the machine may be shorter"
    NOT_MERGED = "a page without access was passed by when ksmd came"


Marks = frozenset[tuple[Page, Mark]]
ANYWHERE: Final[Page] = ("", "", -1)  # holder of marks that count for every page
KSM_RUN_MERGE: Final = 1
# Pages that one step swaps out.  One that comes back ages the others as much as one that goes
# (mm/workingset.c:workingset_refault), so that half a huge page may be too far in the end.
MANY: Final = 256
KSM_RUN_UNMERGE: Final = 2


class Entry(NamedTuple):
    """What stands at an address."""

    pte: int
    kind: str
    tag: int
    mergeable: int
    apart: bool
    slot: int  # of swap, 0 none

    @property
    def pfn(self) -> int:
        return pte_pfn(self.pte) if pte_present(self.pte) else 0


@dataclass
class States:
    """The marks after the steps so far."""

    before: dict[Page, Entry] = field(default_factory=dict)
    zeroed: set[Page] = field(default_factory=set)  # zero pages that KSM put there
    at: dict[Mark, set[Page]] = field(default_factory=dict)
    frames: dict[Mark, set[int]] = field(default_factory=dict)
    long_out: set[int] = field(default_factory=set)  # slots of swap

    def after(self, model: OnModel, step: Step, extents: Iterable[Extent]) -> Marks:
        """The marks of all pages after a step."""
        now = dict(_entries(model, extents))
        for page, entry in now.items():
            self._passes(page, self.before.get(page), entry, step)
        self._swapped_out(now)
        for mark in (Mark.AGED, Mark.AGED_IN_TLB, Mark.COPIED, Mark.LONG_OUT):
            self._spread(mark, now)
        ksm_run = model.machine.block.m.setting[SET_KSM_RUN]
        unmerging, merging = ksm_run == KSM_RUN_UNMERGE, ksm_run == KSM_RUN_MERGE
        for page, entry in now.items():
            if unmerging or not entry.mergeable:
                self._is_left(page, entry)
            elif merging and step.record.who == "ksmd" and entry.kind == "anon":
                self._is_passed_by(entry)
        self.zeroed.intersection_update(now)
        self.before = now
        found = {(page, mark) for mark, pages in self.at.items() for page in pages}
        found |= {(page, Mark.NO_ACCESS) for page, entry in now.items() if pte_protnone(entry.pte)}
        found |= {(page, Mark.APART) for page, entry in now.items() if entry.apart}
        return frozenset(found)

    def _passes(self, page: Page, old: Entry | None, new: Entry, step: Step) -> None:
        """What one step did to one entry."""
        if new.kind != "zero":
            self.zeroed.discard(page)
        if old is None:
            return
        aged = old.pte & PAGE_ACCESSED and not new.pte & PAGE_ACCESSED
        if aged and old.pfn == new.pfn != 0:
            self._mark(Mark.AGED, page)
            if step.record.tlb_keeps:
                self._mark(Mark.AGED_IN_TLB, page)
        if old.kind == "ksm" and new.kind == "anon" and old.tag == new.tag:
            if old.pfn != new.pfn and new.pte & PAGE_DIRTY:
                self._mark(Mark.COPIED, page)
        if old.kind in ("anon", "ksm") and new.kind == "zero":
            self.zeroed.add(page)

    def _swapped_out(self, now: dict[Page, Entry]) -> None:
        """Whether a page that comes back is active hangs on how many went after it."""
        before = {entry.slot for entry in self.before.values()}
        gone = {entry.slot for entry in now.values()} - before
        if len(gone) >= MANY:
            self.long_out |= gone
        for page, entry in now.items():
            if entry.slot and entry.slot in self.long_out:
                self._mark(Mark.LONG_OUT, page)

    def _mark(self, mark: Mark, page: Page) -> None:
        self.at.setdefault(mark, set()).add(page)

    def _spread(self, mark: Mark, now: dict[Page, Entry]) -> None:
        """A mark ends with its entry; until then whoever has the same page has the mark."""
        marked = self.at.get(mark, set()) & now.keys()
        frames = self.frames.setdefault(mark, set())
        frames |= {now[page].pfn for page in marked} - {0}
        self.at[mark] = marked | {page for page, entry in now.items() if entry.pfn in frames}

    def _is_left(self, page: Page, entry: Entry) -> None:
        """Merged where nothing should be any more; from now on counts of the machine differ."""
        if entry.kind == "ksm" and pte_protnone(entry.pte):
            self._mark(Mark.LEFT_MERGED, ANYWHERE)
        if page in self.zeroed:
            self._mark(Mark.LEFT_ZERO, ANYWHERE)

    def _is_passed_by(self, entry: Entry) -> None:
        """Not looked at where a later ksmd looks: what is merged differs from now on."""
        if pte_protnone(entry.pte):
            self._mark(Mark.NOT_MERGED, ANYWHERE)


def _entries(model: OnModel, extents: Iterable[Extent]) -> Iterable[tuple[Page, Entry]]:
    """Every entry that is not empty."""
    m, k = model.machine.block.m, model.machine.k
    apart: dict[int, bool] = {}  # by VMA
    for extent in extents:
        mm = m.task_mm[model.bindings.tasks[extent.process]]
        base = model.bindings.address(extent)
        for i in range(extent.nr_pages):
            vma = find_vma(m, mm, base + i * PAGE_SIZE)
            pte = mm_find_pte(m, mm, base + i * PAGE_SIZE)
            if pte_none(pte):
                continue
            page = pfn_to_page(m, pte_pfn(pte)) if pte_present(pte) else 0
            kind = KINDS[pte_kind(m, k, vma, pte)]
            if vma not in apart:
                apart[vma] = _is_apart(m, vma)
            mergeable = m.vma_flags[vma] & VM_MERGEABLE
            slot = swp_offset(pte) if is_real_swap_pte(k, pte) else 0
            entry = Entry(pte, kind, m.page_tag[page], mergeable, apart[vma], slot)
            yield (extent.process, extent.name, i), entry


def _is_apart(m: State, vma: int) -> bool:
    """Does a neighbour go on where this area ends, or the reverse?"""
    before = find_vma(m, m.vma_mm[vma], m.vma_start[vma] - 1)
    behind = find_vma(m, m.vma_mm[vma], m.vma_end[vma])
    pairs = ((before, vma), (vma, behind))
    return any(NO_VMA not in pair and is_one_area(m, *pair) for pair in pairs)
