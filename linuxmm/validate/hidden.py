# SPDX-License-Identifier: GPL-2.0-or-later
"""What only the kernel sees of a page, model and real kernel side by side.

What is compared of which pages is a table.  Not in it: what others have a hand in (the zero page is
one for the whole machine), and what the file system does with its own pages.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from linuxmm.arch.x86.pgtable import pte_present
from linuxmm.scenario.outcome import PageState

PTE_BITS: Final = {  # that are compared
    "rw": 1 << 1, "accessed": 1 << 5, "dirty": 1 << 6, "soft-dirty": 1 << 11, "special": 1 << 9,
    "devmap": 1 << 58, "uffd-wp": 1 << 10,
}  # fmt: skip
COMPARED_FLAGS: Final = frozenset(
    ("lru", "active", "swapbacked", "unevictable", "mlocked", "swapcache", "dirty", "referenced",
     "workingset")
)  # fmt: skip
FILE_FLAGS: Final = frozenset(["lru", "swapbacked", "unevictable", "mlocked"])


# --- of which pages: the kernel's side decides ----------------------------------------------------
def is_any(page: PageState) -> bool:
    return True


def is_present(page: PageState) -> bool:
    return bool(pte_present(_signed(page.pte)))


def is_private_entry(page: PageState) -> bool:
    """A device-private page, which no CPU reaches."""
    return not is_present(page) and page.kind == "private"


def has_its_own(page: PageState) -> bool:
    """A page whose counts are the scenario's."""
    is_zero_page = "reserved" in page.flags and not page.kind
    return is_private_entry(page) or (is_present(page) and not is_zero_page)


def is_swapbacked(page: PageState) -> bool:
    return has_its_own(page) and "swapbacked" in page.flags


def is_of_a_file(page: PageState) -> bool:
    return has_its_own(page) and "swapbacked" not in page.flags


# --- how it is shown ------------------------------------------------------------------------------
def _bits(page: PageState) -> str:
    return ",".join(name for name, bit in PTE_BITS.items() if page.pte & bit)


def _entry(page: PageState) -> str:
    return ",".join(page.bits)


def _flags(compared: frozenset[str]) -> Callable[[PageState], str]:
    return lambda page: ",".join(sorted(set(page.flags) & compared))


class Look(NamedTuple):
    """One observable of a page: of which pages, and as what."""

    what: str
    of: Callable[[PageState], bool]
    shown: Callable[[PageState], str]


LOOKS: Final = (
    Look("present", is_any, lambda page: str(is_present(page))),
    Look("pte", is_present, _bits),
    Look("pte", is_private_entry, _entry),
    Look("refcount", has_its_own, lambda page: str(page.refcount)),
    Look("mapcount", has_its_own, lambda page: str(page.mapcount)),
    Look("flags", is_swapbacked, _flags(COMPARED_FLAGS)),
    Look("flags", is_of_a_file, _flags(FILE_FLAGS)),
)


def hidden_pairs(model: PageState, kernel: PageState) -> Iterator[tuple[str, str, str]]:
    """(observable, model, kernel) of one page."""
    for look in LOOKS:
        if look.of(kernel):
            yield look.what, look.shown(model), look.shown(kernel)


def _signed(pte: int) -> int:
    return pte - (1 << 64) if pte >= 1 << 63 else pte
