"""What only the kernel sees of a page, model and real kernel side by side."""

from collections.abc import Iterator, Sequence
from typing import Final

from linuxmm.arch.x86.pgtable import (
    SWP_EXCLUSIVE,
    SWP_SOFT_DIRTY,
    SWP_UFFD_WP,
    pte_present,
    swp_type,
)
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


def hidden_pairs(a: PageState, b: PageState, vague: str = "") -> Iterator[tuple[str, str, str]]:
    """(observable, model, kernel) of one page; `vague`: a PTE bit that is not compared."""
    present = bool(pte_present(_signed(b.pte)))
    yield "present", str(bool(pte_present(_signed(a.pte)))), str(present)
    if not present:
        if b.kind == "private":
            yield "pte", _entry(a.pte), _entry(b.pte)
            yield from _of_page(a, b)
        return
    yield "pte", _bits(a.pte, vague), _bits(b.pte, vague)
    if "reserved" in b.flags and not b.kind:
        return  # the zero page is one for the whole machine
    yield from _of_page(a, b)


def _of_page(a: PageState, b: PageState) -> Iterator[tuple[str, str, str]]:
    yield "refcount", str(a.refcount), str(b.refcount)
    yield "mapcount", str(a.mapcount), str(b.mapcount)
    flags = COMPARED_FLAGS if "swapbacked" in b.flags else FILE_FLAGS
    yield "flags", _flags(a.flags, flags), _flags(b.flags, flags)


def _signed(pte: int) -> int:
    return pte - (1 << 64) if pte >= 1 << 63 else pte


def _bits(pte: int, vague: str) -> str:
    return ",".join(name for name, bit in PTE_BITS.items() if pte & bit and name != vague)


def _entry(pte: int) -> str:
    """A device-private entry; a kernel that has these numbers its swap types as the model does."""
    bits = (("soft-dirty", SWP_SOFT_DIRTY), ("uffd-wp", SWP_UFFD_WP), ("exclusive", SWP_EXCLUSIVE))
    return ",".join((f"type {swp_type(pte)}", *(name for name, bit in bits if pte & bit)))


def _flags(flags: Sequence[str], compared: frozenset[str]) -> str:
    return ",".join(sorted(set(flags) & compared))
