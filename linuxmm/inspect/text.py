# SPDX-License-Identifier: GPL-2.0-or-later
"""A report for people: 80 columns, readable without colour."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from linuxmm.errors import one_line
from linuxmm.inspect.area import Area
from linuxmm.inspect.kind import KINDS, LETTERS, PFNMAP
from linuxmm.inspect.picture import CELLS, Cell, drawn
from linuxmm.inspect.reconcile import Difference, Total
from linuxmm.inspect.report import (
    Reasons,
    Report,
    Row,
    WhatIf,
    by_kind,
    by_place,
    is_there,
    properties,
    verdict_table,
)
from linuxmm.inspect.rss import WithoutIo, without_io
from linuxmm.inspect.sentence import sentence, size
from linuxmm.inspect.sharing import BUCKETS, Sharing
from linuxmm.inspect.verdict import SYSTEMS, WORDS, YES, Answer
from linuxmm.printed import WIDTH, columns, counted, ending, named_row, wrapped

PICTURED: Final = 16  # VMAs in the picture unless all are asked for
REASONS: Final = 3
ROOM_OF_A_NAME: Final = 12  # in the line of a VMA; else it stands below
WORDS_SAID: Final = (
    "no: the kind of the page or its VMA forbids it; not now: a state forbids it that can change "
    "(a setting, a lock, who else maps it); not known: no file shows what decides"
)
_COLOURS: Final = {
    "anon": 32,
    "thp": 92,
    "ksm": 36,
    "file": 34,
    "shmem": 35,
    "hugetlb": 93,
    "coherent": 91,
    "zero": 90,
    "swap": 31,
}


def report_text(
    report: Report,
    totals: list[Total],
    differences: list[Difference],
    changed: WhatIf | None,
    *,
    shared: Sharing | None = None,
    every_vma: bool = False,
    colour: bool = False,
) -> str:
    """The whole report of one process."""
    parts = [
        _head(report),
        _pages(report),
        _verdicts(report),
        _picture(report, every_vma, colour),
    ]
    if shared:
        parts.append(_sharing(shared))
    if changed:
        parts.append(_what_if(changed))
    parts += [total_lines(totals, differences), _note_lines(report)]
    return "\n".join("\n".join(part) + "\n" for part in parts if part)


def _head(report: Report) -> list[str]:
    process = report.process
    mapped = sum(area.nr_pages for area in report.areas)
    name = one_line(process.name)
    read = f"read from {process.source}; the kernel is {report.machine.release}"
    return [
        f"{process.pid} {name}: {len(report.areas)} VMAs, {size(mapped)} mapped",
        *(_wrapped("", sentence(report), 2) if report.kernels else ()),
        *_wrapped("", one_line(read), 2),
        *foreign_lines(report.foreign, report.machine.chosen),
    ]


def foreign_lines(kernels: Iterable[str], chosen: str = "") -> list[str]:
    """How the rules were chosen, and that they are not those of the kernel that runs, where that is
    so."""
    names = ", ".join(map(one_line, kernels))
    text = f"the rules are those of {names}, not of this kernel: it may decide otherwise"
    lines = _wrapped("", one_line(chosen), 2) if chosen else []
    return [*lines, *(_wrapped("", text, 2) if names else ())]


# --- pages ----------------------------------------------------------------------------------------
def _pages(report: Report) -> list[str]:
    lines = [f"{'PAGES':<22}{'pages':>12}{'bytes':>12}"]
    for kind, nr in by_kind(report.rows).items():
        lines += _wrapped(f"  {kind:<20}{nr:>12}{size(nr):>12}  ", KINDS[kind], 48)
    lines.append("")
    lines += [
        f"  {name:<20}{nr:>12}{size(nr):>12}"
        for name, nr in properties(report.rows).items()
        if not _needs_flags(report, name)
    ]
    for place, nr in by_place(report, report.rows).items():
        if report.machine.pfns:
            lines.append(f"  {one_line(place):<20}{nr:>12}{size(nr):>12}")
    return [*lines, *_without_io(without_io(report))]


def _without_io(found: WithoutIo | None) -> list[str]:
    if found is None:
        return []
    what = f"(LazyFree {size(found.lazyfree)}, clean page cache {size(found.cache)}; "
    how_much = f"{found.bound} {size(found.pages)}".strip()
    line = f"of Rss, {how_much} can go without I/O {what}Rss {size(found.rss)})"
    return ["", *_wrapped("  ", line, 4)]


def _needs_flags(report: Report, name: str) -> bool:
    """Is this not known without kpageflags, or without a kernel whose rules are asked?"""
    if name in ("on LRU", "unevictable", "mlocked"):
        return not report.machine.has_flags
    return name in ("normal", "LRU-able") and not report.kernels


# --- verdicts -------------------------------------------------------------------------------------
def _verdicts(report: Report) -> list[str]:
    if not report.kernels:
        return []
    first, reasons = verdict_table(report.rows, 0)
    lines = [
        f"MAY THE KERNEL, by the rules of {report.kernels[0]}",
        *named_row("    (pages)", "".join(f"{word:>12}" for word in WORDS), 30),
    ]
    for name, (what, _) in SYSTEMS.items():
        counts = "".join(f"{first[name].get(word, 0) or '-':>12}" for word in WORDS)
        lines += named_row(f"  {what}", counts, 30)
        lines += _reasons(reasons, name)
    lines += ["", *_wrapped("  ", WORDS_SAID, 2)]
    for i, kernel in enumerate(report.kernels[1:], 1):
        lines += ["", *_other_kernel(report.rows, i, kernel, report.kernels[0])]
    return lines


def _reasons(reasons: Reasons, name: str) -> Iterator[str]:
    """The most frequent rules behind what is not a plain yes."""
    found = [(nr, answer) for answer, nr in reasons[name].items() if answer.word != YES]
    found.sort(key=lambda pair: (-pair[0], str(pair[1])))
    for nr, answer in found[:REASONS]:
        yield from _wrapped(f"    {nr:>9} {answer.word}: ", f"{answer.rule} ({answer.where})")
    if len(found) > REASONS:
        rest = sum(nr for nr, _ in found[REASONS:])
        rules = counted(len(found) - REASONS, "other rule")
        yield f"    {rest:>9} by {rules} (linuxmm why PID ADDRESS)"


def _other_kernel(rows: list[Row], which: int, kernel: str, first: str) -> list[str]:
    """Where another kernel answers otherwise."""
    changes: dict[tuple[str, Answer, Answer], int] = {}
    for row in rows:
        for name in SYSTEMS if row.verdicts else ():
            one, other = row.verdicts[0].answers[name], row.verdicts[which].answers[name]
            if one.word != other.word:
                key = (name, one, other)
                changes[key] = changes.get(key, 0) + row.pages
    if not changes:
        return [f"{kernel}: the same verdicts for every page"]
    lines = [f"{kernel}: other verdicts than {first}"]
    for (name, one, other), nr in sorted(changes.items(), key=lambda item: -item[1]):
        head = f"  {nr:>9} {SYSTEMS[name][0]}: "
        lines += _wrapped(head, f"{one.word} -> {other.word}: {other.rule} ({other.where})")
    return lines


# --- picture --------------------------------------------------------------------------------------
def _picture(report: Report, every: bool, colour: bool) -> list[str]:
    """One line per VMA: where, how large, what of, whose."""
    areas = report.areas
    used = {id(area): 0 for area in areas}
    kinds: dict[int, dict[str, int]] = {id(area): {} for area in areas}
    for row in report.rows:
        counts = kinds[id(row.area)]
        counts[row.kind] = counts.get(row.kind, 0) + row.pages
        used[id(row.area)] += row.pages if is_there(report.machine, row.kind) else 0
    shown = areas
    if not every and len(areas) > PICTURED:
        largest = sorted(areas, key=lambda a: -used[id(a)])[:PICTURED]
        shown = sorted(largest, key=lambda a: a.start)
    some = len(shown) < len(areas)
    title = f"VMAS, {len(shown)} of {len(areas)}" if some else "VMAS"
    digits = max((len(f"{area.start:x}") for area in shown), default=1)
    title = f"{title:<{digits + 8}}{'size':>9}{'there':>9}"
    seen = {kind for area in shown for kind in kinds[id(area)]}
    lines = [title, *(_line(report, area, digits, kinds[id(area)], colour) for area in shown)]
    legend = ", ".join(f"{LETTERS[kind]} {kind}" for kind in KINDS if kind in seen)
    legend += f"; the fullest {len(shown)} of {len(areas)} VMAS, all: --vma" if some else ""
    return [*lines, *_wrapped("  ", legend, 2)]


def _line(report: Report, area: Area, digits: int, counts: dict[str, int], colour: bool) -> str:
    name = one_line(area.name)
    there = sum(nr for kind, nr in counts.items() if is_there(report.machine, kind))
    head = f"  {area.start:>{digits}x} {perms(area)} {size(area.nr_pages):>9}{size(there):>9}"
    room = columns() - len(head) - CELLS - 4
    picture = f"{head} {bar(report.picture(area), colour)}"
    if room < ROOM_OF_A_NAME:
        return f"{picture}\n    {ending(name, columns() - 4)}".rstrip()
    name = name if len(name) <= room else ".." + name[2 - room :]
    return f"{picture} {name}".rstrip()


def perms(area: Area) -> str:
    """The permissions as maps writes them."""
    letters = "".join(c if area.flags & bit else "-" for c, bit in (("r", 1), ("w", 2), ("x", 4)))
    return letters + ("s" if area.flags & 8 else "p")


def bar(cells: list[Cell], colour: bool) -> str:
    """One letter for each part of a VMA, in the order of addresses."""
    drawn_kinds = [(kind, LETTERS.get(kind, " ")) for kind in drawn(cells)]
    text = ""
    for kind, run in groupby(drawn_kinds):
        letters = "".join(letter for _, letter in run)
        code = _COLOURS.get(kind[0]) if colour else None
        text += f"\x1b[{code}m{letters}\x1b[0m" if code else letters
    return f"|{text}|"


# --- sharing, what if, totals, notes --------------------------------------------------------------
def _sharing(found: Sharing) -> list[str]:
    """Pages by how often their frame is mapped, and what each kind weighs when shared out."""
    names = [name for _, name in BUCKETS]
    lines = named_row("MAPPED (pages)", "".join(f"{n:>11}" for n in (*names, "share")), 22)
    for kind in (kind for kind in KINDS if kind in found.pages):
        counts = "".join(f"{found.pages[kind].get(name, 0) or '-':>11}" for name in names)
        lines += named_row(f"  {kind}", f"{counts}{size(found.share[kind]):>11}", 22)
    if found.unknown:
        lines.append(f"  {found.unknown} pages on frames that count no mapping (the zero page)")
    return lines


def _what_if(changed: WhatIf) -> list[str]:
    kind = changed.kind.upper()
    pages = f"{changed.pages} anonymous pages ({size(changed.pages)})"
    lines = wrapped(f"WHAT IF the {pages} were DEVICE_{kind}", "", "  ")
    for name, (what, _) in SYSTEMS.items():
        for (now, then), nr in sorted(changed.changes[name].items(), key=lambda item: -item[1]):
            head = f"  {what}: {nr} pages ({size(nr)}): "
            lines += _wrapped(head, f"{now.word} -> {then.word}: {then.rule} ({then.where})")
    return lines


def total_lines(totals: list[Total], differences: list[Difference]) -> list[str]:
    """Sums here and in the kernel, and each that differs with the reason."""
    if not totals:
        return []
    lines = [f"{'TOTALS (pages)':<22}{'here':>12}{'kernel':>12}"]
    for entry in totals:
        note = "equal" if entry.ours == entry.kernels else f"{entry.ours - entry.kernels:+d}"
        lines.append(f"  {entry.name:<20}{entry.ours:>12}{entry.kernels:>12}  {note}")
    alike: dict[tuple[str, str], list[Difference]] = {}
    for found in differences:
        alike.setdefault((found.name, found.why), []).append(found)
    for (name, why), group in alike.items():
        here, kernel = sum(d.ours for d in group), sum(d.kernels for d in group)
        where = f"{group[0].area} " if group[0].area else ""
        where = f"{len(group)} VMAs, " if len(group) > 1 else where
        lines += _wrapped("  ", f"{where}{name}: {here} here, {kernel} in the kernel: {why}")
    return lines


def _note_lines(report: Report) -> list[str]:
    found = [line for note in notes(report) for line in _wrapped("  ", one_line(note))]
    return ["NOTES", *found] if found else []


def notes(report: Report) -> list[str]:
    """What is not known, and what of the machine the verdicts cannot say: a sentence each."""
    found = [
        f"not known here: {what} ({why})"
        for what, why in {**report.machine.missing, **report.process.missing}.items()
    ]
    found += [f"missed: {what}" for what in report.process.missed]
    if not report.machine.has_flags and report.kernels:
        found.append("page flags are not known: verdicts take every page as on its LRU list")
    kinds = by_kind(report.rows)
    found += _pins(report)
    if kinds.get(PFNMAP) and not report.machine.tables:
        found.append("pagemap shows nothing of VM_PFNMAP mappings, also where they are mapped")
    if report.machine.nodes == 1 and report.kernels:
        found.append("one NUMA node: there is no other to move pages to")
    if report.machine.numa_balancing == 0 and report.kernels:
        found.append("kernel.numa_balancing = 0: its scanner is off")
    if report.machine.lru_gen and report.kernels:
        found.append("MGLRU is on: verdicts of reclaim are those of the classic LRU lists")
    return found


def _pins(report: Report) -> list[str]:
    """What the charges of the process say of pinned pages."""
    charges = report.process.charges()
    if "VmPin" not in charges or not report.kernels:
        return []
    shown = f"VmPin {charges['VmPin']} kB, VmLck {charges.get('VmLck', 0)} kB"
    if report.process.pins():
        nr = report.process.pins()
        return [f"{nr} pages are charged as pinned ({shown}); which ones is not seen"]
    return [f"{shown}: no pinned page is charged; some drivers pin and charge nothing"]


def _wrapped(head: str, text: str, indent: int = 16) -> list[str]:
    """`head` and text in lines of `columns()`; further lines are indented."""
    words = " ".join(text.split())
    lines = wrapped(words, head, " " * indent, long_words=False, hyphens=False)
    return lines or [head.rstrip()]


# --- --all ----------------------------------------------------------------------------------------
def summary_head() -> str:
    """The titles of `summary_line`."""
    titles = ("present", "anon", "file", "other", "may move")
    return f"{'PID':>7}{''.join(f' {title:>{_cell()}}' for title in titles)}  NAME"


def _cell() -> int:
    """The columns of a size: fewer where a line has few."""
    return 10 if columns() >= WIDTH else 8


def summary_line(report: Report) -> str:
    """One process."""
    kinds = by_kind(report.rows)
    present = properties(report.rows)["present"]
    anon = sum(kinds.get(kind, 0) for kind in ("anon", "thp", "ksm"))
    tally, _ = verdict_table(report.rows, 0)
    moves = tally["move_pages"].get(YES, 0)
    file = kinds.get("file", 0)
    cells = (present, anon, file, present - anon - file, moves)
    row = "".join(f" {size(nr):>{_cell()}}" for nr in cells)
    return f"{report.process.pid:>7}{row}  {one_line(report.process.name)}"
