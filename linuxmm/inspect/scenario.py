# SPDX-License-Identifier: GPL-2.0-or-later
"""A small scenario with the shape of a process, for `linuxmm run`: VMAs, kinds, sharing.

Runs of equal pages become one or two pages each, VMAs of equal shape one VMA.  Contents are never
read: every page gets a number of its own (merged pages one in common).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from linuxmm.errors import one_line
from linuxmm.inspect import kind as kinds
from linuxmm.inspect.area import Area
from linuxmm.inspect.count import equal_runs
from linuxmm.inspect.kind import kind_of
from linuxmm.inspect.report import Report
from linuxmm.inspect.words import EXCLUSIVE, GUARD
from linuxmm.state.constants import (
    VM_DONTCOPY,
    VM_EXEC,
    VM_HUGEPAGE,
    VM_LOCKED,
    VM_MERGEABLE,
    VM_NOHUGEPAGE,
    VM_PFNMAP,
    VM_READ,
    VM_SHARED,
    VM_WRITE,
)

MAX_AREAS: Final = 48
MAX_RUNS: Final = 12  # of one VMA; what follows is left out, and said
PROT_BITS: Final = VM_READ | VM_WRITE | VM_EXEC
PROTS: Final = {
    0: "none",
    VM_READ: "r",
    VM_WRITE: "w",
    VM_READ | VM_WRITE: "rw",
    VM_READ | VM_EXEC: "rx",
    VM_EXEC: "x",
    VM_WRITE | VM_EXEC: "rwx",
    PROT_BITS: "rwx",
}
ADVICE: Final = (
    (VM_MERGEABLE, "MADV_MERGEABLE"),
    (VM_HUGEPAGE, "MADV_HUGEPAGE"),
    (VM_NOHUGEPAGE, "MADV_NOHUGEPAGE"),
    (VM_DONTCOPY, "MADV_DONTFORK"),
)
WRITTEN: Final = (kinds.ANON, kinds.THP, kinds.KSM, kinds.COHERENT, kinds.SWAPPED)


@dataclass(frozen=True)
class Run:
    """Equal pages in a row; `alone`: no other process maps them."""

    kind: str
    alone: bool
    pages: int


@dataclass(frozen=True)
class Shape:
    """What a VMA is made of; equal shapes are one VMA of the scenario."""

    flags: int
    backing: str
    runs: tuple[Run, ...]

    @property
    def pages(self) -> int:
        return sum(run.pages for run in self.runs)

    def places(self) -> Iterator[tuple[Run, str]]:
        """Each run and its pages as the language writes them."""
        at = 0
        for run in self.runs:
            stop = at + run.pages
            yield run, f"[{at}]" if run.pages == 1 else f"[{at}:{stop}]"
            at = stop


@dataclass
class _Steps:
    """The lines so far, in the order in which they must happen."""

    maps: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)  # before the fork
    alone: list[str] = field(default_factory=list)  # after it
    last: list[str] = field(default_factory=list)
    value: int = 0
    needs: set[str] = field(default_factory=set)

    def next_value(self) -> str:
        self.value += 1
        return hex(self.value)


def scenario_text(report: Report) -> str:
    """The scenario: parses, and runs on every kernel that has the memory it needs."""
    shapes: dict[Shape, list[Area]] = {}
    for area in report.areas:
        shape = shape_of(report, area)
        if shape:
            shapes.setdefault(shape, []).append(area)
    steps = _Steps()
    for i, (shape, areas) in enumerate(list(shapes.items())[:MAX_AREAS], 1):
        _add(steps, f"v{i}", shape, areas)
    left = max(0, len(shapes) - MAX_AREAS)
    return _render(report, steps, left)


def shape_of(report: Report, area: Area) -> Shape | None:
    """The shape of a VMA; None for what the language has no words for."""
    runs = list(_runs(report, area))
    found = {run.kind for run in runs}
    if found & {kinds.HUGETLB, kinds.KERNEL}:
        return None
    keep = PROT_BITS | VM_SHARED | VM_LOCKED | VM_MERGEABLE | VM_HUGEPAGE | VM_NOHUGEPAGE
    flags = area.flags & (keep | VM_DONTCOPY)
    return Shape(flags, _backing(area, found), tuple(runs)) if runs else None


def _backing(area: Area, found: set[str]) -> str:
    for kind, word in ((kinds.FSDAX, "dax0"), (kinds.DEVDAX, "devdax0")):
        if kind in found:
            return word
    if area.flags & VM_PFNMAP or kinds.PFNMAP in found:
        return "pfnmap"
    if kinds.MIXEDMAP in found:
        return "mixedmap pages"
    if area.has_file and not area.is_shmem:
        return "file"
    return "anon"


def _runs(report: Report, area: Area) -> Iterator[Run]:
    """Runs of one kind, each cut down to one or two pages."""
    kind, alone, pages, number = "", False, 0, 0
    for _, nr, word in equal_runs(report.machine, report.process, area):
        now = kind_of(report.machine, area, word & ~GUARD)
        only = bool(word & EXCLUSIVE) or now not in (kinds.ANON, kinds.THP)
        if (now, only) != (kind, alone):
            if pages:
                yield Run(kind, alone, min(pages, 2))
                number += 1
                if number == MAX_RUNS:
                    return
            kind, alone, pages = now, only, 0
        pages += nr
    if pages:
        yield Run(kind, alone, min(pages, 2))


# --- steps ----------------------------------------------------------------------------------------
def _add(steps: _Steps, name: str, shape: Shape, areas: list[Area]) -> None:
    """The steps that make one VMA."""
    prot = PROTS[shape.flags & PROT_BITS]
    wants_write = any(run.kind in (*WRITTEN, kinds.SHMEM) for run in shape.runs)
    wants_read = any(run.kind not in (kinds.NONE, kinds.GUARDED) for run in shape.runs)
    first = prot
    if (wants_write and "w" not in prot) or (wants_read and prot in ("none", "x")):
        first = "rw"
    sharing = "shared" if shape.flags & VM_SHARED or shape.backing not in ("anon", "file") else ""
    what = _object(steps, name, shape)
    words = ["P0:", name, "=", "mmap", what[0], first, sharing, what[1]]
    steps.maps.append(" ".join(word for word in words if word) + "  " + _comment(areas))
    for bit, advice in ADVICE:
        if shape.flags & bit:
            steps.maps.append(f"P0: madvise {name} {advice}")
    for run, place in shape.places():
        _touch(steps, name + place, run, shape)
    if first != prot:
        steps.last.append(f"P0: mprotect {name} {prot}")
    if shape.flags & VM_LOCKED and shape.backing in ("anon", "file"):
        steps.last.append(f"P0: mlock2 {name} MLOCK_ONFAULT")


def _object(steps: _Steps, name: str, shape: Shape) -> tuple[str, str]:
    """What is mapped: the words before and after protection and sharing."""
    if shape.backing == "file":
        steps.maps.append(f"P0: f{name} = file {shape.pages}p")
        return f"f{name}", ""
    if shape.backing.rstrip("0") in ("dax", "devdax"):
        steps.needs.add(shape.backing)
    return f"{shape.pages}p", shape.backing


def _comment(areas: list[Area]) -> str:
    """Whose shape it is: the last part of a name, never a path."""
    names = sorted({one_line(area.name).rpartition("/")[2] for area in areas} - {""})
    more = f" and {len(areas) - 1} more" if len(areas) > 1 else ""
    return f"# {(names or ['anonymous'])[0][:40]}{more}"


def _touch(steps: _Steps, place: str, run: Run, shape: Shape) -> None:
    """Make the pages of one run."""
    if shape.backing in ("pfnmap", "mixedmap pages"):
        return
    lines = steps.alone if run.alone else steps.shared
    if run.kind == kinds.KSM:
        steps.needs.add("ksm")
        lines.append(f"P0: write {place} 0xfeed")
        return
    if run.kind in WRITTEN or run.kind == kinds.SHMEM:
        lines.append(f"P0: write {place} {steps.next_value()}")
    if run.kind == kinds.COHERENT:
        steps.needs.add("coherent0")
        steps.last.append(f"coherent0: migrate P0.{place}")
    elif run.kind == kinds.SWAPPED:
        steps.needs.add("swap")
        steps.last.append(f"P0: madvise {place} MADV_PAGEOUT")
    elif run.kind in (kinds.ZERO, kinds.FILE_KIND, kinds.FSDAX, kinds.DEVDAX):
        lines.append(f"P0: read {place}")


def _render(report: Report, steps: _Steps, left: int) -> str:
    name = "".join(c if c.isalnum() and c.isascii() else "-" for c in report.process.name)
    head = [
        "linuxmm-scenario 1",
        f"name:    shape-of-{name.strip('-').lower() or 'process'}",
        "intent:  The shape of a live process: VMAs, kinds of pages, sharing; contents are ours.",
    ]
    machine = ["node0 512M", "node1 512M"]
    machine += [f"{need} 256M" for need in sorted(steps.needs & {"coherent0", "dax0", "devdax0"})]
    machine += ["swap 64M zram"] if "swap" in steps.needs else []
    machine += ["ksm run = 1"] if "ksm" in steps.needs else []
    lines = [*steps.maps, *steps.shared]
    lines += ["P0: P1 = fork"] if steps.shared else []
    lines += steps.alone
    lines += ["ksmd: full_scan 3"] if "ksm" in steps.needs else []
    lines += steps.last
    notes = [f"# {left} more shapes of VMAs are left out"] if left else []
    body = [*head, "", "machine:", *("  " + line for line in machine), "", "steps:"]
    return "\n".join(
        [*body, *("  " + line for line in lines), "", *notes, "never: bad-page-map", ""]
    )
