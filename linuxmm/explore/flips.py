"""Kernels with one rule changed: a site's other choice, every cell of a record.

`other_choice` is what a review asks of a changed site ("and if it had chosen otherwise?");
`cell_flips` is the test of the tests: each cell of a record, one at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from linuxmm.kernels import Kernel, SiteRule, Test
from linuxmm.state.vocabulary import BODY_LOOKUPS, FOLL_LRU

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


# What a refused page may get instead; the pairs that a walker can tell apart.
OTHER_GIVES = {
    "skip": "stop",
    "stop": "skip",
    "restore": "skip",
    "no_page": "-EFAULT",
    "0": "-EINVAL",
}


def cell_flips(kernel: Kernel, rule: SiteRule) -> Iterator[CellFlip]:
    """Every cell of one site's record, flipped one at a time."""
    yield from _lookup_flips(kernel, rule)
    yield from _flag_flips(kernel, rule)
    if rule.refused in ("skip", "stop"):
        new = OTHER_GIVES[rule.refused]
        yield _flip(kernel, replace(rule, refused=new), "refused", rule.refused, new)
    for i, test in enumerate(rule.tests):
        yield from _test_flips(kernel, rule, i, test)


def _flip(kernel: Kernel, rule: SiteRule, cell: str, old: str, new: str) -> CellFlip:
    return CellFlip(rule.site, cell, old, new, kernel.with_site(rule))


def _lookup_flips(kernel: Kernel, rule: SiteRule) -> Iterator[CellFlip]:
    for i, (mask, name) in enumerate(rule.lookup):
        for other in PTE_LOOKUPS:
            if name in PTE_LOOKUPS and other != name and has_lookup(kernel, other):
                lookup = (*rule.lookup[:i], (mask, other), *rule.lookup[i + 1 :])
                yield _flip(kernel, replace(rule, lookup=lookup), f"lookup {i + 1}", name, other)


def _flag_flips(kernel: Kernel, rule: SiteRule) -> Iterator[CellFlip]:
    for name, value in kernel.foll:
        if rule.flags & value:
            flags = rule.flags & ~value
            yield _flip(kernel, replace(rule, flags=flags), "flags", name, "without it")


def _test_flips(kernel: Kernel, rule: SiteRule, i: int, test: Test) -> Iterator[CellFlip]:
    def with_test(*tests: Test) -> SiteRule:
        return replace(rule, tests=(*rule.tests[:i], *tests, *rule.tests[i + 1 :]))

    cell = f"tests {i + 1}: {test.refuse}"
    yield _flip(kernel, with_test(), cell, "refuses", "no such test")
    new = OTHER_GIVES.get(test.gives, "-EINVAL" if test.gives.startswith("-") else "")
    if test.gives == "-EINVAL":
        new = "-EFAULT"
    if new:
        changed = replace(test, gives=new)
        yield _flip(kernel, with_test(changed), f"{cell} gives", test.gives, new)
    if "follow_page" in {name for _, name in rule.lookup} or test.put:
        changed = replace(test, put=not test.put)
        words = ("put", "kept") if test.put else ("kept", "put")
        yield _flip(kernel, with_test(changed), f"{cell} reference", *words)
    if test.unless:
        changed = replace(test, unless="")
        yield _flip(kernel, with_test(changed), f"{cell} unless", test.unless, "always")
