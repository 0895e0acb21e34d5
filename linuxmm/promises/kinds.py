# SPDX-License-Identifier: GPL-2.0-or-later
"""The page kinds of the scenario language, by name, as promises and reviews speak of them."""

from linuxmm.arch.x86.pgtable import pte_none, pte_present
from linuxmm.fs.proc.pages import KIND_ANON, KIND_MIXEDMAP, KINDS, leaf_kind, pte_kind
from linuxmm.fs.proc.pages import page_kind as kind_of
from linuxmm.mm.memory.nonpresent import is_pfn_swap_pte, pfn_swap_entry_pfn
from linuxmm.mm.page import pfn_to_page
from linuxmm.mm.pgtable import leaves, mapped
from linuxmm.state.constants import NO_PAGE
from linuxmm.state.layout import SIZE_V, State
from linuxmm.state.rules import Rules


def page_kind(m: State, page: int) -> str:
    """The kind of a page by itself, wherever it is mapped; a free one has been anonymous."""
    free = m.page_mapping[page] == 0 and m.page_refcount[page] == 0
    kind = kind_of(m, page)
    return KINDS[KIND_ANON if free and kind == KIND_MIXEDMAP else kind]


def event_page_kind(m: State, event: int) -> str:
    """The kind of the page that an event of the step names; empty when it names none."""
    pfn = m.event_pfn[event]
    page = pfn_to_page(m, pfn) if pfn else NO_PAGE
    return page_kind(m, page) if page else ""


def entry_kind(m: State, k: Rules, vma: int, pte: int) -> str:
    """The kind of what an entry of a VMA stands for; empty for an empty or swap entry."""
    if pte_none(pte):
        return ""
    if pte_present(pte):
        return KINDS[pte_kind(m, k, vma, pte)]
    if is_pfn_swap_pte(k, pte):
        return page_kind(m, pfn_to_page(m, pfn_swap_entry_pfn(k, pte)))
    return ""


def kinds_mapped(m: State, k: Rules) -> frozenset[str]:
    """The kinds of everything that page tables of this state hold."""
    kinds = set()
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_mm[vma]:
            kinds |= {entry_kind(m, k, vma, pte) for _, pte in mapped(m, vma)}
            kinds |= {KINDS[leaf_kind(m, pmd)] for _, pmd in leaves(m, vma)}
    return frozenset(kinds - {""})
