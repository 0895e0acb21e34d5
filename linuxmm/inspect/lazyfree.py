# SPDX-License-Identifier: GPL-2.0-or-later
"""Pages that MADV_FREE marked: which of them nobody wrote since?

kpageflags shows the mark (anonymous, not swap-backed), and leaves it in place when the page is
written again: only the entry's dirty bit tells, which smaps adds up for a VMA (LazyFree) - or the
page's own dirty flag, to which the bit goes when the entry is taken away (compaction moves pages).

Source: mm/swap.c:lru_lazyfree_fn; fs/proc/task_mmu.c:smaps_account; mm/rmap.c:try_to_migrate_one.
"""

from typing import Final

from linuxmm.inspect import kind as kinds
from linuxmm.inspect.area import Area
from linuxmm.inspect.kind import kind_of
from linuxmm.inspect.source import Machine
from linuxmm.inspect.words import KPF_ANON, KPF_DIRTY, KPF_SWAPBACKED, KPF_TAIL, KPF_UPTODATE

CLEAN: Final = "clean"  # reclaim drops it
WRITTEN: Final = "written"  # an ordinary page again, which the mark does not tell
UNSEEN: Final = "unseen"  # one or the other
Parts = list[tuple[str, int]]  # one of these, or "" for a page without the mark; pages


def split(machine: Machine, area: Area, words: dict[int, int]) -> dict[int, Parts]:
    """For the words of pages that may be marked: how many pages are what.

    Which of the equal pages are clean is not seen, how many are is.  The pages of a VMA of which
    a part was asked for are one or the other.
    """
    marked = {word: nr for word, nr in words.items() if is_marked(machine, area, word)}
    clean = area.fields.get("LazyFree", -1) // 4
    if (clean < 0 and machine.has_flags) or (clean > 0 and not area.whole):
        return {
            word: [(WRITTEN if is_dirty(machine, word) else UNSEEN, nr)]
            for word, nr in marked.items()
        }
    found: dict[int, Parts] = {}
    for word in sorted(marked, key=_mark_is_shown, reverse=True) if clean >= 0 else ():
        nr = marked[word]
        now = 0 if is_dirty(machine, word) else min(nr, clean)
        clean -= now
        rest = WRITTEN if machine.has_flags and _mark_is_shown(word) else ""
        found[word] = [(what, part) for what, part in ((CLEAN, now), (rest, nr - now)) if part]
    return found


def is_marked(machine: Machine, area: Area, word: int) -> bool:
    """May MADV_FREE have marked such pages?  Without kpageflags any anonymous page may be."""
    if machine.has_flags and word & (KPF_ANON | KPF_SWAPBACKED) != KPF_ANON:
        return False
    return kind_of(machine, area, word) in (kinds.ANON, kinds.THP)


def _mark_is_shown(word: int) -> bool:
    """To 6.1 kpageflags shows a tail's own flags, which are none (stable_page_flags)."""
    return not word & KPF_TAIL or bool(word & KPF_UPTODATE)


def is_dirty(machine: Machine, word: int) -> bool:
    """Written since it was marked, and moved since then."""
    return machine.has_flags and bool(word & KPF_DIRTY)
