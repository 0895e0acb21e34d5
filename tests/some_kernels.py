"""The kernels that tests run on, and kernels with one cell changed, which something must notice."""

from dataclasses import replace

import pytest

from linuxmm.kernels import Kernel, LookupBody, SiteRule, Test, load

BASE, SPLIT, LANDED = KERNELS = ("v5.17-coherent", "split-v1", "v6.1")
EVERY_KERNEL = pytest.mark.parametrize("kernel", KERNELS)


def with_test(kernel: str, site: str, test: Test) -> Kernel:
    """One test more at one site, before the others."""
    base = load(kernel)
    rule = base.site(site)
    return base.with_site(replace(rule, tests=(test, *rule.tests)))


def without_test(kernel: str, site: str, refuse: str) -> Kernel:
    """One test less at one site."""
    base = load(kernel)
    rule = base.site(site)
    tests = tuple(test for test in rule.tests if test.refuse != refuse)
    assert tests != rule.tests
    return base.with_site(replace(rule, tests=tests))


def with_tests(kernel: Kernel, site: str, *, without: str = "", first: str = "") -> Kernel:
    """The site no longer refuses `without`, or refuses `first` before everything else."""
    rule: SiteRule = kernel.site(site)
    tests = tuple(test for test in rule.tests if test.refuse != without)
    if first:
        put = rule.lookup[-1][1] == "follow_page"
        tests = (Test(first, rule.refused or "skip", put, ""), *tests)
    return kernel.with_site(replace(rule, tests=tests))


def keeping_reference(kernel: Kernel, site: str, refuse: str) -> Kernel:
    """The site forgets to drop the reference of a page that this test refuses."""
    rule = kernel.site(site)
    tests = tuple(replace(t, put=False) if t.refuse == refuse else t for t in rule.tests)
    return kernel.with_site(replace(rule, tests=tests))


def behaving(kernel: Kernel, name: str, word: str) -> Kernel:
    """Another word for one behaviour."""
    pairs = tuple((n, word if n == name else w) for n, w in kernel.behaviours)
    return kernel.replace(behaviours=pairs)


def without_row(kernel: Kernel, lookup: str, text: str) -> Kernel:
    """A lookup body without one row."""

    def less(body: LookupBody) -> LookupBody:
        rows = tuple(row for row in body.rows if row.text != text)
        then = tuple(row for row in body.then if row.text != text)
        assert (rows, then) != (body.rows, body.then)
        return replace(body, rows=rows, then=then)

    bodies = tuple(less(b) if b.name == lookup else b for b in kernel.lookups)
    return kernel.replace(lookups=bodies)


def never_unmapping_coherent(kernel: Kernel) -> Kernel:
    """try_to_migrate does not act on coherent pages."""
    rows = tuple(
        replace(row, yes=False) if row.text.startswith("device_coherent") else row
        for row in kernel.predicate("try_to_migrate")
    )
    predicates = tuple(
        (n, rows if n == "try_to_migrate" else body) for n, body in kernel.predicates
    )
    return kernel.replace(predicates=predicates)
