# SPDX-License-Identifier: GPL-2.0-or-later
"""The tests that a site makes on the page it got, while a patch changes them.

All tests that the hunks of one function drop and make are applied together, the drops to the
rule of the base: in whatever order a diff tells them, the result is the same.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from linuxmm.kernels import Kernel, SiteRule, Test
from linuxmm.review.pagetest import PageTest, TestsChange, at_label, runs_into
from linuxmm.review.read.fit import told_tests
from linuxmm.review.read.part import NotUnderstood, Part
from linuxmm.review.read.places import Places
from linuxmm.review.read.sites import Sites
from linuxmm.state.flags import FOLL_GET

MAX_ROUNDS: Final = 4
UNTOLD: Final = "untold"  # a test that no record of the site has: it may well be there
# Functions that ask huge pages, too, before they come to single entries.
TWO_LEVELS: Final = (
    "mm/madvise.c:madvise_cold_or_pageout_pte_range",
    "mm/ksm.c:scan_get_next_rmap_item",
    "mm/mlock.c:mlock_pte_range",
)


@dataclass(frozen=True, slots=True)
class _Tests:
    """The tests that one run of a hunk drops and makes at a site."""

    part: Part
    change: TestsChange

    def stop(self, why: str) -> None:
        """Notes with the hunk why its tests were not read."""
        self.part.stop(why, self.part.at_old(self.change.old_line))
        self.part.note_known(self.change.dropped, self.change.added)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """How the record agrees with one test of a hunk: a word of ``FITS`` or "agrees".

    ``new`` is the test as it is made now, None for one that goes.
    """

    each: _Tests
    word: str
    there: str
    test: PageTest | None = None
    new: Test | None = None
    sure: bool = True


class PageTests:
    """The tests on the page that hunks drop and make, until they are applied."""

    def __init__(self, base: Kernel, places: Places, sites: Sites) -> None:
        self.base, self.places, self.sites = base, places, sites
        self.tests: dict[str, list[_Tests]] = {}
        self.labels: dict[tuple[int, str, str], list[Part]] = {}
        self.moves: dict[tuple[int, str, str], dict[str, list[Part]]] = {}

    def note_labels(self, part: Part) -> None:
        """Remembers which labels the hunk shows."""
        for s in part.new:
            if len(s.tokens) == 2 and s.tokens[1] == ":":
                key = (id(part.file), s.function or "", s.tokens[0])
                self.labels.setdefault(key, []).append(part)

    def gather(self, part: Part, change: TestsChange) -> None:
        """Remembers the tests that a hunk drops and makes at a site, and the labels it moves."""
        place = (id(part.file), change.function or part.around())
        for labels, side in ((change.labels_gone, "gone"), (change.labels_new, "new")):
            for label in labels:
                self.moves.setdefault((*place, label), {}).setdefault(side, []).append(part)
        if not change.dropped and not change.added:
            return
        rule = self.places.site_at(part, change.function, change.old_line)
        self.tests.setdefault(rule.site, []).append(_Tests(part, change))

    def settle(self) -> None:
        """Applies all tests, those of one hunk all or none."""
        for (_, _, label), sides in self.moves.items():
            if len(sides) == 2:
                for part in (*sides["gone"], *sides["new"]):
                    part.stop(f"the label {label} moves: what is dropped there is not known")
        for site, found in self.tests.items():
            for each in found:
                self.check(each, self.sites.now(self.base.site(site)), found)
        for _ in range(MAX_ROUNDS):
            if not any(self.contradict(site, found) for site, found in self.tests.items()):
                break
        for site, found in self.tests.items():
            whole = [each for each in found if not each.part.stops]
            try:
                self.apply(self.sites.now(self.base.site(site)), whole)
            except NotUnderstood as reason:
                for each in whole:
                    each.stop(str(reason))

    def check(self, each: _Tests, rule: SiteRule, found: list[_Tests]) -> None:
        """Stops a hunk one of whose new tests cannot be put into words or into an order."""
        gone = {t.refuse for other in found for t in other.change.dropped}
        others = {t.refuse for t in rule.tests if t.refuse not in gone}
        others |= {t.refuse for other in found for t in other.change.added}
        old = [t for other in found for t in other.change.dropped]
        for test in (*each.change.dropped, *each.change.added):
            if test.nested:
                each.stop(f'the test "{test.refuse}" is made under a condition only')
            word = self.word_of(test.by)
            if word and word not in {w for _, w in rule.lookup}:
                each.stop(f'the test "{test.refuse}" is made on what {test.by} gives')
            elif not word and test.nested is None and rule.site in TWO_LEVELS:
                each.stop(f'whether "{test.refuse}" is asked of a PTE or a PMD is not in the hunk')
        for test in each.change.added:
            if any(_is_same(test, known) for known in old):
                continue
            if not test.clean:
                each.stop(
                    f'what is done with a page refused by "{test.refuse}" is more than a rule'
                )
            if test.nested is None and test.earlier is None and test.refuse not in gone:
                each.stop(f'where "{test.refuse}" is asked is not in the hunk')
            try:
                self.test(each, test, rule)
            except NotUnderstood as reason:
                each.stop(str(reason))
            if test.earlier is None and others - {test.refuse} and test.refuse not in gone:
                text = f'which tests of {rule.site} come before "{test.refuse}" is not in the hunk'
                each.stop(text)

    def word_of(self, name: str) -> str:
        """The word of a lookup by its C name, "" for an unknown one."""
        if name == "follow_page":
            return name
        lookups = self.sites.lookups
        return lookups.before.get(name) or lookups.names.get(name, "")

    def verdicts(self, rule: SiteRule, found: list[_Tests]) -> Iterator[_Verdict]:
        """How the record agrees with every test that is dropped or made."""
        old = {test.refuse: test for test in rule.tests}
        dropped = {t.refuse: (each, t) for each in found for t in each.change.dropped}
        added = {t.refuse: (each, t) for each in found for t in each.change.added}
        for word, (each, _) in dropped.items():
            if word not in added:
                gone = "already" if word in told_tests(rule.site) else UNTOLD
                yield _Verdict(each, word, "fits" if word in old else gone)
        for word, (each, test) in added.items():
            known = old.get(word)
            if word in dropped and _is_same(test, dropped[word][1]):
                if known is not None:  # else the record has no such test, before and after
                    yield _Verdict(each, word, "agrees", test, known)
                continue
            new, sure = self.test(each, test, rule)
            there = _there(old.get(word), new)
            if word in dropped:
                before = self.before(*dropped[word], rule)
                there = _replaced(old.get(word), before, new)
                if known is None and word not in told_tests(rule.site):
                    there = UNTOLD
                there = "agrees" if there == "fits" and before == new else there
            yield _Verdict(each, word, there, test, new, sure)

    def contradict(self, site: str, found: list[_Tests]) -> bool:
        """Stops the hunks whose tests contradict the record; tells whether there are any."""
        whole = [each for each in found if not each.part.stops]
        rule = self.sites.now(self.base.site(site))
        try:
            found_out = list(self.verdicts(rule, whole))
        except NotUnderstood as reason:
            for each in whole:
                each.stop(str(reason))
            return True
        untold = [v for v in found_out if v.there == UNTOLD]
        for verdict in untold:
            verdict.each.stop(f'no record tells of the test "{verdict.word}" at {site}')
        against = [v for v in found_out if v.there == "contradicts"]
        against += [v for v in found_out if v.there == "already" and site in v.each.part.unsure]
        for verdict in against:
            text = self.said(rule, verdict)
            verdict.each.stop(verdict.each.part.against(rule.site, text))
        return bool(against or untold)

    def apply(self, rule: SiteRule, found: list[_Tests]) -> None:
        """The tests of a site: first what goes from the rule as it was, then what comes."""
        verdicts = list(self.verdicts(rule, found))
        gone = {v.word for v in verdicts if v.there in ("fits", "agrees")}
        tests = [test for test in rule.tests if test.refuse not in gone]
        for verdict in verdicts:
            verdict.each.part.evidence.append((verdict.there, self.said(rule, verdict)))
            if verdict.test and verdict.new and verdict.there in ("fits", "agrees"):
                tests.insert(_position(verdict.test, tests, rule), verdict.new)
        if tuple(tests) == rule.tests:
            for each in found:
                each.part.kind = each.part.kind or "same"
            return
        certain = all(verdict.sure for verdict in verdicts)
        for each in found:
            self.sites.change(each.part, replace(rule, tests=tuple(tests)), certain)

    def said(self, rule: SiteRule, verdict: _Verdict) -> str:
        """How the rule of the base agrees with a test that a hunk drops or makes, in words."""
        has = any(test.refuse == verdict.word for test in rule.tests)
        makes = "makes the" if has else "makes no"
        otherwise = ", with another outcome" if verdict.there == "contradicts" and has else ""
        return f'{rule.site} of {self.base.name} {makes} test "{verdict.word}"{otherwise}'

    def before(self, each: _Tests, test: PageTest, rule: SiteRule) -> Test | None:
        """A test that is gone, in the words of a rule; None when not all of it is in sight."""
        try:
            found, sure = self.test(each, test, rule, old=True)
        except NotUnderstood:
            return None
        return found if sure else None

    def test(
        self, each: _Tests, test: PageTest, rule: SiteRule, old: bool = False
    ) -> tuple[Test, bool]:
        """A test in the words of a rule, and whether all of it was read."""
        puts, as_none, certain = bool(test.put), test.as_none, True
        function = each.change.function or each.part.functions[-1]
        if test.put is None and not test.label and rule.flags & FOLL_GET:
            raise NotUnderstood("whether its reference is dropped then is not in the hunk")
        if test.label and not as_none:
            seen = self.label(each.part, function, test.label, old)
            if seen is not None:
                puts, as_none = puts or seen[0], runs_into(seen[1], test.none_branch)
            elif test.put is None and rule.flags & FOLL_GET:
                puts, certain = "put" in test.label, False
        return Test(test.refuse, _gives(test, as_none, rule), puts), certain

    def label(
        self, part: Part, function: str, label: str, old: bool
    ) -> tuple[bool, tuple[str, ...]] | None:
        """What stands at a label of a function: in a hunk of the file, or in the source tree."""
        places = self.labels.get((id(part.file), function, label), [])
        for place in sorted(places, key=lambda p: abs(p.hunk.line - part.hunk.line))[:1]:
            side = place.old if old else place.new
            seen = at_label([s for s in side if s.function == function], label)
            if seen is not None:
                return seen
        tree = self.places.tree
        if tree is None:
            return None
        inside = tree.statements(part.file.old_path)
        return at_label([s for s in inside if s.function == function], label)


def _there(rec: Test | None, new: Test) -> str:
    """How the record agrees with a test that is new."""
    if rec is None:
        return "fits"
    return "already" if rec == new else "contradicts"


def _replaced(rec: Test | None, before: Test | None, new: Test) -> str:
    """How the record agrees with a test that took the place of another one."""
    if rec is None:
        return "contradicts"
    if before is None or rec == before:
        return "fits"
    return _there(rec, new)


def _is_same(one: PageTest, other: PageTest) -> bool:
    """Is it the same test with the same branch, whatever that branch does?"""
    asks = one.label and not one.errno and not one.as_none  # its outcome hangs on where it stands
    if asks and one.earlier != other.earlier:
        return False
    return replace(one, earlier=(), none_branch=()) == replace(other, earlier=(), none_branch=())


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


def _position(test: PageTest, tests: list[Test], rule: SiteRule) -> int:
    """Where in the order of a site's tests a new one stands: else where it stood before."""
    known = [known.refuse for known in tests]
    before = test.earlier
    if before is None:
        words = [known.refuse for known in rule.tests]
        before = tuple(words[: words.index(test.refuse)]) if test.refuse in words else ()
    return max((known.index(word) + 1 for word in before if word in known), default=0)
