# SPDX-License-Identifier: GPL-2.0-or-later
"""A review as text for people: at most 80 columns, findings first that need an answer."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from linuxmm.errors import one_line, printable
from linuxmm.kernels import SiteRule, diff, lookup_text
from linuxmm.kernels.record import Test
from linuxmm.printed import Row, by_file, columns, columns_of, counted, wrapped
from linuxmm.review.legend import of_review
from linuxmm.review.reading import CLASSES, EXTENTS, FITS
from linuxmm.review.rerun import Again, rerun_lines, scenario_lines, witness_lines
from linuxmm.review.run import UNDECIDED, Review
from linuxmm.review.summary import first_lines
from linuxmm.state.sites import UNMODELLED_SITES

if TYPE_CHECKING:
    from linuxmm.review.base import Choice as BaseChoice
    from linuxmm.review.findings import Finding
    from linuxmm.review.reading import Reading
    from linuxmm.review.verdicts import Verdict

# Files with functions that run as text (source/twins.py:TWINS, which is not for a report).
EXECUTABLE: Final = frozenset(
    ("mm/memory.c", "mm/migrate.c", "mm/migrate_device.c", "mm/ksm.c", "mm/madvise.c", "mm/mlock.c",
     "mm/mprotect.c", "mm/gup.c", "mm/rmap.c", "mm/hmm.c", "mm/mincore.c", "mm/huge_memory.c",
     "mm/khugepaged.c", "mm/mremap.c", "mm/mempolicy.c", "mm/memcontrol.c", "fs/proc/task_mmu.c")
)  # fmt: skip
HEADS: Final[dict[str, str]] = {
    "introduced": "INTRODUCED",
    "changed": "CHANGED",
    "fixed": "FIXED",
    "remaining": "REMAINING",
}
MEANINGS: Final[dict[str, str]] = {
    "changed": "what differs and breaks nothing",
    "remaining": "what is broken before and after",
}
COLOURS: Final[dict[str, str]] = {
    "INTRODUCED": "\x1b[1;31m",
    "CHANGED": "\x1b[1;33m",
    "FIXED": "\x1b[1;32m",
    "REMAINING": "\x1b[1m",
    "CHOICES": "\x1b[1m",
    "RULES": "\x1b[1m",
    "NOT FOLLOWED": "\x1b[1;33m",
    "LEFT BEHIND": "\x1b[1m",
    "DISAGREE": "\x1b[1;31m",
}


def report(
    review: Review, *, remaining: bool = False, verbose: bool = False, again: Again | None = None
) -> str:
    """One review: the counts, what was understood, what was not, findings, verdicts, bounds.

    ``again`` is the command that made it, for the lines that say how to see a finding again.
    """
    lines = first_lines(review)
    if columns_of(one_line(review.title)) > columns():
        lines += _labelled("title", one_line(review.title))
    for message in review.left_out:
        lines += _labelled("left out", one_line(message))
    lines += _understood(review)
    shown = ("introduced", "changed", "fixed", *(("remaining",) if remaining else ()))
    lines += _disagreements(review)
    for side in shown:
        lines += _section(review, side, again or Again())
    lines += _choices(review, verbose)
    lines += _rule_verdicts(review, verbose)
    lines += of_review(review, shown)
    lines += _untouched(review, verbose)
    lines += _not_followed(review)
    lines += ["", *_ending(review, remaining)]
    return printable("\n".join(line.rstrip() for line in lines)) + "\n"


def coloured(text: str) -> str:
    """The same with the heads of the sections in colour, for a terminal."""
    lines = []
    for line in text.split("\n"):
        head = next((head for head in COLOURS if line.startswith(head)), "")
        lines.append(f"{COLOURS[head]}{head}\x1b[0m{line[len(head) :]}" if head else line)
    return "\n".join(lines)


# --- what was understood --------------------------------------------------------------------------
def _understood(review: Review) -> list[str]:
    lines = []
    if review.reading is not None:
        lines += _labelled("read as", _read_as(review.reading))
    else:
        lines += _labelled("read as", _differences(review))
    lines += _labelled("against", against(review))
    if review.base is not None:
        lines += _base(review.base)
    if review.reading is not None and review.reading.stands:
        lines += _labelled("tree", f"{review.tree}, {review.reading.stands}")
    if review.reading is None:
        return lines
    for old, new in review.reading.renames:
        lines += _labelled("renamed", f"{old} is now {new}")
    lines += _functions(review)
    return lines + _misfits(review.reading) + _not_read(review.reading) + _hint(review)


def against(review: Review) -> str:
    """The kernel before the change, and how many of the changed sites it models."""
    against = review.before_name
    unknown = [v for v in review.choices if v.site in UNMODELLED_SITES]
    if review.choices:
        total = len(review.choices)
        against += f"; {total - len(unknown)} of {counted(total, 'changed site')} modelled"
    if unknown:
        systems = sorted({UNMODELLED_SITES[v.site] for v in unknown})
        against += f", {len(unknown)} not ({', '.join(systems)})"
    return against


def _base(choice: "BaseChoice") -> list[str]:
    """How the base was found, where nobody named it."""
    doubt = "poor fit: " if choice.poor else "a tie: " if choice.tie else ""
    text = f"{doubt}{'; '.join(choice.evidence)}" if choice.evidence else "nothing tells"
    by = "its context" if choice.by == "context" else "the tree"
    return _labelled("base", f"{choice.name}, chosen by {by} ({text}); --base K names another")


def _functions(review: Review) -> list[str]:
    """What became of each function of the tree that the patch touches; where texts disagree."""
    lines: list[str] = []
    label = "functions"
    for function in review.functions:
        lines += _wrapped(f"{label:<13} {function.place}: {function.text()}", "", " " * 16)
        label = ""
    held = review.agreement
    if held is not None and not held.disagreements:
        names = _listed([_function(place) for place in held.places])
        lines += _labelled("both agree", f"rules and text of {names}, on {held.paths} paths")
    return lines


def _misfits(reading: "Reading") -> list[str]:
    """Hunks that do not apply to this base, or are in it already."""
    lines = []
    for word, label in (("contradicts", "does not fit"), ("already", "already in")):
        for hunk in reading.of_fit(word):
            said = "; ".join(hunk.fit.evidence) or FITS[word]
            lines += _labelled(label, f"{hunk.place}: {said}")
    return lines


def _not_read(reading: "Reading") -> list[str]:
    """What was not read and may matter, what is elsewhere, notes."""
    lines = []
    for hunk in reading.unread:
        stops = "; ".join(stop.text() for stop in hunk.stopped_by) or hunk.why
        known = f" (known: {'; '.join(hunk.known)})" if hunk.known else ""
        lines += _labelled("not read", f"{hunk.place}: {stops}{known}")
    for hunk in reading.not_modelled:
        if not hunk.matters:
            lines += _labelled("not looked at", f"{hunk.place}: {hunk.why}")
    for note in reading.notes:
        lines += _labelled("note", note)
    return lines


def _hint(review: Review) -> list[str]:
    """What a tree would do for hunks of functions that can be executed, and which tree."""
    reading = review.reading
    if reading is None or review.tree:
        return []
    if not any(hunk.file in EXECUTABLE for hunk in reading.unread):
        return []
    name = _tree_for(review)
    said = "--tree DIR, a tree that it applies to, has the functions executed"
    if name:
        said += f"; Debian's {name} is near: linuxmm source {name}, then --tree {name}"
    return _labelled("hint", said)


def _tree_for(review: Review) -> str:
    """The release of Debian whose sources are nearest to what a patch was made for."""
    from linuxmm.kernels.load import canonical
    from linuxmm.source.debian import KNOWN

    later = review.base is not None and any("no built-in" in e for e in review.base.evidence)
    if later:
        return KNOWN[-1]
    return {canonical(name): name for name in KNOWN}.get(review.before.name, "")


def _read_as(reading: "Reading") -> str:
    """What the hunks were understood as, in counts."""
    words = []
    if reading.sites:
        files = {change.site.partition(":")[0] for change in reading.sites}
        words.append(f"{counted(len(reading.sites), 'site')} in {counted(len(files), 'file')}")
    if reading.lookups:
        words.append(counted(len(reading.lookups), "lookup"))
    if reading.flags:
        words.append("flag " + ", ".join(reading.flags))
    text = ", ".join(words) or "no change of any rule"
    counts = reading.counts()
    hunks = [
        f"{counts[k]} {CLASSES[k]}"
        for k in ("comment", "blank", "rename", "executed")
        if k in counts
    ]
    left = sum(counts.get(kind, 0) for kind in ("file", "function", "shape"))
    if left:
        hunks.append(f"{left} not modelled")
    total = counted(len(reading.hunks), "hunk")
    return f"{text}; of {total}: {', '.join(hunks)}" if hunks else f"{text}; {total}"


def _differences(review: Review) -> str:
    """What two records differ in, in counts."""
    kinds: dict[str, set[str]] = {}
    for entry in diff(review.before, review.after):
        kinds.setdefault(entry.kind, set()).add(entry.name)
    names = {"foll": "FOLL_ flag", "flags": "newer flag"}
    words = [counted(len(found), names.get(kind, kind)) for kind, found in kinds.items()]
    return f"two kernels that differ in {', '.join(words)}" if words else "the same rules"


# --- findings -------------------------------------------------------------------------------------
def _disagreements(review: Review) -> list[str]:
    """Where the rules that were read and the text that was executed part: nothing is decided."""
    lines: list[str] = []
    for one in review.disagreements:
        lines += ["", "DISAGREE: what was read and what was executed are not the same"]
        lines += _wrapped(one.text(), "  ", "    ")
        lines += scenario_lines(one.witness)
    return lines


def _section(review: Review, side: str, again: Again) -> list[str]:
    findings = review.of_side(side)
    meaning = MEANINGS.get(side)
    lines = ["", f"{HEADS[side]}: {meaning}"] if findings and meaning else []
    for i, finding in enumerate(findings, 1):
        lines += ["", *_finding(review, finding, f"{HEADS[side]} {i} of {len(findings)}")]
        lines += rerun_lines(review, finding, again)
    return lines


def _finding(review: Review, finding: "Finding", head: str) -> list[str]:
    steps = counted(len(finding.witness.steps), "step")
    kind = f"{finding.page_kind}  " if finding.page_kind else ""
    lines = [f"{head}  {finding.what}  {kind}{steps}"]
    lines += _wrapped(finding.explanation, "  ")
    if finding.also:
        lines += _wrapped(f"also {HEADS[finding.side].lower()}: {', '.join(finding.also)}", "  ")
    lines += _doubts(finding)
    sites = f"sites: {_listed(finding.sites)}; " if finding.sites else ""
    lines += _wrapped(f"{sites}rests on: {', '.join(finding.rests_on)}", "  ", "    ")
    if finding.hunks:
        lines += _wrapped(f"by this hunk alone: {_listed(finding.hunks)}", "  ", "    ")
    return lines + witness_lines(review, finding)


def _doubts(finding: "Finding") -> list[str]:
    """What could undo the finding, and what hides it."""
    lines = []
    if finding.undone_by:
        text = f"conditional: not read, and could undo it: {_listed(finding.undone_by)}"
        lines += _wrapped(text, "  ", "    ")
    if finding.part is not None:
        text = f"hidden by other parts: shown by {_listed(finding.cause)} alone"
        lines += _wrapped(text, "  ", "    ")
    return lines


# --- verdicts -------------------------------------------------------------------------------------
def _choices(review: Review, verbose: bool) -> list[str]:
    if not review.choices:
        return []
    rows: list[Row] = [(v.site, (*before_and_after(v), v.verdict)) for v in review.choices]
    lines = ["", *by_file(("CHOICES", "before", "after", "verdict"), rows), ""]
    for verdict in dict.fromkeys(v.verdict for v in review.choices):
        group = [v for v in review.choices if v.verdict == verdict]
        for why in dict.fromkeys(v.why for v in group):
            sites = _listed([_function(v.site) for v in group if v.why == why], most=4)
            lines += _wrapped(f"{verdict}: {sites}: {why}", "  ", "    ")
    return lines + (_witnesses(review.choices) if verbose else [])


def _rule_verdicts(review: Review, verbose: bool) -> list[str]:
    """Lookups, predicates, behaviours, flags and config that the change touches."""
    if not review.rules:
        return []
    lines = ["", "RULES".ljust(columns() - 20) + "verdict"]
    for verdict in review.rules:
        lines += _spread(f"{verdict.unit.kind}: {verdict.unit.text}", verdict.verdict)
    lines.append("")
    for why in dict.fromkeys((v.verdict, v.why) for v in review.rules):
        names = [v.unit.of for v in review.rules if (v.verdict, v.why) == why]
        lines += _wrapped(f"{why[0]}: {_listed(names, most=4)}: {why[1]}", "  ", "    ")
    return lines + (_rule_witnesses(review) if verbose else [])


def _spread(text: str, word: str) -> list[str]:
    """Text on the left over as many lines as it needs, a word on the right of the first."""
    cells = wrapped(printable(text), "", "    ", columns() - 24) or [""]
    return [f"  {cells[0]:<{columns() - 22}}{word}", *(f"  {cell}" for cell in cells[1:])]


def _rule_witnesses(review: Review) -> list[str]:
    lines = []
    for verdict in review.rules:
        if verdict.witness is not None:
            lines += ["", *_wrapped(f"{verdict.unit.name}: {verdict.why}", "  ", "    ")]
            lines += scenario_lines(verdict.witness)
    return lines


def before_and_after(verdict: "Verdict") -> tuple[str, str]:
    """A site's lookup before and after, its tests only where they changed."""
    old, new = verdict.before, verdict.after
    before, after = _lookup(old), _lookup(new)
    if old.refused != new.refused and not (old.absent or new.absent):
        before, after = f"{before}, none: {old.refused}", f"{after}, none: {new.refused}"
    if [t.refuse for t in old.tests] != [t.refuse for t in new.tests]:
        before, after = before + _tests(old), after + _tests(new)
    elif old.tests != new.tests:
        changed = [pair for pair in zip(old.tests, new.tests, strict=True) if pair[0] != pair[1]]
        before += ", " + ", ".join(_test(one) for one, _ in changed)
        after += ", " + ", ".join(_test(other) for _, other in changed)
    return before, after


def _test(test: Test) -> str:
    """One test with all it says."""
    unless = f" unless {test.unless}" if test.unless else ""
    return f"{test.refuse} gives {test.gives}{', put' if test.put else ''}{unless}"


def _lookup(rule: SiteRule) -> str:
    return lookup_text(rule).replace("(", " ").rstrip(")")


def _tests(rule: SiteRule) -> str:
    return ", refuses " + ", ".join(t.refuse for t in rule.tests) if rule.tests else ", no tests"


def _untouched(review: Review, verbose: bool) -> list[str]:
    """Sites left alone that meet the pages which the changed ones refuse now."""
    breaking = [v for v in review.untouched if v.verdict == "breaks"]
    visible = [v for v in review.untouched if v.verdict == "observable"]
    if not breaking and not visible:
        return []
    head = "LEFT BEHIND: sites that meet the pages which the changed sites refuse now"
    lines = ["", *wrapped(head, "", "  ")]
    for verdict in breaking:
        lines += _wrapped(f"{verdict.site}: {verdict.why}", "  ", "    ")
    for why in dict.fromkeys(v.why for v in visible):
        sites = _listed([v.site for v in visible if v.why == why])
        lines += _wrapped(f"{sites}: {why}", "  ", "    ")
    return lines + (_witnesses(review.untouched) if verbose else [])


def _witnesses(verdicts: "Iterable[Verdict]") -> list[str]:
    lines = []
    for verdict in verdicts:
        if verdict.witness is not None:
            lines += ["", *_wrapped(f"{verdict.site}: {verdict.why}", "  ", "    ")]
            lines += scenario_lines(verdict.witness)
    return lines


def _not_followed(review: Review) -> list[str]:
    """Where one kernel leads out of what is modelled: nobody can tell what differs then."""
    lines = []
    for one in review.undecided:
        name = review.after_name if one.who == "after" else review.before_name
        lines += ["", "NOT FOLLOWED: a difference leads into what is not modelled"]
        lines += _wrapped(f"{name}: {one.why}", "  ", "    ")
        lines += scenario_lines(one.path.witness())
    return lines


# --- the end --------------------------------------------------------------------------------------
def _ending(review: Review, remaining: bool) -> list[str]:
    if review.bounds is None:
        return nothing_to_search(review)
    lines = []
    if review.exit_code == UNDECIDED:
        lines += _wrapped(f"undecided: {why_undecided(review)}", "", "  ")
    if review.of_side("remaining") and not remaining:
        lines += ["remaining: --remaining shows what is broken before and after"]
    b = review.bounds
    text = (
        f"bounds: {b.setups} set-ups, {b.depth} actions deep, {b.states} states expanded, "
        f"{b.steps} steps; races are out of scope"
    )
    lines += _wrapped(text, "", "  ")
    for why, count in sorted(b.not_modelled.items()):
        lines += _wrapped(f"not followed {counted(count, 'time')}: {why}", "  ", "    ")
    if not review.is_saved:
        lines += _wrapped(f"{review.after_name} is no file yet: --save-kernels DIR writes it", "")
    return lines


def why_undecided(review: Review) -> str:
    """Why a review that found nothing is no all-clear."""
    reasons = []
    if review.extent != "read":
        reasons.append(EXTENTS[review.extent])
    if review.reading is not None and review.reading.fit.word == "contradicts":
        reasons.append("it does not fit its base")
    if review.disagreements:
        reasons.append("what was read and what was executed disagree")
    if review.not_run:
        reasons.append(f"not judged: {_listed([_function(one.place) for one in review.not_run])}")
    if review.of_side("introduced", "changed"):
        reasons.append("what was not read could undo each finding")
    if review.undecided:
        reasons.append("a difference leads into what is not modelled")
    if review.not_judged:
        reasons.append(f"{counted(len(review.not_judged), 'changed rule')} could not be judged")
    return "; ".join(reasons)


def nothing_to_search(review: Review) -> list[str]:
    """Plain words where no rule differs."""
    reading = review.reading
    if reading is None:
        return _wrapped("Both kernels have the same rules: there is nothing to compare.", "")
    if review.extent == "nothing":
        text = "Nothing of this patch is modelled: nothing could be decided about it."
    elif review.extent == "partly":
        text = (
            "Partly read: no rule changes in what was understood, but what was not may change one."
        )
    elif reading.fit.word == "contradicts":
        text = "It does not fit this base: nothing could be decided about it."
    elif review.not_run:
        names = _listed([_function(one.place) for one in review.not_run])
        text = f"Nothing could be decided: {names} did not run in what changes."
    elif reading.fit.word == "already":
        text = f"All of it is in {review.before_name} already."
    elif reading.not_modelled:
        text = "No rule changes; the hunks above are in places where nothing is modelled."
    else:
        text = "No rule changes: the model behaves as before."
    return _wrapped(text, "")


# --- lines ----------------------------------------------------------------------------------------
def _labelled(label: str, text: str) -> list[str]:
    return _wrapped(f"{label.ljust(13)} {text}", "", " " * 14)


def _wrapped(text: str, first: str, further: str | None = None) -> list[str]:
    """Text as lines of the terminal's width."""
    text = printable(text).replace("\n", " ")
    return wrapped(text, first, further) or [first]


def _listed(words: Sequence[str], most: int = 3) -> str:
    """The first few words, and how many more there are."""
    rest = len(words) - most
    return ", ".join(words) if rest <= 1 else f"{', '.join(words[:most])} and {rest} more"


def _function(site: str) -> str:
    return site.partition(":")[2]
