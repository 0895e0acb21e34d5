# SPDX-License-Identifier: GPL-2.0-or-later
"""What only the kernel sees of the pages of a machine: entry, pfn, counts and flags of each.

Looking meets no site and leaves no trace.  `page_states`: of what one step names.  `Pictures`: of
that and of all that the step changed, so that a run can be looked at page by page over time.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from linuxmm.arch.x86.pgtable import pte_none, pte_pfn, pte_present
from linuxmm.fs.proc.pages import KINDS, kind_at
from linuxmm.machine import Machine
from linuxmm.mm.compound import page_mapcount
from linuxmm.mm.memory.nonpresent import is_pfn_swap_pte, pfn_swap_entry_pfn
from linuxmm.mm.page import pfn_to_page
from linuxmm.mm.pagewalk import mm_find_pte
from linuxmm.mm.vma import find_vma
from linuxmm.play.bindings import Bindings
from linuxmm.play.entry_bits import entry_bits
from linuxmm.scenario.outcome import PageState
from linuxmm.scenario.tree import Extent, Step
from linuxmm.state import constants
from linuxmm.uapi import PAGE_SIZE

MAX_PAGES_SHOWN: Final = 256  # with one step
MAX_PAGES_LOOKED_AT: Final = 4096  # after one step
PAGE_FLAG_NAMES: Final[tuple[tuple[int, str], ...]] = tuple(
    (value, name.removeprefix("PG_").lower())
    for name, value in vars(constants).items()
    if name.startswith("PG_") and name != "PG_ALLOCATED"
)
NOTHING: Final = "none"  # the kind of a page that is not mapped
Key = tuple[str, str, int]  # process, name, index


def page_states(machine: Machine, bindings: Bindings, step: Step) -> tuple[PageState, ...]:
    """The pages of the step's extent that are mapped."""
    if step.target is None or step.target.kind != "mapping":
        return ()
    return tuple(states_of(machine, bindings, step.target, MAX_PAGES_SHOWN))


def all_pages(machine: Machine, bindings: Bindings) -> list[PageState]:
    """Every page that a process has mapped, by process and name, as they came."""
    return [
        state
        for extent in bindings.story.extents()
        for state in states_of(machine, bindings, extent, extent.nr_pages)
    ]


def states_of(
    machine: Machine, bindings: Bindings, extent: Extent, most: int
) -> Iterator[PageState]:
    """The first `most` pages of a part of a mapping, those that are mapped."""
    if extent.process not in bindings.tasks:
        return
    mm = machine.block.m.task_mm[bindings.tasks[extent.process]]
    base = bindings.address(extent)
    if base == 0:
        return
    for i in range(min(extent.nr_pages, most)):
        index = extent.start + i
        state = _page_state(machine, mm, base + i * PAGE_SIZE, (extent.process, extent.name, index))
        if state is not None:
            yield state


def _page_state(machine: Machine, mm: int, addr: int, key: Key) -> PageState | None:
    """Everything about one page; None where nothing is mapped."""
    m, k = machine.block.m, machine.k
    vma = find_vma(m, mm, addr)
    pte = mm_find_pte(m, mm, addr) if vma else 0
    if vma == 0 or pte_none(pte):
        return None
    pfn = 0
    if pte_present(pte):
        pfn = pte_pfn(pte)
    elif is_pfn_swap_pte(k, pte):
        pfn = pfn_swap_entry_pfn(k, pte)
    page = pfn_to_page(m, pfn) if pfn else 0
    kind, bits = KINDS[kind_at(m, k, vma, addr)], entry_bits(k, pte)
    if page == 0:
        return PageState(*key, pte, pfn, kind, 0, 0, (), bits)
    flags = tuple(name for mask, name in PAGE_FLAG_NAMES if m.page_flags[page] & mask)
    memory = machine.spec.ranges[m.page_range[page] - 1].name
    counts = m.page_refcount[page], page_mapcount(m, page)  # of a huge page its own
    return PageState(*key, pte, pfn, kind, *counts, flags, bits, memory)


class Pictures:
    """The pages of a machine after the last step, to tell what the next one changes."""

    def __init__(self) -> None:
        self._last: dict[Key, PageState] = {}

    def after(
        self, machine: Machine, bindings: Bindings, step: Step
    ) -> tuple[tuple[PageState, ...], int]:
        """The pages that the step names or changed, and how many more of them there are.

        A page that it unmapped is of kind "none".  What lies behind the first 4096 pages of all
        mappings is looked at only where the step names it.
        """
        named = {_key(state): state for state in page_states(machine, bindings, step)}
        now = _looked_at(machine, bindings)
        changed = [state for key, state in now.items() if state != self._last.get(key)]
        gone = [_unmapped(key) for key in self._last if key not in now]
        self._last = now
        every = {**named, **{_key(state): state for state in (*changed, *gone)}}
        left_out = max(0, len(every) - MAX_PAGES_SHOWN) + _not_looked_at(bindings)
        return tuple(every.values())[:MAX_PAGES_SHOWN], left_out


def _looked_at(machine: Machine, bindings: Bindings) -> dict[Key, PageState]:
    """The pages that are mapped among the first of all mappings."""
    found: dict[Key, PageState] = {}
    left = MAX_PAGES_LOOKED_AT
    for extent in bindings.story.extents():
        found |= {_key(s): s for s in states_of(machine, bindings, extent, left)}
        left = max(0, left - extent.nr_pages)
    return found


def _not_looked_at(bindings: Bindings) -> int:
    """Pages of mappings that nobody has looked at, mapped or not."""
    every = sum(extent.nr_pages for extent in bindings.story.extents())
    return max(0, every - MAX_PAGES_LOOKED_AT)


def _key(state: PageState) -> Key:
    return state.process, state.name, state.index


def _unmapped(key: Key) -> PageState:
    """A page that is no longer there."""
    return PageState(*key, 0, 0, NOTHING, 0, 0)


def gathered(steps: Iterable[tuple[PageState, ...]]) -> dict[str, PageState]:
    """The picture after the last of some steps, from the pages that each of them shows."""
    found: dict[str, PageState] = {}
    for pages in steps:
        found |= {state.page: state for state in pages}
    return {page: state for page, state in found.items() if state.kind != NOTHING}
