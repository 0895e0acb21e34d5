# SPDX-License-Identifier: GPL-2.0-or-later
"""A report as JSON (`linuxmm/inspect/1`) and as CSV."""

from collections.abc import Iterator
from typing import Final

from linuxmm.fs.proc.text import vm_flag_words
from linuxmm.inspect.area import Area
from linuxmm.inspect.count import equal_runs
from linuxmm.inspect.kind import NONE
from linuxmm.inspect.reconcile import Difference, Total
from linuxmm.inspect.report import (
    Report,
    Row,
    WhatIf,
    by_kind,
    by_place,
    cut,
    properties,
    verdict_table,
)
from linuxmm.inspect.rss import without_io
from linuxmm.inspect.sharing import Sharing
from linuxmm.inspect.source import Machine, Process
from linuxmm.inspect.table import label_of
from linuxmm.inspect.verdict import SYSTEMS, Answer
from linuxmm.uapi import PAGE_SIZE

SCHEMA: Final = "linuxmm/inspect/1"
Json = dict[str, object]


def document(
    report: Report,
    totals: list[Total],
    differences: list[Difference],
    changed: WhatIf | None,
    with_vmas: bool,
    shared: Sharing | None = None,
) -> Json:
    """One process.  Sizes are in pages of 4096 bytes, addresses hex strings."""
    found: Json = {
        "pid": report.process.pid,
        "name": report.process.name,
        "source": report.process.source,
        "release": report.machine.release,
        "rules_are_its_own": {name: name not in report.foreign for name in report.kernels},
        "page_size": PAGE_SIZE,
        "kernels": list(report.kernels),
        **_sums(report, report.rows),
        "verdicts": {kernel: _verdicts(report, i) for i, kernel in enumerate(report.kernels)},
        "totals": [vars(total) for total in totals],
        "differences": [{**vars(found), "area": str(found.area or "")} for found in differences],
        "not_known": {**report.machine.missing, **report.process.missing},
        "missed": list(report.process.missed),
    }
    found["charges_kb"] = report.process.charges()
    found["pinned_pages"] = report.process.pins()  # charged so; 0 does not prove that none is
    free = without_io(report)
    if free:
        found["without_io"] = {**vars(free), "pages": free.pages}
    if shared:
        found["mapped_by"] = shared.pages
        found["share_pages"] = {kind: round(pages, 2) for kind, pages in shared.share.items()}
    if changed:
        found["what_if"] = _what_if(changed)
    if with_vmas:
        found["vmas"] = [_vma(report, area) for area in report.areas]
    return found


def _sums(report: Report, rows: list[Row]) -> Json:
    return {
        "kinds": by_kind(rows),
        "places": by_place(report, rows),
        "properties": properties(rows),
    }


def _verdicts(report: Report, kernel: int) -> Json:
    tally, reasons = verdict_table(report.rows, kernel)
    return {
        name: {
            "pages": tally[name],
            "rules": [
                {**answer.plain(), "pages": nr}
                for answer, nr in sorted(reasons[name].items(), key=lambda i: (-i[1], str(i[0])))
            ],
        }
        for name in SYSTEMS
    }


def _what_if(changed: WhatIf) -> Json:
    def change(now: Answer, then: Answer, nr: int) -> Json:
        return {"pages": nr, "bytes": nr * PAGE_SIZE, "now": now.plain(), "then": then.plain()}

    changes = {
        name: [change(now, then, nr) for (now, then), nr in found.items()]
        for name, found in changed.changes.items()
    }
    return {"kind": changed.kind, "pages": changed.pages, "changes": changes}


def _vma(report: Report, area: Area) -> Json:
    return {
        "start": hex(area.start),
        "end": hex(area.end),
        "name": area.name,
        "flags": vm_flag_words(area.flags),
        "pages": area.nr_pages,
        **_sums(report, report.of(area)),
    }


# --- pages ----------------------------------------------------------------------------------------
COLUMNS: Final = ("address", "pages", "kind", "place", "pagemap", "flags")


def runs_of_pages(
    machine: Machine, process: Process, ranges: list[tuple[int, int]]
) -> Iterator[tuple[str, int, str, str, str, str]]:
    """COLUMNS of every run of equal pages, by address; holes are left out."""
    for area in cut(process.areas, ranges):
        for start, pages, word in equal_runs(machine, process, area):
            kind, place, _, letters, flags = label_of(machine, area, word)
            if kind != NONE:
                yield hex(start), pages, kind, place, letters or "none", flags
