"""`linuxmm inspect` as a page: the address space as strips, and of each VMA who refuses its pages."""

from collections.abc import Sequence
from typing import Final

from linuxmm.inspect.area import Area
from linuxmm.inspect.kind import KINDS, LETTERS, NONE
from linuxmm.inspect.lazyfree import CLEAN
from linuxmm.inspect.reconcile import Difference, Total
from linuxmm.inspect.report import Report, Row, by_kind, is_there, verdict_table
from linuxmm.inspect.text import notes, perms, size, total_lines
from linuxmm.inspect.verdict import NO, NOT_NOW, SYSTEMS, UNKNOWN, WORDS, YES, Answer
from linuxmm.picture.page import part, slug, word
from linuxmm.picture.strips import Strip, columns, segment

MOST_AREAS: Final = 400  # VMAs that are drawn, the fullest
MOST_RULES: Final = 12  # of one system in one VMA
PATTERNS: Final = {YES: "yes", NOT_NOW: "notnow", NO: "no", UNKNOWN: "unknown"}
NO_SWAP: Final = "no swap"


def html(report: Report, totals: Sequence[Total], differences: Sequence[Difference]) -> str:
    """The part of a page that shows one process."""
    there = {id(area): _there(report, area) for area in report.areas}
    areas = sorted(report.areas, key=lambda a: -there[id(a)])[:MOST_AREAS]
    areas = sorted((a for a in areas if there[id(a)]), key=lambda a: a.start)
    process = report.process
    prefix = f"v{process.pid}-"
    strips = _strips(report, areas, [there[id(a)] for a in areas], prefix)
    return part(
        "inspect",
        prefix=prefix,
        name=word(f"{process.pid} {process.name}"),
        sentence=sentence(report),
        source=word(f"{process.source}; the kernel is {report.machine.release}", 400),
        kernels=[word(kernel) for kernel in report.kernels],
        foreign=[word(kernel) for kernel in report.foreign],
        mapped=size(sum(area.nr_pages for area in report.areas)),
        drawn=len(areas),
        count=len(report.areas),
        kinds=[(kind, LETTERS[kind], KINDS[kind], nr, size(nr)) for kind, nr in _kinds(report)],
        strips=strips,
        systems=_systems(report.rows, bool(report.kernels)),
        areas=[_area(report, area, there[id(area)], prefix) for area in areas],
        totals=[word(line, 400) for line in total_lines([*totals], [*differences])],
        notes=[word(note, 400) for note in notes(report)],
    )


def _there(report: Report, area: Area) -> int:
    """Pages of a VMA that are there."""
    return sum(row.pages for row in report.of(area) if is_there(report.machine, row.kind))


def _kinds(report: Report) -> list[tuple[str, int]]:
    """The kinds that occur, without what is not there."""
    return [(kind, nr) for kind, nr in by_kind(report.rows).items() if kind != NONE]


# --- the sentence ---------------------------------------------------------------------------------
def sentence(report: Report) -> str:
    """`Of 119 MiB, 6.7 MiB can be reclaimed now, 8.0 MiB are lazyfree, 104 MiB need swap.`

    By the rules of the first kernel; every page that it was asked of is in one of the parts.
    """
    asked = [row for row in report.rows if row.verdicts]
    if not asked:
        return "No rule was asked: the kinds of its pages are all that is said."
    parts: dict[str, int] = {}
    for row in asked:
        name = _fate(row)
        parts[name] = parts.get(name, 0) + row.pages
    first = ("can be reclaimed now", "are lazyfree", "need swap")
    rest = sorted((name for name in parts if name not in first), key=lambda name: -parts[name])
    words = [f"{size(parts[name])} {name}" for name in (*first, *rest) if name in parts]
    return f"Of {size(sum(parts.values()))}, {', '.join(words)}."


def _fate(row: Row) -> str:
    """What reclaim does with a page, in the words of the sentence."""
    answer = row.verdicts[0].answers["reclaim"]
    if row.facts is not None and row.facts.lazy == CLEAN and answer.word == YES:
        return "are lazyfree"
    if answer.word == YES:
        return "can be reclaimed now"
    if answer.rule == NO_SWAP:
        return "need swap"
    return f"{answer.word}: {answer.rule}"


# --- strips ---------------------------------------------------------------------------------------
def _strips(
    report: Report, areas: Sequence[Area], there: Sequence[int], prefix: str
) -> list[Strip]:
    """By kind, then by the verdict of each system."""
    places = columns(there)
    kinds = [
        {kind: nr for kind, nr in by_kind(report.of(area)).items() if is_there(report.machine, kind)}
        for area in areas
    ]
    seen = _together(kinds)
    strips = [
        Strip(
            "kind of page",
            tuple(
                segment(_anchor(prefix, area), _said(area, parts), place,
                        {f"k-{kind}": nr for kind, nr in parts.items()})
                for area, parts, place in zip(areas, kinds, places, strict=True)
            ),
            tuple((f"k-{kind}", f"{LETTERS[kind]} {kind}", size(nr)) for kind, nr in seen.items()),
        )
    ]  # fmt: skip
    for system in SYSTEMS if report.kernels else ():
        tallies = [verdict_table(report.of(area), 0)[0][system] for area in areas]
        ordered = [{w: tally[w] for w in WORDS if w in tally} for tally in tallies]
        every = {w: sum(tally.get(w, 0) for tally in ordered) for w in WORDS}
        strips.append(
            Strip(
                SYSTEMS[system][0],
                tuple(
                    segment(_anchor(prefix, area), _said(area, tally), place,
                            {f"v-{PATTERNS[w]}": nr for w, nr in tally.items()})
                    for area, tally, place in zip(areas, ordered, places, strict=True)
                ),
                tuple((f"v-{PATTERNS[w]}", w, size(nr)) for w, nr in every.items() if nr),
            )
        )  # fmt: skip
    return strips


def _together(parts: Sequence[dict[str, int]]) -> dict[str, int]:
    """Sums, in the order of KINDS."""
    return {kind: nr for kind in KINDS if (nr := sum(one.get(kind, 0) for one in parts))}


def _said(area: Area, parts: dict[str, int]) -> str:
    """What a VMA of a strip says."""
    words = ", ".join(f"{size(nr)} {what}" for what, nr in parts.items())
    return f"{area.start:x} {word(area.name, 80)}: {words or 'nothing asked'}"


def _anchor(prefix: str, area: Area) -> str:
    return f"{prefix}{slug(f'{area.start:x}')}"


# --- verdicts -------------------------------------------------------------------------------------
def _systems(rows: Sequence[Row], is_judged: bool) -> list[dict[str, object]]:
    """Of each system: pages by verdict, and the rules behind what is not a plain yes."""
    if not is_judged:
        return []
    tally, reasons = verdict_table(rows, 0)
    found = []
    for name, (what, _) in SYSTEMS.items():
        total = sum(tally[name].values())
        if not total:
            continue
        found.append(
            {
                "what": what,
                "counts": [
                    (PATTERNS[w], w, size(tally[name].get(w, 0)), 100 * tally[name].get(w, 0) / total)
                    for w in WORDS
                    if tally[name].get(w, 0)
                ],
                "rules": [_rule(answer, nr, total) for answer, nr in _ordered(reasons[name])],
                "more": max(0, len(_ordered(reasons[name], None)) - MOST_RULES),
            }
        )
    return found


def _ordered(reasons: dict[Answer, int], most: int | None = MOST_RULES) -> list[tuple[Answer, int]]:
    """The rules that stop something, the most frequent first."""
    found = [(answer, nr) for answer, nr in reasons.items() if answer.word != YES]
    return sorted(found, key=lambda one: (-one[1], str(one[0])))[:most]


def _rule(answer: Answer, nr: int, total: int) -> dict[str, object]:
    """A bar of the histogram, and the whole chain behind it."""
    return {
        "pattern": PATTERNS[answer.word],
        "word": answer.word,
        "rule": word(answer.rule, 300),
        "where": answer.where,
        "size": size(nr),
        "share": 100 * nr / total,
        "chain": [word(step, 300) for step in answer.chain],
    }


def _area(report: Report, area: Area, there: int, prefix: str) -> dict[str, object]:
    """One VMA: a line, and behind it everything."""
    rows = report.of(area)
    kinds = {k: nr for k, nr in by_kind(rows).items() if is_there(report.machine, k)}
    return {
        "anchor": _anchor(prefix, area),
        "range": f"{area.start:x}-{area.end:x}",
        "perms": perms(area),
        "name": word(area.name),
        "size": size(area.nr_pages),
        "there": size(there),
        "kinds": [(f"k-{k}", k, size(nr), 100 * nr / max(there, 1)) for k, nr in kinds.items()],
        "systems": _systems(rows, bool(report.kernels)),
        "why": f"linuxmm why {report.process.pid} {area.start:x}",
    }
