# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels with one rule changed: a site's other choice, every cell of a record.

`other_choice` is what a review asks of a changed site ("and if it had chosen otherwise?");
`cell_flips` is the test of the tests: each cell of a record, one at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from linuxmm.kernels import Kernel, LookupBody, LookupRow, SiteRule, Test
from linuxmm.kernels.honoured import HONOURED, Honours, other_words
from linuxmm.state.flags import FOLL_DUMP, FOLL_FLAGS, FOLL_GET, FOLL_LRU, SITE_FLAGS, WALK_FLAGS
from linuxmm.state.vocabulary import (
    ATOM_DEVMAP,
    ATOM_ZONE_DEVICE,
    BODY_LOOKUPS,
    RESULT_NONE,
    RESULT_PAGE,
)

PTE_LOOKUPS = tuple(name for name in BODY_LOOKUPS if name != "pmd")


def has_lookup(kernel: Kernel, name: str) -> bool:
    """Does the kernel have a body for this lookup (mechanisms need none)?"""
    return name not in BODY_LOOKUPS or any(body.name == name for body in kernel.lookups)


def nearest_lookup(kernel: Kernel, name: str) -> str:
    """The lookup of this kernel that stands for one it does not have: the most general."""
    if has_lookup(kernel, name):
        return name
    for general in ("normal", "any"):
        if has_lookup(kernel, general):
            return general
    return name


def other_choice(kernel: Kernel, before: SiteRule, after: SiteRule) -> SiteRule | None:
    """What the site would be without its change; if that is no change, its other lookup.

    None when there is no other choice to make.
    """
    lookup = tuple((mask, nearest_lookup(kernel, name)) for mask, name in before.lookup)
    old = replace(after, lookup=lookup, flags=before.flags, tests=before.tests,
                  refused=before.refused, absent=before.absent)  # fmt: skip
    if old.rules() != after.rules():
        return old
    if len(after.lookup) == 1 and after.lookup[0][1] in PTE_LOOKUPS:
        for name in PTE_LOOKUPS:
            if name != after.lookup[0][1] and has_lookup(kernel, name):
                return replace(after, lookup=((0, name),))
    return None


def refuses_devices(kernel: Kernel, rule: SiteRule) -> SiteRule:
    """The same site, but refusing ZONE_DEVICE pages: by FOLL_LRU or lru where the kernel has it."""
    if rule.lookup[-1][1] == "follow_page" and any(name == "FOLL_LRU" for name, _ in kernel.foll):
        return replace(rule, flags=rule.flags | FOLL_LRU)
    if rule.lookup[-1][1] in PTE_LOOKUPS and has_lookup(kernel, "lru"):
        return replace(rule, lookup=((0, "lru"),))
    put = any(test.put for test in rule.tests)
    gives = rule.refused or "skip"
    return replace(rule, tests=(Test("zone_device", gives, put, ""), *rule.tests))


@dataclass(frozen=True)
class CellFlip:
    """One cell of one record changed: what it was, what it is now."""

    site: str
    cell: str
    old: str
    new: str
    kernel: Kernel


def cell_flips(kernel: Kernel, rule: SiteRule) -> Iterator[CellFlip]:
    """Every cell of one site's record, set to every other word that its code honours."""
    honours = HONOURED[rule.site]
    yield from _lookup_flips(kernel, rule)
    yield from _flag_flips(kernel, rule)
    for new in other_words(honours.refused, rule.refused):
        yield _flip(kernel, replace(rule, refused=new), "refused", rule.refused, new)
    for i, test in enumerate(rule.tests):
        yield from _test_flips(kernel, rule, i, test, honours)
    yield from _order_flips(kernel, rule)


def _flip(kernel: Kernel, rule: SiteRule, cell: str, old: str, new: str) -> CellFlip:
    return CellFlip(rule.site, cell, old, new, kernel.with_site(rule))


def _lookup_flips(kernel: Kernel, rule: SiteRule) -> Iterator[CellFlip]:
    """The other lookups, those of other kernels too; a flag that chooses no more."""
    able = with_all_lookups(kernel)
    for i, (mask, name) in enumerate(rule.lookup):
        cell = f"lookup {flag_names(mask) or 'otherwise'}" if len(rule.lookup) > 1 else "lookup"
        others = [other for other in PTE_LOOKUPS if other != name and name in PTE_LOOKUPS]
        for other in others:
            if _one_text(able, name, other):
                continue
            yield _flip(able, _with_choice(rule, i, (mask, other)), cell, name, other)
        for flag, value in FOLL_FLAGS.items():
            if mask & value:
                changed = _with_choice(rule, i, (mask & ~value, name))
                if not mask & ~value:
                    changed = replace(rule, lookup=(*rule.lookup[:i], *rule.lookup[i + 1 :]))
                yield _flip(kernel, changed, f"{cell} when {flag}", "given", "left out")


def _one_text(kernel: Kernel, one: str, other: str) -> bool:
    """Do two lookups say the same?  `normal` is `any` where nothing knows devmap entries."""
    bodies = (replace(kernel.lookup(name), name="") for name in (one, other))
    return next(bodies) == next(bodies)


def _with_choice(rule: SiteRule, i: int, choice: tuple[int, str]) -> SiteRule:
    return replace(rule, lookup=(*rule.lookup[:i], choice, *rule.lookup[i + 1 :]))


def flag_names(mask: int) -> str:
    """The FOLL_ flags of a mask, as in a record."""
    return "|".join(name for name, value in SITE_FLAGS.items() if mask & value)


def with_all_lookups(kernel: Kernel) -> Kernel:
    """The kernel with the lookups it lacks, built from those it has.

    `normal` refuses devmap entries, `any` does not, `lru` is `any` without device pages.
    """
    bodies = {body.name: body for body in kernel.lookups}
    base = bodies.get("normal") or bodies["any"]
    devmap = LookupRow(ATOM_DEVMAP, 0, RESULT_NONE, "devmap -> none")
    rows = [row for row in base.rows if row.text != devmap.text]
    normal = (*rows[:-1], devmap, rows[-1])
    then = (
        LookupRow(ATOM_ZONE_DEVICE, 0, RESULT_NONE, "zone_device -> none"),
        LookupRow(0, 0, RESULT_PAGE, "otherwise -> page"),
    )
    made = (
        replace(base, name="normal", rows=normal),
        replace(base, name="any", rows=tuple(rows)),
        LookupBody("lru", "any", (), (), then),
    )
    lacking = tuple(body for body in made if body.name not in bodies)
    return kernel.replace(lookups=(*kernel.lookups, *lacking))


def _flag_flips(kernel: Kernel, rule: SiteRule) -> Iterator[CellFlip]:
    """Every flag of the record left out; FOLL_LRU where it could be given."""
    if rule.uses("folio_walk"):
        yield from _walk_flag_flips(kernel, rule)
    if not rule.uses("follow_page"):
        return
    for name, _ in kernel.foll:
        value = FOLL_FLAGS[name]
        if rule.flags & value:
            flags = rule.flags & ~value
            yield _flip(kernel, replace(rule, flags=flags), f"flag {name}", "given", "left out")
        elif value in (FOLL_GET, FOLL_DUMP, FOLL_LRU):
            flags = rule.flags | value
            yield _flip(kernel, replace(rule, flags=flags), f"flag {name}", "left out", "given")


def _walk_flag_flips(kernel: Kernel, rule: SiteRule) -> Iterator[CellFlip]:
    """Every FW_ flag given or left out, the reference and the lock's end."""
    for name, value in WALK_FLAGS.items():
        words = ("given", "left out") if rule.flags & value else ("left out", "given")
        yield _flip(kernel, replace(rule, flags=rule.flags ^ value), f"flag {name}", *words)
    for cell, changed in (
        ("get", replace(rule, get=not rule.get)),
        ("end", replace(rule, end=not rule.end)),
    ):
        was = bool(getattr(rule, cell))
        yield _flip(kernel, changed, cell, "yes" if was else "no", "no" if was else "yes")


def _test_flips(
    kernel: Kernel, rule: SiteRule, i: int, test: Test, honours: Honours
) -> Iterator[CellFlip]:
    def with_test(*tests: Test) -> SiteRule:
        return replace(rule, tests=(*rule.tests[:i], *tests, *rule.tests[i + 1 :]))

    cell = test.refuse
    yield _flip(kernel, with_test(), f"test {cell}", "refuses", "no such test")
    for new in other_words(honours.gives, test.gives):
        changed = replace(test, gives=new)
        yield _flip(kernel, with_test(changed), f"{cell} gives", test.gives, new)
    if rule.uses("folio_walk"):
        words = ("given back", "held") if test.end else ("held", "given back")
        changed = replace(test, end=not test.end)
        yield _flip(kernel, with_test(changed), f"{cell} lock", *words)
    elif honours.holds_reference:
        changed = replace(test, put=not test.put)
        words = ("put", "kept") if test.put else ("kept", "put")
        yield _flip(kernel, with_test(changed), f"{cell} reference", *words)
    for context in honours.contexts:
        changed = replace(test, unless="" if test.unless == context else context)
        words = (test.unless or "-", changed.unless or "-")
        yield _flip(kernel, with_test(changed), f"{cell} unless", *words)


def _order_flips(kernel: Kernel, rule: SiteRule) -> Iterator[CellFlip]:
    """Neighbouring tests that give different answers, made in the other order."""
    for i, (one, two) in enumerate(zip(rule.tests, rule.tests[1:], strict=False)):
        # else whichever refuses, it is the same
        if (one.gives, one.put, one.end) != (two.gives, two.put, two.end):
            tests = (*rule.tests[:i], two, one, *rule.tests[i + 2 :])
            cell = f"order of {one.refuse}, {two.refuse}"
            yield _flip(kernel, replace(rule, tests=tests), cell, "in this", "the other")
