# SPDX-License-Identifier: GPL-2.0-or-later
"""Which lookup each call site uses: of a kernel, of a patch, of a source tree.

Rows for a person (``*_text``) and for a program (``*_json``, schema ``linuxmm/sites/1``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from linuxmm.errors import KernelError, one_line
from linuxmm.kernels import Kernel, SiteRule, lookup_text, site_as_toml
from linuxmm.printed import Row, by_file, wrapped
from linuxmm.review.calls import Call, Disagreement
from linuxmm.review.expression import LOOKUP_NAME
from linuxmm.review.read import C_NAMES, CLASSES, LookupChange, Reading
from linuxmm.review.tree import Extract, Tree
from linuxmm.state.flags import FOLL_FLAGS

SCHEMA: Final = "linuxmm/sites/1"
MOST_SHOWN: Final = 20  # disagreements, and files not read, that the text names; JSON has all
SEARCHED: Final = ("normal", "any", "lru", "pmd", "follow_page")
VERDICTS: Final[dict[str, str]] = {
    "same": "as the record says",
    "differs": "another lookup or other flags than the record",
    "shape": "the function finds its page in another way than the record",
    "no site": "the record has no such site",
    "body": "part of a lookup",
    "gone": "in the record, not in the tree",
    "unread": "in the record, and the tree could not be read there",
}


@dataclass(frozen=True, slots=True)
class Match:
    """A call of a tree beside the rule of a record; one of them may be missing."""

    call: Call | None
    rule: SiteRule | None
    verdict: str
    note: str = ""


# --- kernels ------------------------------------------------------------------------------


def kernel_text(kernel: Kernel) -> list[str]:
    """The table of a kernel's sites: lookup, refused, what it rests on."""
    lines = [f"kernel {kernel.name}: {len(_present(kernel))} sites", ""]
    rows: list[Row] = [
        (rule.site, (lookup_text(rule), rule.refused, rule.rests_on)) for rule in _present(kernel)
    ]
    lines += by_file(("site", "lookup", "refused", "rests on"), rows)
    absent = [rule.site.partition(":")[2] for rule in kernel.sites if rule.absent]
    if absent:
        lines += ["", *_told("not in this kernel: " + ", ".join(absent))]
    return lines


def kernel_json(kernel: Kernel) -> dict[str, object]:
    """The same for a program: every site's rule as in the TOML."""
    return {
        "schema": SCHEMA,
        "kernel": kernel.name,
        "kernel_digest": kernel.digest(),
        "sites": [{"site": rule.site, **site_as_toml(rule)} for rule in kernel.sites],
    }


def _present(kernel: Kernel) -> list[SiteRule]:
    return [rule for rule in kernel.sites if not rule.absent]


# --- patches ------------------------------------------------------------------------------


def reading_text(reading: Reading) -> list[str]:
    """What a patch changes, site by site, and what of it stands for no rule."""
    lines = [one_line(reading.patch.subject or "a diff without subject"), ""]
    lines += [f"hunks, by what they do (of {len(reading.hunks)}):", *class_text(reading)]
    if reading.sites:
        lines += ["", *by_file(("site", "before", "after"), _site_rows(reading))]
    lines += ["", *(f"lookup {name}: {text}" for name, text in _lookup_rows(reading))]
    lines += [f"flag {name}" for name in reading.flags]
    lines += [f"renamed: {old} is now {new}" for old, new in reading.renames]
    for hunk in reading.not_modelled:
        where = f"{hunk.file}:{hunk.function}" if hunk.function else hunk.file
        lines += _told(one_line(f"not modelled: {where}: {hunk.why}"))
    for note in reading.notes:
        lines += _told(one_line(f"note: {note}"))
    return lines


def _site_rows(reading: Reading) -> list[Row]:
    """Before and after of every changed site, its tests only when they changed."""
    rows: list[Row] = []
    for change in reading.sites:
        before, after = lookup_text(change.before), lookup_text(change.after)
        if change.before.tests != change.after.tests:
            before, after = before + _test_text(change.before), after + _test_text(change.after)
        rows.append((change.site, (before, after)))
    return rows


def _test_text(rule: SiteRule) -> str:
    """All tests of a rule with what a refused page gets."""
    parts = [f"{t.refuse} -> {t.gives}{' (put)' if t.put else ''}" for t in rule.tests]
    return "; " + ", ".join(parts) if parts else "; no tests"


def _lookup_rows(reading: Reading) -> list[tuple[str, str]]:
    """Every lookup that is new, gone or answers differently."""
    rows = []
    for change in reading.lookups:
        if change.after is None:
            rows.append((change.name, "gone"))
        elif change.before is None and change.after.of:
            then = "; ".join(row.text for row in change.after.then)
            rows.append((change.name, f"new: {change.after.of}, then {then}"))
        else:
            rows.append((change.name, _body_text(change, reading.lookups)))
    return rows


def _body_text(change: LookupChange, changes: tuple[LookupChange, ...]) -> str:
    """How the rows of a lookup differ: from before, or from the one that went away for it."""
    origin, start = change.before, ""
    if origin is None:
        gone = [c.before for c in changes if c.after is None and c.before is not None]
        origin, start = (gone[0], f"new: {gone[0].name} ") if gone else (None, "new")
    old = [row.text for row in origin.rows] if origin else []
    new = [row.text for row in change.after.rows] if change.after else []
    texts = [f'without "{text}"' for text in old if text not in new]
    texts += [f'with "{text}"' for text in new if text not in old and origin]
    return start + ", ".join(texts)


def reading_json(reading: Reading) -> dict[str, object]:
    """The same for a program."""
    return {
        "schema": SCHEMA,
        "patch": {
            "subject": reading.patch.subject,
            "author": reading.patch.author,
            "date": reading.patch.date,
            "message_id": reading.patch.message_id,
        },
        "base": reading.base.name,
        "kernel": reading.kernel.name,
        "sites": [
            {
                "site": change.site,
                "before": site_as_toml(change.before),
                "after": site_as_toml(change.after),
            }
            for change in reading.sites
        ],
        "lookups": [{"lookup": name, "change": text} for name, text in _lookup_rows(reading)],
        "flags": list(reading.flags),
        "renames": dict(reading.renames),
        "hunks": [
            {
                "file": hunk.file,
                "function": hunk.function,
                "hunk": hunk.hunk,
                "line": hunk.line,
                "class": hunk.kind,
                "why": hunk.why,
            }
            for hunk in reading.hunks
        ],
        "not_modelled": not_modelled_json(reading),
        "notes": list(reading.notes),
    }


def not_modelled_json(reading: Reading) -> list[dict[str, str]]:
    """The hunks that no rule stands for (a field of ``linuxmm/review/1`` too)."""
    return [
        {"file": h.file, "function": h.function, "hunk": h.hunk, "why": h.why}
        for h in reading.not_modelled
    ]


def class_text(reading: Reading) -> list[str]:
    """How many hunks each class has, with its meaning."""
    counts = reading.counts().items()
    return [
        line
        for kind, count in counts
        for line in wrapped(CLASSES[kind], f"{count:4} ", " " * 5, long_words=False)
    ]


# --- trees --------------------------------------------------------------------------------


def compare(found: Extract, kernel: Kernel, tree: Tree) -> list[Match]:
    """Every call of a tree beside its rule, and the rules that no call stands for."""
    functions: dict[tuple[str, str], list[Call]] = {}
    for call in found.calls:
        functions.setdefault((call.file, call.function), []).append(call)
    matches = [match for group in functions.values() for match in _matches(group, kernel)]
    met = {match.rule.site for match in matches if match.rule is not None}
    for rule in kernel.sites:
        if rule.site not in met and not rule.absent and _is_searched(rule):
            unread = _why_unread(rule, found)
            why = unread or _where_gone(rule, tree)
            matches.append(Match(None, rule, "unread" if unread else "gone", why))
    return matches


def _why_unread(rule: SiteRule, found: Extract) -> str:
    """Why a rule may well have its call where the tree was not read; "" when it was."""
    for name in (rule.site, *rule.aliases):
        path, _, function = name.partition("#")[0].partition(":")
        if any(d.file == path and function in d.functions for d in found.disagreements):
            return f"the two readers disagree about {function}"
        if any(path == u.path or path.startswith(f"{u.path}/") for u in found.unread):
            return f"{path} was not read"
    return ""


def _matches(calls: list[Call], kernel: Kernel) -> list[Match]:
    """The calls of one function beside its rules: first those that fit, then in order."""
    rules: list[SiteRule] = []
    for suffix in ("", "#2", "#3"):
        try:
            rules.append(kernel.site(f"{calls[0].file}:{calls[0].function}{suffix}"))
        except KernelError:
            continue
    taken: dict[Call, SiteRule] = {}
    for fits in (_words_fit, _kind_fits):
        for call in calls:
            free = [rule for rule in rules if rule not in taken.values() and fits(call, rule)]
            if free and call not in taken:
                taken[call] = free[0]
    return [_match(call, taken.get(call)) for call in calls]


def _words(call: Call) -> tuple[tuple[int, str], ...]:
    """What a call asks, in the words of a record."""
    return tuple((_mask(flags), C_NAMES.get(name, name)) for flags, name in call.by)


def _words_fit(call: Call, rule: SiteRule) -> bool:
    return _words(call) == rule.lookup


def _kind_fits(call: Call, rule: SiteRule) -> bool:
    """Whether both look at a PMD, or both do not."""
    return ("pmd" in {w for _, w in _words(call)}) == ("pmd" in {w for _, w in rule.lookup})


def _match(call: Call, rule: SiteRule | None) -> Match:
    """One call beside its rule."""
    if LOOKUP_NAME.match(call.function):
        return Match(call, None, "body")
    if rule is None:
        return Match(call, None, "no site")
    name = rule.site.removeprefix(f"{call.file}:")
    note = f"is {name} of the record" if rule.site != call.site else ""
    if rule.absent:
        return Match(call, rule, "differs", "makes no lookup in the record")
    if not _words_fit(call, rule):
        kinds = {"follow_page" in {w for _, w in side} for side in (_words(call), rule.lookup)}
        return Match(call, rule, "shape" if len(kinds) > 1 else "differs", note)
    if call.lookup == "follow_page" and not _flags_fit(call, rule):
        return Match(call, rule, "differs", note)
    return Match(call, rule, "same", note)


def _mask(names: Iterable[str]) -> int:
    mask = 0
    for name in names:
        mask |= FOLL_FLAGS.get(name, 0)
    return mask


def _flags_fit(call: Call, rule: SiteRule) -> bool:
    """Whether the flags of the tree are the record's, conditional ones either way."""
    if call.flags is None:
        return True
    always, maybe = _mask(call.flags), _mask(call.maybe_flags)
    return always & ~rule.flags == 0 and rule.flags & ~(always | maybe) == 0


def _is_searched(rule: SiteRule) -> bool:
    return any(word in SEARCHED for _, word in rule.lookup)


def _where_gone(rule: SiteRule, tree: Tree) -> str:
    """Whether the function of a rule is still there, without a lookup."""
    for name in (rule.site, *rule.aliases):
        path, _, function = name.partition("#")[0].partition(":")
        if any(s.function == function for s in tree.statements(path)):
            return f"{function} is there and has no such lookup"
    return "no such function"


def tree_text(
    root: str, found: Extract, matches: list[Match], kernel: str, near: str = ""
) -> list[str]:
    """The table of a tree's calls, what was not read, and how they compare with a record.

    `near`: the nearest record, in a sentence.
    """
    calls = found.calls
    lines = _told(
        one_line(f"tree {root}: {len(calls)} calls in {len({call.file for call in calls})} files")
        + f", found twice: by tree-sitter and by a text search of {found.files} C files"
    )
    if found.partly:
        lines += _told(
            f"partly (below): places where the two disagree: {len(found.disagreements)}; "
            f"files and folders not read: {len(found.unread)}"
        )
    if kernel:
        lines += _told(f"compared with {kernel}: {_verdict_counts(matches)}")
    elif near:
        lines += _told(near)
    verdicts = {match.call: match for match in matches if match.call is not None}
    rows: list[Row] = []
    for call in calls:
        cells: tuple[str, ...] = (str(call.line), _call_text(call))
        if kernel:
            cells = (*cells, _verdict_text(verdicts[call]))
        rows.append((call.site, cells))
    lines += ["", *by_file(("site", "line", "lookup") + (("record",) if kernel else ()), rows)]
    return lines + _remarks(matches) + _partly_text(found)


def _partly_text(found: Extract) -> list[str]:
    """Where the two readers disagree, and what was not read."""
    disagreements = [f"disagree: {_disagreement_text(d)}" for d in found.disagreements]
    unread = [f"not read: {one_line(u.path)}: {one_line(u.why)}" for u in found.unread]
    lines: list[str] = []
    for sentences in (disagreements, unread):
        for sentence in sentences[:MOST_SHOWN]:
            lines += _told(sentence)
        if len(sentences) > MOST_SHOWN:
            lines += [f"and {len(sentences) - MOST_SHOWN} more of these: --format json has all"]
    return ["", *lines] if lines else []


def _disagreement_text(one: Disagreement) -> str:
    """A place, and what each of the two readers sees there."""
    return one_line(
        f"{one.file}:{one.line}: {one.name}: tree-sitter: {one.tree_sitter}; "
        f"text search: {one.text_search}"
    )


def _remarks(matches: list[Match]) -> list[str]:
    """Functions under another name, calls of no site, and rules that nothing stands for."""
    lines: list[str] = []
    for match in matches:
        if match.call is not None and match.note:
            lines += _told(f"{match.call.site} {match.note}")
        elif match.call is not None and match.verdict == "no site":
            lines += _told(f"{match.call.site}: the record has no such site")
        elif match.call is None and match.rule is not None:
            lines += _told(f"{match.verdict}: {match.rule.site}: {match.note}")
    return ["", *lines] if lines else []


def _verdict_counts(matches: list[Match]) -> str:
    counts = {v: sum(match.verdict == v for match in matches) for v in VERDICTS}
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)


def _verdict_text(match: Match) -> str:
    """The verdict in the table: with the record's own words where they differ."""
    text = match.verdict
    if match.rule is not None and match.verdict in ("differs", "shape"):
        text += f": {lookup_text(match.rule)}"
    return text


def _call_text(call: Call) -> str:
    """The lookup of a call with its flags."""
    if call.lookup != "follow_page":
        return call.lookup
    if call.flags is None:
        return "follow_page(flags not literal)"
    flags, maybe = ("|".join(_short(names)) for names in (call.flags, call.maybe_flags))
    return f"follow_page({flags}{', perhaps ' + maybe if maybe else ''})"


def _short(names: tuple[str, ...]) -> list[str]:
    """FOLL_ names without their prefix, lowest bit first."""
    ordered = sorted(names, key=lambda name: FOLL_FLAGS.get(name, 0))
    return [name.removeprefix("FOLL_") for name in ordered]


def tree_json(
    root: str,
    found: Extract,
    matches: list[Match],
    kernel: str,
    near: dict[str, object] | None = None,
) -> dict[str, object]:
    """The same for a program."""
    verdicts = {match.call: match for match in matches if match.call is not None}
    return {
        "schema": SCHEMA,
        "tree": root,
        "compared_with": kernel or None,
        "nearest": near,
        "files": found.files,
        "partly": found.partly,
        "sites": [_call_json(call, verdicts.get(call)) for call in found.calls],
        "disagreements": [
            {
                "file": one.file,
                "line": one.line,
                "name": one.name,
                "tree_sitter": one.tree_sitter,
                "text_search": one.text_search,
            }
            for one in found.disagreements
        ],
        "not_read": [{"path": one.path, "why": one.why} for one in found.unread],
        **{verdict: _without_call(matches, verdict) for verdict in ("gone", "unread")},
    }


def _without_call(matches: list[Match], verdict: str) -> list[dict[str, str]]:
    """The rules of a record that no call of the tree stands for, by what that means."""
    return [
        {"site": match.rule.site, "why": match.note}
        for match in matches
        if match.call is None and match.rule is not None and match.verdict == verdict
    ]


def _call_json(call: Call, match: Match | None) -> dict[str, object]:
    """One call of a tree for a program."""
    entry: dict[str, object] = {
        "site": call.site,
        "file": call.file,
        "function": call.function,
        "line": call.line,
        "lookup": call.lookup,
    }
    if call.lookup == "follow_page":
        entry["flags"] = list(call.flags) if call.flags is not None else None
        entry["maybe_flags"] = list(call.maybe_flags)
    if match is not None:
        entry["record"] = {
            "verdict": match.verdict,
            "site": match.rule.site if match.rule else None,
            "rule": site_as_toml(match.rule) if match.rule else None,
            "note": match.note,
        }
    return entry


def _told(text: str) -> list[str]:
    """A sentence over lines, those after the first indented; names are not broken."""
    return wrapped(text, "", "  ", long_words=False)
