# SPDX-License-Identifier: GPL-2.0-or-later
"""The short answer of a review: its first three lines, and one line for each finding."""

from typing import TYPE_CHECKING, Final

from linuxmm.errors import one_line
from linuxmm.printed import GAP, columns, columns_of, filled, fitted, wrapped
from linuxmm.review.run import UNDECIDED, Review

if TYPE_CHECKING:
    from linuxmm.review.findings import Finding
    from linuxmm.review.reading import Reading

SIDES: Final = ("introduced", "changed", "fixed", "remaining")
LABEL: Final = 14  # columns before the text of a labelled line


def first_lines(review: Review) -> list[str]:
    """Title, what was found and how much was read: three lines, of 80 columns or more."""
    lines = [fitted(one_line(review.title), columns())]
    for label, words in (("found", found_words(review)), ("read", read_words(review))):
        lines += wrapped(words, f"{label:{LABEL}}", " " * LABEL)
    return lines


def found_words(review: Review) -> str:
    """How many findings of each side, and how many sites were left behind."""
    undecided = review.exit_code == UNDECIDED
    sides = SIDES[:3] if undecided else SIDES
    words = [f"{len(review.of_side(side))} {side}" for side in sides]
    words.append(f"{len(review.left_behind)} left behind")
    return ("undecided: " if undecided else "") + ", ".join(words)


def read_words(review: Review) -> str:
    """How many of the sites that a change concerns were read, partly read and not read."""
    if review.reading is None:
        return "all rules of two kernels"
    known, open_ = sites_read(review.reading)
    parts = [EXTENT[review.reading.extent]]
    has_sites = bool(known or open_ or not review.functions)
    is_brief = has_sites and bool(review.functions)  # both on one line: without their zeros
    if has_sites:
        sites = {
            "read": len(known - open_),
            "partly": len(known & open_),
            "not": len(open_ - known),
        }
        parts.append("sites: " + _counts(sites, is_brief))
    if review.functions:
        left = len(review.not_run)
        functions = {"judged": len(review.functions) - left, "not": left}
        parts.append("functions: " + _counts(functions, is_brief))
    return "; ".join(parts)


def _counts(numbers: dict[str, int], is_brief: bool) -> str:
    """`1 read, 0 partly, 0 not`; brief: `1 read`."""
    first = next(iter(numbers))
    return ", ".join(
        f"{number} {word}"
        for word, number in numbers.items()
        if number or word == first or not is_brief
    )


EXTENT: Final[dict[str, str]] = {
    "read": "all of it",
    "partly": "PARTLY",
    "nothing": "nothing of it is modelled",
}


def sites_read(reading: "Reading") -> tuple[set[str], set[str]]:
    """The sites whose rules were read, and those that hunks not read may alter."""
    known = {change.site for change in reading.sites}
    return known, {name for hunk in reading.unread for name in hunk.touches if ":" in name}


def short(review: Review, *, remaining: bool = False) -> str:
    """The first three lines, and one for each finding and each site left behind."""
    rows = [
        (f"{side.upper()} {n}", finding.what, finding.page_kind, _where(finding))
        for side in (SIDES if remaining else SIDES[:3])
        for n, finding in enumerate(review.of_side(side), 1)
    ]
    widths = [max((columns_of(row[n]) for row in rows), default=0) for n in range(3)]
    lines = [
        GAP.join([*(filled(row[n], widths[n]) for n in range(3)), row[3]]).rstrip() for row in rows
    ]
    lines += [
        f"LEFT BEHIND {n}{GAP}{_function(verdict.site)} {verdict.why}"
        for n, verdict in enumerate(review.left_behind, 1)
    ]
    shown = [*first_lines(review), *(fitted(one_line(line), columns()) for line in lines)]
    return "\n".join(shown) + "\n"


def _where(finding: "Finding") -> str:
    """The function of the first site, and how many more there are."""
    more = f" and {len(finding.sites) - 1} more" if len(finding.sites) > 1 else ""
    return _function(finding.sites[0]) + more if finding.sites else ""


def _function(site: str) -> str:
    return site.partition(":")[2]
