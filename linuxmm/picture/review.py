# SPDX-License-Identifier: GPL-2.0-or-later
"""`linuxmm review` as a page: counts, what was not looked at, findings, the patch, every choice."""

from collections.abc import Sequence
from textwrap import dedent
from typing import Final

from linuxmm.errors import ModelBug, NotModelled
from linuxmm.explore.witness import Witness
from linuxmm.picture import heat
from linuxmm.picture.page import part, word
from linuxmm.picture.pagemap import PageMap, page_map
from linuxmm.picture.patch import EXECUTED, NOT_LOOKED_AT, READ, looked, patch_view
from linuxmm.play.run import Kernels, run_on
from linuxmm.printed import counted
from linuxmm.review.findings import Finding
from linuxmm.review.reading import CLASSES, EXTENTS, FITS
from linuxmm.review.report import (
    against,
    before_and_after,
    nothing_to_search,
    why_undecided,
)
from linuxmm.review.rerun import Again, rerun_lines
from linuxmm.review.run import UNDECIDED, Review
from linuxmm.review.summary import found_words, read_words
from linuxmm.state.sites import UNMODELLED_SITES

MOST_MAPS: Final = 24  # findings whose pages are drawn
MOST_SITES: Final = 300  # rows of the heat table
SIDES: Final[dict[str, str]] = {
    "introduced": "breaks a promise that was kept",
    "changed": "differs, and breaks nothing",
    "fixed": "keeps a promise that was broken",
    "remaining": "is broken before and after",
}
VERDICTS: Final[dict[str, str]] = {
    "forced": "taken back alone it breaks a promise",
    "observable": "user space sees it; it breaks nothing",
    "free": "the lookups answered differently, and nothing ever showed it",
    "joint": "shows only together with another site",
    "unreachable": "they never answered differently within the bounds",
    "unknown": "its system is not modelled",
}


def html(review: Review, again: Again, *, remaining: bool = False) -> str:
    """The part of a page that shows one review."""
    sides = [side for side in SIDES if side != "remaining" or remaining]
    found = [finding for side in sides for finding in review.of_side(side)]
    anchors = {one.id: (_anchor(review, one), _name(review, one)) for one in found}
    maps = {one.id: _map(review, one) for one in found[:MOST_MAPS]}
    reading = review.reading
    return part(
        "review",
        prefix=_prefix(review),
        title=word(review.title, 400),
        sentence=f"Found: {found_words(review)}. Read: {read_words(review)}.",
        facts=_facts(review),
        tiles=_tiles(review),
        unseen=_unseen(review),
        nothing=" ".join(nothing_to_search(review)) if review.bounds is None else "",
        heat=_heat(review, found),
        sections=[
            (side, SIDES[side], [_finding(review, one, again, maps.get(one.id)) for one in some])
            for side in sides
            if (some := review.of_side(side))
        ],
        patch=patch_view(review, reading, anchors) if reading is not None else None,
        functions=[(word(f.place), word(f.text(), 600)) for f in review.functions],
        choices=[_choice(review, i) for i in range(len(review.choices))],
        rules=_rules(review),
        left=_left_behind(review),
        bounds=_bounds(review),
        words=VERDICTS,
    )


def _prefix(review: Review) -> str:
    """What the anchors of one review begin with, so that those of a series differ."""
    return f"p{review.position}-"


def _anchor(review: Review, finding: Finding) -> str:
    return f"{_prefix(review)}f-{finding.id}"


def _name(review: Review, finding: Finding) -> str:
    """`INTRODUCED 1 mlock coherent`."""
    number = review.of_side(finding.side).index(finding) + 1
    return word(f"{finding.side.upper()} {number} {finding.what} {finding.page_kind}".rstrip())


# --- head -----------------------------------------------------------------------------------------
def _facts(review: Review) -> list[tuple[str, str]]:
    """What the input says of itself, and what it was compared with."""
    facts = []
    if review.reading is not None:
        patch = review.reading.patch
        named = (("author", patch.author), ("date", patch.date), ("message", patch.message_id))
        facts += [(label, word(text)) for label, text in named if text]
    facts.append(("against", word(against(review), 400)))
    if review.tree:
        stands = f", {review.reading.stands}" if review.reading and review.reading.stands else ""
        facts.append(("tree", word(f"{review.tree}{stands}")))
    if review.base is not None:
        doubt = "a poor fit; " if review.base.poor else "a tie; " if review.base.tie else ""
        facts.append(
            (
                "base",
                word(f"{review.base.name}, chosen by its context ({doubt}--base K names another)"),
            )
        )
    facts += [("left out", word(message)) for message in review.left_out]
    return facts


def _tiles(review: Review) -> list[tuple[str, str, str]]:
    """(number, what, mark): what was found, and what was not looked at, in one size."""
    tiles = [
        (str(len(review.of_side("introduced"))), "introduced", "bad"),
        (str(len(review.of_side("changed"))), "changed", "warn"),
        (str(len(review.of_side("fixed"))), "fixed", "good"),
        (str(len(review.left_behind)), "sites left behind", ""),
    ]
    if review.reading is not None:
        hunks = [looked(hunk) for hunk in review.reading.hunks]
        tiles.append((str(hunks.count(READ)), "hunks read", "good"))
        tiles.append((str(hunks.count(EXECUTED)), "hunks executed", "good"))
        tiles.append((str(hunks.count(NOT_LOOKED_AT)), "hunks not looked at", "bad"))
    if review.functions:
        tiles.append((str(len(review.not_run)), "functions not wholly run", "bad"))
    tiles.append((str(len(review.not_judged)), "changes not judged", "bad"))
    return tiles


def _unseen(review: Review) -> list[tuple[str, str]]:
    """(place, why) of everything that was not looked at, not judged or not followed."""
    rows = [("disagree", f"rules and text: {one.text()}") for one in review.disagreements]
    rows += [(one.place, one.text()) for one in review.not_run]
    reading = review.reading
    for hunk in reading.hunks if reading is not None else ():
        if looked(hunk) == NOT_LOOKED_AT:
            stops = "; ".join(stop.text() for stop in hunk.stopped_by) or hunk.why
            rows.append((hunk.place, stops or CLASSES[hunk.kind]))
        if hunk.fit.word in ("contradicts", "already"):
            rows.append((hunk.place, "; ".join(hunk.fit.evidence) or FITS[hunk.fit.word]))
    rows += [("note", note) for note in (reading.notes if reading is not None else ())]
    rows += [(_of(one), f"{one.verdict}: {one.why}") for one in review.not_judged]
    rows += [
        (
            review.after_name if one.who == "after" else review.before_name,
            f"not followed: {one.why}",
        )
        for one in review.undecided
    ]
    if review.bounds is not None:
        rows += [
            ("the search", f"not followed {count} times: {why}")
            for why, count in sorted(review.bounds.not_modelled.items())
        ]
    if review.exit_code == UNDECIDED and review.bounds is not None:
        rows.insert(0, ("undecided", why_undecided(review)))
    if review.extent != "read":
        rows.insert(0, ("extent", EXTENTS[review.extent]))
    return [(word(place), word(why, 600)) for place, why in dict.fromkeys(rows)]


def _of(one: object) -> str:
    """What a verdict is about."""
    unit = getattr(one, "unit", None)
    return unit.name if unit is not None else str(getattr(one, "site", ""))


# --- sites x kinds --------------------------------------------------------------------------------
def _heat(review: Review, found: Sequence[Finding]) -> heat.Heat | None:
    """Where the findings are: sites down, page kinds across."""
    kinds = list(dict.fromkeys(one.page_kind or "several" for one in found))
    verdicts = {one.site: one for one in review.choices}
    sites = dict.fromkeys([*verdicts, *(site for one in found for site in one.sites)])
    if not sites or not kinds:
        return None
    by_file = sorted(sites, key=lambda site: _first_of_file(site, list(sites)))[:MOST_SITES]
    most = max((len(_at(found, site, kind)) for site in sites for kind in kinds), default=1)
    rows = tuple(_row(review, site, kinds, found, most) for site in by_file)
    left = len(sites) - len(by_file)
    legend = (
        ("l1", "i1", "one finding introduced (c changed, f fixed, r remaining)"),
        ("l5", "i2 c1", "the most"),
        ("never", ".", "its system is not modelled: nobody looked"),
    )
    caption = "Findings of each changed site and page kind. Which ones: pointer or Tab."
    if left:
        caption += f" {left} further sites are not shown."
    columns = tuple((kind, f"page kind {kind}") for kind in kinds)
    if review.choices:
        columns = (("verdict", "what the choice is worth"), *columns)
    return heat.Heat(caption, columns, rows, legend, "site")


def _first_of_file(site: str, sites: list[str]) -> int:
    """Where the first site of the same file stands."""
    file = site.partition(":")[0]
    return next(n for n, other in enumerate(sites) if other.partition(":")[0] == file)


def _at(found: Sequence[Finding], site: str, kind: str) -> list[Finding]:
    return [one for one in found if site in one.sites and (one.page_kind or "several") == kind]


def _row(
    review: Review, site: str, kinds: Sequence[str], found: Sequence[Finding], most: int
) -> heat.Row:
    file, _, function = site.partition(":")
    verdict = next((one for one in review.choices if one.site == site), None)
    unknown = site in UNMODELLED_SITES
    cells = [heat.Cell("", mark="never")] if review.choices else []
    if verdict is not None:
        said = (word(verdict.why, 400),)
        cells = [heat.Cell(verdict.verdict, 0, f"{site}: {verdict.verdict}", said, "verdict")]
    for kind in kinds:
        here = _at(found, site, kind)
        if not here:
            cells.append(heat.Cell("." if unknown else "", mark="never"))
            continue
        counts = {side: sum(one.side == side for one in here) for side in SIDES}
        text = " ".join(f"{side[0]}{n}" for side, n in counts.items() if n)
        lines = tuple(f"{_name(review, one)}: {word(one.explanation, 300)}" for one in here)
        cells.append(heat.Cell(text, heat.level(len(here), most), f"{function} x {kind}", lines))
    return heat.Row(function, tuple(cells), file)


# --- findings -------------------------------------------------------------------------------------
def _finding(
    review: Review, one: Finding, again: Again, drawn: PageMap | None
) -> dict[str, object]:
    """One finding with its witness, its command and its pages."""
    names = (review.before_name, "this part" if one.part else review.after_name)
    doubts = []
    if one.undone_by:
        doubts.append(f"Conditional: not read, and could undo it: {', '.join(one.undone_by)}")
    if one.part is not None:
        doubts.append(f"Hidden by other parts: shown by {', '.join(one.cause)} alone")
    if one.also:
        doubts.append(f"Also {one.side}: {', '.join(one.also)}")
    return {
        "anchor": _anchor(review, one),
        "name": _name(review, one),
        "steps": counted(len(one.witness.steps), "step"),
        "explanation": word(one.explanation, 1000),
        "doubts": [word(doubt, 600) for doubt in doubts],
        "sites": [word(site) for site in one.sites],
        "sites_are": counted(len(one.sites), "site"),
        "cause": [word(cause) for cause in one.cause],
        "rests_on": ", ".join(one.rests_on),
        "said": [
            (word(name), [word(line, 300) for line in side])
            for name, side in zip(names, (one.sides.before, one.sides.after), strict=True)
        ],
        "witness": one.text(),
        "rerun": dedent("\n".join(rerun_lines(review, one, again))),
        "map": drawn,
    }


def _map(review: Review, finding: Finding) -> PageMap | None:
    """The pages of a witness on both kernels; None where one of them cannot run it."""
    return pages_of_witness(review, finding.witness, finding)


def pages_of_witness(review: Review, witness: Witness, finding: Finding) -> PageMap | None:
    """The page map of a witness before and after the change (or its part that shows it alone)."""
    kernels = Kernels()
    kernels.know(review.before_name, review.before)
    after = finding.part or review.after
    name = "this part" if finding.part else review.after_name
    kernels.know(name, after)
    try:
        runs = [
            run_on(witness.scenario, one, kernels, with_pages=True)
            for one in (review.before_name, name)
        ]
    except (NotModelled, ModelBug):
        return None
    return page_map(runs)


# --- choices --------------------------------------------------------------------------------------
def _choice(review: Review, i: int) -> dict[str, object]:
    one = review.choices[i]
    before, after = before_and_after(one)
    return {
        "site": word(one.site),
        "before": word(before, 400),
        "after": word(after, 400),
        "verdict": one.verdict,
        "why": word(one.why, 600),
        "witness": one.text() or "",
    }


def _rules(review: Review) -> list[dict[str, object]]:
    return [
        {
            "what": word(f"{one.unit.kind} {one.unit.of}"),
            "text": word(one.unit.text, 600),
            "verdict": one.verdict,
            "why": word(one.why, 600),
            "witness": one.text() or "",
        }
        for one in review.rules
    ]


def _left_behind(review: Review) -> list[dict[str, object]]:
    """Sites left alone that meet the pages which the changed ones refuse now."""
    return [
        {
            "site": word(one.site),
            "verdict": one.verdict,
            "why": word(one.why, 600),
            "witness": one.text() or "",
        }
        for one in review.untouched
        if one.verdict in ("breaks", "observable")
    ]


def _bounds(review: Review) -> str:
    """How far it was looked."""
    b = review.bounds
    if b is None:
        return ""
    return (
        f"{b.setups} set-ups, {b.depth} actions deep, {b.states} states expanded, {b.steps} steps; "
        "races are out of scope."
    )
