# SPDX-License-Identifier: GPL-2.0-or-later
"""What the files under /proc say of a process of a scenario, in the language's own forms."""

from collections.abc import Iterable, Sequence
from typing import Final

from linuxmm.errors import one_line
from linuxmm.fs.proc.text import kpageflags_names
from linuxmm.procfs import NumaMapping
from linuxmm.scenario.outcome import (
    Atom,
    Fields,
    Flags,
    PageView,
    Result,
    Value,
    Word,
    failed,
    fields,
    per_page,
)
from linuxmm.scenario.words import PAGEMAP_LETTERS, VM_FLAGS

# Decoded here, not by the words of `uapi`: what a real kernel shows is read apart from what makes
# the model's side.
PFN_MASK: Final = (1 << 55) - 1
Block = tuple[dict[str, int], tuple[str, ...] | None]  # lines of smaps with a number; VmFlags
_BITS: Final = {"P": 63, "S": 62, "F": 61, "X": 56, "D": 55, "W": 57}


# --- pagemap --------------------------------------------------------------------------------------
def letters(word: int) -> str:
    """The bits of an entry as the language writes them."""
    return "".join(c for c in PAGEMAP_LETTERS if word >> _BITS[c] & 1) or "none"


def frame(word: int) -> int:
    """The frame number of a present page that shows one, else 0."""
    return word & PFN_MASK if word >> 63 else 0


def pictures(words: Iterable[int]) -> Result:
    """What ``pages`` gives."""
    first: dict[int, int] = {}
    atoms: list[Atom] = []
    for i, word in enumerate(words):
        kind = "ram" if word >> 63 else "swap" if word >> 62 & 1 else "none"
        if kind == "none":
            atoms.append(PageView("none"))
            continue
        same = first.setdefault(frame(word), i) if frame(word) else i
        exclusive, file = bool(word >> 56 & 1), bool(word >> 61 & 1)
        atoms.append(PageView(kind, exclusive, file, -1 if same == i else same))
    return per_page(atoms)


def pagemap(words: Iterable[int]) -> Result:
    return per_page(Word(letters(word)) for word in words)


# --- by frame number ------------------------------------------------------------------------------
def kpageflags(entries: Iterable[int]) -> Result:
    return per_page(Flags(() if e < 0 else tuple(kpageflags_names(e))) for e in entries)


def kpagecount(entries: Iterable[int]) -> Result:
    return per_page(Value(max(e, 0)) for e in entries)


# --- by mapping -----------------------------------------------------------------------------------
def smaps(block: Block, keys: Sequence[str]) -> Result:
    """The lines of one mapping, THPeligible where it is asked for; -EFAULT without any."""
    numbers, flags = block
    if not numbers and flags is None:
        return failed("EFAULT")
    items: list[tuple[str, Atom]] = [
        (word, Value(number))
        for word, number in numbers.items()
        if (word in keys if keys else word != "THPeligible")
    ]
    if flags is not None and "VmFlags" in keys:
        items.append(("VmFlags", Flags(tuple(w for w in VM_FLAGS if w in flags))))
    return Fields(tuple(items))


def numa_maps(line: NumaMapping | None, keys: Sequence[str]) -> Result:
    """The words of one line; -EFAULT without it."""
    if line is None:
        return failed("EFAULT")
    items: list[tuple[str, Atom]] = []
    if "policy" in keys:
        items.append(("policy", Word(one_line(line.policy))))
    for key, number in line.numbers.items():
        if key in keys if keys else key not in ("file", "kernelpagesize_kB"):
            items.append((key, Value(number)))
    return Fields(tuple(items))


# --- by process -----------------------------------------------------------------------------------
def status_change(now: dict[str, int], start: dict[str, int], keys: Sequence[str]) -> Result:
    """The wanted lines (none named: all), as differences."""
    return fields(
        (key, kb - start.get(key, 0)) for key, kb in now.items() if not keys or key in keys
    )
