# SPDX-License-Identifier: GPL-2.0-or-later
"""How a hunk fits its base: its context beside the record, its text beside the source tree."""

from functools import cache
from typing import Final

from linuxmm.kernels import SiteRule, load, names
from linuxmm.review import changes as m
from linuxmm.review.ctext import Statement, Tokens
from linuxmm.review.expression import canonical, foll_flags, lookup_calls, split_args
from linuxmm.review.pagetest import is_no_page_test, test_words
from linuxmm.review.read.lookups import Lookups
from linuxmm.review.read.part import Part
from linuxmm.review.read.places import Places
from linuxmm.state.flags import FOLL_FLAGS, FOLL_GET
from linuxmm.state.vocabulary import BODY_LOOKUPS

SEARCHED: Final = frozenset((*BODY_LOOKUPS, "follow_page"))


def note_fit(part: Part, places: Places, lookups: Lookups) -> None:
    """Adds what the context of a hunk says about its base: agrees or contradicts."""
    if not part.is_c:
        return
    inside = {s.function for s in part.old if s.function and _in_hunk(part, s)}
    for function in sorted(inside):
        rules = places.candidates(part.file, function)
        there = [rule for rule in rules if not rule.absent]
        if rules and not there:
            text = f"{rules[0].site} does not exist in {places.base.name}"
            part.against(rules[0].site, text + places.who_has(rules[0].site))
        if there:
            shown = [s for s in part.old if s.function == function and _in_hunk(part, s)]
            _note_lookups(part, there, shown, places, lookups)
            if len(there) == 1:
                _note_put(part, there[0], shown, places)
                _note_tests(part, there[0], shown, places)


def _in_hunk(part: Part, statement: Statement) -> bool:
    """Does a statement begin on one of the hunk's own lines (not on those of a tree)?"""
    return part.above <= statement.key[0] < part.above + len(part.hunk.lines)


def note_tree(part: Part, places: Places, changed: frozenset[str]) -> None:
    """Whether the old or the new text of a hunk stands in the source tree.

    ``changed`` are the files that earlier parts of a series change: what the tree has of them is
    not what the hunk is for.
    """
    tree, path = places.tree, part.file.old_path
    if tree is None or not part.is_c or part.file.what == "added":
        return
    if tree.shift(path, part.hunk) is not None:
        part.evidence.append(("fits", f"its old text stands in the tree's {path}"))
    elif tree.shift(path, part.hunk, new=True) is not None:
        part.evidence.append(("already", f"its new text stands in the tree's {path}"))
    elif path in changed:
        return
    elif not tree.lines(path):
        if places.is_modelled(part.file):
            part.evidence.append(("contradicts", f"the tree has no {path}"))
    else:
        part.evidence.append(("contradicts", f"its text stands nowhere in the tree's {path}"))


def _note_lookups(
    part: Part,
    rules: list[SiteRule],
    shown: list[Statement],
    places: Places,
    lookups: Lookups,
) -> None:
    """Whether the lookups in the context are those of the record."""
    uses = {word for rule in rules for _, word in rule.lookup}
    site, base = rules[0].site, places.base.name
    is_read = any(isinstance(change, m.LookupChange) for change in part.meanings)
    for statement in shown:
        if statement.changed and (is_read or not part.stops):
            continue
        for name in lookup_calls(statement.tokens):
            word = "follow_page" if name == "follow_page" else lookups.before.get(name)
            given = _flags(statement.tokens) if word == "follow_page" else None
            if word in uses and given is not None and all(given != r.flags for r in rules):
                text = f"{site} of {base} gives other FOLL_ flags than the context"
                part.against(site, text)
            elif word in uses:
                part.evidence.append(("agrees", f"{site} of {base} calls {name}"))
            elif word is None or not (word == "pmd" and uses & SEARCHED):
                text = f"{site} of {base} uses {' or '.join(sorted(uses))}, the context has {name}"
                part.against(site, text)


def _flags(tokens: Tokens) -> int | None:
    """The FOLL_ flags that a call of follow_page gives, None when they are not literal."""
    args, _ = split_args(tokens, tokens.index("follow_page") + 1)
    names = foll_flags(args[2]) if len(args) == 3 else None
    if names is None or not all(name in FOLL_FLAGS for name in names):
        return None
    return sum(FOLL_FLAGS[name] for name in names)


def _note_put(part: Part, rule: SiteRule, shown: list[Statement], places: Places) -> None:
    """Whether the context drops a reference that the record does not take."""
    if rule.lookup != ((0, "follow_page"),) or rule.flags & FOLL_GET:
        return  # other lookups take no reference, but the function may
    if any("put_page" in canonical(s.tokens) for s in shown if not s.changed):
        text = f"{rule.site} of {places.base.name} takes no reference, the context drops one"
        part.against(rule.site, text)


def _note_tests(part: Part, rule: SiteRule, shown: list[Statement], places: Places) -> None:
    """Whether the context makes a test that the record lacks, or lacks one that it makes."""
    has = {test.refuse for test in rule.tests}
    telling = _telling(rule.site)
    site, base = rule.site, places.base.name
    for statement in shown:
        if statement.changed:
            continue
        for word in test_words(statement.tokens):
            if word in has:
                part.evidence.append(("agrees", f'{site} of {base} makes the test "{word}"'))
            elif word in telling:
                text = f'{site} of {base} makes no test "{word}", the context does'
                part.against(site, text)
    if "zone_device" in has & telling and _is_missing(shown):
        text = f'{site} of {base} makes the test "zone_device", the context does not'
        part.against(site, text)


@cache
def told_tests(site: str) -> frozenset[str]:
    """The tests that some built-in kernel makes at a site."""
    rules = [load(name).site(site) for name in names()]
    return frozenset(test.refuse for rule in rules for test in rule.tests)


@cache
def _telling(site: str) -> frozenset[str]:
    """The tests that some built-in kernels make at a site and others do not."""
    rules = [load(name).site(site) for name in names()]
    made = [{test.refuse for test in rule.tests} for rule in rules if not rule.absent]
    return frozenset(word for each in made for word in each if not all(word in m for m in made))


def _is_missing(shown: list[Statement]) -> bool:
    """Does the text go on after the test for no page, without a word of zone-device pages?"""
    if any("is_zone_device_page" in canonical(s.tokens) for s in shown):
        return False
    at = [n for n, s in enumerate(shown) if is_no_page_test(s.tokens)]
    if not at:
        return False
    after = [s for s in shown[at[-1] + 1 :] if s.text not in ("{", "}")]
    return len(after) >= 3  # the branch, and two statements that are no such test
