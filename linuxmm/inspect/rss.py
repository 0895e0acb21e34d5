# SPDX-License-Identifier: GPL-2.0-or-later
"""How much of Rss can go without I/O: what MADV_FREE gave away, and clean page cache."""

from dataclasses import dataclass

from linuxmm.inspect.area import Area
from linuxmm.inspect.kind import HUGETLB
from linuxmm.inspect.lazyfree import CLEAN, UNSEEN
from linuxmm.inspect.report import Report, Row
from linuxmm.inspect.verdict import DROPPED


@dataclass(frozen=True)
class WithoutIo:
    """Pages.  `lazyfree` is smaps' sum; `bound`: "", "at least" or "at most"."""

    rss: int
    lazyfree: int
    cache: int  # clean pages of files
    bound: str = ""

    @property
    def pages(self) -> int:
        return self.lazyfree + self.cache


def without_io(report: Report) -> WithoutIo | None:
    """By the rules of the first kernel; None without rules.

    That a page is clean its flags and, of the entries' dirty bits, smaps tell (Shared_Clean,
    Private_Clean): the smaller of the two sums counts, VMA by VMA.
    """
    if not report.kernels:
        return None
    rss = lazy = cache = 0
    unseen = pinned = False
    for area in report.areas:
        rows = [row for row in report.of(area) if row.facts]
        rss += _rss(area, rows)
        if not rows:
            continue
        fates = [row.facts.lazy if row.facts else "" for row in rows]
        given = sum(row.pages for row, fate in zip(rows, fates, strict=True) if fate == CLEAN)
        lazy += given
        if area.fields or report.machine.has_flags:
            cache += min(sum(row.pages for row in rows if _dropped(row)), _clean(area) - given)
        unseen |= UNSEEN in fates or not area.fields
        pinned |= any(row.facts is not None and row.facts.pinned for row in rows)
    return WithoutIo(rss, lazy, cache, "at most" if pinned else "at least" if unseen else "")


def _rss(area: Area, rows: list[Row]) -> int:
    """smaps' own figure for a whole VMA; else the pages that it would count."""
    if area.whole and "Rss" in area.fields:
        return area.fields["Rss"] // 4
    return sum(row.pages for row in rows if row.verdicts[0].in_smaps and row.kind != HUGETLB)


def _dropped(row: Row) -> bool:
    """Does reclaim free it and write nothing?  What MADV_FREE marked is counted apart."""
    answer = row.verdicts[0].answers["reclaim"]
    return answer.rule.startswith(DROPPED) and not (row.facts and row.facts.lazy)


def _clean(area: Area) -> int:
    """The most that can be clean."""
    if "Private_Clean" not in area.fields:
        return area.nr_pages
    return (area.fields["Private_Clean"] + area.fields.get("Shared_Clean", 0)) // 4
