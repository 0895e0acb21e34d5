"""A patch -> rules: which sites, lookups and flags it changes, and what it does besides.

Every hunk ends in exactly one class (``CLASSES``); nothing is dropped.  What is not understood
with certainty changes no rule and is listed with the reason.

>>> reading = read_patch(patch, load("v5.17-coherent"))
>>> [(c.site, c.before.lookup, c.after.lookup) for c in reading.sites]
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from linuxmm.kernels import Kernel, LookupBody, LookupRow, SiteRule, Test
from linuxmm.review import meaning as m
from linuxmm.review import reach
from linuxmm.review.classify import (
    Part,
    describe,
    function_around,
    has_words,
    is_too_long,
    kind_of,
    part_of,
    unread_text,
    without_hunk,
)
from linuxmm.review.ctext import groups
from linuxmm.review.expression import LOOKUP_NAME, lookup_calls
from linuxmm.review.mail import Mail
from linuxmm.review.pagetest import PageTest, TestsChange, at_label, runs_into
from linuxmm.review.patch import FileDiff, Patch, read_diff
from linuxmm.review.reading import (
    C_NAMES,
    CLASSES,
    NOT_MODELLED,
    HunkReading,
    LookupChange,
    Reading,
    SiteChange,
)
from linuxmm.review.tree import Tree
from linuxmm.state.vocabulary import ATOMS, FOLL_FLAGS, FOLL_GET, RESULT_NONE, RESULT_PAGE, SITES

HEADERS: Final = ("include/linux/mm.h", "include/linux/mm_types.h", "mm/internal.h")
__all__ = [
    "CLASSES",
    "C_NAMES",
    "NOT_MODELLED",
    "HunkReading",
    "LookupChange",
    "Reading",
    "SiteChange",
    "read_patch",
    "read_series",
    "slug",
]


class NotUnderstood(Exception):
    """Why a change cannot become a rule: one sentence.  Never leaves this module."""


def read_series(mail: Mail, base: Kernel, *, tree: Tree | None = None) -> list[Reading]:
    """One reading per patch of a mail or mbox, each on top of the last."""
    readings: list[Reading] = []
    names: tuple[tuple[str, str], ...] | None = None
    for patch in mail.patches:
        kernel = readings[-1].kernel if readings else base
        readings.append(read_patch(patch, kernel, tree=tree, names=names))
        names = readings[-1].names
    return readings


def read_patch(
    patch: Patch,
    base: Kernel,
    *,
    tree: Tree | None = None,
    names: tuple[tuple[str, str], ...] | None = None,
) -> Reading:
    """What a patch changes in the rules of ``base``.  Raises: PatchError.

    With ``tree``, the source the patch applies to, functions are found by their text there
    when the hunk does not tell.  ``names`` are the lookups' C names so far in a series.
    """
    return _PatchReader(patch, base, tree, names).read()


def slug(patch: Patch) -> str:
    """A name for the kernel that a patch makes: words of its subject, and its version."""
    title = patch.title.rsplit(": ", 1)[-1].lower()
    words = re.findall(r"[a-z0-9_]+", title)[:4]
    version = f"-v{patch.version}" if re.search(r"\[[^\]]*PATCH", patch.subject) else ""
    return ("-".join(words)[:60] or "patched") + version


class _PatchReader:
    """Reads one patch: first what its hunks mean, then the lookups, then the sites."""

    def __init__(
        self,
        patch: Patch,
        base: Kernel,
        tree: Tree | None,
        names: tuple[tuple[str, str], ...] | None,
    ) -> None:
        self.patch, self.base, self.tree = patch, base, tree
        bodies = {body.name for body in base.lookups}
        known = dict(names) if names is not None else C_NAMES
        self.names = {name: word for name, word in known.items() if word in bodies}
        self.bodies = {body.name: body for body in base.lookups}
        self.foll = dict(base.foll)
        self.rules: dict[str, SiteRule] = {}
        self.notes: list[str] = []
        self.renames: dict[str, str] = {}
        self.flags: list[str] = []
        self.hunks: list[HunkReading] = []
        self.before = dict(self.names)
        self.moved: dict[str, str] = {}  # old C name -> lookup, once renamed
        self.index = {alias: rule for rule in base.sites for alias in rule.aliases}
        self.index.update((rule.site, rule) for rule in base.sites)
        self.labels: dict[tuple[int, str, str], list[Part]] = {}
        self.shown: dict[tuple[int, str], list[int]] = {}
        self.modelled = {_file_of(name) for name in SITES if name}
        for rule in base.sites:
            self.modelled |= {_file_of(name) for name in (rule.site, *rule.aliases)}

    def read(self) -> Reading:
        """All hunks, the lookups they leave, the sites they change."""
        files, tree = read_diff(self.patch), self.tree
        parts = [
            part_of(file, hunk, tree.widened(file.old_path, file.hunks, n) if tree else None)
            for file in files
            for n, hunk in enumerate(file.hunks)
        ]
        for part in parts:
            self.means(part)
            for s in part.new:
                if len(s.tokens) == 2 and s.tokens[1] == ":":
                    self.labels.setdefault(
                        (id(part.file), s.function or "", s.tokens[0]), []
                    ).append(part)
        self.lookups(parts)
        for part in parts:
            self.part(part, parts)
        rest = iter(parts)
        for file in files:
            self.hunks += [self.finished(part) for _, part in zip(file.hunks, rest, strict=False)]
            if not file.hunks:
                self.hunks.append(without_hunk(file))
        return self.reading()

    # --- what hunks mean -------------------------------------------------------------

    def means(self, part: Part) -> None:
        """Fills in what each changed run of a hunk means."""
        if not part.file.path.endswith((".c", ".h")):
            return
        if is_too_long(part.hunk):
            part.unread.append("the hunk is too long to be read as a change of rules")
            return
        for group in groups(part.old, part.new):
            changed = [*part.old[group.o0 : group.o1], *part.new[group.n0 : group.n1]]
            found = m.meanings(part.old, part.new, group)
            owner = next((s.function for s in changed if s.function), None)
            if owner and owner not in part.functions:
                part.functions.append(owner)
            if found is None:
                part.unread.append(unread_text(changed, owner))
            else:
                part.meanings += _declared(found) if part.file.path.endswith(".h") else found

    # --- lookups ---------------------------------------------------------------------

    def lookups(self, parts: list[Part]) -> None:
        """Renames, rows, new lookups and flags: before the sites, which name them."""
        rows = {c.function for p in parts for c in p.meanings if isinstance(c, m.RowChange)}
        for part in parts:
            for change in part.meanings:
                self.attempt(part, self.lookup, change, rows)

    def attempt(self, part: Part, act: Callable[..., None], *args: object) -> None:
        """Runs one step; what cannot be expressed is noted with the hunk."""
        try:
            act(part, *args)
        except NotUnderstood as reason:
            part.unread.append(str(reason))

    def lookup(self, part: Part, change: m.Meaning, rows: set[str]) -> None:
        """One change of what lookups exist and answer."""
        if isinstance(change, m.Renamed):
            self.renamed(part, change, rows)
        elif isinstance(change, m.RowChange):
            self.row(part, change)
        elif isinstance(change, m.Definition):
            self.define(part, change)
        elif isinstance(change, m.Flag):
            self.flag(change)

    def renamed(self, part: Part, change: m.Renamed, rows: set[str]) -> None:
        """A lookup's definition has another name; with another body it is another lookup."""
        word = self.names.get(change.before)
        if word is None:
            raise NotUnderstood(f"{change.before} is no lookup of {self.base.name}")
        new_word = C_NAMES.get(change.after)
        del self.names[change.before]
        if rows & {change.before, change.after} and new_word and new_word not in self.bodies:
            self.bodies[new_word] = replace(self.bodies.pop(word), name=new_word)
            word = new_word
        else:
            self.renames[change.before] = change.after
        self.names[change.after] = self.moved[change.before] = word

    def word_of(self, name: str) -> str:
        """The lookup that a C name stands for now."""
        word = self.names.get(name)
        if word is None or word not in self.bodies:
            raise NotUnderstood(
                f"{name} is defined neither by the patch nor by {self.base.name} "
                "(is an earlier patch of the series missing?)"
            )
        return word

    def row(self, part: Part, change: m.RowChange) -> None:
        """One row of a lookup's body, of the arm for PTEs with a special bit."""
        word = self.moved.get(change.function) or self.word_of(change.function)
        body = self.bodies[word]
        atom = ATOMS[change.atom]
        at = [n for n, r in enumerate(body.rows) if _is_row(r, atom)]
        if change.added:
            if at:
                raise NotUnderstood(f"{change.function} already has a row for {change.atom}")
            above = [
                n for n, r in enumerate(body.rows) if _is_row(r, ATOMS.get(change.after_row, 0))
            ]
            if not above:
                raise NotUnderstood(f"where {change.function} asks this is not in the hunk")
            new = LookupRow(atom, 0, RESULT_NONE, f"{change.atom} -> none")
            rows = (*body.rows[: above[0] + 1], new, *body.rows[above[0] + 1 :])
        else:
            if not at:
                raise NotUnderstood(f"{change.function} of {self.base.name} has no such row")
            in_both = any(_is_row(r, atom) for r in body.rows_without_pte_special)
            if in_both and not _in_special_arm(part):
                raise NotUnderstood("which arm of the lookup loses the row is not in the hunk")
            rows = tuple(r for n, r in enumerate(body.rows) if n not in at)
        self.bodies[word] = replace(body, rows=rows)

    def define(self, part: Part, change: m.Definition) -> None:
        """A new lookup built on another one, or one that is gone."""
        if change.gone:
            word = self.names.pop(change.name, None)
            if change.zone_device and word is not None:
                self.bodies.pop(word, None)
            return
        of = self.word_of(change.of)
        if not change.zone_device:
            self.names[change.name] = of
            return
        word = C_NAMES.get(change.name, "")
        if not word or (word in self.bodies and self.names.get(change.name)):
            raise NotUnderstood(f"{change.name}: the model has no free word for such a lookup")
        then = (
            LookupRow(ATOMS["zone_device"], 0, RESULT_NONE, "zone_device -> none"),
            LookupRow(0, 0, RESULT_PAGE, "otherwise -> page"),
        )
        self.bodies[word] = LookupBody(word, of, (), (), then)
        self.names[change.name] = word

    def flag(self, change: m.Flag) -> None:
        """A FOLL_ flag that is new, gone or has another value."""
        if change.value is None:
            self.foll.pop(change.name, None)
        elif change.name not in FOLL_FLAGS:
            self.notes.append(f"{change.name}: a flag that the model does not know")
        else:
            if change.value != FOLL_FLAGS[change.name]:
                self.notes.append(
                    f"{change.name} is {change.value:#x} in the patch, "
                    f"{FOLL_FLAGS[change.name]:#x} in the model (only the name decides)"
                )
            self.foll[change.name] = FOLL_FLAGS[change.name]
        self.flags.append(change.name)

    # --- sites -----------------------------------------------------------------------

    def part(self, part: Part, parts: list[Part]) -> None:
        """The site changes of one hunk; its tests on the page all or none."""
        for change in part.meanings:
            if isinstance(change, m.LookupChange):
                self.attempt(part, self.site_lookup, change, parts)
            elif isinstance(change, m.FlagsChange):
                self.attempt(part, self.site_flags, change, parts)
        rules, done = dict(self.rules), dict(part.done)
        for change in part.meanings:
            if isinstance(change, TestsChange):
                self.attempt(part, self.site_tests, change, parts)
        if part.unread:
            self.rules, part.done = rules, done

    def rule_at(self, part: Part, function: str | None, line: int, parts: list[Part]) -> SiteRule:
        """The rule, as it is by now, of the site at a place of the file."""
        if part.file.path not in self.modelled and part.file.old_path not in self.modelled:
            raise NotUnderstood("a lookup in a file without a site")
        if self.tree is not None:
            function = self.function_in_tree(part, line) or function
        if function is None:
            raise NotUnderstood("which function it is in cannot be told without --tree")
        if function not in part.functions:
            part.functions.append(function)
        found = self.candidates(part.file, function)
        if not found:
            raise NotUnderstood(f"{function} has no site in {self.base.name}")
        site = found[0] if len(found) == 1 else self.nth(part, function, line, parts, found)
        rule = self.rules.get(site.site, site)
        if rule.absent:
            raise NotUnderstood(f"{rule.site} does not exist in {self.base.name}")
        return rule

    def candidates(self, file: FileDiff, function: str) -> list[SiteRule]:
        """The sites of a function, in the order of their lookups."""
        found: dict[str, SiteRule] = {}
        for path in (file.path, file.old_path):
            for suffix in ("", "#2", "#3"):
                rule = self.index.get(f"{path}:{function}{suffix}")
                if rule is None:
                    break
                found.setdefault(rule.site, rule)
        return list(found.values())

    def nth(
        self, part: Part, function: str, line: int, parts: list[Part], found: list[SiteRule]
    ) -> SiteRule:
        """Which of several sites of a function stands on this line of the old file."""
        calls = self.calls_in_tree(part, function)
        if calls is None:
            calls = self.calls_in_hunks(part, function, parts)
        else:
            line += self.shift(part)
        if len(calls) != len(found):
            raise NotUnderstood(
                f"{function} has {len(found)} sites: which one it is cannot be told without --tree"
            )
        at = [n for n, number in enumerate(calls) if number <= line]
        if not at:
            raise NotUnderstood(f"which site of {function} it is cannot be told")
        return found[at[-1]]

    def calls_in_hunks(self, part: Part, function: str, parts: list[Part]) -> list[int]:
        """The old lines of all lookups in a function, as far as the hunks show them."""
        key = (id(part.file), function)
        if key not in self.shown:
            lines = {
                s.number
                for p in parts
                if p.file is part.file
                for s in p.old
                if s.function == function and lookup_calls(s.tokens)
            }
            self.shown[key] = sorted(lines)
        return self.shown[key]

    def function_in_tree(self, part: Part, line: int) -> str | None:
        """The function of a line of the hunk, from the source tree."""
        if self.tree is None or not line:
            return None
        shift = self.tree.shift(part.file.old_path, part.hunk)
        return None if shift is None else self.tree.function_at(part.file.old_path, line + shift)

    def shift(self, part: Part) -> int:
        """How many lines further down than the hunk says its text stands in the tree."""
        shift = self.tree.shift(part.file.old_path, part.hunk) if self.tree else None
        return shift or 0

    def calls_in_tree(self, part: Part, function: str) -> list[int] | None:
        """The lines of all lookups in a function, from the source tree."""
        if self.tree is None or self.tree.shift(part.file.old_path, part.hunk) is None:
            return None
        return self.tree.call_lines(part.file.old_path, function)

    def site_lookup(self, part: Part, change: m.LookupChange, parts: list[Part]) -> None:
        """A site uses another lookup."""
        if _same_after_renames(change, self.renames):
            part.kind = "rename"
            return
        rule = self.rule_at(part, change.function, change.old_line, parts)
        old = self.old_conditions(change.before)
        if rule.lookup != old:
            raise NotUnderstood(
                f"the patch replaces {_words(old)} here, {rule.site} of {self.base.name} uses "
                f"{_words(rule.lookup)}"
            )
        after = self.conditions(change.after)
        if old == after:
            part.kind = "rename"
            return
        self.change(part, replace(rule, lookup=after))

    def old_conditions(self, choice: m.Choice) -> tuple[tuple[int, str], ...]:
        """A choice in the words of the kernel before the patch."""
        found = []
        for flags, name in choice.by:
            word = self.before.get(name)
            if word is None:
                raise NotUnderstood(f"{name} is no lookup of {self.base.name}")
            found.append((_mask(flags), word))
        return tuple(found)

    def conditions(self, choice: m.Choice) -> tuple[tuple[int, str], ...]:
        """A choice in the words of the kernel after the patch."""
        return tuple((_mask(flags), self.word_of(name)) for flags, name in choice.by)

    def site_flags(self, part: Part, change: m.FlagsChange, parts: list[Part]) -> None:
        """A caller of follow_page gains or loses FOLL_ flags."""
        rule = self.rule_at(part, change.function, change.old_line, parts)
        if rule.lookup != ((0, "follow_page"),):
            raise NotUnderstood(f"{rule.site} does not call follow_page in {self.base.name}")
        before, after = _mask(change.before), _mask(change.after)
        if rule.flags != before:
            raise NotUnderstood(
                f"{rule.site} of {self.base.name} gives other flags than the patch replaces"
            )
        missing = [name for name in change.after if name not in self.foll]
        if missing:
            raise NotUnderstood(f"{missing[0]} is no flag of this kernel")
        self.change(part, replace(rule, flags=after))

    def site_tests(self, part: Part, change: TestsChange, parts: list[Part]) -> None:
        """A site drops or makes tests on the page."""
        rule = self.rule_at(part, change.function, change.old_line, parts)
        tests = list(rule.tests)
        for test in change.dropped:
            at = [n for n, known in enumerate(tests) if known.refuse == test.refuse]
            if not at:
                raise NotUnderstood(
                    f'{rule.site} of {self.base.name} makes no test "{test.refuse}" to drop'
                )
            del tests[at[0]]
        certain = True
        for test in change.added:
            new, sure = self.test(part, change.function or part.functions[-1], test, rule)
            certain = certain and sure
            tests.insert(_position(test, tests, rule.site), new)
        self.change(part, replace(rule, tests=tuple(tests)), certain)

    def test(self, part: Part, function: str, test: PageTest, rule: SiteRule) -> tuple[Test, bool]:
        """A test in the words of a rule, and whether all of it was read."""
        puts, as_none, certain = bool(test.put), test.as_none, True
        if test.label and not as_none:
            seen = self.label(part, function, test.label)
            if seen is not None:
                puts, as_none = puts or seen[0], runs_into(seen[1], test.none_branch)
            elif test.put is None and rule.flags & FOLL_GET:
                puts, certain = "put" in test.label, False
        return Test(test.refuse, _gives(test, as_none, rule), puts), certain

    def label(self, part: Part, function: str, label: str) -> tuple[bool, tuple[str, ...]] | None:
        """What stands at a label of a function: in a hunk of the file, or in the source tree."""
        places = self.labels.get((id(part.file), function, label), [])
        for place in sorted(places, key=lambda p: abs(p.hunk.line - part.hunk.line))[:1]:
            seen = at_label([s for s in place.new if s.function == function], label)
            if seen is not None:
                return seen
        if self.tree is None:
            return None
        inside = self.tree.statements(part.file.old_path)
        return at_label([s for s in inside if s.function == function], label)

    def change(self, part: Part, rule: SiteRule, certain: bool = True) -> None:
        """Notes the new rule of a site."""
        function, _, number = rule.site.partition(":")[2].partition("#")
        text = f"{'second ' if number == '2' else ''}hunk in {function}"
        rests_on = rule.rests_on if certain else "reasoned"
        self.rules[rule.site] = replace(rule, source=text, rests_on=rests_on)
        part.done[rule.site] = None

    # --- results ---------------------------------------------------------------------

    def finished(self, part: Part) -> HunkReading:
        """The class of one hunk."""
        kind, why = self.classify(part)
        around = function_around(part)
        touches, makes = self.reach(part, around) if kind in NOT_MODELLED else ((), ())
        return HunkReading(
            part.file.path,
            ", ".join(part.functions[:3]) or around,
            part.hunk.header,
            part.hunk.line,
            kind,
            why,
            tuple(part.done),
            touches=touches,
            makes=makes,
        )

    def reach(self, part: Part, around: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The records and the kinds of pages that what was not read of a hunk may alter."""
        if not part.file.path.endswith((".c", ".h")):
            return (), ()
        functions = part.functions or [name for name in (around,) if name]
        touched: list[str] = []
        for name in functions:
            sites = [rule.site for rule in self.candidates(part.file, name)]
            touched += reach.with_callers(sites, self.base)
            touched += reach.of_function(name, self.base)
        if not functions and part.file.path in self.modelled:
            inside = [r.site for r in self.base.sites if _file_of(r.site) == part.file.path]
            touched += reach.with_callers(inside, self.base)
        for flag in part.flags():
            touched += reach.of_flag(flag, self.base)
        makes = [kind for name in functions for kind in reach.MAKES.get(name, ())]
        return tuple(dict.fromkeys(touched)), tuple(dict.fromkeys(makes))

    def classify(self, part: Part) -> tuple[str, str]:
        """The class and the reason in words."""
        path = part.file.path
        known = path in self.modelled or part.file.old_path in self.modelled or path in HEADERS
        if part.unread:
            return self.unread(part, known)
        if part.done:
            return "site", ", ".join(part.done)
        if not path.endswith((".c", ".h")):
            return "file", "not C"
        kinds = [kind_of(change) for change in part.meanings]
        for kind in ("lookup", "flag", "prototype"):
            if kind in kinds:
                return kind, describe(part.meanings, kind)
        if part.kind == "rename":
            return "rename", "a lookup under another name"
        if "site" in kinds:
            return ("shape", "no rule was changed by it") if known else ("file", "no site in it")
        if not part.meanings:
            return ("comment", "comments only") if has_words(part) else ("blank", "white space")
        return "blank", "; ".join(c.why for c in part.meanings if isinstance(c, m.Nothing))

    def unread(self, part: Part, known: bool) -> tuple[str, str]:
        """The class of a hunk of which something was not understood."""
        why = "; ".join(dict.fromkeys(part.unread))
        if part.done:
            why += f" (understood: {', '.join(part.done)})"
        if not known:
            return "file", f"no rule stands for this file: {why}"
        modelled = any(self.candidates(part.file, name) for name in part.functions)
        lookup = any(LOOKUP_NAME.match(name) for name in part.functions)
        if modelled or lookup or part.file.path in HEADERS or not part.functions:
            return "shape", why
        return "function", f"{', '.join(part.functions[:3])} has no site: {why}"

    def reading(self) -> Reading:
        """The kernel after the patch, and everything said about it."""
        sites = tuple(self.rules.get(rule.site, rule) for rule in self.base.sites)
        self.dangling(sites)
        kernel = self.base.replace(
            name=slug(self.patch),
            source=f"{self.patch.file}: {self.patch.subject or 'a diff'}, on {self.base.name}",
            foll=tuple((name, self.foll[name]) for name in FOLL_FLAGS if name in self.foll),
            lookups=tuple(self.bodies.values()),
            sites=sites,
        )
        old = {body.name: body for body in self.base.lookups}
        changes = tuple(
            LookupChange(name, old.get(name), self.bodies.get(name))
            for name in dict.fromkeys([*old, *self.bodies])
            if old.get(name) != self.bodies.get(name)
        )
        return Reading(
            patch=self.patch,
            base=self.base,
            kernel=kernel,
            sites=tuple(
                SiteChange(rule.site, rule, self.rules[rule.site])
                for rule in self.base.sites
                if rule.site in self.rules and rule.rules() != self.rules[rule.site].rules()
            ),
            lookups=changes,
            flags=tuple(self.flags),
            renames=tuple(self.renames.items()),
            hunks=tuple(self.hunks),
            notes=tuple(self.notes),
            names=tuple((n, word) for n, word in self.names.items() if word in self.bodies),
        )

    def dangling(self, sites: tuple[SiteRule, ...]) -> None:
        """Notes sites that still use a lookup which the patch took away."""
        for rule in sites:
            for _, word in rule.lookup:
                if word in {body.name for body in self.base.lookups} - set(self.bodies):
                    self.notes.append(
                        f"{rule.site} still uses {word}, which the patch takes away: it would "
                        "not compile"
                    )


def _declared(found: list[m.Meaning]) -> list[m.Meaning]:
    """In a header, the head of a lookup under another name is a declaration."""
    return [m.Prototype((c.before, c.after)) if isinstance(c, m.Renamed) else c for c in found]


def _file_of(site: str) -> str:
    return site.partition(":")[0]


def _mask(names: tuple[str, ...]) -> int:
    """FOLL_ names as one mask."""
    mask = 0
    for name in names:
        if name not in FOLL_FLAGS:
            raise NotUnderstood(f"{name} is a flag that the model does not know")
        mask |= FOLL_FLAGS[name]
    return mask


def _words(conditions: tuple[tuple[int, str], ...]) -> str:
    return " or ".join(word for _, word in conditions)


def _is_row(row: LookupRow, atom: int) -> bool:
    """Whether a row asks exactly this atom and answers none (or asks for a PFN mapping)."""
    return row.need == atom and not row.forbid and row.result == RESULT_NONE


def _in_special_arm(part: Part) -> bool:
    """Whether the hunk shows the arm of a lookup that ends in the report of a bad entry."""
    return any("print_bad_pte" in s.tokens or "pte_special" in s.tokens for s in part.old)


def _gives(test: PageTest, as_none: bool, rule: SiteRule) -> str:
    """What the refused page gets, as a word of a rule."""
    returned = re.fullmatch(r"return (- E[A-Z]+|NULL|0|false) ;", test.action)
    if test.warns:
        return "warn"
    if test.errno and test.label:
        return test.errno
    if as_none:
        return rule.refused
    if returned:
        words = {"NULL": "no_page", "0": "0", "false": "0"}
        return words.get(returned[1], returned[1].replace(" ", ""))
    if test.action in ("continue ;", "break ;"):
        return "skip" if test.action == "continue ;" else "stop"
    raise NotUnderstood(
        f'what a page refused by the new test "{test.refuse}" gets is not in the hunk'
    )


def _position(test: PageTest, tests: list[Test], site: str) -> int:
    """Where in the order of a site's tests a new one stands."""
    if not tests:
        return 0
    if test.earlier is None:
        raise NotUnderstood(f'which tests of {site} come before "{test.refuse}" is not in the hunk')
    known = [known.refuse for known in tests]
    return max((known.index(word) + 1 for word in test.earlier if word in known), default=0)


def _same_after_renames(change: m.LookupChange, renames: dict[str, str]) -> bool:
    """Whether the new lookup is the old one by its new name."""
    old = tuple((flags, renames.get(name, name)) for flags, name in change.before.by)
    return old == change.after.by
