# SPDX-License-Identifier: GPL-2.0-or-later
"""`linuxmm inspect` as a page: the address space as strips, and who refuses the pages of a VMA."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from linuxmm.inspect.area import Area
from linuxmm.inspect.kind import KINDS, LETTERS, NONE
from linuxmm.inspect.reconcile import Difference, Total
from linuxmm.inspect.report import Report, Row, by_kind, is_there, verdict_table
from linuxmm.inspect.sentence import sentence, size
from linuxmm.inspect.text import notes, perms, total_lines
from linuxmm.inspect.verdict import NO, NOT_NOW, SYSTEMS, UNKNOWN, WORDS, YES, Answer
from linuxmm.picture.page import part, slug, word

MOST_WHOLE: Final = 8  # processes of one page that are shown whole; of more each is a line
MOST_AREAS: Final = 240  # VMAs that are drawn, the fullest
MOST_RULES: Final = 8  # of one system in one VMA
PATTERNS: Final = {YES: "yes", NOT_NOW: "notnow", NO: "no", UNKNOWN: "unknown"}


@dataclass(frozen=True)
class Part:
    """A part of a bar: its pattern in the style sheet, its word, how much, its share in percent."""

    pattern: str
    word: str
    size: str
    share: float


@dataclass(frozen=True)
class Segment:
    """One VMA in a strip: where it leads, what it says, its pages (its width), its parts."""

    anchor: str
    title: str
    pages: int
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Strip:
    """One question asked of the whole address space, and what the answers come to."""

    name: str
    segments: tuple[Segment, ...]
    key: tuple[Part, ...]


class Chains:
    """The ways to the answers, each written down once; a rule leads to its own."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.known: dict[tuple[Answer, tuple[str, ...]], str] = {}

    def anchor(self, answer: Answer) -> str:
        """Where the way to this answer stands."""
        return self.known.setdefault((answer, answer.chain), f"{self.prefix}w{len(self.known)}")

    def shown(self) -> list[dict[str, object]]:
        return [
            {
                "anchor": anchor,
                "answer": word(f"{answer.word}: {answer.rule}", 300),
                "where": answer.where,
                "chain": [word(step, 300) for step in chain],
            }
            for (answer, chain), anchor in self.known.items()
        ]


def html(report: Report, totals: Sequence[Total], differences: Sequence[Difference]) -> str:
    """The part of a page that shows one process."""
    there = {id(area): _there(report, area) for area in report.areas}
    areas = sorted(report.areas, key=lambda a: -there[id(a)])[:MOST_AREAS]
    areas = sorted((a for a in areas if there[id(a)]), key=lambda a: a.start)
    process = report.process
    prefix = f"v{process.pid}-"
    chains = Chains(prefix)
    overall = _systems(report.rows, report, chains)
    each = [_area(report, area, there[id(area)], prefix, chains) for area in areas]
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
        full=sum(nr > 0 for nr in there.values()),
        count=len(report.areas),
        kinds=[(kind, LETTERS[kind], KINDS[kind], nr, size(nr)) for kind, nr in _kinds(report)],
        strips=_strips(report, areas, prefix),
        overall=overall,
        areas=each,
        chains=chains.shown(),
        totals=[word(line, 400) for line in total_lines([*totals], [*differences])],
        notes=[word(note, 400) for note in notes(report)],
    )


def line(report: Report) -> str:
    """One process of many: its sentence, its kinds, and by the first kernel what reclaim may do."""
    there = {
        kind: nr for kind, nr in by_kind(report.rows).items() if is_there(report.machine, kind)
    }
    tally = verdict_table(report.rows, 0)[0]["reclaim"] if report.kernels else {}
    return part(
        "process",
        name=word(f"{report.process.pid} {report.process.name}"),
        sentence=sentence(report),
        kinds=_parts(there),
        reclaim=_parts({w: tally.get(w, 0) for w in WORDS}) if tally else (),
        rules=word(report.kernels[0]) if report.kernels else "",
        is_foreign=report.kernels[:1] == report.foreign[:1],
    )


def _there(report: Report, area: Area) -> int:
    """Pages of a VMA that are there."""
    return sum(row.pages for row in report.of(area) if is_there(report.machine, row.kind))


def _kinds(report: Report) -> list[tuple[str, int]]:
    """The kinds that occur, without what is not there."""
    return [(kind, nr) for kind, nr in by_kind(report.rows).items() if kind != NONE]


# --- the sentence ---------------------------------------------------------------------------------
# --- strips ---------------------------------------------------------------------------------------
def _strips(report: Report, areas: Sequence[Area], prefix: str) -> list[Strip]:
    """By kind, then by the verdict of each system."""
    kinds = [_kinds_there(report, area) for area in areas]
    widths = [sum(some.values()) for some in kinds]
    strips = [_strip("kind of page", areas, widths, kinds, _together(kinds), prefix)]
    for system in SYSTEMS if report.kernels else ():
        tallies = [verdict_table(report.of(area), 0)[0][system] for area in areas]
        ordered = [{str(w): tally[w] for w in WORDS if w in tally} for tally in tallies]
        every = {w: nr for w in WORDS if (nr := sum(tally.get(w, 0) for tally in ordered))}
        strips.append(_strip(SYSTEMS[system][0], areas, widths, ordered, every, prefix))
    return strips


def _strip(
    name: str,
    areas: Sequence[Area],
    widths: Sequence[int],
    parts: Sequence[Mapping[str, int]],
    every: Mapping[str, int],
    prefix: str,
) -> Strip:
    """One strip: every VMA with its parts, and the sum of all."""
    segments = (
        Segment(_anchor(prefix, area), _said(area, some), width, _parts(some))
        for area, width, some in zip(areas, widths, parts, strict=True)
    )
    return Strip(name, tuple(segments), _parts(every))


def _parts(pages: Mapping[str, int]) -> tuple[Part, ...]:
    """Kinds or verdicts with their pages as parts of a bar."""
    total = sum(pages.values())
    return tuple(
        Part(_pattern(what), what, size(nr), 100 * nr / total) for what, nr in pages.items() if nr
    )


def _pattern(what: str) -> str:
    """The class of the style sheet for a verdict or a kind."""
    return f"v-{PATTERNS[what]}" if what in PATTERNS else f"k-{what}"


def _kinds_there(report: Report, area: Area) -> dict[str, int]:
    """The pages of a VMA that are there, by kind."""
    kinds = by_kind(report.of(area)).items()
    return {kind: nr for kind, nr in kinds if is_there(report.machine, kind)}


def _together(parts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Sums, in the order of KINDS."""
    return {kind: nr for kind in KINDS if (nr := sum(one.get(kind, 0) for one in parts))}


def _said(area: Area, parts: Mapping[str, int]) -> str:
    """What a VMA of a strip says."""
    words = ", ".join(f"{size(nr)} {what}" for what, nr in parts.items())
    return f"{area.start:x} {word(area.name, 80)}: {words or 'nothing asked'}"


def _anchor(prefix: str, area: Area) -> str:
    return f"{prefix}{slug(f'{area.start:x}')}"


# --- verdicts -------------------------------------------------------------------------------------
def _systems(rows: Sequence[Row], report: Report, chains: Chains) -> list[dict[str, object]]:
    """Of each system: pages by verdict, and the rules behind what is not a plain yes."""
    if not report.kernels:
        return []
    tally, reasons = verdict_table(rows, 0)
    found = []
    for name, (what, _) in SYSTEMS.items():
        total = sum(tally[name].values())
        rules = [(answer, nr) for answer, nr in reasons[name].items() if answer.word != YES]
        rules.sort(key=lambda one: (-one[1], str(one[0])))
        shown = [_rule(answer, nr, total, chains) for answer, nr in rules[:MOST_RULES]]
        counts = _parts({w: tally[name].get(w, 0) for w in WORDS}) if total else ()
        more = len(rules) - len(shown)
        if counts:
            found.append({"what": what, "counts": counts, "rules": shown, "more": more})
    return found


def _rule(answer: Answer, nr: int, total: int, chains: Chains) -> dict[str, object]:
    """A bar of the histogram; it leads to the whole chain behind it."""
    return {
        "part": Part(f"v-{PATTERNS[answer.word]}", answer.word, size(nr), 100 * nr / total),
        "rule": word(answer.rule, 300),
        "where": answer.where,
        "anchor": chains.anchor(answer),
    }


def _area(report: Report, area: Area, there: int, prefix: str, chains: Chains) -> dict[str, object]:
    """One VMA: a line, and behind it everything."""
    systems = _systems(report.of(area), report, chains)
    return {
        "anchor": _anchor(prefix, area),
        "range": f"{area.start:x}-{area.end:x}",
        "perms": perms(area),
        "name": word(area.name),
        "size": size(area.nr_pages),
        "there": size(there),
        "kinds": _parts(_kinds_there(report, area)),
        "systems": [system for system in systems if system["rules"]],
        "yes": [system["what"] for system in systems if not system["rules"]],
        "why": f"linuxmm why {report.process.pid} {area.start:x}",
    }
