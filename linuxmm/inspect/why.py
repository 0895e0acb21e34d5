# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole chain for one address: what is seen of the entry, the lookups, every verdict."""

from array import array

from linuxmm.errors import InputError, one_line
from linuxmm.fs.proc.text import vm_flag_words
from linuxmm.inspect import lazyfree
from linuxmm.inspect.area import Area
from linuxmm.inspect.count import expected, words_of
from linuxmm.inspect.flags import flag_names
from linuxmm.inspect.kind import KINDS, kind_of
from linuxmm.inspect.quicker import choose
from linuxmm.inspect.report import foreign
from linuxmm.inspect.source import Machine, Process
from linuxmm.inspect.standin import facts_of
from linuxmm.inspect.text import foreign_lines
from linuxmm.inspect.verdict import SYSTEMS, Judge
from linuxmm.inspect.words import (
    EXCLUSIVE,
    FILE,
    GUARD,
    PM_PFN,
    PRESENT,
    PROT_NONE,
    SOFT_DIRTY,
    SPECIAL,
    SWAP,
    SWAP_TYPE_BITS,
    UFFD_WP,
    region_of,
)
from linuxmm.printed import columns, wrapped
from linuxmm.uapi import PAGE_SIZE

_BITS = (
    (PRESENT, "present"),
    (SWAP, "swap"),
    (FILE, "file or shared anonymous"),
    (EXCLUSIVE, "mapped once"),
    (SOFT_DIRTY, "soft-dirty"),
    (UFFD_WP, "userfaultfd write-protected"),
    (GUARD, "guard region"),
    (PROT_NONE, "PROT_NONE"),
    (SPECIAL, "special"),
)


def area_at(process: Process, addr: int) -> Area:
    """The VMA with this address.  Raises: InputError naming the nearest one."""
    for area in process.areas:
        if area.start <= addr < area.end:
            return area
    nearest = min(process.areas, key=lambda a: min(abs(a.start - addr), abs(a.end - addr)))
    raise InputError(f"process {process.pid} maps nothing at {addr:x}; the nearest VMA: {nearest}")


def page_at(machine: Machine, process: Process, addr: int) -> tuple[int, int]:
    """The entry and the word of one page."""
    entries = array("Q", [0])
    if not process.read_entries(addr, memoryview(entries)):
        raise InputError(f"process {process.pid}: the page at {addr:x} was gone when it was read")
    return entries[0], words_of(machine, process, addr, entries)[0]


def lazy_at(machine: Machine, process: Process, area: Area, word: int) -> str:
    """What became of a page that MADV_FREE marked: known where all of its VMA are of one fate."""
    if not lazyfree.is_marked(machine, area, word):
        return ""
    clean = area.fields.get("LazyFree", 0) // 4
    if not machine.has_flags:
        return lazyfree.UNSEEN if clean else ""
    if lazyfree.is_dirty(machine, word):
        return lazyfree.WRITTEN
    (words,) = choose(expected(process, [area]))(machine, process, [area], None)
    parts = lazyfree.split(machine, area, words)
    fates = {lazy for fates in parts.values() for lazy, _ in fates}
    return fates.pop() if len(fates) == 1 else lazyfree.UNSEEN


def why_text(machine: Machine, process: Process, judges: list[Judge], addr: int) -> str:
    """Everything that is known about one page."""
    area = area_at(process, addr)
    addr &= ~(PAGE_SIZE - 1)
    entry, word = page_at(machine, process, addr)
    kind = kind_of(machine, area, word)
    pinned = process.pins() > 0
    lines = [
        f"{process.pid} {one_line(process.name)} {addr:x}: {kind} ({KINDS[kind]})",
        *foreign_lines(foreign(machine, judges), machine.chosen),
        f"  VMA      {area} {one_line(area.name)}".rstrip(),
        f"  flags    {' '.join(vm_flag_words(area.flags))}",
        f"  pagemap  {', '.join(text for bit, text in _BITS if word & bit) or 'nothing'}",
        *_frame(machine, word, entry, kind),
        *_unseen(machine),
    ]
    facts = facts_of(machine, area, word, kind, lazy_at(machine, process, area, word), pinned)
    if word & PRESENT or kind == "pfnmap":
        for judge in judges:
            verdicts = judge(facts)
            lines += [
                "",
                f"rules of {judge.kernel}",
                *(f"  vm_normal_page: {row}: does not hold" for row in verdicts.rows),
                f"  vm_normal_page: {'a page' if verdicts.normal else 'no page'}"
                f" by {verdicts.lookup}",
                f"  an LRU list could take it (no device memory, no hugetlb): {_yes(verdicts.lru)}",
                f"  counted by smaps: {_yes(verdicts.in_smaps)}, "
                f"by numa_maps: {_yes(verdicts.in_numa_maps)}",
            ]
            for name, (what, _) in SYSTEMS.items():
                answer = verdicts.answers[name]
                lines += ["", f"  {what:<28} {answer.word:<10} {answer.rule}"]
                lines += [f"      {step}" for step in answer.chain]
                lines.append(f"      decided in {answer.where}")
    return "\n".join(part for line in lines for part in _whole_words(line)) + "\n"


def _whole_words(line: str) -> list[str]:
    """A line over as many as it takes, further ones indented."""
    if len(line) <= columns():
        return [line]
    indent = " " * (len(line) - len(line.lstrip(" ")))
    return wrapped(line.strip(), indent, f"{indent}    ", long_words=False, hyphens=False)


def why_document(
    machine: Machine, process: Process, judges: list[Judge], addr: int
) -> dict[str, object]:
    """The same as JSON (`linuxmm/why/1`)."""
    area = area_at(process, addr)
    _, word = page_at(machine, process, addr & ~(PAGE_SIZE - 1))
    kind = kind_of(machine, area, word)
    found: dict[str, object] = {
        "schema": "linuxmm/why/1",
        "pid": process.pid,
        "address": hex(addr & ~(PAGE_SIZE - 1)),
        "vma": {"start": hex(area.start), "end": hex(area.end), "name": area.name},
        "vma_flags": vm_flag_words(area.flags),
        "kind": kind,
        "release": machine.release,
        "rules_are_its_own": {j.kernel: j.encodes(machine.uname) for j in judges},
        "pagemap": [text for bit, text in _BITS if word & bit],
        "place": str(machine.physical.regions[region_of(word)]) if word & PRESENT else "",
        "page_flags": flag_names(word, kind) if word & PRESENT else [],
    }
    lazy, pinned = lazy_at(machine, process, area, word), process.pins() > 0
    facts = facts_of(machine, area, word, kind, lazy, pinned)
    asked = judges if word & PRESENT or kind == "pfnmap" else []
    verdicts = {judge.kernel: judge(facts) for judge in asked}
    found["kernels"] = {
        name: {
            "normal": each.normal,
            "lru": each.lru,
            "lookup": each.lookup,
            "rows_before": list(each.rows),
            "verdicts": {system: vars(answer) for system, answer in each.answers.items()},
        }
        for name, each in verdicts.items()
    }
    return found


def _unseen(machine: Machine) -> list[str]:
    """Bits of the entry that this source does not show."""
    if machine.sees_entries:
        return []
    return ["  not seen from outside: accessed, dirty, special, PROT_NONE"]


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"


def _mapped_by(machine: Machine, pfn: int) -> list[str]:
    """How many entries map the frame, where kpagecount is to be had (one page costs nothing)."""
    nr = int.from_bytes(machine.read_counts([pfn], [1]), "little")
    return [f"  mapped   by {nr} entries in all"] if nr else []


def _frame(machine: Machine, word: int, entry: int, kind: str) -> list[str]:
    """The frame and its flags, or the swap type, or why they are not known."""
    if not word & PRESENT:
        if not word & SWAP:
            return []
        number = word & SWAP_TYPE_BITS
        return [f"  swap     type {number}, offset {entry >> 5 & (1 << 50) - 1:#x}"]
    if not machine.pfns:
        return [f"  frame    not known here ({machine.missing['frame numbers']})"]
    place = machine.physical.regions[region_of(word)]
    lines = [f"  frame    {entry & PM_PFN:#x}, {place}"]
    if not machine.has_flags:
        return [*lines, "  page     flags not known here (no kpageflags)"]
    flags = f"  page     {' '.join(flag_names(word, kind)) or 'no flags'}"
    return [*lines, flags, *_mapped_by(machine, entry & PM_PFN)]
