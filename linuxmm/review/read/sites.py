# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules of sites while a patch changes them: their lookups and FOLL_ flags."""

from dataclasses import replace
from typing import Final

from linuxmm.kernels import Kernel, SiteRule
from linuxmm.kernels.honoured import HONOURED, Honours, is_honoured
from linuxmm.review import changes as m
from linuxmm.review.read.lookups import Conditions, Lookups, mask_of
from linuxmm.review.read.part import NotUnderstood, Part
from linuxmm.review.read.places import Places
from linuxmm.review.reading import SiteChange

CHOOSES: Final = "mm/gup.c:follow_page_pte"  # the site that is given its caller's FOLL_ flags


class Sites:
    """The sites' rules by now."""

    def __init__(self, base: Kernel, places: Places, lookups: Lookups) -> None:
        self.base, self.places, self.lookups = base, places, lookups
        self.rules: dict[str, SiteRule] = {}

    def now(self, rule: SiteRule) -> SiteRule:
        """A site's rule, as it is by now."""
        return self.rules.get(rule.site, rule)

    def change(self, part: Part, rule: SiteRule, certain: bool = True) -> None:
        """Notes the new rule of a site."""
        honours = HONOURED.get(rule.site)
        if honours is not None:
            _must_honour(rule, honours)
        function, _, number = rule.site.partition(":")[2].partition("#")
        text = f"{'second ' if number == '2' else ''}hunk in {function}"
        rests_on = rule.rests_on if certain else "reasoned"
        self.rules[rule.site] = replace(rule, source=text, rests_on=rests_on)
        part.done[rule.site] = None

    # --- lookups and flags -----------------------------------------------------------------

    def lookup(self, part: Part, change: m.LookupChange) -> None:
        """A site uses another lookup."""
        if self.lookups.is_rename(change):
            part.kind = "rename"
            return
        rule = self.now(self.places.site_at(part, change.function, change.old_line))
        uses = f"{rule.site} of {self.base.name} uses {_words(rule.lookup)}"
        is_after = self.lookups.are_those_of(change.after, rule.lookup)
        if is_after and not self.lookups.are_those_of(change.before, rule.lookup):
            _is_there(part, rule.site, uses)
            return
        old = self.lookups.old_conditions(change.before)
        if rule.lookup != old:
            text = f"{uses}, the patch replaces {_words(old)} here"
            raise NotUnderstood(part.against(rule.site, text))
        part.evidence.append(("fits", uses))
        after = self.lookups.conditions(change.after)
        if old == after:
            part.kind = "rename"
            return
        if len(after) > 1 and rule.site != CHOOSES:
            raise NotUnderstood(f"{rule.site} is given no FOLL_ flags to choose by")
        self.change(part, replace(rule, lookup=after))

    def flags(self, part: Part, change: m.FlagsChange) -> None:
        """A caller of follow_page gains or loses FOLL_ flags."""
        rule = self.now(self.places.site_at(part, change.function, change.old_line))
        if rule.lookup != ((0, "follow_page"),):
            text = f"{rule.site} does not call follow_page in {self.base.name}"
            raise NotUnderstood(part.against(rule.site, text))
        before, after = mask_of(change.before), mask_of(change.after)
        if change.assigned and not before & ~rule.flags:  # more are added under conditions
            more = rule.flags & ~before
            before, after = before | more, after | more
        given = f"{rule.site} of {self.base.name} gives {'|'.join(change.before)}"
        if rule.flags != before:
            if rule.flags == after:
                text = given.replace("|".join(change.before), "|".join(change.after))
                _is_there(part, rule.site, text)
                return
            text = f"{rule.site} of {self.base.name} gives other flags than the patch replaces"
            raise NotUnderstood(part.against(rule.site, text))
        part.evidence.append(("fits", given))
        missing = [name for name in change.after if name not in self.lookups.foll]
        if missing:
            raise NotUnderstood(f"{missing[0]} is no flag of this kernel")
        self.change(part, replace(rule, flags=after))

    def errno(self, part: Part, change: m.ErrnoChange) -> None:
        """A refused page gets another error: whoever got the old one at this site."""
        rule = self.now(self.places.site_at(part, change.function, change.old_line))
        words = (rule.refused, *(test.gives for test in rule.tests))
        gives = f"{rule.site} of {self.base.name} gives"
        if change.before not in words:
            raise NotUnderstood(f"{gives} {change.before} to no page that it refuses")
        tests = tuple(
            replace(test, gives=change.after) if test.gives == change.before else test
            for test in rule.tests
        )
        refused = change.after if rule.refused == change.before else rule.refused
        part.evidence.append(("fits", f"{gives} {change.before}"))
        self.change(part, replace(rule, tests=tests, refused=refused))

    def refused(self, part: Part, change: m.RefusedChange) -> None:
        """No page gets something else, and with it the pages that the same ``if`` refuses."""
        rule = self.now(self.places.site_at(part, change.function, change.old_line))
        text = f"{rule.site} of {self.base.name} gives {rule.refused} to no page"
        if rule.refused != change.before:
            if rule.refused == change.after:
                _is_there(part, rule.site, text)
                return
            raise NotUnderstood(part.against(rule.site, text))
        part.evidence.append(("fits", text))
        tests = tuple(
            replace(test, gives=change.after) if test.refuse in change.tests else test
            for test in rule.tests
        )
        self.change(part, replace(rule, refused=change.after, tests=tests))

    def refusal(self, part: Part, change: m.FlagRefusal) -> None:
        """follow_page_pte refuses device pages to those who give a FOLL_ flag."""
        rule = self.now(self.places.site_at(part, change.function, change.old_line))
        if rule.site != CHOOSES:
            raise NotUnderstood(f"{rule.site} cannot refuse a page by a flag")
        missing = [name for name in change.flags if name not in self.lookups.foll]
        if missing:
            raise NotUnderstood(f"{missing[0]} is no flag of this kernel")
        after = self.lookups.refuse_by_flag(mask_of(change.flags), rule.lookup)
        if after == rule.lookup:
            text = f"{rule.site} of {self.base.name} refuses them already"
            _is_there(part, rule.site, text)
            return
        self.change(part, replace(rule, lookup=after), change.certain)

    # --- results -------------------------------------------------------------------------------

    def changes(self) -> tuple[SiteChange, ...]:
        """The sites whose rule is another one after the patch."""
        return tuple(
            SiteChange(rule.site, rule, self.rules[rule.site])
            for rule in self.base.sites
            if rule.site in self.rules and rule.rules() != self.rules[rule.site].rules()
        )


def _is_there(part: Part, site: str, text: str) -> None:
    """Notes that the base has the change already, if its record can be relied on."""
    if site in part.unsure:
        raise NotUnderstood(part.against(site, text))
    part.evidence.append(("already", text))


def _must_honour(rule: SiteRule, honours: Honours) -> None:
    """Refuses a rule with an outcome that the model of its site does not have."""
    for test in rule.tests:
        if not is_honoured(honours.gives, test.gives):
            raise NotUnderstood(
                f'{rule.site}: what a page refused by "{test.refuse}" gets is not among the '
                "outcomes that are modelled there"
            )
        if test.put and not honours.holds_reference:
            raise NotUnderstood(f"{rule.site}: no reference is taken there that could be dropped")
    if not is_honoured(honours.refused, rule.refused):
        raise NotUnderstood(f"{rule.site}: {rule.refused} for no page is not modelled there")
    for _, word in rule.lookup:
        if word not in honours.lookups:
            raise NotUnderstood(f"{rule.site}: the lookup {word} is not modelled there")


def _words(conditions: Conditions) -> str:
    return " or ".join(word for _, word in conditions)
